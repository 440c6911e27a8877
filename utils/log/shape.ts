/**
 * What entries and payloads look like when they come from a file: the one description that readers check against, and that
 * `docs/log-format.schema.json` is written from.
 */
import * as v from 'valibot'
import type { LogEntry, Outcome, Payload, Place } from '../identity/entry'
import type { Attributes, Body, EventFacts, Json } from '../sdk/event'

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

export const body: Schema<Body> = v.variant('state', [
  v.object({ state: v.literal('none') }),
  v.object({ state: v.literal('text'), text: string }),
  v.object({ state: v.literal('cut'), text: string, bytes: count, least }),
  v.object({ state: v.literal('unreadable'), why: string }),
])

export const payload: Schema<Payload> = v.object({
  request: v.optional(v.object({ url: string, method: string, body })),
  call: v.optional(v.object({ api: string, args: string, stack: string, dataLayer: v.exactOptional(string) })),
  notes: v.optional(v.array(string)),
})

export const place: Schema<Place> = v.object({
  tab: string,
  frame: count,
  doc: string,
  site: string,
  partition: string,
  url: string,
})

export const outcome: Schema<Outcome> = v.variant('state', [
  v.object({ state: v.literal('queued') }),
  v.object({ state: v.literal('pending') }),
  v.object({ state: v.literal('done'), status: count, ms: count }),
  v.object({ state: v.literal('hidden'), status: count, error: string, ms: count }),
  v.object({ state: v.literal('failed'), status: v.nullable(count), error: nullableString, ms: count }),
  v.object({ state: v.literal('blocked'), by: v.picklist(['csp', 'client', 'administrator']), error: string }),
  v.object({ state: v.literal('not-sent') }),
  v.object({ state: v.literal('unknown'), why: string }),
])

export const facts: Schema<EventFacts> = v.object({
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

/** By kind, so that none can be forgotten. */
const KINDS = {
  event: v.object({
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
  page: v.object({
    ...base,
    kind: v.literal('page'),
    how: v.picklist(['load', 'restored', 'route', 'prerender', 'shown']),
    late: v.boolean(),
  }),
  sdk: v.object({
    ...base,
    kind: v.literal('sdk'),
    state: v.picklist(['absent', 'queue', 'live', 'blocked']),
    queue: count,
    api: nullableString,
    portal: nullableString,
    prop: nullableString,
    script: v.nullable(v.object({ url: string, at: v.optional(time), outcome })),
  }),
  stored: v.object({
    ...base,
    kind: v.literal('stored'),
    where: v.picklist(['cookie', 'localStorage']),
    name: string,
    value: nullableString,
    cause: v.picklist(['seen', 'set', 'removed', 'expired']),
  }),
  gap: v.object({
    ...base,
    kind: v.literal('gap'),
    cause: v.picklist(['paused', 'lost', 'hook']),
    until: v.nullable(time),
    detail: json,
  }),
  mark: v.object({
    ...base,
    kind: v.literal('mark'),
    what: v.picklist(['start', 'login', 'logout', 'expired', 'other', 'stop']),
    who: nullableString,
    away: v.boolean(),
  }),
  clear: v.object({
    ...base,
    kind: v.literal('clear'),
    state: v.picklist(['open', 'undone', 'done']),
  }),
  void: v.object({ ...base, kind: v.literal('void'), into: id }),
} satisfies { [K in LogEntry['kind']]: Schema<Extract<LogEntry, { kind: K }>> }

export const logEntry: Schema<LogEntry> = v.variant('kind', [
  KINDS.event,
  KINDS.page,
  KINDS.sdk,
  KINDS.stored,
  KINDS.gap,
  KINDS.mark,
  KINDS.clear,
  KINDS.void,
])

/** A file of the log's own format. */
export const FORMAT = 'identity-lens-log'
export const VERSION = 1
export const logFile = v.object({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  entries: v.array(logEntry),
  payloads: v.array(payload),
})

/** Where in the entry, and what is wrong there: `facts.uid: Invalid type: Expected string but received 12`. */
export const reasonOf = (issues: [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string => {
  const [issue] = issues
  const path = v.getDotPath(issue)
  return path ? `${path}: ${issue.message}` : issue.message
}
