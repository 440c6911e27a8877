// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/preact'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { EventEntry, LogEntry, PageEntry, Payload, SdkEntry } from '../utils/identity/entry'
import type { Attachment, Hello } from '../utils/messages'
import { mark, run } from './deeds'
import { DIAGNOSIS, HELLO, type MemoryLog, type memoryWorld } from './fixtures/memory'
import { openPanel } from './fixtures/open'
import { CID, eventEntry, june, NOW, story, UIDS } from './fixtures/story'
import { goBack, openEvent, panel, saveSettings, setFilter, showView } from './store'

// The condition ends the waiting; these only bound it on a machine that does other things besides.
configure({ asyncUtilTimeout: 20_000 })

const STORY = story()
let log: MemoryLog
let asked: ReturnType<typeof memoryWorld>['asked']
let worker: ReturnType<typeof memoryWorld>['worker']

async function open(
  entries: readonly LogEntry[] = STORY.entries,
  hello: Hello = HELLO,
  attached: Attachment = 'whole',
) {
  ;({ log, asked, worker } = await openPanel(entries, { payloads: STORY.payloads, hello, attached }))
}

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  // happy-dom lays nothing out; a list without height has no rows.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const field = (name: string) => document.querySelector(`[data-field="${name}"]`)?.textContent?.trim()
const row = (id: number) => document.querySelector<HTMLElement>(`[data-event="${id}"]`)
/** The row of an event, once it is drawn. */
const drawn = (id: number) =>
  waitFor(() => {
    const found = row(id)
    if (!found) throw new Error(`no row of #${id}`)
    return found
  })
const action = (name: string) => document.querySelector<HTMLButtonElement>(`[data-action="${name}"]`)
const tab = (name: string) => fireEvent.click(document.querySelector(`[data-tab="${name}"]`) as HTMLElement)
const selectedTab = () => document.querySelector('[role="tab"][id][aria-selected="true"]') as HTMLElement
/** A part of the story that fits the list. */
const upTo = (time: string) => STORY.entries.filter(({ at }) => at >= june(7, '10:41:00') && at <= june(7, time))

describe('the tab bar', () => {
  /** Gives the bar this width and every part of it 70 px, the chooser of holders 84; what the browser would tell of sizes is told at once. */
  const wide = (px: number) => {
    vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(70)
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(px)
    vi.stubGlobal(
      'ResizeObserver',
      class {
        constructor(private readonly on: () => void) {}
        observe() {
          this.on()
        }
        disconnect() {}
      },
    )
    onTestFinished(() => void vi.unstubAllGlobals())
  }
  const tabs = () =>
    [...document.querySelectorAll<HTMLElement>('.tab:not(.over)[data-tab]')].map(each => each.dataset.tab)
  const items = () => [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].map(each => each.dataset.view)
  const more = () => action('more-views') as HTMLButtonElement

  test.each([
    [1400, ['identity', 'events', 'merge', 'check', 'actions', 'diagnostics', 'settings'], []],
    [480, ['identity', 'events', 'merge', 'settings'], ['check', 'actions', 'diagnostics']],
    [400, ['identity', 'events', 'settings'], ['merge', 'check', 'actions', 'diagnostics']],
  ])('%i px: what has no room stands in a menu, in its order', async (px, shown, hidden) => {
    wide(px)
    await open()
    await waitFor(() => expect(tabs()).toEqual(shown))
    expect(document.querySelector('.more')?.classList.contains('over')).toBe(hidden.length === 0)
    if (hidden.length === 0) return
    fireEvent.click(more())
    await waitFor(() => expect(items()).toEqual(hidden))
    expect(more().getAttribute('aria-expanded')).toBe('true')
  })

  test('a view from the menu gets a tab; keys walk the menu, and Esc leads back', async () => {
    wide(480)
    await open()
    fireEvent.click(more())
    await waitFor(() => expect(document.activeElement).toHaveProperty('dataset.view', 'check'))
    fireEvent.keyDown(document.activeElement as HTMLElement, { key: 'End' })
    expect(document.activeElement).toHaveProperty('dataset.view', 'diagnostics')
    fireEvent.keyDown(document.activeElement as HTMLElement, { key: 'Escape' })
    await waitFor(() => expect(items()).toEqual([]))
    expect(document.activeElement).toBe(more())
    fireEvent.click(more())
    await waitFor(() => expect(items()).toContain('diagnostics'))
    fireEvent.click(document.querySelector('[data-view="diagnostics"]') as HTMLElement)
    await waitFor(() => expect(tabs()).toEqual(['identity', 'events', 'diagnostics', 'settings']))
    expect(selectedTab().dataset.tab).toBe('diagnostics')
    await waitFor(() => expect(document.activeElement).toBe(selectedTab()))
  })
})

describe('the header', () => {
  test('says who it is, whole and by which call', async () => {
    await open()
    expect(field('identity-state')).toBe('Identified')
    expect(field('identity-since')).toContain('user/sign_in')
    expect(field('uid')).toBe(UIDS[2])
    expect(field('aid')).toBe('1166000999')
    expect(field('cid')).toBe(CID)
    expect(field('cid-recipe')).toBe('= md5(phone)')
    expect(field('portal')).toBe('561234567')
    expect(field('prop')).toBe('565000001')
    expect(field('sdk-state')).toBe('live')
    expect(field('event-count')).toMatch(/^\d+$/)
    expect(field('issue-count')).toContain('1 error')
  })

  test('unknown stands as a dash in its place', async () => {
    await open([])
    for (const name of ['identity-state', 'uid', 'aid', 'cid', 'portal', 'prop']) expect(field(name)).toBe('—')
    expect(field('sdk-state')).toBe('not seen')
    expect(field('event-count')).toBe('0')
    expect(await screen.findByText('Nothing stops events; the SDK has sent none yet.')).toBeTruthy()
  })

  test('follows what is logged, without being asked', async () => {
    await open(upTo('10:42:05.000'))
    expect(field('identity-state')).toBe('Anonymous')
    log.append(upTo('10:42:08.000'))
    await waitFor(() => expect(field('identity-state')).toBe('Identified'))
    const [page] = STORY.entries.filter(({ kind }) => kind === 'page')
    const blocked: SdkEntry = {
      ...(STORY.entries.find(entry => entry.kind === 'sdk' && entry.place.doc === 'd9') as SdkEntry),
      id: 9000,
      state: 'queue',
      queue: 3,
      at: june(7, '10:42:09.000'),
    }
    expect(page).toBeDefined()
    log.append([blocked])
    await waitFor(() => expect(field('sdk-state')).toBe('waiting in queue (3)'))
  })

  test('its evidence is a link to the event', async () => {
    await open()
    fireEvent.click(within(document.querySelector<HTMLElement>('.who') as HTMLElement).getByRole('link'))
    expect(panel.getState()).toMatchObject({ view: 'events', selected: 318 })
    fireEvent.keyDown(document.body, { key: 'ArrowLeft', altKey: true })
    expect(panel.getState()).toMatchObject({ view: 'identity', selected: null })
  })
})

describe('another tab', () => {
  test('counts as identity, never as a row', async () => {
    await open(STORY.entries.map(entry => ({ ...entry, place: { ...entry.place, tab: 's1:99' } })))
    expect(field('event-count')).toBe('0')
    expect(field('uid')).toBe(UIDS[2])
  })
})

describe('identity view', () => {
  test('the picture can be walked by keys, and opens the event', async () => {
    await open()
    const tip = () => document.querySelector('[role="tooltip"]')
    const markers = [...document.querySelectorAll<SVGGElement>('.mk[role="button"]')]
    expect(markers.filter(each => each.getAttribute('tabindex') === '0')).toHaveLength(1)
    const evidence = markers.find(each => each.getAttribute('tabindex') === '0') as SVGGElement
    expect(evidence.getAttribute('aria-label')).toMatch(/^Login, user\/sign_in/)
    evidence.focus()
    await waitFor(() => expect(tip()?.textContent).toContain('dims.customers.customer_id'))
    fireEvent.keyDown(evidence, { key: 'Home' })
    await waitFor(() => expect(tip()?.textContent).toContain(UIDS[0]))
    fireEvent.keyDown(document.activeElement as HTMLElement, { key: 'Escape' })
    await waitFor(() => expect(tip()).toBeNull())
    fireEvent.keyDown(document.activeElement as HTMLElement, { key: 'Enter' })
    expect(panel.getState().view).toBe('events')
  })

  test('page loads and issues have their names', async () => {
    await open()
    const titles = [...document.querySelectorAll('.tl-body svg title')].map(({ textContent }) => textContent)
    expect(titles).toContainEqual(expect.stringMatching(/^page load \/\S* \d\d:\d\d:\d\d$/))
    expect(titles).toContain(`Identified as ${CID} since 10:42:07 by user/sign_in (dims.customers.customer_id)`)
    expect(titles).toContainEqual(expect.stringMatching(/^Still identified .* after logout/))
  })

  test('attributes: value, type, who set it; panel’s are marked; asked and not sent is dashed', async () => {
    const payloads: Payload[] = []
    const asked = eventEntry(
      {
        id: 420,
        at: june(7, '10:57:50'),
        who: 2,
        name: 'user/identify',
        cid: CID,
        customers: { city: 'Huế' },
        doc: 'd12',
        outcome: { state: 'blocked', by: 'client', error: 'x' },
      },
      payloads,
    )
    await open([...STORY.entries, asked])
    const rows = (code: string) =>
      [...document.querySelectorAll(`[data-attribute="${code}"][data-owner="customer ${CID}"]`)].map(
        each => each.textContent,
      )
    expect(rows('email_opt_in')[0]).toMatch(/true.*Boolean.*#377 user\/identify.*panel/)
    expect(rows('city')).toEqual([expect.stringContaining('Đà Nẵng'), expect.stringMatching(/Huế.*asked, not sent/)])
    fireEvent.input(screen.getByLabelText('code or value'), { target: { value: 'newsletter' } })
    await waitFor(() => expect(document.querySelectorAll('[data-attribute]')).toHaveLength(1))
  })

  test('an issue tells why it matters and how to fix it when it is opened', async () => {
    await open()
    const issue = document.querySelector<HTMLElement>('[data-rule="logout-keeps-cid"]') as HTMLElement
    expect(issue.textContent).not.toContain('To fix')
    fireEvent.click(within(issue).getByRole('button'))
    await waitFor(() => expect(issue.textContent).toContain('To fix'))
    fireEvent.click(within(issue).getByRole('link', { name: /#303/ }))
    expect(panel.getState().selected).toBe(303)
  })
})

describe('told apart', () => {
  test('of this tab only, when another tab did the login', async () => {
    const elsewhere = STORY.entries.map(entry =>
      entry.kind === 'event' && entry.id >= 318 ? { ...entry, place: { ...entry.place, tab: 's1:8' } } : entry,
    )
    await open(elsewhere)
    const why = () => document.querySelector('section[aria-label^="Why"]')?.getAttribute('aria-label')
    const before = why()
    expect(before).toBe('Why identified')
    fireEvent.change(screen.getByLabelText('Tabs'), { target: { value: 'this' } })
    expect(why()).toBe('Why anonymous')
    // The strip goes on telling of the page, not of the part that is looked at.
    expect(field('identity-state')).toBe('Identified')
    // One source: there is nothing to choose.
    expect(screen.queryByLabelText('Sources')).toBeNull()
    fireEvent.change(screen.getByLabelText('Tabs'), { target: { value: 'all' } })
    expect(why()).toBe(before)
  })

  test('a tab that told nothing says so, and leads back', async () => {
    await open(STORY.entries.map(entry => ({ ...entry, place: { ...entry.place, tab: 's1:8' } })))
    fireEvent.change(screen.getByLabelText('Tabs'), { target: { value: 'this' } })
    expect(screen.getByText('Nothing of this was recorded')).toBeTruthy()
    fireEvent.click(screen.getByText('Show all tabs and sources'))
    expect(screen.queryByText('Nothing of this was recorded')).toBeNull()
  })
})

describe('the evidence of the state, in a sentence', () => {
  test('since when, by which event, read from where, and how that ended', async () => {
    await open()
    expect(field('evidence')).toBe(
      'Identified as 8e30…3ae9 since 10:51:20 by user/sign_in (dims.customers.customer_id), 200',
    )
  })
  test('anonymous', async () => {
    await open(STORY.entries.filter(({ at }) => at < june(7, '10:51:00.000')))
    expect(field('evidence')).toMatch(/^Anonymous since 10:47:02 by user\/reset_anonymous_id, 200$/)
  })
  test('nothing seen, nothing said', async () => {
    await open([])
    expect(field('evidence')).toBeUndefined()
  })
})

describe('web or app', () => {
  const judged = () => screen.getByLabelText('Judged as') as HTMLSelectElement
  test('as seen, until the tester says otherwise; kept by site', async () => {
    await open()
    expect([...judged().options].map(({ text }) => text)).toEqual(['Web, as seen', 'Web', 'App'])
    const rules = () => [...document.querySelectorAll<HTMLElement>('.iss')].map(({ dataset }) => dataset.rule)
    const before = rules()
    expect(before).toContain('blocked')
    fireEvent.change(judged(), { target: { value: 'app' } })
    await waitFor(() => expect(rules()).not.toContain('blocked'))
    expect(panel.getState().settings.channels).toEqual({ 'shop.example': 'app' })
    fireEvent.change(judged(), { target: { value: 'seen' } })
    await waitFor(() => expect(rules()).toEqual(before))
    expect(panel.getState().settings.channels).toEqual({})
  })
})

describe('a muted rule', () => {
  const issue = () => document.querySelector<HTMLElement>('.iss[data-rule="logout-keeps-cid"]')
  const mute = (note: string) => {
    fireEvent.click(within(issue() as HTMLElement).getByRole('button', { expanded: false }))
    fireEvent.click(action('mute') as HTMLElement)
    const input = document.querySelector<HTMLInputElement>('[name="mute-note"]') as HTMLInputElement
    expect(document.activeElement).toBe(input)
    fireEvent.input(input, { target: { value: note } })
    fireEvent.click(action('mute-yes') as HTMLElement)
  }

  test('leaves list and count with a note, stays countable, and can be heard again', async () => {
    await open()
    expect(field('issue-count')).toContain('1 error')
    mute(' ticket 12 ')
    expect(issue()).toBeNull()
    expect(field('issue-count')).not.toContain('error')
    expect(field('muted-count')).toBe('1 muted')
    expect(panel.getState().settings.mutes).toEqual([
      { site: 'shop.example', rule: 'logout-keeps-cid', note: 'ticket 12' },
    ])
    fireEvent.click(document.querySelector('[data-field="muted-count"]') as HTMLElement)
    fireEvent.click(within(issue() as HTMLElement).getByRole('button', { expanded: false }))
    expect(document.querySelector('[data-muted]')?.textContent).toContain('Muted: ticket 12')
    fireEvent.click(action('unmute') as HTMLElement)
    expect(field('issue-count')).toContain('1 error')
    expect(field('muted-count')).toBeUndefined()
  })

  test('no longer marks its events, and is listed in the settings', async () => {
    await open()
    mute('')
    tab('settings')
    expect(document.querySelector('[data-muted="logout-keeps-cid"]')).toBeTruthy()
    expect(screen.getByLabelText('Muted rules').textContent).toContain('shop.example')
    fireEvent.click(action('unmute') as HTMLElement)
    expect(screen.queryByLabelText('Muted rules')).toBeNull()
  })

  test('speaks on other sites', async () => {
    await open()
    await saveSettings({ mutes: [{ site: 'other.example', rule: 'logout-keeps-cid', note: '' }] })
    await waitFor(() => expect(issue()).toBeTruthy())
    expect(field('muted-count')).toBeUndefined()
  })
})

describe('events view', () => {
  test('rows and pages in order; a click opens the detail, Escape closes it', async () => {
    await open(upTo('10:42:10.000'))
    tab('events')
    expect((await drawn(294)).textContent).toMatch(/user\/sign_in.*CID/)
    expect(document.querySelectorAll('[data-page]').length).toBe(3)
    fireEvent.click(row(294) as HTMLElement)
    const name = () => document.querySelector('[data-path="dims.customers.name"]')
    await waitFor(() => expect(name()?.textContent).toContain('"Nguyễn Thị An"'))
    fireEvent.keyDown(document.querySelector('#rows') as HTMLElement, { key: 'Escape', bubbles: true })
    await waitFor(() => expect(name()).toBeNull())
  })

  test('the payload is read only when it is opened, and its absence is said', async () => {
    await open(upTo('10:42:10.000'))
    tab('events')
    const read = vi.spyOn(log, 'payload').mockResolvedValue(null)
    expect(read).not.toHaveBeenCalled()
    fireEvent.click(await drawn(294))
    expect(await screen.findByText(/no longer kept/)).toBeTruthy()
    expect(read).toHaveBeenCalledTimes(1)
  })

  test('frozen, the panel stands still; live again, it has what came meanwhile', async () => {
    await open(upTo('10:42:05.000'))
    tab('events')
    const before = field('event-count')
    fireEvent.click(await waitFor(() => action('freeze') as HTMLElement))
    log.append(upTo('10:42:08.000').filter(({ id }) => id === 294))
    await waitFor(() => expect(action('freeze')?.textContent).toContain('1 waiting'))
    expect(field('event-count')).toBe(before)
    // What is written anew is no more events.
    const [known, late] = [upTo('10:42:05.000').at(-1), upTo('10:42:08.000').find(({ id }) => id === 294)]
    log.append([known, late].flatMap(entry => (entry ? [{ ...entry }] : [])))
    expect(panel.getState().held).toBe(1)
    fireEvent.click(action('freeze') as HTMLElement)
    await waitFor(() => expect(field('event-count')).toBe(String(Number(before) + 1)))
    expect(action('freeze')?.getAttribute('aria-pressed')).toBe('false')
  })

  test('frozen, every view says so and leads out of it; what the user has run or said is waited for', async () => {
    await open(upTo('10:42:05.000'))
    tab('events')
    const before = Number(field('event-count'))
    const freeze = async () => {
      tab('events')
      fireEvent.click(await waitFor(() => action('freeze') as HTMLElement))
      tab('identity')
      await waitFor(() => expect(action('unfreeze')?.textContent).toMatch(/^Frozen/))
    }
    await freeze()
    log.append(upTo('10:42:08.000').filter(({ id }) => id === 294))
    await waitFor(() => expect(action('unfreeze')?.textContent).toContain('1 waiting'))
    fireEvent.click(action('unfreeze') as HTMLElement)
    await waitFor(() => expect(field('event-count')).toBe(String(before + 1)))
    expect(action('unfreeze')).toBeNull()
    await freeze()
    await mark({ site: 'shop.example', partition: 'normal' }, 'login')
    expect(panel.getState().frozen).toBe(false)
    await freeze()
    await run('remove', 0, [])
    expect(panel.getState().frozen).toBe(false)
  })

  test('an event of the site’s service worker is one of the list, and no other tab’s', async () => {
    const [known] = upTo('10:42:05.000').filter(({ kind }) => kind === 'event') as EventEntry[]
    const place = { ...(known as EventEntry).place, tab: 's1:-1', frame: -1, doc: '' }
    await open([...upTo('10:42:05.000'), { ...(known as EventEntry), id: 900, place }])
    tab('events')
    const count = () => document.querySelector('[data-field="filter-says"]')?.textContent?.trim()
    const all = panel.getState().log.rows.filter(({ kind }) => kind === 'event').length
    expect(all).toBe(panel.getState().log.events + 1)
    await waitFor(() => expect(count()).toMatch(new RegExp(`^${all} `)))
    setFilter('-ea:nothing-like-that')
    await waitFor(() => expect(count()).toMatch(new RegExp(`^${all} of ${all} `)))
    openEvent(900)
    await waitFor(() => expect(document.querySelector('#detail .tree')).toBeTruthy())
    expect(document.querySelector('#detail .ph')?.textContent).not.toContain('other tab')
    log.append([{ ...(known as EventEntry), id: 900, kind: 'void', place, into: known?.id ?? 0 } as never])
    await waitFor(() => expect(panel.getState().log.listed).toBe(all - 1))
  })

  test('an event is copied as what is needed, hidden with its kind, pinned, and compared with the last of its kind', async () => {
    const copied: string[] = []
    document.execCommand = () => {
      copied.push(document.querySelector('textarea')?.value ?? '')
      return true
    }
    await open()
    openEvent(318)
    const choose = async (item: string) => {
      fireEvent.click(await waitFor(() => action('event-menu') as HTMLElement))
      fireEvent.click(
        await waitFor(() => {
          const found = action(item)
          if (!found) throw new Error(`no ${item}`)
          return found
        }),
      )
    }
    await drawn(318)
    for (const format of ['url', 'curl', 'call', 'markdown']) await choose(`copy-${format}`)
    expect(copied[0]).toMatch(/^https:.*sign_in/)
    expect(copied[1]).toMatch(/^curl --globoff --url 'https:/)
    expect(copied[2]).toMatch(/^window\..*sign_in/)
    expect(copied[3]).toContain('| `dims.customers.name` | `"Nguyễn Thị An"` |')
    await choose('compare-before')
    const compared = await waitFor(() => {
      const found = document.querySelector('[data-difference]')
      if (!found) throw new Error('nothing compared')
      return document.querySelector('[data-field="compare"]') as HTMLElement
    })
    expect(compared.textContent).toContain('#294 user/sign_in')
    expect(compared.querySelector('[data-path="uid"][data-difference="changed"]')?.textContent).toContain(UIDS[1])
    await choose('pin')
    await waitFor(() => expect(document.querySelector('[data-pinned="318"]')).not.toBeNull())
    await choose('hide-kind')
    expect(panel.getState().filter).toBe('-(ec:user ea:sign_in)')
    await waitFor(() => expect(row(318)).toBeNull())
    expect(document.querySelector('[data-pinned="318"]')).not.toBeNull()
  })

  test('what a page sends is text: no markup, no link of it', async () => {
    const payloads: Payload[] = []
    const evil = '<img src=x onerror=alert(1)>'
    const entry = eventEntry(
      {
        id: 1,
        at: june(7, '10:42:00'),
        who: 1,
        name: `user/${evil}`,
        cid: CID,
        customers: { name: evil, url: 'javascript:alert(1)' },
        extra: { page_title: evil },
        doc: 'd9',
      },
      payloads,
    )
    await open([])
    log.append([entry], payloads)
    await waitFor(() => expect(field('event-count')).toBe('1'))
    for (const view of ['identity', 'merge', 'actions'] as const) {
      showView(view)
      await waitFor(() => expect(selectedTab().id).toBe(`tab-${view}`))
    }
    openEvent(1)
    await waitFor(() => expect(document.body.textContent).toContain(evil))
    expect(document.querySelectorAll('img, [onerror]')).toHaveLength(0)
    expect([...document.querySelectorAll('a')].every(link => /^#\d+$/.test(link.getAttribute('href') ?? ''))).toBe(true)
  })

  test('one row that can’t be drawn costs itself', async () => {
    const entries = upTo('10:42:10.000')
    const bad = entries.find(({ id }) => id === 292) as EventEntry
    const broken: EventEntry = {
      ...bad,
      facts: {
        ...bad.facts,
        get about(): string {
          throw new Error('unreadable')
        },
      },
    }
    vi.spyOn(console, 'error').mockImplementation(() => {})
    await open(entries.map(entry => (entry.id === 292 ? broken : entry)))
    tab('events')
    expect((await drawn(292)).textContent).toContain('could not be shown')
    expect(row(294)?.textContent).toContain('user/sign_in')
  })

  test('words hide what doesn’t match, and say so', async () => {
    await open(upTo('10:42:10.000'))
    tab('events')
    fireEvent.input(screen.getByLabelText(/^Filter/), { target: { value: 'sign_in' } })
    await waitFor(() => expect(row(292)).toBeNull())
    expect(row(294)?.querySelector('mark')?.textContent).toBe('sign_in')
    expect(screen.getByText(/^1 of \d+ events$/)).toBeTruthy()
    fireEvent.input(screen.getByLabelText(/^Filter/), { target: { value: 'nowhere' } })
    fireEvent.click(await screen.findByRole('button', { name: 'Show all' }))
    await waitFor(() => expect(row(292)).not.toBeNull())
  })

  test('arrow keys move through events and pass over pages', async () => {
    await open(upTo('10:42:10.000'))
    tab('events')
    const list = document.querySelector('#rows') as HTMLElement
    fireEvent.click(await drawn(290))
    fireEvent.keyDown(list, { key: 'ArrowDown' })
    await waitFor(() => expect(panel.getState().selected).toBe(292))
    fireEvent.keyDown(list, { key: 'Home' })
    await waitFor(() => expect(panel.getState().selected).toBe(282))
    fireEvent.keyDown(list, { key: 'End' })
    await waitFor(() => expect(panel.getState().selected).toBe(295))
  })
})

describe('merge view', () => {
  const type = (value: string) => {
    fireEvent.click(screen.getByRole('radio', { name: 'As typed' }))
    fireEvent.input(document.querySelector('#cid-text') as HTMLElement, { target: { value } })
  }

  test('ticking a candidate in changes what moves; the policy names the winner', async () => {
    await open()
    tab('merge')
    expect(field('merge-conflicts')).toBe('3 conflicts')
    const before = field('merge-moves')
    expect(screen.getByLabelText<HTMLInputElement>(`Merge visitor ${UIDS[0]}`).disabled).toBe(false)
    fireEvent.click(screen.getByLabelText(`Merge visitor ${UIDS[0]}`))
    await waitFor(() => expect(field('merge-moves')).not.toBe(before))
    const city = () => document.querySelector('[data-merge="city"]')
    expect(city()?.getAttribute('data-kind')).toBe('kept')
    fireEvent.click(screen.getByRole('radio', { name: 'Latest wins' }))
    await waitFor(() => expect(city()?.getAttribute('data-kind')).toBe('overwritten'))
  })

  test('what lost stands under what won, with source and time', async () => {
    await open()
    tab('merge')
    const city = document.querySelector('[data-merge="city"]')
    expect([...(city?.querySelectorAll('tr') ?? [])].map(line => line.textContent?.trim())).toEqual([
      'cityĐà Nẵngkept Customer #295 10:42:07 policy decides',
      'Hà Nộilost…0712 #308 10:51:12, …0385 #285 10:41:54 ?',
    ])
    expect(document.querySelector('.bar.tall')?.textContent).toContain('2 of 10 rows depend on it: city, size.')
    expect(field('merge-same')).toBeUndefined()
    expect(screen.getByText('Another CID').nextElementSibling?.textContent).toMatch(/not possible on …0712/)
  })

  test('when no policy makes a difference though values conflict, it says why', async () => {
    await open()
    tab('merge')
    fireEvent.change(screen.getByLabelText('Computed as of'), { target: { value: '294' } })
    await waitFor(() => expect(field('merge-conflicts')).toBe('0 conflicts'))
    expect(field('merge-same')).toBeUndefined()
    fireEvent.click(screen.getByLabelText(`Merge visitor ${UIDS[0]}`))
    await waitFor(() =>
      expect(field('merge-same')).toContain('in this conflict the customer’s value is also the latest'),
    )
    expect(document.querySelector('.bar.tall')?.textContent).toContain('No row depends on it')
  })

  test('a CID that another UID has: that one is certain', async () => {
    const before = STORY.entries.filter(({ at }) => at < june(7, '10:51:10.000'))
    await open(before)
    tab('merge')
    type(CID)
    fireEvent.change(screen.getByLabelText('Computed as of'), { target: { value: '0' } })
    await waitFor(() =>
      expect(
        [...document.querySelectorAll<HTMLElement>('[data-standing="certain"]')].map(({ dataset }) => dataset.member),
      ).toEqual([UIDS[1], UIDS[2]]),
    )
    // Nobody can take out what the portal takes in.
    expect(screen.getByLabelText<HTMLInputElement>(`Merge visitor ${UIDS[1]}`).disabled).toBe(true)
    expect(document.querySelector('.facts')?.textContent).toContain('also sent by UID …0385: a certain member')
  })

  test('a UID that has another CID: nothing moves, and nothing can be run', async () => {
    await open()
    tab('merge')
    type('c-77')
    await waitFor(() => expect(field('merge-blocked')).toMatch(/…0712 moves to nobody: it has the CID 8e30…3ae9/))
    expect(document.querySelector('.facts')?.textContent).toContain('cid-changed')
    fireEvent.click(screen.getByLabelText('I know this can’t be undone'))
    expect(action('run-identify')?.disabled).toBe(true)
    expect(field('run-why')).toMatch(/another CID/)
  })

  test('attributes can be typed beside the CID; it says that nothing can be undone, and runs only what was ticked', async () => {
    await open(STORY.entries.filter(({ at }) => at < june(7, '10:51:10.000')))
    tab('merge')
    type('c-77')
    fireEvent.click(action('add-attribute') as HTMLElement)
    fireEvent.input(document.querySelector('input[name="code"]') as HTMLElement, { target: { value: 'vip_level' } })
    fireEvent.input(document.querySelector('input[name="value"]') as HTMLElement, { target: { value: 'gold' } })
    await waitFor(() =>
      expect(document.querySelector('[data-merge="vip_level"]')?.textContent).toMatch(/goldkept\s*Customer typed here/),
    )
    expect(screen.getByRole('note').textContent).toMatch(/Can’t be undone on the server.*no un-merge/)
    expect(action('run-identify')?.disabled).toBe(true)
    fireEvent.click(screen.getByLabelText('I know this can’t be undone'))
    await waitFor(() => expect(action('run-identify')?.disabled).toBe(false))
    fireEvent.click(action('run-identify') as HTMLElement)
    await waitFor(() => expect(asked.some(({ kind }) => kind === 'run')).toBe(true))
    expect(JSON.stringify(asked.find(({ kind }) => kind === 'run'))).toContain('vip_level')
  })
})

describe('actions view', () => {
  const fill = async () => {
    fireEvent.click(action('identify') as HTMLElement)
    const input = await waitFor(() => document.querySelector<HTMLInputElement>('#cid-text') as HTMLInputElement)
    fireEvent.input(input, { target: { value: '+84 900 000 000' } })
    await waitFor(() => expect(document.querySelector<HTMLInputElement>('[data-field="draft-cid"]')?.value).toBe(CID))
  }

  test('the button of the toolbar opens the form and gives it the focus', async () => {
    await open()
    await fill()
    expect(document.activeElement?.id).toBe('cid-text')
  })

  test('that focus is given once: who comes back later begins where he likes', async () => {
    await open()
    await fill()
    tab('identity')
    tab('actions')
    await waitFor(() => expect(document.querySelector('#cid-text')).toBeTruthy())
    expect(document.activeElement?.id).not.toBe('cid-text')
  })

  test('a click on the kind that is chosen already leaves what was typed', async () => {
    await open()
    await fill()
    const typed = () => document.querySelector<HTMLInputElement>('#cid-text')?.value
    const before = typed()
    fireEvent.click(screen.getByRole('radio', { name: 'Phone' }))
    expect(typed()).toBe(before)
    fireEvent.click(screen.getByRole('radio', { name: 'E-mail' }))
    await waitFor(() => expect(typed()).toBe(''))
  })

  test('its history is of this tab, and of what wasn’t cleared or taken by age since', async () => {
    const command = 'identify:there-1'
    const [known] = STORY.entries.filter(({ kind }) => kind === 'event') as EventEntry[]
    const call = { at: NOW, api: 'web_event.track', by: 'panel', command, queued: false, caller: null } as const
    const away = { ...(known as EventEntry), id: 800, call, place: { ...(known as EventEntry).place, tab: 's1:9' } }
    await open([...STORY.entries.filter(entry => entry.kind !== 'event' || entry.call?.by !== 'panel'), away])
    tab('actions')
    const history = () => document.querySelectorAll('[data-command]').length
    expect(history()).toBe(0)
    await run('remove', 0, [])
    await waitFor(() => expect(history()).toBe(1))
    vi.spyOn(Date, 'now').mockReturnValue(NOW + 10)
    fireEvent.click(action('clear') as HTMLElement)
    fireEvent.click(await waitFor(() => action('confirm-clear') as HTMLElement))
    await waitFor(() => expect(history()).toBe(0))
  })

  test('nothing runs without the tick, and a change takes the tick back', async () => {
    await open()
    await fill()
    expect(action('run-identify')?.disabled).toBe(true)
    const tick = () => within(action('run-identify')?.closest('.line') as HTMLElement).getByRole('checkbox')
    fireEvent.click(tick())
    await waitFor(() => expect(action('run-identify')?.disabled).toBe(false))
    fireEvent.click(action('add-attribute') as HTMLElement)
    await waitFor(() => expect(action('run-identify')?.disabled).toBe(true))
    fireEvent.input(document.querySelector('input[name="code"]') as HTMLElement, { target: { value: 'Bad Code' } })
    expect((await screen.findByRole('alert')).textContent).toMatch(/lower-case letters/)
    expect(field('run-why')).toMatch(/not right/)
  })

  test('what runs is what was shown, in the frame that has the SDK, and is followed to its outcome', async () => {
    await open()
    await fill()
    fireEvent.click(within(action('run-identify')?.closest('.line') as HTMLElement).getByRole('checkbox'))
    await waitFor(() => expect(action('run-identify')?.disabled).toBe(false))
    fireEvent.click(action('run-identify') as HTMLElement)
    await waitFor(() => expect(asked.some(({ kind }) => kind === 'run')).toBe(true))
    const run = asked.find(each => each.kind === 'run')
    if (run?.kind !== 'run') throw new Error('nothing ran')
    expect(field('call-note')).toContain('identify event')
    expect(run).toMatchObject({ tab: 7, frame: 0, calls: [{ api: expect.stringContaining('.track') }] })
    expect(JSON.stringify(run.calls)).toContain(CID)
    await waitFor(() => expect(field('run-state')).toMatch(/no event seen yet/))
    const payloads: Payload[] = []
    const entry = eventEntry(
      { id: 500, at: NOW, who: 2, name: 'user/identify', cid: CID, customers: {}, doc: 'd12', by: 'panel' },
      payloads,
    )
    const told: EventEntry = {
      ...entry,
      call: { ...(entry.call as NonNullable<typeof entry.call>), command: run.command },
    }
    log.append([{ ...told, outcome: { state: 'pending' } }])
    await waitFor(() => expect(field('run-outcome')).toBe('under way'))
    log.append([{ ...told, outcome: { state: 'done', status: 503, ms: 12 } }])
    await waitFor(() => expect(field('run-outcome')).toBe('503 in 12 ms'))
  })

  test('removal: each call can be left out', async () => {
    await open()
    fireEvent.click(action('remove-customer') as HTMLElement)
    const part = await waitFor(() => action('run-remove') as HTMLElement).then(
      button => button.closest('section') as HTMLElement,
    )
    const [signOut] = within(part).getAllByRole('checkbox')
    fireEvent.click(signOut as HTMLElement)
    fireEvent.click(within(action('run-remove')?.closest('.line') as HTMLElement).getByRole('checkbox'))
    await waitFor(() => expect(action('run-remove')?.disabled).toBe(false))
    fireEvent.click(action('run-remove') as HTMLElement)
    await waitFor(() => expect(asked.some(({ kind }) => kind === 'run')).toBe(true))
    const run = asked.find(each => each.kind === 'run')
    expect(run?.kind === 'run' && run.calls.map(({ args }) => args[1])).toEqual(['reset_anonymous_id'])
  })

  test('without an SDK the buttons say so', async () => {
    await open(STORY.entries.filter(({ kind }) => kind !== 'sdk'))
    tab('actions')
    await waitFor(() => expect(action('run-identify')?.disabled).toBe(true))
    expect(field('run-why')).toBe('No SDK on this page')
    expect(action('run-remove')?.disabled).toBe(true)
    expect(action('run-remove')?.textContent).toBe('No SDK on this page')
  })
})

describe('clearing, recording, faults', () => {
  test('clear asks once, and takes the open detail with it', async () => {
    await open()
    openEvent(318)
    fireEvent.click(action('clear') as HTMLElement)
    expect(asked.some(({ kind }) => kind === 'clear')).toBe(false)
    fireEvent.click(await waitFor(() => action('confirm-clear') as HTMLElement))
    await waitFor(() => expect(field('event-count')).toBe('0'))
    expect(asked).toContainEqual({ kind: 'clear', tab: 7, partition: 'normal' })
    expect(panel.getState().selected).toBeNull()
  })

  test('what was cleared can be brought back, for a while', async () => {
    await open()
    const before = field('event-count')
    expect(action('undo-clear')).toBeNull()
    fireEvent.click(action('clear') as HTMLElement)
    fireEvent.click(await waitFor(() => action('confirm-clear') as HTMLElement))
    await waitFor(() => expect(action('undo-clear')?.parentElement?.textContent).toBe(`${before} events cleared Undo`))
    fireEvent.click(action('undo-clear') as HTMLElement)
    await waitFor(() => expect(field('event-count')).toBe(before))
    expect(action('undo-clear')).toBeNull()
  })

  test('recording is switched off and on, and its state said', async () => {
    await open()
    expect(field('recording')).toBe('Recording')
    fireEvent.click(action('record') as HTMLElement)
    await waitFor(() => expect(field('recording')).toBe('Not recording'))
    tab('settings')
    fireEvent.click(await screen.findByLabelText('Pause on shop.example'))
    fireEvent.click(action('record') as HTMLElement)
    await waitFor(() => expect(field('recording')).toBe('Paused on shop.example'))
  })

  test('everything is deleted after one question', async () => {
    await open()
    tab('settings')
    fireEvent.click(await waitFor(() => action('delete-everything') as HTMLElement))
    fireEvent.click(await waitFor(() => action('confirm-delete') as HTMLElement))
    await waitFor(() => expect(asked).toContainEqual({ kind: 'delete-everything' }))
  })

  test('a worker that didn’t answer is told of until it answers again', async () => {
    await open()
    worker.fails = 'No tab with id: 7'
    await mark({ site: 'shop.example', partition: 'normal' }, 'login')
    await waitFor(() => expect(field('fault')).toContain('No tab with id: 7'))
    worker.fails = null
    await mark({ site: 'shop.example', partition: 'normal' }, 'login')
    await waitFor(() => expect(field('fault')).toBeUndefined())
  })

  test('a missing permission is said, with one click to grant it', async () => {
    await open(STORY.entries, { ...HELLO, permitted: false })
    expect(action('permit')?.textContent).toBe('Allow')
  })

  test('a page that was open before the extension asks for a reload', async () => {
    await open(STORY.entries, HELLO, 'late')
    expect(screen.getByText(/Reload for the full picture/)).toBeTruthy()
  })

  test('of another site, though nothing of it is ever logged, is the one that is paused', async () => {
    await open()
    tab('settings')
    await saveSettings({ pausedSites: ['quiet.example'] })
    expect(field('recording')).toBe('Recording')
    worker.hello = { ...HELLO, site: 'quiet.example' }
    worker.loaded()
    await waitFor(() => expect(field('recording')).toBe('Paused on quiet.example'))
    expect(screen.getByLabelText<HTMLInputElement>('Pause on quiet.example').checked).toBe(true)
    // Who was known on the page before is nobody here, and nothing of that page can be called.
    expect([field('identity-state'), field('cid'), field('sdk-state')]).toEqual(['—', '—', 'not seen'])
    tab('actions')
    await waitFor(() => expect(field('run-why')).toBe('No SDK on this page'))
    // The log tells of a page that came after that word.
    const [last] = STORY.entries.filter(({ kind }) => kind === 'page').slice(-1) as PageEntry[]
    log.append([{ ...(last as PageEntry), id: 900, at: NOW + 1, how: 'restored' }])
    await waitFor(() => expect(field('identity-state')).toBe('Identified'))
  })

  test('a page without a relay, as after an update, is told of once, until it is loaded anew', async () => {
    const said = () => [...document.querySelectorAll('[role="status"]')].map(({ textContent }) => textContent)
    await open([], HELLO, 'none')
    await waitFor(() => expect(said()).toEqual([expect.stringContaining('or before its update')]))
    expect(screen.getAllByText('Reload the page')).toHaveLength(1)
    expect(screen.queryByText(/Reload it to begin/)).toBeNull()
    for (const view of ['events', 'merge']) {
      tab(view)
      expect(said()).toHaveLength(1)
    }
    // Its verdict is the notice there.
    worker.diagnosis = { ...DIAGNOSIS, frames: [], reached: false, count: null }
    tab('diagnostics')
    await waitFor(() => expect(field('verdict')).toContain('before its update'))
    expect(said()).toHaveLength(1)
    tab('identity')
    worker.attached = 'whole'
    worker.loaded()
    await waitFor(() => expect(said()).toEqual([]))
  })
})

test('times as the user likes them: a click goes from the clock’s to how long ago to since the page was loaded', async () => {
  await open(upTo('10:41:59.000'))
  tab('events')
  const [first] = STORY.entries.filter(({ at, kind }) => kind === 'event' && at >= june(7, '10:41:00'))
  const cell = () => row(first?.id ?? 0)?.firstElementChild?.textContent
  await drawn(first?.id ?? 0)
  const said: (string | null | undefined)[] = []
  for (let n = 0; n < 4; n++) {
    said.push(cell())
    const before = cell()
    fireEvent.click(action('times') as HTMLElement)
    await waitFor(() => expect(cell()).not.toBe(before))
  }
  expect(said).toEqual(['10:41:52.500', '16 min ago', '+500 ms', '10:41:52.500'])
  expect(panel.getState().settings.time).toBe('relative')
})

describe('several holders in one tab', () => {
  test('the top page’s is shown, and the other can be chosen', async () => {
    const other = upTo('10:41:59.000').map(entry => ({
      ...entry,
      id: entry.id + 5000,
      place: { ...entry.place, site: 'pay.example', frame: 3, doc: `f${entry.place.doc}` },
    })) as LogEntry[]
    await open([...STORY.entries, ...other])
    expect(field('uid')).toBe(UIDS[2])
    const chooser = screen.getByLabelText('Site and portal') as HTMLSelectElement
    expect([...chooser.options].map(({ text }) => text)).toEqual([
      'shop.example · portal 561234567',
      'pay.example · portal 561234567',
    ])
    fireEvent.change(chooser, { target: { value: chooser.options[1]?.value } })
    await waitFor(() => expect(field('uid')).toBe(UIDS[1]))
    // Elsewhere the panel follows the page; back again the choice stands.
    worker.hello = { ...HELLO, site: 'quiet.example' }
    worker.loaded()
    await waitFor(() => expect(field('identity-state')).toBe('—'))
    const [last] = STORY.entries.filter(({ kind }) => kind === 'page').slice(-1) as PageEntry[]
    log.append([{ ...(last as PageEntry), id: 900, at: NOW + 1, how: 'restored' }])
    await waitFor(() => expect(field('uid')).toBe(UIDS[1]))
  })
})

describe('the focus is never nowhere', () => {
  test('a link to an event leads into the list, closing its detail too, and back into the view', async () => {
    await open()
    tab('identity')
    const link = document.querySelector<HTMLElement>('#view a.num') as HTMLElement
    link.focus()
    fireEvent.click(link)
    await waitFor(() => expect(document.activeElement?.id).toBe('rows'))
    const close = await waitFor(() => {
      const found = document.querySelector<HTMLElement>('#detail .ph [aria-label="Close"]')
      if (!found) throw new Error('no detail')
      return found
    })
    close.focus()
    fireEvent.click(close)
    await waitFor(() => expect(document.activeElement?.id).toBe('rows'))
    goBack()
    await waitFor(() => expect(document.activeElement?.id).toBe('view'))
  })
  test('a question that was answered with no gives it back to who asked', async () => {
    await open()
    fireEvent.click(action('clear') as HTMLElement)
    const yes = await waitFor(() => action('confirm-clear') as HTMLElement)
    await waitFor(() => expect(document.activeElement).toBe(yes))
    fireEvent.keyDown(yes, { key: 'Escape' })
    await waitFor(() => expect(document.activeElement).toBe(action('clear')))
    expect(document.activeElement?.isConnected).toBe(true)
  })
})

describe('keys', () => {
  test('Ctrl and a number choose a view; arrows walk the tabs', async () => {
    await open()
    fireEvent.keyDown(document.body, { key: '3', ctrlKey: true })
    expect(panel.getState().view).toBe('merge')
    const selected = selectedTab
    await waitFor(() => expect(selected().id).toBe('tab-merge'))
    selected().focus()
    fireEvent.keyDown(selected(), { key: 'ArrowRight' })
    await waitFor(() => expect(selected().id).toBe('tab-check'))
    expect(document.activeElement).toBe(selected())
  })
  test('Ctrl+F goes to the filter of the events', async () => {
    await open()
    await waitFor(() => expect(field('identity-state')).toBe('Identified'))
    fireEvent.keyDown(document.body, { key: 'f', ctrlKey: true })
    await waitFor(() => expect(document.activeElement?.id).toBe('filter'))
  })
})
