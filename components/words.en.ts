/** English: what the build writes for the panel to read. */
import CHECK from '../utils/identity/check-words.en.json'
import SAY from '../utils/identity/rules/say.en.json'
import RULES from '../utils/identity/rules/words.en.json'
import { GLOSSARY } from '../utils/sdk/glossary.en'
import { EN } from './text.en'
import type { Words } from './words'

export const WORDS: Words = { texts: EN, rules: RULES, say: SAY, told: {}, glossary: GLOSSARY, check: CHECK }
