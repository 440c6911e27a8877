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

/** One thing that the filter asks of a row. */
export interface Term {
  kind: 'category' | 'word'
  text: string
  passes(entry: EventEntry): boolean
}

export const wordsOf = (filter: string): string[] => filter.toLowerCase().split(/\s+/).filter(Boolean)

/** All that the filter asks of a row, in the order in which it is asked; empty: nothing. */
export function filterTerms(
  category: Category,
  filter: string,
  hasIssue: (id: number) => boolean,
  unsent: (entry: EventEntry) => boolean,
): Term[] {
  const inCategory = (row: EventEntry): boolean =>
    category === 'issue' ? hasIssue(row.id) : category === 'unsent' ? unsent(row) : categoryOf(row.facts) === category
  return [
    ...(category === 'all' ? [] : [{ kind: 'category' as const, text: category, passes: inCategory }]),
    ...wordsOf(filter).map(text => ({
      kind: 'word' as const,
      text,
      passes: (row: EventEntry) => textOf(row).includes(text),
    })),
  ]
}

/** A test for rows; null: everything passes. Page loads pass when nothing is asked, since they only separate events. */
export const rowFilter = (terms: readonly Term[]): ((row: Row) => boolean) | null =>
  terms.length === 0 ? null : row => row.kind !== 'page' && terms.every(({ passes }) => passes(row))

/** How many events each term hides, the first that does counting: together as many as are hidden. */
export function hiddenBy(rows: readonly Row[], terms: readonly Term[]): [Term, hidden: number][] {
  const hidden = new Map<Term, number>(terms.map(term => [term, 0]))
  for (const row of rows) {
    const term = row.kind === 'event' && terms.find(({ passes }) => !passes(row))
    if (term) hidden.set(term, (hidden.get(term) ?? 0) + 1)
  }
  return [...hidden]
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
