/**
 * The language of the filter, as text and as a tree. Reading never fails: what can't be read becomes a fault that says where, and
 * the rest holds. What was read is printed back so that reading it again gives the same.
 *
 *     words "a phrase" /regex/ ec:user ea:sign_* attr.email:an@ status:>=400 since:10m -not (one OR another)
 */
import { whyOf } from '../../utils/why'

/** What a term may ask of: `whole` values are compared whole, `part` ones by containing; `*` stands for anything in both. */
export const FIELDS = {
  ec: 'whole',
  ea: 'whole',
  uid: 'part',
  cid: 'part',
  aid: 'part',
  attr: 'part',
  status: 'status',
  outcome: 'whole',
  has: 'has',
  rule: 'whole',
  transport: 'whole',
  host: 'part',
  page: 'part',
  portal: 'part',
  prop: 'part',
  by: 'whole',
  lane: 'whole',
  id: 'whole',
  since: 'since',
} as const
export type Field = keyof typeof FIELDS
export const HAS = ['issue', 'attr', 'cid', 'uid', 'call', 'request', 'problem'] as const

export interface FieldTerm {
  is: 'field'
  field: Field
  /** The attribute's code; '' for other fields. */
  code: string
  value: string
  /** In quotes: `*` is a letter, and nothing means nothing. */
  exact: boolean
}
export interface RegexTerm {
  is: 'regex'
  source: string
  /** Sorted; `i` and `m` are always meant. */
  flags: string
}
export type Query =
  /** Of none: everything. */
  | { is: 'all'; of: Query[] }
  /** Of two and more. */
  | { is: 'any'; of: Query[] }
  | { is: 'not'; of: Query }
  | { is: 'text'; text: string }
  | RegexTerm
  | FieldTerm

/** What could not be read: from where to where (letters counted from 0), and why. */
export interface Fault {
  at: number
  to: number
  code: 'quote' | 'regex' | 'open' | 'close' | 'empty' | 'or' | 'deep' | 'field' | 'status' | 'since' | 'has'
  /** What was read there, or the browser's words. */
  text: string
}

const allOf = (of: Query[]): Query => {
  const flat = of.flatMap(each => (each.is === 'all' ? each.of : [each]))
  return flat.length === 1 && flat[0] ? flat[0] : { is: 'all', of: flat }
}
const anyOf = (of: Query[]): Query => {
  const flat = of.flatMap(each => (each.is === 'any' ? each.of : [each]))
  return flat.length === 1 && flat[0] ? flat[0] : { is: 'any', of: flat }
}
const notOf = (of: Query): Query => (of.is === 'not' ? of.of : { is: 'not', of })

const DEEPEST = 40
const FIELD = /^(?:attr\.("(?:[^"\\]|\\.)*"|[^:\s()"]+)|([a-z]+)):/i
const isField = (name: string): name is Field => Object.hasOwn(FIELDS, name) && name !== 'attr'
const REGEX = /^\/((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([imsu]*)(?=[\s)]|$)/
const QUOTED = /^"((?:[^"\\]|\\.)*)("?)/s
const BARE = /^[^\s()"]+/
const unquoted = (text: string): string => text.replace(/\\(.)/gs, '$1')
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
const STATUS = /^(?:(?:>=|<=|[><=])?\d{1,3}|[\d*]{1,4})?$/
const SINCE = /^(\d{1,6}(?:\.\d{1,3})?)([smhd])$/
const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `10m` in ms; null: no span of time. */
export function spanOf(text: string): number | null {
  const [, n, unit] = SINCE.exec(text) ?? []
  return n && unit ? Number(n) * UNITS[unit as keyof typeof UNITS] : null
}

const regexFault = (source: string, flags: string): string | null => {
  try {
    new RegExp(source, flags)
    return null
  } catch (error) {
    return whyOf(error)
  }
}

class Reader {
  readonly faults: Fault[] = []
  private at = 0
  private depth = 0
  constructor(private readonly text: string) {}

  whole(): Query {
    const parts: Query[] = []
    while (this.at < this.text.length) {
      parts.push(this.any())
      // Only what nobody opened ends it early.
      if (this.at < this.text.length) this.fault(this.at, ++this.at, 'close')
    }
    return allOf(parts)
  }

  private fault(at: number, to: number, code: Fault['code'], text = this.text.slice(at, to)): void {
    this.faults.push({ at, to, code, text })
  }
  private blanks(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++
  }
  private or(): boolean {
    this.blanks()
    return /^OR(?=[\s()"]|$)/.test(this.text.slice(this.at, this.at + 3))
  }

  private any(): Query {
    const branches: Query[] = []
    for (;;) {
      const from = this.at
      const branch = this.all()
      const more = this.or()
      if (branch.is === 'all' && branch.of.length === 0) {
        if (more || branches.length > 0) this.fault(more ? this.at : from, more ? this.at + 2 : this.at, 'or', 'OR')
      } else branches.push(branch)
      if (!more) break
      this.at += 2
    }
    return branches.length === 0 ? allOf([]) : anyOf(branches)
  }

  private all(): Query {
    const terms: Query[] = []
    while (!this.or() && this.at < this.text.length && this.text[this.at] !== ')') {
      const term = this.term()
      if (term) terms.push(term)
    }
    return allOf(terms)
  }

  /** null: there was nothing that asks for anything. */
  private term(): Query | null {
    const from = this.at
    let nots = 0
    while (this.text[this.at] === '-' && /[^\s)]/.test(this.text[this.at + 1] ?? ' ')) {
      nots++
      this.at++
    }
    const term = this.plain(from)
    return term && nots % 2 === 1 ? notOf(term) : term
  }

  private plain(from: number): Query | null {
    const letter = this.text[this.at]
    if (letter === '(') return this.group(from)
    if (letter === '"') {
      const text = this.quoted()
      if (text === '') this.fault(from, this.at, 'empty')
      return text === '' ? null : { is: 'text', text }
    }
    const rest = this.text.slice(this.at)
    const [regex, source = '', given = ''] = REGEX.exec(rest) ?? []
    if (regex !== undefined) {
      const at = this.at
      this.at += regex.length
      const flags = [...new Set(given)]
        .filter(flag => flag !== 'i' && flag !== 'm')
        .sort()
        .join('')
      const why = regexFault(source, flags)
      if (why === null) return { is: 'regex', source, flags }
      this.fault(at, this.at, 'regex', why)
      return null
    }
    const [head, code, name] = FIELD.exec(rest) ?? []
    const field = code !== undefined ? 'attr' : name?.toLowerCase()
    if (head !== undefined && field !== undefined && (field === 'attr' ? code : isField(field)))
      return this.field(field as Field, code ?? '', head.length)
    const [word = rest.slice(0, 1)] = BARE.exec(rest) ?? []
    if (head !== undefined && !/^https?:\/\//i.test(rest)) this.fault(this.at, this.at + head.length, 'field', name)
    this.at += word.length
    return { is: 'text', text: word }
  }

  private group(from: number): Query | null {
    const at = this.at++
    if (this.depth >= DEEPEST) {
      this.fault(at, this.at, 'deep')
      return null
    }
    this.depth++
    const inside = this.any()
    this.depth--
    if (this.text[this.at] === ')') this.at++
    else this.fault(at, at + 1, 'open')
    if (inside.is !== 'all' || inside.of.length > 0) return inside
    this.fault(from, this.at, 'empty')
    return null
  }

  /** Text in quotes; what nobody closed goes to the end. */
  private quoted(): string {
    const from = this.at
    const [whole = '"', text = '', end] = QUOTED.exec(this.text.slice(from)) ?? []
    this.at += whole.length
    if (!end) {
      this.fault(from, this.text.length, 'quote')
      const rest = this.text.slice(from + 1)
      this.at = this.text.length
      return unquoted(rest)
    }
    return unquoted(text)
  }

  private field(field: Field, code: string, length: number): Query | null {
    const from = this.at
    this.at += length
    const exact = this.text[this.at] === '"'
    const value = exact ? this.quoted() : (BARE.exec(this.text.slice(this.at))?.[0] ?? '')
    if (!exact) this.at += value.length
    const kind = FIELDS[field]
    const fits =
      kind === 'status'
        ? STATUS.test(value)
        : kind === 'since'
          ? spanOf(value) !== null
          : kind !== 'has' || (HAS as readonly string[]).includes(value)
    if (!fits) {
      this.fault(from, this.at, kind as 'status' | 'since' | 'has', value)
      return null
    }
    // Said with and without quotes, these are the same.
    const plain = kind === 'status' || kind === 'since' || kind === 'has'
    return {
      is: 'field',
      field,
      code: code.startsWith('"') ? unquoted(code.slice(1, -1)) : code,
      value,
      exact: exact && !plain,
    }
  }
}

/** Reads what stands in the filter. Never throws; faults stand in the order in which they were met. */
export function parseQuery(text: string): { query: Query; faults: Fault[] } {
  const reader = new Reader(text)
  const query = reader.whole()
  return { query, faults: reader.faults }
}

/** Would it be read as itself, and as one word? What begins with a slash may with the next word be an expression. */
const isBare = (text: string): boolean =>
  BARE.exec(text)?.[0] === text && text !== 'OR' && !/^[-/]/.test(text) && !FIELD.test(text)

const isWordless = (query: Query): boolean => query.is === 'all' || query.is === 'any'

/** The query as text, so that reading it gives the same query. */
export function printQuery(query: Query): string {
  const inside = (part: Query) => (isWordless(part) ? `(${printQuery(part)})` : printQuery(part))
  switch (query.is) {
    case 'all':
      return query.of.map(part => (part.is === 'any' ? inside(part) : printQuery(part))).join(' ')
    case 'any':
      return query.of.map(part => (part.is === 'any' ? inside(part) : printQuery(part))).join(' OR ')
    case 'not':
      return `-${inside(query.of)}`
    case 'text':
      return isBare(query.text) ? query.text : quoted(query.text)
    case 'regex':
      return `/${query.source}/${query.flags}`
    case 'field': {
      const { field, code, value, exact } = query
      const name = field === 'attr' ? `attr.${/^[^:\s()"]+$/.test(code) ? code : quoted(code)}` : field
      return `${name}:${exact ? quoted(value) : value}`
    }
  }
}

/** A term that asks for exactly this value. */
export function fieldText(field: Field, value: string, code = ''): string {
  const exact = !/^[^\s()"*]+$/.test(value)
  return printQuery({ is: 'field', field, code, value, exact })
}

/** The query and one more term. */
export function andText(filter: string, term: string): string {
  const { query } = parseQuery(filter)
  const before = query.is === 'any' ? `(${filter.trim()})` : filter.trim()
  return before === '' ? term : `${before} ${term}`
}

/** The terms that must all hold. */
export const conjuncts = (query: Query): readonly Query[] => (query.is === 'all' ? query.of : [query])

/** The regular expressions in it. */
export const regexes = (query: Query): RegexTerm[] =>
  query.is === 'regex'
    ? [query]
    : query.is === 'not'
      ? regexes(query.of)
      : isNested(query)
        ? query.of.flatMap(regexes)
        : []
const isNested = (query: Query): query is Query & { is: 'all' | 'any' } => query.is === 'all' || query.is === 'any'

/** Does what it asks change as time passes? */
export const asksTime = (query: Query): boolean =>
  query.is === 'not'
    ? asksTime(query.of)
    : isNested(query)
      ? query.of.some(asksTime)
      : query.is === 'field' && ['since', 'rule', 'has', 'outcome'].includes(query.field)

/** Fields whose values stand on screen, where they can be marked. */
const SHOWN: readonly Field[] = ['ec', 'ea', 'uid', 'cid', 'aid', 'attr', 'host', 'page', 'portal', 'prop']

/** What to mark where it is shown, lower case: texts that are asked for, none that must not be there. */
export function literals(query: Query): string[] {
  if (isNested(query)) return [...new Set(query.of.flatMap(literals))]
  if (query.is === 'text') return [query.text.toLowerCase()]
  if (query.is !== 'field' || !SHOWN.includes(query.field)) return []
  return (query.exact ? [query.value] : query.value.split('*'))
    .filter(part => part !== '')
    .map(part => part.toLowerCase())
}

/** Does a text fit a value in which `*` stands for anything? Both lower case. Linear, whatever the value. */
function fitsGlob(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** The test that a term's value puts a text to. */
export function valueTest({ field, value, exact }: FieldTerm): (text: string) => boolean {
  const wanted = value.toLowerCase()
  if (!exact && wanted === '') return text => text !== ''
  if (!exact && wanted.includes('*')) {
    const parts = wanted.split('*')
    return text => fitsGlob(text.toLowerCase(), parts)
  }
  return FIELDS[field] === 'part' && !exact
    ? text => text.toLowerCase().includes(wanted)
    : text => text.toLowerCase() === wanted
}

/** `>=400` as a test of a status; null: it is no comparison. */
export function statusTest(value: string): ((status: number) => boolean) | null {
  const [, sign, digits] = /^(>=|<=|[><=])?(\d+)$/.exec(value) ?? []
  if (digits === undefined) return null
  const n = Number(digits)
  switch (sign) {
    case '>=':
      return status => status >= n
    case '<=':
      return status => status <= n
    case '>':
      return status => status > n
    case '<':
      return status => status < n
    default:
      return status => status === n
  }
}

/** What stands at the caret: where it begins and ends, and the field whose value it is. */
export interface Spot {
  from: number
  to: number
  field: string | null
  part: string
}
export function spotAt(text: string, caret: number): Spot {
  let from = caret
  while (from > 0 && !/[\s()]/.test(text[from - 1] ?? ' ')) from--
  while (text[from] === '-') from++
  if (from > caret) from = caret
  const word = text.slice(from, caret)
  const colon = word.indexOf(':')
  const field = colon < 0 ? null : word.slice(0, colon).toLowerCase()
  const known = field !== null && (isField(field) || field.startsWith('attr.'))
  return known
    ? { from: from + colon + 1, to: caret, field, part: word.slice(colon + 1) }
    : { from, to: caret, field: null, part: word }
}
