import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCall, decodeRequest } from '../../utils/sdk/decode'
import type { Json } from '../../utils/sdk/event'
import { copyAs, markdownCell, shellWord } from './copy-as'
import { differences, leaves } from './leaves'

const request = {
  url: `https://a.cdp.asia/event?portal_id=1&prop_id=2&uid=3&ec=user&ea=sign_in&dims=${encodeURIComponent(
    JSON.stringify({ customers: { name: "Nguyễn 'An' | B", customer_id: '8e' } }),
  )}`,
  method: 'GET',
  body: { state: 'none' as const },
}
const [decoded = null] = decodeRequest(request)

describe('an event as', () => {
  test('URL and cURL', () => {
    expect(copyAs('url', 'user/sign_in', { request }, decoded)).toBe(request.url)
    expect(copyAs('curl', 'user/sign_in', { request }, decoded)).toBe(
      `curl --globoff --url '${request.url.replaceAll("'", "'\\''")}'`,
    )
    const body = { state: 'text' as const, text: '{"a":"it\'s"}' }
    expect(copyAs('curl', '', { request: { url: 'https://x/', method: 'POST', body } }, null)).toMatch(
      /--request 'POST' \\\n {2}--header .* \\\n {2}--data-raw '\{"a":"it'\\''s"\}'$/,
    )
  })
  test('fetch', () => {
    const body = { state: 'text' as const, text: '{"a":1}' }
    const text = copyAs('fetch', '', { request: { url: 'https://x/', method: 'POST', body } }, null) ?? ''
    const seen: unknown[] = []
    new Function('fetch', `return (async () => { ${text} })()`)((...args: unknown[]) => seen.push(args))
    expect(seen).toEqual([['https://x/', { method: 'POST', body: '{"a":1}', mode: 'no-cors' }]])
  })
  test('the call that was seen, its digits kept', () => {
    const call = { api: 'web_event.track', args: '["user","x",{"dims":{"n":12345678901234567890}}]', stack: '' }
    expect(copyAs('call', '', { call }, decodeCall(call))).toBe(
      'window.web_event.track("user","x",{"dims":{"n":12345678901234567890}})',
    )
  })
  test('the call that would make it, when none was seen', () => {
    const text = copyAs('call', '', { request }, decoded) ?? ''
    const seen: unknown[] = []
    new Function('window', text)({ web_event: { track: (...args: unknown[]) => seen.push(...args) } })
    expect(seen).toEqual(['user', 'sign_in', { dims: { customers: { name: "Nguyễn 'An' | B", customer_id: '8e' } } }])
  })
  test('Markdown', () =>
    expect(copyAs('markdown', 'user/sign_in', { request }, decoded)).toContain(
      '| `dims.customers.name` | `"Nguyễn \'An\' \\| B"` |',
    ))
  test('nothing, when nothing was seen', () =>
    expect(
      ['url', 'curl', 'fetch', 'json', 'call', 'markdown'].map(each => copyAs(each as 'url', '', {}, null)),
    ).toEqual(Array(6).fill(null)))
})

test('a word of the shell is that word and nothing else, in a real shell', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc
      .array(fc.constantFrom("'", '"', '$(id)', '`id`', '\\', '\n', '!', ';', '&', ' ', '-', '${X}', '~', '*', '#'))
      .map(all => all.join('')),
  )
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 30 }), texts => {
      const words = texts.map(each => each.replaceAll('\0', ''))
      const out = execFileSync('sh', ['-c', `printf '%s\\0' ${texts.map(shellWord).join(' ')}`], { encoding: 'utf8' })
      expect(out).toBe(words.map(each => `${each}\0`).join(''))
    }),
    { numRuns: 40 },
  )
})

test('a cell of a table never ends its row or its code', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('`', '|', '\n', 'a', ' ', '\\') }), text => {
      const cell = markdownCell(text)
      expect(cell).not.toMatch(/[\r\n]/)
      expect(cell.replaceAll('\\|', '')).not.toContain('|')
      const fence = /^`+/.exec(cell)?.[0] ?? ''
      expect(cell.endsWith(fence)).toBe(true)
    }),
  )
})

const json: fc.Arbitrary<Json> = fc.jsonValue() as fc.Arbitrary<Json>
describe('two events', () => {
  test('added, removed, changed; types count', () => {
    const kinds = differences(
      [['dims', { a: 1, b: { c: 'x' }, d: [] }]],
      [['dims', { a: '1', b: { c: 'x', e: null } }]],
    )
    expect(kinds.map(({ path, kind }) => [path, kind])).toEqual([
      ['dims.a', 'changed'],
      ['dims.b.e', 'added'],
      ['dims.d', 'removed'],
    ])
  })
  test('an event differs from itself in nothing; both ways round the same paths differ', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(differences([['x', a]], [['x', a]])).toEqual([])
        const paths = (from: Json, to: Json) =>
          differences([['x', from]], [['x', to]])
            .map(({ path }) => path)
            .sort()
        expect(paths(a, b)).toEqual(paths(b, a))
      }),
    )
  })
  test('every value has its path', () =>
    expect(
      leaves([
        ['a', { b: [1, {}], c: null }],
        ['d', undefined],
      ]),
    ).toEqual([
      ['a.b.0', 1],
      ['a.b.1', {}],
      ['a.c', null],
    ]))
})
