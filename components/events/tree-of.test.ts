import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../utils/sdk/event'
import { CHUNK, type Folding, findRows, treeRows, unfoldTo } from './tree-of'

const folded: Folding = { toggled: new Set(), limits: new Map() }
const rows = (value: Json, folding = folded) => treeRows([['dims', value]], folding)

describe('a tree of values', () => {
  test('is open down to the second level', () => {
    expect(rows({ a: { b: { c: 1 } } }).map(({ path, open }) => [path, open])).toEqual([
      ['dims', true],
      ['dims.a', true],
      ['dims.a.b', false],
    ])
  })
  test('names types, addresses apart', () => {
    expect(
      rows({ a: 1, b: '1', c: null, d: [], e: 'https://x.example/', f: '2026-06-07 10:00:00' }).map(({ type }) => type),
    ).toEqual(['Object', 'Number', 'String', 'Null', 'Array', 'URL', 'Datetime'])
  })
  test('an empty object has nothing to unfold', () => expect(rows({})[0]).toMatchObject({ size: 0, open: false }))
  test('a long list is drawn in pieces', () => {
    const long = Array.from({ length: 250 }, (_, n) => n)
    const open = { ...folded, toggled: new Set(['dims']) }
    expect(rows(long, open)).toHaveLength(1 + CHUNK + 1)
    expect(rows(long, open).at(-1)?.more).toBe(150)
    expect(rows(long, { ...open, limits: new Map([['dims', 1100]]) })).toHaveLength(251)
  })
  test('an absent value is told from null', () => {
    expect(treeRows([['items', undefined]], folded)).toMatchObject([{ value: undefined, type: '' }])
  })
  test('a key of any name is a key', () => {
    const value = JSON.parse('{"__proto__": 1, "constructor": 2, "a.b": 3}') as Json
    expect(rows(value).map(({ key }) => key)).toEqual(['dims', '__proto__', 'constructor', 'a.b'])
  })
  test('any value is walked without an exception, and no more of it than is open', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const all = rows(value as Json)
        expect(all.length).toBeGreaterThan(0)
        expect(Math.max(...all.map(({ depth }) => depth))).toBeLessThanOrEqual(2)
      }),
    )
  })
})

describe('finding rows', () => {
  const roots = [
    ['uid', '1'],
    [
      'items',
      Array.from({ length: 300 }, (_, n) => ({
        name: n === 250 ? 'Áo thun' : `x${n}`,
        deep: { 'a.b': { c: n === 7 } },
      })),
    ],
  ] as const
  const fresh = { toggled: new Set<string>(), limits: new Map<string, number>() }
  test('by key or value, wherever they are folded away; unfolded to, they are drawn', () => {
    for (const [word, path] of [
      ['áo thun', 'items.250.name'],
      ['true', 'items.7.deep.a.b.c'],
    ] as const) {
      const [found] = findRows(roots, [word])
      expect(found?.path).toBe(path)
      if (!found) throw new Error('not found')
      const drawn = (folding: typeof fresh) => treeRows(roots, folding).some(row => row.path === path)
      expect(drawn(fresh)).toBe(false)
      expect(drawn(unfoldTo(found, fresh) as typeof fresh)).toBe(true)
    }
  })
  test('nothing asked, nothing found', () => expect(findRows(roots, [])).toEqual([]))
})
