/**
 * The capture matrix: what a page sends, what the collector got, what the log says. The cells are the same for every browser; a
 * browser is given as a `Subject`. Each cell ends as a row of `docs/capture-matrix.md`.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { DemoServer } from '../../demo/server'
import type { EventEntry, Outcome, PageEntry } from '../../utils/identity/entry'
import type { Transport } from '../../utils/sdk/event'
import { doubledIn } from '../drive/log'
import type { Panel } from '../drive/panel'
import { GROUPS } from './cells'
import { type Row, writeTable } from './table'

export type BrowserName = 'Chromium' | 'Firefox'

/** A tab, in whatever driver. */
export interface Tab {
  goto(url: string): Promise<unknown>
  /** The value of an expression in the page, promises awaited. */
  evaluate<T>(expression: string): Promise<T>
  close(): Promise<void>
  /** What the browser wrote into its console so far, exceptions too. */
  noise?(): readonly string[]
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
  // What only some cells need: a browser that can't do it has its reason in `not` of the group.
  /** A tab has no network any more; resolves with what brings it back. */
  offline?(tab: Tab): Promise<() => Promise<void>>
  /** Does something while the extension isn't there; it comes when that is done. */
  without?(run: () => Promise<void>): Promise<void>
  /** The extension gives way to its next version. */
  update?(): Promise<void>
  /** The panel of a tab. */
  panel?(tab: Tab): Promise<Panel>
  /** Is the text anywhere in what the browser keeps on the disk? */
  onDisk?(text: string): Promise<boolean>
  /** Of a private window: the same browser outside of it. */
  outside?: Subject
  /** Resolves when the worker has stopped by itself. */
  idle?(): Promise<void>
  /** Another subject for cells that would disturb the others. */
  apart?(kind: Apart): Promise<Subject>
}

/**
 * `guest`: a browser whose extension comes, goes and is updated, beside an ad blocker that takes what is called `ad-…`. `private`: its private
 * windows. `unwatched`: one with no driver in it, whose tabs can't be asked; a new one each time.
 */
export type Apart = 'guest' | 'private' | 'unwatched'

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
  /** Where it happens; default: in the browser of all. */
  apart?: Apart
  /** It waits long, and begins before the others: only in an `unwatched` browser. */
  ahead?: true
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
  // Until all have ended, that of one that hasn't.
  ...(want.outcome !== null && { outcome: (entries.find(entry => !hasEnded(entry)) ?? entries[0])?.outcome }),
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

const byGroup = <T>(make: (group: Group, ec: string) => T): Map<Group, T> =>
  new Map(GROUPS.map((group, n) => [group, make(group, `m${n + 1}`)]))

/** Registers the tests of all cells for a browser. */
export function runMatrix(browser: BrowserName, get: () => Subject): void {
  const rows: Row[] = []
  const categories = byGroup((_, ec) => ec)
  const wantsOf = byGroup(
    ({ cells }) =>
      new Map(Object.entries(cells).map(([name, cell]): [string, Want] => [name, { ...cell, ...cell[browser] }])),
  )
  const totalOf = (group: Group): number =>
    [...(wantsOf.get(group)?.values() ?? [])].reduce((sum, { sent = 1, logged = sent }) => sum + logged, 0)
  const stages = new Map<Group, Stage>()

  const subjectOf = async ({ apart, title }: Group): Promise<Subject> => {
    const subject = get()
    if (!apart) return subject
    if (!subject.apart) throw new Error(`${browser} has no way to “${title}”: say so in its \`not\``)
    return subject.apart(apart)
  }

  /** Lets the group's page do what it does. */
  const act = async (group: Group): Promise<Stage> => {
    const subject = await subjectOf(group)
    const tab = await subject.open()
    const { server } = subject
    const ec = categories.get(group) ?? ''
    const path = `/${ec}`
    const stage: Stage = {
      subject,
      server,
      tab,
      ec,
      url: `//a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=`,
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
    stages.set(group, stage)
    await stage.show('<body>')
    await group.run(stage)
    return stage
  }

  /** What takes long because it waits begins before the others, in a browser of its own. */
  const begun = new Map<Group, Promise<Stage>>()
  beforeAll(() => {
    for (const group of GROUPS) {
      if (!group.ahead || group.not?.[browser] !== undefined) continue
      const acting = act(group)
      begun.set(group, acting)
      // Heard of by its test.
      acting.catch(() => {})
    }
  })

  describe.each([...new Set(GROUPS.map(({ axis }) => axis))])('%s', axis => {
    const groups = GROUPS.filter(group => group.axis === axis)
    test.each(groups.map(group => [group.title, group] as const))('%s', async (_title, group) => {
      const reason = group.not?.[browser]
      if (reason !== undefined) {
        for (const name of Object.keys(group.cells))
          rows.push({ axis, cell: name, sent: 0, logged: 0, cause: '—', end: '—', limit: reason })
        return
      }
      onTestFinished(() => stages.get(group)?.tab.close())
      const stage = await (begun.get(group) ?? act(group))
      const { subject, ec } = stage
      const wants = wantsOf.get(group) ?? new Map<string, Want>()
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
        const total = totalOf(group)
        const patience = { timeout: PATIENCE_MS + total * EACH_MS, interval: 100 + total * 0.8 }
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
    // The log of a private window is gone with it.
    const kept = [...stages].filter(([, { subject }]) => !subject.outside)
    const subjects = new Set(kept.map(([, { subject }]) => subject))
    const ran = new Set(kept.map(([, { ec }]) => ec))
    const all = async () => {
      const entries: EventEntry[] = []
      for (const subject of subjects) entries.push(...(await subject.events()))
      return entries.filter(({ facts }) => ran.has(facts.ec))
    }
    let entries: EventEntry[] = []
    const open = async () => {
      entries = await all()
      return entries.filter(entry => !hasEnded(entry)).length
    }
    const sent = kept.reduce((sum, [group]) => sum + totalOf(group), 0)
    await expect.poll(open, { timeout: PATIENCE_MS + sent * EACH_MS, interval: 1_000 + sent / 4 }).toBe(0)
    const known = new Set(
      get()
        .server.received()
        .map(({ ec, ea }) => `${ec} ${ea}`),
    )
    for (const [group, { ec }] of kept) {
      const own = entries.filter(({ facts }) => facts.ec === ec)
      const again = doubledIn(own.map(({ facts: { ea } }) => ea))
      const doubled = own.filter(({ facts: { ea } }) => again.includes(ea))
      expect({ ec, logged: own.length, doubled }).toEqual({ ec, logged: totalOf(group), doubled: [] })
      const arrived = ({ facts: { ea } }: EventEntry): boolean => known.has(`${ec} ${ea}`)
      for (const [name, { outcome, shows }] of wantsOf.get(group) ?? []) {
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
