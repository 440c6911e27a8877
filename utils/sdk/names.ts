/**
 * Every name that the SDK owns: globals, hosts, cookies, parameters, context keys, events, methods. The only place for them.
 * Letters say how a name is known: D documented by the vendor, C seen in captures, S read in public source, I inferred.
 *
 * The page hook takes a handful of these constants; keep them plain, so that a bundler drops the rest.
 */

// ── the page

/** The web SDK, and before it the loader's stub, whose `queue` it drains (D). */
export const WEB_GLOBAL = 'web_event'
/** What the stub and the SDK can be asked for besides being called themselves (D, S). */
export const WEB_METHODS: readonly string[] = ['track', 'trackEventWithUri']
export const PORTAL_GLOBAL = '_portalId'
/** Id of the source (D). */
export const PROP_GLOBAL = '_propId'
/** Page data and options; its `track` lists calls that the SDK makes after load (D, S). */
export const SETTINGS_GLOBAL = '_cdp365Analytics'

/**
 * Globals under which a page inside an app finds the app SDK. The vendor documents the methods (D), not the global's name (?):
 * the first is the demo's; add what an app is seen to use.
 */
export const BRIDGES: readonly string[] = ['AntsomiBridge']
/** Methods of the app SDKs: Flutter and others (D), React Native (S). */
export const BRIDGE_METHODS: readonly string[] = [
  'setCustomerProps',
  'setCustomerProperties',
  'setCustomerId',
  'removeCustomer',
  'resetCustomer',
  'resetUid',
  'setUid',
  'getUid',
  'getCustomerId',
  'track',
]

// ── hosts and paths

/** Everything of the SDK but its push service lives below it (D C). */
export const SDK_DOMAIN = 'cdp.asia'
/** Push registration: SDK traffic, never an event (C). */
export const PUSH_HOST = 'push.antsomi.com'
/** First labels of hosts that serve campaign content and never take events (C, S). */
export const CONTENT_HOSTS: readonly string[] = ['delivery', 'delivery-cloud', 'sandbox-delivery', 'st-e']
/** File names of the SDK itself (D, C). */
export const SCRIPTS: readonly string[] = ['insight.js', 'custom-event.js', 'antsomiSDKsw.js']

/** Is this the SDK itself, and none of the scripts that it brings along? */
export const isMainScript = (url: string): boolean => url.split(/[?#]/, 1)[0]?.endsWith(`/${SCRIPTS[0]}`) ?? false

/** Last part of the path of an event, and of a campaign's impressions and clicks (D C). */
export const EVENT_PATH = 'event'
export const STREAM_PATH = 'stream_event'

/** An event on a host of the site's own is known by having all of these, in the query or in the body. */
export const SHAPE_PORTAL = 'portal_id'
export const SHAPE: readonly string[] = [SHAPE_PORTAL, 'prop_id', 'ec', 'ea']

/** First label of a region's collector (D C). */
const REGION = /^(?:(?!sandbox)([a-z\d]+)-)?a$/

const labelOf = (host: string): string | null =>
  host.endsWith(`.${SDK_DOMAIN}`) ? host.slice(0, -SDK_DOMAIN.length - 1) : null

/** Region of a collector of the vendor: `a` for the usual one, else its name (`ap2`); null for any other host. */
export const regionOf = (host: string): string | null => {
  const found = REGION.exec(labelOf(host) ?? '')
  return found ? (found[1] ?? 'a') : null
}

/** Does this host of the vendor take what never reaches the portal (S)? */
export const isSandbox = (host: string): boolean => labelOf(host)?.startsWith('sandbox-') ?? false

const SDK_HOSTS: readonly string[] = [
  'st-a.cdp.asia',
  'a.cdp.asia',
  'ap2-a.cdp.asia',
  'sandbox-st-a.cdp.asia',
  'sandbox-a.cdp.asia',
  'sandbox-delivery.cdp.asia',
  'delivery.cdp.asia',
  'delivery-cloud.cdp.asia',
  'st-e.cdp.asia',
  PUSH_HOST,
]

/**
 * What webRequest listens to: the SDK's hosts, and event paths on any host. Four
 * patterns per path, because one alone misses requests without a query or below another path. Never `<all_urls>`: that
 * slows every request of the browser.
 */
export const REQUEST_PATTERNS: readonly string[] = /* @__PURE__ */ (() => [
  ...SDK_HOSTS.map(host => `*://${host}/*`),
  ...[EVENT_PATH, STREAM_PATH].flatMap(path => [
    `*://*/${path}`,
    `*://*/${path}?*`,
    `*://*/*/${path}`,
    `*://*/*/${path}?*`,
  ]),
])()

/** Is this host listened to without being named by the user? */
export const isKnownHost = (host: string): boolean => SDK_HOSTS.includes(host)

/** All hosts of the SDK, as a pattern of the browser's permissions. */
export const SDK_ORIGINS = `*://*.${SDK_DOMAIN}/*`

/** What webRequest listens to besides for a host that the user named: there events may have any path. */
export const hostPattern = (host: string): string => `*://${host}/*`

// ── cookies and storage

/** Holds the UID for 360 days; the SDK looks in localStorage under the same name too (C). */
export const UID_COOKIE = '_asm_uid'
/** Holds the browser id, aid (C). */
export const AID_COOKIE = 'au_id'
export const COOKIES = [
  UID_COOKIE,
  AID_COOKIE,
  '_ac_client_id',
  '_asm_visitor_type',
  '_asm_ss_view',
  '_cdp_cfg',
  '_utm_objs',
  '_atm_objs',
] as const

/** Keys of the SDK in localStorage. */
export const STORED_KEYS: readonly string[] = [UID_COOKIE]

/** `_pk_id.<source>.<hash>` (C). Another vendor's cookies begin alike, but with short site numbers. */
const SOURCE_COOKIE = /^_pk_id\.(\d{6,})\./

/** `_cdp_<event>_tracking`: the SDK sent this event not long ago and holds back a second one (S). */
export const isThrottleCookie = (name: string): boolean => /^_cdp_.*_tracking$/.test(name)

/** Is this a cookie of the SDK? */
export const isSdkCookie = (name: string): boolean =>
  (COOKIES as readonly string[]).includes(name) || SOURCE_COOKIE.test(name) || isThrottleCookie(name)

/** Id of the source that a cookie's name tells; null if it tells none. */
export const sourceOfCookie = (name: string): string | null => SOURCE_COOKIE.exec(name)?.[1] ?? null

// ── an event on the wire

/** Parameters of the query, and keys at the top of JSON bodies, that are known. */
export const PARAMETERS = [
  'ec',
  'ea',
  'en',
  'ev',
  'items',
  'dims',
  'portal_id',
  'prop_id',
  'rec',
  'client_id',
  'log_type',
  'uid',
  'aid',
  'cvar',
  'gt_ms',
  'resp_type',
  'redirect_url',
  'cid',
  'is_debug',
  'delivery_src',
  'is_server',
  'request_id',
  'format',
  'sid',
  'context',
  'extra',
  'reset_uid',
  'generate_uid',
] as const

/** Of a page that is shown inside an app. */
export const IN_APP = 'is_webview'

/** Values that the SDK puts into `cvar` by itself (C); all other keys there are the site's event attributes. */
export const CONTEXT_KEYS = [
  'page_type',
  'page_category',
  'page_cate',
  'page_path',
  'page_title',
  'page_view_order',
  'pv_id',
  'session_id',
  'prop_id',
  'visitor_type',
  IN_APP,
  'location_url',
  'referrer_url',
  'click_bc',
  'utm_source',
  'utm_medium',
  'utm_type',
  'atm_source',
  'atm_type',
  'identify_type',
  'au_id',
  'time_diff',
  'ss_time',
  'item_view_order',
  'revenue',
  'currency',
  'order_id',
  'transaction_id',
] as const

const CONTEXT: ReadonlySet<string> = /* @__PURE__ */ new Set(CONTEXT_KEYS)

export const isContextKey = (key: string): boolean =>
  CONTEXT.has(key) || key.startsWith('utm_') || key.startsWith('atm_')

/** `customer_id` and what names the identification: keys, never attributes of a profile (merge.md §1). */
export const isIdentityKey = (key: string): boolean => key === 'customer_id' || key.startsWith('identify_')

/** Where the SDK tells the URLs of pages, in `cvar` or an app's context (C). */
export const PAGE_KEYS: readonly string[] = ['location_url', 'referrer_url', 'page_path']
/** Texts in `cvar` that everybody can read who looks at the event. */
export const PUBLIC_KEYS: readonly string[] = ['page_title', 'src_search_term']
/** Each item has these (D). */
export const ITEM_KEYS: readonly string[] = ['type', 'id', 'name']

/** Keys that the integration guide asks for, by event (D); any of the alternatives will do (C: `name` is what real sites send). */
export const GUIDE: readonly { ec: string; ea: string; keys: readonly (readonly string[])[] }[] = [
  { ec: 'product', ea: 'purchase', keys: [['customer_id']] },
  { ec: 'product', ea: 'checkout', keys: [['customer_id']] },
  { ec: 'user', ea: 'sign_in', keys: [['customer_id'], ['customer_name', 'name']] },
  { ec: 'browsing', ea: 'product_search', keys: [['src_search_term']] },
  { ec: 'pageview', ea: 'view', keys: [['page_type'], ['page_category', 'page_cate']] },
]

/** What differs between two sendings of one and the same event (rule `event-twice`). */
export const VOLATILE_KEYS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'ss_time',
  'time_diff',
  'gt_ms',
  'pv_id',
  'page_view_order',
  'item_view_order',
  'identify_time',
  'client_id',
])

/** Event categories of the vendor's guide (D), and the `screen`s of its app SDKs (S). Needed to split `<action>_<category>`. */
export const CATEGORIES: readonly string[] = [
  'pageview',
  'browsing',
  'product',
  'promotion_code',
  'advertising',
  'user',
  'lead_form',
  'article',
  'webpush',
  'screen',
  'screenview',
]
