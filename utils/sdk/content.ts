/** A fingerprint of what an event says, to find the same event sent twice. */
import type { Json } from './event'
import { isObject } from './json'
import { VOLATILE_KEYS } from './names'

// Two lanes of 32 bits, mixed as in the public-domain hash cyrb53.
const SEED_A = 0xdeadbeef
const SEED_B = 0x41c6ce57
let a = 0
let b = 0

const mixCode = (code: number): void => {
  a = Math.imul(a ^ code, 2654435761)
  b = Math.imul(b ^ code, 1597334677)
}

const mixText = (text: string): void => {
  // What belongs to the module is written to memory with each letter.
  let x = a
  let y = b
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    x = Math.imul(x ^ code, 2654435761)
    y = Math.imul(y ^ code, 1597334677)
  }
  a = x
  b = y
}

const finish = (): void => {
  const first = a
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909)
}

/** A key, and the lanes after it: each member begins with fresh ones, and keys are a third of all letters. */
interface MixedKey {
  a: number
  b: number
  isVolatile: boolean
}

const MOST_KEYS = 2_000
const mixedKeys = new Map<string, MixedKey>()
const mixedKey = (key: string): MixedKey => {
  const known = mixedKeys.get(key)
  if (known) return known
  a = SEED_A
  b = SEED_B
  mixText(key)
  const made = { a, b, isVolatile: VOLATILE_KEYS.has(key) }
  if (mixedKeys.size >= MOST_KEYS) mixedKeys.clear()
  mixedKeys.set(key, made)
  return made
}

/** Object keys have no order: the hashes of the members are added up, which spares sorting them. */
const mixObject = (object: { [key: string]: Json }, skipsVolatile: boolean): void => {
  const outerA = a
  const outerB = b
  let sumA = 0
  let sumB = 0
  for (const key in object) {
    const mixed = mixedKey(key)
    if (skipsVolatile && mixed.isVolatile) continue
    a = mixed.a
    b = mixed.b
    mix(object[key] as Json)
    finish()
    sumA = (sumA + a) | 0
    sumB = (sumB + b) | 0
  }
  a = Math.imul(outerA ^ sumA, 2654435761)
  b = Math.imul(outerB ^ sumB, 1597334677)
}

// Before each value a mark of its type, so that 1, "1" and [1] differ.
const TEXT = 34
const PLAIN = 58
const LIST = 91
const OBJECT = 123
const PART = 124

const mix = (value: Json): void => {
  if (typeof value === 'string') {
    mixCode(TEXT)
    mixText(value)
  } else if (typeof value !== 'object' || value === null) {
    mixCode(PLAIN)
    mixText(String(value))
  } else if (Array.isArray(value)) {
    mixCode(LIST)
    for (const item of value) {
      mix(item)
      finish()
    }
  } else {
    mixCode(OBJECT)
    mixObject(value, false)
  }
}

/** Five digits of base 36. */
const HALF = 36 ** 5

const isEmpty = (value: Json | undefined): value is null | undefined => {
  if (value === undefined || value === null) return true
  if (typeof value !== 'object') return false
  for (const _ in value) return false
  return true
}

/**
 * Hash of 53 bits over the given parts in canonical form (key order doesn't count, empty is as absent), without the keys
 * that differ between two sendings of one event (rules.md `event-twice`). As text in base 36.
 */
export const contentHash = (...parts: (Json | undefined)[]): string => {
  a = SEED_A
  b = SEED_B
  for (const part of parts) {
    mixCode(PART)
    if (isEmpty(part)) continue
    if (isObject(part)) mixObject(part, true)
    else mix(part)
    finish()
  }
  const hash = 4294967296 * (2097151 & b) + (a >>> 0)
  // In two halves of less than 32 bits: the digits of longer numbers cost a tenth of all decoding.
  const high = Math.floor(hash / HALF)
  const digits = (hash - high * HALF).toString(36)
  return high === 0 ? digits : high.toString(36) + digits.padStart(5, '0')
}
