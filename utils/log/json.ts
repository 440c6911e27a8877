/**
 * The log's own file format: everything that was recorded, lossless. One JSON object
 * `{format, version, entries, payloads}`; entries are log entries as in `utils/identity/entry.ts`, whose payload references
 * are `[0, index into payloads]`.
 */
import * as v from 'valibot'
import { byTime, type EventEntry, type LogEntry, type Outcome, type Payload, type Place } from '../identity/entry'
import type { Attributes, Body, EventFacts, Json } from '../sdk/event'
import type { Failure, ReadLog, Rejected } from './read'
import { Shared } from './share'

const FORMAT = 'identity-lens-log'
const VERSION = 1

interface LogFile {
  format: typeof FORMAT
  version: typeof VERSION
  entries: LogEntry[]
  payloads: Payload[]
}

type Schema<T> = v.GenericSchema<unknown, T>

const count = v.pipe(v.number(), v.finite())
/** ms since the epoch, as far as a Date reaches. */
const time = v.pipe(v.number(), v.minValue(-8.64e15), v.maxValue(8.64e15))
const id = v.pipe(v.number(), v.safeInteger())
const string = v.string()
const nullableString = v.nullable(string)
/** What JSON.parse gave is JSON. */
const json = v.custom<Json>(value => value !== undefined)
const attributes: Schema<Attributes> = v.array(v.tuple([string, json]))

/** A size that is a bound. */
const least = v.exactOptional(v.literal(true))

const body: Schema<Body> = v.variant('state', [
  v.object({ state: v.literal('none') }),
  v.object({ state: v.literal('text'), text: string }),
  v.object({ state: v.literal('cut'), text: string, bytes: count, least }),
  v.object({ state: v.literal('unreadable'), why: string }),
])

const payload: Schema<Payload> = v.object({
  request: v.optional(v.object({ url: string, method: string, body })),
  call: v.optional(v.object({ api: string, args: string, stack: string })),
  notes: v.optional(v.array(string)),
})

const place: Schema<Place> = v.object({
  tab: string,
  frame: count,
  doc: string,
  site: string,
  partition: string,
  url: string,
})

const outcome: Schema<Outcome> = v.variant('state', [
  v.object({ state: v.literal('queued') }),
  v.object({ state: v.literal('pending') }),
  v.object({ state: v.literal('done'), status: count, ms: count }),
  v.object({ state: v.literal('hidden'), status: count, error: string, ms: count }),
  v.object({ state: v.literal('failed'), status: v.nullable(count), error: nullableString, ms: count }),
  v.object({ state: v.literal('blocked'), by: v.picklist(['csp', 'client', 'administrator']), error: string }),
  v.object({ state: v.literal('not-sent') }),
  v.object({ state: v.literal('unknown'), why: string }),
])

const facts: Schema<EventFacts> = v.object({
  ec: string,
  ea: string,
  en: string,
  kind: v.picklist(['login', 'sign-up', 'identify', 'logout', 'remove', 'reset', 'purchase', 'page-view', 'other']),
  wire: v.picklist(['event', 'stream_event', 'call', 'unrecognised']),
  channel: v.picklist(['web', 'app']),
  uid: nullableString,
  aid: nullableString,
  portal: nullableString,
  prop: nullableString,
  cid: nullableString,
  cidPath: nullableString,
  cids: v.array(v.tuple([string, string])),
  carries: v.boolean(),
  whyNot: nullableString,
  customers: v.nullable(attributes),
  users: v.nullable(attributes),
  inferred: v.nullable(attributes),
  system: attributes,
  session: nullableString,
  page: nullableString,
  identifyType: nullableString,
  reset: v.nullable(v.object({ from: nullableString, to: nullableString })),
  content: string,
  order: nullableString,
  about: string,
  problems: v.array(
    v.object({
      field: string,
      code: v.picklist(['not-json', 'bad-percent', 'cut', 'unreadable', 'not-object', 'repeated-key', 'number-uid']),
      message: string,
    }),
  ),
  remarks: v.optional(
    v.array(
      v.object({
        code: v.picklist(['item', 'missing', 'code', 'reserved', 'long', 'secret', 'contact', 'url', 'person']),
        path: string,
        text: string,
      }),
    ),
  ),
  part: v.tuple([count, count]),
})

const base = { id, at: time, place }

const logEntry: Schema<LogEntry> = v.variant('kind', [
  v.object({
    ...base,
    kind: v.literal('event'),
    facts,
    call: v.nullable(
      v.object({
        at: time,
        api: string,
        by: v.picklist(['page', 'panel']),
        command: nullableString,
        queued: v.boolean(),
        caller: nullableString,
      }),
    ),
    request: v.nullable(
      v.object({
        at: time,
        transport: v.picklist([
          'script',
          'image',
          'fetch',
          'xhr',
          'beacon',
          'iframe',
          'navigation',
          'form',
          'css',
          'other',
        ]),
        method: string,
        host: string,
        path: string,
        bytes: count,
        least,
        lanes: v.picklist(['hook', 'network', 'both']),
      }),
    ),
    outcome,
    live: v.boolean(),
    payload: v.array(v.tuple([id, id])),
    prerender: v.optional(v.literal(true)),
  }),
  v.object({
    ...base,
    kind: v.literal('page'),
    how: v.picklist(['load', 'restored', 'route', 'prerender', 'shown']),
    late: v.boolean(),
  }),
  v.object({
    ...base,
    kind: v.literal('sdk'),
    state: v.picklist(['absent', 'queue', 'live', 'blocked']),
    queue: count,
    api: nullableString,
    portal: nullableString,
    prop: nullableString,
    script: v.nullable(v.object({ url: string, at: v.optional(time), outcome })),
  }),
  v.object({
    ...base,
    kind: v.literal('stored'),
    where: v.picklist(['cookie', 'localStorage']),
    name: string,
    value: nullableString,
    cause: v.picklist(['seen', 'set', 'removed', 'expired']),
  }),
  v.object({
    ...base,
    kind: v.literal('gap'),
    cause: v.picklist(['paused', 'lost', 'hook']),
    until: v.nullable(time),
    detail: json,
  }),
  v.object({
    ...base,
    kind: v.literal('mark'),
    what: v.picklist(['start', 'login', 'logout', 'expired', 'other', 'stop']),
    who: nullableString,
    away: v.boolean(),
  }),
  v.object({ ...base, kind: v.literal('void'), into: id }),
])

/** Where in the entry, and what is wrong there: `facts.uid: Invalid type: Expected string but received 12`. */
const reasonOf = (issues: [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string => {
  const [issue] = issues
  const path = v.getDotPath(issue)
  return path ? `${path}: ${issue.message}` : issue.message
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
