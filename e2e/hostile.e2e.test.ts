/** The page can't tell that anybody looks, and is never harmed. */
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
  ec = `t${++tests}`
  page = await chromium.context.newPage()
  server.forget()
  server.serve('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><body>plain')
  await page.goto('http://shop.test/plain')
})
afterEach(() => page.close())

const event = (ea: string): string => `//a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=${ea}`

const isOurs = (entry: LogEntry): entry is EventEntry => entry.kind === 'event' && entry.facts.ec === ec
const events = async (): Promise<EventEntry[]> => (await readLog(reader)).filter(isOurs)
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
  /** Runs in the page; everything that it could compare with a browser without us. */
  const probe = () => {
    const told: Record<string, unknown> = {}
    const attempt = (run: () => unknown): string => {
      try {
        return String(run())
      } catch (error) {
        return String(error)
      }
    }
    const natives: [string, object, string][] = [
      ['fetch', window, 'fetch'],
      ['open', XMLHttpRequest.prototype, 'open'],
      ['send', XMLHttpRequest.prototype, 'send'],
      ['sendBeacon', Navigator.prototype, 'sendBeacon'],
      ['script.src', HTMLScriptElement.prototype, 'src'],
      ['image.src', HTMLImageElement.prototype, 'src'],
      ['setAttribute', Element.prototype, 'setAttribute'],
      ['toString', Function.prototype, 'toString'],
      ['dispatchEvent', EventTarget.prototype, 'dispatchEvent'],
    ]
    for (const [name, holder, key] of natives) {
      const descriptor = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor
      const native = (descriptor.set ?? descriptor.value) as (...args: unknown[]) => unknown
      told[name] = {
        keys: Object.keys(holder).indexOf(key),
        flags: [descriptor.writable, descriptor.enumerable, descriptor.configurable, typeof descriptor.get],
        type: typeof native,
        tag: Object.prototype.toString.call(native),
        name: native.name,
        length: native.length,
        own: Reflect.ownKeys(native).map(key => [
          String(key),
          JSON.stringify(Object.getOwnPropertyDescriptor(native, key)),
        ]),
        text: [`${native}`, Function.prototype.toString.call(native), native.toString.toString()],
        chain: Object.getPrototypeOf(native) === Function.prototype,
        extensible: Object.isExtensible(native),
        construct: attempt(() => Reflect.construct(native, [])),
        illegal: key === 'fetch' ? '' : attempt(() => native.call({}, 'a', 'b')),
        bound: attempt(() => native.bind(null).name),
      }
    }
    told.globals = Object.getOwnPropertyNames(window).sort()
    told.enumerable = Object.keys(window).sort()
    const pending = fetch('data:,x')
    told.promise = [Object.getPrototypeOf(pending) === Promise.prototype, Reflect.ownKeys(pending).length]
    told.errors = [
      attempt(() => new XMLHttpRequest().open('GET', 'http://[bad/event')),
      attempt(() => navigator.sendBeacon('http://[bad/event')),
      attempt(() => document.createElement('script').setAttribute('', 'x')),
      attempt(() => (navigator.sendBeacon as () => unknown)()),
    ]
    told.document = document.documentElement.outerHTML
    told.resources = performance.getEntriesByType('resource').length
    return told
  }

  test('by any probe of the list', async () => {
    const plain = await launch({ server })
    const console: string[] = []
    const measure = async (page: Page) => {
      page.on('console', message => console.push(message.text()))
      page.on('pageerror', error => console.push(String(error)))
      await page.goto('http://shop.test/plain')
      return page.evaluate(probe)
    }
    const without = await measure(plain.page)
    const said = console.splice(0)
    const withUs = await measure(page)
    await plain.close()
    expect(withUs).toEqual(without)
    expect(console).toEqual(said)
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
      for (const type of ['identity-lens-boot', 'identity-lens-hello', 'record', 'down', 'reply', 'url', 'message'])
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
    const stop = server.answer(({ what }) => what === 'script', { after: new Promise(() => {}) })
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
    stop()
  })
})
