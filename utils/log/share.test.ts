import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../identity/entry'
import { tell } from '../identity/story'
import type { EventFacts } from '../sdk/event'
import { entry, eventUrl, har } from './fixtures/har'
import { readAnyLog } from './open'
import { Shared } from './share'
import { siteOf } from './site'

const factsOf = (entries: readonly LogEntry[]): EventFacts[] =>
  entries.flatMap(each => (each.kind === 'event' ? [each.facts] : []))
const STORY = tell(
  'uid A: pageview aid 7\nlogin cid X customers {phone: "0912345678", tags: ["a"], note: null}\n+1s product/view cid X extra {page_type: "p", location_url: "https://shop.example/p"}\n+1s product/view cid X extra {page_type: "p", location_url: "https://shop.example/q"}',
).entries

describe('what events of one visit have in common', () => {
  test('facts say the same as before', () => {
    const shared = new Shared()
    for (const facts of factsOf(STORY)) expect(shared.facts(facts)).toEqual(facts)
  })

  test('entries say the same as before, of every kind', () => {
    const shared = new Shared()
    const copies = structuredClone(STORY)
    for (const entry of [...STORY, ...copies]) expect(shared.entry(entry)).toEqual(entry)
  })

  test('what entries have in common is one thing, however often it is read', () => {
    const shared = new Shared()
    const [one, other] = [STORY, structuredClone(STORY)].map(entries => entries.map(entry => shared.entry(entry)))
    one?.forEach((entry, n) => {
      const again = other?.[n]
      expect(again?.place).toBe(entry.place)
      if (entry.kind === 'event' && entry.outcome.state === 'done')
        expect((again as typeof entry).outcome).toBe(entry.outcome)
    })
    expect(one?.some(({ kind }) => kind === 'event')).toBe(true)
  })

  test('equal values are one thing', () => {
    const shared = new Shared()
    const [, , one, other] = factsOf(STORY).map(facts => shared.facts(facts))
    if (!one || !other) throw new Error('no events')
    const pair = ({ system }: EventFacts, code: string) => system.find(([key]) => key === code)
    expect(pair(one, 'page_type')).toBe(pair(other, 'page_type'))
    expect(one.cids).toBe(other.cids)
  })

  test('a number is not its text', () => {
    const shared = new Shared()
    const [facts] = factsOf(STORY)
    if (!facts) throw new Error('no event')
    const of = (value: string | number) => shared.facts({ ...facts, system: [['n', value]] }).system[0]?.[1]
    expect([of(7), of('7'), of(7)]).toEqual([7, '7', 7])
  })

  test('a code with another value each time is no longer looked up, and still right', () => {
    const shared = new Shared()
    const [facts] = factsOf(STORY)
    if (!facts) throw new Error('no event')
    for (let n = 0; n < 2_000; n++)
      expect(shared.facts({ ...facts, system: [['pv_id', `${n % 700}`]] }).system).toEqual([['pv_id', `${n % 700}`]])
  })
})

describe('a long file', () => {
  const file = (n: number): string =>
    har(
      Array.from({ length: n }, (_, index) =>
        entry(index * 1_000, eventUrl({ page: `https://shop.example/${index}` })),
      ),
    )

  test('without payloads the same events are read, and nothing of their URLs is kept', () => {
    const read = (payloads: boolean) => {
      const log = readAnyLog(file(20), { siteOf, payloads })
      if (!log.ok) throw new Error(log.reason)
      return log
    }
    const [whole, lean] = [read(true), read(false)]
    expect([whole.payloads.length, lean.payloads.length]).toEqual([20, 0])
    expect(lean.entries).toEqual(whole.entries.map(each => ({ ...each, payload: [] })))
  })

  test('is parsed piece by piece: as much for each of its events, however many', () => {
    /** Letters that JSON.parse was given, by letter of the file. */
    const parsed = (n: number): number => {
      const text = file(n)
      const parse = JSON.parse
      let letters = 0
      let longest = 0
      JSON.parse = (piece, reviver) => {
        letters += piece.length
        longest = Math.max(longest, piece.length)
        return parse(piece, reviver) as unknown
      }
      try {
        expect(readAnyLog(text, { siteOf }).ok).toBe(true)
      } finally {
        JSON.parse = parse
      }
      expect(longest).toBeLessThan(2_000)
      return letters / text.length
    }
    const [small, large] = [parsed(50), parsed(400)]
    expect(large / small).toBeLessThan(1.05)
    expect(large).toBeLessThan(3)
  })
})
