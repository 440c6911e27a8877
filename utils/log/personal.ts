/**
 * Where in a log the values of persons are: by the names of fields, and by how values look. Texts are looked into through whatever they
 * were wrapped in: JSON (whole, cut, or within other text), queries, forms and cookies, percent-encoding however deep, base64.
 */
import { EMAIL, isCardNumber } from '../sdk/personal'
import { decodePercent } from '../sdk/query'

export const KINDS = ['email', 'phone', 'name', 'address', 'token', 'ip'] as const
export type Kind = (typeof KINDS)[number]

const PEOPLE =
  /^(?:customers?|users?|persons?|people|contacts?|profiles?|receivers?|recipients?|members?|leads?|buyers?|inferred)$/
const BY_KEY: readonly [Kind, RegExp][] = [
  [
    'token',
    /token|passw|^pwd$|secret|api_?-?key|authori[sz]ation|^auth$|^otp$|^pin$|^cvv$|card_?number|credential|^jwt$/,
  ],
  ['email', /e_?-?mail/],
  ['phone', /phone|mobile|msisdn|(?:^|_)(?:tel|sdt)$|dien_?thoai/],
  ['ip', /(?:^|_)ip(?:v[46])?(?:_?addr(?:ess)?)?$/],
  [
    'name',
    /^(?:full|first|last|middle|given|family|sur|nick|display|contact|receiver|recipient|buyer|sender|shipping|billing|customer|user|member|guest|who)(?:_?-?(?:full|first|last))?_?-?name$|^(?:who|ho_?ten|ho_va_ten|ten_khach_?hang)$/,
  ],
  ['address', /(?:^|_)address(?:_?(?:line)?_?\d)?$|dia_?chi|^street/],
]

const ofPaths = new Map<string, Kind | null>()
/** What a field holds by its name, and by what it belongs to. */
const kindOfKey = (path: string): Kind | null => {
  let kind = ofPaths.get(path)
  if (kind !== undefined) return kind
  const [key = '', parent = ''] = path.toLowerCase().split('.').reverse()
  const named = key.replace(/([a-z])-(?=[a-z])/g, '$1_')
  kind =
    BY_KEY.find(([, pattern]) => pattern.test(named))?.[0] ?? (key === 'name' && PEOPLE.test(parent) ? 'name' : null)
  if (ofPaths.size > 5_000) ofPaths.clear()
  ofPaths.set(path, kind)
  return kind
}

const HEX = /^[\da-f]{12,}$/i
const digitsOf = (text: string): number => text.replace(/\D/g, '').length

/** Is this what the field's name promises? */
const fits: Record<Kind, (text: string) => boolean> = {
  email: text => text.includes('@'),
  phone: text => digitsOf(text) >= 6 && digitsOf(text) <= 16 && /^[\d\s()+.x-]+$/.test(text),
  name: text => /\p{L}.*\p{L}/u.test(text) && text.length <= 120 && !/^(?:null|undefined|none|true|false)$/i.test(text),
  address: text => /\p{L}/u.test(text) && text.length > 5,
  token: text => text.length >= 4 && !/^[*•.]+$/.test(text),
  ip: text => /^[\da-f.:]{7,45}$/i.test(text),
}

/** What the whole of a text is; `hash`: of something personal. */
export const kindOf = (text: string, path: string): Kind | 'hash' | null => {
  const kind = kindOfKey(path)
  const plain = text.trim()
  if (kind && kind !== 'token' && HEX.test(plain) && digitsOf(plain) < plain.length) return 'hash'
  if (kind && fits[kind](plain)) return kind
  return plain.length >= 15 &&
    plain.length <= 23 &&
    !/(?:id|code|sku|session|order|time)$/i.test(path) &&
    isCardNumber(plain)
    ? 'token'
    : null
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
/** What stands within texts, whatever their name. */
export const WITHIN: readonly [Kind, RegExp][] = [
  ['token', /\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*|(?<=\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}/g],
  ['email', new RegExp(EMAIL.source, 'gi')],
  [
    'phone',
    /(?<![\d.])(?!\d\d[-. ]\d\d[-. ]\d{4})(?:\+84|0084|84|0)[ -]?[35789](?:[ .-]?\d){8}(?!\.?\d)|(?<![\w+])\+\d{8,15}(?!\d)/g,
  ],
  ['ip', new RegExp(`(?<![\\d.])${OCTET}(?:\\.${OCTET}){3}(?![\\d.])`, 'g')],
  ['ip', /(?<![\da-f:.])(?:[\da-f]{1,4}:){4,7}(?::?[\da-f]{1,4})+(?![\da-f:])/gi],
]

/** Answers with what a plain text becomes. `path`: names of the fields around it, the innermost last. */
export type Leaf = (text: string, path: string) => string
/** Answers for a whole value, before it is looked into; null: look into it. */
export type WholeValue = (text: string, path: string) => string | null

const DEEPEST = 6
const JSON_TOKEN = /"(?:[^"\\]|\\[\s\S])*("|\\?$)|[{}[\],:]|-?\d[\d.eE+-]*/g
/** Not the padding of base64. */
const PAIR = /(?<![^=&?#;\s"{}])([^=&?#;\s"{}]{1,80})=(?!=|$)([^&#;\n]*)/g
const PERCENT = /[^\s"'<>&=?#/;,]*%[\da-f]{2}[^\s"'<>&=?#/;,]*/gi
const BASE64 = /[\w+/-]{8,}={0,2}/g

const unquoted = (token: string, closed: boolean): string => {
  try {
    return JSON.parse(closed ? token : `${token.replace(/\\(?:u[\da-f]{0,3})?$/i, '')}"`) as string
  } catch {
    return token.slice(1, closed ? -1 : undefined)
  }
}

/** Looks through a text and puts it together again, with every plain part of it as the two answer. */
export class Layers {
  constructor(
    private readonly whole: WholeValue,
    private readonly leaf: Leaf,
  ) {}

  text(text: string, path: string, depth = 0): string {
    if (text.length < 2) return text
    const known = this.whole(text, path)
    if (known !== null) return known
    if (depth >= DEEPEST) return this.leaf(text, path)
    if (/"\s*:|^\s*[[{"]/.test(text)) return this.json(text, path, depth)
    if (text.includes('='))
      return this.pieces(
        text,
        PAIR,
        ([all, name = '', value = '']) => {
          const key = decodePercent(name)
          return `${this.tokens(name, '', depth)}=${this.encoded(value, `${path}.${key}`, depth)}` || all
        },
        gap => this.tokens(gap, path, depth),
      )
    return this.tokens(text, path, depth)
  }

  /** Matches as `match` answers, and what is between them as `gap` does. */
  private pieces(
    text: string,
    pattern: RegExp,
    match: (found: RegExpExecArray) => string,
    gap: (text: string) => string,
  ): string {
    let made = ''
    let from = 0
    for (const found of text.matchAll(pattern)) {
      if (found.index > from) made += gap(text.slice(from, found.index))
      made += match(found)
      from = found.index + found[0].length
    }
    return made + (from < text.length ? gap(text.slice(from)) : '')
  }

  /** What may be percent-encoded, with `+` for blanks or not. */
  private encoded(raw: string, path: string, depth: number): string {
    for (const spaced of raw.includes('+') ? [raw.replaceAll('+', ' '), raw] : [raw]) {
      const plain = decodePercent(spaced)
      const made = this.text(plain, path, depth + 1)
      if (made !== plain) return plain === raw ? made : encodeURIComponent(made)
    }
    return raw
  }

  /** Text without structure: words that are percent-encoded, words in base64, and the rest. */
  private tokens(text: string, path: string, depth: number): string {
    const plain = (part: string): string => this.leaf(this.base64(part, path, depth), path)
    if (!text.includes('%')) return plain(text)
    return this.pieces(
      text,
      PERCENT,
      ([word]) => {
        const made = this.encoded(word, path, depth)
        return made === word ? plain(word) : made
      },
      plain,
    )
  }

  private base64(text: string, path: string, depth: number): string {
    return text.replace(
      BASE64,
      word =>
        this.word(word, path, depth) ??
        (word.includes('/')
          ? word
              .split('/')
              .map(part => this.word(part, path, depth) ?? part)
              .join('/')
          : word),
    )
  }

  private word(word: string, path: string, depth: number): string | null {
    if (word.length < 8 || word.replace(/=+$/, '').length % 4 === 1 || /^\d+$/.test(word)) return null
    const url = /[-_]/.test(word)
    let plain: string
    try {
      const bytes = Uint8Array.from(atob(url ? word.replaceAll('-', '+').replaceAll('_', '/') : word), letter =>
        letter.charCodeAt(0),
      )
      plain = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch {
      return null
    }
    if (/[\0-\x08\x0e-\x1f\x7f]/.test(plain)) return null
    const made = this.text(plain, path, depth + 1)
    if (made === plain) return null
    let letters = ''
    for (const byte of new TextEncoder().encode(made)) letters += String.fromCharCode(byte)
    const packed = btoa(letters)
    const padded = word.endsWith('=') ? packed : packed.replace(/=+$/, '')
    return url ? padded.replaceAll('+', '-').replaceAll('/', '_') : padded
  }

  /** Strings and numbers of a JSON text, wherever it breaks off; all else stays letter by letter. */
  private json(text: string, path: string, depth: number): string {
    const above: string[] = []
    let here = path
    let key = path
    let afterColon = false
    return this.pieces(
      text,
      JSON_TOKEN,
      found => {
        const [token, closing] = found
        const [first] = token
        if (first === '{' || first === '[') {
          above.push(here)
          here = afterColon ? key : here
          afterColon = false
          return token
        }
        if (first === '}' || first === ']') {
          here = above.pop() ?? path
          return token
        }
        if (first === ':') {
          afterColon = true
          return token
        }
        if (first === ',') {
          afterColon = false
          return token
        }
        const at = afterColon ? key : here
        if (first !== '"') {
          const made = this.text(token, at, depth + 1)
          return made === token || /^-?(?:0|[1-9]\d*)$/.test(made) ? made : JSON.stringify(made)
        }
        const plain = unquoted(token, closing === '"')
        if (!afterColon && /^\s*:/.test(text.slice(found.index + token.length, found.index + token.length + 8))) {
          key = here === '' ? plain : `${here}.${plain}`
          const name = this.text(plain, '', depth + 1)
          return name === plain ? token : JSON.stringify(name)
        }
        const made = this.text(plain, at, depth + 1)
        if (made === plain) return token
        const quoted = JSON.stringify(made)
        return closing === '"' ? quoted : quoted.slice(0, -1)
      },
      gap => this.tokens(gap, path, depth),
    )
  }
}
