/**
 * From a request or a call to events. One decoder for GET and POST, for the web SDK, servers and the app SDKs: whatever way
 * the fields came, they end up in one map and are read from there. Nothing here throws; what can't be read is a Problem
 * beside the event.
 */
import { aboutOf } from './about'
import { contentHash } from './content'
import type { Attributes, Body, DecodedEvent, EventFacts, EventKind, Json, Problem, RawCall, RawRequest } from './event'
import { isObject, parseJson } from './json'
import { kindOf, splitName } from './kind'
import { classify, eventPath } from './match'
import { isContextKey, isIdentityKey, PARAMETERS, SETTINGS_GLOBAL, SHAPE, STREAM_PATH, WEB_GLOBAL } from './names'
import { decodePercent, excerpt, type Param, parseMultipart, parseQuery } from './query'

type Tree = { [key: string]: Json }
type Fields = Map<string, Json>

/** How an event came; shared by all events of one request. */
interface Arrival {
  params: Param[]
  wire: EventFacts['wire']
  transport: RawRequest['transport']
  /** The body, or a part of it, is not there to be read; so nothing is missing from the event for sure. */
  unread: boolean
}

/** What one event is decoded from. */
interface Source {
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
const PARTS: ReadonlySet<string> = new Set(['items', 'dims', 'cvar', 'extra', 'context'])
const NONE: readonly string[] = []

// ── values

const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

/** An id as a string; null when there is none. */
const idOf = (value: Json | undefined): string | null => textOf(value).trim() || null

/** An object, or the objects of a list as one (iOS sends `dims` as a list, S); null for anything else. */
const treeOf = (value: Json | undefined): Tree | null => {
  if (isObject(value)) return value
  if (!Array.isArray(value)) return null
  const trees = value.filter(isObject)
  return trees.length > 1 ? Object.fromEntries(trees.flatMap(tree => Object.entries(tree))) : (trees[0] ?? null)
}

/** JSON text of a field: as it is, else percent-decoded once more, else JSON inside a JSON string. */
const readText = (field: string, text: string, problems: Problem[]): Json | undefined => {
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
  for (const code of Object.keys(tree)) if (!isIdentityKey(code)) attributes.push([code, tree[code] as Json])
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
  if (extra) for (const key of Object.keys(extra)) if (isContextKey(key)) system.push([key, extra[key] as Json])
  if (context)
    for (const key of Object.keys(context)) {
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
  const [first = ''] = textOf(fields.get('client_id')).split('.')
  return first === '' || first === '0' ? null : first
}

const addCid = (cids: EventFacts['cids'], path: string, value: Json | undefined): void => {
  const cid = idOf(value)
  if (cid !== null) cids.push([path, cid])
}

const decodeEvent = (source: Source): DecodedEvent => {
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
  return { facts, params: source.from.params, items, dims, extra, extraName, context, rest, unrecognised }
}

// ── requests

const queryOf = (url: string): string => {
  const fragment = url.indexOf('#')
  const end = fragment < 0 ? url.length : fragment
  const mark = url.indexOf('?')
  return mark < 0 || mark > end ? '' : url.slice(mark + 1, end)
}

const isEvent = (value: Json | undefined): value is Tree =>
  isObject(value) && (value.ec !== undefined || value.en !== undefined)

/** Adds parameters to fields; of a key that comes twice the first counts, as most readers have it. */
const addParams = (fields: Fields, params: readonly Param[], problems: Problem[]): void => {
  for (const { key, value } of params) {
    if (!fields.has(key)) fields.set(key, value)
    else {
      const earlier = textOf(fields.get(key))
      const both =
        earlier === value ? 'with the same value' : `${excerpt(earlier)} and ${excerpt(value)}; the first is read`
      problems.push({ field: key, code: 'repeated-key', message: `${key} comes twice: ${both}` })
    }
  }
}

/** Puts the fields of a body over those of the query. */
const addObject = (fields: Fields, object: Tree, problems: Problem[]): void => {
  for (const key of Object.keys(object)) {
    const value = object[key] as Json
    const earlier = fields.get(key)
    if (earlier !== undefined && earlier !== value && textOf(earlier) !== textOf(value)) {
      const message = `${key} is ${excerpt(textOf(earlier))} outside and ${excerpt(textOf(value))} in the body; the body's is read`
      problems.push({ field: key, code: 'repeated-key', message })
    }
    fields.set(key, value)
  }
}

interface ReadBody {
  /** Value of a JSON body. */
  json: Json | undefined
  /** Paths of numbers in it that are kept as strings. */
  kept: readonly string[]
  /** Pairs of a form. */
  params: Param[]
  unread: boolean
}

const NO_BODY: ReadBody = { json: undefined, kept: NONE, params: [], unread: false }

const readBody = (body: Body, problems: Problem[]): ReadBody => {
  if (body.state === 'none') return NO_BODY
  const read = NO_BODY
  if (body.state === 'unreadable') {
    problems.push({ field: 'body', code: 'unreadable', message: `the body could not be read: ${body.why}` })
    return { ...read, unread: true }
  }
  const isCut = body.state === 'cut'
  if (body.state === 'cut') {
    const message = `the body has ${body.bytes} bytes, of which the first ${body.text.length} characters were kept`
    problems.push({ field: 'body', code: 'cut', message })
  }
  const text = body.text.replace(/^[\uFEFF\s]+/, '')
  if (text === '') return { ...read, unread: isCut }
  const open = text[0]
  if (open === '-' && text[1] === '-') return { ...read, params: parseMultipart(text), unread: isCut }
  // A whole JSON text may have been percent-encoded, too.
  const isJson = open === '{' || open === '[' || open === '"' || /^%(7B|5B|22)/i.test(text)
  if (!isJson && text.includes('=')) return { ...read, params: parseQuery(text, problems), unread: isCut }
  if (isCut) {
    const { value, kept } = parseJson(text)
    return { ...read, json: value, kept, unread: true }
  }
  const parsed = open === '%' ? null : parseJson(text)
  if (parsed && !parsed.fault && typeof parsed.value !== 'string')
    return { ...read, json: parsed.value, kept: parsed.kept }
  const json = readText('body', text, problems)
  return { ...read, json, unread: json === undefined }
}

/** Several events in one request: the list, what they share, and the path of the list for `kept`. */
interface Several {
  list: Json[]
  shared: Fields
  path: string
  kept: readonly string[]
}

const severalOf = (fields: Fields, body: ReadBody): Several | null => {
  if (Array.isArray(body.json)) return { list: body.json, shared: fields, path: '', kept: body.kept }
  if (fields.has('ec') || fields.has('en')) return null
  for (const [key, value] of fields) {
    if (PARTS.has(key)) continue
    const parsed = typeof value === 'string' && /^\s*[[{]/.test(value) ? parseJson(value) : null
    const inner = parsed ? parsed.value : value
    const list = Array.isArray(inner) ? inner : isObject(inner) ? [inner] : []
    if (!list.some(isEvent)) continue
    const shared = new Map(fields)
    shared.delete(key)
    return { list, shared, path: parsed ? '' : key, kept: parsed?.kept ?? body.kept }
  }
  return null
}

/** A UID that came as a JSON number has lost its digits in every reader but this one. */
const checkUid = (fields: Fields, kept: readonly string[], path: string, problems: Problem[]): void => {
  const uid = fields.get('uid')
  if (typeof uid !== 'number' && !kept.includes(path)) return
  const message = `uid is a number, ${textOf(uid)}; it should be a string, since numbers beyond 2^53 lose digits`
  problems.push({ field: 'uid', code: 'number-uid', message })
}

const hasShape = (fields: Fields): boolean => SHAPE.every(key => fields.has(key))

/**
 * The events of a request, in order: at least one if its URL is for events by its host (`classify`), else those with the
 * shape of an event; none if the request is not the SDK's.
 * @param hosts further collectors, named by the user (see `classify`)
 */
export const decodeRequest = (raw: RawRequest, hosts: readonly string[] = NONE): DecodedEvent[] => {
  const target = classify(raw.url, hosts)
  if (target === 'script' || target === 'other') return []
  const sure = target === 'event' || target === 'stream_event'
  const wire = sure ? target : eventPath(raw.url)
  if (!wire || (!sure && raw.body.state === 'none')) return []

  const problems: Problem[] = []
  const params = parseQuery(queryOf(raw.url), problems)
  const fields: Fields = new Map()
  addParams(fields, params, problems)
  const body = readBody(raw.body, problems)
  if (body.params.length > 0) {
    addParams(fields, body.params, problems)
    params.push(...body.params)
  }
  const { json } = body
  if (isObject(json)) addObject(fields, json, problems)
  else if (json !== undefined && !Array.isArray(json))
    problems.push({
      field: 'body',
      code: 'not-object',
      message: `the body is JSON, but no object: ${excerpt(JSON.stringify(json))}`,
    })

  const from: Arrival = { params, wire, transport: raw.transport, unread: body.unread }
  const several = severalOf(fields, body)
  if (!several || several.list.length === 0) {
    if (!sure && !hasShape(fields) && !(body.unread && fields.has('portal_id') && fields.has('prop_id'))) return []
    checkUid(fields, body.kept, 'uid', problems)
    return [decodeEvent({ from, fields, json: isObject(json), bridge: null, problems, part: [1, 1] })]
  }
  const { list, shared, path, kept } = several
  let fits = sure
  const events = list.map((value, i) => {
    const own = new Map(shared)
    const faults = [...problems]
    if (isObject(value)) {
      for (const key of Object.keys(value)) own.set(key, value[key] as Json)
      checkUid(own, kept, own.get('uid') === value.uid ? `${path}[${i}].uid` : 'uid', faults)
    } else {
      const message = `part ${i + 1} of ${list.length} of the body is no object: ${excerpt(JSON.stringify(value))}`
      faults.push({ field: 'body', code: 'not-object', message })
    }
    fits ||= hasShape(own)
    return decodeEvent({ from, fields: own, json: true, bridge: null, problems: faults, part: [i + 1, list.length] })
  })
  return fits ? events : []
}

// ── calls

const CALLED: Arrival = { params: [], wire: 'call', transport: undefined, unread: false }

const decodeFields = (fields: Fields, problems: Problem[], bridge: Source['bridge'] = null): DecodedEvent =>
  decodeEvent({ from: CALLED, fields, json: false, bridge, problems, part: [1, 1] })

/** `trackEventWithUri(uri)`: a whole URL, or the query string of a stream event (S). */
const decodeUri = (uri: string, problems: Problem[]): DecodedEvent => {
  const path = eventPath(uri)
  const isUrl = path !== null || /^(https?:)?\/\//i.test(uri)
  const query = isUrl ? queryOf(uri) : uri
  const params = parseQuery(query, problems)
  const fields: Fields = new Map()
  addParams(fields, params, problems)
  const from: Arrival = { ...CALLED, params, wire: path ?? STREAM_PATH }
  const decoded = decodeEvent({ from, fields, json: false, bridge: null, problems, part: [1, 1] })
  if (decoded.facts.wire !== 'unrecognised') decoded.facts.wire = 'call'
  return decoded
}

/** `[ec, ea, props]`, `["track", ec, ea, props]`, `["trackEventWithUri", uri]`. */
const decodeWebCall = (method: string, given: Json[], problems: Problem[]): DecodedEvent => {
  if (method === 'trackEventWithUri') return decodeUri(textOf(given[0]), problems)
  if (given[0] === 'trackEventWithUri') return decodeUri(textOf(given[1]), problems)
  const args = given[0] === 'track' && typeof given[2] === 'string' ? given.slice(1) : given
  const [ec, ea, props, ...more] = args
  const fields: Fields = new Map()
  if (ec !== undefined) fields.set('ec', textOf(ec))
  if (ea !== undefined) fields.set('ea', textOf(ea))
  const read = objectOf(props)
  if (read)
    for (const key of Object.keys(read)) {
      const isPart = key === 'items' || key === 'dims' || key === 'extra'
      fields.set(isPart ? key : `props.${key}`, read[key] as Json)
    }
  else if (props !== undefined && props !== null) {
    fields.set('props', props)
    problems.push({
      field: 'props',
      code: 'not-object',
      message: `the third argument is no object: ${excerpt(JSON.stringify(props))}`,
    })
  }
  more.forEach((value, i) => fields.set(`argument ${args.length - more.length + i + 1}`, value))
  return decodeFields(fields, problems)
}

/** An argument that is an object, or the JSON text of one, as bridges to native code like to have it. */
const objectOf = (value: Json | undefined): Tree | null => {
  const read = typeof value === 'string' && value.trimStart().startsWith('{') ? parseJson(value).value : value
  return isObject(read) ? read : null
}

/** `track({en, items, objectProps, customerProps, userProps, eventProps})`, mapped to the wire's names (I). */
const decodeAppTrack = (args: Json[], problems: Problem[]): DecodedEvent => {
  const named = objectOf(args[0])
  const given = named ?? objectOf(args[1]) ?? {}
  const en = textOf(named ? named.en : args[0])
  const fields: Fields = new Map<string, Json>(Object.entries({ ...splitName(en), en }))
  const dims: Tree = { ...treeOf(given.dims), ...treeOf(given.objectProps) }
  if (given.customerProps !== undefined) dims.customers = given.customerProps
  if (given.userProps !== undefined) dims.users = given.userProps
  if (Object.keys(dims).length > 0) fields.set('dims', dims)
  if (given.items !== undefined) fields.set('items', given.items)
  const extra = given.eventProps ?? given.extra
  if (extra !== undefined) fields.set('extra', extra)
  const mapped = ['en', 'items', 'dims', 'objectProps', 'customerProps', 'userProps', 'eventProps', 'extra']
  for (const key of Object.keys(given)) if (!mapped.includes(key)) fields.set(`props.${key}`, given[key] as Json)
  return decodeFields(fields, problems, { kind: kindOf('', '', en), cidPath: '', whyNot: null })
}

/** Calls that say who the customer is. */
const decodeCustomer = (method: string, args: Json[], problems: Problem[]): DecodedEvent => {
  const map = objectOf(args[0])
  const more = objectOf(args[1])
  const id = map ? undefined : args[0]
  let customers: Tree | null = map
  if (!map && id !== undefined && id !== null && method !== 'setCustomerProps') customers = { ...more, customer_id: id }
  if (map && method === 'setCustomerProperties' && map.customer_id === undefined && map.customerId !== undefined) {
    const { customerId, ...attributes } = map
    customers = { ...attributes, customer_id: customerId }
  }
  if (!customers) {
    const message = `the argument of ${method} is no object: ${excerpt(JSON.stringify(args[0] ?? null))}`
    problems.push({ field: 'args', code: 'not-object', message })
  }
  const fields: Fields = new Map()
  if (customers) fields.set('dims', { customers })
  const cidPath = map ? 'map.customer_id' : 'argument'
  return decodeFields(fields, problems, { kind: 'identify', cidPath, whyNot: null })
}

const decodeBridgeCall = (
  method: string,
  args: Json[],
  kept: readonly string[],
  problems: Problem[],
): DecodedEvent | null => {
  const plain = (kind: EventKind, whyNot: string | null, fields: Fields): DecodedEvent =>
    decodeFields(fields, problems, { kind, cidPath: '', whyNot })
  switch (method) {
    case 'track':
      return decodeAppTrack(args, problems)
    case 'setCustomerProps':
    case 'setCustomerProperties':
    case 'setCustomerId':
      return decodeCustomer(method, args, problems)
    case 'removeCustomer':
    case 'resetCustomer':
      return plain('remove', null, new Map())
    case 'resetUid':
      return plain('reset', null, new Map())
    case 'setUid': {
      const fields: Fields = new Map()
      if (args[0] !== undefined) fields.set('uid', args[0])
      checkUid(fields, kept, '[0]', problems)
      return plain('other', 'names a UID only', fields)
    }
  }
  return null
}

/** The event that a call asks for; null for calls that ask for none, like `getUid`. */
export const decodeCall = (call: RawCall): DecodedEvent | null => {
  const names = call.api.split('.')
  const method = names[names.length - 1] ?? ''
  const web = names.includes(WEB_GLOBAL) || names.includes(SETTINGS_GLOBAL)
  const problems: Problem[] = []
  const { value, fault, kept } = parseJson(call.args)
  if (fault) {
    const message = `the arguments are not JSON: ${fault.what} at character ${fault.at + 1} of ${excerpt(call.args)}`
    problems.push({ field: 'args', code: 'not-json', message })
  }
  // What stood before the fault is read: arguments are written by us, so the fault is that they were cut.
  const args = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
  return web ? decodeWebCall(method, args, problems) : decodeBridgeCall(method, args, kept, problems)
}
