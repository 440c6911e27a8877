/**
 * From the fields of one event to what it says. Whatever way they came (query, form, JSON body, call), they are read here and
 * only here. What can't be read is a Problem beside the event.
 */
import { aboutOf } from './about'
import { contentHash } from './content'
import type { Attributes, DecodedEvent, EventFacts, EventKind, Json, Problem, RawRequest } from './event'
import { type FieldMap, isParameter, isPart, slotOf } from './field-map'
import { isObject, type Tree, valueOf } from './json'
import { kindOf } from './kind'
import { isContextKey, isIdentityKey } from './names'
import { type Parts, partsOf, textOf } from './parts'
import type { Param } from './query'
import { remarksOf } from './remarks'

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
  fields: FieldMap
  /** It came as a JSON body. */
  json: boolean
  /** Known before looking: calls of an app bridge, and what they mean. */
  bridge: { kind: EventKind; cidPath: string; whyNot: string | null } | null
  problems: Problem[]
  part: [n: number, of: number]
}

const EC = slotOf('ec')
const EA = slotOf('ea')
const EN = slotOf('en')
const EV = slotOf('ev')
const UID = slotOf('uid')
const AID = slotOf('aid')
const SID = slotOf('sid')
const CLIENT_ID = slotOf('client_id')
const PORTAL_ID = slotOf('portal_id')
const PROP_ID = slotOf('prop_id')
const RESET_UID = slotOf('reset_uid')
const GENERATE_UID = slotOf('generate_uid')
const RESP_TYPE = slotOf('resp_type')
const REDIRECT_URL = slotOf('redirect_url')
const IS_SERVER = slotOf('is_server')

// ── values

/** An id as a string; null when there is none. */
const idOf = (value: Json | undefined): string | null => textOf(value).trim() || null

/** An id of `extra`, else of an app's context. */
const idIn = ({ extraTree, contextTree }: Parts, key: string): string | null =>
  idOf(valueOf(extraTree, key)) ?? idOf(valueOf(contextTree, key))

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

const resetOf = (fields: FieldMap, extra: Tree | null): EventFacts['reset'] => ({
  from: idOf(valueOf(extra, 'reset_uid')) ?? idOf(fields.at(RESET_UID)),
  to: idOf(valueOf(extra, 'generate_uid')) ?? idOf(fields.at(GENERATE_UID)),
})

const LONGEST = 120
const textOfAll = (rest: Attributes): string =>
  rest
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join('&')
    .slice(0, LONGEST)

const whyNotOf = ({ from, fields, json, bridge }: Source, wire: EventFacts['wire'], ec: string): string | null => {
  if (bridge) return bridge.whyNot
  if (wire === 'stream_event') return 'stream_event'
  if (wire === 'unrecognised') return 'not recognised'
  if (ec === 'advertising') return 'advertising'
  if (ec.startsWith('webpush')) return 'web push'
  if (fields.at(RESP_TYPE) === 'redirect') return 'link of delivered content'
  if (from.transport === 'iframe' || from.transport === 'navigation') return 'delivered content'
  if (textOf(fields.at(IS_SERVER)) === 'true') return 'sent by a server'
  // Of a body that was cut nobody knows what it holds.
  if (json && !from.unread && !fields.has('cvar') && !fields.has('context')) return 'server post'
  return null
}

/** Browser id: its own parameter, the context's, else the part of `client_id` before the time (`0`: not known yet). */
const aidOf = (fields: FieldMap, extra: Tree | null): string | null => {
  const own = idOf(fields.at(AID)) ?? idOf(valueOf(extra, 'au_id'))
  if (own) return own
  const client = textOf(fields.at(CLIENT_ID))
  const dot = client.indexOf('.')
  const first = dot < 0 ? client : client.slice(0, dot)
  return first === '' || first === '0' ? null : first
}

/** Every place that holds a CID, in the order of rules.md. */
const cidsOf = (kind: EventKind, bridge: Source['bridge'], parts: Parts): EventFacts['cids'] => {
  const { things, customers, purchase, extraTree, extraName } = parts
  const cids: EventFacts['cids'] = []
  const add = (path: string, value: Json | undefined): void => {
    const cid = idOf(value)
    if (cid !== null) cids.push([path, cid])
  }
  add(bridge?.cidPath || 'dims.customers.customer_id', valueOf(customers, 'customer_id'))
  add(`${extraName}.customer_id`, valueOf(extraTree, 'customer_id'))
  add(`${extraName}.identify_id`, valueOf(extraTree, 'identify_id'))
  if (kind === 'identify' && things[0]?.type === 'lead') add('items[0].id', things[0].id)
  add('dims.purchase.customer_id', valueOf(purchase, 'customer_id'))
  return cids
}

/** What is no part, or a part that could not be parsed: that stays readable as it came. */
const restOf = (fields: FieldMap, parts: Parts): Pick<DecodedEvent, 'rest' | 'unrecognised'> => {
  const rest: Attributes = []
  const unrecognised: string[] = []
  for (const slot of fields.slots) {
    const name = fields.nameAt(slot)
    const value = fields.at(slot) as Json
    if (isPart(slot) && (value === '' || parts.parsed.includes(slot))) continue
    rest.push([name, value])
    if (!isParameter(slot)) unrecognised.push(name)
  }
  return { rest, unrecognised }
}

/** All facts but those that are told from the others: `about`, `remarks`. */
const factsOf = (source: Source, parts: Parts): EventFacts => {
  const { fields, problems, bridge } = source
  const { customers, users, purchase, extraTree, contextTree } = parts
  const ec = textOf(fields.at(EC))
  const ea = textOf(fields.at(EA))
  const en = textOf(fields.at(EN))
  const named = (ec !== '' && ea !== '') || en !== ''
  const wire = named || bridge || source.from.unread ? source.from.wire : 'unrecognised'
  const kind = bridge ? bridge.kind : kindOf(ec, ea, en)
  const cids = cidsOf(kind, bridge, parts)
  const [cidPath, cid] = cids.at(0) ?? [null, null]
  const identifies = kind === 'login' || kind === 'sign-up' || kind === 'identify'
  const session = idIn(parts, 'session_id') ?? idOf(fields.at(SID))
  const whyNot = whyNotOf(source, wire, ec)
  const app =
    bridge !== null || (source.json && (isObject(valueOf(contextTree, 'app')) || isObject(valueOf(contextTree, 'sdk'))))
  return {
    ec,
    ea,
    en,
    kind,
    wire,
    channel: app ? 'app' : 'web',
    uid: idOf(fields.at(UID)),
    aid: aidOf(fields, extraTree),
    portal: idOf(fields.at(PORTAL_ID)),
    prop: idOf(fields.at(PROP_ID)) ?? idOf(valueOf(extraTree, 'prop_id')),
    cid,
    cidPath,
    cids,
    carries: whyNot === null,
    whyNot,
    customers: attributesOf(customers),
    users: attributesOf(users),
    inferred: identifies ? inferredOf(extraTree, customers) : null,
    system: systemOf(extraTree, source.json ? contextTree : null),
    session: session === '0' ? null : session,
    page: idIn(parts, 'location_url'),
    identifyType: idIn(parts, 'identify_type'),
    reset: kind === 'reset' ? resetOf(fields, extraTree) : null,
    content: contentHash(parts.items, parts.dims, parts.extra, parts.context),
    order: idOf(valueOf(extraTree, 'order_id')) ?? idOf(valueOf(purchase, 'id')),
    about: '',
    problems,
    part: source.part,
  }
}

export const decodeEvent = (source: Source): DecodedEvent => {
  const { fields } = source
  const parts = partsOf(fields, source.problems)
  const { rest, unrecognised } = restOf(fields, parts)
  const facts = factsOf(source, parts)
  facts.about = facts.wire === 'unrecognised' ? textOfAll(rest) : aboutOf(facts, parts)
  // Campaigns' own events say nothing of the site's tracking.
  if (facts.wire !== 'unrecognised' && facts.wire !== 'stream_event') {
    const automatic = facts.en === 'View Page' || (facts.kind === 'page-view' && textOf(fields.at(EV)) === '1')
    const remarks = remarksOf(facts, parts, automatic, fields.at(REDIRECT_URL))
    if (remarks) facts.remarks = remarks
  }
  const { items, dims, extra, extraName, context } = parts
  return { facts, params: source.from.params, items, dims, extra, extraName, context, rest, unrecognised }
}
