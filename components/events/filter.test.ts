import { describe, expect, test } from 'vitest'
import { story } from '../fixtures/story'
import type { Row } from '../log-view'
import type { Category } from '../store'
import { filterTerms, hiddenBy, marked, rowFilter, wordsOf } from './filter'

const rows = story().entries.filter((entry): entry is Row => entry.kind === 'event' || entry.kind === 'page')
const termsOf = (category: Category, filter: string, issues: number[] = []) =>
  filterTerms(
    category,
    filter,
    id => issues.includes(id),
    ({ outcome }) => outcome.state === 'blocked',
  )
const ids = (category: Category, filter: string, issues: number[] = []) => {
  const test = rowFilter(termsOf(category, filter, issues))
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

describe('what each term hides', () => {
  const all = rows.filter(({ kind }) => kind === 'event').length
  const counts = (category: Category, filter: string) =>
    hiddenBy(rows, termsOf(category, filter)).map(([{ kind, text }, n]) => [kind, text, n])

  test('nothing asked, nothing hidden', () => expect(counts('all', '')).toEqual([]))
  test('a row counts for the first term that hides it', () => {
    expect(counts('identity', 'sign_in nowhere user')).toEqual([
      ['category', 'identity', all - 7],
      ['word', 'sign_in', 5],
      ['word', 'nowhere', 2],
      ['word', 'user', 0],
    ])
  })
  test('together they hide what is hidden', () => {
    for (const [category, filter] of [
      ['product', 'view cart'],
      ['all', 'user in #'],
      ['unsent', 'x'],
    ] as const) {
      const hidden = counts(category, filter).reduce((sum, [, , n]) => sum + Number(n), 0)
      expect(hidden).toBe(all - (ids(category, filter) as number[]).length)
    }
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
