/**
 * A stand-in for the vendor's `insight.js`, which can't be shipped: written from what is documented about it and from
 * captured requests, never from its code. The demo shop's browser gets it under the vendor's URL, so that pages and
 * requests look as in production. What nobody outside knows is decided here one way and marked "unknown".
 */
;(() => {
  const DAY = 86_400
  const started = performance.now()
  const stub = window.web_event
  const region = window._AP_REGION === 'ap2' ? 'ap2-' : ''
  const COLLECTOR = `//${region}a.cdp.asia`
  /** Where the stand-in remembers the customer. Unknown for the vendor's script. */
  const CUSTOMER = '_standin_customer'

  // ── what the SDK keeps: cookies on first_party_domain, the UID also in localStorage

  const settings = () => window._cdp365Analytics ?? {}

  const readCookie = name => {
    const pair = document.cookie.split('; ').find(text => text.startsWith(`${name}=`))
    return pair === undefined ? null : decodeURIComponent(pair.slice(name.length + 1))
  }

  const writeCookie = (name, value, seconds = 360 * DAY) => {
    if (seconds > 0 && readCookie(name) === value) return
    const domain = settings().first_party_domain
    const text = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${seconds}; SameSite=Lax`
    document.cookie = domain ? `${text}; Domain=${domain}` : text
  }

  const forget = () => {
    const source = `_pk_id.${window._propId}.`
    for (const pair of document.cookie.split('; ')) {
      const name = pair.split('=')[0]
      if (name.startsWith('_asm_') || ['au_id', '_ac_client_id', '_cdp_cfg', CUSTOMER].includes(name))
        writeCookie(name, '', 0)
      if (name.startsWith(source)) writeCookie(name, '', 0)
    }
    localStorage.removeItem('_asm_uid')
  }

  /** 19 digits, as in captures of 2024: beyond what a number holds exactly. */
  const newId = () => {
    const digits = crypto.getRandomValues(new Uint8Array(19))
    return Array.from(digits, (n, at) => (at === 0 ? 1 + (n % 8) : n % 10)).join('')
  }

  /** The visitor as the cookies have it now, since another tab may have changed it; without one a new one begins. */
  const visitor = (next = newId()) => {
    const known = readCookie('_asm_uid') ?? localStorage.getItem('_asm_uid')
    const uid = known ?? next
    writeCookie('_asm_uid', uid)
    localStorage.setItem('_asm_uid', uid)
    const aid = readCookie('au_id') ?? uid
    writeCookie('au_id', aid)
    if (readCookie('_ac_client_id') === null) writeCookie('_ac_client_id', `${aid}.${Math.floor(Date.now() / 1000)}`)
    if (known === null) writeCookie('_asm_visitor_type', 'n')
    // A visitor that is known comes back when there is no session any more.
    else if (session(false) === null) writeCookie('_asm_visitor_type', 'r')
    writeCookie(`_pk_id.${window._propId}.7d1e`, uid)
    return { uid, aid }
  }

  const SESSION_MS = 30 * 60_000

  /** The session that goes on; without one a new one when `begin`, else null. */
  const session = begin => {
    const now = Date.now()
    try {
      const kept = JSON.parse(readCookie('_asm_ss_view') ?? 'null')
      if (kept !== null && now - kept.last < SESSION_MS) return { ...kept, last: now }
    } catch {
      // A cookie that somebody else wrote is no session.
    }
    return begin ? { sid: newId().slice(0, 16), begun: now, views: 0, last: now } : null
  }

  const keepSession = ss => writeCookie('_asm_ss_view', JSON.stringify(ss))

  // ── one event

  const CARRIES_PERSON = ['identify', 'sign_in', 'sign_up']

  const context = (ec, ea, { aid }, ss, cid) => {
    const values = {
      au_id: aid,
      session_id: ss.sid,
      prop_id: String(window._propId),
      visitor_type: readCookie('_asm_visitor_type') === 'r' ? 'returning' : 'new',
      is_webview: false,
      location_url: location.href,
    }
    if (document.referrer) values.referrer_url = document.referrer
    values.atm_type = 'on_session'
    if (cid) values.identify_type = ec === 'user' && CARRIES_PERSON.includes(ea) ? 'exact' : 'predict'
    values.ss_time = ss.last - ss.begun
    if (ec === 'pageview') {
      values.page_view_order = ss.views
      values.page_title = document.title
    }
    return values
  }

  const request = url => {
    const script = document.createElement('script')
    script.async = true
    script.src = url
    script.onload = script.onerror = () => script.remove()
    ;(document.head ?? document.documentElement).appendChild(script)
  }

  const encode = pairs =>
    pairs
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`)
      .join('&')

  /** A page view takes what it isn't told from `_cdp365Analytics`; so a customer left there comes along (inferred). */
  const withPage = props => {
    const { page, items, dims, extra } = settings()
    return {
      items: props.items ?? items,
      dims: { ...dims, ...props.dims },
      extra: { ...page, ...extra, ...props.extra },
    }
  }

  const send = (ec, ea, given = {}, automatic = false) => {
    const props = ec === 'pageview' ? withPage(given) : given
    const reset = ec === 'user' && ea === 'reset_anonymous_id'
    const who = visitor()
    const ss = session(true)
    if (ec === 'pageview') ss.views += 1
    keepSession(ss)

    const extra = { ...props.extra }
    const customers = { ...props.dims?.customers }
    const cid = customers.customer_id || extra.customer_id || extra.identify_id || readCookie(CUSTOMER)
    if (cid && !reset) writeCookie(CUSTOMER, cid)
    if (reset) {
      extra.reset_uid ??= who.uid
      extra.generate_uid ??= newId()
    }
    // `sign_out` alone keeps the customer: whether the vendor's script drops it there is unknown, and captures show it staying.
    const dims = cid ? { ...props.dims, customers: { customer_id: cid, ...customers } } : { ...props.dims }
    const query = encode([
      ['ec', ec],
      ['ea', ea],
      ['en', automatic ? 'View Page' : ''],
      ['ev', automatic ? '1' : '0'],
      ['items', props.items?.length ? props.items : undefined],
      ['dims', reset ? undefined : dims],
      ['portal_id', String(window._portalId)],
      ['prop_id', String(window._propId)],
      ['uid', who.uid],
      ['cvar', { ...extra, ...context(ec, ea, who, ss, reset ? null : cid) }],
      ['gt_ms', String(Math.round(performance.now() - started))],
    ])
    request(`${COLLECTOR}/event?${query}`)
    if (reset) {
      forget()
      visitor(extra.generate_uid)
      keepSession(session(true))
    }
  }

  /** A call may come as (ec, ea, props) or, from some sites, as ("track", ec, ea, props). */
  const track = (...call) => {
    const [ec, ea, props] = call[0] === 'track' && call.length > 2 ? call.slice(1) : call
    send(String(ec), String(ea), props ?? {})
  }

  /** Sends a URI that the server issued (whole, or the query of `/stream_event`), then follows its link. */
  const trackEventWithUri = (uri, link, target, { trackingOnly = false } = {}) => {
    request(/^(https?:)?\/\//.test(uri) ? uri : `${COLLECTOR}/stream_event?${uri.replace(/^\?/, '')}`)
    if (link && !trackingOnly) window.open(link, target ?? '_self')
  }

  // ── the page's side

  const real = function web_event(...call) {
    track(...call)
  }
  real.track = track
  real.trackEventWithUri = trackEventWithUri
  real.propId = window._propId
  real.queue = []
  window.web_event = real
  window._cdpEventFunction = { md5 }

  if (![0, false, '0'].includes(settings().default_event)) send('pageview', 'view', {}, true)
  for (const call of stub?.queue ?? []) track(...call)

  const afterLoad = () => {
    for (const call of settings().track ?? []) track(...call)
    if (window._cdp365JourneySetting !== 'none') request(`//st-e.cdp.asia/delivery/${window._portalId}.js`)
  }
  if (document.readyState === 'complete') afterLoad()
  else addEventListener('load', afterLoad, { once: true })
})()
