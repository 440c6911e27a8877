import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PageEntry, Place } from '../utils/identity/entry'
import { Loads } from './loads'

const place = (doc: string, more: Partial<Place> = {}): Place => ({
  tab: 's:1',
  frame: 0,
  doc,
  site: 'shop.vn',
  partition: 'normal',
  url: 'https://shop.vn/',
  ...more,
})
const page = (id: number, at: number, doc: string, more: Partial<PageEntry> = {}): PageEntry => ({
  kind: 'page',
  id,
  at,
  place: place(doc),
  how: 'load',
  late: false,
  ...more,
})

describe('which load an event belongs to', () => {
  const loads = new Loads()
  // In the order in which they were told: not that of time.
  for (const entry of [
    page(1, 100, 'a'),
    page(9, 500, 'c'),
    page(4, 300, 'b'),
    page(5, 350, 'b', { how: 'route' }),
    page(6, 400, 'f', { place: place('f', { frame: 3 }) }),
    page(12, 900, 'a', { how: 'restored' }),
    page(20, 120, 'z', { place: place('z', { tab: 's:2' }) }),
  ])
    loads.note(entry)

  test.each<[why: string, at: number, of: Place, since: number | null]>([
    ['of its own document', 150, place('a'), 100],
    ['a route of the page is no load', 360, place('b'), 300],
    ['said as the page was left, after the next one was there', 510, place('b'), 300],
    ['said before its page was', 299, place('b'), 300],
    ['back from the cache: since it is back', 950, place('a'), 900],
    ['in an inner frame: of the page on top', 450, place('f', { frame: 3 }), 300],
    ['in another tab', 200, place('z', { tab: 's:2' }), 120],
    ['before all that was seen', 50, place('f', { frame: 3 }), null],
    ['of a document that nobody saw load', 600, place('x'), null],
    ['of a service worker', 600, place('', { tab: 's:-1' }), null],
  ])('%s', (_, at, of, since) => {
    expect(loads.of({ at, place: of })).toBe(since)
  })
})

test('a load that was taken back, or told anew, is so', () => {
  const loads = new Loads()
  const first = page(1, 100, 'a')
  loads.note(first)
  loads.note({ ...first, late: true })
  loads.forget(first)
  expect(loads.of({ at: 150, place: place('a') })).toBeNull()
})

test('for an inner frame it is always the newest that is not later, in whatever order they were told', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.nat(1000), (times, at) => {
      const loads = new Loads()
      for (const [id, each] of times.entries()) loads.note(page(id, each, `d${id}`))
      const before = times.filter(each => each <= at)
      expect(loads.of({ at, place: place('f', { frame: 1 }) })).toBe(before.length > 0 ? Math.max(...before) : null)
    }),
  )
})
