/**
 * What the log means: the shapes that `reduce`, `merge` and the rules give, and that every view shows.
 * Maps are read-only and keep the order of first appearance; `reduce` gives persistent ones that share what didn't change.
 */
import type { Json } from '../sdk/event'
import type { Said } from './said'

/** The moment kinds of the timeline, in words of rules.md §0. */
export type MomentKind =
  | 'uid' // a UID seen for the first time in this holder
  | 'uid-again' // back to a UID that was there before
  | 'uid-lost' // another UID follows without a reset
  | 'login'
  | 'sign-up'
  | 'identify'
  | 'logout'
  | 'remove'
  | 'reset' // what was asked
  | 'identified' // the state took a CID
  | 'anonymous' // the state lost its CID
  | 'fell-back' // a pending CID was never sent
  | 'page'

export interface Moment {
  at: number
  kind: MomentKind
  /** UID and CID after this moment. */
  uid: string | null
  cid: string | null
  /** Entry that is the evidence. */
  event: number
  /** `user/sign_in`, `cookie _asm_uid`, … */
  what: string
  /** Where the CID was read, e.g. `dims.customers.customer_id`. */
  path: string | null
  by: 'page' | 'panel'
  /** For `reset` and `uid`: the other UID. */
  other?: string | null
  /** For `uid`: same aid as the UID before? null unknown. */
  sameAid?: boolean | null
}

/** One value that was set on a profile. */
export interface Setting {
  value: Json
  /** JSON type class: String, Number, Boolean, Datetime, Array, Object; Null on attempts. */
  type: string
  at: number
  event: number
  what: string
  by: 'page' | 'panel'
  /** Found in cvar/extra only. */
  inferred: boolean
  /** The event was blocked, failed or not sent: shown dashed, never counted. */
  asked: boolean
}

export interface AttributeState {
  code: string
  /** The value that counts now; null if nothing delivered yet. */
  now: Setting | null
  /**
   * Earlier ones, oldest first, capped at 50. A value that is sent again unchanged moves `now` on and leaves the first
   * event that set it here ("same, #294"), however often it is sent; a visitor's also the last before each CID of its.
   */
  earlier: Setting[]
  /** Attempts with `null` (dropped by the server) and asked-not-sent ones, newest last, capped at 20. */
  attempts: Setting[]
}

export interface Visitor {
  uid: string
  aids: string[]
  firstSeen: number
  lastSeen: number
  firstEvent: number
  lastEvent: number
  events: number
  /** Distinct session_id other than 0. */
  sessions: string[]
  /** CIDs this UID has sent in IC events, in order, with the first event of each. */
  cids: { cid: string; event: number; at: number; what: string }[]
  attributes: ReadonlyMap<string, AttributeState>
  /** UID was made by this reset entry, from that UID. */
  madeBy: { event: number; at: number; from: string | null } | null
}

export interface Customer {
  cid: string
  /** UIDs that sent it, in order of first sending. Empty: only asked for (queued, blocked, failed, not sent). */
  uids: string[]
  firstEvent: number
  firstAt: number
  lastAt: number
  attributes: ReadonlyMap<string, AttributeState>
}

export interface Now {
  uid: string | null
  aid: string | null
  cid: string | null
  /** `unknown` = no identity-carrying event nor cookie yet. */
  state: 'unknown' | 'anonymous' | 'identified' | 'pending'
  /** Since when, and by which entry. */
  since: number | null
  event: number | null
  what: string | null
  path: string | null
  by: 'page' | 'panel'
}

export type Severity = 'error' | 'warning' | 'info'

export interface Issue {
  rule: string
  /** Fold key: one issue per (rule, key). */
  key: string
  severity: Severity
  /** One sentence of what, with the values. */
  said: Said
  /** All entries it rests on, oldest first. */
  events: number[]
  count: number
  first: number
  last: number
}

/** All about one holder. Immutable: reducing gives a new one that shares what didn't change. */
export interface HolderState {
  key: string
  partition: string
  site: string
  portal: string | null
  mode: 'web' | 'app'
  now: Now
  props: string[]
  visitors: ReadonlyMap<string, Visitor>
  customers: ReadonlyMap<string, Customer>
  /** Values with no owner (customer attributes while nobody is identified). */
  unowned: ReadonlyMap<string, AttributeState>
  /** The SDK's own context values, last seen; no earlier ones are kept. */
  system: ReadonlyMap<string, AttributeState>
  moments: readonly Moment[]
  events: number
  requests: number
  calls: number
  firstSeen: number | null
  lastSeen: number | null
}

export type Policy = 'customer' | 'latest'

export interface MergeMember {
  uid: string
  /** Key of the holder that it was seen in: another one than the merge's own for "private window" and "another site". */
  holder: string
  /** `certain`: sent this CID. `candidate`: with a reason. `excluded`: with a reason. */
  standing: 'certain' | 'candidate' | 'excluded'
  reason:
    | 'sent'
    | 'reset-before'
    | 'same-aid'
    | 'same-browser'
    | 'other-cid'
    | 'reset-after-logout'
    | 'private'
    | 'other-browser'
    | 'other-site'
    | 'uid-shared'
  /** Entry that says so; null: nothing in the log does (same browser, or "would send it now"). */
  evidence: number | null
  chosen: boolean
  events: number
  sessions: number
  firstSeen: number
  lastSeen: number
}

export interface MergeSource {
  /** `customer` or a UID. */
  from: string
  setting: Setting
}

export interface MergeRow {
  code: string
  kind: 'added' | 'kept' | 'overwritten'
  /** Sources disagree, so that somebody loses. */
  conflict: boolean
  /** The winner differs between the policies. */
  policyDecides: boolean
  winner: MergeSource
  losers: MergeSource[]
  /** Same value but another JSON type somewhere. */
  equalButForType: boolean
}

export interface Merge {
  cid: string
  policy: Policy
  /** Computed as of this moment; null = "if identified now". */
  asOf: { event: number; at: number } | null
  members: MergeMember[]
  rows: MergeRow[]
  conflicts: number
  policyRows: number
  /** Events and sessions of the chosen members. */
  moves: { events: number; sessions: number; since: number | null }
  /** Set after the moment, or by a visitor after its own identification: updates, not part of the merge. */
  updates: (MergeSource & { code: string })[]
  /** No event of this CID in the log. */
  unknownHere: boolean
  /** The UID in use already has another CID: "cannot be changed" (D). */
  blockedBy: string | null
}
