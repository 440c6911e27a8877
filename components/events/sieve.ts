/**
 * The rows that pass the filter, and their order: found in slices of a few milliseconds, so that a key or a frame never waits for
 * 100,000 rows. What was found stays found: new rows are looked at alone, rewritten ones from the lowest that changed. The newest are
 * looked at first.
 */
import type { EventEntry } from '../../utils/identity/entry'
import type { LogView, Row, RowMark } from '../log-view'

/** ms that one slice may take. */
const SLICE = 8
/** Rows between two looks at the clock. */
const STRIDE = 64
/** Rows that are looked at beyond one of which it isn't known yet whether it passes, so that what tells it has enough to do. */
const AHEAD = 3_000

/** Does a row pass? null: that isn't known yet; it will be asked again. */
export type Test = (row: EventEntry) => boolean | null

export class Sieve {
  private log: LogView | null = null
  private mark: RowMark = { from: 0 }
  private test: Test | null = null
  /** Rows `lo` to `hi` of the log were looked at; `found` of them passed, pages included, and stand there `at`. Both ascend. */
  private lo = 0
  private hi = 0
  private found: Row[] = []
  private at: number[] = []
  /** The newest page in there: where it stands; -1: none. */
  private page = -1
  private changed = true
  /** What passed when all was known last. */
  known: readonly Row[] = []
  complete = false

  constructor(private readonly clock: () => number = () => performance.now()) {}

  /** Begins afresh. What was found before is shown until there is something else. */
  use(log: LogView, test: Test | null): void {
    if (this.log !== log) {
      this.log = log
      this.mark = log.markRows()
    }
    this.test = test
    this.forget()
  }

  private forget(): void {
    this.lo = this.hi = this.log?.rows.length ?? 0
    this.found = []
    this.at = []
    this.page = -1
    this.changed = true
    this.complete = false
  }

  /** Goes on for one slice. @returns what passes as far as it is known, or, until all is known, what passed before */
  look(): readonly Row[] {
    const { log, test } = this
    if (!log) return []
    if (!test) {
      this.complete = true
      return log.rows
    }
    if (this.mark.from < this.hi) this.cut(this.mark.from)
    const steps = this.steps(log.rows, test)
    const deadline = this.clock() + SLICE
    while (!steps.next().done && this.clock() < deadline);
    steps.return(undefined)
    this.complete = this.lo === 0 && this.hi === log.rows.length
    this.mark.from = this.hi
    if (this.complete && this.changed) {
      this.known = [...this.found]
      this.changed = false
    }
    return this.known
  }

  /** What was found by now, whole or not: for who would wait too long. */
  sofar(): readonly Row[] {
    return (this.known = [...this.found])
  }

  /** Rows from `index` on changed. */
  private cut(index: number): void {
    if (index <= this.lo) return this.forget()
    let length = this.at.length
    while (length > 0 && (this.at[length - 1] ?? 0) >= index) length--
    // A page comes with an event after it: without one it goes too.
    if (this.found[length - 1]?.kind === 'page') length--
    if (length < this.at.length) this.changed = true
    this.at.length = this.found.length = length
    this.hi = index
    this.page = index - 1
    while (this.page >= this.lo && this.log?.rows[this.page]?.kind !== 'page') this.page--
    if (this.page < this.lo) this.page = -1
  }

  private *steps(rows: readonly Row[], test: Test): Generator<void> {
    let n = 0
    while (this.hi < rows.length) {
      const row = rows[this.hi] as Row
      if (row.kind === 'page') this.page = this.hi
      else {
        const passes = test(row)
        if (passes === null) return yield* ahead(rows, this.hi + 1, 1, test)
        if (passes) {
          // The page that a run of events stands on comes with the first of them.
          if (this.page >= 0 && (this.at.at(-1) ?? -1) < this.page) this.add(rows[this.page] as Row, this.page)
          this.add(row, this.hi)
        }
      }
      this.hi++
      if (++n % STRIDE === 0) yield
    }
    const back: Row[] = []
    const backAt: number[] = []
    try {
      while (this.lo > 0) {
        const index = this.lo - 1
        const row = rows[index] as Row
        if (row.kind === 'page') {
          if (this.page < 0) this.page = index
          if ((back.at(-1) ?? this.found[0])?.kind === 'event') {
            back.push(row)
            backAt.push(index)
          }
        } else {
          const passes = test(row)
          if (passes === null) return yield* ahead(rows, index - 1, -1, test)
          if (passes) {
            back.push(row)
            backAt.push(index)
          }
        }
        this.lo = index
        if (++n % STRIDE === 0) yield
      }
    } finally {
      if (back.length > 0) {
        this.found = [...back.reverse(), ...this.found]
        this.at = [...backAt.reverse(), ...this.at]
        this.changed = true
      }
    }
  }

  private add(row: Row, index: number): void {
    this.found.push(row)
    this.at.push(index)
    this.changed = true
  }
}

/** Asks of the rows that come next, so that what tells of them has enough to do. */
function* ahead(rows: readonly Row[], from: number, by: 1 | -1, test: Test): Generator<void> {
  for (let n = 0, index = from; n < AHEAD; n++, index += by) {
    const row = rows[index]
    if (!row) break
    if (row.kind === 'event') test(row)
    if (n % STRIDE === 0) yield
  }
}

type Key = string | number

const BLOCK = 2_048

/** Sorts in steps: blocks, then pairs of them. Rows of equal key keep their order. */
export function* sorting(rows: readonly Row[], keyOf: (row: EventEntry) => Key, down: boolean): Generator<void, Row[]> {
  const sign = down ? -1 : 1
  const compare = (a: Item, b: Item) => (a.key < b.key ? -sign : a.key > b.key ? sign : a.place - b.place)
  let runs: Item[][] = []
  let run: Item[] = []
  for (const [place, row] of rows.entries()) {
    if (row.kind !== 'event') continue
    run.push({ row, key: keyOf(row), place })
    if (run.length < BLOCK) {
      if (place % STRIDE === 0) yield
      continue
    }
    runs.push(run.sort(compare))
    run = []
    yield
  }
  runs.push(run.sort(compare))
  while (runs.length > 1) {
    const merged: Item[][] = []
    for (let n = 0; n < runs.length; n += 2) {
      const [a = [], b = []] = [runs[n], runs[n + 1]]
      const into: Item[] = []
      for (let i = 0, j = 0; i < a.length || j < b.length; ) {
        const [left, right] = [a[i], b[j]]
        if (left && (!right || compare(left, right) <= 0)) {
          into.push(left)
          i++
        } else if (right) {
          into.push(right)
          j++
        }
        if (into.length % STRIDE === 0) yield
      }
      merged.push(into)
    }
    runs = merged
  }
  return (runs[0] ?? []).map(({ row }) => row)
}
interface Item {
  row: Row
  key: Key
  place: number
}

/** The same rows by a column; until they are sorted as they were sorted last. */
export class Sorter {
  private steps: Generator<void, Row[]> | null = null
  private sorted: readonly Row[] | null = null
  private of: unknown = null
  private wanted: unknown = null
  private key = ''

  constructor(private readonly clock: () => number = () => performance.now()) {}

  forget(): void {
    this.steps = null
    this.sorted = null
    this.of = this.wanted = null
    this.key = ''
  }

  get complete(): boolean {
    return this.steps === null && this.of === this.wanted
  }

  /** @param version changes with the rows; what changes while it sorts is sorted afterwards */
  look(
    rows: readonly Row[],
    version: unknown,
    key: string,
    keyOf: (row: EventEntry) => Key,
    down: boolean,
  ): readonly Row[] {
    this.wanted = version
    if (key !== this.key || (!this.steps && version !== this.of)) {
      this.key = key
      this.of = version
      this.steps = sorting([...rows], keyOf, down)
    }
    this.goOn()
    return this.sorted ?? rows
  }

  /** One slice more. */
  goOn(): void {
    const deadline = this.clock() + SLICE
    while (this.steps && this.clock() < deadline) {
      const { done, value } = this.steps.next()
      if (!done) continue
      this.sorted = value
      this.steps = null
    }
  }
}
