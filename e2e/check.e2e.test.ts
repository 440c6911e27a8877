/** The login and logout check in the real panel: a tester at the demo shop, pressing marks, watching steps tick, saving the report. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { AN, BINH } from '../demo/catalogue'
import { type DemoServer, startServer } from '../demo/server'
import { md5 } from '../demo/shop'
import { Shopper } from '../demo/visit'
import { type Chromium, launch } from './drive/chromium'
import type { Panel } from './drive/panel'

/** One tab and its DevTools for all runs, since opening them costs more than a run; each run has a site of its own. */
let server: DemoServer
let chromium: Chromium
let panel: Panel
let downloads: string
beforeAll(async () => {
  downloads = mkdtempSync(join(tmpdir(), 'identity-lens-downloads-'))
  server = await startServer()
  chromium = await launch({ server, extension: builtExtension('chrome') })
  await chromium.cdp.root.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads })
  panel = await chromium.openPanel()
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
  rmSync(downloads, { recursive: true, force: true })
})

/** Waits until these steps, and maybe others too, have this verdict. */
const verdict = (wanted: string, ...steps: number[]): Promise<true> =>
  panel.waitFor(
    (verdictWanted, numbers) =>
      numbers.every(
        step => document.querySelector<HTMLElement>(`[data-step="${step}"]`)?.dataset.verdict === verdictWanted,
      ) || null,
    wanted,
    steps,
  ) as Promise<true>

const came = (step: number): Promise<string> =>
  panel.evaluate(n => document.querySelector(`[data-step="${n}"] .ck-came`)?.textContent ?? '', step)

/** Opens the shop, and begins a run there. */
const begin = async (shopper: Shopper, site: string, path: string): Promise<void> => {
  await shopper.open(path)
  await panel.waitForField('identity-state', 'Anonymous')
  await panel.show('check')
  await panel.waitFor(name => document.querySelector('.tabs')?.textContent?.includes(name) || null, site)
  await panel.waitFor(() => document.querySelector('[data-step]') === null)
  await panel.click('[data-action="check-start"]')
  await panel.waitForField('check-verdict', /./)
}
/** Names a person, who is the one to log in next. */
const name = async (label: string, typed: string): Promise<void> => {
  await panel.fill('input[name="label"]', label)
  await panel.fill('input[name="typed"]', typed)
  await panel.click('[data-action="add-person"]')
  await panel.waitFor(
    wanted => document.querySelector(`[data-person="${wanted}"] input:checked`) !== null || null,
    label,
  )
}
/** Presses the key of a mark, and waits until the panel has read the mark back from the log. */
const press = async (key: string, group: number): Promise<void> => {
  await panel.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await panel.press(key)
  await panel.waitFor(
    n => (document.querySelectorAll('.step.g')[n]?.textContent ?? '').includes('your mark') || null,
    group,
  )
}
/** What a click on one of the panel's buttons puts on the clipboard. */
const copied = async (action: string): Promise<string> => {
  await panel.evaluate(() => {
    addEventListener(
      'copy',
      () => {
        document.body.dataset.copied = (document.activeElement as HTMLTextAreaElement).value
      },
      { once: true },
    )
  })
  await panel.click(`[data-action="${action}"]`)
  return panel.waitFor(() => document.body.dataset.copied ?? null)
}
/** Saves a report by a click in DevTools; gives the file. */
const saved = async (action: string, file: string): Promise<string> => {
  await panel.click(`[data-action="${action}"]`)
  const path = join(downloads, file)
  await expect.poll(() => existsSync(path), { timeout: 30_000 }).toBe(true)
  return readFileSync(path, 'utf8')
}

test('login → logout → second login: every step passes, the marks survive a stop of the worker, the report is saved', async () => {
  const shopper = new Shopper(chromium.page, server, 'http://www.check-1.test')
  await begin(shopper, 'check-1.test', '/')
  await name('Bình', BINH.phone)
  await verdict('waiting', 2, 3)

  await shopper.open('/')
  await shopper.product('AT-101')
  await verdict('pass', 1, 2)
  await shopper.logIn(BINH.phone)
  await press('1', 0)
  await shopper.product('CP-011')
  await verdict('pass', 3, 4, 6, 8)
  expect(await came(4)).toContain('is the right one for Bình')

  await chromium.stopWorker()
  await shopper.logOut()
  await press('2', 2)
  await shopper.product('AT-101')
  await verdict('pass', 9, 10, 11, 12, 13)

  await name('An', AN.phone)
  await shopper.signUp(AN)
  await press('3', 3)
  await shopper.product('TR-022')
  await verdict('pass', 14, 15, 17)
  await panel.waitForField('check-verdict', 'Passes')
  await verdict('not-applicable', 5, 7)
  await verdict('waiting', 16)
  // The log is what counts: read again from the disk, it says the same.
  await chromium.stopWorker()
  expect(await panel.marks('[data-spell]', 'spell')).toEqual(['nobody', md5(BINH.phone), 'nobody', md5(AN.phone)])

  const list = (await copied('check-list')).split('\n').map(line => line.split('\t'))
  const login = list.find(([, , event]) => event === 'user/sign_in')
  expect(login?.[0]).toMatch(/^\d{10,}$/)
  expect(login?.[1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/)
  const html = await saved('check-html', 'check-check-1.test.html')
  expect(html).toContain('Login and logout check: <span class="pass">Passes</span>')
  expect(html).not.toContain(md5(AN.phone))
})

test('a shop that keeps the customer at logout fails at the step that says so, and the tab says that it fails', async () => {
  const shopper = new Shopper(chromium.page, server, 'http://www.check-2.test')
  await begin(shopper, 'check-2.test', '/?mistake=keep-customer')
  await shopper.product('AT-101')
  await shopper.logIn(BINH.phone)
  await press('1', 0)
  await shopper.product('CP-011')
  await verdict('pass', 1, 2, 3, 4, 6, 8)
  expect(await panel.field('check-failed')).toBeNull()
  await shopper.logOut()
  await press('2', 2)
  await shopper.product('AT-101')
  await verdict('fail', 12)
  await panel.waitForField('check-verdict', /^Fails at step 12/)
  await verdict('pass', 9, 11)
  expect(await came(12)).toContain('logout-keeps-cid')
  await panel.waitFor(() => document.querySelector('[data-step="17"][data-verdict="fail"]') !== null || null)
  await panel.show('identity')
  await panel.waitForField('check-failed', /^/)
})
