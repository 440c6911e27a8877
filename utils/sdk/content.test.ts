import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentHash } from './content'
import type { Json } from './event'

test('no two of ten thousand orders share a hash', () => {
  const hashes = Array.from({ length: 10_000 }, (_, i) => contentHash(undefined, undefined, { order: i, total: i % 7 }))
  expect(new Set(hashes).size).toBe(10_000)
})

test('short text in base 36, the same on every call', () => {
  expect(contentHash([{ id: 1 }], {}, { a: 'á' })).toBe(contentHash([{ id: 1 }], undefined, { a: 'á' }))
  expect(contentHash()).toMatch(/^[0-9a-z]{1,11}$/)
})

test('the order of keys never counts, at any depth', () => {
  const members = fc.uniqueArray(fc.tuple(fc.string(), fc.jsonValue({ maxDepth: 1 })), { selector: ([key]) => key })
  fc.assert(
    fc.property(members, pairs => {
      const [there, back] = [pairs, [...pairs].reverse()].map(list => Object.fromEntries(list) as Json)
      expect(contentHash([there ?? null])).toBe(contentHash([back ?? null]))
      expect(contentHash(undefined, there)).toBe(contentHash(undefined, back))
    }),
  )
})

test('the shape of lists counts', () => {
  const lists = [[1, 2], [2, 1], [[1], 2], [[1, 2]], [1, [2]], ['1', 2], [12], [null], [[]], [{}]]
  expect(new Set(lists.map(list => contentHash({ list }))).size).toBe(lists.length)
})

/** The same hash of one flat list of texts, written down once more in the plainest way. */
const plainHash = (texts: readonly string[]): string => {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  const mix = (text: string): void => {
    for (const code of Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)))
      [a, b] = [Math.imul(a ^ code, 2654435761), Math.imul(b ^ code, 1597334677)]
  }
  const finish = (): void => {
    const [x, y] = [a, b]
    a = Math.imul(x ^ (x >>> 16), 2246822507) ^ Math.imul(y ^ (y >>> 13), 3266489909)
    b = Math.imul(y ^ (y >>> 16), 2246822507) ^ Math.imul(x ^ (x >>> 13), 3266489909)
  }
  mix('|[')
  for (const text of texts) {
    mix(`"${text}`)
    finish()
  }
  finish()
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
}

test('a log that was kept holds the same hashes: every digit, zeros in the middle too', () => {
  const lists = Array.from({ length: 2_000 }, (_, n) => [`áo ${n}`, 'b'])
  const hashes = lists.map(plainHash)
  expect(lists.map(list => contentHash(list))).toEqual(hashes)
  expect(hashes.some(hash => hash.at(-5) === '0')).toBe(true)
})
