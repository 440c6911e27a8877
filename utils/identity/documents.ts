/** Which documents live in which tab: when each began and ended, and which portal its SDK belongs to. */
import type { LogEntry, PageEntry } from './entry'
import type { Dict } from './persistent'

export interface DocumentMemory {
  doc: string
  frame: number
  /** `<partition>|<site>` of its holder. */
  site: string
  /** When it began, or was first heard of. */
  since: number
  /** When another one took its place; null while it lives. */
  ended: number | null
  /** Prerendered and not shown yet: it takes nobody's place. */
  hidden: boolean
  /** Its beginning, as the log tells it: top pages that somebody sees. */
  began: PageEntry | null
  /** The portal that its SDK, or its newest event, named. */
  portal: string | null
}

/** Newest last. Old ones fall off: late events of a document come within seconds of its end. */
export type TabMemory = readonly DocumentMemory[]

const KEPT = 16

export const siteKey = (partition: string, site: string): string => `${partition}|${site}`

/** A top page that people would call a new page: loaded, come back, or shown after it was prerendered. */
export const isPageLoad = ({ place, how }: PageEntry): boolean =>
  place.frame === 0 && (how === 'load' || how === 'restored' || how === 'shown')

export interface Sighting {
  tabs: Dict<TabMemory>
  /** null for what belongs to no document (a worker's request, a cookie). */
  document: DocumentMemory | null
  /** Documents that ended by this. */
  ended: readonly DocumentMemory[]
}

const NOBODY: readonly DocumentMemory[] = []

/** Takes note of the document of an entry; a document nobody heard of ends the one that was in its frame. */
export const sight = (tabs: Dict<TabMemory>, entry: LogEntry): Sighting => {
  const { place } = entry
  if (place.doc === '') return { tabs, document: null, ended: NOBODY }
  const old = tabs.get(place.tab) ?? []
  const known = old.findLast(each => each.doc === place.doc)
  const portal =
    entry.kind === 'sdk'
      ? (entry.portal ?? known?.portal ?? null)
      : entry.kind === 'event'
        ? (entry.facts.portal ?? known?.portal ?? null)
        : (known?.portal ?? null)
  const how = entry.kind === 'page' ? entry.how : null
  const hidden =
    how === 'prerender' || (how !== 'shown' && (known?.hidden ?? (entry.kind === 'event' && !!entry.prerender)))
  const began = entry.kind === 'page' && isPageLoad(entry) ? entry : (known?.began ?? null)
  const revived = known !== undefined && known.ended !== null && how === 'restored'
  if (known && known.portal === portal && known.hidden === hidden && known.began === began && !revived)
    return { tabs, document: known, ended: NOBODY }
  const document: DocumentMemory = {
    doc: place.doc,
    frame: place.frame,
    site: siteKey(place.partition, place.site),
    since: known?.since ?? entry.at,
    ended: revived ? null : (known?.ended ?? null),
    hidden,
    began,
    portal,
  }
  const arrives = !hidden && (!known || known.hidden || revived)
  const ended: DocumentMemory[] = []
  const others = old
    .filter(each => each.doc !== place.doc)
    .map(each => {
      const displaced = arrives && each.ended === null && !each.hidden
      if (!displaced || (place.frame !== 0 && each.frame !== place.frame)) return each
      const gone = { ...each, ended: entry.at }
      ended.push(gone)
      return gone
    })
  return { tabs: tabs.with(place.tab, [...others, document].slice(-KEPT)), document, ended }
}
