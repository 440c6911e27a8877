/**
 * Is this URL the SDK's? Asked by the page hook for every request of every page: so it costs next to nothing when the answer
 * is no, calls only natives that it captured before the page could change them, and uses no regular expression (the page
 * would see it in `RegExp.$1`).
 */
import { CONTENT_HOSTS, EVENT_PATH, PUSH_HOST, SCRIPTS, SDK_DOMAIN, SHAPE, SHAPE_PORTAL, STREAM_PATH } from './names'

/**
 * - `event`, `stream_event`: an event by its path, on a host of the SDK or of the user, or on any host with the shape of an event in
 *   its query; on a host of the user the shape counts below any path, since proxies rename it.
 * - `maybe`: an event's path on another host, or any path on a host of the user, and no shape in the query: the body decides
 *   (`isEventShape`). Without a body it is not the SDK's.
 * - `script`: the SDK itself. `other`: traffic of the SDK that is no event.
 */
export type Target = 'event' | 'stream_event' | 'maybe' | 'script' | 'other'

const { call } = Function.prototype

/** A method as a function of its `this`. Bound to the native `call`, so that no property is looked up and no array is made. */
export const uncurry = <T, A extends unknown[], R>(method: (this: T, ...args: A) => R): ((self: T, ...args: A) => R) =>
  call.bind(method) as unknown as (self: T, ...args: A) => R

export const indexOf = uncurry(String.prototype.indexOf)
export const slice = uncurry(String.prototype.slice)
export const lower = uncurry(String.prototype.toLowerCase)
// In a function that is called at once, so that all of it is left out where nobody asks.
const startsWith = /* @__PURE__ */ (() => uncurry(String.prototype.startsWith))()

const NONE: readonly string[] = []
/** Images in pages are often `data:` URLs of a megabyte; no search goes through those. */
const LONG = 2_000

/** Where the path ends: at the query, the fragment, or the end. */
const pathEnd = (url: string): number => {
  const query = indexOf(url, '?')
  const fragment = indexOf(url, '#')
  const first = query < 0 ? fragment : fragment < 0 || query < fragment ? query : fragment
  return first < 0 ? url.length : first
}

/** Is `name` the last segment of the path that ends at `end`? */
const endsWithSegment = (url: string, end: number, name: string): boolean => {
  const start = end - name.length
  if (start < 0 || !startsWith(url, name, start)) return false
  return start === 0 || url[start - 1] === '/' || url[start - 1] === '\\' || (url[start - 1] as string) <= ' '
}

const eventPathAt = (url: string, end: number): 'event' | 'stream_event' | null =>
  endsWithSegment(url, end, EVENT_PATH) ? 'event' : endsWithSegment(url, end, STREAM_PATH) ? 'stream_event' : null

/** Which kind of event the path alone tells: that it is the SDK's, host or shape must say. */
export const eventPath = (url: string): 'event' | 'stream_event' | null => eventPathAt(url, pathEnd(url))

/** `host[:port]` of an absolute or protocol-relative http(s) URL, lower case; '' for a relative one; null if it is of another scheme. */
const hostOf = (url: string, end: number): string | null => {
  let at = 0
  while (at < end && (url[at] as string) <= ' ') at++
  for (let i = at; i < end; i++) {
    const char = url[i]
    if (char === '/' || char === '\\') break
    if (char === ':') {
      const scheme = lower(slice(url, at, i))
      if (scheme !== 'https' && scheme !== 'http') return null
      at = i + 1
      break
    }
  }
  const isSlash = (i: number): boolean => i < end && (url[i] === '/' || url[i] === '\\')
  if (!isSlash(at) || !isSlash(at + 1)) return ''
  at += 2
  let stop = at
  for (; stop < end && !isSlash(stop); stop++) if (url[stop] === '@') at = stop + 1
  return lower(slice(url, at, stop))
}

const withoutPort = (host: string): string => {
  const colon = indexOf(host, ':')
  return colon < 0 || host[0] === '[' ? host : slice(host, 0, colon)
}

/** On a host of the SDK: the labels before its domain; null on other hosts. */
const sdkLabels = (host: string): string | null => {
  if (host === PUSH_HOST) return ''
  const at = host.length - SDK_DOMAIN.length
  if (at < 0 || !startsWith(host, SDK_DOMAIN, at)) return null
  return at === 0 ? '' : host[at - 1] === '.' ? slice(host, 0, at - 1) : null
}

/** Does a text of `key=value` pairs, JSON or multipart parts name this key? */
const namesKey = (text: string, key: string): boolean => {
  for (let at = indexOf(text, key); at >= 0; at = indexOf(text, key, at + 1)) {
    const before = at === 0 ? '&' : text[at - 1]
    const end = at + key.length
    const after = end < text.length ? text[end] : ''
    if ((before === '&' || before === '?') && after === '=') return true
    if (before === '"' && after === '"') return true
  }
  return false
}

/** Can this be a part of an event? A test of a substring, for what runs in pages: it also holds when the text is encoded. */
export const namesPortal = (text: string): boolean => indexOf(text, SHAPE_PORTAL) >= 0

/** What an event has and this request lacks; empty: it has the shape of an event. */
export const lackingShape = (query: string, body: string | null): string[] =>
  SHAPE.filter(key => !namesKey(query, key) && (body === null || !namesKey(body, key)))

/**
 * Has a request to an event path the shape of an event?
 * @param query query string or whole URL
 * @param body text of the body: JSON, urlencoded or multipart; null if it has none
 */
export const isEventShape = (query: string, body: string | null): boolean => {
  for (let i = 0; i < SHAPE.length; i++) {
    const key = SHAPE[i] as string
    if (!namesKey(query, key) && (body === null || !namesKey(body, key))) return false
  }
  return true
}

const holds = (list: readonly string[], text: string): boolean => {
  for (let i = 0; i < list.length; i++) if (list[i] === text) return true
  return false
}

const isScript = (url: string, end: number): boolean => {
  for (let i = 0; i < SCRIPTS.length; i++) if (endsWithSegment(url, end, SCRIPTS[i] as string)) return true
  return false
}

/**
 * Might `classify` say anything of this URL, no host being named? A test of substrings, for what runs in every page on every request:
 * three of them when the answer is no, and hardly ever six.
 */
export const mayConcern = (url: string): boolean =>
  // A long `data:` URL by two of its letters: nothing is made, and nothing searched.
  !(url.length > LONG && url[0] === 'd' && url[4] === ':') &&
  (indexOf(url, SDK_DOMAIN) >= 0 ||
    indexOf(url, PUSH_HOST) >= 0 ||
    (indexOf(url, EVENT_PATH) >= 0 &&
      // `EVENT_PATH` before a query, a fragment, the end; written out, since every page carries what puts it together.
      (indexOf(url, 'event?') >= 0 ||
        indexOf(url, 'event#') >= 0 ||
        indexOf(url, EVENT_PATH, url.length - EVENT_PATH.length) >= 0)))

/**
 * What a URL, as the page gave it (absolute, protocol-relative or relative), is to the SDK; null: nothing.
 * @param hosts further collectors, named by the user: lower case, without scheme, with a port only if it matters
 */
export const classify = (url: string, hosts: readonly string[] = NONE): Target | null => {
  if (hosts.length === 0 && !mayConcern(url)) return null
  const ours = indexOf(url, SDK_DOMAIN) >= 0 || indexOf(url, PUSH_HOST) >= 0
  const end = pathEnd(url)
  const path = eventPathAt(url, end)
  if (!ours && !path && hosts.length === 0) return null
  const full = hostOf(url, end)
  if (full === null) return null
  const host = withoutPort(full)
  const labels = ours ? sdkLabels(host) : null
  if (labels !== null) {
    if (host === PUSH_HOST || holds(CONTENT_HOSTS, labels)) return path && isEventShape(url, null) ? path : 'other'
    if (path) return path
    return isScript(url, end) ? 'script' : 'other'
  }
  const named = holds(hosts, host) || holds(hosts, full)
  if (!path && !named) return null
  if ((path && named) || isEventShape(url, null)) return path ?? EVENT_PATH
  return named && isScript(url, end) ? 'script' : 'maybe'
}
