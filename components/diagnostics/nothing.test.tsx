// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Attachment, Diagnosis, Hello } from '../../utils/messages'
import { DIAGNOSIS, FRAME, HELLO } from '../fixtures/memory'
import { openPanel } from '../fixtures/open'
import { NOW } from '../fixtures/story'
import { panel, saveSettings, showView } from '../store'

// The condition ends the waiting; this only bounds it on a machine that does other things besides.
configure({ asyncUtilTimeout: 20_000 })

beforeEach(() => vi.spyOn(Date, 'now').mockReturnValue(NOW))
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const empty = () => document.querySelector('.empty')
const verdict = () => document.querySelector<HTMLElement>('[data-field="nothing"]')?.dataset.verdict
const buttons = () => [...(empty()?.querySelectorAll('button') ?? [])].map(({ dataset }) => dataset.action)
const open = (diagnosis: Diagnosis | null, hello: Hello = HELLO, attached: Attachment = 'whole') =>
  openPanel([], { diagnosis, hello, attached })

const without = { ...DIAGNOSIS, frames: [], reached: false, count: null }
test.each<[verdict: string, Diagnosis | null, remedy: string | null, title: RegExp]>([
  ['absent', { ...DIAGNOSIS, frames: [{ ...FRAME, state: 'absent' }] }, null, /The page has no SDK/],
  ['waits', { ...DIAGNOSIS, frames: [{ ...FRAME, state: 'queue', queue: 3 }] }, null, /^3 calls wait/],
  ['quiet', DIAGNOSIS, null, /has sent none yet/],
  ['reload', without, 'reload', /open before the extension/],
  ['foreign', { ...without, tab: { open: true, url: 'chrome://version' } }, null, /keeps extensions out/],
  ['closed', { ...without, tab: { open: false, url: '' } }, null, /is closed/],
  ['permission', { ...DIAGNOSIS, permissions: { ...DIAGNOSIS.permissions, page: false } }, 'permit', /may not see/],
  ['worker', null, null, /worker does not answer/],
])('%s: says why nothing shows, what it means, and offers what helps', async (wanted, diagnosis, remedy, title) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 200 })
  await open(diagnosis)
  await waitFor(() => expect(verdict()).toBe(wanted))
  vi.useRealTimers()
  expect(empty()?.querySelector('h2')?.textContent).toMatch(title)
  expect(empty()?.querySelector('p')?.textContent).toMatch(/\S{2,} .+\.$/)
  expect(buttons()).toEqual(remedy ? [remedy, 'diagnose'] : ['diagnose'])
})

test('recording off, then paused on this site: each is said, and a click ends it; in every view that has nothing', async () => {
  await open(DIAGNOSIS)
  await waitFor(() => expect(verdict()).toBe('quiet'))
  await saveSettings({ recording: false })
  for (const view of ['events', 'merge', 'identity'] as const) {
    showView(view)
    await waitFor(() => expect(verdict()).toBe('off'))
  }
  const press = () => fireEvent.click(document.querySelector('.empty [data-action="record-now"]') as HTMLElement)
  press()
  await waitFor(() => expect(verdict()).toBe('quiet'))
  await saveSettings({ pausedSites: ['shop.example'] })
  await waitFor(() => expect(verdict()).toBe('paused'))
  expect(empty()?.textContent).toContain('What happens on shop.example now is not kept.')
  press()
  await waitFor(() => expect(panel.getState().settings.pausedSites).toEqual([]))
})

test('what the notice above offers already is not offered twice', async () => {
  await open(without, HELLO, 'none')
  await waitFor(() => expect(verdict()).toBe('reload'))
  expect(buttons()).toEqual(['diagnose'])
  expect(document.querySelectorAll('[data-action="reload"]').length).toBe(1)
})
