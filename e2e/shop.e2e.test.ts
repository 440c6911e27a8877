/** The shop and the stand-in SDK by themselves, in a Chromium without the extension: what the later stories rest on. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AN, BINH } from '../demo/catalogue'
import { type Arrival, type DemoServer, startServer } from '../demo/server'
import { PORTAL, SOURCE } from '../demo/shop'
import { freshBrowser, isEvent, SHOP, Shopper } from '../demo/visit'
import { decodeRequest } from '../utils/sdk/decode'
import type { EventFacts } from '../utils/sdk/event'
import { answerInTest } from './drive/answer'
import { type Chromium, launch } from './drive/chromium'

/** md5 of An's phone, as captured requests have it. */
const AN_CID = '8e30bbc8961e056622c6231742c03ae9'

let server: DemoServer
let chromium: Chromium
beforeAll(async () => {
  server = await startServer()
  chromium = await launch({ server })
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})
let shopper: Shopper
beforeEach(async () => {
  shopper = new Shopper(chromium.page, server)
  await freshBrowser(chromium.page)
  server.forget()
})

const query = ({ url }: Arrival): URLSearchParams => new URL(url).searchParams
const json = (arrival: Arrival, key: string): Record<string, unknown> => JSON.parse(query(arrival).get(key) ?? '{}')
const customer = (arrival: Arrival): Record<string, unknown> =>
  (json(arrival, 'dims').customers ?? {}) as Record<string, unknown>
const cookie = async (name: string): Promise<string | undefined> =>
  (await chromium.context.cookies(`${SHOP}/`)).find(found => found.name === name)?.value

describe('the stand-in sends as captured', () => {
  test('the automatic page view has the key order, the name and the context of 2024', async () => {
    const view = await shopper.open()
    expect(view).toMatchObject({ method: 'GET', host: 'a.cdp.asia', path: '/event', what: 'event', body: '' })
    const keys = [...query(view).keys()]
    expect(keys).toEqual(['ec', 'ea', 'en', 'ev', 'dims', 'portal_id', 'prop_id', 'uid', 'cvar', 'gt_ms'])
    expect(view.url).toContain('/event?ec=pageview&ea=view&en=View%20Page&ev=1&dims=%7B%7D&portal_id=561234567')
    expect(query(view).get('uid')).toMatch(/^[1-9]\d{18}$/)
    expect(Object.keys(json(view, 'cvar'))).toEqual([
      'page_type',
      'page_category',
      'au_id',
      'session_id',
      'prop_id',
      'visitor_type',
      'is_webview',
      'location_url',
      'atm_type',
      'ss_time',
      'page_view_order',
      'page_title',
    ])
    expect(json(view, 'cvar')).toMatchObject({
      page_type: 'home',
      visitor_type: 'new',
      page_view_order: 1,
      location_url: `${SHOP}/`,
    })
  })

  test('a call that waited in the queue has items, no name, and follows the page view', async () => {
    await shopper.open('/product/AT-101')
    const view = await server.arrival(isEvent('product/view'))
    const keys = [...query(view).keys()]
    expect(keys).toEqual(['ec', 'ea', 'en', 'ev', 'items', 'dims', 'portal_id', 'prop_id', 'uid', 'cvar', 'gt_ms'])
    expect([query(view).get('en'), query(view).get('ev')]).toEqual(['', '0'])
    expect(JSON.parse(query(view).get('items') ?? '')).toMatchObject([
      { type: 'product', id: 'AT-101', name: 'Áo thun cổ tròn "Sài Gòn"', price: 189_000 },
    ])
    expect(json(view, 'dims')).toEqual({
      users: { last_product: 'Áo thun cổ tròn "Sài Gòn"', favourite_category: 'Clothing' },
    })
  })

  test('cookies lie on the whole site and hold what the events say', async () => {
    const view = await shopper.open()
    const kept = await chromium.context.cookies('http://other-label.shop.test/')
    expect(kept.find(({ name }) => name === '_asm_uid')).toMatchObject({
      value: query(view).get('uid'),
      domain: '.shop.test',
    })
    expect(await cookie('au_id')).toBe(json(view, 'cvar').au_id)
    expect(await cookie('_asm_visitor_type')).toBe('n')
    const { sid } = JSON.parse(decodeURIComponent((await cookie('_asm_ss_view')) ?? '{}')) as { sid?: string }
    expect(sid).toBe(json(view, 'cvar').session_id)
  })

  test('both forms of queue entries are drained in order, then what `track` of the settings lists', async () => {
    server.serve(
      '/queue',
      `<script>window.asked = []; new MutationObserver(changes => changes.forEach(({ addedNodes }) => addedNodes.forEach(({ src }) =>
      src && asked.push(new URL(src).searchParams.get('ea'))))).observe(document, { childList: true, subtree: true })
      window._portalId = '1'; window._propId = '2'; window._cdp365Analytics = { default_event: 0 }
      window.web_event = function () { window.web_event.queue.push(arguments) }; web_event.queue = []; web_event.track = web_event
      web_event.track('custom', 'one', { extra: { n: 1 } }); web_event.queue.push(['track', 'custom', 'two', { extra: { n: 2 } }])
      window._cdp365Analytics.track = [['custom', 'three']]</script><script async src="//st-a.cdp.asia/insight.js"></script>`,
    )
    await chromium.page.goto(`${SHOP}/queue`)
    for (const name of ['one', 'two', 'three']) await server.arrival(isEvent(`custom/${name}`))
    // Sent one right after the other, they may arrive in any order.
    const asked = await chromium.page.evaluate(() => (window as unknown as { asked: (string | null)[] }).asked)
    expect(asked.filter(name => name !== null)).toEqual(['one', 'two', 'three'])
  })
})

describe('the decoder reads what the shop sent', () => {
  const decode = ({ url, method, body }: Arrival): EventFacts[] =>
    decodeRequest({ url, method, body: body ? { state: 'text', text: body } : { state: 'none' } }).map(
      ({ facts }) => facts,
    )

  test('web: ids, kinds, profiles, the reset, and what carries no identity', async () => {
    const view = await shopper.open('/')
    await shopper.product('AT-101')
    const identify = await shopper.logIn(BINH.phone)
    await shopper.logOut()
    await server.arrival(isEvent('user/reset_anonymous_id'))
    const facts = server.received(({ what }) => what === 'event' || what === 'stream_event').flatMap(decode)
    const uid = query(view).get('uid')
    expect(
      facts.every(({ problems, portal, prop }) => problems.length === 0 && portal === PORTAL && prop === SOURCE),
    ).toBe(true)
    expect(facts.find(({ ea }) => ea === 'sign_in')).toMatchObject({
      kind: 'login',
      wire: 'event',
      channel: 'web',
      uid,
      aid: uid,
      cid: customer(identify).customer_id,
      cidPath: 'dims.customers.customer_id',
      identifyType: 'exact',
      customers: expect.arrayContaining([['loyalty_points', BINH.loyalty_points]]),
    })
    expect(facts.find(({ ec }) => ec === 'product')?.users).toEqual([
      ['last_product', 'Áo thun cổ tròn "Sài Gòn"'],
      ['favourite_category', 'Clothing'],
    ])
    expect(facts.find(({ kind }) => kind === 'reset')?.reset).toEqual({ from: uid, to: await cookie('_asm_uid') })
    expect(facts.filter(({ carries }) => !carries).map(({ ec, wire }) => [ec, wire])).toEqual([
      ['advertising', 'stream_event'],
    ])
  })

  test('app: a JSON body', async () => {
    await chromium.page.goto(`${SHOP}/?sdk=app`)
    await shopper.logIn(BINH.phone)
    await server.arrival(isEvent('user/sign_in'))
    const facts = server.received(({ what }) => what === 'event').flatMap(decode)
    expect(facts.every(({ channel, uid, carries }) => channel === 'app' && uid === facts[0]?.uid && carries)).toBe(true)
    // Sent one right after the other, they may arrive in any order.
    expect(facts.map(({ kind, cid }) => `${kind}${cid === null ? '' : ' with CID'}`).sort()).toEqual([
      'identify with CID',
      'login',
      'page-view',
      'page-view',
      'page-view',
    ])
  })
})

describe('identity, as the guide wires it', () => {
  test('sign-up: the CID is md5 of the phone, attributes go along, later events carry it as predicted', async () => {
    await shopper.open()
    const identify = await shopper.signUp(AN)
    const sign = await server.arrival(isEvent('user/sign_up'))
    expect(customer(sign)).toEqual({
      customer_id: AN_CID,
      name: AN.name,
      phone: AN.phone,
      email: AN.email,
      birthday: `${AN.birthday} 00:00:00`,
      city: AN.city,
      loyalty_points: 50,
    })
    expect(customer(identify)).toEqual(customer(sign))
    expect(json(sign, 'cvar')).toMatchObject({
      customer_id: AN_CID,
      identify_event: 'sign_up',
      identify_type: 'exact',
    })
    server.forget()
    await chromium.page.goto(`${SHOP}/category/kitchen`)
    const later = await server.arrival(isEvent('browsing/product_list_view'))
    expect(json(later, 'dims')).toEqual({ customers: { customer_id: AN_CID } })
    expect(json(later, 'cvar').identify_type).toBe('predict')
  })

  test('logout: sign_out, then a reset that names old and new UID; the view after it is of the new visitor', async () => {
    const before = query(await shopper.open()).get('uid')
    await shopper.logIn(BINH.phone)
    server.forget()
    await shopper.logOut()
    const reset = await server.arrival(isEvent('user/reset_anonymous_id'))
    expect(query(reset).get('uid')).toBe(before)
    expect(query(reset).has('dims')).toBe(false)
    const { reset_uid, generate_uid } = json(reset, 'cvar')
    expect(reset_uid).toBe(before)
    const view = await server.arrival(
      arrival => isEvent('pageview/view')(arrival) && arrival.url.includes('logged-out'),
    )
    expect(query(view).get('uid')).toBe(generate_uid)
    expect(json(view, 'dims')).toEqual({})
    expect(json(view, 'cvar').visitor_type).toBe('new')
    expect(await cookie('_asm_uid')).toBe(generate_uid)
    expect(await cookie('au_id')).toBe(generate_uid)
  })

  test('a purchase by a customer names order, revenue and customer', async () => {
    const { page } = chromium
    await shopper.open('/product/CP-011')
    await page.click('#add-to-cart')
    await page.waitForSelector('#added:visible')
    await shopper.logIn(BINH.email)
    await page.goto(`${SHOP}/cart`)
    await page.click('#to-checkout')
    await page.click('#checkout-form button')
    const purchase = await server.arrival(isEvent('product/purchase'))
    const order = await page.textContent('#order')
    expect(json(purchase, 'cvar')).toMatchObject({ order_id: order, revenue: 165_000, currency: 'VND' })
    expect(json(purchase, 'dims').purchase).toEqual({ id: order, customer_id: customer(purchase).customer_id })
    await page.reload()
    await server.arrival(arrival => isEvent('pageview/view')(arrival) && json(arrival, 'cvar').page_view_order === 7)
    expect(server.received(isEvent('product/purchase'))).toHaveLength(1)
  })
})

describe('mistakes to order', () => {
  test('keep-customer: after sign_out the events still carry the CID', async () => {
    await shopper.open('/?mistake=keep-customer')
    const { customer_id } = customer(await shopper.logIn(BINH.phone))
    server.forget()
    await shopper.logOut()
    const view = await server.arrival(
      arrival => isEvent('pageview/view')(arrival) && arrival.url.includes('logged-out'),
    )
    expect(customer(view)).toEqual({ customer_id })
    expect(server.received(isEvent('user/reset_anonymous_id'))).toEqual([])
  })

  test('raw-email, md5-of-nothing', async () => {
    await shopper.open('/?mistake=raw-email')
    expect(customer(await shopper.logIn(BINH.phone)).customer_id).toBe(BINH.email)
    server.forget()
    await shopper.open('/?mistake=md5-of-nothing')
    expect(customer(await shopper.logIn(BINH.phone)).customer_id).toBe('d41d8cd98f00b204e9800998ecf8427e')
  })

  test('second-cid: two CIDs on one UID', async () => {
    await shopper.open('/?mistake=second-cid')
    const first = await shopper.logIn(BINH.phone)
    const second = await server.arrival(
      arrival => isEvent('user/identify')(arrival) && customer(arrival).customer_id !== customer(first).customer_id,
    )
    expect(query(second).get('uid')).toBe(query(first).get('uid'))
  })

  test('double-pageview: one by hand beside the automatic one', async () => {
    await shopper.open('/cart?mistake=double-pageview')
    for (const byHand of [true, false])
      await server.arrival(
        arrival => isEvent('pageview/view')(arrival) && (query(arrival).get('ev') === '0') === byHand,
      )
    expect(server.received(isEvent('pageview/view'))).toHaveLength(2)
  })

  test('sdk-blocked: nothing of the SDK leaves, the calls wait', async () => {
    await chromium.page.goto(`${SHOP}/product/AT-101?mistake=sdk-blocked`)
    const waiting = await chromium.page.evaluate(() => {
      const { web_event } = window as unknown as { web_event: { queue: ArrayLike<unknown>[] } }
      return web_event.queue.map(call => [call[0], call[1]])
    })
    expect(waiting).toEqual([['product', 'view']])
    expect(server.received()).toEqual([])
  })
})

describe('the app bridge', () => {
  test('posts JSON with context; the customer is on events from setCustomerProps until removeCustomer', async () => {
    const body = (arrival: Arrival): Record<string, never> => JSON.parse(arrival.body)
    await chromium.page.goto(`${SHOP}/?sdk=app`)
    const screen = await server.arrival(isEvent('screenview/view'))
    expect(screen).toMatchObject({ method: 'POST', host: 'a.cdp.asia', path: '/event' })
    expect(query(screen).toString()).toBe('portal_id=561234567&prop_id=565000001&resp_type=json')
    expect(Object.keys(body(screen))).toEqual(['uid', 'aid', 'sid', 'ec', 'ea', 'context', 'items', 'dims', 'extra'])

    const identify = await shopper.signUp({ ...AN, phone: '0981234567', email: 'app@example.com' })
    expect(body(await server.arrival(isEvent('user/sign_up'))).dims).toEqual({})
    const customers = { customer_id: createHash('md5').update('0981234567').digest('hex'), name: AN.name }
    expect(body(identify).dims).toMatchObject({ customers })
    server.forget()
    await shopper.logOut()
    await chromium.page.goto(`${SHOP}/category/kitchen`)
    const later = await server.arrival(isEvent('browsing/product_list_view'))
    expect(body(later).dims).toEqual({})
    expect(body(later).uid).toBe(body(screen).uid)
  })
})

describe('answers to order', () => {
  test('status, delay, cut connection, redirect; the usual answer again afterwards', async () => {
    const isCustom = ({ ec }: Arrival): boolean => ec === 'custom'
    const send = async (ea: string): Promise<number | null> => {
      const answered = await chromium.page.evaluate(
        name =>
          fetch(`//a.cdp.asia/event?ec=custom&ea=${name}`)
            .then(({ status }) => status)
            .catch(() => null),
        ea,
      )
      await server.arrival(arrival => arrival.ea === ea)
      return answered
    }
    await shopper.open()
    const undo = answerInTest(server, isCustom, { status: 503 })
    expect(await send('down')).toBe(503)
    undo()
    expect(await send('up')).toBe(200)
    server.answer(isCustom, { abort: true })()
    const cut = answerInTest(server, isCustom, { abort: true })
    expect(await send('cut')).toBeNull()
    cut()
    const cors = answerInTest(server, isCustom, { hide: 'cors' })
    expect(await send('hidden')).toBeNull()
    cors()
    let release = (): void => {}
    const held = answerInTest(server, isCustom, { after: new Promise<void>(resolve => (release = resolve)) })
    const slow = send('slow')
    await server.arrival(({ ea }) => ea === 'slow')
    expect(server.received(({ ea }) => ea === 'slow')[0]?.status).toBeNull()
    release()
    expect(await slow).toBe(200)
    held()
    const moved = answerInTest(server, ({ ea }) => ea === 'moved', {
      redirect: 'http://a.cdp.asia/event?ec=custom&ea=target',
    })
    expect(await send('moved')).toBe(200)
    await server.arrival(({ ea }) => ea === 'target')
    moved()
  })

  test.each(['orb', 'corp'] as const)(
    'an answer hidden by %s: the page sees an error, the server has the event',
    async hide => {
      await shopper.open()
      const load = (ea: string): Promise<string> =>
        chromium.page.evaluate(
          name =>
            new Promise<string>(done => {
              const script = Object.assign(document.createElement('script'), {
                src: `//a.cdp.asia/event?ec=custom&ea=${name}`,
              })
              script.onload = () => done('loaded')
              script.onerror = () => done('error')
              document.head.append(script)
            }),
          ea,
        )
      expect(await load('plain')).toBe('loaded')
      const undo = answerInTest(server, ({ ec }) => ec === 'custom', { hide })
      expect(await load('hidden')).toBe('error')
      expect(await server.arrival(({ ea }) => ea === 'hidden')).toMatchObject({ method: 'GET' })
      undo()
    },
  )

  test('outside the prepared browser the shop does not run, and says why', async () => {
    const page = await (await fetch(server.origin)).text()
    expect(page).toContain('http://www.shop.test/')
    expect(page).not.toContain('web_event')
  })
})
