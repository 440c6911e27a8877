/**
 * Reading of query strings and form bodies, as tolerant as a server may be: a malformed `%`, a `=` inside a value or a key
 * that comes twice never loses anything.
 */
import type { Problem } from './event'

/** The beginning of a text, for messages. */
export const excerpt = (text: string): string => (text.length > 40 ? `“${text.slice(0, 40)}…”` : `“${text}”`)

/** One parameter as it stood on the wire and as it reads; percent-decoding is undone once. */
export interface Param {
  key: string
  raw: string
  value: string
}

/** Bytes of a UTF-8 letter by its first byte; 0: no letter begins with it. */
const width = (first: number): number =>
  first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0

const HEX = /^[0-9a-f]{2}$/i

/** The letter that is encoded at an index, and where it ends; '' if nothing is. */
const letterAt = (text: string, at: number): [letter: string, end: number] => {
  const pair = text.slice(at + 1, at + 3)
  const end = HEX.test(pair) ? at + 3 * width(Number.parseInt(pair, 16)) : at
  try {
    return [decodeURIComponent(text.slice(at, end)), end]
  } catch {
    return ['', at + 1]
  }
}

/** Decodes what can be decoded, letter by letter. */
const decodePiecewise = (text: string): string => {
  let decoded = ''
  let from = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    const [letter, end] = letterAt(text, at)
    decoded += text.slice(from, at) + (letter || '%')
    from = letter ? end : at + 1
  }
  return decoded + text.slice(from)
}

const firstBad = (text: string): number => {
  let at = text.indexOf('%')
  while (at >= 0) {
    const [letter, end] = letterAt(text, at)
    if (!letter) return at
    at = text.indexOf('%', end)
  }
  return at
}

/** Undoes percent-encoding; null if there is a `%` that encodes nothing. */
const decodeStrictly = (text: string): string | null => {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** Undoes percent-encoding. What is no valid encoding stays as it stands. */
export const decodePercent = (text: string): string =>
  text.includes('%') ? (decodeStrictly(text) ?? decodePiecewise(text)) : text

/** Index of a character at or after `from`; the text's length if there is none. */
const next = (text: string, char: string, from: number): number => {
  const at = text.indexOf(char, from)
  return at < 0 ? text.length : at
}

/** Reads `key=value&…`, with or without a leading `?`. Values with a `%` that encodes nothing become problems. */
export const parseQuery = (text: string, problems: Problem[]): Param[] => {
  const params: Param[] = []
  let from = text[0] === '?' || text.charCodeAt(0) === 0xfeff ? 1 : 0
  // In forms and queries `+` is a space. It is looked for once, and `%` from the last one on: most pieces have neither.
  const plus = text.includes('+')
  let percent = next(text, '%', from)
  while (from < text.length) {
    const end = next(text, '&', from)
    if (end > from) {
      const middle = Math.min(next(text, '=', from), end)
      const name = text.slice(from, middle)
      const raw = text.slice(middle + 1, end)
      let key = plus ? name.replaceAll('+', ' ') : name
      let value = plus ? raw.replaceAll('+', ' ') : raw
      if (percent < middle) {
        key = decodePercent(key)
        percent = next(text, '%', middle)
      }
      if (percent < end) {
        const decoded = decodeStrictly(value)
        if (decoded === null) {
          const at = firstBad(value)
          const message = `${key} has a % that encodes nothing, at character ${at + 1}: ${excerpt(raw.slice(at))}`
          problems.push({ field: key, code: 'bad-percent', message })
        }
        value = decoded ?? decodePiecewise(value)
        percent = next(text, '%', end)
      }
      params.push({ key, raw, value })
    }
    from = end + 1
  }
  return params
}

const NAME = /[;\s]name="([^"]*)"|[;\s]name=([^;\s]+)/i

/** Reads the text of a `multipart/form-data` body; the boundary is its first line. */
export const parseMultipart = (text: string): Param[] => {
  const boundary = /^\uFEFF?(--[^\r\n]+)/.exec(text)?.[1]
  if (boundary === undefined) return []
  const params: Param[] = []
  for (const part of text.split(boundary).slice(1)) {
    const [, head, raw] = /^\r?\n([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(part) ?? []
    if (head === undefined || raw === undefined) continue
    const [, quoted, bare] = NAME.exec(head) ?? []
    const value = raw.replace(/\r?\n$/, '')
    params.push({ key: quoted ?? bare ?? '', raw: value, value })
  }
  return params
}
