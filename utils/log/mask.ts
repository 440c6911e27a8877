/**
 * Masks what belongs to persons in a whole log, so that identity still reads: all values of one person get pseudonyms with one number,
 * the same value the same pseudonym everywhere, and what was a hash of a value becomes the same hash of its pseudonym. UIDs, which
 * the SDK made up, stay; so do CIDs that are neither a hash nor an address nor a number.
 *
 * First `look` at every entry, then write each with `entry` and `payload`.
 */
import type { LogEntry, Payload } from '../identity/entry'
import {
  applyRecipe,
  explain,
  hashBeginning,
  hashBeginnings,
  knownBad,
  makeCid,
  normaliseEmail,
  normalisePhone,
} from '../identity/recipe'
import type { Json } from '../sdk/event'
import { isIdentityKey } from '../sdk/names'
import { KINDS, type Kind, kindOf, Layers, WITHIN } from './personal'

export type MaskKind = Kind | 'hash'
export const MASK_KINDS: readonly MaskKind[] = [...KINDS, 'hash']

/** A value that will be masked. */
export interface Masked {
  kind: MaskKind
  value: string
  pseudonym: string
  /** How often it was met, in whatever wrapping. */
  count: number
}

/** A value may be written in many ways, and each may have been hashed. */
const MOST_FORMS = 12

interface Known {
  kind: MaskKind
  value: string
  /** Ways in which it was written. */
  forms: Set<string>
  person: number
  count: number
  pseudonym: string
}

/** Fields of entries that hold no text of the page: words of the log, ids of the browser. */
const OWN = new Set(
  'kind tab doc site partition wire channel cidPath whyNot content portal prop state by transport method host lanes cause where how what code payload'.split(
    ' ',
  ),
)
const PAIRS = new Set(['customers', 'users', 'inferred', 'system', 'cids'])

const fold = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'd').toLowerCase()
const WORD = /[\p{L}\p{N}\p{M}]+/gu
const wordsOf = (text: string): string[] => fold(text).match(WORD) ?? []

/** What makes two values the same. */
const keyOf = (kind: MaskKind, value: string): string => {
  if (kind === 'email') return normaliseEmail(value)
  if (kind === 'phone') return `tel ${normalisePhone(value)}`
  if (kind === 'hash') return value.toLowerCase()
  return kind === 'ip' ? value : wordsOf(value).join(' ') || value.trim()
}

/** Digits in the places of digits, from the end: blanks, brackets and a country code stay. */
function withDigits(text: string, digits: string): string {
  let at = digits.length
  let made = ''
  for (const char of [...text].reverse()) made = (/\d/.test(char) && at > 0 ? digits[--at] : char) + made
  return made
}

const numbered = (person: number, nth: number): string => (nth > 1 ? `${person}-${nth}` : String(person))

export class Mask {
  private readonly known = new Map<string, Known>()
  /** Names, addresses and tokens by their first word, the longest first; they are looked for word by word. */
  private readonly phrases = new Map<string, { words: string[]; known: Known }[]>()
  private readonly people = new Map<string, number>()
  private readonly contents = new Map<string, string>()
  /** Sites and collectors: an address that is one belongs to no person. */
  private readonly hosts = new Set<string>()
  /** What the SDK made up: of 19 digits one in eighty looks like a card's number. */
  private readonly uids = new Set<string>()
  private persons = 0
  private met: Known[] = []
  /** What a hash was made of, by its beginning. */
  private readonly beginnings = new Map<string, Pick<Masked, 'value' | 'pseudonym'>>()
  private settled = false
  private readonly finding: Layers
  private readonly masking: Layers

  /** @param kinds what is to be masked; all as a rule */
  constructor(private readonly kinds: ReadonlySet<MaskKind> = new Set(MASK_KINDS)) {
    this.finding = new Layers(
      (text, path) => {
        const kind = this.kindOf(text, path)
        if (kind) this.meet(kind, text.trim())
        return kind ? text : null
      },
      text => {
        let left = text
        for (const [kind, pattern] of WITHIN)
          left = left.replace(pattern, found => {
            this.meet(kind, found)
            return ' '
          })
        return text
      },
    )
    this.masking = new Layers(
      (text, path) => this.wholeValue(text, path),
      text => this.plain(text),
    )
  }

  /** Hashes are masked where CIDs stand, and where a name promises something personal. */
  private kindOf(text: string, path: string): MaskKind | null {
    const kind = kindOf(text, path)
    if (kind) return kind
    const key = path.slice(path.lastIndexOf('.') + 1)
    return isIdentityKey(key) && hashBeginning(text) && !/^\d+$/.test(text) ? 'hash' : null
  }

  private meet(kind: MaskKind, value: string): void {
    if (!this.kinds.has(kind) || (kind === 'ip' && /^(?:127\.|0\.0\.0\.0$)/.test(value))) return
    if (kind === 'hash' && knownBad(value)) return
    const key = keyOf(kind, value)
    let known = this.known.get(key)
    if (!known) this.known.set(key, (known = { kind, value, forms: new Set(), person: 0, count: 0, pseudonym: '' }))
    known.count++
    if (known.forms.size < MOST_FORMS) known.forms.add(value)
    this.met.push(known)
  }

  /** Takes note of what an entry holds. What is met in one entry belongs to one person: whom its CID names, else whom a value is known of. */
  look(entry: LogEntry, payload: Payload | null): void {
    this.met = []
    this.hosts.add(entry.place.site)
    if (entry.kind === 'event') {
      const { uid, aid, reset } = entry.facts
      for (const each of [uid, aid, reset?.from, reset?.to]) if (each) this.uids.add(each)
      if (entry.request) this.hosts.add(entry.request.host.replace(/:\d+$/, ''))
    }
    this.through(entry, this.finding)
    if (payload) this.payloadWith(payload, this.finding)
    const cid = entry.kind === 'event' ? entry.facts.cid : null
    const own = this.met.filter(({ kind }) => kind !== 'ip' && kind !== 'token')
    const person =
      (cid !== null && this.people.get(cid)) ||
      own.find(each => each.person > 0)?.person ||
      (own.length > 0 ? ++this.persons : 0)
    if (cid !== null && person > 0) this.people.set(cid, person)
    for (const each of own) each.person ||= person
  }

  /** Gives every value its pseudonym; after the last look. */
  private settle(): void {
    if (this.settled) return
    this.settled = true
    const taken = new Map<string, number>()
    const beginnings = this.beginnings
    const nth = (name: string): number => {
      const n = (taken.get(name) ?? 0) + 1
      taken.set(name, n)
      return n
    }
    for (const [key, { kind, value }] of this.known)
      if ((kind === 'ip' && this.hosts.has(value)) || (kind === 'token' && this.uids.has(value))) this.known.delete(key)
    for (const each of this.known.values()) {
      if (each.kind === 'hash') continue
      do
        each.pseudonym = this.pseudonym(
          each,
          nth(each.kind === 'ip' || each.kind === 'token' ? each.kind : `${each.kind} ${each.person}`),
        )
      while (this.known.has(keyOf(each.kind, each.pseudonym)))
      for (const value of each.forms)
        for (const beginning of hashBeginnings(value)) beginnings.set(beginning, { value, pseudonym: each.pseudonym })
      const words = wordsOf(each.value)
      const [first] = words
      if (first === undefined || each.kind === 'email' || each.kind === 'phone' || each.kind === 'ip') continue
      if (words.length === 1 && first.length < 3) continue
      const list = this.phrases.get(first) ?? []
      list.push({ words, known: each })
      this.phrases.set(
        first,
        list.sort((a, b) => b.words.length - a.words.length),
      )
    }
    for (const each of this.known.values())
      if (each.kind === 'hash')
        each.pseudonym =
          this.hashed(each.value) ?? this.inventedHash(each.value, numbered(each.person, nth(`hash ${each.person}`)))
  }

  /** The same hash of the pseudonym, when it is one of a value that is masked. */
  private hashed(hash: string): string | null {
    const beginning = hashBeginning(hash)
    const of = beginning === null ? undefined : this.beginnings.get(beginning)
    const recipe = of && explain(hash, [{ code: '', value: of.value }])
    return recipe ? applyRecipe(recipe, of.pseudonym) : null
  }

  private inventedHash(hash: string, who: string): string {
    const digits = makeCid(`masked ${who}`, { hash: 'sha256', normalise: [] })
      .slice(0, hash.length)
      .padEnd(hash.length, '0')
    return /[A-F]/.test(hash) ? digits.toUpperCase() : digits
  }

  private pseudonym({ kind, value, person }: Known, nth: number): string {
    const who = numbered(person, nth)
    switch (kind) {
      case 'email':
        return `person-${who}@masked.example`
      case 'phone': {
        // 030 is no number of anybody, and a number all the same.
        const digits = normalisePhone(value)
        const own = String(person * 100 + nth - 1)
        return /^0\d{9}$/.test(digits) ? `030${own.padStart(7, '0')}` : own.padStart(digits.length, '0')
      }
      case 'ip':
        return value.includes(':')
          ? `2001:db8::${nth.toString(16)}`
          : `198.51.${100 + Math.floor(nth / 250)}.${nth % 250}`
      case 'token':
        return `token-${nth}`
      case 'address':
        return `address-${who}`
      default:
        return `Person-${who}`
    }
  }

  /** A value in the writing of the one that it stands for. */
  private written({ kind, pseudonym }: Known, text: string): string {
    return kind === 'phone'
      ? withDigits(text, pseudonym.slice(/^0\d{9}$/.test(normalisePhone(text)) ? 1 : 0))
      : pseudonym
  }

  private wholeValue(text: string, path: string): string | null {
    const plain = text.trim()
    const kind = this.kindOf(text, path)
    const found = kind && this.known.get(keyOf(kind, plain))
    return found ? text.replace(plain, () => this.written(found, plain)) : null
  }

  /** Whatever of the known values stands in a text. */
  private plain(text: string): string {
    let made = text
    for (const [kind, pattern] of WITHIN)
      made = made.replace(pattern, found => {
        const known = this.known.get(keyOf(kind, found))
        return known ? this.written(known, found) : found
      })
    return this.phrasesOut(made)
  }

  /** Names, tokens and hashes, word by word: however they are joined, and with or without accents. */
  private phrasesOut(text: string): string {
    if (this.phrases.size + this.beginnings.size === 0 && this.known.size === 0) return text
    const words = [...text.matchAll(WORD)]
    let made = ''
    let from = 0
    for (let at = 0; at < words.length; at++) {
      const [word = ''] = words[at] ?? []
      const begin = words[at]?.index ?? 0
      const hash = hashBeginning(word) && (this.known.get(word.toLowerCase())?.pseudonym || this.hashed(word))
      if (hash) {
        made += text.slice(from, begin) + hash
        from = begin + word.length
        continue
      }
      const folded = fold(word)
      const phrase = this.phrases.get(folded)?.find(({ words: all, known }) =>
        all.length === 1
          ? // One word alone is somebody's only as it was written.
            known.forms.has(word)
          : all.every((each, n) => fold(words[at + n]?.[0] ?? '') === each),
      )
      if (!phrase) continue
      const last = words[at + phrase.words.length - 1]
      made += text.slice(from, begin) + phrase.known.pseudonym
      from = (last?.index ?? begin) + (last?.[0].length ?? 0)
      at += phrase.words.length - 1
    }
    return made + text.slice(from)
  }

  /** JSON of a page. */
  private json<T extends Json>(value: T, path: string, layers: Layers): T {
    if (typeof value === 'string') return layers.text(value, path) as T
    if (typeof value === 'number') {
      const text = String(value)
      const made = layers.text(text, path)
      return (made === text ? value : /^(?:0|[1-9]\d{0,14})$/.test(made) ? Number(made) : made) as T
    }
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(each => this.json(each, path, layers)) as T
    const made: { [key: string]: Json } = {}
    for (const [key, each] of Object.entries(value))
      Object.defineProperty(made, key, {
        value: this.json(each, `${path}.${key}`, layers),
        writable: true,
        enumerable: true,
        configurable: true,
      })
    return made as T
  }

  private pairs(pairs: [string, Json][] | null, of: string, layers: Layers): [string, Json][] | null {
    // Whatever the path, a CID is one.
    return (
      pairs &&
      pairs.map(([code, value]) => [code, this.json(value, of === 'cids' ? '.customer_id' : `${of}.${code}`, layers)])
    )
  }

  /** A part of an entry: what our own fields hold of a page. */
  private ours<T>(value: T, path: string, layers: Layers): T {
    if (typeof value === 'string') return layers.text(value, path) as T
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(each => this.ours(each, path, layers)) as T
    const record = value as Record<string, unknown>
    const made: Record<string, unknown> = {}
    for (const [key, each] of Object.entries(record)) {
      // Such a remark's text is a value of the field that it names; so is a stored one's.
      const named = key === 'text' && record.code === 'person' ? record.path : key === 'value' ? record.name : null
      made[key] = OWN.has(key)
        ? each
        : PAIRS.has(key)
          ? this.pairs(each as [string, Json][] | null, key, layers)
          : key === 'detail'
            ? this.json(each as Json, '', layers)
            : this.ours(each, typeof named === 'string' ? named : key, layers)
    }
    return made as T
  }

  private through(entry: LogEntry, layers: Layers): LogEntry {
    return this.ours(entry, '', layers)
  }

  private payloadWith({ request, call, notes }: Payload, layers: Layers): Payload {
    const body = request?.body
    return {
      ...(request
        ? {
            request: {
              url: layers.text(request.url, ''),
              method: request.method,
              body: body && 'text' in body ? { ...body, text: layers.text(body.text, '') } : request.body,
            },
          }
        : {}),
      ...(call
        ? {
            call: {
              api: call.api,
              args: layers.text(call.args, ''),
              stack: layers.text(call.stack, ''),
              ...(call.dataLayer !== undefined && { dataLayer: layers.text(call.dataLayer, '') }),
            },
          }
        : {}),
      ...(notes ? { notes: notes.map(note => layers.text(note, '')) } : {}),
    }
  }

  /** The entry with pseudonyms. */
  entry(entry: LogEntry): LogEntry {
    this.settle()
    const masked = this.through(entry, this.masking)
    if (masked.kind !== 'event') return masked
    // A hash of all that the event held: who knows the rest could try values out.
    const content = this.contents.get(masked.facts.content) ?? `m${this.contents.size + 1}`
    this.contents.set(masked.facts.content, content)
    return { ...masked, facts: { ...masked.facts, content } }
  }

  payload(payload: Payload): Payload {
    this.settle()
    return this.payloadWith(payload, this.masking)
  }

  /** What will be masked, as it was met. */
  found(): Masked[] {
    this.settle()
    return [...this.known.values()].map(({ kind, value, pseudonym, count }) => ({ kind, value, pseudonym, count }))
  }
}
