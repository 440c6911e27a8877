/** What views read from the state: functions of it, remembered as long as what they rest on is the same. */
import { siteKey } from '../utils/identity/documents'
import { type Outcome, readHolderKey, type SdkState } from '../utils/identity/entry'
import { findMembers } from '../utils/identity/members'
import { explain, faultOf, formatRecipe, knownBad, knownValues, type Recipe } from '../utils/identity/recipe'
import type { HolderState, Issue, Merge, Severity } from '../utils/identity/state'
import type { Hello } from '../utils/messages'
import type { Mute } from '../utils/settings'
import type { LogView, Scope } from './log-view'
import { framesOf, siteOf, whereOf } from './page'
import type { PanelState } from './store'
import { say, t, told } from './text'

/** Remembers the last answer; asked again with the same arguments it gives the same object. */
function last<A extends unknown[], T>(compute: (...args: A) => T): (...args: A) => T {
  let known: { args: A; value: T } | null = null
  return (...args) => {
    if (!known || args.some((arg, index) => !Object.is(arg, known?.args[index])))
      known = { args, value: compute(...args) }
    return known.value
  }
}

/** Holders with events in this tab, and the one shown. `hello`: what the worker said of the tab, and when; the log doesn't tell of every page. */
export const selectHolders = last(
  (
    log: LogView,
    _version: number,
    now: number,
    chosen: string | null,
    hello: Hello | null = null,
    helloAt: number = Number.NEGATIVE_INFINITY,
  ) => {
    const { reduction, holders } = log
    const told = { log, hello, helloAt }
    const here = [...holders.keys()].filter(key => (holders.get(key) ?? 0) > 0 && reduction.holder(key, now))
    const place = whereOf(told)
    const site = place && `${siteKey(place)}|`
    const spoken = framesOf(told).find(frame => frame.place.frame === 0)?.portal
    const ofPage = [
      ...(site && spoken ? [`${site}${spoken}`] : []),
      ...[...here].sort((a, b) => (holders.get(b) ?? 0) - (holders.get(a) ?? 0)),
      // A tab that shows no page has nobody: the sites of the others are not its own.
      ...(site === null && log.tab !== null ? [] : reduction.holders(now).map(holder => holder.key)),
    ].filter(key => site === null || key.startsWith(site))
    const key = [chosen, ...ofPage, ...(site === null ? here : [])].find(each => each && reduction.holder(each)) ?? null
    const keys = key === null || here.includes(key) ? here : [key, ...here]
    return { key, keys, holder: key === null ? null : reduction.holder(key) }
  },
)
export const holdersOf = (state: PanelState) => {
  const { log, version, now, holder, holderOn, hello, helloAt } = state
  return selectHolders(log, version, now, holderOn === siteOf(state) ? holder : null, hello, helloAt)
}
export const holderOf = (state: PanelState): HolderState | null => holdersOf(state).holder

const RANK: Severity[] = ['error', 'warning', 'info']
const worse = (a: Issue, b: Issue): number => RANK.indexOf(a.severity) - RANK.indexOf(b.severity) || b.last - a.last
/** Worst first, then newest first; without what is muted on its site, which is set aside. */
export interface IssueList {
  issues: Issue[]
  muted: { issue: Issue; mute: Mute }[]
}
const NONE: IssueList = { issues: [], muted: [] }
const listIssues = (found: readonly Issue[], site: string, mutes: readonly Mute[]): IssueList => {
  const list: IssueList = { issues: [], muted: [] }
  for (const issue of [...found].sort(worse)) {
    const mute = mutes.find(each => each.rule === issue.rule && each.site === site)
    if (mute) list.muted.push({ issue, mute })
    else list.issues.push(issue)
  }
  return list
}
/** Of all holders with events in this tab, and of the one shown. */
const allIssues = last((log: LogView, _version: number, now: number, shown: string | null, mutes: readonly Mute[]) => {
  const keys = new Set([...log.holders.keys(), ...(shown === null ? [] : [shown])])
  return new Map(
    [...keys].map(key => [key, listIssues(log.reduction.issues(key, now), readHolderKey(key).site, mutes)]),
  )
})
/** Of all holders with events in this tab, by holder; the same object as long as nothing was found anew. */
export const issuesByHolder = (state: PanelState): ReadonlyMap<string, IssueList> =>
  allIssues(state.log, state.version, state.now, holdersOf(state).key, state.settings.mutes)

/** Of the holder that is shown. */
export function issuesOf(state: PanelState): IssueList {
  const { key } = holdersOf(state)
  return (key !== null && issuesByHolder(state).get(key)) || NONE
}

const scopedIssues = last(
  (log: LogView, _version: number, now: number, key: string, scope: Scope, mutes: readonly Mute[]) =>
    listIssues(log.part(scope).reduction.issues(key, now), readHolderKey(key).site, mutes),
)
const scopedTimes = last(
  (log: LogView, key: string, scope: Scope) => (uid: string) => log.part(scope).timesOf(key, uid),
)
/** What the identity view shows: the holder as the chosen tabs and sources tell of it; null when they tell nothing. */
export function scopedOf(state: PanelState) {
  const { log, version, now, scope, settings } = state
  const { key } = holdersOf(state)
  const shown = key === null ? null : log.part(scope).reduction.holder(key, now)
  if (key === null || !shown) return null
  const list = scope.tab || scope.prop ? scopedIssues(log, version, now, key, scope, settings.mutes) : issuesOf(state)
  return { holder: shown, list, timesOf: scopedTimes(log, key, scope) }
}

/** What the rules have to say of one event. */
export interface IssueMark {
  worst: Severity
  count: number
  /** The CID was still on it after a logout. */
  kept: boolean
  /** It had been sent before. */
  twice: boolean
  /** Which rules. */
  rules: readonly string[]
}

/** Is it in a list of ids that ascends? */
function holds(ids: readonly number[], id: number): boolean {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] ?? 0) < id) low = middle + 1
    else high = middle
  }
  return ids[low] === id
}

/** The issues that an event is evidence of. */
export const issuesAt = (state: PanelState, id: number): Issue[] =>
  [...issuesByHolder(state).values()].flatMap(list => list.issues.filter(issue => holds(issue.events, id)))

/** Looks issues up by event: only the rows in view are asked for, so nothing is gathered for the others. */
export function issueMarks(state: PanelState): (id: number) => IssueMark | null {
  const issues = [...issuesByHolder(state).values()].flatMap(list => list.issues)
  return id => {
    const found = issues.filter(issue => holds(issue.events, id))
    const [first] = found
    if (!first) return null
    return {
      worst: RANK.find(severity => found.some(issue => issue.severity === severity)) ?? first.severity,
      count: found.length,
      kept: found.some(({ rule }) => rule === 'logout-keeps-cid'),
      twice: found.some(({ rule, events }) => rule === 'event-twice' && events[0] !== id),
      rules: found.map(({ rule }) => rule),
    }
  }
}

export function countIssues(issues: readonly Issue[]): Record<Severity, number> {
  const counts = { error: 0, warning: 0, info: 0 }
  for (const issue of issues) counts[issue.severity] += 1
  return counts
}

export const recipeOf = last((holder: HolderState, cid: string): Recipe | null =>
  explain(cid, knownValues(holder, cid)),
)

/** How a CID was made, in a few words, and what is wrong with that; both null: no recipe found. */
export function recipeText(holder: HolderState, cid: string): { made: string | null; fault: string | null } {
  const recipe = recipeOf(holder, cid)
  const bad = knownBad(cid)
  const fault = bad === null ? faultOf(cid, recipe) : null
  return { made: recipe ? formatRecipe(recipe) : null, fault: bad ? say(bad) : fault && t(`fault.cid.${fault}`) }
}

/** What the header says of the SDK: the word of the top page's frame. */
export function sdkOf(told: Pick<PanelState, 'log' | 'hello' | 'helloAt'>): {
  state: SdkState | 'reading'
  queue: number
  script: string | null
  prop: string | null
} {
  const top = framesOf(told).find(frame => frame.place.frame === 0)
  return top
    ? { state: top.state, queue: top.queue, script: top.script?.url ?? null, prop: top.prop }
    : { state: told.log.reading ? 'reading' : 'absent', queue: 0, script: null, prop: null }
}

/** How a UID stands to a customer: needed wherever visitors are named. */
export const standings = last((holder: HolderState, cid: string | null): Map<string, Merge['members'][number]> => {
  const of = cid ?? [...holder.customers.keys()].at(-1)
  return new Map(of ? findMembers(holder, of, null).map(({ member }) => [member.uid, member]) : [])
})

/** How an event ended, in a few words. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.state) {
    case 'queued':
      return t('outcome.queued')
    case 'pending':
      return t('outcome.pending')
    case 'done':
      return String(outcome.status)
    case 'hidden':
      return t('outcome.hidden', { status: outcome.status })
    case 'failed':
      return outcome.status === null ? (outcome.error ?? t('outcome.failed')) : String(outcome.status)
    case 'blocked':
      return t(`outcome.blocked.${outcome.by}`)
    case 'not-sent':
      return t('outcome.not-sent')
    case 'unknown':
      return t('outcome.unknown')
  }
}

/** What to know of an outcome beyond its name: a sentence. */
export function outcomeNote(outcome: Outcome): string {
  switch (outcome.state) {
    case 'done':
      return outcome.status < 400 ? t('note.done') : t('note.failed')
    case 'hidden':
      return t('note.hidden', { error: outcome.error })
    case 'failed':
      return t('note.failed')
    case 'blocked':
      return t('note.blocked', { error: outcome.error })
    case 'unknown':
      return told(outcome.why)
    default:
      return t(`note.${outcome.state}`)
  }
}
