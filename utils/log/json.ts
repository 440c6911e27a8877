/**
 * The log's own file format: everything that was recorded, lossless. One JSON object
 * `{format, version, entries, payloads}`; entries are log entries as in `utils/identity/entry.ts`, whose payload references
 * are `[0, index into payloads]`.
 */
import * as v from 'valibot'
import { byTime, type EventEntry, type LogEntry, type Payload } from '../identity/entry'
import type { Failure, ReadLog, Rejected } from './read'
import { FORMAT, logEntry, payload, reasonOf, VERSION } from './shape'
import { Shared } from './share'

interface LogFile {
  format: typeof FORMAT
  version: typeof VERSION
  entries: LogEntry[]
  payloads: Payload[]
}

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
    const read = v.safeParse(logEntry, item)
    if (!read.success) {
      this.rejected.push({ entry: this.index, reason: reasonOf(read.issues) })
      return
    }
    const entry = read.output
    if (entry.kind === 'event') entry.facts = this.shared.facts(entry.facts)
    this.entries.push(entry)
    this.positions.set(entry, this.index)
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
    for (const entry of this.entries) if (entry.kind === 'event') this.dropMissing(entry)
    return {
      ok: true,
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

/** A log as text in its own format. `payloadOf` gives an entry's merged payload; events of one request may share one. */
export function writeLogFile(entries: Iterable<LogEntry>, payloadOf: (entry: EventEntry) => Payload | null): string {
  const indexes = new Map<Payload, number>()
  const file: LogFile = { format: FORMAT, version: VERSION, entries: [], payloads: [] }
  for (const entry of entries) {
    if (entry.kind !== 'event') {
      file.entries.push(entry)
      continue
    }
    const held = payloadOf(entry)
    let index = held ? indexes.get(held) : undefined
    if (held && index === undefined) {
      index = file.payloads.push(held) - 1
      indexes.set(held, index)
    }
    file.entries.push({ ...entry, payload: index === undefined ? [] : [[0, index]] })
  }
  return JSON.stringify(file)
}
