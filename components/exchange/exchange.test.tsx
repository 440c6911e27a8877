// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openPanel } from '../fixtures/open'
import { CID, NOW, story, UIDS } from '../fixtures/story'
import { plainThread } from '../fixtures/thread'
import { openEvent, panel, setCategory, togglePin } from '../store'
import { threadsFrom } from './begin'
import { showFiles } from './colleague'
import { openFile } from './read'
import type { Ask, Thread } from './thread'

configure({ asyncUtilTimeout: 20_000 })

const STORY = story()
const find = <T extends HTMLElement>(selector: string) => document.querySelector<T>(selector)
const press = (action: string) => fireEvent.click(find(`[data-action="${action}"]`) as HTMLElement)
const field = (name: string) => find(`[data-field="${name}"]`)?.textContent ?? null

/** What the threads were asked, and whether they were ended. */
let threads: { asked: Ask['kind'][]; ended: boolean }[]
/** Threads do nothing until it is called. */
let hold: Promise<void> | null

function thread(): Thread {
  const log = { asked: [] as Ask['kind'][], ended: false }
  threads.push(log)
  return plainThread(
    async ({ kind }) => {
      log.asked.push(kind)
      await hold
    },
    () => {
      log.ended = true
    },
  )
}

let saved: { name: string; file: Blob }[]
beforeEach(() => {
  threads = []
  hold = null
  saved = []
  threadsFrom(thread)
  vi.spyOn(Date, 'now').mockReturnValue(NOW)
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(URL, 'createObjectURL').mockImplementation(file => {
    saved.push({ name: '', file: file as Blob })
    return 'blob:x'
  })
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const open = () => openPanel(STORY.entries, { payloads: STORY.payloads })
const dialog = async () => {
  press('export')
  await waitFor(() => expect(find('[data-action="export-json"]')).not.toBeNull())
  await waitFor(() => expect(find<HTMLButtonElement>('[data-action="export-json"]')?.disabled).toBe(false))
}
const save = async (format: 'har' | 'json' | 'csv'): Promise<string> => {
  const before = saved.length
  press(`export-${format}`)
  await waitFor(() => expect(saved.length).toBe(before + 1))
  return (saved.at(-1)?.file as Blob).text()
}

describe('a log is taken out', () => {
  test('what will be masked is shown first, and the file holds none of it', async () => {
    await open()
    await dialog()
    expect(field('mask-found')).toMatch(/^5 values will be masked/)
    expect(find('[data-mask="name"]')?.textContent).toMatch(/^NameNguyễn Thị AnPerson-1\d+$/)
    for (const format of ['har', 'json', 'csv'] as const) {
      const text = await save(format)
      for (const value of ['Nguyễn Thị An', '0900000000', 'an@example.com', CID]) expect(text).not.toContain(value)
      expect(text).toContain(UIDS[1])
    }
  })

  test('unmasked only when that was asked for, and then it is said', async () => {
    await open()
    await dialog()
    fireEvent.click(find('.exp input[type=checkbox]') as HTMLElement)
    await waitFor(() => expect(panel.getState().settings.masking).toBe(false))
    expect(find('dialog')?.textContent).toContain('will hold e-mail addresses')
    expect(await save('json')).toContain('an@example.com')
  })

  test('one event, the pinned ones, what the list shows, all of the site, the whole log', async () => {
    await open()
    openEvent(294)
    togglePin(295)
    togglePin(299)
    setCategory('identity')
    await dialog()
    const scopes = [...(find<HTMLSelectElement>('[name="export-scope"]')?.options ?? [])].map(({ value }) => value)
    expect(scopes).toEqual(['one', 'pinned', 'filtered', 'site', 'all'])
    const ids = async (scope: string): Promise<number[]> => {
      fireEvent.change(find('[name="export-scope"]') as HTMLElement, { target: { value: scope } })
      await waitFor(() => expect(find<HTMLButtonElement>('[data-action="export-json"]')?.disabled).toBe(false))
      const { entries } = JSON.parse(await save('json')) as { entries: { id: number; kind: string }[] }
      return entries.filter(({ kind }) => kind === 'event').map(({ id }) => id)
    }
    expect(await ids('one')).toEqual([294])
    expect(await ids('pinned')).toEqual([295, 299])
    const shown = await ids('filtered')
    expect(shown).toContain(294)
    expect(shown.length).toBeLessThan(30)
    const events = STORY.entries.filter(({ kind }) => kind === 'event').length
    expect(await ids('all')).toHaveLength(events)
    expect((await ids('site')).length).toBeGreaterThan(300)
  })

  test('a part that was left for another is not waited for', async () => {
    await open()
    let go = () => {}
    hold = new Promise(resolve => {
      go = resolve
    })
    press('export')
    await waitFor(() => expect(find('[name="export-scope"]')).not.toBeNull())
    fireEvent.change(find('[name="export-scope"]') as HTMLElement, { target: { value: 'all' } })
    await waitFor(() => expect(threads).toHaveLength(2))
    expect(threads[0]?.ended).toBe(true)
    expect(find<HTMLButtonElement>('[data-action="export-json"]')?.disabled).toBe(true)
    go()
    await waitFor(() => expect(find<HTMLButtonElement>('[data-action="export-json"]')?.disabled).toBe(false))
  })
})

describe('a log is brought in', () => {
  const file = async (format: 'har' | 'json' | 'csv'): Promise<File> => {
    await open()
    const before = {
      uid: field('uid'),
      cid: field('cid'),
      state: field('identity-state'),
      issues: field('issue-count'),
    }
    await dialog()
    fireEvent.click(find('.exp input[type=checkbox]') as HTMLElement)
    const text = await save(format)
    cleanup()
    expect(before.uid).toBe(UIDS[2])
    return new File([text], `visit.${format}`)
  }

  test.each(['har', 'json', 'csv'] as const)(
    '%s: the identity view says the same, and what acts on a page is off',
    async format => {
      const source = await file(format)
      await openPanel([])
      await showFiles('')
      openFile(source)
      await waitFor(() => expect(field('imported')).toContain(`visit.${format}`))
      await waitFor(() => expect(field('uid')).toBe(UIDS[2]))
      await waitFor(() =>
        expect(field('event-count')).toBe(String(STORY.entries.filter(({ kind }) => kind === 'event').length)),
      )
      expect([field('cid'), field('identity-state'), field('cid-recipe')]).toEqual([CID, 'Identified', '= md5(phone)'])
      expect(find<HTMLButtonElement>('[data-action="record"]')?.disabled).toBe(true)
      expect(find<HTMLButtonElement>('[data-action="clear"]')?.disabled).toBe(true)
      fireEvent.click(find('[data-tab="actions"]') as HTMLElement)
      await waitFor(() => expect(field('run-why')).toBe('This is a log from a file: there is no page'))
      fireEvent.click(find('[data-tab="diagnostics"]') as HTMLElement)
      await waitFor(() => expect(find('#view')?.textContent).toContain('there is no page'))
      fireEvent.click(find('[data-tab="check"]') as HTMLElement)
      await waitFor(() => expect(find<HTMLButtonElement>('[data-action="check-start"]')?.disabled).toBe(true))
    },
  )

  test('what in a file could not be read is listed', async () => {
    await openPanel([])
    await showFiles('')
    openFile(new File([JSON.stringify({ log: { entries: [{ request: {} }, null] } })], 'odd.har'))
    await waitFor(() =>
      expect(field('rejected')).toMatch(/2 of 2 entries could not be read.*Entry 1: the request has no URL/),
    )
    await waitFor(() => expect(find('#view')?.textContent).toContain('No event of the SDK in this file'))
  })

  test.each([
    ['broken.har', '{"log":{"entries":[', 'The file is not JSON'],
    ['broken.json', '{"format":"identity-lens-log","version":9,"entries":[],"payloads":[]}', 'has version 9'],
    ['broken.csv', 'a,b\r\n1,2\r\n', 'nor a CSV that Identity Lens wrote'],
    ['picture.png', '\x89PNG\r\n', 'The file is not JSON'],
    ['packed.har.gz', '\x1f\x8b\x08\x00broken', 'compression'],
    ['empty.har', '', 'The file is empty'],
  ])('%s: one sentence, and what was shown stays', async (name, text, why) => {
    await openPanel([])
    await showFiles('')
    openFile(new File([JSON.stringify({ log: { entries: [] } })], 'first.har'))
    await waitFor(() => expect(field('imported')).toContain('first.har'))
    openFile(new File([Uint8Array.from(text, letter => letter.charCodeAt(0))], name))
    await waitFor(() => expect(field('import-fault')).toContain(why))
    expect(field('import-fault')).toMatch(/^\s*\S+ can’t be opened: [^\n]+\.?$/)
    expect(field('imported')).toContain('first.har')
  })

  test('reading can be left, and what was shown stays', async () => {
    await openPanel([])
    await showFiles('')
    hold = new Promise(() => {})
    openFile(new File(['{}'], 'long.har'))
    await waitFor(() => expect(field('import-progress')).not.toBeNull())
    press('cancel-import')
    await waitFor(() => expect(field('import-progress')).toBeNull())
    expect(threads[0]?.ended).toBe(true)
    expect(find('#view')?.textContent).toContain('Open a log')
  })

  test('in a panel that shows a page it goes to a tab of its own', async () => {
    const { asked } = await open()
    await waitFor(() => expect(find('[data-action="import"]')).not.toBeNull())
    fireEvent.change(find('[data-action="import"]') as HTMLElement, { target: { files: [new File(['{}'], 'a.har')] } })
    await waitFor(() =>
      expect(asked.at(-1)).toEqual({ kind: 'open-log', log: expect.stringMatching(/^[\w-]{36}$/) as string }),
    )
    expect(field('uid')).toBe(UIDS[2])
  })
})
