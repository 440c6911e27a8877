/** Around the views, in the real panel: its language, its settings. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { BINH } from '../demo/catalogue'
import { type DemoServer, startServer } from '../demo/server'
import { Shopper } from '../demo/visit'
import { type Chromium, launch } from './drive/chromium'
import type { Panel } from './drive/panel'

let server: DemoServer
let chromium: Chromium
/** One tab and its DevTools for all stories, since they take long to open. */
let page: Page
let panel: Panel
beforeAll(async () => {
  server = await startServer()
  chromium = await launch({ server, extension: builtExtension('chrome') })
  ;({ page } = chromium)
  panel = await chromium.openPanel()
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})

/** Each story has a site of its own. */
let shopper: Shopper
let stories = 0
beforeEach(async () => {
  await page.bringToFront()
  shopper = new Shopper(page, server, `http://www.around-${++stories}.test`)
  server.forget()
})

test('Vietnamese is spoken at once, in every view, and by the next panel too', async () => {
  await shopper.open('/')
  await shopper.logIn(BINH.phone)
  await panel.waitForField('identity-state', 'Identified')
  await panel.show('settings')
  await panel.fill('[name="language"]', 'vi')
  await panel.waitForField('identity-state', 'Đã nhận diện')
  const heads: Record<string, string> = {
    identity: 'Dòng thời gian',
    events: 'Cách gửi',
    merge: 'Xem trước hợp nhất',
    check: 'Kiểm tra đăng nhập và đăng xuất',
    actions: 'Chính xác lệnh gọi',
    diagnostics: 'Script của SDK',
    settings: 'Những gì được lưu',
  }
  for (const [view, words] of Object.entries(heads)) {
    await panel.show(view as 'identity')
    await panel.waitFor(wanted => document.querySelector('#view')?.textContent?.includes(wanted), words)
    if (process.env.PICTURES) await panel.screenshot(`${process.env.PICTURES}/vi-${view}.png`)
  }

  const next = await chromium.openPanelTab(page)
  await next.waitFor(() => document.documentElement.lang === 'vi')
  await next.waitFor(() => document.querySelector('[data-tab="events"]')?.textContent?.startsWith('Sự kiện'))
  await next.show('settings')
  await next.fill('[name="language"]', 'auto')
  // The one that was open hears it.
  await panel.waitForField('identity-state', 'Identified')
})

test('keys are listed under ?, and settings are reset', async () => {
  await panel.waitFor(() => document.querySelector('[data-tab="events"]'))
  await panel.show('identity')
  await panel.press('Shift+?')
  await panel.waitFor(() => document.querySelector('dialog[open]')?.textContent?.includes('Ctrl+E'))
  if (process.env.PICTURES) await panel.screenshot(`${process.env.PICTURES}/keys.png`)
  await panel.press('Escape')
  await panel.waitFor(() => document.querySelector('dialog') === null)

  await panel.press('Control+7')
  await panel.fill('[name="theme"]', 'dark')
  await panel.waitFor(() => document.documentElement.dataset.theme === 'dark')
  if (process.env.PICTURES) await panel.screenshot(`${process.env.PICTURES}/settings.png`)
  await panel.click('[data-action="reset-settings"]')
  await panel.click('[data-action="confirm-reset-settings"]')
  await panel.waitFor(() => document.querySelector<HTMLSelectElement>('[name="theme"]')?.value === 'auto')
})

test('a fresh visitor: what the SDK keeps is shown, cleared, and the page begins with a new UID', async () => {
  await shopper.open('/')
  await shopper.logIn(BINH.phone)
  await panel.waitForField('identity-state', 'Identified')
  const uid = (await panel.field('uid')) ?? ''
  await panel.show('actions')
  await panel.click('[data-action="fresh"]')
  await panel.waitFor(before => document.querySelector('dialog')?.textContent?.includes(before), uid)
  const kept = await panel.marks('[data-kept]', 'kept')
  expect(kept).toEqual(expect.arrayContaining(['_asm_uid', 'au_id']))
  expect(kept.filter(name => name === '_asm_uid').length).toBe(2)
  if (process.env.PICTURES) await panel.screenshot(`${process.env.PICTURES}/fresh.png`)
  // Asked of another site than the tab shows by now, nothing goes.
  const asker = await chromium.context.newPage()
  await asker.goto(`chrome-extension://${chromium.extensionId}/manifest.json`)
  const refused = await asker.evaluate(
    tab => {
      type Runtime = { runtime: { sendMessage(ask: object): Promise<unknown> } }
      const { runtime } = (globalThis as unknown as { chrome: Runtime }).chrome
      return runtime.sendMessage({ kind: 'fresh', tab, site: 'other.test' }).then(String, String)
    },
    await chromium.tabId(page, asker),
  )
  await asker.close()
  expect(refused).toMatch(/the page is of \S+ now; nothing was cleared/)
  expect((await chromium.context.cookies(page.url())).map(({ name }) => name)).toContain('_asm_uid')
  const loaded = page.waitForEvent('load')
  await panel.click('[data-action="confirm-fresh"]')
  await loaded
  await panel.waitForField('fresh', new RegExp(`^${kept.length} values were cleared`))
  await panel.waitFor(before => {
    const now = document.querySelector('[data-field="uid"]')?.textContent
    return now && now !== '—' && now !== before
  }, uid)
})

test('beside the page it shows the tab that is in front, and follows to another', async () => {
  await shopper.open('/')
  const side = await chromium.openSidePanel(page)
  /** Asked anew each time: the page goes to another address as the tab in front changes. */
  const shown = () =>
    side
      .evaluate(() => [
        document.querySelector('[data-field="uid"]')?.textContent === '—',
        document.querySelector('[data-tab][aria-selected="true"]')?.getAttribute('data-tab'),
      ])
      .catch(() => null)
  const soon = { timeout: 30_000 }
  await expect.poll(shown, soon).toEqual([false, 'identity'])
  await side.show('events')
  const other = await chromium.context.newPage()
  await other.bringToFront()
  await expect.poll(shown, soon).toEqual([true, 'events'])
  await page.bringToFront()
  await expect.poll(shown, soon).toEqual([false, 'events'])
  if (process.env.PICTURES) await side.screenshot(`${process.env.PICTURES}/side.png`)
  await other.close()
})

test('the toolbar button says who it is, after a stop of the worker too; what opens under it leads on', async () => {
  const own = `chrome-extension://${chromium.extensionId}`
  const asker = await chromium.context.newPage()
  await asker.goto(`${own}/manifest.json`)
  const tab = await chromium.tabId(page, asker)
  const button = () =>
    asker.evaluate(async tabId => {
      type Action = Record<'getBadgeText' | 'getTitle', (of: { tabId: number }) => Promise<string>>
      const { action } = (globalThis as unknown as { chrome: { action: Action } }).chrome
      return `${await action.getBadgeText({ tabId })} ${await action.getTitle({ tabId })}`
    }, tab)
  const soon = { timeout: 30_000 }
  await shopper.open('/')
  await expect.poll(button, soon).toMatch(/^\? Identity Lens\nAnonymous\nUID \d+$/)
  await shopper.logIn(BINH.phone)
  await expect.poll(button, soon).toMatch(/^ID Identity Lens\nIdentified\nCID /)
  const identified = await button()
  await chromium.stopWorker()
  await shopper.open('/')
  await expect.poll(button, soon).toBe(identified)

  await page.bringToFront()
  const popup = await chromium.openPopup(asker)
  await popup.waitForField('identity-state', 'Identified')
  expect(await popup.evaluate(() => [innerWidth, document.documentElement.scrollWidth])).toEqual([400, 400])

  await asker.goto(`${own}/popup.html?tab=${tab}`)
  // As wide as the browser makes it under the button.
  await asker.setViewportSize({ width: 400, height: 600 })
  await asker.locator('[data-field="identity-state"]', { hasText: 'Identified' }).waitFor()
  const opened = chromium.context.waitForEvent('page')
  await asker.click('[data-field="identity-since"] a')
  const full = await opened
  await full.locator('[data-tab="events"][aria-selected="true"]').waitFor()
  await full.locator('[aria-selected="true"][data-event]').waitFor()
  await full.close()
  await asker.close().catch(() => {})
})

test('events: filtered, kept, sorted, compared, frozen, cleared, and brought back', async () => {
  /** Of the stories before it. */
  const earlier = Number(await panel.field('event-count'))
  await shopper.open('/')
  await shopper.product('AT-101')
  await shopper.addToCart('M')
  await panel.show('events')
  const events = (atLeast: number) =>
    panel.waitFor(n => {
      const count = Number(document.querySelector('[data-field="event-count"]')?.textContent)
      return count >= n ? count : null
    }, earlier + atLeast)
  await events(4)
  const rows = (ec: string) =>
    panel.waitFor(wanted => {
      const names = [...document.querySelectorAll('.all [data-event] > :nth-child(2)')].map(
        each => each.textContent ?? '',
      )
      return names.length > 0 && names.every(name => name.startsWith(wanted))
    }, ec)
  await panel.fill('#filter', 'ec:product')
  await rows('product/')
  await panel.click('[data-action="filters"]')
  await panel.fill('[name="filter-name"]', 'Products')
  await panel.click('[data-action="keep-filter"]')
  await panel.fill('#filter', '')
  await panel.click('[data-action="filters"]')
  await panel.click('[data-filter="Products"]')
  await rows('product/')
  await panel.click('[data-sort="event"]')
  await panel.waitFor(() => document.querySelector('[aria-sort="ascending"] > [data-sort="event"]') !== null)
  // The menu of a row comes to the pointer.
  const pointer = await panel.rightClick('.all [data-event]')
  await panel.waitFor(({ x, y }) => {
    const { left, right, top, bottom } =
      document.querySelector('.pop:has(.ev-menu)')?.getBoundingClientRect() ?? new DOMRect()
    const near = (end: number, at: number) => Math.abs(end - at) < 6
    return (near(left, x) || near(right, x)) && (near(top, y) || near(bottom, y))
  }, pointer)
  await panel.click('[data-action="compare-before"]')
  await panel.waitFor(() => document.querySelector('[data-field="compare"]') !== null)
  await panel.click('[data-action="freeze"]')
  await shopper.product('CP-011')
  await panel.waitFor(() =>
    /[1-9]\d* waiting/.test(document.querySelector('[data-action="freeze"]')?.textContent ?? ''),
  )
  await panel.click('[data-action="freeze"]')
  const before = await events(6)
  await panel.click('[data-action="clear"]')
  await panel.click('[data-action="confirm-clear"]')
  await panel.waitForField('event-count', '0')
  await panel.click('[data-action="undo-clear"]')
  await events(before - earlier)
})

test('a place of an event’s stack opens in Sources', async () => {
  await shopper.product('AT-101')
  await panel.show('events')
  await panel.fill('#filter', 'ec:product since:1m')
  const newest = (await panel.marks('.all [data-event]', 'event')).at(-1)
  await panel.click(`.all [data-event="${newest}"]`)
  // Until its end is there the tabs may move: that of the chain says how long it took.
  await panel.waitFor(() => /\d/.test(document.querySelector('[data-detail="chain"]')?.textContent ?? ''))
  await panel.click('[data-detail="stack"]')
  await panel.click('[data-action="open-source"]')
  const source = new URL('/tracking.js', page.url()).href
  await expect.poll(() => chromium.toolOf(), { timeout: 30_000 }).toEqual({ tool: 'sources', source })
})
