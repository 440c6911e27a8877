/** What one event adds to its holder's counts, visitors and customers, and to their attribute maps. */
import { type Source, setAll, withSystem } from './attributes'
import type { Holder, HolderDraft, Seen, Shown } from './holder'
import { ownerOf } from './machine'
import { counts } from './outcome'
import { Dict } from './persistent'
import type { AttributeState, Customer, Visitor } from './state'

/** Adds a value at the end unless it is there; newest first looked at, since events come in runs. */
const withValue = (values: string[], value: string | null): string[] =>
  value === null || values[values.length - 1] === value || values.includes(value) ? values : [...values, value]

/** Counters that every event moves, of whatever kind. */
export const count = ({ shown }: HolderDraft, { entry }: Seen): void => {
  const { facts, request, call, at } = entry
  if (facts.carries) shown.mode = facts.channel
  shown.props = withValue(shown.props, facts.prop)
  shown.events++
  if (request) shown.requests++
  if (call) shown.calls++
  shown.firstSeen ??= at
  shown.lastSeen = at
}

/** Was this CID sent with this event, so that the server ties the UID to it? */
const sends = ({ cid, effect, entry }: Seen): boolean =>
  cid !== null && effect !== 'void' && entry.request !== null && counts(entry.outcome)

const newVisitor = (holder: Holder, seen: Seen, uid: string): Visitor => {
  const { id, at } = seen.entry
  const { unnamed } = holder
  return {
    uid,
    aids: [],
    firstSeen: at,
    lastSeen: at,
    firstEvent: id,
    lastEvent: id,
    events: 0,
    sessions: [],
    cids: [],
    attributes: Dict.EMPTY,
    madeBy: holder.origins.get(uid) ?? (unnamed && unnamed.from !== uid && unnamed.event !== id ? unnamed : null),
  }
}

const withVisitor = (holder: Holder, seen: Seen, uid: string, source: Source): Visitor => {
  const { facts, id, at } = seen.entry
  const old = holder.shown.visitors.get(uid) ?? newVisitor(holder, seen, uid)
  const { cid } = seen
  const known = cid === null || !sends(seen) || old.cids.some(each => each.cid === cid)
  // Key by key: a copy that is then changed costs twice.
  return {
    uid,
    aids: withValue(old.aids, facts.aid),
    firstSeen: old.firstSeen,
    lastSeen: at,
    firstEvent: old.firstEvent,
    lastEvent: id,
    events: old.events + 1,
    sessions: withValue(old.sessions, facts.session),
    cids: known ? old.cids : [...old.cids, { cid, event: id, at, what: seen.name }],
    attributes: facts.users
      ? setAll(asDict(old.attributes), facts.users, source, old.cids[old.cids.length - 1])
      : old.attributes,
    madeBy: old.madeBy,
  }
}

/** The maps of a state that `reduce` made are persistent ones. */
const asDict = <V>(map: ReadonlyMap<string, V>): Dict<V> => (map instanceof Dict ? map : Dict.of(map))

/** The customer's attributes on this event; what stands in cvar/extra only where `dims.customers` doesn't say it. */
const customerAttributes = (map: ReadonlyMap<string, AttributeState>, seen: Seen, source: Source) => {
  const { customers, inferred } = seen.entry.facts
  let next = customers ? setAll(asDict(map), customers, source) : asDict(map)
  if (inferred) {
    const said = new Set(customers?.filter(([, value]) => value !== null).map(([code]) => code))
    const rest = inferred.filter(([code, value]) => !said.has(code) && !(value === null && customers))
    next = setAll(next, rest, { ...source, inferred: true })
  }
  return next
}

const withCustomer = (shown: Shown, seen: Seen, cid: string, uid: string | null, source: Source): Customer => {
  const { id, at } = seen.entry
  const old = shown.customers.get(cid)
  const base: Customer = old ?? { cid, uids: [], firstEvent: id, firstAt: at, lastAt: at, attributes: Dict.EMPTY }
  return {
    cid,
    uids: seen.cid === cid && sends(seen) ? withValue(base.uids, uid) : base.uids,
    firstEvent: base.firstEvent,
    firstAt: base.firstAt,
    lastAt: seen.cid === cid ? at : base.lastAt,
    attributes: customerAttributes(base.attributes, seen, source),
  }
}

/** Takes one identity-carrying event; `before` is the holder ahead of it, `draft` what the state machine made of it. */
export const record = (before: Holder, draft: HolderDraft, seen: Seen): void => {
  const { entry, uid } = seen
  const { facts } = entry
  const { shown } = draft
  const source: Source = {
    at: entry.at,
    event: entry.id,
    what: seen.name,
    by: seen.by,
    inferred: false,
    asked: !counts(entry.outcome),
  }
  draft.system = withSystem(draft.system, facts.system, source)
  if (uid !== null) {
    const fresh = !shown.visitors.has(uid)
    const visitor = withVisitor(draft, seen, uid, source)
    shown.visitors = asDict(shown.visitors).with(uid, visitor)
    if (fresh && visitor.madeBy === draft.unnamed) draft.unnamed = null
  } else {
    draft.withoutUid++
    if (facts.users) shown.unowned = setAll(asDict(shown.unowned), facts.users, source)
  }
  const owner = ownerOf(before, draft, seen)
  const hasAttributes = facts.customers !== null || facts.inferred !== null
  if (owner !== null && (seen.cid !== null || hasAttributes))
    shown.customers = asDict(shown.customers).with(owner, withCustomer(shown, seen, owner, uid, source))
  else if (hasAttributes) shown.unowned = customerAttributes(shown.unowned, seen, source)
}
