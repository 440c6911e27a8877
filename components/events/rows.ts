/** What the list shows: the rows that pass the filter, in the order that was asked for. */
import { useMemo } from 'preact/hooks'
import type { EventEntry } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import type { LogView, Row } from '../log-view'
import { type IssueMark, issueMarks } from '../select'
import { foundMore, type PanelState } from '../store'
import { keyOfColumn } from './columns'
import { type Around, filterTerms, type Term, textOf } from './filter'
import { asksTime, parseQuery, regexes } from './query'
import { RegexSearch, type Thread } from './regex'
import { isBad } from './row'
import { Sieve, Sorter } from './sieve'

const isUnsent = (now: number) => (entry: EventEntry) => {
  const { state } = outcomeAt(entry, now)
  return isBad(state) || state === 'queued'
}

/** With "Keep log" off: what the present page sent. */
const thisPage = (since: number): Term => ({ kind: 'page', text: '', passes: ({ at }) => at >= since })

function beginSearch(): Thread {
  const worker = new Worker(new URL('./regex.worker.ts', import.meta.url), { type: 'module' })
  const thread: Thread = {
    onmessage: null,
    onerror: null,
    postMessage: ask => worker.postMessage(ask),
    terminate: () => worker.terminate(),
  }
  worker.onmessage = ({ data }) => thread.onmessage?.({ data })
  worker.onerror = event => thread.onerror?.(event)
  return thread
}
/** One for all lists: what they found is known to all. */
export const search = new RegexSearch(beginSearch, textOf, () => (search.busy ? goOn() : foundMore()))
const sieve = new Sieve()
const sorter = new Sorter()

/** Rows that are looked at at once, also when time has passed; more of them in tasks of their own, and once a second. */
const FEW = 5_000
/** ms after which what was found so far is shown, though there may be more. */
const PATIENCE = 150

/** What the sieve looks for. */
let sought: { log: LogView; asked: string; time: number; terms: readonly Term[]; begun: number; told: number } | null =
  null
/** What tests go by: the newest state, whenever they run. */
let markOf: (id: number) => IssueMark | null = () => null
/** Something was asked that isn't known yet. */
let unknown = false

let due = false
/** Goes on in a task of its own, so that keys and frames come in between; drawn is only what there is at the end, or after a while. */
function goOn(): void {
  if (due) return
  due = true
  setTimeout(() => {
    due = false
    if (!sieve.complete) sieve.look()
    else sorter.goOn()
    const waited = performance.now() - (sought?.told ?? 0) > PATIENCE
    if ((sieve.complete && sorter.complete) || waited) foundMore()
    else if (sieve.complete || !search.busy) goOn()
  })
}

function passing(state: PanelState, terms: (time: number) => readonly Term[], asked: string, timed: boolean) {
  const { log, now } = state
  const clock = performance.now()
  const time = timed ? now : 0
  const before = sought?.log === log && sought.asked === asked ? sought : null
  const again =
    before && before.time !== time && sieve.complete && (log.rows.length < FEW || clock - before.begun > 1_000)
  if (!sought || !before || again) {
    sought = { log, asked, time, terms: terms(time), begun: clock, told: clock }
    const { terms: all } = sought
    const passes = (row: EventEntry) => {
      unknown = false
      const answer = all.every(term => term.passes(row))
      return unknown ? null : answer
    }
    sieve.use(log, all.length === 0 ? null : passes)
  }
  // A slice of a long log has a task of its own: the one that a key began has a frame to draw.
  let rows = sieve.complete || sought.terms.length === 0 || log.rows.length < FEW ? sieve.look() : sieve.known
  if (!sieve.complete) {
    if (clock - sought.told > PATIENCE) {
      sought.told = clock
      rows = sieve.sofar()
    }
    if (!search.busy) goOn()
  }
  return { rows, terms: sought.terms }
}

/** What the list shows under the present filter, how many events that are, and what the filter asks. */
export function useRows(state: PanelState) {
  const { log, version, category, filter, now, settings, sort } = state
  markOf = issueMarks(state)
  const { query, faults } = useMemo(() => parseQuery(filter), [filter])
  const patterns = useMemo(() => regexes(query), [query])
  search.use(patterns)
  const since = settings.keepLog ? 0 : log.since
  const slow = patterns.filter(term => search.isSlow(term)).length
  const lost = search.fault
  const timed = category === 'issue' || category === 'unsent' || asksTime(query)
  const termsAt = (time: number) => {
    const around: Around = {
      now: time || now,
      markOf: id => markOf(id),
      hits: (term, entry) => {
        const found = search.hits(term, entry)
        unknown ||= found === undefined
        return found
      },
      isSlow: term => search.isSlow(term),
    }
    return [...(since > 0 ? [thisPage(since)] : []), ...filterTerms(category, query, around, isUnsent(time || now))]
  }
  const { rows: found, terms } = passing(state, termsAt, JSON.stringify([category, filter, since, slow, lost]), timed)
  const complete = sieve.complete
  const filtered = found !== log.rows
  let rows: readonly Row[] = found
  if (sort) {
    const key = `${sort.by} ${sort.down}`
    // Of many, new ones are sorted in once a second.
    const stamp = filtered ? found : found.length < FEW ? version : Math.floor(now / 1000)
    rows = sorter.look(found, stamp, key, row => keyOfColumn(sort.by, row, now, markOf), sort.down)
    if (!sorter.complete) goOn()
  } else sorter.forget()
  const events = useMemo(
    () => (filtered ? found.reduce((n, row) => n + (row.kind === 'event' ? 1 : 0), 0) : log.listed),
    [found, version],
  )
  return { rows, events, filtered, terms, markOf, faults, busy: !complete, slow: slow > 0, lost }
}
