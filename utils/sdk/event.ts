/**
 * What one tracked event is, once decoded. Everything here is plain data: it goes through IndexedDB,
 * JSON and `structuredClone` unchanged. Letters in comments (D C S I ?) say how well a fact about the
 * vendor is known: documented, captured, read in public source, inferred, unknown.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Attribute code → value, as a list of pairs: a page may well send a code named `__proto__`. */
export type Attributes = [code: string, value: Json][]

/** How a request left the page. `navigation`, `iframe`, `form`, `css`, `other` are seen by the network lane only. */
export type Transport =
  | 'script'
  | 'image'
  | 'fetch'
  | 'xhr'
  | 'beacon'
  | 'iframe'
  | 'navigation'
  | 'form'
  | 'css'
  | 'other'

/** The body of a request as far as anybody could read it. */
export type Body =
  | { state: 'none' }
  | { state: 'text'; text: string }
  /** Kept up to the cap; `bytes` is the whole size, or with `least` a bound: it has that many, or more. */
  | { state: 'cut'; text: string; bytes: number; least?: true }
  /** Nobody could read it; `why` is a sentence fragment for the user ("stream, not readable"). */
  | { state: 'unreadable'; why: string }

/** One HTTP request, undecoded. */
export interface RawRequest {
  url: string
  /** Upper case. */
  method: string
  body: Body
  /** If known: frames and navigations are delivered content, which carries no identity. */
  transport?: Transport
}

/** One call of the SDK by the page (or by the panel on the page's behalf), arguments as lossless JSON text. */
export interface RawCall {
  /** `web_event`, `web_event.track`, `web_event.trackEventWithUri`, `<bridge>.setCustomerProps`, … */
  api: string
  /** JSON array of the arguments. What JSON can't hold is written as a string like "[function]". */
  args: string
}

/** One call to make on the page, on behalf of the panel. */
export interface PageCall {
  /** Path from the page's global object: `web_event.track`, `<bridge>.removeCustomer`. */
  api: string
  args: Json[]
}

/** Something in an event that could not be read. Never an exception: the event is there, with this beside it. */
export interface Problem {
  /** `items`, `dims`, `cvar`, `context`, `extra`, `body`, `url` or a query parameter's name. */
  field: string
  /** Stable id of the kind of problem. */
  code: 'not-json' | 'bad-percent' | 'cut' | 'unreadable' | 'not-object' | 'repeated-key' | 'number-uid'
  /** One sentence for the user: what and where (position, raw start). */
  message: string
}

/**
 * Something that a rule speaks of and that only the whole event can tell: noted while it is decoded, so that the row needs no
 * payload. Values of persons are masked or left out, but for `person`.
 * - `item`: `text` names the keys that an item at `path` lacks
 * - `missing`: a key that the vendor's guide asks for (D)
 * - `code`, `reserved`: an attribute's code; `long`: `text` is the value's length
 * - `secret`, `contact`: `text` says what the value is (`a password`, `an e-mail address`)
 * - `url`: `text` says what in which page's parameter, the page without what is personal
 * - `person`: an e-mail address, phone number or name that an event other than login and identify has in `cvar` or `extra`
 */
export interface Remark {
  code: 'item' | 'missing' | 'code' | 'reserved' | 'long' | 'secret' | 'contact' | 'url' | 'person'
  path: string
  text: string
}

/**
 * What an event means for identity (`rules.md` §0):
 * login, logout and reset are requests or calls; identify may be `user/identify` or an app's `setCustomerProps`;
 * remove exists only as a call.
 */
export type EventKind =
  | 'login'
  | 'sign-up'
  | 'identify'
  | 'logout'
  | 'remove'
  | 'reset'
  | 'purchase'
  | 'page-view'
  | 'other'

/**
 * The compact facts of one event: all that the list, the reducer and the rules need, so that neither has to
 * open the payload. The full tree is decoded again from the payload when somebody looks.
 */
export interface EventFacts {
  /** Event category and action; empty string when the wire had none. */
  ec: string
  ea: string
  en: string
  kind: EventKind
  /** `event` and `stream_event` by path; `call` when only a call was seen; `unrecognised` when the SDK's host got something that fits no shape. */
  wire: 'event' | 'stream_event' | 'call' | 'unrecognised'
  /** App: JSON body with `context.app` or `context.sdk`, or an app-bridge call. */
  channel: 'web' | 'app'
  /** Always strings, never numbers (UIDs go beyond 2^53). null = not on this event. */
  uid: string | null
  aid: string | null
  portal: string | null
  prop: string | null
  /** CID(e) of rules.md §0 and the path it was read from. */
  cid: string | null
  cidPath: string | null
  /** Every place of this event that holds a CID, in the order of rules.md: `[path, value]`. */
  cids: [path: string, value: string][]
  /** Identity-carrying (rules.md §0 "IC"); when false, `whyNot` says why in a few words. */
  carries: boolean
  whyNot: string | null
  /** `dims.customers` (or the map of setCustomerProps) without the keys `customer_id`; null = absent. */
  customers: Attributes | null
  /** `dims.users`; null = absent. */
  users: Attributes | null
  /**
   * Only on login, sign-up and identify: attributes of the customer found in `cvar`/`extra`: those whose key is
   * also in `dims.customers`, or all non-context keys when there is no `dims.customers` (merge.md §1, marked *inferred*).
   */
  inferred: Attributes | null
  /** Names of the SDK's own context values on this event with their values, for the folded *system* group. */
  system: Attributes
  /** `session_id`, null when absent or 0. */
  session: string | null
  /** `location_url`. */
  page: string | null
  identifyType: string | null
  /** On reset events: `reset_uid` and `generate_uid`. */
  reset: { from: string | null; to: string | null } | null
  /** Hash of canonical (items, dims, cvar) without the volatile keys of rule `event-twice`. */
  content: string
  /** Non-empty `order_id` or `dims.purchase.id`. */
  order: string | null
  /** Short text for the list: page title, product names and price, what was set. */
  about: string
  problems: Problem[]
  /** Absent when there is nothing to remark, as on most events. */
  remarks?: Remark[]
  /** One request may carry several events: `[1, 1]`, `[2, 3]`. */
  part: [n: number, of: number]
}

/** One event decoded whole, for the detail view, exports and `audit`. */
export interface DecodedEvent {
  facts: EventFacts
  /** The wire's parameters in order, raw and decoded (percent-decoding undone once). */
  params: { key: string; raw: string; value: string }[]
  /** Parsed values; undefined = key absent, which is not the same as null. */
  items: Json | undefined
  dims: Json | undefined
  /** `cvar` on the web GET; `extra` of a JSON body or call. */
  extra: Json | undefined
  /** What the wire calls it. */
  extraName: 'cvar' | 'extra'
  /** `context` of JSON bodies. */
  context: Json | undefined
  /** Everything else, known or not, by name; also the text of a part that could not be parsed. */
  rest: Attributes
  /** Names of parameters that protocol.md doesn't know. */
  unrecognised: string[]
}
