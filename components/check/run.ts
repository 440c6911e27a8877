/** The check as the panel sees it: the newest run of the holder that is shown, and its report. */
import { type CheckResult, check } from '../../utils/identity/check'
import type { ExpectedRecipe } from '../../utils/identity/check-expected'
import { type ReportContext, type Summary } from '../../utils/identity/check-report'
import { cidOfPerson, type Person, recipeInUse } from '../../utils/identity/check-trail'
import { pageOf, whereOf } from '../page'
import { holderOf, issuesOf } from '../select'
import { lookAgain, type PanelState } from '../store'
import { t } from '../text'
import { words } from '../words'

/** A run that takes longer than this (ms) to look at is not looked at for each event, but when five times as long has passed. */
const LONG = 40
const REST = 5

let known: { on: unknown[]; result: CheckResult | null; rests: number } | null = null
let waking = 0

/**
 * null: no run was begun on this site, or older entries are still being read. The same state gives the same object. What it costs grows
 * with the run, not with the log, and a run of very many events is looked at less often.
 */
export function runOf(state: PanelState): CheckResult | null {
  const { log, version, now, settings, expected, check: said } = state
  if (log.markedAt === 0 || log.reading) return null
  const holder = holderOf(state)
  const on = [holder?.key, expected, said.others, settings.people, settings.mutes, log, version, now]
  const same = (each: unknown, index: number): boolean => Object.is(each, known?.on[index])
  if (known && on.every(same)) return known.result
  const begun = performance.now()
  // Only the log has grown, or time has passed.
  if (known && begun < known.rests && on.slice(0, -3).every(same)) {
    waking ||= window.setTimeout(() => {
      waking = 0
      lookAgain()
    }, known.rests - begun)
    return known.result
  }
  const people: readonly Person[] = settings.people
  const { issues, muted } = issuesOf(state)
  const mute = [...expected.mute, ...muted.map(({ mute: { rule, note } }) => ({ rule, note, until: null }))]
  const result =
    holder &&
    check({
      entries: log.reduction.all(),
      holder,
      issues: [...issues, ...muted.map(({ issue }) => issue)],
      expected: { ...expected, mute },
      people,
      others: said.others,
      now,
    })
  const cost = performance.now() - begun
  const rests = cost > LONG ? performance.now() + REST * cost : 0
  known = { on, result: result && Number.isFinite(result.trail.start) ? result : null, rests }
  return known.result
}

/** Where marks go: to the holder that is shown, else to the page's site. */
export function placeOf(state: PanelState): { site: string; partition: string } | null {
  const holder = holderOf(state)
  if (holder) return holder
  const page = whereOf(state)
  return page?.site ? { site: page.site, partition: page.partition } : null
}

const hostOf = (state: PanelState): string => {
  const url = pageOf(state)?.place.url ?? state.hello?.url ?? ''
  return URL.canParse(url) ? new URL(url).host : '—'
}

export const reportContext = (state: PanelState, baseline: Summary | null): ReportContext => ({
  words: words.check,
  say: words.say,
  recorded: t('check.recorded', { page: hostOf(state) }),
  browser: /(Firefox|Edg|Chrom\w*)\/\d+/.exec(navigator.userAgent)?.[0]?.replace('/', ' ') ?? null,
  version: state.diagnosis?.version ?? null,
  tester: state.check.tester || null,
  masked: state.settings.masking,
  strict: state.expected.strict,
  baseline,
})

/** How CIDs are made here: as expected, else as the log shows it; null: nobody knows. */
export const recipeHere = (state: PanelState): ExpectedRecipe | null => {
  const holder = holderOf(state)
  return state.expected.recipe ?? (holder && recipeInUse(holder))
}

/** What the typed value of a person comes to. `asIs`: it is the CID itself. */
export const personCid = (state: PanelState, typed: string, asIs: boolean): string | null =>
  cidOfPerson(asIs ? `cid:${typed}` : typed, recipeHere(state))

/** Gives a text to the browser's downloads. */
export const saveFile = (name: string, type: string, text: string): void => saveBlob(name, new Blob([text], { type }))
/** Gives a file to the browser's downloads. */
export function saveBlob(name: string, file: Blob): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
