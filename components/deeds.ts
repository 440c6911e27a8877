/** What only views that are loaded later do: said to the worker, or kept in the settings. */
import type { MarkKind } from '../utils/identity/entry'
import type { HolderState } from '../utils/identity/state'
import { isTabId, type Kept, type OnPage, type RunReply } from '../utils/messages'
import type { PageCall } from '../utils/sdk/event'
import type { Problem, Settings } from '../utils/settings'
import { askQuietly, panel, type Run, saveSettings, setCheck, setFrozen, tell } from './store'
import { t } from './text'

const set = panel.setState

/** A tester's word about the site that he checks, into the log. */
export async function mark(holder: Pick<HolderState, 'site' | 'partition'>, what: MarkKind): Promise<void> {
  const { tab, check } = panel.getState()
  const { site, partition } = holder
  const who = what === 'login' || what === 'other' ? check.who : null
  // Said of one login: of the next one nothing is said yet.
  if (who !== null) setCheck({ who: null })
  // What he waits for comes now.
  setFrozen(false)
  await tell({ kind: 'mark', tab, site, partition, what, who })
}

/** Opens a page of the extension that asks for the file named so. */
export const openLogTab = (log: string): Promise<unknown> => tell({ kind: 'open-log', log })

/** What the page has set, and what is kept of its site; null: nobody answered. */
export const lookOnPage = async (): Promise<OnPage | null> => {
  const { tab } = panel.getState()
  if (!isTabId(tab)) return null
  return ((await askQuietly({ kind: 'on-page', tab })) as OnPage | undefined) ?? null
}
/** What the SDK keeps in the browser for the page's site; null: the worker didn't answer. */
export const readKept = async (): Promise<Kept[] | null> =>
  ((await tell({ kind: 'kept', tab: panel.getState().tab })) as Kept[] | undefined) ?? null
/** Takes away what is kept of this site, and loads the page anew; what could not be taken, null: no answer. */
export const makeFresh = async (site: string): Promise<Kept[] | null> =>
  ((await tell({ kind: 'fresh', tab: panel.getState().tab, site })) as Kept[] | undefined) ?? null
export async function deleteEverything(): Promise<void> {
  setFrozen(false)
  set({ asking: null, selected: null })
  await tell({ kind: 'delete-everything' })
}

/** Settings of a file, or the usual ones, instead of all that there are; `problems` says what of them had to fall back. */
export async function replaceSettings(settings: Settings, problems: readonly Problem[] = []): Promise<void> {
  await saveSettings(settings)
  set({ asking: null, problems })
}
/** Gives a CID a name, or takes it away. */
export const namePerson = (label: string, cid: string | null): Promise<void> => {
  const others = panel.getState().settings.people.filter(each => each.label !== label && each.cid !== cid)
  return saveSettings({ people: cid === null ? others : [...others, { label, cid }] })
}
/** Keeps what is expected of a site; '' for nothing. */
export const saveExpected = (site: string, text: string): Promise<void> => {
  const { [site]: _, ...others } = panel.getState().settings.expected
  return saveSettings({ expected: text === '' ? others : { ...others, [site]: text } })
}
/** One more collector, or one less. */
export const setHost = (host: string, wanted: boolean): Promise<void> => {
  const others = panel.getState().settings.hosts.filter(each => each !== host)
  return saveSettings({ hosts: wanted ? [...others, host] : others })
}
const IGNORED_MOST = 200
/** Sets a line of what was not recognised aside: host and path. */
export const ignoreLine = (line: string): Promise<void> =>
  saveSettings({ ignored: [...panel.getState().settings.ignored, line].slice(-IGNORED_MOST) })
/** Looks at them again. */
export const heedLines = (lines: readonly string[]): Promise<void> =>
  saveSettings({ ignored: panel.getState().settings.ignored.filter(line => !lines.includes(line)) })
let runs = 0
/** Runs calls on the page, in a frame that has the SDK. What becomes of them is read from the log, by `command`. */
export async function run(action: Run['action'], frame: number, calls: PageCall[]): Promise<void> {
  const { tab } = panel.getState()
  const command = `${action}:${Date.now().toString(36)}-${++runs}`
  const begun: Run = { command, action, at: Date.now(), reply: null }
  setFrozen(false)
  set(state => ({
    runs: [...state.runs, begun],
    draft: { ...state.draft, sure: false },
    removal: { ...state.removal, sure: false },
  }))
  const reply =
    ((await tell({ kind: 'run', tab, frame, command, calls })) as RunReply | undefined) ??
    ({ ok: false, error: t('run.no-answer') } satisfies RunReply)
  set(state => ({ runs: state.runs.map(each => (each.command === command ? { ...begun, reply } : each)) }))
}
