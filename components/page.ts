/** Which page the tab shows. The log tells of pages that have to do with the SDK; of all others only the browser does. */
import type { PageEntry, Place, SdkEntry } from '../utils/identity/entry'
import type { PanelState } from './store'

type Told = Pick<PanelState, 'log' | 'hello' | 'helloAt'>

/** The page that is shown, if the log tells of it; null: it doesn't, or the browser has named another site since, of which nothing is logged. */
export function pageOf({ log, hello, helloAt }: Told): PageEntry | null {
  const { page } = log
  const left = page && hello?.site && hello.site !== page.place.site && page.at <= helloAt
  return left ? null : page
}

/** Where the tab is: by the log, else by the browser; null: nobody can tell. */
export const whereOf = (told: Told): Pick<Place, 'site' | 'partition'> | null =>
  pageOf(told)?.place ?? (told.hello?.site ? told.hello : null)

/** The site (registrable domain) of the page that is shown; '' when nobody can tell. */
export const siteOf = (told: Told): string => pageOf(told)?.place.site || told.hello?.site || ''

/** What the SDK last said in each frame of the page that is shown, the top one first. */
export function framesOf(told: Told): SdkEntry[] {
  const { log, hello } = told
  if (log.page) return pageOf(told) ? log.frames() : []
  // Of a page whose beginning was deleted only the SDK's word is there.
  const frames = log.frames()
  const [top] = frames
  return hello?.site && top?.place.frame === 0 && top.place.site !== hello.site ? [] : frames
}
