/**
 * The log's own file format: everything that was recorded, lossless. One JSON object
 * `{format, version, entries, payloads}`; entries are log entries as in `utils/identity/entry.ts`, whose payload references
 * are `[0, index into payloads]`.
 */
import * as v from 'valibot'
import { byTime, type EventEntry, type LogEntry, type Payload, type PayloadRef } from '../identity/entry'
import type { PayloadOf } from './own'
import type { Failure, ReadLog, Rejected } from './read'
import { FORMAT, logEntry, payload, reasonOf, VERSION } from './shape'
import { Shared } from './share'

/** Is this parsed JSON a file of the log's own format, of whatever version? */
export const isLogFile = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT

/** Reads a file of the log's own format item by item. What doesn't fit is rejected with its reason, and the rest is read. */
export class LogFileReader {
  private readonly entries: LogEntry[] = []
  /** null: broken. */
  private readonly payloads: (Payload | null)[] = []
  private readonly rejected: Rejected[] = []
  /** Position in the file of each entry that was read. */
  private readonly positions = new Map<LogEntry, number>()
  private readonly shared = new Shared()
  private index = -1

  /** @param keeps false: payloads are looked at, and not kept */
  constructor(private readonly keeps = true) {}

  entry(item: unknown): void {
    this.index++
    this.take(item, null)
  }

  /**
   * Takes entries that stand in one place of the file, with the payload that they share; undefined: they have none, a number: the
   * same as the entry of that id.
   */
  together(items: readonly unknown[], held: unknown): void {
    this.index++
    let refs: PayloadRef[] = []
    if (typeof held === 'number')
      refs = this.entries.flatMap(each => (each.kind === 'event' && each.id === held ? each.payload : []))
    else if (held !== undefined) {
      this.payload(held)
      refs = [[0, this.payloads.length - 1]]
    }
    for (const item of items) this.take(item, refs)
  }

  /** @param refs where the payload lies; null: as the entry says itself */
  private take(item: unknown, refs: PayloadRef[] | null): void {
    const read = v.safeParse(logEntry, item)
    if (!read.success) return void this.rejected.push({ entry: this.index, reason: reasonOf(read.issues) })
    const entry = read.output
    if (entry.kind === 'event') {
      entry.facts = this.shared.facts(entry.facts)
      if (refs) entry.payload = refs
    }
    this.entries.push(entry)
    this.positions.set(entry, this.index)
  }

  /** Passes over a place that another reader takes. */
  pass(): void {
    this.index++
  }

  /** Takes note of an entry that could not even be parsed. */
  reject(reason: string): void {
    this.rejected.push({ entry: ++this.index, reason })
  }

  payload(item: unknown): void {
    const read = v.safeParse(payload, item)
    this.payloads.push(read.success ? (this.keeps ? read.output : {}) : null)
  }

  /** @param json the file without its entries and payloads */
  finish(json: unknown): ({ ok: true } & ReadLog) | Failure {
    const file = v.safeParse(
      v.object({ version: v.number(), entries: v.array(v.never()), payloads: v.array(v.never()) }),
      json,
    )
    if (!file.success) return { ok: false, reason: `This log file is broken at ${reasonOf(file.issues)}.` }
    const { version } = file.output
    if (version !== VERSION)
      return { ok: false, reason: `This log file has version ${version}; this program reads version ${VERSION}.` }
    return { ok: true, ...this.all() }
  }

  /** All that was read. */
  all(): ReadLog {
    for (const entry of this.entries) if (entry.kind === 'event') this.dropMissing(entry)
    return {
      entries: this.entries.sort(byTime),
      payloads: this.payloads.map(each => each ?? {}),
      rejected: this.rejected.sort((a, b) => a.entry - b.entry),
      requests: this.index + 1,
    }
  }

  private dropMissing(entry: EventEntry): void {
    const missing = entry.payload.find(([, at]) => !this.payloads[at])
    if (!missing) return
    const reason = `its payload ${missing[1]} is missing or broken; the event itself was read`
    this.rejected.push({ entry: this.positions.get(entry) ?? -1, reason })
    entry.payload = entry.payload.filter(([, at]) => this.payloads[at])
  }
}

/** A log in its own format, in pieces. `payloadOf`: an entry's merged payload, the same object for events of one request. */
export function* logPieces(entries: Iterable<LogEntry>, payloadOf: PayloadOf): Generator<string> {
  const indexes = new Map<Payload, number>()
  yield `{"format":"${FORMAT}","version":${VERSION},"entries":[`
  let comma = ''
  for (const entry of entries) {
    let written = entry
    if (entry.kind === 'event') {
      const held = payloadOf(entry)
      if (held && !indexes.has(held)) indexes.set(held, indexes.size)
      written = { ...entry, payload: held ? [[0, indexes.get(held) ?? 0]] : [] }
    }
    yield `${comma}\n${JSON.stringify(written)}`
    comma = ','
  }
  yield '],\n"payloads":['
  comma = ''
  for (const held of indexes.keys()) {
    yield `${comma}\n${JSON.stringify(held)}`
    comma = ','
  }
  yield ']}\n'
}
