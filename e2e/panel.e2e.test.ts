/** Stories in the real panel: real Chromium, real DevTools, the demo shop, requests that really leave. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { inside } from '../bench/inside'
import { readerOf } from '../bench/reader'
import { builtExtension } from '../demo/build'
import { AN, BINH } from '../demo/catalogue'
import { type Arrival, type DemoServer, startServer } from '../demo/server'
import { md5, SOURCE } from '../demo/shop'
import { isEvent, Shopper } from '../demo/visit'
import { type Chromium, launch } from './drive/chromium'
import { readLog } from './drive/log'
import type { Panel } from './drive/panel'

const uidOf = ({ url }: Arrival): string | null => new URL(url).searchParams.get('uid')
const isAnyEvent = ({ what }: Arrival): boolean => what === 'event' || what === 'stream_event'

let server: DemoServer
let chromium: Chromium
beforeAll(async () => {
  server = await startServer()
  chromium = await launch({ server, extension: builtExtension('chrome') })
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})

/** Each story has a site of its own, so that no other story's identity is in it. */
let page: Page
let shopper: Shopper
let origin: string
let stories = 0
/** Events of the stories that were told in this tab before; in the tab of all those that have none of their own. */
let before = 0
let told = 0
const tell = (at: Page) => {
  page = at
  origin = `http://www.story-${++stories}.test`
  shopper = new Shopper(page, server, origin)
  server.forget()
}

/** The stories of this group have a tab each, and open a panel when they want one. */
const aTabEach = () => {
  beforeEach(async () => {
    before = 0
    tell(await chromium.context.newPage())
  })
  afterEach(() => page.close())
}

/** The stories of these groups have one tab and one panel, which DevTools take long to open. */
let panel: Panel
const oneTab = () => {
  beforeAll(async () => {
    panel ??= await chromium.openPanel()
  })
  beforeEach(async () => {
    before = told
    tell(chromium.page)
    await panel.show('identity')
  })
  afterEach(() => {
    told += server.received(isAnyEvent).length
  })
}

/** Waits until the panel counts as many events as the collector got. */
const caughtUp = (panel: Panel): Promise<string> =>
  panel.waitForField('event-count', String(before + server.received(isAnyEvent).length))

const tick = (panel: Panel, button: string): Promise<void> =>
  panel.click(`.line:has([data-action="${button}"]) input[type="checkbox"]`)

describe('the visitor becomes a customer, and nobody again', () => {
  oneTab()

  test('anonymous → login → attributes → logout', async () => {
    const uid = uidOf(await shopper.open('/'))
    await panel.waitForField('identity-state', 'Anonymous')
    await panel.waitForField('sdk-state', 'live')
    expect(await panel.field('uid')).toBe(uid)
    expect(await panel.field('aid')).toBe(uid)
    expect(await panel.field('cid')).toBe('—')
    expect([await panel.field('portal'), await panel.field('prop')]).toEqual(['561234567', '565000001'])

    await shopper.product('AT-101')
    await shopper.logIn(BINH.phone)
    await panel.waitForField('identity-state', 'Identified')
    expect(await panel.field('cid')).toBe(md5(BINH.phone))
    expect(await panel.field('uid')).toBe(uid)
    expect(await panel.field('cid-recipe')).toMatch(/md5/i)
    expect(await panel.field('identity-since')).toContain('user/sign_in')
    await panel.waitFor(() =>
      document.querySelector('[data-attribute="loyalty_points"]')?.textContent?.includes('1280'),
    )
    await panel.waitFor(() =>
      document.querySelector('[data-attribute="last_product"]')?.textContent?.includes('Áo thun'),
    )

    const next = uidOf(await shopper.logOut())
    await panel.waitForField('identity-state', 'Anonymous')
    await panel.waitForField('uid', next ?? '')
    expect(next).not.toBe(uid)
    expect(await panel.field('cid')).toBe('—')
    await caughtUp(panel)
    expect(await panel.count('[data-rule]')).toBe(0)
  })

  test('the timeline: hovering names, a click opens the event, keys walk it', async () => {
    await shopper.open('/')
    await shopper.logIn(BINH.phone)
    await shopper.logOut()
    await panel.waitForField('identity-state', 'Anonymous')
    await caughtUp(panel)
    // What a request ended with is known after the event is.
    await panel.waitFor(
      wanted =>
        [...document.querySelectorAll('.mk')].map(each => each.getAttribute('aria-label')?.split(',')[0]).join() ===
          wanted || null,
      'New UID,Login,Identify,Logout,Reset,New UID',
    )
    await panel.waitFor(() => document.querySelectorAll('.pic g.load').length > 1 || null)
    await panel.waitFor(
      () =>
        /^Anonymous since \S+ by user\/reset_anonymous_id, 200$/.test(
          document.querySelector('[data-field="evidence"]')?.textContent ?? '',
        ) || null,
    )

    await panel.hover('.mk[aria-label^="Login"]')
    await panel.waitFor(cid => {
      const tip = document.querySelector('[role="tooltip"]')?.textContent ?? ''
      return ['user/sign_in', 'dims.customers.customer_id', cid, '200'].every(text => tip.includes(text)) || null
    }, md5(BINH.phone))

    await panel.click('.mk[aria-label^="Login"]')
    const opened = (event: string): Promise<true> =>
      panel.waitFor(
        wanted =>
          (document.querySelector('[data-tab="events"][aria-selected="true"]') !== null &&
            document.querySelector('.gr[aria-selected="true"]')?.textContent?.includes(wanted)) ||
          null,
        event,
      )
    await opened('user/sign_in')
    await panel.show('identity')
    await panel.evaluate(() => document.querySelector<SVGGElement>('.mk[tabindex="0"]')?.focus())
    await panel.press('Home')
    for (const name of ['New UID', 'Login', 'Identify', 'Logout']) {
      await panel.waitFor(
        wanted => document.activeElement?.getAttribute('aria-label')?.startsWith(wanted) || null,
        name,
      )
      if (name !== 'Logout') await panel.press('ArrowRight')
    }
    await panel.press('Enter')
    await opened('user/sign_out')
  })

  test('identify from the panel, to its HTTP outcome; then remove from the panel', async () => {
    const uid = uidOf(await shopper.open('/'))
    await panel.waitForField('identity-state', 'Anonymous')
    await panel.click('[data-action="identify"]')
    await panel.fill('#cid-text', '0900 000 000')
    await panel.click('[data-action="add-attribute"]')
    await panel.fill('input[name="code"]', 'city')
    await panel.fill('input[name="value"]', 'Đà Nẵng')
    expect(
      await panel.evaluate(() => document.querySelector<HTMLInputElement>('[data-field="draft-cid"]')?.value ?? ''),
    ).toBe(md5(AN.phone))
    await panel.waitForField('merge-would', /event/)

    // "What if" of the merge preview is the same draft: the result first, then the warning, then the run.
    await panel.show('merge')
    await panel.waitForField('merge-cid', md5(AN.phone))
    await panel.waitFor(() => document.querySelector('[data-merge="city"]')?.textContent?.includes('typed here'))
    expect(await panel.evaluate(() => document.querySelector('[role="note"]')?.textContent ?? '')).toMatch(
      /Can’t be undone on the server/,
    )
    const mayRun = (): Promise<boolean> =>
      panel.evaluate(() => document.querySelector('[data-action="run-identify"]:not(:disabled)') !== null)
    expect(await mayRun()).toBe(false)
    expect(server.received(isEvent('user/identify'))).toEqual([])
    await tick(panel, 'run-identify')
    await panel.click('[data-action="run-identify"]')
    const identify = await server.arrival(isEvent('user/identify'))
    const dims = JSON.parse(new URL(identify.url).searchParams.get('dims') ?? '{}')
    expect(dims.customers).toEqual({ customer_id: md5(AN.phone), city: 'Đà Nẵng' })
    expect(uidOf(identify)).toBe(uid)
    await panel.show('actions')
    await panel.waitForField('run-outcome', /^200/)
    await panel.waitForField('identity-state', 'Identified')
    expect(await panel.field('cid')).toBe(md5(AN.phone))
    expect(await panel.field('identity-since')).toContain('panel')

    await tick(panel, 'run-remove')
    await panel.click('[data-action="run-remove"]')
    const reset = await server.arrival(isEvent('user/reset_anonymous_id'))
    expect(server.received(isEvent('user/sign_out'))).toHaveLength(1)
    await panel.waitForField('identity-state', 'Anonymous')
    const { generate_uid } = JSON.parse(new URL(reset.url).searchParams.get('cvar') ?? '{}')
    await panel.waitForField('uid', generate_uid)
  })
})

describe('the log is complete, whatever the tab does meanwhile', () => {
  oneTab()

  test('it follows reloads and navigations, also to a page without the SDK and back', async () => {
    await shopper.open('/')
    await caughtUp(panel)
    await shopper.open('/')
    await shopper.product('CP-011')
    await caughtUp(panel)
    server.serve('/bare', '<title>No SDK</title>')
    await page.goto(`${origin}/bare`)
    await panel.waitForField('sdk-state', 'not seen')
    await shopper.open('/')
    await panel.waitForField('sdk-state', 'live')
    await caughtUp(panel)
  })

  test('events after a stop of the worker are there, and those before it too', async () => {
    await shopper.open('/')
    await caughtUp(panel)
    await chromium.stopWorker()
    await shopper.product('AT-101')
    await shopper.addToCart('L')
    await caughtUp(panel)
    await chromium.stopWorker()
    await shopper.logIn(BINH.phone)
    await panel.waitForField('identity-state', 'Identified')
    await caughtUp(panel)
  })
})

describe('the log is complete, in tabs that come and go', () => {
  aTabEach()

  test.each(['at once', 'after the worker slept'])(
    'a page that came while nothing was recorded is known once recording goes on, %s',
    async when => {
      const panel = await chromium.openPanelTab(page)
      await panel.click('[data-action="record"]')
      await panel.waitForField('recording', 'Not recording')
      await shopper.open('/')
      if (when !== 'at once') await chromium.stopWorker()
      await panel.click('[data-action="record"]')
      await panel.waitForField('sdk-state', 'live')
      await panel.waitForField('prop', SOURCE)
      const reader = await readerOf(chromium)
      const site = new URL(origin).host.replace('www.', '')
      const kinds = async () =>
        (await readLog(reader)).filter(({ place }) => place.site === site).map(({ kind }) => kind)
      // What the page began with, and what is in its storage, though it says nothing of them now.
      await vi.waitUntil(async () => (await kinds()).includes('stored') && (await kinds()).includes('page'), 30_000)
      await reader.close()
      expect(await panel.field('event-count')).toBe('0')
    },
  )

  test('opened after the events, the panel has them all', async () => {
    await shopper.open('/')
    await shopper.product('AT-101')
    await shopper.addToCart('M')
    await shopper.logIn(BINH.email)
    const panel = await chromium.openPanel(page)
    await caughtUp(panel)
    await panel.waitForField('identity-state', 'Identified')
    expect(await panel.field('cid')).toBe(md5(BINH.phone))
  })

  test('two tabs do not mix, but share their identity', async () => {
    const other = await chromium.context.newPage()
    const neighbour = new Shopper(other, server, origin)
    await shopper.open('/category/kitchen')
    const mine = server.received(isAnyEvent).length
    await neighbour.open('/')
    await neighbour.logIn(BINH.phone)
    const panel = await chromium.openPanelTab(page)
    await panel.waitForField('event-count', String(mine))
    await panel.waitForField('cid', md5(BINH.phone))
    const theirs = await chromium.openPanel(other)
    await theirs.waitForField('event-count', String(server.received(isAnyEvent).length - mine))
    expect(await theirs.field('uid')).toBe(await panel.field('uid'))
    await other.close()
  })

  test('a tag manager’s call: the detail names its container, and the last event of the dataLayer', async () => {
    server.serve('/gtm.js', () => ({
      headers: { 'Content-Type': 'text/javascript' },
      body: `window.dataLayer = window.dataLayer || []
        dataLayer.push = function (entry) {
          Array.prototype.push.call(this, entry)
          if (entry.event === 'add_to_cart') web_event.track('product', 'from_tag', { items: [] })
        }`,
    }))
    await shopper.open('/')
    await page.evaluate(async () => {
      const script = document.createElement('script')
      script.src = '/gtm.js?id=GTM-AB12CD3'
      const loaded = new Promise(done => {
        script.onload = done
      })
      document.head.append(script)
      await loaded
      const { dataLayer } = window as unknown as { dataLayer: object[] }
      dataLayer.push({ currency: 'VND' })
      dataLayer.push({ event: 'add_to_cart' })
    })
    await server.arrival(isEvent('product/from_tag'))
    const panel = await chromium.openPanel(page)
    await caughtUp(panel)
    await panel.show('events')
    const id = await panel.waitFor(
      () =>
        [...document.querySelectorAll<HTMLElement>('[data-event]')].find(row => row.textContent?.includes('from_tag'))
          ?.dataset.event ?? null,
    )
    await panel.click(`[data-event="${id}"]`)
    await panel.waitForField('cause', /GTM-AB12CD3.*add_to_cart/)
  })
})

describe('the mistakes that the shop can make are found, each by its own rules and by no other', () => {
  oneTab()

  const visit = {
    open: (mistake: string) => shopper.open(`/?mistake=${mistake}`),
    look: () => shopper.product('AT-101'),
    'log in': () => shopper.logIn(BINH.phone),
    'log out': () => shopper.logOut(),
    'look again': () => shopper.product('TR-022'),
  }
  const whole = Object.keys(visit) as (keyof typeof visit)[]
  test.each<[mistake: string, rules: string[], steps: (keyof typeof visit)[]]>([
    ['none', [], whole],
    ['keep-customer', ['logout-keeps-cid'], whole],
    ['raw-email', ['cid-raw'], ['open', 'log in']],
    // Two ways of making it of one person's data are a second finding.
    ['second-cid', ['cid-changed', 'cid-recipe-mixed'], ['open', 'log in', 'log out']],
    ['md5-of-nothing', ['cid-shared'], ['open', 'log in']],
    ['double-pageview', ['event-twice'], ['open']],
  ])('%s', async (mistake, rules, steps) => {
    for (const step of steps) await visit[step](mistake)
    await caughtUp(panel)
    await panel.waitFor(n => document.querySelectorAll('[data-rule]').length === n, rules.length)
    expect(await panel.marks('[data-rule]', 'rule')).toEqual(rules)
  })
})

// What these do without a request is in the count too: none that counts comes after them.
describe('nothing leaves', () => {
  oneTab()
  test('a blocked SDK: the panel says so, and what waits in the queue', async () => {
    await page.goto(`${origin}/product/AT-101?mistake=sdk-blocked`)
    await panel.waitForField('sdk-state', 'blocked')
    await panel.waitForField('event-count', String(before + 1))
    expect(server.received(isAnyEvent)).toEqual([])
  })
})

describe('the app bridge', () => {
  oneTab()

  test('identify and remove go through its own methods', async () => {
    await shopper.open('/?sdk=app')
    await panel.waitForField('identity-state', 'Anonymous')
    const uid = await panel.field('uid')
    await panel.click('[data-action="identify"]')
    await panel.fill('#cid-text', AN.phone)
    // Of the story before: what was typed stays.
    await panel.click('table.draft button[aria-label$="city"]')
    await tick(panel, 'run-identify')
    await panel.click('[data-action="run-identify"]')
    const identify = await server.arrival(isEvent('user/identify'))
    expect(JSON.parse(identify.body).dims).toEqual({ customers: { customer_id: md5(AN.phone) } })
    await panel.waitForField('identity-state', 'Identified')
    await tick(panel, 'run-remove')
    await panel.click('[data-action="run-remove"]')
    await panel.waitForField('identity-state', 'Anonymous')
    await shopper.open('/category/kitchen')
    await panel.waitForField('cid', '—')
    expect(await panel.field('uid')).toBe(uid)
  })
})

describe('a log of thousands of events', () => {
  aTabEach()

  test('opens with the newest, and in the end has all of them, to the first', async () => {
    const events = 8_000
    // Every twentieth is a page.
    const filled = (events / 20) * 19
    origin = 'http://www.shop.test'
    shopper = new Shopper(page, server, origin)
    await shopper.open('/')
    await shopper.logIn(BINH.phone)
    const own = server.received(isAnyEvent).length
    const reader = await readerOf(chromium)
    const { session } = await reader.evaluate<{ session: string }>('chrome.storage.session.get("session")')
    const tab = await chromium.tabId(page, reader)
    // Ids go on from what is written: those of the visit must be.
    const counted = await chromium.openPanelTab(page)
    await counted.waitForField('event-count', String(own))
    await chromium.stopWorker()
    await inside(reader, 'fill', events, `${session}:${tab}`, Date.now() - 600_000)
    await reader.close()

    const long = await chromium.openPanelTab(page)
    await long.waitForField('event-count', String(own + filled))
    await long.waitForField('identity-state', 'Identified')
    await long.waitForField('cid', md5(BINH.phone))
    await long.show('events')
    await long.waitForField('counts', new RegExp(`^${own + filled} events · ${own + filled} requests`))
    // Scrolled, the same elements say something else; at rest they stand in the order in which they are read.
    const scrolled = await long.evaluate(async () => {
      const box = document.querySelector('#rows') as HTMLElement
      const frame = () => new Promise(requestAnimationFrame)
      const rows = () => [...document.querySelectorAll<HTMLElement>('.all > [data-event]')]
      box.scrollTop = box.scrollHeight - 2_000
      await frame()
      const [before, elements, ids] = [rows().length, new Set(rows()), new Set<string>()]
      for (let n = 0; n < 30; n++) {
        box.scrollTop -= 110
        await frame()
        for (const row of rows()) {
          elements.add(row)
          ids.add(row.dataset.event ?? '')
        }
      }
      return { events: ids.size - before, made: elements.size - before }
    })
    expect(scrolled.events).toBeGreaterThan(100)
    // A row of a page is another element than one of an event.
    expect(scrolled.made).toBeLessThan(scrolled.events / 5)
    const isInOrder = () => {
      const order = [...document.querySelectorAll('.all > [role="row"]')].map(row => Number(row.ariaRowIndex))
      return order.every((index, n) => n === 0 || index === (order[n - 1] ?? 0) + 1) || null
    }
    await long.waitFor(isInOrder)
    await long.click('#rows')
    await long.press('Home')
    await long.waitFor(() => document.querySelector('[data-event][aria-rowindex="2"][aria-selected="true"]'))
    await long.fill('#view [role="combobox"]', 'uid:7865000000000000000')
    await long.waitFor(
      text => document.querySelector('#view')?.textContent?.includes(text) || null,
      `${(2_000 / 20) * 19} of ${own + filled}`,
    )
    await long.fill('#view [role="combobox"]', '')
    await shopper.product('AT-101')
    await long.waitForField('event-count', String(server.received(isAnyEvent).length + filled))
  })

  test('a list that is scrolled is moved, not painted anew', async () => {
    await shopper.open()
    for (let n = 0; n < 3; n++) await shopper.product('AT-101')
    const panel = await chromium.openPanelTab(page)
    await panel.show('events')
    await panel.waitFor(() => document.querySelectorAll('.all [data-event]').length > 2 || null)
    // Lower than its rows, so that there is something to scroll.
    await panel.resize(1_000, 200)
    const height = await panel.waitFor(() => {
      const rows = document.querySelector('.all')
      return rows && rows.clientHeight > innerHeight ? rows.clientHeight : null
    })
    const reader = await readerOf(chromium)
    const tab = await chromium.tabId(page, reader)
    await reader.close()
    const { targetId } = await chromium.cdp.target(({ url }) => url.endsWith(`?tab=${tab}`), 'the panel', 10_000)
    const session = await chromium.cdp.attach(targetId)
    const layers = new Promise<number[]>(done => {
      session.on('LayerTree.layerTreeDidChange', params =>
        done(((params as { layers?: { height: number }[] }).layers ?? []).map(layer => layer.height)),
      )
    })
    await session.send('LayerTree.enable')
    // The rows are a layer of their own, as high as all of them.
    expect(Math.max(...(await layers))).toBeGreaterThanOrEqual(height)
    await session.detach()
  })
})

// Last: the stories of one tab count on what is in the log.
describe('everything is deleted', () => {
  aTabEach()

  test('after the worker slept: the page’s SDK is there to be called', async () => {
    await shopper.open('/')
    const panel = await chromium.openPanelTab(page)
    await panel.waitForField('sdk-state', 'live')
    await caughtUp(panel)
    await chromium.stopWorker()
    await panel.show('settings')
    await panel.click('[data-action="delete-everything"]')
    await panel.click('[data-action="confirm-delete"]')
    await panel.waitForField('event-count', '0')
    await panel.waitForField('sdk-state', 'live')
    await panel.show('actions')
    await panel.waitForField('run-why', 'Type what the CID is made of.')
  })
})
