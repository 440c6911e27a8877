/**
 * All words of the panel in one language. They are no code: the build writes them to a file beside it, which is read before
 * the first view is drawn.
 */
import type { CheckWords } from '../utils/identity/check-report'
import type { RuleWords } from '../utils/identity/rules/rule'
import type { Glossary } from '../utils/sdk/glossary'

export interface Words {
  /** The panel's own texts (text.en.ts). */
  texts: Readonly<Record<string, string>>
  rules: Readonly<Record<string, RuleWords>>
  glossary: Glossary
  check: CheckWords
}

/** The words in use: empty until they are read. */
export let words: Words = { texts: {}, rules: {}, glossary: {}, check: {} as CheckWords }
/** Why there are no words; a sentence in the only language that is left then. */
export let wordsFault: string | null = null

export const speak = (all: Words): void => {
  words = all
}

/** Reads the words. Without them the panel shows the names of its texts, and says why. */
export async function readWords(url: string): Promise<void> {
  try {
    const answer = await fetch(url)
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    speak(await answer.json())
  } catch (error) {
    wordsFault = `The panel's words (${url}) could not be read, names stand in their place: ${error instanceof Error ? error.message : String(error)}.`
  }
}
