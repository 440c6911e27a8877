/**
 * The demo shop: pages wired the way the vendor's guide tells sites to. It knows nothing of HTTP servers; it turns a
 * request into a reply. Accounts, carts and orders are in memory and end with the process.
 */
import { createHash, randomUUID } from 'node:crypto'
import { BINH, CATEGORIES, type Category, CITIES, type Person, PRODUCTS, type Product } from './catalogue'
import { html, literal, Markup } from './markup'

/** Faults to order with `?mistake=`, for tests and for people who learn what they look like. */
export const MISTAKES = {
  none: 'No mistake',
  'keep-customer': 'Log out without removing the customer',
  'raw-email': 'The raw e-mail address as CID',
  'second-cid': 'A second CID on the same UID (the account page identifies by e-mail)',
  'md5-of-nothing': 'MD5 of a phone that is missing',
  'double-pageview': 'Every page view twice (automatic and by hand)',
  'sdk-blocked': 'The SDK is blocked (by the page’s own policy)',
} as const
export type Mistake = keyof typeof MISTAKES

export const PORTAL = '561234567'
export const SOURCE = '565000001'

export interface ShopRequest {
  method: string
  url: URL
  cookies: ReadonlyMap<string, string>
  /** Fields of a form post. */
  form: URLSearchParams
}

export interface Reply {
  status: number
  headers: Record<string, string | string[]>
  body: string
}

interface Line {
  product: Product
  size: string
  quantity: number
}

interface Order {
  id: string
  lines: Line[]
  total: number
}

/** What a visitor of the shop has here; found by the shop's own cookie. */
interface Basket {
  lines: Line[]
  person: Person | null
  city: string
  order: Order | null
  /** What the form before this page did; told to the page once, so that it tracks it once. */
  happened: 'sign_up' | 'sign_in' | 'sign_out' | 'purchase' | null
}

type PageKind =
  | 'home'
  | 'category'
  | 'product'
  | 'search'
  | 'cart'
  | 'checkout'
  | 'thank-you'
  | 'sign-up'
  | 'login'
  | 'account'
  | 'logged-out'
  | 'not-found'

interface Page {
  kind: PageKind
  title: string
  /** `page_category` of the SDK's page settings. */
  category: string
  lines: Line[]
  term?: string
  content: Markup
}

/** As the page's tracking gets it (`window.shopPage`, see tracking.js). */
interface PageFacts {
  kind: PageKind
  sdk: 'web' | 'app'
  mistake: Mistake
  happened: Basket['happened']
  category: string
  term: string | null
  items: object[]
  order: { id: string; revenue: number } | null
  person: Person | null
  /** An app gets its customer's id from its own back end; a web page hashes it with the SDK's helper. */
  ids: { phone: string; email: string; nothing: string } | null
}

/** As the vendor's example makes a CID. */
export const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const dong = (amount: number): string => `${amount.toLocaleString('de-DE')} ₫`
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D')
    .toLowerCase()
const localPhone = (text: string): string => text.replace(/\D/g, '').replace(/^84/, '0')
const total = (lines: readonly Line[]): number =>
  lines.reduce((sum, line) => sum + line.product.price * line.quantity, 0)
const one = (product: Product): Line => ({ product, size: '', quantity: 1 })

const redirect = (to: string, cookies: string[] = []): Reply => ({
  status: 303,
  headers: { Location: to, 'Set-Cookie': cookies },
  body: '',
})

/** `.shop.test` for any host below shop.test, and so on; none for IPs and localhost, where the cookies stay on the host itself. */
const cookieDomain = (host: string): string | null =>
  /(?:^|\.)([^.]+\.test)$/.exec(host)?.[1]?.replace(/^/, '.') ?? null

export class Shop {
  readonly #people: Person[] = [{ ...BINH }]
  readonly #baskets = new Map<string, Basket>()

  respond(request: ShopRequest): Reply {
    const { url, cookies } = request
    const sticky = ['mistake', 'sdk'].filter(name => url.searchParams.has(name))
    if (request.method === 'GET' && sticky.length > 0) {
      const set = sticky.map(
        name => `shop_${name}=${encodeURIComponent(url.searchParams.get(name) ?? '')}; Path=/; SameSite=Lax`,
      )
      for (const name of sticky) url.searchParams.delete(name)
      return redirect(url.pathname + url.search, set)
    }
    const known = cookies.get('shop')
    const id = known && this.#baskets.has(known) ? known : randomUUID()
    const basket = this.#baskets.get(id) ?? { lines: [], person: null, city: 'Hà Nội', order: null, happened: null }
    this.#baskets.set(id, basket)

    const reply = request.method === 'POST' ? this.#act(request, basket) : this.#show(request, basket)
    if (id !== known) reply.headers['Set-Cookie'] = [`shop=${id}; Path=/; SameSite=Lax; HttpOnly`]
    return reply
  }

  // ── what forms and buttons do

  #act({ url, form }: ShopRequest, basket: Basket): Reply {
    const field = (name: string): string => (form.get(name) ?? '').trim()
    switch (url.pathname) {
      case '/cart/add': {
        const product = PRODUCTS.find(({ id }) => id === field('product'))
        if (!product) return this.#json(404, { error: `no product ${field('product')}` })
        const size = field('size')
        const same = basket.lines.find(line => line.product === product && line.size === size)
        if (same) same.quantity += 1
        else basket.lines.push({ product, size, quantity: 1 })
        return this.#json(200, { count: basket.lines.reduce((sum, { quantity }) => sum + quantity, 0) })
      }
      case '/cart/remove':
        basket.lines = basket.lines.filter(line => line.product.id !== field('product') || line.size !== field('size'))
        return redirect('/cart')
      case '/city':
        basket.city = field('city') || basket.city
        return this.#json(200, { city: basket.city })
      case '/checkout': {
        if (basket.lines.length === 0) return redirect('/cart')
        basket.order = { id: `DH${Date.now()}`, lines: basket.lines, total: total(basket.lines) }
        basket.lines = []
        basket.happened = 'purchase'
        return redirect('/thank-you')
      }
      case '/sign-up': {
        const phone = localPhone(field('phone'))
        const email = field('email').toLowerCase()
        if (!field('name') || (!phone && !email))
          return redirect('/sign-up?say=A name and a phone number or e-mail, please.')
        if (this.#find(phone, email))
          return redirect('/login?say=There is an account for this phone or e-mail: log in.')
        const person: Person = {
          name: field('name'),
          phone,
          email,
          birthday: field('birthday'),
          city: field('city'),
          loyalty_points: 50,
        }
        this.#people.push(person)
        basket.person = person
        basket.happened = 'sign_up'
        return redirect('/account')
      }
      case '/login': {
        const who = field('who')
        const person = this.#find(localPhone(who), who.toLowerCase())
        if (!person) return redirect('/login?say=Nobody here has this phone or e-mail: sign up first.')
        basket.person = person
        basket.happened = 'sign_in'
        return redirect('/account')
      }
      case '/logout':
        if (basket.person) basket.happened = 'sign_out'
        basket.person = null
        return redirect('/logged-out')
      default:
        return this.#json(404, { error: `nothing takes a post at ${url.pathname}` })
    }
  }

  #find(phone: string, email: string): Person | undefined {
    return this.#people.find(person => (phone && person.phone === phone) || (email && person.email === email))
  }

  #json(status: number, body: object): Reply {
    return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  }

  // ── pages

  #show({ url, cookies }: ShopRequest, basket: Basket): Reply {
    const page = this.#page(url, basket)
    const mistake = cookies.get('shop_mistake') ?? 'none'
    const facts: PageFacts = {
      kind: page.kind,
      sdk: cookies.get('shop_sdk') === 'app' ? 'app' : 'web',
      mistake: mistake in MISTAKES ? (mistake as Mistake) : 'none',
      happened: basket.happened,
      category: page.category,
      term: page.term ?? null,
      items: page.lines.map(line => this.#item(line, url)),
      order: page.kind === 'thank-you' && basket.order ? { id: basket.order.id, revenue: basket.order.total } : null,
      person: basket.person,
      ids: null,
    }
    if (facts.sdk === 'app' && basket.person)
      facts.ids = { phone: md5(basket.person.phone), email: md5(basket.person.email), nothing: md5('') }
    basket.happened = null
    const headers: Reply['headers'] = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }
    if (facts.mistake === 'sdk-blocked') headers['Content-Security-Policy'] = "script-src 'self' 'unsafe-inline'"
    return { status: page.kind === 'not-found' ? 404 : 200, headers, body: this.#frame(page, facts, basket, url) }
  }

  #item({ product, size, quantity }: Line, url: URL): object {
    const category = CATEGORIES.find(({ slug }) => slug === product.category)
    return {
      type: 'product',
      id: product.id,
      name: product.name,
      sku: size ? `${product.id}-${size}` : product.id,
      page_url: `${url.origin}/product/${product.id}`,
      main_category: category?.english ?? '',
      price: product.price,
      original_price: product.price,
      currency: 'VND',
      quantity,
    }
  }

  #page(url: URL, basket: Basket): Page {
    const [, first = '', second = ''] = decodeURIComponent(url.pathname).split('/')
    const say = url.searchParams.get('say')
    const note = say === null ? null : html`<p class="note" role="status">${say}</p>`
    switch (first) {
      case '': {
        const content = html`
          <section class="hero"><h1>Chợ Nhỏ</h1><p>Đồ nhà làm, giao trong ngày. Small market, same-day delivery.</p></section>
          <div id="banner"></div>
          ${this.#grid(PRODUCTS)}`
        return { kind: 'home', title: 'Trang chủ', category: 'Home', lines: [], content }
      }
      case 'category': {
        const category = CATEGORIES.find(({ slug }) => slug === second)
        if (!category) break
        const products = PRODUCTS.filter(product => product.category === category.slug)
        const content = html`<h1>${category.name} <small>${category.english}</small></h1>${this.#grid(products)}`
        return { kind: 'category', title: category.name, category: category.english, lines: products.map(one), content }
      }
      case 'product': {
        const product = PRODUCTS.find(({ id }) => id === second)
        if (!product) break
        const category = CATEGORIES.find(({ slug }) => slug === product.category)
        return {
          kind: 'product',
          title: product.name,
          category: category?.english ?? '',
          lines: [one(product)],
          content: this.#product(product, category),
        }
      }
      case 'search': {
        const term = url.searchParams.get('q') ?? ''
        const found = PRODUCTS.filter(({ name, english }) => plain(`${name} ${english}`).includes(plain(term)))
        const content = html`<h1>“${term}” <small>${found.length} found</small></h1>${this.#grid(found)}`
        return { kind: 'search', title: `Tìm: ${term}`, category: 'Search', lines: found.map(one), term, content }
      }
      case 'cart':
        return { kind: 'cart', title: 'Giỏ hàng', category: 'Cart', lines: basket.lines, content: this.#cart(basket) }
      case 'checkout': {
        if (basket.lines.length === 0) {
          const content = html`<h1>Thanh toán <small>Checkout</small></h1><p>The cart is empty. <a href="/">Look around</a>.</p>`
          return { kind: 'checkout', title: 'Thanh toán', category: 'Checkout', lines: [], content }
        }
        return {
          kind: 'checkout',
          title: 'Thanh toán',
          category: 'Checkout',
          lines: basket.lines,
          content: this.#checkout(basket),
        }
      }
      case 'thank-you': {
        const { order } = basket
        if (!order) break
        const content = html`<h1>Cảm ơn! <small>Thank you</small></h1>
          <p>Order <b id="order">${order.id}</b>, ${dong(order.total)}, is on its way.</p><p><a href="/">On with the shopping</a></p>`
        return { kind: 'thank-you', title: 'Cảm ơn', category: 'Thank you', lines: order.lines, content }
      }
      case 'sign-up':
        return {
          kind: 'sign-up',
          title: 'Đăng ký',
          category: 'Sign up',
          lines: [],
          content: this.#signUp(note, basket.city),
        }
      case 'login':
        return { kind: 'login', title: 'Đăng nhập', category: 'Login', lines: [], content: this.#login(note) }
      case 'account':
        return {
          kind: 'account',
          title: 'Tài khoản',
          category: 'Account',
          lines: [],
          content: this.#account(basket.person),
        }
      case 'logged-out': {
        const content = html`<h1>Hẹn gặp lại <small>See you</small></h1><p id="bye">You are logged out. <a href="/">Back to the shop</a></p>`
        return { kind: 'logged-out', title: 'Đã đăng xuất', category: 'Logout', lines: [], content }
      }
    }
    const content = html`<h1>Không tìm thấy <small>Not found</small></h1><p>Nothing is at ${url.pathname}. <a href="/">Home</a></p>`
    return { kind: 'not-found', title: 'Không tìm thấy', category: 'Not found', lines: [], content }
  }

  #picture(product: Product, large = false): Markup {
    return html`<span class="${large ? 'picture large' : 'picture'}" style="--hue:${product.hue}" aria-hidden="true">${product.mark}</span>`
  }

  #grid(products: readonly Product[]): Markup {
    if (products.length === 0) return html`<p>Nothing fits.</p>`
    return html`<ul class="grid">${products.map(
      product => html`<li><a href="/product/${product.id}">${this.#picture(product)}
        <b>${product.name}</b><small>${product.english}</small><span>${dong(product.price)}</span></a></li>`,
    )}</ul>`
  }

  #product(product: Product, category: Category | undefined): Markup {
    const sizes =
      product.sizes.length > 0 &&
      html`<fieldset class="sizes"><legend>Cỡ / Size</legend>${product.sizes.map(
        (size, at) =>
          html`<label><input type="radio" name="size" value="${size}"${at === 1 ? new Markup(' checked') : ''}>${size}</label>`,
      )}</fieldset>`
    return html`<article class="product">${this.#picture(product, true)}<div>
      <p><a href="/category/${product.category}">${category?.name}</a></p>
      <h1>${product.name} <small>${product.english}</small></h1>
      <p>${product.about}</p><p class="price">${dong(product.price)}</p>${sizes}
      <button id="add-to-cart" data-product="${product.id}">Thêm vào giỏ · Add to cart</button>
      <p id="added" role="status" hidden>In the cart. <a href="/cart">Giỏ hàng / Cart</a></p></div></article>`
  }

  #lines(lines: readonly Line[], change: boolean): Markup {
    return html`<table><thead><tr><th>Hàng<th>Cỡ<th>SL<th class="number">Giá${change && html`<th>`}</tr></thead><tbody>${lines.map(
      ({
        product,
        size,
        quantity,
      }) => html`<tr><td><a href="/product/${product.id}">${product.name}</a><td>${size || '–'}<td>${quantity}
        <td class="number">${dong(product.price * quantity)}${
          change &&
          html`<td><form method="post" action="/cart/remove"><input type="hidden" name="product" value="${product.id}">
            <input type="hidden" name="size" value="${size}"><button class="quiet" data-remove="${product.id}">Bỏ / Remove</button></form>`
        }</tr>`,
    )}</tbody><tfoot><tr><td colspan="3">Tổng / Total<td class="number">${dong(total(lines))}${change && html`<td>`}</tr></tfoot></table>`
  }

  #cart({ lines }: Basket): Markup {
    if (lines.length === 0)
      return html`<h1>Giỏ hàng <small>Cart</small></h1><p>The cart is empty. <a href="/">Look around</a>.</p>`
    return html`<h1>Giỏ hàng <small>Cart</small></h1>${this.#lines(lines, true)}
      <p><a class="button" id="to-checkout" href="/checkout">Thanh toán · Checkout</a></p>`
  }

  #checkout({ lines, person }: Basket): Markup {
    return html`<h1>Thanh toán <small>Checkout</small></h1>${this.#lines(lines, false)}
      <form method="post" action="/checkout" class="form" id="checkout-form">
      <label>Họ tên / Name <input name="name" value="${person?.name}" required></label>
      <label>Điện thoại / Phone <input name="phone" inputmode="tel" value="${person?.phone}" required></label>
      <button>Đặt hàng · Place the order</button></form>
      ${!person && html`<p>You order as a guest. <a href="/login">Log in</a> to collect points.</p>`}`
  }

  #cities(chosen: string): Markup {
    return html`${CITIES.map(city => html`<option${city === chosen ? new Markup(' selected') : ''}>${city}</option>`)}`
  }

  #signUp(note: Markup | null, city: string): Markup {
    return html`<h1>Đăng ký <small>Sign up</small></h1>${note}
      <form method="post" action="/sign-up" class="form" id="sign-up-form">
      <label>Họ tên / Name <input name="name" required placeholder="Nguyễn An"></label>
      <label>Điện thoại / Phone <input name="phone" inputmode="tel" placeholder="0900 000 000"></label>
      <label>E-mail <input name="email" type="email" placeholder="an@example.com"></label>
      <label>Ngày sinh / Birthday <input name="birthday" type="date"></label>
      <label>Thành phố / City <select name="city">${this.#cities(city)}</select></label>
      <button>Đăng ký · Sign up</button></form><p>Already a customer? <a href="/login">Log in</a></p>`
  }

  #login(note: Markup | null): Markup {
    return html`<h1>Đăng nhập <small>Log in</small></h1>${note}
      <form method="post" action="/login" class="form" id="login-form">
      <label>Điện thoại hoặc e-mail / Phone or e-mail <input name="who" required placeholder="${BINH.phone}"></label>
      <button>Đăng nhập · Log in</button></form>
      <p>No password here. Accounts of this demo: ${this.#people.map(
        ({ name, phone, email }, at) => html`${at > 0 && ', '}${name} (<code>${phone || email}</code>)`,
      )}. New? <a href="/sign-up">Sign up</a></p>`
  }

  #account(person: Person | null): Markup {
    if (!person)
      return html`<h1>Tài khoản <small>Account</small></h1><p>Nobody is logged in. <a href="/login">Log in</a> or <a href="/sign-up">sign up</a>.</p>`
    return html`<h1>Xin chào, ${person.name}</h1><dl><dt>Điện thoại / Phone<dd>${person.phone || '–'}<dt>E-mail<dd>${person.email || '–'}
      <dt>Ngày sinh / Birthday<dd>${person.birthday || '–'}<dt>Thành phố / City<dd>${person.city || '–'}
      <dt>Điểm / Loyalty points<dd>${person.loyalty_points}</dl>
      <form method="post" action="/logout" id="logout-form"><button>Đăng xuất · Log out</button></form>`
  }

  // ── around every page

  /** The vendor's loader as it is documented, in our own words: ids, a stub that queues, then the script; nothing when one is there. */
  #loader(): Markup {
    return html`<script>
window._portalId = ${literal(PORTAL)}
window._propId = ${literal(SOURCE)}
;(() => {
  if (window.web_event) return
  const stub = function () {
    stub.queue.push(arguments)
  }
  stub.queue = []
  stub.track = stub
  stub.propId = window._propId
  window.web_event = stub
  const sdk = document.createElement('script')
  sdk.async = true
  sdk.src = '//st-a.cdp.asia/insight.js'
  const first = document.getElementsByTagName('script')[0]
  first.parentNode.insertBefore(sdk, first)
})()
</script>`
  }

  #sdk(page: Page, facts: PageFacts, host: string): Markup {
    if (facts.sdk === 'app')
      return html`<script>window._portalId = ${literal(PORTAL)}; window._propId = ${literal(SOURCE)}</script><script src="/bridge.js"></script>`
    const settings = {
      // The page after a logout sends its own view, after the logout's events.
      default_event: page.kind === 'logged-out' ? 0 : 1,
      first_party_domain: cookieDomain(host) ?? undefined,
      page: { page_type: page.kind, page_category: page.category },
    }
    return html`<script>window._cdp365Analytics = ${literal(settings)}</script>${this.#loader()}`
  }

  #frame(page: Page, facts: PageFacts, basket: Basket, url: URL): string {
    const count = basket.lines.reduce((sum, { quantity }) => sum + quantity, 0)
    const { text } = html`<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${page.title} · Chợ Nhỏ</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/shop.css">
${this.#sdk(page, facts, url.hostname)}
</head><body>
<header><a class="brand" href="/">Chợ Nhỏ</a>
<nav>${CATEGORIES.map(({ slug, name }) => html`<a href="/category/${slug}">${name}</a>`)}</nav>
<form action="/search" role="search"><input name="q" type="search" placeholder="Tìm / Search" aria-label="Search" value="${page.term}"></form>
<label class="city">Giao đến <select id="city" aria-label="Deliver to">${this.#cities(basket.city)}</select></label>
<a href="/cart">Giỏ (<span id="cart-count">${count}</span>)</a>
${basket.person ? html`<a id="who" href="/account">${basket.person.name}</a>` : html`<a href="/login">Đăng nhập</a> <a href="/sign-up">Đăng ký</a>`}
</header>
<main>${page.content}</main>
<footer><p>A demo: nothing is sold, and every request goes to a stand-in on this machine.</p>
<form id="options"><label>Mistake of this site <select name="mistake">${Object.entries(MISTAKES).map(
      ([id, label]) =>
        html`<option value="${id}"${id === facts.mistake ? new Markup(' selected') : ''}>${label}</option>`,
    )}</select></label>
<label>SDK <select name="sdk"><option value="web">web SDK</option><option value="app"${
      facts.sdk === 'app' ? new Markup(' selected') : ''
    }>app bridge</option></select></label><noscript><button>Apply</button></noscript></form></footer>
<script>window.shopPage = ${literal(facts)}</script><script src="/tracking.js"></script><script src="/buttons.js"></script>
</body></html>`
    return text
  }
}
