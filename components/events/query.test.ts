import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { andText, fieldText, literals, parseQuery, printQuery, spotAt, statusTest, valueTest } from './query'

const read = (text: string) => parseQuery(text).query
const faults = (text: string) => parseQuery(text).faults.map(({ at, to, code }) => [at, to, code])

describe('reading', () => {
  test.each([
    ['', { is: 'all', of: [] }],
    ['view', { is: 'text', text: 'view' }],
    ['"áo thun"', { is: 'text', text: 'áo thun' }],
    ['"say \\"hi\\""', { is: 'text', text: 'say "hi"' }],
    ['/sign_(in|out)$/', { is: 'regex', source: 'sign_(in|out)$', flags: '' }],
    ['/[/]x/si', { is: 'regex', source: '[/]x', flags: 's' }],
    ['/tai-khoan/dang-nhap', { is: 'text', text: '/tai-khoan/dang-nhap' }],
    ['ec:user', { is: 'field', field: 'ec', code: '', value: 'user', exact: false }],
    ['EA:"sign in"', { is: 'field', field: 'ea', code: '', value: 'sign in', exact: true }],
    ['attr.email:an@', { is: 'field', field: 'attr', code: 'email', value: 'an@', exact: false }],
    ['attr."a code":', { is: 'field', field: 'attr', code: 'a code', value: '', exact: false }],
    ['-view', { is: 'not', of: { is: 'text', text: 'view' } }],
    ['--view', { is: 'text', text: 'view' }],
    ['https://shop.example/', { is: 'text', text: 'https://shop.example/' }],
    [
      '(a OR b) -c',
      {
        is: 'all',
        of: [
          {
            is: 'any',
            of: [
              { is: 'text', text: 'a' },
              { is: 'text', text: 'b' },
            ],
          },
          { is: 'not', of: { is: 'text', text: 'c' } },
        ],
      },
    ],
  ])('%s', (text, query) => {
    expect(read(text)).toEqual(query)
    expect(faults(text)).toEqual([])
  })

  test.each([
    ['a "b', [2, 4, 'quote']],
    ['/(/', [0, 3, 'regex']],
    ['x (a', [2, 3, 'open']],
    ['a) b', [1, 2, 'close']],
    ['a ()', [2, 4, 'empty']],
    ['""', [0, 2, 'empty']],
    ['OR a', [0, 2, 'or']],
    ['usr:1', [0, 4, 'field']],
    ['a status:>=x', [2, 12, 'status']],
    ['since:soon', [0, 10, 'since']],
    ['has:beans', [0, 9, 'has']],
  ])('%s says where it is wrong', (text, fault) => expect(faults(text)).toEqual([fault]))

  test('what is right beside it holds', () => expect(printQuery(read('view (status:>=x'))).toBe('view'))
  test('nothing is nested too deeply', () => {
    expect(faults('('.repeat(100_000)).length).toBeGreaterThan(0)
    expect(read('-'.repeat(100_001).concat('a'))).toEqual({ is: 'not', of: { is: 'text', text: 'a' } })
  })
})

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '(',
      ')',
      ' ',
      '"',
      '-',
      '/',
      '\\',
      'OR',
      ':',
      '*',
      'ec:',
      'ea:"',
      'attr.',
      'attr.x:',
      'status:>=400',
      'since:10m',
    ],
    ...['has:issue', 'view', 'áo', '/a+/i', '[', 'http://x', '\n', 'OR '],
  ),
  fc.string({ maxLength: 4 }),
)
const anyFilter = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 25 }).map(parts => parts.join('')),
)

test('whatever stands in the filter is read, and what was read is printed back', () => {
  fc.assert(
    fc.property(anyFilter, text => {
      const { query, faults } = parseQuery(text)
      for (const { at, to } of faults) expect(at >= 0 && at <= to && to <= text.length).toBe(true)
      const again = parseQuery(printQuery(query))
      expect(again).toEqual({ query, faults: [] })
    }),
    { numRuns: 3000 },
  )
})

test('a term made of a value asks for that value, alone or beside what stood there', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), anyFilter, (value, filter) => {
      const term = read(fieldText('attr', value, value))
      expect(term).toMatchObject({ field: 'attr', code: value, value })
      if (term.is !== 'field') throw new Error('no field')
      expect(valueTest(term)(value)).toBe(true)
      if (parseQuery(filter).faults.length > 0) return
      expect(parseQuery(andText(filter, 'ec:x')).faults).toEqual([])
    }),
  )
})

describe('values', () => {
  const fits = (term: string, text: string) => {
    const query = read(term)
    if (query.is !== 'field') throw new Error(term)
    return valueTest(query)(text)
  }
  test.each([
    ['ea:sign_*', 'SIGN_in', true],
    ['ea:sign', 'sign_in', false],
    ['ea:*_*_id', 'reset_anonymous_id', true],
    ['ea:*a*a', 'a', false],
    ['ea:"sign_*"', 'sign_in', false],
    ['uid:0385', '7865000000000000385', true],
    ['uid:0385*', '7865000000000000385', false],
    ['uid:', '', false],
    ['uid:', '1', true],
    ['uid:""', '', true],
  ])('%s and %j: %s', (term, text, is) => expect(fits(term, text)).toBe(is))
  test.each([
    ['>=400', 404, true],
    ['<400', 400, false],
    ['200', 200, true],
    ['<=200', 201, false],
    ['>200', 200, false],
  ])('%s and %i: %s', (value, status, is) => expect(statusTest(value)?.(status)).toBe(is))
  test('4* is no comparison', () => expect(statusTest('4*')).toBeNull())
})

test('marked is what is asked for, not what must be absent', () =>
  expect(literals(read('View (ec:user OR ea:sign_*) -cart attr.city:"Đà Nẵng" status:200'))).toEqual([
    'view',
    'user',
    'sign_',
    'đà nẵng',
  ]))

test.each([
  ['ec:us', 5, { from: 3, to: 5, field: 'ec', part: 'us' }],
  ['a -(tr', 6, { from: 4, to: 6, field: null, part: 'tr' }],
  ['-ea:', 4, { from: 4, to: 4, field: 'ea', part: '' }],
  ['attr.email:x', 12, { from: 11, to: 12, field: 'attr.email', part: 'x' }],
  ['12:30', 5, { from: 0, to: 5, field: null, part: '12:30' }],
])('at the caret in %j', (text, caret, spot) => expect(spotAt(text, caret)).toEqual(spot))
