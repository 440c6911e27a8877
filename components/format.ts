/** How times, sizes, ids and values are written. Ids and numbers never lose a digit where they stand whole. */
import type { RequestLink } from '../utils/identity/entry'
import type { Json } from '../utils/sdk/event'
import { t } from './text'

const two = (n: number) => String(n).padStart(2, '0')

/** `10:51:20`, local time. */
export function clock(at: number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
/** `10:51:20.118` */
export const clockMs = (at: number): string => `${clock(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`
/** `10:51` */
export const clockMinute = (at: number): string => clock(at).slice(0, 5)

/**
 * `7 Jun` in English, `7/6` in Vietnamese, whose months have numbers for names. Written out of the panel's own words: the first
 * `Intl.DateTimeFormat` of a process reads its tables for 20 ms (measured), and every row of the list names its day.
 */
export function day(at: number): string {
  const date = new Date(at)
  return t('date.day', { day: date.getDate(), month: t('date.months').split(' ')[date.getMonth()] ?? '' })
}
/** `Sun 7 Jun`, `CN 7/6` */
export const namedDay = (at: number): string => `${t('date.weekdays').split(' ')[new Date(at).getDay()]} ${day(at)}`
/** Days since an arbitrary one, in local time: equal numbers are the same calendar day. */
export function dayNumber(at: number): number {
  const date = new Date(at)
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000)
}
/** `10:47:02` today, `3 Jun 12:31:08` on another day. */
export const when = (at: number, now: number): string =>
  dayNumber(at) === dayNumber(now) ? clock(at) : `${day(at)} ${clock(at)}`

/** `41 ms`, `12 s`, `4 min`, `2 h`, `3 d` */
export function span(ms: number): string {
  if (ms < 1000) return t('span.ms', { n: Math.round(ms) })
  if (ms < 60_000) return t('span.s', { n: ms < 9950 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000) })
  if (ms < 3_600_000) return t('span.min', { n: Math.round(ms / 60_000) })
  if (ms < 172_800_000) return t('span.h', { n: Math.round(ms / 3_600_000) })
  return t('span.d', { n: Math.round(ms / 86_400_000) })
}

/** `820 B`, `1.2 kB` */
export const bytes = (n: number): string =>
  n < 1000 ? `${n} B` : n < 1e6 ? `${(n / 1000).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`

/** How much a request carried, as far as anybody knows. */
export const sizeOf = (request: RequestLink): string =>
  request.least ? t('size.least', { size: bytes(request.bytes) }) : bytes(request.bytes)

/** `8e30…3ae9`; short ones whole. Cuts between code points, since anything may be a CID. */
export function shortCid(cid: string): string {
  const letters = [...cid]
  return letters.length <= 14 ? cid : `${letters.slice(0, 4).join('')}…${letters.slice(-4).join('')}`
}
/** `8e30…`, for a row of the list. */
export function rowCid(cid: string): string {
  const letters = [...cid]
  return letters.length <= 6 ? cid : `${letters.slice(0, 4).join('')}…`
}
/** `…0712`: what tells UIDs apart is their end. */
export function rowUid(uid: string): string {
  const letters = [...uid]
  return letters.length <= 6 ? uid : `…${letters.slice(-4).join('')}`
}
/** `7865…0000000712` */
export function laneUid(uid: string): string {
  const letters = [...uid]
  return letters.length <= 16 ? uid : `${letters.slice(0, 4).join('')}…${letters.slice(-10).join('')}`
}

/** Reads as something other than text when written bare: a number, a literal, nothing, or blanks at the ends. */
const NEEDS_QUOTES = /^$|^\s|\s$|^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$|^(true|false|null)$/

/** A value on one line; text stands bare unless it could be taken for another type. */
export const inline = (value: Json): string =>
  typeof value === 'string' && !NEEDS_QUOTES.test(value) ? value : JSON.stringify(value)

/** Class of the colour for a value: text, number, or the rest. */
export const tone = (value: Json): string =>
  typeof value === 'number' ? 'nu' : typeof value === 'boolean' || value === null ? 'bo' : 'str'

/** The path of a URL with its query, for a page-load row; the URL itself when it is none. */
export function pathOf(url: string): string {
  try {
    const { protocol, pathname, search } = new URL(url)
    return protocol.startsWith('http') ? decodeURI(pathname) + search : url
  } catch {
    return url
  }
}
