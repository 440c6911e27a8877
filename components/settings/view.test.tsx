// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DEFAULTS } from '../../utils/settings'
import { openPanel } from '../fixtures/open'
import { story } from '../fixtures/story'
import { panel, saveSettings, showView } from '../store'
import { writeSettings } from './file'

configure({ asyncUtilTimeout: 20_000 })

const find = (selector: string) => document.querySelector<HTMLElement>(selector)
const press = (action: string) => fireEvent.click(find(`[data-action="${action}"]`) as HTMLElement)
const settings = () => panel.getState().settings
const PEOPLE = [{ label: 'An', cid: 'C-1' }]

beforeEach(async () => {
  await openPanel(story().entries, { view: 'settings' })
  await saveSettings({ people: PEOPLE })
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

/** Brings a file as a user does. */
const bring = (text: string, name = 'mine.json') =>
  fireEvent.change(find('[data-action="import-settings"]') as HTMLElement, {
    target: { files: [new File([text], name)] },
  })
const said = (text: RegExp) => waitFor(() => expect(find('[data-field="settings-file"]')?.textContent).toMatch(text))

test('a file of settings is taken as a whole, what is wrong in it is named, and names of CIDs stay', async () => {
  bring(writeSettings({ ...DEFAULTS, hosts: ['t.shop.vn'], masking: false, retention: { events: 7, days: 30 } }))
  await said(/^Taken from mine.json, 1 value could not be used/)
  expect(settings()).toEqual({
    ...DEFAULTS,
    hosts: ['t.shop.vn'],
    masking: false,
    retention: { events: DEFAULTS.retention.events, days: 30 },
    people: PEOPLE,
  })
  expect(document.body.textContent).toContain('Setting retention.events is 7, but must be at least 1,000')
})

test.each([
  ['delete-everything', 'confirm-delete'],
  ['reset-settings', 'confirm-reset-settings'],
])('%s: who says no is back where he asked', async (action, confirm) => {
  await waitFor(() => expect(find(`[data-action="${action}"]`)).toBeTruthy())
  press(action)
  await waitFor(() => expect(document.activeElement).toBe(find(`[data-action="${confirm}"]`)))
  fireEvent.keyDown(document.activeElement as Element, { key: 'Escape' })
  await waitFor(() => expect(find(`[data-action="${confirm}"]`)).toBeNull())
  await waitFor(() => expect(document.activeElement).toBe(find(`[data-action="${action}"]`)))
})

test('a limit that is stepped by keys keeps its field, and follows what a file brings', async () => {
  const field = () => find('[name="retention-events"]') as HTMLInputElement
  await waitFor(() => expect(field()).toBeTruthy())
  const before = field()
  fireEvent.input(before, { target: { value: '60000' } })
  fireEvent.change(before)
  await waitFor(() => expect(settings().retention.events).toBe(60_000))
  expect(field()).toBe(before)
  await saveSettings({ retention: { ...settings().retention, events: 70_000 } })
  await waitFor(() => expect(field().value).toBe('70000'))
})

test('another file changes nothing, and the reason is said', async () => {
  const before = settings()
  bring('{"log": {}}', 'visit.har')
  await said(/visit.har can’t be used: it is no file with settings/)
  expect(settings()).toBe(before)
})

test('export writes a file that import reads', async () => {
  const saved: Blob[] = []
  vi.spyOn(URL, 'createObjectURL').mockImplementation(blob => {
    saved.push(blob as Blob)
    return 'blob:x'
  })
  await saveSettings({ theme: 'dark' })
  press('export-settings')
  const text = (await saved[0]?.text()) ?? ''
  await saveSettings({ theme: 'light' })
  bring(text)
  await said(/0 values/)
  expect(settings().theme).toBe('dark')
})

test('reset asks first, then all is as at first', async () => {
  await saveSettings({ theme: 'dark', hosts: ['t.shop.vn'] })
  press('reset-settings')
  await waitFor(() => expect(find('[role="alertdialog"]')).not.toBeNull())
  expect(settings().theme).toBe('dark')
  press('confirm-reset-settings')
  await waitFor(() => expect(settings()).toEqual(DEFAULTS))
})

test('? lists the keys, wherever nobody is writing; keys of one character can be switched off', async () => {
  showView('identity')
  fireEvent.keyDown(document.body, { key: '?', shiftKey: true })
  await waitFor(() => expect(find('dialog')?.textContent).toContain('Ctrl+E'))
  fireEvent.click(find('dialog [aria-label="Close"]') as HTMLElement)
  await waitFor(() => expect(find('dialog')).toBeNull())

  showView('settings')
  await waitFor(() => expect(find('[name="hosts"]')).not.toBeNull())
  fireEvent.keyDown(find('[name="hosts"]') as HTMLElement, { key: '?' })
  await saveSettings({ singleKeys: false })
  fireEvent.keyDown(document.body, { key: '?' })
  expect(panel.getState().help).toBe(false)
})
