/** Events of a long visit, as many as are wanted: page views and products, a login and a logout now and then, a new UID after each logout. */
import type { EventEntry, PageEntry } from '../../utils/identity/entry'
import { decodeRequest } from '../../utils/sdk/decode'
import type { RawRequest } from '../../utils/sdk/event'

/** Events between two page loads, and between two logins. */
const PER_PAGE = 20
const PER_VISITOR = 2_000
/** Events of one session. */
const PER_SESSION = 250
/** ms between two events. */
const PACE = 250

const uidOf = (visitor: number): string => `78650000000${String(visitor).padStart(8, '0')}`
/** 32 hexadecimal digits, as an MD5. */
const cidOf = (visitor: number): string => (visitor % 50).toString(16).padStart(2, '0').repeat(16)

/** The n-th request of the visit. */
export function requestOf(n: number): RawRequest {
  const visitor = Math.floor(n / PER_VISITOR)
  const at = n % PER_VISITOR
  const known = at >= 500 && at < PER_VISITOR - 1
  const [ec, ea] =
    at === 500
      ? ['user', 'identify']
      : at === PER_VISITOR - 1
        ? ['user', 'sign_out']
        : n % PER_PAGE === 0
          ? ['pageview', 'view']
          : n % 3 === 0
            ? ['product', 'view']
            : ['browsing', `click_${n % 7}`]
  const customers = known
    ? { customers: { customer_id: cidOf(visitor), ...(at === 500 && { city: `City ${n % 11}` }) } }
    : {}
  const query = new URLSearchParams({
    ec,
    ea,
    en: '',
    ev: '0',
    dims: JSON.stringify({ ...customers, users: { last_product: `AT-${n % 90}` } }),
    items: JSON.stringify([
      { id: `AT-${n % 90}`, name: 'Áo thun cổ tròn "Sài Gòn"', price: 165_000, category: 'Clothing' },
    ]),
    portal_id: '561234567',
    prop_id: '565000001',
    uid: uidOf(visitor),
    cvar: JSON.stringify({
      page_type: 'product',
      session_id: `6164${String(Math.floor(n / PER_SESSION)).padStart(10, '0')}`,
      location_url: `http://shop.test/product/AT-${n % 90}?utm_source=mail&utm_campaign=summer`,
      page_title: `Áo thun ${n % 90}`,
      number: n,
    }),
  })
  return { url: `https://a.cdp.asia/event?${query}`, method: 'GET', body: { state: 'none' }, transport: 'script' }
}

/** The same as an entry of the log, one of `count`, the last of which was just before `until`. */
export function entryOf(
  n: number,
  count: number,
  tab: string,
  until: number,
): { entry: Omit<EventEntry, 'id'> | Omit<PageEntry, 'id'>; payload: { request: RawRequest } | null } {
  const at = until - (count - n) * PACE
  const page = Math.floor(n / PER_PAGE)
  const url = `http://shop.test/product/AT-${page % 90}`
  const place = { tab, frame: 0, doc: `${page}`.padStart(32, '0'), site: 'shop.test', partition: 'normal', url }
  if (n % PER_PAGE === 1) return { entry: { kind: 'page', at, place, how: 'load', late: false }, payload: null }
  const request = requestOf(n)
  const [event] = decodeRequest(request)
  if (!event) throw new Error(`no event: ${request.url}`)
  const link = { at, method: 'GET', host: 'a.cdp.asia', path: '/event', transport: 'script', lanes: 'both', bytes: 0 }
  return {
    entry: {
      kind: 'event',
      at,
      place,
      facts: event.facts,
      call: null,
      request: link as EventEntry['request'],
      outcome: { state: 'done', status: 200, ms: 12 },
      live: true,
      payload: [],
    },
    payload: { request },
  }
}
