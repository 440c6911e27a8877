/** What every store of the log does with entries and payloads, whatever it keeps them in. No database in here. */
import { siteKey as siteOf } from '../identity/documents'
import type { LogEntry, Payload, PayloadRef, Place } from '../identity/entry'
import type { Batch, Scope } from './source'

/** Keys under which an entry is found again. */
export const tabKey = (tab: string): string => `t:${tab}`
export const siteKey = (site: string): string => `s:${site}`

const keysOf = (place: Place): [string, string] => [tabKey(place.tab), siteKey(siteOf(place))]

/** Keys that a scope asks for; null: all entries. */
export const keysAsked = ({ tab, site }: Scope): string[] | null =>
  tab === undefined && site === undefined
    ? null
    : [...(tab === undefined ? [] : [tabKey(tab)]), ...(site === undefined ? [] : [siteKey(site)])]

export const inScope = ({ place }: LogEntry, scope: Scope): boolean =>
  (scope.tab === undefined && scope.site === undefined) || place.tab === scope.tab || siteOf(place) === scope.site

/** All keys of some entries, each once. */
export function keysOfAll(entries: Iterable<LogEntry>): Set<string> {
  const keys = new Set<string>()
  for (const entry of entries) for (const key of keysOf(entry.place)) keys.add(key)
  return keys
}

/** Under the key '' everything is counted. */
export const ALL = ''

/** How many events (`by` 1) are found under each key; versions that are void count nothing. */
export function countEvents(entries: Iterable<LogEntry>, into = new Map<string, number>(), by: 1 | -1 = 1) {
  for (const entry of entries)
    if (entry.kind === 'event')
      for (const key of [ALL, ...keysOf(entry.place)]) into.set(key, (into.get(key) ?? 0) + by)
  return into
}

export const byId = (a: LogEntry, b: LogEntry): number => a.id - b.id

/** Lists of entries, older versions first → the latest version of each, ascending by id. */
export function latest(...lists: Iterable<LogEntry>[]): LogEntry[] {
  const found = new Map<number, LogEntry>()
  for (const list of lists) for (const entry of list) found.set(entry.id, entry)
  return [...found.values()].sort(byId)
}

/** How long the end of an entry is waited for. Later ones are still right, they only cost more. */
const OPEN_FOR = 10 * 60_000

/** Its end may still come, and is likely to. */
export function isOpen(entry: LogEntry, now: number): boolean {
  if (entry.kind === 'gap') return entry.until === null && now - entry.at < OPEN_FOR
  const outcome = entry.kind === 'event' ? entry.outcome : entry.kind === 'sdk' ? entry.script?.outcome : undefined
  return (outcome?.state === 'pending' || outcome?.state === 'queued') && now - entry.at < OPEN_FOR
}

/** The recorder will end it, however old it is by then. */
export const isStanding = (entry: LogEntry): boolean =>
  entry.kind === 'gap' ? entry.until === null : entry.kind === 'clear' && entry.state === 'open'

/** How long the page's half of a request that the network alone saw may be on its way: its relay sends it again after every stop. */
const HALF_FOR = 60_000

/**
 * The recorder must find it again when it wakes up: its end may come, or its other half, or the recorder itself ends it.
 */
export const awaitsMore = (entry: LogEntry, now: number): boolean =>
  isOpen(entry, now) ||
  isStanding(entry) ||
  (entry.kind === 'event' && entry.request?.lanes === 'network' && now - entry.at < HALF_FOR)

/**
 * The hook and the recorder cap what they read; whatever gets past them is cut here, since one value that is too large makes a
 * whole transaction fail, and some browsers then say that the disk is full (field report 31).
 */
const TEXT_CAP = 524_288
const FACT_CAP = 32_768

const cutText = (text: string, cap: number): string => `${text.slice(0, cap)}… (truncated, ${text.length} characters)`

/** The same value with its long texts cut; the very same object when there are none. */
function cutWithin<T>(value: T, cap: number): T {
  if (typeof value === 'string') return (value.length > cap ? cutText(value, cap) : value) as T
  if (value === null || typeof value !== 'object') return value
  let copy: Record<string, unknown> | null = null
  for (const key of Object.keys(value)) {
    const old = (value as Record<string, unknown>)[key]
    const cut = cutWithin(old, cap)
    if (cut !== old) {
      copy ??= (Array.isArray(value) ? [...value] : { ...value }) as unknown as Record<string, unknown>
      copy[key] = cut
    }
  }
  return (copy ?? value) as T
}

export const fitEntry = (entry: LogEntry): LogEntry => cutWithin(entry, FACT_CAP)

/** A payload that any store takes: a body that is too long is cut and says how long it was. */
export function fitPayload(payload: Payload, cap = TEXT_CAP): Payload {
  const body = payload.request?.body
  const fitted =
    payload.request && (body?.state === 'text' || body?.state === 'cut') && body.text.length > cap
      ? {
          ...payload,
          request: {
            ...payload.request,
            body: {
              ...(body.state === 'cut'
                ? body
                : { state: 'cut' as const, bytes: new TextEncoder().encode(body.text).length }),
              text: body.text.slice(0, cap),
            },
          },
        }
      : payload
  return cutWithin(fitted, cap)
}

/** Roughly what a payload takes up, in characters. */
export const weigh = ({ request, call, notes }: Payload): number =>
  200 +
  (request ? request.url.length + ('text' in request.body ? request.body.text.length : 0) : 0) +
  (call ? call.args.length + call.stack.length : 0) +
  (notes ?? []).reduce((sum, note) => sum + note.length, 0)

/** Parts of an entry's payload, in the order of its references, as one; null when none is left. */
export function mergePayload(parts: readonly (Payload | null | undefined)[]): Payload | null {
  const known = parts.filter(part => part !== null && part !== undefined)
  if (known.length === 0) return null
  const merged: Payload = Object.assign({}, ...known)
  const notes = known.flatMap(part => part.notes ?? [])
  return notes.length > 0 ? { ...merged, notes } : merged
}

const refsOf = (entry: LogEntry): PayloadRef[] => (entry.kind === 'event' ? entry.payload : [])

/** Positions in a chunk that some entries refer to. */
export function refsInto(chunk: number, entries: Iterable<LogEntry>): Set<number> {
  const positions = new Set<number>()
  for (const entry of entries) for (const [of, index] of refsOf(entry)) if (of === chunk) positions.add(index)
  return positions
}

/** The lowest chunk that some entries refer to; +∞ when none does. */
export function lowestChunk(entries: Iterable<LogEntry>): number {
  let lowest = Number.POSITIVE_INFINITY
  for (const entry of entries) for (const [chunk] of refsOf(entry)) lowest = Math.min(lowest, chunk)
  return lowest
}

/** A batch of which some payloads belong to entries that are kept elsewhere, or nowhere. */
export type PartialBatch = Omit<Batch, 'payloads'> & { payloads: (Payload | null)[] }

/**
 * The part of a batch whose entries `keep` takes. A payload that only others refer to becomes null, so that positions stay and
 * nothing of what was left out is stored.
 */
export function partOf(chunk: number, batch: PartialBatch, keep: (entry: LogEntry) => boolean): PartialBatch {
  const entries = batch.entries.filter(keep)
  const wanted = refsInto(chunk, entries)
  const others = refsInto(
    chunk,
    batch.entries.filter(entry => !keep(entry)),
  )
  const payloads = batch.payloads.map((payload, index) => (others.has(index) && !wanted.has(index) ? null : payload))
  return { entries, payloads, marks: batch.marks }
}

/** A batch under another chunk id: its entries' references go with it. */
export const rechunk = (batch: PartialBatch, from: number, to: number): PartialBatch => ({
  ...batch,
  entries: batch.entries.map(entry =>
    entry.kind === 'event'
      ? { ...entry, payload: entry.payload.map(([chunk, index]): PayloadRef => [chunk === from ? to : chunk, index]) }
      : entry,
  ),
})

/** Stands in for an entry that no store takes: it says that something was lost, and why. */
export const lostEntry = ({ id, at, place }: LogEntry, why: string): LogEntry => ({
  kind: 'gap',
  id,
  at,
  place: {
    tab: String(place.tab),
    frame: Number(place.frame),
    doc: String(place.doc),
    site: String(place.site),
    partition: String(place.partition),
    url: String(place.url),
  },
  cause: 'lost',
  until: at,
  detail: `One record could not be stored: ${why}`,
})
