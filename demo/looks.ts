/**
 * All that the panel can look like once a visit was seen: its views, and what opens in them. The pictures are taken of these, and the
 * test of how the panel can be reached looks at each.
 */
import type { Panel } from '../e2e/drive/panel'

export interface Look {
  name: string
  /** Brings it up, from whatever the look before it left. */
  open(panel: Panel): Promise<void>
  /** Puts away what the next look should not have. */
  close?(panel: Panel): Promise<void>
  /** Only there when the panel is as narrow as a side panel. */
  narrow?: true
}

const escape = (panel: Panel): Promise<void> => panel.press('Escape')

/** The list with the detail of its first event of a name open. */
async function openEvent(panel: Panel, name: string): Promise<void> {
  await panel.show('events')
  await panel.waitFor(wanted => {
    const rows = [...document.querySelectorAll<HTMLElement>('.gr[data-event]')]
    const row = rows.find(each => each.textContent?.includes(wanted))
    row?.click()
    return row !== undefined || null
  }, name)
}

/** In a view (default: where the panel is), what one click opens; `shows` is there once it is open. */
const clicked = (selector: string, shows: string, view?: Parameters<Panel['show']>[0]) => async (panel: Panel) => {
  if (view) await panel.show(view)
  await panel.click(selector)
  await panel.waitFor(wanted => document.querySelector(wanted), shows)
}

const detail = (tab: string, shows: string) => clicked(`[data-detail="${tab}"]`, shows)

/** In the order in which they are brought up. */
export const LOOKS: readonly Look[] = [
  { name: 'identity', open: panel => panel.show('identity') },
  {
    name: 'identity-marker',
    open: async panel => {
      await panel.show('identity')
      await panel.evaluate(() => [...document.querySelectorAll<SVGGElement>('.mk')].at(-2)?.focus())
    },
    close: panel => panel.evaluate(() => (document.activeElement as HTMLElement | null)?.blur()),
  },
  {
    name: 'identity-issue',
    open: clicked('[data-rule] > button', '[data-rule][data-open]', 'identity'),
    close: panel => panel.click('[data-rule] > button'),
  },
  { name: 'events-list', open: panel => panel.show('events') },
  {
    name: 'events-words',
    open: async panel => {
      await panel.show('events')
      await panel.fill('#filter', 'ec:')
      await panel.waitFor(() => document.querySelector('[role="option"]'))
    },
    close: async panel => {
      await escape(panel)
      await panel.fill('#filter', '')
    },
  },
  {
    name: 'events-fault',
    open: async panel => {
      await panel.show('events')
      await panel.fill('#filter', 'status:>=abc (ec:user')
      await panel.waitFor(() => document.querySelector('.q.wrong'))
      await panel.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    },
    close: panel => panel.fill('#filter', ''),
  },
  {
    name: 'events-help',
    open: clicked('[data-action="filter-help"]', '.q-help', 'events'),
    close: escape,
  },
  {
    name: 'events-columns',
    open: clicked('[data-action="columns"]', '[data-action="usual-columns"]', 'events'),
    close: escape,
  },
  {
    name: 'events-at-pointer',
    open: async panel => {
      await panel.show('events')
      // The newest: the others may be above what is in view.
      const newest = (await panel.marks('.all [data-event]', 'event')).at(-1)
      await panel.rightClick(`.all [data-event="${newest}"]`)
      await panel.waitFor(() => document.querySelector('.ev-menu'))
    },
    close: escape,
  },
  {
    name: 'events-kept',
    open: async panel => {
      await panel.show('events')
      await panel.fill('#filter', 'ec:user -rule:logout-*')
      await panel.click('[data-action="filters"]')
      await panel.waitFor(() => document.querySelector('[name="filter-name"]'))
    },
    close: async panel => {
      await escape(panel)
      await panel.fill('#filter', '')
    },
  },
  {
    name: 'events-none',
    open: async panel => {
      await panel.show('events')
      await panel.fill('#filter', 'nothing-is-called-so')
      await panel.waitFor(() => document.querySelector('.empty'))
    },
    close: panel => panel.click('.empty button'),
  },
  {
    name: 'events',
    open: async panel => {
      await openEvent(panel, 'user/sign_in')
      await panel.waitFor(() => document.querySelector('#detail [role="treeitem"]'))
    },
  },
  {
    name: 'events-menu',
    open: clicked('[data-action="event-menu"]', '.ev-menu'),
    close: escape,
  },
  { name: 'events-raw', open: detail('raw', '#detail pre') },
  { name: 'events-chain', open: detail('chain', '#detail .steps') },
  { name: 'events-stack', open: detail('stack', '#detail .raw') },
  {
    name: 'events-compare',
    open: async panel => {
      // One that has others of its kind before it.
      const newest = (await panel.marks('.all [data-event]', 'event')).at(-1)
      await panel.click(`.all [data-event="${newest}"]`)
      await clicked('[data-detail="compare"]', '[data-field="compare"]')(panel)
    },
    close: detail('decoded', '#detail'),
  },
  { name: 'merge', open: panel => panel.show('merge') },
  { name: 'check-start', open: panel => panel.show('check') },
  {
    name: 'check',
    open: async panel => {
      await panel.show('check')
      if ((await panel.count('[data-step]')) === 0) await panel.click('[data-action="check-start"]')
      await panel.waitFor(() => document.querySelector('[data-step="1"] .ck-title'))
      if ((await panel.count('.ck-open')) === 0) await panel.click('[data-step="1"] .ck-title')
      await panel.waitFor(() => document.querySelector('.ck-open'))
    },
  },
  {
    name: 'actions',
    open: async panel => {
      await panel.show('actions')
      await panel.fill('#cid-text', '0900 000 000')
      await panel.waitFor(() => document.querySelector('.facts'))
    },
  },
  {
    name: 'actions-fresh',
    open: clicked('[data-action="fresh"]', 'dialog[open] .kept dt', 'actions'),
    close: escape,
  },
  { name: 'diagnostics', open: panel => panel.show('diagnostics') },
  { name: 'settings', open: panel => panel.show('settings') },
  {
    name: 'settings-reset',
    open: clicked('[data-action="reset-settings"]', '[data-action="confirm-reset-settings"]', 'settings'),
    close: escape,
  },
  {
    name: 'settings-delete',
    open: clicked('[data-action="delete-everything"]', '[data-action="confirm-delete"]', 'settings'),
    close: escape,
  },
  {
    name: 'help',
    open: clicked('[data-action="help"]', 'dialog[open] .keys', 'identity'),
    close: escape,
  },
  {
    name: 'clear',
    open: clicked('footer [data-action="clear"]', '[data-action="confirm-clear"]'),
    close: escape,
  },
  {
    name: 'views',
    open: clicked('[data-action="more-views"]', '.menu'),
    close: escape,
    narrow: true,
  },
]
