import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { measure } from './result'
import { exponent, median, percentile, ratioOf } from './stats'

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

  test('a ratio is that of the middle ones, whichever of the two is named first; alike ones leave no doubt', () => {
    const [more, less] = [
      [2, 4, 6, 8, 1_000],
      [1, 2, 3, 4, 5],
    ]
    expect(ratioOf(more, less).ratio).toBeCloseTo(2)
    expect(ratioOf(less, more).ratio).toBeCloseTo(0.5)
    expect(ratioOf(more, less).doubt).toBeCloseTo(0)
    expect(ratioOf([1, 4], [1, 1]).ratio).toBeCloseTo(2)
  })

  test('in 95 of 100 runs the true ratio lies within the doubt', () => {
    // Numbers that look random, the same ones each time.
    let seed = 1
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const load = () => 500 * Math.exp(0.1 * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()))
    const hits = Array.from({ length: 1_000 }, () => {
      const { ratio, doubt } = ratioOf(Array.from({ length: 60 }, load), Array.from({ length: 60 }, load))
      return Math.abs(ratio - 1) <= doubt
    }).filter(Boolean).length
    expect(hits).toBeGreaterThan(920)
    expect(hits).toBeLessThan(970)
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
