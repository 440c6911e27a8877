/** What a regular expression finds in texts. Runs in a worker, since nobody can tell beforehand how long it takes. */

export interface RegexAsk {
  source: string
  flags: string
  texts: string[]
}
/** A list per text: what was found, to be marked; null: nothing. What matches nothing at all, as `x*` may, leaves an empty list. */
export type RegexAnswer = (string[] | null)[]

/** Different ones that are marked in one text. */
const MOST = 8

export const regexHits = ({ source, flags, texts }: RegexAsk): RegexAnswer => {
  const pattern = new RegExp(source, `gim${flags}`)
  return texts.map(text => {
    const found = new Set<string>()
    let any = false
    for (const [match] of text.matchAll(pattern)) {
      any = true
      if (match !== '') found.add(match.toLowerCase())
      if (found.size >= MOST) break
    }
    return any ? [...found] : null
  })
}
