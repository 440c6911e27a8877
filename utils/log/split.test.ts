import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonSplitter } from './split'

const split = (pieces: Iterable<string>): { items: [string, string][]; rest: string } => {
  const items: [string, string][] = []
  const splitter = new JsonSplitter(['log.entries', 'pages'], (list, item) => items.push([list, item.trim()]))
  for (const piece of pieces) splitter.write(piece)
  return { items, rest: splitter.end() }
}

/** A text in pieces of some length. */
const pieces = (text: string, lengths: number[]): string[] => {
  const cut: string[] = []
  let at = 0
  for (const length of lengths) {
    cut.push(text.slice(at, at + length))
    at += length
  }
  return [...cut, text.slice(at)]
}

describe('JsonSplitter', () => {
  test.each<[string, [string, string][], string]>([
    [
      '{"log":{"entries":[1, {"a":[2]} ,"x]"],"v":"1.2"}}',
      [
        ['log.entries', '1'],
        ['log.entries', '{"a":[2]}'],
        ['log.entries', '"x]"'],
      ],
      '{"log":{"entries":[],"v":"1.2"}}',
    ],
    ['{"pages":[],"log":{"entries":[\n]}}', [], '{"pages":[],"log":{"entries":[]}}'],
    ['{"entries":[1],"log":{"log":{"entries":[2]}}}', [], '{"entries":[1],"log":{"log":{"entries":[2]}}}'],
    ['[{"log":{"entries":[1]}}]', [], '[{"log":{"entries":[1]}}]'],
    [
      '{"a":"\\"log\\":{\\"entries\\":[","pages":["\\\\",null]}',
      [
        ['pages', '"\\\\"'],
        ['pages', 'null'],
      ],
      '{"a":"\\"log\\":{\\"entries\\":[","pages":[]}',
    ],
    [
      '{"pages":[1,,2]}',
      [
        ['pages', '1'],
        ['pages', ''],
        ['pages', '2'],
      ],
      '{"pages":[]}',
    ],
    ['{"pages":[1', [], '{"pages":[1'],
    ['{"pages":[1}', [], '{"pages":[1}'],
    ['no JSON', [], 'no JSON'],
    ['', [], ''],
  ])('%s', (text, items, rest) => {
    expect(split([text])).toEqual({ items, rest })
    expect(split(text)).toEqual({ items, rest })
  })

  test('items and rest are what JSON.parse sees, wherever the text is cut', () => {
    const value = fc.jsonValue({ maxDepth: 3 })
    const file = fc.record(
      {
        log: fc.record({ version: value, entries: fc.array(value), pages: value }, { requiredKeys: ['entries'] }),
        pages: fc.array(value),
        more: value,
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(file, fc.array(fc.nat(40)), fc.constantFrom(undefined, 1), (json, lengths, indent) => {
        const { items, rest } = split(pieces(JSON.stringify(json, null, indent), lengths))
        const of = (list: string) =>
          items.filter(([name]) => name === list).map(([, item]) => JSON.parse(item) as unknown)
        const plain = JSON.parse(JSON.stringify(json)) as typeof json
        expect(of('log.entries')).toEqual(plain.log?.entries ?? [])
        expect(of('pages')).toEqual(plain.pages ?? [])
        expect(JSON.parse(rest)).toEqual({
          ...plain,
          ...(plain.log && { log: { ...plain.log, entries: [] } }),
          ...(plain.pages && { pages: [] }),
        })
      }),
    )
  })

  test('any text at all ends without an exception, and nothing is lost', () => {
    const text = fc.string({
      unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', ':', ' ', 'log', 'entries', 'pages', '1'),
    })
    fc.assert(
      fc.property(text, fc.array(fc.nat(5)), (source, lengths) => {
        const whole = split([source])
        expect(split(pieces(source, lengths))).toEqual(whole)
        expect(whole.items.reduce((sum, [, item]) => sum + item.length, whole.rest.length)).toBeLessThanOrEqual(
          source.length,
        )
      }),
    )
  })
})
