/** Files that a tester brings to a run: an earlier run to compare with, another channel's recording. Loaded when one is opened. */
import { check } from '../../utils/identity/check'
import { type Expected, rulesExpect } from '../../utils/identity/check-expected'
import { type OtherRun, otherRun } from '../../utils/identity/check-other'
import { type ReportContext, readSummary, type Summary, summaryOf } from '../../utils/identity/check-report'
import { EMPTY, Reduction } from '../../utils/identity/reduce'
import type { HolderState } from '../../utils/identity/state'
import { type HarOptions, HarReader, isHar } from '../../utils/log/har'
import type { ReadLog } from '../../utils/log/read'
import { t } from '../text'

/** Which site a page is of matters to nobody here: the file is asked for its customers, or for the site that is looked at. */
const siteOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : '')
const FOREVER = Number.POSITIVE_INFINITY

/** A HAR file; its reason when it can't be read. The log's own format would bring its reader into what every panel loads. */
function readHar(json: unknown, siteOf: HarOptions['siteOf']): ReadLog | string {
  if (!isHar(json)) return t('check.file.no-har')
  const reader = new HarReader({ siteOf })
  const { pages, entries } = (json as { log: { pages?: unknown; entries: unknown[] } }).log
  for (const page of Array.isArray(pages) ? pages : []) reader.page(page)
  for (const entry of entries) reader.entry(entry)
  return reader.finish(json)
}
const parse = (text: string): { json: unknown } | string => {
  try {
    return { json: JSON.parse(text.replace(/^\uFEFF/, '')) }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Whom a HAR file knows; its reason when it can't be read. */
export function readOther(name: string, text: string, portal: string | null): OtherRun | string {
  const parsed = parse(text)
  if (typeof parsed === 'string') return parsed
  const log = readHar(parsed.json, siteOf)
  if (typeof log === 'string') return log
  const reduction = new Reduction()
  reduction.apply(log.entries)
  return otherRun(name, reduction.holders(FOREVER), portal)
}

/** An earlier run: saved as JSON, or the HAR that it was recorded in; its reason when it can't be read. */
export function readBaseline(
  text: string,
  { site, portal }: Pick<HolderState, 'site' | 'portal'>,
  expected: Expected,
  context: ReportContext,
): Summary | string {
  const parsed = parse(text)
  if (typeof parsed === 'string') return parsed
  const summary = readSummary(parsed.json)
  if (summary) return summary
  // A HAR names pages and not sites: those of this site are its.
  const own = (url: string): string => {
    const host = siteOf(url)
    return host === site || host.endsWith(`.${site}`) ? site : host
  }
  const log = readHar(parsed.json, own)
  if (typeof log === 'string') return log
  const reduction = new Reduction(EMPTY, rulesExpect(expected))
  reduction.apply(log.entries)
  const holders = reduction.holders(FOREVER)
  const holder = holders.find(each => each.site === site && each.portal === portal) ?? holders[0]
  if (!holder) return t('check.file.no-event')
  const issues = reduction.issues(holder.key, FOREVER)
  return summaryOf(check({ entries: log.entries, holder, issues, expected, people: [], now: FOREVER }), context)
}
