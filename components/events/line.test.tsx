// @vitest-environment happy-dom
import { cleanup, render, waitFor } from '@testing-library/preact'
import { afterEach, describe, expect, test } from 'vitest'
import type { EventEntry } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import { namePerson } from '../deeds'
import { openPanel } from '../fixtures/open'
import { CID, june, story, UIDS } from '../fixtures/story'
import { speakFor } from '../language'
import type { IssueMark } from '../select'
import { panel, saveSettings, showView } from '../store'
import { timeText } from '../time'
import { WORDS } from '../words.en'
import { WORDS_VI } from '../words.vi'
import { COLUMNS } from './columns'
import { EventLine } from './line'

afterEach(() => {
  cleanup()
  localStorage.clear()
})

const { entries } = story()
const events = entries.filter((entry): entry is EventEntry => entry.kind === 'event')
/** A tenth of them has each kind of mark, and the rest has none. */
const markOf = (id: number): IssueMark | null => {
  const mark = { worst: 'warning', count: id % 7, kept: false, twice: false, rules: [] } as const
  return [{ ...mark, worst: 'error', kept: true } as const, mark, { ...mark, twice: true }][id % 10] ?? null
}

/** What stands in the page: in which order attributes came doesn't count, nor what is empty. */
function told(node: Node | null): string {
  if (!(node instanceof Element)) return node?.textContent ?? ''
  const within = [...node.childNodes].map(told).join('')
  const named = [...node.attributes].filter(({ value }) => value !== '').map(({ name, value }) => `${name}=${value}`)
  return node.className === 'wide' && within === '' ? '' : `<${node.localName} ${named.sort().join(' ')}>${within}`
}

const lineOf = (entry: EventEntry, words: readonly string[] = [], settings = panel.getState().settings) => {
  const state = panel.getState()
  return (
    <EventLine
      entry={entry}
      index={0}
      selected={false}
      holder={state.log.holderOf(entry)}
      state={outcomeAt(entry, state.now).state}
      now={state.now}
      time={timeText(state, entry, settings.time)}
      columns={COLUMNS}
      markOf={markOf}
      marks={null}
      wordsOf={() => words}
      searched={0}
      people={settings.people}
      onMenu={() => {}}
    />
  )
}

describe('a row that comes to say something else', () => {
  test.each([
    ['event after event', [...events]],
    ['and back', [...events].reverse()],
    ['every third', events.filter((_, n) => n % 3 === 0)],
  ])('stands as one made for it: %s', async (_, order) => {
    await openPanel(entries)
    const one = render(lineOf(order[0] as EventEntry))
    for (const [n, entry] of order.entries()) {
      // What is searched for comes and goes with them.
      const words = n % 4 === 1 ? ['sign', 'view'] : []
      one.rerender(lineOf(entry, words))
      const fresh = render(lineOf(entry, words))
      const line = told(one.container.firstElementChild)
      expect(line).toContain(`#${entry.id}`)
      expect(line).toBe(told(fresh.container.firstElementChild))
      fresh.unmount()
    }
  })
})

test('what can’t be written says so in its place, as often as it comes, and leaves nothing of it or of what was there', async () => {
  await openPanel(entries)
  const [one, other] = events as [EventEntry, EventEntry]
  const unreadable = (entry: EventEntry): EventEntry => ({
    ...entry,
    facts: {
      ...entry.facts,
      get about(): string {
        throw new Error('unreadable')
      },
    },
  })
  const row = render(lineOf(one))
  const shown = () => row.container.firstElementChild as Element
  for (const [good, bad] of [
    [one, other],
    [other, one],
    [one, one],
  ] as const) {
    row.rerender(lineOf(unreadable(bad)))
    expect([...shown().children].map(({ className }) => className)).toEqual(['broken'])
    expect(shown().textContent).toContain(`#${bad.id}`)
    row.rerender(lineOf(good))
    expect(told(shown())).toBe(told(render(lineOf(good)).container.firstElementChild))
  }
})

describe('in the list', () => {
  /** A visitor logs in: without a layout the list shows its first screen. */
  const login = entries.filter(({ at }) => at >= june(7, '10:51:00'))
  const shown = (id: number) => document.querySelector<HTMLElement>(`[data-event="${id}"]`)
  /** The newest that carries the CID and says no more of it. */
  const plain = () =>
    [...document.querySelectorAll<HTMLElement>('.all [data-event]')].find(row => row.querySelector(`[title="${CID}"]`))

  test('a CID that is given a name has it at once, and again none', async () => {
    await openPanel(login, { view: 'events' })
    await waitFor(() => expect(plain()).toBeTruthy())
    const id = Number(plain()?.dataset.event)
    const before = told(shown(id))
    await namePerson('An, test 1', CID)
    await waitFor(() => expect(shown(id)?.textContent).toContain('An, test 1'))
    await saveSettings({ people: [] })
    await waitFor(() => expect(told(shown(id))).toBe(before))
  })

  test('the time is told as the user likes it, in every row', async () => {
    await openPanel(login, { view: 'events' })
    await waitFor(() => expect(plain()).toBeTruthy())
    const times = () => [...document.querySelectorAll('.all [data-event] > :first-child')].map(each => each.textContent)
    expect(times().every(time => /^\d\d:\d\d:\d\d\.\d{3}$/.test(time ?? ''))).toBe(true)
    await saveSettings({ time: 'relative' })
    await waitFor(() => expect(times().every(time => time?.endsWith('ago'))).toBe(true))
    await saveSettings({ time: 'clock' })
    await waitFor(() => expect(times().every(time => time?.includes(':'))).toBe(true))
  })

  test('another language is in every row', async () => {
    await openPanel(login, { view: 'events' })
    await waitFor(() => expect(plain()).toBeTruthy())
    const words = () =>
      [...document.querySelectorAll('.all [data-event] svg.ch')].map(each => each.getAttribute('aria-label') ?? '')
    const english = words()
    await speakFor('vi', 'en', async () => WORDS_VI)
    await waitFor(() => expect(words().some(text => english.includes(text))).toBe(false))
    await speakFor('en', 'en', async () => WORDS)
    await waitFor(() => expect(words()).toEqual(english))
  })

  test('of a row that is gone nothing listens to the panel any more', async () => {
    let listening = 0
    const { subscribe } = panel
    panel.subscribe = listener => {
      listening += 1
      const end = subscribe(listener)
      return () => {
        listening -= 1
        end()
      }
    }
    try {
      await openPanel(login)
      await namePerson('An, test 1', CID)
      const without = listening
      for (let n = 0; n < 3; n++) {
        showView('events')
        await waitFor(() => expect(document.querySelector(`#rows [data-name-of="${CID}"]`)).toBeTruthy())
        expect(listening).toBeGreaterThan(without)
        showView('identity')
        await waitFor(() => expect(document.querySelector('#rows')).toBeNull())
      }
      await waitFor(() => expect(listening).toBe(without))
    } finally {
      panel.subscribe = subscribe
    }
  })
})

test('what is in the story has every kind of cell', async () => {
  await openPanel(entries)
  const box = render(<>{events.map(entry => lineOf(entry, ['sign']))}</>).container
  for (const part of ['.chg.got', '.chg.gone', '.chg.new', '.m.t3', '.badge', 'mark', 'svg.ch', '.gr.bad', '.c-warn'])
    expect([part, box.querySelector(part) !== null]).toEqual([part, true])
  expect(box.textContent).toContain(UIDS[0].slice(-4))
})
