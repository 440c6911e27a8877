/** What is to be said of a tab in two or three letters: who its visitor is now, and how much is wrong. */
import type { Reduction } from './reduce'
import type { HolderState, Issue, Now, Severity } from './state'

export interface Sign {
  state: Now['state']
  uid: string | null
  cid: string | null
  issues: Record<Severity, number>
  /** Nothing that happens there is recorded just now. */
  paused: boolean
}

/** The holder of a page: that of the portal which its SDK names, else the one of its site with most events. */
const holderOfPage = (reduction: Reduction, tab: string, now: number): HolderState | null => {
  const page = reduction.page(tab)
  if (!page) return null
  const ofSite = reduction.holders(now).filter(({ key }) => key.startsWith(`${page.site}|`))
  const portal = page.sdk?.portal ?? page.portal
  return ofSite.find(each => each.portal === portal) ?? ofSite[0] ?? null
}

/**
 * @param tab `<session>:<tab>`
 * @param isMuted does the user want to hear nothing of it?
 * @returns null: nothing is known of the tab's page
 */
export const signOf = (
  reduction: Reduction,
  tab: string,
  now: number,
  isMuted: (issue: Issue, site: string) => boolean,
): Omit<Sign, 'paused'> | null => {
  const holder = holderOfPage(reduction, tab, now)
  if (!holder) return null
  const issues: Sign['issues'] = { error: 0, warning: 0, info: 0 }
  for (const issue of reduction.issues(holder.key, now)) if (!isMuted(issue, holder.site)) issues[issue.severity]++
  const { state, uid, cid } = holder.now
  return { state, uid, cid, issues }
}
