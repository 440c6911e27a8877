/**
 * From a request or a call to events. One decoder for GET and POST, for the web SDK, servers and the app SDKs: whatever way
 * the fields came, they end up in one map and are read from there (facts.ts). Nothing here throws.
 */
import type { Body, DecodedEvent, EventKind, Json, Problem, RawCall, RawRequest } from './event'
import { type Arrival, decodeEvent, type Source } from './facts'
import { FieldMap, PARTS } from './field-map'
import { isObject, parseJson, type Tree } from './json'
import { kindOf, splitName } from './kind'
import { classify, eventPath } from './match'
import { EVENT_PATH, SETTINGS_GLOBAL, SHAPE, STREAM_PATH, WEB_GLOBAL } from './names'
import { readText, textOf, treeOf } from './parts'
import { excerpt, type Param, parseMultipart, parseQuery } from './query'

const NONE: readonly string[] = []
/** Events of one request that are read. No SDK sends so many, and a body of nothing but commas holds a hundred thousand. */
const MOST = 500

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
const addParams = (fields: FieldMap, params: readonly Param[], problems: Problem[]): void => {
  for (const { key, value } of params) {
    const first = fields.get(key)
    if (first === undefined) fields.set(key, value)
    else {
      const earlier = textOf(first)
      const both =
        earlier === value ? 'with the same value' : `${excerpt(earlier)} and ${excerpt(value)}; the first is read`
      problems.push({ field: key, code: 'repeated-key', message: `${key} comes twice: ${both}` })
    }
  }
}

/** Puts the fields of a body over those of the query. */
const addObject = (fields: FieldMap, object: Tree, problems: Problem[]): void => {
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
    const message = `the body has ${body.least ? 'at least ' : ''}${body.bytes} bytes, of which the first ${body.text.length} characters were kept`
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

/** Several events in one request: the list, what they share, and the path of each in the JSON that `kept` speaks of. */
interface Several {
  list: Json[]
  shared: FieldMap
  pathOf: (index: number) => string
  kept: readonly string[]
}

const severalOf = (fields: FieldMap, body: ReadBody): Several | null => {
  if (Array.isArray(body.json)) return { list: body.json, shared: fields, pathOf: i => `[${i}].`, kept: body.kept }
  if (fields.has('ec') || fields.has('en')) return null
  for (const [key, value] of fields.entries()) {
    if (PARTS.includes(key)) continue
    const parsed = typeof value === 'string' && /^\s*[[{]/.test(value) ? parseJson(value) : null
    const inner = parsed ? parsed.value : value
    const list = Array.isArray(inner) ? inner : [inner]
    if (!list.some(isEvent)) continue
    const shared = fields.copy(key)
    const path = parsed ? '' : key
    const pathOf = (i: number): string => (Array.isArray(inner) ? `${path}[${i}].` : path && `${path}.`)
    return { list: list as Json[], shared, pathOf, kept: parsed?.kept ?? body.kept }
  }
  return null
}

/** A UID that came as a JSON number has lost its digits in every reader but this one. */
const checkUid = (fields: FieldMap, kept: readonly string[], path: string, problems: Problem[]): void => {
  const uid = fields.get('uid')
  if (typeof uid !== 'number' && !kept.includes(path)) return
  const message = `uid is a number, ${textOf(uid)}; it should be a string, since numbers beyond 2^53 lose digits`
  problems.push({ field: 'uid', code: 'number-uid', message })
}

const hasShape = (fields: FieldMap): boolean => SHAPE.every(key => fields.has(key))

/**
 * The events of a request, in order: at least one if its URL is for events by its host (`classify`), else those with the
 * shape of an event; none if the request is not the SDK's.
 * @param hosts further collectors, named by the user (see `classify`)
 */
export const decodeRequest = (raw: RawRequest, hosts: readonly string[] = NONE): DecodedEvent[] => {
  const target = classify(raw.url, hosts)
  if (target === 'script' || target === 'other') return []
  const sure = target === 'event' || target === 'stream_event'
  const wire = sure ? target : target === 'maybe' ? (eventPath(raw.url) ?? EVENT_PATH) : null
  if (!wire || (!sure && raw.body.state === 'none')) return []

  const problems: Problem[] = []
  const params = parseQuery(queryOf(raw.url), problems)
  const fields = new FieldMap()
  addParams(fields, params, problems)
  const body = readBody(raw.body, problems)
  if (body.params.length > 0) {
    const form = new FieldMap()
    addParams(form, body.params, problems)
    addObject(fields, Object.fromEntries(form.entries()), problems)
    for (const param of body.params) params.push(param)
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
  const { list, shared, pathOf, kept } = several
  if (list.length > MOST) {
    const message = `the body has ${list.length} parts, of which the first ${MOST} are read`
    problems.push({ field: 'body', code: 'cut', message })
  }
  let fits = sure
  const events = list.slice(0, MOST).map((value, i) => {
    const own = shared.copy()
    const faults = [...problems]
    if (isObject(value)) {
      for (const key of Object.keys(value)) own.set(key, value[key] as Json)
      checkUid(own, kept, value.uid === undefined ? 'uid' : `${pathOf(i)}uid`, faults)
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

const decodeFields = (fields: FieldMap, problems: Problem[], bridge: Source['bridge'] = null): DecodedEvent =>
  decodeEvent({ from: CALLED, fields, json: false, bridge, problems, part: [1, 1] })

/** `trackEventWithUri(uri)`: a whole URL, or the query string of a stream event (S). */
const decodeUri = (uri: string, problems: Problem[]): DecodedEvent => {
  const path = eventPath(uri)
  const isUrl = path !== null || /^(https?:)?\/\//i.test(uri)
  const query = isUrl ? queryOf(uri) : uri
  const params = parseQuery(query, problems)
  const fields = new FieldMap()
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
  const fields = new FieldMap()
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
  const fields = new FieldMap()
  const { ec, ea } = splitName(en)
  fields.set('ec', ec)
  fields.set('ea', ea)
  fields.set('en', en)
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
  const fields = new FieldMap()
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
  const plain = (kind: EventKind, whyNot: string | null, fields: FieldMap): DecodedEvent =>
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
      return plain('remove', null, new FieldMap())
    case 'resetUid':
      return plain('reset', null, new FieldMap())
    case 'setUid': {
      const fields = new FieldMap()
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
