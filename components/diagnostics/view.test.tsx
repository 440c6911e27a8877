// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LogEntry, Payload } from '../../utils/identity/entry'
import type { Diagnosis, Hello, Unrecognised } from '../../utils/messages'
import type { Json } from '../../utils/sdk/event'
import { DIAGNOSIS, FRAME, HELLO } from '../fixtures/memory'
import { openPanel } from '../fixtures/open'
import { CID, eventEntry, june, NOW, story, UIDS } from '../fixtures/story'
import { clockMs } from '../format'
import { panel, setCategory, setFilter, showView } from '../store'

configure({ asyncUtilTimeout: 20_000 })

const STORY = story()
/** Its last call waits in a queue that the SDK has left. */
const QUEUED = STORY.entries.map(entry =>
  entry.id === 412 && entry.kind === 'event' ? { ...entry, outcome: { state: 'queued' as const } } : entry,
)

async function open(diagnosis: Diagnosis | null = DIAGNOSIS, entries: LogEntry[] = QUEUED, hello: Hello = HELLO) {
  const opened = await openPanel(entries, { payloads: STORY.payloads, hello, diagnosis, view: 'diagnostics' })
  await waitFor(() => expect([panel.getState().ready, verdict()]).toEqual([true, expect.not.stringMatching('asking')]))
  return opened
}

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const find = (selector: string) => document.querySelector<HTMLElement>(selector)
const field = (name: string) => find(`[data-field="${name}"]`)?.textContent?.trim()
const toneOf = (name: string) => find(`[data-field="${name}"]`)?.dataset.tone
const beside = (name: string) => find(`[data-field="${name}"] + *`)?.textContent
const verdict = () => find('[data-field="verdict"]')?.dataset.verdict
const press = (action: string) => fireEvent.click(find(`[data-action="${action}"]`) as HTMLElement)

const LINE: Unrecognised = {
  tab: 's1:7',
  site: 'normal|shop.example',
  host: 't.shop.example',
  path: '/event',
  count: 3,
  at: NOW,
  why: 'shape',
  lacks: ['portal_id', 'ec'],
}

describe('each fact in its place', () => {
  test('all that a tab can tell', async () => {
    await open({
      ...DIAGNOSIS,
      count: 4,
      frames: [
        { ...FRAME, waiting: 2 },
        { ...FRAME, frame: 2, top: false, url: 'about:srcdoc', state: 'absent', api: '', records: 0, last: 0 },
        { ...FRAME, frame: 3, top: false, url: 'https://pay.example/frame?card=1', hook: false, state: '' },
      ],
    })
    expect(verdict()).toBe('old-queue')
    expect(field('verdict-also')).toContain('2 frames not seen')
    expect(field('script-requested')).toBe('Requested st-a.cdp.asia/insight.js')
    expect(field('script-loaded')).toBe('Loaded: 200 in 229 ms')
    expect(field('sdk-replaced')).toMatch(/^Took the place of the snippet’s web_event [\d.]+ m?s after the page began$/)
    expect(beside('script-loaded')).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/)
    expect(field('sdk-source')).toBe('Portal 561234567, source 565000001')
    expect(field('queue-length')).toBe('No call waits')
    expect(field('queue-old')).toMatch(/#412 .* header\.js:9$/)
    const rows = [...document.querySelectorAll<HTMLElement>('[data-frame]')]
    expect(
      rows.map(row => [...row.querySelectorAll<HTMLElement>('[data-alive]')].map(cell => cell.dataset.alive)),
    ).toEqual([
      ['true', 'true'],
      ['true', 'true'],
      ['false', 'true'],
    ])
    expect(rows[0]?.textContent).toContain('103, 2 waiting')
    expect(rows.map(row => row.querySelector('[data-last]')?.textContent)).toEqual([
      clockMs(FRAME.last),
      '—',
      clockMs(FRAME.last),
    ])
    expect(rows[1]?.textContent).toContain('about:srcdoc')
    expect(rows[2]?.textContent).not.toContain('card')
    expect(field('frames-silent')).toMatch(/^1 frame has not answered/)
    expect(field('permission-page')).toBe('shop.example: read and hook')
    expect(field('permission-cookies')).toBe('Cookies of shop.example: the SDK’s own are read')
    expect(field('worker-wake')).toMatch(/^Awake since 10:57:41; woke 9 times/)
    expect(field('records-lost')).toBe('No record was lost')
    expect(field('last-event')).toContain('#412')
    expect(field('recording-state')).toBe('Recording; paused 1 time before, 41 s in all')
    expect(field('log-state')).toMatch(/^\d+ events of this tab, on this computer’s disk$/)
  })

  test('a silent worker: said, and nothing is made up', async () => {
    await open(null)
    expect(verdict()).toBe('worker')
    expect(field('worker-wake')).toBe('No answer')
    expect(field('frames-silent')).toBe('No frame has answered')
    expect(field('last-event')).toContain('#412')
    expect(find('[data-field="permission-page"]')).toBeNull()
  })

  test('a log that is still being opened; a private window; a right to some sites only', async () => {
    await open(
      {
        ...DIAGNOSIS,
        worker: { ...DIAGNOSIS.worker, begun: false },
        permissions: { all: false, page: true, sdk: true, cookies: false },
      },
      [],
      { ...HELLO, partition: 'private' },
    )
    expect(toneOf('worker-wake')).toBe('warning')
    expect(field('log-state')).toBe('0 events of this tab, in this private window, gone with it')
    expect(field('permission-cookies')).toContain('Cookies of shop.example: not allowed')
    expect(toneOf('permission-cookies')).toBe('warning')
    expect(field('permission-all')).toContain('Not allowed on all sites')
    expect(field('last-event')).toBe('No event yet in this tab')
  })

  test('the app’s own SDK', async () => {
    await open({ ...DIAGNOSIS, frames: [{ ...FRAME, api: 'AntsomiBridge', stub: 'none' }] }, [])
    expect(field('script-requested')).toContain('AntsomiBridge')
    expect(find('[data-field="sdk-replaced"]')).toBeNull()
  })
})

describe('a click puts it right', () => {
  test('recording is switched on again', async () => {
    await open()
    press('record')
    await waitFor(() => expect(verdict()).toBe('off'))
    press('record-now')
    await waitFor(() => expect(verdict()).toBe('old-queue'))
  })

  test('a missing right is asked for, and the answer is asked anew', async () => {
    const { worker, asked } = await open({
      ...DIAGNOSIS,
      permissions: { all: false, page: false, sdk: false, cookies: null },
      frames: [],
    })
    expect(verdict()).toBe('permission')
    expect(toneOf('permission-page')).toBe('error')
    worker.diagnosis = DIAGNOSIS
    press('permit')
    await waitFor(() => expect(verdict()).toBe('old-queue'))
    expect(asked.filter(({ kind }) => kind === 'diagnose').length).toBeGreaterThan(1)
  })

  test('rows that the filter hides are counted and shown', async () => {
    await open()
    setFilter('nowhere-at-all')
    setCategory('product')
    await waitFor(() => expect(find('[data-field="rows-hidden"]')?.dataset.hidden).not.toBe('0'))
    expect(field('rows-hidden')).toMatch(/^(\d+) of \1 events hidden in Events, 0 shown\.$/)
    const hides = [...document.querySelectorAll<HTMLElement>('[data-hides]')].map(({ dataset }) =>
      Number(dataset.hides),
    )
    expect(hides).toHaveLength(2)
    expect(Math.min(...hides)).toBeGreaterThan(0)
    expect(String((hides[0] as number) + (hides[1] as number))).toBe(find('[data-field="rows-hidden"]')?.dataset.hidden)
    press('open-filter')
    await waitFor(() => expect(document.activeElement?.id).toBe('filter'))
    showView('diagnostics')
    await waitFor(() => expect(find('[data-action="show-all"]')).not.toBeNull())
    press('show-all')
    expect(panel.getState()).toMatchObject({ view: 'events', filter: '', category: 'all' })
  })

  test('a line is set aside, and looked at again', async () => {
    const other = { ...LINE, path: '/v2/event' }
    await open({ ...DIAGNOSIS, unrecognised: [LINE, other] })
    const lines = () => document.querySelectorAll('[data-host="t.shop.example"]').length
    expect(lines()).toBe(2)
    press('ignore-line')
    await waitFor(() => expect(panel.getState().settings.ignored).toEqual(['t.shop.example/event']))
    await waitFor(() => expect(lines()).toBe(1))
    press('ignore-line')
    await waitFor(() => expect(field('lines-ignored')).toBe('2 lines are ignored.'))
    expect(field('verdict-also')).not.toContain('not recognised')
    expect(field('diagnostics-text')).toMatch(/unknown {4}0 paths, 0 requests; 0 hosts added, 2 ignored/)
    press('heed-lines')
    await waitFor(() => expect(lines()).toBe(2))
    expect(panel.getState().settings.ignored).toEqual([])
  })

  test('a host is added, and taken away again', async () => {
    await open({ ...DIAGNOSIS, unrecognised: [LINE, { ...LINE, host: 'delivery.cdp.asia', why: 'own', lacks: [] }] })
    expect(field('verdict-also')).toContain('1 host not recognised')
    const line = () => find('[data-host="t.shop.example"]')?.textContent
    expect(line()).toContain('Lacks portal_id, ec')
    expect(find('[data-host="delivery.cdp.asia"] button')).toBeNull()
    press('add-host')
    await waitFor(() => expect(panel.getState().settings.hosts).toEqual(['t.shop.example']))
    await waitFor(() => expect(line()).toContain('counts from the next request on'))
    press('remove-host')
    await waitFor(() => expect(panel.getState().settings.hosts).toEqual([]))
  })
})

describe('ways here', () => {
  test('from the header, from an empty list, by key', async () => {
    await open(DIAGNOSIS, [])
    const shown = () => panel.getState().view
    fireEvent.keyDown(document.body, { key: '1', ctrlKey: true })
    fireEvent.keyDown(document.body, { key: '6', ctrlKey: true })
    expect(shown()).toBe('diagnostics')
    showView('events')
    await waitFor(() => expect(find('[data-action="diagnose"]')).not.toBeNull())
    press('diagnose')
    expect(shown()).toBe('diagnostics')
    showView('identity')
    fireEvent.click(find('[data-field="sdk-state"]') as HTMLElement)
    expect(shown()).toBe('diagnostics')
  })
})

/** Every text and long number in a value, however deep. */
const textsIn = (value: Json | object): string[] =>
  typeof value === 'string'
    ? [value, ...(/^[[{]/.test(value) ? textsIn(JSON.parse(value)) : [])]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(each => textsIn(each as Json))
      : [String(value)]

test('what is copied holds nothing of anybody: no id, no value, no address', async () => {
  const payloads: Payload[] = []
  const rich = eventEntry(
    {
      id: 900,
      at: june(7, '10:57:59'),
      who: 2,
      name: 'user/sign_in',
      cid: CID,
      customers: { phone: '0900000000', email: 'an@mail.example', name: 'Nguyễn Thị An', birthday: '1990-01-02' },
      extra: { order_id: 'DH-88213', page_title: 'Giỏ hàng của An' },
      doc: 'd12',
      path: '/tai-khoan/an-nguyen?token=s3cr3t',
      outcome: { state: 'failed', status: null, error: 'net::ERR_FAILED https://shop.example/?uid=77', ms: 3 },
    },
    payloads,
  )
  const unrecognised = [
    LINE,
    { ...LINE, host: 'u8812345.shop.example', path: '/an-nguyen/event', lacks: ['portal_id', 'prop_id', 'ec', 'ea'] },
  ]
  await open(
    {
      ...DIAGNOSIS,
      unrecognised,
      tab: { open: true, url: 'https://shop.example/tai-khoan/an-nguyen?token=s3cr3t' },
      frames: [{ ...FRAME, url: 'https://shop.example/tai-khoan/an-nguyen?token=s3cr3t', api: 'api-of-an' }],
    },
    [...QUEUED, rich],
  )
  setFilter('an@mail.example nowhere-at-all')
  await waitFor(() => expect(field('diagnostics-text')).toMatch(/(\d+) of \1 hidden/))
  const text = find('[data-field="diagnostics-text"]')?.textContent ?? ''
  const copied: string[] = []
  document.execCommand = () => {
    copied.push(document.querySelector('textarea')?.value ?? '')
    return true
  }
  press('copy-diagnostics')
  expect(copied).toEqual([text])
  for (const part of ['frames', 'SDK', 'queue', 'permission', 'worker', 'events', 'lanes', 'unknown', 'filter'])
    expect(text).toMatch(new RegExp(`^${part} `, 'm'))
  expect(text).toContain('3 × lacks portal_id, ec\n')

  const all = [...STORY.payloads, ...payloads].flatMap(({ request, call }) => [
    ...[...new URL(request?.url ?? 'x:').searchParams.values()].flatMap(value => textsIn(value)),
    ...textsIn(JSON.parse(call?.args ?? '[]')),
  ])
  // What is shorter than four letters stands in any text ("1", "new").
  const personal = new Set([
    ...all,
    ...UIDS,
    CID,
    's3cr3t',
    'shop.example',
    'tai-khoan',
    'an-nguyen',
    '8812345',
    'gio-hang',
    'api-of-an',
  ])
  // These two are words of the product, and of the collector's host, as well as values of a page.
  for (const word of ['shop', 'user']) personal.delete(word)
  const leaked = [...personal].filter(value => value.length > 3 && text.includes(value))
  expect(leaked).toEqual([])
  expect(personal.size).toBeGreaterThan(100)
})
