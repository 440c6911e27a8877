/** What each name on the wire means, and how well that is known. Where nothing is known, it says so. */
import { sourceOfCookie } from './names'

/** Documented by the vendor · seen in captures · read in public source · inferred · not known. */
export type Known = 'D' | 'C' | 'S' | 'I' | '?'

export interface Explanation {
  text: string
  known: Known
}

/** The glossary in one language: glossary.en.ts. */
export type Glossary = Readonly<Record<string, readonly [known: Known, text: string]>>

/** What a parameter, a key inside `cvar` or `dims`, or a cookie is; null for the site's own names. */
export const glossary = (words: Glossary, name: string): Explanation | null => {
  const source = sourceOfCookie(name)
  const key = Object.hasOwn(words, name) ? name : source ? '_pk_*' : name.startsWith('utm_') ? 'utm_*' : null
  const found = key === null ? undefined : words[key]
  return found ? { text: found[1].replace('{source}', source ?? ''), known: found[0] } : null
}
