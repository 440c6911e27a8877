/**
 * The panel's state, and what changes it. State stands in one store; actions are the functions of this module. The log itself is
 * a LogView that grows in place; `version` says that it did.
 */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { createStore } from 'zustand/vanilla'
import { breath, idle, inSlices, painted } from '../utils/breath'
import { type Expected, NOTHING_EXPECTED, rulesExpect } from '../utils/identity/check-expected'
import type { OtherRun } from '../utils/identity/check-other'
import type { Summary } from '../utils/identity/check-report'
import type { MarkKind } from '../utils/identity/entry'
import { deserialise, EMPTY, type LogState } from '../utils/identity/reduce'
import { RULES } from '../utils/identity/rules/table'
import type { HolderState } from '../utils/identity/state'
import type { Rejected } from '../utils/log/read'
import type { Change, Checkpoint, EventSource } from '../utils/log/source'
import {
  type Attachment,
  type Diagnosis,
  type Hello,
  isPermitted,
  isTabId,
  type Kept,
  type OnPage,
  type PanelAsk,
  type RunReply,
} from '../utils/messages'
import type { PageCall } from '../utils/sdk/event'
import { DEFAULTS, expectedOn, type Language, type Problem, type Settings } from '../utils/settings'
import { whyOf } from '../utils/why'
import type { Draft } from './actions/draft'
import { EMPTY_DRAFT } from './actions/draft-begin'
import type { Look } from './diagnostics/on-page'
import { keepFocus } from './focus'
import { later } from './lazy'
import { EVERYTHING, isEnoughOf, LogView, type Scope } from './log-view'
import { siteOf } from './page'
import { holderOf } from './select'
import { t, told } from './text'
import { language } from './words'

export const VIEWS = ['identity', 'events', 'merge', 'check', 'actions', 'diagnostics', 'settings'] as const
export type View = (typeof VIEWS)[number]
export type Category = 'all' | 'identity' | 'page' | 'product' | 'ads' | 'custom' | 'issue' | 'unsent'
export type DetailTab = 'decoded' | 'raw' | 'chain' | 'stack' | 'compare'

/** By which column the list is sorted; without one it stands in the order of time. */
export interface Sort {
  by: string
  down: boolean
}

/** An action of the panel on the page, as far as this panel ran it. */
export interface Run {
  command: string
  action: 'identify' | 'remove'
  at: number
  /** null: the page has not answered yet. */
  reply: RunReply | null
}

/** A log that was brought as a file: it is looked at, and there is no page to act on. */
export interface Imported {
  /** Of the file. */
  name: string
  format: 'har' | 'log' | 'csv'
  /** Entries of the file, of whatever kind. */
  requests: number
  /** What in it could not be read. */
  rejected: readonly Rejected[]
}

export interface PanelState {
  tab: number
  /** null: the log of the browser is shown. */
  imported: Imported | null
  /** A file that is being read; `fault`: a sentence, it could not be. */
  importing: { name: string; share: number; fault: string | null } | null
  /** The dialog for taking a log out is open. */
  exporting: boolean
  /** There is no page, but a file to look at, or one to be opened. */
  colleague: boolean
  /** null until the worker answered. */
  hello: Hello | null
  /** When it was asked for that, ms since the epoch. */
  helloAt: number
  log: LogView
  /** How the extension is in the page. null: unknown, or it can't be there. */
  attached: Attachment | null
  /** What worker and page said when they were asked last; null: not yet. */
  diagnosis: Diagnosis | null
  /** The worker didn't answer the last question. */
  silent: boolean
  /** Grows with every change of `log`. */
  version: number
  /** The log's first answer is here. */
  ready: boolean
  /** Why the panel shows less than there is; a sentence. */
  fault: string | null
  /** What is wrong with the log itself; a sentence. */
  health: string | null
  now: number
  settings: Settings
  /** That the words are in. */
  language: Language
  /** Stored settings that fell back to their defaults. */
  problems: readonly Problem[]
  view: View
  /** The holder that the user chose; null: the top page's. */
  holder: string | null
  /** Where the tab was when it was chosen: elsewhere the choice doesn't count. */
  holderOn: string
  /** What the identity view tells from. */
  scope: Scope
  selected: number | null
  /** Where Alt+← leads back to. */
  back: { view: View; selected: number | null } | null
  detail: DetailTab
  /** What events are compared with; null: with the last one of their kind. */
  compare: number | null
  /** Events that stay in view above the list. */
  pinned: ReadonlySet<number>
  category: Category
  filter: string
  sort: Sort | null
  /** The panel stands still: what is recorded meanwhile waits. */
  frozen: boolean
  /** Events that wait. */
  held: number
  /** The page as it was looked at, route by route. */
  looks: readonly Look[]
  /** Grows when a regular expression of the filter has found more. */
  searched: number
  /** What asks "really?" just now. */
  asking: 'clear' | 'delete' | 'reset-settings' | null
  /** The list of keys is open. */
  help: boolean
  policy: 'customer' | 'latest'
  /** UIDs of candidates that are ticked in. */
  chosen: ReadonlySet<string>
  /** Entry that the merge preview is as of; null: the default moment. */
  asOf: number | null
  draft: Draft
  runs: readonly Run[]
  /** Which calls of a removal are ticked. */
  removal: { signOut: boolean; reset: boolean; sure: boolean }
  /** The login and logout check: who logs in next, and what the report is to say. */
  check: {
    who: string | null
    tester: string
    /** Recordings of other channels, opened as files. */
    others: readonly OtherRun[]
    /** What is being written of expectations, and for which site; an earlier run to compare with. */
    draft: { site: string; text: string } | null
    baseline: { name: string; summary: Summary } | null
  }
  /** What the run comes to, as far as it was looked at; null: there is none. */
  overall: 'pass' | 'fail' | 'incomplete' | null
  /** Of the site that is shown. */
  expected: Expected
  /** Frame to run actions in; null: the first one whose SDK is the shown holder's, else the first that has one. */
  frame: number | null
  /** Which part of Actions was asked for last: it gets the focus. */
  wanted: 'identify' | 'remove' | null
  /** The list stays at the newest row; when it doesn't: how many events there were then. */
  following: boolean
  eventsSeen: number
}

const initial = (): PanelState => ({
  tab: -1,
  imported: null,
  importing: null,
  exporting: false,
  colleague: false,
  hello: null,
  helloAt: Number.NEGATIVE_INFINITY,
  log: new LogView(''),
  attached: null,
  diagnosis: null,
  silent: false,
  version: 0,
  ready: false,
  fault: null,
  health: null,
  now: Date.now(),
  settings: DEFAULTS,
  language,
  problems: [],
  view: 'identity',
  holder: null,
  holderOn: '',
  scope: EVERYTHING,
  selected: null,
  back: null,
  detail: 'decoded',
  compare: null,
  pinned: new Set(),
  category: 'all',
  filter: '',
  sort: null,
  frozen: false,
  held: 0,
  looks: [],
  searched: 0,
  asking: null,
  help: false,
  policy: 'customer',
  chosen: new Set(),
  asOf: null,
  draft: EMPTY_DRAFT,
  runs: [],
  removal: { signOut: true, reset: true, sure: false },
  check: { who: null, tester: '', others: [], draft: null, baseline: null },
  overall: null,
  expected: NOTHING_EXPECTED,
  frame: null,
  wanted: null,
  following: true,
  eventsSeen: 0,
})

export const panel = createStore<PanelState>(initial)
const set = panel.setState

/**
 * A part of the state in a component; renders again when it changes. Preact renders in one go, so nothing can change under it; the
 * `useSyncExternalStore` of its compat layer would bring that whole layer, and its own idea of `onChange`.
 */
export function usePanel<T>(select: (state: PanelState) => T): T {
  const [, render] = useState(0)
  const shown = useRef<{ select: (state: PanelState) => T; value: T } | null>(null)
  const value = select(panel.getState())
  shown.current = { select, value }
  useLayoutEffect(() => {
    const check = () => {
      if (shown.current && !Object.is(shown.current.select(panel.getState()), shown.current.value)) render(n => n + 1)
    }
    check()
    return panel.subscribe(check)
  }, [])
  return value
}

/** What the panel needs of the world outside: browser, worker, log. Wired by the entrypoint, replaced by tests. */
export interface World {
  tab: number
  ask(message: PanelAsk): Promise<unknown>
  /** Resolves when the first view has all its code and stands; absent: nothing is waited for. */
  standing?: Promise<unknown>
  /** Opens the store that the worker writes to. */
  open(hello: Hello): Promise<EventSource>
  /** Calls back with a sentence when the log itself fares badly; null when all is well again. */
  watchHealth(on: (message: string | null) => void, signal: AbortSignal): void
  /** Calls back whenever the page that the panel looks at has loaded. */
  watchPage(on: () => void, signal: AbortSignal): void
  /** Reloads it. */
  reload(): void
  /** Asks the user for the right to all sites, when it is missing; needs a click. */
  permit(): Promise<boolean>
  /** Shows a place of the page's code in the browser's own tools; absent where nothing can. Line and column from 1. */
  source?(url: string, line: number, column: number): void
  /** Shows a view, and an event in it, in another page: of one that has no views of its own. */
  elsewhere?(view: View, event: number | null): void
  settings: {
    read(): Promise<{ settings: Settings; problems: Problem[] }>
    write(settings: Settings): Promise<void>
    watch(on: (settings: Settings, problems: Problem[]) => void, signal: AbortSignal): void
  }
}

let world: World | null = null
let source: Pick<EventSource, 'payload'> | null = null

/** Connects the panel; everything ends with the signal. */
export async function start(outside: World, signal: AbortSignal): Promise<void> {
  world = outside
  set({ ...initial(), tab: outside.tab })
  const takeSettings = (settings: Settings, problems: Problem[]) => {
    set({ settings, problems })
    void expect()
  }
  outside.settings.watch(takeSettings, signal)
  // The worker may have to wake up: it is asked while the settings are read. Opened by hand, without a tab to look at, none could answer.
  const greeting = isTabId(outside.tab) ? greet(outside, signal) : null
  const { settings, problems } = await outside.settings.read()
  takeSettings(settings, problems)
  outside.watchHealth(health => set({ health }), signal)
  const clock = setInterval(tick, 1000)
  signal.addEventListener('abort', () => clearInterval(clock))

  if (!greeting) return set({ ready: true })
  const told = await greeting
  if (!told) return
  const { hello } = told
  set({ ...told, log: new LogView(hello.tab), fault: null })
  const attach = async () => {
    const attached = await outside.ask({ kind: 'attached', tab: outside.tab }).catch(() => null)
    set({ attached: attached as Attachment | null })
  }
  const arrive = async () => {
    void attach()
    // Another page may be of another site, also one of which nothing is ever logged.
    await hearAgain(message => outside.ask(message)).catch(() => {})
  }
  outside.watchPage(arrive, signal)
  void attach()
  let from: EventSource
  try {
    source = from = await outside.open(hello)
  } catch (error) {
    set({ fault: t('fault.open', { why: String(error) }), ready: true })
    return
  }
  const looked = async () => {
    await outside.standing?.catch(() => {})
    await painted()
  }
  from.watch(
    {},
    change => receive(change),
    unreadable => {
      logFault = unreadable
      set({ fault: unreadable, ready: true })
    },
    signal,
    { checkpoint: accept, enough: isEnoughOf(hello.tab), looked, pause, tab: hello.tab },
  )
}

/** What a checkpoint holds, as far as it is of use here. */
const bases = new WeakMap<Checkpoint, LogState>()
function accept(candidate: Checkpoint): boolean {
  const { settings, hello } = panel.getState()
  const site = hello?.site ?? ''
  // It was made without what is expected of the site.
  const { text, channel } = expectedOn(settings, site)
  if (text || channel) return false
  const base = deserialise(candidate.reduced)
  if (base) bases.set(candidate, base)
  return base !== null
}

/** ms after something new came within which more of it is expected: what nobody waits for keeps out of its way. */
const LIVELY = 400
let heard = Number.NEGATIVE_INFINITY
/** Between two pieces of work on older events. */
const pause = (): Promise<void> => (performance.now() - heard < LIVELY ? idle() : breath())

/** All entries are here: what they mean is worked out bit by bit, and takes the place of what the checkpoint told. */
async function complete(log: LogView): Promise<void> {
  const isShown = () => panel.getState().log === log
  if ((await inSlices(log.complete(), isShown, pause)) && isShown()) set(({ version }) => ({ version: version + 1 }))
}

/** Shows a log that was brought as a file, instead of whatever is shown. `log`: what `from` holds. */
export function showImported(from: Pick<EventSource, 'payload'>, log: LogView, imported: Imported): void {
  source = from
  waiting = []
  const { settings, problems, language: words, view, version } = panel.getState()
  const kept = { settings, problems, language: words, view, version: version + 1 }
  set({ ...initial(), ...kept, imported, log, colleague: true, ready: true })
  void expect()
}

/** What the worker says of the tab, and when it was asked; null: nothing yet. */
async function askHello(tab: number, ask: World['ask']): Promise<{ hello: Hello; helloAt: number } | null> {
  const helloAt = Date.now()
  const hello = (await ask({ kind: 'hello', tab })) as Hello | undefined
  return hello ? { hello, helloAt } : null
}

/** The tab may be elsewhere by now, and so may the site by whose expectations the rules go. */
async function hearAgain(ask: World['ask']): Promise<void> {
  const told = await askHello(panel.getState().tab, ask)
  if (!told) return
  set(told)
  void expect()
}

/** Asks the worker who this tab is, until it answers: it may be waking up, or being updated. */
async function greet(outside: World, signal: AbortSignal): ReturnType<typeof askHello> {
  for (let wait = 100; !signal.aborted; wait = Math.min(wait * 2, 5000)) {
    try {
      const told = await askHello(outside.tab, message => outside.ask(message))
      if (told) return told
    } catch {
      // The worker is not there yet; its silence is shown once it has lasted.
    }
    if (wait > 1000) set({ fault: t('fault.worker') })
    await new Promise(resolve => setTimeout(resolve, wait))
  }
  return null
}

let waiting: Change[] = []
let began: () => void
const beginning = new Promise<void>(resolve => {
  began = resolve
})
/** ms that a view which shows rows waits for the first of them. */
const FIRST_ROWS = 150
/** Resolves when a view's code and the log's first word are there, when its code can't come (its place says why), or after a little while. */
export const firstRows = (code: Promise<unknown>): Promise<unknown> =>
  Promise.race([code.then(() => beginning).catch(() => {}), new Promise(resolve => setTimeout(resolve, FIRST_ROWS))])
/** Resolves when all that the log means is known, or why it can't be; never once the signal has ended it. */
export const whenReady = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (panel.getState().ready) return resolve()
    const stop = panel.subscribe(({ ready }) => {
      if (!ready) return
      stop()
      resolve()
    })
    signal.addEventListener('abort', stop)
  })
/** Events of this tab among what waits while the panel is frozen. */
const held = new Set<number>()
/** What the log said when it could not be read; over with its next change. */
let logFault: string | null = null

/** Changes of one frame are taken in together. A hidden page gets no frames: then a timer has to do. */
function receive(change: Change): void {
  if (!change.older && !change.reset) heard = performance.now()
  const { frozen, log, hello } = panel.getState()
  // A page of older entries costs its reading, and no drawing of what is in view: nobody sees it.
  if (change.older && !frozen && waiting.length === 0) {
    const { rows, page } = log
    takeIn(log, change)
    if (log.rows === rows && log.page === page && change.older !== 'last') return
    return soon()
  }
  waiting.push(change)
  if (frozen) {
    for (const { kind, id, place } of change.older ? [] : change.entries) {
      if (kind === 'void') held.delete(id)
      else if (kind === 'event' && place.tab === hello?.tab && !log.entry(id)) held.add(id)
    }
    return set({ held: held.size })
  }
  soon()
}

/** ms between two drawings, if news come faster than that. */
const APART = 40
let due = false
/** When something was taken in last. */
let drawn = Number.NEGATIVE_INFINITY
/** Takes what waits in and draws: at once what comes alone, so that it doesn't wait for a frame to begin; of many, all with the next frame. */
function soon(): void {
  if (due) return
  if (performance.now() - drawn > APART) return takeWaiting()
  due = true
  let done = false
  const take = () => {
    if (done) return
    done = true
    due = false
    takeWaiting()
  }
  requestAnimationFrame(take)
  setTimeout(take, 120)
}

function takeIn(log: LogView, change: Change): void {
  try {
    log.take(change)
    if (change.older === 'last') void complete(log)
  } catch (error) {
    set({ fault: t('fault.entry', { why: whyOf(error) }) })
  }
}

function takeWaiting(): void {
  if (panel.getState().frozen) return
  const changes = waiting
  waiting = []
  let { log } = panel.getState()
  const { version, hello, selected, fault, ready } = panel.getState()
  for (const change of changes) {
    if (change.reset) log = new LogView(hello?.tab ?? '', (change.checkpoint && bases.get(change.checkpoint)) ?? EMPTY)
    takeIn(log, change)
  }
  const gone = selected !== null && !log.entry(selected)
  const over = fault !== null && fault === logFault
  set({
    log,
    version: version + 1,
    // Rows can be looked at before anything is known of identity.
    ready: ready || changes.some(({ early }) => !early),
    now: Date.now(),
    ...(gone ? { selected: null } : {}),
    ...(over ? { fault: null } : {}),
  })
  drawn = performance.now()
  began()
  void expect()
}

/** What the rules of which log go by. */
let going: { log: LogView; text: string; channel: Expected['mode'] } | null = null
/**
 * The rules go by what is expected of the site that is shown: of the holder's, which the user may have chosen. Hardly anybody has written that down, so the code that reads it comes when
 * somebody has. What the user switches by hand goes before what he has written.
 */
async function expect(): Promise<void> {
  const state = panel.getState()
  const { log, settings } = state
  const site = holderOf(state)?.site ?? siteOf(state)
  const { text, channel } = expectedOn(settings, site)
  const before = going?.log === log ? going : { text: '', channel: null }
  const now = { log, text, channel }
  const same = before.text === text && before.channel === channel
  // What is still being read for this log goes on.
  if (!same || before !== going) going = now
  if (same) return
  const expected =
    text !== ''
      ? (await later()).expectedOf(text, channel, RULE_IDS)
      : channel === null
        ? NOTHING_EXPECTED
        : { ...NOTHING_EXPECTED, mode: channel }
  if (going !== now) return
  log.expect(rulesExpect(expected))
  set(({ version }) => ({ expected, version: version + 1 }))
}
export const RULE_IDS: readonly string[] = RULES.map(({ id }) => id)

/** Silence becomes an answer as time passes; nothing else needs the clock, so an idle panel is left in peace. */
function tick(): void {
  const { log, now } = panel.getState()
  const latest = Math.max(log.rows[log.rows.length - 1]?.at ?? 0, log.markedAt)
  const date = Date.now()
  if (date - latest < 60_000 || date - now >= 15_000) set({ now: date })
}

export const reload = (): void => world?.reload()
/** Shows a place of the page's code; null: this browser can't. */
export const sourceOpener = (): World['source'] | null => world?.source ?? null

/** ms after which a worker that is asked how it fares counts as silent: it may have to wake first. */
const SILENCE = 5_000
/** Asks worker and page how they fare. */
export async function diagnose(): Promise<void> {
  if (!isTabId(panel.getState().tab)) return
  const asked = askQuietly({ kind: 'diagnose', tab: panel.getState().tab })
  const late = new Promise<undefined>(resolve => setTimeout(resolve, SILENCE))
  const diagnosis = (await Promise.race([asked, late])) as Diagnosis | undefined
  if (!diagnosis) return set({ silent: true })
  const { hello } = panel.getState()
  const permitted = isPermitted(diagnosis.permissions)
  // The right may have been given or taken on the browser's own page meanwhile.
  set({ diagnosis, silent: false, ...(hello && hello.permitted !== permitted && { hello: { ...hello, permitted } }) })
}

/** Asks for the missing permission; the worker then knows the tab. */
export async function permit(): Promise<void> {
  if (!(await world?.permit())) return
  await hearAgain(tell)
  await diagnose()
}

export const readPayload: EventSource['payload'] = refs => source?.payload(refs) ?? Promise.resolve(null)

/** Goes to a view; where there is none, to the page that has it. */
function go(view: View, change: Partial<PanelState> = {}): void {
  if (world?.elsewhere) world.elsewhere(view, change.selected ?? null)
  else set({ view, ...change })
}
export const showView = (view: View): void => go(view, { asking: null })
export function chooseHolder(holder: string): void {
  set({ holder, holderOn: siteOf(panel.getState()), chosen: new Set(), asOf: null, scope: EVERYTHING, frame: null })
  void expect()
}
export const setScope = (change: Partial<Scope>): void => set(state => ({ scope: { ...state.scope, ...change } }))
export const setFilter = (filter: string): void => set({ filter })
/** Stands still, or goes on with all that came meanwhile. */
export function setFrozen(frozen: boolean): void {
  held.clear()
  set({ frozen, held: 0 })
  if (!frozen && waiting.length > 0) takeWaiting()
}
/** Sorted otherwise, the newest row isn't the last one: there is nothing to follow. */
export const setSort = (sort: Sort | null): void =>
  set(state => ({ sort, ...(sort && state.following ? { following: false, eventsSeen: state.log.events } : {}) }))
export const foundMore = (): void => set(({ searched }) => ({ searched: searched + 1 }))
export const setCategory = (category: Category): void => set({ category })
export const setDetail = (detail: DetailTab): void => set({ detail })
export const setCompare = (compare: number | null): void => set({ compare })
export const togglePin = (id: number): void =>
  set(state => {
    const pinned = new Set(state.pinned)
    if (!pinned.delete(id)) pinned.add(id)
    return { pinned }
  })
export const select = (selected: number | null): void => set({ selected })
export const setPolicy = (policy: PanelState['policy']): void => set({ policy })
export const setAsOf = (asOf: number | null): void => set({ asOf })
export const setRemoval = (change: Partial<PanelState['removal']>): void =>
  set(state => ({ removal: { ...state.removal, sure: false, ...change } }))
export const setFrame = (frame: number): void => set({ frame })
/** A change of what would run takes back "I know that this can't be undone". */
export const setDraft = (change: Partial<Draft>): void =>
  set(state => ({ draft: { ...state.draft, sure: false, ...change } }))

/** Opens an event in the list, from wherever it was named. */
export function openEvent(id: number): void {
  const { view, selected } = panel.getState()
  go('events', { selected: id, detail: 'decoded', back: view === 'events' ? null : { view, selected } })
}
export function goBack(): void {
  const { back } = panel.getState()
  if (!back) return
  set({ ...back, back: null })
  keepFocus('#view')
}

/** The list reached the newest row, or was scrolled away from it. */
export function follow(following: boolean): void {
  const state = panel.getState()
  if (state.following !== following)
    set({ following, eventsSeen: state.log.events, ...(following ? { sort: null } : {}) })
}

/** All rows of the list. */
export function showAll(): void {
  go('events', { filter: '', category: 'all' })
  if (!panel.getState().settings.keepLog) void saveSettings({ keepLog: true })
}

/** Opens Actions at one of its parts. */
export const wantAction = (wanted: 'identify' | 'remove'): void => go('actions', { wanted })

/** Ticks a candidate into the merge, or out of it. */
export function toggleCandidate(uid: string): void {
  const chosen = new Set(panel.getState().chosen)
  if (!chosen.delete(uid)) chosen.add(uid)
  set({ chosen })
}

export const setOverall = (overall: PanelState['overall']): void => {
  if (panel.getState().overall !== overall) set({ overall })
}
/** Asks for what was not looked at because it would have cost too much just then. */
export const lookAgain = (): void => set(({ version }) => ({ version: version + 1 }))
export const setCheck = (change: Partial<PanelState['check']>): void =>
  set(state => ({ check: { ...state.check, ...change } }))

export const setExporting = (exporting: boolean): void => set({ exporting })
export const ask = (asking: PanelState['asking']): void => set({ asking })
export const setHelp = (help: boolean): void => set({ help })

/** What could not be asked or kept last; over with the next answer. */
let failed: string | null = null
async function attempt<T>(
  what: 'fault.ask' | 'fault.settings',
  act: () => Promise<T> | undefined,
): Promise<T | undefined> {
  try {
    const answer = await act()
    if (panel.getState().fault === failed) set({ fault: null })
    return answer
  } catch (error) {
    failed = t(what, { why: told(whyOf(error)) })
    set({ fault: failed })
  }
}
/** Asks the worker; undefined when it doesn't answer, which whoever asks says itself. */
export const askQuietly = async (message: PanelAsk): Promise<unknown> => world?.ask(message).catch(() => undefined)
/** Asks the worker; undefined when it doesn't answer, which is said above the view. */
export const tell = (message: PanelAsk): Promise<unknown> => attempt('fault.ask', () => world?.ask(message))

export async function clear(): Promise<void> {
  setFrozen(false)
  set({ asking: null, selected: null })
  const { tab, hello } = panel.getState()
  await tell({ kind: 'clear', tab, partition: hello?.partition ?? 'normal' })
}
/** Brings back what was cleared last. */
export async function undoClear(): Promise<void> {
  setFrozen(false)
  await tell({ kind: 'undo-clear', tab: panel.getState().tab })
}
export async function saveSettings(change: Partial<Settings>): Promise<void> {
  const settings = { ...panel.getState().settings, ...change }
  set({ settings })
  await attempt('fault.settings', () => world?.settings.write(settings))
}
/** The name that a CID was given; null: none. */
export const nameOf = (of: string): string | null =>
  panel.getState().settings.people.find(({ cid }) => cid === of)?.label ?? null
/** Judges a site as web or as app; null: as its events look. */
export const setChannel = (site: string, channel: Expected['mode']): Promise<void> => {
  const { [site]: _, ...others } = panel.getState().settings.channels
  return saveSettings({ channels: channel === null ? others : { ...others, [site]: channel } })
}
/** Mutes a rule on a site, with a note; null: it speaks again. */
export const muteRule = (site: string, rule: string, note: string | null): Promise<void> => {
  const others = panel.getState().settings.mutes.filter(mute => mute.site !== site || mute.rule !== rule)
  return saveSettings({ mutes: note === null ? others : [...others, { site, rule, note }] })
}
/** Records again, wherever it was switched off or paused for the page that is shown. */
export const resume = (): Promise<void> => {
  const { settings } = panel.getState()
  const site = siteOf(panel.getState())
  return saveSettings({ recording: true, pausedSites: settings.pausedSites.filter(each => each !== site) })
}
export const setRecording = (recording: boolean): Promise<void> => saveSettings({ recording })
