import { expect, test } from 'vitest'
import { type FrameReport, isFrameReport, isPanelAsk, isPermitted } from './messages'

const REPORT: FrameReport = {
  kind: 'frame',
  ask: 'a',
  top: true,
  below: 2,
  hook: true,
  state: 'live',
  queue: 0,
  api: 'x',
  stub: 'none',
  records: 3,
  waiting: 0,
  last: 0,
  late: false,
}

test('a frame’s report', () => {
  expect(isFrameReport(REPORT)).toBe(true)
  expect(isFrameReport({ ...REPORT, hook: false, state: '' })).toBe(true)
})

test.each<[string, unknown]>([
  ['nothing', null],
  ['another kind', { ...REPORT, kind: 'run' }],
  ['a state that there isn’t', { ...REPORT, state: 'fine' }],
  ['a queue that is none', { ...REPORT, queue: Number.NaN }],
  ['a negative count', { ...REPORT, below: -1 }],
  ['no time of its last record', { ...REPORT, last: null }],
  ['a text that is too long', { ...REPORT, api: 'x'.repeat(100) }],
  ['no flag', { ...REPORT, hook: 'yes' }],
  ['a stub of its own making', { ...REPORT, stub: 'constructor' }],
])('%s is none', (_, message) => {
  expect(isFrameReport(message)).toBe(false)
})

test('a panel’s question names its tab', () => {
  expect(isPanelAsk({ kind: 'diagnose', tab: 7 })).toBe(true)
  for (const tab of [undefined, null, -1, 0, 1.5, Number.NaN, '7'])
    expect(isPanelAsk({ kind: 'diagnose', tab })).toBe(false)
})

test.each([
  [{ all: true, page: null, sdk: true }, true],
  [{ all: false, page: true, sdk: true }, true],
  [{ all: false, page: true, sdk: false }, false],
  [{ all: false, page: false, sdk: true }, false],
  // A page of the browser's own.
  [{ all: false, page: null, sdk: true }, false],
])('of a page with these rights, what it sends can be recorded: %j %j', (rights, may) => {
  expect(isPermitted({ ...rights, cookies: null })).toBe(may)
})
