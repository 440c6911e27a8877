/** Files that a tester brings to a run: an earlier run to compare with, another channel's recording. Loaded when one is opened. */
import { check } from '../../utils/identity/check'
import { type Expected, rulesExpect } from '../../utils/identity/check-expected'
import { type OtherRun, otherRun } from '../../utils/identity/check-other'
import { type ReportContext, readSummary, type Summary, summaryOf } from '../../utils/identity/check-report'
import { EMPTY, Reduction } from '../../utils/identity/reduce'
import type { HolderState } from '../../utils/identity/state'
import { entriesIn } from '../exchange/read'
import { t } from '../text'

const FOREVER = Number.POSITIVE_INFINITY
/** A run saved as JSON is some kB; what is longer is a recording, and isn't read in this thread. */
const LONGEST_SUMMARY = 1_000_000

/** Whom a recording knows; its reason when it can't be read; null when the user didn't wait for it. */
export async function readOther(file: File, portal: string | null): Promise<OtherRun | string | null> {
  const entries = await entriesIn(file)
  if (!Array.isArray(entries)) return entries
  const reduction = new Reduction()
  reduction.apply(entries)
  return otherRun(file.name, reduction.holders(FOREVER), portal)
}

async function summaryIn(file: File): Promise<Summary | null> {
  if (file.size > LONGEST_SUMMARY) return null
  try {
    return readSummary(JSON.parse((await file.text()).replace(/^\uFEFF/, '')))
  } catch {
    return null
  }
}

/** An earlier run: saved as JSON, or what it was recorded in; its reason when it can't be read; null when the user didn't wait for it. */
export async function readBaseline(
  file: File,
  { site, portal }: Pick<HolderState, 'site' | 'portal'>,
  expected: Expected,
  context: ReportContext,
): Promise<Summary | string | null> {
  const summary = await summaryIn(file)
  if (summary) return summary
  const entries = await entriesIn(file)
  if (!Array.isArray(entries)) return entries
  const reduction = new Reduction(EMPTY, rulesExpect(expected))
  reduction.apply(entries)
  const holders = reduction.holders(FOREVER)
  const holder = holders.find(each => each.site === site && each.portal === portal) ?? holders[0]
  if (!holder) return t('check.file.no-event')
  const issues = reduction.issues(holder.key, FOREVER)
  return summaryOf(check({ entries, holder, issues, expected, people: [], now: FOREVER }), context)
}
