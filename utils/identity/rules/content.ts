/** What an event holds: items, keys, attributes, and what should not be there. */
import type { EventFacts, Json, Remark } from '../../sdk/event'
import type { Seen } from '../holder'
import { Dict } from '../persistent'
import { type SaidValue, type SayKey, said } from '../said'
import type { Severity } from '../state'
import { type EventTurn, type Hit, onSome, perEvent, VALUE_FIELDS, type Weights } from './rule'

const hasRemarks = ({ entry: { facts } }: Seen): boolean => facts.carries && facts.remarks !== undefined

/** A rule that tells what decoding has remarked. */
const onRemark = (
  id: string,
  weights: Weights,
  code: Remark['code'],
  tell: (remark: Remark, turn: EventTurn, hit: Hit) => void,
) =>
  perEvent(
    id,
    weights,
    VALUE_FIELDS,
    (turn, hit) => {
      for (const remark of turn.seen.entry.facts.remarks ?? []) if (remark.code === code) tell(remark, turn, hit)
    },
    hasRemarks,
  )

const isProfile = (path: string): boolean => path.startsWith('dims.customers.') || path.startsWith('dims.users.')

export const itemIncomplete = onRemark(
  'item-incomplete',
  ['warning', 'warning'],
  'item',
  ({ path, text }, { seen }, hit) =>
    hit(`${seen.name} ${text}`, said('item-incomplete', { event: seen.name, keys: text, path })),
)

// ── required-missing

/** What a body has as `extra` is `cvar` in a query. */
const asExtra = (path: string): string => path.replace(/^cvar\./, 'extra.')

/** Does the event have a value at this path of expected.json, as far as its facts tell? null: they don't. */
const holdsPath = ({ cids, customers, users, order, system, inferred }: EventFacts, path: string): boolean | null => {
  if (cids.some(([where]) => asExtra(where) === asExtra(path))) return true
  const [, object = '', code = ''] = /^(dims\.customers|dims\.users|cvar|extra)\.([^.]+)$/.exec(path) ?? []
  if (code === 'customer_id' || /^dims\.[^.]+\.customer_id$/.test(path)) return false
  if (code === 'order_id') return order !== null
  const lists = { 'dims.customers': customers, 'dims.users': users }[object]
  const known = object.startsWith('dims') ? (lists ?? []) : [...system, ...(inferred ?? [])]
  const value = known.find(([key]) => key === code)?.[1]
  if (value !== undefined) return value !== null && value !== ''
  return object.startsWith('dims') ? false : null
}

const NOTHING: readonly string[] = []

export const requiredMissing = perEvent(
  'required-missing',
  ['info', 'info'],
  VALUE_FIELDS,
  ({ seen, before, expected }, hit) => {
    const { name, entry } = seen
    const { facts } = entry
    if (!entry.request) return
    // A page may well name its event `constructor`.
    const wanted = (Object.hasOwn(expected.required, name) && expected.required[name]) || NOTHING
    for (const path of wanted)
      if ((holdsPath(facts, path) ?? expected.holds?.(entry, path)) === false)
        hit(`${name} ${path}`, said('required-missing.yours', { event: name, path }), { severity: 'error' })
    for (const { code, path } of facts.remarks ?? []) {
      if (code !== 'missing' || wanted.some(each => each.endsWith(path))) continue
      const buys = path === 'customer_id' && facts.kind !== 'login'
      // A guest buys without being a customer.
      if (buys && (before.base.cid === null || before.base.uid !== seen.uid)) continue
      const severity: Severity = buys || path === 'src_search_term' ? 'warning' : 'info'
      hit(`${name} ${path}`, said(buys ? 'required-missing.buyer' : 'required-missing', { event: name, path }), {
        severity,
      })
    }
  },
)

// ── attributes

export const attributeCode = onRemark('attribute-code', ['warning', 'warning'], 'code', ({ path }, _, hit) =>
  hit(path, said('attribute-code', { path }), { severity: isProfile(path) ? 'warning' : 'info' }),
)

export const attributeReserved = onRemark(
  'attribute-reserved',
  ['warning', 'warning'],
  'reserved',
  ({ path }, _, hit) => hit(path, said('attribute-reserved', { path })),
)

const TEXT = 30_000

export const attributeTooLong = onRemark('attribute-too-long', ['info', 'info'], 'long', ({ path, text }, _, hit) =>
  hit(path.replace(/^items\[\d+\]/, 'items'), said('attribute-too-long', { path, n: text }), {
    severity: Number(text) > TEXT ? 'warning' : 'info',
  }),
)

/** Shows each attribute of the two profiles on an event. */
const eachOfProfiles = (
  { customers, users }: EventFacts,
  look: (path: string, code: string, value: Json, ofVisitor: boolean) => void,
): void => {
  for (const [code, value] of customers ?? []) look(`dims.customers.${code}`, code, value, false)
  for (const [code, value] of users ?? []) look(`dims.users.${code}`, code, value, true)
}

const hasProfile = ({ entry: { facts } }: Seen): boolean =>
  facts.carries && ((facts.customers?.length ?? 0) > 0 || (facts.users?.length ?? 0) > 0)

export const attributeNull = perEvent(
  'attribute-null',
  ['info', 'info'],
  VALUE_FIELDS,
  ({ seen, before: { shown } }, hit) =>
    eachOfProfiles(seen.entry.facts, (path, code, value, ofVisitor) => {
      if (value !== null) return
      const owner = ofVisitor
        ? shown.visitors.get(seen.uid ?? '')
        : shown.customers.get(seen.cid ?? shown.now.cid ?? '')
      const now = owner?.attributes.get(code)?.now
      hit(path, said(now ? 'attribute-null.kept' : 'attribute-null', { path }), {
        severity: now ? 'warning' : 'info',
        also: now ? [now.event] : [],
      })
    }),
  hasProfile,
)

type Class = 'list' | 'object' | 'string' | 'number' | 'boolean'
const classOf = (value: Exclude<Json, null>): Class =>
  Array.isArray(value) ? 'list' : (typeof value as Exclude<Class, 'list'>)

const isNumeric = (value: Json): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))

interface Typed {
  type: Class
  numeric: boolean
  event: number
}

export const attributeTypeChanged = onSome<Dict<Typed>>(
  'attribute-type-changed',
  ['warning', 'warning'],
  VALUE_FIELDS,
  Dict.EMPTY,
  hasProfile,
  (types, { seen }, hit) => {
    let next = types
    eachOfProfiles(seen.entry.facts, (path, _, value) => {
      if (value === null) return
      const last = next.get(path)
      const type = classOf(value)
      if (last?.type === type) return
      const now: Typed = { type, numeric: isNumeric(value), event: seen.entry.id }
      if (last)
        hit(path, said('attribute-type-changed', { path, was: said(`a.${last.type}`), is: said(`a.${type}`) }), {
          severity: last.numeric && now.numeric ? 'info' : 'warning',
          also: [last.event],
        })
      next = next.with(path, now)
    })
    return next
  },
)

// ── what may not be there, and what can't be read

/** Every tracked event is looked at here, not only those that carry identity. */
const isTracked = ({ entry: { facts } }: Seen): boolean => facts.wire === 'event' || facts.wire === 'call'
const isRemarked = (seen: Seen): boolean => seen.entry.facts.remarks !== undefined && isTracked(seen)

const JSON_FIELDS: readonly string[] = [...VALUE_FIELDS, 'context']

export const jsonBroken = perEvent(
  'json-broken',
  ['error', 'error'],
  [],
  ({ seen }, hit) => {
    const { problems } = seen.entry.facts
    if (problems.some(({ code }) => code === 'cut' || code === 'unreadable')) return
    for (const { field, code, message } of problems)
      if (code === 'not-json' && JSON_FIELDS.includes(field))
        hit(`${seen.name} ${field}`, said('json-broken', { event: seen.name, problem: { told: message } }))
  },
  seen => seen.entry.facts.problems.length > 0 && isTracked(seen),
)

const KINDS: Readonly<Record<string, SayKey>> = {
  'an e-mail address': 'a.email',
  'a phone number': 'a.phone',
  'a signed token': 'a.token',
  'a card number': 'a.card',
  'a secret': 'a.secret',
}

/** What a remark says that it found. Logs keep that in English, so it is read from there. */
const kindOf = (text: string): SaidValue => {
  const [, what = '', place, page = ''] = /^(an? .+?)(?: in (.+?) of (.*))?$/s.exec(text) ?? []
  const kind = KINDS[what]
  if (!kind) return /^a \S+$/.test(text) ? said('a.key', { key: text.slice(2) }) : text
  if (!place) return said(kind)
  if (place === 'the path') return said('a.in-path', { what: said(kind), page })
  return place === 'the parameters'
    ? said('a.in-parameters', { what: said(kind), page })
    : said('a.in-parameter', { what: said(kind), name: place, page })
}

export const piiInUrl = perEvent(
  'pii-in-url',
  ['warning', 'warning'],
  [],
  ({ seen }, hit) => {
    for (const { code, path, text } of seen.entry.facts.remarks ?? [])
      if (code === 'url') hit(text, said('pii-in-url', { path, what: kindOf(text) }))
  },
  isRemarked,
)

export const piiInEvent = perEvent(
  'pii-in-event',
  ['error', 'error'],
  [],
  ({ seen }, hit) => {
    for (const { code, path, text } of seen.entry.facts.remarks ?? [])
      if (code === 'secret' || code === 'contact')
        hit(
          path.replace(/^items\[\d+\]/, 'items'),
          said('pii-in-event', { path, event: seen.name, what: kindOf(text) }),
          {
            severity: code === 'secret' ? 'error' : 'info',
          },
        )
  },
  isRemarked,
)
