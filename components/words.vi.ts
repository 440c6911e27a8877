/** Vietnamese: what the build writes for the panel to read. A test finds what lacks; it would stand there in English, whole. */
import CHECK from '../utils/identity/check-words.vi.json'
import SAY from '../utils/identity/rules/say.vi.json'
import RULES from '../utils/identity/rules/words.vi.json'
import TOLD from '../utils/log/told.en.json'
import TOLD_VI from '../utils/log/told.vi.json'
import { GLOSSARY_VI } from '../utils/sdk/glossary.vi'
import { VI } from './text.vi'
import type { Words } from './words'
import { WORDS } from './words.en'

type Tree = { readonly [key: string]: string | Tree }

/** The words of one language, each that it lacks in the other. */
const over = (base: Tree, words: Tree): Tree =>
  Object.fromEntries(
    Object.entries(base).map(([key, value]) => {
      const word = Object.hasOwn(words, key) ? words[key] : undefined
      if (typeof value === 'string') return [key, typeof word === 'string' ? word : value]
      return [key, over(value, typeof word === 'object' ? word : {})]
    }),
  )

/** What the sentence looks like, whatever its values. */
const patternOf = (text: string): string =>
  `^${text
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 ? `(?<${part}>.*?)` : part.replace(/[.*+?^$(){}|[\]\\]/g, '\\$&')))
    .join('')}$`

const told: Readonly<Record<string, string>> = TOLD_VI
/** The first that fits counts. */
const TOLD_BY_PATTERN: Words['told'] = Object.fromEntries(
  Object.entries(TOLD).map(([key, text]) => [patternOf(text), told[key] ?? text]),
)

const vietnamese: Readonly<Record<string, string>> = GLOSSARY_VI

export const WORDS_VI: Words = {
  texts: { ...WORDS.texts, ...VI },
  rules: over(WORDS.rules as unknown as Tree, RULES) as unknown as Words['rules'],
  say: { ...WORDS.say, ...SAY },
  told: TOLD_BY_PATTERN,
  glossary: Object.fromEntries(
    Object.entries(WORDS.glossary).map(([name, [known, text]]) => [name, [known, vietnamese[name] ?? text]]),
  ),
  check: over(WORDS.check, CHECK) as Words['check'],
}
