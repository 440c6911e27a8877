/** Why nothing shows, in the real panel: each state is what the page, the worker and the browser really are in. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { type DemoServer, startServer } from '../demo/server'
import { type Chromium, launch } from './drive/chromium'
import type { Panel } from './drive/panel'

const SHOP = 'http://www.diagnosed.test'
const BODY = { portal_id: '561234567', prop_id: '565000001', ec: 'user', ea: 'foreign' }

let server: DemoServer
let chromium: Chromium
let panel: Panel
beforeAll(async () => {
  server = await startServer()
  server.serve('/bare', '<!doctype html><title>No SDK</title>')
  chromium = await launch({ server, extension: builtExtension('chrome') })
  panel = await chromium.openPanel()
  await panel.show('diagnostics')
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})

const verdict = (wanted: string, of = panel): Promise<true> =>
  of.waitFor(
    id => (document.querySelector<HTMLElement>('[data-field="verdict"]')?.dataset.verdict === id ? true : null),
    wanted,
  )
const open = (path: string) => chromium.page.goto(SHOP + path)

describe('the one thing that stops events', () => {
  test('a page of the browser', async () => {
    await chromium.page.goto('chrome://version')
    await verdict('foreign')
    await panel.waitForField('frames-silent', 'No frame has answered')
  })

  test('a page without the SDK: hook and relay live, nothing was asked for', async () => {
    await open('/bare')
    await verdict('absent')
    expect(await panel.field('script-requested')).toBe('Not requested')
    expect(await panel.marks('[data-frame="0"] [data-alive]', 'alive')).toEqual(['true', 'true'])
    await panel.waitForField('permission-page', 'www.diagnosed.test: read and hook')
    expect(await panel.field('permission-sdk')).toMatch(/^Hosts of the SDK: requests/)
  })

  test('recording is off; a click switches it on', async () => {
    await panel.click('[data-action="record"]')
    await verdict('off')
    await panel.click('[data-action="record-now"]')
    await verdict('absent')
  })

  test('the SDK is blocked: its script, its queue', async () => {
    await open('/product/AT-101?mistake=sdk-blocked')
    await verdict('blocked')
    await panel.waitForField('script-loaded', /^Not loaded: /)
    await panel.waitForField('queue-length', /^1 call waits/)
    await panel.waitForField('sdk-replaced', 'web_event is still the snippet’s stub: calls only queue')
  })

  test('the SDK is live; a frame that can’t be reached is missed', async () => {
    await open('/?mistake=none')
    await verdict('fine')
    await panel.waitForField('script-loaded', /^Loaded: 200 in /)
    await panel.waitForField('sdk-replaced', /^Took the place of the snippet’s web_event .+ after the page began$/)
    // Each with its time: asked for, loaded, live; the page's frame by its last record.
    const times = await panel.evaluate(() =>
      ['script-requested', 'script-loaded', 'sdk-replaced'].map(
        name => document.querySelector(`[data-field="${name}"] + *`)?.textContent ?? '',
      ),
    )
    for (const time of times) expect(time).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/)
    expect(times).toEqual([...times].sort())
    await panel.waitFor(() => /:\d\d\.\d{3}$/.test(document.querySelector('[data-last]')?.textContent ?? '') || null)
    await panel.waitForField('permission-cookies', 'Cookies of diagnosed.test: the SDK’s own are read')
    await panel.waitForField('last-event', /^Last event #\d+ /)
    await chromium.page.evaluate(() => {
      document.body.insertAdjacentHTML(
        'beforeend',
        '<iframe srcdoc="chat"></iframe><iframe src="http://nowhere.invalid/">',
      )
    })
    await panel.waitForField('frames-silent', /^1 frame has not answered/)
    expect(await panel.count('[data-frame]')).toBe(2)
  })

  test('the worker was stopped: it wakes to answer, and says so', async () => {
    const wakes = async () => Number(/woke (\d+)/.exec((await panel.field('worker-wake')) ?? '')?.[1])
    const before = await wakes()
    await chromium.stopWorker()
    await panel.waitForField('worker-wake', new RegExp(`woke ${before + 1} times`))
    await verdict('fine')
  })

  test('the filter hides all: by which of its terms; a click opens it, another shows all', async () => {
    await panel.show('events')
    await panel.fill('#filter', 'pageview nowhere-at-all')
    await panel.show('diagnostics')
    await verdict('hidden')
    const hidden = Number((await panel.marks('[data-field="rows-hidden"]', 'hidden'))[0])
    const terms = (await panel.marks('[data-hides]', 'hides')).map(Number)
    expect(terms).toHaveLength(2)
    expect(terms.reduce((sum, n) => sum + n)).toBe(hidden)
    expect(terms[1]).toBeGreaterThan(0)
    await panel.click('[data-action="open-filter"]')
    await panel.waitFor(() => document.activeElement?.id === 'filter' || null)
    await panel.show('diagnostics')
    await panel.click('[data-action="show-all"]')
    await panel.waitFor(() => document.querySelectorAll('[data-event]').length > 0 || null)
  })
})

describe('requests that are not recognised', () => {
  afterEach(() => panel.show('diagnostics'))
  const line = (host: string, text: string) =>
    panel.waitFor(
      (name, part) => (document.querySelector(`[data-host="${name}"]`)?.textContent?.includes(part) ? true : null),
      host,
      text,
    )
  const events = async () => Number(await panel.field('event-count'))
  /** What the panel wrote lies in the browser's storage, and the worker was told: reading comes after writing. */
  const stored = () =>
    panel.evaluate(async () => {
      type Storage = { storage: { local: { get(key: string): Promise<unknown> } } }
      await (globalThis as unknown as { chrome: Storage }).chrome.storage.local.get('settings')
    })
  /** A request that the page makes from now on. */
  const send = (url: string, body?: unknown) =>
    chromium.page.evaluate(
      async ([to, text]) => {
        await fetch(to as string, { mode: 'no-cors', ...(text ? { method: 'POST', body: text } : {}) })
      },
      [url, body ? JSON.stringify(body) : undefined] as const,
    )

  test('are counted, and are no events; one click adds their host, and the next one is logged and shown', async () => {
    await panel.show('diagnostics')
    const before = await events()
    await send('http://t.collect.test/u/88123/event?phone=0900000000')
    await send('http://t.collect.test/u/88124/event?phone=0900000001')
    await send('http://metrics.test/event?a=88271&v=5.16.1', { not: 'ours' })
    await line('t.collect.test', '2×')
    await line('t.collect.test', '/u/…/event')
    await line('metrics.test', 'most likely another vendor’s')
    expect(await events()).toBe(before)

    // What is known to be another's is set aside, and stays so when it comes again.
    await panel.click('[data-host="metrics.test"] [data-action="ignore-line"]')
    await panel.waitForField('lines-ignored', '1 line is ignored.')
    await send('http://metrics.test/event?a=88271&v=5.16.1', { not: 'ours' })
    expect(await panel.count('[data-host="metrics.test"]')).toBe(0)
    await panel.click('[data-action="heed-lines"]')
    await line('metrics.test', '2×')

    await panel.click('[data-host="t.collect.test"] [data-action="add-host"]')
    await line('t.collect.test', 'counts from the next request on')
    await stored()
    await send('http://t.collect.test/u/88125/event?n=3')
    await panel.waitForField('event-count', String(before + 1))
    await send('http://t.collect.test/hits?ec=pageview&ea=proxied&portal_id=1&prop_id=2')
    await panel.waitForField('event-count', String(before + 2))
    await panel.show('events')
    await panel.fill('#filter', 't.collect.test')
    await panel.waitFor(() => (document.querySelectorAll('[data-event]').length === 2 ? true : null))
    expect(await panel.text()).toContain('pageview/proxied')
    await panel.fill('#filter', '')

    await panel.show('diagnostics')
    await panel.click('[data-host="t.collect.test"] [data-action="remove-host"]')
    await stored()
    await send('http://t.collect.test/u/88126/event?n=4')
    await line('t.collect.test', '3×')
    expect(await events()).toBe(before + 2)
  })

  test('a foreign POST whose body alone is an event is one, seen in both lanes', async () => {
    const before = await events()
    await send('http://metrics.test/event?x=1', BODY)
    await panel.waitForField('event-count', String(before + 1))
    await panel.show('events')
    await panel.fill('#filter', 'user/foreign')
    await panel.click('[data-event]')
    await panel.click('#detail [role="tab"]:nth-child(3)')
    await panel.waitFor(() =>
      document.body.innerText.includes('seen by the page’s hook and by the browser') ? true : null,
    )
    await panel.press('Escape')
    await panel.fill('#filter', '')
  })

  test('a host that is none is refused, and told why', async () => {
    await panel.show('settings')
    await panel.fill('[name="hosts"]', '*.shop.example')
    await panel.waitForField('host-fault', /write each host by its whole name/)
    await panel.fill('[name="hosts"]', '')
  })
})

test('what is copied is what stands there, and holds nobody’s id', async () => {
  await panel.show('diagnostics')
  await panel.evaluate(() => {
    document.addEventListener('copy', () => {
      const { activeElement } = document
      document.title = activeElement instanceof HTMLTextAreaElement ? activeElement.value : ''
    })
  })
  const shown = async () =>
    panel.evaluate(() => document.querySelector('[data-field="diagnostics-text"]')?.textContent ?? '')
  await panel.click('[data-action="copy-diagnostics"]')
  await panel.waitFor(() =>
    document.title.startsWith('Identity Lens ') && document.title.includes('filter') ? true : null,
  )
  const copied = await panel.evaluate(() => document.title)
  // Titles lose their line ends; "awake for" and "last … ago" go on.
  const words = (text: string) => text.replace(/\s+/g, ' ').replace(/[\d.]+ (ms|s|min)/g, 'n')
  expect(words(copied)).toBe(words(await shown()))
  expect(copied).toMatch(/\d × lacks portal_id, prop_id, ec, ea/)
  for (const personal of [
    await panel.field('uid'),
    await panel.field('aid'),
    'diagnosed',
    'collect',
    '0900000000',
    '88123',
  ])
    expect(copied).not.toContain(personal)
})

test('the page opened by hand, without a tab or with one that is none: it says so, at once and everywhere', async () => {
  const tab = await chromium.context.newPage()
  const shown = (selector: string, hasText: string) => tab.locator(selector, { hasText }).waitFor({ timeout: 30_000 })
  for (const query of ['', '?tab=', '?tab=-1', '?tab=shop']) {
    await tab.goto(`chrome-extension://${chromium.extensionId}/panel.html${query}`)
    await shown('[data-field="fault"]', 'This page was opened without a tab to look at.')
    await shown('#view', 'No tab to look at')
    await tab.click('[data-tab="diagnostics"]')
    await shown('[data-verdict="no-tab"]', 'without a tab')
  }
  await tab.close()
})

test('no right to the site, a page of before the right, and one of before an update: each is said, a reload ends it', async () => {
  const { page, context, extensionId } = chromium
  await open('/?mistake=none')
  const browser = await context.newPage()
  await browser.goto('chrome://extensions')
  const ask = (what: string, ...given: unknown[]) =>
    browser.evaluate(
      ([method, args]) => {
        type Extensions = { developerPrivate: Record<string, (...args: unknown[]) => Promise<unknown>> }
        return (globalThis as unknown as { chrome: Extensions }).chrome.developerPrivate[method]?.(...args)
      },
      [what, given] as const,
    )
  const allow = (hostAccess: string) => ask('updateExtensionConfiguration', { extensionId, hostAccess })
  await ask('updateProfileConfiguration', { inDeveloperMode: true })
  const tab = await chromium.openPanelTab(page)
  await tab.show('diagnostics')
  await verdict('fine', tab)

  await allow('ON_CLICK')
  await page.reload()
  await verdict('permission', tab)
  expect(await tab.field('permission-sdk')).toMatch(/not allowed, so no request is seen/)
  await allow('ON_ALL_SITES')
  await verdict('reload', tab)
  await tab.click('[data-action="reload"]')
  await verdict('fine', tab)

  await ask('reload', extensionId, { failQuietly: true })
  const after = await chromium.openPanelTab(page)
  await after.show('diagnostics')
  await verdict('reload', after)
  await after.click('[data-action="reload"]')
  await verdict('fine', after)
})
