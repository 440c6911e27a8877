/** The main story in a real Firefox, in the panel's page opened as a tab. */
import { createHash } from 'node:crypto'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { BINH } from '../demo/catalogue'
import { type DemoServer, startServer } from '../demo/server'
import { Shopper, type ShopTab } from '../demo/visit'
import { type Firefox, launchFirefox } from './drive/firefox'

let server: DemoServer
let firefox: Firefox
beforeAll(async () => {
  server = await startServer()
  firefox = await launchFirefox({ server, extension: builtExtension('firefox') })
})
afterAll(async () => {
  await firefox?.close()
  await server?.close()
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
