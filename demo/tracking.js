/**
 * The shop's tracking, as a site writes it from the vendor's guide: one call per thing that a visitor did.
 * `window.shopPage` says what the page is and what the form before it did.
 */
window.shopTracking = (() => {
  const page = window.shopPage
  const app = page.sdk === 'app'

  /** Category and action with the guide's `{items, dims, extra}`, through whichever SDK the page has. */
  const track = (ec, ea, props = {}) => {
    if (!app) return window.web_event.track(ec, ea, props)
    const { users, customers, ...objectProps } = props.dims ?? {}
    window.AntsomiBridge.track({
      en: `${ea}_${ec}`,
      items: props.items,
      objectProps,
      userProps: users,
      customerProps: customers,
      eventProps: props.extra,
    })
  }

  /** The SDK brings the hash function; the guide tells sites to wait for it. Who asked first comes first, though it may come between two who ask. */
  const waiting = []
  const useHash = () => {
    if (!app && !window._cdpEventFunction) return setTimeout(useHash, 50)
    for (const use of waiting.splice(0)) use()
  }
  const whenHash = use => {
    if (waiting.push(use) === 1) useHash()
  }

  const hashed = { phone: text => (app ? page.ids.phone : window._cdpEventFunction.md5(text)) }
  hashed.email = text => (app ? page.ids.email : window._cdpEventFunction.md5(text))
  hashed.nothing = () => (app ? page.ids.nothing : window._cdpEventFunction.md5(''))

  const customerId = ({ phone, email }) => {
    if (page.mistake === 'raw-email') return email
    if (page.mistake === 'md5-of-nothing') return hashed.nothing()
    return phone ? hashed.phone(phone) : hashed.email(email)
  }

  const attributes = ({ name, phone, email, birthday, city, loyalty_points }) => ({
    name,
    ...(phone && page.mistake !== 'md5-of-nothing' && { phone }),
    ...(email && { email }),
    ...(birthday && { birthday: `${birthday} 00:00:00` }),
    ...(city && { city }),
    loyalty_points,
  })

  const now = () =>
    new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')

  const identify = customers => {
    if (app) window.AntsomiBridge.setCustomerProps(customers)
    else track('user', 'identify', { dims: { customers }, extra: customers })
  }

  /** Sign-up and login: the event itself, then the identification with all that is known. */
  const loggedIn = (action, person) =>
    whenHash(() => {
      const customers = { customer_id: customerId(person), ...attributes(person) }
      const extra = {
        customer_id: customers.customer_id,
        customer_name: person.name,
        identify_event: action,
        identify_time: now(),
      }
      // In an app the login event comes first and without the customer, as documented.
      if (app) track('user', action, { extra: { identify_event: action, identify_time: extra.identify_time } })
      else track('user', action, { dims: { customers }, extra })
      identify(customers)
    })

  const loggedOut = () => {
    track('user', 'sign_out')
    if (page.mistake === 'keep-customer') return
    if (app) window.AntsomiBridge.removeCustomer()
    else track('user', 'reset_anonymous_id')
  }

  const withCustomer = use => {
    if (page.person) whenHash(() => use({ customer_id: customerId(page.person) }))
    else use({})
  }

  const PER_PAGE = {
    category: () => track('browsing', 'product_list_view', { items: page.items }),
    product: () => {
      const [item] = page.items
      const users = { last_product: item.name, favourite_category: item.main_category }
      track('product', 'view', { items: page.items, dims: { users } })
    },
    search: () =>
      track('browsing', 'product_search', {
        items: page.items,
        extra: { src_search_term: page.term, page_type: 'search' },
      }),
    cart: () => page.items.length > 0 && track('product', 'view_cart', { items: page.items }),
    checkout: () =>
      page.items.length > 0 &&
      withCustomer(who => track('product', 'checkout', { items: page.items, extra: { ...who, currency: 'VND' } })),
    'thank-you': () => {
      if (page.happened !== 'purchase') return
      const { id, revenue } = page.order
      withCustomer(who =>
        track('product', 'purchase', {
          items: page.items,
          dims: { purchase: { id, ...who } },
          extra: { ...who, order_id: id, revenue, currency: 'VND' },
        }),
      )
    },
    account: () => {
      if (page.happened === 'sign_up' || page.happened === 'sign_in') loggedIn(page.happened, page.person)
      if (page.mistake === 'second-cid' && page.person?.email)
        whenHash(() => identify({ customer_id: hashed.email(page.person.email), ...attributes(page.person) }))
    },
    'logged-out': () => {
      if (page.happened === 'sign_out') loggedOut()
      if (!app) track('pageview', 'view')
    },
  }

  if (app) track('screenview', 'view', { extra: { page_type: page.kind, page_category: page.category } })
  else if (page.mistake === 'double-pageview')
    track('pageview', 'view', { extra: { page_type: page.kind, page_category: page.category } })
  PER_PAGE[page.kind]?.()

  return {
    addToCart: size => {
      const items = page.items.map(item => ({ ...item, ...(size && { sku: `${item.id}-${size}` }) }))
      const users = size ? { size } : undefined
      track('product', 'add_to_cart', { items, dims: users && { users } })
    },
    removeFromCart: id => track('product', 'remove_cart', { items: page.items.filter(item => item.id === id) }),
    chooseCity: city => track('delivery', 'choose_city', { dims: { users: { city } } }),
  }
})()
