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
