/** What the page does is in the log, once, with its cause and its end. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { type DemoServer, startServer } from '../demo/server'
import type { EventEntry, LogEntry } from '../utils/identity/entry'
import { type Chromium, launch } from './drive/chromium'
import { readLog } from './drive/log'

let server: DemoServer
let chromium: Chromium
/** A page of the extension, to read the log from. */
let reader: Page
beforeAll(async () => {
  server = await startServer()
  chromium = await launch({
    server,
    extension: builtExtension('chrome'),
    devtools: false,
    without: ['--disable-back-forward-cache'],
  })
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
  ec = `t${++tests}`
  page = await chromium.context.newPage()
  server.forget()
  server.serve('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain')
  await page.goto('http://shop.test/plain')
})
afterEach(() => page.close())

const event = (ea: string): string => `//a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=${ea}`

const log = (): Promise<LogEntry[]> => readLog(reader)
const isOurs = (entry: LogEntry): entry is EventEntry => entry.kind === 'event' && entry.facts.ec === ec
const events = async (): Promise<EventEntry[]> => (await log()).filter(isOurs)
/** Our events, when they are as many and each of them has ended. */
const ended = async (count: number): Promise<EventEntry[]> => {
  await expect
    .poll(async () => (await events()).filter(({ outcome }) => outcome.state !== 'pending').length, {
      timeout: 60_000,
      interval: 100,
    })
    .toBe(count)
  return events()
}
const byName = (all: EventEntry[]) => new Map(all.map(entry => [entry.facts.ea, entry]))
const names = (all: EventEntry[]): string[] => all.map(({ facts }) => facts.ea).sort()

describe('every way out of a page', () => {
  test('is seen by both lanes, each once', async () => {
    await page.evaluate(url => {
      const at = (name: string) => url + name
      fetch(at('fetch-text'), { mode: 'no-cors' })
      fetch(new URL(at('fetch-url'), location.href), { method: 'POST', body: 'x' })
      fetch(new Request(at('fetch-request'), { method: 'POST', body: '{"extra":{"a":1}}' }))
      fetch(at('fetch-keepalive'), { method: 'POST', body: 'x', keepalive: true })
      const xhr = new XMLHttpRequest()
      xhr.open('POST', at('xhr'))
      xhr.send('{}')
      const sync = new XMLHttpRequest()
      sync.open('GET', at('xhr-sync'), false)
      sync.send()
      navigator.sendBeacon(at('beacon'), 'x')
      new Image().src = at('image')
      document.createElement('img').setAttribute('src', at('image-attribute'))
      const script = document.createElement('script')
      script.src = at('script')
      const other = document.createElement('script')
      other.setAttribute('SRC', at('script-attribute'))
      document.head.append(script, other)
    }, event(''))
    const all = await ended(11)
    expect(new Set(all.map(({ request }) => request?.lanes))).toEqual(new Set(['both']))
    expect(Object.fromEntries(all.map(({ facts, request }) => [facts.ea, request?.transport]))).toEqual({
      'fetch-text': 'fetch',
      'fetch-url': 'fetch',
      'fetch-request': 'fetch',
      'fetch-keepalive': 'fetch',
      xhr: 'xhr',
      'xhr-sync': 'xhr',
      beacon: 'beacon',
      image: 'image',
      'image-attribute': 'image',
      script: 'script',
      'script-attribute': 'script',
    })
    expect(new Set(all.map(({ outcome }) => outcome.state))).toEqual(new Set(['done']))
  })

  test('what only the browser makes is seen by its network', async () => {
    server.serve(
      '/form',
      `<!doctype html><form action="${event('form')}" method="post"><input name="a" value="1"></form>`,
    )
    await page.evaluate(url => {
      document.body.insertAdjacentHTML('beforeend', `<img src="${url}parsed">`)
      const frame = document.createElement('iframe')
      frame.src = `${url}iframe`
      document.body.append(frame)
      new Worker(URL.createObjectURL(new Blob([`fetch('${location.protocol}${url}worker', {mode: 'no-cors'})`])))
    }, event(''))
    await server.arrival(({ ea }) => ea === 'iframe')
    await page.goto('http://shop.test/form')
    await page.evaluate(() => document.forms[0]?.submit())
    await page.waitForURL(/ea=form/)
    await page.goto(
      `http:${event('link')}&resp_type=redirect&redirect_url=${encodeURIComponent('http://shop.test/plain')}`,
    )
    const all = await ended(5)
    expect(Object.fromEntries(all.map(({ facts, request }) => [facts.ea, request?.transport]))).toEqual({
      parsed: 'image',
      iframe: 'iframe',
      worker: 'fetch',
      form: 'form',
      link: 'navigation',
    })
    expect(new Set(all.map(({ request }) => request?.lanes))).toEqual(new Set(['network']))
    expect(byName(all).get('link')?.outcome).toMatchObject({ state: 'done', status: 302 })
  })

  test('every kind of body is read, whole letters only', async () => {
    const kinds = ['text', 'params', 'form', 'blob', 'typed-blob', 'buffer', 'view', 'request', 'long']
    await page.evaluate(url => {
      const json = JSON.stringify({ dims: { customers: { customer_id: 'áo ữ 👕' } } })
      const send = (name: string, body: BodyInit) => fetch(url + name, { method: 'POST', body })
      const fields = [
        ['dims', '{"customers":{"customer_id":"áo ữ 👕"}}'],
        ['x', 'a=b&c'],
      ]
      const form = new FormData()
      for (const [name, value] of fields) form.append(name as string, value as string)
      const bytes = new TextEncoder().encode(json)
      send('text', json)
      send('params', new URLSearchParams(fields))
      send('form', form)
      send('blob', new Blob([json]))
      navigator.sendBeacon(
        `${url}typed-blob`,
        new Blob([bytes.slice(0, 35), bytes.slice(35)], { type: 'application/json' }),
      )
      send('buffer', bytes.buffer)
      send('view', new DataView(bytes.buffer))
      fetch(new Request(`${url}request`, { method: 'POST', body: json }))
      send(
        'long',
        JSON.stringify({ dims: { customers: { customer_id: 'áo ữ 👕' } }, extra: { long: 'ữ'.repeat(400_000) } }),
      )
    }, event(''))
    const all = await ended(kinds.length)
    expect(Object.fromEntries(all.map(({ facts }) => [facts.ea, facts.cid]))).toEqual(
      Object.fromEntries(kinds.map(name => [name, 'áo ữ 👕'])),
    )
    expect(byName(all).get('long')?.facts.problems).toMatchObject([{ code: 'cut' }])
  })

  test('a body that is cut says how many bytes it had: exactly, or at least where nobody counts them', async () => {
    const sizes = await page.evaluate(async url => {
      const json = JSON.stringify({
        dims: { customers: { customer_id: 'áo' } },
        extra: { long: 'ữ'.repeat(500_000) },
      })
      const bytes = new TextEncoder().encode(json)
      const form = new FormData()
      form.append('dims', '{"customers":{"customer_id":"áo"}}')
      form.append('scan', new File([bytes, bytes, bytes, bytes], 'contract.pdf'))
      const send = (name: string, body: BodyInit) => fetch(url + name, { method: 'POST', body, mode: 'no-cors' })
      const xhr = new XMLHttpRequest()
      xhr.open('POST', `${url}xhr`)
      xhr.send(json)
      await Promise.all([
        send('text', json),
        send('blob', new Blob([bytes], { type: 'text/plain' })),
        send('buffer', bytes.slice().buffer),
        send('view', new DataView(bytes.buffer)),
        send('form', form),
        fetch(new Request(`${url}request`, { method: 'POST', body: json })),
        new Promise(done => xhr.addEventListener('loadend', done)),
      ])
      return { whole: bytes.length, letters: json.length }
    }, event(''))
    const all = byName(await ended(7))
    const said = (name: string) => all.get(name)?.facts.problems.map(({ message }) => message.split(',')[0])
    for (const name of ['text', 'blob', 'buffer', 'view', 'xhr'])
      expect([name, said(name)]).toEqual([name, [`the body has ${sizes.whole} bytes`]])
    expect(all.get('text')?.request).not.toHaveProperty('least')
    // The page's copy of a request is a stream to the network.
    expect(said('request')).toEqual([`the body has at least ${sizes.letters} bytes`])
    // Of the file nothing is read: neither lane has it.
    expect(all.get('form')?.facts.cid).toBe('áo')
    const panel = await chromium.openPanelTab(page)
    await panel.show('events')
    await panel.click(`[data-event="${all.get('text')?.id}"]`)
    await panel.click('[data-detail="raw"]')
    const text = `truncated, ${sizes.whole.toLocaleString('en')} bytes`
    await panel.waitFor(wanted => document.querySelector('#detail')?.textContent?.includes(wanted) || null, text)
  })

  test('a stream is not touched, and said to be unreadable', async () => {
    const sent = await page.evaluate(async url => {
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('whole'))
          controller.close()
        },
      })
      // Streams want HTTP/2; what matters is what becomes of this one.
      await fetch(url, { method: 'POST', body: stream, duplex: 'half' } as RequestInit).catch(() => {})
      return stream.locked
    }, event('stream'))
    expect(sent).toBe(true)
    const [one] = await ended(1)
    expect(one?.facts.problems).toMatchObject([{ code: 'unreadable' }])
  })
})

describe('every place in a tab', () => {
  test('frames of all kinds, and a popup in its first moment', async () => {
    const places = ['srcdoc', 'sandboxed', 'blank', 'written', 'data', 'javascript', 'nested', 'other-site', 'popup']
    server.serve('/framed', ({ url }) => ({
      body: `<!doctype html><script>new Image().src='${event('')}'+${JSON.stringify(url.searchParams.get('name'))}</script>`,
    }))
    await page.evaluate(url => {
      const image = (name: string) => `<script>new Image().src='http:${url}${name}'</${'script'}>`
      const frame = (fill: (frame: HTMLIFrameElement) => void) => {
        const made = document.createElement('iframe')
        fill(made)
        document.body.append(made)
        return made
      }
      frame(made => Object.assign(made, { srcdoc: image('srcdoc') }))
      frame(made => {
        made.setAttribute('sandbox', 'allow-scripts')
        made.srcdoc = image('sandboxed')
      })
      // In the very task that made it.
      ;(frame(() => {}).contentWindow as Window & typeof globalThis).fetch(`${url}blank`, { mode: 'no-cors' })
      const written = frame(() => {}).contentDocument as Document
      written.open()
      written.write(image('written'))
      written.close()
      frame(made => Object.assign(made, { src: `data:text/html,${encodeURIComponent(image('data'))}` }))
      frame(made => Object.assign(made, { src: `javascript:${JSON.stringify(image('javascript'))}` }))
      frame(made => Object.assign(made, { srcdoc: `<iframe src="http://shop.test/framed?name=nested"></iframe>` }))
      frame(made => Object.assign(made, { src: 'http://www.other.test/framed?name=other-site' }))
      ;(open('') as Window & typeof globalThis).fetch(`${url}popup`, { mode: 'no-cors' })
    }, event(''))
    const all = await ended(places.length)
    expect(names(all)).toEqual([...places].sort())
    expect(new Set(all.map(({ request }) => request?.lanes))).toEqual(new Set(['both']))
    expect(Object.fromEntries(all.map(({ facts, place }) => [facts.ea, place.site]))).toEqual({
      ...Object.fromEntries(places.map(name => [name, 'shop.test'])),
      'other-site': 'other.test',
    })
  })

  test('two tabs don’t mix', async () => {
    const other = await chromium.context.newPage()
    await other.goto('http://shop.test/plain')
    await page.evaluate(url => navigator.sendBeacon(url), event('one'))
    await other.evaluate(url => navigator.sendBeacon(url), event('two'))
    const all = byName(await ended(2))
    expect(all.get('one')?.place.tab).not.toBe(all.get('two')?.place.tab)
    await other.close()
  })

  test('a page that is written anew goes on being seen', async () => {
    await page.evaluate(url => {
      document.open()
      document.write(`<script>new Image().src='${url}inside'</${'script'}>`)
      document.close()
      fetch(`${url}after`, { mode: 'no-cors' })
    }, event(''))
    expect(new Set((await ended(2)).map(({ request }) => request?.lanes))).toEqual(new Set(['both']))
  })
})

describe('every moment', () => {
  test('300 beacons and 300 scripts, and away in the same task', async () => {
    await page.evaluate(url => {
      for (let i = 0; i < 300; i++) navigator.sendBeacon(`${url}b${i}`, 'x')
      for (let i = 0; i < 300; i++) {
        const script = document.createElement('script')
        script.src = `${url}s${i}`
        document.head.append(script)
      }
      location.href = '/plain?next'
    }, event(''))
    await page.waitForURL('**/plain?next')
    const all = await ended(600)
    expect(new Set(names(all)).size).toBe(600)
    // Whatever the collector got is not shown as a failure.
    const arrived = new Set(server.received(arrival => arrival.ec === ec).map(({ ea }) => ea))
    const wronged = all.filter(({ facts, outcome }) => arrived.has(facts.ea) && outcome.state === 'failed')
    expect(wronged.map(({ facts }) => facts.ea)).toEqual([])
  })

  test('100 beacons as the page goes away', async () => {
    await page.evaluate(url => {
      addEventListener('pagehide', () => {
        for (let i = 0; i < 100; i++) navigator.sendBeacon(url + i, 'x')
      })
    }, event(''))
    await page.goto('http://shop.test/plain?next')
    expect(new Set(names(await ended(100))).size).toBe(100)
  })

  test('two identical events in one millisecond are two', async () => {
    await page.evaluate(url => {
      for (let i = 0; i < 2; i++) fetch(url, { mode: 'no-cors' })
    }, event('same'))
    expect(names(await ended(2))).toEqual(['same', 'same'])
  })

  test('a page that comes back from the back-forward cache', async () => {
    await page.evaluate(url => navigator.sendBeacon(url), event('before'))
    await ended(1)
    await page.goto('http://shop.test/plain?next')
    // A page from that cache has no load event.
    await page.goBack({ waitUntil: 'commit' })
    await page.waitForFunction(() => document.readyState === 'complete')
    await page.evaluate(url => navigator.sendBeacon(url), event('after'))
    const all = byName(await ended(2))
    const doc = all.get('after')?.place.doc
    const restored = (await log()).filter(entry => entry.kind === 'page' && entry.how === 'restored')
    // The browser may have thrown the page away; then it is another document.
    expect(restored.some(({ place }) => place.doc === doc)).toBe(doc === all.get('before')?.place.doc)
  })

  test('a route of a single-page site', async () => {
    await page.evaluate(url => {
      navigator.sendBeacon(`${url}1`)
      history.pushState(null, '', '/cart')
      navigator.sendBeacon(`${url}2`)
    }, event(''))
    const all = byName(await ended(2))
    expect([all.get('1')?.place.url, all.get('2')?.place.url]).toEqual([
      'http://shop.test/plain',
      'http://shop.test/cart',
    ])
  })
})

describe('how it ended, in the browser’s words', () => {
  const JSON_TYPE = { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' }
  test.each([
    ['204', { status: 204 }, { state: 'done', status: 204 }],
    ['404', { status: 404 }, { state: 'failed', status: 404 }],
    ['503', { status: 503 }, { state: 'failed', status: 503 }],
    ['redirect', { redirect: 'http://shop.test/plain' }, { state: 'done', status: 302 }],
    ['cut', { abort: true }, { state: 'failed', status: null, error: 'net::ERR_EMPTY_RESPONSE' }],
    ['orb', { hide: 'orb', headers: JSON_TYPE }, { state: 'hidden', status: 200, error: 'net::ERR_BLOCKED_BY_ORB' }],
    ['corp', { hide: 'corp' }, { state: 'hidden', status: 200, error: 'net::ERR_BLOCKED_BY_RESPONSE' }],
  ] as const)('%s', async (ea, answer, outcome) => {
    const stop = server.answer(arrival => arrival.ec === ec, answer)
    await page.evaluate(
      src => document.head.append(Object.assign(document.createElement('script'), { src })),
      event(ea),
    )
    expect((await ended(1))[0]?.outcome).toMatchObject(outcome)
    stop()
  })

  test('an answer that CORS hides, and a preflight that is refused', async () => {
    const stop = server.answer(arrival => arrival.ec === ec, { hide: 'cors' })
    await page.evaluate(url => {
      fetch(`${url}plain`).catch(() => {})
      fetch(`${url}preflight`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }).catch(
        () => {},
      )
    }, event(''))
    const all = byName(await ended(2))
    expect(all.get('plain')?.outcome).toMatchObject({ state: 'hidden', status: 200 })
    expect(all.get('preflight')?.outcome).toMatchObject({ state: 'unknown' })
    stop()
  })

  test('aborted by the page; a host that isn’t there', async () => {
    const stop = server.answer(arrival => arrival.ea === 'abort', { after: 5_000 })
    await page.evaluate(url => {
      const controller = new AbortController()
      fetch(`${url}abort`, { signal: controller.signal, mode: 'no-cors' }).catch(() => {})
      setTimeout(() => controller.abort(), 50)
      fetch(`//nowhere.invalid/event?portal_id=1&prop_id=2&ec=${new URLSearchParams(url).get('ec')}&ea=dns`).catch(
        () => {},
      )
    }, event(''))
    const all = byName(await ended(2))
    expect(all.get('abort')?.outcome).toMatchObject({ state: 'failed', error: 'net::ERR_ABORTED' })
    expect(all.get('dns')?.outcome).toMatchObject({ state: 'failed', error: 'net::ERR_NAME_NOT_RESOLVED' })
    stop()
  })

  test('blocked by the page’s own policy: nothing leaves, everything is known', async () => {
    const policy = "connect-src 'none'; img-src 'none'; script-src 'unsafe-inline'"
    server.serve('/strict', () => ({
      headers: { 'Content-Security-Policy': policy },
      body: '<!doctype html><body>strict',
    }))
    await page.goto('http://shop.test/strict')
    await page.evaluate(url => {
      fetch(`${url}fetch`).catch(() => {})
      navigator.sendBeacon(`${url}beacon`, 'x')
      new Image().src = `${url}image`
      const script = document.createElement('script')
      script.src = `${url}script`
      document.head.append(script)
      document.body.insertAdjacentHTML('beforeend', `<img src="${url}parsed">`)
    }, event(''))
    const all = await ended(5)
    expect(names(all)).toEqual(['beacon', 'fetch', 'image', 'parsed', 'script'])
    for (const { outcome, request } of all) {
      expect(outcome).toMatchObject({ state: 'blocked', by: 'csp' })
      expect(request?.lanes).toBe('hook')
    }
    expect(server.received(arrival => arrival.ec === ec)).toEqual([])
  })

  test('a look-alike of another vendor is none', async () => {
    await page.evaluate(async url => {
      await fetch('/event?a=88271&v=5.16.1')
      navigator.sendBeacon(url)
    }, event('ours'))
    await ended(1)
    expect((await log()).some(entry => entry.kind === 'event' && entry.request?.host === 'shop.test')).toBe(false)
  })

  test('a collector on the site’s own host is known by what it gets', async () => {
    await page.evaluate(ec => {
      const body = JSON.stringify({ portal_id: 1, prop_id: 2, ec, ea: 'text', uid: '7' })
      navigator.sendBeacon('/event', body)
      navigator.sendBeacon('/event', new Blob([body.replace('text', 'blob')]))
    }, ec)
    expect(names(await ended(2))).toEqual(['blob', 'text'])
  })
})

describe('the worker stops', () => {
  test('and what the page sends right after is there, once', async () => {
    await chromium.stopWorker()
    await page.evaluate(url => {
      for (let i = 0; i < 100; i++) navigator.sendBeacon(url + i, 'x')
    }, event(''))
    const all = await ended(100)
    expect(new Set(names(all)).size).toBe(100)
    expect(new Set(all.map(({ request }) => request?.lanes))).toEqual(new Set(['both']))
  })

  test('again and again while the page sends: nothing is lost, nothing doubled, no end invented', async () => {
    for (let round = 0; round < 4; round++) {
      const sending = page.evaluate(
        async ([url, round]) => {
          for (let i = 0; i < 50; i++) {
            navigator.sendBeacon(`${url}${round}-${i}`, 'x')
            await new Promise(resolve => setTimeout(resolve, 4))
          }
        },
        [event(''), round] as const,
      )
      await chromium.stopWorker()
      await sending
    }
    const all = await ended(200)
    expect(new Set(names(all)).size).toBe(200)
    expect(all.filter(({ outcome }) => outcome.state !== 'done' && outcome.state !== 'unknown')).toEqual([])
  })
})

test('the SDK on the page: queued, live, and its script', async () => {
  await page.goto('http://shop.test/')
  await server.arrival(({ ec, ea }) => ec === 'pageview' && ea === 'view')
  const tab = async () => {
    const [view] = (await log())
      .filter(entry => entry.kind === 'event' && entry.place.url === 'http://shop.test/')
      .slice(-1)
    return (await log()).filter(entry => entry.kind === 'sdk' && entry.place.doc === view?.place.doc)
  }
  await expect
    .poll(async () => (await tab()).at(-1), { timeout: 30_000 })
    .toMatchObject({
      state: 'live',
      api: 'web',
      portal: '561234567',
      prop: '565000001',
      script: { outcome: { state: 'done', status: 200 } },
    })
})
