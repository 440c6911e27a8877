/**
 * A person at the demo shop, clicking as people do. Each step waits until what it caused has arrived at the collector and
 * the page has its answers. Used by the demo that plays by itself and by the end-to-end tests.
 */
import type { Page } from 'playwright-core'
import { AN, type Person } from './catalogue'
import type { Arrival, DemoServer } from './server'

export const SHOP = 'http://www.shop.test'

/** Is it this event, `<category>/<action>`? */
export const isEvent =
  (name: string) =>
  ({ ec, ea }: Arrival): boolean =>
    `${ec}/${ea}` === name

/** Of the web SDK and of the app bridge. */
const PAGE_VIEW = ['pageview/view', 'screenview/view']

/** What a shopper needs of a browser's tab; Playwright's `Page` is one. */
export interface ShopTab {
  goto(url: string): Promise<unknown>
  click(selector: string): Promise<unknown>
  fill(selector: string, text: string): Promise<unknown>
  selectOption(selector: string, value: string): Promise<unknown>
  waitForFunction(condition: () => boolean): Promise<unknown>
}

export class Shopper {
  readonly #tab: ShopTab
  readonly #server: DemoServer
  readonly #origin: string

  constructor(tab: ShopTab, server: DemoServer, origin = SHOP) {
    this.#tab = tab
    this.#server = server
    this.#origin = origin
  }

  /** Does something, and waits for the event (the first of these) that it must cause; earlier events don't count. */
  async #causing(events: string | readonly string[], act: () => Promise<unknown>): Promise<Arrival> {
    const wanted = [events].flat().map(isEvent)
    const before = new Set(this.#server.received())
    await act()
    const arrival = await this.#server.arrival(one => !before.has(one) && wanted.some(fits => fits(one)))
    // The stand-in takes its script elements away when they are answered.
    await this.#tab.waitForFunction(
      () => document.querySelector('script[src*="cdp.asia/"]:not([src$="insight.js"])') === null,
    )
    return arrival
  }

  /** Opens a page of the shop; gives its page view. */
  open(path = '/'): Promise<Arrival> {
    return this.#causing(PAGE_VIEW, () => this.#tab.goto(this.#origin + path))
  }

  product(id: string): Promise<Arrival> {
    return this.#causing('product/view', () => this.#tab.goto(`${this.#origin}/product/${id}`))
  }

  search(term: string): Promise<Arrival> {
    return this.#causing('browsing/product_search', () =>
      this.#tab.goto(`${this.#origin}/search?q=${encodeURIComponent(term)}`),
    )
  }

  chooseCity(city: string): Promise<Arrival> {
    return this.#causing('delivery/choose_city', () => this.#tab.selectOption('#city', city))
  }

  /** On a product's page. */
  addToCart(size?: string): Promise<Arrival> {
    return this.#causing('product/add_to_cart', async () => {
      if (size) await this.#tab.click(`[name=size][value="${size}"]`)
      await this.#tab.click('#add-to-cart')
      await this.#tab.waitForFunction(() => document.querySelector('#added:not([hidden])') !== null)
    })
  }

  async buy(person: Pick<Person, 'name' | 'phone'>): Promise<Arrival> {
    await this.#causing('product/view_cart', () => this.#tab.goto(`${this.#origin}/cart`))
    await this.#causing('product/checkout', () => this.#tab.click('#to-checkout'))
    return this.#causing('product/purchase', async () => {
      await this.#tab.fill('#checkout-form [name=name]', person.name)
      await this.#tab.fill('#checkout-form [name=phone]', person.phone)
      await this.#tab.click('#checkout-form button')
    })
  }

  /** Gives the `user/identify` that follows the sign-up. */
  async signUp(person: Person): Promise<Arrival> {
    await this.#tab.goto(`${this.#origin}/sign-up`)
    for (const field of ['name', 'phone', 'email', 'birthday'] as const)
      await this.#tab.fill(`#sign-up-form [name=${field}]`, person[field])
    await this.#tab.selectOption('#sign-up-form [name=city]', person.city)
    return this.#causing('user/identify', () => this.#tab.click('#sign-up-form button'))
  }

  /** Gives the `user/identify` that follows the login. */
  async logIn(phoneOrEmail: string): Promise<Arrival> {
    await this.#tab.goto(`${this.#origin}/login`)
    await this.#tab.fill('#login-form [name=who]', phoneOrEmail)
    return this.#causing('user/identify', () => this.#tab.click('#login-form button'))
  }

  /** Gives the page view after the logout, which is the next visitor's when the customer was removed. */
  async logOut(): Promise<Arrival> {
    await this.#tab.goto(`${this.#origin}/account`)
    return this.#causing(PAGE_VIEW, () => this.#tab.click('#logout-form button'))
  }
}

/**
 * Time goes by between two visits: the SDK's session is over; with `uid: 'lost'` its visitor cookie (and the copy in localStorage) is
 * gone too, while the browser's id (`au_id`) is still there.
 */
export async function daysLater(page: Page, uid: 'kept' | 'lost', origin = SHOP): Promise<void> {
  await page.goto('about:blank')
  const context = page.context()
  await context.clearCookies({ name: '_asm_ss_view' })
  if (uid === 'kept') return
  await context.clearCookies({ name: '_asm_uid' })
  await context.clearCookies({ name: /^_pk_id\./ })
  const session = await context.newCDPSession(page)
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'local_storage' })
  await session.detach()
}

/** Nothing is left of earlier visits. */
export async function freshBrowser(page: Page, origin = SHOP): Promise<void> {
  await daysLater(page, 'lost', origin)
  await page.context().clearCookies()
}

const uidOf = ({ url }: Arrival): string => new URL(url).searchParams.get('uid') ?? ''

const cidOf = ({ url }: Arrival): string => {
  const dims = JSON.parse(new URL(url).searchParams.get('dims') ?? '{}') as { customers?: { customer_id?: string } }
  return dims.customers?.customer_id ?? ''
}

export interface Chapter {
  title: string
  /** Who the visitor must be afterwards. */
  state: 'anonymous' | 'identified'
  play(): Promise<void>
}

/**
 * The vendor's documented example and what follows it: day 1 anonymous, day 3 a new UID, day 7 An signs up and buys, logs out and is
 * removed; somebody looks around; An logs in on the new UID, and out again.
 */
export class Visit {
  /** UIDs in the order in which they came up: of day 1, of day 3, after the first logout, after the second. */
  readonly uids: string[] = []
  /** An's; '' before the sign-up. */
  cid = ''
  readonly chapters: readonly Chapter[]

  constructor(page: Page, server: DemoServer) {
    const shopper = new Shopper(page, server)
    this.chapters = [
      {
        title: 'Day 1: somebody looks around',
        state: 'anonymous',
        play: async () => {
          await freshBrowser(page)
          this.uids.push(uidOf(await shopper.open('/')))
          await shopper.product('AT-101')
          await shopper.addToCart('M')
          await shopper.chooseCity('TP. Hồ Chí Minh')
        },
      },
      {
        title: 'Day 3: the SDK’s cookie is gone, so a new UID; the browser’s id is still there',
        state: 'anonymous',
        play: async () => {
          await daysLater(page, 'lost')
          this.uids.push(uidOf(await shopper.open('/')))
          await shopper.search('cà phê')
          await shopper.product('CP-011')
          await shopper.chooseCity('Huế')
        },
      },
      {
        title: 'Day 7: An signs up, and the CID is the MD5 of the phone',
        state: 'identified',
        play: async () => {
          await daysLater(page, 'kept')
          await shopper.product('AD-204')
          await shopper.addToCart('L')
          this.cid = cidOf(await shopper.signUp(AN))
        },
      },
      {
        title: 'An looks around as a customer, and buys',
        state: 'identified',
        play: async () => {
          await shopper.open('/category/kitchen')
          await shopper.buy(AN)
        },
      },
      {
        title: 'An logs out; the shop removes the customer and begins a new UID',
        state: 'anonymous',
        play: async () => {
          this.uids.push(uidOf(await shopper.logOut()))
        },
      },
      {
        title: 'Somebody looks around again',
        state: 'anonymous',
        play: async () => {
          await shopper.product('TR-022')
        },
      },
      {
        title: 'It was An, who logs in on the new UID',
        state: 'identified',
        play: async () => {
          await shopper.logIn(AN.phone)
          await shopper.product('PH-030')
        },
      },
      {
        title: 'An logs out once more',
        state: 'anonymous',
        play: async () => {
          this.uids.push(uidOf(await shopper.logOut()))
          await shopper.open('/')
        },
      },
    ]
  }
}
