/** Where records of a document enter the recorder: each is checked and capped, and what doesn't fit is no record. */
import * as v from 'valibot'
import type { Body } from '../sdk/event'
import {
  FAILED,
  FIELDS,
  type FlatBody,
  HOOK,
  type HookRecord,
  REFUSED,
  RELAY,
  type RelayRecord,
  TEXT_CAP,
  type ToldBody,
  UNKNOWN,
  UNREAD,
} from './record'

const text = (cap: number) =>
  v.pipe(
    v.string(),
    v.transform(value => (value.length > cap ? value.slice(0, cap) : value)),
  )
const REASONS = new Map([
  [UNREAD, 'gone'],
  [UNKNOWN, 'object'],
  [FAILED, ''],
])
const NOT_QUEUED = 'sendBeacon returned false: the browser did not queue it'
const noteInWords = (note: string): string => (note === REFUSED ? NOT_QUEUED : note)
/** Does a note, in words, say that the browser refused a beacon? Then it never had it. (What threw may have left before.) */
export const isRefused = (note: string): boolean => note === NOT_QUEUED
/** The frames at the top of a stack that are the hook's own: they all come from where the first does. */
const OURS = /^(?:Error\n)?[^\n]*(-extension:\/\/[^/\n]+\/)hook\.js:[^\n]*(?:\n[^\n]*\1[^\n]*)*(?:\n|$)/
const withoutOurs = (stack: string): string => stack.replace(OURS, '')
const id = v.pipe(v.number(), v.integer(), v.minValue(0))
/** A finite time; what a page claims beyond reason is judged where it is compared with the recorder's own clock. */
const at = v.pipe(v.number(), v.finite())
/** Longer texts than the hook ever writes are cut, not refused: a row that says less is better than none. */
const LONG = TEXT_CAP * 2
const body = {
  state: v.picklist(['none', 'text', 'cut', 'unreadable']),
  text: text(LONG),
  bytes: v.pipe(v.number(), v.safeInteger()),
}

const HOOK_RECORD = v.variant('k', [
  v.object({
    k: v.literal('call'),
    id,
    at,
    api: text(120),
    args: text(LONG),
    stack: v.pipe(text(8_192), v.transform(withoutOurs)),
    queued: v.boolean(),
    inside: id,
    layer: text(200),
    by: text(60),
  }),
  v.object({
    k: v.literal('request'),
    id,
    at,
    call: id,
    via: text(12),
    url: text(LONG),
    base: text(LONG),
    method: v.pipe(
      text(16),
      v.transform(method => method.toUpperCase()),
    ),
    ...body,
  }),
  v.object({ k: v.literal('body'), id, ...body }),
  v.object({ k: v.literal('note'), id, text: v.pipe(text(300), v.transform(noteInWords)) }),
  v.object({
    k: v.literal('sdk'),
    at,
    state: v.picklist(['absent', 'queue', 'live']),
    queue: id,
    api: text(80),
    portal: text(80),
    prop: text(80),
  }),
])

const RELAY_RECORD = v.variant('k', [
  v.object({
    k: v.literal('page'),
    at,
    how: v.picklist(['load', 'restored', 'route', 'prerender', 'shown', 'here']),
    late: v.boolean(),
    url: text(2_048),
  }),
  v.object({ k: v.literal('hide'), at }),
  v.object({
    k: v.literal('stored'),
    at,
    name: text(200),
    value: v.nullable(text(8_192)),
    first: v.boolean(),
  }),
  v.object({ k: v.literal('csp'), at, url: text(LONG), directive: text(80) }),
  v.object({ k: v.literal('gap'), at, until: at, count: id }),
])

/** A body as it was told; null: it is none. */
export function flatBody([body, bytes]: ToldBody): FlatBody | null {
  if (typeof body === 'string') return { state: bytes ? 'cut' : 'text', text: body, bytes: bytes ?? 0 }
  if (body === null) return { state: 'none', text: '', bytes: 0 }
  const text = REASONS.get(body)
  return text === undefined ? null : { state: 'unreadable', text, bytes: 0 }
}

/** What the hook wrote as a list, by name. */
function named(line: string): unknown {
  const from = line.indexOf('[')
  const [k, ...values] = JSON.parse(line.slice(from)) as [HookRecord['k'], ...unknown[]]
  const fields: Record<string, unknown> = { k, by: line.slice(1, from) }
  if (Object.hasOwn(FIELDS, k)) for (const [i, name] of FIELDS[k].entries()) fields[name] = values[i]
  return 'body' in fields ? { ...fields, ...flatBody([fields.body, fields.bytes] as never) } : fields
}

/** Reads one record; null if it isn't one. */
export function readRecord(line: string): HookRecord | RelayRecord | null {
  try {
    const read =
      line[0] === HOOK
        ? v.safeParse(HOOK_RECORD, named(line))
        : line[0] === RELAY
          ? v.safeParse(RELAY_RECORD, JSON.parse(line.slice(1)))
          : null
    return read?.success ? read.output : null
  } catch {
    return null
  }
}

const WHY = new Map([
  ['gone', 'the page was gone before it could be read'],
  ['object', 'stream or other object, not readable'],
])

export function toBody({ state, text, bytes }: FlatBody): Body {
  switch (state) {
    case 'none':
      return { state }
    case 'text':
      return { state, text }
    case 'cut':
      return bytes < 0 ? { state, text, bytes: -bytes, least: true } : { state, text, bytes }
    case 'unreadable':
      return { state, why: WHY.get(text) ?? 'not readable' }
  }
}
