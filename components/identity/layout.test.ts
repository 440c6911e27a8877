import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reduction } from '../../utils/identity/reduce'
import type { Moment, MomentKind } from '../../utils/identity/state'
import { june, NOW, story, UIDS } from '../fixtures/story'
import { dayNumber } from '../format'
import { EVERYTHING, LogView } from '../log-view'
import { type Lane, type Layout, layOut, type TimelineInput } from './layout'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

const input = (more: Partial<TimelineInput>): TimelineInput => ({
  width: 1100,
  laneHeight: 66,
  middle: 34,
  radius: 9.5,
  narrow: false,
  now: 0,
  lanes: [],
  moments: [],
  pauses: [],
  issues: [],
  kept: new Set(),
  dayOf: at => Math.floor(at / DAY),
  ...more,
})

const moment = (at: number, kind: MomentKind, more: Partial<Moment> = {}): Moment => ({
  at,
  kind,
  uid: 'u1',
  cid: null,
  event: at,
  what: kind,
  path: null,
  by: 'page',
  ...more,
})

const told = (layout: Layout) => layout.markers.map(({ kind, lane }) => `${kind}@${lane}`)

describe('the story of days 1, 3 and 7', () => {
  const log = new LogView('s1:7')
  const { entries } = story()
  log.take({ epoch: 0, reset: true, entries })
  const holder = log.reduction.holders(NOW)[0]
  if (!holder) throw new Error('no holder')
  const lanes: Lane[] = UIDS.map(uid => ({ uid, times: log.part(EVERYTHING).timesOf(holder.key, uid) }))
  const issues = log.reduction.issues(holder.key, NOW)
  const kept = new Set(issues.filter(({ rule }) => rule === 'logout-keeps-cid').flatMap(({ events }) => events))
  const layout = layOut(input({ now: NOW, lanes, moments: holder.moments, kept, dayOf: dayNumber }))

  test('its markers, each on the lane of its UID', () => {
    expect(told(layout)).toEqual([
      'uid@0',
      'uid-lost@0',
      'uid@1',
      'login@1',
      'identify@1',
      'logout@1',
      'reset@1',
      'uid@2',
      'login@2',
      'identify@2',
      'identify@2',
    ])
  })
  test('days are named by their distance, and folded between', () => {
    expect(layout.days.map(({ n }) => n)).toEqual([1, 3, 7])
    expect(layout.folds.filter(({ kind }) => kind === 'day').map(({ days }) => days)).toEqual([2, 4])
  })
  test('the CID is a band; what still carried it after the logout is marked', () => {
    expect(layout.bands.map(({ lane, kind }) => `${kind}@${lane}`)).toEqual(
      expect.arrayContaining(['identified@1', 'kept@1', 'identified@2']),
    )
    const [identified, rest] = layout.bands.filter(({ lane }) => lane === 1)
    expect(identified?.x1).toBeCloseTo(rest?.x0 ?? 0)
  })
  test('each UID that ends leads to the next one', () => {
    expect(layout.links.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 2],
    ])
  })
  test('the page on which a new UID appears is on the lane of the new one', () => {
    const day3 = layout.flags.filter(({ at }) => dayNumber(at) === dayNumber(june(3, '12:00')))
    expect(new Set(day3.map(({ lane }) => lane))).toEqual(new Set([1]))
  })
  test('without the issue nobody says that the CID was kept', () => {
    const calm = layOut(input({ now: NOW, lanes, moments: holder.moments, dayOf: dayNumber }))
    expect(calm.bands.some(({ kind }) => kind === 'kept')).toBe(false)
    expect(calm.bands.some(({ kind }) => kind === 'open')).toBe(true)
  })
})

describe('single cases', () => {
  test('nothing at all: now stands within the picture', () => {
    const layout = layOut(input({ now: 5 * DAY }))
    expect(layout).toMatchObject({ width: 1100, height: 0, markers: [], bands: [] })
    expect(layout.now).toBeGreaterThan(1000)
    expect(layout.now).toBeLessThanOrEqual(1100)
  })
  test('silence of more than three minutes is folded within a day', () => {
    const times = [0, MINUTE, 2 * MINUTE, 30 * MINUTE, 31 * MINUTE]
    const layout = layOut(input({ now: 31 * MINUTE, lanes: [{ uid: 'u1', times }], moments: [moment(0, 'uid')] }))
    expect(layout.folds).toMatchObject([{ kind: 'silence', span: 28 * MINUTE, days: 0 }])
  })
  test('midnight without silence parts the days and folds nothing', () => {
    const times = Array.from({ length: 11 }, (_, n) => DAY - 5 * MINUTE + n * MINUTE)
    const layout = layOut(
      input({ now: times[10], lanes: [{ uid: 'u1', times }], moments: [moment(times[0] ?? 0, 'uid')] }),
    )
    expect(layout.days.map(({ n }) => n)).toEqual([1, 2])
    expect(layout.folds).toEqual([])
  })
  test('a CID that was lost without a logout is marked where it was missed', () => {
    const moments = [moment(0, 'uid'), moment(1, 'identified', { cid: 'c' }), moment(2, 'anonymous')]
    expect(told(layOut(input({ now: 3, lanes: [{ uid: 'u1', times: [0, 1, 2] }], moments })))).toEqual([
      'uid@0',
      'known@0',
      'cid-lost@0',
    ])
  })
  test('a reset that names no new UID: the next UID is its', () => {
    const moments = [
      moment(0, 'uid'),
      moment(1000, 'reset', { uid: null, other: 'u1' }),
      moment(2000, 'uid', { uid: 'u2', other: 'u1' }),
    ]
    const lanes = [
      { uid: 'u1', times: [0] },
      { uid: 'u2', times: [2000] },
    ]
    const layout = layOut(input({ now: 3000, lanes, moments }))
    expect(told(layout)).toEqual(['uid@0', 'reset@0', 'uid@1'])
    expect(layout.links).toMatchObject([{ from: 0, to: 1 }])
  })
  test('a logout, a reset and the next visitor within one millisecond: each ends and begins at its own marker', () => {
    const moments = [
      moment(0, 'uid', { event: 1 }),
      moment(1000, 'identified', { cid: 'c', event: 2 }),
      moment(5000, 'logout', { cid: 'c', event: 3 }),
      moment(5000, 'reset', { uid: 'u2', other: 'u1', event: 4 }),
      moment(5000, 'anonymous', { uid: 'u2', event: 4 }),
      moment(5000, 'uid', { uid: 'u2', other: 'u1', event: 5 }),
    ]
    const lanes = [
      { uid: 'u1', times: [0, 1000, 5000, 5000] },
      { uid: 'u2', times: [5000] },
    ]
    const { markers, bands, links, lines, ticks } = layOut(input({ now: 6000, lanes, moments }))
    const x = (kind: string, lane: number) => markers.find(each => each.kind === kind && each.lane === lane)?.x ?? -1
    const [logout, reset, next] = [x('logout', 0), x('reset', 0), x('uid', 1)]
    expect(logout).toBeLessThan(reset)
    expect(reset).toBeLessThan(next)
    expect(bands.map(({ kind, x1 }) => [kind, x1])).toEqual([
      ['identified', logout],
      ['open', reset],
    ])
    expect(links).toEqual([{ from: 0, x0: reset, to: 1, x1: next }])
    expect(lines.filter(({ lane }) => lane === 1)[0]?.x0).toBe(next)
    expect(ticks[1]).toEqual([next])
  })
  test('very many markers: the newest are drawn', () => {
    const moments = Array.from({ length: 1000 }, (_, n) => moment(n * 1000, 'identify', { cid: 'c' }))
    const layout = layOut(input({ now: 1e6, lanes: [{ uid: 'u1', times: moments.map(({ at }) => at) }], moments }))
    expect(layout.markers.length).toBe(150)
    expect(layout.markers[149]?.moment.at).toBe(999_000)
    expect(layout.bands.length).toBeLessThan(200)
  })
  test('a hundred thousand events are no more ticks than there are pixels', () => {
    const times = Array.from({ length: 100_000 }, (_, n) => n * 10)
    const layout = layOut(input({ now: 1e6, lanes: [{ uid: 'u1', times }], moments: [moment(0, 'uid')] }))
    expect(layout.ticks[0]?.length).toBeLessThan(layout.width / 2 + 2)
  })
})

describe('for any log', () => {
  const KINDS: MomentKind[] = [
    'uid',
    'uid-lost',
    'login',
    'identify',
    'logout',
    'remove',
    'reset',
    'identified',
    'anonymous',
    'page',
  ]
  const anyInput = fc
    .record({
      width: fc.integer({ min: 160, max: 1900 }),
      narrow: fc.boolean(),
      lanes: fc.integer({ min: 1, max: 4 }),
      steps: fc.array(
        fc.record({
          after: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 3 * DAY })),
          kind: fc.constantFrom(...KINDS),
          lane: fc.nat({ max: 3 }),
          cid: fc.boolean(),
          event: fc.boolean(),
        }),
        { maxLength: 60 },
      ),
      later: fc.nat({ max: 2 * DAY }),
    })
    .map(({ width, narrow, lanes: count, steps, later }): TimelineInput => {
      let at = 0
      const lanes = Array.from({ length: count }, (_, n) => ({ uid: `u${n}`, times: [] as number[] }))
      const moments = steps.map(({ after, kind, lane, cid, event }, index) => {
        at += after
        if (event) lanes[lane % count]?.times.push(at)
        return moment(at, kind, {
          uid: `u${lane % count}`,
          other: `u${(lane + 1) % count}`,
          cid: cid ? 'c' : null,
          event: index,
        })
      })
      return input({ width, narrow, lanes, moments, now: at + later })
    })

  test('everything lies in the picture, later never left of earlier, and markers of a lane never on each other', () => {
    fc.assert(
      fc.property(anyInput, given => {
        const layout = layOut(given)
        expect(layout.width).toBeGreaterThanOrEqual(given.width)
        const xs = [
          layout.now,
          ...layout.markers.map(({ x }) => x),
          ...layout.flags.map(({ x }) => x),
          ...layout.ticks.flat(),
          ...layout.lines.flatMap(({ x0, x1 }) => [x0, x1]),
          ...layout.bands.flatMap(({ x0, x1 }) => [x0, x1]),
        ]
        for (const x of xs) {
          expect(Number.isFinite(x)).toBe(true)
          expect(x).toBeGreaterThanOrEqual(0)
          expect(x).toBeLessThanOrEqual(layout.width + 0.001)
        }
        const byLane = new Map<number, number>()
        for (const { lane, x } of layout.markers) {
          const before = byLane.get(lane)
          if (before !== undefined) expect(x - before).toBeGreaterThanOrEqual(2 * given.radius)
          byLane.set(lane, x)
        }
        for (const { x0, x1 } of [...layout.lines, ...layout.bands]) expect(x1).toBeGreaterThan(x0)
      }),
    )
  })
})
