/** Which part of the log is taken out, and how it gets to the thread that writes it. */
import type { EventEntry, LogEntry, Payload } from '../../utils/identity/entry'
import type { LogView, Row } from '../log-view'
import { pageOf } from '../page'
import { holderOf } from '../select'
import { type PanelState, readPayload } from '../store'
import type { Thread } from './thread'

export const SCOPES = ['one', 'pinned', 'filtered', 'site', 'all'] as const
export type ExportScope = (typeof SCOPES)[number]

const counted = (entry: LogEntry): boolean => entry.kind !== 'clear' && entry.kind !== 'void'

/** Entries that identity of this site rests on: of all its tabs and days. */
const ofSite = (log: LogView, site: string, partition: string): LogEntry[] =>
  log.reduction.all().filter(({ place }) => place.site === site && place.partition === partition)

/** The entries of each scope, in the order of the log. `rows`: what the list shows. */
export function entriesOf(scope: ExportScope, state: PanelState, rows: readonly Row[]): LogEntry[] {
  const { log, selected, pinned, hello } = state
  switch (scope) {
    case 'one': {
      const event = log.event(selected)
      return event ? [event] : []
    }
    case 'pinned':
      return rows.length > 0 || pinned.size > 0 ? log.reduction.all().filter(({ id }) => pinned.has(id)) : []
    case 'filtered':
      return [...rows]
    case 'site': {
      const holder = holderOf(state)
      const place = holder ?? pageOf(state)?.place ?? hello
      return place ? ofSite(log, place.site, place.partition).filter(counted) : []
    }
    case 'all':
      return log.reduction.all().filter(counted)
  }
}

/** Entries of one message. */
const PART = 500

/**
 * Gives entries and their payloads to a thread. `on`: the share that is done.
 * @returns false: it was ended by the signal
 */
export async function give(
  entries: readonly LogEntry[],
  thread: Thread,
  signal: AbortSignal,
  on: (share: number) => void,
): Promise<boolean> {
  /** Events of one request name the same payload. */
  const known = new Map<string, number | null>()
  let count = 0
  for (let at = 0; at < entries.length; at += PART) {
    if (signal.aborted) return false
    const part = entries.slice(at, at + PART)
    const fresh = new Map<string, EventEntry>()
    for (const entry of part)
      if (entry.kind === 'event' && entry.payload.length > 0) {
        const key = JSON.stringify(entry.payload)
        if (!known.has(key)) fresh.set(key, entry)
      }
    const read = await Promise.all([...fresh.values()].map(({ payload }) => readPayload(payload).catch(() => null)))
    const payloads: Payload[] = []
    ;[...fresh.keys()].forEach((key, index) => {
      const payload = read[index]
      known.set(key, payload ? count + payloads.push(payload) - 1 : null)
    })
    count += payloads.length
    if (signal.aborted) return false
    const refs = part.map(entry => (entry.kind === 'event' ? (known.get(JSON.stringify(entry.payload)) ?? null) : null))
    thread.postMessage({ kind: 'take', entries: part, refs, payloads })
    on(Math.min(1, (at + PART) / entries.length))
  }
  return true
}
