import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Dict, fromPlain, List, toPlain } from './persistent'

describe('List', () => {
  test('holds what was pushed, in order, and leaves older versions alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 2_200 }), fc.nat(), (items, cut) => {
        let list: List<number> = List.EMPTY
        let older: List<number> = list
        for (const [index, item] of items.entries()) {
          if (index === cut % (items.length + 1)) older = list
          list = list.push(item)
        }
        expect([...list]).toEqual(items)
        expect(list.toArray()).toEqual(items)
        expect(items.map((_, index) => list.at(index))).toEqual(items)
        expect([list.length, list.last, list.at(items.length)]).toEqual([items.length, items.at(-1), undefined])
        // Two futures of one past don't meet.
        expect([...older.push(-1)]).toEqual([...older, -1])
        expect([...list]).toEqual(items)
      }),
      { numRuns: 30 },
    )
  })
})

type Command = ['with', string, number] | ['without', string]
const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('__proto__', 'constructor'), fc.nat(400).map(String))
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('with' as const), key, fc.integer()) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('without' as const), key) },
)

describe('Dict', () => {
  test('is a Map, whatever is put in and taken out', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 600 }), commands => {
        const map = new Map<string, number>()
        let dict: Dict<number> = Dict.EMPTY
        for (const each of commands) {
          if (each[0] === 'with') {
            map.set(each[1], each[2])
            dict = dict.with(each[1], each[2])
          } else {
            map.delete(each[1])
            dict = dict.without(each[1])
          }
        }
        expect([...dict]).toEqual([...map])
        expect([[...dict.keys()], [...dict.values()], dict.size]).toEqual([
          [...map.keys()],
          [...map.values()],
          map.size,
        ])
        for (const name of map.keys()) expect(dict.get(name)).toBe(map.get(name))
        expect(dict.get('never put in')).toBeUndefined()
      }),
      { numRuns: 60 },
    )
  })

  test('an older version stays as it was, and putting the same value changes nothing', () => {
    const one = Dict.of(Array.from({ length: 50 }, (_, n) => [`k${n}`, n] as const))
    const two = one.with('k7', -7).without('k8').with('new', 1)
    expect([one.get('k7'), one.get('k8'), one.has('new')]).toEqual([7, 8, false])
    expect([two.get('k7'), two.get('k8'), two.size]).toEqual([-7, undefined, 50])
    expect(one.with('k7', 7)).toBe(one)
  })

  test('keys whose hashes are equal share a place', () => {
    // Known collisions of 32-bit FNV-1a.
    const twins = ['costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke']
    const keys = [...Array.from({ length: 2_000 }, (_, n) => `v${n}`), ...twins]
    const dict = Dict.of(keys.map((name, n) => [name, n] as const))
    expect(keys.map(name => dict.get(name))).toEqual(keys.map((_, n) => n))
    const without = dict.without('liquid')
    expect(twins.filter(name => without.has(name))).toEqual(twins.filter(name => name !== 'liquid'))
  })
})

test('the plain form survives a structured clone and comes back equal', () => {
  const tree = {
    list: List.of([{ a: 1 }, { a: 2 }]),
    dict: Dict.of([['k', List.of(['x'])]]),
    none: null,
    empty: List.EMPTY,
    no: Dict.EMPTY,
  }
  const back = fromPlain(structuredClone(toPlain(tree)))
  expect(toPlain(back)).toEqual(toPlain(tree))
  expect(back).toMatchObject({ none: null })
  const { list, dict, empty, no } = back as typeof tree
  expect([[...list], [...(dict.get('k') ?? [])], empty.length, no.size]).toEqual([[{ a: 1 }, { a: 2 }], ['x'], 0, 0])
})
