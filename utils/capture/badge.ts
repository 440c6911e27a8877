/**
 * What the toolbar button says of each tab: the same as the panel, from the same log. It begins when something is written, from the newest
 * checkpoint, and follows what is new; the browser keeps what was said while the worker sleeps.
 */
import { siteKey } from '../identity/documents'
import { type ClearEntry, isCleared, type LogEntry } from '../identity/entry'
import { type Expectations, NO_EXPECTATIONS } from '../identity/expectations'
import { deserialise, EMPTY, type LogState, Reduction } from '../identity/reduce'
import { type Sign, signOf } from '../identity/sign'
import type { EventSource } from '../log/source'
import type { Settings } from '../settings'
import { keep } from './keep'

/** ms after which what is written is read: panels, which somebody looks at, go first. */
const LAG = 150
/** ms in which changes gather before they are shown. */
const GATHER = 50
/** ms after the last change at which silence may have come to mean something: a call that was not sent, a login without identify. */
const SILENCES: readonly number[] = [6_000, 12_000, 18_000]
/**
 * ms without a change after which what is stale is read again, and after which it is in any case: in a stream most ends come late, and to read all of
 * the log for each would cost the worker more than to write it.
 */
const QUIET = 1_000
const STALE = 30_000
/** So many entries are kept, and from so many on the older ones are let go of. */
const KEPT = 512
const MANY = 2_048
const TABS_KEPT = 500
const NOTHING = JSON.stringify(null)

export interface BadgeHost {
  now(): number
  after(ms: number, run: () => void): void
  /** Site of the page in a tab; '' if extensions can't see it. */
  siteOfTab(tab: number): Promise<string>
  /** null: nothing is known of its page. The browser takes it back by itself when the tab goes to another page. */
  show(tab: number, sign: Sign | null): void
}

/** A reduction that follows the log. */
class Following {
  reduction = new Reduction()
  /** To be read again: `late`, something changed that was let go of; `cleared`, the user cleared a tab or took that back, and waits to see it. */
  stale: 'late' | 'cleared' | null = null
  #end = new AbortController()
  /** The newest clear of each tab that was not undone: what it clears is left out until it is gone for good. */
  readonly #clears = new Map<string, ClearEntry>()

  constructor(
    private readonly source: EventSource,
    private readonly expected: Expectations,
    private readonly on: (entries: readonly LogEntry[], reset: boolean) => void,
  ) {
    this.begin()
  }

  /** From the newest checkpoint, or from the beginning. */
  begin(): void {
    this.end()
    this.stale = null
    this.#end = new AbortController()
    const { signal } = this.#end
    let base: LogState | null = null
    const checkpoint = ({ reduced }: { reduced: unknown }): boolean => {
      base = deserialise(reduced as Parameters<typeof deserialise>[0])
      return base !== null
    }
    this.source.watch(
      {},
      change => {
        if (change.reset) this.reduction = new Reduction((change.checkpoint && base) || EMPTY, this.expected)
        base = null
        const cleared = this.#noteClears(change.entries)
        this.reduction.apply(change.entries.filter(entry => !this.#isCleared(entry)))
        if (cleared && !change.reset) this.stale = 'cleared'
        else if (this.reduction.late > 0) this.stale ??= 'late'
        this.on(change.entries, change.reset)
        if (this.reduction.all().length > MANY) this.reduction.settle(KEPT)
      },
      // Why the log can't be read is the panel's to say.
      () => {},
      signal,
      // What a checkpoint holds was judged without expectations, and before anything was cleared.
      { lag: LAG, ...(this.expected === NO_EXPECTATIONS && this.#clears.size === 0 ? { checkpoint } : {}) },
    )
  }

  #noteClears(entries: readonly LogEntry[]): boolean {
    let some = false
    for (const entry of entries) {
      if (entry.kind !== 'clear') continue
      some = true
      if (entry.state === 'open') this.#clears.set(entry.place.tab, entry)
      else this.#clears.delete(entry.place.tab)
    }
    return some
  }

  #isCleared(entry: LogEntry): boolean {
    const clear = this.#clears.get(entry.place.tab)
    return clear !== undefined && isCleared(entry, clear)
  }

  end(): void {
    this.#end.abort()
  }
}

export class Badge {
  #settings: Settings
  #expected: ReadonlyMap<string, Expectations>
  /** Of all sites of which nothing is expected, and of each other one. */
  #usual: Following | null = null
  readonly #ofSite = new Map<string, Following>()
  /** Sites (`<partition>|<site>`) and tabs of which there is news; null: of all. */
  #news: Set<string> | null = new Set()
  readonly #said = new Map<string, string>()
  #due = false
  #changes = 0
  #changedAt = 0
  /** Of the change after which silence is listened for. */
  #listening = 0
  #staleSince: number | null = null

  /**
   * @param session of the browser, as tabs are called in the log
   * @param expected by site (registrable domain), of those of which something is expected
   */
  constructor(
    private readonly host: BadgeHost,
    private readonly source: EventSource,
    private readonly session: string,
    settings: Settings,
    expected: ReadonlyMap<string, Expectations>,
  ) {
    this.#settings = settings
    this.#expected = expected
  }

  /** Something was written: from now on the log is followed. */
  wake(): void {
    if (this.#usual) return
    this.#usual = this.#follow(NO_EXPECTATIONS)
    this.#followSites()
  }

  /** Says everything anew: by other settings, or in another language. */
  configure(settings: Settings, expected: ReadonlyMap<string, Expectations>): void {
    this.#settings = settings
    const before = this.#expected
    this.#expected = expected
    this.#said.clear()
    for (const [site, following] of this.#ofSite)
      if (JSON.stringify(before.get(site)) !== JSON.stringify(expected.get(site))) {
        following.end()
        this.#ofSite.delete(site)
      }
    if (this.#usual) this.#followSites()
    else this.wake()
    this.#notice(null)
  }

  #followSites(): void {
    for (const [site, expected] of this.#expected)
      if (!this.#ofSite.has(site)) this.#ofSite.set(site, this.#follow(expected))
  }

  #follow(expected: Expectations): Following {
    return new Following(this.source, expected, (entries, reset) => this.#notice(reset ? null : entries))
  }

  #notice(entries: readonly LogEntry[] | null): void {
    if (entries === null) this.#news = null
    for (const entry of entries ?? []) {
      const { tab, frame } = entry.place
      this.#news?.add(siteKey(entry.place))
      this.#news?.add(tab)
      // The browser has taken back what was said of the page before.
      if (entry.kind === 'page' && entry.how !== 'route' && frame === 0) this.#said.delete(tab)
    }
    this.#changes++
    this.#changedAt = this.host.now()
    this.#plan()
  }

  /** If nothing changes any more, that is looked at too. */
  #listen(): void {
    const change = this.#changes
    if (this.#listening === change) return
    this.#listening = change
    for (const ms of SILENCES)
      this.host.after(ms, () => {
        if (change !== this.#changes) return
        this.#news = null
        this.#plan()
      })
  }

  #readStale(now: number): void {
    const stale = [this.#usual, ...this.#ofSite.values()].filter(each => each?.stale != null)
    if (stale.length === 0) {
      this.#staleSince = null
      return
    }
    this.#staleSince ??= now
    const quietIn = this.#changedAt + QUIET - now
    if (quietIn > 0 && now - this.#staleSince < STALE && stale.every(each => each?.stale === 'late')) {
      this.host.after(quietIn, () => this.#plan())
      return
    }
    this.#staleSince = null
    for (const each of stale) each?.begin()
  }

  #plan(): void {
    if (this.#due) return
    this.#due = true
    this.host.after(GATHER, () => {
      this.#due = false
      void this.#show()
    })
  }

  async #show(): Promise<void> {
    const { host, session } = this
    this.#listen()
    this.#readStale(host.now())
    const usual = this.#usual?.reduction
    if (!usual) return
    const news = this.#news
    this.#news = new Set()
    const now = host.now()
    for (const [tab, said] of this.#said)
      if (said !== NOTHING && !usual.page(tab)) {
        // Its log was cleared.
        this.#said.set(tab, NOTHING)
        host.show(Number(tab.slice(session.length + 1)), null)
      }
    for (const tab of usual.state().tabs.keys()) {
      const id = Number(tab.slice(session.length + 1))
      const page = tab.startsWith(`${session}:`) && id > 0 ? usual.page(tab) : null
      if (!page || (news && !news.has(page.site) && !news.has(tab))) continue
      const site = page.site.slice(page.site.indexOf('|') + 1)
      // It may show a page without the SDK by now, or be gone.
      const shown = await host.siteOfTab(id).catch(() => null)
      if (shown !== site) continue
      const sign = this.#signOf(tab, site, now)
      const said = JSON.stringify(sign)
      if (this.#said.get(tab) === said) continue
      keep(this.#said, tab, said, TABS_KEPT)
      host.show(id, sign)
    }
  }

  #signOf(tab: string, site: string, now: number): Sign | null {
    const { recording, pausedSites, mutes } = this.#settings
    const reduction = (this.#ofSite.get(site) ?? this.#usual)?.reduction
    const sign =
      reduction &&
      signOf(reduction, tab, now, ({ rule }, of) => mutes.some(mute => mute.rule === rule && mute.site === of))
    return sign ? { ...sign, paused: !recording || pausedSites.includes(site) } : null
  }
}
