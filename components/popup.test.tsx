// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, render, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { LogEntry } from '../utils/identity/entry'
import { DIAGNOSIS, HELLO, MemoryLog, memoryWorld } from './fixtures/memory'
import { NOW, story } from './fixtures/story'
import { prefetch } from './lazy'
import { Popup } from './popup'
import { panel, start } from './store'

configure({ asyncUtilTimeout: 20_000 })

const STORY = story()
const beside = { name: 'button.side', open: vi.fn() } as const
const elsewhere = vi.fn()

async function open(entries: readonly LogEntry[]) {
  const log = new MemoryLog()
  log.append(entries)
  const { world, worker } = memoryWorld(log, HELLO)
  worker.diagnosis = { ...DIAGNOSIS, frames: [], reached: false }
  const end = new AbortController()
  onTestFinished(() => end.abort())
  await start({ ...world, elsewhere }, end.signal)
  await prefetch()
  render(<Popup beside={beside} />)
  await waitFor(() => expect(panel.getState().ready).toBe(true))
}

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  elsewhere.mockClear()
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})
const at = (selector: string) => document.querySelector<HTMLElement>(selector) as HTMLElement

test('it says who it is and what went wrong last; every link leads to the full view', async () => {
  await open(STORY.entries)
  expect(at('[data-field="identity-state"]').textContent).toBe('Identified')
  fireEvent.click(at('[data-action="open-full"]'))
  fireEvent.click(at('[data-field="sdk-state"]'))
  fireEvent.click(at('[data-field="issue-count"]'))
  fireEvent.click(at('[data-field="identity-since"] a'))
  const event = Number(at('[data-field="identity-since"] a').getAttribute('href')?.slice(1))
  expect(elsewhere.mock.calls).toEqual([
    ['identity', null],
    ['diagnostics', null],
    ['identity', null],
    ['events', event],
  ])
  expect(panel.getState().view).toBe('identity')
  fireEvent.click(at('[data-action="open-beside"]'))
  expect(beside.open).toHaveBeenCalledOnce()
})

test('the last issue is the one that spoke last', async () => {
  await open(STORY.entries)
  const [rule] = [...document.querySelectorAll<HTMLElement>('main [data-rule]')].map(each => each.dataset.rule)
  const { log } = panel.getState()
  const [holder] = log.reduction.holders(NOW)
  const issues = log.reduction.issues(holder?.key ?? '', NOW)
  expect(issues.find(each => each.rule === rule)?.last).toBe(Math.max(...issues.map(({ last }) => last)))
  expect(document.querySelectorAll('main [data-rule]').length).toBe(1)
})

test('where nothing was seen it says why, as Diagnostics do', async () => {
  await open([])
  await waitFor(() => expect(at('[data-field="nothing"]').dataset.verdict).toBe('reload'))
})
