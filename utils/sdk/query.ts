/**
 * Reading of query strings and form bodies, as tolerant as a server may be: a malformed `%`, a `=` inside a value or a key
 * that comes twice never loses anything.
 */

/** One parameter as it stood on the wire and as it reads; percent-decoding is undone once. */
export interface Param {
  key: string
  raw: string
  value: string
}

/** Bytes of a UTF-8 letter by its first byte; 0: no letter begins with it. */
const width = (first: number): number =>
  first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0

/** Told of the first `%` that encodes nothing: its index in the raw text. */
type OnBad = (at: number) => void

const HEX = /^[0-9a-f]{2}$/i

/** Decodes what can be decoded, letter by letter. */
const decodePiecewise = (text: string, onBad: OnBad | null): string => {
  let decoded = ''
  let from = 0
  let told = onBad === null
  let at = text.indexOf('%')
  while (at >= 0) {
    const pair = text.slice(at + 1, at + 3)
    const end = HEX.test(pair) ? at + 3 * width(Number.parseInt(pair, 16)) : at
    let letter = ''
    try {
      letter = decodeURIComponent(text.slice(at, end))
    } catch {
      // Not a letter: it stays as it stands.
    }
    if (letter === '' && !told) {
      told = true
      onBad?.(at)
    }
    decoded += text.slice(from, at) + (letter || '%')
    from = letter === '' ? at + 1 : end
    at = text.indexOf('%', from)
  }
  return decoded + text.slice(from)
}

/** Undoes percent-encoding. What is no valid encoding stays as it stands. */
export const decodePercent = (text: string, onBad: OnBad | null = null): string => {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return decodePiecewise(text, onBad)
  }
}

/** The same for forms and queries, where `+` is a space. */
const decodeForm = (raw: string, onBad: OnBad | null): string =>
  decodePercent(raw.includes('+') ? raw.replaceAll('+', ' ') : raw, onBad)

/** Reads `key=value&…`, with or without a leading `?`. `onBad` hears of values with a `%` that encodes nothing. */
export const parseQuery = (text: string, onBad: (key: string, raw: string, at: number) => void): Param[] => {
  const params: Param[] = []
  let from = text[0] === '?' || text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (from < text.length) {
    const ampersand = text.indexOf('&', from)
    const end = ampersand < 0 ? text.length : ampersand
    if (end > from) {
      const equals = text.indexOf('=', from)
      const middle = equals < 0 || equals > end ? end : equals
      const key = decodeForm(text.slice(from, middle), null)
      const raw = text.slice(middle + 1, end)
      params.push({ key, raw, value: decodeForm(raw, at => onBad(key, raw, at)) })
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
