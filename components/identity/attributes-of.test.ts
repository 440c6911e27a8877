import { describe, expect, test } from 'vitest'
import { Reduction } from '../../utils/identity/reduce'
import type { AttributeState, HolderState, Setting } from '../../utils/identity/state'
import type { Json } from '../../utils/sdk/event'
import { CID, NOW, story, UIDS } from '../fixtures/story'
import { standings } from '../select'
import { groupsOf, rowsOf } from './attributes-of'

const set = (event: number, value: Json, more: Partial<Setting> = {}): Setting => ({
  value,
  type: typeof value === 'number' ? 'Number' : 'String',
  at: event * 1000,
  event,
  what: 'user/identify',
  by: 'page',
  inferred: false,
  asked: false,
  ...more,
})
const state = (more: Partial<AttributeState>): ReadonlyMap<string, AttributeState> =>
  new Map([['city', { code: 'city', now: null, earlier: [], attempts: [], ...more }]])

describe('rows of one attribute', () => {
  test('a value that was there before is "same", with the first event that set it', () => {
    const [row] = rowsOf(state({ now: set(3, 'a'), earlier: [set(1, 'a')] }))
    expect(row).toMatchObject({ same: { event: 1 }, previous: null })
  })
  test('a value that changed shows the one before it, and whether the type did', () => {
    expect(rowsOf(state({ now: set(3, 185), earlier: [set(1, 'x'), set(2, '185')] }))[0]).toMatchObject({
      same: null,
      previous: { event: 2 },
      typeChanged: true,
    })
  })
  test('what was asked for later and never sent has a row of its own', () => {
    const rows = rowsOf(state({ now: set(3, 'a'), attempts: [set(4, 'b', { asked: true })] }))
    expect(rows.map(({ setting, asked }) => [setting.value, asked])).toEqual([
      ['a', false],
      ['b', true],
    ])
  })
  test('an attempt that something came after is history', () => {
    expect(rowsOf(state({ now: set(5, 'a'), attempts: [set(4, 'b', { asked: true })] }))).toHaveLength(1)
  })
  test('only asked for: that row alone', () => {
    expect(rowsOf(state({ attempts: [set(4, null)] }))).toMatchObject([{ asked: true, setting: { value: null } }])
  })
})

describe('groups', () => {
  const reduction = new Reduction()
  reduction.apply(story().entries)
  const holder = reduction.holders(NOW)[0] as HolderState
  const groups = (toggled: string[] = [], search = '') =>
    groupsOf(holder, standings(holder, CID), new Set(toggled), search)

  test('the customer and the visitor of now come first and are open', () => {
    expect(groups().map(({ kind, id, open }) => [kind, id, open])).toEqual([
      ['customer', CID, true],
      ['visitor', UIDS[2], true],
      ['visitor', UIDS[1], false],
      ['visitor', UIDS[0], false],
      ['system', null, false],
    ])
  })
  test('a candidate is named, and who sent the CID is counted', () => {
    expect(groups().map(({ member }) => member?.standing)).toContain('candidate')
    expect(groups()[0]?.senders).toBe(2)
  })
  test('a click turns a group over', () => {
    expect(groups([`visitor ${UIDS[0]}`, `customer ${CID}`]).map(({ open }) => open)).toEqual([
      false,
      true,
      false,
      true,
      false,
    ])
  })
  test('a search shows what matches, by code or value, and opens it', () => {
    expect(groups([], 'HÀ NỘI').map(({ id, open, rows }) => [id, open, rows.map(({ code }) => code)])).toEqual([
      [UIDS[2], true, ['city']],
      [UIDS[1], true, ['city']],
      [UIDS[0], true, ['city']],
    ])
    expect(groups([], 'nowhere')).toEqual([])
  })
})
