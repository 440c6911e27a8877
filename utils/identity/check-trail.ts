/**
 * What happened in a run of the login and logout check, in the order of time: who came, who went, which mark of the tester
 * speaks of what, and where nobody could see. The steps read it.
 */
import type { EventKind } from '../sdk/event'
import { IN_APP, UID_COOKIE } from '../sdk/names'
import { type Expected, type ExpectedRecipe, rulesExpect } from './check-expected'
import { ASSIGN, CHAIN, MARK } from './constants'
import { isPageLoad } from './documents'
import type { EventEntry, GapEntry, LogEntry, MarkEntry, PageEntry } from './entry'
import { asExpected } from './expectations'
import { type Strength, strengthOf } from './holder'
import { BUYER, effectOf, isInFlight, isReadable, nameOf } from './machine'
import { outcomeAt } from './outcome'
import { explain, knownValues, makeCid, normalisePhone, type Step } from './recipe'
import { EMAIL, PHONE } from './rules/text'
import type { HolderState } from './state'

/** Somebody with whom the tester logs in. */
export interface Person {
  label: string
  /** What the CID must be; null: not known. */
  cid: string | null
}

/** Before what is typed: it is the CID itself, whatever it looks like. */
const AS_IS = /^cid:/i

/**
 * What a person's CID must be: the typed e-mail address or phone number made into one by the recipe; anything else, and what stands
 * behind `cid:`, as it is. null: the recipe makes no CID of such a value.
 */
export function cidOfPerson(typed: string, recipe: ExpectedRecipe | null): string | null {
  const value = typed.trim()
  if (AS_IS.test(value)) return value.replace(AS_IS, '').trim() || null
  const email = EMAIL.test(value)
  const phone = !email && PHONE.test(normalisePhone(value))
  if (!email && !phone) return value || null
  const { hash, of } = recipe ?? USUAL
  if (of !== 'any' && of !== (email ? 'email' : 'phone')) return null
  const usual: Step[] = email ? ['trim', 'lower'] : ['84to0']
  return makeCid(value, { hash, normalise: recipe?.normalise.length ? recipe.normalise : usual })
}
/** When nobody has said how CIDs are made: as in the vendor's example (D). */
const USUAL = { hash: 'md5', of: 'any' } as const

/** How a site makes its CIDs, as far as the log explains one of them whole; null: nothing explains any. */
export function recipeInUse(holder: HolderState): ExpectedRecipe | null {
  for (const cid of [...holder.customers.keys()].reverse()) {
    if (EMAIL.test(cid) || PHONE.test(cid)) return { hash: 'none', of: 'any', normalise: [] }
    const found = explain(cid, knownValues(holder, cid))
    if (found && found.kind !== 'other' && found.padding === 'full' && found.cut === null && found.hex === 'lower')
      return { hash: found.hash, of: 'any', normalise: [] }
  }
  return null
}

/** An entry that a sentence names. */
export interface EntryRef {
  event: number
  name: string
}

/** An identity-carrying event of the page, as the steps ask about it. */
export interface Beat extends EntryRef {
  entry: EventEntry
  at: number
  kind: EventKind
  uid: string | null
  /** Whom it names; null when `says` is not `cid`. */
  cid: string | null
  /** Of a page shown inside the app that is looked at: another site, with the app's UID. */
  inside: boolean
  /**
   * `none`: it left without a CID. `pending`: it names one, but has not left yet. `unread`: nobody could read whether it has one.
   * `nothing`: it proves nothing either way: only called, or it came to nothing, or it names a buyer.
   */
  says: 'cid' | 'none' | 'pending' | 'unread' | 'nothing'
}

/** A time in which something may have happened that this log doesn't have. */
export interface Gap {
  /**
   * `panel`: the panel itself changed who the visitor is. `late`: the hook came after code of the page had run. `hook`: a frame of the
   * page had none. `elsewhere`: nor had a frame of another site, which is another's identity: it is named, and no step goes by it.
   */
  cause: 'paused' | 'lost' | 'late' | 'panel' | 'hook' | 'elsewhere'
  from: number
  until: number
  event: number
  /** Address of the frame; '' for the others. */
  url: string
  /** The panel removed the customer. */
  removed?: true
}

/** What looks like a login or logout, though nobody has said so: a page of such an address, or the one to which it led. */
export interface Guess {
  at: number
  what: 'login' | 'logout'
  event: number
}

export interface Mark {
  entry: MarkEntry
  at: number
  /** What it speaks of may come up to here. */
  until: number
}

/** What ended a visit as a customer. */
export interface Removal {
  beats: Beat[]
  began: number
  last: number
  strength: Strength
  tab: string
  frame: number
  doc: string
}

/** From one login to the next: who came, what he did, how he went. */
export interface Visit {
  /** In the order of time, those before the login and after the logout too. */
  beats: Beat[]
  login: Beat | null
  /** More login events of the same login, or of the same person later. */
  again: Beat[]
  /** He was there when the run began. */
  returning: boolean
  cid: string | null
  /** First event with the CID. */
  first: Beat | null
  /** First event with another CID than the first, while a login was going on. */
  other: Beat | null
  /** A CID that was asked for and has not left yet. */
  pending: Beat | null
  removal: Removal | null
  /** Removals that came later than CHAIN. */
  late: Beat[]
  /** It began while another customer was there. */
  switched: boolean
  /** Index of the first beat that is his own. */
  begin: number
  /** ms since the epoch: where the next one begins, or the run was stopped; null: it goes on. */
  end: number | null
  loginMark: Mark | null
  logoutMark: Mark | null
}

export interface Trail {
  start: number
  stop: number | null
  now: number
  /** Nothing more can come: the run was stopped, or it is a file. */
  over: boolean
  mode: 'web' | 'app'
  /** Global of the SDK, or its script, as a page told it last; null: none was seen. */
  sdk: string | null
  holder: HolderState
  beats: Beat[]
  /** Only those in which somebody logged in, was there, or was said to be. */
  visits: Visit[]
  marks: MarkEntry[]
  /** UID of this holder before the first event of the run, from its cookie or from the log; with what told of it. */
  known: { uid: string; ref: EntryRef; at: number } | null
  /** The tester said that he was logged out before anybody logged in. */
  loggedOutAtStart: Mark | null
  /** Marks for which no event has come; in the order of time. */
  loose: Mark[]
  gaps: Gap[]
  /** Guessed marks; they make a step wait, and never fail. */
  guesses: Guess[]
  /** Page loads between two moments, in one tab or in any. */
  loads(from: number, to: number, tab?: string): number
  firstLoad(after: number): PageEntry | null
}

const GUESS = /(log|sign)[-_]?(in|out|up)|dang-(nhap|xuat|ky)|dangxuat|thoat|logout|otp/i
const AWAY = /(log|sign)[-_]?out|dang-?xuat|thoat/i

const beatOf = (entry: EventEntry): Beat => {
  const { facts, request } = entry
  const effect = effectOf(entry)
  const named = facts.cid !== null && facts.cidPath !== BUYER
  const says = named
    ? effect === 'now'
      ? 'cid'
      : effect === 'open'
        ? 'pending'
        : 'nothing'
    : facts.cid !== null || !request
      ? 'nothing'
      : isReadable(facts)
        ? 'none'
        : 'unread'
  return {
    entry,
    event: entry.id,
    name: nameOf(entry),
    at: entry.at,
    kind: facts.kind,
    uid: facts.uid,
    cid: says === 'cid' || says === 'pending' ? facts.cid : null,
    inside: false,
    says,
  }
}

export const isLogin = ({ kind }: Beat): boolean => kind === 'login' || kind === 'sign-up'
/** The page says who it is; other events only carry what the SDK knows. */
const says = (beat: Beat): boolean => isLogin(beat) || beat.kind === 'identify'
const STRENGTH: Partial<Record<EventKind, Strength>> = { logout: 'logout', remove: 'remove', reset: 'reset' }
export const isRemoval = ({ kind }: Beat): boolean => STRENGTH[kind] !== undefined
const changes = (beat: Beat): boolean =>
  isLogin(beat) || isRemoval(beat) || beat.says === 'cid' || beat.says === 'pending'

const removalOf = (beat: Beat, before: Removal | null): Removal => {
  const strength = STRENGTH[beat.kind] ?? 'logout'
  const { tab, frame, doc } = beat.entry.place
  return {
    beats: [...(before?.beats ?? []), beat],
    began: before?.began ?? beat.at,
    last: beat.at,
    strength: before && strengthOf(before.strength) > strengthOf(strength) ? before.strength : strength,
    tab,
    frame,
    doc,
  }
}

const newVisit = (more: Partial<Visit> = {}): Visit => ({
  beats: [],
  login: null,
  again: [],
  returning: false,
  cid: null,
  first: null,
  other: null,
  pending: null,
  removal: null,
  late: [],
  switched: false,
  begin: 0,
  end: null,
  loginMark: null,
  logoutMark: null,
  ...more,
})

/** Index of the first time that is after `at`. */
const after = (times: readonly number[], at: number): number => {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}

/** For each beat, the next login that nothing of a removal precedes. */
const nextLogins = (beats: readonly Beat[]): (Beat | null)[] => {
  const found: (Beat | null)[] = []
  let login: Beat | null = null
  for (let i = beats.length - 1; i >= 0; i--) {
    const beat = beats[i]
    found[i] = login
    if (beat && isLogin(beat)) login = beat
    else if (beat && isRemoval(beat)) login = null
  }
  return found
}

/** Is this logout mark about one of these removals? */
const nearest = (mark: Mark, beats: readonly Beat[]): Beat | null => {
  let best: Beat | null = null
  for (const beat of beats) {
    if (beat.at < mark.at - MARK || beat.at > mark.until) continue
    if (!best || Math.abs(beat.at - mark.at) < Math.abs(best.at - mark.at)) best = beat
  }
  return best
}

/** One visit after the other. */
class Teller {
  readonly visits: Visit[] = []
  visit = newVisit()

  constructor(private readonly loginMarks: readonly Mark[]) {
    this.visits.push(this.visit)
  }

  private next(beat: Beat, more: Partial<Visit> = {}): void {
    this.visit.end = beat.at
    this.visit = newVisit(more)
    this.visits.push(this.visit)
  }

  /** The customer of this visit is gone, as far as anybody said. */
  private get left(): boolean {
    return this.visit.removal !== null || this.visit.logoutMark !== null
  }

  mark(mark: Mark): void {
    if (this.visit.cid !== null && !this.left) this.visit.logoutMark = mark
  }

  take(beat: Beat, login: Beat | null): void {
    if (isRemoval(beat)) this.removal(beat)
    else if (isLogin(beat)) this.login(beat)
    else if (beat.cid !== null) this.named(beat, login)
    this.visit.beats.push(beat)
  }

  private removal(beat: Beat): void {
    const { visit } = this
    const here = {
      ...beat,
      says: beat.entry.facts.cid === null ? beat.says : ('cid' as const),
      cid: beat.entry.facts.cid,
    }
    if (visit.cid === null && visit.login === null && here.cid === null) return
    if (visit.cid === null && here.cid !== null && visit.login === null) this.assign(here)
    if (!visit.removal) visit.removal = removalOf(beat, null)
    else if (beat.at - visit.removal.last <= CHAIN) visit.removal = removalOf(beat, visit.removal)
    else visit.late.push(beat)
  }

  private login(beat: Beat): void {
    const { visit } = this
    const held = visit.cid
    const another = held !== null && beat.cid !== null && beat.cid !== held
    const signedUp = visit.login?.kind === 'sign-up' && beat.at - visit.login.at <= ASSIGN
    if (this.left || (another && !signedUp)) this.next(beat, { switched: !this.left, login: beat })
    else if (visit.login === null && (visit.first === null || beat.at - visit.first.at <= ASSIGN)) visit.login = beat
    else visit.again.push(beat)
    this.assign(beat)
  }

  /** An event that is no login names somebody; `login`: the one that follows. */
  private named(beat: Beat, login: Beat | null): void {
    const { visit } = this
    const heralds = login !== null && login.at - beat.at <= ASSIGN && (login.cid === null || login.cid === beat.cid)
    const marked = beat.kind === 'identify' && this.loginMarks.some(mark => nearest(mark, [beat]) !== null)
    if (this.left) {
      const flying = isInFlight(beat.entry, visit.removal)
      if (heralds || (!flying && (marked || beat.cid !== visit.cid))) {
        this.next(beat)
        this.assign(beat)
      }
    } else if (visit.cid !== null && beat.cid !== visit.cid && heralds && login?.cid !== null) {
      this.next(beat, { switched: true })
      this.assign(beat)
    } else {
      this.switchAt(beat)
      this.assign(beat)
    }
  }

  /** In an app the login says no CID: whose it was, the identify after it does. */
  private switchAt(beat: Beat): void {
    const { visit } = this
    const login = visit.again.at(-1)
    if (visit.cid === null || beat.cid === visit.cid || beat.kind !== 'identify') return
    if (!login || login.cid !== null || beat.at - login.at > ASSIGN) return
    visit.again.pop()
    const own = visit.beats.splice(visit.beats.findIndex(({ event }) => event === login.event))
    this.next(login, { switched: true, login, beats: own })
  }

  private assign(beat: Beat): void {
    const { visit } = this
    if (beat.says === 'pending') visit.pending ??= beat
    if (beat.says !== 'cid' || beat.cid === null) return
    if (visit.cid === null) {
      visit.cid = beat.cid
      visit.first = beat
    } else if (beat.cid !== visit.cid && visit.login && says(beat) && beat.at - visit.login.at <= ASSIGN)
      visit.other ??= beat
  }
}

const isOfHolder = (entry: LogEntry, { partition, site, portal }: HolderState): boolean => {
  const { place } = entry
  if (entry.kind === 'gap') return place.site === '' || place.site === site
  if (place.partition !== partition || place.site !== site) return false
  return entry.kind !== 'event' || entry.facts.portal === null || portal === null || entry.facts.portal === portal
}

/** rules.md "H": a page inside an app is its own, unless it bears the app's UID. */
const isInside = (entry: LogEntry, holder: HolderState): boolean =>
  entry.kind === 'event' &&
  holder.mode === 'app' &&
  entry.place.site !== holder.site &&
  entry.facts.uid !== null &&
  holder.visitors.has(entry.facts.uid) &&
  (entry.facts.portal === null || entry.facts.portal === holder.portal) &&
  entry.facts.system.some(([code, value]) => code === IN_APP && (value === true || value === 'true'))

const gapOf = (entry: LogEntry, now: number): Gap | null => {
  const { at: from, id: event } = entry
  if (entry.kind === 'gap') return { cause: entry.cause, from, until: entry.until ?? now, event, url: '' }
  if (entry.kind === 'page' && entry.late) return { cause: 'late', from, until: from, event, url: '' }
  return null
}

/** Takes note of pages that look like a login or a logout. What a form posts to is not in the log, but where it leads is. */
class Guesser {
  readonly found: Guess[] = []
  /** By tab: the address that was shown last, and what it looked like. */
  private readonly shown = new Map<string, { url: string; what: Guess['what'] | null }>()

  /** @param leads the page was loaded anew: the one before may have sent a form to it */
  look({ id, at, place }: LogEntry, url: string, leads: boolean): void {
    const before = this.shown.get(place.tab)
    const [address = ''] = url.split('#')
    if (before?.url === address && !leads) return
    const what = GUESS.test(url) ? (AWAY.test(url) ? 'logout' : 'login') : null
    this.shown.set(place.tab, { url: address, what })
    const guess = what ?? (leads ? before?.what : null)
    if (guess) this.found.push({ at, what: guess, event: id })
  }
}

/** Which login marks speak of which visits; gives those that speak of none. */
const matchLogins = (visits: readonly Visit[], marks: readonly Mark[], now: number): Mark[] => {
  const loose: Mark[] = []
  const said = (visit: Visit, mark: Mark): void => {
    visit.loginMark = mark
  }
  for (const mark of marks) {
    const free = visits.filter(({ loginMark }) => loginMark === null)
    const logins = free.flatMap(({ login, again }) => (login ? [login, ...again] : []))
    const login = nearest(mark, logins)
    const first = login
      ? null
      : nearest(
          mark,
          free.flatMap(visit => visit.first ?? []),
        )
    const visit = free.find(each => (login ? each.login === login || each.again.includes(login) : each.first === first))
    if ((login || first) && visit) {
      said(visit, mark)
      continue
    }
    // The mark came late: the login before it, if nobody went away in between.
    const before = free.filter(each => each.login && each.login.at < mark.at).at(-1)
    const over = before?.removal ? before.removal.began < mark.at : (before?.logoutMark?.at ?? now) < mark.at
    if (mark.entry.what === 'login' && before && !over && (before.end ?? now) >= mark.at) said(before, mark)
    else loose.push(mark)
  }
  return loose
}

/** The last event before the run that has a UID. */
function lastBefore(entries: readonly LogEntry[], start: number, holder: HolderState): Trail['known'] {
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]
    if (entry?.kind !== 'event' || entry.at >= start || !isOfHolder(entry, holder)) continue
    const { id, at, facts, call } = entry
    if (facts.carries && facts.uid !== null && call?.by !== 'panel')
      return { uid: facts.uid, ref: { event: id, name: nameOf(entry) }, at }
  }
  return null
}

/** When the newest run on a holder's site began, and when it was stopped. */
export function limitsOf(
  entries: readonly LogEntry[],
  holder: Pick<HolderState, 'partition' | 'site'>,
): Pick<Trail, 'start' | 'stop'> {
  let stop: number | null = null
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]
    if (entry?.kind !== 'mark' || entry.place.partition !== holder.partition || entry.place.site !== holder.site)
      continue
    if (entry.what === 'stop') stop = entry.at
    if (entry.what === 'start') return { start: entry.at, stop }
  }
  return { start: Number.NEGATIVE_INFINITY, stop }
}

/**
 * The trail of the newest run on a holder's site: from the last `start` mark on, else of everything.
 * @param entries in the order of (at, id)
 */
export function trailOf(entries: readonly LogEntry[], holder: HolderState, expected: Expected, now: number): Trail {
  const rules = rulesExpect(expected)
  const { start, stop } = limitsOf(entries, holder)
  const beats: Beat[] = []
  const marks: MarkEntry[] = []
  const gaps: Gap[] = []
  const deaf: GapEntry[] = []
  const loads: PageEntry[] = []
  const byTab = new Map<string, number[]>()
  /** By tab: the pages that it showed, of any site, from the one that was there at the start on. */
  const shown = new Map<string, PageEntry[]>()
  const guesser = new Guesser()
  let known: Trail['known'] = null
  let sdk: string | null = null
  let app = false
  for (const entry of entries) {
    if (stop !== null && entry.at > stop) break
    // What came before may be most of the log.
    if (entry.kind === 'event' && entry.at < start) continue
    if (entry.kind === 'gap' && entry.cause === 'hook') {
      if (entry.place.partition === holder.partition) deaf.push(entry)
      continue
    }
    const early = entry.at < start
    if (entry.kind === 'page' && isPageLoad(entry)) {
      const pages = early ? undefined : shown.get(entry.place.tab)
      if (pages) pages.push(entry)
      else shown.set(entry.place.tab, [entry])
    }
    const inside = isInside(entry, holder)
    if (!inside && !isOfHolder(entry, holder)) continue
    const gap = gapOf(entry, now)
    if (gap && gap.until >= start) gaps.push(gap)
    switch (entry.kind) {
      case 'mark':
        if (!early && entry.what !== 'start' && entry.what !== 'stop') marks.push(entry)
        break
      case 'page':
        if (early || entry.place.frame !== 0 || entry.how === 'prerender') break
        guesser.look(entry, entry.place.url, isPageLoad(entry))
        if (!isPageLoad(entry)) break
        loads.push(entry)
        if (!byTab.get(entry.place.tab)?.push(entry.at)) byTab.set(entry.place.tab, [entry.at])
        break
      case 'sdk':
        sdk =
          [entry.api, entry.script?.url.replace(/[?#].*$/, '').replace(/^.*\//, '')].filter(Boolean).join(', ') || sdk
        break
      case 'stored':
        if (entry.name === UID_COOKIE && entry.value && beats.length === 0)
          known = { uid: entry.value, ref: { event: entry.id, name: `${entry.where} ${entry.name}` }, at: entry.at }
        break
      case 'event': {
        const { facts, call } = entry
        if (!facts.carries) break
        const outcome = outcomeAt(entry, now)
        const beat = beatOf(asExpected(outcome === entry.outcome ? entry : { ...entry, outcome }, rules))
        beat.inside = inside
        if (call?.by === 'panel') {
          if (changes(beat))
            gaps.push({
              cause: 'panel',
              from: beat.at,
              until: beat.at,
              event: beat.event,
              url: '',
              ...(isRemoval(beat) && { removed: true as const }),
            })
          break
        }
        if (facts.page !== null && entry.place.frame === 0) guesser.look(entry, facts.page, false)
        beats.push(beat)
        app ||= facts.channel === 'app'
        break
      }
    }
  }

  const before = lastBefore(entries, start, holder)
  if (before && (known?.at ?? before.at) <= before.at) known = before
  for (const { id: event, at, place } of deaf) {
    const pages = shown.get(place.tab) ?? []
    const page = pages.findLast(each => each.at <= at)
    // A frame goes with its page, whatever site the next one is of.
    const until = pages.find(each => each.at > at)?.at ?? stop ?? now
    const own = place.site === holder.site
    if (until < start || (!own && !(page && isOfHolder(page, holder)))) continue
    // A tab without a load has shown the same page since before the start.
    const from = page?.at ?? (Number.isFinite(start) ? Math.min(start, at) : at)
    gaps.push({ cause: own ? 'hook' : 'elsewhere', from, until, event, url: place.url })
  }
  gaps.sort((a, b) => a.from - b.from || a.event - b.event)

  const loadTimes = loads.map(({ at }) => at)
  const firstLoad = (from: number): PageEntry | null => loads[after(loadTimes, from)] ?? null
  const markOf = (entry: MarkEntry): Mark => {
    const back = entry.away ? (firstLoad(entry.at)?.at ?? now) : entry.at
    return { entry, at: entry.at, until: back + MARK }
  }
  const loginMarks = marks.filter(({ what }) => what === 'login' || what === 'other').map(markOf)
  const logoutMarks = marks.filter(({ what }) => what === 'logout' || what === 'expired').map(markOf)
  const removals = beats.filter(isRemoval)
  const spoken = new Map(logoutMarks.map(mark => [mark, nearest(mark, removals)]))

  const teller = new Teller(loginMarks)
  const logins = nextLogins(beats)
  let nextMark = 0
  const markUpTo = (at: number): void => {
    for (let mark = logoutMarks[nextMark]; mark && mark.at < at; mark = logoutMarks[++nextMark])
      if (!spoken.get(mark)) teller.mark(mark)
  }
  beats.forEach((beat, index) => {
    markUpTo(beat.at)
    teller.take(beat, logins[index] ?? null)
  })
  markUpTo(Number.POSITIVE_INFINITY)

  const { visits } = teller
  let loggedOutAtStart: Mark | null = null
  for (const [mark, beat] of spoken) {
    const visit = beat && visits.find(each => each.removal?.beats.includes(beat))
    if (visit) visit.logoutMark = mark
    const [first] = visits
    const before = first && (first.login ?? first.first)
    if (!before || mark.at < before.at) loggedOutAtStart ??= mark
  }
  // A mark long after the logout that it speaks of.
  for (const mark of logoutMarks) {
    if (visits.some(({ logoutMark }) => logoutMark === mark) || mark === loggedOutAtStart) continue
    const visit = visits.findLast(each => each.removal && each.removal.began < mark.at && each.logoutMark === null)
    if (visit && (visit.end ?? now) >= mark.at) visit.logoutMark = mark
  }
  const loose = matchLogins(visits, loginMarks, now)

  const [first] = visits
  if (first) {
    const [opening] = first.beats.filter(({ says }) => says !== 'nothing')
    first.returning =
      first.login === null &&
      first.loginMark === null &&
      first.first !== null &&
      first.first.event === opening?.event &&
      first.first.kind !== 'purchase'
  }
  const real = visits.filter(({ login, cid, pending }) => login !== null || cid !== null || pending !== null)
  for (const visit of real) {
    const own = [visit.login, visit.first, visit.pending].flatMap(beat =>
      beat ? visit.beats.findIndex(each => each.event === beat.event) : [],
    )
    visit.begin = Math.max(0, Math.min(...own))
  }
  const last = visits.at(-1)
  if (last) last.end = stop
  return {
    start,
    stop,
    now,
    over: stop !== null || now === Number.POSITIVE_INFINITY,
    mode: expected.mode ?? (app ? 'app' : 'web'),
    sdk,
    holder,
    beats,
    visits: real,
    marks,
    known,
    loggedOutAtStart,
    loose,
    gaps,
    guesses: guesser.found,
    loads: (from, to, tab) => {
      const times = tab === undefined ? loadTimes : (byTab.get(tab) ?? [])
      return after(times, to) - after(times, from)
    },
    firstLoad,
  }
}
