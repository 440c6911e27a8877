/** What the join knows of documents, calls and requests while they are under way. */
import type { CallLink, EventEntry, Outcome, Payload, Place, RequestLink, SdkEntry } from '../identity/entry'
import type { DecodedEvent, RawRequest, Transport } from '../sdk/event'
import type { Likeness } from './likeness'
import type { Row } from './rows'

export const PENDING: Outcome = { state: 'pending' }

/** A call of the SDK. */
export interface Call {
  link: CallLink
  part: Payload
  /** null: a call that is no event (`getUid`). */
  event: Likeness | null
  /** Its entry; null for such a call. */
  row: Row<EventEntry> | null
  /** The SDK took it out of the stub's queue and made it. */
  drained: boolean
  /** The request that carried it is found. */
  joined: boolean
}

/** One request, as far as both lanes know it. */
export interface Exchange {
  doc: Doc
  /** Where the page was when it asked. */
  place: Place
  raw: RawRequest
  /** `raw` as a part of the payload. */
  part: Payload
  /** Of before a restart, or of just after it: something of it may have been missed. As long as `shortUrl`, only host and path of its URL are known. */
  resumed: boolean
  shortUrl: boolean
  transport: Transport
  /** Start by the page's clock, and by the network's; null = that lane didn't see it. */
  asked: number | null
  started: number | null
  /** The network's id of it; '' = not listed yet. */
  listed: string
  /** Status of the answer's headers; 0 = none yet. */
  status: number
  outcome: Outcome
  /** What `raw` holds; null = not decoded yet. */
  events: DecodedEvent[] | null
  rows: Row<EventEntry>[]
  /** The call that caused it, and which of the events is that call's own (−1: none). */
  call: Call | null
  own: number
  notes: string[]
  /** It was cleared: what comes after it is not told. */
  cleared: boolean
  /** It ended, and holds no event: that was told. */
  dismissed: boolean
  /** Of an outcome that goes by who aborted it. `known`: its page had spoken by then. */
  abort: { at: number; error: string; known: boolean } | null
}

export interface Doc {
  place: Place
  /** Where both lanes find it: the browser's documentId, else tab and frame. */
  where: string
  prerender: boolean
  /** Id of the relay that spoke for it; null: only the network lane knows it. */
  nonce: string | null
  /** When it was first heard of in either lane, its own beginning apart: it was there by then. */
  heardAt: number
  hiddenAt: number | null
  /** Start of the last navigation that was to replace it. */
  ledAwayAt: number | null
  liveAt: number | null
  calls: Map<number, Call>
  exchanges: Map<number, Exchange>
  /** Requests whose body the hook is still reading. */
  bodies: Map<number, Exchange>
  /** Calls whose request is not found yet, oldest first. */
  waiting: Call[]
  /** Failed by being aborted: says nothing if the page is found to be leaving. */
  aborted: Exchange[]
  /** Entries to be rewritten when the prerendered page is shown. */
  unseen: Row<EventEntry>[]
  /** What the hook said last. */
  page: Pick<SdkEntry, 'queue' | 'api' | 'portal' | 'prop'> & { state: 'absent' | 'queue' | 'live' }
  script: { url: string; at: number; outcome: Outcome } | null
  sdk: Row<SdkEntry> | null
}

export const NOTHING: Doc['page'] = { state: 'absent', queue: 0, api: null, portal: null, prop: null }

export const newDoc = (place: Place, where: string, prerender: boolean): Doc => ({
  place,
  where,
  prerender,
  heardAt: Number.POSITIVE_INFINITY,
  nonce: null,
  hiddenAt: null,
  ledAwayAt: null,
  liveAt: null,
  calls: new Map(),
  exchanges: new Map(),
  bodies: new Map(),
  waiting: [],
  aborted: [],
  unseen: [],
  page: NOTHING,
  script: null,
  sdk: null,
})

export const newExchange = (doc: Doc, raw: RawRequest, transport: Transport): Exchange => ({
  doc,
  place: doc.place,
  raw,
  part: { request: raw },
  resumed: false,
  shortUrl: false,
  transport,
  asked: null,
  started: null,
  listed: '',
  status: 0,
  outcome: PENDING,
  events: null,
  rows: [],
  call: null,
  own: -1,
  notes: [],
  cleared: false,
  dismissed: false,
  abort: null,
})

export const requestLink = ({ raw, transport, asked, started }: Exchange): RequestLink => {
  const { host, pathname } = URL.canParse(raw.url) ? new URL(raw.url) : { host: '', pathname: raw.url.slice(0, 200) }
  const { body } = raw
  const size =
    body.state === 'text' ? new TextEncoder().encode(body.text).length : body.state === 'cut' ? body.bytes : 0
  return {
    at: round(started ?? asked ?? 0),
    transport,
    method: raw.method,
    host,
    path: pathname,
    bytes: raw.url.length + size,
    ...(body.state === 'cut' && body.least && { least: true }),
    lanes: started === null ? 'hook' : asked === null ? 'network' : 'both',
  }
}

/** To tenths of a millisecond, never below 0. */
export const round = (ms: number): number => Math.max(0, Math.round(ms * 10) / 10)

/** URL and line of the topmost frame of a stack. */
export const topFrame = (stack: string): { url: string; line: string } | null => {
  const [, url, line] = /((?:https?|blob|file|data|webpack):[^\s()]*?):(\d+):\d+\)?$/m.exec(stack) ?? []
  return url && line ? { url, line } : null
}

/** `login.js:42`; null if it is not known. */
export const callerOf = (stack: string): string | null => {
  const frame = topFrame(stack)
  const [, , host = '', ...path] = frame?.url.split(/[?#]/, 1)[0]?.split('/') ?? []
  const name = path.at(-1) || host
  return frame && name ? `${name.slice(-80)}:${frame.line}` : null
}
