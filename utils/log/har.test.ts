import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventEntry, LogEntry, Outcome } from '../identity/entry'
import { Reduction } from '../identity/reduce'
import { classify } from '../sdk/match'
import vectors from '../sdk/vectors.json'
import { DAY, type Entry, entry, eventUrl, har, headers, pageEntry, time } from './fixtures/har'
import type { HarOptions } from './har'
import { readAnyLog } from './open'
import type { ReadLog } from './read'
import { siteOf } from './site'

const options: HarOptions = { siteOf }

const read = (source: string): ReadLog => {
  const result = readAnyLog(source, options)
  if (!result.ok) throw new Error(result.reason)
  return result
}

const events = ({ entries }: ReadLog): EventEntry[] => entries.filter(each => each.kind === 'event')
const only = (log: ReadLog): EventEntry => {
  const [first, ...rest] = events(log)
  if (!first || rest.length > 0) throw new Error(`expected one event, got ${rest.length + (first ? 1 : 0)}`)
  return first
}
const tell = (each: LogEntry): string =>
  `#${each.id} ${each.kind} ${each.place.tab} ${each.place.doc} ${each.place.site} ${each.place.url}`

test('host and path are those of the whole URL, whatever follows them', () => {
  const part = fc.stringMatching(/^[a-c .:@/\\\t%]{0,6}$/)
  const end = fc.constantFrom('', ' ', '?', '?x=1 ', '#', '#?', '?a?b#c', ' ?', ' #')
  fc.assert(
    fc.property(fc.array(fc.tuple(part, part, end), { minLength: 1, maxLength: 6 }), all => {
      const urls = all.map(([host, path, end]) => `https://${host}a.cdp.asia/${path}/event${end}`)
      const log = read(har(urls.map((url, n) => entry(n, url))))
      const expected = urls.filter(url => URL.canParse(url) && classify(url)).map(url => new URL(url))
      expect(log.rejected).toHaveLength(urls.filter(url => !URL.canParse(url)).length)
      for (const { request } of events(log))
        expect(expected.map(({ host, pathname }) => `${host} ${pathname}`)).toContain(
          `${request?.host} ${request?.path}`,
        )
    }),
  )
})

describe('every request of the wire notes', () => {
  test.each(vectors.map(vector => [vector.id, vector] as const))('%s', (_, vector) => {
    const body = vector.body === null ? null : JSON.stringify(vector.body)
    const request = {
      method: vector.method,
      ...(body === null ? {} : { postData: { mimeType: 'application/json', text: body }, bodySize: body.length }),
    }
    const log = read(har([entry(0, vector.url, { request })]))
    expect(log.rejected).toEqual([])
    const { facts, request: link, payload } = only(log)
    const { expect: expected } = vector as { expect: { uid?: string; cid?: string | null } }
    if (expected.uid) expect(facts.uid).toBe(expected.uid)
    if (expected.cid !== undefined) expect(facts.cid).toBe(expected.cid)
    expect(link).toMatchObject({ host: 'a.cdp.asia', path: '/event', method: vector.method, lanes: 'network' })
    expect(payload).toEqual([[0, 0]])
    expect(log.payloads[0]?.request).toEqual({
      url: vector.url,
      method: vector.method,
      body: body === null ? { state: 'none' } : { state: 'text', text: body },
    })
  })
})

describe('what a file may lack or get wrong', () => {
  test('a URL and a time are enough', () => {
    const log = read(JSON.stringify({ log: { entries: [{ startedDateTime: time(0), request: { url: eventUrl() } }] } }))
    expect(only(log)).toMatchObject({
      at: DAY,
      outcome: { state: 'unknown', why: 'the file holds no status' },
      request: { method: 'GET', transport: 'other' },
      place: { tab: 'har:0', doc: '', site: '', partition: 'normal' },
    })
    expect(log.rejected).toEqual([])
  })

  test('a byte order mark', () => {
    expect(events(read(`\uFEFF${har([entry(0, eventUrl())])}`))).toHaveLength(1)
  })

  test('each broken entry is rejected with its place and reason; the rest is read', () => {
    const broken: unknown[] = [
      null,
      'text',
      {},
      { request: {} },
      { request: { url: 'no url' }, startedDateTime: time(0) },
      { request: { url: eventUrl() } },
      { request: { url: eventUrl() }, startedDateTime: 'yesterday' },
      { request: { url: eventUrl() }, startedDateTime: 1e300 },
    ]
    const log = read(har([entry(0, eventUrl()), ...broken, entry(10, eventUrl())]))
    expect(events(log)).toHaveLength(2)
    expect(log.rejected).toEqual([
      { entry: 1, reason: 'the entry is no object' },
      { entry: 2, reason: 'the entry is no object' },
      { entry: 3, reason: 'the entry has no request' },
      { entry: 4, reason: 'the request has no URL' },
      { entry: 5, reason: 'not a URL: no url' },
      { entry: 6, reason: 'the entry has no startedDateTime' },
      { entry: 7, reason: 'startedDateTime is no time: "yesterday"' },
      { entry: 8, reason: 'startedDateTime is no time: 1e+300' },
    ])
    expect(log.requests).toBe(10)
  })

  test('what is not the SDK’s is passed over, whatever it lacks', () => {
    const log = read(
      har([
        { request: { url: 'https://shop.example.com/app.js' } },
        entry(0, 'https://a.cdp.asia/get_data?portal_id=1'),
        entry(0, 'https://collector.example.com/event?a=88271&v=5.16.1'),
        entry(0, 'data:image/gif;base64,AAAA'),
      ]),
    )
    expect(log).toMatchObject({ entries: [], rejected: [], requests: 4 })
  })

  test('an object in a number’s place is no number, also one that refuses to become a text', () => {
    const time = { toString: 0, valueOf: 0 }
    expect(only(read(har([entry(0, eventUrl(), { top: { time } })])))).toMatchObject({ outcome: { ms: 0 } })
  })

  test('any JSON in any place gives entries and reasons, never an exception', () => {
    const value = fc.jsonValue({ maxDepth: 3 })
    const part = fc.dictionary(
      fc.constantFrom(
        'url',
        'method',
        'headers',
        'postData',
        'bodySize',
        'status',
        'content',
        '_error',
        'text',
        'params',
      ),
      value,
    )
    const oddEntry = fc.record({
      startedDateTime: fc.oneof(value, fc.constant(time(0))),
      time: value,
      pageref: value,
      timings: value,
      _resourceType: value,
      request: fc.oneof(
        value,
        part,
        part.map(each => ({ ...each, url: eventUrl() })),
      ),
      response: fc.oneof(value, part),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(value, oddEntry)), fc.array(value), value, (entries, pages, creator) => {
        const log = read(har(entries, { pages, creator }))
        expect(events(log).length + log.rejected.length).toBeLessThanOrEqual(entries.length)
        expect(log.entries.map(({ id }) => id)).toEqual(log.entries.map((_, index) => index + 1))
        for (const each of log.entries) expect(Number.isFinite(each.at)).toBe(true)
      }),
    )
  })
})

describe('bodies', () => {
  const payload = { ec: 'screen', ea: 'view', uid: 'á-1', context: { app: { name: 'Demo' } }, dims: {} }
  const url = 'https://a.cdp.asia/event?portal_id=561234567&prop_id=565000001&resp_type=json'
  const json = JSON.stringify(payload)
  const post = (request: Entry): EventEntry =>
    only(read(har([entry(0, url, { request: { method: 'POST', ...request } })])))
  const bodyOf = (request: Entry): unknown =>
    read(har([entry(0, url, { request: { method: 'POST', ...request } })])).payloads[0]?.request?.body

  test.each<[string, Entry]>([
    ['text', { postData: { mimeType: 'application/json', text: json } }],
    ['base64', { postData: { text: Buffer.from(json).toString('base64'), encoding: 'base64' } }],
    ['a bare string', { postData: json }],
    ['wrong sizes', { postData: { text: json }, bodySize: -1, headersSize: 'x' }],
  ])('%s', (_, request) => {
    expect(post(request).facts).toMatchObject({ uid: 'á-1', ec: 'screen', channel: 'app' })
    expect(bodyOf(request)).toEqual({ state: 'text', text: json })
  })

  test('params instead of text', () => {
    const params = Object.entries({
      ec: 'user',
      ea: 'sign_in',
      uid: '1',
      dims: '{"customers":{"customer_id":"c 1"}}',
    }).map(([name, value]) => ({ name, value }))
    expect(post({ postData: { mimeType: 'application/x-www-form-urlencoded', params } }).facts).toMatchObject({
      ec: 'user',
      ea: 'sign_in',
      cid: 'c 1',
    })
  })

  test.each<[string, Entry, string]>([
    ['left out', { bodySize: 120 }, 'the file names 120 bytes and holds none of them'],
    [
      'left out, size in a header',
      { headers: headers({ 'Content-Length': '7' }) },
      'the file names 7 bytes and holds none of them',
    ],
    ['in another file', { postData: { text: '', _file: 'ab12.bin' } }, 'kept in another file, ab12.bin'],
    ['binary', { postData: { text: '//79', encoding: 'base64' } }, 'its base64 holds no text'],
    ['broken base64', { postData: { text: '%%%', encoding: 'base64' } }, 'its base64 holds no text'],
  ])('%s: the event is there, with the reason', (_, request, why) => {
    expect(bodyOf(request)).toEqual({ state: 'unreadable', why })
  })
})

describe('how it left and how it ended', () => {
  test.each<[Entry, Entry, Entry, string]>([
    [{}, {}, { _resourceType: 'script' }, 'script'],
    [{}, {}, { _resourceType: 'ping' }, 'beacon'],
    [{}, {}, { _resourceType: 'xhr' }, 'xhr'],
    [{ headers: headers({ 'sec-fetch-dest': 'image' }) }, {}, {}, 'image'],
    [{ headers: headers({ 'sec-fetch-dest': 'iframe' }) }, {}, { _resourceType: 'document' }, 'iframe'],
    [{ headers: headers({ 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }) }, {}, {}, 'fetch'],
    [{ headers: headers({ 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'no-cors' }) }, {}, {}, 'beacon'],
    [{}, { content: { mimeType: 'application/javascript' } }, {}, 'script'],
    [{}, { content: { mimeType: 'image/gif' } }, {}, 'image'],
    [{}, { content: {} }, {}, 'other'],
  ])('%j %j %j leaves as %s', (request, response, top, transport) => {
    expect(only(read(har([entry(0, eventUrl(), { request, response, top })]))).request?.transport).toBe(transport)
  })

  test.each<[Entry, Outcome]>([
    [{ status: 200 }, { state: 'done', status: 200, ms: 20 }],
    [{ status: '204' }, { state: 'done', status: 204, ms: 20 }],
    [{ status: 302 }, { state: 'done', status: 302, ms: 20 }],
    [
      { status: 503, _error: 'net::ERR_FAILED' },
      { state: 'failed', status: 503, error: null, ms: 20 },
    ],
    [{ status: 0 }, { state: 'unknown', why: 'the file holds no status' }],
    [{ status: -1 }, { state: 'unknown', why: 'the file holds no status' }],
    [
      { status: 0, _error: 'net::ERR_BLOCKED_BY_CLIENT' },
      { state: 'blocked', by: 'client', error: 'net::ERR_BLOCKED_BY_CLIENT' },
    ],
    [
      { status: -1, _failureText: 'csp' },
      { state: 'blocked', by: 'csp', error: 'csp' },
    ],
    [
      { status: 0, _error: 'net::ERR_BLOCKED_BY_ADMINISTRATOR' },
      { state: 'blocked', by: 'administrator', error: 'net::ERR_BLOCKED_BY_ADMINISTRATOR' },
    ],
    [
      { status: 0, _error: 'net::ERR_BLOCKED_BY_ORB' },
      { state: 'hidden', status: 0, error: 'net::ERR_BLOCKED_BY_ORB', ms: 20 },
    ],
    [
      { status: 200, _error: 'net::ERR_FAILED' },
      { state: 'hidden', status: 200, error: 'net::ERR_FAILED', ms: 20 },
    ],
    [
      { status: 0, _error: 'net::ERR_ABORTED' },
      { state: 'unknown', why: 'the request ended as net::ERR_ABORTED' },
    ],
    [
      { status: 0, _error: 'net::ERR_NAME_NOT_RESOLVED' },
      { state: 'failed', status: null, error: 'net::ERR_NAME_NOT_RESOLVED', ms: 20 },
    ],
  ])('%j ends as %j', (response, outcome) => {
    expect(only(read(har([entry(0, eventUrl(), { response })]))).outcome).toEqual(outcome)
  })
})

describe('where it happened', () => {
  const shop = 'https://www.shop.example.com'
  const referer = (url: string): Entry => ({ headers: headers({ Referer: url }) })

  test('Chrome: navigations of one tab; an event sent while the next page loads is still the old page’s', () => {
    const log = read(
      har(
        [
          pageEntry(0, `${shop}/login`, { pageref: 'page_1', time: 105 }),
          entry(200, eventUrl({ page: `${shop}/login` }), { request: referer(`${shop}/`), top: { pageref: 'page_1' } }),
          pageEntry(1000, `${shop}/account`, { pageref: 'page_2', time: 305 }),
          entry(1100, eventUrl({ ec: 'user', ea: 'sign_in' }), {
            request: referer(`${shop}/`),
            top: { pageref: 'page_1' },
          }),
          entry(1400, eventUrl({ page: `${shop}/account` }), {
            request: referer(`${shop}/`),
            top: { pageref: 'page_2' },
          }),
        ],
        {
          pages: [
            { id: 'page_1', title: `${shop}/login`, startedDateTime: time(0) },
            { id: 'page_2', title: `${shop}/account`, startedDateTime: time(1000) },
          ],
        },
      ),
    )
    expect(log.entries.map(tell)).toEqual([
      `#1 page har:0 page_1:0 example.com ${shop}/login`,
      `#2 event har:0 page_1:0 example.com ${shop}/login`,
      `#3 event har:0 page_1:0 example.com ${shop}/login`,
      `#4 page har:0 page_2:2 example.com ${shop}/account`,
      `#5 event har:0 page_2:2 example.com ${shop}/account`,
    ])
    expect(log.entries[3]?.at).toBe(DAY + 1300)
  })

  test('Playwright: a page is a tab; redirects, prefetches and frames are no documents', () => {
    const log = read(
      har(
        [
          pageEntry(0, `${shop}/a`, { pageref: 'page@1' }),
          pageEntry(5, `${shop}/b`, { pageref: 'page@2', _frameref: 'frame@2' }),
          pageEntry(90, `${shop}/framed`, { pageref: 'page@2', _frameref: 'frame@3' }),
          { ...pageEntry(100, `${shop}/old`, { pageref: 'page@1' }), response: { status: 302 } },
          entry(110, `${shop}/soon`, {
            request: { headers: headers({ 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch' }) },
            response: { content: { mimeType: 'text/html' } },
            top: { pageref: 'page@1' },
          }),
          entry(200, eventUrl(), { top: { pageref: 'page@1' } }),
          entry(201, eventUrl(), { top: { pageref: 'page@2' } }),
          entry(202, eventUrl(), { request: referer(`${shop}/sw.js`), top: { _serviceWorkerRef: 'worker@1' } }),
        ],
        {
          creator: { name: 'Playwright', version: '1.65' },
          pages: [
            { id: 'page@1', title: 'A' },
            { id: 'page@2', title: 'B' },
          ],
        },
      ),
    )
    expect(log.entries.map(tell)).toEqual([
      `#1 page har:1 page@1:0 example.com ${shop}/a`,
      `#2 page har:2 page@2:1 example.com ${shop}/b`,
      `#3 event har:1 page@1:0 example.com ${shop}/a`,
      `#4 event har:2 page@2:1 example.com ${shop}/b`,
      `#5 event har:-1  example.com ${shop}/sw.js`,
    ])
  })

  test('events alone, as a filtered export has them: documents from the file’s list of pages', () => {
    const log = read(
      har([entry(150, eventUrl({ page: `${shop}/x` }), { top: { pageref: 'page_1' } })], {
        creator: { name: 'Firefox' },
        pages: [{ id: 'page_1', title: 'Cửa hàng', startedDateTime: time(0) }],
      }),
    )
    expect(log.entries.map(tell)).toEqual([
      `#1 page har:0 page_1 example.com ${shop}/x`,
      `#2 event har:0 page_1 example.com ${shop}/x`,
    ])
  })

  test('a recording that began in the middle of a page claims no page load', () => {
    const log = read(har([entry(150, eventUrl({ page: `${shop}/x` }), { top: { pageref: 'page_1' } })]))
    expect(log.entries.map(tell)).toEqual([`#1 event har:0 page_1 example.com ${shop}/x`])
  })

  test('proxies know no pages: the document is the one whose URL the event names, else the newest of its origin', () => {
    const log = read(
      har(
        [
          pageEntry(0, `${shop}/a`),
          pageEntry(100, 'https://other.example.org/'),
          entry(200, eventUrl({ page: `${shop}/a#top` })),
          entry(210, eventUrl({ page: `${shop}/route` })),
          entry(220, eventUrl(), { request: referer('https://third.example.net/') }),
        ],
        { creator: { name: 'mitmproxy' } },
      ),
    )
    expect(log.entries.map(tell).slice(2)).toEqual([
      `#3 event har:0 document:0 example.com ${shop}/a`,
      `#4 event har:0 document:0 example.com ${shop}/a`,
      '#5 event har:0  example.net https://third.example.net/',
    ])
  })

  test('a frame of another site is its own holder of identity, in its own document', () => {
    const log = read(
      har([
        pageEntry(0, `${shop}/a`, { pageref: 'page_1' }),
        entry(100, eventUrl({ page: 'https://widget.example.net/w' }), {
          request: referer('https://widget.example.net/'),
          top: { pageref: 'page_1' },
        }),
      ]),
    )
    expect(log.entries[1]?.place).toMatchObject({
      frame: 1,
      site: 'example.net',
      doc: 'page_1:0/example.net',
      url: 'https://widget.example.net/w',
    })
  })

  test('the SDK’s script says how it was got', () => {
    const script = 'https://st-a.cdp.asia/insight.js?v=2'
    const log = read(
      har([
        entry(0, script),
        entry(1, script, { response: { status: 0, _error: 'net::ERR_BLOCKED_BY_CLIENT' } }),
        entry(2, 'https://st-a.cdp.asia/custom-event.js'),
      ]),
    )
    expect(log.entries.map(each => (each.kind === 'sdk' ? [each.state, each.script?.url] : each.kind))).toEqual([
      ['live', script],
      ['blocked', script],
    ])
  })

  test('a first-party collector is known by its shape, and by the user’s word', () => {
    const host = 'https://metrics.shop.example.com'
    expect(events(read(har([entry(0, eventUrl({ host }))])))).toHaveLength(1)
    const bare = entry(0, `${host}/event`, {
      request: { method: 'POST', postData: { text: '{"portal_id":1,"prop_id":2,"ec":"a","ea":"b","uid":"1"}' } },
    })
    const foreign = entry(0, `${host}/event`, { request: { method: 'POST', postData: { text: '{"a":1}' } } })
    expect(events(read(har([bare, foreign])))).toHaveLength(1)
    const named = readAnyLog(har([foreign]), { ...options, hosts: ['metrics.shop.example.com'] })
    expect(named.ok && named.entries.length).toBe(1)
  })
})

describe('recorded files', () => {
  const recorded = (name: string): ReadLog =>
    read(readFileSync(new URL(`./fixtures/${name}.har`, import.meta.url), 'utf8'))

  test('Chrome’s DevTools lists pages backwards and documents first', () => {
    const log = recorded('chrome-devtools')
    expect(log.rejected).toEqual([])
    const named = (each: LogEntry): string =>
      each.kind === 'event' ? `${each.facts.ec}/${each.facts.ea}` : `${each.kind} ${new URL(each.place.url).pathname}`
    expect(log.entries.map(named)).toEqual([
      'page /sign-up',
      'sdk /sign-up',
      'pageview/view',
      'page /account',
      'sdk /account',
      'pageview/view',
      'user/sign_up',
      'user/identify',
      'page /logged-out',
      'sdk /logged-out',
      'user/sign_out',
      'user/reset_anonymous_id',
      'pageview/view',
    ])
    expect(new Set(log.entries.map(({ place }) => place.tab))).toEqual(new Set(['har:0']))
    for (const { request, outcome } of events(log)) {
      expect(request?.transport).toBe('script')
      expect(outcome).toMatchObject({ state: 'done', status: 200 })
    }
  })

  test('Playwright’s one page is a tab with many documents', () => {
    const log = recorded('playwright')
    expect(log.rejected).toEqual([])
    expect(
      log.entries.map(({ kind, place }) => `${kind} ${place.doc.split(':')[1]} ${new URL(place.url).pathname}`),
    ).toEqual([
      'page 0 /',
      'sdk 0 /',
      'event 0 /',
      'page 3 /',
      'event 3 /',
      'page 5 /account',
      'event 5 /account',
      'event 5 /account',
      'event 5 /account',
      'page 9 /logged-out',
      'event 9 /logged-out',
      'event 9 /logged-out',
      'event 9 /logged-out',
      'page 13 /account',
      'event 13 /account',
      'event 13 /account',
      'event 13 /account',
    ])
    expect(new Set(log.entries.map(({ place }) => place.site))).toEqual(new Set(['shop.test']))
  })
})

describe('browsers that one proxy recorded', () => {
  const at = (ms: number, uid: string, agent: string) =>
    entry(ms, eventUrl({ uid, page: 'https://shop.example.com/' }), {
      request: { headers: headers(agent === '' ? {} : { 'User-Agent': agent }) },
    })
  const partitions = (...entries: unknown[]) => read(har(entries)).entries.map(({ place }) => place.partition)
  test('two that share no UID have an identity each', () => {
    expect(partitions(at(0, '1', 'Chrome'), at(1_000, '2', 'Safari'), at(2_000, '1', 'Chrome'))).toEqual([
      'normal',
      'browser 2',
      'normal',
    ])
  })
  test('one that calls itself otherwise now, and keeps its UID, is the same', () => {
    expect(
      partitions(
        at(0, '1', 'Chrome'),
        at(1_000, '2', 'Safari'),
        at(2_000, '1', 'Chrome as a phone'),
        at(3_000, '3', ''),
      ),
    ).toEqual(['normal', 'browser 2', 'normal', 'normal'])
  })
  test('what joins two later joins them for good', () => {
    expect(partitions(at(0, '1', 'A'), at(1_000, '2', 'B'), at(2_000, '1', 'C'), at(3_000, '2', 'C'))).toEqual(
      Array.from({ length: 4 }, () => 'normal'),
    )
  })
  test('so their UIDs do not take turns', () => {
    const log = read(har([1, 2, 1, 2].map((uid, n) => at(n * 9_000, String(uid), uid === 1 ? 'Chrome' : 'Safari'))))
    const reduction = new Reduction()
    reduction.apply(log.entries)
    const holders = reduction.holders(Number.POSITIVE_INFINITY)
    expect(holders.map(({ partition }) => partition)).toEqual(['normal', 'browser 2'])
    expect(holders.flatMap(({ key }) => reduction.issues(key, Number.POSITIVE_INFINITY))).toEqual([])
  })
})

test('an app’s traffic, as a proxy sees it, belongs to its device', () => {
  const body = { uid: 'u', ec: 'screen', ea: 'view', context: { app: { name: 'Demo' }, device: { id: 'IDFV-1' } } }
  const request = { method: 'POST', postData: { text: JSON.stringify(body) } }
  const url = 'https://a.cdp.asia/event?portal_id=561234567&prop_id=565000001&resp_type=json'
  expect(only(read(har([entry(0, url, { request })]))).place).toMatchObject({ site: 'IDFV-1', doc: '', url: '' })
})

test('entries come in the order of time, pages before the events of the same moment', () => {
  const log = read(
    har([
      entry(50, eventUrl({ uid: '2' }), { top: { pageref: 'p' } }),
      entry(15, eventUrl({ uid: '1' }), { top: { pageref: 'p' } }),
      pageEntry(0, 'https://shop.test/', { pageref: 'p' }),
    ]),
  )
  expect(log.entries.map(({ id, kind, at }) => [id, kind, at - DAY])).toEqual([
    [1, 'page', 15],
    [2, 'event', 15],
    [3, 'event', 50],
  ])
})
