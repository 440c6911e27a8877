/**
 * The capture matrix: what a page sends, what the collector got, what the log says. The cells are the same for every browser; a
 * browser is given as a `Subject`. Each cell ends as a row of `docs/capture-matrix.md`.
 */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { DemoServer } from '../../demo/server'
import type { EventEntry, Outcome, PageEntry } from '../../utils/identity/entry'
import type { Transport } from '../../utils/sdk/event'
import { doubledIn } from '../drive/log'
import { GROUPS } from './cells'
import { type Row, writeTable } from './table'

export type BrowserName = 'Chromium' | 'Firefox'

/** A tab, in whatever driver. */
export interface Tab {
  goto(url: string): Promise<unknown>
  /** The value of an expression in the page, promises awaited. */
  evaluate<T>(expression: string): Promise<T>
  close(): Promise<void>
}

/** A browser with the extension in it. */
export interface Subject {
  name: BrowserName
  server: DemoServer
  open(): Promise<Tab>
  /** The events of one category that are in the log, or of all, in its order. */
  events(ec?: string): Promise<EventEntry[]>
  /** What is in the log of documents that began, came back, went on. */
  pages(): Promise<PageEntry[]>
  stopWorker(): Promise<void>
}

/** What a group's page side works with. */
export interface Stage {
  subject: Subject
  server: DemoServer
  tab: Tab
  ec: string
  /** All of an event's URL but its name: `//a.cdp.asia/event?…&ea=`. */
  url: string
  /** Runs a function in the tab's page. */
  inPage<A extends readonly (string | number)[]>(fn: (...args: A) => unknown, ...args: A): Promise<unknown>
  /** Serves a page of this group and opens it. */
  show(html: string, headers?: Record<string, string>): Promise<void>
  /** Waits until the expression is true in the tab, whatever document is in it by then. */
  until(expression: string): Promise<void>
  /** Waits until as many events of this group are in the log and have ended; gives all that are there. */
  logged(count: number): Promise<EventEntry[]>
}

/** What is expected of one cell. */
export interface Want {
  /** How many events the page sends; of several, each has `:n` after its name. Default 1. */
  sent?: number
  /** How many of them are in the log. Default: all. */
  logged?: number
  lanes?: 'both' | 'network' | 'hook'
  transport?: Transport
  /** Default `done`; null: it differs from run to run, and is not looked at. */
  outcome?: Partial<Record<keyof Outcome | 'status' | 'error' | 'by', unknown>> | null
  cid?: string
  site?: string
  /** Codes of what could not be read. */
  problems?: string[]
  /** The browser's limit, in words for the table. */
  limit?: string
  /** What shows the limit: one event of this kind at least is there when all is over. */
  shows?(entry: EventEntry, arrived: boolean): boolean
}

export type Cell = Want & Partial<Record<BrowserName, Want>>

export interface Group {
  axis: string
  title: string
  /** By the event's name. */
  cells: Record<string, Cell>
  /** Not in these browsers, and why. */
  not?: Partial<Record<BrowserName, string>>
  run(stage: Stage): Promise<unknown>
  /** What else must be so when its events are in the log. */
  also?(stage: Stage, entries: EventEntry[]): Promise<unknown>
}

/** How long one event may take into the log, and each of many. */
const PATIENCE_MS = 30_000
const EACH_MS = 6

const nameOf = ({ facts }: EventEntry): string => facts.ea.split(':')[0] ?? ''
const hasEnded = ({ outcome }: EventEntry): boolean => outcome.state !== 'pending'
const ownOf = (entries: EventEntry[], name: string): EventEntry[] => entries.filter(entry => nameOf(entry) === name)

/** What the log says of a cell, in the terms of what is wanted of it. */
const seen = (entries: EventEntry[], want: Want) => ({
  logged: entries.length,
  distinct: new Set(entries.map(({ facts }) => facts.ea)).size,
  ...(want.lanes && { lanes: [...new Set(entries.map(({ request }) => request?.lanes))] }),
  ...(want.transport && { transport: [...new Set(entries.map(({ request }) => request?.transport))] }),
  ...(want.outcome !== null && { outcome: entries[0]?.outcome }),
  ...(want.cid !== undefined && { cid: [...new Set(entries.map(({ facts }) => facts.cid))] }),
  ...(want.site !== undefined && { site: [...new Set(entries.map(({ place }) => place.site))] }),
  ...(want.problems && { problems: entries[0]?.facts.problems.map(({ code }) => code) }),
})

const wanted = (want: Want): Record<string, unknown> => {
  const logged = want.logged ?? want.sent ?? 1
  return {
    logged,
    distinct: logged,
    ...(want.lanes && { lanes: [want.lanes] }),
    ...(want.transport && { transport: [want.transport] }),
    ...(want.outcome !== null && { outcome: expect.objectContaining(want.outcome ?? { state: 'done' }) }),
    ...(want.cid !== undefined && { cid: [want.cid] }),
    ...(want.site !== undefined && { site: [want.site] }),
    ...(want.problems && { problems: want.problems }),
  }
}

/** Says the log what the server knows not to be so? */
const contradicts = ({ outcome }: EventEntry, arrived: boolean): boolean =>
  arrived
    ? outcome.state === 'blocked' || (outcome.state === 'failed' && outcome.status === null)
    : outcome.state === 'done' || outcome.state === 'hidden'

const ending = (entries: EventEntry[]): string => {
  const texts = new Set(
    entries.map(({ outcome: { state, ...rest } }) =>
      [state, 'status' in rest ? rest.status : null, 'error' in rest ? rest.error : null].filter(Boolean).join(' '),
    ),
  )
  return texts.size > 3 ? `${texts.size} kinds of end` : [...texts].sort().join(', ')
}

/** Registers the tests of all cells for a browser. */
export function runMatrix(browser: BrowserName, get: () => Subject): void {
  const rows: Row[] = []
  let count = 0
  let tab: Tab
  /** What each category may have in the log when everything is over. */
  const ran = new Map<string, { wants: Map<string, Want>; total: number }>()

  describe.each([...new Set(GROUPS.map(({ axis }) => axis))])('%s', axis => {
    let ec: string
    beforeEach(async ({ onTestFinished }) => {
      ec = `m${++count}`
      tab = await get().open()
      onTestFinished(() => tab.close())
    })
    const groups = GROUPS.filter(group => group.axis === axis)
    test.each(groups.map(group => [group.title, group] as const))('%s', async (_title, group) => {
      const subject = get()
      const reason = group.not?.[browser]
      if (reason !== undefined) {
        for (const name of Object.keys(group.cells))
          rows.push({ axis, cell: name, sent: 0, logged: 0, cause: '—', end: '—', limit: reason })
        return
      }
      const { server } = subject
      const url = `//a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=`
      const path = `/${ec}`
      const stage: Stage = {
        subject,
        server,
        tab,
        ec,
        url,
        inPage: (fn, ...args) => tab.evaluate(`(${fn})(...${JSON.stringify(args)})`),
        async show(html, headers = {}) {
          server.serve(path, () => ({
            headers,
            body: `<!doctype html><title>${ec}</title><link rel="icon" href="data:,">${html}`,
          }))
          await tab.goto(`http://shop.test${path}`)
        },
        // A document that goes away while it is asked gives no answer.
        until: expression =>
          expect.poll(() => tab.evaluate(expression).catch(() => false), { timeout: PATIENCE_MS }).toBe(true),
        async logged(count) {
          const over = async () => (await subject.events(ec)).filter(hasEnded).length
          await expect.poll(over, { timeout: PATIENCE_MS, interval: 100 }).toBe(count)
          return subject.events(ec)
        },
      }
      const wants = new Map(
        Object.entries(group.cells).map(([name, cell]): [string, Want] => [name, { ...cell, ...cell[browser] }]),
      )
      const total = [...wants.values()].reduce((sum, { sent = 1, logged = sent }) => sum + logged, 0)
      ran.set(ec, { wants, total })
      await stage.show('<body>')
      await group.run(stage)
      const expected: Record<string, unknown> = { strangers: [] }
      for (const [name, want] of wants) expected[name] = wanted(want)
      let entries: EventEntry[] = []
      /** What the log says now. A body that takes long to read, or an end, is written after the event: the same is asked until all of it is there. */
      const told = async () => {
        entries = await subject.events(ec)
        const told: Record<string, unknown> = {
          strangers: entries.filter(entry => !wants.has(nameOf(entry))).map(({ facts }) => facts.ea),
        }
        for (const [name, want] of wants) told[name] = seen(ownOf(entries, name), want)
        return told
      }
      try {
        // The log is read as a whole: who does so without a pause keeps the worker from it.
        const patience = { timeout: PATIENCE_MS + total * EACH_MS, interval: 100 + total / 5 }
        await expect.poll(told, patience).toEqual(expected)
      } finally {
        for (const [name, want] of wants) {
          const own = ownOf(entries, name)
          rows.push({
            axis,
            cell: name,
            sent: want.sent ?? 1,
            logged: own.length,
            cause: [...new Set(own.map(({ request, call }) => request?.transport ?? call?.api ?? '?'))].join(', '),
            // How those end differs from run to run.
            end: want.outcome === null ? '' : ending(own),
            limit: want.limit ?? '',
          })
        }
      }
      await group.also?.(stage, entries)
    })
  })

  test('when all is over nothing is in the log a second time, and no end is told that the server knows better', async () => {
    const all = async () => (await get().events()).filter(({ facts }) => ran.has(facts.ec))
    const open = async () => (await all()).filter(entry => !hasEnded(entry)).length
    const sent = [...ran.values()].reduce((sum, { total }) => sum + total, 0)
    await expect.poll(open, { timeout: PATIENCE_MS + sent * EACH_MS, interval: 1_000 }).toBe(0)
    const entries = await all()
    const known = new Set(
      get()
        .server.received()
        .map(({ ec, ea }) => `${ec} ${ea}`),
    )
    for (const [ec, { wants, total }] of ran) {
      const own = entries.filter(({ facts }) => facts.ec === ec)
      const again = doubledIn(own.map(({ facts: { ea } }) => ea))
      const doubled = own.filter(({ facts: { ea } }) => again.includes(ea))
      expect({ ec, logged: own.length, doubled }).toEqual({ ec, logged: total, doubled: [] })
      const arrived = ({ facts: { ea } }: EventEntry): boolean => known.has(`${ec} ${ea}`)
      for (const [name, { outcome, shows }] of wants) {
        const events = ownOf(own, name)
        // Cells that expect an end have been compared with it.
        const untrue = outcome === null ? (entry: EventEntry) => contradicts(entry, arrived(entry)) : () => false
        expect({ name, untrue: events.filter(untrue) }).toEqual({ name, untrue: [] })
        if (shows) expect([name, events.some(entry => shows(entry, arrived(entry)))]).toEqual([name, true])
      }
    }
  })

  const cells = GROUPS.reduce((sum, group) => sum + Object.keys(group.cells).length, 0)
  afterAll(() => writeTable(browser, rows, rows.length === cells))
}
