import { describe, expect, test } from 'vitest'
import { classify, eventPath, isEventShape, lackingShape, namesPortal, type Target } from './match'
import { REQUEST_PATTERNS } from './names'

const SHAPED = 'ec=user&ea=sign_in&portal_id=561234567&prop_id=565000001&uid=1'

const TABLE: [url: string, target: Target | null][] = [
  // the SDK's hosts
  ['https://a.cdp.asia/event?ec=user', 'event'],
  ['//a.cdp.asia/event?ec=user', 'event'],
  ['http://a.cdp.asia:8080/event?ec=user', 'event'],
  ['HTTPS://a.cdp.asia/event', 'event'],
  ['https://A.cdp.asia/event', 'event'],
  ['  //a.cdp.asia/event?x', 'event'],
  ['\\\\a.cdp.asia\\event?x', 'event'],
  ['https://user@a.cdp.asia/event', 'event'],
  ['https://a.cdp.asia/event?a=88271&v=5.16.1', 'event'],
  ['https://a.cdp.asia/event#x', 'event'],
  ['https://ap2-a.cdp.asia/event', 'event'],
  ['https://new-region.cdp.asia/event', 'event'],
  ['https://sandbox-a.cdp.asia/event', 'event'],
  ['https://a.cdp.asia/stream_event?ec=advertising', 'stream_event'],
  ['https://ap2-a.cdp.asia/stream_event', 'stream_event'],
  ['//st-a.cdp.asia/insight.js', 'script'],
  ['https://st-a.cdp.asia/insight.js?v=2#x', 'script'],
  ['https://sandbox-st-a.cdp.asia/insight.js', 'script'],
  ['https://st-a.cdp.asia/custom-event.js', 'script'],
  ['https://st-a.cdp.asia/antsomiSDKsw.js', 'script'],
  ['https://a.cdp.asia/get_data?x=/event', 'other'],
  ['https://delivery.cdp.asia/interaction/event', 'other'],
  ['https://delivery-cloud.cdp.asia/interaction/x', 'other'],
  ['https://sandbox-delivery.cdp.asia/interaction/x', 'other'],
  ['https://st-e.cdp.asia/delivery/561234567.js', 'other'],
  ['https://push.antsomi.com/api/application', 'other'],
  ['https://a.cdp.asia/events', 'other'],
  ['https://a.cdp.asia/myevent', 'other'],
  [`https://delivery.cdp.asia/event?${SHAPED}`, 'event'],

  // other hosts, by shape
  [`https://data.shop.example/event?${SHAPED}`, 'event'],
  [`https://shop.example/api/v1/stream_event?${SHAPED}`, 'stream_event'],
  [`/event?${SHAPED}`, 'event'],
  [`/collect/event?${SHAPED}`, 'event'],
  [`event?${SHAPED}`, 'event'],
  [`../event?${SHAPED}`, 'event'],
  [`https://shop.example/event?x=1&${SHAPED}#y`, 'event'],

  // only the body can tell
  ['https://data.shop.example/event', 'maybe'],
  ['/event', 'maybe'],
  ['event?', 'maybe'],
  ['https://data.shop.example/event?portal_id=561234567&prop_id=565000001&resp_type=json', 'maybe'],

  // look-alikes: without a body that has the shape they are nobody's
  ['https://other.example/event?a=88271&v=5.16.1', 'maybe'],
  ['//bam.nr-data.example/event?a=88271&v=5.16.1', 'maybe'],
  ['/event?a=88271&v=5.16.1', 'maybe'],
  ['event?a=88271&v=5.16.1', 'maybe'],
  ['https://other.example/event?ec=a&ea=b', 'maybe'],
  ['https://other.example/event?spec=1&area=2&xportal_id=3', 'maybe'],
  ['https://other.example/events?ec=a&ea=b&portal_id=1&prop_id=2', null],
  ['https://other.example/prevent?ec=a&ea=b&portal_id=1&prop_id=2', null],
  ['https://other.example/event/?ec=a&ea=b&portal_id=1&prop_id=2', null],
  ['https://other.example/?u=/event&ec=a&ea=b&portal_id=1&prop_id=2', null],
  ['https://other.example/#/event?ec=a&ea=b&portal_id=1&prop_id=2', null],
  ['https://other.example/event.js?ec=a&ea=b&portal_id=1&prop_id=2', null],
  ['https://notcdp.asia/event?x=1', 'maybe'],
  ['https://a.cdp.asia.evil.example/event?x=1', 'maybe'],
  ['https://evil.example/a.cdp.asia/event?x=1', 'maybe'],
  ['https://evil.example/?u=https://a.cdp.asia/event', null],
  ['https://evil.example@other.example/x/cdp.asia', null],
  ['https://shop.example/insight.js', null],
  ['https://console.antsomi.com/event?x=1', 'maybe'],
  ['data:text/html,/event', null],
  ['blob:https://a.cdp.asia/event', null],
  ['javascript:"/event"', null],
  ['mailto:event', null],
  [`wss://a.cdp.asia/event?${SHAPED}`, null],
  ['https://shop.example/', null],
  ['', null],
  ['?', null],
  ['#', null],
  [`data:image/png;base64,${'event'.repeat(1_000)}/event`, null],
]

test.each(TABLE)('%s → %s', (url, target) => {
  expect(classify(url)).toBe(target)
})

describe('hosts of the user', () => {
  const hosts = ['track.shop.example', '127.0.0.1:8080']
  test.each<[url: string, target: Target | null]>([
    ['https://track.shop.example/event?a=88271&v=5.16.1', 'event'],
    ['//TRACK.shop.example:444/x/stream_event', 'stream_event'],
    ['http://127.0.0.1:8080/event?x', 'event'],
    ['http://127.0.0.1:8081/event?x', 'maybe'],
    [`https://track.shop.example/collect?${SHAPED}`, 'event'],
    ['https://track.shop.example/collect', 'maybe'],
    ['https://track.shop.example/insight.js', 'script'],
    ['https://sub.track.shop.example/event?x', 'maybe'],
    [`https://sub.track.shop.example/collect?${SHAPED}`, null],
    [`/collect?${SHAPED}`, null],
    ['data:text/html,track.shop.example', null],
  ])('%s → %s', (url, target) => {
    expect(classify(url, hosts)).toBe(target)
  })
})

describe('shape', () => {
  test.each<[query: string, body: string | null, fits: boolean]>([
    [SHAPED, null, true],
    [`?${SHAPED}`, null, true],
    ['ec=user&ea=sign_in&portal_id=1', null, false],
    ['ec&ea&portal_id&prop_id', null, false],
    ['', '{"portal_id":1,"prop_id":2,"ec":"user","ea":"x"}', true],
    ['portal_id=1&prop_id=2', '{ "ec" : "user", "ea" : "x" }', true],
    ['portal_id=1&prop_id=2', '{"spec":"user","area":"x"}', false],
    ['portal_id=1&prop_id=2', 'ec=user&ea=x', true],
    [
      'portal_id=1&prop_id=2',
      '--b\r\nContent-Disposition: form-data; name="ec"\r\n\r\nu\r\n--b\r\nContent-Disposition: form-data; name="ea"',
      true,
    ],
    ['portal_id=1&prop_id=2', null, false],
  ])('%j with %j: %s', (query, body, fits) => {
    expect(isEventShape(query, body)).toBe(fits)
  })
})

test('what a request lacks to be an event', () => {
  expect(lackingShape('https://t.example/event?portal_id=1', '{"ec":"user"}')).toEqual(['prop_id', 'ea'])
  expect(lackingShape(SHAPED, null)).toEqual([])
})

test('what can be a part of an event, encoded or not', () => {
  expect(['events=%5B%7B%22portal_id%22%3A1%7D%5D', '{"portal_id":1}', SHAPED].map(namesPortal)).toEqual([
    true,
    true,
    true,
  ])
  expect(namesPortal('a=88271&v=5.16.1')).toBe(false)
})

test('the path alone', () => {
  expect(eventPath('/x/event?y')).toBe('event')
  expect(eventPath('stream_event')).toBe('stream_event')
  expect(eventPath('/x/upstream_event')).toBeNull()
})

describe('inside a page', () => {
  test('an overridden String.prototype is never called', () => {
    const { indexOf, startsWith, slice, toLowerCase } = String.prototype
    const trap = () => {
      throw new Error('called')
    }
    Object.assign(String.prototype, { indexOf: trap, startsWith: trap, slice: trap, toLowerCase: trap })
    let found: (Target | null)[]
    try {
      found = ['https://a.cdp.asia/event?x', 'https://x.example/event', `/event?${SHAPED}`].map(url => classify(url))
    } finally {
      Object.assign(String.prototype, { indexOf, startsWith, slice, toLowerCase })
    }
    expect(found).toEqual(['event', 'maybe', 'event'])
  })

  test('the page’s RegExp.$1 stays', () => {
    ;/(page)/.exec('page')
    classify(`https://shop.example/event?${SHAPED}`)
    expect(RegExp.$1).toBe('page')
  })
})

describe('webRequest patterns', () => {
  /** A browser's reading of a match pattern: `*` in the path goes over slashes and the query. */
  const toRegExp = (pattern: string): RegExp => {
    const [, host = '', path = ''] = /^\*:\/\/([^/]+)(\/.*)$/.exec(pattern) ?? []
    const escape = (text: string) => text.replace(/[.?+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')
    return new RegExp(`^https?://${host === '*' ? '[^/]+' : escape(host)}${escape(path)}$`)
  }
  const heard = (url: string): boolean => REQUEST_PATTERNS.some(pattern => toRegExp(pattern).test(url))

  test('hear every absolute URL that is the SDK’s, but for scripts of unknown regions', () => {
    for (const [url, target] of TABLE)
      if (target && /^https?:\/\/[a-z]/.test(url) && !url.includes(':8080') && !url.includes('@'))
        expect([url, heard(url.replace(/#.*/, ''))]).toEqual([url, true])
  })

  test('are the eight of the paths and one per host, never all URLs', () => {
    expect(REQUEST_PATTERNS.filter(pattern => pattern.startsWith('*://*/'))).toEqual([
      '*://*/event',
      '*://*/event?*',
      '*://*/*/event',
      '*://*/*/event?*',
      '*://*/stream_event',
      '*://*/stream_event?*',
      '*://*/*/stream_event',
      '*://*/*/stream_event?*',
    ])
    expect(heard('https://shop.example/')).toBe(false)
    expect(heard('https://shop.example/events')).toBe(false)
  })
})
