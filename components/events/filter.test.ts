import { describe, expect, test } from 'vitest'
import { story } from '../fixtures/story'
import type { Row } from '../log-view'
import type { Category } from '../store'
import { marked, rowFilter, wordsOf } from './filter'

const rows = story().entries.filter((entry): entry is Row => entry.kind === 'event' || entry.kind === 'page')
const ids = (category: Category, filter: string, issues: number[] = []) => {
  const test = rowFilter(
    category,
    filter,
    id => issues.includes(id),
    ({ outcome }) => outcome.state === 'blocked',
  )
  return test ? rows.filter(test).map(({ id }) => id) : 'all'
}

describe('rows that pass', () => {
  test('nothing asked: all, without asking row by row', () => expect(ids('all', '  ')).toBe('all'))
  test('all words must occur, wherever, in either case', () => {
    expect(ids('all', 'SIGN_IN user')).toEqual([294, 318])
    expect(ids('all', 'thanh toán')).toEqual([297])
    expect(ids('all', '#305')).toEqual([305])
    expect(ids('all', 'nowhere')).toEqual([])
  })
  test('by category', () => {
    expect(ids('identity', '')).toEqual([294, 295, 301, 306, 318, 319, 377])
    expect(ids('ads', '')).toEqual([300, 375])
    expect(ids('product', 'purchase')).toEqual([299])
    expect(ids('unsent', '')).toEqual([305])
    expect(ids('issue', '', [303])).toEqual([303])
  })
})

describe('marks', () => {
  test.each([
    ['product/view', 'view', ['product/', 'view', '']],
    ['Áo thun nữ', 'áo thun', ['', 'Áo', ' ', 'thun', ' nữ']],
    ['view view', 'view', ['', 'view', ' ', 'view', '']],
    ['abc', '', ['abc']],
    ['İİİ view', 'view', ['İİİ view']],
    ['<b>', '<b>', ['', '<b>', '']],
  ])('%s with %j', (text, filter, parts) => expect(marked(text, wordsOf(filter))).toEqual(parts))
})
