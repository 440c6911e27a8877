/**
 * From the fields of one event to what it says. Whatever way they came (query, form, JSON body, call), they are read here and
 * only here. What can't be read is a Problem beside the event.
 */
import { aboutOf } from './about'
import { contentHash } from './content'
import type { Attributes, DecodedEvent, EventFacts, EventKind, Json, Problem, RawRequest } from './event'
import { isObject, parseJson } from './json'
import { kindOf } from './kind'
import { isContextKey, isIdentityKey, PARAMETERS } from './names'
import { decodePercent, excerpt, type Param } from './query'
import { remarksOf } from './remarks'

export type Tree = { [key: string]: Json }
export type Fields = Map<string, Json>

/** How an event came; shared by all events of one request. */
export interface Arrival {
  params: Param[]
  wire: EventFacts['wire']
  transport: RawRequest['transport']
  /** The body, or a part of it, is not there to be read; so nothing is missing from the event for sure. */
  unread: boolean
}

/** What one event is decoded from. */
export interface Source {
  from: Arrival
  fields: Fields
  /** It came as a JSON body. */
  json: boolean
  /** Known before looking: calls of an app bridge, and what they mean. */
  bridge: { kind: EventKind; cidPath: string; whyNot: string | null } | null
  problems: Problem[]
  part: [n: number, of: number]
}

const KNOWN: ReadonlySet<string> = new Set(PARAMETERS)
/** Fields that hold JSON. */
export const PARTS: ReadonlySet<string> = new Set(['items', 'dims', 'cvar', 'extra', 'context'])

// ── values

export const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

/** An id as a string; null when there is none. */
const idOf = (value: Json | undefined): string | null => textOf(value).trim() || null

/** An object, or the objects of a list as one (iOS sends `dims` as a list, S); null for anything else. */
export const treeOf = (value: Json | undefined): Tree | null => {
  if (isObject(value)) return value
  if (!Array.isArray(value)) return null
  const trees = value.filter(isObject)
  return trees.length > 1 ? Object.fromEntries(trees.flatMap(tree => Object.entries(tree))) : (trees[0] ?? null)
}

/** JSON text of a field: as it is, else percent-decoded once more, else JSON inside a JSON string. */
export const readText = (field: string, text: string, problems: Problem[]): Json | undefined => {
  const first = parseJson(text)
  const parsed = first.fault && text.includes('%') ? parseJson(decodePercent(text)) : first
  if (parsed.fault) {
    const { at, what } = first.fault ?? parsed.fault
    const message = `${field} is not JSON: ${what} at character ${at + 1} of ${excerpt(text)}`
    problems.push({ field, code: 'not-json', message })
    return undefined
  }
  const { value } = parsed
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  const inner = parseJson(value)
  return inner.fault ? value : inner.value
}

/** A field that holds JSON, parsed; undefined when it is absent, empty or broken. */
const readPart = (fields: Fields, field: string, problems: Problem[]): Json | undefined => {
  const given = fields.get(field)
  const value = typeof given !== 'string' ? given : given.trim() === '' ? undefined : readText(field, given, problems)
  if (value === undefined || value === null) return value
  const list = Array.isArray(value)
  const fits = field === 'items' ? list : isObject(value) || (field === 'dims' && list)
  if (!fits) {
    const is = list ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
    const message = `${field} is ${is}, not ${field === 'items' ? 'a list' : 'an object'}`
    problems.push({ field, code: 'not-object', message })
  }
  return value
}

const attributesOf = (tree: Tree | null): Attributes | null => {
  if (!tree) return null
  const attributes: Attributes = []
  for (const code in tree) if (!isIdentityKey(code)) attributes.push([code, tree[code] as Json])
  return attributes
}

// ── facts

/** Attributes of the customer that the site put into `cvar` or `extra` (merge.md §1 "inferred"). */
const inferredOf = (extra: Tree | null, customers: Tree | null): Attributes | null => {
  const found: Attributes = []
  for (const key of Object.keys(extra ?? {})) {
    if (isIdentityKey(key)) continue
    if (customers ? Object.hasOwn(customers, key) : !isContextKey(key)) found.push([key, extra?.[key] as Json])
  }
  return found.length > 0 ? found : null
}

/** The SDK's own values; an app's context one level deep, by path. */
const systemOf = (extra: Tree | null, context: Tree | null): Attributes => {
  const system: Attributes = []
  if (extra) for (const key in extra) if (isContextKey(key)) system.push([key, extra[key] as Json])
  if (context)
    for (const key in context) {
      const value = context[key] as Json
      if (!isObject(value)) system.push([`context.${key}`, value])
      else for (const inner of Object.keys(value)) system.push([`context.${key}.${inner}`, value[inner] as Json])
    }
  return system
}

const whyNotOf = ({ from, fields, json, bridge }: Source, wire: EventFacts['wire'], ec: string): string | null => {
  if (bridge) return bridge.whyNot
  if (wire === 'stream_event') return 'stream_event'
  if (wire === 'unrecognised') return 'not recognised'
  if (ec === 'advertising') return 'advertising'
  if (ec.startsWith('webpush')) return 'web push'
  if (fields.get('resp_type') === 'redirect') return 'link of delivered content'
  if (from.transport === 'iframe' || from.transport === 'navigation') return 'delivered content'
  if (textOf(fields.get('is_server')) === 'true') return 'sent by a server'
  if (json && !fields.has('cvar') && !fields.has('context')) return 'server post'
  return null
}

/** Browser id: its own parameter, the context's, else the part of `client_id` before the time (`0`: not known yet). */
const aidOf = (fields: Fields, extra: Tree | null): string | null => {
  const own = idOf(fields.get('aid')) ?? idOf(extra?.au_id)
  if (own) return own
  const client = textOf(fields.get('client_id'))
  const dot = client.indexOf('.')
  const first = dot < 0 ? client : client.slice(0, dot)
  return first === '' || first === '0' ? null : first
}

const addCid = (cids: EventFacts['cids'], path: string, value: Json | undefined): void => {
  const cid = idOf(value)
  if (cid !== null) cids.push([path, cid])
}

export const decodeEvent = (source: Source): DecodedEvent => {
  const { fields, problems, bridge } = source
  const items = readPart(fields, 'items', problems)
  const dims = readPart(fields, 'dims', problems)
  const cvar = readPart(fields, 'cvar', problems)
  const given = readPart(fields, 'extra', problems)
  const context = readPart(fields, 'context', problems)
  const extra = isObject(cvar) && isObject(given) ? { ...given, ...cvar } : (cvar ?? given)
  const extraName = fields.has('cvar') ? 'cvar' : 'extra'

  const ec = textOf(fields.get('ec'))
  const ea = textOf(fields.get('ea'))
  const en = textOf(fields.get('en'))
  const named = (ec !== '' && ea !== '') || en !== ''
  const wire = named || bridge || source.from.unread ? source.from.wire : 'unrecognised'
  const kind = bridge ? bridge.kind : kindOf(ec, ea, en)

  const dimsTree = treeOf(dims)
  const extraTree = treeOf(extra)
  const contextTree = treeOf(context)
  const customers = treeOf(dimsTree?.customers)
  const users = treeOf(dimsTree?.users)
  const purchase = treeOf(dimsTree?.purchase)
  const things: Tree[] = []
  if (Array.isArray(items)) {
    for (const item of items) if (isObject(item)) things.push(item)
  } else if (isObject(items)) things.push(items)
  const [first] = things

  const cids: [path: string, value: string][] = []
  addCid(cids, bridge?.cidPath || 'dims.customers.customer_id', customers?.customer_id)
  addCid(cids, `${extraName}.customer_id`, extraTree?.customer_id)
  addCid(cids, `${extraName}.identify_id`, extraTree?.identify_id)
  if (kind === 'identify' && first?.type === 'lead') addCid(cids, 'items[0].id', first.id)
  addCid(cids, 'dims.purchase.customer_id', purchase?.customer_id)
  const [cidPath, cid] = cids[0] ?? [null, null]

  const identifies = kind === 'login' || kind === 'sign-up' || kind === 'identify'
  const session = idOf(extraTree?.session_id) ?? idOf(contextTree?.session_id) ?? idOf(fields.get('sid'))
  const identifyType = idOf(extraTree?.identify_type) ?? idOf(contextTree?.identify_type)
  const page = idOf(extraTree?.location_url) ?? idOf(contextTree?.location_url)
  const reset =
    kind === 'reset'
      ? {
          from: idOf(extraTree?.reset_uid) ?? idOf(fields.get('reset_uid')),
          to: idOf(extraTree?.generate_uid) ?? idOf(fields.get('generate_uid')),
        }
      : null
  const customerAttributes = attributesOf(customers)
  const inferred = identifies ? inferredOf(extraTree, customers) : null
  const whyNot = whyNotOf(source, wire, ec)
  const app = bridge !== null || (source.json && (isObject(contextTree?.app) || isObject(contextTree?.sdk)))

  const rest: Attributes = []
  const unrecognised: string[] = []
  const parts: Record<string, Json | undefined> = { items, dims, cvar, extra: given, context }
  for (const [key, value] of fields) {
    // What could not be parsed stays readable as it came.
    if (PARTS.has(key) && (parts[key] !== undefined || value === '')) continue
    rest.push([key, value])
    if (!KNOWN.has(key)) unrecognised.push(key)
  }
  const facts: EventFacts = {
    ec,
    ea,
    en,
    kind,
    wire,
    channel: app ? 'app' : 'web',
    uid: idOf(fields.get('uid')),
    aid: aidOf(fields, extraTree),
    portal: idOf(fields.get('portal_id')),
    prop: idOf(fields.get('prop_id')) ?? idOf(extraTree?.prop_id),
    cid,
    cidPath,
    cids,
    carries: whyNot === null,
    whyNot,
    customers: customerAttributes,
    users: attributesOf(users),
    inferred,
    system: systemOf(extraTree, source.json ? contextTree : null),
    session: session === '0' ? null : session,
    page,
    identifyType,
    reset,
    content: contentHash(items, dims, extra, context),
    order: idOf(extraTree?.order_id) ?? idOf(purchase?.id),
    about:
      wire === 'unrecognised'
        ? rest
            .map(([key, value]) => `${key}=${textOf(value)}`)
            .join('&')
            .slice(0, 120)
        : aboutOf({
            kind,
            identifyType,
            cidPath,
            customers: customerAttributes,
            inferred,
            reset,
            page,
            items: things,
            dims: dimsTree,
            extra: extraTree,
            context: contextTree,
          }),
    problems,
    part: source.part,
  }
  // Campaigns' own events say nothing of the site's tracking.
  const remarks =
    wire === 'unrecognised' || wire === 'stream_event'
      ? undefined
      : remarksOf({
          facts,
          automatic: en === 'View Page' || textOf(fields.get('ev')) === '1',
          items: things,
          dims: dimsTree,
          extra: extraTree,
          extraName,
          context: contextTree,
          redirect: fields.get('redirect_url'),
        })
  if (remarks) facts.remarks = remarks
  return { facts, params: source.from.params, items, dims, extra, extraName, context, rest, unrecognised }
}
