import { beforeEach, describe, expect, test } from 'vitest'
import { tell } from '../../utils/identity/story'
import { CID, NOW, story, TAB, UIDS } from '../fixtures/story'
import { LogView } from '../log-view'
import { panel } from '../store'
import { alternativesOf, heldBy, NOW as IF_NOW, isTyped, losersOf, previewOf, toMarkdown } from './preview'

beforeEach(() => {
  const log = new LogView(TAB)
  log.take({ epoch: 0, reset: true, entries: story().entries })
  panel.setState({ ...panel.getInitialState(), log, now: NOW, version: 1 }, true)
})
const preview = (more: Partial<ReturnType<typeof panel.getState>> = {}) => {
  panel.setState(more)
  const found = previewOf(panel.getState())
  if (!found) throw new Error('no preview')
  return found
}

describe('the preview', () => {
  test('is as of the first assignment on the UID in use, and can be of any other', () => {
    expect(preview().merge.asOf?.event).toBe(318)
    expect(
      preview({ asOf: 294 })
        .merge.members.filter(({ chosen }) => chosen)
        .map(({ uid }) => uid),
    ).toEqual([UIDS[1]])
    expect(preview({ asOf: IF_NOW }).merge.asOf).toBeNull()
  })
  test('certain, candidate, counts and conflicts as the story has them', () => {
    const { merge } = preview()
    expect(merge.members.map(({ uid, standing }) => [uid, standing])).toEqual([
      [UIDS[1], 'certain'],
      [UIDS[2], 'certain'],
      [UIDS[0], 'candidate'],
    ])
    expect(merge.rows.slice(0, 3).map(({ code, kind, policyDecides }) => [code, kind, policyDecides])).toEqual([
      ['city', 'kept', true],
      ['size', 'kept', true],
      ['last_product', 'added', false],
    ])
    expect(merge.conflicts).toBe(3)
  })
  test('a visitor is shown with what it held when it was identified', () => {
    const found = preview()
    const member = found.merge.members.find(({ uid }) => uid === UIDS[2])
    expect(member && heldBy(found, member, panel.getState()).get('size')?.now?.value).toBe('M')
  })
  test('a typed CID is previewed instead, if identified now', () => {
    const draft = { ...panel.getState().draft, of: 'typed' as const, text: 'c2' }
    expect(preview({ draft })).toMatchObject({ cid: 'c2', assigned: false, merge: { asOf: null, blockedBy: CID } })
  })
  test('attributes of the form count as the customer’s, and no event is named for them', () => {
    const rows = [{ key: 1, code: 'vip', type: 'Boolean' as const, text: 'true' }]
    const draft = { ...panel.getState().draft, of: 'typed' as const, text: CID, rows }
    const found = preview({ draft, asOf: IF_NOW })
    const row = found.merge.rows.find(({ code }) => code === 'vip')
    expect(row && isTyped(row.winner)).toBe(true)
    expect(toMarkdown(found)).toContain('| vip | true | kept | Customer typed here |')
  })
  test('nobody known and nothing typed: no preview', () => {
    const log = new LogView(TAB)
    log.take({ epoch: 0, reset: true, entries: story().entries.filter(({ id }) => id < 200) })
    panel.setState({ log, version: 2 })
    expect(previewOf(panel.getState())).toBeNull()
  })
})

test('another site of the portal counts as of the same moment, and is shown with its own values', () => {
  const other = 'site outlet.example uid O'
  const { entries, labels } = tell(`
    tab 7
    ${other}: pageview users {size: "S"}
    ${other}: login cid X
    uid A: page load /
    login cid X   @login
    ${other}: product/view cid X
    ${other}: product/view cid X
    ${other}: product/view cid X users {size: "L"}
  `)
  const log = new LogView('s:7')
  log.take({ epoch: 0, reset: true, entries })
  panel.setState({ ...panel.getInitialState(), log, version: 1, holder: 'normal|shop.example|561234567' }, true)
  const found = preview({ asOf: labels.get('login') ?? -1 })
  const member = found.merge.members.find(({ uid }) => uid === 'O')
  expect(member).toMatchObject({ standing: 'certain', events: 2 })
  expect(found.merge.moves.events).toBe(3)
  expect(member && heldBy(found, member, panel.getState()).get('size')?.now?.value).toBe('S')
  expect(preview({ asOf: IF_NOW }).merge.moves.events).toBe(6)
})

test('what another policy and another tick would change', () => {
  expect(alternativesOf(preview()).map(({ kind, uid, text }) => [kind, uid, text])).toEqual([
    ['policy', null, 'city Hà Nội, size M'],
    ['candidate', UIDS[0], expect.stringMatching(/^ticked: 38 events/)],
  ])
})

test('losers with one value are one line', () => {
  const city = preview().merge.rows.find(({ code }) => code === 'city')
  expect(losersOf(city?.losers ?? []).map(line => line.map(({ from }) => from))).toEqual([[UIDS[2], UIDS[1]]])
})

describe('as Markdown', () => {
  test('it holds the assumption, the members and every row', () => {
    const text = toMarkdown(preview())
    expect(text).toContain('as of #318 · Customer wins (assumption) · 2 of 10 rows depend on it')
    expect(text).toContain(`- \`${UIDS[0]}\` candidate, Same aid`)
    expect(text).toContain(
      '| city | Đà Nẵng | kept, conflict | Customer #295 | Hà Nội (…0712 #308); Hà Nội (…0385 #285) |',
    )
  })
  test('a value can’t break the table or become markup', () => {
    const found = preview()
    const [row] = found.merge.rows
    if (!row) throw new Error('no row')
    row.winner = { ...row.winner, setting: { ...row.winner.setting, value: 'a|b\n<img src=x> [x](y)' } }
    const line = toMarkdown(found)
      .split('\n')
      .find(each => each.startsWith(`| ${row.code} `))
    expect(line).toContain('a\\|b \\<img src=x> \\[x\\](y)')
    expect(line?.split(/(?<!\\)\|/)).toHaveLength(7)
  })
})
