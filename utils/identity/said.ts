/**
 * A sentence of the core: which one, and the values in it. Its words stand in `rules/say.<language>.json`, so that the panel says it
 * in its own language and `audit` in English. Plain data: it is kept in checkpoints.
 */
import { fill } from './fill'
import type SAY from './rules/say.en.json'
import { duration, shortUid } from './rules/text'

export type SayKey = keyof typeof SAY
/** The words of all sentences in one language, as say.en.json. */
export type SayWords = Readonly<Record<SayKey, string>>

/**
 * `span`: a length of time in ms. `told`: an English sentence that the log holds. A sentence as a value is a part of the one that holds
 * it; '' where there is none.
 */
export type SaidValue = string | number | { readonly span: number } | { readonly told: string } | Said

export interface Said {
  readonly say: SayKey
  readonly values: Readonly<Record<string, SaidValue>>
}

const NONE: Said['values'] = {}

export const said = (say: SayKey, values: Said['values'] = NONE): Said => ({ say, values })

const sameValue = (a: SaidValue | undefined, b: SaidValue | undefined): boolean =>
  a === b ||
  (typeof a === 'object' &&
    typeof b === 'object' &&
    ('say' in a
      ? 'say' in b && sameSaid(a, b)
      : 'span' in a
        ? 'span' in b && a.span === b.span
        : 'told' in b && a.told === b.told))

/** Both are plain objects. What only one of them has is no value of the other's. */
const sameValues = (a: Said['values'], b: Said['values']): boolean => {
  for (const name in a) if (!sameValue(a[name], b[name])) return false
  for (const name in b) if (!(name in a)) return false
  return true
}

/** Do both say the same? */
export const sameSaid = (a: Said, b: Said): boolean => a === b || (a.say === b.say && sameValues(a.values, b.values))

/**
 * The sentence in words.
 * @param units names of units of time, where they are not the English ones
 * @param told how a sentence that the log holds in English reads
 */
export function phrase(
  { say, values }: Said,
  words: SayWords,
  units: Readonly<Record<string, string>> = {},
  told = (sentence: string): string => sentence,
): string {
  const shown = (value: SaidValue): string | number =>
    typeof value !== 'object'
      ? value
      : 'say' in value
        ? phrase(value, words, units, told)
        : 'span' in value
          ? duration(value.span, units)
          : told(value.told)
  return fill<string | number>(
    words[say] ?? say,
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(value)])),
  ).join('')
}

/** A UID in a sentence; '' and null: nobody knows it. */
export const saidUid = (uid: string | null): SaidValue => (uid ? shortUid(uid) : said('unknown'))

/** Where a call came from, as a part of a sentence; nothing when that is not known. */
export const saidPlace = (caller: string | null): SaidValue => (caller ? said('at', { place: caller }) : '')

/** `A and B`. */
export const saidList = (names: readonly string[]): SaidValue =>
  names.reduce<SaidValue>((all, name) => (all === '' ? name : said('and', { a: all, b: name })), '')
