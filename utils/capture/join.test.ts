import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type EventEntry, isCleared, type Place } from '../identity/entry'
import type { Body, Transport } from '../sdk/event'
import { readRecord } from './claims'
import { DOC, eventUrl, Lanes, lineOf, T0, type Where } from './fixtures/lanes'
import { Join } from './join'
import { Meeting } from './meeting'
import { type HookRecord, REFUSED } from './record'

let lanes: Lanes
beforeEach(() => {
  lanes = new Lanes()
})

const SIGN_IN = eventUrl('user', 'sign_in')
const VIEW = eventUrl('pageview', 'view')

const CALL = {
  k: 'call',
  id: 1,
  api: 'web_event.track',
  args: '["user","sign_in",{}]',
  stack: '',
  queued: false,
  inside: 0,
  layer: '',
  by: '',
} as const
const ASKED = {
  k: 'request',
  id: 2,
  call: 0,
  via: 'script',
  url: SIGN_IN,
  base: '',
  method: 'GET',
  state: 'none',
  text: '',
  bytes: 0,
} as const

describe('call → request → outcome', () => {
  test('a call that sends a script at once is one event', () => {
    const call = lanes.call('web_event.track', ['user', 'sign_in', {}], {
      stack: 'at f (https://shop.vn/js/login.js?v=1:42:7)',
    })
    lanes.wait(1).ask('script', SIGN_IN, { call })
    const request = lanes.wait(2).start('script', SIGN_IN)
    lanes.wait(30)
    request.end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['user/sign_in call+request(both) done 200'])
    expect(lanes.events[0]).toMatchObject({
      at: T0,
      live: true,
      call: { api: 'web_event.track', by: 'page', caller: 'login.js:42' },
      request: { transport: 'script', method: 'GET', host: 'a.cdp.asia', path: '/event' },
      outcome: { ms: 30 },
      facts: { uid: '786', portal: '561', wire: 'event' },
    })
  })

  test('whoever is heard first, it is one event', () => {
    const parts = ['call', 'ask', 'start', 'end', 'write'] as const
    fc.assert(
      fc.property(fc.shuffledSubarray([...parts, 'write' as const, 'write' as const], { minLength: 7 }), order => {
        const lanes = new Lanes()
        // A record comes before what depends on it in its own lane; between the lanes any order is possible.
        const page = ['call', 'ask']
        const network = ['start', 'end']
        let id = 0
        let request: ReturnType<Lanes['start']> | null = null
        for (const step of order) {
          lanes.wait(1)
          if (step === 'write') lanes.write()
          const next = step === 'call' || step === 'ask' ? page.shift() : step === 'write' ? null : network.shift()
          if (next === 'call') id = lanes.call('web_event.track', ['user', 'sign_in', {}])
          if (next === 'ask') lanes.ask('script', SIGN_IN, { call: id })
          if (next === 'start') request = lanes.start('script', SIGN_IN)
          if (next === 'end') request?.end(200)
        }
        lanes.settle()
        expect(lanes.story).toEqual(['user/sign_in call+request(both) done 200'])
        expect(lanes.payloadOf(lanes.events[0] as never)).toMatchObject({
          call: { api: 'web_event.track' },
          request: { url: SIGN_IN },
        })
      }),
    )
  })

  test('the network was logged before the page’s half came: one entry stays, the other is void', () => {
    const request = lanes.start('script', SIGN_IN)
    lanes.wait(500).write()
    const call = lanes.call('web_event.track', ['user', 'sign_in', {}])
    lanes.write()
    expect(lanes.events).toHaveLength(2)
    lanes.ask('script', SIGN_IN, { call })
    request.end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['user/sign_in call+request(both) done 200'])
    const [kept] = lanes.events
    expect(lanes.entries.filter(({ kind }) => kind === 'void')).toMatchObject([{ into: kept?.id }])
    expect(lanes.payloadOf(kept as never)).toMatchObject({
      call: { api: 'web_event.track' },
      request: { url: SIGN_IN },
    })
  })

  test('a call without any request stays a call', () => {
    lanes.call('web_event.track', ['user', 'sign_in', {}])
    lanes.settle()
    expect(lanes.story).toEqual(['user/sign_in call pending'])
  })

  describe('a call whose request nobody could have seen', () => {
    const CALLED = 'user/sign_in call'
    const gone = () => lanes.say({ k: 'hide', at: lanes.now })
    test.each([
      ['its page went away', gone, 'the page went away before a request was seen'],
      [
        'its site is paused',
        () => lanes.join.pause('shop.vn', lanes.now),
        'recording was paused before a request was seen',
      ],
      ['all is paused', () => lanes.join.pause('', lanes.now), 'recording was paused before a request was seen'],
    ])('%s soon after it: nobody can say that nothing was sent', (_, ends, why) => {
      lanes.call('web_event.track', ['user', 'sign_in', {}])
      lanes.wait(2_000)
      ends()
      lanes.settle()
      expect(lanes.story).toEqual([`${CALLED} unknown ${why}`])
    })
    test.each([
      ['long after it', 6_000, gone],
      ['of another site', 2_000, () => lanes.join.pause('other.vn', lanes.now)],
    ])('%s: there was time enough, and silence is an answer', (_, ms, ends) => {
      lanes.call('web_event.track', ['user', 'sign_in', {}])
      lanes.wait(ms)
      ends()
      lanes.settle()
      expect(lanes.story).toEqual([`${CALLED} pending`])
    })
    test('a request that is heard of after all says more; what waits in the queue waits on', () => {
      const call = lanes.call('web_event.track', ['user', 'sign_in', {}])
      lanes.call('web_event.track', ['pageview', 'view', {}], { queued: true })
      gone()
      lanes.wait(50).ask('script', SIGN_IN, { call })
      lanes.start('script', SIGN_IN).end(200)
      lanes.settle()
      expect(lanes.story).toEqual([`${CALLED}+request(both) done 200`, 'pageview/view call queued'])
    })
  })

  test('a call that is no event is no entry, and still the cause of what it sends', () => {
    const call = lanes.call('AntsomiBridge.getUid', [])
    lanes.ask('script', VIEW, { call })
    lanes.settle()
    expect(lanes.events).toMatchObject([{ facts: { ec: 'pageview' }, call: { api: 'AntsomiBridge.getUid' } }])
  })

  test('what the panel ran is marked', () => {
    lanes.call('web_event.track', ['user', 'identify', {}], { by: 'identify' })
    lanes.settle()
    expect(lanes.events[0]?.call).toMatchObject({ by: 'panel', command: 'identify' })
  })

  test('an app’s setter is one event with the request that it makes', () => {
    const call = lanes.call('AntsomiBridge.setCustomerProps', [{ customer_id: 'c1', name: 'An' }])
    const url = 'https://a.cdp.asia/event?portal_id=561&prop_id=565&resp_type=json'
    const text = JSON.stringify({
      uid: 'd',
      ec: 'user',
      ea: 'identify',
      context: { app: {} },
      dims: { customers: { customer_id: 'c1' } },
    })
    lanes.ask('fetch', url, { call, method: 'POST', body: { state: 'text', text } })
    lanes.start('fetch', url, { method: 'POST', body: { state: 'text', text } }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['user/identify call+request(both) done 200'])
    expect(lanes.events[0]?.facts).toMatchObject({ kind: 'identify', channel: 'app', cid: 'c1' })
  })

  test('a removal that sends something stays a removal', () => {
    const call = lanes.call('AntsomiBridge.removeCustomer', [])
    lanes.ask('script', eventUrl('user', 'sign_out'), { call })
    lanes.settle()
    expect(lanes.events).toMatchObject([{ facts: { kind: 'remove', ec: 'user', ea: 'sign_out' } }])
  })

  test('the SDK that calls itself makes one event', () => {
    const outer = lanes.call('web_event', ['user', 'sign_in', {}])
    const inner = lanes.call('web_event.track', ['user', 'sign_in', {}], { inside: outer })
    lanes.ask('script', SIGN_IN, { call: inner })
    lanes.settle()
    expect(lanes.story).toEqual(['user/sign_in call+request(hook) pending'])
    expect(lanes.events[0]?.call?.api).toBe('web_event')
  })

  test('another event that is sent inside a call is an event of its own, with its cause', () => {
    const call = lanes.call('web_event.track', ['user', 'sign_in', {}])
    lanes.ask('script', VIEW, { call })
    lanes.ask('script', SIGN_IN, { call })
    lanes.settle()
    expect(lanes.events.map(({ facts, call }) => [facts.ea, call?.api])).toEqual([
      ['sign_in', 'web_event.track'],
      ['view', 'web_event.track'],
    ])
  })

  test('several events in one request are several entries', () => {
    const call = lanes.call('web_event.track', ['b', '2', {}])
    const body = {
      state: 'text',
      text: JSON.stringify([
        { ec: 'a', ea: '1' },
        { ec: 'b', ea: '2' },
        { ec: 'c', ea: '3' },
      ]),
    } as const
    const url = 'https://a.cdp.asia/event?portal_id=561&prop_id=565'
    lanes.ask('fetch', url, { call, method: 'POST', body })
    lanes.start('fetch', url, { method: 'POST', body }).end(204)
    lanes.settle()
    expect(lanes.events.map(({ facts, outcome }) => [facts.part, facts.ec, outcome.state])).toEqual([
      [[2, 3], 'b', 'done'],
      [[1, 3], 'a', 'done'],
      [[3, 3], 'c', 'done'],
    ])
    // The payload is stored once.
    expect(lanes.payloads.size).toBe(2)
  })

  test('however many they are, their body is measured as often as that of one', () => {
    const measured = (count: number) => {
      const text = JSON.stringify(Array.from({ length: count }, (_, n) => ({ ec: 'e', ea: String(n) })))
      const encode = vi.spyOn(TextEncoder.prototype, 'encode')
      lanes.ask('fetch', 'https://a.cdp.asia/event', { method: 'POST', body: { state: 'text', text } })
      const times = encode.mock.calls.filter(([given]) => given === text).length
      encode.mockRestore()
      return times
    }
    expect(measured(30)).toBe(measured(1))
  })
})

describe('the stub’s queue', () => {
  const queue = (ea: string, props: unknown = {}) => lanes.call('web_event.track', ['e', ea, props], { queued: true })
  const live = () =>
    lanes.say({ k: 'sdk', at: lanes.now, state: 'live', queue: 0, api: 'web_event', portal: '', prop: '' })

  test('what waits is shown as queued, and the queue is counted', () => {
    queue('1')
    queue('2')
    lanes.settle()
    expect(lanes.story).toEqual(['e/1 call queued', 'e/2 call queued'])
    expect(lanes.events.map(({ live }) => live)).toEqual([false, false])
    expect(lanes.sdk).toMatchObject([{ state: 'queue', queue: 2 }])
  })

  test('drained in order, each call finds its request', () => {
    queue('1', { extra: { n: 1 } })
    queue('1', { extra: { n: 2 } })
    lanes.write()
    live()
    for (const n of [1, 2]) {
      const url = eventUrl('e', '1', { cvar: { n, session_id: 9 } })
      lanes.ask('script', url)
      lanes.start('script', url).end()
    }
    lanes.settle()
    expect(lanes.story).toEqual(['e/1 call+request(both) done 200', 'e/1 call+request(both) done 200'])
    expect(lanes.events.map(event => (lanes.payloadOf(event).request as { url: string }).url)).toEqual([
      expect.stringContaining('%22n%22%3A1'),
      expect.stringContaining('%22n%22%3A2'),
    ])
  })

  test('drained in another order, properties tell which is which', () => {
    queue('1', { extra: { n: 1 } })
    queue('1', { extra: { n: '2' } })
    live()
    lanes.ask('script', eventUrl('e', '1', { cvar: { n: 2 } }))
    lanes.settle()
    expect(lanes.story).toEqual(['e/1 call queued', 'e/1 call+request(hook) pending'])
  })

  test('the SDK’s script makes the queued calls again: they are the same calls', () => {
    queue('1')
    queue('1')
    live()
    for (let i = 0; i < 3; i++) {
      const call = lanes.call('web_event.track', ['e', '1', {}], {
        stack: 'at x (https://st-a.cdp.asia/insight.js:1:9)',
      })
      lanes.ask('script', eventUrl('e', '1', { gt_ms: i }), { call })
    }
    lanes.settle()
    expect(lanes.events.map(({ call }) => call?.queued)).toEqual([true, true, false])
  })

  test('nor is there another event where the page has switched stacks off', () => {
    queue('1')
    live()
    for (let i = 0; i < 2; i++) {
      const call = lanes.call('web_event.track', ['e', '1', {}])
      lanes.ask('script', eventUrl('e', '1', { gt_ms: i }), { call })
    }
    lanes.settle()
    expect(lanes.events.map(({ call }) => call?.queued)).toEqual([true, false])
  })

  test('a page that calls the same again is not the drain', () => {
    queue('1')
    live()
    lanes.call('web_event.track', ['e', '1', {}], { stack: 'at x (https://shop.vn/app.js:1:9)' })
    lanes.settle()
    expect(lanes.story).toEqual(['e/1 call queued', 'e/1 call pending'])
  })

  test('long after the SDK came to life, what still waits is not joined to later requests', () => {
    queue('1')
    live()
    lanes.wait(60_000).ask('script', eventUrl('e', '1'))
    lanes.settle()
    expect(lanes.story).toEqual(['e/1 call queued', 'e/1 request(hook) pending'])
  })
})

describe('both lanes', () => {
  test.each([
    ['script', 'script'],
    ['image', 'image'],
    ['fetch', 'fetch'],
    ['xhr', 'fetch'],
    ['beacon', 'beacon'],
  ] as const)('%s meets what the network calls %s', (via, listed) => {
    lanes.ask(via, VIEW)
    lanes.start(listed, VIEW).end()
    lanes.settle()
    expect(lanes.events).toMatchObject([{ request: { transport: via, lanes: 'both' } }])
  })

  test('two identical ones in a millisecond are two', () => {
    lanes.ask('script', VIEW)
    lanes.ask('script', VIEW)
    lanes.start('script', VIEW).end(200)
    lanes.start('script', VIEW).end(204)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200', 'pageview/view request(both) done 204'])
  })

  test('k-th with k-th, in whatever way they come in', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['a', 'a', 'a', 'n', 'n', 'n'], { minLength: 6 }), order => {
        const lanes = new Lanes()
        for (const lane of order) {
          if (lane === 'a') lanes.ask('script', VIEW)
          else lanes.start('script', VIEW).end()
        }
        lanes.settle()
        expect(lanes.story).toEqual(Array(3).fill('pageview/view request(both) done 200'))
      }),
    )
  })

  test.each<[string, string, string]>([
    ['a relative URL', '//a.cdp.asia/event?ec=a&ea=b', 'https://a.cdp.asia/event?ec=a&ea=b'],
    ['https by policy', 'http://a.cdp.asia/event?ec=a&ea=b', 'https://a.cdp.asia/event?ec=a&ea=b'],
    ['a fragment', 'https://a.cdp.asia/event?ec=a&ea=b#x', 'https://a.cdp.asia/event?ec=a&ea=b'],
    [
      'raw letters',
      'https://a.cdp.asia/event?ec=a&ea=áo {"x"}',
      'https://a.cdp.asia/event?ec=a&ea=%C3%A1o%20{%22x%22}',
    ],
  ])('%s is the same request', (_, asked, listed) => {
    lanes.ask('script', asked, { base: 'https://shop.vn/' })
    lanes.start('script', listed)
    lanes.settle()
    expect(lanes.events).toMatchObject([{ request: { lanes: 'both' } }])
  })

  test('another document, another kind, another URL are other requests', () => {
    lanes.ask('script', VIEW)
    lanes.start('image', VIEW)
    lanes.start('script', SIGN_IN)
    lanes.start('script', VIEW, { where: { doc: 'F'.repeat(32), tab: 2 } })
    lanes.settle()
    expect(lanes.events.map(({ request }) => request?.lanes)).toEqual(['hook', 'network', 'network', 'network'])
  })

  test.each<[string, Where]>([
    ['about:blank', { doc: 'B'.repeat(32), frame: 7, nonce: 'n2', url: 'about:blank' }],
    ['a popup’s first document', { doc: 'B'.repeat(32), tab: 9, nonce: 'n2', url: 'about:blank' }],
  ])('%s speaks through the page that made it', (_, where) => {
    lanes.ask('fetch', VIEW, { where })
    lanes.start('fetch', VIEW).end()
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
    expect(lanes.events[0]?.place).toMatchObject({ doc: 'B'.repeat(32), url: 'about:blank' })
  })

  describe('the browser took it up when the page was gone, and names no tab', () => {
    const gone: Where = { tab: -1, frame: -1, doc: null, url: 'https://shop.vn' }

    test.each(['page', 'network'])('%s first', first => {
      if (first === 'page') lanes.ask('script', VIEW)
      const request = lanes.wait(first === 'page' ? 500 : 0).start('script', VIEW, { where: gone })
      if (first === 'network') lanes.wait(50).ask('script', VIEW)
      request.fail('net::ERR_ABORTED')
      lanes.settle()
      expect(lanes.events).toMatchObject([{ place: { doc: DOC }, request: { lanes: 'both' } }])
    })

    test('minutes later, too', () => {
      lanes.ask('script', VIEW)
      lanes.wait(59_000).write()
      lanes.wait(240_000).write()
      lanes.start('script', VIEW, { where: gone }).end(200)
      lanes.settle()
      expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
    })

    test('another site, kind or URL is another request', () => {
      lanes.ask('script', VIEW)
      lanes.start('script', VIEW, { where: { ...gone, url: 'https://other.vn' } })
      lanes.start('image', VIEW, { where: gone })
      lanes.start('script', SIGN_IN, { where: gone })
      lanes.settle()
      expect(lanes.events.map(({ request }) => request?.lanes)).toEqual(['hook', 'network', 'network', 'network'])
    })
  })

  describe('a service worker passes on what its page asks for: the browser lists only the worker’s fetch', () => {
    const worker: Where = { tab: -1, frame: -1, doc: null, url: 'https://shop.vn' }
    const ways = ['script', 'image', 'fetch', 'xhr', 'beacon'] as const

    test.each(ways.flatMap(way => [[way, 'page'] as const, [way, 'worker'] as const]))(
      '%s, the %s first',
      (way, first) => {
        const call = lanes.call('web_event.track', ['pageview', 'view', {}])
        if (first === 'page') lanes.ask(way, VIEW, { call })
        const request = lanes.wait(5).start('fetch', VIEW, { where: worker })
        if (first === 'worker') lanes.ask(way, VIEW, { call })
        request.end(204)
        lanes.settle()
        expect(lanes.story).toEqual(['pageview/view call+request(both) done 204'])
        expect(lanes.events[0]).toMatchObject({ place: { doc: DOC }, request: { transport: way } })
      },
    )

    test.each(['page', 'worker'])('and the recorder is restarted between the two, the %s first', first => {
      const restart = () => {
        lanes.write()
        lanes.join = new Join(1 + lanes.entries.length, 's')
        lanes.join.resume(structuredClone(lanes.entries), lanes.now)
      }
      const fetched = () => lanes.start('fetch', VIEW, { where: worker }).end(204)
      if (first === 'page') lanes.ask('script', VIEW)
      else fetched()
      lanes.wait(500)
      restart()
      if (first === 'page') fetched()
      else lanes.ask('script', VIEW)
      lanes.settle()
      expect(lanes.story).toEqual(['pageview/view request(both) done 204'])
    })

    describe('Firefox lists the page’s request too, and tells no end of it', () => {
      const page: Where = { doc: null }
      const passing: Where = { ...worker, frame: 0, url: 'https://shop.vn/passing.js' }

      test.each(ways)('%s', way => {
        lanes.ask(way, VIEW, { where: page })
        lanes.start(way === 'xhr' ? 'fetch' : way, VIEW, { where: page })
        const method = way === 'beacon' ? 'POST' : 'GET'
        lanes.wait(20).start('fetch', VIEW, { where: passing, method }).end(204)
        lanes.settle()
        expect(lanes.story).toEqual(['pageview/view request(both) done 204'])
      })

      test('two that look alike are two, each with its end', () => {
        for (let n = 0; n < 2; n++) lanes.ask('beacon', VIEW, { where: page })
        for (let n = 0; n < 2; n++) lanes.start('beacon', VIEW, { where: page })
        const fetched = [1, 2].map(() => lanes.start('fetch', VIEW, { where: passing, method: 'POST' }))
        fetched[0]?.end(204)
        fetched[1]?.end(503)
        lanes.settle()
        expect(lanes.story).toEqual(['pageview/view request(both) done 204', 'pageview/view request(both) failed 503'])
      })

      test('what is told of the page’s own after all is no end', () => {
        lanes.ask('script', VIEW, { where: page })
        const own = lanes.start('script', VIEW, { where: page })
        const fetched = lanes.start('fetch', VIEW, { where: passing })
        own.headers(0)
        fetched.end(204)
        own.fail('NS_BINDING_ABORTED')
        lanes.settle()
        expect(lanes.story).toEqual(['pageview/view request(both) done 204'])
      })

      test.each<[string, () => unknown]>([
        [
          'another body',
          () => lanes.start('beacon', VIEW, { where: page, body: { state: 'text', text: '{"extra":{"n":1}}' } }),
        ],
        ['the page’s own has ended', () => lanes.start('script', VIEW, { where: page }).end(200)],
        ['it was long ago', () => [lanes.start('script', VIEW, { where: page }), lanes.wait(11_000)]],
        ['another URL', () => lanes.start('script', SIGN_IN, { where: page })],
        ['another site', () => lanes.start('script', VIEW, { where: { ...page, tab: 2, url: 'https://other.vn/' } })],
      ])('what it fetches by itself is its own: %s', (_, before) => {
        before()
        const body = { state: 'text', text: '{"extra":{"n":2}}' } as const
        for (const method of ['GET', 'POST'])
          lanes.start('fetch', VIEW, { where: passing, method, ...(method === 'POST' && { body }) }).end(204)
        lanes.settle()
        expect(lanes.events).toHaveLength(3)
      })
    })

    test('nor is it what a page asks for much later, after a restart', () => {
      lanes.start('fetch', VIEW, { where: worker }).end(204)
      lanes.settle().wait(30_000)
      lanes.join = new Join(1 + lanes.entries.length, 's')
      lanes.join.resume(structuredClone(lanes.entries), lanes.now)
      lanes.ask('fetch', VIEW)
      lanes.settle()
      expect(lanes.events.map(({ request }) => request?.lanes)).toEqual(['network', 'hook'])
    })

    test('what it fetches by itself is its own', () => {
      lanes.ask('script', VIEW)
      lanes.start('script', VIEW).end(200)
      lanes.start('fetch', VIEW, { where: worker }).end(204)
      lanes.settle()
      expect(lanes.events.map(({ request }) => request?.lanes)).toEqual(['both', 'network'])
    })
  })

  test('workers of a site in other windows are others', () => {
    const worker: Where = { tab: -1, frame: -1, doc: null, url: 'https://shop.vn' }
    for (const partition of ['normal', 'private', 'firefox-container-2', 'normal'])
      lanes.start('fetch', VIEW, { where: { ...worker, partition } }).end(204)
    lanes.settle()
    expect(lanes.events.map(({ place }) => place.partition)).toEqual([
      'normal',
      'private',
      'firefox-container-2',
      'normal',
    ])
  })

  describe('Firefox: a relay that speaks as its tab closes has no tab by the browser’s word', () => {
    const closing: Where = { tab: -1, doc: null, nonce: 'n9' }
    const known: Where = { tab: 20, doc: 'fe597feb-81ee-4466-7215-2ba1b57b6a3e' }

    test.each(['page', 'network', 'network, and logged'])(
      '%s first: one event, of the tab that the network names',
      first => {
        if (first === 'page') lanes.ask('beacon', VIEW, { where: closing }), lanes.wait(30)
        const request = lanes.start('beacon', VIEW, { where: known })
        if (first === 'network, and logged') lanes.wait(500).write()
        if (first !== 'page') lanes.wait(20).ask('beacon', VIEW, { where: closing })
        request.end(200)
        lanes.settle()
        expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
        expect(lanes.events[0]?.place).toMatchObject({ tab: 's:20', frame: 0 })
      },
    )

    test('after a restart of the worker, too', () => {
      lanes.ask('beacon', VIEW, { where: closing })
      lanes.write()
      lanes.join = new Join(1 + lanes.entries.length, 's')
      lanes.join.resume(structuredClone(lanes.entries), lanes.now)
      lanes.start('beacon', VIEW, { where: known }).end(200)
      lanes.settle()
      expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
    })

    test('two that close are two documents, and another site’s request is another one', () => {
      lanes.ask('beacon', VIEW, { where: closing })
      lanes.ask('beacon', SIGN_IN, { where: { ...closing, nonce: 'n10', url: 'https://other.vn/' } })
      lanes.start('beacon', SIGN_IN, { where: known }).end(200)
      lanes.settle()
      expect(lanes.events.map(({ place, request }) => [place.doc, request?.lanes])).toEqual([
        ['n9', 'hook'],
        ['n10', 'hook'],
        [known.doc, 'network'],
      ])
    })
  })

  test('what the browser answered from its cache was never listed: the next that it lists is the next that was asked for', () => {
    lanes.ask('image', VIEW)
    lanes.wait(90_000).write()
    lanes.ask('image', VIEW)
    lanes.wait(5).start('image', VIEW).end(200)
    lanes.settle()
    expect(lanes.story).toEqual([
      'pageview/view request(hook) unknown the page asked for it, the browser never listed it',
      'pageview/view request(both) done 200',
    ])
  })

  test('nothing goes out before it is asked for: an image of the page’s HTML is not the one that its code asks for later', () => {
    lanes.start('image', VIEW).end(200)
    lanes.wait(30_000).write()
    lanes.ask('image', VIEW)
    lanes.wait(5).start('image', VIEW).end(204)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(network) done 200', 'pageview/view request(both) done 204'])
  })

  test('a page that was busy for minutes tells its half at the end of them: one event', () => {
    const asked = lanes.now
    lanes.wait(5).start('beacon', VIEW).end(200)
    lanes.wait(130).write()
    for (let minute = 0; minute < 4; minute++) lanes.wait(60_000).write()
    const now = lanes.now
    lanes.now = asked
    lanes.ask('beacon', VIEW)
    lanes.now = now
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  })

  test.each(['page', 'network'])('Firefox names no document for a fetch with keepalive; %s first', first => {
    const where = { doc: null, nonce: 'n1' }
    if (first === 'page') lanes.ask('fetch', VIEW)
    const request = lanes.start('fetch', VIEW, { where })
    if (first === 'network') lanes.ask('fetch', VIEW)
    request.end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
    expect(lanes.events[0]?.place.doc).toBe(DOC)
  })

  test('in an older Firefox the network names no document: frame, kind and URL do', () => {
    const before = { doc: null, nonce: 'x1' }
    const after = { doc: null, nonce: 'x2' }
    lanes.ask('script', VIEW, { where: before })
    lanes.start('script', VIEW, { where: before }).end(200)
    lanes.start('script', VIEW, { where: after }).end(204)
    lanes.ask('script', VIEW, { where: after })
    lanes.settle()
    expect(lanes.events.map(({ place, outcome }) => [place.doc, outcome])).toMatchObject([
      ['x1', { status: 200 }],
      ['x2', { status: 204 }],
    ])
  })

  test('what the network can’t read, the hook can', () => {
    const url = 'https://a.cdp.asia/event?portal_id=561&prop_id=565'
    const unreadable = { state: 'unreadable', text: 'later', bytes: 0 } as const
    const id = lanes.ask('beacon', url, { body: unreadable })
    lanes.start('beacon', url, { body: { state: 'unreadable', why: 'Blob or stream, not readable' } }).end(200)
    lanes.write()
    expect(lanes.events[0]?.facts.ec).toBe('')
    lanes.say({ k: 'body', id, state: 'text', text: '{"ec":"user","ea":"sign_in","uid":"7"}', bytes: 0 })
    lanes.settle()
    expect(lanes.story).toEqual(['user/sign_in request(both) done 200'])
  })

  test('first-party: only the body says that it is an event', () => {
    const url = 'https://shop.vn/event'
    const body = { state: 'text', text: JSON.stringify({ portal_id: 1, prop_id: 2, ec: 'a', ea: 'b' }) } as const
    lanes.start('beacon', url, { body: { state: 'unreadable', why: '' } }).end(200)
    lanes.wait(500).write()
    expect(lanes.events).toEqual([])
    lanes.ask('beacon', url, { body })
    lanes.start('fetch', url, { method: 'POST', body: { state: 'text', text: '{"name":"another vendor’s"}' } }).end()
    lanes.settle()
    expect(lanes.story).toEqual(['a/b request(both) done 200'])
  })
})

describe('outcomes', () => {
  const request = (transport: 'script' | 'fetch' = 'script') => {
    lanes.ask(transport, VIEW)
    return lanes.start(transport, VIEW)
  }
  const outcome = () => lanes.settle().events[0]?.outcome

  test.each([200, 204])('%i: done', status => {
    request().end(status)
    expect(outcome()).toMatchObject({ state: 'done', status })
  })
  test.each([400, 404, 500, 503])('%i: failed', status => {
    request().end(status)
    expect(outcome()).toMatchObject({ state: 'failed', status, error: null })
  })
  test.each<[string, object]>([
    ['net::ERR_BLOCKED_BY_CLIENT', { state: 'blocked', by: 'client' }],
    ['net::ERR_BLOCKED_BY_ADMINISTRATOR', { state: 'blocked', by: 'administrator' }],
    ['net::ERR_BLOCKED_BY_CSP', { state: 'blocked', by: 'csp' }],
    ['net::ERR_NAME_NOT_RESOLVED', { state: 'failed', status: null, error: 'net::ERR_NAME_NOT_RESOLVED' }],
    ['net::ERR_INTERNET_DISCONNECTED', { state: 'failed', status: null }],
    ['net::ERR_CONNECTION_REFUSED', { state: 'failed', status: null }],
    ['net::ERR_FAILED', { state: 'unknown' }],
  ])('%s', (error, expected) => {
    request().fail(error)
    expect(outcome()).toMatchObject(expected)
  })
  test.each(['net::ERR_BLOCKED_BY_ORB', 'net::ERR_BLOCKED_BY_RESPONSE', 'net::ERR_FAILED'])(
    'the server answered 200, then %s: it has the event, the page doesn’t see the answer',
    error => {
      const one = request()
      one.headers(200)
      one.fail(error)
      expect(outcome()).toMatchObject({ state: 'hidden', status: 200, error })
    },
  )
  test('the server answered 500, and the page may not see it: failed', () => {
    const one = request()
    one.headers(500)
    one.fail('net::ERR_BLOCKED_BY_ORB')
    expect(outcome()).toMatchObject({ state: 'failed', status: 500 })
  })
  test('the server answered, the page didn’t wait for the rest: done', () => {
    const one = request()
    one.headers(200)
    one.fail('net::ERR_ABORTED')
    expect(outcome()).toMatchObject({ state: 'done', status: 200 })
  })
  test('a redirect is an answer, and is noted; the end of where it led counts', () => {
    const one = request()
    one.redirect(302, 'https://shop.vn/thanks')
    expect(outcome()).toMatchObject({ state: 'done', status: 302 })
    expect(lanes.payloadOf(lanes.events[0] as never).notes).toEqual(['302, redirected to https://shop.vn/thanks'])
    one.end(404)
    expect(outcome()).toMatchObject({ state: 'failed', status: 404 })
  })
  test('a redirect to https by the browser’s own rules is none', () => {
    const one = lanes.start('script', VIEW.replace('https', 'http'))
    one.headers(307)
    one.redirect(307, VIEW)
    expect(outcome()).toEqual({ state: 'pending' })
    one.fail('net::ERR_BLOCKED_BY_CLIENT')
    expect(outcome()).toMatchObject({ state: 'blocked', by: 'client' })
  })

  test('led elsewhere by another extension, it never reached the server, whatever becomes of the rest', () => {
    const one = request()
    one.redirect(0, 'https://other.example/event?x=1')
    const blocked = {
      state: 'blocked',
      by: 'client',
      error: 'another extension leads it to https://other.example/event?x=1',
    }
    expect(outcome()).toEqual(blocked)
    one.headers(404)
    expect(lanes.events).toHaveLength(1)
    expect(outcome()).toEqual(blocked)
  })

  describe('aborted', () => {
    const hide = () => lanes.say({ k: 'hide', at: lanes.now })
    test('by the page itself: failed', () => {
      request().fail('net::ERR_ABORTED')
      lanes.settle().wait(5_000)
      hide()
      expect(outcome()).toMatchObject({ state: 'failed', error: 'net::ERR_ABORTED' })
    })
    test.each(['net::ERR_ABORTED', 'NS_BINDING_ABORTED'])(
      '%s as the page goes away says nothing of the server',
      error => {
        const one = request()
        hide()
        one.fail(error)
        expect(outcome()).toMatchObject({ state: 'unknown', why: expect.stringContaining(error) })
      },
    )
    describe('as the frame is led to another address, long before the page goes away (Firefox)', () => {
      const led = (tab: number, frame: number, after = 0) => lanes.join.leave(tab, frame, lanes.wait(after).now)
      const [TAB, FRAME] = [1, 0]
      test.each([
        ['before the abort is heard of', true],
        ['after it', false],
      ])('%s: says nothing of the server', (_, first) => {
        const one = request()
        if (first) led(TAB, FRAME)
        one.fail('NS_BINDING_ABORTED')
        if (!first) led(TAB, FRAME)
        lanes.settle().wait(4_000)
        hide()
        expect(outcome()).toMatchObject({ state: 'unknown', why: expect.stringContaining('led to another address') })
      })
      test.each([
        ['another tab', TAB + 1, FRAME, 0],
        ['another frame', TAB, 3, 0],
        ['this one, but much later', TAB, FRAME, 2_000],
      ])('%s: the page took it back itself', (_, tab, frame, after) => {
        request().fail('NS_BINDING_ABORTED')
        led(tab, frame, after)
        expect(outcome()).toMatchObject({ state: 'failed' })
      })
    })
    describe('before its page had said a word', () => {
      const page = (nonce: string) => ({ doc: null, nonce })
      const shown = (nonce: string) => {
        lanes.say({ k: 'page', at: lanes.now, how: 'load', late: false, url: '' }, page(nonce))
        lanes.say(
          { k: 'sdk', at: lanes.now, state: 'live', queue: 0, api: 'web_event', portal: '', prop: '' },
          page(nonce),
        )
      }
      const gone = (nonce: string) => lanes.say({ k: 'hide', at: lanes.wait(10).now }, page(nonce))
      const aborted = () => lanes.start('fetch', VIEW, { where: page('x2') }).fail('NS_BINDING_ABORTED')
      const asked = () => lanes.ask('fetch', VIEW, { where: page('x2') })
      const FAILED = { state: 'failed', error: 'NS_BINDING_ABORTED' }
      test.each([
        ['the first in its frame', () => {}],
        [
          'the one before it was led to it',
          () => {
            shown('x1')
            lanes.join.leave(1, 0, lanes.wait(10).now)
          },
        ],
        [
          'the one before it went away',
          () => {
            shown('x1')
            gone('x1')
          },
        ],
      ])('%s: the page took it back itself', (_, before) => {
        before()
        aborted()
        lanes.settle()
        expect(outcome()).toMatchObject({ state: 'unknown' })
        asked()
        expect(outcome()).toMatchObject(FAILED)
        lanes.wait(5_000)
        gone('x2')
        expect(outcome()).toMatchObject(FAILED)
      })
      // Firefox names no document for a worker's fetch; and the hook doesn't see what the markup asks for.
      test.each([
        ['a fetch of its worker, whose document has no name', 'fetch', null],
        ['an image of its markup', 'image', 'fe597feb-81ee-4466-7215-2ba1b57b6a3e'],
      ] as const)('%s: its first word says whose it is', (_, transport, named) => {
        const doc = 'fe597feb-81ee-4466-7215-2ba1b57b6a3e'
        const url = 'https://shop.vn/plain'
        const begun = lanes.now
        const under = lanes.wait(5).start(transport, VIEW, { where: { doc: named } })
        const back = lanes.start(transport, SIGN_IN, { where: { doc: named } })
        back.fail('NS_BINDING_ABORTED')
        lanes.settle()
        expect(lanes.events.find(({ facts }) => facts.ea === 'sign_in')?.outcome).toMatchObject({ state: 'unknown' })
        lanes.say({ k: 'page', at: begun, how: 'load', late: false, url: '' }, { doc, nonce: 'x2', url })
        under.fail('NS_BINDING_ABORTED')
        lanes.settle()
        const places = lanes.events.map(({ outcome, place }) => [outcome.state, place.doc, place.url])
        expect(places).toEqual([
          ['failed', doc, url],
          ['failed', doc, url],
        ])
        lanes.wait(5_000)
        gone('x2')
        expect(lanes.events.map(({ outcome }) => outcome.state)).toEqual(['failed', 'failed'])
      })
      test('and its page goes at once: nothing is said of the server', () => {
        const begun = lanes.now
        lanes
          .wait(5)
          .start('fetch', VIEW, { where: { doc: null } })
          .fail('NS_BINDING_ABORTED')
        lanes.say({ k: 'page', at: begun, how: 'load', late: false, url: '' }, page('x2'))
        gone('x2')
        expect(outcome()).toMatchObject({ state: 'unknown' })
      })
      test('asked for before that page began: it is not its own', () => {
        lanes.start('fetch', VIEW, { where: { doc: null } }).fail('NS_BINDING_ABORTED')
        lanes.wait(5)
        shown('x2')
        lanes.wait(5_000)
        expect(outcome()).toMatchObject({ state: 'unknown' })
      })
      describe('what the page didn’t ask for is not its own', () => {
        const [BEFORE, NEXT] = ['B'.repeat(32), 'C'.repeat(32)]
        const says = (doc: string, how: 'load' | 'restored', at: number) =>
          lanes.say({ k: 'page', at, how, late: false, url: '' }, { doc, nonce: doc, url: `https://shop.vn/${doc[0]}` })
        const unnamed = (transport: Transport = 'fetch') => lanes.start(transport, VIEW, { where: { doc: null } })

        test.each(['navigation', 'form', 'iframe'] as const)('the %s that led to it', transport => {
          const begun = lanes.now
          const led = lanes.wait(2).start(transport, VIEW, { where: { doc: null } })
          led.redirect(302, 'https://shop.vn/C')
          says(NEXT, 'load', begun)
          lanes.settle()
          expect(lanes.events.map(({ place, outcome }) => [place.doc, outcome.state])).toEqual([['s:1:0', 'done']])
        })

        test.each([
          ['and hides then', 7, BEFORE, 'unknown'],
          ['and doesn’t say when it goes', null, BEFORE, 'failed'],
          ['which was gone by then', 1, NEXT, 'failed'],
        ])('what the one before it asked for while it was on its way: %s', (_, hides, doc, state) => {
          says(BEFORE, 'load', lanes.now)
          const begun = lanes.wait(5_000).now
          if (hides === 1) lanes.say({ k: 'hide', at: begun + 1 }, { doc: BEFORE, nonce: BEFORE })
          lanes.wait(5)
          unnamed().fail('NS_BINDING_ABORTED')
          if (hides === 7) lanes.say({ k: 'hide', at: begun + 7 }, { doc: BEFORE, nonce: BEFORE })
          lanes.wait(10)
          says(NEXT, 'load', begun)
          lanes.settle()
          expect(lanes.events.map(({ place, outcome }) => [place.doc, outcome.state])).toEqual([[doc, state]])
        })

        test('but what is asked for after the one before it had gone, however late that is heard of', () => {
          says(BEFORE, 'load', lanes.now)
          lanes.settle()
          const begun = lanes.wait(5_000).now
          lanes.wait(5)
          unnamed().fail('NS_BINDING_ABORTED')
          says(NEXT, 'load', begun)
          lanes.settle()
          expect(lanes.events.map(({ place }) => place.doc)).toEqual([BEFORE])
          lanes.say({ k: 'hide', at: begun + 1 }, { doc: BEFORE, nonce: BEFORE })
          lanes.settle()
          expect(lanes.events.map(({ place, outcome }) => [place.doc, outcome.state])).toEqual([[NEXT, 'failed']])
        })

        test('what others asked for while it was in the back-forward cache and had not said a word', () => {
          const begun = lanes.now
          lanes.wait(5_000)
          unnamed()
          lanes.wait(5_000)
          says(NEXT, 'load', begun)
          says(NEXT, 'restored', lanes.now)
          unnamed('image')
          lanes.settle()
          expect(lanes.events.map(({ place, request }) => [place.doc, request?.transport])).toEqual([
            ['s:1:0', 'fetch'],
            [NEXT, 'image'],
          ])
        })
      })
      test('and the one before it goes only then: it is none of its own', () => {
        shown('x1')
        aborted()
        asked()
        gone('x1')
        expect(outcome()).toMatchObject(FAILED)
      })
    })
    test('the address that brought the page is told of late: it is not led away', () => {
      // It begins a little before the browser tells of it.
      lanes.say({ k: 'page', at: lanes.now - 1, how: 'load', late: false, url: '' })
      const led = lanes.now
      lanes.wait(10)
      request().fail('NS_BINDING_ABORTED')
      lanes.join.leave(1, 0, led)
      expect(outcome()).toMatchObject({ state: 'failed' })
    })
    test('however many those are', () => {
      const asked = Array.from({ length: 600 }, (_, n) => {
        const url = eventUrl('pageview', `view-${n}`)
        lanes.ask('script', url)
        return lanes.start('script', url)
      })
      for (const request of asked) request.fail('net::ERR_ABORTED')
      lanes.say({ k: 'hide', at: lanes.wait(900).now })
      lanes.settle()
      expect(lanes.events.map(({ outcome }) => outcome.state)).toEqual(asked.map(() => 'unknown'))
    })
    test('also when the going away is heard of later', () => {
      const one = request()
      one.fail('net::ERR_ABORTED')
      lanes.settle()
      hide()
      expect(outcome()).toMatchObject({ state: 'unknown' })
    })
    test('the next document of the frame says it, too (Firefox)', () => {
      lanes.ask('script', VIEW, { where: { doc: null, nonce: 'x1' } })
      const one = lanes.start('script', VIEW, { where: { doc: null } })
      one.fail('NS_BINDING_ABORTED')
      lanes.say({ k: 'page', at: lanes.now, how: 'load', late: false, url: '' }, { doc: null, nonce: 'x2' })
      expect(outcome()).toMatchObject({ state: 'unknown' })
    })
    test('an end that nobody tells after the page went away is unknown; one that comes after all counts', () => {
      const one = request()
      hide()
      lanes.wait(6_000)
      expect(outcome()).toMatchObject({ state: 'unknown', why: 'the page went away, and nobody saw the end' })
      one.end(200)
      expect(outcome()).toMatchObject({ state: 'done' })
    })
  })

  test('asked for, and the browser never listed it', () => {
    lanes.ask('script', VIEW)
    lanes.settle().wait(11_000)
    expect(outcome()).toMatchObject({ state: 'unknown', why: 'the page asked for it, the browser never listed it' })
  })

  test('the page says that sendBeacon returned false', () => {
    const id = lanes.ask('beacon', VIEW)
    lanes.say({ k: 'note', id, text: 'sendBeacon returned false' })
    lanes.settle()
    expect(lanes.payloadOf(lanes.events[0] as never).notes).toEqual(['sendBeacon returned false'])
  })
})

describe('what the browser refused is not what it takes next', () => {
  test.each([
    ['beacon', REFUSED, ['hook', 'network']],
    // What threw may have left before; and nothing but a beacon is refused, whoever says so.
    ['xhr', 'threw: no', ['both']],
    ['fetch', REFUSED, ['both']],
  ] as const)('%s, %s', (transport, text, seen) => {
    const id = lanes.ask(transport, VIEW)
    lanes.say(readRecord(lineOf({ k: 'note', id, text })) as HookRecord)
    lanes.start(transport === 'xhr' ? 'fetch' : transport, VIEW).end(204)
    lanes.settle()
    expect(lanes.events.map(({ request }) => request?.lanes)).toEqual(seen)
  })

  test('unless it left before it threw', () => {
    const id = lanes.ask('xhr', VIEW)
    const request = lanes.start('fetch', VIEW)
    lanes.say({ k: 'note', id, text: 'threw: NetworkError' })
    request.fail('net::ERR_CONNECTION_REFUSED')
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) failed net::ERR_CONNECTION_REFUSED'])
  })
})

describe('whose frame it was is not who asks', () => {
  const SHOP = { doc: 'B'.repeat(32), nonce: 'b', url: 'https://shop.vn/' }
  const OTHER = 'https://other.vn/page'
  const load = (where: Where, at = lanes.now) => lanes.say({ k: 'page', at, how: 'load', late: false, url: '' }, where)
  const unnamed = (url: string) => lanes.start('fetch', VIEW, { where: { doc: null, url } })
  const places = () => lanes.settle().events.map(({ place }) => `${place.doc} ${place.site}`)

  test.each<[string, string, boolean, string]>([
    ['it is there', SHOP.url, false, `${SHOP.doc} shop.vn`],
    ['the browser doesn’t say who asks', '', false, `${SHOP.doc} shop.vn`],
    ['it has gone', SHOP.url, true, 's:1:0 shop.vn'],
    ['another site asks', OTHER, false, 's:1:0 other.vn'],
    ['it has gone, and another site asks', OTHER, true, 's:1:0 other.vn'],
  ])('%s', (_, url, gone, expected) => {
    load(SHOP)
    if (gone) lanes.say({ k: 'hide', at: lanes.now }, SHOP)
    lanes.wait(1)
    const place = lanes.join.placeOf({
      request: 'x',
      at: lanes.now,
      url: VIEW,
      method: 'GET',
      transport: 'fetch',
      asker: { tab: 1, frame: 0, documentId: null, url, partition: 'normal', prerender: false },
    })
    unnamed(url).end(200)
    expect(places()).toEqual([expected])
    expect(`${place.doc} ${place.site}`).toBe(expected)
  })

  test('while another site asks in its frame, it is still there', () => {
    load(SHOP)
    unnamed(OTHER).end(200)
    unnamed(SHOP.url).end(200)
    unnamed(OTHER).end(200)
    expect(places()).toEqual(['s:1:0 other.vn', `${SHOP.doc} shop.vn`, 's:1:0 other.vn'])
  })

  test.each(['page', 'network'])(
    'what a page sends as its last is its own, however late the browser lists it; %s first',
    first => {
      load(SHOP)
      if (first === 'page') lanes.ask('fetch', VIEW, { where: SHOP })
      lanes.say({ k: 'hide', at: lanes.now }, SHOP)
      const request = lanes.wait(3).start('fetch', VIEW, { where: { doc: null, url: SHOP.url } })
      if (first === 'network') lanes.ask('fetch', VIEW, { where: SHOP })
      request.end(200)
      lanes.settle()
      expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
      expect(places()).toEqual([`${SHOP.doc} shop.vn`])
    },
  )

  test('the end of what it asked for finds it, also when it has gone', () => {
    load(SHOP)
    const script = lanes.start('script', 'https://st-a.cdp.asia/insight.js', { where: { ...SHOP, doc: null } })
    lanes.wait(1).say({ k: 'hide', at: lanes.now }, SHOP)
    lanes.wait(1)
    script.end(200)
    lanes.settle()
    expect(lanes.sdk).toMatchObject([{ place: { doc: SHOP.doc }, script: { outcome: { state: 'done' } } }])
  })

  describe('however many others there are, one that goes on is known', () => {
    const foreign = (n: number): Where => ({
      doc: n.toString(16).toUpperCase().padStart(32, '0'),
      nonce: `f${n}`,
      tab: 2,
      url: OTHER,
    })
    test('others of which only the place is asked for', () => {
      load(SHOP)
      lanes.settle()
      for (let n = 0; n < 1_100; n++) {
        const asker = { tab: 2, frame: n, documentId: null, url: OTHER, partition: 'normal', prerender: false }
        const fact = {
          request: `x${n}`,
          at: lanes.now,
          url: 'https://other.vn/event',
          method: 'POST',
          transport: 'fetch',
          asker,
        } as const
        expect(lanes.join.placeOf(fact)).toMatchObject({ site: 'other.vn', frame: n, url: OTHER })
      }
      unnamed(SHOP.url).end(200)
      expect(places()).toEqual([`${SHOP.doc} shop.vn`])
    })
    test.each<[string, () => unknown]>([
      ['it speaks', () => lanes.say({ k: 'stored', at: lanes.now, name: 'x', value: '', first: false }, SHOP)],
      [
        'it asks',
        () => lanes.start('script', 'https://st-a.cdp.asia/insight.js', { where: { doc: null, url: SHOP.url } }),
      ],
    ])('others that speak, while %s', (_, goOn) => {
      load(SHOP)
      lanes.call('web_event.track', ['pageview', 'view', {}], { where: SHOP })
      lanes.settle()
      for (let n = 0; n < 1_100; n++) {
        load(foreign(n))
        goOn()
      }
      unnamed(SHOP.url).end(200)
      expect(places()).toEqual([`${SHOP.doc} shop.vn`])
      expect(lanes.story).toEqual(['pageview/view call+request(network) done 200'])
    })
  })
})

test.each(['page', 'network', 'page, and after a restart'])(
  'a private window’s request is never one of another window, though the tab is closed; %s first',
  first => {
    const closing: Where = { tab: -1, doc: null, nonce: 'n9' }
    const secret: Where = { tab: 20, doc: 'fe597feb-81ee-4466-7215-2ba1b57b6a3e', partition: 'private' }
    if (first !== 'network') lanes.ask('beacon', VIEW, { where: closing })
    if (first.endsWith('restart')) {
      lanes.write()
      lanes.join = new Join(1 + lanes.entries.length, 's')
      lanes.join.resume(structuredClone(lanes.entries), lanes.now)
    }
    lanes.start('beacon', VIEW, { where: secret })
    if (first === 'network') lanes.ask('beacon', VIEW, { where: closing })
    lanes.settle()
    expect(lanes.events.map(({ place, request }) => `${place.partition} ${request?.lanes}`).sort()).toEqual([
      'normal hook',
      'private network',
    ])
  },
)

describe('the page’s own policy', () => {
  const violate = (url: string, directive = 'connect-src') => lanes.say({ k: 'csp', at: lanes.now, url, directive })

  test('stops what the network then never sees', () => {
    lanes.ask('fetch', VIEW)
    violate(VIEW)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(hook) blocked csp'])
  })
  test('never sets the outcome of a request that left', () => {
    lanes.ask('fetch', VIEW)
    lanes.start('fetch', VIEW).end(200)
    violate(VIEW)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  })
  test('stops what no hook saw (an image in the page’s HTML)', () => {
    violate(VIEW, 'img-src')
    lanes.settle()
    expect(lanes.events).toMatchObject([{ request: { transport: 'image', lanes: 'hook' }, outcome: { by: 'csp' } }])
  })
  test('each of two equal ones once', () => {
    lanes.ask('fetch', VIEW)
    lanes.ask('fetch', VIEW)
    violate(VIEW)
    violate(VIEW)
    lanes.settle()
    expect(lanes.story).toEqual(Array(2).fill('pageview/view request(hook) blocked csp'))
  })
  test('stops the SDK itself', () => {
    violate('https://st-a.cdp.asia/insight.js', 'script-src-elem')
    lanes.settle()
    expect(lanes.sdk).toMatchObject([{ state: 'blocked', script: { outcome: { state: 'blocked', by: 'csp' } } }])
  })
})

describe('the SDK on the page', () => {
  const INSIGHT = 'https://st-a.cdp.asia/insight.js'
  const snapshot = (state: 'absent' | 'queue' | 'live', queue = 0) =>
    lanes.say({ k: 'sdk', at: lanes.now, state, queue, api: 'web_event', portal: '561', prop: '565' })

  test('from the stub to the real one', () => {
    snapshot('queue')
    const script = lanes.start('script', INSIGHT)
    lanes.wait(80)
    script.end(200)
    lanes.settle()
    snapshot('live')
    lanes.settle()
    expect(lanes.sdk).toMatchObject([
      {
        state: 'queue',
        api: 'web',
        portal: '561',
        script: { url: INSIGHT, outcome: { state: 'done', status: 200, ms: 80 } },
      },
      { state: 'live', script: { outcome: { state: 'done' } } },
    ])
    expect(lanes.events).toEqual([])
  })
  test('blocked, and turning live after all', () => {
    snapshot('queue', 2)
    lanes.start('script', INSIGHT).fail('net::ERR_BLOCKED_BY_CLIENT')
    lanes.settle()
    expect(lanes.sdk.at(-1)).toMatchObject({ state: 'blocked', queue: 2 })
    snapshot('live')
    lanes.settle()
    expect(lanes.sdk.at(-1)).toMatchObject({ state: 'live' })
  })
  test('another extension gives the page a script of its own instead', () => {
    snapshot('queue', 2)
    lanes.start('script', INSIGHT).redirect(0, 'moz-extension://b10c/noop.js')
    lanes.settle()
    expect(lanes.sdk.at(-1)).toMatchObject({
      state: 'blocked',
      script: { outcome: { state: 'blocked', by: 'client' } },
    })
  })
  test('led to https it is still awaited', () => {
    lanes.start('script', INSIGHT.replace('https', 'http')).redirect(0, INSIGHT)
    lanes.settle()
    expect(lanes.sdk.at(-1)).toMatchObject({ script: { outcome: { state: 'pending' } } })
  })
  test('asked for twice: two entries', () => {
    lanes.start('script', INSIGHT).end()
    lanes.wait(100).start('script', INSIGHT).end()
    lanes.settle()
    expect(lanes.sdk).toHaveLength(2)
  })
})

describe('pages', () => {
  const page = (how: 'load' | 'route' | 'prerender' | 'shown', url = 'https://shop.vn/') =>
    lanes.say({ k: 'page', at: lanes.now, how, late: false, url })

  test('a route changes where later events are', () => {
    page('load')
    page('route', 'https://shop.vn/cart')
    lanes.ask('script', VIEW)
    page('route', 'https://shop.vn/checkout')
    lanes.start('script', VIEW).end()
    lanes.settle()
    expect(lanes.entries).toMatchObject([
      { kind: 'page', how: 'load' },
      { kind: 'page', how: 'route', place: { url: 'https://shop.vn/cart' } },
      { kind: 'event', place: { url: 'https://shop.vn/cart' } },
      { kind: 'page', how: 'route' },
    ])
  })
  test('what a prerendered page sends is marked until somebody looks at it', () => {
    page('prerender')
    lanes.ask('script', VIEW)
    lanes.settle()
    expect(lanes.events[0]?.prerender).toBe(true)
    page('shown')
    lanes.settle()
    expect(lanes.events[0]?.prerender).toBeUndefined()
  })
  test('however much that is', () => {
    page('prerender')
    for (let n = 0; n < 1_000; n++) lanes.ask('script', eventUrl('e', String(n)))
    lanes.settle()
    expect(lanes.events.filter(({ prerender }) => prerender)).toHaveLength(1_000)
    page('shown')
    lanes.settle()
    expect(lanes.events.filter(({ prerender }) => prerender)).toEqual([])
  })
  test('a page that was prerendered is the tab’s own from then on, and so is what it sent before', () => {
    const hidden = { frame: 6 }
    lanes.say({ k: 'page', at: lanes.now, how: 'prerender', late: false, url: '' }, hidden)
    lanes.say(
      { k: 'sdk', at: lanes.now, state: 'live', queue: 0, api: 'web_event', portal: '561', prop: '565' },
      hidden,
    )
    lanes.ask('script', VIEW, { where: hidden })
    lanes.settle()
    page('shown')
    // Its network half comes only now.
    lanes.start('script', VIEW, { where: hidden }).end()
    lanes.settle()
    expect(lanes.entries.map(({ kind, place }) => [kind, place.frame])).toEqual([
      ['page', 6],
      ['sdk', 0],
      ['event', 0],
      ['page', 0],
    ])
  })
  test('a page that comes back has its frame again, also where the browser names no documents', () => {
    const [first, second] = [
      { doc: null, nonce: 'first' },
      { doc: null, nonce: 'second', url: 'https://shop.vn/next' },
    ]
    const began = { k: 'page', how: 'load', late: false, url: '' } as const
    lanes.say({ ...began, at: lanes.now }, first)
    lanes.say({ ...began, at: lanes.wait(1).now }, second)
    lanes.say({ ...began, at: lanes.wait(1).now, how: 'restored' }, first)
    lanes.start('iframe', VIEW, { where: { doc: null } }).end()
    lanes.settle()
    expect(lanes.events.map(({ place }) => [place.doc, place.url])).toEqual([['first', 'https://shop.vn/']])
  })
  test('lost records are a gap', () => {
    lanes.say({ k: 'gap', at: T0, until: T0 + 9, count: 12 })
    lanes.settle()
    expect(lanes.entries).toMatchObject([{ kind: 'gap', cause: 'lost', until: T0 + 9, detail: { records: 12 } }])
  })
})

describe('a recorder that died goes on from the log', () => {
  /** A new recorder that knows the log, and nothing else. */
  const restart = () => {
    const before = lanes
    lanes = new Lanes(new Join(Math.max(0, ...before.log.keys()) + 1, 's'))
    lanes.now = before.now
    for (const entry of before.entries) lanes.log.set(entry.id, entry)
    for (const [key, payload] of before.payloads) lanes.payloads.set(key, payload)
    lanes.join.resume(structuredClone(before.entries), lanes.now)
  }

  test('a prerendered page is still known to be one', () => {
    lanes.say({ k: 'page', at: lanes.now, how: 'prerender', late: false, url: '' }, { frame: 6 })
    lanes.ask('script', VIEW, { where: { frame: 6 } })
    lanes.start('script', VIEW, { where: { frame: 6 } }).end()
    lanes.settle().wait(100_000)
    restart()
    lanes.say({ k: 'page', at: lanes.now, how: 'shown', late: false, url: '' })
    lanes.settle()
    expect(lanes.events.map(({ prerender, place }) => [prerender, place.frame])).toEqual([[undefined, 0]])
  })

  test('the end of a request finds its entry', () => {
    lanes.ask('script', VIEW)
    lanes.start('script', VIEW)
    lanes.settle()
    restart()
    lanes.start('script', VIEW, { request: 'r1' }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  })

  test('also when it had been given up', () => {
    lanes.ask('beacon', VIEW)
    lanes.start('beacon', VIEW)
    lanes.say({ k: 'hide', at: lanes.now })
    lanes.settle().wait(5_000).settle()
    expect(lanes.story).toEqual(['pageview/view request(both) unknown the page went away, and nobody saw the end'])
    restart()
    lanes.wait(4_000).start('beacon', VIEW, { request: 'r1' }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  })

  test('the page’s half of a request that had already ended finds its entry', () => {
    lanes.start('script', VIEW).end(200)
    lanes.settle()
    restart()
    const call = lanes.call('web_event.track', ['pageview', 'view', {}])
    lanes.ask('script', VIEW, { call })
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view call+request(both) done 200'])
  })

  test.each([
    ['Chromium', DOC],
    ['Firefox', '68f48d42-3538-66de-d993-9caf00bbc949'],
  ])('a document is known again by its name in %s', (_, doc) => {
    lanes.ask('script', VIEW, { where: { doc } })
    lanes.ask('fetch', SIGN_IN, { where: { doc } })
    lanes.settle()
    restart()
    lanes.start('script', VIEW, { where: { doc } }).end(200)
    lanes.start('fetch', SIGN_IN, { where: { doc: null } }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200', 'user/sign_in request(both) done 200'])
  })

  describe('of requests of one URL, whose events are in their bodies', () => {
    const MANY = 'https://a.cdp.asia/event?portal_id=561&prop_id=565&uid=786'
    const UNREAD = { state: 'unreadable', why: 'the recorder slept when it began' } as const
    const listOf = (...names: string[]) =>
      ({ state: 'text', text: JSON.stringify(names.map(ea => ({ ec: 'e', ea }))) }) as const
    const post = (body: Body, request?: string) =>
      lanes.start('beacon', MANY, { method: 'POST', body, ...(request && { request }) })
    const ask = (...names: string[]) => lanes.ask('beacon', MANY, { method: 'POST', body: listOf(...names) })
    const names = () => lanes.events.map(({ facts }) => facts.ea).sort()

    test('an end that is told before its start, and taken for another’s, is given back', () => {
      ask('1', '2')
      post(listOf('1', '2'))
      lanes.settle()
      restart()
      post(UNREAD, 'r9').end(200)
      lanes.tell('r9', 'beacon', MANY, listOf('3', '4'))
      ask('3', '4')
      lanes.settle()
      expect(lanes.story.sort()).toEqual([
        'e/1 request(both) unknown the recorder slept when it ended',
        'e/2 request(both) unknown the recorder slept when it ended',
        'e/3 request(both) done 200',
        'e/4 request(both) done 200',
      ])
    })

    test('so is an abort, and its own page judges it', () => {
      ask('1')
      post(listOf('1'))
      lanes.settle()
      restart()
      post(UNREAD, 'r9').fail('NS_BINDING_ABORTED')
      lanes.tell('r9', 'beacon', MANY, listOf('2'))
      lanes.settle()
      const slept = 'e/1 request(both) unknown the recorder slept when it ended'
      expect(lanes.story[0]).toBe(slept)
      ask('2')
      lanes.settle()
      expect(lanes.story).toEqual([slept, 'e/2 request(both) failed NS_BINDING_ABORTED'])
      ask('1')
      lanes.say({ k: 'hide', at: lanes.wait(10).now })
      expect(lanes.story).toContain(slept)
    })

    test('an end alone takes nothing away from what the log knows', () => {
      ask('1', '2')
      lanes.settle()
      restart()
      post(UNREAD, 'r9').end(200)
      lanes.settle().wait(20_000).settle()
      expect(names()).toEqual(['1', '2'])
    })

    test('nor does a start whose body only the page can read', () => {
      ask('1', '2')
      lanes.settle()
      restart()
      post({ state: 'unreadable', why: 'Blob or stream, not readable' }).end(200)
      lanes.settle()
      expect(lanes.story.sort()).toEqual(['e/1 request(both) done 200', 'e/2 request(both) done 200'])
    })
  })

  test('the network’s half finds what the page had asked for', () => {
    lanes.ask('script', VIEW)
    lanes.settle()
    restart()
    lanes.start('script', VIEW).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  })

  test('also when the page is gone, and the browser names no tab', () => {
    lanes.ask('script', VIEW)
    lanes.settle()
    restart()
    lanes.start('script', VIEW, { where: { tab: -1, frame: -1, doc: null, url: 'https://shop.vn' } }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  })

  test('a queued call finds its request', () => {
    lanes.call('web_event.track', ['pageview', 'view', {}], { queued: true })
    lanes.settle()
    restart()
    lanes.wait(90_000).ask('script', VIEW)
    lanes.start('script', VIEW).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view call+request(both) done 200'])
  })

  test('two equal ones stay two', () => {
    for (let i = 0; i < 2; i++) {
      lanes.ask('script', VIEW)
      lanes.start('script', VIEW)
    }
    lanes.settle()
    restart()
    for (const request of ['r1', 'r2']) lanes.start('script', VIEW, { request }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(Array(2).fill('pageview/view request(both) done 200'))
  })

  test('a start that nobody saw is made up for by the end', () => {
    lanes.start('beacon', VIEW, { request: 'r9' }).end(200)
    lanes.settle()
    expect(lanes.events).toMatchObject([{ request: { lanes: 'network' }, outcome: { state: 'done' } }])
  })

  test('as a worker wakes, a request’s end may be told before its start', () => {
    lanes.ask('script', VIEW)
    lanes.wait(50).start('script', VIEW, { request: 'r9' }).end(200)
    lanes.write().wait(-30)
    lanes.tell('r9', 'script', VIEW)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
    expect(lanes.events[0]?.outcome).toMatchObject({ ms: 30 })
  })

  test.each(['end', 'error'])('as a worker wakes, the headers may be told after the %s', last => {
    lanes.ask('script', VIEW)
    const request = lanes.start('script', VIEW)
    if (last === 'end') request.end(200)
    else request.fail('NS_ERROR_NET_RESET')
    request.headers(200)
    lanes.settle()
    expect(lanes.events).toMatchObject([{ outcome: { state: last === 'end' ? 'done' : 'failed' } }])
  })

  test('an end that nobody saw is unknown, never invented', () => {
    lanes.ask('script', VIEW)
    lanes.start('script', VIEW)
    lanes.settle()
    restart()
    lanes.wait(11_000).settle()
    expect(lanes.events[0]?.outcome).toEqual({ state: 'unknown', why: 'the recorder slept when it ended' })
  })

  test('nor is the end of what began while the worker woke', () => {
    restart()
    lanes.ask('script', VIEW)
    lanes.start('script', VIEW)
    lanes.wait(11_000).settle()
    expect(lanes.events[0]?.outcome).toMatchObject({ state: 'unknown' })
    lanes.start('script', VIEW, { request: 'r1' }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  })

  test('what was open long ago is unknown', () => {
    lanes.ask('script', VIEW)
    lanes.start('script', VIEW)
    lanes.settle().wait(3_600_000)
    restart()
    lanes.wait(11_000).settle()
    expect(lanes.events[0]?.outcome).toMatchObject({ state: 'unknown' })
  })

  test('a request that takes longer than the worker sleeps: its end finds it, however late', () => {
    lanes.ask('fetch', VIEW)
    lanes.start('fetch', VIEW)
    lanes.settle().wait(240_000)
    restart()
    lanes.wait(15_000).settle()
    lanes.start('fetch', VIEW, { request: 'r1' }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  })

  test('what the page asked for while the worker was being stopped was perhaps listed: nobody says that it was not', () => {
    lanes.settle()
    restart()
    lanes.wait(-300).ask('script', VIEW)
    lanes.wait(12_000).settle()
    expect(lanes.story).toEqual(['pageview/view request(hook) unknown the recorder slept when it ended'])
  })

  test('wherever it dies and whatever it was not told, an event that the page told is there once, and its end is not invented', () => {
    const SEEN = ['start', 'headers', 'end'] as const
    const step = fc.constantFrom('page', 'network', 'write', 'restart', 'later')
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 4, maxLength: 14 }),
        fc.shuffledSubarray([...SEEN]),
        fc.boolean(),
        (steps, network, called) => {
          lanes = new Lanes()
          const told: (() => void)[] = []
          const records = called
            ? [() => lanes.say({ ...CALL, at: T0 }), () => lanes.say({ ...ASKED, at: T0 + 1, call: 1 })]
            : [() => lanes.say({ ...ASKED, at: T0 + 1 })]
          let acknowledged = 0
          let facts = [...network]
          let ended = false
          const request = () => lanes.start('script', SIGN_IN, { request: 'r1' })
          const tell = {
            start: () => lanes.tell('r1', 'script', SIGN_IN),
            headers: () => request().headers(200),
            end: () => request().end(200),
          }
          const write = () => {
            lanes.write()
            acknowledged = told.length
            ended ||= lanes.events.some(({ outcome }) => outcome.state === 'done')
          }
          const die = () => {
            restart()
            // Told in any order as a worker wakes; but nothing comes that is older than what the one before was told.
            const newest = Math.max(
              -1,
              ...network.filter(fact => !facts.includes(fact)).map(fact => SEEN.indexOf(fact)),
            )
            facts = facts.filter(fact => SEEN.indexOf(fact) > newest)
            // What was not acknowledged is told again.
            for (const again of told.slice(acknowledged)) again()
          }
          restart()
          for (const each of [...steps, 'page', 'page', 'write'] as const) {
            lanes.wait(each === 'later' ? 130 : 1)
            if (each === 'page') {
              const record = records.shift()
              if (record) told.push(record)
              record?.()
            }
            if (each === 'network') {
              const fact = facts.shift()
              if (fact) tell[fact]()
            }
            if (each === 'write') write()
            if (each === 'restart') die()
          }
          die()
          lanes.settle().wait(12_000).settle()
          expect(lanes.events.map(({ facts }) => facts.ea)).toEqual(['sign_in'])
          const [{ outcome, call, request: link }] = lanes.events as [EventEntry]
          expect([call !== null, link !== null]).toEqual([called, true])
          expect(['done', 'unknown']).toContain(outcome.state)
          if (ended) expect(outcome.state).toBe('done')
          if (!network.includes('end')) expect(outcome.state).toBe('unknown')
        },
      ),
      { numRuns: 500 },
    )
  }, 60_000)

  test('what the page has of the SDK is not told again', () => {
    const snapshot = { k: 'sdk', at: T0, state: 'live', queue: 0, api: 'web_event', portal: '1', prop: '2' } as const
    lanes.say(snapshot)
    lanes.settle()
    restart()
    lanes.say(snapshot)
    lanes.settle()
    expect(lanes.sdk).toHaveLength(1)
  })
})

/** Of what the user does to a tab. */
const PLACE: Place = { tab: 's:1', frame: -1, doc: '', site: 'shop.vn', partition: 'normal', url: '' }

describe('a page that was asked says where it is', () => {
  const page = (how: 'load' | 'route' | 'here', path: string, where?: Where) =>
    lanes.say({ k: 'page', at: lanes.now, how, late: false, url: `https://shop.vn/${path}` }, where)
  const pages = () =>
    lanes
      .settle()
      .entries.flatMap(entry => (entry.kind === 'page' ? [`${entry.how} ${entry.place.url.slice(16)}`] : []))

  test('where it is known to be it has gone nowhere; elsewhere it has, also to where it was before', () => {
    page('load', 'a')
    for (const path of ['a', 'b', 'b', 'a']) page('here', path)
    expect(pages()).toEqual(['load a', 'route b', 'route a'])
  })
  test('one that was left has come back', () => {
    page('load', 'a')
    lanes.say({ k: 'hide', at: lanes.now })
    page('load', 'b', { doc: 'B'.repeat(32), nonce: 'n2' })
    page('here', 'a')
    expect(pages()).toEqual(['load a', 'load b', 'restored a'])
  })
  test('a route is one, wherever the recorder that has just come takes it to be', () => {
    page('load', 'a')
    lanes.settle()
    lanes.join = new Join(1 + lanes.entries.length, 's')
    lanes.join.resume(structuredClone(lanes.entries), lanes.now)
    page('route', 'b', { url: 'https://shop.vn/b' })
    expect(pages()).toEqual(['load a', 'route b'])
  })
})

describe('a tab is cleared', () => {
  test('what was under way doesn’t come back, what the page has of the SDK is told again', () => {
    lanes.say({ k: 'sdk', at: T0, state: 'live', queue: 0, api: 'web_event', portal: '1', prop: '2' })
    lanes.call('web_event.track', ['pageview', 'view', {}])
    lanes.ask('script', VIEW)
    const request = lanes.start('script', VIEW)
    const held = lanes.start('script', SIGN_IN)
    lanes.write()
    const { entry } = lanes.join.clear(PLACE, lanes.now + 1)
    request.end(200)
    held.end(200)
    lanes.settle()
    expect(lanes.entries.filter(each => !isCleared(each, entry))).toMatchObject([
      { kind: 'clear', state: 'open' },
      { kind: 'sdk', state: 'live' },
    ])
    // If it is undone, what was cleared is as it would have been.
    expect(lanes.story).toEqual(expect.arrayContaining([expect.stringMatching(/^pageview\/view .*done 200$/)]))
  })

  test('everything is deleted: nothing that was under way comes back', () => {
    lanes.ask('script', VIEW)
    const request = lanes.start('script', VIEW)
    lanes.write()
    lanes.log.clear()
    lanes.join.reset(lanes.now)
    request.end(200)
    lanes.settle()
    expect(lanes.entries).toEqual([])
  })

  test('everything is deleted: there is room again', () => {
    lanes.join = new Join(1, 's', { entries: 50, weight: 1_000 })
    lanes.ask('fetch', VIEW, { method: 'POST', body: { state: 'text', text: 'x'.repeat(1_000) } })
    expect(lanes.join.full).toBe(true)
    lanes.join.reset(lanes.now)
    expect(lanes.join.full).toBe(false)
  })

  test.each(['cleared', 'deleted'])(
    'after a restart a page tells again of its SDK when its tab is %s; one that is gone never does',
    how => {
      const snapshot = { k: 'sdk', at: T0, state: 'live', queue: 0, api: 'web_event', portal: '1', prop: '2' } as const
      lanes.say({ ...snapshot, portal: '7' }, { doc: 'E'.repeat(32), nonce: 'n2' })
      lanes.say(snapshot)
      lanes.settle()
      lanes.join = new Join(1 + lanes.entries.length, 's')
      lanes.join.resume(structuredClone(lanes.entries), lanes.now)
      if (how === 'cleared') lanes.join.clear(PLACE, lanes.now + 1)
      else lanes.join.reset(lanes.now + 1)
      lanes.log.clear()
      lanes.settle()
      expect(lanes.sdk).toEqual([])
      lanes.say({ ...snapshot, at: lanes.now })
      lanes.settle()
      expect(lanes.sdk).toMatchObject([{ state: 'live', portal: '1', prop: '2', place: { doc: DOC } }])
    },
  )

  test('other tabs are left alone', () => {
    const where = { tab: 2, doc: 'C'.repeat(32), nonce: 'n2' }
    lanes.ask('script', VIEW, { where })
    const request = lanes.start('script', VIEW, { where })
    const { entry } = lanes.join.clear(PLACE, lanes.now + 1)
    request.end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
    expect(lanes.entries.filter(each => isCleared(each, entry))).toEqual([])
  })
})

test('a batch that could not be written is ready again, with its payloads', () => {
  lanes.ask('script', VIEW)
  const ready = lanes.join.take()
  ready?.batch(77)
  ready?.failed()
  lanes.start('script', VIEW).end(200)
  lanes.settle()
  expect(lanes.story).toEqual(['pageview/view request(both) done 200'])
  expect(lanes.payloadOf(lanes.events[0] as never)).toMatchObject({ request: { url: VIEW } })
})

describe('requests of one URL that only their bodies tell apart', () => {
  const MANY = 'https://a.cdp.asia/event?portal_id=561&prop_id=565&uid=786'
  const listOf = (...names: string[]) =>
    ({ state: 'text', text: JSON.stringify(names.map(ea => ({ ec: 'e', ea }))) }) as const
  const ask = (...names: string[]) => lanes.ask('fetch', MANY, { method: 'POST', body: listOf(...names) })
  const start = (...names: string[]) => lanes.start('fetch', MANY, { method: 'POST', body: listOf(...names) })

  test('the page’s half of one whose start nobody heard is not taken for another’s', () => {
    // The worker slept when the first went out; its relay tells of it after the network told of the second.
    const second = start('3', '4')
    ask('1', '2')
    ask('3', '4')
    second.end(200)
    lanes.settle().wait(20_000).settle()
    expect(lanes.story.sort()).toEqual([
      'e/1 request(hook) unknown the page asked for it, the browser never listed it',
      'e/2 request(hook) unknown the page asked for it, the browser never listed it',
      'e/3 request(both) done 200',
      'e/4 request(both) done 200',
    ])
  })

  test('nor the network’s half', () => {
    ask('1')
    const second = start('2')
    ask('2')
    second.end(200)
    lanes.settle()
    expect(lanes.story.sort()).toEqual(['e/1 request(hook) pending', 'e/2 request(both) done 200'])
  })

  test('a form, which the network lane writes in its own way, still finds its half', () => {
    lanes.ask('fetch', MANY, { method: 'POST', body: { state: 'text', text: 'ec=e&ea=a%20b' } })
    lanes.start('fetch', MANY, { method: 'POST', body: { state: 'text', text: 'ec=e&ea=a+b' } }).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['e/a b request(both) done 200'])
  })

  test('and half a letter, which is sent as a mark', () => {
    lanes.ask('fetch', MANY, { method: 'POST', body: { state: 'text', text: '[{"ec":"e","ea":"\ud83d"}]' } })
    lanes.start('fetch', MANY, { method: 'POST', body: { state: 'text', text: '[{"ec":"e","ea":"\ufffd"}]' } }).end(200)
    lanes.settle()
    expect(lanes.events).toHaveLength(1)
  })
})

describe('what is over is let go of', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  /** Of this process, MB. */
  const heap = (): number => {
    collectGarbage()
    return process.memoryUsage().heapUsed / 1_048_576
  }
  /** Nothing of the log, which here is in memory too. */
  const forget = () => {
    lanes.log.clear()
    lanes.written.clear()
    lanes.payloads.clear()
  }
  const TEXT = 'x'.repeat(4_000)
  /** Each event about 8 kB, as long as it is held. */
  const sendMany = (where: Where, count: number) => {
    for (let n = 0; n < count; n++) {
      const url = eventUrl('e', String(n))
      const body = { state: 'text' as const, text: JSON.stringify({ n, text: TEXT }) }
      const call = lanes.call('web_event.track', ['e', String(n), { n, text: TEXT }], { where })
      lanes.ask('fetch', url, { call, method: 'POST', body, where })
      lanes.start('fetch', url, { method: 'POST', body, where }).end(200)
    }
    lanes.write()
    forget()
  }
  const documentId = (n: number): string => n.toString(16).toUpperCase().padStart(32, '0')

  test('of pages that were left: forty of them are no heavier than ten', () => {
    const visit = (n: number) => {
      const where = { doc: documentId(n), nonce: `n${n}` }
      sendMany(where, 128)
      lanes.say({ k: 'hide', at: lanes.now }, where)
      lanes.wait(6_000).write()
    }
    for (let n = 0; n < 10; n++) visit(n)
    const ten = heap()
    for (let n = 10; n < 40; n++) visit(n)
    expect(heap() - ten).toBeLessThan(10)
  }, 60_000)

  test('of pages that are open and quiet, and of calls that never sent anything', () => {
    const before = heap()
    for (let n = 0; n < 10; n++) sendMany({ doc: documentId(n), nonce: `n${n}` }, 256)
    for (let n = 0; n < 2_000; n++) lanes.call('web_event.track', ['e', `silent ${n}`, { text: TEXT }])
    lanes.write()
    forget()
    expect(heap() - before).toBeGreaterThan(20)
    lanes.wait(11 * 60_000).write()
    forget()
    expect(heap() - before).toBeLessThan(10)
  }, 60_000)

  test('but not of what waits in the queue of a page that may come back', () => {
    lanes.call('web_event.track', ['user', 'sign_in', {}], { queued: true })
    lanes.say({ k: 'hide', at: lanes.now })
    lanes.wait(20 * 60_000).write()
    lanes.say({ k: 'page', at: lanes.now, how: 'restored', late: false, url: 'https://shop.vn/' })
    lanes.say({ k: 'sdk', at: lanes.now, state: 'live', queue: 0, api: 'web_event', portal: '1', prop: '2' })
    lanes.ask('script', SIGN_IN)
    lanes.start('script', SIGN_IN).end(200)
    lanes.settle()
    expect(lanes.story).toEqual(['user/sign_in call+request(both) done 200'])
  })

  test('of halves that nobody meets no more wait than are of any use', () => {
    const meeting = new Meeting<number>()
    const page = { where: DOC, frame: 's:1:0', page: 'https://shop.vn/', site: 'shop.vn', partition: 'normal' }
    const meet = { ...page, isNobodys: false, isHomeless: false, transport: 'fetch', body: { state: 'none' } } as const
    const url = (n: number) => `https://a.cdp.asia/event?n=${n}`
    for (let n = 0; n < 30_000; n++) meeting.wait('network', { ...meet, url: url(n) }, n, T0)
    expect([...meeting.all()]).toEqual(Array.from({ length: 20_000 }, (_, n) => n + 10_000))
    expect(meeting.meet('page', { ...meet, url: url(29_999) }, T0)).toBe(29_999)
    expect(meeting.meet('page', { ...meet, url: url(9) }, T0)).toBeNull()
  })
})
