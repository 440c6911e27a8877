// @vitest-environment happy-dom
import { cleanup, render } from '@testing-library/preact'
import { afterEach, expect, test } from 'vitest'
import { story } from '../fixtures/story'
import { EventMenu } from './menu'
import type { Read } from './payload'

afterEach(cleanup)

test('no item moves when the payload has been read: those that need it wait in their places', () => {
  const { entries, payloads } = story()
  const event = entries.find(entry => entry.kind === 'event' && entry.id === 295)
  if (event?.kind !== 'event') throw new Error('no event 295')
  const items = (read: Read) => {
    const { container } = render(<EventMenu event={event} read={read} close={() => {}} />)
    const all = [...container.querySelectorAll<HTMLButtonElement>('[role="menuitem"]')]
    cleanup()
    return all.map(({ dataset, disabled }) => ({ action: dataset.action, disabled }))
  }
  const before = items({ state: 'reading' })
  const after = items({ state: 'read', payload: payloads[event.payload[0]?.[1] ?? -1] ?? {} })
  expect(before.map(({ action }) => action)).toEqual(after.map(({ action }) => action))
  const copies = (list: typeof before) => list.filter(({ action }) => action?.startsWith('copy-'))
  expect(copies(before).every(({ disabled }) => disabled)).toBe(true)
  expect(copies(after).some(({ disabled }) => disabled)).toBe(false)
})
