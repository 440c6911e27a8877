/** What `audit` says of a log: as one object whose shape stays stable, and as text for people. */
import type { Attributes, DecodedEvent, Json } from '../sdk/event'
import { isContextKey, isIdentityKey } from '../sdk/names'
import type { EventEntry } from './entry'
import { merge } from './merge'
import type { Reduction } from './reduce'
import type { RuleWords } from './rules/rule'
import SAY from './rules/say.en.json'
import WORDS from './rules/words.en.json'
import { phrase } from './said'
import type { AttributeState, HolderState, Issue, Merge, Now, Policy } from './state'

/** An event with what its payload holds; null where retention took the payload. */
export interface Recorded {
  entry: EventEntry
  decoded: DecodedEvent | null
  url: string | null
}

interface Source {
  file: string
  format: 'har' | 'log' | 'csv'
  /** Entries of the file, of whatever kind. */
  entries: number
}

export interface ReportInput {
  source: Source
  reduction: Reduction
  /** In the order of the log; walked over once, so that they need not all be in memory. */
  events: Iterable<Recorded>
  rejected: { entry: number; reason: string }[]
  /** ms since the epoch; +∞ for a file: whatever has not come by its end never came. */
  now: number
  policy: Policy
}

/** Times are ISO 8601 in UTC; ids are strings or null, never numbers. */
interface EventReport {
  id: number
  at: string
  ec: string
  ea: string
  uid: string | null
  aid: string | null
  cid: string | null
  portal: string | null
  prop: string | null
  /** null: only the call was seen. */
  transport: string | null
  status: number | null
  outcome: string
  url: string | null
  dims: Json
  items: Json
  /** The site's own values in `cvar` or `extra`. */
  attributes: Record<string, Json>
  problems: string[]
}

interface MomentReport {
  at: string
  kind: string
  uid: string | null
  cid: string | null
  event: number
  what: string
}

interface MergeReport {
  cid: string
  policy: Policy
  asOf: { event: number; at: string } | null
  /** Certain ones. */
  uids: string[]
  /** Those that may belong to the customer: not part of the result. */
  candidates: string[]
  excluded: string[]
  members: { uid: string; standing: string; reason: string; event: number | null; events: number; sessions: number }[]
  moves: { events: number; sessions: number; since: string | null }
  attributes: {
    code: string
    value: Json
    kind: string
    conflict: boolean
    policyDecides: boolean
    from: string
    event: number
    losers: { value: Json; from: string; event: number }[]
  }[]
  conflicts: number
}

export interface IdentityReport {
  site: string
  portal: string | null
  partition: string
  mode: string
  state: string
  uid: string | null
  cid: string | null
  since: string | null
  /** What the state rests on: which event, where in it the CID stands, how it ended. */
  evidence: { event: number; what: string; path: string | null; outcome: string | null } | null
  timeline: MomentReport[]
  visitors: {
    uid: string
    aids: string[]
    attributes: Record<string, Json>
    firstSeen: string
    lastSeen: string
    events: number
    sessions: number
  }[]
  customers: { cid: string; uids: string[]; attributes: Record<string, Json> }[]
  /** Of the customer who is held, else of the one who came last; null: nobody was ever identified. */
  merge: MergeReport | null
}

interface IssueReport {
  rule: string
  severity: Issue['severity']
  message: string
  events: number[]
  count: number
  site: string
}

export interface Report {
  version: 1
  source: Source
  events: Iterable<EventReport>
  identities: IdentityReport[]
  issues: IssueReport[]
  rejected: { entry: number; reason: string }[]
}

const iso = (at: number): string => new Date(at).toISOString()
/** Own properties only, so that a code named `__proto__` is a code like any other. */
const record = (pairs: Attributes): Record<string, Json> => Object.fromEntries(pairs)

const valuesOf = (attributes: ReadonlyMap<string, AttributeState>): Record<string, Json> =>
  record([...attributes].flatMap(([code, { now }]): Attributes => (now ? [[code, now.value]] : [])))

const eventAttributes = (extra: Json | undefined): Record<string, Json> =>
  typeof extra === 'object' && extra !== null && !Array.isArray(extra)
    ? record(Object.entries(extra).filter(([code]) => !isContextKey(code) && !isIdentityKey(code)))
    : {}

const reportEvent = ({ entry, decoded, url }: Recorded): EventReport => {
  const { facts, request, outcome } = entry
  return {
    id: entry.id,
    at: iso(entry.at),
    ec: facts.ec,
    ea: facts.ea,
    uid: facts.uid,
    aid: facts.aid,
    cid: facts.cid,
    portal: facts.portal,
    prop: facts.prop,
    transport: request?.transport ?? null,
    status: 'status' in outcome && outcome.status ? outcome.status : null,
    outcome: outcome.state,
    url,
    dims: decoded?.dims ?? null,
    items: decoded?.items ?? null,
    attributes: eventAttributes(decoded?.extra),
    problems: facts.problems.map(({ message }) => message),
  }
}

const reportMerge = (preview: Merge): MergeReport => {
  const of = (standing: string): string[] =>
    preview.members.filter(member => member.standing === standing).map(({ uid }) => uid)
  return {
    cid: preview.cid,
    policy: preview.policy,
    asOf: preview.asOf && { event: preview.asOf.event, at: iso(preview.asOf.at) },
    uids: of('certain'),
    candidates: of('candidate'),
    excluded: of('excluded'),
    members: preview.members.map(({ uid, standing, reason, evidence, events, sessions }) => ({
      uid,
      standing,
      reason,
      event: evidence,
      events,
      sessions,
    })),
    moves: { ...preview.moves, since: preview.moves.since === null ? null : iso(preview.moves.since) },
    attributes: preview.rows.map(({ code, kind, conflict, policyDecides, winner, losers }) => ({
      code,
      value: winner.setting.value,
      kind,
      conflict,
      policyDecides,
      from: winner.from,
      event: winner.setting.event,
      losers: losers.map(({ from, setting }) => ({ value: setting.value, from, event: setting.event })),
    })),
    conflicts: preview.conflicts,
  }
}

/** The merge that a report shows: of the customer who is held, else of the one who was assigned last, as of that assignment. */
function reportedMerge(reduction: Reduction, state: HolderState, policy: Policy): Merge | null {
  const all = [...state.visitors.values()].flatMap(({ cids }) => cids)
  const held = all.filter(({ cid }) => cid === state.now.cid)
  const [last] = (held.length > 0 ? held : all).sort((a, b) => b.at - a.at || b.event - a.event)
  if (!last) return state.now.cid === null ? null : merge(state, state.now.cid, { policy, whatIf: { attributes: [] } })
  const { cid, event, at } = last
  return merge(reduction.stateAfter(state.key, event) ?? state, cid, {
    policy,
    asOf: { event, at, present: state },
    others: reduction.holdersAfter(event),
  })
}

const evidenceOf = (reduction: Reduction, { event, what, path }: Now): IdentityReport['evidence'] => {
  if (event === null) return null
  const entry = reduction.entry(event)
  const outcome = entry?.kind === 'event' ? entry.outcome : null
  const status = outcome && 'status' in outcome && outcome.status !== null ? String(outcome.status) : outcome?.state
  return { event, what: what ?? '', path, outcome: status ?? null }
}

const reportIdentity = (reduction: Reduction, state: HolderState, policy: Policy): IdentityReport => {
  const { now } = state
  const preview = reportedMerge(reduction, state, policy)
  return {
    site: state.site,
    portal: state.portal,
    partition: state.partition,
    mode: state.mode,
    state: now.state,
    uid: now.uid,
    cid: now.cid,
    since: now.since === null ? null : iso(now.since),
    evidence: evidenceOf(reduction, now),
    timeline: state.moments.map(({ at, kind, uid, cid, event, what }) => ({
      at: iso(at),
      kind,
      uid,
      cid,
      event,
      what,
    })),
    visitors: [...state.visitors.values()].map(visitor => ({
      uid: visitor.uid,
      aids: visitor.aids,
      attributes: valuesOf(visitor.attributes),
      firstSeen: iso(visitor.firstSeen),
      lastSeen: iso(visitor.lastSeen),
      events: visitor.events,
      sessions: visitor.sessions.length,
    })),
    customers: [...state.customers.values()].map(({ cid, uids, attributes }) => ({
      cid,
      uids,
      attributes: valuesOf(attributes),
    })),
    merge: preview && reportMerge(preview),
  }
}

/** Everything that `audit` says. `events` of the result is read while it is written: once. */
export function makeReport({ source, reduction, events, rejected, now, policy }: ReportInput): Report {
  const holders = reduction.holders(now)
  return {
    version: 1,
    source,
    events: (function* () {
      for (const event of events) yield reportEvent(event)
    })(),
    identities: holders.map(state => reportIdentity(reduction, state, policy)),
    issues: holders.flatMap(({ key, site }) =>
      reduction.issues(key, now).map(({ rule, severity, said, events: rests, count }) => ({
        rule,
        severity,
        message: phrase(said, SAY),
        events: rests,
        count,
        site,
      })),
    ),
    rejected,
  }
}

/** A report as the text of one JSON object, in pieces: the events of a long log never stand in memory together. */
export function* reportJson({ events, ...rest }: Report): Generator<string> {
  const { version, source, ...after } = rest
  yield `{"version":${version},"source":${JSON.stringify(source)},"events":[`
  let comma = ''
  for (const event of events) {
    yield comma + JSON.stringify(event)
    comma = ','
  }
  yield `],${JSON.stringify(after).slice(1)}\n`
}

const KIND: Record<string, string> = {
  uid: 'new UID',
  'uid-again': 'UID again',
  'uid-lost': 'UID lost',
  'sign-up': 'sign-up',
  'fell-back': 'fell back',
}
const REASON: Record<string, string> = {
  sent: 'sent this CID',
  'reset-before': 'given up by a reset before the identification',
  'same-aid': 'same aid',
  'same-browser': 'same browser and site, never sent a CID',
  'other-cid': 'sent another CID',
  'reset-after-logout': 'made by a reset after the logout',
  private: 'private window or container',
  'other-browser': 'another browser',
  'other-site': 'another site',
  'uid-shared': 'an id that many devices share',
}
const STATE: Record<string, string> = {
  unknown: 'Unknown',
  anonymous: 'Anonymous',
  identified: 'Identified',
  pending: 'Being identified',
}
const LETTERS =
  'Known how: D documented by the vendor, C seen in captures, S read in public source, I inferred, OJ our judgement, ? not known.'

const stamp = (at: string): string => at.replace('T', ' ')
const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`
const shown = (values: Record<string, Json>): string[] =>
  Object.entries(values).map(([code, value]) => `      ${code} = ${JSON.stringify(value)}`)

/** Moments of identity as lines; page loads are left out, since they change nothing. */
export const timelineText = (timeline: readonly MomentReport[]): string[] =>
  timeline
    .filter(({ kind }) => kind !== 'page')
    .map(
      ({ at, kind, uid, cid, event, what }) =>
        `    ${stamp(at)}  ${(KIND[kind] ?? kind).padEnd(10)}  UID ${uid ?? '—'}  CID ${cid ?? '—'}  ${what} #${event}`,
    )

/** The merge as lines, its assumption named. */
export const mergeText = ({ cid, policy, asOf, members, moves, attributes, conflicts }: MergeReport): string[] => [
  `  Merge of ${cid} ${asOf ? `as of #${asOf.event}` : 'if identified now'}, assuming that ${
    policy === 'customer' ? 'the customer’s value wins' : 'the latest value wins'
  } (?)`,
  ...members.map(
    ({ uid, standing, reason, event, events, sessions }) =>
      `    ${standing.padEnd(9)}  ${uid}  ${plural(events, 'event')}, ${plural(sessions, 'session')}: ${REASON[reason] ?? reason}${event === null ? '' : ` #${event}`}`,
  ),
  `    ${plural(moves.events, 'event')} and ${plural(moves.sessions, 'session')} of the certain ones move (D)`,
  ...attributes.map(({ code, value, kind, conflict, policyDecides, from, event, losers }) => {
    const lost = losers.map(each => `${JSON.stringify(each.value)} of ${each.from} #${each.event}`).join(', ')
    const marks = `${conflict ? ', conflict' : ''}${policyDecides ? ', policy decides' : ''}`
    return `      ${code} ${kind} ${JSON.stringify(value)} of ${from} #${event}${lost ? `, not ${lost}` : ''}${marks}`
  }),
  `    ${plural(conflicts, 'conflict')}`,
]

/** ` by user/sign_in #61 (dims.customers.customer_id), 200` */
const evidenceText = ({ evidence }: IdentityReport): string => {
  if (!evidence) return ''
  const { event, what, path, outcome } = evidence
  return ` by ${what && `${what} `}#${event}${path ? ` (${path})` : ''}${outcome ? `, ${outcome}` : ''}`
}

const identityText = (identity: IdentityReport): string[] => [
  '',
  `${identity.site || 'unknown site'} · portal ${identity.portal ?? '—'} · ${identity.mode}`,
  `  ${STATE[identity.state] ?? identity.state}${identity.since ? ` since ${stamp(identity.since)}` : ''}${evidenceText(identity)}: UID ${identity.uid ?? '—'}, CID ${identity.cid ?? '—'}`,
  '  Timeline',
  ...timelineText(identity.timeline),
  '  Visitors',
  ...identity.visitors.flatMap(({ uid, events, sessions, firstSeen, lastSeen, attributes }) => [
    `    ${uid}: ${plural(events, 'event')}, ${plural(sessions, 'session')}, ${stamp(firstSeen)} to ${stamp(lastSeen)}`,
    ...shown(attributes),
  ]),
  ...(identity.customers.length > 0 ? ['  Customers'] : []),
  ...identity.customers.flatMap(({ cid, uids, attributes }) => [
    `    ${cid}: ${uids.length > 0 ? `sent by ${uids.join(', ')}` : 'asked for, never sent'}`,
    ...shown(attributes),
  ]),
  ...(identity.merge ? mergeText(identity.merge) : []),
]

/** What is wrong, why it matters, how to fix it, and where the knowledge comes from, by rule. */
const words: Record<string, RuleWords> = WORDS

/** A letter that says how well something is known, in the source of a rule. */
const SOURCE_LETTER = /(?<!\w)(?:[DCSI?]|OJ)(?!\w)/g

const lettersOf = (rule: string): string => [...new Set(words[rule]?.source.match(SOURCE_LETTER))].join(' ') || '?'

const issueText = ({ rule, severity, message, events, site }: IssueReport): string[] => {
  const { why, fix } = words[rule] ?? {}
  const rests = events.slice(0, 8).map(event => `#${event}`)
  if (events.length > rests.length) rests.push(`and ${events.length - rests.length} more`)
  return [
    `  ${severity.padEnd(7)}  ${message}`,
    `           ${rule}, ${rests.join(' ')}${site ? `, ${site}` : ''}; known how: ${lettersOf(rule)}`,
    ...(why && fix ? [`           ${why} ${fix}`] : []),
  ]
}

/** The report for people. Walks over the events only to count them. */
export function reportText({ source, identities, issues, rejected }: Omit<Report, 'events'>, count: number): string {
  const lines = [
    `${source.file}: ${plural(count, 'event')} of the SDK in ${source.entries} ${source.format === 'har' ? 'requests' : 'log entries'}, ${plural(issues.length, 'issue')}`,
    ...identities.flatMap(identityText),
    '',
    issues.length > 0 ? 'Issues' : 'No issues.',
    ...issues.flatMap(issueText),
    ...(rejected.length > 0 ? ['', 'Not read'] : []),
    ...rejected.map(({ entry, reason }) => `  entry ${entry}: ${reason}`),
    '',
    LETTERS,
    'An HTTP 200 does not prove that an event was accepted; compare with the event log of its source.',
  ]
  return `${lines.join('\n')}\n`
}
