/**
 * The recorder: takes what relays, the network and the cookie store tell, has it joined, and commits it to the log, one batch at a
 * time. It keeps nothing that it can't rebuild: a relay's records are acknowledged once they are in the log, and sent again to
 * the next recorder if this one dies before that.
 */
import {
  type ClearEntry,
  type GapEntry,
  isPrivate,
  type LogEntry,
  type MarkEntry,
  type Place,
  type StoredEntry,
  UNDO,
} from '../identity/entry'
import { siteOf } from '../log/site'
import type { LogWriter, Resume } from '../log/source'
import { isRelayUp, type MarkAsk, type RelayRecords, type Unrecognised, type WorkerDown } from '../messages'
import type { Body } from '../sdk/event'
import { classify, eventPath } from '../sdk/match'
import { DEFAULTS, type Settings } from '../settings'
import { readRecord } from './claims'
import { Join, type Speaker, type Standing } from './join'
import { keep } from './keep'
import { type Details, readRequestBody, redirectStatus, requestFact } from './network'
import type { HookRecord, RelayRecord } from './record'
import type { BATCH, Ready } from './rows'
import { UnrecognisedRequests } from './unrecognised'

/** ms in which facts gather before they are committed: the halves of one event mostly come within it. */
const GATHER = 4
/** ms after a batch in which more is likely to come. What comes after that comes alone, and is written at once: somebody may wait to see it. */
const LIVELY = 16
const RETRY_FIRST = 100
const RETRY_LAST = 30_000
const RELAYS_KEPT = 5_000
/** Stored values that are known; one that is forgotten is told once more when it is seen again. */
const SEEN_KEPT = 2_000
/** ms between two keepings of what was not recognised: nobody waits for it, and a page may send very many. */
const UNRECOGNISED_KEEP = 500
/** ms after which a frame that still has no hook has none: one that has just begun may not have got it yet. */
const DEAF_FOR = 1_000
/** ms by which a page's clock may be ahead of ours, and behind. */
const AHEAD = 60_000
const BEHIND = 7 * 86_400_000

/** A cookie or a value of localStorage. */
export interface StoredFact {
  at: number
  place: Place
  where: StoredEntry['where']
  /** Cookie domain, or origin: where the name lives. */
  owner: string
  name: string
  /** null = gone. */
  value: string | null
  cause: StoredEntry['cause']
}

/** What a recorder needs of the browser. */
export interface RecorderHost {
  /** The worker lives in a private window of its own (Chromium's `split`). */
  incognito: boolean
  /** How much is written at once; default `BATCH`. */
  batch?: typeof BATCH
  now(): number
  after(ms: number, run: () => void): void
  /** Site of the page in a tab; '' if extensions can't see it. */
  siteOfTab(tab: number): Promise<string>
  /** The SDK's cookies for a document that begins, as facts of cause `seen`. */
  cookies(speaker: Speaker, place: Place): Promise<StoredFact[]>
  /** Asks the pages of a tab (null: of all) to tell again where they are and what they have of the SDK. */
  askPages(tab: number | null): void
  /** Keeps the stored values that were seen, for the recorder after this one. */
  keepSeen(values: Record<string, string>): void
  /** Keeps what was not recognised, for the recorder after this one. */
  keepUnrecognised(lines: Unrecognised[]): void
}

/** All that a recorder starts from. */
export interface Beginning {
  session: string
  settings: Settings
  writer: LogWriter
  resume: Resume
  /** Newest entries of the log. */
  newest: LogEntry[]
  seen: Record<string, string>
  unrecognised: Unrecognised[]
}

type Phase = 'start' | 'redirect' | 'headers' | 'end' | 'error'

export class Recorder {
  #join = new Join(1, '')
  #writer: LogWriter | null = null
  #settings: Settings = DEFAULTS
  #session = ''
  /** What came before the log was open, or while the batch was full, oldest first; and when it came. */
  #inbox: { at: number; run: () => void }[] = []
  /** Per relay: number of the last record that was taken in, and the way to it; and those that wait for an acknowledgement. */
  readonly #taken = new Map<string, { n: number; post: ((message: WorkerDown) => void) | null; isPrivate: boolean }>()
  #unacknowledged = new Map<string, number>()
  readonly #relays = new Set<{ site: string; post: (message: WorkerDown) => void }>()
  /** Frames without hook, by tab: when that was seen first, and whether it is in the log. */
  readonly #deaf = new Map<string, Map<string, { since: number; told: boolean }>>()
  readonly #pauses = new Map<string, (change: Partial<GapEntry>) => void>()
  /** Clears that can still be undone, by tab. */
  readonly #clears = new Map<string, Standing<ClearEntry>>()
  #seen = new Map<string, string>()
  #seenChanged = false
  #unrecognised = new UnrecognisedRequests()
  #unrecognisedDue = false
  #tasks: (() => Promise<void>)[] = []
  #commit: Promise<void> | null = null
  #due = false
  /** When something was written last. */
  #wrote = Number.NEGATIVE_INFINITY
  #heldUntil = Number.POSITIVE_INFINITY
  #retry = RETRY_FIRST

  constructor(private readonly host: RecorderHost) {}

  /** The log is open: from now on what comes is recorded, and what came is. */
  begin({ session, settings, writer, resume, newest, seen, unrecognised }: Beginning): void {
    this.#join = new Join(resume.nextId, session, this.host.batch)
    this.#join.dismiss = ({ place, raw }) => this.#dismiss(place, raw.url, raw.body, false)
    this.#unrecognised = new UnrecognisedRequests(unrecognised)
    this.#writer = writer
    this.#session = session
    this.#seen = new Map(Object.entries(seen))
    for (const [nonce, n] of Object.entries(resume.marks)) this.#taken.set(nonce, { n, post: null, isPrivate: false })
    const known = new Map([...newest, ...resume.open].map(entry => [entry.id, entry]))
    const entries = [...known.values()].sort((a, b) => a.id - b.id)
    this.#join.resume(entries, this.host.now())
    for (const entry of entries)
      if (entry.kind === 'gap' && entry.cause === 'paused' && entry.until === null)
        this.#pauses.set(entry.place.site, this.#join.adopt(entry))
      else if (entry.kind === 'clear' && entry.state === 'open')
        this.#mayUndo({ entry, change: this.#join.adopt(entry) })
    this.#configure(settings)
    this.#catchUp()
  }

  #whenBegun(run: () => void) {
    if (this.#writer) run()
    else this.#wait(run)
  }

  /** What becomes entries, or says how: one after the other, as much at a time as a batch holds. */
  #inTurn(run: () => void) {
    if (this.#mayGoOn && this.#inbox.length === 0) run()
    else this.#wait(run)
  }

  #wait(run: () => void) {
    this.#inbox.push({ at: this.host.now(), run })
  }

  /** What asked for something between two batches gets it before what came after it is taken in. */
  get #mayGoOn(): boolean {
    return this.#writer !== null && !this.#join.full && this.#tasks.length === 0
  }

  /** Takes in what waits, as much as there is room for. */
  #catchUp() {
    let n = 0
    try {
      for (let next = this.#inbox[0]; next && this.#mayGoOn; next = this.#inbox[n]) {
        n++
        next.run()
      }
    } finally {
      this.#inbox.splice(0, n)
    }
  }

  // ── what comes in

  /**
   * A relay connected. `heard` takes its messages; they come from a page and are checked.
   * @param post the way back; must not throw
   */
  connect(
    speaker: Speaker,
    post: (message: WorkerDown) => void,
  ): { heard: (message: unknown) => void; closed: () => void } {
    const relay = { site: speaker.site, post }
    this.#relays.add(relay)
    this.#whenBegun(() => post(this.#configFor(speaker.site)))
    return {
      heard: message => {
        if (isRelayUp(message)) this.#records(speaker, message, post)
      },
      closed: () => {
        this.#relays.delete(relay)
      },
    }
  }

  #records(speaker: Speaker, { doc, from, records }: RelayRecords, post: (message: WorkerDown) => void) {
    for (const [i, line] of records.entries())
      this.#inTurn(() => {
        const n = from + i
        const taken = this.#taken.get(doc)?.n ?? 0
        // A sandboxed frame's site is that of its tab, which is known only by and by.
        const site = speaker.site || this.#join.siteOf(doc)
        const record = n > taken && this.#allows(site) ? readRecord(line) : null
        if (record) this.#record(doc, speaker, this.#inTime(record))
        const known = { n: Math.max(taken, n), post, isPrivate: isPrivate(speaker.partition) }
        keep(this.#taken, doc, known, RELAYS_KEPT)
        this.#unacknowledged.set(doc, Math.max(taken, n))
        this.#wake()
      })
  }

  #record(doc: string, speaker: Speaker, record: HookRecord | RelayRecord) {
    const place = this.#join.record(doc, speaker, record)
    if (record.k === 'stored') {
      const { at, name, value, first } = record
      const cause = value === null ? 'removed' : first ? 'seen' : 'set'
      this.#stored({ at, place, where: 'localStorage', owner: originOf(place.url), name, value, cause })
    }
    if (record.k === 'page' && record.how !== 'route')
      this.host.cookies(speaker, place).then(
        facts => {
          // Of several of one name for different paths that of the longest comes first, and counts: else each load would tell of a change.
          for (const fact of new Map(facts.toReversed().map(each => [`${each.owner} ${each.name}`, each])).values())
            this.#stored(fact)
          this.#wake()
        },
        () => {
          // No permission for this site: the panel says so.
        },
      )
  }

  /** A page's clock can be wrong by a little; a time beyond that is our own. */
  #inTime<R extends HookRecord | RelayRecord>(record: R): R {
    const now = this.host.now()
    return 'at' in record && (record.at > now + AHEAD || record.at < now - BEHIND) ? { ...record, at: now } : record
  }

  /** Something that webRequest reported. */
  network(phase: Phase, { requestBody, ...details }: Details): void {
    if (details.method === 'OPTIONS') return
    // At once: what the browser hands out may be far larger than what is kept of it.
    const body: Body = phase === 'start' ? readRequestBody(requestBody) : { state: 'none' }
    this.#inTurn(() => this.#network(phase, details, body))
  }

  #network(phase: Phase, details: Details, body: Body) {
    const target = classify(details.url, this.#settings.hosts)
    const known = this.#join.knows(details.requestId)
    const fact = requestFact(details, this.host.incognito)
    const bodiless = phase === 'start' ? body.state === 'none' : details.method === 'GET'
    if (!known && (target === null || target === 'other' || (target === 'maybe' && bodiless))) {
      if (phase === 'start' && target) this.#dismiss(this.#join.placeOf(fact), details.url, body, target === 'other')
      return
    }
    if (!known && !this.#allows(this.#join.placeOf(fact).site)) return
    const status = details.statusCode ?? 0
    const what = known && target !== 'script' ? 'event' : (target ?? 'event')
    switch (phase) {
      case 'start':
        this.#join.network({ ...fact, what: phase, body }, what)
        break
      case 'redirect':
        this.#join.network(
          { ...fact, what: phase, status: redirectStatus(details), to: details.redirectUrl ?? '' },
          what,
        )
        break
      case 'headers':
        // It only matters if an error follows.
        this.#join.network({ ...fact, what: phase, status }, what)
        return
      case 'end':
        this.#join.network({ ...fact, what: phase, status }, what)
        break
      case 'error':
        this.#join.network({ ...fact, what: phase, error: details.error ?? 'unknown error' }, what)
        break
    }
    this.#wake()
  }

  /** A frame of a tab was told to go to another address (ms since the epoch); frame 0 is the whole tab. */
  leave(tab: number, frame: number, at: number): void {
    this.#inTurn(() => {
      this.#join.leave(tab, frame, at)
      this.#wake()
    })
  }

  /** A request that could have been an event, and is none. On a host of the user, where every path is looked at, most are none. */
  #dismiss(place: Place, url: string, body: Body, own: boolean) {
    if (!this.#allows(place.site) || (!own && !eventPath(url))) return
    this.#unrecognised.note(place, url, body, own, this.host.now())
    if (this.#unrecognisedDue) return
    this.#unrecognisedDue = true
    this.host.after(UNRECOGNISED_KEEP, () => {
      this.#unrecognisedDue = false
      this.host.keepUnrecognised(this.#unrecognised.all)
    })
  }

  /**
   * A cookie of the SDK changed.
   * @param url of the site it belongs to
   */
  cookie(fact: Omit<StoredFact, 'place' | 'where'>, url: string, partition: string): void {
    this.#inTurn(() => {
      this.#stored({ ...fact, place: this.#siteWide(siteOf(url), partition), where: 'cookie' })
      this.#wake()
    })
  }

  /** Place of what belongs to a site, but to no document. */
  #siteWide(site: string, partition: string): Place {
    return { tab: `${this.#session}:-1`, frame: -1, doc: '', site, partition, url: '' }
  }

  #stored({ at, place, where, owner, name, value, cause }: StoredFact) {
    if (!this.#allows(place.site)) return
    const key = [place.partition, where, owner, name].join(' ')
    if ((this.#seen.get(key) ?? null) === value) return
    if (value === null) this.#seen.delete(key)
    else keep(this.#seen, key, value, SEEN_KEPT)
    this.#seenChanged = true
    this.#join.add<StoredEntry>({ kind: 'stored', at, place, where, name, value, cause })
  }

  // ── settings

  configure(settings: Settings): void {
    this.#inTurn(() => this.#configure(settings))
  }

  #configure(settings: Settings) {
    this.#settings = settings
    this.#join.hosts = settings.hosts
    for (const { site, post } of this.#relays) post(this.#configFor(site))
    const paused = new Set([...(settings.recording ? [] : ['']), ...settings.pausedSites])
    const now = this.host.now()
    const over = [...this.#pauses].filter(([site]) => !paused.has(site))
    for (const [site, change] of over) {
      change({ until: now })
      this.#pauses.delete(site)
    }
    // Their connections are closed, if the worker slept meanwhile.
    if (over.length > 0) this.host.askPages(null)
    for (const site of paused)
      if (!this.#pauses.has(site)) {
        const place = this.#siteWide(site, 'normal')
        const gap = { kind: 'gap', at: now, place, cause: 'paused', until: null, detail: null } as const
        this.#pauses.set(site, this.#join.add<GapEntry>(gap))
        this.#join.pause(site, now)
      }
    this.#wake()
  }

  #allows(site: string): boolean {
    return this.#settings.recording && !this.#settings.pausedSites.includes(site)
  }

  #configFor(site: string): WorkerDown {
    return { kind: 'config', recording: this.#allows(site), hosts: this.#settings.hosts }
  }

  // ── the panel's wishes

  /** What was not recognised in a tab, and in the service workers of its site (`<partition>|<site>`). */
  unrecognised(tab: number, site: string): Unrecognised[] {
    return this.#unrecognised.of(`${this.#session}:${tab}`, site)
  }

  /** The log is open. */
  get begun(): boolean {
    return this.#writer !== null
  }

  /** What the log calls a tab of this browser session. */
  tabKey(tab: number): Promise<string> {
    return new Promise(resolve => this.#whenBegun(() => resolve(`${this.#session}:${tab}`)))
  }

  /**
   * Logs what a tester says, also while recording is paused. Resolves once it is in the log.
   * @param tab `<session>:<tab>`
   * @param shown site of the page in the tab; '' unknown
   */
  mark({ site, partition, what, who }: Omit<MarkAsk, 'kind' | 'tab'>, tab: string, shown: string): Promise<void> {
    // Of the moment in which he said it, however long it waits behind what came before it.
    const at = this.host.now()
    return new Promise(resolve =>
      this.#inTurn(() => {
        const place: Place = { tab, frame: -1, doc: '', site, partition, url: '' }
        const away = shown !== '' && shown !== site
        this.#join.add<MarkEntry>({ kind: 'mark', at, place, what, who, away })
        this.#wake()
        resolve(this.settled())
      }),
    )
  }

  /**
   * Takes note of the frames of a tab that have no hook, as it was looked at just now. A frame that is still so when it is looked at
   * again is logged, once.
   * @param tab `<session>:<tab>`
   */
  deaf(tab: string, frames: readonly Pick<Place, 'frame' | 'url' | 'site' | 'partition'>[]): void {
    const now = this.host.now()
    this.#inTurn(() => {
      const before = this.#deaf.get(tab)
      const found = new Map<string, { since: number; told: boolean }>()
      for (const frame of frames) {
        const key = `${frame.frame} ${frame.url}`
        const { since, told } = before?.get(key) ?? { since: now, told: false }
        const due = !told && now - since >= DEAF_FOR && this.#allows(frame.site)
        if (due) {
          const place: Place = { ...frame, tab, doc: '' }
          this.#join.add<GapEntry>({ kind: 'gap', at: now, place, cause: 'hook', until: now, detail: null })
          this.#wake()
        }
        found.set(key, { since, told: told || due })
      }
      if (found.size > 0) keep(this.#deaf, tab, found, RELAYS_KEPT)
      else this.#deaf.delete(tab)
    })
  }

  /**
   * Clears what is logged of a tab (`<session>:<tab>`): an entry says so, and readers leave out what it clears. Only after `UNDO`, or
   * when the tab is cleared again, it is taken away for good. Resolves once that entry is in the log.
   */
  async clear(tab: string, partition: string): Promise<void> {
    const before = this.#clears.get(tab)
    if (before) await this.#finish(before)
    return new Promise(resolve =>
      this.#inTurn(() => {
        const place: Place = { tab, frame: -1, doc: '', site: '', partition, url: '' }
        this.#mayUndo(this.#join.clear(place, this.host.now()))
        this.#forgetUnrecognised(tab)
        this.host.askPages(Number(tab.split(':')[1]))
        this.#wake()
        resolve(this.settled())
      }),
    )
  }

  /** Takes back the last clear of a tab, if there is still time. */
  async undoClear(tab: string): Promise<void> {
    await new Promise<void>(resolve => this.#inTurn(resolve))
    this.#clears.get(tab)?.change({ state: 'undone' })
    this.#clears.delete(tab)
    this.#wake()
    return this.settled()
  }

  #mayUndo(clear: Standing<ClearEntry>) {
    this.#clears.set(clear.entry.place.tab, clear)
    this.host.after(Math.max(0, clear.entry.at + UNDO - this.host.now()), () => {
      // Without room to write that it is done, the next worker does it.
      if (this.#clears.get(clear.entry.place.tab) === clear) this.#finish(clear).catch(() => {})
    })
  }

  /** A clear can't be undone any more. */
  #finish(clear: Standing<ClearEntry>): Promise<void> {
    const { entry, change } = clear
    this.#clears.delete(entry.place.tab)
    return this.#between(async writer => {
      await writer.clear(entry.place.tab, entry)
      change({ state: 'done' })
    })
  }

  deleteEverything(): Promise<void> {
    return this.#between(async writer => {
      await writer.deleteEverything()
      this.#seen.clear()
      this.host.keepSeen({})
      this.#forgetUnrecognised(null)
      this.#pauses.clear()
      this.#clears.clear()
      this.#join.reset(this.host.now())
      this.host.askPages(null)
      this.#configure(this.#settings)
    })
  }

  #forgetUnrecognised(tab: string | null) {
    this.#unrecognised.clear(tab)
    this.host.keepUnrecognised(this.#unrecognised.all)
  }

  /** Does something with the log between two batches. */
  #between<T>(task: (writer: LogWriter) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#inTurn(() => {
        this.#tasks.push(async () => {
          if (this.#writer) await task(this.#writer).then(resolve, reject)
        })
        this.#wake()
      })
    })
  }

  // ── committing

  /** Resolves when nothing waits to be written. */
  async settled(): Promise<void> {
    while (this.#commit || this.#due) await (this.#commit ?? new Promise<void>(done => this.host.after(GATHER, done)))
  }

  #wake(alone = this.host.now() - this.#wrote > LIVELY) {
    if (this.#due || this.#commit) return
    this.#due = true
    const commit = () => {
      this.#due = false
      this.#commit = this.#commitAll().finally(() => {
        this.#commit = null
        if (this.#join.pending || this.#unacknowledged.size + this.#tasks.length + this.#inbox.length > 0)
          this.#wake(false)
      })
    }
    // What one message brings is taken in first.
    if (alone) queueMicrotask(commit)
    else this.host.after(GATHER, commit)
  }

  async #commitAll() {
    const writer = this.#writer
    if (!writer) return
    for (let wrote = false; ; ) {
      for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) await task()
      this.#catchUp()
      // What waits in the inbox may be what something else waits for: time goes on only as far as all is told.
      this.#watchHeld(this.#join.tick(this.#inbox[0]?.at ?? this.host.now()))
      // A little more gathers for the next one, and those who wait to see this one read it: the database lets nobody read while it is written.
      if (wrote && !this.#join.full && this.#inbox.length === 0) return
      const marks = this.#unacknowledged
      const ready = this.#join.take()
      if (!ready && marks.size === 0) return
      this.#unacknowledged = new Map()
      if (ready) {
        for (const tab of new Set(ready.entries.filter(({ place }) => !place.site).map(({ place }) => place.tab)))
          await this.#settle(ready, tab)
      }
      if (ready && ready.entries.length > 0) {
        // They would say on disk that there was a private page, if nothing of it stands beside them. Nor are they missed: what made no entry makes none again.
        const isShown = ready.entries.some(({ place }) => isPrivate(place.partition))
        const kept = [...marks].filter(([doc]) => isShown || !this.#taken.get(doc)?.isPrivate)
        try {
          await writer.append(chunk => ({ ...ready.batch(chunk), marks: Object.fromEntries(kept) }))
          ready.done()
          this.#wrote = this.host.now()
          wrote = true
          this.#retry = RETRY_FIRST
        } catch {
          ready.failed()
          this.#unacknowledged = new Map([...marks, ...this.#unacknowledged])
          await new Promise<void>(resolve => this.host.after(this.#retry, resolve))
          this.#retry = Math.min(this.#retry * 2, RETRY_LAST)
          continue
        }
      }
      for (const [nonce, n] of marks) this.#taken.get(nonce)?.post?.({ kind: 'ack', doc: nonce, n })
      if (this.#seenChanged) {
        this.#seenChanged = false
        this.host.keepSeen(Object.fromEntries(this.#seen))
      }
    }
  }

  /** Documents without an address of their own belong to their tab's site. */
  async #settle(ready: Ready, tab: string) {
    const id = Number(tab.slice(this.#session.length + 1))
    const site = id < 0 ? '' : await this.host.siteOfTab(id).catch(() => '')
    if (!site) return
    const wanted = this.#allows(site)
    ready.settle(tab, site, wanted)
    this.#join.settle(tab, site, wanted)
  }

  /** A request that waits for its other half must be looked at again. */
  #watchHeld(until: number | null) {
    if (until === null || until >= this.#heldUntil) return
    this.#heldUntil = until
    this.host.after(Math.max(1, until - this.host.now() + 1), () => {
      this.#heldUntil = Number.POSITIVE_INFINITY
      this.#wake()
    })
  }
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : '')
