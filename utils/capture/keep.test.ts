import { expect, test } from 'vitest'
import { keep } from './keep'

test('what was not set for longest goes first', () => {
  const map = new Map<string, number>()
  for (const [n, key] of ['a', 'b', 'a', 'c'].entries()) keep(map, key, n, 2)
  expect([...map]).toEqual([
    ['a', 2],
    ['c', 3],
  ])
})
