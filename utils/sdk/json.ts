/**
 * JSON that keeps every digit and never throws. `JSON.parse` turns `{"uid":7865000000000000385}` into another visitor; here
 * a number that a JavaScript number can't hold exactly becomes a string of the same digits.
 */
import type { Json } from './event'

/** Where a text stops being JSON. */
export interface Fault {
  /** Index of the character; the text's length when it ends too early. */
  at: number
  /** `unexpected “}”`, `it ends too early`, … */
  what: string
}

export interface Parsed {
  /** All of it; with a fault, what was whole before the fault. */
  value: Json | undefined
  fault: Fault | null
  /** Paths of numbers that are kept as strings: `uid`, `[0].uid`. */
  kept: readonly string[]
}

/** Deeper than any event; the recursion of readers, views and clones must end somewhere. */
const DEEPEST = 200
const NONE: readonly string[] = []

/** A number of 16 or more digits, or with an exponent. Also matches inside strings, which costs time and nothing else. */
const RISKY = /[[:,\s]-?\d(?:[\d.]{15}|[\d.]*[eE])/
/** A text that is one number, by its first letter: to look for that everywhere costs a third of the search. */
const isNumber = (text: string): boolean => {
  const first = text.charCodeAt(0)
  return first === 45 || (first >= 48 && first <= 57)
}

const count = (text: string, char: string, enough: number): number => {
  let found = 0
  for (let at = text.indexOf(char); at >= 0 && found <= enough; at = text.indexOf(char, at + 1)) found++
  return found
}

/** Nested deeper than DEEPEST? Most texts are too short or have too few brackets, and those are counted faster than characters are read. */
const isDeep = (text: string): boolean => {
  if (text.length <= 2 * DEEPEST || count(text, '{', DEEPEST) + count(text, '[', DEEPEST) <= DEEPEST) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '{' || char === '[') {
      if (++depth > DEEPEST) return true
    } else if (char === '}' || char === ']') depth--
    else if (char === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
    }
  }
  return false
}

/** A decimal number in one way of writing: digits without zeros around them, and their power of ten. */
const decimal = (token: string): string => {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(token) ?? []
  const all = (whole + fraction).replace(/^0+/, '')
  // Not by a pattern: that begins anew at each of the zeros.
  let end = all.length
  while (all[end - 1] === '0') end--
  const digits = all.slice(0, end)
  return digits === ''
    ? '0'
    : `${sign}${digits}e${BigInt(power) + BigInt(all.length - digits.length - fraction.length)}`
}

/** The number, or its text when the number would not be the same. */
const numberOf = (token: string): number | string => {
  const number = Number(token)
  if (!/[.eE]/.test(token)) return Number.isSafeInteger(number) ? number : token
  return Number.isFinite(number) && decimal(token) === decimal(String(number)) ? number : token
}

const TOKEN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
const PLAIN = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const WORDS: [word: string, value: Json][] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

/** A careful reader for what `JSON.parse` would change or refuse: it says where and why, and gives what was whole. */
class Reader {
  fault: Fault | null = null
  readonly kept: string[] = []
  private at = 0
  /** The text ended right after a number. */
  private endsInNumber = false
  private readonly path: (string | number)[] = []

  constructor(private readonly text: string) {}

  read(): Json | undefined {
    const value = this.value()
    this.skip(SPACE)
    if (this.at < this.text.length) this.fail()
    return value
  }

  /** Moves over what the sticky pattern matches here; its text. */
  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0] ?? ''
    this.at += found.length
    return found
  }

  private fail(what?: string): undefined {
    const char = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0)
    this.fault ??= {
      at: this.at,
      what: what ?? (this.at >= this.text.length ? 'it ends too early' : `unexpected “${char}”`),
    }
  }

  private value(): Json | undefined {
    this.skip(SPACE)
    const char = this.text[this.at]
    if (char === '{' || char === '[') {
      if (this.path.length >= DEEPEST) return this.fail(`it is nested deeper than ${DEEPEST} levels`)
      return char === '{' ? this.object() : this.list()
    }
    if (char === '"') return this.string()
    for (const [word, value] of WORDS)
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    const start = this.at
    const token = this.skip(TOKEN)
    if (token === '') return this.fail()
    const value = numberOf(token)
    if (typeof value === 'string') this.kept.push(this.pathText())
    // At the very end of a text that was cut, a number may have lost digits.
    if (this.at === this.text.length && start > 0) this.endsInNumber = true
    return value
  }

  private string(): string | undefined {
    const start = this.at++
    for (;;) {
      this.skip(PLAIN)
      if (this.text[this.at] === '"') break
      if (this.skip(ESCAPE) === '') return this.fail(this.at < this.text.length ? undefined : 'a text is not closed')
    }
    this.at++
    return JSON.parse(this.text.slice(start, this.at)) as string
  }

  private object(): Json {
    const object: { [key: string]: Json } = {}
    this.members('}', () => {
      if (this.text[this.at] !== '"') return this.fail()
      const key = this.string()
      if (key === undefined) return
      this.skip(SPACE)
      if (this.text[this.at] !== ':') return this.fail()
      this.at++
      this.path.push(key)
      const value = this.value()
      this.path.pop()
      // Defined, not assigned: a key named `__proto__` is a key like any other.
      if (this.isWhole(value))
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
    })
    return object
  }

  private list(): Json {
    const list: Json[] = []
    this.members(']', () => {
      this.path.push(list.length)
      const value = this.value()
      this.path.pop()
      if (this.isWhole(value)) list.push(value)
    })
    return list
  }

  private isWhole(value: Json | undefined): value is Json {
    return value !== undefined && !this.endsInNumber
  }

  /** What stands between brackets, separated by commas. */
  private members(close: string, member: () => void): void {
    this.at++
    this.skip(SPACE)
    if (this.text[this.at] === close) {
      this.at++
      return
    }
    while (!this.fault) {
      this.skip(SPACE)
      member()
      if (this.fault) return
      this.skip(SPACE)
      const char = this.text[this.at]
      if (char !== ',' && char !== close) return this.fail()
      this.at++
      if (char === close) return
    }
  }

  private pathText(): string {
    let text = ''
    for (const step of this.path) text += typeof step === 'number' ? `[${step}]` : text === '' ? step : `.${step}`
    return text
  }
}

/** Reads a JSON text, with or without byte order mark. */
export const parseJson = (text: string): Parsed => {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  if (!isNumber(json) && !RISKY.test(json) && !isDeep(json)) {
    try {
      return { value: JSON.parse(json) as Json, fault: null, kept: NONE }
    } catch {
      // The reader below says where.
    }
  }
  const reader = new Reader(json)
  const value = reader.read()
  return { value, fault: reader.fault, kept: reader.kept }
}

export type Tree = { [key: string]: Json }

export const isObject = (value: Json | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Value of a key in an object of any shape. In one place, so that engines learn here once that the shapes differ: written out, each such
 * access has all that was compiled around it compiled anew for each of the first few shapes.
 */
export const valueOf = (tree: Tree | null, key: string): Json | undefined => (tree === null ? undefined : tree[key])
