// @vitest-environment happy-dom
import { fireEvent, waitFor } from '@testing-library/preact'
import { expect, test } from 'vitest'
import { openPanel } from '../fixtures/open'
import { june, story } from '../fixtures/story'
import { panel } from '../store'

const find = (selector: string) => document.querySelector<HTMLElement>(selector)
const shown = (name: string) =>
  [...document.querySelectorAll<HTMLElement>(`[data-${name}]`)].map(each => each.dataset[name])

test('with “Keep log” off the list shows what the present page sent; nothing is deleted, and one click brings all back', async () => {
  const entries = story().entries.filter(({ at }) => at >= june(7, '10:41:00') && at <= june(7, '10:43:00'))
  await openPanel(entries, { view: 'events' })
  await waitFor(() => expect(shown('page').length).toBeGreaterThan(1))
  const all = panel.getState().log.events
  const before = shown('event').length
  fireEvent.click(find('.ev-bar input[type="checkbox"]') as HTMLElement)
  await waitFor(() => expect(shown('page')).toHaveLength(1))
  expect(shown('event').length).toBeLessThan(before)
  expect(panel.getState().settings.keepLog).toBe(false)
  expect(find('[data-field="event-count"]')?.textContent).toBe(String(all))
  fireEvent.click(find('[data-tab="diagnostics"]') as HTMLElement)
  await waitFor(() => expect(find('.terms')?.textContent).toContain('“Keep log” is off'))
})
