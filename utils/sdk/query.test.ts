import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Problem } from './event'
import { decodePercent, parseMultipart, parseQuery } from './query'

const read = (text: string) => {
  const problems: Problem[] = []
  const params = parseQuery(text, problems)
  return { pairs: params.map(({ key, value }) => [key, value]), params, problems }
}

describe('query strings', () => {
  test.each<[text: string, pairs: string[][]]>([
    [
      'ec=user&ea=sign_in',
      [
        ['ec', 'user'],
        ['ea', 'sign_in'],
      ],
    ],
    ['?ec=user', [['ec', 'user']]],
    ['\uFEFFec=user', [['ec', 'user']]],
    [
      'a=b=c==&d',
      [
        ['a', 'b=c=='],
        ['d', ''],
      ],
    ],
    ['&&a=1&&', [['a', '1']]],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['=x', [['', 'x']]],
    ['q=C%C3%A1%20+%2B', [['q', 'Cá  +']]],
    ['k%20y=v', [['k y', 'v']]],
    ['', []],
  ])('%j', (text, pairs) => {
    expect(read(text)).toMatchObject({ pairs, problems: [] })
  })

  test('the raw text is kept beside the decoded one', () => {
    expect(read('dims=%7B%7D').params).toEqual([{ key: 'dims', raw: '%7B%7D', value: '{}' }])
  })

  test.each([
    ['100%', '100%', 4],
    ['%', '%', 1],
    ['%zz', '%zz', 1],
    ['%C3', '%C3', 1],
    ['%C3%A1%C3%28', 'á%C3(', 7],
    ['%E1%BB%9', '%E1%BB%9', 1],
    ['%20%ED%A0%80x', ' %ED%A0%80x', 4],
    ['20%+off', '20% off', 3],
    ['%u1EA1', '%u1EA1', 1],
    ['%F0%9F%98%80%', '😀%', 13],
  ])('malformed %s stays as it stands and is told', (raw, value, at) => {
    const { params, problems } = read(`v=${raw}`)
    expect(params).toEqual([{ key: 'v', raw, value }])
    expect(problems).toMatchObject([{ field: 'v', code: 'bad-percent' }])
    expect(problems[0]?.message).toContain(`at character ${at}: `)
  })

  test('what URLSearchParams writes reads back the same', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '=', '&', '%', '+', ' ', 'ế', '😀', '"', '#') })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), pairs => {
        const { pairs: found, problems } = read(new URLSearchParams(pairs).toString())
        expect(found).toEqual(pairs)
        expect(problems).toEqual([])
      }),
    )
  })

  test('any text: nothing is thrown, raw values are parts of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('%', '2', 'C', '3', 'A', '1', '=', '&', 'é', '\ud800') }), text => {
        for (const { raw } of read(text).params) expect(text).toContain(raw)
        expect(decodePercent(text).length).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})

test('multipart bodies', () => {
  const body = [
    '------x',
    'Content-Disposition: form-data; name="ec"',
    '',
    'user',
    '------x',
    'Content-Disposition: form-data; name="dims"; filename="blob"',
    'Content-Type: application/json',
    '',
    '{"customers":',
    '{"name":"Nguyễn"}}',
    '------x--',
    '',
  ]
  const pairs = [
    { key: 'ec', raw: 'user', value: 'user' },
    { key: 'dims', raw: '{"customers":\r\n{"name":"Nguyễn"}}', value: '{"customers":\r\n{"name":"Nguyễn"}}' },
  ]
  expect(parseMultipart(body.join('\r\n'))).toEqual(pairs)
  expect(parseMultipart('no boundary')).toEqual([])
})
