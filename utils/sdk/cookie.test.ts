import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCookieValue } from './cookie'

const base64 = (text: string) => Buffer.from(text).toString('base64')

test.each([
  ['a UID', '7865000000000000385', '7865000000000000385', []],
  ['an aid that begins like base64', '1166000999', '1166000999', []],
  ['browser id and second', '1166000999.1717750000', '1166000999.1717750000', []],
  [
    'the session',
    '%7B%22sid%22%3A7865000000000000385%2C%22n%22%3A2%7D',
    { sid: '7865000000000000385', n: 2 },
    ['percent', 'json'],
  ],
  ['JSON as it is', '{"sid":"1"}', { sid: '1' }, ['json']],
  ['where visits came from', base64('[{"utm_source":"báo"}]'), [{ utm_source: 'báo' }], ['base64', 'json']],
  ['the same, encoded around', encodeURIComponent(base64('{"a":1}')), { a: 1 }, ['percent', 'base64', 'json']],
  ['base64 of encoded JSON', base64(encodeURIComponent('{"a":"ở"}')), { a: 'ở' }, ['base64', 'json']],
  ['a letter', 'n', 'n', []],
  ['text', 'C%C3%A0%20Mau', 'Cà Mau', ['percent']],
  ['a broken escape', '%E0%A4%A', '%E0%A4%A', []],
  ['cut JSON', '{"sid":', '{"sid":', []],
  ['a word that base64 could be', 'returning', 'returning', []],
  ['nothing', '', '', []],
])('%s', (_, text, value, encoding) => {
  expect(readCookieValue(text)).toEqual({ value, encoding })
})

test('it never throws, and what was not packed comes out as it was', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      const read = readCookieValue(text)
      if (read.encoding.length === 0) expect(read.value).toBe(text)
    }),
  )
})
