import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { measure } from './result'
import { doubt, exponent, median, percentile } from './stats'

describe('figures', () => {
  test.each([
    [[3], 3],
    [[4, 1], 2.5],
    [[9, 1, 5], 5],
  ])('the middle of %j is %d', (values, middle) => expect(median(values)).toBe(middle))

  test.each([
    [0.95, 19],
    [1, 20],
    [0.5, 10],
  ])('of 1…20, below %d lies all but the rest: %d', (share, value) =>
    expect(
      percentile(
        Array.from({ length: 20 }, (_, i) => i + 1),
        share,
      ),
    ).toBe(value),
  )

  test('of 100 values the median may as well be the 41st or the 60th; of few anything from the least to the most', () => {
    expect(doubt(Array.from({ length: 100 }, (_, i) => i + 1))).toBe(9.5)
    expect(doubt([7, 1, 3])).toBe(3)
    expect(doubt([5, 5, 5, 5])).toBe(0)
  })

  test('the exponent of a power is that power', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2, noNaN: true }), fc.integer({ min: 1, max: 1_000 }), (power, factor) => {
        const points = [1e3, 1e4, 1e5].map(x => [x, factor * x ** power] as const)
        expect(exponent(points)).toBeCloseTo(power, 6)
      }),
    )
  })

  test('a slow stretch of the machine is in both, so it is in neither ratio nor difference', () => {
    const made = { name: 'n', unit: 'ms', about: '', values: [11, 101, 12], baseline: [10, 100, 11] }
    expect(measure({ ...made, of: 'added', limit: { most: 1 } })).toMatchObject({ value: 1, ok: true, baseline: 11 })
    expect(measure({ ...made, of: 'added', limit: { most: 0.9 } }).ok).toBe(false)
    expect(measure({ ...made, of: 'ratio', limit: { most: 1.02 } })).toMatchObject({
      ok: false,
      budget: 'ratio at most 1.02',
    })
  })
})
