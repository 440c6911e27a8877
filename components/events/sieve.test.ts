import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventEntry, LogEntry, PageEntry } from '../../utils/identity/entry'
import { story, TAB } from '../fixtures/story'
import { LogView, type Row } from '../log-view'
import { Sieve, Sorter, type Test } from './sieve'

const [event] = story().entries.filter((entry): entry is EventEntry => entry.kind === 'event')
const [page] = story().entries.filter((entry): entry is PageEntry => entry.kind === 'page')
if (!event || !page) throw new Error('the story has neither event nor page')
const entry = (id: number, at: number, what: string): LogEntry =>
  what === 'page'
    ? { ...page, id, at, place: { ...page.place, tab: TAB, frame: 0 } }
    : { ...event, id, at, place: { ...event.place, tab: TAB }, facts: { ...event.facts, ec: what } }

/** As it is meant: all that pass, each run of them with the page that it stands on. */
function meant(rows: readonly Row[], test: (row: EventEntry) => boolean): number[] {
  const found: number[] = []
  let open: Row | null = null
  for (const row of rows) {
    if (row.kind === 'page') open = row
    else if (test(row)) {
      if (open) found.push(open.id)
      open = null
      found.push(row.id)
    }
  }
  return found
}

/** A clock on which each look takes so long that a slice soon ends. */
const slow = () => {
  let now = 0
  return () => (now += 3)
}
const isGood: Test = ({ facts }) => facts.ec === 'good'
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id)
const finish = (sieve: Sieve): number[] => {
  let rows = sieve.look()
  for (let n = 0; !sieve.complete && n < 100_000; n++) rows = sieve.look()
  expect(sieve.complete).toBe(true)
  return ids(rows)
}

describe('the rows that pass', () => {
  test('whatever comes, changes or goes while they are looked for, are those that pass', () => {
    const deed = fc.record({
      id: fc.integer({ min: 1, max: 60 }),
      at: fc.integer({ min: 1, max: 40 }),
      what: fc.constantFrom('good', 'good', 'bad', 'page', 'void'),
      looks: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 120 }), deeds => {
        const log = new LogView(TAB)
        const sieve = new Sieve(slow())
        sieve.use(log, isGood)
        for (const { id, at, what, looks } of deeds) {
          const made = what === 'void' ? { ...entry(id, at, 'bad'), kind: 'void', into: 0 } : entry(id, at, what)
          log.take({ epoch: 0, reset: false, entries: [made as LogEntry] })
          for (let n = 0; n < looks; n++) sieve.look()
        }
        expect(finish(sieve)).toEqual(meant(log.rows, row => row.facts.ec === 'good'))
      }),
      { numRuns: 300 },
    )
  })

  test('100,000 are never looked at in one go; one more costs one', () => {
    const log = new LogView(TAB)
    const many = Array.from({ length: 100_000 }, (_, n) => entry(n + 1, n + 1, n % 3 ? 'bad' : 'good'))
    log.take({ epoch: 0, reset: true, entries: many })
    let asked = 0
    let mostly = 0
    const sieve = new Sieve(slow())
    sieve.use(log, row => {
      asked++
      return isGood(row)
    })
    for (let looks = 0; !sieve.complete; looks++) {
      const before = asked
      sieve.look()
      mostly = Math.max(mostly, asked - before)
    }
    expect(asked).toBe(100_000)
    expect(mostly).toBeLessThan(1_000)
    expect(finish(sieve)).toHaveLength(33_334)
    log.take({ epoch: 0, reset: false, entries: [entry(100_001, 100_001, 'good')] })
    expect(finish(sieve)).toHaveLength(33_335)
    expect(asked).toBe(100_001)
  })

  test('what is not known yet is asked again, and each row a few times at most, however slowly it becomes known', () => {
    const log = new LogView(TAB)
    log.take({ epoch: 0, reset: true, entries: Array.from({ length: 10_000 }, (_, n) => entry(n + 1, n + 1, 'good')) })
    const known = new Set<number>()
    const waiting = new Set<number>()
    let asked = 0
    const sieve = new Sieve()
    sieve.use(log, ({ id }) => {
      asked++
      if (known.has(id)) return id % 2 === 0
      waiting.add(id)
      return null
    })
    const unfinished: readonly Row[] = sieve.look()
    expect(unfinished).toEqual([])
    // The newest come first.
    expect(Math.min(...waiting)).toBeGreaterThan(6_000)
    for (let n = 0; n < 100 && !sieve.complete; n++) {
      const some = [...waiting].slice(0, 1_500)
      for (const id of some) {
        waiting.delete(id)
        known.add(id)
      }
      sieve.look()
    }
    expect(finish(sieve)).toHaveLength(5_000)
    expect(asked).toBeLessThan(60_000)
  })
})

describe('the order by a column', () => {
  const rows = (n: number) => Array.from({ length: n }, (_, at) => entry(at + 1, at + 1, 'good')) as Row[]
  const finishSort = (sorter: Sorter, of: readonly Row[], version: unknown, down: boolean, key = 'mod') => {
    let sorted: readonly Row[] = []
    do sorted = sorter.look(of, version, key + down, row => row.id % 7, down)
    while (!sorter.complete)
    return ids(sorted)
  }
  test('equal ones stay as they came; pages have no place in it', () => {
    const sorter = new Sorter(slow())
    const some = [...rows(9_000), entry(9_001, 9_001, 'page') as Row]
    const wanted = (sign: number) =>
      rows(9_000)
        .map(({ id }) => id)
        .sort((a, b) => sign * ((a % 7) - (b % 7)) || a - b)
    expect(finishSort(sorter, some, 1, false)).toEqual(wanted(1))
    expect(finishSort(sorter, some, 2, true)).toEqual(wanted(-1))
  })
  test('what comes while it sorts is sorted in afterwards', () => {
    const sorter = new Sorter(slow())
    // Until then they stand as they came.
    expect(ids(sorter.look(rows(5_000), 1, 'a', row => -row.id, false))[0]).toBe(1)
    expect(sorter.complete).toBe(false)
    let sorted: readonly Row[] = []
    do sorted = sorter.look(rows(5_001), 2, 'a', row => -row.id, false)
    while (!sorter.complete)
    expect(ids(sorted)[0]).toBe(5_001)
  })
})
