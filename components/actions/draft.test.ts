import { describe, expect, test } from 'vitest'
import type { Json } from '../../utils/sdk/event'
import { type AttributeType, attributesOf, cidOf, type Draft, parseValue, rowFrom, written } from './draft'
import { EMPTY_DRAFT } from './draft-begin'

const draft = (more: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...more })

describe('the CID of a draft', () => {
  test.each<[Partial<Draft>, string]>([
    [{ text: '' }, ''],
    [{ text: '   ' }, ''],
    [{ text: '+84 900 000 000' }, '8e30bbc8961e056622c6231742c03ae9'],
    [{ text: '0900000000', hash: 'none' }, '0900000000'],
    [{ text: '0900 000 000', way: 1, hash: 'none' }, '84900000000'],
    [{ text: '0900 000 000', way: 4, hash: 'none' }, '0900 000 000'],
    [{ of: 'email', text: ' Test@Example.com ', hash: 'none' }, 'test@example.com'],
    [{ of: 'email', text: 'test@example.com', hash: 'md5' }, '55502f40dc8b7c769880b10874abc9d0'],
    [{ of: 'typed', text: ' 8e30 ', hash: 'sha256' }, '8e30'],
  ])('%j is %s', (given, cid) => expect(cidOf(draft(given))).toBe(cid))

  test('the text is shown as it will be hashed', () => {
    expect(written(draft({ text: '+84 900 000 000' }))).toBe('0900000000')
  })
})

describe('values by type', () => {
  test.each<[AttributeType, string, Json]>([
    ['String', '007', '007'],
    ['String', '', ''],
    ['Number', ' 185.5 ', 185.5],
    ['Number', '-1e3', -1000],
    ['Boolean', 'false', false],
    ['Datetime', '1994-03-08 00:00:00', '1994-03-08 00:00:00'],
    ['Array', '["a", "b"]', ['a', 'b']],
    ['Object', '{"a": 1}', { a: 1 }],
  ])('%s %j', (type, text, value) => expect(parseValue(type, text)).toEqual({ value }))

  test.each<[AttributeType, string, RegExp]>([
    ['Number', '12x', /“12x” is no number/],
    ['Number', '', /is no number/],
    ['Number', '0x10', /is no number/],
    ['Number', '1e999', /loses digits/],
    ['Number', '7865000000000000385', /loses digits; send it as a String/],
    ['Boolean', 'yes', /true or false/],
    ['Datetime', '1994', /yyyy-MM-dd/],
    ['Datetime', '1994-13-08 00:00:00', /yyyy-MM-dd/],
    ['Array', '{"a": 1}', /this is Object/],
    ['Object', '[1]', /this is Array/],
    ['Object', '{a: 1}', /not JSON/],
    ['Object', '{"uid": 7865000000000000385}', /loses digits/],
  ])('%s %j: %s', (type, text, message) => {
    expect(parseValue(type, text)).toMatchObject({ error: expect.stringMatching(message) })
  })
})

describe('the attributes of a draft', () => {
  const rows = (...given: [code: string, type: AttributeType, text: string][]) =>
    attributesOf(draft({ rows: given.map(([code, type, text], key) => ({ key, code, type, text })) }))

  test('in order; empty rows are not there yet', () => {
    expect(rows(['city', 'String', 'Hà Nội'], ['', 'String', ''], ['opt_in', 'Boolean', 'true'])).toEqual({
      attributes: [
        ['city', 'Hà Nội'],
        ['opt_in', true],
      ],
      errors: new Map(),
    })
  })
  test.each<[string, string, RegExp]>([
    ['', 'x', /needs a code/],
    ['Bad Code', 'x', /lower-case letters/],
    ['sgmt_a', 'x', /reserved/],
  ])('%j: %j is refused', (code, text, message) => {
    const { attributes, errors } = rows([code, 'String', text])
    expect(attributes).toEqual([])
    expect(errors.get(0)).toMatch(message)
  })
  test('a code that stands twice is refused the second time', () => {
    const { attributes, errors } = rows(['a', 'String', '1'], ['a', 'String', '2'])
    expect(attributes).toEqual([['a', '1']])
    expect(errors.get(1)).toMatch(/twice/)
  })
  test.each<Json>(['Hà Nội', '1994-03-08 00:00:00', 1.5, true, ['a'], { a: 1 }, '185.0000'])(
    '%j makes a row that reads back to it',
    value => {
      const row = rowFrom(1, 'a', value)
      expect(parseValue(row.type, row.text)).toEqual({ value })
    },
  )
})
