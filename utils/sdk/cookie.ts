/** The SDK's cookies, read: what stands in them once their encodings are taken off. */
import type { Json } from './event'
import { isObject, parseJson } from './json'

/** A cookie's value with what it was encoded with, outermost first; the text itself when it holds no more than text. */
export interface CookieValue {
  value: Json
  encoding: readonly ('percent' | 'base64' | 'json')[]
}

const unescaped = (text: string): string => {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** An object or list in JSON; numbers keep their digits. null: no such text. */
const structure = (text: string): Json | null => {
  if (!/^\s*[{[]/.test(text)) return null
  const { value, fault } = parseJson(text)
  return fault === null && (isObject(value) || Array.isArray(value)) ? value : null
}

const fromBase64 = (text: string): string | null => {
  if (text.length < 4 || !/^[\w+/-]+={0,2}$/.test(text)) return null
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes, letter => letter.charCodeAt(0)))
  } catch {
    return null
  }
}

/**
 * Reads a cookie: percent-encoding, base64 and JSON are taken off as far as they are there (C: `_asm_ss_view` is URL-encoded JSON,
 * `_utm_objs` and `_atm_objs` are base64 of JSON). An id stays the text that it is, whatever it looks like.
 */
export function readCookieValue(text: string): CookieValue {
  const plain = unescaped(text)
  const percent = plain === text ? [] : (['percent'] as const)
  const own = structure(plain)
  if (own !== null) return { value: own, encoding: [...percent, 'json'] }
  const packed = fromBase64(plain)
  const inner = packed === null ? null : structure(unescaped(packed))
  if (inner !== null) return { value: inner, encoding: [...percent, 'base64', 'json'] }
  return { value: plain, encoding: percent }
}
