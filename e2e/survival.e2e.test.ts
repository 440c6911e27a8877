/** Whatever is taken away under the log (the worker, the database, the disk, the extension itself), what happens now is seen and what was is kept. */
import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { type Arrival, type DemoServer, startServer } from '../demo/server'
import type { Session } from './drive/cdp'
import { type Chromium, launch } from './drive/chromium'
import { readEvents, readLog, readNames } from './drive/log'
import type { Panel } from './drive/panel'

/** How long a condition is waited for. The worker tries every ten seconds to store what it could not; a busy machine takes its time. */
const PATIENT = { timeout: 60_000, interval: 200 }

let server: DemoServer
let chromium: Chromium
/** A page of the extension, to read the log from. */
let reader: Page
/** Of every worker: what nobody caught, and what its console calls an error. */
let faults: string[]
beforeAll(async () => {
  server = await startServer()
  server.serve('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain')
  chromium = await launch({ server, extension: builtExtension('chrome') })
  faults = chromium.workerFaults()
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
  faults.length = 0
  page = await chromium.context.newPage()
  server.forget()
})
afterEach(async () => {
  await page.close()
  expect(faults).toEqual([])
})

const event = (ea: string): string => `//a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=${ea}`
/** Names of the events of this test that are in the database. */
const stored = async (): Promise<string[]> => (await readNames(reader, ec)).map(([ea]) => ea).sort()

/** The panel as a tab, and what it throws or calls an error. */
const openPanel = async (): Promise<{ panel: Panel; page: Page }> => {
  const panel = await chromium.openPanelTab(page)
  const own = chromium.context.pages().at(-1) as Page
  own.on('pageerror', error => faults.push(`panel: ${error}`))
  own.on('console', message => message.type() === 'error' && faults.push(`panel: ${message.text()}`))
  return { panel, page: own }
}

// First, since Chromium remembers for a while how much room there was.
test('the disk has no room, really: said, shown from memory, kept over a stop of the worker, stored once there is room', async () => {
  const origin = `chrome-extension://${chromium.extensionId}`
  const browser = await chromium.context.newCDPSession(reader)
  await browser.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 600_000 })
  await page.goto('http://shop.test/plain')
  const { panel, page: own } = await openPanel()
  const names: string[] = []
  /** One after the other: memory holds no more than some, and what it holds must not depend on who is faster. */
  const send = async () => {
    names.push(String(names.length + 10))
    // What says nothing new would be packed, and take no room.
    const body = JSON.stringify({ extra: { long: randomBytes(100_000).toString('hex') } })
    await page.evaluate(([url, body]) => fetch(url, { method: 'POST', body }).then(() => {}), [
      event(names.at(-1) as string),
      body,
    ] as const)
    await panel.waitForField('event-count', String(names.length))
  }
  const fault = (): Promise<string | null> => panel.field('fault')
  do await send()
  while (names.length < 60 && (await fault()) === null)
  expect(await fault()).toMatch(/^The browser says that it has no room for more events/)
  await chromium.stopWorker()
  await send()
  expect((await stored()).length).toBeLessThan(names.length)
  await browser.send('Storage.overrideQuotaForOrigin', { origin })
  await browser.detach()
  await expect.poll(stored, PATIENT).toEqual(names)
  await panel.waitFor(() => document.querySelector('[data-field="fault"]') === null)
  await panel.waitForField('event-count', String(names.length))
  await own.close()
}, 300_000)

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
  /** Of so many events in a row six go by themselves, each in a way of its own; the others share a request. */
  const ROW = 20
  const byWorker = (ea: string): boolean => Number(ea) % ROW === 2
  const byCall = (ea: string): boolean => Number(ea) % ROW === 5
  const namesIn = ({ ea, body }: Arrival): string[] =>
    body.startsWith('[') ? (JSON.parse(body) as { ea: string }[]).map(each => each.ea) : [ea]

  test(`${STOPS} times at random during ${EVENTS} events: what the hook saw is there once, no end is invented`, async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
    const next = random(seed)
    const stops = Array.from({ length: STOPS }, () => Math.floor(next() * (EVENTS / ROW)) * ROW).sort((a, b) => a - b)
    const silent = server.answer(({ what }) => what === 'script', { body: '' })
    server.serve(
      '/many',
      `<!doctype html><link rel="icon" href="data:,"><body><script>
        const url = location.protocol + '${event('')}'
        const [many] = url.split('&ec=')
        const element = (one, src) => new Promise(done => { one.onload = one.onerror = done; one.src = src })
        const script = src => {
          const one = document.createElement('script')
          const over = element(one, src)
          document.head.append(one)
          return over
        }
        const own = new Worker(URL.createObjectURL(new Blob([
          "onmessage = ({ data }) => { fetch(data, { mode: 'no-cors' }).then(() => postMessage(data), () => postMessage(data)) }"])))
        const waiting = new Map()
        own.onmessage = ({ data }) => waiting.get(data)()
        let tracked = null
        window.web_event = { track(ec, ea) { tracked = element(new Image(), url + ea) } }
        script('//st-a.cdp.asia/insight.js')
        const ways = [
          ea => navigator.sendBeacon(url + ea, 'x'),
          ea => element(new Image(), url + ea),
          ea => new Promise(done => { waiting.set(url + ea, done); own.postMessage(url + ea) }),
          ea => fetch(url + ea, { mode: 'no-cors' }),
          ea => script(url + ea),
          ea => { web_event.track('${ec}', ea); return tracked },
        ]
        // Their ends are awaited, so that however slow the machine is, the browser has no more to do than it can.
        window.send = async (from, to) => {
          for (let n = from; n < to; n += ${ROW}) {
            const ends = ways.map((way, i) => way(String(n + i)))
            const body = JSON.stringify(Array.from({ length: ${ROW} - ways.length }, (_, i) => ({ ec: '${ec}', ea: String(n + ways.length + i) })))
            ends.push(n % ${2 * ROW} ? fetch(many, { mode: 'no-cors', method: 'POST', body }) : navigator.sendBeacon(many, body))
            await Promise.allSettled(ends)
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
        const until = Math.min(EVENTS, at + ROW)
        const more = page.evaluate(`send(${at}, ${until})`)
        at = until
        await Promise.all([chromium.stopWorker(), more])
      }
    }
    const sent = Date.now()
    const hooked = Array.from({ length: EVENTS }, (_, n) => String(n)).filter(ea => !byWorker(ea))
    const settled = async () => {
      const all = await readNames(reader, ec)
      const seen = new Set(all.map(([ea]) => ea))
      const twice = Object.entries(count(all.map(([ea]) => ea))).filter(([, n]) => n > 1)
      return {
        missing: hooked.filter(ea => !seen.has(ea)),
        twice: twice.map(([ea]) => ea),
        pending: all.filter(([, state]) => state === 'pending').length,
      }
    }
    await expect.poll(settled, { timeout: 120_000, interval: 500 }).toEqual({ missing: [], twice: [], pending: 0 })
    const all = await readEvents(reader, ec)
    const arrived = new Set(server.received(({ what }) => what === 'event').flatMap(namesIn))
    const outcomes = count(all.map(({ outcome }) => outcome.state))
    const unhooked = all.filter(({ facts }) => byWorker(facts.ea))
    console.log(
      `seed ${seed}: ${EVENTS} events, ${STOPS} stops in ${sent - begun} ms, settled after ${Date.now() - sent} ms. ` +
        `Of ${hooked.length} with a hook record ${hooked.length} logged once; of ${EVENTS - hooked.length} from a worker, which only the network lane sees, ` +
        `${unhooked.length} logged, ${EVENTS - hooked.length - unhooked.length} missed. Outcomes: ${JSON.stringify(outcomes)}`,
    )
    // What nobody saw is unknown; what is told came from the browser, and the server knows it to be so.
    for (const { facts, outcome, request } of all) {
      if (outcome.state === 'done')
        expect([facts.ea, outcome.status, arrived.has(facts.ea)]).toEqual([facts.ea, 200, true])
      else expect([facts.ea, outcome.state]).toEqual([facts.ea, 'unknown'])
      expect([facts.ea, request?.lanes === 'network']).toEqual([facts.ea, byWorker(facts.ea)])
    }
    const called = all.filter(({ call }) => call).map(({ facts }) => facts.ea)
    // Not in the order in which they were sent: what the network told first may be in the log before what the page told.
    expect(called.sort()).toEqual(hooked.filter(byCall).sort())
    silent()
  }, 400_000)
})

describe('the database', () => {
  let worker: Session
  let panel: Panel
  let panelPage: Page
  beforeEach(async () => {
    await page.goto('http://shop.test/plain')
    await send('first')
    const opened = await openPanel()
    panel = opened.panel
    panelPage = opened.page
    worker = await chromium.worker()
    await shown(1)
  })
  afterEach(async () => {
    await worker.evaluate('void Object.assign(IDBObjectStore.prototype, globalThis.natives)')
    await worker.detach()
    await panelPage.close()
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
  const storedOnce = (...names: string[]): Promise<void> => expect.poll(stored, PATIENT).toEqual(names.sort())
  /** Puts something else in the place of the worker's `add`, until the test is over. */
  const addAs = (body: string): Promise<void> =>
    worker.evaluate(`{
      const { add } = IDBObjectStore.prototype
      globalThis.natives = { add }
      IDBObjectStore.prototype.add = function (...args) { ${body} }
    }`)

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
    // In one go: nobody may come between the two.
    await reader.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          indexedDB.deleteDatabase('identity-lens')
          const opening = indexedDB.open('identity-lens', 1)
          opening.onerror = () => reject(opening.error)
          opening.onsuccess = () => {
            Object.assign(window, { older: opening.result })
            resolve()
          }
        }),
    )
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
    await addAs(`
      IDBObjectStore.prototype.add = add
      throw new DOMException('no room', 'QuotaExceededError')`)
    await send('second')
    await shown(2)
    await storedOnce('first', 'second')
    await well()
    await shown(2)
  })

  test('refuses one record: the rest is written, and it is said what was lost', async () => {
    await addAs(`
      if (JSON.stringify(args).includes('poison')) throw new DOMException('Internal error', 'UnknownError')
      return add.apply(this, args)`)
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
