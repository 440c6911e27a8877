/** Where the events of each name stand in the list, kept up by what changes: the last one of a kind is found without looking through all. */
import { byTime, type EventEntry } from '../../utils/identity/entry'
import type { LogView, RowMark } from '../log-view'
import { eventName } from './name'

interface Kinds {
  mark: RowMark
  /** Rows that are in `places`. */
  upTo: number
  /** By name, ascending. */
  places: Map<string, number[]>
}
const known = new WeakMap<LogView, Kinds>()

function kindsOf(log: LogView): Kinds['places'] {
  let kinds = known.get(log)
  if (!kinds) known.set(log, (kinds = { mark: log.markRows(), upTo: 0, places: new Map() }))
  const { mark, places } = kinds
  if (mark.from < kinds.upTo) {
    kinds.upTo = mark.from
    for (const found of places.values()) while ((found.at(-1) ?? -1) >= mark.from) found.pop()
  }
  for (; kinds.upTo < log.rows.length; kinds.upTo++) {
    const row = log.rows[kinds.upTo]
    if (row?.kind !== 'event') continue
    const name = eventName(row)
    const found = places.get(name)
    if (found) found.push(kinds.upTo)
    else places.set(name, [kinds.upTo])
  }
  mark.from = kinds.upTo
  return places
}

/** The last event before this one that has its name; null: it is the first. */
export function lastOfKind(log: LogView, event: EventEntry): EventEntry | null {
  const found = kindsOf(log).get(eventName(event)) ?? []
  let low = 0
  let high = found.length
  while (low < high) {
    const middle = (low + high) >> 1
    const row = log.rows[found[middle] ?? 0]
    if (row && byTime(row, event) < 0) low = middle + 1
    else high = middle
  }
  const row = log.rows[found[low - 1] ?? -1]
  return row?.kind === 'event' ? row : null
}
