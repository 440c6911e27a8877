/** The login and logout check in the real panel: a tester at the demo shop, pressing marks, watching steps tick. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { AN, BINH } from '../demo/catalogue'
import { type DemoServer, startServer } from '../demo/server'
import { md5 } from '../demo/shop'
import { Shopper } from '../demo/visit'
import { type Chromium, launch } from './drive/chromium'
import type { Panel } from './drive/panel'

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

/** Each run has a tab and a site of its own. */
let page: Page
let shopper: Shopper
let runs = 0
beforeEach(async () => {
  page = await chromium.context.newPage()
  shopper = new Shopper(page, server, `http://www.check-${++runs}.test`)
  server.forget()
})
afterEach(async () => {
  await page.close()
})

/** Waits until these steps, and maybe others too, have this verdict. */
const verdict = (panel: Panel, wanted: string, ...steps: number[]): Promise<true> =>
  panel.waitFor(
    (verdictWanted, numbers) =>
      numbers.every(
        step => document.querySelector<HTMLElement>(`[data-step="${step}"]`)?.dataset.verdict === verdictWanted,
      ) || null,
    wanted,
    steps,
  ) as Promise<true>

const came = (panel: Panel, step: number): Promise<string> =>
  panel.evaluate(n => document.querySelector(`[data-step="${n}"] .ck-came`)?.textContent ?? '', step)

const begin = async (panel: Panel): Promise<void> => {
  await panel.show('check')
  await panel.click('[data-action="check-start"]')
  await panel.waitForField('check-verdict', /./)
}
/** Names a person, who is the one to log in next. */
const name = async (panel: Panel, label: string, typed: string): Promise<void> => {
  await panel.fill('input[name="label"]', label)
  await panel.fill('input[name="typed"]', typed)
  await panel.click('[data-action="add-person"]')
  await panel.waitFor(
    wanted => document.querySelector(`[data-person="${wanted}"] input:checked`) !== null || null,
    label,
  )
}
/** Presses the key of a mark, and waits until the panel has read the mark back from the log. */
const press = async (panel: Panel, key: string, group: number): Promise<void> => {
  await panel.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await panel.press(key)
  await panel.waitFor(
    n => (document.querySelectorAll('.step.g')[n]?.textContent ?? '').includes('your mark') || null,
    group,
  )
}

test('login → logout → second login: every step passes, and the marks survive a stop of the worker', async () => {
  await shopper.open('/')
  const panel = await chromium.openPanel(page)
  await panel.waitForField('identity-state', 'Anonymous')
  await begin(panel)
  await name(panel, 'Bình', BINH.phone)
  await verdict(panel, 'waiting', 2, 3)

  await shopper.open('/')
  await shopper.product('AT-101')
  await verdict(panel, 'pass', 1, 2)
  await shopper.logIn(BINH.phone)
  await press(panel, '1', 0)
  await shopper.product('CP-011')
  await verdict(panel, 'pass', 3, 4, 6, 8)
  expect(await came(panel, 4)).toContain('is the right one for Bình')

  await chromium.stopWorker()
  await shopper.logOut()
  await press(panel, '2', 2)
  await shopper.product('AT-101')
  await verdict(panel, 'pass', 9, 10, 11, 12, 13)

  await name(panel, 'An', AN.phone)
  await shopper.signUp(AN)
  await press(panel, '3', 3)
  await shopper.product('TR-022')
  await verdict(panel, 'pass', 14, 15, 17)
  await panel.waitForField('check-verdict', 'Passes')
  await verdict(panel, 'not-applicable', 5, 7)
  await verdict(panel, 'waiting', 16)
  // The log is what counts: read again from the disk, it says the same.
  await chromium.stopWorker()
  expect(await panel.marks('[data-spell]', 'spell')).toEqual(['nobody', md5(BINH.phone), 'nobody', md5(AN.phone)])
})

test('a shop that keeps the customer at logout fails at the step that says so', async () => {
  await shopper.open('/?mistake=keep-customer')
  const panel = await chromium.openPanel(page)
  await panel.waitForField('identity-state', 'Anonymous')
  await begin(panel)
  await shopper.product('AT-101')
  await shopper.logIn(BINH.phone)
  await press(panel, '1', 0)
  await shopper.product('CP-011')
  await verdict(panel, 'pass', 1, 2, 3, 4, 6, 8)
  await shopper.logOut()
  await press(panel, '2', 2)
  await shopper.product('AT-101')
  await verdict(panel, 'fail', 12)
  await panel.waitForField('check-verdict', /^Fails at step 12/)
  await verdict(panel, 'pass', 9, 11)
  expect(await came(panel, 12)).toContain('logout-keeps-cid')
  await panel.waitFor(() => document.querySelector('[data-step="17"][data-verdict="fail"]') !== null || null)
})
