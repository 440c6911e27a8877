// @vitest-environment happy-dom
import { render, within } from '@testing-library/preact'
import { render as draw } from 'preact'
import { expect, test, vi } from 'vitest'
import { lazy } from './lazy'
import { Boundary } from './parts'
import { firstRows } from './store'

test('a part that comes between the drawing of its place and the effect after it is shown', async () => {
  let come: (part: () => preact.JSX.Element) => void = () => {}
  const loading = new Promise<() => preact.JSX.Element>(resolve => {
    come = resolve
  })
  const Part = lazy(() => loading)
  const first = document.body.appendChild(document.createElement('div'))
  const second = document.body.appendChild(document.createElement('div'))
  // Asks for the part, as the panel's prefetch does.
  render(<Part />, { container: first })
  // The bare renderer leaves effects to the next frame: until then the part is there and its place is empty.
  draw(<Part />, second)
  come(() => <p>the part</p>)
  await loading
  expect(second.textContent).toBe('')
  await within(second).findByText('the part')
})

test('a part that can not be loaded is a fault of its place', async () => {
  const Part = lazy(() => Promise.reject(new Error('chunk is gone')))
  render(
    <Boundary what="Actions">
      <Part />
    </Boundary>,
  )
  expect((await within(document.body).findByRole('alert')).textContent).toContain('chunk is gone')
})

test('a view whose code can not come holds up nothing', async () => {
  vi.useFakeTimers()
  try {
    await firstRows(Promise.reject(new Error('chunk is gone')))
    expect(vi.getTimerCount()).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})
