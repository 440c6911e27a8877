/** Whatever is taken away under the log (the worker, the database, the disk, the extension itself), what happens now is seen and what was is kept. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { type DemoServer, startServer } from '../demo/server'
import { findBrowser } from '../scripts/find-browser.mjs'
import type { EventEntry, LogEntry } from '../utils/identity/entry'
import { CdpBrowser, type Session, type TargetInfo } from './drive/cdp'
import { type Chromium, launch } from './drive/chromium'
import { readLog } from './drive/log'
import type { Panel } from './drive/panel'

let server: DemoServer
let chromium: Chromium
/** A page of the extension, to read the log from. */
let reader: Page
beforeAll(async () => {
  server = await startServer()
  chromium = await launch({ server, extension: builtExtension('chrome'), devtools: false })
  reader = await chromium.context.newPage()
  await reader.goto(`chrome-extension://${chromium.extensionId}/manifest.json`)
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})

let page: Page
/** Each test has an event category of its own, and so finds its own events. */
let ec: string
let tests = 0
beforeEach(async () => {
  ec = `s${++tests}`
  page = await chromium.context.newPage()
  server.forget()
})
afterEach(() => page.close())

const event = (ea: string): string => `//a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=${ea}`
const events = async (): Promise<EventEntry[]> =>
  (await readLog(reader)).filter(
    (entry: LogEntry): entry is EventEntry => entry.kind === 'event' && entry.facts.ec === ec,
  )

/** Numbers in [0, 1) that a seed gives again (mulberry32). */
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

const count = <K extends string>(keys: Iterable<K>): Record<K, number> => {
  const counts = {} as Record<K, number>
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1
  return counts
}

describe('the worker is stopped', () => {
  const EVENTS = 5_000
  const STOPS = 50

  test(`${STOPS} times at random during ${EVENTS} events: what the hook saw is there once, no end is invented`, async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
    const next = random(seed)
    const stops = Array.from({ length: STOPS }, () => Math.floor(next() * EVENTS)).sort((a, b) => a - b)
    const silent = server.answer(({ what }) => what === 'script', { body: '' })
    server.serve(
      '/many',
      `<!doctype html><link rel="icon" href="data:,"><body><script>
        const own = new Worker(URL.createObjectURL(new Blob(["onmessage = ({ data }) => { fetch(data, { mode: 'no-cors' }).catch(() => {}) }"])))
        window.web_event = { track(ec, ea) { new Image().src = location.protocol + '${event('')}' + ea } }
        document.head.append(Object.assign(document.createElement('script'), { src: '//st-a.cdp.asia/insight.js' }))
        const url = location.protocol + '${event('')}'
        const ways = [
          ea => navigator.sendBeacon(url + ea, 'x'),
          ea => { new Image().src = url + ea },
          ea => own.postMessage(url + ea),
          ea => { fetch(url + ea, { mode: 'no-cors' }).catch(() => {}) },
          ea => { document.head.append(Object.assign(document.createElement('script'), { src: url + ea })) },
          ea => web_event.track('${ec}', ea),
        ]
        window.send = async (from, to) => {
          for (let n = from; n < to; n++) {
            ways[n % ways.length](String(n))
            if (n % 5 === 0) await new Promise(resolve => setTimeout(resolve, 8))
          }
        }
      </script>`,
    )
    await page.goto('http://shop.test/many')
    const begun = Date.now()
    let at = 0
    for (const stop of [...stops, EVENTS]) {
      await page.evaluate(`send(${at}, ${stop})`)
      at = Math.max(at, stop)
      // The page goes on while the worker is being stopped: what it sends then goes through a dying port.
      if (stop < EVENTS) {
        const until = Math.min(EVENTS, at + 10)
        const more = page.evaluate(`send(${at}, ${until})`)
        at = Math.max(at, until)
        await Promise.all([chromium.stopWorker(), more])
      }
    }
    const sent = Date.now()
    const isHooked = (ea: string): boolean => Number(ea) % 6 !== 2
    const hooked = Array.from({ length: EVENTS }, (_, n) => String(n)).filter(isHooked)
    await expect
      .poll(
        async () => {
          const all = await events()
          const seen = new Set(all.map(({ facts }) => facts.ea).filter(isHooked))
          return [seen.size, all.filter(({ outcome }) => outcome.state === 'pending').length]
        },
        { timeout: 60_000, interval: 500 },
      )
      .toEqual([hooked.length, 0])
    const all = await events()
    const arrived = new Set(server.received(arrival => arrival.ec === ec).map(({ ea }) => ea))
    const outcomes = count(all.map(({ outcome }) => outcome.state))
    const unhooked = all.filter(({ facts }) => !isHooked(facts.ea))
    console.log(
      `seed ${seed}: ${EVENTS} events, ${STOPS} stops in ${sent - begun} ms, settled after ${Date.now() - sent} ms. ` +
        `Of ${hooked.length} with a hook record ${hooked.length} logged once; of ${EVENTS - hooked.length} from a worker, which only the network lane sees, ` +
        `${unhooked.length} logged, ${EVENTS - hooked.length - unhooked.length} missed. Outcomes: ${JSON.stringify(outcomes)}`,
    )
    const twice = Object.entries(count(all.map(({ facts }) => facts.ea))).filter(([, n]) => n > 1)
    expect(twice).toEqual([])
    // What nobody saw is unknown; what is told came from the browser, and the server knows it to be so.
    for (const { facts, outcome, request } of all) {
      if (outcome.state === 'done')
        expect([facts.ea, outcome.status, arrived.has(facts.ea)]).toEqual([facts.ea, 200, true])
      else if (outcome.state === 'failed')
        expect([outcome.error, arrived.has(facts.ea)]).toEqual(['net::ERR_INSUFFICIENT_RESOURCES', false])
      else expect(outcome).toEqual({ state: 'unknown', why: 'the recorder slept when it ended' })
      expect(request?.lanes === 'network').toBe(!isHooked(facts.ea))
    }
    const called = all.filter(({ call }) => call)
    expect(new Set(called.map(({ facts }) => Number(facts.ea) % 6))).toEqual(new Set([5]))
    expect(called.length).toBe(Math.floor(EVENTS / 6))
    silent()
  })
})

describe('the database', () => {
  let worker: Session
  let panel: Panel
  let panelPage: Page
  /** What was thrown and caught by nobody, in the worker and in the panel. */
  let thrown: string[]
  beforeEach(async () => {
    thrown = []
    server.serve('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain')
    await page.goto('http://shop.test/plain')
    await send('first')
    panel = await chromium.openPanelTab(page)
    panelPage = chromium.context.pages().at(-1) as Page
    panelPage.on('pageerror', error => thrown.push(`panel: ${error}`))
    const { targetId } = await chromium.cdp.target(
      ({ type, url }) => type === 'service_worker' && url.startsWith(`chrome-extension://${chromium.extensionId}/`),
      'the worker',
      30_000,
    )
    worker = await chromium.cdp.attach(targetId)
    worker.on('Runtime.exceptionThrown', params => thrown.push(`worker: ${JSON.stringify(params)}`))
    await worker.send('Runtime.enable')
    await shown(1)
  })
  afterEach(async () => {
    await worker.detach().catch(() => {})
    await panelPage.close()
    expect(thrown).toEqual([])
  })

  const send = (...names: string[]): Promise<void> =>
    page.evaluate(
      ([url, names]) => {
        for (const name of names) navigator.sendBeacon(url + name, 'x')
      },
      [event(''), names] as const,
    )
  const shown = (events: number): Promise<string> => panel.waitForField('event-count', String(events))
  const said = (sentence: RegExp): Promise<string> => panel.waitForField('fault', sentence)
  const well = (): Promise<boolean> => panel.waitFor(() => document.querySelector('[data-field="fault"]') === null)
  const stored = async (): Promise<string[]> => (await events()).map(({ facts }) => facts.ea).sort()
  /** The worker tries again after ten seconds. */
  const storedOnce = (...names: string[]): Promise<void> =>
    expect.poll(stored, { timeout: 30_000, interval: 200 }).toEqual(names.sort())

  test('is closed under the worker: opened again, nobody notices', async () => {
    // As "Clear storage" does, and a crash of the storage process: every connection ends.
    const browser = await chromium.context.newCDPSession(reader)
    const origin = `chrome-extension://${chromium.extensionId}`
    await browser.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' })
    await browser.detach()
    await send('second')
    await storedOnce('second')
    await shown(1)
    await well()
  })

  test('is deleted by hand, with the panel open: what comes is stored and shown', async () => {
    await reader.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          const deleting = indexedDB.deleteDatabase('identity-lens')
          deleting.onsuccess = () => resolve()
          deleting.onblocked = () => reject(new Error('somebody held on to it'))
        }),
    )
    await send('second', 'third')
    await storedOnce('second', 'third')
    await shown(2)
    await well()
  })

  test('is held by an older connection: said, shown from memory, stored once that is gone', async () => {
    await reader.evaluate(async () => {
      const done = (request: IDBOpenDBRequest) => new Promise(resolve => Object.assign(request, { onsuccess: resolve }))
      await done(indexedDB.deleteDatabase('identity-lens'))
      const opening = indexedDB.open('identity-lens', 1)
      await done(opening)
      Object.assign(window, { older: opening.result })
    })
    await send('second')
    await said(/^Another window of this extension holds an older log open/)
    await send('third')
    await panel.waitFor(() => Number(document.querySelector('[data-field="event-count"]')?.textContent) >= 2)
    await reader.evaluate(() => (window as unknown as { older: IDBDatabase }).older.close())
    await storedOnce('second', 'third')
    await well()
    await shown(2)
  })

  test('says falsely that it has no room, once', async () => {
    await worker.evaluate(`{
      const { add } = IDBObjectStore.prototype
      IDBObjectStore.prototype.add = function (...args) {
        IDBObjectStore.prototype.add = add
        throw new DOMException('no room', 'QuotaExceededError')
      }
    }`)
    await send('second')
    await shown(2)
    await storedOnce('first', 'second')
    await well()
    await shown(2)
  })

  test('refuses one record: the rest is written, and it is said what was lost', async () => {
    await worker.evaluate(`{
      const { add } = IDBObjectStore.prototype
      IDBObjectStore.prototype.add = function (...args) {
        if (JSON.stringify(args).includes('poison')) throw new DOMException('Internal error', 'UnknownError')
        return add.apply(this, args)
      }
    }`)
    await send('second', 'poison', 'third')
    await storedOnce('first', 'second', 'third')
    const lost = (await readLog(reader)).filter(entry => entry.kind === 'gap' && entry.cause === 'lost')
    expect(lost.at(-1)).toMatchObject({
      detail: expect.stringMatching(/^One record could not be stored: UnknownError/),
    })
    await well()
    await shown(3)
  })
})

test('the disk has no room, really: said, shown from memory, kept over a stop of the worker, stored once there is room', async () => {
  const small = await launch({ server, extension: builtExtension('chrome'), devtools: false })
  try {
    const origin = `chrome-extension://${small.extensionId}`
    const asker = await small.context.newPage()
    await asker.goto(`${origin}/manifest.json`)
    const browser = await small.context.newCDPSession(asker)
    // Chromium remembers for a while how much there was: so from the beginning.
    await browser.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 600_000 })
    const shop = small.page
    server.serve('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain')
    await shop.goto('http://shop.test/plain')
    const panel = await small.openPanelTab(shop)
    const send = (ea: string) =>
      shop.evaluate(
        url =>
          fetch(url, { method: 'POST', body: JSON.stringify({ extra: { long: 'x'.repeat(200_000) } }) }).then(() => {}),
        event(ea),
      )
    let sent = 0
    const fault = (): Promise<string | null> => panel.field('fault')
    do await send(String(++sent))
    while (sent < 60 && (await fault()) === null)
    expect(await fault()).toMatch(/^The browser says that it has no room for more events/)
    await panel.waitForField('event-count', String(sent))
    await small.stopWorker()
    await send(String(++sent))
    await panel.waitForField('event-count', String(sent))
    const stored = async () => (await readLog(asker)).flatMap(entry => (entry.kind === 'event' ? [entry.facts.ea] : []))
    expect((await stored()).length).toBeLessThan(sent)
    await browser.send('Storage.overrideQuotaForOrigin', { origin })
    const all = Array.from({ length: sent }, (_, n) => String(n + 1))
    await expect.poll(stored, { timeout: 30_000, interval: 200 }).toEqual(all)
    await panel.waitFor(() => document.querySelector('[data-field="fault"]') === null)
    await panel.waitForField('event-count', String(sent))
  } finally {
    await small.close()
  }
})

test('the worker stops by itself when it is idle; the event right after that is logged once, with its end', async () => {
  // Playwright attaches to every worker, and one that is debugged never stops: so by hand, and attached to the page alone.
  const folder = builtExtension('chrome')
  const profile = mkdtempSync(join(tmpdir(), 'identity-lens-'))
  const { path } = findBrowser('chromium')
  const idle = spawn(path as string, [
    `--user-data-dir=${profile}`,
    '--headless=new',
    '--disable-gpu',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--remote-debugging-port=0',
    `--host-resolver-rules=MAP *.cdp.asia 127.0.0.1:${server.port}, MAP *.test 127.0.0.1:${server.port}`,
    `--disable-extensions-except=${folder}`,
    `--load-extension=${folder}`,
    'about:blank',
  ])
  const ended = new Promise(resolve => idle.once('exit', resolve))
  try {
    const file = join(profile, 'DevToolsActivePort')
    await expect
      .poll(() => existsSync(file) && readFileSync(file, 'utf8').split('\n').length, { timeout: 30_000 })
      .toBe(2)
    const [port = '', address = ''] = readFileSync(file, 'utf8').trim().split('\n')
    const cdp = await CdpBrowser.connect(`ws://127.0.0.1:${port}${address}`)
    const isWorker = ({ type, url }: TargetInfo) => type === 'service_worker' && url.startsWith('chrome-extension://')
    const own = new URL((await cdp.target(isWorker, 'the worker', 30_000)).url).origin
    const tab = await cdp.attach(
      (await cdp.target(({ type, url }) => type === 'page' && url === 'about:blank', 'a tab', 30_000)).targetId,
    )
    server.serve('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain')
    await tab.send('Page.navigate', { url: 'http://shop.test/plain' })
    await expect.poll(() => tab.evaluate('document.title'), { timeout: 30_000 }).toBe('plain')
    const send = (ea: string) => tab.evaluate(`navigator.sendBeacon('${event('')}${ea}', 'x')`)
    await send('before')
    await server.arrival(({ ea }) => ea === 'before')
    const begun = Date.now()
    await expect.poll(() => cdp.targets.some(isWorker), { timeout: 60_000, interval: 250 }).toBe(false)
    const waited = Date.now() - begun
    await send('after')
    await server.arrival(({ ea }) => ea === 'after')
    const { targetId } = await cdp.root.send<{ targetId: string }>('Target.createTarget', {
      url: `${own}/manifest.json`,
    })
    const asker = await cdp.attach(targetId)
    await expect.poll(() => asker.evaluate('location.origin'), { timeout: 30_000 }).toBe(own)
    const logged = async () =>
      (await readLog(asker)).flatMap(entry =>
        entry.kind === 'event' ? [[entry.facts.ea, entry.outcome.state, entry.request?.lanes]] : [],
      )
    await expect.poll(logged, { timeout: 30_000, interval: 200 }).toEqual([
      ['before', 'done', 'both'],
      ['after', 'done', 'both'],
    ])
    console.log(`the worker stopped by itself after ${waited} ms`)
    expect(waited).toBeGreaterThan(15_000)
    cdp.close()
  } finally {
    idle.kill()
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
})
