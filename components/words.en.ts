/** English: what the build writes for the panel to read. */
import CHECK from '../utils/identity/check-words.en.json'
import SAY from '../utils/identity/rules/say.en.json'
import RULES from '../utils/identity/rules/words.en.json'
import TOLD from '../utils/log/told.en.json'
import { GLOSSARY } from '../utils/sdk/glossary.en'
import { EN } from './text.en'
import type { Words } from './words'

/** What the sentence looks like, whatever its values. */
const patternOf = (text: string): string =>
  `^${text
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 ? `(?<${part}>.*?)` : part.replace(/[.*+?^$(){}|[\]\\]/g, '\\$&')))
    .join('')}$`

/** The sentences that logs hold, in the words of a language, by their patterns: the first that fits counts. */
export const toldIn = (words: Readonly<Record<string, string>>): Words['told'] =>
  Object.fromEntries(Object.entries(TOLD).map(([key, text]) => [patternOf(text), words[key] ?? text]))

export const WORDS: Words = { texts: EN, rules: RULES, say: SAY, told: toldIn(TOLD), glossary: GLOSSARY, check: CHECK }
