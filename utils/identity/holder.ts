/**
 * The working memory of one holder of identity while the log is reduced: what views are shown, and what the state
 * machine and the rules must remember besides. Immutable.
 */
import type { Attributes, EventFacts } from '../sdk/event'
import type { Source } from './attributes'
import type { EventEntry, LogEntry } from './entry'
import { type Dict, Dict as Dicts, List } from './persistent'
import type { Said } from './said'
import type { HolderState, Moment, Now, Severity } from './state'

/** What is shown of a holder, apart from the moments, which grow with the log, and the system values, which change with every event. */
export type Shown = Omit<HolderState, 'moments' | 'system'>

/** The SDK's own values as the newest event with the same set of them brought them. */
export interface SystemValues {
  attributes: Attributes
  source: Source
}

export type Strength = 'logout' | 'remove' | 'reset'
export const strengthOf = (strength: Strength): number => ['logout', 'remove', 'reset'].indexOf(strength)

/** A chain of logout, remove and reset, each at most CHAIN after the one before (rules.md "removal"). */
export interface Removal {
  /** Entry that began it: names the removal. */
  first: number
  events: readonly number[]
  began: number
  /** t_rem: time of the last one. */
  last: number
  strength: Strength
  /** The strongest that the page itself asked for: what the panel did is not the site's merit. null: all by the panel. */
  byPage: Strength | null
  /** UID and CID held when it came. */
  uid: string | null
  cid: string | null
  /** Where the last one happened. */
  tab: string
  frame: number
  doc: string
}

/** A UID that was made: by which reset, from which UID. */
export interface Origin {
  event: number
  at: number
  from: string | null
}

/** One time that a rule fired. */
export interface Finding {
  /** Fold key: one issue per (rule, key). */
  key: string
  severity: Severity
  /** One sentence with the values. */
  said: Said
  /** The entry that the fault is about: a superseding rule that rests on the same entry takes its place. */
  subject: number
  /** All entries that it rests on. */
  events: readonly number[]
  at: number
  /** false: only more is known about what was found before. */
  again: boolean
}

/** All findings of one (rule, key). */
export interface IssueRecord {
  rule: string
  key: string
  findings: List<Finding>
  /** How many more there were, and when the last of them. */
  more?: { count: number; last: number }
}

/** Cookies are told by the browser, an event by its page: which of the two comes first, milliseconds decide. */
export interface Echo {
  /** As it was before. */
  before: Pick<
    Holder,
    'moments' | 'base' | 'pending' | 'removal' | 'loggedOut' | 'silent' | 'origins' | 'unnamed' | 'lastCarried'
  >
  /** The cookie's. */
  entry: LogEntry
  /** The new UID, as far as the cookies name it. */
  to: string | null
  what: string
}

export interface Holder {
  shown: Shown
  moments: List<Moment>
  /** Oldest first; a later one's values count. */
  system: readonly SystemValues[]
  /** What holds, apart from what is only asked for. */
  base: Now
  /** A CID that was called and whose request is queued or under way; it is what `shown.now` shows. */
  pending: Now | null
  /** When an identity-carrying event last carried `base.cid`. */
  lastCarried: number
  removal: Removal | null
  /** LOGOUT came, and nobody logged in since. */
  loggedOut: boolean
  /** Documents whose newest identity-carrying event had no CID though one is held. */
  silent: readonly string[]
  /** Resets by the UID that they announced. */
  origins: Dict<Origin>
  /** A reset that announced none: the next new UID is its. */
  unnamed: Origin | null
  /** A reset that the cookies told of, until its event is heard of. */
  echo: Echo | null
  /** Memory of each rule, in the order of the table. */
  memories: readonly unknown[]
  /** By `<rule> <key>`. */
  issues: Dict<IssueRecord>
  /** Events that carry no identity, and those whose UID nobody knows: the rest is counted by the visitors. */
  notCarrying: number
  withoutUid: number
}

/** A holder that is being changed by one entry: nobody else knows it yet. */
export type HolderDraft = { -readonly [K in keyof Holder]: Holder[K] } & {
  shown: { -readonly [K in keyof Shown]: Shown[K] }
}

/** A copy to be changed. Key by key, since every event makes one. */
export const draftOf = (holder: Holder): HolderDraft => {
  const { shown } = holder
  return {
    shown: {
      key: shown.key,
      partition: shown.partition,
      site: shown.site,
      portal: shown.portal,
      mode: shown.mode,
      now: shown.now,
      props: shown.props,
      visitors: shown.visitors,
      customers: shown.customers,
      unowned: shown.unowned,
      events: shown.events,
      requests: shown.requests,
      calls: shown.calls,
      firstSeen: shown.firstSeen,
      lastSeen: shown.lastSeen,
    },
    moments: holder.moments,
    system: holder.system,
    base: holder.base,
    pending: holder.pending,
    lastCarried: holder.lastCarried,
    removal: holder.removal,
    loggedOut: holder.loggedOut,
    silent: holder.silent,
    origins: holder.origins,
    unnamed: holder.unnamed,
    echo: holder.echo,
    memories: holder.memories,
    issues: holder.issues,
    notCarrying: holder.notCarrying,
    withoutUid: holder.withoutUid,
  }
}

const nobody: Now = {
  uid: null,
  aid: null,
  cid: null,
  state: 'unknown',
  since: null,
  event: null,
  what: null,
  path: null,
  by: 'page',
}

export const newHolder = (
  key: string,
  partition: string,
  site: string,
  portal: string | null,
  memories: readonly unknown[],
): Holder => ({
  shown: {
    key,
    partition,
    site,
    portal,
    mode: 'web',
    now: nobody,
    props: [],
    visitors: Dicts.EMPTY,
    customers: Dicts.EMPTY,
    unowned: Dicts.EMPTY,
    events: 0,
    requests: 0,
    calls: 0,
    firstSeen: null,
    lastSeen: null,
  },
  moments: List.EMPTY,
  system: [],
  base: nobody,
  pending: null,
  lastCarried: Number.NEGATIVE_INFINITY,
  removal: null,
  loggedOut: false,
  silent: [],
  origins: Dicts.EMPTY,
  unnamed: null,
  echo: null,
  memories,
  issues: Dicts.EMPTY,
  notCarrying: 0,
  withoutUid: 0,
})

/**
 * What an event with a CID does to the state: `now` sets it; `open` is a call whose request is queued or under way;
 * `void` was asked for, and came to nothing.
 */
export type Effect = 'now' | 'open' | 'void'

/** An event of a holder, with what the state machine and the rules ask of it again and again. */
export interface Seen {
  entry: EventEntry
  /** `user/sign_in`, else the name of the call. */
  name: string
  by: 'page' | 'panel'
  /** The event's UID; a call without one: the UID in use. */
  uid: string | null
  /** CID(e), unless it only names the buyer of a purchase: such a CID never changes the state. */
  cid: string | null
  effect: Effect
  /** The event has left the stub's queue (or never was in one), so what it does has been done. */
  ran: boolean
  /** rules.md "in flight": never evidence against the removal before it. */
  inFlight: boolean
  /** A request that held no CID anywhere, as far as it could be read whole. A call proves nothing: the SDK adds the CID when it sends. */
  bare: boolean
}

export const isLogin = (seen: Seen): boolean => seen.entry.facts.kind === 'login' || seen.entry.facts.kind === 'sign-up'
export const isIdentify = (seen: Seen): boolean => seen.entry.facts.kind === 'identify'
/** Identity and money: what must not get lost. */
export const isGrave = ({ kind }: EventFacts): boolean => kind !== 'page-view' && kind !== 'other'
export const isRemoval = (seen: Seen): boolean =>
  seen.entry.facts.kind === 'logout' || seen.entry.facts.kind === 'remove' || seen.entry.facts.kind === 'reset'
