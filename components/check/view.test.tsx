// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LogEntry } from '../../utils/identity/entry'
import { tell } from '../../utils/identity/story'
import { csvPieces } from '../../utils/log/csv'
import { harPieces } from '../../utils/log/har-write'
import { logPieces } from '../../utils/log/json'
import { mark } from '../deeds'
import { threadsFrom } from '../exchange/begin'
import { HELLO, type MemoryLog, type memoryWorld } from '../fixtures/memory'
import { openPanel } from '../fixtures/open'
import { plainThread } from '../fixtures/thread'
import { chooseHolder, panel, saveSettings, setCheck, showView } from '../store'
import { speak } from '../words'
import { WORDS } from '../words.en'

configure({ asyncUtilTimeout: 20_000 })

const AN = '8e30bbc8961e056622c6231742c03ae9'
const VISIT = `
  tab 7, uid A: page load /
  mark start
  pageview
  +5s product/view
  +9s page load /account
  pageview
  login cid ${AN} customers {phone: "0900000000"}
  +2s mark login An
  +5s page load /b
  pageview cid ${AN}
  product/view cid ${AN}
  product/click cid ${AN}
`
const OUT = `
  +5s logout
  product/view cid ${AN}
  +1s mark logout
  +5s page load /c
  pageview cid ${AN}
`
/** The same phone number, with another CID. */
const APP = `app uid X: login\ncall setCustomerProps {customer_id: "ffff"}\nscreenview/view cid ffff customers {phone: "+84900000000"}`
const entriesOf = (story: string): LogEntry[] => tell(`tab 7\n${story}`).entries

let log: MemoryLog
let asked: ReturnType<typeof memoryWorld>['asked']
async function open(entries: readonly LogEntry[]): Promise<void> {
  speak(WORDS, 'en')
  vi.spyOn(Date, 'now').mockReturnValue(Math.max(...entries.map(({ at }) => at)) + 1_000)
  ;({ log, asked } = await openPanel(entries, { hello: { ...HELLO, tab: 's:7' }, view: 'check' }))
  await waitFor(() => expect(document.querySelector('.ck-bar')).not.toBeNull())
}
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const field = (name: string) => document.querySelector(`[data-field="${name}"]`)?.textContent?.trim()
const step = (n: number) => document.querySelector<HTMLElement>(`[data-step="${n}"]`)
const verdict = (n: number) => step(n)?.dataset.verdict
const press = (name: string) => fireEvent.click(document.querySelector(`[data-action="${name}"]`) as HTMLElement)
const marks = () => asked.flatMap(ask => (ask.kind === 'mark' ? [ask] : []))

describe('before a run', () => {
  test('it says what to do; Start writes a mark for the page’s site, and no key does anything yet', async () => {
    await open(entriesOf('uid A: page load /\npageview'))
    expect(document.body.textContent).toContain('Press Start')
    fireEvent.keyDown(document.body, { key: '1' })
    press('check-start')
    await waitFor(() =>
      expect(marks()).toEqual([
        { kind: 'mark', tab: 7, site: 'shop.example', partition: 'normal', what: 'start', who: null },
      ]),
    )
  })
})

describe('what was begun is kept', () => {
  test('who logs in, named before Start, is in the first login’s mark', async () => {
    await open(entriesOf('uid A: page load /\npageview'))
    setCheck({ who: 'An' })
    press('check-start')
    await waitFor(() => expect(marks()).toHaveLength(1))
    await mark({ site: 'shop.example', partition: 'normal' }, 'login')
    expect(marks().map(({ what, who }) => [what, who])).toEqual([
      ['start', null],
      ['login', 'An'],
    ])
    expect(panel.getState().check.who).toBeNull()
  })

  test('expectations that are being written outlast a look at another view, and belong to their site', async () => {
    await open(entriesOf(VISIT))
    await waitFor(() => expect(verdict(3)).toBe('pass'))
    press('edit-expected')
    const text = () => document.querySelector<HTMLTextAreaElement>('.ck-json')
    await waitFor(() => expect(text()).toBeTruthy())
    fireEvent.input(text() as HTMLElement, { target: { value: '{"removal": "none"}' } })
    showView('events')
    showView('check')
    await waitFor(() => expect(text()?.value).toBe('{"removal": "none"}'))
    expect(panel.getState().check.draft?.site).toBe('shop.example')
  })
})

describe('a run', () => {
  test('steps tick as events come in', async () => {
    const all = entriesOf(VISIT + OUT)
    const loggedIn = entriesOf(VISIT).length
    await open(all.slice(0, 4))
    await waitFor(() => expect(verdict(1)).toBe('pass'))
    expect([verdict(3), step(1)?.dataset.soFar]).toEqual(['waiting', 'false'])
    log.append(all.slice(4, loggedIn))
    await waitFor(() => expect([3, 4, 6, 8].map(verdict)).toEqual(Array(4).fill('pass')))
    expect(step(8)?.textContent).toContain('so far')
    log.append(all.slice(loggedIn))
    vi.spyOn(Date, 'now').mockReturnValue(Math.max(...all.map(({ at }) => at)) + 20_000)
    log.append([])
    await waitFor(() => expect(verdict(12)).toBe('fail'))
    expect(field('check-verdict')).toMatch(/^Fails at step 12/)
    expect(document.querySelector('[data-count="fail"]')?.textContent).toMatch(/^\d failed$/)
  })

  test('a step opens by its title: what was expected, what came, and a link to the event', async () => {
    await open(entriesOf(VISIT))
    await waitFor(() => expect(verdict(3)).toBe('pass'))
    const title = step(3)?.querySelector<HTMLButtonElement>('.ck-title') as HTMLButtonElement
    title.focus()
    fireEvent.keyDown(title, { key: 'ArrowDown' })
    expect(document.activeElement).toBe(step(4)?.querySelector('.ck-title'))
    fireEvent.click(title)
    await waitFor(() => expect(step(3)?.querySelector('.ck-open')?.textContent).toContain('within 15 s of your mark'))
    fireEvent.click(step(3)?.querySelector('.ck-came a') as HTMLElement)
    expect(panel.getState()).toMatchObject({
      view: 'events',
      selected: entriesOf(VISIT).find(e => e.kind === 'event' && e.facts.ea === 'sign_in')?.id,
    })
  })

  test('keys are marks with the name of who logs in next, but not where somebody writes', async () => {
    await open(entriesOf(VISIT))
    await waitFor(() => expect(verdict(1)).toBe('pass'))
    fireEvent.input(document.querySelector('input[name="label"]') as HTMLElement, { target: { value: 'An, test 1' } })
    const typed = document.querySelector('input[name="typed"]') as HTMLElement
    fireEvent.keyDown(typed, { key: '1' })
    fireEvent.input(typed, { target: { value: '0900 000 000' } })
    await waitFor(() => expect(field('person-cid')).toBe(`CID ${AN}`))
    fireEvent.submit(document.querySelector('.ck-add') as HTMLElement)
    await waitFor(() => expect(panel.getState().settings.people).toEqual([{ label: 'An, test 1', cid: AN }]))
    await waitFor(() => expect(step(4)?.textContent).toContain('An, test 1'))
    expect(JSON.stringify(panel.getState().settings)).not.toContain('0900')
    // Wherever this CID stands, its name stands too.
    const named = () => document.querySelectorAll(`[data-name-of="${AN}"]`).length
    expect(document.querySelector('.strip [data-name-of]')?.textContent).toBe('An, test 1')
    for (const view of ['events', 'merge', 'actions', 'identity'] as const) {
      showView(view)
      await waitFor(() => expect(named()).toBeGreaterThan(1))
    }
    showView('check')
    await waitFor(() => expect(verdict(1)).toBe('pass'))
    for (const key of ['1', '2', '4']) fireEvent.keyDown(document.body, { key })
    await waitFor(() =>
      expect(marks().map(({ what, who }) => [what, who])).toEqual([
        ['login', 'An, test 1'],
        ['logout', null],
        ['expired', null],
      ]),
    )
  })

  test('expectations: a wrong one is said while it is typed, a right one counts at once, for the rules too', async () => {
    await open(entriesOf(VISIT + OUT))
    await waitFor(() => expect(verdict(1)).toBe('pass'))
    press('edit-expected')
    const area = await waitFor(() => {
      const found = document.querySelector<HTMLTextAreaElement>('.ck-json')
      if (!found) throw new Error('no field')
      return found
    })
    fireEvent.input(area, { target: { value: '{"removal": "maybe"}' } })
    await waitFor(() => expect(field('expected-fault')).toContain('`removal`'))
    expect(document.querySelector<HTMLButtonElement>('[data-action="save-expected"]')?.disabled).toBe(true)
    // Escape leaves only what nobody has typed in.
    fireEvent.keyDown(area, { key: 'Escape' })
    const text = '{"removal": "none", "attributes": {"phone": "string"}, "required": {"pageview": ["uid"]}}'
    fireEvent.input(area, { target: { value: text } })
    await waitFor(() => expect(field('expected-fault')).toBeUndefined())
    press('save-expected')
    await waitFor(() => expect([verdict(7), verdict(10)]).toEqual(['pass', 'not-applicable']))
    const shown = (what: string) => document.querySelector(`[data-expected="${what}"]`)?.textContent
    expect([shown('removal'), shown('required')]).toEqual(['none', 'pageview: uid'])
    // Who was in the field goes on from where it stood.
    const edit = document.querySelector<HTMLElement>('[data-action="edit-expected"]')
    await waitFor(() => expect(document.activeElement).toBe(edit))
    // Where no removal is expected, no rule objects to what follows the logout.
    expect(
      panel
        .getState()
        .log.reduction.issues('normal|shop.example|561234567', Number.POSITIVE_INFINITY)
        .map(({ rule }) => rule),
    ).not.toContain('logout-keeps-cid')
  })

  test('expectations are of the site that is shown, whichever page the log ends with', async () => {
    const other = 'site other.example portal 9 uid P'
    await open(entriesOf(`${VISIT}\n${other}: page load /\n${other}: pageview`))
    await saveSettings({ expected: { 'shop.example': '{"attributes": {"phone": "string"}}' } })
    chooseHolder('normal|shop.example|561234567')
    await waitFor(() => expect(verdict(7)).toBe('pass'))
    chooseHolder('normal|other.example|9')
    await waitFor(() => expect(panel.getState().expected.attributes).toEqual([]))
  })

  test('after Stop nothing counts any more, and no key is a mark', async () => {
    await open(entriesOf(`${VISIT}\n+5s mark stop\n+5s product/view`))
    await waitFor(() => expect(verdict(8)).toBe('pass'))
    fireEvent.keyDown(document.body, { key: '1' })
    expect(marks()).toEqual([])
    expect(document.querySelector('[data-action="check-stop"]')).toBeNull()
  })

  test('the report: saved as a file, without the whole CID', async () => {
    await open(entriesOf(VISIT))
    await waitFor(() => expect(verdict(1)).toBe('pass'))
    const saved: Blob[] = []
    vi.spyOn(URL, 'createObjectURL').mockImplementation(blob => {
      saved.push(blob as Blob)
      return 'blob:x'
    })
    for (const name of ['check-html', 'check-junit', 'check-json']) press(name)
    expect(saved.map(({ type }) => type)).toEqual(['text/html', 'application/xml', 'application/json'])
    for (const blob of saved) {
      const text = await blob.text()
      expect(text).toContain('8e30…')
      expect(text).not.toContain(AN)
    }
  })

  describe('files beside it', () => {
    const pieces = { har: harPieces, json: logPieces, csv: csvPieces }
    const fileOf = (name: string, format: keyof typeof pieces, entries: readonly LogEntry[]) =>
      new File([...pieces[format](entries, () => null)], name)
    const packed = (file: File): Promise<Blob> =>
      new Response(file.stream().pipeThrough(new CompressionStream('gzip'))).blob()
    const bring = (action: string, file: File): void => {
      const input = document.querySelector<HTMLInputElement>(`[data-action="${action}"]`) as HTMLInputElement
      Object.defineProperty(input, 'files', { configurable: true, value: [file] })
      fireEvent.change(input)
    }
    const fault = () => document.querySelector('[role="alert"]')?.textContent
    beforeEach(async () => {
      threadsFrom(plainThread)
      await open(entriesOf(VISIT + OUT))
      await waitFor(() => expect(verdict(1)).toBe('pass'))
    })

    test.each(['har', 'json', 'csv'] as const)(
      'another channel’s recording as %s, packed too: step 16 compares its customers',
      async format => {
        bring('check-other', fileOf('plain', format, entriesOf(APP)))
        await waitFor(() => expect(verdict(16)).toBe('fail'))
        fireEvent.click(document.querySelector('[data-file="plain"] button') as HTMLElement)
        await waitFor(() => expect(verdict(16)).toBe('waiting'))
        bring('check-other', new File([await packed(fileOf('packed', format, entriesOf(APP)))], 'packed'))
        await waitFor(() => expect(verdict(16)).toBe('fail'))
        expect(panel.getState().importing).toBeNull()
      },
    )

    test('an earlier run, saved or as what it was recorded in, is compared with', async () => {
      const saved: Blob[] = []
      vi.spyOn(URL, 'createObjectURL').mockImplementation(blob => {
        saved.push(blob as Blob)
        return 'blob:x'
      })
      press('check-json')
      bring('check-baseline', new File(saved, 'saved.json'))
      await waitFor(() => expect(document.querySelector('[data-file="baseline"]')?.textContent).toContain('saved.json'))
      bring('check-baseline', fileOf('log.csv', 'csv', entriesOf(VISIT)))
      await waitFor(() => expect(document.querySelector('[data-file="baseline"]')?.textContent).toContain('log.csv'))
      press('check-html')
      expect(await saved.at(-1)?.text()).toContain('step 12 Later events carry none: was can&#39;t tell, is failed')
    })

    test('what is no recording says why, and changes nothing', async () => {
      bring('check-other', new File(['{"log": {}}'], 'odd.har'))
      await waitFor(() => expect(fault()).toMatch(/^odd\.har can’t be used: The file is JSON, but neither/))
      bring('check-baseline', new File(['not JSON'], 'broken'))
      await waitFor(() => expect(fault()).toMatch(/^broken can’t be used: The file is not JSON/))
      expect(document.querySelector('[data-file]')).toBeNull()
      expect(verdict(16)).toBe('waiting')
    })
  })
})
