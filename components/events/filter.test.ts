import { describe, expect, test } from 'vitest'
import { CID, NOW, story, UIDS } from '../fixtures/story'
import type { Row } from '../log-view'
import type { Category } from '../store'
import { type Around, filterTerms, hiddenBy, marked, rowFilter, textOf } from './filter'
import { literals, parseQuery } from './query'
import { regexHits } from './regex-hits'

const rows = story().entries.filter((entry): entry is Row => entry.kind === 'event' || entry.kind === 'page')
const around = (issues: number[]): Around => ({
  now: NOW,
  markOf: id =>
    issues.includes(id) ? { worst: 'error', count: 1, kept: false, twice: false, rules: ['logout-keeps-cid'] } : null,
  hits: (term, entry) => regexHits({ ...term, texts: [textOf(entry)] })[0],
  isSlow: ({ source }) => source === 'slow',
})
const termsOf = (category: Category, filter: string, issues: number[] = []) =>
  filterTerms(category, parseQuery(filter).query, around(issues), ({ outcome }) => outcome.state === 'blocked')
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
  test.each([
    ['ec:user ea:sign_*', [294, 301, 318]],
    ['ec:user ea:sign_* -ea:*out', [294, 318]],
    ['(ea:purchase OR ea:sign_out)', [299, 301]],
    ['/sign_(in|out)$/m', [294, 301, 318]],
    ['/slow/ ea:purchase', [299]],
    [`cid:${CID} ea:purchase`, [299]],
    [`uid:${UIDS[2].slice(-4)} ea:sign_in`, [318]],
    ['attr.name:"Nguyễn Thị An" ea:sign_in', [294, 318]],
    ['attr.phone: ea:sign_*', [294, 318]],
    ['outcome:blocked', [305]],
    ['by:panel', [377]],
    ['id:299', [299]],
    ['status:>=400', []],
    ['status:2* ea:purchase', [299]],
    ['transport:script ea:purchase', [299]],
    ['since:1s', []],
  ])('%s', (filter, wanted) => expect(ids('all', filter)).toEqual(wanted))
  test('by issue and rule', () => {
    expect(ids('all', 'has:issue', [303])).toEqual([303])
    expect(ids('all', 'rule:logout-*', [303])).toEqual([303])
    expect(ids('all', 'rule:blocked', [303])).toEqual([])
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
  ])('%s with %j', (text, filter, parts) => expect(marked(text, literals(parseQuery(filter).query))).toEqual(parts))
})
