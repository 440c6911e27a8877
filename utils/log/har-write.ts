/**
 * A log as HAR 1.2: one HAR entry for each request, readable by whatever reads HAR. What HAR has no place for stands in fields
 * `_identityLens` beside it, so that our own files come back whole: at an entry, its events and the rest of their payload; at the log,
 * what was no request.
 */
import type { Entry, Page, Request, Response } from 'har-format'
import type { EventEntry, LogEntry, Outcome, Payload } from '../identity/entry'
import type { Body, Transport } from '../sdk/event'
import { parseQuery } from '../sdk/query'
import type { OwnPart, PayloadOf } from './own'
import { VERSION } from './shape'

const CREATOR = { name: 'Identity Lens', version: '1' }

const RESOURCE_TYPES: Record<Transport, string> = {
  script: 'script',
  image: 'image',
  fetch: 'fetch',
  xhr: 'xhr',
  beacon: 'ping',
  iframe: 'iframe',
  navigation: 'document',
  form: 'document',
  css: 'stylesheet',
  other: 'other',
}

const isoOf = (at: number): string => new Date(at).toISOString()

/** What HAR says of a body; the rest of it stands in our own part. */
const postDataOf = (body: Body): Request['postData'] =>
  body.state === 'text' || body.state === 'cut'
    ? { mimeType: /^\s*[[{]/.test(body.text) ? 'application/json' : 'text/plain', text: body.text }
    : undefined

const requestOf = ({ url, method, body }: NonNullable<Payload['request']>): Request => {
  const postData = postDataOf(body)
  const [, query = ''] = /\?([^#]*)/.exec(url) ?? []
  return {
    method,
    url,
    httpVersion: '',
    cookies: [],
    headers: [],
    queryString: parseQuery(query, []).map(({ key: name, value }) => ({ name, value })),
    ...(postData ? { postData } : {}),
    headersSize: -1,
    bodySize: body.state === 'none' ? 0 : body.state === 'cut' ? body.bytes : -1,
  }
}

const responseOf = (outcome: Outcome): Response & { _error?: string } => {
  const error = 'error' in outcome ? outcome.error : null
  return {
    status: ('status' in outcome && outcome.status) || 0,
    statusText: '',
    httpVersion: '',
    cookies: [],
    headers: [],
    content: { size: -1, mimeType: '' },
    redirectURL: '',
    headersSize: -1,
    bodySize: -1,
    ...(error === null ? {} : { _error: error }),
  }
}

type OwnEntry = Omit<Entry, '_resourceType'> & { _resourceType?: string; _identityLens: OwnPart }

const entryOf = (
  events: readonly [EventEntry, ...EventEntry[]],
  payload: Payload,
  request: NonNullable<Payload['request']>,
): OwnEntry => {
  const [{ at, place, outcome, request: link }] = events
  const ms = 'ms' in outcome ? outcome.ms : 0
  const { request: _, ...rest } = payload
  const { body } = request
  return {
    ...(place.doc === '' ? {} : { pageref: place.doc }),
    startedDateTime: isoOf(link?.at ?? at),
    time: ms,
    request: requestOf(request),
    response: responseOf(outcome),
    cache: {},
    timings: { send: 0, wait: ms, receive: 0 },
    ...(link ? { _resourceType: RESOURCE_TYPES[link.transport] } : {}),
    _identityLens: {
      entries: events.map(event => ({ ...event, payload: [] })),
      payload: rest,
      // What HAR can't say of a body.
      ...(body.state === 'cut' ? { body: { ...body, text: '' } } : body.state === 'unreadable' ? { body } : {}),
    },
  }
}

function* list(items: Iterable<unknown>): Generator<string> {
  let first = true
  for (const item of items) {
    yield `${first ? '' : ','}\n${JSON.stringify(item)}`
    first = false
  }
}

/** Events of one request in one group, in the order in which the first of them came; what is no request apart. */
function grouped(entries: Iterable<LogEntry>, payloadOf: PayloadOf) {
  const requests = new Map<Payload, [EventEntry, ...EventEntry[]]>()
  const others: OwnPart[] = []
  for (const entry of entries) {
    const payload = entry.kind === 'event' ? payloadOf(entry) : null
    if (entry.kind !== 'event' || !payload?.request) {
      const bare = entry.kind === 'event' ? { ...entry, payload: [] } : entry
      others.push({ entries: [bare], ...(payload ? { payload } : {}) })
      continue
    }
    const events = requests.get(payload)
    if (events) events.push(entry)
    else requests.set(payload, [entry])
  }
  return { requests, others }
}

/** The file in pieces. `payloadOf`: an entry's merged payload, the same object for events of one request. */
export function* harPieces(entries: readonly LogEntry[], payloadOf: PayloadOf): Generator<string> {
  const { requests, others } = grouped(entries, payloadOf)
  const pages = new Map<string, Page>()
  for (const { kind, at, place } of entries)
    if (place.doc !== '' && (kind === 'page' || !pages.has(place.doc)))
      pages.set(place.doc, { id: place.doc, title: place.url, startedDateTime: isoOf(at), pageTimings: {} })
  yield `{"log":{"version":"1.2","creator":${JSON.stringify(CREATOR)},"pages":[`
  yield* list(pages.values())
  yield `],\n"_identityLens":{"version":${VERSION},"entries":[`
  yield* list(others)
  yield ']},\n"entries":['
  for (const [payload, events] of requests)
    if (payload.request)
      yield `${events === requests.values().next().value ? '' : ','}\n${JSON.stringify(entryOf(events, payload, payload.request))}`
  yield ']}}\n'
}
