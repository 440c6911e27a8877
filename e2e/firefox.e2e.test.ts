/** The main story in a real Firefox, in the panel's page opened as a tab. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { BINH } from '../demo/catalogue'
import { type DemoServer, startServer } from '../demo/server'
import { Shopper, type ShopTab } from '../demo/visit'
import { type Firefox, launchFirefox } from './drive/firefox'

let server: DemoServer
let firefox: Firefox
let downloads: string
beforeAll(async () => {
  server = await startServer()
  downloads = mkdtempSync(join(tmpdir(), 'identity-lens-downloads-'))
  firefox = await launchFirefox({
    server,
    extension: builtExtension('firefox'),
    prefs: { 'browser.download.folderList': 2, 'browser.download.dir': downloads },
  })
})
afterAll(async () => {
  await firefox?.close()
  await server?.close()
  rmSync(downloads, { recursive: true, force: true })
})

/** By the page's own means: Firefox draws nothing in the tab behind the panel, so there is nothing there to point at. */
const asShopTab = (page: Page): ShopTab => ({
  goto: url => page.goto(url),
  click: selector => page.$eval(selector, element => (element as HTMLElement).click()),
  fill: (selector, text) =>
    page.$eval(selector, (element, value) => Object.assign(element as HTMLInputElement, { value }), text),
  selectOption: (selector, value) => page.select(selector, value),
  waitForFunction: condition => page.waitForFunction(condition),
})

test('anonymous → login → logout', async () => {
  const shopper = new Shopper(asShopTab(firefox.page), server)
  const uidOf = ({ url }: { url: string }): string => new URL(url).searchParams.get('uid') ?? ''
  const uid = uidOf(await shopper.open('/'))
  const panel = await firefox.openPanelTab()
  await panel.waitForField('identity-state', 'Anonymous')
  await panel.waitForField('sdk-state', 'live')
  expect(await panel.field('uid')).toBe(uid)

  await shopper.logIn(BINH.phone)
  await panel.waitForField('identity-state', 'Identified')
  expect(await panel.field('cid')).toBe(createHash('md5').update(BINH.phone).digest('hex'))

  const next = uidOf(await shopper.logOut())
  await panel.waitForField('identity-state', 'Anonymous')
  await panel.waitForField('uid', next)
  expect(await panel.field('cid')).toBe('—')
  const events = server.received(({ what }) => what === 'event' || what === 'stream_event').length
  await panel.waitForField('event-count', String(events))
})

test('a page that is still loading is found by what asks at once', async () => {
  server.serve('/never.js', () => ({ after: new Promise(() => {}) }))
  server.serve('/loading', '<!doctype html><title>loading</title><script src="/never.js"></script>')
  const panel = await firefox.openPanelTab()
  await firefox.page.evaluate(() => location.assign('/loading'))
  const answers = await panel.evaluate(async () => {
    type Api = {
      tabs: { get(tab: number): Promise<{ url: string; status: string }> }
      runtime: { sendMessage(ask: object): Promise<unknown> }
    }
    const { tabs, runtime } = (globalThis as unknown as { browser: Api }).browser
    const tab = Number(new URLSearchParams(location.search).get('tab'))
    while (!(await tabs.get(tab)).url.endsWith('/loading')) await new Promise(done => setTimeout(done))
    const ask = (kind: string, more = {}) => runtime.sendMessage({ kind, tab, ...more })
    const calls = [{ api: 'web_event.track', args: [] }]
    const given = await Promise.all([ask('attached'), ask('run', { frame: 0, command: 'identify', calls })])
    return [...given, (await tabs.get(tab)).status]
  })
  expect(answers).toEqual(['whole', { ok: false, error: 'The page has no web_event.track.' }, 'loading'])
})

test('in the browser’s own DevTools, which give a panel fewer rights than a tab: the check ticks, and its report is saved', async () => {
  const shopper = new Shopper(asShopTab(firefox.page), server, 'http://www.tools.test')
  await shopper.open('/')
  await firefox.inDevTools(
    firefox.page.url(),
    `(await until(() => document.querySelector('[data-tab="check"]'))).click()
    await until(() => document.querySelector('[data-field="identity-state"]')?.textContent === 'Anonymous')
    ;(await until(() => document.querySelector('[data-action="check-start"]:enabled'))).click()
    await until(() => document.querySelector('[data-field="check-verdict"]'))`,
  )
  await shopper.product('AT-101')
  await shopper.logIn(BINH.phone)
  await shopper.product('CP-011')
  const steps = await firefox.inDevTools<string[]>(
    firefox.page.url(),
    `const verdict = n => document.querySelector('[data-step="' + n + '"]')?.dataset.verdict
    await until(() => verdict(8) === 'pass')
    document.querySelector('[data-action="check-html"]').click()
    return [1, 2, 3, 4, 6].map(verdict)`,
  )
  expect(steps).toEqual(Array(5).fill('pass'))
  const report = join(downloads, 'check-tools.test.html')
  await expect.poll(() => existsSync(report) && readFileSync(report, 'utf8'), { timeout: 30_000 }).toContain('</html>')
})
