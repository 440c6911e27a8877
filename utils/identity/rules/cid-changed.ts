import { type Holder, isIdentify, isLogin, type Seen } from '../holder'
import { Dict } from '../persistent'
import { type SaidValue, said } from '../said'
import type { Severity } from '../state'
import { rule } from './rule'
import { shortCid, shortUid } from './text'

/** The newest CID of one UID, and what has happened to that UID since. */
interface Last {
  cid: string
  event: number
  /** Who brought this CID: what the panel identified is not the site's doing. */
  by: 'page' | 'panel'
  /** A logout came since, and an identity-carrying event without CID after it. */
  loggedOut: boolean
  silent: boolean
  /** REMOVE or RESET came since. */
  removed: boolean
}

const HEX = /^[\da-f]{25,}$/i
/** The bytes of a padded hash, each printed without its leading zero. */
export const perByte = (hex: string): string => (hex.match(/../g) ?? []).map(byte => byte.replace(/^0/, '')).join('')

/** Hashes that differ only in case or in padding: the same person, and another rule's business. */
const sameHash = (one: string, other: string): boolean => {
  if (!HEX.test(one) || !HEX.test(other)) return false
  const [short = '', long = ''] = [one.toLowerCase(), other.toLowerCase()].sort((a, b) => a.length - b.length)
  return short === long || perByte(long) === short || long.replace(/^0+/, '') === short
}

const severityOf = (seen: Seen, last: Last): Severity => {
  if (seen.by === 'panel' || last.by === 'panel') return 'info'
  if (seen.entry.facts.channel === 'app') return last.removed ? 'info' : 'error'
  return last.loggedOut && last.silent ? 'warning' : 'error'
}

const between = (last: Last): SaidValue =>
  last.removed
    ? said('cid-changed.removed')
    : last.loggedOut
      ? said(last.silent ? 'cid-changed.silent' : 'cid-changed.logout')
      : ''

const takeNote = (uids: Dict<Last>, uid: string | null, change: Partial<Last>): Dict<Last> => {
  const last = uid === null ? undefined : uids.get(uid)
  return uid !== null && last ? uids.with(uid, { ...last, ...change }) : uids
}

/** What an event without a CID of its own, or a removal, means for the UID that it belongs to. */
const elapse = (uids: Dict<Last>, before: Holder, seen: Seen): Dict<Last> => {
  const { kind, uid } = seen.entry.facts
  if (!seen.ran) return uids
  if (kind === 'logout') return takeNote(uids, seen.uid, { loggedOut: true, silent: false })
  if (kind === 'remove' || kind === 'reset')
    return takeNote(uids, seen.uid ?? before.removal?.uid ?? null, { removed: true })
  return seen.bare && uid !== null && uids.get(uid)?.loggedOut ? takeNote(uids, uid, { silent: true }) : uids
}

export const cidChanged = rule<Dict<Last>>({
  id: 'cid-changed',
  severity: { web: 'error', app: 'error' },
  reads: ['dims', 'cvar', 'extra', 'body'],
  start: Dict.EMPTY,
  step(uids, { seen, before }, report) {
    if (!seen?.entry.facts.carries) return uids
    const { cid, uid, entry, by } = seen
    const { facts } = entry
    const late = seen.inFlight && cid === before.removal?.cid
    if (uid === null || cid === null || late) return elapse(uids, before, seen)
    const last = uids.get(uid)
    if (last && last.cid !== cid && !facts.cids.some(([, value]) => value === last.cid) && !sameHash(last.cid, cid))
      report({
        key: `${uid} ${last.cid} ${cid}`,
        severity: severityOf(seen, last),
        said: said('cid-changed', {
          cid: shortCid(cid),
          uid: shortUid(uid),
          was: shortCid(last.cid),
          between: between(last),
          panel: by === 'panel' ? said('cid-changed.panel') : '',
        }),
        subject: entry.id,
        events: [last.event, entry.id],
        at: entry.at,
        again: true,
      })
    // What never reached the server didn't change who the visitor is there.
    if (last && last.cid !== cid && seen.effect === 'void') return uids
    const merelyCarried = last?.cid === cid && !isIdentify(seen) && !isLogin(seen)
    const next: Last = {
      cid,
      event: entry.id,
      by: merelyCarried ? last.by : by,
      loggedOut: false,
      silent: false,
      removed: false,
    }
    return elapse(uids.with(uid, next), before, seen)
  },
})
