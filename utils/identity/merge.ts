/**
 * The merge preview: what becomes of the visitors' history and attributes when a CID is assigned. Documented are only that
 * anonymous profiles merge into the customer and that one customer has many visitors (D); which value wins is not (?), so
 * every result stands under a named policy.
 */
import type { Attributes, Json } from '../sdk/event'
import { canonical, typeOf } from './attributes'
import { before, byText, findMembers, type Point } from './members'
import type { AttributeState, Customer, HolderState, Merge, MergeRow, MergeSource, Policy, Setting } from './state'

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
      since: chosen.reduce<number | null>(
        (first, { member }) => Math.min(first ?? member.firstSeen, member.firstSeen),
        null,
      ),
    },
    updates: updatesSince(asOf?.present ?? state, cid, sources),
    unknownHere: !customers.some(({ uids }) => uids.length > 0),
    blockedBy,
  }
}
