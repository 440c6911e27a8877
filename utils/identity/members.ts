/** Who is part of a customer's merge, and why: needed wherever visitors are named, long before anybody asks what the merge comes to. */
import type { MergeOptions } from './merge'
import { isSharedUid } from './shared-uid'
import type { HolderState, MergeMember, Visitor } from './state'

/** A point of the log's order. */
export interface Point {
  at: number
  event: number
}

/** A UID took this CID for the first time. */
export interface Assignment extends Point {
  uid: string
  what: string
}

export const before = (a: Point, b: Point): number => a.at - b.at || a.event - b.event
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The moments at which `cid` was first assigned to a UID, oldest first: the ones that a merge can be previewed "as of".
 * The first is the customer's; the last is the one that shows every certain visitor, and the default.
 */
export const assignments = (state: HolderState, cid: string): Assignment[] =>
  [...state.visitors.values()]
    .flatMap(({ uid, cids }) => {
      const first = cids.find(each => each.cid === cid)
      return first ? [{ uid, at: first.at, event: first.event, what: first.what }] : []
    })
    .sort(before)

/** When this customer was first left: from then on a reset makes a UID for whoever comes next. */
const leftAt = (state: HolderState, cid: string): number => {
  let held: string | null = null
  for (const moment of state.moments) {
    const leaves = moment.kind === 'logout' ? moment.cid === cid || held === cid : held === cid && moment.cid !== cid
    if (leaves && moment.kind !== 'fell-back') return moment.at
    held = moment.cid
  }
  return Number.POSITIVE_INFINITY
}

/** UIDs that a reset named as the one before a certain UID, directly or over others, with the reset's entry; of several the first. */
const namedByResets = (state: HolderState, certain: Iterable<string>, stop: (uid: string) => boolean) => {
  const named = new Map<string, number>()
  const open = [...certain]
  for (let uid = open.pop(); uid !== undefined; uid = open.pop()) {
    const { from = null, event = 0 } = state.visitors.get(uid)?.madeBy ?? {}
    if (from === null || stop(from)) continue
    const known = named.get(from)
    if (known === undefined) open.push(from)
    named.set(from, Math.min(event, known ?? event))
  }
  return named
}

type Verdict = Pick<MergeMember, 'standing' | 'reason' | 'evidence'>
const STANDINGS: readonly MergeMember['standing'][] = ['certain', 'candidate', 'excluded']
/** Strongest reason first. */
const REASONS: readonly MergeMember['reason'][] = [
  'sent',
  'reset-before',
  'same-aid',
  'same-browser',
  'other-cid',
  'reset-after-logout',
  'uid-shared',
  'private',
  'other-browser',
  'other-site',
]

/** How every UID of this holder stands to the customer. */
const verdicts = (state: HolderState, cid: string, joining: string | null): Map<string, Verdict> => {
  const all = new Map<string, Verdict>()
  for (const { uid, event } of assignments(state, cid))
    all.set(uid, { standing: 'certain', reason: 'sent', evidence: event })
  if (joining !== null && !all.has(joining)) all.set(joining, { standing: 'certain', reason: 'sent', evidence: null })
  const certain = [...all.keys()]

  const left = leftAt(state, cid)
  for (const visitor of state.visitors.values()) {
    if (all.has(visitor.uid)) continue
    const [other] = visitor.cids
    const { madeBy } = visitor
    if (other) all.set(visitor.uid, { standing: 'excluded', reason: 'other-cid', evidence: other.event })
    else if (madeBy && madeBy.at >= left)
      all.set(visitor.uid, { standing: 'excluded', reason: 'reset-after-logout', evidence: madeBy.event })
    else if (isSharedUid(visitor.uid))
      all.set(visitor.uid, { standing: 'excluded', reason: 'uid-shared', evidence: visitor.firstEvent })
  }

  const named = namedByResets(state, certain, uid => all.has(uid))
  const aids = new Set(certain.flatMap(uid => state.visitors.get(uid)?.aids ?? []).filter(aid => !isSharedUid(aid)))
  for (const visitor of state.visitors.values()) {
    if (all.has(visitor.uid)) continue
    const reset = named.get(visitor.uid)
    if (reset !== undefined) all.set(visitor.uid, { standing: 'candidate', reason: 'reset-before', evidence: reset })
    else if (visitor.aids.some(aid => aids.has(aid)))
      all.set(visitor.uid, { standing: 'candidate', reason: 'same-aid', evidence: visitor.firstEvent })
    else all.set(visitor.uid, { standing: 'candidate', reason: 'same-browser', evidence: null })
  }
  return all
}

export interface Found {
  member: MergeMember
  visitor: Visitor
  /** Up to here its values are part of the merge; null: all of them. */
  limit: Point | null
}

/** The usual windows of a browser; in a file several browsers are told apart. */
const isBrowser = ({ partition }: HolderState): boolean => partition === 'normal' || partition.startsWith('browser ')

/**
 * The members of a customer's merge, strongest first.
 * @param joining UID that would join by being identified now; null: none
 */
export const findMembers = (
  state: HolderState,
  cid: string,
  joining: string | null,
  { chosen, asOf, others = [] }: Pick<MergeOptions, 'chosen' | 'asOf' | 'others'> = {},
): Found[] => {
  const found: Found[] = []
  const add = (holder: HolderState, visitor: Visitor, verdict: Verdict): void => {
    const own = visitor.cids.find(each => each.cid === cid)
    const { uid, events, firstSeen, lastSeen } = visitor
    found.push({
      visitor,
      limit: own ?? asOf ?? null,
      member: {
        uid,
        holder: holder.key,
        ...verdict,
        chosen: verdict.standing === 'certain' || (verdict.standing === 'candidate' && chosen?.has(uid) === true),
        events,
        sessions: visitor.sessions.length,
        firstSeen,
        lastSeen,
      },
    })
  }
  const own = verdicts(state, cid, joining)
  for (const visitor of state.visitors.values()) {
    const verdict = own.get(visitor.uid)
    if (verdict) add(state, visitor, verdict)
  }
  const seen = new Set(own.keys())
  for (const other of others) {
    if (other.key === state.key || other.portal !== state.portal) continue
    for (const visitor of other.visitors.values()) {
      if (seen.has(visitor.uid) || (asOf && visitor.firstSeen > asOf.at)) continue
      seen.add(visitor.uid)
      const sent = visitor.cids.find(each => each.cid === cid && !(asOf && before(each, asOf) > 0))
      if (sent) add(other, visitor, { standing: 'certain', reason: 'sent', evidence: sent.event })
      else {
        const apart = other.partition !== state.partition
        const reason = !apart ? 'other-site' : isBrowser(other) && isBrowser(state) ? 'other-browser' : 'private'
        add(other, visitor, { standing: 'excluded', reason, evidence: visitor.firstEvent })
      }
    }
  }
  return found.sort(
    (a, b) =>
      STANDINGS.indexOf(a.member.standing) - STANDINGS.indexOf(b.member.standing) ||
      REASONS.indexOf(a.member.reason) - REASONS.indexOf(b.member.reason) ||
      a.member.firstSeen - b.member.firstSeen ||
      byText(a.member.uid, b.member.uid),
  )
}
