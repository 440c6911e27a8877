/**
 * The log's own file format: everything that was recorded, lossless. One JSON object
 * `{format, version, entries, payloads}`; entries are log entries as in `utils/identity/entry.ts`, whose payload references
 * are `[0, index into payloads]`.
 */
import * as v from 'valibot'
import type { EventEntry, LogEntry, Outcome, Payload, Place } from '../identity/entry'
import type { Attributes, Body, EventFacts, Json } from '../sdk/event'
import type { Failure, ReadLog, Rejected } from './read'

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

const body: Schema<Body> = v.variant('state', [
  v.object({ state: v.literal('none') }),
  v.object({ state: v.literal('text'), text: string }),
  v.object({ state: v.literal('cut'), text: string, bytes: count }),
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
    script: v.nullable(v.object({ url: string, outcome })),
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
    cause: v.picklist(['paused', 'lost']),
    until: v.nullable(time),
    detail: json,
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

/** Reads a parsed file of the log's own format. Entries that don't fit are rejected one by one, each with its reason. */
export function readLogFile(value: unknown): ({ ok: true } & ReadLog) | Failure {
  const file = v.safeParse(
    v.object({ version: v.number(), entries: v.array(v.unknown()), payloads: v.array(v.unknown()) }),
    value,
  )
  if (!file.success) return { ok: false, reason: `This log file is broken at ${reasonOf(file.issues)}.` }
  const { version } = file.output
  if (version !== VERSION)
    return { ok: false, reason: `This log file has version ${version}; this program reads version ${VERSION}.` }
  const payloads = file.output.payloads.map(each => v.safeParse(payload, each))
  const entries: LogEntry[] = []
  const rejected: Rejected[] = []
  for (const [index, each] of file.output.entries.entries()) {
    const read = v.safeParse(logEntry, each)
    if (!read.success) {
      rejected.push({ entry: index, reason: reasonOf(read.issues) })
      continue
    }
    const entry = read.output
    if (entry.kind === 'event') {
      const missing = entry.payload.find(([, at]) => payloads[at]?.success !== true)
      if (missing)
        rejected.push({
          entry: index,
          reason: `its payload ${missing[1]} is missing or broken; the event itself was read`,
        })
      entry.payload = entry.payload.filter(([, at]) => payloads[at]?.success === true)
    }
    entries.push(entry)
  }
  return {
    ok: true,
    entries: entries.sort((a, b) => a.at - b.at || a.id - b.id),
    payloads: payloads.map(each => (each.success ? each.output : {})),
    rejected,
    requests: file.output.entries.length,
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
