/**
 * Every string that the panel shows, and the two ways to fill one in. `{name}` is a value; `{n|event|events}` chooses by the
 * number n. Codes, rule ids, event names, UID, CID, SDK and what the user's page sent are never translated and not here.
 */
import type { ComponentChildren } from 'preact'
import { fill } from '../utils/identity/fill'
import { phrase, type Said } from '../utils/identity/said'
import type { EN } from './text.en'
import { words } from './words'

export type TextKey = keyof typeof EN
type Name<S extends string> = S extends `${infer N}|${string}` ? N : S
type Slots<S extends string> = S extends `${string}{${infer N}}${infer Rest}` ? Name<N> | Slots<Rest> : never
/** Keys of texts without values. */
export type PlainKey = { [K in TextKey]: Slots<(typeof EN)[K]> extends never ? K : never }[TextKey]
/** The values of a text, as the arguments that are to follow its key. */
export type Values<K extends TextKey, V> =
  Slots<(typeof EN)[K]> extends never ? [] : [values: Record<Slots<(typeof EN)[K]>, V>]

const pieces = <V>(key: TextKey, values: Record<string, V>): (string | V)[] => fill(words.texts[key] ?? key, values)

/** The text with its values, as a string. */
export const t = <K extends TextKey>(key: K, ...values: Values<K, string | number>): string =>
  pieces(key, values[0] ?? {}).join('')

/** Of a language's catalogue, each made once: lists ask for every row. */
const patterns = new WeakMap<object, [pattern: RegExp, text: string][]>()
const patternsOf = (catalogue: Readonly<Record<string, string>>): [pattern: RegExp, text: string][] => {
  let made = patterns.get(catalogue)
  if (!made) {
    made = Object.entries(catalogue).map(([each, text]) => [new RegExp(each, 's'), text])
    patterns.set(catalogue, made)
  }
  return made
}

/** Values that are somebody else's words. */
const QUOTED: ReadonlySet<string> = new Set(['error', 'text', 'value'])

/** A sentence that the log holds in English, or a part of one, in the panel's language; as it is when nobody knows it. */
export function told(sentence: string): string {
  for (const [pattern, text] of patternsOf(words.told)) {
    const found = pattern.exec(sentence)
    if (found)
      return fill(
        text,
        Object.fromEntries(Object.entries(found.groups ?? {}).map(([k, v]) => [k, QUOTED.has(k) ? v : told(v)])),
      ).join('')
  }
  return sentence
}

/** A sentence of the core, in the panel's language. */
export const say = (said: Said): string => phrase(said, words.say, words.check.units, told)

/** The same with links, codes and other elements as values. */
export const rich = <K extends TextKey>(key: K, ...values: Values<K, ComponentChildren>): ComponentChildren =>
  pieces<ComponentChildren>(key, values[0] ?? {})
