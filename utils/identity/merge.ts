/**
 * The merge preview: what becomes of the visitors' history and attributes when a CID is assigned. Documented are only that
 * anonymous profiles merge into the customer and that one customer has many visitors (D); which value wins is not (?), so
 * every result stands under a named policy.
 */
import type { Attributes, Json } from '../sdk/event'
import { canonical, typeOf } from './attributes'
import { isSharedUid } from './shared-uid'
import type {
  AttributeState,
  Customer,
  HolderState,
  Merge,
  MergeMember,
  MergeRow,
  MergeSource,
  Policy,
  Setting,
  Visitor,
} from './state'

/** A point of the log's order. */
interface Point {
  at: number
  event: number
}

export interface MergeOptions {
  policy: Policy
  /** UIDs of candidates that the user ticked in. Certain members are always in, excluded ones never. */
  chosen?: ReadonlySet<string>
  /**
   * The moment that the preview is computed at; `state` is then the holder just after that entry, and `present` what the
   * holder is by now, where updates since are read from. Absent: as the log stands.
   */
  asOf?: Point & { present: HolderState }
  /**
   * "If identified now": the UID in use joins, unless another CID holds it, and the identifying event sets these attributes
   * on the customer first. Only without `asOf`.
   */
  whatIf?: { attributes: Attributes }
  /** Other holders of the same log, as of the same moment: private windows and other sites of the same portal. */
  others?: readonly HolderState[]
}

/** A UID took this CID for the first time. */
export interface Assignment extends Point {
  uid: string
  what: string
}

const before = (a: Point, b: Point): number => a.at - b.at || a.event - b.event
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

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

/** The value that counted at `limit` (all of the log when null). */
const settingAt = ({ now, earlier }: AttributeState, limit: Point | null): Setting | null =>
  !now || !limit || before(now, limit) <= 0 ? now : (earlier.findLast(each => before(each, limit) <= 0) ?? null)

const valuesAt = (attributes: Iterable<[string, AttributeState]>, limit: Point | null): Map<string, Setting> => {
  const values = new Map<string, Setting>()
  for (const [code, attribute] of attributes) {
    const setting = settingAt(attribute, limit)
    if (setting && setting.value !== null && !setting.asked) values.set(code, setting)
  }
  return values
}

/** A number and a string of the same number are "equal but for type": two values, one meaning. */
const loose = (value: Json): string => {
  if (typeof value === 'object') return canonical(value)
  const text = String(value).trim()
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? String(Number(text)) : text
}

interface Source {
  /** `customer` or a UID. */
  from: string
  values: ReadonlyMap<string, Setting>
  /** Up to here its values are part of the merge; null: all of them. */
  limit: Point | null
}

/** Newest first; when one event set both, the customer's own value counts as the newer. */
const newestFirst = (a: MergeSource, b: MergeSource): number =>
  before(b.setting, a.setting) || Number(b.from === CUSTOMER) - Number(a.from === CUSTOMER) || byText(a.from, b.from)

const CUSTOMER = 'customer'

const rowOf = (code: string, sources: readonly Source[], policy: Policy): MergeRow | null => {
  const held = sources.flatMap(({ from, values }): MergeSource[] => {
    const setting = values.get(code)
    return setting ? [{ from, setting }] : []
  })
  held.sort(newestFirst)
  const [latest] = held
  if (!latest) return null
  const key = ({ setting }: MergeSource): string => canonical(setting.value)
  const own = held.find(({ from }) => from === CUSTOMER)
  const wins: Record<Policy, MergeSource> = { customer: own ?? latest, latest }
  // Of equal values the customer's own is named: nothing had to come from a visitor.
  const winner = own && key(own) === key(wins[policy]) ? own : wins[policy]
  const losers = held.filter(each => key(each) !== key(winner))
  const meanings = new Map<string, string>()
  let equalButForType = false
  for (const each of held) {
    const meaning = loose(each.setting.value)
    if ((meanings.get(meaning) ?? key(each)) !== key(each)) equalButForType = true
    meanings.set(meaning, key(each))
  }
  return {
    code,
    kind: !own ? 'added' : winner === own ? 'kept' : 'overwritten',
    conflict: losers.length > 0,
    policyDecides: key(wins.customer) !== key(wins.latest),
    winner,
    losers,
    equalButForType,
  }
}

const KINDS: readonly MergeRow['kind'][] = ['overwritten', 'added', 'kept']
const importantFirst = (a: MergeRow, b: MergeRow): number =>
  Number(b.policyDecides) - Number(a.policyDecides) ||
  Number(b.conflict) - Number(a.conflict) ||
  KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
  byText(a.code, b.code)

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

/** UIDs that a reset named as the one before a certain UID, directly or over others, with the reset's entry. */
const namedByResets = (state: HolderState, certain: Iterable<string>, stop: (uid: string) => boolean) => {
  const named = new Map<string, number>()
  const open = [...certain]
  for (let uid = open.pop(); uid !== undefined; uid = open.pop()) {
    const { from = null, event = 0 } = state.visitors.get(uid)?.madeBy ?? {}
    if (from === null || named.has(from) || stop(from)) continue
    named.set(from, event)
    open.push(from)
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

interface Found {
  member: MergeMember
  visitor: Visitor
  /** Up to here its values are part of the merge; null: all of them. */
  limit: Point | null
}

/** The usual windows of a browser; in a file several browsers are told apart. */
const isBrowser = ({ partition }: HolderState): boolean => partition === 'normal' || partition.startsWith('browser ')

const findMembers = (state: HolderState, cid: string, joining: string | null, options: MergeOptions): Found[] => {
  const { chosen, asOf, others = [] } = options
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

/** The customer's profile as this log knows it: its own holder's, and the same customer's on other sites of the portal. */
const customerValues = (customers: readonly Customer[], options: MergeOptions, now: Point): Map<string, Setting> => {
  const values = new Map<string, Setting>()
  for (const customer of customers)
    for (const [code, setting] of valuesAt(customer.attributes, options.asOf ?? null)) {
      const known = values.get(code)
      if (!known || before(known, setting) < 0) values.set(code, setting)
    }
  for (const [code, value] of options.whatIf?.attributes ?? [])
    if (value !== null)
      values.set(code, {
        value,
        type: typeOf(value),
        ...now,
        what: 'what if',
        by: 'panel',
        inferred: false,
        asked: false,
      })
  return values
}

/** What was set since: on the customer after the moment, on visitors after they were identified. */
const updatesSince = (present: HolderState, cid: string, sources: readonly Source[]): Merge['updates'] => {
  const updates = sources.flatMap(({ from, values, limit }) => {
    const owner = from === CUSTOMER ? present.customers.get(cid) : present.visitors.get(from)
    if (!owner || !limit) return []
    return [...owner.attributes].flatMap(([code, { now }]) => {
      if (!now || before(now, limit) <= 0) return []
      const merged = values.get(code)
      return merged && canonical(merged.value) === canonical(now.value) ? [] : [{ from, code, setting: now }]
    })
  })
  return updates.sort((a, b) => before(a.setting, b.setting) || byText(a.from, b.from) || byText(a.code, b.code))
}

/**
 * Previews the merge of `cid` in one holder. Pure; reads the state and changes nothing. Exact meanings: a row per
 * attribute code over the customer and the chosen visitors, kinds as seen from the customer, `conflict` wherever sources
 * disagree, whatever the policy.
 */
export function merge(state: HolderState, cid: string, options: MergeOptions): Merge {
  const { policy, asOf, whatIf, others = [] } = options
  const using = state.now.uid === null ? undefined : state.visitors.get(state.now.uid)
  const firstCid = using?.cids[0]?.cid ?? cid
  const blockedBy = firstCid === cid ? null : firstCid
  const joining = whatIf && !asOf && blockedBy === null ? (using?.uid ?? null) : null

  const members = findMembers(state, cid, joining, options)
  const customers = [state, ...others.filter(each => each.key !== state.key && each.portal === state.portal)].flatMap(
    each => each.customers.get(cid) ?? [],
  )
  const chosen = members.filter(({ member }) => member.chosen)
  const now: Point = { at: state.lastSeen ?? 0, event: Number.MAX_SAFE_INTEGER }
  const sources: Source[] = [
    { from: CUSTOMER, values: customerValues(customers, options, now), limit: asOf ?? null },
    ...chosen.map(({ visitor, limit }) => ({ from: visitor.uid, values: valuesAt(visitor.attributes, limit), limit })),
  ]
  const codes = new Set(sources.flatMap(({ values }) => [...values.keys()]))
  const rows = [...codes].flatMap(code => rowOf(code, sources, policy) ?? []).sort(importantFirst)

  return {
    cid,
    policy,
    asOf: asOf ? { event: asOf.event, at: asOf.at } : null,
    members: members.map(({ member }) => member),
    rows,
    conflicts: rows.filter(({ conflict }) => conflict).length,
    policyRows: rows.filter(({ policyDecides }) => policyDecides).length,
    moves: {
      events: chosen.reduce((sum, { member }) => sum + member.events, 0),
      sessions: new Set(chosen.flatMap(({ visitor }) => visitor.sessions)).size,
      since: chosen.length > 0 ? Math.min(...chosen.map(({ member }) => member.firstSeen)) : null,
    },
    updates: updatesSince(asOf?.present ?? state, cid, sources),
    unknownHere: !customers.some(({ uids }) => uids.length > 0),
    blockedBy,
  }
}
