import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Json } from './event'
import { parseJson } from './json'

/** What a value must read as: integers beyond 2^53 as their digits. */
const kept = (value: Json): Json => {
  if (typeof value === 'number') {
    const text = JSON.stringify(value)
    return /[.e]/.test(text) || Number.isSafeInteger(value) ? value : text
  }
  if (Array.isArray(value)) return value.map(kept)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, kept(member)]))
}

const parsesNatively = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('numbers keep their digits', () => {
  test.each<[text: string, value: Json]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['7865000000000000385', '7865000000000000385'],
    ['-7865000000000000385', '-7865000000000000385'],
    ['10000000000000000', '10000000000000000'],
    ['185.0000', 185],
    ['0.1', 0.1],
    ['0.30000000000000004', 0.30000000000000004],
    ['0.12345678901234567890', '0.12345678901234567890'],
    ['1e3', 1000],
    ['1.5E+3', 1500],
    ['1e400', '1e400'],
    ['1e-400', '1e-400'],
    ['0e5', 0],
    ['5e-324', 5e-324],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
  ])('%s', (text, value) => {
    expect(parseJson(text)).toMatchObject({ value, fault: null })
    expect(parseJson(`{"a":[${text}]}`).value).toEqual({ a: [value] })
    expect(parseJson(`{ "a" : [ ${text} ] }`).value).toEqual({ a: [value] })
  })

  const ZEROS = '0'.repeat(200_000)
  test.each<[what: string, text: string, value: (text: string) => Json]>([
    ['an end that is lost', `1.${ZEROS}1`, text => text],
    ['no end', `1.${ZEROS}`, () => 1],
    ['a beginning', `0.${ZEROS}1`, text => text],
    ['a beginning and an end, and their power', `12${ZEROS}.${ZEROS}e-200000`, () => 12],
    ['two ends', `0.5${ZEROS}1${ZEROS}`, text => text],
  ])('however many zeros there are: %s', (_, text, value) => {
    expect(parseJson(`[${text}]`)).toMatchObject({ value: [value(text)], fault: null })
  })

  test('and nothing is looked for at each of them', () => {
    const replace = vi.spyOn(RegExp.prototype, Symbol.replace)
    parseJson('[1.00000000000000000001]')
    const patterns = replace.mock.contexts.map(pattern => String(pattern))
    replace.mockRestore()
    expect(patterns.filter(pattern => !pattern.startsWith('/^'))).toEqual([])
  })

  test('digits inside a text stay text, and are not counted as kept', () => {
    expect(parseJson('{"a":"x, 7865000000000000385, 1e5"}')).toEqual({
      value: { a: 'x, 7865000000000000385, 1e5' },
      fault: null,
      kept: [],
    })
  })

  test('paths of kept numbers', () => {
    const text = '{"uid":7865000000000000385,"a":[{"b":1},{"b":7865000000000000385}]}'
    expect(parseJson(text).kept).toEqual(['uid', 'a[1].b'])
  })

  test('any whole number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), number => {
        expect(`${parseJson(`${number}`).value}`).toBe(`${number}`)
      }),
    )
  })
})

describe('the careful reader agrees with JSON.parse', { timeout: 60_000 }, () => {
  test('on every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        const native = JSON.parse(text) as Json
        expect(JSON.stringify(parseJson(text).value)).toBe(JSON.stringify(kept(native)))
        // The number with an exponent sends all of it through the reader.
        expect(JSON.stringify(parseJson(`[1e0,${text}]`).value)).toBe(JSON.stringify([1, kept(native)]))
      }),
    )
  })

  test('on what is no JSON', () => {
    const part = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      '\\u00e1',
      '\\x',
      '1',
      '-',
      '.5',
      '01',
      'e',
      'true',
      'nul',
      ' ',
      '\n',
      '\u0001',
      'á',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), parts => {
        const text = parts.join('')
        expect(parseJson(text).fault === null).toBe(parsesNatively(text))
        expect(parseJson(`[1e0,${text}]`).fault === null).toBe(parsesNatively(`[1e0,${text}]`))
      }),
      { numRuns: 500 },
    )
  })
})

describe('what is no JSON', () => {
  test.each([
    ['', 0, 'it ends too early'],
    ['{"a":1', 6, 'it ends too early'],
    ['{"a":1}}', 7, 'unexpected “}”'],
    ["{'a':1}", 1, "unexpected “'”"],
    ['{"a":undefined}', 5, 'unexpected “u”'],
    ['[1,]', 3, 'unexpected “]”'],
    ['{"a":"b', 7, 'a text is not closed'],
    ['{"a":"b\nc"}', 7, 'unexpected “\n”'],
    ['áo', 0, 'unexpected “á”'],
  ])('%j: at %i', (text, at, what) => {
    expect(parseJson(text).fault).toEqual({ at, what })
  })

  test('what was whole before the fault is there', () => {
    expect(parseJson('{"ec":"user","dims":{"customers":{"customer_id":"8e30","na').value).toEqual({
      ec: 'user',
      dims: { customers: { customer_id: '8e30' } },
    })
    expect(parseJson('{"a":{"b":1},"c":78650000').value).toEqual({ a: { b: 1 } })
  })

  test('too deep is a fault, not an overflow', () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    expect(parseJson(deep(200)).fault).toBeNull()
    expect(parseJson(deep(202)).fault?.what).toBe('it is nested deeper than 200 levels')
    expect(parseJson(deep(1_000_000)).fault?.what).toBe('it is nested deeper than 200 levels')
    expect(parseJson('{"a":'.repeat(300_000)).fault?.what).toBe('it is nested deeper than 200 levels')
  })

  test('brackets in a text, and many in a row, are not depth', () => {
    expect(parseJson(JSON.stringify({ a: '[{"'.repeat(1_000) })).fault).toBeNull()
    expect(parseJson(JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id })))).fault).toBeNull()
  })
})

test('a byte order mark is not part of the text', () => {
  expect(parseJson('\uFEFF{"a":1}')).toMatchObject({ value: { a: 1 }, fault: null })
})

test('a key named __proto__ is a key, on both ways', () => {
  for (const text of ['{"__proto__":{"customer_id":"x"}}', '{"__proto__":{"customer_id":"x"},"n":1e0}']) {
    const value = parseJson(text).value as { customer_id?: Json }
    expect(Object.keys(value)[0]).toBe('__proto__')
    expect(value.customer_id).toBeUndefined()
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  }
})

test.each(['12345678901234567890', '-12345678901234567890', ' 12345678901234567890', '1e400'])(
  'a text that is one number which is no JavaScript number: %j',
  text => {
    expect(parseJson(text)).toEqual({ value: text.trim(), fault: null, kept: [''] })
  },
)
