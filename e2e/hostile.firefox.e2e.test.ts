/** The same pages and probes in a real Firefox, whose worlds are kept apart in another way. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { type DemoServer, startServer } from '../demo/server'
import type { EventEntry } from '../utils/identity/entry'
import { type Firefox, launchFirefox } from './drive/firefox'
import { readEvents, readPages } from './drive/log'
import { arrived, expected, type Mischief, PAGES, servePages, summary } from './pages/pages'
import { probe } from './pages/probe'

let server: DemoServer
let plain: Firefox
let firefox: Firefox
/** A page of the extension, to read the log from. */
let reader: Page
beforeAll(async () => {
  server = await startServer()
  servePages(server)
  server.serve('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain')
  plain = await launchFirefox({ server })
  firefox = await launchFirefox({ server, extension: builtExtension('firefox') })
  reader = await firefox.openOwn('/manifest.json')
  await firefox.page.bringToFront()
})
afterAll(async () => {
  await firefox?.close()
  await plain?.close()
  await server?.close()
})

const asker = { evaluate: <T>(expression: string) => reader.evaluate(expression) as Promise<T> }
const events = (category: string): Promise<EventEntry[]> => readEvents(asker, category)

test('no probe of the list tells the page that anybody looks', async () => {
  const measure = async ({ page }: Firefox) => {
    const noticed: string[] = []
    page.on('console', message => noticed.push(message.text()))
    page.on('pageerror', error => noticed.push(String(error)))
    page.on('request', request => noticed.push(request.url()))
    await page.goto('http://shop.test/plain')
    return { told: await page.evaluate(probe), noticed }
  }
  expect(await measure(firefox)).toEqual(await measure(plain))
})

describe('a page does its own work as without us, and what it sends is in the log, once', () => {
  const visit = async ({ page }: Firefox, mischief: Mischief, category: string) => {
    const said: string[] = []
    const note = (message: { text(): string }) => said.push(message.text())
    page.on('console', note)
    await page.goto(`http://shop.test/pages/${mischief.page}.html?ec=${category}`)
    const report = await page.waitForSelector('#report[data-done]')
    const text = await report?.evaluate(element => element.textContent)
    page.off('console', note)
    return `${text}${said.join('\n')}`.replaceAll(`=${category}&`, '=&')
  }

  test.each(PAGES.map(mischief => [`${mischief.page}: ${mischief.about}`, mischief] as const))(
    '%s',
    async (_, mischief) => {
      const [usual, ours] = [`usual-${mischief.page}`, `ours-${mischief.page}`]
      expect(await visit(firefox, mischief, ours)).toBe(await visit(plain, mischief, usual))
      expect(arrived(server, ours)).toEqual(arrived(server, usual))
      await expect
        .poll(async () => summary(await events(ours)), { timeout: 30_000, interval: 100 })
        .toEqual(expected(mischief))
      // Of its life only what the browser says.
      const life = (await readPages(asker)).filter(({ place }) => place.url.includes(ours))
      expect(life).toMatchObject([{ how: 'load', late: false }])
    },
  )
})

test('what a determined page finds here besides (docs/limits.md): a proxy by its messages, and what was used first', async () => {
  const find = () => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    const names = Reflect.ownKeys(frame.contentWindow as Window)
    frame.remove()
    let caller = ''
    try {
      caller = String(Reflect.get(fetch, 'caller'))
    } catch (error) {
      caller = (error as Error).message
    }
    // A name that is there from the start in every window, and one of those that come with their first use.
    return { caller, early: names.indexOf('WeakMap') < names.indexOf('Set') }
  }
  await Promise.all([firefox, plain].map(({ page }) => page.goto('http://shop.test/plain')))
  const [withUs, without] = [await firefox.page.evaluate(find), await plain.page.evaluate(find)]
  expect([without.caller.includes('Proxy'), withUs.caller.includes('Proxy')]).toEqual([false, true])
  expect([without.early, withUs.early]).toEqual([true, false])
})
