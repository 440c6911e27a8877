/** Where records of a document enter the recorder: each is checked and capped, and what doesn't fit is no record. */
import * as v from 'valibot'
import type { Body } from '../sdk/event'
import { type FlatBody, HOOK, type HookRecord, REFUSED, RELAY, type RelayRecord, TEXT_CAP } from './record'

const text = (cap: number) =>
  v.pipe(
    v.string(),
    v.transform(value => (value.length > cap ? value.slice(0, cap) : value)),
  )
const noteInWords = (note: string): string =>
  note === REFUSED ? 'sendBeacon returned false: the browser did not queue it' : note
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
    stack: text(8_192),
    queued: v.boolean(),
    by: text(60),
    inside: id,
  }),
  v.object({
    k: v.literal('request'),
    id,
    at,
    call: id,
    via: text(12),
    url: text(LONG),
    base: text(LONG),
    method: text(16),
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
    how: v.picklist(['load', 'restored', 'route', 'prerender', 'shown']),
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

/** Reads one record; null if it isn't one. */
export function readRecord(line: string): HookRecord | RelayRecord | null {
  try {
    const schema = line[0] === HOOK ? HOOK_RECORD : line[0] === RELAY ? RELAY_RECORD : null
    const read = schema && v.safeParse(schema, JSON.parse(line.slice(1)))
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
