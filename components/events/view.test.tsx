// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, renderHook, waitFor } from '@testing-library/preact'
import { afterEach, describe, expect, test } from 'vitest'
import { openPanel } from '../fixtures/open'
import { june, story } from '../fixtures/story'
import { openEvent, panel, setExporting } from '../store'
import { useRows } from './rows'

// The condition ends the waiting; this only bounds it on a machine that does other things besides.
configure({ asyncUtilTimeout: 20_000 })
afterEach(() => {
  cleanup()
  localStorage.clear()
})

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

const someHours = () => story().entries.filter(({ at }) => at >= june(7, '10:41:00') && at <= june(7, '10:42:08.000'))
const head = (id: string) => find(`[data-sort="${id}"]`) as HTMLElement
const listed = () =>
  [...document.querySelectorAll<HTMLElement>('.all [data-event]')].map(({ dataset }) => Number(dataset.event))

test('a column’s name sorts: up, down, and back to the order of time with its pages; “n new” leads back too', async () => {
  const { log } = await openPanel(someHours(), { view: 'events' })
  await waitFor(() => expect(listed().length).toBeGreaterThan(2))
  const byTime = listed()
  const byName = () => listed().map(id => panel.getState().log.event(id)?.facts.ec ?? '')
  fireEvent.click(head('event'))
  await waitFor(() => expect(shown('page')).toEqual([]))
  expect(byName()).toEqual([...byName()].sort())
  expect(head('event').parentElement?.getAttribute('aria-sort')).toBe('ascending')
  fireEvent.click(head('event'))
  await waitFor(() => expect(head('event').parentElement?.getAttribute('aria-sort')).toBe('descending'))
  expect(byName()).toEqual([...byName()].sort().reverse())
  expect(listed()).toEqual(expect.arrayContaining(byTime))
  const newer = story().entries.find(({ id }) => id === 318)
  log.append(newer ? [newer] : [])
  await waitFor(() => expect(find('[data-action="newest"]')?.textContent).toContain('1 new'))
  fireEvent.click(find('[data-action="newest"]') as HTMLElement)
  await waitFor(() => expect(listed().slice(0, byTime.length)).toEqual(byTime))
  expect(panel.getState().following).toBe(true)
  fireEvent.click(head('event'))
  fireEvent.click(head('event'))
  fireEvent.click(head('event'))
  await waitFor(() => expect(listed().slice(0, byTime.length)).toEqual(byTime))
  expect(shown('page').length).toBeGreaterThan(0)
})

test('a sorted list keeps its order while something else looks at what it shows', async () => {
  await openPanel(someHours(), { view: 'events' })
  await waitFor(() => expect(listed().length).toBeGreaterThan(2))
  fireEvent.click(head('event'))
  await waitFor(() => expect(shown('page')).toEqual([]))
  const sorted = listed()
  setExporting(true)
  await waitFor(() => expect(find('dialog')).toBeTruthy())
  expect(listed()).toEqual(sorted)
  const { result } = renderHook(() => useRows(panel.getState()))
  expect(result.current.rows.map(({ id }) => id)).toEqual(sorted)
})

test('columns are chosen and sized, and found so again', async () => {
  await openPanel(someHours(), { view: 'events' })
  await waitFor(() => expect(head('about')).toBeTruthy())
  fireEvent.click(find('[data-action="columns"]') as HTMLElement)
  const tick = (id: string) => fireEvent.click(find(`[data-column="${id}"] input`) as HTMLElement)
  tick('lane')
  tick('about')
  await waitFor(() => expect(head('lane')).toBeTruthy())
  expect(head('about')).toBeNull()
  expect(find('.all [data-event]')?.textContent).toContain('both')
  fireEvent.keyDown(head('lane'), { key: 'ArrowRight', shiftKey: true })
  await waitFor(() => expect(find('#rows')?.getAttribute('style')).toContain('28px'))
  fireEvent.click(find('[data-tab="identity"]') as HTMLElement)
  fireEvent.click(find('[data-tab="events"]') as HTMLElement)
  await waitFor(() => expect(head('lane')).toBeTruthy())
  fireEvent.click(find('[data-action="columns"]') as HTMLElement)
  fireEvent.click(find('[data-action="usual-columns"]') as HTMLElement)
  await waitFor(() => expect(head('lane')).toBeNull())
  expect(head('about')).toBeTruthy()
})

test('the names of the columns are one tab stop, with arrows inside; Enter there is theirs, not the rows’', async () => {
  await openPanel(someHours(), { view: 'events' })
  await waitFor(() => expect(head('event')).toBeTruthy())
  head('time').focus()
  fireEvent.keyDown(head('time'), { key: 'ArrowRight' })
  expect(document.activeElement).toBe(head('event'))
  expect([head('time').tabIndex, head('event').tabIndex]).toEqual([-1, 0])
  const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })
  head('event').dispatchEvent(enter)
  expect(enter.defaultPrevented).toBe(false)
})

describe('the detail of an event', () => {
  const STACK = `Error
    at send (https://www.googletagmanager.com/gtm.js?id=GTM-AB12CD3:7:100)
    at https://shop.example/login.js:42:7`
  const opened = async (id: number, stack: string, dataLayer?: string) => {
    const { entries, payloads } = story()
    const changed = payloads.map(each =>
      each.call ? { ...each, call: { ...each.call, stack, ...(dataLayer && { dataLayer }) } } : each,
    )
    await openPanel(entries, { view: 'events', payloads: changed })
    openEvent(id)
    await waitFor(() => expect(find('#detail .tree')).toBeTruthy())
  }

  test('tells the issues that it is evidence of, with links to the other events', async () => {
    await opened(305, '')
    const issue = find('#detail [data-rule="blocked"]') as HTMLElement
    expect(issue).toBeTruthy()
    fireEvent.click(issue.querySelector('button') as HTMLElement)
    await waitFor(() => expect(issue.querySelector('.kv')?.textContent).toBeTruthy())
    expect([...issue.querySelectorAll('a')].map(({ textContent }) => textContent)).toContainEqual(
      expect.stringMatching(/^#305/),
    )
  })

  test('names the tag manager’s container that ran it, and the last event of its dataLayer', async () => {
    await opened(318, STACK, 'purchase')
    await waitFor(() => expect(find('[data-field="cause"]')?.textContent).toContain('GTM-AB12CD3'))
    expect(find('[data-field="cause"]')?.textContent).toContain('dataLayer purchase')
  })

  test.each([
    ['there is none', STACK, undefined],
    ['the container reads another one', STACK.replace('GTM-AB12CD3', 'GTM-AB12CD3&l=shopLayer'), 'purchase'],
  ])('says that the event of its dataLayer is not seen when %s', async (_, stack, event) => {
    await opened(318, stack, event)
    await waitFor(() => expect(find('[data-field="cause"]')?.textContent).toContain('not seen ?'))
    expect(find('[data-field="cause"]')?.textContent).not.toContain('purchase')
    fireEvent.click(find('[data-detail="stack"]') as HTMLElement)
    // Nothing opens Sources here: the place is copied instead.
    await waitFor(() => expect(find('#detail .raw')?.textContent).toContain('login.js:42:7'))
    expect(find('[data-action="open-source"]')).toBeNull()
    expect(find('#detail .raw .cp')).toBeTruthy()
  })
})
