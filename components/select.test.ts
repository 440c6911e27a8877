import { describe, expect, test } from 'vitest'
import { NOW, story, TAB } from './fixtures/story'
import { LogView } from './log-view'
import { countIssues, issueMarks, issuesOf, outcomeNote, outcomeText, recipeText, sdkOf, selectHolders } from './select'
import { panel } from './store'

const log = new LogView(TAB)
log.take({ epoch: 0, reset: true, entries: story().entries })
const state = { ...panel.getInitialState(), log, now: NOW, version: 1 }

describe('issues', () => {
  test('come worst first, and are counted by severity', () => {
    const { issues } = issuesOf(state)
    expect(issues[0]?.severity).toBe('error')
    expect(issues.map(({ severity }) => severity)).toEqual(
      [...issues.map(({ severity }) => severity)].sort((a, b) => 'ewi'.indexOf(a[0] ?? '') - 'ewi'.indexOf(b[0] ?? '')),
    )
    const { error, warning, info } = countIssues(issues)
    expect(error + warning + info).toBe(issues.length)
  })
  test('are found by event', () => {
    const markOf = issueMarks(state)
    expect(markOf(303)).toMatchObject({ worst: 'error', kept: true, twice: false })
    expect(markOf(323)).toMatchObject({ twice: false })
    expect(markOf(324)).toMatchObject({ twice: true })
    expect(markOf(292)).toBeNull()
  })
  test('no log, no issues', () => expect(issuesOf(panel.getInitialState())).toEqual({ issues: [], muted: [] }))
})

describe('the holder', () => {
  test('is that of the top page', () => {
    expect(selectHolders(log, 1, NOW, null)).toMatchObject({
      key: 'normal|shop.example|561234567',
      keys: ['normal|shop.example|561234567'],
    })
  })
  test('one that is not there can’t be chosen', () => {
    expect(selectHolders(log, 1, NOW, 'normal|gone.example|1').key).toBe('normal|shop.example|561234567')
  })
  test('a tab that shows no page has none, whoever is known of other tabs; a log without tabs has its own', () => {
    const holderIn = (tab: string | null) => {
      const other = new LogView(tab)
      other.take({ epoch: 0, reset: true, entries: story().entries })
      return selectHolders(other, 1, NOW, null).key
    }
    expect([holderIn('s:99'), holderIn(null)]).toEqual([null, 'normal|shop.example|561234567'])
  })
  test('of an empty log there is none', () => {
    expect(selectHolders(new LogView(TAB), 1, NOW, null)).toEqual({ key: null, keys: [], holder: null })
  })
})

test('the SDK of the top page’s present document', () => {
  expect(sdkOf(state)).toMatchObject({ state: 'live', prop: '565000001' })
  expect(sdkOf({ ...state, log: new LogView(TAB) })).toMatchObject({ state: 'absent', script: null })
})

test('a recipe, a known bad CID, and neither', () => {
  const holder = selectHolders(log, 1, NOW, null).holder
  if (!holder) throw new Error('no holder')
  expect(recipeText(holder, '8e30bbc8961e056622c6231742c03ae9')).toEqual({ made: 'md5(phone)', fault: null })
  expect(recipeText(holder, 'd41d8cd98f00b204e9800998ecf8427e')).toEqual({
    made: null,
    fault: 'md5 of the empty text',
  })
  expect(recipeText(holder, '0912345678')).toEqual({ made: null, fault: 'raw phone number' })
  expect(recipeText(holder, 'c-1')).toEqual({ made: null, fault: null })
})

describe('outcomes in words', () => {
  test.each([
    [{ state: 'done', status: 200, ms: 1 }, '200', /doesn’t prove/],
    [{ state: 'done', status: 503, ms: 1 }, '503', /has not got/],
    [{ state: 'hidden', status: 200, error: 'ORB', ms: 1 }, '200, answer hidden', /server has the event.*ORB/],
    [{ state: 'failed', status: null, error: 'net::ERR_FAILED', ms: 1 }, 'net::ERR_FAILED', /has not got/],
    [{ state: 'blocked', by: 'csp', error: 'connect-src' }, 'blocked by the page’s CSP', /connect-src/],
    [{ state: 'queued' }, 'queued', /waits/],
    [{ state: 'pending' }, 'under way', /not seen yet/],
    [{ state: 'not-sent' }, 'not sent', /no request followed/],
    [{ state: 'unknown', why: 'the page went away' }, 'no outcome seen', /the page went away/],
  ] as const)('%j', (outcome, text, note) => {
    expect(outcomeText(outcome)).toBe(text)
    expect(outcomeNote(outcome)).toMatch(note)
  })
})
