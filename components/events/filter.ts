/** Which rows the list shows: a category, and words that all must be found. The words' language comes with the query language. */
import type { EventEntry } from '../../utils/identity/entry'
import { categoryOf } from '../../utils/sdk/category'
import type { Row } from '../log-view'
import type { Category } from '../store'
import { eventName } from './row'

const texts = new WeakMap<EventEntry, string>()
/** All that words are looked for in, lower case; made once per entry. */
function textOf(entry: EventEntry): string {
  let text = texts.get(entry)
  if (text === undefined) {
    const { facts, request, id } = entry
    text = [
      `#${id}`,
      eventName(entry),
      facts.en,
      facts.about,
      facts.uid,
      facts.cid,
      request?.transport,
      request?.host,
      request?.path,
    ]
      .filter(Boolean)
      .join('\n')
      .toLowerCase()
    texts.set(entry, text)
  }
  return text
}

export const wordsOf = (filter: string): string[] => filter.toLowerCase().split(/\s+/).filter(Boolean)

/** A test for rows; null: everything passes. Page loads pass with `all` alone, since they only separate events. */
export function rowFilter(
  category: Category,
  filter: string,
  hasIssue: (id: number) => boolean,
  unsent: (entry: EventEntry) => boolean,
): ((row: Row) => boolean) | null {
  const words = wordsOf(filter)
  if (category === 'all' && words.length === 0) return null
  return row => {
    if (row.kind === 'page') return false
    if (category === 'issue' ? !hasIssue(row.id) : category === 'unsent' ? !unsent(row) : false) return false
    if (category !== 'all' && category !== 'issue' && category !== 'unsent' && categoryOf(row.facts) !== category)
      return false
    const text = words.length > 0 ? textOf(row) : ''
    return words.every(word => text.includes(word))
  }
}

/** Splits a text at the words found in it: odd elements are matches. */
export function marked(text: string, words: readonly string[]): string[] {
  if (words.length === 0) return [text]
  const lower = text.toLowerCase()
  const parts: string[] = []
  let from = 0
  // Lower case may have another length than the text itself (İ): then nothing is marked rather than the wrong letters.
  while (lower.length === text.length) {
    const hits = words.map(word => [lower.indexOf(word, from), word.length] as const).filter(([at]) => at >= 0)
    const first = hits.sort((a, b) => a[0] - b[0] || b[1] - a[1])[0]
    if (!first) break
    parts.push(text.slice(from, first[0]), text.slice(first[0], first[0] + first[1]))
    from = first[0] + first[1]
  }
  parts.push(text.slice(from))
  return parts
}
