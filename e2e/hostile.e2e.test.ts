/** The page can't tell that anybody looks, and is never harmed. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { type DemoServer, startServer } from '../demo/server'
import { FIELDS } from '../utils/capture/record'
import type { EventEntry } from '../utils/identity/entry'
import type { Diagnosis } from '../utils/messages'
import { answerInTest } from './drive/answer'
import { type Chromium, launch } from './drive/chromium'
import { readEvents, readLog, readPages } from './drive/log'
import { listenFromOutside, marksOfProxy, methodStays, stackOfText, textFromOtherRealm } from './pages/limits'
import { arrived, expected, type Mischief, PAGES, servePages, summary } from './pages/pages'
import { probe } from './pages/probe'

let server: DemoServer
let chromium: Chromium
/** A browser without the extension, to compare with. */
let plain: Chromium
/** A page of the extension, to read the log from. */
let reader: Page
beforeAll(async () => {
  server = await startServer()
  servePages(server)
  plain = await launch({ server })
  chromium = await launch({ server, extension: builtExtension('chrome') })
  reader = await chromium.context.newPage()
  await reader.goto(`chrome-extension://${chromium.extensionId}/manifest.json`)
})
afterAll(async () => {
  await chromium?.close()
  await plain?.close()
  await server?.close()
})

let page: Page
/** Each test has an event category of its own, and so finds its own events. */
let ec: string
let tests = 0
beforeEach(async () => {
  ec = `t${++tests}`
  page = await chromium.context.newPage()
  server.serve('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain')
  await page.goto('http://shop.test/plain')
})
afterEach(() => page.close())

const event = (ea: string): string => `//a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=${ea}`

const events = (category = ec): Promise<EventEntry[]> => readEvents(reader, category)
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

describe('the page can’t tell that anybody looks', () => {
  test('by any probe of the list', async () => {
    const measure = async (page: Page) => {
      const noticed: string[] = []
      page.on('console', message => noticed.push(message.text()))
      page.on('pageerror', error => noticed.push(String(error)))
      page.on('request', request => noticed.push(request.url()))
      await page.goto('http://shop.test/plain')
      return { told: await page.evaluate(probe), noticed }
    }
    expect(await measure(page)).toEqual(await measure(plain.page))
  })

  test('rejections and exceptions are the browser’s own', async () => {
    const seen = await page.evaluate(async url => {
      const unhandled: string[] = []
      addEventListener('unhandledrejection', event => unhandled.push(String(event.reason)))
      const rejected = await fetch(`http://[bad${url}`).then(
        () => [false],
        error => [error.constructor === TypeError, error.message],
      )
      const aborted = await fetch(url, { signal: AbortSignal.abort('why') }).catch(reason => reason)
      // They are told in order: one of our own comes after all that the hook could have left.
      void Promise.reject('last')
      await new Promise<void>(resolve =>
        addEventListener('unhandledrejection', ({ reason }) => {
          if (reason === 'last') resolve()
        }),
      )
      return { rejected, aborted, unhandled }
    }, event('x'))
    expect(seen).toMatchObject({ aborted: 'why', unhandled: ['last'] })
    expect(seen.rejected).toMatchObject([true, expect.any(String)])
  })

  test('not by overriding everything that we could have used', async () => {
    const hostile = `<!doctype html><body><script>
      const calls = []
      const spy = (holder, name) => {
        const original = holder[name]
        holder[name] = function (...args) { if (on) calls.push(name); return Reflect.apply(original, this, args) }
      }
      let on = false
      const { apply } = Reflect
      for (const [holder, names] of [
        [JSON, ['stringify', 'parse']],
        [Object, ['keys', 'getOwnPropertyDescriptor', 'defineProperty', 'setPrototypeOf']],
        [Array.prototype, ['push', 'slice', 'map', 'forEach', 'indexOf', 'join', Symbol.iterator]],
        [String.prototype, ['slice', 'indexOf', 'startsWith', 'split', 'toLowerCase', 'toUpperCase']],
        [EventTarget.prototype, ['dispatchEvent', 'addEventListener']],
        [Function.prototype, ['call', 'apply', 'bind']],
        [WeakMap.prototype, ['get', 'set', 'has']],
        [Promise.prototype, ['then', 'catch']],
        [Date, ['now']], [performance, ['now']],
      ]) for (const name of names) spy(holder, name)
      // Without a prototype, or these traps would spring at once.
      const bare = object => Object.setPrototypeOf(object, null)
      for (const name of ['toJSON', 'get', 'value', 'apply', 'detail', 'relatedTarget'])
        Object.defineProperty(Object.prototype, name, bare({
          configurable: true,
          get() { if (on) calls.push('Object.prototype.' + name) },
          set(value) { Object.defineProperty(this, name, bare({ value, writable: true, configurable: true, enumerable: true })) },
        }))
      for (const type of ['identity-lens-boot', 'record', 'down', 'reply', 'url', 'id', 'blob', 'form', 'message'])
        for (const target of [window, document]) target.addEventListener(type, () => { if (on) calls.push('heard ' + type) }, true)
      window.web_event = { track(ec, ea) { new Image().src = '${event('')}' + ea } }
      const script = document.createElement('script'); script.src = '//st-a.cdp.asia/insight.js'
      window.act = url => {
        const props = { get price() { calls.push('getter'); return 1 }, toJSON() { calls.push('toJSON'); return {} }, extra: { a: [1, 'áo'] } }
        on = true
        web_event.track('${ec}', 'called', props)
        fetch(url + 'fetch', { method: 'POST', body: 'x', mode: 'no-cors' })
        navigator.sendBeacon(url + 'beacon', new Blob(['x']))
        on = false
        return calls
      }
    </script>`
    server.serve('/hostile', hostile)
    await page.goto('http://shop.test/hostile')
    expect(await page.evaluate(`act('${event('')}')`)).toEqual([])
    const all = byName(await ended(3))
    expect(all.get('called')?.call?.api).toBe('web_event.track')
  })

  test('a loader’s stub stays what it was', async () => {
    server.serve(
      '/stub',
      `<!doctype html><script>
        window.web_event = function () { web_event.queue.push(arguments) }
        web_event.queue = []; web_event.track = web_event; web_event.propId = '9'
        const before = [web_event.name, web_event.length, String(web_event), Object.keys(web_event).join()]
        document.head.append(Object.assign(document.createElement('script'), { src: '//st-a.cdp.asia/insight.js' }))
        web_event.track('${ec}', 'queued', {})
        web_event('${ec}', 'direct', {})
        window.same = JSON.stringify(before) === JSON.stringify([web_event.name, web_event.length, String(web_event), Object.keys(web_event).join()])
        window.self = web_event.track === web_event
        window.queued = web_event.queue.length
      </script>`,
    )
    answerInTest(server, ({ what }) => what === 'script', { after: new Promise(() => {}) })
    await page.goto('http://shop.test/stub', { waitUntil: 'commit' })
    await page.waitForFunction(() => 'queued' in window)
    expect(
      await page.evaluate(() => [
        Reflect.get(window, 'same'),
        Reflect.get(window, 'self'),
        Reflect.get(window, 'queued'),
      ]),
    ).toEqual([true, true, 2])
    await expect.poll(async () => names(await events()), { timeout: 30_000 }).toEqual(['direct', 'queued'])
    expect((await events()).map(({ outcome, call }) => [outcome.state, call?.queued, call?.api])).toEqual([
      ['queued', true, 'web_event.track'],
      ['queued', true, 'web_event'],
    ])
  })
})

describe('a page does its own work as without us, and what it sends is in the log, once', () => {
  /** What the page itself saw. */
  const visit = async (tab: Page, { page }: Mischief, category: string) => {
    const said: string[] = []
    tab.on('console', message => said.push(message.text()))
    await tab.goto(`http://shop.test/pages/${page}.html?ec=${category}`)
    await tab.waitForSelector('#report[data-done]', { state: 'attached' })
    return `${await tab.locator('#report').textContent()}${said.join('\n')}`.replaceAll(`=${category}&`, '=&')
  }

  test.each(PAGES.map(mischief => [`${mischief.page}: ${mischief.about}`, mischief] as const))(
    '%s',
    async (_, mischief) => {
      const [usual, ours] = [`usual-${mischief.page}`, `ours-${mischief.page}`]
      expect(await visit(page, mischief, ours)).toBe(await visit(plain.page, mischief, usual))
      expect(arrived(server, ours)).toEqual(arrived(server, usual))
      await expect
        .poll(async () => summary(await events(ours)), { timeout: 30_000, interval: 100 })
        .toEqual(expected(mischief))
      // Of its life only what the browser says.
      const life = (await readPages(reader)).filter(({ place }) => place.url.includes(ours))
      expect(life).toMatchObject([{ how: 'load', late: false }])
    },
  )
})

/** Asks the worker as the panel does. */
const askWorker = (ask: object): Promise<unknown> =>
  reader.evaluate(ask => {
    type Runtime = { runtime: { sendMessage(message: object): Promise<unknown> } }
    return (globalThis as unknown as { chrome: Runtime }).chrome.runtime.sendMessage(ask)
  }, ask)

/** What the worker says of a page: what its relay sent so far, and how often the worker woke. */
async function told(tab: Page): Promise<{ records: number; wakes: number }> {
  const diagnosed = await askWorker({ kind: 'diagnose', tab: await chromium.tabId(tab, reader) })
  const { frames, worker } = diagnosed as Diagnosis
  const top = frames.find(({ frame }) => frame === 0)
  if (!top) throw new Error('the page’s relay does not answer')
  return { records: top.records, wakes: worker.wakes }
}

/** All that a page can shout, and requests that are nobody's business. */
const flood = async (): Promise<number> => {
  const mine = new EventTarget()
  let shouted = 0
  const heard: EventTarget[] = [window, document, document.documentElement, mine]
  for (let i = 0; i < 1_000; i++)
    for (const target of heard) {
      for (const name of ['identity-lens-boot', 'load', 'error', 'pageshow', 'pagehide', 'popstate'])
        target.dispatchEvent(new MouseEvent(name, { relatedTarget: mine, bubbles: true }))
      for (const name of ['record', 'reply', 'url', 'id', 'blob', 'form', 'down'])
        target.dispatchEvent(new CustomEvent(name, { detail: `["call",${i}]` }))
      shouted += 13
    }
  for (let i = 0; i < 1_000; i++) postMessage({ kind: 'records', doc: 'x', from: i, records: ['h["call"]'] }, '*')
  for (let i = 0; i < 200; i++) {
    navigator.sendBeacon(`/nothing?${i}`, 'x')
    new Image().src = `data:,${i}`
    Object.assign(document.createElement('script'), { src: `/nothing.js?${i}` })
    const xhr = new XMLHttpRequest()
    xhr.open('GET', `data:,${i}`)
    xhr.send()
  }
  await Promise.all(Array.from({ length: 200 }, (_, i) => fetch(`data:,event/${i}`)))
  await new Promise<void>(done => {
    addEventListener('message', ({ data }) => data === 'last' && done())
    postMessage('last', '*')
  })
  return shouted
}

describe('a flood', () => {
  test('of a page without the SDK: its relay sends nothing, and the worker sleeps on', async () => {
    const before = await told(page)
    expect(before.records).toBe(0)
    await chromium.stopWorker()
    expect(await page.evaluate(flood)).toBe(52_000)
    // Only this question wakes it.
    expect(await told(page)).toEqual({ records: 0, wakes: before.wakes + 1 })
  })

  test('of a page with the SDK: nothing more than what the SDK does', async () => {
    await page.goto(`http://shop.test/pages/plain.html?ec=${ec}`)
    await page.waitForSelector('#report[data-done]', { state: 'attached' })
    const all = await ended(7)
    const { records } = await told(page)
    expect(records).toBeGreaterThan(all.length)
    await page.evaluate(flood)
    expect((await told(page)).records).toBe(records)
    await page.evaluate(`web_event.track(category, 'after')`)
    expect(names(await ended(8))).toContain('after')
    // The call, its request, and what the SDK stores, if it does.
    expect((await told(page)).records).toBeLessThanOrEqual(records + 4)
    expect(names(await events())).toEqual([...names(all), 'after'].sort())
  })
})

describe('what a page says is told when its task ends, and yet', () => {
  /** An SDK that sends nothing, so that only the hook knows of its calls. */
  const SDK = `<!doctype html><link rel="icon" href="data:,"><script>window.web_event = { track() {} }</script>`
  beforeAll(() => server.serve('/sdk', SDK))
  const addresses = async (): Promise<string[]> =>
    (await events()).map(({ facts, place }) => `${facts.ea} ${new URL(place.url).pathname}`)

  test('each call stands at the address that the page had by then', async () => {
    await page.goto('http://shop.test/sdk')
    await page.evaluate(ec => {
      const track = (ea: string) => Reflect.get(window, 'web_event').track(ec, ea, {})
      track('first')
      history.pushState(null, '', '/second')
      track('second')
      history.pushState(null, '', '/third')
      track('third')
    }, ec)
    await expect
      .poll(addresses, { timeout: 30_000, interval: 100 })
      .toEqual(['first /sdk', 'second /second', 'third /third'])
  })

  test('nothing is lost of a frame that is taken away in the middle of a task', async () => {
    await page.goto('http://shop.test/sdk')
    await page.evaluate(async ec => {
      const frame = document.createElement('iframe')
      frame.src = '/sdk'
      await new Promise(done => {
        frame.onload = done
        document.body.append(frame)
      })
      Reflect.get(frame.contentWindow as Window, 'web_event').track(ec, 'from a frame', {})
      frame.remove()
    }, ec)
    await expect.poll(addresses, { timeout: 30_000, interval: 100 }).toEqual(['from a frame /sdk'])
  })

  test('nor of more in one task than is told at once', async () => {
    await page.goto('http://shop.test/sdk')
    await page.evaluate(ec => {
      for (let n = 0; n < 30; n++) Reflect.get(window, 'web_event').track(ec, `${n}`, { text: 'x'.repeat(200_000) })
    }, ec)
    await expect.poll(async () => (await events()).length, { timeout: 30_000, interval: 100 }).toBe(30)
  })
})

describe('a page that isn’t shown yet has little of its relay, and yet', () => {
  /** Held back for ever: its page goes on loading. */
  const NEVER = '<script src="/never.js"></script>'
  beforeAll(() => server.serve('/never.js', () => ({ after: new Promise(() => {}) })))
  const RUN = { kind: 'run', frame: 0, command: 'identify', calls: [{ api: 'web_event.track', args: [] }] }

  test('it is found by what asks at once, while it loads', async () => {
    server.serve('/loading', `<!doctype html><title>loading</title>${NEVER}`)
    const tab = await chromium.tabId(page, reader)
    await page.goto('http://shop.test/loading', { waitUntil: 'commit' })
    const answers = Promise.all([askWorker({ kind: 'attached', tab }), askWorker({ ...RUN, tab })])
    expect(await answers).toEqual(['whole', { ok: false, error: 'The page has no web_event.track.' }])
    expect(await page.evaluate(() => document.readyState)).toBe('loading')
    const { frames } = (await askWorker({ kind: 'diagnose', tab })) as Diagnosis
    expect(frames).toMatchObject([{ frame: 0, hook: true, late: false, records: 0 }])
  })

  test('nor is it missed where a script opened it anew, which takes its listeners away', async () => {
    await page.evaluate(async () => {
      const frame = document.createElement('iframe')
      document.body.append(frame)
      const inside = frame.contentDocument as Document
      inside.open()
      inside.write('<!doctype html><p>written')
      inside.close()
    })
    const diagnosed = (await askWorker({ kind: 'diagnose', tab: await chromium.tabId(page, reader) })) as Diagnosis
    expect([diagnosed.count, diagnosed.frames.map(({ hook }) => hook)]).toEqual([2, [true, true]])
  })

  test.each([
    ['before it went on to another address, and after', ['early'], 'x'],
    ['after it went on to another address, with a body that the relay reads', [], 'blob'],
  ])('what it does with the SDK by then is there, once: %s', async (_, before, body) => {
    const [from, to] = [`http://shop.test/began-${ec}`, `http://shop.test/went-on-${ec}`]
    const send = (ea: string) =>
      `navigator.sendBeacon('${event(ea)}', ${body === 'blob' ? "new Blob(['{}'])" : `'${body}'`});`
    server.serve(
      new URL(from).pathname,
      `<!doctype html><title>began</title><script>
        ${before.map(send).join('')}
        history.replaceState(null, '', '${to}')
        ${send('later')}
      </script>${NEVER}`,
    )
    await page.goto(from, { waitUntil: 'commit' })
    const places = async () => (await events()).map(({ facts, place }) => `${facts.ea} ${place.url}`).sort()
    await expect
      .poll(places, { timeout: 30_000, interval: 100 })
      .toEqual([...before.map(ea => `${ea} ${from}`), `later ${to}`])
    const pages = await readPages(reader)
    expect(
      pages.filter(({ place }) => [from, to].includes(place.url)).map(({ how, late, place }) => [how, late, place.url]),
    ).toEqual([
      ['load', false, from],
      ['route', false, to],
    ])
  })

  test('what its policy stops before anything else of the SDK is told', async () => {
    server.serve('/strict', () => ({
      headers: { 'Content-Type': 'text/html', 'Content-Security-Policy': "img-src 'none'" },
      body: `<!doctype html><title>strict</title><img src="${event('stopped')}">${NEVER}`,
    }))
    await page.goto('http://shop.test/strict', { waitUntil: 'commit' })
    await expect
      .poll(async () => (await events()).map(({ facts, outcome }) => [facts.ea, outcome.state]), { timeout: 30_000 })
      .toEqual([['stopped', 'blocked']])
  })
})

const WAYS = ['fetch', 'fetch', 'xhr', 'beacon', 'image', 'script', 'script']
/** Kinds of records, and for requests the way that they took. */
const kinds = (records: { k: string; via?: string }[]) => records.map(({ k, via }) => via ?? k)

describe('a hook that comes when the page has run already, as in Firefox after an installation', () => {
  beforeAll(() => {
    const hook = readFileSync(`${builtExtension('chrome')}/hook.js`, 'utf8')
    server.serve('/hook.js', () => ({ headers: { 'Content-Type': 'text/javascript' }, body: hook }))
  })
  const open = async (before: string, hooks = 1) => {
    await plain.page.goto(`http://shop.test/pages/relay.html?ec=${ec}&before=${before}&hooks=${hooks}`)
    const noticed: string[] = []
    plain.page.on('console', message => noticed.push(message.text()))
    return noticed
  }
  const told = (): Promise<{ k: string; via?: string }[][]> => plain.page.evaluate('told')

  test('tells each thing once, and natives look as before', async () => {
    await open('none')
    await plain.page.evaluate('round()')
    expect(await plain.page.evaluate('done')).toEqual([1, true])
    const [records = []] = await told()
    expect(kinds(records.filter(({ k }) => k === 'request'))).toEqual(WAYS)
  })

  test('installed twice, it does no harm, and neither takes the other’s wrappers for the page’s for ever', async () => {
    await open('none', 2)
    await plain.page.evaluate('round()')
    expect(await plain.page.evaluate('done')).toEqual([2, true])
    for (const records of await told()) expect(kinds(records.filter(({ k }) => k === 'request'))).toEqual(WAYS)
    const calls = (await plain.page.evaluate(`(async () => {
      for (let i = 0; i < 60; i++) navigator.sendBeacon(address('look'))
      // Told when the task ends: what waits for the same comes after.
      await 0
      const before = told[0].length
      web_event.track(category, 'last')
      await 0
      return told[0].slice(before).filter(({ k }) => k === 'call').length
    })()`)) as number
    expect(calls).toBeGreaterThan(0)
    expect(calls).toBeLessThan(20)
  })

  test('a hook that was switched off, as by an update, leaves the page to the next one', async () => {
    await open('none', 2)
    await plain.page.evaluate('channels[0].dispatchEvent(new CustomEvent("down", { detail: "!" })); round()')
    await plain.page.waitForFunction('told[1].some(({ url }) => url && url.endsWith("called"))')
    const [first = [], second = []] = await told()
    expect(first.filter(({ k }) => k !== 'sdk')).toEqual([])
    expect(kinds(second.filter(({ k }) => k === 'request'))).toEqual(WAYS)
  })

  test('over zone.js', async () => {
    await open('zone')
    const zone = await plain.page.evaluate(`Zone.current.fork({ name: 'app' }).run(async () => {
      const name = await new Promise(done => fetch(address('zone')).then(() => done(Zone.current.name)))
      await round()
      return name
    })`)
    expect(zone).toBe('app')
    const [records = []] = await told()
    expect(kinds(records.filter(({ k }) => k === 'request'))).toEqual([
      'fetch',
      'fetch',
      'fetch',
      'xhr',
      'beacon',
      'image',
      'script',
      'script',
    ])
  })

  test('leaves frozen natives alone', async () => {
    await open('frozen')
    const same = await plain.page.evaluate(
      'natives().every((native, i) => typeof native !== "function" || native === nativesBefore[i])',
    )
    expect(same).toBe(true)
    expect(await plain.page.evaluate('done')).toEqual([1, true])
    expect(await plain.page.evaluate('fetch("data:,x").then(({ status }) => status)')).toBe(200)
  })

  test('leaves exotic natives alone', async () => {
    await open('exotic')
    const [fetchText, beacon, source, attribute] = (await plain.page.evaluate(`[
      String(fetch), typeof Object.getOwnPropertyDescriptor(Navigator.prototype, 'sendBeacon').get,
      Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, 'src').value, Element.prototype.setAttribute]`)) as string[]
    expect([beacon, source, attribute]).toEqual(['function', '', 'not a function'])
    // What a proxy of the page says of itself, it says still.
    expect(fetchText).toBe('function () { [native code] }')
    expect(await plain.page.evaluate('fetch("data:,x").then(({ status }) => status)')).toBe(200)
  })

  test('what doesn’t concern the SDK costs a test of its text', async () => {
    await open('spies')
    const used = await plain.page.evaluate(`{
      const [xhr, image, script, url] = [new XMLHttpRequest(), new Image(), document.createElement('script'), 'data:,nothing of interest']
      counting = true
      for (let i = 0; i < 100; i++) {
        fetch(url)
        xhr.open('GET', url)
        navigator.sendBeacon('/nothing')
        image.src = url
        script.src = url
        image.setAttribute('alt', url)
        image.setAttribute('src', url)
        image.setAttribute('class', url)
      }
      counting = false
      used
    }`)
    expect(used).toEqual({
      // Three letters may be \`src\` in capitals.
      'String.prototype.toLowerCase': 200,
      // Three parts of a URL; a beacon, a fetch, an XHR, two images and a script.
      'String.prototype.indexOf': 600 * 3,
      // Was this XHR the SDK's before?
      'WeakMap.prototype.get': 100,
      'Reflect.apply': 800,
    })
    expect((await told()).flat().filter(({ k }) => k !== 'sdk')).toEqual([])
  })
})

describe('what a determined page still finds (docs/limits.md)', () => {
  const both = async <T>(find: () => T) => {
    await plain.page.goto('http://shop.test/plain')
    return { withUs: await page.evaluate(find), without: await plain.page.evaluate(find) }
  }

  test('our frame in a stack, also by its own way of writing stacks', async () => {
    const { withUs, without } = await both(stackOfText)
    const own = `chrome-extension://${chromium.extensionId}/hook.js`
    expect([without.stack.includes('extension'), withUs.stack.includes(own)]).toEqual([false, true])
    expect([without.files.includes(own), withUs.files.includes(own)]).toEqual([false, true])
  })

  test('a wrapper’s text, by the toString of another window', async () => {
    const { withUs, without } = await both(textFromOtherRealm)
    expect([without, withUs]).toEqual(['function fetch() { [native code] }', 'function () { [native code] }'])
  })

  test('that a wrapper is a proxy', async () => {
    const { withUs, without } = await both(marksOfProxy)
    expect([without.cycle, withUs.cycle]).toEqual(['Cyclic __proto__ value', 'no error'])
    expect(withUs.trapped.filter(trap => !without.trapped.includes(trap))).toEqual(['getPrototypeOf'])
  })

  test('that a method of the SDK is another function', async () => {
    expect(await both(methodStays)).toEqual({ withUs: false, without: true })
  })

  test('but nobody who comes later, or from elsewhere: a parent, an opener or a child hears nothing of another window', async () => {
    const body = `<!doctype html><link rel="icon" href="data:,"><script>
      addEventListener('message', () => fetch('http:${event('inner')}', { mode: 'no-cors' }).finally(() => parent.postMessage('sent', '*')))
    </script>`
    server.serve('/later', () => ({ body }))
    const heard = await page.evaluate(
      async paths => {
        const heard: string[] = []
        const types = ['identity-lens-boot', 'record', 'url', 'reply', 'id', 'blob', 'form', 'down']
        for (const path of paths) {
          const frame = document.createElement('iframe')
          frame.src = path
          const loaded = new Promise(done => {
            frame.onload = done
          })
          document.body.append(frame)
          await loaded
          const inner = frame.contentWindow as Window
          try {
            for (const type of types) inner.addEventListener(type, () => heard.push(`${path} ${type}`), true)
            // A handshake of its own, after the true one.
            inner.dispatchEvent(new MouseEvent('identity-lens-boot', { relatedTarget: new EventTarget() }))
          } catch {
            heard.push('out of reach')
          }
          const sent = new Promise<void>(done => {
            addEventListener('message', ({ data }) => data === 'sent' && done())
          })
          inner.postMessage('send', '*')
          await sent
        }
        return heard
      },
      ['/later', 'http://www.other.test/later'],
    )
    // What it dispatched itself, and that the other site's window is not its to touch.
    expect(heard).toEqual(['/later identity-lens-boot', 'out of reach'])
    await expect.poll(async () => names(await events()), { timeout: 30_000 }).toEqual(['inner', 'inner'])
  })

  test('a same-origin parent or opener hears the channel; what it forges is a claim', async () => {
    const inner = (ea: string) => `http:${event(ea)}`
    server.serve('/inner', ({ url }) => ({
      body: `<!doctype html><link rel="icon" href="data:,"><script>
        fetch('${inner('real')}-${url.searchParams.get('how')}', { mode: 'no-cors' }).then(() => {
          window.mayForge = true
        })
      </script>`,
    }))
    const forged = (how: string): string[] => {
      const at = Date.now()
      const list = (k: 'request' | 'call', values: Record<string, unknown>, more: object[]) =>
        JSON.stringify([k, ...FIELDS[k].map(name => values[name]), ...more])
      const request = (ea: string, values = {}, ...more: object[]) =>
        list(
          'request',
          {
            ...{ id: 900, at, call: 0, via: 'fetch', url: inner(`${ea}-${how}`), base: '', method: 'GET' },
            ...{ body: null },
            ...values,
          },
          more,
        )
      const call = (ea: string, values = {}, ...more: object[]) =>
        list(
          'call',
          {
            ...{ id: 901, at, api: 'web_event.track', args: JSON.stringify([ec, `${ea}-${how}`, {}]), stack: '' },
            ...{ queued: false, inside: 0, layer: '' },
            ...values,
          },
          more,
        )
      return [
        request('forged', {}, { state: 'done', status: 200 }, { status: 200, lanes: 'both' }),
        call('called', {}, { outcome: { state: 'done', status: 200 } }),
        // As a list, and as the relay writes.
        `["csp",1,"${inner(`real-${how}`)}","img-src"]`,
        // In the relay's name; of the real request; of none.
        `{"k":"csp","at":1,"url":"${inner(`real-${how}`)}","directive":"img-src"}`,
        ...['{"k":"gap","at":1,"until":2,"count":99}', '{"k":"hide","at":1}', '\nr{"k":"hide","at":1}'],
        ...['["note",1,"threw: forged"]', '["body",12345,"x"]'],
        // No records at all.
        ...[
          '',
          'x',
          '[]',
          'null',
          '["request"]',
          '["end",1,500]',
          '[["call"]]',
          '["__proto__",1]',
          '{"k":"request"}',
          '{"__proto__":{"polluted":1}}',
        ],
        request('wrong-id', { id: -1 }),
        request('wrong-time', { at: null }),
        request('wrong-body', { body: {} }),
        call('wrong-args', { args: 7 }),
        // Too large for a message; too long to be kept whole.
        request('large', { id: 902, body: 'x'.repeat(3_000_000) }),
        request('long', { id: 903, url: `${inner(`long-${how}`)}&x=${'x'.repeat(1_000_000)}` }),
      ]
    }
    const ways = ['frame', 'popup'] as const
    const lostBefore = (await readLog(reader)).filter(entry => entry.kind === 'gap' && entry.cause === 'lost').length
    await Promise.all(
      ways.map(async how => {
        const heard = await page.evaluate(
          // As text, since the page has nothing of this file.
          ([how, forged, listen]) => new Function(`return ${listen}`)()(how, `/inner?how=${how}`, forged),
          [how, forged(how), String(listenFromOutside)] as const,
        )
        expect(
          heard.filter((line: string) => line.startsWith('record ["request"') && line.includes('ea=real')),
        ).toHaveLength(1)
      }),
    )
    const wanted = ways.flatMap(how => [
      [`real-${how}`, 'fetch both done 200'],
      [`forged-${how}`, 'fetch hook open'],
      [`long-${how}`, 'fetch hook open'],
      [`called-${how}`, 'no request web_event.track'],
    ])
    await expect
      .poll(async () => summary(await events()), { timeout: 30_000, interval: 100 })
      .toEqual(Object.fromEntries(wanted))
    const log = await readLog(reader)
    const ours = log.filter(entry => entry.place.url.includes('/inner?how='))
    // One for each record that was too large; none of those that were forged.
    expect(log.filter(entry => entry.kind === 'gap' && entry.cause === 'lost').length - lostBefore).toBe(2)
    for (const entry of ours)
      if (entry.kind === 'event') {
        expect(entry.request?.bytes ?? 0).toBeLessThan(600_000)
        expect(['done', 'unknown', 'pending']).toContain(entry.outcome.state)
      }
  })
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
  await ended(7)
  const said = (all: EventEntry[]) =>
    Object.fromEntries(
      all.map(({ facts: { ea, problems } }) => [ea, problems.map(({ message }) => message.split(',')[0])]),
    )
  const whole = [`the body has ${sizes.whole} bytes`]
  // What the page's copies say may come after the request has ended.
  await expect
    .poll(async () => said(await events()), { timeout: 30_000, interval: 100 })
    .toEqual({
      ...{ text: whole, blob: whole, buffer: whole, view: whole, xhr: whole },
      // The page's copy of a request is a stream to the network.
      request: [`the body has at least ${sizes.letters} bytes`],
      form: expect.anything(),
    })
  const all = byName(await events())
  expect(all.get('text')?.request).not.toHaveProperty('least')
  // Of the file nothing is read: neither lane has it.
  expect(all.get('form')?.facts.cid).toBe('áo')
  const panel = await chromium.openPanelTab(page)
  await panel.show('events')
  await panel.click(`[data-event="${all.get('text')?.id}"]`)
  await panel.click('[data-detail="raw"]')
  const text = `truncated, ${sizes.whole.toLocaleString('en')} bytes`
  await panel.waitFor(wanted => document.querySelector('#detail')?.textContent?.includes(wanted) || null, text)
})

test('what a page puts into values is text in the panel, whatever view shows it', async () => {
  await page.goto(`http://shop.test/pages/values.html?ec=${ec}`)
  await page.waitForSelector('#report[data-done]', { state: 'attached' })
  expect(await page.locator('#report').textContent()).toBe('')
  await expect.poll(async () => (await events()).length, { timeout: 20_000 }).toBe(3)
  const panel = await chromium.openPanelTab(page)
  await panel.waitForField('event-count', '4')
  const seen: string[] = []
  /** Opens whatever opens, and gives what must not be: elements of values, links that run, traces of a run. */
  const faults = () =>
    panel.evaluate(() => {
      for (const closed of document.querySelectorAll('[aria-expanded="false"], details:not([open]) > summary'))
        (closed as HTMLElement).click()
      const found: string[] = []
      for (const element of document.querySelectorAll('body *')) {
        if (
          ['SCRIPT', 'IFRAME', 'IMG', 'OBJECT', 'EMBED', 'BASE', 'META', 'LINK', 'STYLE'].includes(element.tagName) &&
          !element.matches('body > script')
        )
          found.push(element.outerHTML)
        for (const { name, value } of element.attributes) {
          if (name.startsWith('on') || name === 'srcdoc') found.push(`${name}=${value}`)
          if (/^(href|src|action|formaction|xlink:href)$/.test(name) && !/^(#|\/?icons\.svg#|\/)/.test(value))
            found.push(`${name}=${value}`)
        }
      }
      if ('pwned' in globalThis) found.push('ran')
      for (const holder of [Object.prototype, Array.prototype, Function.prototype])
        if ('polluted' in holder) found.push('polluted')
      return found
    })
  for (const view of ['identity', 'events', 'merge', 'check', 'actions', 'diagnostics', 'settings'] as const) {
    await panel.show(view)
    if (view === 'events') await panel.waitFor(() => document.querySelectorAll('[data-event]').length >= 4 || null)
    const rows = view === 'events' ? await panel.marks('[data-event]', 'data-event') : ['']
    for (const row of rows) {
      if (row) await panel.click(`[data-event="${row}"]`)
      // Twice: what was opened may hold more to open.
      for (let i = 0; i < 3; i++) {
        await panel.evaluate(() => new Promise(done => setTimeout(done)).then(() => true))
        expect(await faults()).toEqual([])
      }
      seen.push(await panel.evaluate(() => document.body.textContent ?? ''))
    }
  }
  const all = seen.join('\n')
  for (const text of ['<img src=x onerror=', 'javascript:void(', '__proto__', 'constructor', '=HYPERLINK('])
    expect(all).toContain(text)
})
