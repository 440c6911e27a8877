import { describe, expect, test } from 'vitest'
import { DAY_ONE, tell } from './story'

const HOUR = 3_600_000

describe('a story', () => {
  test('times: days, clock, spans, a second when nothing is said', () => {
    const { entries } = tell(`
      # a comment
      day 1 20:10 uid A: pageview
      pageview          # one second
      +300ms pageview
      20:15:30.5 pageview
      uid B
      day 3: pageview
      +2days pageview`)
    expect(entries.map(({ at }) => (at - DAY_ONE) / HOUR)).toEqual(
      [20 * HOUR + 600_000, 601_000, 601_300, 930_500, 0, 0].map((ms, index) =>
        index === 0 ? ms / HOUR : index < 4 ? (20 * HOUR + ms) / HOUR : index === 4 ? 58 : 106,
      ),
    )
    expect(entries.map(entry => entry.kind === 'event' && entry.facts.uid)).toEqual(['A', 'A', 'A', 'A', 'B', 'B'])
  })

  test('places: for a line, or from a line of their own on', () => {
    const { entries } = tell(`
      uid A: pageview
      tab 2, frame 3, site b.example: pageview
      private
      pageview
      worker: stream advertising/click`)
    expect(
      entries.map(({ place: { tab, frame, site, partition, doc } }) => [tab, frame, site, partition, doc]),
    ).toEqual([
      ['s:1', 0, 'shop.example', 'normal', 'd1'],
      ['s:2', 3, 'b.example', 'normal', 'd2'],
      ['p:1', 0, 'shop.example', 'private', 'd3'],
      ['p:-1', 0, 'shop.example', 'private', ''],
    ])
  })

  test('events are decoded from what would be on the wire', () => {
    const { entries, labels } = tell(
      'uid A: login cid md5:0900000000 customers {name: "An", "full-name": "Nguyễn An"} session 7 @in\nreset to B\npageview\ncall setCustomerProps {customer_id: "X"}',
    )
    expect(labels.get('in')).toBe(1)
    expect(
      entries.map(entry =>
        entry.kind === 'event' ? [entry.facts.kind, entry.facts.uid, entry.facts.cid, entry.facts.wire] : [],
      ),
    ).toEqual([
      ['login', 'A', '8e30bbc8961e056622c6231742c03ae9', 'event'],
      ['reset', 'A', null, 'event'],
      ['page-view', 'B', null, 'event'],
      ['identify', null, 'X', 'call'],
    ])
    expect(entries[0]).toMatchObject({
      facts: {
        customers: [
          ['name', 'An'],
          ['full-name', 'Nguyễn An'],
        ],
        session: '7',
      },
    })
    expect(entries[1]).toMatchObject({ facts: { reset: { from: 'A', to: 'B' } } })
  })

  test.each([
    ['nonsense', 'no such thing can happen'],
    ['pageview cid', 'cid is missing'],
    ['pageview -> perhaps', 'no such outcome: perhaps'],
    ['pageview users [1]', 'users must be {…}'],
    ['pageview users {a: }', 'users is not JSON'],
    ['pageview frobnicate', 'what is "frobnicate"'],
    ['pageview [loud]', 'unknown flag [loud]'],
  ])('%s: names line and fault', (line, fault) => {
    expect(() => tell(`uid A: pageview\n${line}`)).toThrow(
      new RegExp(`^Story, line 2: ${fault.replace(/[[\]{}?]/g, '\\$&')}`),
    )
  })
})
