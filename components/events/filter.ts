/** Which rows the list shows: a category, and what the filter's query asks of them. */
import type { EventEntry } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import { categoryOf } from '../../utils/sdk/category'
import type { Attributes } from '../../utils/sdk/event'
import type { Row } from '../log-view'
import type { IssueMark } from '../select'
import type { Category } from '../store'
import { eventName } from './name'
import {
  conjuncts,
  type FieldTerm,
  printQuery,
  type Query,
  type RegexTerm,
  spanOf,
  statusTest,
  valueTest,
} from './query'

const valuesOf = (attributes: Attributes | null): string[] =>
  (attributes ?? []).map(([, value]) => (typeof value === 'string' ? value : JSON.stringify(value)))

/** All that words and expressions are looked for in. */
const textsOf = (entry: EventEntry): (string | null | undefined)[] => {
  const { facts, request, id } = entry
  return [
    `#${id}`,
    eventName(entry),
    facts.en,
    facts.about,
    facts.uid,
    facts.cid,
    request?.transport,
    request?.host,
    request?.path,
    ...valuesOf(facts.customers),
    ...valuesOf(facts.users),
    ...valuesOf(facts.inferred),
  ]
}
/** The same as one text, a line each. */
export const textOf = (entry: EventEntry): string => textsOf(entry).filter(Boolean).join('\n')

/** One thing that the filter asks of a row. */
export interface Term {
  kind: 'category' | 'word' | 'page'
  text: string
  passes(entry: EventEntry): boolean
}

/** What a query needs to know besides the entry. */
export interface Around {
  now: number
  markOf(id: number): IssueMark | null
  /** As RegexSearch.hits. */
  hits(term: RegexTerm, entry: EventEntry): readonly string[] | null | undefined
  isSlow(term: RegexTerm): boolean
}

type Test = (entry: EventEntry) => boolean

const attributesOf = ({ facts }: EventEntry): Attributes =>
  [facts.customers, facts.users, facts.inferred, facts.system].flatMap(each => each ?? [])

function fieldTest(term: FieldTerm, { now, markOf }: Around): Test {
  const { field, code, value } = term
  const fits = valueTest(term)
  const one =
    (read: (entry: EventEntry) => string | null | undefined): Test =>
    entry =>
      fits(read(entry) ?? '')
  switch (field) {
    case 'ec':
    case 'ea':
    case 'uid':
    case 'aid':
    case 'portal':
    case 'prop':
      return one(({ facts }) => facts[field])
    case 'cid':
      return ({ facts }) => fits(facts.cid ?? '') || facts.cids.some(([, cid]) => fits(cid))
    case 'attr': {
      const wanted = code.toLowerCase()
      return entry =>
        attributesOf(entry).some(
          ([key, held]) =>
            key.toLowerCase() === wanted &&
            (value === '' && !term.exact ? true : fits(typeof held === 'string' ? held : JSON.stringify(held))),
        )
    }
    case 'status': {
      const compare = statusTest(value)
      return entry => {
        const outcome = outcomeAt(entry, now)
        const status = 'status' in outcome ? outcome.status : null
        return status !== null && (compare ? compare(status) : fits(String(status)))
      }
    }
    case 'outcome':
      return one(entry => outcomeAt(entry, now).state)
    case 'has':
      return ({ id, facts, call, request }) => {
        switch (value) {
          case 'issue':
            return markOf(id) !== null
          case 'attr':
            return Boolean(facts.customers?.length || facts.users?.length || facts.inferred?.length)
          case 'cid':
            return facts.cid !== null
          case 'uid':
            return facts.uid !== null
          case 'call':
            return call !== null
          case 'request':
            return request !== null
          default:
            return facts.problems.length > 0
        }
      }
    case 'rule':
      return ({ id }) => markOf(id)?.rules.some(fits) ?? false
    case 'transport':
    case 'host':
      return one(({ request }) => request?.[field])
    case 'page':
      return one(({ facts, place }) => facts.page ?? place.url)
    case 'by':
      return one(({ call }) => call?.by)
    case 'lane':
      return one(({ call, request }) => request?.lanes ?? (call ? 'hook' : ''))
    case 'id':
      return one(({ id }) => String(id))
    case 'since': {
      const from = now - (spanOf(value) ?? 0)
      return ({ at }) => at >= from
    }
  }
}

/** The query as a test of an event. */
export function queryTest(query: Query, around: Around): Test {
  switch (query.is) {
    case 'all': {
      const tests = query.of.map(part => queryTest(part, around))
      return entry => tests.every(test => test(entry))
    }
    case 'any': {
      const tests = query.of.map(part => queryTest(part, around))
      return entry => tests.some(test => test(entry))
    }
    case 'not': {
      const test = queryTest(query.of, around)
      return entry => !test(entry)
    }
    case 'text': {
      // Of 100,000 events neither texts nor their lower case are made: an expression of nothing but letters is the fastest.
      const text = new RegExp(query.text.replace(/[^\p{L}\p{N}\s]/gu, '\\$&'), 'i')
      return entry => textsOf(entry).some(each => each && text.test(each))
    }
    case 'regex':
      // One that was ended asks for nothing: the list says so, and shows what the rest of the filter lets through.
      return around.isSlow(query) ? () => true : entry => around.hits(query, entry) != null
    case 'field':
      return fieldTest(query, around)
  }
}

/** All that the filter asks of a row, in the order in which it is asked; empty: nothing. */
export function filterTerms(
  category: Category,
  query: Query,
  around: Around,
  unsent: (entry: EventEntry) => boolean,
): Term[] {
  const inCategory = (row: EventEntry): boolean =>
    category === 'issue'
      ? around.markOf(row.id) !== null
      : category === 'unsent'
        ? unsent(row)
        : categoryOf(row.facts) === category
  return [
    ...(category === 'all' ? [] : [{ kind: 'category' as const, text: category, passes: inCategory }]),
    ...conjuncts(query).map(part => ({
      kind: 'word' as const,
      text: printQuery(part),
      passes: queryTest(part, around),
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

/** Splits a text at the words (lower case) found in it: odd elements are matches. */
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
