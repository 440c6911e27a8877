import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byTime, type EventEntry, type LogEntry } from '../utils/identity/entry'
import { Reduction } from '../utils/identity/reduce'
import { june, NOW, story, TAB, UIDS } from './fixtures/story'
import { EVERYTHING, LogView } from './log-view'

/** Day 7, where everything happens. */
const entries = story().entries.filter(({ at }) => at > june(7, '00:00:00'))
const take = (log: LogView, some: readonly LogEntry[], more = {}) => {
  log.take({ epoch: 0, reset: false, entries: [...some], ...more })
  return log
}
const whole = () => take(new LogView(TAB), entries)
const told = (log: LogView) => ({
  rows: log.rows.map(({ id }) => id),
  events: log.events,
  requests: log.requests,
  holders: [...log.holders],
  times: UIDS.map(uid => log.part(EVERYTHING).timesOf('normal|shop.example|561234567', uid).length),
  waiting: log.waiting(NOW),
})
const count = entries.filter(({ kind, place }) => kind === 'event' && place.tab === TAB).length

describe('the log as one tab sees it', () => {
  test('rows stand in the order of time; a service worker’s are listed and not counted', () => {
    const log = whole()
    expect(log.rows.map(({ at }) => at)).toEqual(log.rows.map(({ at }) => at).sort((a, b) => a - b))
    expect(log.events).toBe(count)
    expect(log.rows.some(({ id }) => id === 300)).toBe(true)
  })
  test('a service worker’s event is listed where its site was shown, whatever came first and whatever is shown by now', () => {
    const worker = entries.find(({ id }) => id === 300) as EventEntry
    const page = entries.find(entry => entry.kind === 'page' && entry.place.tab === TAB && entry.place.frame === 0)
    const at = (ms: number, site = worker.place.site) =>
      ({ ...page, id: 5_000 + ms, at: worker.at + ms, place: { ...page?.place, site } }) as LogEntry
    const listed = (log: LogView) => log.rows.filter(({ kind }) => kind === 'event')
    const elsewhere = take(new LogView(TAB), [at(-10, 'other.example'), worker])
    expect(listed(elsewhere)).toEqual([])
    expect(listed(take(elsewhere, [at(10)]))).toEqual([worker])
    const gone = take(new LogView(TAB), [at(-10), worker, at(10, 'other.example')])
    const more: EventEntry = { ...worker, outcome: { state: 'failed', status: 500, error: null, ms: 5 } }
    expect(listed(take(gone, [more]))).toEqual([more])
    const other = take(new LogView(TAB), [
      at(-10, 'other.example'),
      { ...worker, place: { ...worker.place, partition: 'private' } },
      at(10),
    ])
    expect(listed(other)).toEqual([])
    // The page itself may be cleared for good: what its SDK said last is there still.
    const { site, partition } = worker.place
    const sdk = {
      ...entries.find(({ kind }) => kind === 'sdk'),
      place: { ...page?.place, site, partition },
    } as LogEntry
    expect(listed(take(new LogView(TAB), [worker, sdk]))).toEqual([worker])
    const nowhere = { ...worker, place: { ...worker.place, site: '' } }
    expect(listed(take(new LogView(TAB), [at(-10, ''), nowhere]))).toEqual([])
    // What became part of another event waits no longer.
    const { id, place } = worker
    const taken = take(new LogView(TAB), [worker, { kind: 'void', id, at: worker.at, place, into: 1 }])
    expect(listed(take(taken, [at(10)]))).toEqual([])
  })
  test('events of other tabs say who it is, and are not in the list', () => {
    const log = take(
      new LogView(TAB),
      entries.map(entry => ({ ...entry, place: { ...entry.place, tab: 's1:8' } })),
    )
    expect(log.rows).toEqual([])
    expect(log.events).toBe(0)
    expect(log.reduction.holders(NOW)[0]?.now.uid).toBe(UIDS[2])
    expect(log.event(318)?.facts.ea).toBe('sign_in')
  })
  test('an entry that learns more takes its own place', () => {
    const log = whole()
    const before = told(log)
    const call = log.event(412)
    if (!call) throw new Error('no event')
    expect(before.waiting).toEqual({ queued: 0, notSent: 1 })
    take(log, [{ ...call, outcome: { state: 'done', status: 200, ms: 5 } }])
    expect(told(log)).toEqual({ ...before, waiting: { queued: 0, notSent: 0 } })
    expect(log.event(412)?.outcome).toMatchObject({ status: 200 })
  })
  test('an entry that turned out to be part of another one is taken back', () => {
    const log = whole()
    const { place, at } = log.event(318) as LogEntry
    take(log, [{ kind: 'void', id: 318, at, place, into: 317 }])
    expect(log.rows.some(({ id }) => id === 318)).toBe(false)
    expect(log.events).toBe(count - 1)
    expect(log.entry(318)).toBeNull()
  })
  describe('the newest entries come first, and the older ones after them', () => {
    // As ids are given: the recorder gives them in the order of time, or nearly.
    const all = [...entries].sort(byTime)
    const count = all.filter(({ kind, place }) => kind === 'event' && place.tab === TAB).length
    /** As a source tells it: what a checkpoint knows, the newest, then page by page. */
    const begun = (first: number, through: number) => {
      const inTime = [...all].sort(byTime)
      const before = new Reduction()
      before.apply(inTime.slice(0, through))
      const log = new LogView(TAB, before.state())
      // Which page is shown is known from the beginning.
      const shown = all.findLastIndex(
        entry => entry.kind === 'page' && entry.place.tab === TAB && entry.place.frame === 0 && entry.how === 'load',
      )
      const known = new Set(all.slice(Math.min(shown, all.length - first)))
      const newest = all.filter(entry => known.has(entry) || inTime.indexOf(entry) >= through)
      take(log, newest, { partial: true, counts: { log: null, tab: count } })
      return { log, older: all.filter(entry => !newest.includes(entry)) }
    }
    const complete = (log: LogView, between = () => {}) => {
      const steps = log.complete()
      for (let n = 0; !steps.next().done; n++) if (n === 1) between()
    }
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    test('in the end all is as if it had come at once, whatever comes in between', () => {
      fc.assert(
        fc.property(share, share, fc.integer({ min: 1, max: 60 }), share, (first, through, page, late) => {
          const { log, older } = begun(1 + Math.floor(first * (all.length - 1)), Math.floor(through * all.length))
          const news = all[Math.floor(late * (all.length - 1))] as LogEntry
          const ended = {
            ...news,
            ...(news.kind === 'event' && { outcome: { state: 'failed', status: 500 } }),
          } as LogEntry
          for (let end = older.length; end > 0; end -= page) {
            if (end === older.length) take(log, [ended], { counts: { log: null, tab: count } })
            take(log, older.slice(Math.max(0, end - page), end), { older: end > page ? 'more' : 'last' })
            expect(log.events).toBe(count)
          }
          if (older.length === 0) take(log, [], { older: 'last' })
          expect(log.reading).toBe(true)
          complete(log, () => take(log, [ended]))
          const wanted = take(whole(), [ended])
          expect(log.reading).toBe(false)
          expect(told(log)).toEqual(told(wanted))
          expect(log.rows).toEqual(wanted.rows)
          expect(log.reduction.holders(NOW)).toEqual(wanted.reduction.holders(NOW))
          expect(log.frames()).toEqual(wanted.frames())
          expect([log.page, log.since]).toEqual([wanted.page, wanted.since])
        }),
        // A service worker's event older than the first page of the tab.
        { numRuns: 30, examples: [[0, 0.1076923076923077, 1, 0]] },
      )
    })
    test('rows that come before what a checkpoint knows say nothing of identity', () => {
      const log = take(new LogView(TAB), all.slice(-20), {
        partial: true,
        early: true,
        counts: { log: null, tab: count },
      })
      expect(log.rows.length).toBeGreaterThan(0)
      expect(log.events).toBe(count)
      expect(log.reading).toBe(true)
      expect(log.reduction.holders(NOW)).toEqual([])
    })
    test('who it is, is right from the beginning', () => {
      const { log } = begun(20, Math.floor(all.length / 2))
      const [holder] = log.reduction.holders(NOW)
      const [wanted] = whole().reduction.holders(NOW)
      expect(holder?.now).toEqual(wanted?.now)
      expect(holder?.moments).toEqual(wanted?.moments)
      expect(log.rows.length).toBeLessThan(whole().rows.length)
    })
    test('what turned out to be part of another event does not come back with an older page', () => {
      const { log, older } = begun(1, all.length)
      const event = older.find(({ kind, place }) => kind === 'event' && place.tab === TAB) as LogEntry
      const { id, at, place } = event
      take(log, [{ kind: 'void', id, at, place, into: 1 }])
      take(log, older, { older: 'last' })
      complete(log)
      expect(log.entry(id)).toBeNull()
      expect(log.rows.some(row => row.id === id)).toBe(false)
      expect(log.events).toBe(count - 1)
    })
    test('a tab that is cleared meanwhile stays cleared', () => {
      const { log, older } = begun(1, all.length)
      const { at } = all.at(-1) as LogEntry
      const place = { ...(all[0] as LogEntry).place, tab: TAB }
      take(log, [{ kind: 'clear', id: 100_000, at: at + 1, place, state: 'open' }])
      take(log, older, { older: 'last' })
      complete(log)
      expect([log.events, log.rows.filter(row => row.place.tab === TAB)]).toEqual([0, []])
      expect(log.undoable(at + 2)).toBe(count)
      expect(log.reading).toBe(false)
    })
  })
  describe('a tab is cleared', () => {
    const newest = entries.at(-1) as LogEntry
    const clear = (more = {}): LogEntry =>
      ({
        ...{ kind: 'clear', id: 1_000, at: newest.at + 1, state: 'open' },
        place: { ...newest.place, tab: TAB, frame: -1, doc: '', url: '' },
        ...more,
      }) as LogEntry
    const at = newest.at + 2

    test('nothing of it is shown, whose page it is still is; undone, all is as it was', () => {
      const log = whole()
      const before = told(log)
      const page = log.page
      take(log, [clear()])
      expect([log.events, log.requests, log.rows]).toEqual([0, 0, []])
      expect(log.event(318)).toBeNull()
      expect(log.reduction.holders(NOW)[0]?.now.uid ?? null).toBeNull()
      expect(log.page).toBe(page)
      expect(log.frames()).toEqual(whole().frames())
      expect(log.undoable(at)).toBe(count)
      expect(log.undoable(at + 300_000)).toBeNull()
      take(log, [clear({ state: 'undone' })])
      expect(told(log)).toEqual(before)
      expect(log.undoable(at)).toBeNull()
    })
    test('in one piece or several, in whatever order, it comes to the same', () => {
      const [call] = entries.filter(({ id }) => id === 412)
      const late = { ...(call as LogEntry), id: 1_001 }
      const after = { ...(call as LogEntry), id: 1_002, at: at }
      const all = [...entries, clear(), late, after]
      const one = take(new LogView(TAB), all)
      expect(one.rows.map(({ id }) => id)).toEqual([1_002])
      for (const split of [1, 50, entries.length, entries.length + 1, entries.length + 2]) {
        const log = take(take(new LogView(TAB), all.slice(0, split)), all.slice(split))
        expect(told(log)).toEqual(told(one))
      }
    })
    test('of another tab, it takes what that tab says of the person', () => {
      const log = whole()
      take(log, [clear({ place: { ...newest.place, tab: 's1:8' } })])
      expect(log.events).toBe(count)
      take(log, [{ ...newest, id: 1_003, at: newest.at, place: { ...newest.place, tab: 's1:8' } }])
      expect(log.entry(1_003)).toBeNull()
    })
    test('done: nothing is to be brought back', () => {
      expect(take(whole(), [clear(), clear({ state: 'done' })]).undoable(at)).toBeNull()
    })
  })

  test('since when the page is shown: its load, or when it was made beforehand; not its route', () => {
    const log = new LogView(TAB)
    expect(log.since).toBe(0)
    const page = (id: number, how: string, doc: string) =>
      ({ ...entries[0], kind: 'page', id, at: id, how, late: false, place: { ...newest(doc) } }) as unknown as LogEntry
    const newest = (doc: string) => ({ ...(entries[0] as LogEntry).place, tab: TAB, frame: 0, doc })
    take(log, [page(5, 'load', 'a')])
    take(log, [page(6, 'route', 'a')])
    expect(log.since).toBe(5)
    take(log, [page(7, 'prerender', 'b')])
    expect(log.since).toBe(5)
    take(log, [page(9, 'shown', 'b')])
    expect(log.since).toBe(7)
    take(log, [page(11, 'restored', 'a')])
    expect(log.since).toBe(11)
  })

  test('what retention took leaves the list, and what it meant stays', () => {
    const log = take(whole(), [], { oldest: 300 })
    expect(log.rows.every(({ id }) => id >= 300)).toBe(true)
    expect(log.events).toBe(
      entries.filter(({ kind, place, id }) => kind === 'event' && place.tab === TAB && id >= 300).length,
    )
    expect(log.reduction.holders(NOW)[0]?.visitors.size).toBe(2)
  })
  test('the SDK of the page of now is the one that counts, not the one of a page before', () => {
    const log = whole()
    expect(log.frames()).toHaveLength(1)
    expect(log.frames()[0]?.place.doc).toBe('d12')
    expect(log.page?.place.doc).toBe('d12')
  })
  describe('tabs and sources told apart', () => {
    const KEY = 'normal|shop.example|561234567'
    /** The last login was in another tab, and of another source. */
    const apart = entries.map(entry =>
      entry.kind === 'event' && entry.id >= 318 && entry.place.tab === TAB
        ? { ...entry, place: { ...entry.place, tab: 's1:8' }, facts: { ...entry.facts, prop: '565000002' } }
        : entry,
    )
    const PARTS = [
      ['this tab', { tab: true, prop: null }],
      ['one source', { tab: false, prop: '565000001' }],
      ['both', { tab: true, prop: '565000001' }],
    ] as const

    test.each(PARTS)('%s: nothing of the others', (_, scope) => {
      const log = take(new LogView(TAB), apart)
      const part = log.part(scope)
      expect(part.reduction.holder(KEY, NOW)?.now).toMatchObject({ uid: UIDS[2], cid: null, state: 'anonymous' })
      expect(log.part(EVERYTHING).reduction.holder(KEY, NOW)?.now.state).toBe('identified')
      const times = part.timesOf(KEY, UIDS[2])
      expect(times.length).toBeGreaterThan(0)
      expect(times.length).toBeLessThan(log.part(EVERYTHING).timesOf(KEY, UIDS[2]).length)
    })
    test('of another source: only what that one told', () => {
      const log = take(new LogView(TAB), apart)
      const part = log.part({ tab: false, prop: '565000002' })
      expect(part.reduction.holder(KEY, NOW)?.visitors.size).toBe(1)
      expect(part.timesOf(KEY, UIDS[1])).toEqual([])
    })
    test('whether it was asked for before or after its entries came, it says the same', () => {
      const said = (log: LogView, scope: (typeof PARTS)[number][1]) => {
        const part = log.part(scope)
        const holder = part.reduction.holder(KEY, NOW)
        return {
          now: holder?.now,
          events: holder?.events,
          times: UIDS.map(uid => [...part.timesOf(KEY, uid)]),
          issues: part.reduction.issues(KEY, NOW),
        }
      }
      const few = apart.filter(({ at }) => at > june(7, '10:46:00') && at < june(7, '10:52:00'))
      fc.assert(
        fc.property(fc.integer({ min: 0, max: few.length }), fc.constantFrom(...PARTS), (cut, [, scope]) => {
          const early = take(new LogView(TAB), few.slice(0, cut))
          early.part(scope)
          take(early, few.slice(cut))
          // An entry that is written once more counts once.
          take(early, few.slice(0, cut))
          expect(said(early, scope)).toEqual(said(take(new LogView(TAB), few), scope))
        }),
        { numRuns: 20 },
      )
    })
  })
  test('any split and order of arrival ends the same', () => {
    const some = entries.filter(({ id, at }) => id === 300 || (at > june(7, '10:46:00') && at < june(7, '10:52:00')))
    const given = (parts: readonly LogEntry[][]) => {
      const log = new LogView(TAB)
      for (const part of parts) take(log, part)
      const { holders, ...rest } = told(log)
      return { ...rest, holders: holders.sort() }
    }
    const expected = given([some])
    fc.assert(
      fc.property(
        fc.shuffledSubarray(some, { minLength: some.length }),
        fc.integer({ min: 1, max: 20 }),
        (shuffled, size) => {
          const parts = Array.from({ length: Math.ceil(some.length / size) }, (_, n) =>
            shuffled.slice(n * size, (n + 1) * size),
          )
          expect(given(parts)).toEqual(expected)
        },
      ),
      { numRuns: 20 },
    )
  })
})
