import { expect, test } from 'vitest'
import type { EventEntry } from '../../utils/identity/entry'
import { story, TAB } from '../fixtures/story'
import { LogView } from '../log-view'
import { lastOfKind } from './kinds'

const [one] = story().entries.filter((entry): entry is EventEntry => entry.kind === 'event')
if (!one) throw new Error('the story has no event')
const event = (id: number, ec: string): EventEntry => ({
  ...one,
  id,
  at: id,
  place: { ...one.place, tab: TAB },
  facts: { ...one.facts, ec, ea: 'x' },
})
const take = (log: LogView, ...entries: EventEntry[]) => log.take({ epoch: 0, reset: false, entries })

test('the last one of a kind, as events come, come late and turn out to be of another kind', () => {
  const log = new LogView(TAB)
  take(log, event(1, 'a'), event(5, 'b'), event(9, 'a'))
  const last = (id: number, ec: string) => lastOfKind(log, event(id, ec))?.id ?? null
  expect([last(1, 'a'), last(9, 'a'), last(5, 'b'), last(10, 'b'), last(10, 'c')]).toEqual([null, 1, null, 5, null])
  take(log, event(4, 'a'))
  expect(last(9, 'a')).toBe(4)
  take(log, event(4, 'b'))
  expect([last(9, 'a'), last(5, 'b')]).toEqual([1, 4])
})

test('of 100,000 it looks at a few', () => {
  const log = new LogView(TAB)
  take(log, event(1, 'seldom'), ...Array.from({ length: 100_000 }, (_, n) => event(n + 2, 'often')))
  const newest = event(100_002, 'seldom')
  take(log, newest)
  expect(lastOfKind(log, newest)?.id).toBe(1)
  let read = 0
  const rows = new Proxy(log.rows, {
    get: (of, key) => (typeof key === 'string' && /^\d+$/.test(key) && read++, Reflect.get(of, key)),
  })
  Object.defineProperty(log, 'rows', { value: rows })
  expect(lastOfKind(log, newest)?.id).toBe(1)
  expect(read).toBeLessThan(40)
})
