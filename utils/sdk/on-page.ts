/**
 * What a page has set for the SDK: which globals, how what it says of them is read, and what of it looks left over from the route
 * before. All of it is a claim of the page.
 */
import type { Json } from './event'
import { isObject, parseJson } from './json'
import { PORTAL_GLOBAL, PROP_GLOBAL, SETTINGS_GLOBAL, WEB_GLOBAL } from './names'

/** Globals that are looked at; and that whose `queue` holds calls until the SDK is there. */
export const PAGE_GLOBALS: readonly string[] = [PORTAL_GLOBAL, PROP_GLOBAL, SETTINGS_GLOBAL]
export const QUEUE_GLOBAL = WEB_GLOBAL

/** Letters of a page's claim, at most. */
export const CLAIM_CAP = 60_000

/** What a page has set at one moment. */
export interface PageSide {
  portal: Json | undefined
  prop: Json | undefined
  /** Its data and options; undefined: it has none. */
  settings: Json | undefined
  /** Calls that wait; null: there is no queue. */
  queue: number | null
}

/** Reads the JSON array that the page's side was told as: the globals in order, then the length of the queue. null: it is none. */
export function readPageSide(claim: unknown): PageSide | null {
  if (typeof claim !== 'string' || claim.length > 4 * CLAIM_CAP) return null
  const { value, fault } = parseJson(claim)
  if (fault !== null || !Array.isArray(value)) return null
  const [portal, prop, settings, queue] = value.map(each => (each === null ? undefined : each))
  return { portal, prop, settings, queue: typeof queue === 'number' ? queue : null }
}

/** Keys of the settings that hold the site's own objects, a part each. */
const OBJECTS: readonly string[] = ['dims']
const CUSTOMERS = 'dims.customers'
/** What says how the SDK behaves, and not what the page is about: it may stay for good. */
const OPTIONS: readonly string[] = ['default_event', 'first_party_domain', 'track']

/** The settings, part by part: `page`, `items`, `dims.customers`, … */
export function partsOf(settings: Json | undefined): Map<string, Json> {
  if (!isObject(settings)) return new Map(settings === undefined ? [] : [['', settings]])
  return new Map(
    Object.entries(settings).flatMap(([key, value]): [string, Json][] =>
      OBJECTS.includes(key) && isObject(value)
        ? Object.entries(value).map(([inner, each]) => [`${key}.${inner}`, each])
        : [[key, value]],
    ),
  )
}

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)
const isEmpty = (value: Json): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

export type Change = 'new' | 'changed' | 'same' | 'gone'
/**
 * Why a part may be left over. `route`: the route changed, and it didn't. `nobody`: a customer, though nobody is identified. `other`:
 * another customer than the one who is.
 */
export type Stale = 'route' | 'nobody' | 'other'

export interface Part {
  path: string
  value: Json | undefined
  /** Since the route before; null: there was none to compare with. */
  change: Change | null
  stale: Stale | null
  /** The CID in it. */
  cid: string | null
}

/** Who the visitor is by the log: null: nobody; undefined: not known. */
type Identified = string | null | undefined

const cidOf = (value: Json | undefined): string | null => {
  const cid = isObject(value) ? value.customer_id : undefined
  return typeof cid === 'string' || typeof cid === 'number' ? String(cid) : null
}

/**
 * The parts of what is set now, those that look left over first.
 * @param before what was set on the route before, of the same document; undefined: there was none, or another document: then all that
 *   is there was set by the page itself
 */
export function comparePage(settings: Json | undefined, before: PageSide | undefined, identified: Identified): Part[] {
  const now = partsOf(settings)
  const then = before && partsOf(before.settings)
  const paths = [...new Set([...now.keys(), ...(then?.keys() ?? [])])]
  const parts = paths.map((path): Part => {
    const value = now.get(path)
    const change = !then
      ? null
      : !then.has(path)
        ? 'new'
        : value === undefined
          ? 'gone'
          : same(value, then.get(path))
            ? 'same'
            : 'changed'
    const cid = path === CUSTOMERS ? cidOf(value) : null
    const stale =
      cid !== null && identified !== undefined && cid !== identified
        ? identified === null
          ? 'nobody'
          : 'other'
        : change === 'same' && path !== CUSTOMERS && !OPTIONS.includes(path) && value !== undefined && !isEmpty(value)
          ? 'route'
          : null
    return { path, value, change, stale, cid }
  })
  return [...parts.filter(({ stale }) => stale), ...parts.filter(({ stale }) => !stale)]
}
