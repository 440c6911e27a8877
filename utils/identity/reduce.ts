/**
 * From the log to what it means. `step` takes one entry onto the state; `Reduction` keeps the state right while entries
 * come late, come again with their end, or come out of order.
 */
import { AID_COOKIE, isThrottleCookie, UID_COOKIE } from '../sdk/names'
import { systemMap } from './attributes'
import { CHAIN, SWITCH } from './constants'
import { type DocumentMemory, isPageLoad, type Named, NOTHING, sight, siteKey, type TabMemory } from './documents'
import { byTime, type EventEntry, holderKey, type LogEntry, type Place, type StoredEntry } from './entry'
import { asExpected, type Expectations, NO_EXPECTATIONS } from './expectations'
import { draftOf, type Holder, type HolderDraft, newHolder } from './holder'
import { advance, beforeEcho, look, pageSeen, resetStored, takeEcho, uidStored } from './machine'
import { outcomeAt } from './outcome'
import { Dict, fromPlain, type Plain, toPlain } from './persistent'
import { count, record } from './profiles'
import { judge, list, NO_MEMORIES, type PackedRecord, pack, unpack } from './rules/engine'
import { RULES } from './rules/table'
import type { HolderState, Issue } from './state'

/** One of the SDK's two ids as the site's cookies hold it, and when it last changed while we looked on. */
interface Cookie {
  value: string | null
  changed: number | null
}

interface Site {
  /** Its holders, oldest first. */
  holders: readonly string[]
  uid: Cookie
  aid: Cookie
}

/** Everything that reducing remembers. Immutable; `serialise` makes it plain. */
export interface LogState {
  holders: Dict<Holder>
  /** By `<partition>|<site>`. */
  sites: Dict<Site>
  tabs: Dict<TabMemory>
  /** By partition and origin: portals of events that belong to no document, as in a file that has none. */
  portals: Dict<readonly PortalSeen[]>
  events: number
  /** Newest entry taken, in the order of time; null: none. */
  newest: { at: number; id: number } | null
}

export const EMPTY: LogState = {
  holders: Dict.EMPTY,
  sites: Dict.EMPTY,
  tabs: Dict.EMPTY,
  portals: Dict.EMPTY,
  events: 0,
  newest: null,
}

const UNSEEN: Cookie = { value: null, changed: null }
const NEW_SITE: Site = { holders: [], uid: UNSEEN, aid: UNSEEN }

/** Of so many portals nobody needs to hear. */
const KEPT = 16

interface PortalSeen extends Named {
  /** Newest event of it. */
  at: number
}

type Draft = { -readonly [K in keyof LogState]: LogState[K] }

/** What an entry brings with it, besides itself. */
interface Circumstances {
  document: DocumentMemory | null
  named: readonly Named[]
  /** Documents that it ended. */
  ended: readonly string[]
  expected: Expectations
}

const pathOf = (url: string): string => {
  const path = url.replace(/^[a-z][\w+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0]
  return path || '/'
}

/** The portal that an event without one belongs to: its document's, else the site's only one. */
const portalOf = (log: Draft, entry: EventEntry, document: DocumentMemory | null): string | null => {
  const known = entry.facts.portal ?? document?.portal ?? null
  if (known !== null) return known
  const keys = log.sites.get(siteKey(entry.place))?.holders ?? []
  const only = keys.length === 1 ? log.holders.get(keys[0] ?? '') : undefined
  return only?.shown.portal ?? null
}

/** The holder of a site and portal; made when it is first heard of, out of what came before its portal was known. */
const ensureHolder = (log: Draft, place: Place, portal: string | null, document: DocumentMemory | null): Holder => {
  const { partition, site } = place
  const key = holderKey(partition, site, portal)
  const known = log.holders.get(key)
  if (known) return known
  const where = siteKey(place)
  const memory = log.sites.get(where) ?? NEW_SITE
  const nameless = holderKey(partition, site, null)
  const forerunner = memory.holders.length === 1 ? log.holders.get(nameless) : undefined
  if (forerunner) {
    const holder: Holder = { ...forerunner, shown: { ...forerunner.shown, key, portal } }
    log.holders = log.holders.without(nameless).with(key, holder)
    log.sites = log.sites.with(where, { ...memory, holders: [key] })
    return holder
  }
  let holder = newHolder(key, partition, site, portal, NO_MEMORIES)
  const began = document?.began
  if (began) holder = pageSeen(holder, began, pathOf(began.place.url))
  log.sites = log.sites.with(where, { ...memory, holders: [...memory.holders, key] })
  log.holders = log.holders.with(key, holder)
  return holder
}

/** All holders of some sites see an entry that is no event of theirs; `change` is what it does to them. */
const tellSites = (
  log: Draft,
  sites: Iterable<string>,
  entry: LogEntry,
  { document, ...circumstances }: Circumstances,
  change: (holder: Holder, site: string) => Holder,
): void => {
  for (const where of new Set(sites))
    for (const key of log.sites.get(where)?.holders ?? []) {
      const before = log.holders.get(key)
      if (!before) continue
      const after: HolderDraft = { ...change(before, where) }
      const here = document?.site === where ? document : null
      judge({ entry, seen: null, before, after, document: here, ...circumstances }, after)
      log.holders = log.holders.with(key, after)
    }
}

const unchanged = (holder: Holder): Holder => holder

/** What stands for a document where there is none: the site as its events name it, within one visit. */
const withPortals = (log: Draft, { id: event, at, place, facts }: EventEntry): readonly Named[] => {
  const [origin] = /^https?:\/\/[^/?#]+/i.exec(facts.page ?? '') ?? []
  const { portal: value } = facts
  if (place.doc !== '' || !facts.carries || origin === undefined || value === null) return NOTHING
  const key = `${place.partition}|${origin}`
  const recent = (log.portals.get(key) ?? []).filter(each => at - each.at <= SWITCH)
  const known = recent.find(each => each.value === value)
  const now: PortalSeen = { kind: 'portal', value, event: known?.event ?? event, at }
  const portals = known ? recent.map(each => (each === known ? now : each)) : [...recent, now].slice(-KEPT)
  log.portals = log.portals.with(key, portals)
  return portals
}

const takeEvent = (log: Draft, entry: EventEntry, circumstances: Circumstances): void => {
  const { document } = circumstances
  const told = ensureHolder(log, entry.place, portalOf(log, entry, document), document)
  const before = beforeEcho(told, entry)
  const seen = look(before, entry)
  const after = draftOf(before)
  count(after, seen)
  if (entry.facts.carries) {
    advance(after, seen, document)
    if (told.echo && told !== before) takeEcho(after, told.echo, seen)
    record(before, after, seen)
  } else after.notCarrying++
  judge({ entry, seen, before, after, ...circumstances }, after)
  log.holders = log.holders.with(after.shown.key, after)
}

const cookieAfter = (old: Cookie, { value, cause, at }: StoredEntry): Cookie => {
  const changed = old.value !== null && old.value !== value && (cause === 'set' || cause === 'removed')
  return { value, changed: changed ? at : old.changed }
}

/** The SDK's ids in cookies and storage: the UID before the first event, and resets that no event told of. */
const takeStored = (log: Draft, entry: StoredEntry, circumstances: Circumstances): void => {
  const { place, name, value, where: store } = entry
  const where = siteKey(place)
  const namesUid = name === UID_COOKIE
  const tells = (namesUid && value !== null) || isThrottleCookie(name)
  if (tells && !log.sites.get(where)?.holders.length) ensureHolder(log, place, null, null)
  const site = log.sites.get(where)
  if (!site) return
  let reset = false
  if (store === 'cookie' && (namesUid || name === AID_COOKIE)) {
    const uid = namesUid ? cookieAfter(site.uid, entry) : site.uid
    const aid = namesUid ? site.aid : cookieAfter(site.aid, entry)
    reset = uid.changed !== null && aid.changed !== null && Math.abs(uid.changed - aid.changed) <= CHAIN
    const next = reset ? { uid: { ...uid, changed: null }, aid: { ...aid, changed: null } } : { uid, aid }
    log.sites = log.sites.with(where, { ...site, ...next })
  }
  const newUid = log.sites.get(where)?.uid.value ?? null
  tellSites(log, [where], entry, circumstances, holder => {
    const after = reset ? resetStored(holder, entry, newUid, `cookies ${UID_COOKIE}, ${AID_COOKIE}`) : holder
    return namesUid && value ? uidStored(after, entry, value, `${store} ${name}`) : after
  })
}

/**
 * One more entry onto the state. Entries must come in the order of (time, id); costs the same however long the log is.
 * @returns a new state that shares with the old one what didn't change
 */
export const step = (log: LogState, entry: LogEntry, expected: Expectations = NO_EXPECTATIONS): LogState => {
  const { holders, sites, portals, events } = log
  const draft: Draft = { holders, sites, tabs: log.tabs, portals, events, newest: { at: entry.at, id: entry.id } }
  if (entry.kind === 'void' || entry.kind === 'clear') return draft
  const { tabs, document, ended } = sight(log.tabs, entry)
  draft.tabs = tabs
  const gone = ended.length > 0 ? ended.map(({ doc }) => doc) : []
  const elsewhere = ended.length > 0 ? ended.map(({ site }) => site) : []
  const here = siteKey(entry.place)
  const named = document?.named ?? (entry.kind === 'event' ? withPortals(draft, entry) : NOTHING)
  const circumstances: Circumstances = { document, named, ended: gone, expected }
  switch (entry.kind) {
    case 'event':
      draft.events++
      takeEvent(draft, asExpected(entry, expected), circumstances)
      if (elsewhere.length > 0)
        tellSites(
          draft,
          elsewhere.filter(site => site !== here),
          entry,
          circumstances,
          unchanged,
        )
      break
    case 'page':
      tellSites(draft, [here, ...elsewhere], entry, circumstances, (holder, site) =>
        site === here && isPageLoad(entry) ? pageSeen(holder, entry, pathOf(entry.place.url)) : holder,
      )
      break
    case 'sdk':
      if (entry.portal !== null) ensureHolder(draft, entry.place, entry.portal, document)
      tellSites(draft, [here], entry, circumstances, unchanged)
      break
    case 'stored':
      takeStored(draft, entry, circumstances)
      break
    case 'gap':
      tellSites(draft, draft.sites.keys(), entry, circumstances, unchanged)
      break
  }
  return draft
}

const views = new WeakMap<Holder, HolderState>()

/** What is shown of a holder. The same holder gives the same object. */
const shown = (holder: Holder): HolderState => {
  let view = views.get(holder)
  if (!view) {
    view = { ...holder.shown, moments: holder.moments.toArray(), system: systemMap(holder.system) }
    views.set(holder, view)
  }
  return view
}

/** Raised whenever the shape or the meaning of LogState changes: an older checkpoint is then no use. */
const VERSION = 6
const signature = (): string => [VERSION, ...RULES.map(({ id }) => id)].join(' ')

interface Packed {
  /** Without the holders' issues. */
  state: Plain
  issues: [holder: string, records: [key: string, record: PackedRecord][]][]
}

/** A state as plain data for the checkpoint: survives `structuredClone` and IndexedDB. */
export const serialise = (log: LogState): { version: string; state: Plain } => {
  const issues: Packed['issues'] = []
  let { holders } = log
  for (const [key, holder] of holders) {
    issues.push([key, [...holder.issues].map(([issue, record]) => [issue, pack(record)])])
    holders = holders.with(key, { ...holder, issues: Dict.EMPTY })
  }
  return { version: signature(), state: { state: toPlain({ ...log, holders }), issues } satisfies Packed }
}

/** The state of a checkpoint; null if another version of the reducer or other rules made it: reduce afresh then. */
export const deserialise = (checkpoint: { version: string; state: Plain }): LogState | null => {
  if (checkpoint.version !== signature()) return null
  const { state, issues } = checkpoint.state as Packed
  const log = fromPlain(state) as LogState
  let { holders } = log
  for (const [key, records] of issues) {
    const holder = holders.get(key)
    const unpacked = Dict.of(records.map(([issue, record]) => [issue, unpack(record)] as const))
    if (holder) holders = holders.with(key, { ...holder, issues: unpacked })
  }
  return { ...log, holders }
}

/** A holder before its portal was known. */
const forerunnerOf = (log: LogState, holder: Holder | undefined): Holder | undefined =>
  holder && log.holders.get(holderKey(holder.shown.partition, holder.shown.site, null))

/** Snapshots lie this many entries apart; far from the end, where late entries hardly ever belong, only every COARSE-th. */
const EVERY = 64
const COARSE = 1_024

/**
 * The state of a log whose entries come in any order, and again when they learn more. Giving the same entries in another
 * order, or an entry's last version at once, ends in the same state.
 */
export class Reduction {
  /** Sorted by (at, id), as reduced: silence answered as of `asOf`. */
  private entries: LogEntry[] = []
  /** By id: their times find their place. */
  private byId = new Map<number, LogEntry>()
  /** Snapshots by the number of entries that they contain; index 0 is the beginning. */
  private snapshots = new Map<number, LogState>()
  private log: LogState
  /** So many of the entries are in `log`. */
  private reduced = 0
  /** Entries whose end is open, as they came. */
  private open = new Map<number, EventEntry>()
  /** What `entries` go on from: the checkpoint, or what was let go of. */
  private floor: LogState
  private asOf = Number.NEGATIVE_INFINITY

  /**
   * @param base the state of a checkpoint; entries that it contains, or that are older than it, can't be taken any more.
   * @param expected of a tester; a checkpoint must have been made with the same: with others reduce afresh, without one
   */
  constructor(
    private readonly base: LogState = EMPTY,
    private readonly expected: Expectations = NO_EXPECTATIONS,
  ) {
    this.floor = base
    this.log = base
  }

  /** Entries that came too late to be taken onto the checkpoint, or onto what was let go of: if there are any, reduce afresh. */
  late = 0

  reset(): void {
    this.entries = []
    this.byId.clear()
    this.snapshots.clear()
    this.open.clear()
    this.floor = this.base
    this.log = this.base
    this.reduced = 0
    this.late = 0
  }

  /** Takes entries, new or rewritten, in any order. */
  apply(entries: readonly LogEntry[]): void {
    const latest = new Map<number, LogEntry>()
    for (const entry of entries) latest.set(entry.id, entry)
    const fresh: LogEntry[] = []
    for (const entry of latest.values()) {
      if (this.precedes(entry)) {
        this.late++
        continue
      }
      if (entry.kind === 'event' && entry.outcome.state === 'pending') this.open.set(entry.id, entry)
      else this.open.delete(entry.id)
      fresh.push(this.asItEnds(entry))
    }
    this.replace(fresh)
  }

  /** All holders, the one with most events first. `now`: what has not been sent by then counts as not sent. */
  holders(now = this.asOf): HolderState[] {
    this.answerSilence(now)
    return [...this.log.holders.values()].map(shown).sort((a, b) => b.events - a.events)
  }

  holder(key: string, now = this.asOf): HolderState | null {
    this.answerSilence(now)
    const holder = this.log.holders.get(key)
    return holder ? shown(holder) : null
  }

  /** The holder as it was just after an entry; null if entry or holder is unknown by then. */
  stateAfter(key: string, id: number): HolderState | null {
    const log = this.logAfter(id)
    const holder = log && (log.holders.get(key) ?? forerunnerOf(log, this.log.holders.get(key)))
    return holder ? shown(holder) : null
  }

  /** All holders as they were just after an entry; none if it is unknown. */
  holdersAfter(id: number): HolderState[] {
    return [...(this.logAfter(id)?.holders.values() ?? [])].map(shown)
  }

  private logAfter(id: number): LogState | null {
    const index = this.indexOf(id)
    if (index < 0) return null
    const [start, state] = this.snapshotBefore(index + 1)
    let log = state
    for (let i = start; i <= index; i++) log = step(log, this.entryAt(i), this.expected)
    return log
  }

  /** The issues of a holder as of `now` (ms since the epoch; +∞ for a file), worst first. */
  issues(key: string, now: number): Issue[] {
    this.answerSilence(now)
    const holder = this.log.holders.get(key)
    return holder ? list(holder, now) : []
  }

  /** Number of events, those of a checkpoint included. */
  events(): number {
    return this.log.events
  }

  /** The entry, ended as far as anybody knows; null: not here, or in a checkpoint only. */
  entry(id: number): LogEntry | null {
    const index = this.indexOf(id)
    return index < 0 ? null : this.entryAt(index)
  }

  /** All entries in the order of (at, id), but those of a checkpoint. Grows in place. */
  all(): readonly LogEntry[] {
    return this.entries
  }

  /** The page that a tab (`<session>:<tab>`) shows in its top frame, as far as anybody heard of it. */
  page(tab: string): DocumentMemory | null {
    const documents = this.log.tabs.get(tab) ?? []
    return documents.findLast(each => each.frame === 0 && each.ended === null && !each.hidden) ?? null
  }

  /** The state after all entries, for a checkpoint. */
  state(): LogState {
    return this.log
  }

  /**
   * Lets go of all but the newest `keep` entries, and of none that an entry without an end came before: what they meant stays. One of
   * them that changes after all counts as `late`.
   */
  settle(keep: number): void {
    let gone = this.entries.length - keep
    for (const [id, entry] of this.open) {
      const ended = this.asItEnds(entry)
      const index = this.indexOf(id)
      if (index >= 0 && ended.kind === 'event' && ended.outcome.state === 'pending') gone = Math.min(gone, index)
    }
    if (gone <= 0) return
    const [start, state] = this.snapshotBefore(gone)
    this.floor = state
    for (let i = start; i < gone; i++) this.floor = step(this.floor, this.entryAt(i), this.expected)
    for (const { id } of this.entries.splice(0, gone)) {
      this.byId.delete(id)
      this.open.delete(id)
    }
    this.snapshots.clear()
    this.reduced = this.entries.length
  }

  private precedes({ at, id }: LogEntry): boolean {
    const { newest } = this.floor
    return newest !== null && (at < newest.at || (at === newest.at && id <= newest.id))
  }

  private asItEnds(entry: LogEntry): LogEntry {
    if (entry.kind !== 'event') return entry
    const outcome = outcomeAt(entry, this.asOf)
    return outcome === entry.outcome ? entry : { ...entry, outcome }
  }

  /** Answers silence as of `now`: an entry that got no end by then is reduced again with what that means. */
  private answerSilence(now: number): void {
    if (now === this.asOf) return
    this.asOf = now
    const changed: LogEntry[] = []
    for (const [id, entry] of this.open) {
      const ended = this.asItEnds(entry)
      const index = this.indexOf(id)
      const present = index < 0 ? null : this.entryAt(index)
      if (ended.kind === 'event' && present?.kind === 'event' && present.outcome.state !== ended.outcome.state)
        changed.push(ended)
    }
    this.replace(changed)
  }

  private entryAt(index: number): LogEntry {
    const entry = this.entries[index]
    if (!entry) throw new RangeError(`No entry at ${index}`)
    return entry
  }

  /** First index whose entry is not before (at, id). */
  private placeOf(at: number, id: number): number {
    let low = 0
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      const entry = this.entryAt(middle)
      if (entry.at < at || (entry.at === at && entry.id < id)) low = middle + 1
      else high = middle
    }
    return low
  }

  private indexOf(id: number): number {
    const known = this.byId.get(id)
    if (!known) return -1
    const index = this.placeOf(known.at, id)
    return this.entries[index]?.id === id ? index : -1
  }

  /** Puts entries in their places, and reduces again from the first that changed. */
  private replace(fresh: readonly LogEntry[]): void {
    if (fresh.length === 0) return
    let first = this.entries.length
    const moved = new Set<number>()
    const added: LogEntry[] = []
    for (const entry of fresh) {
      const index = this.indexOf(entry.id)
      if (index >= 0) first = Math.min(first, index)
      if (index >= 0 && this.entries[index]?.at === entry.at) {
        this.entries[index] = entry
        this.byId.set(entry.id, entry)
      } else {
        if (index >= 0) moved.add(entry.id)
        added.push(entry)
      }
    }
    if (moved.size > 0) this.entries = this.entries.filter(({ id }) => !moved.has(id))
    added.sort(byTime)
    const [earliest] = added
    if (earliest) {
      first = Math.min(first, this.placeOf(earliest.at, earliest.id))
      const rest = this.entries.splice(this.placeOf(earliest.at, earliest.id))
      // Two sorted runs, which the sort merges.
      for (const entry of rest.length > 0 ? [...rest, ...added].sort(byTime) : added) this.entries.push(entry)
    }
    for (const entry of added) this.byId.set(entry.id, entry)
    this.reduceFrom(first)
  }

  /** All later snapshots are made anew on the way: entries are never fewer than before. */
  private reduceFrom(first: number): void {
    const [start, state] = first === this.reduced ? [first, this.log] : this.snapshotBefore(first)
    this.log = state
    for (let i = start; i < this.entries.length; i++) {
      if (i % EVERY === 0) this.keep(i)
      this.log = step(this.log, this.entryAt(i), this.expected)
    }
    this.reduced = this.entries.length
  }

  private keep(taken: number): void {
    this.snapshots.set(taken, this.log)
    const stale = taken - COARSE
    if (stale % COARSE !== 0) this.snapshots.delete(stale)
  }

  /** The newest snapshot of at most `taken` entries. */
  private snapshotBefore(taken: number): [taken: number, state: LogState] {
    for (let at = taken - (taken % EVERY); at > 0; at -= EVERY) {
      const state = this.snapshots.get(at)
      if (state) return [at, state]
    }
    return [0, this.floor]
  }
}
