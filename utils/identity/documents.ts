/** Which documents live in which tab: when each began and ended, and which portal its SDK belongs to. */
import { isMainScript, regionOf } from '../sdk/names'
import type { LogEntry, PageEntry, Place, SdkEntry } from './entry'
import type { Dict } from './persistent'

/** What there should be one of in a document, with the entry that told of it first. */
export interface Named {
  kind: 'portal' | 'region' | 'loader' | 'script'
  value: string
  event: number
}

/** The SDK as the document had it last; `url` of its main script, once that was asked for; `main`: the newest script is that one. */
type Sdk = Pick<SdkEntry, 'state' | 'api' | 'portal' | 'prop'> & { url: string | null; main: boolean }

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
  named: readonly Named[]
  sdk: Sdk | null
}

/** Newest last. Old ones fall off: late events of a document come within seconds of its end. */
export type TabMemory = readonly DocumentMemory[]

const KEPT = 16

/** A site in one of the browser's cookie jars. */
export const siteKey = ({ partition, site }: Pick<Place, 'partition' | 'site'>): string => `${partition}|${site}`

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

export const NOTHING: readonly Named[] = []

const sdkOf = ({ state, api, portal, prop, script }: SdkEntry, before: Sdk | null): Sdk => {
  const main = script !== null && isMainScript(script.url)
  return { state, api, portal, prop, url: main ? script.url : (before?.url ?? null), main }
}

/**
 * Was the SDK's script asked for once more? A change of state is a new entry too; one that changes nothing is written for
 * that alone.
 */
const isAgain = (before: Sdk, now: Sdk): boolean =>
  before.url !== null &&
  now.main &&
  (before.url !== now.url ||
    !before.main ||
    (before.state === now.state && before.api === now.api && before.portal === now.portal && before.prop === now.prop))

const withOne = (
  named: readonly Named[],
  kind: Named['kind'],
  value: string | null,
  event: number,
): readonly Named[] => {
  if (value === null) return named
  for (const each of named) if (each.kind === kind && each.value === value) return named
  return [...named, { kind, value, event }]
}

/** Adds what this entry names for the first time in its document. */
const withNamed = (known: DocumentMemory | undefined, entry: LogEntry): readonly Named[] => {
  const { id } = entry
  let named = known?.named ?? NOTHING
  if (entry.kind === 'event' && entry.facts.carries) {
    named = withOne(named, 'portal', entry.facts.portal, id)
    if (entry.request) named = withOne(named, 'region', regionOf(entry.request.host), id)
  } else if (entry.kind === 'sdk') {
    if (entry.portal !== null) named = withOne(named, 'loader', `${entry.portal}/${entry.prop ?? ''}`, id)
    const before = known?.sdk ?? null
    const sdk = sdkOf(entry, before)
    if (sdk.url !== null && !before?.url) named = withOne(named, 'script', 'first', id)
    if (before && isAgain(before, sdk)) named = withOne(named, 'script', `again ${id}`, id)
  }
  return named
}

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
  const named = withNamed(known, entry)
  const sdk = entry.kind === 'sdk' ? sdkOf(entry, known?.sdk ?? null) : (known?.sdk ?? null)
  const same =
    known &&
    known.portal === portal &&
    known.hidden === hidden &&
    known.began === began &&
    known.named === named &&
    known.sdk === sdk
  if (same && !revived) return { tabs, document: known, ended: NOBODY }
  const document: DocumentMemory = {
    doc: place.doc,
    frame: place.frame,
    site: siteKey(place),
    since: known?.since ?? entry.at,
    ended: revived ? null : (known?.ended ?? null),
    hidden,
    began,
    portal,
    named,
    sdk,
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
