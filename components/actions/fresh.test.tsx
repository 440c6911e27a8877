// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, expect, test } from 'vitest'
import type { Kept } from '../../utils/messages'
import { HELLO } from '../fixtures/memory'
import { openPanel } from '../fixtures/open'
import { story, UIDS } from '../fixtures/story'
import { siteOf } from '../page'
import { panel } from '../store'

configure({ asyncUtilTimeout: 20_000 })
afterEach(cleanup)

const KEPT: Kept[] = [
  { where: 'cookie', owner: '.shop.example', name: '_asm_uid', value: UIDS[2] },
  { where: 'localStorage', owner: 'https://shop.example', name: '_asm_uid', value: UIDS[2] },
]
const find = (selector: string) => document.querySelector<HTMLElement>(selector)
const press = (action: string) => fireEvent.click(find(`[data-action="${action}"]`) as HTMLElement)

test('what goes is shown first, and nothing goes before it is said so', async () => {
  const { asked, worker } = await openPanel(story().entries, { view: 'actions' })
  worker.kept = KEPT
  const fresh = () => asked.filter(({ kind }) => kind === 'fresh').length
  press('fresh')
  await waitFor(() => expect(find('dialog')?.textContent).toContain(UIDS[2]))
  expect(document.querySelectorAll('[data-kept="_asm_uid"]').length).toBe(2)
  expect(find('dialog')?.textContent).toContain('localStorage · https://shop.example')
  fireEvent.click(find('dialog [aria-label="Close"]') as HTMLElement)
  await waitFor(() => expect(find('dialog')).toBeNull())
  expect(fresh()).toBe(0)

  press('fresh')
  await waitFor(() => expect(find('dialog')).not.toBeNull())
  press('confirm-fresh')
  await waitFor(() => expect(find('[data-field="fresh"]')?.textContent).toMatch(/^2 values were cleared/))
  expect(fresh()).toBe(1)
  expect(asked.at(-1)).toEqual({ kind: 'fresh', tab: 7, site: 'shop.example' })
})

test('the tab goes elsewhere while the question stands: it is of the site that was shown', async () => {
  const { asked, worker } = await openPanel(story().entries, { view: 'actions' })
  worker.kept = KEPT
  press('fresh')
  await waitFor(() => expect(find('dialog')?.textContent).toContain('shop.example'))
  worker.hello = { ...HELLO, site: 'quiet.example' }
  worker.loaded()
  await waitFor(() => expect(siteOf(panel.getState())).toBe('quiet.example'))
  expect(find('dialog')?.textContent).not.toContain('quiet.example')
  press('confirm-fresh')
  await waitFor(() =>
    expect(asked.find(({ kind }) => kind === 'fresh')).toEqual({ kind: 'fresh', tab: 7, site: 'shop.example' }),
  )
})

test('what could not be cleared is named', async () => {
  const { worker } = await openPanel(story().entries, { view: 'actions' })
  worker.kept = KEPT
  worker.stuck = KEPT.slice(0, 1)
  press('fresh')
  await waitFor(() => expect(find('dialog')).not.toBeNull())
  press('confirm-fresh')
  await waitFor(() => expect(find('[data-field="fresh"]')?.textContent).toBe('Could not be cleared: _asm_uid'))
})
