/** The check as the panel sees it: the newest run of the holder that is shown, and its report. */
import { type CheckResult, check } from '../../utils/identity/check'
import { type ReportContext, type Summary } from '../../utils/identity/check-report'
import { cidOfPerson, type Person } from '../../utils/identity/check-trail'
import { holderOf, issuesOf } from '../select'
import type { PanelState } from '../store'
import { words } from '../words'

let known: { on: unknown[]; result: CheckResult | null } | null = null

/** null: no run was begun on this site. The same state gives the same object. */
export function runOf(state: PanelState): CheckResult | null {
  const { log, version, now, settings, expected } = state
  const holder = holderOf(state)
  const on = [log, version, now, settings.people, settings.mutes, holder, expected]
  if (known && on.every((each, index) => Object.is(each, known?.on[index]))) return known.result
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
      now,
    })
  known = { on, result: result && Number.isFinite(result.trail.start) ? result : null }
  return known.result
}

/** Where marks go: to the holder that is shown, else to the page's site. */
export function placeOf(state: PanelState): { site: string; partition: string } | null {
  const { log, hello } = state
  const holder = holderOf(state)
  if (holder) return holder
  const page = log.page?.place ?? hello
  return page?.site ? { site: page.site, partition: page.partition } : null
}

export const reportContext = (state: PanelState, baseline: Summary | null): ReportContext => ({
  words: words.check,
  recorded: state.hello?.tab ?? '',
  browser: /(Firefox|Edg|Chrom\w*)\/\d+/.exec(navigator.userAgent)?.[0]?.replace('/', ' ') ?? null,
  version: state.diagnosis?.version ?? null,
  tester: state.check.tester || null,
  masked: state.check.masked,
  strict: state.expected.strict,
  baseline,
})

/** What the typed value of a person comes to. */
export const personCid = (state: PanelState, typed: string): string | null => cidOfPerson(typed, state.expected.recipe)

/** Gives a file to the browser's downloads. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
