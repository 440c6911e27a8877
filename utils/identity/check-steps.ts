/** The seventeen steps of the login and logout check: a table of pure functions of the trail. */
import { canonical, typeOf } from './attributes'
import type { Expected } from './check-expected'
import { contactOf, type OtherRun } from './check-other'
import {
  type Beat,
  type EntryRef,
  type Gap,
  isLogin,
  isRemoval,
  type Mark,
  type Person,
  type Trail,
  type Visit,
} from './check-trail'
import type WORDS from './check-words.en.json'
import { ASSIGN, ATTR, CHAIN, GRACE, MARK, MIN_AFTER_LOGIN, MIN_AFTER_LOGOUT, UNSEEN } from './constants'
import type { Outcome } from './entry'
import { strengthOf } from './holder'
import { isInFlight } from './machine'
import { counts, delivered, expectsRequest, lost } from './outcome'
import { formatRecipe, knownBad, knownValues, makeCid, recipes } from './recipe'
import { tellingValues } from './rules/logout'
import type { Said } from './said'
import { isSharedUid } from './shared-uid'
import type { Issue } from './state'

export type Verdict = 'pass' | 'fail' | 'waiting' | 'cant-tell' | 'not-applicable'
export type SayKey = keyof (typeof WORDS)['say']

/** A value in a sentence, with what it is, so that whoever shows it can shorten, mask or link it. */
export type Value =
  | string
  | number
  | EntryRef
  | { cid: string }
  | { uid: string | null }
  | { span: number }
  | { time: number }
  | { code: string }
  | { outcome: Outcome }
  | Said
/** One sentence of the check's catalogue. */
export interface Sentence {
  say: SayKey
  values: Readonly<Record<string, Value>>
}

/** What a step comes to. */
export interface Finding {
  verdict: Verdict
  /** A pass that later events can still spoil. */
  soFar: boolean
  came: Sentence
  /** When it was decided: of the entry that it rests on most; null: nothing yet. */
  at: number | null
  /** Entries that it rests on, the most telling first. */
  events: number[]
  /** Beside the verdict: warnings and remarks. */
  notes: Sentence[]
}

export interface StepResult extends Finding {
  step: number
}

export interface Scene {
  trail: Trail
  expected: Expected
  people: readonly Person[]
  /** Of this run, muted ones apart. */
  issues: readonly Issue[]
  muted: readonly { issue: Issue; note: string }[]
  /** Recordings of other channels. */
  others: readonly OtherRun[]
}

const say = (key: SayKey, values: Sentence['values'] = {}): Sentence => ({ say: key, values })
type Rest = {
  at?: number | null
  also?: readonly (EntryRef | null | undefined)[]
  notes?: readonly Sentence[]
  soFar?: boolean
}

const finding = (
  verdict: Verdict,
  came: Sentence,
  { at, also = [], notes = [], soFar = false }: Rest = {},
): Finding => {
  const named = Object.values(came.values).filter(
    (value): value is EntryRef => typeof value === 'object' && 'event' in value,
  )
  const events = [...named, ...also].flatMap(ref => (ref ? [ref.event] : []))
  return { verdict, soFar, came, at: at ?? null, events: [...new Set(events)], notes: [...notes] }
}
const wait = (key: SayKey, values?: Sentence['values'], rest?: Rest): Finding =>
  finding('waiting', say(key, values), rest)
const skip = (key: SayKey, values?: Sentence['values'], rest?: Rest): Finding =>
  finding('not-applicable', say(key, values), rest)
const pass = (key: SayKey, values: Sentence['values'], rest: Rest): Finding => finding('pass', say(key, values), rest)
const fail = (key: SayKey, values: Sentence['values'], rest: Rest): Finding => finding('fail', say(key, values), rest)
const unknown = (key: SayKey, values?: Sentence['values'], rest?: Rest): Finding =>
  finding('cant-tell', say(key, values), rest)

/** Nothing to judge: it may still come, unless the run is over. */
const notYet = ({ over }: Trail, key: SayKey, values?: Sentence['values']): Finding =>
  over ? unknown('gap.nothing') : wait(key, values)
/** So few events prove nothing. */
const tooFew = (n: number, least: number, over: boolean, rest?: Rest): Finding | null => {
  if (n >= least) return null
  return over ? unknown('gap.few', { n, least }, rest) : wait('wait.more', { n, least }, rest)
}
/** Nor do those of one page alone. */
const onePage = (n: number, over: boolean, rest?: Rest): Finding =>
  over ? unknown('gap.no-page', { n }, rest) : wait('wait.page', { n }, rest)

const refOf = ({ event, name }: EntryRef): EntryRef => ({ event, name })
const left = (trail: Trail, due: number): Value => ({ span: Math.max(0, due - trail.now) })

/** A gap in this time makes silence worthless: nothing passes on it, and nothing fails. */
const blind = ({ gaps }: Trail, from: number, to: number): Finding | null => {
  const gap = gaps.find(each => each.cause !== 'elsewhere' && each.until >= from && each.from <= to)
  return gap ? ofGap(gap) : null
}
/** Where a frame was: without what its query may tell of a person. */
export const placeOf = (url: string): string => url.replace(/^https?:\/\//, '').replace(/[?#].*$/, '')

const ofGap = ({ cause, from, until, event, url }: Gap): Finding => {
  const rest = { at: from, also: [{ event, name: '' }] }
  switch (cause) {
    case 'paused':
      return unknown('gap.paused', { span: { span: until - from } }, rest)
    case 'lost':
      return unknown('gap.lost', { time: { time: from } }, rest)
    case 'late':
      return unknown('gap.late', {}, rest)
    case 'hook':
    case 'elsewhere':
      return unknown('gap.hook', { url: { code: placeOf(url) } }, rest)
    case 'panel':
      return unknown('gap.panel', { event: { event, name: '' } }, rest)
  }
}

/** Silence that has lasted: `otherwise`, unless nobody looked. */
const silent = (trail: Trail, from: number, to: number, otherwise: Finding): Finding =>
  blind(trail, from, to) ?? otherwise

const ofVisit = (person: Person, visit: Visit): boolean => person.cid !== null && person.cid === visit.cid
/** Who this is: by the tester's word, else by his CID. */
export const personOf = (visit: Visit, people: readonly Person[]): Person | null => {
  const label = visit.loginMark?.entry.who ?? null
  return (
    (label === null ? undefined : people.find(each => each.label === label)) ??
    people.find(each => ofVisit(each, visit)) ??
    null
  )
}

/** When and how the customer of a visit went. */
interface Left {
  at: number
  /** Removals of its chain; empty: only the tester said so. */
  beats: readonly Beat[]
}
const leftOf = (trail: Trail, { removal, logoutMark, beats }: Visit): Left | null => {
  if (removal) return { at: removal.last, beats: removal.beats }
  if (!logoutMark) return null
  if (logoutMark.entry.what !== 'expired') {
    // He went before he pressed: with the first event that lacks the CID, if there is one.
    const bare = beats.find(({ at, says }) => says === 'none' && at >= logoutMark.at - MARK && at <= logoutMark.at)
    return { at: bare ? bare.at - 1 : logoutMark.at, beats: [] }
  }
  const load = trail.firstLoad(logoutMark.at)
  return { at: Math.min(load?.at ?? Number.POSITIVE_INFINITY, logoutMark.at + MARK), beats: [] }
}
const goneAt = (trail: Trail, visit: Visit): number =>
  Math.min(visit.removal?.began ?? Number.POSITIVE_INFINITY, leftOf(trail, visit)?.at ?? Number.POSITIVE_INFINITY)
const indexOf = (visit: Visit, { event }: EntryRef): number => visit.beats.findIndex(beat => beat.event === event)
/**
 * Which beats tell of the leaving: from the first removal to behind the last. By their order and not by their times, since a page
 * logs out, resets and views the next page within one millisecond.
 */
const leaving = (trail: Trail, visit: Visit): [from: number, to: number] => {
  const [first] = visit.removal?.beats ?? []
  const last = visit.removal?.beats.at(-1)
  if (first && last) return [indexOf(visit, first), indexOf(visit, last) + 1]
  const gone = leftOf(trail, visit)?.at ?? Number.POSITIVE_INFINITY
  const after = visit.beats.findIndex(({ at }) => at > gone)
  return after < 0 ? [visit.beats.length, visit.beats.length] : [after, after]
}
/** What he did while he was there; and what came after he had gone. */
const stay = (trail: Trail, visit: Visit): Beat[] => visit.beats.slice(visit.begin, leaving(trail, visit)[0])
const afterwards = (trail: Trail, visit: Visit): Beat[] => visit.beats.slice(leaving(trail, visit)[1])
const isOver = (trail: Trail, visit: Visit): boolean => visit.end !== null || trail.over

/** Those that left: they show which CID the SDK adds. */
const sent = (beats: readonly Beat[]): Beat[] =>
  beats.filter(({ says, entry }) => says !== 'nothing' && says !== 'pending' && entry.request !== null)

/** It is on another page than an earlier one, whether it was loaded or, in an app of one page, only its address changed. */
const onAnotherPage = (trail: Trail, from: number, page: string | null, beat: Beat): boolean => {
  if (trail.loads(from, beat.at) > 0) return true
  const { page: here } = beat.entry.facts
  return here !== null && page !== null && here.split('#')[0] !== page.split('#')[0]
}

const before = (visit: Visit): Beat[] => visit.beats.slice(0, visit.begin).filter(({ says }) => says !== 'nothing')
/** What stands for the login: the event, else the first one with the CID. */
const anchorOf = ({ login, first, pending }: Visit): Beat | null => login ?? first ?? pending
const openingOf = (visit: Visit): Beat | null => visit.beats[visit.begin] ?? anchorOf(visit)

/** The event arrived: null; else why that is not (yet) so. */
const arrival = (trail: Trail, beat: Beat, never: SayKey): Finding | null => {
  const { outcome, request, facts } = beat.entry
  const event = refOf(beat)
  if (lost(outcome)) return fail(never, { event, outcome: { outcome } }, { at: beat.at })
  if (delivered(outcome) || (!request && !expectsRequest(facts))) return null
  const unseen = outcome.state === 'unknown' && trail.now - beat.at >= UNSEEN
  return unseen || trail.now === Number.POSITIVE_INFINITY
    ? unknown('gap.unseen', { event }, { at: beat.at })
    : wait('wait.end', { event }, { at: beat.at })
}
const accepted = say('note.accepted')

// ── before and at the login

const uidBefore = ({ trail }: Scene, visit: Visit | null): Finding => {
  if (visit?.returning && visit.first) return skip('na.returning', { cid: { cid: visit.cid ?? '' } })
  const beats = visit ? before(visit) : trail.beats.filter(({ says }) => says !== 'nothing')
  const bare = beats.find(({ uid, entry }) => uid === null && entry.request !== null)
  if (bare) return fail('1.none', { event: refOf(bare) }, { at: bare.at })
  const beat = beats.find(({ uid }) => uid !== null)
  const found = beat ? { uid: beat.uid ?? '', ref: refOf(beat), at: beat.at } : trail.known
  if (!found) {
    if (visit && anchorOf(visit)) return skip('na.first')
    return notYet(trail, 'wait.visit')
  }
  const values = { uid: { uid: found.uid }, event: refOf(found.ref) }
  if (isSharedUid(found.uid) || found.uid.trim() === '') return fail('1.shared', values, { at: found.at })
  return pass('1.pass', values, { at: found.at })
}

const nobodyYet = (scene: Scene, visit: Visit | null): Finding => {
  const { trail } = scene
  if (visit?.returning && visit.first) {
    const mark = trail.loggedOutAtStart
    const cid = { cid: visit.cid ?? '' }
    if (mark) return fail('2.fail', { event: refOf(visit.first), cid }, { at: visit.first.at })
    const earlier = trail.holder.visitors.get(visit.first.uid ?? '')?.cids.findLast(({ at }) => at < trail.start)
    const notes = earlier
      ? [earlier.cid === visit.cid ? say('note.remembered') : say('note.changed', { cid: { cid: earlier.cid } })]
      : []
    const type = visit.first.entry.facts.identifyType
    if (type !== null) notes.push(say('note.identify-type', { type: { code: type } }))
    return skip('na.returning', { cid }, { notes, also: [visit.first] })
  }
  const beats = visit ? before(visit) : trail.beats
  const bare = beats.filter(({ says }) => says === 'none')
  const last = bare.at(-1)
  const unread = beats.find(({ says }) => says === 'unread')
  if (unread) return unknown('gap.unread', { event: refOf(unread) }, { at: unread.at })
  if (!last) {
    if (visit && anchorOf(visit)) return skip('na.first')
    return notYet(trail, 'wait.nobody')
  }
  const opening = visit && openingOf(visit)
  return (
    blind(trail, trail.start, opening?.at ?? trail.now) ??
    pass('2.pass', { n: bare.length, event: refOf(last) }, { at: last.at, soFar: !opening })
  )
}

const guess = ({ guesses, start }: Trail, what: 'login' | 'logout', from: number): number | null =>
  guesses.findLast(each => each.what === what && each.at >= Math.max(start, from))?.at ?? null

const missing = (trail: Trail, mark: Mark, pending: SayKey, never: SayKey): Finding =>
  trail.now <= mark.until
    ? wait(pending, { span: left(trail, mark.until) }, { at: mark.at })
    : silent(trail, mark.at - MARK, mark.until, fail(never, { time: { time: mark.at } }, { at: mark.at }))

const loginEvent = ({ trail }: Scene, visit: Visit | null): Finding => {
  const loose = trail.loose.find(({ entry }) => entry.what === 'login')
  if (visit?.returning) return skip('na.returning', { cid: { cid: visit.cid ?? '' } })
  if (!visit?.login) {
    const mark = visit?.loginMark ?? loose
    if (mark) return missing(trail, mark, 'wait.login-mark', '3.none')
    if (visit?.first?.kind === 'purchase') return skip('na.purchase', { event: refOf(visit.first) })
    const time = guess(trail, 'login', 0)
    if (trail.over) return unknown('gap.nothing')
    return time === null ? wait('wait.login') : wait('wait.login-guess', { time: { time } })
  }
  const { login, loginMark } = visit
  const logins = [login, ...visit.again]
  const early = loginMark && logins.every(({ at }) => at < loginMark.at - MARK) ? loginMark : null
  const notes = [accepted]
  if (early) notes.unshift(say('note.early', { event: refOf(login), span: { span: early.at - login.at } }))
  const missed = loose && missing(trail, loose, 'wait.login-mark', '3.none')
  return (
    arrival(trail, login, '3.lost') ??
    (missed?.verdict === 'fail' ? missed : null) ??
    pass('3.pass', { event: refOf(login), outcome: { outcome: login.entry.outcome } }, { at: login.at, notes })
  )
}

/** The window in which a login's CID may come: not into what went before, or what comes after. */
const window = (trail: Trail, visit: Visit, anchor: Beat, ms: number): { from: number; to: number } => {
  const opening = openingOf(visit)
  return {
    from: Math.min(opening?.at ?? anchor.at, anchor.at),
    to: Math.min(anchor.at + ms, goneAt(trail, visit), visit.end ?? Number.POSITIVE_INFINITY),
  }
}

const cidAssigned = (scene: Scene, visit: Visit | null): Finding => {
  const { trail, expected, people } = scene
  if (visit?.returning) return skip('na.returning', { cid: { cid: visit.cid ?? '' } })
  const anchor = visit && anchorOf(visit)
  if (!visit || !anchor) return notYet(trail, 'wait.step', { n: 3 })
  const { first, cid, other } = visit
  const { from, to } = window(trail, visit, anchor, ASSIGN)
  if (!first || cid === null || first.at > to) {
    if (trail.now < to || (trail.now < anchor.at + ASSIGN && to === Number.POSITIVE_INFINITY))
      return visit.pending
        ? wait('wait.pending', { cid: { cid: visit.pending.cid ?? '' }, event: refOf(visit.pending) })
        : wait('wait.cid', { span: left(trail, anchor.at + ASSIGN) }, { at: anchor.at })
    const unread = visit.beats.find(({ at, says }) => says === 'unread' && at >= from && at <= to)
    if (unread) return unknown('gap.unread', { event: refOf(unread) }, { at: unread.at })
    return silent(trail, from, to, fail('4.none', { event: refOf(anchor) }, { at: anchor.at }))
  }
  const rest = { at: first.at, notes: [accepted] }
  const values = { cid: { cid }, event: refOf(first) }
  const what = knownBad(cid)
  if (what) return fail('4.bad', { ...values, what }, rest)
  if (other) return fail('4.two', { ...values, event2: refOf(other), cid2: { cid: other.cid ?? '' } }, { at: other.at })
  const person = personOf(visit, people)
  if (person?.cid && person.cid !== cid) {
    const owner = people.find(each => each.cid === cid)
    if (owner) return fail('4.of', { ...values, who: owner.label }, rest)
    return fail('4.person', { ...values, who: person.label, wanted: { cid: person.cid } }, rest)
  }
  if (expected.recipe) {
    const { hash, of, normalise } = expected.recipe
    const known = knownValues(trail.holder, cid)
    const made = recipes(cid, known)
    const fits = known.find(
      ({ value }) =>
        (typeof value === 'string' || typeof value === 'number') && makeCid(String(value), { hash, normalise }) === cid,
    )
    const right =
      fits &&
      made.find(recipe => recipe.hash === hash && recipe.of === fits.code && (of === 'any' || recipe.kind === of))
    if (right) return pass('4.recipe', { ...values, recipe: { code: formatRecipe(right) } }, rest)
    const [another] = made
    if (another) return fail('4.other-recipe', { ...values, recipe: { code: formatRecipe(another) } }, rest)
    if (!person?.cid) return unknown('gap.recipe', values, rest)
  }
  return person?.cid ? pass('4.right', { ...values, who: person.label }, rest) : pass('4.pass', values, rest)
}

/** The panel itself identified him: then nothing of it is the site's merit. */
const byPanel = ({ trail }: Scene, visit: Visit | null): Finding | null => {
  const opening = visit && openingOf(visit)
  if (!visit || !opening) return null
  const earlier = trail.visits[trail.visits.indexOf(visit) - 1]
  const from = earlier ? goneAt(trail, earlier) : trail.start
  const gap = trail.gaps.find(each => each.cause === 'panel' && each.from >= from && each.from <= opening.at)
  return gap ? ofGap(gap) : null
}
const bySite =
  (look: Step['look']): Step['look'] =>
  (scene, visit) =>
    byPanel(scene, visit) ?? look(scene, visit)

/** The panel changed who is there between these moments: then what came of it is not the site's fault either. */
const panelBetween = ({ gaps }: Trail, from: number, to: number): Finding | null => {
  const gap = gaps.find(each => each.cause === 'panel' && each.from >= from && each.from <= to)
  return gap ? ofGap(gap) : null
}

const order = ({ trail, expected }: Scene, visit: Visit | null): Finding => {
  if (visit?.returning) return skip('na.returning', { cid: { cid: visit.cid ?? '' } })
  const wanted = expected.order ?? (trail.mode === 'app' ? 'login-first' : 'any')
  if (wanted === 'any') return skip('na.order')
  const login = visit?.login ?? null
  const identify = visit?.beats.find(beat => beat.kind === 'identify' && beat.says !== 'nothing') ?? null
  if (!login || !identify) return notYet(trail, 'wait.step', { n: login ? 4 : 3 })
  const [first, second] =
    login.at <= identify.at && visit && visit.beats.indexOf(login) <= visit.beats.indexOf(identify)
      ? [login, identify]
      : [identify, login]
  const right = (first === login) === (wanted === 'login-first')
  const values = { event: refOf(first), event2: refOf(second) }
  return right ? pass('5.pass', values, { at: second.at }) : fail('5.fail', values, { at: second.at })
}

/** UID that was in use just before a visit: of its own events, else of those after the logout before it. */
const uidUntil = (trail: Trail, visits: readonly Visit[], visit: Visit): { uid: string; at: number } | null => {
  const own = before(visit).findLast(({ uid }) => uid !== null)
  if (own?.uid) return { uid: own.uid, at: own.at }
  const earlier = visits[visits.indexOf(visit) - 1]
  if (!earlier) return trail.known
  const gone = leftOf(trail, earlier)?.at ?? 0
  const last = afterwards(trail, earlier).findLast(({ uid, says }) => uid !== null && says !== 'nothing')
  const named = earlier.removal?.beats.findLast(({ entry }) => entry.facts.reset?.to)?.entry.facts.reset?.to
  if (last?.uid) return { uid: last.uid, at: last.at }
  return named ? { uid: named, at: gone } : null
}

const uidKept = ({ trail }: Scene, visit: Visit | null): Finding => {
  if (visit?.returning) return skip('na.returning', { cid: { cid: visit.cid ?? '' } })
  if (!visit?.first) return notYet(trail, 'wait.step', { n: 4 })
  const known = uidUntil(trail, trail.visits, visit)
  if (!known) return skip('na.first')
  const beat = visit.beats.find(each => each.says === 'cid' && each.uid !== null && !isRemoval(each))
  if (!beat) return isOver(trail, visit) ? skip('na.call') : wait('wait.step', { n: 8 })
  const values = { event: refOf(beat), uid: { uid: beat.uid } }
  if (beat.uid === known.uid) return pass('6.pass', values, { at: beat.at })
  const reset = trail.holder.moments.some(({ kind, at }) => kind === 'reset' && at >= known.at && at <= beat.at)
  const both = { ...values, uid2: { uid: known.uid } }
  if (reset) return pass('6.reset', both, { at: beat.at })
  return silent(trail, known.at, beat.at, fail('6.fail', both, { at: beat.at }))
}

const attributesArrived = ({ trail, expected }: Scene, visit: Visit | null): Finding => {
  const wanted = expected.attributes
  if (wanted.length === 0) return skip('na.attributes')
  if (visit?.returning) return skip('na.returning', { cid: { cid: visit.cid ?? '' } })
  const anchor = visit && anchorOf(visit)
  if (!visit || !anchor) return notYet(trail, 'wait.step', { n: 3 })
  const { from, to } = window(trail, visit, anchor, ATTR)
  const found = new Map<string, { value: unknown; beat: Beat }>()
  for (const beat of visit.beats) {
    const { facts, outcome } = beat.entry
    if (beat.at < from || beat.at > to || !counts(outcome)) continue
    for (const [code, value] of [...(facts.inferred ?? []), ...(facts.customers ?? [])])
      if (value !== null) found.set(code, { value, beat })
  }
  const wrong = new Map<string, Finding>()
  for (const { code, type, value } of wanted) {
    const got = found.get(code)
    if (!got) continue
    const is = got.value as Parameters<typeof typeOf>[0]
    const event = refOf(got.beat)
    const numeric = type === 'String' && typeOf(is) === 'Datetime'
    if (type !== null && typeOf(is) !== type && !numeric)
      wrong.set(code, fail('7.type', { code: { code }, type: typeOf(is), wanted: type, event }, { at: got.beat.at }))
    else if (value !== undefined && canonical(is) !== canonical(value))
      wrong.set(code, fail('7.value', { code: { code }, event }, { at: got.beat.at }))
  }
  const lacks = wanted.filter(({ code, required }) => required && !found.has(code)).map(({ code }) => code)
  const open = [...wrong.keys(), ...lacks]
  // A later event of the login may still bring the right one.
  if (open.length > 0 && trail.now < to && !isOver(trail, visit))
    return wait('wait.attributes', { codes: { code: open.join(', ') }, span: left(trail, to) }, { at: anchor.at })
  const [first] = wrong.values()
  if (first) return first
  if (lacks.length > 0)
    return silent(
      trail,
      from,
      to,
      fail('7.missing', { codes: { code: lacks.join(', ') }, event: refOf(anchor) }, { at: anchor.at }),
    )
  const got = wanted.flatMap(({ code }) => found.get(code) ?? [])
  const [last] = got.map(({ beat }) => beat).sort((a, b) => b.at - a.at)
  const codes = {
    code: wanted
      .filter(({ code }) => found.has(code))
      .map(({ code }) => code)
      .join(', '),
  }
  return pass(
    '7.pass',
    { n: got.length, codes, event: refOf(last ?? anchor) },
    { at: last?.at ?? anchor.at, also: got.map(({ beat }) => beat) },
  )
}

const carriesOn = ({ trail }: Scene, visit: Visit | null): Finding => {
  const first = visit?.first
  if (!visit || !first) return notYet(trail, 'wait.step', { n: 4 })
  const to = goneAt(trail, visit)
  const mine = stay(trail, visit)
  const from = visit.returning ? first.at - 1 : first.at
  const { tab } = first.entry.place
  const judged = sent(visit.returning ? mine : mine.slice(indexOf(visit, first) - visit.begin + 1)).filter(beat => {
    if (beat.says === 'cid' && beat.cid === visit.cid) return true
    // The login event of one login may come after the first that carries the CID, and without it.
    if (isLogin(beat) || isRemoval(beat) || beat === visit.other) return false
    // A page inside the app learns of it from the app, another tab with its next page.
    if (beat.inside) return beat.at > from + GRACE
    const elsewhere = beat.entry.place.tab !== tab
    return !elsewhere || (beat.at > from + GRACE && trail.loads(from, beat.at, beat.entry.place.tab) > 0)
  })
  const wrong = judged.find(({ says, cid }) => says === 'none' || (says === 'cid' && cid !== visit.cid))
  const unread = judged.find(({ says }) => says === 'unread')
  if (wrong) {
    const values = { event: refOf(wrong) }
    const panel = panelBetween(trail, from, wrong.at)
    if (panel) return panel
    return wrong.cid === null
      ? fail('8.none', values, { at: wrong.at })
      : fail('8.other', { ...values, cid: { cid: wrong.cid } }, { at: wrong.at })
  }
  if (unread) return unknown('gap.unread', { event: refOf(unread) }, { at: unread.at })
  const gap = blind(trail, from, Math.min(to, trail.now))
  if (gap) return gap
  const n = judged.length
  const moved = judged.find(beat => onAnotherPage(trail, from, first.entry.facts.page, beat))
  const over = goneAt(trail, visit) < Number.POSITIVE_INFINITY || isOver(trail, visit)
  const few = tooFew(n, MIN_AFTER_LOGIN, over)
  if (few) return few
  if (!moved) return onePage(n, over)
  return pass('8.pass', { n, event: refOf(moved) }, { at: judged.at(-1)?.at ?? moved.at, also: judged, soFar: !over })
}

// ── the logout

const nextOf = ({ trail }: Scene, visit: Visit | null): Visit | undefined =>
  visit ? trail.visits[trail.visits.indexOf(visit) + 1] : undefined
/** Another customer came while this one was there: then there was no logout to look at. */
const ofLogout =
  (look: Step['look']): Step['look'] =>
  (scene, visit) =>
    nextOf(scene, visit)?.switched && !visit?.removal ? skip('na.switched') : look(scene, visit)

/** The panel removed him before the site did, if it ever did: how he went is then nothing that the site can pass on. */
const removedBySite =
  (look: Step['look']): Step['look'] =>
  (scene, visit) => {
    const opening = visit && openingOf(visit)
    if (!visit || !opening) return look(scene, visit)
    const until = Math.min(visit.removal?.began ?? Number.POSITIVE_INFINITY, visit.end ?? scene.trail.now)
    const gap = scene.trail.gaps.find(each => each.removed && each.from >= opening.at && each.from <= until)
    return gap ? ofGap(gap) : look(scene, visit)
  }

const logoutEvent = (scene: Scene, visit: Visit | null): Finding => {
  const { trail } = scene
  if (visit?.logoutMark?.entry.what === 'expired') return skip('na.expired')
  const removal = visit?.removal
  const logoutMark = visit?.logoutMark ?? null
  // What comes later than the mark speaks of doesn't mend it.
  if (logoutMark && (!removal || removal.began > logoutMark.until))
    return missing(trail, logoutMark, 'wait.logout-mark', '9.none')
  if (!visit || !removal) {
    if (trail.over) return unknown('gap.nothing')
    const time = visit && guess(trail, 'logout', openingOf(visit)?.at ?? 0)
    return time ? wait('wait.logout-guess', { time: { time } }) : wait('wait.logout')
  }
  const beat = removal.beats.find(({ kind }) => kind === 'logout') ?? removal.beats[0]
  if (!beat) return wait('wait.logout')
  const early = logoutMark && removal.last < logoutMark.at - MARK ? logoutMark : null
  const notes = [accepted]
  if (early) notes.unshift(say('note.early-logout', { event: refOf(beat), span: { span: early.at - beat.at } }))
  return (
    arrival(trail, beat, '9.lost') ??
    pass('9.pass', { event: refOf(beat), outcome: { outcome: beat.entry.outcome } }, { at: beat.at, notes })
  )
}

const carriers = (trail: Trail, visit: Visit): Beat[] =>
  sent(afterwards(trail, visit)).filter(beat => !isRemoval(beat) && !isInFlight(beat.entry, visit.removal))

const removedInTime = (scene: Scene, visit: Visit | null): Finding => {
  const { trail, expected } = scene
  const wanted = expected.removal ?? (trail.mode === 'app' ? 'required' : 'any')
  if (wanted === 'none') return skip('na.removal')
  const gone = visit && leftOf(trail, visit)
  if (!visit || !gone) return notYet(trail, 'wait.step', { n: 9 })
  const chain = visit.removal
  const [began] = chain?.beats ?? []
  const strong = chain?.beats.filter(({ kind }) => kind !== 'logout') ?? []
  const did = strong[0]
  const late = visit.late.find(({ kind }) => kind !== 'logout')
  if (did && began) {
    const between = visit.beats
      .slice(indexOf(visit, began) + 1, indexOf(visit, did))
      .filter(beat => beat.says === 'cid' && !isRemoval(beat))
    const grounded = between.find(beat => !isInFlight(beat.entry, chain))
    const values = { event: refOf(did), event2: refOf(began), span: { span: did.at - began.at } }
    const rest = { at: did.at, also: between }
    if (grounded && wanted === 'required')
      return fail('10.before', { event: refOf(grounded), event2: refOf(did) }, rest)
    if (did === began) return pass('10.at-once', { event: refOf(did) }, rest)
    return between.length > 0
      ? pass('10.between', { ...values, n: between.length }, rest)
      : pass('10.pass', values, rest)
  }
  if (wanted === 'required') {
    const due = gone.at + CHAIN
    if (late && began)
      return silent(
        trail,
        gone.at,
        due,
        fail(
          '10.late',
          { event: refOf(late), event2: refOf(began), span: { span: late.at - began.at } },
          { at: late.at },
        ),
      )
    if (trail.now < due) return wait('wait.removal', { cid: { cid: visit.cid ?? '' } }, { at: gone.at })
    if (began) return silent(trail, gone.at, due, fail('10.none', { event: refOf(began) }, { at: began.at }))
    return silent(trail, gone.at, due, fail('10.never', { cid: { cid: visit.cid ?? '' } }, { at: gone.at }))
  }
  const clear = carriers(trail, visit).find(({ says }) => says === 'none')
  const first = [clear, late].filter(beat => beat !== undefined).sort((a, b) => a.at - b.at)[0]
  if (first === late && late && began)
    return pass(
      '10.pass',
      { event: refOf(late), event2: refOf(began), span: { span: late.at - began.at } },
      { at: late.at },
    )
  if (first) return pass(first === clear ? '10.silent' : '10.at-once', { event: refOf(first) }, { at: first.at })
  const [still] = carriers(trail, visit)
  if (!isOver(trail, visit)) return wait('wait.removal', { cid: { cid: visit.cid ?? '' } }, { at: gone.at })
  if (!still) return unknown('gap.nothing')
  return silent(
    trail,
    gone.at,
    trail.now,
    fail('10.never', { cid: { cid: visit.cid ?? '' } }, { at: still.at, also: [still] }),
  )
}

const logoutBelongs = (scene: Scene, visit: Visit | null): Finding => {
  const { trail } = scene
  if (visit?.logoutMark?.entry.what === 'expired') return skip('na.expired')
  const removal = visit?.removal
  if (!visit || !removal) return notYet(trail, 'wait.step', { n: 9 })
  const wrong = removal.beats.find(({ entry }) => entry.facts.cid !== null && entry.facts.cid !== visit.cid)
  if (wrong)
    return fail(
      '11.fail',
      { event: refOf(wrong), cid: { cid: wrong.entry.facts.cid ?? '' }, cid2: { cid: visit.cid ?? '' } },
      { at: wrong.at },
    )
  const beat = removal.beats.find(({ kind }) => kind === 'logout') ?? removal.beats[0]
  if (!beat) return skip('na.no-logout')
  const { cid } = beat.entry.facts
  return cid === null
    ? pass('11.none', { event: refOf(beat) }, { at: beat.at })
    : pass('11.pass', { event: refOf(beat), cid: { cid } }, { at: beat.at })
}

const carriesNone = (scene: Scene, visit: Visit | null): Finding => {
  const { trail } = scene
  const gone = visit && leftOf(trail, visit)
  if (!visit || !gone) return notYet(trail, 'wait.step', { n: 9 })
  const all = carriers(trail, visit)
  const tab = visit.removal?.tab ?? visit.logoutMark?.entry.place.tab
  const openTab = (beat: Beat): boolean =>
    !beat.inside && beat.entry.place.tab !== tab && trail.loads(gone.at, beat.at, beat.entry.place.tab) === 0
  const carry = all.filter(({ says }) => says === 'cid')
  const kept = carry.filter(openTab)
  const notes = kept.slice(0, 1).map(beat => say('note.tab', { event: refOf(beat) }))
  // An identify may be the herald of a login that is still to come.
  const wrong = carry.filter(beat => !openTab(beat) && (beat.kind !== 'identify' || trail.now >= beat.at + ASSIGN))
  const [first] = wrong
  if (first) {
    const panel = panelBetween(trail, gone.at, first.at)
    if (panel) return { ...panel, notes }
    const strong = visit.removal !== null && strengthOf(visit.removal.strength) > 0
    const code = strong ? 'stale-customer' : first.kind === 'identify' ? 'identify-after-logout' : 'logout-keeps-cid'
    return fail(
      '12.fail',
      { n: wrong.length, of: all.length, event: refOf(first), rule: { code } },
      { at: first.at, also: wrong, notes },
    )
  }
  const unread = all.find(({ says }) => says === 'unread')
  if (unread) return unknown('gap.unread', { event: refOf(unread) }, { at: unread.at, notes })
  const gap = blind(trail, gone.at, Math.min(visit.end ?? trail.now, trail.now))
  if (gap) return { ...gap, notes }
  const free = all.filter(({ says }) => says === 'none')
  const n = free.length
  const over = isOver(trail, visit)
  const page = visit.removal?.beats.at(-1)?.entry.facts.page ?? null
  const moved = free.find(beat => onAnotherPage(trail, gone.at, page, beat))
  const few = tooFew(n, MIN_AFTER_LOGOUT, over, { notes })
  if (few) return few
  if (!moved) return onePage(n, over, { notes })
  return pass(
    '12.pass',
    { n, event: refOf(moved) },
    { at: free.at(-1)?.at ?? moved.at, also: free, notes, soFar: !over },
  )
}

const uidAfter = (scene: Scene, visit: Visit | null): Finding => {
  const { trail, expected } = scene
  const gone = visit && leftOf(trail, visit)
  if (!visit || !gone) return notYet(trail, 'wait.step', { n: 9 })
  const wanted = expected.uidAfterLogout ?? (trail.mode === 'app' ? 'same' : 'any')
  const [began] = leaving(trail, visit)
  const held = visit.beats
    .slice(0, visit.beats[began]?.kind === 'logout' ? began + 1 : began)
    .findLast(({ uid, says }) => uid !== null && says !== 'nothing')
  const beat =
    carriers(trail, visit).find(({ uid }) => uid !== null) ??
    nextOf(scene, visit)?.beats.find(({ uid, says }) => uid !== null && says !== 'nothing')
  if (!beat) return notYet(trail, 'wait.any')
  const uid = { uid: beat.uid }
  const values = { uid, event: refOf(beat) }
  const rest = { at: beat.at }
  const same = held?.uid === beat.uid
  const named = visit.removal?.beats.findLast(({ entry }) => entry.facts.reset?.to)?.entry.facts.reset?.to ?? null
  if (wanted === 'same' && !same) return fail('13.not-same', { ...values, uid2: { uid: held?.uid ?? null } }, rest)
  if (wanted === 'new' && same) return fail('13.not-new', values, rest)
  if (wanted === 'new' && named !== null && named !== beat.uid)
    return fail('13.not-generated', { ...values, uid2: { uid: named } }, rest)
  if (same) return pass('13.same', values, rest)
  return named === beat.uid ? pass('13.generated', values, rest) : pass(held ? '13.new' : '13.any', values, rest)
}

// ── who comes after

const firstAndSecond = ({ trail }: Scene): { first: Visit | undefined; second: Visit | undefined } => {
  const [first, ...more] = trail.visits
  const second = more.find(
    ({ cid, loginMark }) =>
      loginMark?.entry.what === 'other' || (cid !== null && first?.cid !== null && cid !== first?.cid),
  )
  return { first, second }
}

const secondPerson = (scene: Scene): Finding => {
  const { trail, people } = scene
  const { first, second } = firstAndSecond(scene)
  const loose = trail.loose.find(({ entry }) => entry.what === 'other')
  if (!second || !first) {
    if (loose) return missing(trail, loose, 'wait.login-mark', '14.none')
    if (trail.over) return unknown('gap.nothing')
    const again = trail.visits.slice(1).find(({ cid }) => cid !== null && cid === first?.cid)
    return again?.cid ? wait('wait.same', { cid: { cid: again.cid } }) : wait('wait.second')
  }
  const panel = byPanel(scene, second)
  if (panel) return panel
  const beat = second.first
  if (!beat || second.cid === null) {
    const anchor = anchorOf(second)
    if (anchor && trail.now < anchor.at + ASSIGN && !trail.over)
      return wait('wait.cid', { span: left(trail, anchor.at + ASSIGN) }, { at: anchor.at })
    return anchor
      ? silent(trail, anchor.at, anchor.at + ASSIGN, fail('4.none', { event: refOf(anchor) }, { at: anchor.at }))
      : wait('wait.second')
  }
  const values = { cid: { cid: second.cid }, event: refOf(beat) }
  const rest = { at: beat.at }
  if (second.cid === first.cid) return fail('14.same-cid', values, rest)
  const person = personOf(second, people)
  if (person?.cid && person.cid !== second.cid)
    return fail('14.person', { ...values, who: person.label, wanted: { cid: person.cid } }, rest)
  const gone = first.first ? (leftOf(trail, first)?.at ?? first.first.at) : 0
  const removed = trail.beats.some(
    each =>
      (each.kind === 'remove' || each.kind === 'reset') &&
      each.at >= Math.min(gone, beat.at) - CHAIN &&
      each.at <= beat.at,
  )
  if (trail.mode === 'app')
    return removed ? pass('14.app', values, rest) : silent(trail, gone, beat.at, fail('14.not-removed', values, rest))
  const uid1 = stay(trail, first).findLast(each => each.cid === first.cid && each.uid !== null)?.uid ?? null
  const uid2 = second.beats.find(each => each.says === 'cid' && each.uid !== null)?.uid ?? null
  if (uid2 !== null && uid2 === uid1) return fail('14.same-uid', { ...values, uid: { uid: uid2 } }, rest)
  return pass('14.pass', { ...values, uid: { uid: uid2 } }, rest)
}

const valuesOf = (visit: Visit): [path: string, value: string][] =>
  visit.beats
    .slice(visit.begin)
    .filter(beat => isLogin(beat) || beat.kind === 'identify' || beat.cid === visit.cid)
    .flatMap(({ entry }) => tellingValues(entry.facts))

const nothingRemains = (scene: Scene): Finding => {
  const { trail } = scene
  const { first, second } = firstAndSecond(scene)
  if (!first || !second?.first || first.cid === null || second.cid === first.cid)
    return notYet(trail, 'wait.step', { n: 14 })
  const panel = byPanel(scene, second)
  if (panel) return panel
  const from = openingOf(second)?.at ?? second.first.at
  const to = goneAt(trail, second)
  const own = new Set(
    second.beats
      .filter(beat => isLogin(beat) || beat.kind === 'identify')
      .flatMap(({ entry }) => tellingValues(entry.facts).map(([, value]) => value)),
  )
  const theirs = new Set(
    valuesOf({ ...first, beats: first.beats.slice(0, leaving(trail, first)[1]) })
      .map(([, value]) => value)
      .filter(value => !own.has(value)),
  )
  const beats = sent(stay(trail, second))
  for (const beat of beats) {
    if (beat.cid === first.cid) return fail('15.cid', { event: refOf(beat), cid: { cid: first.cid } }, { at: beat.at })
    const stale = tellingValues(beat.entry.facts).find(([, value]) => theirs.has(value))
    if (stale) return fail('15.value', { event: refOf(beat), code: { code: stale[0] } }, { at: beat.at })
  }
  const gap = blind(trail, from, Math.min(to, trail.now))
  if (gap) return gap
  const n = beats.length
  const over = goneAt(trail, second) < Number.POSITIVE_INFINITY || isOver(trail, second)
  const few = tooFew(n, MIN_AFTER_LOGIN, over)
  if (few) return few
  return pass(
    '15.pass',
    { n, cid: { cid: second.cid ?? '' } },
    { at: beats.at(-1)?.at ?? null, also: beats, soFar: !over },
  )
}

/** The same but for case or leading zeros: meant to be the same. */
const nearly = (a: string, b: string): boolean => {
  const plain = (cid: string): string => cid.trim().toLowerCase().replace(/^0+/, '')
  return a !== b && plain(a) === plain(b)
}

/** The same person in another channel's recording. */
const inOthers = ({ trail, others }: Scene, first: Visit, cid: string): Finding | null => {
  const contacts = new Set(
    stay(trail, first)
      .filter(beat => isLogin(beat) || beat.kind === 'identify' || beat.cid === cid)
      .flatMap(({ entry }) => tellingValues(entry.facts).flatMap(([, value]) => contactOf(value) ?? [])),
  )
  let found: Finding | null = null
  for (const { name, customers } of others) {
    const wrong = customers.find(
      other => other.cid !== cid && (nearly(other.cid, cid) || [...other.contacts].some(each => contacts.has(each))),
    )
    const at = first.first?.at ?? null
    if (wrong)
      return fail('16.other-fail', { cid: { cid: wrong.cid }, cid2: { cid }, name }, { at, also: [first.first] })
    if (customers.some(other => other.cid === cid))
      found ??= pass('16.other', { cid: { cid }, name }, { at, also: [first.first] })
  }
  return found ?? (others[0] ? wait('wait.other', { name: others.map(({ name }) => name).join(', ') }) : null)
}

const sameAgain = (scene: Scene): Finding => {
  const [first] = scene.trail.visits
  if (!first?.cid) return wait('wait.again')
  const other = inOthers(scene, first, first.cid)
  const here = againHere(scene, first, first.cid)
  if (other?.verdict === 'fail' || here.verdict === 'waiting') return other ?? here
  return here
}

const againHere = (scene: Scene, first: Visit, cid1: string): Finding => {
  const { trail, people } = scene
  const more = trail.visits.slice(1)
  const who = first.loginMark?.entry.who ?? personOf(first, people)?.label ?? null
  for (const visit of more) {
    const { cid, first: beat, loginMark } = visit
    if (cid === null || !beat || loginMark?.entry.what === 'other') continue
    const values = { cid: { cid }, event: refOf(beat) }
    const panel = byPanel(scene, visit)
    if (panel) return panel
    if (cid === cid1) return pass('16.pass', values, { at: beat.at })
    const meant = who !== null && loginMark?.entry.who === who
    if (meant || nearly(cid, cid1)) return fail('16.fail', { ...values, cid2: { cid: cid1 } }, { at: beat.at })
  }
  return wait('wait.again')
}

const noErrors = ({ trail, issues, muted }: Scene): Finding => {
  const notes = muted.map(({ issue, note }) => say('note.muted', { rule: { code: issue.rule }, note }))
  const n = issues.length
  if (n > 0) {
    const rules = { code: [...new Set(issues.map(({ rule }) => rule))].join(', ') }
    const also = issues.flatMap(({ events }) => events.slice(0, 20)).map(event => ({ event, name: '' }))
    return fail('17.fail', { n, rules }, { at: issues[0]?.last ?? null, also, notes })
  }
  if (trail.beats.length === 0) return trail.over ? unknown('gap.nothing') : wait('wait.any', {}, { notes })
  const gap = blind(trail, trail.start, trail.now)
  if (gap) return { ...gap, notes }
  return pass('17.pass', { n: trail.beats.length }, { at: trail.beats.at(-1)?.at ?? null, notes, soFar: !trail.over })
}

interface Step {
  /** Looks at one visit; null: nobody has come yet. */
  look: (scene: Scene, visit: Visit | null) => Finding
  /** Every further login must hold too: the first decides, a later one can only make it fail. */
  each: boolean
  /** The check passes without it. */
  optional?: true
}

/** In the order of their numbers, from 1. */
const STEPS: readonly Step[] = [
  { look: uidBefore, each: false },
  { look: nobodyYet, each: false },
  { look: loginEvent, each: true },
  { look: bySite(cidAssigned), each: true },
  { look: order, each: true },
  { look: bySite(uidKept), each: true },
  { look: bySite(attributesArrived), each: true },
  { look: bySite(carriesOn), each: true },
  { look: ofLogout(logoutEvent), each: true },
  { look: ofLogout(removedBySite(removedInTime)), each: true },
  { look: ofLogout(logoutBelongs), each: true },
  { look: ofLogout(removedBySite(carriesNone)), each: true },
  { look: ofLogout(removedBySite(uidAfter)), each: true },
  { look: secondPerson, each: false },
  { look: nothingRemains, each: false },
  { look: sameAgain, each: false, optional: true },
  { look: noErrors, each: false },
]

/** Keeps this step the check from passing, though it has not failed? */
export const isOpen = ({ verdict, step }: Pick<StepResult, 'verdict' | 'step'>): boolean =>
  !STEPS[step - 1]?.optional && (verdict === 'waiting' || verdict === 'cant-tell')

/** All steps of a run. */
export const lookAtSteps = (scene: Scene): StepResult[] =>
  STEPS.map(({ look, each }, index) => {
    const step = index + 1
    const [first, ...more] = scene.trail.visits
    const result = look(scene, first ?? null)
    if (!each || result.verdict === 'fail') return { step, ...result }
    // A customer who was there from the start says nothing of how people log in.
    const skipped = first?.returning && result.verdict === 'not-applicable'
    const others = more.map((visit, at) => ({ found: look(scene, visit), n: at + 2 }))
    const failed = others.find(({ found }) => found.verdict === 'fail')
    const [next] = others
    const chosen = failed ?? (skipped && next ? next : null)
    if (!chosen) return { step, ...result }
    return { step, ...chosen.found, notes: [...chosen.found.notes, say('note.visit', { n: chosen.n })] }
  })
