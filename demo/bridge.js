/**
 * A minimal app bridge, as a page inside an app finds one: the surface that the app SDKs document, and JSON posts of the shape
 * that the open app SDKs of 2020 send. What the closed SDKs of today send is unknown. On its own a browser has no such
 * object, so this one stands in for it.
 */
;(() => {
  const COLLECTOR = '//a.cdp.asia/event'
  const KEPT = '_standin_app'
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}')

  const newDeviceId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16).padStart(2, '0')).join('')

  const state = {
    device: kept.device ?? newDeviceId(),
    uid: kept.uid,
    /** The present customer; null when nobody is logged in. */
    cid: kept.cid ?? null,
    sid: String(Date.now()).slice(0, 10),
  }
  state.uid ??= state.device
  const keep = () => {
    const { device, uid, cid } = state
    localStorage.setItem(KEPT, JSON.stringify({ device, uid, cid }))
  }
  keep()

  const context = () => ({
    app: { name: 'Chợ Nhỏ', version: '1.0', build: '1' },
    sdk: { name: 'Stand-in app SDK', version: '1.0', build: '1' },
    device: { id: state.device, type: 'Android', model: 'Demo' },
    os: { name: 'Android', version: '14' },
    navigation: location.pathname,
    locale: 'vi',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  })

  /** `en` is `<action>_<category>`; a category holds no underscore. */
  const split = en => {
    const at = en.lastIndexOf('_')
    return { ea: en.slice(0, at), ec: en.slice(at + 1) }
  }

  const post = ({ ec, ea, items = [], dims = {}, extra = {} }) => {
    const query = new URLSearchParams({ portal_id: window._portalId, prop_id: window._propId, resp_type: 'json' })
    const body = { uid: state.uid, aid: state.device, sid: state.sid, ec, ea, context: context(), items, dims, extra }
    fetch(`${COLLECTOR}?${query}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      keepalive: true,
    }).catch(() => {
      // An app's SDK doesn't tell the page that the collector was out of reach.
    })
  }

  const known = () => (state.cid === null ? {} : { customer_id: state.cid })

  /** Sends one event; the present customer's id goes with it. */
  const track = ({ en, items, objectProps = {}, customerProps, userProps, eventProps }) => {
    const dims = { ...objectProps }
    if (userProps) dims.users = userProps
    if (customerProps || state.cid) dims.customers = { ...known(), ...customerProps }
    post({ ...split(en), items, dims, extra: eventProps })
  }

  /** Makes the visitor a customer: `customer_id` and any further attributes, code → value. */
  const setCustomerProps = props => {
    state.cid = props.customer_id ?? state.cid
    keep()
    post({ ec: 'user', ea: 'identify', dims: { customers: { ...known(), ...props } } })
  }

  /** From now on no event belongs to the customer; the UID stays. Sends nothing. */
  const removeCustomer = () => {
    state.cid = null
    keep()
  }

  /** Begins a new visitor: `<device id>_<n>`, as the app SDKs of 2020 do. */
  const resetUid = () => {
    const [, count = '0'] = state.uid.split('_')
    const next = `${state.device}_${Number(count) + 1}`
    post({ ec: 'user', ea: 'reset_anonymous_id', extra: { reset_uid: state.uid, generate_uid: next } })
    state.uid = next
    removeCustomer()
  }

  window.AntsomiBridge = {
    track,
    setCustomerProps,
    setCustomerProperties: setCustomerProps,
    setCustomerId: customer_id => setCustomerProps({ customer_id }),
    removeCustomer,
    resetCustomer: removeCustomer,
    resetUid,
    setUid: uid => {
      state.uid = uid
      keep()
    },
    getUid: () => state.uid,
    getCustomerId: () => state.cid,
  }
})()
