import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Details, partitionOf, readRequestBody, redirectStatus, requestFact } from './network'
import { TEXT_CAP } from './record'

const bytes = (text: string) => new TextEncoder().encode(text)
const raw = (...parts: Uint8Array[]) => ({ raw: parts.map(part => ({ bytes: part.slice().buffer })) })

describe('bodies as the browser hands them out', () => {
  test.each<[string, Details['requestBody'], ReturnType<typeof readRequestBody>]>([
    ['none', undefined, { state: 'none' }],
    ['none at all (Firefox)', null, { state: 'none' }],
    ['a text', raw(bytes('{"a":"áo thun"}')), { state: 'text', text: '{"a":"áo thun"}' }],
    [
      'a form',
      { formData: { ec: ['user'], name: ['Áo', 'b&c'] } },
      { state: 'text', text: 'ec=user&name=%C3%81o&name=b%26c' },
    ],
    [
      'a Blob in Chromium',
      { error: 'Unknown error.' },
      { state: 'unreadable', why: 'the browser says: Unknown error.' },
    ],
    ['a Blob or stream', {}, { state: 'unreadable', why: 'Blob or stream, not readable' }],
    ['a file', { raw: [{ file: '/tmp/x' }] }, { state: 'unreadable', why: 'a file, not readable' }],
    ['an empty one', raw(bytes('')), { state: 'text', text: '' }],
  ])('%s', (_, body, expected) => {
    expect(readRequestBody(body)).toEqual(expected)
  })

  test('letters that span chunks stay whole, wherever they are cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.array(fc.nat(200), { maxLength: 5 }),
        (text, cuts) => {
          const all = bytes(text)
          const at = [0, ...cuts.map(cut => cut % (all.length + 1)).sort((a, b) => a - b), all.length]
          const parts = at.slice(1).map((end, i) => all.slice(at[i], end))
          expect(readRequestBody(raw(...parts))).toEqual({ state: 'text', text: text.replace(/^\ufeff/, '') })
        },
      ),
    )
  })

  test('beyond the cap it is cut, and says how long it was', () => {
    const body = readRequestBody(raw(bytes('x'.repeat(TEXT_CAP)), bytes('yyy')))
    expect(body).toMatchObject({ state: 'cut', bytes: TEXT_CAP + 3 })
    expect(body.state === 'cut' && body.text.length).toBe(TEXT_CAP)
  })
})

describe('how long a body was, when it is cut', () => {
  const long = (letter: string, size: number) => letter.repeat(size)
  test.each([TEXT_CAP + 1, 1_048_576, 8_388_608])('%d letters: exact in bytes, whichever they are', size => {
    for (const letter of ['x', 'ữ', '😀']) {
      const all = bytes(long(letter, size / letter.length + 1))
      const body = readRequestBody(raw(all))
      expect(body).toMatchObject({ state: 'cut', bytes: all.length })
      expect('least' in body).toBe(false)
      expect(body.state === 'cut' && [body.text.length, body.text]).toEqual([
        TEXT_CAP,
        long(letter, TEXT_CAP / letter.length),
      ])
    }
  })
  test('in chunks, of which only the first are kept', () => {
    const chunk = bytes(long('ữ', 100_000))
    expect(readRequestBody(raw(...Array.from({ length: 30 }, () => chunk)))).toMatchObject({
      state: 'cut',
      bytes: 9_000_000,
    })
  })
  test('a form, which the browser has taken apart: a bound', () => {
    const formData = { note: [long('ữ', 400_000)], dims: ['{}'] }
    expect(readRequestBody({ formData })).toMatchObject({ state: 'cut', bytes: 1_200_010, least: true })
  })
})

test.each([
  ['a server', 302, 'HTTP/1.1 302 Found', 302],
  ['a server, HTTP/2', 307, '', 307],
  ['Chromium, or an extension in it', 307, 'HTTP/1.1 307 Internal Redirect', 0],
  ['an extension in Firefox', 200, 'HTTP/1.1 200 ', 0],
])('a redirect by %s', (_, statusCode, statusLine, status) => {
  const details = { requestId: '7', url: 'https://a.cdp.asia/event', method: 'GET', type: 'script' } as const
  expect(redirectStatus({ ...details, tabId: 1, frameId: 0, timeStamp: 0, statusCode, statusLine })).toBe(status)
})

describe('who asked', () => {
  const details: Details = {
    requestId: '7',
    url: 'https://a.cdp.asia/event',
    method: 'GET',
    type: 'script',
    tabId: 3,
    frameId: 0,
    timeStamp: 1.5,
  }

  test.each<[string, Partial<Details>, object]>([
    [
      'Chromium: document and origin',
      { documentId: 'D', initiator: 'https://shop.vn' },
      { documentId: 'D', url: 'https://shop.vn' },
    ],
    [
      'Firefox: the document’s URL',
      { documentUrl: 'https://shop.vn/cart' },
      { documentId: null, url: 'https://shop.vn/cart' },
    ],
    ['an opaque origin', { documentId: 'D', initiator: 'null' }, { url: '' }],
    [
      'a frame’s load: the page that holds it',
      { type: 'sub_frame', parentDocumentId: 'P', frameId: 9 },
      { documentId: 'P', frame: 9 },
    ],
    ['a private window of Firefox', { incognito: true, cookieStoreId: 'firefox-private' }, { partition: 'private' }],
    ['a container', { incognito: false, cookieStoreId: 'firefox-container-2' }, { partition: 'firefox-container-2' }],
    ['a prerendered page', { documentLifecycle: 'prerender' }, { prerender: true }],
  ])('%s', (_, more, asker) => {
    expect(requestFact({ ...details, ...more }, false).asker).toMatchObject(asker)
  })

  test.each([
    ['script', 'GET', 'script'],
    ['image', 'GET', 'image'],
    ['imageset', 'GET', 'image'],
    ['xmlhttprequest', 'POST', 'fetch'],
    ['ping', 'POST', 'beacon'],
    ['beacon', 'POST', 'beacon'],
    ['sub_frame', 'GET', 'iframe'],
    ['sub_frame', 'POST', 'form'],
    ['main_frame', 'GET', 'navigation'],
    ['main_frame', 'POST', 'form'],
    ['stylesheet', 'GET', 'css'],
    ['websocket', 'GET', 'other'],
  ])('%s by %s is %s', (type, method, transport) => {
    expect(requestFact({ ...details, type, method }, false).transport).toBe(transport)
  })

  test('a worker that lives in a private window makes everything private', () => {
    expect(requestFact(details, true).asker.partition).toBe('private')
  })
})

test.each([
  [undefined, undefined, 'normal'],
  ['0', false, 'normal'],
  ['firefox-default', false, 'normal'],
  ['firefox-private', undefined, 'private'],
  ['1', true, 'private'],
])('store %s, incognito %s: %s', (store, incognito, partition) => {
  expect(partitionOf(store, incognito)).toBe(partition)
})
