// @vitest-environment happy-dom
import { render } from '@testing-library/preact'
import { expect, test } from 'vitest'
import { Boundary, Words } from './parts'

const Row = ({ says }: { says: string | null }) => {
  if (says === null) throw new Error('no name')
  return <p>{says}</p>
}
const row = (what: string, says: string | null) => (
  <Boundary what={what}>
    <Row says={says} />
  </Boundary>
)

test('a place that comes to show something else shows it, whatever was wrong with what it showed before', () => {
  const { container, rerender } = render(row('#1', null))
  expect(container.textContent).toContain('#1')
  expect(container.textContent).toContain('no name')
  rerender(row('#2', 'user/sign_in'))
  expect(container.textContent).toBe('user/sign_in')
  rerender(row('#3', null))
  expect(container.textContent).toContain('#3')
})

test('no line ends within an id: the browser would take its “…” for the end of a word', () => {
  const { container } = render(<Words text="`track(…)`: UID …6748 became …4272, none: …1878 is 8e30…3ae9’s already…" />)
  expect(container.textContent).toBe('track(…): UID …6748 became …4272, none: …1878 is 8e30…3ae9’s already…')
  expect([...container.querySelectorAll('.nw')].map(each => each.textContent)).toEqual([
    '…6748',
    '…4272,',
    '…1878',
    '8e30…3ae9’s',
  ])
  expect([...container.querySelectorAll('code')].map(each => each.textContent)).toEqual(['track(…)'])
})
