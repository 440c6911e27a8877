/** One person should be one UID, and one UID one person's device. */
import { deviceOf } from '../../sdk/device'
import type { EventFacts } from '../../sdk/event'
import { ASSIGN, CHAIN, SWITCH } from '../constants'
import { isIdentify, isLogin, isRemoval, type Seen } from '../holder'
import { Dict } from '../persistent'
import { said } from '../said'
import { isSharedUid } from '../shared-uid'
import { CID_FIELDS, type EventTurn, onEvent, perEvent } from './rule'
import { shortCid, shortUid } from './text'

/** The UID that this event says by itself, when that tells who is there now. */
const uidOf = ({ entry, ran, inFlight }: Seen): string | null =>
  entry.facts.kind !== 'reset' && ran && !inFlight ? entry.facts.uid : null

// ── uid-changed

/** The UID in use; when it was last seen stands with its visitor. */
interface LastUid {
  uid: string
  aid: string | null
}

const wasReset = ({ before, after, seen }: EventTurn, uid: string): boolean => {
  const { removal } = before
  const madeBy = after.shown.visitors.get(uid)?.madeBy ?? null
  return madeBy !== null || (removal?.strength === 'reset' && seen.entry.at - removal.last <= ASSIGN)
}

export const uidChanged = onEvent<LastUid | null>('uid-changed', ['info', 'info'], [], null, (last, turn, hit) => {
  const { seen } = turn
  const uid = uidOf(seen)
  if (uid === null) return last
  const { at, facts } = seen.entry
  const now = facts.aid ?? (last?.uid === uid ? last.aid : null)
  if (last?.uid === uid && last.aid === now) return last
  const before = last && last.uid !== uid ? turn.before.shown.visitors.get(last.uid) : undefined
  if (last && before && !wasReset(turn, uid)) {
    const same = facts.aid && last.aid ? facts.aid === last.aid : null
    const aid = same === null ? '' : said(same ? 'uid-changed.same-aid' : 'uid-changed.other-aid')
    const span = { span: at - before.lastSeen }
    hit(`${last.uid} ${uid}`, said('uid-changed', { uid: shortUid(last.uid), uid2: shortUid(uid), span, aid }), {
      also: [before.lastEvent],
    })
  }
  return { uid, aid: now }
})

// ── uid-split

interface Run {
  uid: string
  first: number
  host: string
}

interface Runs {
  runs: readonly Run[]
  /** No verdict until then: a reset makes other tabs come back late with the old UID. */
  quiet: number
}

const hostOf = ({ place, facts }: Seen['entry']): string =>
  /^https?:\/\/([^/?#]+)/i.exec(facts.page ?? place.url)?.[1] ?? place.site

export const uidSplit = onEvent<Runs>(
  'uid-split',
  ['warning', null],
  [],
  { runs: [], quiet: Number.NEGATIVE_INFINITY },
  (memory, { seen, before: { shown } }, hit) => {
    const { id, at, facts } = seen.entry
    if (facts.kind === 'reset') return { runs: [], quiet: at + SWITCH }
    const uid = uidOf(seen)
    if (uid === null || at < memory.quiet) return memory
    const [before, last] = memory.runs.slice(-2)
    const newest = last ?? before
    if (newest?.uid === uid) return memory
    const seenLast = shown.visitors.get(uid)?.lastSeen ?? Number.NEGATIVE_INFINITY
    if (before && last && before.uid === uid && at - seenLast <= SWITCH) {
      const hosts = [...new Set([before.host, last.host, hostOf(seen.entry)])].join(', ')
      hit('', said('uid-split', { uid: shortUid(uid), uid2: shortUid(last.uid), hosts }), {
        also: [before.first, last.first],
      })
    }
    const run: Run = { uid, first: id, host: hostOf(seen.entry) }
    return { ...memory, runs: [...memory.runs.slice(-1), run] }
  },
)

// ── resets

export const resetKeptUid = onEvent<{ event: number; uid: string } | null>(
  'reset-kept-uid',
  ['warning', null],
  [],
  null,
  (open, { seen }, hit) => {
    const { id, facts } = seen.entry
    if (facts.kind === 'reset') {
      const { from = null, to = null } = facts.reset ?? {}
      const uid = from ?? facts.uid
      return seen.ran && seen.by === 'page' && uid !== null && uid !== to ? { event: id, uid } : open
    }
    const uid = uidOf(seen)
    if (!open || uid === null || isRemoval(seen)) return open
    if (uid === open.uid)
      hit(String(open.event), said('reset-kept-uid', { event: seen.name, uid: shortUid(uid) }), { also: [open.event] })
    return null
  },
)

export const resetTooOften = onEvent<{ event: number; at: number; uid: string | null } | null>(
  'reset-too-often',
  ['warning', 'warning'],
  [],
  null,
  (last, { seen }, hit) => {
    const { id, at, facts } = seen.entry
    if (seen.cid !== null && (isLogin(seen) || isIdentify(seen))) return null
    if (facts.kind !== 'reset' || seen.by === 'panel' || !seen.ran) return last
    const { uid } = facts
    const same = last !== null && at - last.at <= CHAIN && (uid === null || last.uid === null || uid === last.uid)
    if (last && !same && at - last.at <= SWITCH)
      hit('', said('reset-too-often', { span: { span: at - last.at } }), { also: [last.event] })
    return same ? last : { event: id, at, uid }
  },
)

// ── what the UID is

interface Device {
  id: string | null
  platform: string | null
  event: number
}

const platformOf = ({ system }: EventFacts): string | null => {
  const name = system.find(([path]) => path === 'context.os.name')?.[1]
  return typeof name === 'string' && name !== '' ? name : null
}

export const uidShared = onEvent<Dict<Device>>(
  'uid-shared',
  ['error', 'warning'],
  [],
  Dict.EMPTY,
  (devices, { seen }, hit) => {
    const { id, facts } = seen.entry
    const { uid } = facts
    if (uid === null) return devices
    if (isSharedUid(uid)) {
      hit(uid, said('uid-shared.nobody', { uid: uid.length > 30 ? shortUid(uid) : uid }))
      return devices
    }
    if (facts.channel !== 'app') return devices
    const now = { id: deviceOf(facts), platform: platformOf(facts), event: id }
    const known = devices.get(uid)
    if (!known) return now.id || now.platform ? devices.with(uid, now) : devices
    const differs = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b
    if (differs(known.id, now.id) || differs(known.platform, now.platform))
      hit(uid, said('uid-shared', { uid: shortUid(uid) }), { also: [known.event] })
    return devices
  },
)

/** From so many digits on a JSON number is not exact. */
const EXACT_DIGITS = 15

export const uidNotString = perEvent(
  'uid-not-string',
  ['error', 'error'],
  [],
  ({ seen }, hit) => {
    const { facts, request } = seen.entry
    const uid = facts.uid
    if (uid === null || !facts.problems.some(({ code }) => code === 'number-uid')) return
    const exact = uid.length <= EXACT_DIGITS
    hit(request?.transport ?? 'call', said(exact ? 'uid-not-string' : 'uid-not-string.long', { uid }), {
      severity: exact ? 'info' : 'error',
    })
  },
  // `setUid` names a UID and carries nothing.
  ({ entry: { facts } }) => facts.carries || facts.wire === 'call',
)

// ── session-spans-people

export const sessionSpansPeople = onEvent<Dict<{ cid: string; event: number }>>(
  'session-spans-people',
  ['info', 'info'],
  CID_FIELDS,
  Dict.EMPTY,
  (sessions, { seen }, hit) => {
    const { cid, entry } = seen
    const { session } = entry.facts
    if (cid === null || session === null || seen.inFlight) return sessions
    const last = sessions.get(session)
    if (last?.cid === cid) return sessions
    if (last)
      hit(
        session,
        said('session-spans-people', { session: shortUid(session), cid: shortCid(last.cid), cid2: shortCid(cid) }),
        { also: [last.event] },
      )
    return sessions.with(session, { cid, event: entry.id })
  },
)
