/**
 * All words of the panel in one language. They are no code: the build writes them to files beside it, one for each language, and
 * the one in use is read before the first view is drawn.
 */
import type { CheckWords } from '../utils/identity/check-report'
import type { RuleWords } from '../utils/identity/rules/rule'
import type { SayWords } from '../utils/identity/said'
import type { Glossary } from '../utils/sdk/glossary'
import type { Language } from '../utils/settings'
import { whyOf } from '../utils/why'

export interface Words {
  /** The panel's own texts (text.en.ts). */
  texts: Readonly<Record<string, string>>
  rules: Readonly<Record<string, RuleWords>>
  /** The core's sentences: of findings, with their values left open. */
  say: SayWords
  /** Sentences that logs hold in English, by a pattern of them; in English there is nothing to say otherwise. */
  told: Readonly<Record<string, string>>
  glossary: Glossary
  check: CheckWords
}

/** The words in use: empty until they are read. */
export let words: Words = { texts: {}, rules: {}, say: {} as SayWords, told: {}, glossary: {}, check: {} as CheckWords }
/** The language that they are in. */
export let language: Language = 'en'
/** Why they are not those that were asked for; a sentence in the only language that is sure to be left then. */
export let wordsFault: string | null = null

export const speak = (all: Words, of: Language): void => {
  words = all
  language = of
  wordsFault = null
}

let ahead: { of: Language; reading: Promise<Words> } | null = null
/** Begins to read the words that will be asked for; a fault is said when they are. */
export function prepareWords(of: Language): void {
  const reading = fetchWords(of)
  reading.catch(() => {})
  ahead = { of, reading }
}

/** Reads a language's words from the file that the build wrote. */
export async function fetchWords(of: Language): Promise<Words> {
  const before = ahead
  ahead = null
  if (before?.of === of) return before.reading
  const answer = await fetch(`/words.${of}.json`)
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  return answer.json()
}

let asked: Language | null = null
/**
 * Speaks a language from now on; of several that were asked for, the last. Without its words those that are there stay, at worst
 * the names of the texts, and the panel says why. True when something changed.
 */
export async function speakIn(wanted: Language, read: (of: Language) => Promise<Words> = fetchWords): Promise<boolean> {
  if (wanted === asked) return false
  asked = wanted
  try {
    const all = await read(wanted)
    if (asked !== wanted) return false
    speak(all, wanted)
  } catch (error) {
    if (asked !== wanted) return false
    asked = null
    wordsFault = `The panel's words (${wanted}) could not be read: ${whyOf(error)}.`
  }
  return true
}
