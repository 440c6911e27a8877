import { describe, expect, test } from 'vitest'
import type { LogEntry, SdkEntry } from '../../utils/identity/entry'
import type { Diagnosis } from '../../utils/messages'
import { DEFAULTS } from '../../utils/settings'
import { DIAGNOSIS, FRAME, HELLO } from '../fixtures/memory'
import { eventEntry, NOW, story, TAB } from '../fixtures/story'
import { LogView } from '../log-view'
import { type Facts, factsOf, tally, type Verdict } from './facts'

const WELL = story().entries.filter(({ id }) => id !== 412)
const QUEUED = story().entries.map(entry =>
  entry.id === 412 && entry.kind === 'event' ? { ...entry, outcome: { state: 'queued' as const } } : entry,
)
const page = WELL.filter(({ kind }) => kind === 'page').at(-1) as LogEntry
const sdk = WELL.filter(({ kind }) => kind === 'sdk').at(-1) as SdkEntry
const withSdk = (change: Partial<SdkEntry>): LogEntry[] => [...WELL, { ...sdk, id: 9_000, at: NOW - 1, ...change }]

type Given = Parameters<typeof factsOf>[0]
const given = (more: Partial<Given> & { entries?: readonly LogEntry[] } = {}): Given => {
  const log = new LogView(TAB)
  log.take({ epoch: 0, reset: true, entries: [...(more.entries ?? WELL)] })
  return {
    tab: 7,
    diagnosis: DIAGNOSIS,
    silent: false,
    ready: true,
    log,
    settings: DEFAULTS,
    hello: HELLO,
    helloAt: NOW,
    now: NOW,
    ...more,
  }
}
const rows: Facts['rows'] = { all: 411, shown: 411 }
const answer = (more: Partial<Diagnosis>): Partial<Given> => ({ diagnosis: { ...DIAGNOSIS, ...more } })
const frame = (more: Partial<typeof FRAME>): Partial<Given> => answer({ frames: [{ ...FRAME, ...more }] })
const NOT = { all: false, page: false, sdk: false, cookies: false }

describe('what stops events', () => {
  test.each<[string, Verdict | null, Parameters<typeof given>[0], Facts['rows']?]>([
    ['all is well', 'fine', {}],
    ['nobody has answered yet', null, { diagnosis: null }],
    ['the log is not read yet', null, { ready: false }],
    ['opened by hand, without a tab', 'no-tab', { tab: -1, diagnosis: null }],
    ['opened by hand, with a word for a tab', 'no-tab', { tab: Number.NaN, diagnosis: null }],
    ['the worker is silent', 'worker', { silent: true }],
    ['the worker is silent from the first', 'worker', { silent: true, diagnosis: null }],
    ['the tab is closed', 'closed', answer({ tab: { open: false, url: '' }, frames: [] })],
    ['a page of the browser', 'foreign', answer({ tab: { open: true, url: '' }, frames: [], count: null })],
    ['a page of the browser, named', 'foreign', answer({ tab: { open: true, url: 'chrome://version/' }, frames: [] })],
    ['the store', 'foreign', answer({ tab: { open: true, url: 'https://chromewebstore.google.com/x' }, frames: [] })],
    [
      'no right to any site, so no address either',
      'permission',
      answer({ tab: { open: true, url: '' }, permissions: { ...NOT, page: null }, frames: [] }),
    ],
    ['no right to this site', 'permission', answer({ permissions: NOT, frames: [] })],
    ['no right to the SDK’s hosts', 'sdk-permission', answer({ permissions: { ...NOT, page: true } })],
    ['recording is off', 'off', { settings: { ...DEFAULTS, recording: false } }],
    ['paused here', 'paused', { settings: { ...DEFAULTS, pausedSites: ['shop.example'] } }],
    ['paused elsewhere', 'fine', { settings: { ...DEFAULTS, pausedSites: ['other.example'] } }],
    ['the page was there before the extension', 'reload', answer({ frames: [], reached: false, count: null })],
    ['the page is busy', 'busy', answer({ frames: [], count: null })],
    ['only a frame answers, the page itself does not', 'reload', frame({ frame: 4, top: false })],
    ['a relay without hook', 'hook', frame({ hook: false, state: '' })],
    ['attached late', 'late', frame({ late: true })],
    ['no SDK', 'absent', { ...frame({ state: 'absent', api: '', stub: 'none' }), entries: [page] }],
    [
      'the script was blocked',
      'blocked',
      {
        ...frame({ state: 'queue', stub: 'waits', queue: 2 }),
        entries: withSdk({
          state: 'blocked',
          script: {
            url: 'https://st-a.cdp.asia/insight.js',
            outcome: { state: 'blocked', by: 'client', error: 'net::ERR_BLOCKED_BY_CLIENT' },
          },
        }),
      },
    ],
    [
      'the script is late',
      'waits',
      {
        ...frame({ state: 'queue', stub: 'waits', queue: 2 }),
        entries: withSdk({
          state: 'queue',
          queue: 1,
          script: { url: 'https://st-a.cdp.asia/insight.js', outcome: { state: 'pending' } },
        }),
      },
    ],
    ['the stub alone, nothing asked', 'waits', { ...frame({ state: 'queue', stub: 'waits' }), entries: [page] }],
    ['a call in the old queue', 'old-queue', { entries: QUEUED }],
    [
      'a call in the queue of a page that is gone',
      'fine',
      { entries: QUEUED.map(entry => (entry.id === 412 ? { ...entry, place: { ...entry.place, doc: 'd9' } } : entry)) },
    ],
    ['the filter hides all', 'hidden', {}, { all: 411, shown: 0 }],
    ['the filter hides some', 'fine', {}, { all: 411, shown: 4 }],
    ['nothing was sent yet', 'quiet', { entries: [page, sdk] }, { all: 0, shown: 0 }],
  ])('%s → %s', (_, verdict, more, counted = rows) => {
    expect(factsOf(given(more), counted).verdict).toBe(verdict)
  })

  test('numbers are those of what stops', () => {
    expect(factsOf(given({ ...frame({ state: 'queue', queue: 3 }), entries: [page] }), rows).n).toBe(3)
    expect(factsOf(given({ entries: QUEUED }), rows)).toMatchObject({
      n: 1,
      old: [{ id: 412 }],
      tone: 'error',
    })
    expect(factsOf(given(), { all: 5, shown: 0 }).n).toBe(5)
  })
})

test('frames that are not seen: without relay, or without hook', () => {
  const frames = [FRAME, { ...FRAME, frame: 3, top: false, hook: false, state: '' as const }]
  expect(factsOf(given(answer({ frames, count: 4 })), rows)).toMatchObject({ unseen: 3, count: 4 })
  expect(factsOf(given(answer({ frames, count: null })), rows).unseen).toBe(1)
  // One that went away since.
  expect(factsOf(given(answer({ frames: [FRAME], count: 0 })), rows).unseen).toBe(0)
})

test('the frame that has the SDK speaks, wherever it is', () => {
  const inner = { ...FRAME, frame: 2, top: false, queue: 4, state: 'queue' as const }
  const frames = [{ ...FRAME, state: 'absent' as const, api: '', stub: 'none' as const }, inner]
  const facts = factsOf(given({ ...answer({ frames, count: 2 }), entries: [page] }), rows)
  expect(facts).toMatchObject({ frame: { frame: 2 }, state: 'queue', queue: 4, verdict: 'waits' })
})

test('an app’s SDK needs no script', () => {
  expect(factsOf(given(frame({ api: 'AntsomiBridge' })), rows).app).toBe('AntsomiBridge')
  expect(factsOf(given(), rows).app).toBeNull()
})

test('lost records are counted; a pause is no loss', () => {
  const gap = { kind: 'gap', place: page.place, at: NOW, until: NOW } as const
  const more: LogEntry[] = [
    { ...gap, id: 9_001, cause: 'lost', detail: { records: 7 } },
    { ...gap, id: 9_002, cause: 'lost', detail: { records: 5 } },
    { ...gap, id: 9_003, cause: 'paused', detail: null },
  ]
  expect(factsOf(given({ entries: [...WELL, ...more] }), rows).lost).toBe(12)
})

test('how events ended, and who saw them', () => {
  const one = eventEntry({ id: 1, at: NOW, who: 0, name: 'a/b', doc: 'd12', only: 'call' }, [])
  const { log } = given({ entries: [page, one] })
  const { outcomes, lanes } = tally(log, NOW)
  expect([[...outcomes], [...lanes]]).toEqual([[[one.outcome.state, 1]], [['call', 1]]])
})
