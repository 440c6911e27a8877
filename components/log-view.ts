/**
 * What the log says to this panel: the entries of the tab in order, and of all entries what identity they mean. Grows by what is
 * new, never by the length of the log; the store announces each change by a new version number.
 */
import { siteKey } from '../utils/identity/documents'
import {
  byTime,
  type ClearEntry,
  type EventEntry,
  type GapEntry,
  isCleared,
  isNoTab,
  type LogEntry,
  type PageEntry,
  type Place,
  type SdkEntry,
  UNDO,
  type VoidEntry,
} from '../utils/identity/entry'
import { type Expectations, NO_EXPECTATIONS } from '../utils/identity/expectations'
import { outcomeAt } from '../utils/identity/outcome'
import { EMPTY, type LogState, type Reduction } from '../utils/identity/reduce'
import type { HolderState } from '../utils/identity/state'
import { Shared } from '../utils/log/share'
import type { Change } from '../utils/log/source'
import { Loads } from './loads'
import { keyOf, LogPart } from './log-part'

/** What the list shows: this tab's events and the pages between them. */
export type Row = EventEntry | PageEntry

/** Rows below `from` are as they were when whoever keeps it set it to what he had seen. */
export interface RowMark {
  from: number
}

/** What identity is told from: all tabs and sources of a site, or some. */
export interface Scope {
  /** Only what this tab, and its site's service workers, told. */
  tab: boolean
  /** Only what this source told; null: all. */
  prop: string | null
}

export const EVERYTHING: Scope = { tab: false, prop: null }

/** Entries that one step of `complete` takes. */
const STEP = 20

/** Events of the tab that a panel begins with. */
const BEGIN = 200
/** Are these entries of a log enough to begin with? They say which page is shown, and fill a list. */
export const isEnoughOf =
  (tab: string) =>
  (entries: readonly LogEntry[]): boolean => {
    let events = 0
    let loaded = false
    for (const entry of entries) {
      if (entry.place.tab !== tab) continue
      if (entry.kind === 'event') events += 1
      if (entry.kind === 'page' && entry.place.frame === 0) loaded ||= entry.how === 'load' || entry.how === 'restored'
    }
    return loaded && events >= BEGIN
  }

/** A request of a service worker: of no tab and no frame. What a page sent as its tab closed is of no tab either, in Firefox. */
export const isWorker = (place: Place): boolean => isNoTab(place.tab) && place.frame < 0

/** Index of the first entry that is not before `entry`. */
function position(entries: readonly LogEntry[], entry: LogEntry): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (byTime(entries[middle] as LogEntry, entry) < 0) low = middle + 1
    else high = middle
  }
  return low
}

const voidOf = ({ id, at, place }: LogEntry): VoidEntry => ({ kind: 'void', id, at, place, into: id })

/** What names no source is every source's. */
const isOfSource = (entry: LogEntry, prop: string): boolean => {
  if (entry.kind === 'event') return entry.facts.prop === prop
  return entry.kind !== 'sdk' || entry.prop === null || entry.prop === prop
}

export class LogView {
  private expected: Expectations = NO_EXPECTATIONS
  private whole: LogPart
  /** Ascending by time. */
  rows: Row[] = []
  readonly gaps: GapEntry[] = []
  readonly loads = new Loads()
  /** Recorded events of this tab that were read, service workers' not among them. */
  private counted = 0
  requests = 0
  /** Events among the rows: this tab's, and those of service workers of its sites. */
  listed = 0
  /**
   * Older entries are still being read: then identity is told from a checkpoint, only the newest rows are here, and of older entries
   * nobody can tell yet how it was after them.
   */
  reading = false
  /** Only the very newest rows are here; nothing is known of identity, nor how many events there are. */
  early = false
  /** Some of them are not here. */
  private unread = false
  /** Events of this tab by the log's own count. */
  private logged = 0
  /** Events of this tab by holder. */
  readonly holders = new Map<string, number>()
  /** What the panel ran, by command: the events that came of it, oldest first. */
  readonly commands = new Map<string, Set<number>>()
  /** When a tester said something last; 0: never. */
  markedAt = 0
  /** This tab's newest page in the top frame. */
  page: PageEntry | null = null
  /** Sites that this tab has shown, and service workers' events that wait for theirs, by site. */
  private readonly sites = new Set<string>()
  private readonly waitingForSite = new Map<string, Set<number>>()
  /** How the tab came to the document that it shows, and when those that were made beforehand began. */
  private arrived: PageEntry | null = null
  private readonly prerendered = new Map<string, number>()
  private oldest = 0
  private readonly byId = new Map<number, LogEntry>()
  /** The newest clear of each tab that was not undone, and the entries that these keep from view. */
  private readonly clears = new Map<string, ClearEntry>()
  private readonly cleared = new Map<number, LogEntry>()
  private readonly marks: RowMark[] = []
  private clearedEvents = 0
  /** Newest word of the SDK by document. */
  private readonly sdks = new Map<string, SdkEntry>()
  private readonly documents = new Map<number, string>()
  /** Events of this tab whose end may still come. */
  private readonly open = new Set<number>()
  /** The part that was asked for last. */
  private scoped: { key: string; part: LogPart } | null = null
  /** Older rows that are not in the list yet, by id, and the ids of what is void: older pages may still bring it. */
  private readonly behind = new Set<number>()
  private readonly voids = new Set<number>()
  /** A hundred thousand entries say the same again and again: kept once, they take a fraction. */
  private readonly shared = new Shared()
  /** What happens to the parts while the one for everything is being made. */
  private meanwhile: ((part: LogPart) => void)[] | null = null

  /**
   * @param tab scope key `<session>:<tab>`; null: all tabs as one, as in a log that was brought from elsewhere
   * @param base what a checkpoint took, when older entries come later
   */
  constructor(
    readonly tab: string | null,
    base: LogState = EMPTY,
  ) {
    this.whole = new LogPart(() => true, NO_EXPECTATIONS, base)
  }

  /** Recorded events of this tab, service workers' not among them; while `early`, those that are here. */
  get events(): number {
    return this.reading ? Math.max(this.logged, this.counted) : this.counted
  }

  private isOwn({ tab }: Place): boolean {
    return this.tab === null || tab === this.tab
  }
  /** When this tab was cleared last, ms since the epoch; 0: never, or that was undone. */
  get clearedAt(): number {
    return this.clear?.at ?? 0
  }
  private get clear(): ClearEntry | undefined {
    return this.tab === null ? undefined : this.clears.get(this.tab)
  }

  entry(id: number): LogEntry | null {
    return this.byId.get(id) ?? null
  }
  event(id: number | null): EventEntry | null {
    const entry = id === null ? null : this.byId.get(id)
    return entry?.kind === 'event' ? entry : null
  }

  get reduction(): Reduction {
    return this.whole.reduction
  }

  /** The rules go by what is expected of the site from now on. */
  expect(expected: Expectations): void {
    this.expected = expected
    // A checkpoint was made without: what is expected holds when all is read.
    if (!this.reading) for (const part of this.parts()) part.expect(expected)
  }

  take(change: Change): void {
    this.logged = change.counts?.tab ?? this.logged
    if (change.partial) this.reading = this.unread = true
    this.early = change.early === true
    // The first of many are few, and somebody waits for them.
    const entries = change.partial ? [...change.entries] : change.entries.map(entry => this.share(entry))
    if (change.older) this.takeOlder(entries, change.older === 'last')
    else {
      if (this.takeClears(entries)) this.restart()
      this.takeEntries(entries)
    }
    if (change.oldest !== undefined) this.drop(change.oldest)
  }

  private share(entry: LogEntry): LogEntry {
    try {
      return this.shared.entry(entry)
    } catch {
      // One that can't be read costs itself: where it is drawn it is said.
      return entry
    }
  }

  /** Entries from before those that are here. What they mean for identity is worked out when all are here (`complete`). */
  private takeOlder(entries: readonly LogEntry[], last: boolean): void {
    for (const entry of entries) {
      if (entry.kind === 'void' || this.byId.has(entry.id) || this.cleared.has(entry.id)) continue
      if (this.voids.has(entry.id)) continue
      this.takeIn(entry, true)
    }
    // By ever larger pieces: the list is not put together anew for each page.
    if (last || this.behind.size >= this.rows.length) this.showBehind()
    if (!last) return
    this.unread = false
    this.voids.clear()
  }

  private takeIn(entry: LogEntry, older = false): void {
    if (this.isCleared(entry)) {
      this.cleared.set(entry.id, entry)
      if (this.isOwnEvent(entry)) this.clearedEvents += 1
      this.notePage(entry, older)
    } else {
      this.byId.set(entry.id, entry)
      this.note(entry, older)
    }
  }

  private showBehind(): void {
    const found = [...this.behind].flatMap(id => (this.byId.get(id) as Row | undefined) ?? [])
    this.behind.clear()
    if (found.length === 0) return
    // Two sorted runs, or nearly.
    this.rows = [...found.reverse(), ...this.rows].sort(byTime)
    for (const mark of this.marks) mark.from = 0
  }

  /**
   * Works out what all entries mean, now that they are all here; in steps of less than a millisecond each. What comes in between is
   * taken in as usual.
   */
  *complete(): Generator<void> {
    const entries = [...this.byId.values()].reverse().sort(byTime)
    const { expected } = this
    const part = new LogPart(() => true, expected)
    const later: ((part: LogPart) => void)[] = (this.meanwhile = [])
    yield
    for (let at = 0; at < entries.length; at += STEP) {
      const some = entries.slice(at, at + STEP)
      part.apply(some)
      for (const entry of some) if (entry.kind === 'event') part.note(entry)
      yield
      // Everything was taken in anew meanwhile.
      if (this.meanwhile !== later) return
    }
    for (const happens of later) happens(part)
    if (this.expected !== expected) part.expect(this.expected)
    this.whole = part
    this.meanwhile = null
    this.scoped = null
    this.reading = false
  }

  private takeEntries(entries: readonly LogEntry[]): void {
    const shown = entries.map(entry => (this.isCleared(entry) ? voidOf(entry) : entry))
    if (!this.early) this.tell(part => part.apply(shown))
    for (const entry of entries) {
      const before = this.byId.get(entry.id)
      if (before) this.forget(before)
      this.byId.delete(entry.id)
      this.uncover(entry.id)
      if (entry.kind === 'void') {
        if (this.reading) this.voids.add(entry.id)
        continue
      }
      this.takeIn(entry)
    }
  }

  private isCleared(entry: LogEntry): boolean {
    const clear = this.clears.get(entry.place.tab)
    return clear !== undefined && isCleared(entry, clear)
  }

  /** @returns whether other entries are kept from view by now. */
  private takeClears(entries: readonly LogEntry[]): boolean {
    let changed = false
    for (const entry of entries) {
      if (entry.kind !== 'clear') continue
      const { id, place, state } = entry
      const before = this.clears.get(place.tab)
      if (state === 'undone' ? before?.id !== id : before && before.id > id) continue
      if (state === 'undone') this.clears.delete(place.tab)
      else this.clears.set(place.tab, entry)
      changed ||= before?.id !== id || state === 'undone'
    }
    return changed
  }

  /** Takes all entries in again. */
  private restart(): void {
    const entries = [...this.byId.values(), ...this.cleared.values()].sort(byTime)
    this.byId.clear()
    for (const mark of this.marks) mark.from = 0
    this.rows.length = this.gaps.length = this.counted = this.requests = this.listed = 0
    this.behind.clear()
    this.meanwhile = null
    this.reading = this.unread
    this.loads.clear()
    this.holders.clear()
    this.commands.clear()
    this.open.clear()
    this.waitingForSite.clear()
    this.whole = new LogPart(() => true, this.expected)
    this.scoped = null
    this.takeEntries(entries)
  }

  /** What was cleared in this tab and can be brought back, as of `now`: how many events; null: nothing. */
  undoable(now: number): number | null {
    const { clear } = this
    if (clear?.state !== 'open' || now >= clear.at + UNDO) return null
    return this.clearedEvents
  }

  private uncover(id: number): void {
    const entry = this.cleared.get(id)
    if (entry && this.cleared.delete(id) && this.isOwnEvent(entry)) this.clearedEvents -= 1
  }

  private isOwnEvent({ kind, place }: LogEntry): boolean {
    return kind === 'event' && this.isOwn(place)
  }

  /** Retention took what has a smaller id; what it meant for identity stays. */
  private drop(oldest: number): void {
    if (oldest <= this.oldest) return
    this.oldest = oldest
    for (const [id, entry] of this.byId) {
      if (id >= oldest) continue
      this.forget(entry)
      this.byId.delete(id)
    }
    for (const id of this.cleared.keys()) if (id < oldest) this.uncover(id)
  }

  /** Since when the document that is shown has been there, also before it was shown; 0: nobody knows. */
  get since(): number {
    const { at = 0, how, place } = this.arrived ?? {}
    return how === 'shown' ? (this.prerendered.get(place?.doc ?? '') ?? at) : at
  }

  /** The holder of identity that an event belongs to; one that names no portal belongs to the only one of its site. */
  holderOf(entry: EventEntry): HolderState | null {
    const found = this.reduction.holder(keyOf(entry))
    if (found || entry.facts.portal !== null) return found
    const site = `${siteKey(entry.place)}|`
    return this.reduction.holders().find(holder => holder.key.startsWith(site)) ?? null
  }

  /**
   * Service workers have no tab; their events are listed in the tabs that have shown their site, whatever these show by now: a worker
   * sends on what was queued when its page has long gone, and what comes first must make no difference.
   */
  private isListed({ place, at }: LogEntry): boolean {
    if (this.isOwn(place)) return true
    // Their log is the site's; what this tab cleared, its list no longer shows.
    return isNoTab(place.tab) && this.sites.has(siteKey(place)) && at >= this.clearedAt
  }

  /** @param older it was there before what is here already */
  private note(entry: LogEntry, older = false): void {
    if (entry.kind === 'gap') this.gaps.push(entry)
    if (entry.kind === 'mark') this.markedAt = Math.max(this.markedAt, entry.at)
    this.notePage(entry, older)
    if (entry.kind === 'event') this.countEvent(entry, older)
    if (entry.kind === 'event' || (entry.kind === 'page' && entry.place.frame === 0)) this.list(entry, older)
  }

  private list(row: Row, older: boolean): void {
    const { id, kind, place } = row
    if (!this.isListed(row)) {
      const site = siteKey(place)
      if (isNoTab(place.tab) && place.site && !this.sites.has(site))
        this.waitingForSite.set(site, (this.waitingForSite.get(site) ?? new Set()).add(id))
      return
    }
    if (kind === 'event') this.listed += 1
    if (kind === 'event' && (row.outcome.state === 'pending' || row.outcome.state === 'queued')) this.open.add(id)
    if (older) this.behind.add(id)
    else {
      this.behind.delete(id)
      this.changeRows(position(this.rows, row), 0, row)
    }
  }

  private noteSite(place: Place, older: boolean): void {
    if (place.frame !== 0 || !place.site) return
    const site = siteKey(place)
    this.sites.add(site)
    const ids = this.waitingForSite.get(site)
    if (!ids) return
    this.waitingForSite.delete(site)
    // As many as there are: all in one go.
    for (const id of ids) this.list(this.byId.get(id) as Row, true)
    if (!older) this.showBehind()
  }

  private changeRows(index: number, remove: number, ...add: Row[]): void {
    this.rows.splice(index, remove, ...add)
    for (const mark of this.marks) mark.from = Math.min(mark.from, index)
  }

  /** For who keeps something by the place of rows. */
  markRows(): RowMark {
    const mark = { from: 0 }
    this.marks.push(mark)
    return mark
  }

  /** Which page is shown, and what it has of the SDK: that is so whatever was cleared. */
  private notePage(entry: LogEntry, older = false): void {
    this.loads.note(entry)
    const { frame, doc } = entry.place
    if (!this.isOwn(entry.place)) return
    if (entry.kind === 'sdk' || (entry.kind === 'page' && entry.how !== 'prerender')) this.noteSite(entry.place, older)
    if (entry.kind === 'sdk') {
      if (!older || byTime(this.sdks.get(doc) ?? entry, entry) <= 0) this.sdks.set(doc, entry)
      // Its page may have been cleared for good.
      if (!this.documents.has(frame)) this.documents.set(frame, doc)
    }
    if (entry.kind === 'page' && entry.how !== 'prerender') {
      if (!older || !this.documents.has(frame)) this.documents.set(frame, doc)
      if (frame === 0 && entry.at >= (this.page?.at ?? 0)) this.page = entry
      if (frame === 0 && entry.how !== 'route' && entry.at >= (this.arrived?.at ?? 0)) this.arrived = entry
    } else if (entry.kind === 'page') this.prerendered.set(doc, entry.at)
  }

  private countEvent(entry: EventEntry, older = false): void {
    const holder = keyOf(entry)
    if (this.isOwn(entry.place)) {
      this.counted += 1
      if (entry.request) this.requests += 1
      this.holders.set(holder, (this.holders.get(holder) ?? 0) + 1)
    }
    const command = this.isOwn(entry.place) && entry.call?.command
    if (command) this.commands.set(command, (this.commands.get(command) ?? new Set()).add(entry.id))
    if (!older && !this.early) this.tell(part => part.note(entry))
  }

  /** Takes an earlier version of an entry out again. */
  private forget(entry: LogEntry): void {
    this.loads.forget(entry)
    if (entry.kind === 'gap') this.gaps.splice(this.gaps.indexOf(entry), 1)
    if (entry.kind === 'event') {
      const holder = keyOf(entry)
      if (this.isOwn(entry.place)) {
        this.counted -= 1
        if (entry.request) this.requests -= 1
        this.holders.set(holder, (this.holders.get(holder) ?? 1) - 1)
      }
      this.open.delete(entry.id)
      this.commands.get(entry.call?.command ?? '')?.delete(entry.id)
      this.tell(part => part.forget(entry))
    }
    let listed = this.behind.delete(entry.id)
    this.waitingForSite.get(siteKey(entry.place))?.delete(entry.id)
    const index = position(this.rows, entry)
    if (this.rows[index]?.id === entry.id) {
      this.changeRows(index, 1)
      listed = true
    }
    if (listed && entry.kind === 'event') this.listed -= 1
  }

  private parts(): LogPart[] {
    return this.scoped ? [this.whole, this.scoped.part] : [this.whole]
  }

  private tell(happens: (part: LogPart) => void): void {
    for (const part of this.parts()) happens(part)
    this.meanwhile?.push(happens)
  }

  /** What some tabs or sources told; the same until another part is asked for. */
  part({ tab, prop }: Scope): LogPart {
    if (!tab && prop === null) {
      this.scoped = null
      return this.whole
    }
    const key = `${tab} ${prop}`
    if (this.scoped?.key === key) return this.scoped.part
    const fits = (entry: LogEntry) => (!tab || this.isOfTab(entry)) && (prop === null || isOfSource(entry, prop))
    const part = new LogPart(fits, this.expected)
    this.scoped = { key, part }
    const entries = [...this.byId.values()].sort(byTime)
    part.apply(entries)
    for (const entry of entries) if (entry.kind === 'event') part.note(entry)
    return part
  }

  /** Stored values and pauses are of a site, not of a tab. */
  private isOfTab(entry: LogEntry): boolean {
    return this.isOwn(entry.place) || isNoTab(entry.place.tab)
  }

  /** What the SDK last said in each frame's present document, the top one first. */
  frames(): SdkEntry[] {
    const since = this.page?.at ?? 0
    return [...this.sdks.values()]
      .filter(({ place, at }) => this.documents.get(place.frame) === place.doc && (place.frame === 0 || at >= since))
      .sort((a, b) => a.place.frame - b.place.frame)
  }

  /** How many of this tab's events ended badly or have not left, as of `now`. */
  waiting(now: number): { queued: number; notSent: number } {
    let queued = 0
    let notSent = 0
    for (const id of this.open) {
      const event = this.event(id)
      const state = event ? outcomeAt(event, now).state : null
      if (state === 'queued') queued += 1
      if (state === 'not-sent') notSent += 1
    }
    return { queued, notSent }
  }

  /** Calls of a document that wait in a queue, oldest first. */
  queuedIn(doc: string): EventEntry[] {
    return [...this.open]
      .flatMap(id => this.event(id) ?? [])
      .filter(({ place, outcome }) => place.doc === doc && outcome.state === 'queued')
      .sort(byTime)
  }
}
