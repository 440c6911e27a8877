import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FieldMap, isParameter, isPart, PARTS, slotOf } from './field-map'
import { PARAMETERS } from './names'

const name = fc.oneof(fc.constantFrom(...PARAMETERS), fc.constantFrom('foo', '7', '3', '__proto__', 'constructor', ''))
const pairs = fc.array(fc.tuple(name, fc.oneof(fc.string(), fc.integer(), fc.constant(null))))

const filled = (list: [string, string | number | null][]): [FieldMap, Map<string, string | number | null>] => {
  const fields = new FieldMap()
  for (const [key, value] of list) fields.set(key, value)
  return [fields, new Map(list)]
}

describe('FieldMap', () => {
  it('holds what a Map holds, in the same order', () => {
    fc.assert(
      fc.property(pairs, name, (list, asked) => {
        const [fields, map] = filled(list)
        expect(fields.entries()).toEqual([...map])
        expect(fields.has(asked)).toBe(map.has(asked))
        expect(fields.get(asked)).toBe(map.get(asked))
      }),
    )
  })

  it('has known parameters where their slots are', () => {
    fc.assert(
      fc.property(pairs, list => {
        const [fields, map] = filled(list)
        for (const known of PARAMETERS) expect(fields.at(slotOf(known))).toBe(map.get(known))
        for (const slot of fields.slots) {
          const found = fields.nameAt(slot)
          expect(fields.at(slot)).toBe(map.get(found))
          expect(isParameter(slot)).toBe((PARAMETERS as readonly string[]).includes(found))
          expect(isPart(slot)).toBe(PARTS.includes(found))
        }
      }),
    )
  })

  it('copies, without a name, what is then changed on its own', () => {
    fc.assert(
      fc.property(pairs, name, (list, left) => {
        const [fields, map] = filled(list)
        const copy = fields.copy(left)
        copy.set('added', 1)
        expect(fields.entries()).toEqual([...map])
        map.delete(left)
        expect(copy.entries()).toEqual([...map, ['added', 1]])
      }),
    )
  })
})
