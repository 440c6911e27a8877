/**
 * The state machine of rules.md §0: what each event does to `{uid, cid, since, by}` of its holder, and the moments that
 * tell of it.
 */
import type { EventFacts } from '../sdk/event'
import { CHAIN, GRACE } from './constants'
import type { DocumentMemory } from './documents'
import type { EventEntry, LogEntry } from './entry'
import {
  draftOf,
  type Echo,
  type Effect,
  type Holder,
  type HolderDraft,
  isIdentify,
  isLogin,
  isRemoval,
  type Origin,
  type Removal,
  type Seen,
  type Strength,
  strengthOf,
} from './holder'
import { expectsRequest, lost } from './outcome'
import type { Moment, MomentKind, Now } from './state'

/** Such a CID may name another buyer (rules.md §0 "CID(e)"). */
export const BUYER = 'dims.purchase.customer_id'
const MAY_HOLD_CID = new Set(['items', 'dims', 'cvar', 'extra', 'body', 'args', 'props'])

/** Fields of an event that could not be read, or not whole. */
export const unreadable = ({ problems }: EventFacts): string[] =>
  problems.filter(({ code }) => code !== 'repeated-key' && code !== 'number-uid').map(({ field }) => field)

/** All fields that may hold a CID could be read: only then does "no CID" mean that there was none. */
export const isReadable = (facts: EventFacts): boolean =>
  facts.problems.length === 0 || !unreadable(facts).some(field => MAY_HOLD_CID.has(field))

/** `user/sign_in`, else the event's name, else the call's. */
export const nameOf = ({ facts, call }: EventEntry): string =>
  facts.ec || facts.ea ? `${facts.ec}/${facts.ea}` : facts.en || (call?.api.split('.').pop() ?? '')

/**
 * An event that the SDK sent with a CID says whom the SDK takes the visitor for, even when the request is then blocked.
 * Of login and identify the page itself says so: it holds once the request has been sent, and is void if it came to nothing.
 */
export const effectOf = (entry: EventEntry): Effect => {
  const { facts, request, outcome } = entry
  const asserts = facts.kind === 'login' || facts.kind === 'sign-up' || facts.kind === 'identify'
  if (lost(outcome)) return request && !asserts ? 'now' : 'void'
  if (outcome.state === 'queued') return 'open'
  if (!request) return expectsRequest(facts) ? 'open' : 'now'
  return outcome.state === 'pending' && asserts ? 'open' : 'now'
}

/** rules.md "in flight": it was on its way when the customer was removed. */
export const isInFlight = (
  { place, at }: EventEntry,
  removal: Pick<Removal, 'tab' | 'frame' | 'doc' | 'last'> | null,
): boolean => {
  if (!removal) return false
  if (place.doc === removal.doc) return at < removal.last
  return (place.tab !== removal.tab || place.frame !== removal.frame) && at <= removal.last + GRACE
}

/** What an event is in the eyes of its holder as it stands before. */
export const look = (holder: Holder, entry: EventEntry): Seen => ({
  entry,
  name: nameOf(entry),
  by: entry.call?.by ?? 'page',
  uid: entry.facts.uid ?? holder.base.uid,
  cid: entry.facts.cidPath === BUYER ? null : entry.facts.cid,
  effect: effectOf(entry),
  ran: entry.outcome.state !== 'queued',
  inFlight: isInFlight(entry, holder.removal),
  bare: entry.facts.cid === null && entry.request !== null && isReadable(entry.facts),
})

const say = (draft: HolderDraft, entry: LogEntry, kind: MomentKind, more: Partial<Moment>): void => {
  const { uid, cid } = draft.pending ?? draft.base
  draft.moments = draft.moments.push({
    at: entry.at,
    kind,
    uid,
    cid,
    event: entry.id,
    what: '',
    path: null,
    by: 'page',
    ...more,
  })
}

const show = (draft: HolderDraft): void => {
  draft.shown.now = draft.pending ?? draft.base
}

const evidence = (seen: Seen): Pick<Now, 'since' | 'event' | 'what' | 'by'> => ({
  since: seen.entry.at,
  event: seen.entry.id,
  what: seen.name,
  by: seen.by,
})

/** Another UID than the one in use: anonymous until the event itself, or a later one, says otherwise. */
const takeUid = (draft: HolderDraft, seen: Seen, uid: string, carriesCid: boolean): void => {
  const { entry, name: what, by } = seen
  const aid = entry.facts.aid
  const before = draft.base
  const other = before.uid ?? draft.unnamed?.from ?? draft.origins.get(uid)?.from ?? null
  const sameAid = aid && before.aid ? aid === before.aid : null
  if (before.uid === null && before.cid !== null) draft.base = { ...before, uid }
  else draft.base = { ...before, ...evidence(seen), uid, cid: null, path: null, state: 'anonymous' }
  if (draft.pending) draft.pending = { ...draft.pending, uid }
  if (before.uid !== null && !draft.origins.has(uid)) say(draft, entry, 'uid-lost', { what, by, other, sameAid })
  say(draft, entry, draft.shown.visitors.has(uid) ? 'uid-again' : 'uid', { what, by, other, sameAid })
  if (before.cid !== null && draft.base.cid === null && !carriesCid) say(draft, entry, 'anonymous', { what, by })
  draft.silent = []
}

/** The first event of a UID that a reset had announced. */
const greetUid = (draft: HolderDraft, { entry, name: what, by }: Seen, uid: string): void => {
  const { aid } = entry.facts
  const before = draft.base.aid
  say(draft, entry, 'uid', {
    what,
    by,
    other: draft.origins.get(uid)?.from ?? null,
    sameAid: aid && before ? aid === before : null,
  })
}

const takeCid = (draft: HolderDraft, seen: Seen, cid: string): void => {
  const { entry, name: what, by, effect } = seen
  const path = entry.facts.cidPath
  if (effect === 'void') {
    if (cid !== draft.base.cid) say(draft, entry, 'fell-back', { what, by, path })
    return
  }
  const held = cid === draft.base.cid
  const next: Now = held ? draft.base : { ...draft.base, ...evidence(seen), cid, path, state: 'identified' }
  if (effect === 'open') {
    if (!held) draft.pending = { ...next, state: 'pending' }
    return
  }
  draft.base = next
  if (!held || isLogin(seen) || isIdentify(seen)) draft.loggedOut = false
  draft.pending = null
  draft.lastCarried = entry.at
  if (draft.silent.includes(entry.place.doc)) draft.silent = draft.silent.filter(doc => doc !== entry.place.doc)
  if (!held) say(draft, entry, 'identified', { what, by, path })
}

const loseCid = (draft: HolderDraft, seen: Seen): void => {
  draft.base = { ...draft.base, ...evidence(seen), cid: null, path: null, state: 'anonymous' }
  draft.silent = []
  draft.loggedOut = false
  say(draft, seen.entry, 'anonymous', { what: seen.name, by: seen.by })
}

/**
 * An identity-carrying request without CID, though one is held. After a logout it is the evidence that the CID went;
 * otherwise one alone proves little, unless its document began after the CID was last seen.
 */
const missCid = (draft: HolderDraft, seen: Seen, page: DocumentMemory | null): void => {
  const { doc } = seen.entry.place
  if (draft.loggedOut || (page && page.since > draft.lastCarried) || draft.silent.includes(doc)) loseCid(draft, seen)
  else draft.silent = [...draft.silent, doc].slice(-8)
}

const STRENGTH: Partial<Record<EventFacts['kind'], Strength>> = { logout: 'logout', remove: 'remove', reset: 'reset' }
const stronger = (a: Strength | null, b: Strength): Strength => (a && strengthOf(a) > strengthOf(b) ? a : b)

/** The removal that an event begins or goes on with. */
const chain = (holder: Holder, seen: Seen, strength: Strength): Removal => {
  const { entry, by } = seen
  const { tab, frame, doc } = entry.place
  const place = { tab, frame, doc, last: entry.at }
  const before = holder.removal
  if (before && entry.at - before.last <= CHAIN)
    return {
      ...before,
      ...place,
      events: [...before.events, entry.id],
      strength: stronger(before.strength, strength),
      byPage: by === 'page' ? stronger(before.byPage, strength) : before.byPage,
      cid: before.cid ?? holder.base.cid,
    }
  return {
    ...place,
    first: entry.id,
    events: [entry.id],
    began: entry.at,
    strength,
    byPage: by === 'page' ? strength : null,
    uid: seen.uid,
    cid: holder.base.cid,
  }
}

/** A reset event of the very UID that a reset has just given up. */
const repeatsReset = ({ removal }: Holder, { entry, uid }: Seen): boolean =>
  entry.facts.kind === 'reset' &&
  removal?.strength === 'reset' &&
  entry.at - removal.last <= CHAIN &&
  uid === removal.uid

const remove = (draft: HolderDraft, seen: Seen, strength: Strength): void => {
  const { entry, name: what, by } = seen
  const chained = draft.removal !== null && entry.at - draft.removal.last <= CHAIN
  const repeated = repeatsReset(draft, seen)
  // A logout that is the first thing heard of says who was there; one that follows a removal only repeats it.
  if (seen.cid !== null && !chained && seen.effect !== 'void') takeCid(draft, { ...seen, effect: 'now' }, seen.cid)
  draft.removal = chain(draft, seen, strength)
  draft.pending = null
  if (strength === 'logout') {
    draft.loggedOut = true
    say(draft, entry, 'logout', { what, by })
    return
  }
  const had = draft.base.cid !== null
  if (strength === 'remove') {
    say(draft, entry, 'remove', { what, by, cid: null })
    if (had) loseCid(draft, seen)
    return
  }
  const to = entry.facts.reset?.to ?? null
  if (repeated) resetAgain(draft, seen, to)
  else resetUid(draft, seen, { event: entry.id, at: entry.at, from: entry.facts.reset?.from ?? seen.uid }, to)
}

/** The cookies told of this reset before its request did: at most the name of the new UID is news. */
const resetAgain = (draft: HolderDraft, { entry, name: what, by, uid }: Seen, to: string | null): void => {
  const from = draft.removal?.uid ?? uid
  if (to) {
    draft.origins = draft.origins.with(to, { event: entry.id, at: entry.at, from })
    draft.unnamed = null
    draft.base = { ...draft.base, uid: to }
  }
  say(draft, entry, 'reset', { what, by, other: from })
}

/** The UID is given up; the next one is known by name, or is whatever comes next. */
const resetUid = (
  draft: HolderDraft,
  { entry, name: what, by }: { entry: LogEntry; name: string; by: 'page' | 'panel' },
  origin: Origin,
  to: string | null,
): void => {
  const had = draft.base.cid !== null
  if (to) draft.origins = draft.origins.with(to, origin)
  draft.unnamed = to ? null : origin
  draft.base = {
    ...draft.base,
    uid: to,
    cid: null,
    path: null,
    state: 'anonymous',
    since: entry.at,
    event: entry.id,
    what,
    by,
  }
  draft.pending = null
  draft.silent = []
  draft.loggedOut = false
  say(draft, entry, 'reset', { what, by, other: origin.from })
  if (had) say(draft, entry, 'anonymous', { what, by })
}

/** Takes one identity-carrying event. `page`: the document that it happened in. */
export const advance = (draft: HolderDraft, seen: Seen, page: DocumentMemory | null): void => {
  const { entry, cid } = seen
  const { facts } = entry
  const { removal } = draft
  const strength = STRENGTH[facts.kind]
  // What was on its way when the customer was removed neither brings him back nor brings back his UID.
  const late =
    seen.inFlight &&
    removal !== null &&
    removal.strength !== 'logout' &&
    ((cid !== null && cid === removal.cid) || (removal.strength === 'reset' && seen.uid === removal.uid))
  if (late) return

  const announces = facts.kind === 'reset' && facts.uid === facts.reset?.to
  if (facts.uid !== null && seen.ran && !announces && !repeatsReset(draft, seen)) {
    if (facts.uid !== draft.base.uid)
      takeUid(draft, seen, facts.uid, cid !== null && seen.effect === 'now' && !strength)
    else if (draft.origins.has(facts.uid) && !draft.shown.visitors.has(facts.uid)) greetUid(draft, seen, facts.uid)
  }
  if (facts.aid !== null && facts.aid !== draft.base.aid) draft.base = { ...draft.base, aid: facts.aid }

  if (facts.kind === 'login' || facts.kind === 'sign-up' || facts.kind === 'identify')
    say(draft, entry, facts.kind, {
      what: seen.name,
      by: seen.by,
      path: facts.cidPath,
      ...(cid !== null && seen.effect !== 'void' && { cid }),
    })

  if (strength) {
    if (seen.ran) remove(draft, seen, strength)
    if (announces && facts.uid !== null && !draft.shown.visitors.has(facts.uid)) greetUid(draft, seen, facts.uid)
  } else if (cid !== null) takeCid(draft, seen, cid)
  else if (draft.base.cid !== null && seen.bare && facts.uid === draft.base.uid) missCid(draft, seen, page)
  show(draft)
}

/** A UID read from the SDK's cookie or storage: it counts while no event has named one. */
export const uidStored = (holder: Holder, entry: LogEntry, uid: string, what: string): Holder => {
  if (holder.base.uid === uid || (holder.base.uid !== null && holder.shown.visitors.size > 0)) return holder
  const draft = draftOf(holder)
  const other = draft.base.uid ?? draft.unnamed?.from ?? null
  draft.base = { ...draft.base, uid, state: 'anonymous', since: entry.at, event: entry.id, what }
  if (draft.echo && entry.at - draft.echo.entry.at <= CHAIN) draft.echo = { ...draft.echo, to: uid }
  say(draft, entry, draft.shown.visitors.has(uid) ? 'uid-again' : 'uid', { what, other, sameAid: null })
  show(draft)
  return draft
}

/** The reset that cookies tell of. */
const takeStoredReset = (draft: HolderDraft, entry: LogEntry, to: string | null, what: string): void => {
  const { removal, base } = draft
  // The reset event was heard of: the cookies are its effect.
  if (removal?.strength === 'reset' && entry.at - removal.last <= CHAIN) return
  if (base.uid === null || base.uid === to) return
  const { moments, pending, loggedOut, silent, origins, unnamed, lastCarried } = draft
  draft.echo = {
    before: { moments, base, pending, removal, loggedOut, silent, origins, unnamed, lastCarried },
    entry,
    to,
    what,
  }
  const joins = removal !== null && entry.at - removal.last <= CHAIN
  // A cookie is in no document.
  const { tab, frame, doc } = joins ? removal : entry.place
  draft.removal = {
    first: joins ? removal.first : entry.id,
    events: joins ? [...removal.events, entry.id] : [entry.id],
    began: joins ? removal.began : entry.at,
    last: entry.at,
    strength: 'reset',
    byPage: 'reset',
    uid: base.uid,
    cid: (joins ? removal.cid : null) ?? base.cid,
    tab,
    frame,
    doc,
  }
  resetUid(draft, { entry, name: what, by: 'page' }, { event: entry.id, at: entry.at, from: base.uid }, to)
  show(draft)
}

/** Both ids of the SDK went or changed while the page lived: a reset, seen in cookies. */
export const resetStored = (holder: Holder, entry: LogEntry, to: string | null, what: string): Holder => {
  const draft = draftOf(holder)
  takeStoredReset(draft, entry, to, what)
  return draft.removal === holder.removal ? holder : draft
}

/**
 * The holder as an event finds it: when the cookies told of a reset just before the event that made it, or the logout that came with it,
 * as it was before they did, since the event says more.
 */
export const beforeEcho = (holder: Holder, { facts, at, outcome }: EventEntry): Holder => {
  const { echo } = holder
  if (!echo || !STRENGTH[facts.kind] || !facts.carries || outcome.state === 'queued') return holder
  const { before, entry } = echo
  if (at - entry.at > CHAIN || (facts.uid !== null && facts.uid !== before.base.uid)) return holder
  return { ...holder, ...before, echo: null, shown: { ...holder.shown, now: before.pending ?? before.base } }
}

/** After that event: what the cookies told besides. */
export const takeEcho = (draft: HolderDraft, { entry: cookie, to, what }: Echo, { entry }: Seen): void => {
  const { facts } = entry
  if (facts.kind !== 'reset') takeStoredReset(draft, { ...cookie, at: Math.max(cookie.at, entry.at) }, to, what)
  else if (to !== null && draft.base.uid === null) {
    if (draft.unnamed) draft.origins = draft.origins.with(to, draft.unnamed)
    draft.unnamed = null
    draft.base = { ...draft.base, uid: to }
    show(draft)
  }
}

/** A document began. */
export const pageSeen = (holder: Holder, entry: LogEntry, what: string): Holder => {
  const draft = draftOf(holder)
  say(draft, entry, 'page', { what })
  return draft
}

/** Whose the customer's attributes on this event are, when it names no CID itself (merge.md §1). */
export const ownerOf = (before: Holder, after: Holder, seen: Seen): string | null =>
  seen.cid ?? (isRemoval(seen) ? before.base.cid : (after.pending ?? after.base).cid)
