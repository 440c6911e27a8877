/**
 * The log's vocabulary: one `LogEntry` per thing that happened. The recorder writes them, `reduce` reads them.
 * Ids are given by the log, grow by one and never repeat; an entry that learns more later (its outcome, its call)
 * is written again under the same id, and the later version counts.
 */
import type { EventFacts, Json, Transport } from '../sdk/event'

/** Where something happened. */
export interface Place {
  /** `<browser session>:<tab id>`; the session is random, since tab ids come again after a restart. Tab −1: a service worker. */
  tab: string
  frame: number
  /** The document: the browser's documentId, else an id of ours. */
  doc: string
  /** Registrable domain of the page that holds identity; IPs and localhost (with no port) are their own. '' unknown. */
  site: string
  /** `normal`, `private`, or a container's cookieStoreId. */
  partition: string
  /** The document's URL, cut at 2,048 characters. */
  url: string
}

export type Outcome =
  /** The call waits in the stub's queue; nothing has left. */
  | { state: 'queued' }
  /** Under way: called or started, end not seen yet. */
  | { state: 'pending' }
  /** The server answered. `ms` from start to end. A 200 does not prove that the event was accepted. */
  | { state: 'done'; status: number; ms: number }
  /** The server answered and has the event; the browser hid the answer from the page (ORB, CORP, CORS). */
  | { state: 'hidden'; status: number; error: string; ms: number }
  /** HTTP ≥ 400 (`status`) or a network error (`error`). */
  | { state: 'failed'; status: number | null; error: string | null; ms: number }
  /** Never left: an extension, the page's CSP, an administrator. */
  | { state: 'blocked'; by: 'csp' | 'client' | 'administrator'; error: string }
  /** The call returned and no request followed in SENT. */
  | { state: 'not-sent' }
  /** Nobody saw the end: the page went away, the recorder slept. Says nothing about the server. */
  | { state: 'unknown'; why: string }

/** The page's call, when one was seen. */
export interface CallLink {
  at: number
  /** As in RawCall. */
  api: string
  /** Who called: the page, or this extension's panel (then `command` names the action). */
  by: 'page' | 'panel'
  command: string | null
  /** It went into the stub's queue first. */
  queued: boolean
  /** The nearest frame of the page in the stack: `login.js:42`; null if unknown. */
  caller: string | null
}

/** The request, when one was seen. */
export interface RequestLink {
  at: number
  transport: Transport
  method: string
  host: string
  /** Path without query. */
  path: string
  /** Size of URL and body in bytes. */
  bytes: number
  /** It is a bound: the body was cut, and nobody knows how long it was. */
  least?: true
  /** Which lanes saw it. `hook` alone: asked for, but the browser never listed it. */
  lanes: 'hook' | 'network' | 'both'
}

interface EntryBase {
  id: number
  /** ms since the epoch. Events: time of the call if joined, else of the request's start. Order is (at, id). */
  at: number
  place: Place
}

export interface EventEntry extends EntryBase {
  kind: 'event'
  facts: EventFacts
  call: CallLink | null
  request: RequestLink | null
  outcome: Outcome
  /** Was the SDK live in that document when it was called (so that a request was to be expected)? */
  live: boolean
  /** Where the payload lies: chunk ids and positions in it; merged when opened. */
  payload: PayloadRef[]
  /** From a prerendered document that nobody has looked at yet. */
  prerender?: true
}

export type PayloadRef = [chunk: number, index: number]

/** The bulky rest of an event. Parts of several lanes are merged by key, the later wins. */
export interface Payload {
  request?: { url: string; method: string; body: import('../sdk/event').Body }
  /** `dataLayer`: name of the last event in the page's, when a tag manager made the call. */
  call?: { api: string; args: string; stack: string; dataLayer?: string }
  /** Answer's headers of interest, redirects, the browser's words. */
  notes?: string[]
}

/** A document began, came back, or changed its route. */
export interface PageEntry extends EntryBase {
  kind: 'page'
  how: 'load' | 'restored' | 'route' | 'prerender' | 'shown'
  /** The hook came after page code had run (tab was open before the extension). */
  late: boolean
}

export type SdkState = 'absent' | 'queue' | 'live' | 'blocked'

/** What the page has of the SDK, whenever it changes. */
export interface SdkEntry extends EntryBase {
  kind: 'sdk'
  state: SdkState
  /** Calls waiting in the stub's queue. */
  queue: number
  /** The web SDK by the name of its global; otherwise the app bridge's global name. */
  api: string | null
  portal: string | null
  prop: string | null
  /** The SDK's script: its URL, when it was asked for (not in logs of the first builds), and how it ended; null = not requested. */
  script: { url: string; at?: number; outcome: Outcome } | null
}

/** A value of the SDK in cookies or localStorage of the site changed or was first seen. */
export interface StoredEntry extends EntryBase {
  kind: 'stored'
  where: 'cookie' | 'localStorage'
  name: string
  /** null = gone. */
  value: string | null
  cause: 'seen' | 'set' | 'removed' | 'expired'
}

/**
 * The recorder did not watch for a while; verdicts on silence are void in between. `hook`: the frame at `place` has no hook, so what
 * it calls can't be seen, for as long as its page is shown.
 */
export interface GapEntry extends EntryBase {
  kind: 'gap'
  cause: 'paused' | 'lost' | 'hook'
  until: number | null
  detail: Json
}

/** What a tester says of the visit while he checks a site (login and logout check). */
export type MarkKind =
  /** The check begins here; what came before is not looked at. */
  | 'start'
  /** He has just logged in, has just logged out, found himself logged out by the server, is somebody else from now on. */
  | 'login'
  | 'logout'
  | 'expired'
  | 'other'
  | 'stop'

/** A tester's word. `place.site` is the site that he checks, whatever page his tab shows. */
export interface MarkEntry extends EntryBase {
  kind: 'mark'
  what: MarkKind
  /** Label of the person whom he is now; null: not said. */
  who: string | null
  /** His tab showed a page of another site: an identity provider's, as a rule. */
  away: boolean
}

/**
 * The user cleared a tab: what is logged of it before this (`isCleared`) is not shown any more. `open`: it is still there, so that the
 * clear can be taken back; `undone`: that happened; `done`: it was taken away for good.
 */
export interface ClearEntry extends EntryBase {
  kind: 'clear'
  state: 'open' | 'undone' | 'done'
}

/**
 * Written as an entry of its own, then found to be part of another one: a request that was logged before the call that made
 * it was heard of. It takes the place of the earlier version under its id; readers skip it, counters take it back.
 */
export interface VoidEntry extends EntryBase {
  kind: 'void'
  into: number
}

export type LogEntry = EventEntry | PageEntry | SdkEntry | StoredEntry | GapEntry | MarkEntry | ClearEntry | VoidEntry

/** A holder of identity (rules.md "H"), as one string: `<partition>|<site>|<portal>`. */
export const holderKey = (partition: string, site: string, portal: string | null): string =>
  `${partition}|${site}|${portal ?? ''}`

/** The parts of a holder's key. */
export const readHolderKey = (key: string): { partition: string; site: string; portal: string | null } => {
  const [partition = '', site = '', portal = ''] = key.split('|')
  return { partition, site, portal: portal || null }
}

/** Is this tab key (`<session>:<tab>`) that of what no tab asked for, as service workers do? */
export const isNoTab = (tab: string): boolean => tab.endsWith(':-1')

/** Of a private window? A relay whose tab is closed knows no container, but always this. */
export const isPrivate = (partition: string): boolean => partition === 'private'

/** ms in which a clear can be undone. */
export const UNDO = 5 * 60_000

/** Does a clear take an entry away? What was under way and came later belongs before it, too. */
export const isCleared = (entry: LogEntry, clear: Pick<ClearEntry, 'id' | 'at' | 'place'>): boolean =>
  entry.place.tab === clear.place.tab && entry.id !== clear.id && (entry.id < clear.id || entry.at < clear.at)

/** Order of all entries: by time, ties by id. */
export const byTime = (a: Pick<LogEntry, 'at' | 'id'>, b: Pick<LogEntry, 'at' | 'id'>): number =>
  a.at - b.at || a.id - b.id
