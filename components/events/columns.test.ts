import { describe, expect, test } from 'vitest'
import { COLUMNS, nextSort, readColumns, shownColumns, tracks, USUAL, withColumn, withWidth } from './columns'

const ids = (chosen = USUAL) => shownColumns(chosen).map(({ id }) => id)

describe('columns', () => {
  test('stand in their order, whatever was chosen first; time and event always', () => {
    expect(ids()).toEqual(['time', 'event', 'transport', 'chain', 'identity', 'about', 'issues'])
    expect(ids(withColumn(withColumn(USUAL, 'page', true), 'id', true)).slice(0, 3)).toEqual(['time', 'id', 'event'])
    let none = USUAL
    for (const { id } of COLUMNS) none = withColumn(none, id, false)
    expect(ids(none)).toEqual(['time', 'event'])
  })
  test('one of them takes the room that is left, also when the usual one is hidden or sized', () => {
    const flexible = (chosen = USUAL) => tracks(chosen).wide.match(/1fr/g)?.length
    expect(flexible()).toBe(1)
    expect(flexible(withColumn(USUAL, 'about', false))).toBe(1)
    expect(flexible(withWidth(USUAL, 'about', 300))).toBe(1)
    expect(tracks(withWidth(USUAL, 'event', 222.4)).wide).toContain('96px 222px')
    expect(tracks(USUAL).narrow.split(' minmax')).toHaveLength(2)
  })
  test('a size has limits', () => {
    expect(withWidth(USUAL, 'time', -5).widths.time).toBe(28)
    expect(withWidth(USUAL, 'time', 9_999).widths.time).toBe(1_200)
  })
  test.each([
    [null, USUAL],
    ['{', USUAL],
    ['7', USUAL],
    ['{"shown":"all"}', USUAL],
    ['{"shown":["host","nothing",5]}', { shown: ['time', 'event', 'host'], widths: {} }],
    [
      '{"shown":[],"widths":{"time":50,"event":"2","host":7,"x":80}}',
      { shown: ['time', 'event'], widths: { time: 50 } },
    ],
  ])('kept as %s', (text, wanted) => expect(readColumns(text)).toEqual(wanted))
  test('what is kept is read back', () => {
    const chosen = withWidth(withColumn(USUAL, 'lane', true), 'lane', 90)
    expect(readColumns(JSON.stringify(chosen))).toEqual(chosen)
  })
  test('up, down, back', () => {
    const up = nextSort(null, 'size')
    const down = nextSort(up, 'size')
    expect([up, down, nextSort(down, 'size')]).toEqual([{ by: 'size', down: false }, { by: 'size', down: true }, null])
    expect(nextSort(down, 'time')).toEqual({ by: 'time', down: false })
  })
})
