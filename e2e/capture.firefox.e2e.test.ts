/** What only Firefox has, or has otherwise. All that it shares with Chromium is in the capture matrix. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { type DemoServer, startServer } from '../demo/server'
import type { EventEntry } from '../utils/identity/entry'
import { FIREFOX_ERRORS, isAbort } from '../utils/log/net-error'
import { answerInTest } from './drive/answer'
import { writeBlocker } from './drive/blocker'
import { type Firefox, launchFirefox } from './drive/firefox'
import { eventsIn, readEvents, readLog, readPrivateLog } from './drive/log'

const PLAIN = '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain'

let server: DemoServer
let firefox: Firefox
/** A page of the extension, to read the log from. */
let reader: Page
beforeAll(async () => {
  server = await startServer()
  server.serve('/plain', PLAIN)
  firefox = await launchFirefox({
    server,
    extension: builtExtension('firefox'),
    prefs: {
      // As users have it: a frame within another site has cookies of its own there.
      'network.cookie.cookieBehavior': 5,
      'privacy.trackingprotection.enabled': true,
      'urlclassifier.trackingTable': 'moztest-track-simple',
      'urlclassifier.trackingTable.testEntries': 'ap2-a.cdp.asia',
    },
  })
  reader = await firefox.openOwn('manifest.json')
})
afterAll(async () => {
  await firefox?.close()
  await server?.close()
})

let page: Page
/** Each test has an event category of its own, and so finds its own events. */
let ec: string
let tests = 0
beforeEach(async () => {
  ec = `t${++tests}`
  page = await firefox.browser.newPage()
  await page.goto('http://shop.test/plain')
})
afterEach(() => page.close())

/** An event's URL up to the action. */
const event = (): string => `http://a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=`

/** Runs in the page, as text: the test runner's marks on functions mean nothing there. `at` gives an event's URL. */
const act = <T>(body: string, of: Page = page): Promise<T> =>
  of.evaluate(`(async () => { const at = name => ${JSON.stringify(event())} + name; ${body} })()`) as Promise<T>

const asker = { evaluate: <T>(expression: string) => reader.evaluate(expression) as Promise<T> }
/** Our events, when they are as many and each of them has ended; nothing is there twice. */
const ended = async (count: number): Promise<EventEntry[]> => {
  const events = () => readEvents(asker, ec)
  const over = async () => (await events()).filter(({ outcome }) => outcome.state !== 'pending').length
  await expect.poll(over, { timeout: 40_000, interval: 100 }).toBe(count)
  const all = await events()
  expect(all).toHaveLength(count)
  return all
}
/** From now on until the test is over nothing of it is answered. */
const answerNever = () => {
  const own = ec
  answerInTest(server, arrival => arrival.ec === own, { after: new Promise(() => {}) })
}
const arrived = (): string[] => server.received(arrival => arrival.ec === ec).map(({ ea }) => ea)

test('a form that is answered by a redirect, over and over: each view is there once', async () => {
  server.serve('/sign-in', () => ({ status: 303, headers: { Location: `/viewed?${Math.random()}` } }))
  server.serve(
    '/viewed',
    `<!doctype html><form action="/sign-in" method="post"></form><script>
    document.head.append(Object.assign(document.createElement('script'), { src: '${event()}' + Math.random() }))</script>`,
  )
  await page.goto('http://shop.test/viewed')
  await ended(1)
  for (let round = 2; round <= 8; round++) {
    if (round % 2) await firefox.stopWorker()
    await act('document.forms[0].submit()')
    const all = await ended(round)
    expect(all.map(({ facts }) => facts.ea).sort()).toEqual(arrived().sort())
  }
})

test('cookies that the SDK sets in a frame within another site are not the site’s own: no reset is seen in them', async () => {
  server.serve(
    '/keeps',
    '<!doctype html><link rel="icon" href="data:,"><script>document.cookie = `_asm_uid=${location.search.slice(1)}`</script>',
  )
  const framing = '<!doctype html><link rel="icon" href="data:,"><iframe src="http://kept.test/keeps?framed"></iframe>'
  server.serve('/framing', framing)
  await page.goto('http://kept.test/keeps?own')
  await page.goto('http://around.test/framing')
  const inFrame = await page.frames()[1]?.evaluate('document.cookie')
  await page.goto('http://kept.test/keeps?again')
  const values = async () =>
    (await readLog(asker)).flatMap(entry =>
      entry.kind === 'stored' && entry.place.site === 'kept.test' ? [entry.value] : [],
    )
  await expect.poll(values, { timeout: 40_000 }).toContain('again')
  expect([inFrame, await values()]).toEqual(['_asm_uid=framed', ['own', 'again']])
})

describe('how it ended, in Firefox’s words', () => {
  test('that this Firefox has', async () => {
    // Modules and codes as xpcom/base/nsError.h puts them together.
    const known = await firefox.privileged<string[]>(`(() => {
      const names = []
      for (let module = 0x45; module < 0x80; module++)
        for (let code = 0; code < 3_000; code++) names.push(ChromeUtils.getXPCOMErrorName(0x80000000 + module * 0x10000 + code))
      for (let code = 0; code < 0x10000; code++) names.push(ChromeUtils.getXPCOMErrorName(0x80000000 + code))
      return names.filter(name => !name.includes('('))
    })()`)
    expect(Object.keys(FIREFOX_ERRORS).filter(name => !known.includes(name))).toEqual([])
  })

  test('what a page takes back is never said to be blocked', async () => {
    answerNever()
    const names = ['fetch', 'xhr', 'reopened', 'late', 'image', 'script', 'frame', 'worker']
    await act(`
      const controller = new AbortController()
      fetch(at('fetch'), { signal: controller.signal, mode: 'no-cors' }).catch(() => {})
      const xhr = name => {
        const made = new XMLHttpRequest()
        made.open('GET', at(name))
        made.send()
        return made
      }
      const [plain, reopened, late] = ['xhr', 'reopened', 'late'].map(xhr)
      const image = new Image()
      image.src = at('image')
      document.head.append(Object.assign(document.createElement('script'), { src: at('script') }))
      const frame = Object.assign(document.createElement('iframe'), { src: at('frame') })
      document.body.append(frame)
      const worker = new Worker(URL.createObjectURL(new Blob(["fetch('" + at('worker') + "', { mode: 'no-cors' })"])))
      window.takeBack = () => {
        controller.abort()
        plain.abort()
        reopened.open('GET', '/plain')
        late.timeout = 1
        image.src = ''
        frame.remove()
        worker.terminate()
        window.stop()
      }`)
    for (const name of names) await server.arrival(({ ec: category, ea }) => category === ec && ea === name)
    await act('window.takeBack()')
    const all = await ended(names.length)
    expect(all.map(({ facts }) => facts.ea).sort()).toEqual(names.sort())
    const aborted = { state: 'failed', status: null, error: 'NS_BINDING_ABORTED', ms: expect.any(Number) }
    expect(all.map(({ facts, outcome }) => [facts.ea, outcome])).toEqual(all.map(({ facts }) => [facts.ea, aborted]))
    expect(isAbort(aborted.error)).toBe(true)
  })

  test('nor what its worker asked for before the page had a word to say, and was taken back after it', async () => {
    answerNever()
    await act(`
      const worker = new Worker(URL.createObjectURL(new Blob(["fetch('" + at('worker') + "', { mode: 'no-cors' })"])))
      window.takeBack = () => worker.terminate()`)
    // Heard of, though nobody speaks for its page.
    await expect.poll(async () => (await readEvents(asker, ec)).map(({ facts }) => facts.ea)).toEqual(['worker'])
    await act(`fetch(at('page'), { mode: 'no-cors' })`)
    await expect
      .poll(async () => (await readEvents(asker, ec)).map(({ facts }) => facts.ea))
      .toEqual(['worker', 'page'])
    await act('window.takeBack()')
    const worker = async () => (await readEvents(asker, ec)).find(({ facts }) => facts.ea === 'worker')
    await expect.poll(async () => (await worker())?.outcome.state, { timeout: 40_000 }).not.toBe('pending')
    expect((await worker())?.outcome).toMatchObject({ state: 'failed', error: 'NS_BINDING_ABORTED' })
    expect((await worker())?.place.url).toBe('http://shop.test/plain')
  })

  test('what was under way when the page was led to an address that answers slowly is not said to have failed', async () => {
    answerNever()
    let go = () => {}
    const slow = new Promise<void>(resolve => {
      go = resolve
    })
    server.serve('/slow', () => ({ body: 'next', after: slow }))
    const names = ['fetch', 'image', 'script']
    await act(`
      fetch(at('fetch'), { mode: 'no-cors' }).catch(() => {})
      new Image().src = at('image')
      document.head.append(Object.assign(document.createElement('script'), { src: at('script') }))`)
    for (const name of names) await server.arrival(({ ec: category, ea }) => category === ec && ea === name)
    await act(`setTimeout(() => { location.href = '/slow' })`)
    const all = await ended(names.length)
    // The page still lives.
    expect(await act('return location.pathname')).toBe('/plain')
    expect(all.map(({ outcome }) => outcome)).toEqual(
      names.map(() => ({ state: 'unknown', why: expect.stringContaining('led to another address') })),
    )
    go()
  })

  test('a page that has nothing to do with the SDK wakes no worker, wherever it is led', async () => {
    await firefox.stopWorker()
    await page.goto('http://shop.test/plain')
    await act(`document.body.append(Object.assign(document.createElement('iframe'), { src: '/plain' }))`)
    await page.goto('http://shop.test/plain?elsewhere')
    expect(await firefox.isWorkerRunning()).toBe(false)
    // And one that has wakes it.
    await act(`navigator.sendBeacon(at('beacon'))`)
    await expect.poll(() => firefox.isWorkerRunning(), { timeout: 10_000 }).toBe(true)
  })

  test('stopped by another extension when the server had it already: never said to be blocked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'identity-lens-blocker-'))
    writeBlocker(folder, 'firefox')
    const id = await firefox.browser.installExtension(folder)
    await act(`fetch(at('answered-fetch'), { mode: 'no-cors' }).catch(() => {})`)
    const [one] = await ended(1)
    await firefox.browser.uninstallExtension(id)
    rmSync(folder, { recursive: true })
    expect(one?.outcome).toMatchObject({ state: 'hidden', status: 200, error: 'NS_ERROR_ABORT' })
    expect(arrived()).toEqual(['answered-fetch'])
  })

  test('stopped by its own protection', async () => {
    await act(`new Image().src = at('tracker').replace('a.cdp.asia', 'ap2-a.cdp.asia')`)
    const [one] = await ended(1)
    expect(one?.outcome).toMatchObject({ state: 'blocked', by: 'client' })
    expect(arrived()).toEqual([])
  })
})

test('the panel of a private window shows what is there, what comes, and what comes after a stop of the worker', async () => {
  const hidden = await firefox.openPrivate('http://shop.test/plain?private')
  await act(`navigator.sendBeacon(at('one'), new Blob(['x'])); new Image().src = at('two')`, hidden)
  const ours = async () => eventsIn(await readPrivateLog(asker), ec).map(({ outcome }) => outcome.state)
  await expect.poll(ours, { timeout: 30_000 }).toEqual(['done', 'done'])
  const panel = await firefox.openPanelTab(hidden)
  await panel.waitForField('event-count', '2')
  // And what comes while it is open.
  await act(`navigator.sendBeacon(at('three'), 'x')`, hidden)
  await panel.waitForField('event-count', '3')
  await firefox.stopWorker()
  await act(`navigator.sendBeacon(at('four'), 'x')`, hidden)
  await panel.waitForField('event-count', '4')
  await hidden.close()
})
