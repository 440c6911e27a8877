/**
 * How a CID was made. The vendor allows any string and advises a hash of e-mail or phone (D), but says nothing of how to write
 * them first (?): so sites differ, and one person ends up as two customers.
 */
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Json } from '../sdk/event'
import { EMAIL as LIKE_EMAIL, PHONE as LIKE_PHONE } from './rules/text'
import { type Said, said } from './said'
import type { HolderState } from './state'

export type Hash = 'md5' | 'sha1' | 'sha256'

/** What was done to a text before it was hashed. `compact` takes separators out of a phone number, and a country code's plus stays. */
export type Step = 'trim' | 'lower' | 'nfc' | 'compact' | '84to0' | '0to84' | '0to+84'

export interface Recipe {
  /** `none`: the value itself is the CID. */
  hash: Hash | 'none'
  /** Code of the attribute that was found to explain it. */
  of: string
  /** What the attribute's value is, whatever its code. */
  kind: 'phone' | 'email' | 'other'
  /** In the order in which they are applied; empty: as it stands in the log. */
  normalise: readonly Step[]
  /** `per-byte`: each byte printed without its leading zero; `leading`: the whole number printed without leading zeros. */
  padding: 'full' | 'per-byte' | 'leading'
  hex: 'lower' | 'upper'
  /** The first so many digits of the hash; null: all. */
  cut: number | null
  /** The zero-padded twin in lower case, when the CID isn't it; null otherwise. */
  padded: string | null
}

export type KnownValue = { readonly code: string; readonly value: Json }

/** Values that may explain how a CID was made: the customer's own first, then those of nobody, then of the visitors that sent it. */
export function knownValues(
  { customers, unowned, visitors }: Pick<HolderState, 'customers' | 'unowned' | 'visitors'>,
  cid: string,
): KnownValue[] {
  const customer = customers.get(cid)
  const maps = [customer?.attributes, unowned, ...(customer?.uids ?? []).map(uid => visitors.get(uid)?.attributes)]
  return maps.flatMap(map =>
    [...(map?.values() ?? [])].flatMap(({ code, now, earlier, attempts }) =>
      [now, ...earlier, ...attempts].flatMap(setting => (setting ? [{ code, value: setting.value }] : [])),
    ),
  )
}

const HASHES = { md5, sha1, sha256 }
const DIGITS: Record<Hash, number> = { md5: 32, sha1: 40, sha256: 64 }
const NAMES = Object.keys(HASHES) as Hash[]
/** Shorter beginnings of a hash are too likely to be chance. */
const SHORTEST_CUT = 12
/** Values shorter than this explain any CID that looks like a counter. */
const SHORTEST_VALUE = 4
const CACHE = 1_000

const bytes = new TextEncoder()
/** Each byte in hexadecimal digits, with its leading zero, and without. */
const PADDED = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const UNPADDED = Array.from({ length: 256 }, (_, byte) => byte.toString(16))
const hex = (digest: Uint8Array, digits: readonly string[]): string => {
  let text = ''
  for (const byte of digest) text += digits[byte]
  return text
}

interface Prints {
  full: string
  perByte: string
  leading: string
}

const print = (hash: Hash, text: string): Prints => {
  const digest = HASHES[hash](bytes.encode(text))
  const full = hex(digest, PADDED)
  return { full, perByte: hex(digest, UNPADDED), leading: full.replace(/^0+/, '') }
}

/**
 * A phone number's digits, with Vietnam's country code (`+84`, `0084`, `84` before a number of a subscriber's length) written as `0`.
 * Empty when there are no digits.
 */
export const normalisePhone = (text: string): string => {
  const digits = text.replace(/\D/g, '').replace(/^00(?=84)/, '')
  return digits.replace(/^840?(?=\d{9,10}$)/, '0')
}

/** An e-mail address without surrounding blanks, lower case, composed (NFC). */
export const normaliseEmail = (text: string): string => text.trim().toLowerCase().normalize('NFC')

const EMAIL = /^\s*[^\s@]+@[^\s@]+\.[^\s@]{2,}\s*$/
const PHONE = /^\s*(?:\+|00)?\(?\d[\d\s().-]{7,18}\d\s*$/
const kindOf = (text: string): Recipe['kind'] =>
  EMAIL.test(text) ? 'email' : PHONE.test(text) && /^\D*\d(?:\D*\d){8,14}\D*$/.test(text) ? 'phone' : 'other'

const STEPS: Record<Step, (text: string) => string> = {
  trim: text => text.trim(),
  lower: text => text.toLowerCase(),
  nfc: text => text.normalize('NFC'),
  compact: text => text.replace(/[\s().-]/g, ''),
  '84to0': normalisePhone,
  '0to84': text => normalisePhone(text).replace(/^0/, '84'),
  '0to+84': text => normalisePhone(text).replace(/^0/, '+84'),
}
const TEXT_WAYS: Step[][] = [[], ['trim'], ['lower'], ['trim', 'lower']]
const WAYS: Record<Recipe['kind'], readonly Step[][]> = {
  phone: [[], ['trim'], ['compact'], ['84to0'], ['0to84'], ['0to+84']],
  email: [...TEXT_WAYS, ...TEXT_WAYS.map((way): Step[] => [...way, 'nfc'])],
  other: [...TEXT_WAYS, ...TEXT_WAYS.map((way): Step[] => [...way, 'nfc'])],
}

const normalise = (text: string, steps: readonly Step[]): string =>
  steps.reduce((done, step) => STEPS[step](done), text)

/** A CID made of `text`: normalised, then hashed, as lower-case hex with every byte padded. Empty text gives an empty CID, never a hash. */
export const makeCid = (text: string, how: { hash: Hash | 'none'; normalise: readonly Step[] }): string => {
  const input = normalise(text, how.normalise)
  return how.hash === 'none' || input === '' ? input : print(how.hash, input).full
}

/** A known value written in one way, with its hashes as far as somebody asked for them. */
interface Variant {
  way: readonly Step[]
  input: string
  prints: Partial<Record<Hash, Prints>>
}

/** Explaining is asked for on every keystroke of the panel; the values in the log hardly change. */
const cache = new Map<string, { kind: Recipe['kind']; variants: Variant[] }>()
const variantsOf = (text: string): { kind: Recipe['kind']; variants: Variant[] } => {
  const known = cache.get(text)
  if (known) return known
  const kind = kindOf(text)
  const variants: Variant[] = []
  for (const way of WAYS[kind]) {
    const input = normalise(text, way)
    const same = variants.find(each => each.input === input)
    if (input !== '') variants.push({ way, input, prints: same?.prints ?? {} })
  }
  if (cache.size >= CACHE) cache.clear()
  cache.set(text, { kind, variants })
  return { kind, variants }
}

const HEX = /^(?:[\da-f]+|[\dA-F]+)$/

type Fit = Pick<Recipe, 'padding' | 'cut'>
const fit = (cid: string, { full, perByte, leading }: Prints): Fit | null =>
  cid === full
    ? { padding: 'full', cut: null }
    : cid === perByte
      ? { padding: 'per-byte', cut: null }
      : cid === leading
        ? { padding: 'leading', cut: null }
        : full.startsWith(cid)
          ? { padding: 'full', cut: cid.length }
          : null

/** Which hashes a CID could be: all of its digits, unpadded, or their beginning. */
const hashesOf = (cid: string): Hash[] =>
  HEX.test(cid) ? NAMES.filter(hash => cid.length >= SHORTEST_CUT && cid.length <= DIGITS[hash]) : []

/**
 * Every recipe that makes `cid` out of one of the known attribute values, the simplest first. A value in its final form is
 * explained by several normalisations at once, and all are given: rule `cid-recipe-mixed` intersects them over many CIDs.
 */
export const recipes = (cid: string, known: readonly KnownValue[]): Recipe[] => recipesOf(cid, known, hashesOf(cid))

function recipesOf(cid: string, known: readonly KnownValue[], hashes: readonly Hash[]): Recipe[] {
  const found: Recipe[] = []
  const upper = /[A-F]/.test(cid)
  const wanted = cid.toLowerCase()
  for (const { code, value } of known) {
    if (typeof value !== 'string' && typeof value !== 'number') continue
    const text = String(value)
    if (text.length < SHORTEST_VALUE) continue
    const { kind, variants } = variantsOf(text)
    for (const { way, input, prints } of variants) {
      const recipe = { of: code, kind, normalise: way }
      if (input === cid) found.push({ ...recipe, hash: 'none', padding: 'full', hex: 'lower', cut: null, padded: null })
      for (const hash of hashes) {
        prints[hash] ??= print(hash, input)
        const made = prints[hash]
        const how = fit(wanted, made)
        if (how)
          found.push({
            ...recipe,
            ...how,
            hash,
            hex: upper ? 'upper' : 'lower',
            padded: how.padding === 'full' ? null : made.full,
          })
      }
    }
  }
  return found.sort(
    (a, b) => Number(a.cut !== null) - Number(b.cut !== null) || a.normalise.length - b.normalise.length,
  )
}

/** The simplest recipe that makes `cid` out of one of the known attribute values, at equal simplicity the first of them; null: no recipe found. */
export function explain(cid: string, known: readonly KnownValue[]): Recipe | null {
  // Most are a whole hash. That one explains them, and another hash that began alike would be chance: so the others need not be made.
  const whole = hashesOf(cid).filter(hash => DIGITS[hash] === cid.length)
  const found = whole.length > 0 ? recipesOf(cid, known, whole) : []
  return found[0] ?? recipes(cid, known)[0] ?? null
}

/** What a recipe makes of another value. */
export function applyRecipe({ hash, normalise: steps, padding, hex: digits, cut }: Recipe, text: string): string {
  const input = normalise(text, steps)
  if (hash === 'none' || input === '') return input
  const { full, perByte, leading } = print(hash, input)
  const made = { full, 'per-byte': perByte, leading }[padding].slice(0, cut ?? undefined)
  return digits === 'upper' ? made.toUpperCase() : made
}

/** How each hash begins that a value could have become, however it was written first: to look a hash up by, before it is explained. */
export function hashBeginnings(text: string): Set<string> {
  const found = new Set<string>()
  if (text.length < SHORTEST_VALUE) return found
  for (const { input, prints } of variantsOf(text).variants)
    for (const hash of NAMES) {
      prints[hash] ??= print(hash, input)
      for (const made of Object.values(prints[hash])) found.add(made.slice(0, SHORTEST_CUT))
    }
  return found
}
/** The part of a hash by which it is looked up; null: too short to be one, or none. */
export const hashBeginning = (text: string): string | null =>
  text.length >= SHORTEST_CUT && text.length <= DIGITS.sha256 && HEX.test(text)
    ? text.slice(0, SHORTEST_CUT).toLowerCase()
    : null

/** A recipe as a formula, the same in every language: `md5(phone)`, `sha256(lower(trim(email)))`, `unpadded(md5(84to0(phone)))`, `phone`. */
export function formatRecipe({ hash, of, normalise: steps, padding, hex: digits, cut }: Recipe): string {
  const functions: string[] = [...steps]
  if (hash !== 'none') functions.push(hash)
  if (padding !== 'full') functions.push(padding === 'per-byte' ? 'unpadded' : 'leading-zeros-cut')
  if (digits === 'upper') functions.push('upper')
  if (cut !== null) functions.push(`first-${cut}`)
  return functions.reduce((inner, name) => `${name}(${inner})`, of)
}

const REPEATED = Array.from({ length: 10 }, (_, digit) => [10, 11].map(length => String(digit).repeat(length))).flat()
/** Inputs that stand for "we had nothing": everybody who lacks the value becomes one customer (S: seen in public integrations; list extended by judgement). */
const NOTHINGS: readonly [text: string, name: Said][] = [
  ['', said('bad.empty')],
  [' ', said('bad.blank')],
  ...[
    '0',
    '-1',
    '1',
    'null',
    'undefined',
    'NaN',
    'none',
    'N/A',
    '[object Object]',
    'true',
    'false',
    'guest',
    'test',
    'nil',
    'unknown',
    'anonymous',
    '(not set)',
  ].flatMap((text): [string, Said][] =>
    [...new Set([text, text.toLowerCase(), text.toUpperCase(), text.charAt(0).toUpperCase() + text.slice(1)])].map(
      form => [form, said('bad.text', { text: form })],
    ),
  ),
  ...[...REPEATED, '84000000000', '+84000000000'].map((text): [string, Said] => [text, said('bad.phone', { text })]),
]

/** A tag manager's variable that nobody filled in. */
const TEMPLATE = /^(?:\{\{.*\}\}|\$\{.*\}|%%.*%%|\[\[.*\]\])$/

/**
 * The first digits, zeros left out, of all hashes of those: that much stays of each when it is printed without its zeros, or cut. To
 * make them takes 70 ms in a panel that has just opened, and hardly any CID needs them; a test says whether these are all.
 */
const SIGNS =
  '11e62137231441a14bed16ceb16f1618e131985b1bad6211ff2375923a6f25ba4274b6276eb28ad9294de2be882de342f1832fb22312f4328dd334c433bd933e923429234ce335675356a136a9e36e5436ecf37a62382bf3a8fe3cbc83e67a46322473a94aee34b29f4bfa54da8b4e523532ea534a4589315d8b45da3a5e5435ed895f1355fece5ffe5645a8646f464ab2654a265ee8664fa67a49682ca6893468bac696b369e696a33e6adf96b86b6bb616c3e26eef66fc1871f8e7215e74234779c77984b7cb6e7d4ee7eae17ecfb7f196814ba8498384d9c84e3485243856b18818388b33891ae8bbb98d2e993e119463f94ee5955c7965f6979b697cdb9848198f4a98f6b9b2479b2d59bab29bdb59bed59c9f59dbf89f86da3d2da481aa5175a5ad7a5afba683ca88eba92faa94a8a96fbad921adb83adbc9b117ab164ab23a6b28c9b326bb46b7b5339b5366b5beab5de4b6589b764cb7a85b858cb94e1bb71abbb93bc781bcb1ec1d44c4ca4c627cc63b8c8d6ec916dc9a56cbc66cd83fce3a5cfcd2d1998d2d2ed41d8d5996d5b59d5d4cd613cd82a1d8664da39ada8c7da9d3db383db45ddc937dfe88e1117e118be2f79e3bc4e53a6e7a8ae8248eb45decfc1ed2d7eec43eef19f12a3f1b78f2dfbf3e78f5ce2f6bf5f7fd9f827cf832bfa1d2face8fb329fcbcffddf1fedd6ff524ffec2'
const SIGN = 5
let signs: ReadonlySet<string> | null = null
export const signOf = (digits: string): string => digits.replaceAll('0', '').slice(0, SIGN)
/** Might it be one of those hashes? One in two thousand others is asked in vain. */
const mayBeBad = (digits: string): boolean => {
  signs ??= new Set(SIGNS.match(/.{5}/g))
  const sign = signOf(digits)
  return sign.length < SIGN || signs.has(sign)
}
/** Of texts that stand for nothing as they are, not hashed. */
let badTexts: Map<string, Said> | null = null

let bad: Map<string, Said> | null = null
/** The same whole hashes by their beginnings, to know one that was cut. */
const beginnings = new Map<string, string>()
const badOnes = (): Map<string, Said> => {
  if (bad) return bad
  bad = new Map()
  for (const [text, name] of NOTHINGS) {
    for (const hash of NAMES) {
      const { full, perByte, leading } = print(hash, text)
      bad.set(full, said('bad.hash', { hash, what: name }))
      beginnings.set(full.slice(0, SHORTEST_CUT), full)
      for (const short of [perByte, leading])
        if (short !== full) bad.set(short, said('bad.unpadded', { hash, what: name }))
    }
  }
  return bad
}

/** All printings of the hashes of what stands for nothing. */
export const badHashes = (): Iterable<string> => badOnes().keys()

/**
 * What is known to be wrong with a CID whoever it belongs to: that it stands for no value at all. A part of a sentence, such as
 * "md5 of the empty text"; null: nothing known.
 */
export const knownBad = (cid: string): Said | null => {
  const text = cid.trim()
  badTexts ??= new Map(
    NOTHINGS.flatMap(([text, name]) =>
      text.trim() === '' ? [] : [[text, said('bad.itself', { what: name })] as const],
    ),
  )
  const known = badTexts.get(text)
  if (known) return known
  if (TEMPLATE.test(text)) return said('bad.variable')
  const digits = text.toLowerCase()
  if (!HEX.test(text) || !mayBeBad(digits)) return null
  const whole = beginnings.get(digits.slice(0, SHORTEST_CUT))
  const what = whole && digits.length < whole.length && whole.startsWith(digits) ? badOnes().get(whole) : undefined
  return badOnes().get(digits) ?? (what ? said('bad.cut', { n: digits.length, what }) : null)
}

/** What can be wrong with how a CID was made, although it stands for somebody. */
export type CidFault = 'raw-email' | 'raw-phone' | 'truncated' | 'unpadded'

/** How a CID should not be made: not hashed, cut, or printed without its zeros. `recipe`: what the log explains it by. */
export function faultOf(cid: string, recipe: Recipe | null): CidFault | null {
  const text = cid.trim()
  const raw = recipe?.hash === 'none' ? recipe.kind : null
  if (raw === 'email' || LIKE_EMAIL.test(text)) return 'raw-email'
  if (raw === 'phone' || LIKE_PHONE.test(text.replace(/[\s().-]/g, ''))) return 'raw-phone'
  if (!recipe) return null
  return recipe.cut !== null ? 'truncated' : recipe.padding !== 'full' ? 'unpadded' : null
}
