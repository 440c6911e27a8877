import { CHAIN } from '../constants'
import { isIdentify, isLogin, isRemoval, type Removal, type Seen, strengthOf } from '../holder'
import { lost } from '../outcome'
import { type Said, type SaidValue, said } from '../said'
import { type Report, rule, type Turn } from './rule'

/** An event that still carried the CID after the logout. */
interface Still {
  event: number
  at: number
  lost: boolean
}

/** A logout with nothing stronger, until something ends it. */
interface Watch {
  key: string
  cid: string
  removal: Removal
  /** What was seen before the removal's time for something stronger is over. */
  held: readonly Still[]
  /** Newest event that reached the server; else the newest. null: none reported yet. */
  newest: Still | null
  /** An event without CID came: the CID was gone, and whoever identifies now brings it back himself. */
  gone: boolean
}

const newer = (a: Still | null, b: Still): Still => (a && b.lost && !a.lost ? a : b)

const sentence = (watch: Watch, newest: Still, end: SaidValue): Said =>
  said('logout-keeps-cid', { span: { span: newest.at - watch.removal.last }, end })

const tell = (watch: Watch, stills: readonly Still[], report: Report): Watch => {
  let { newest } = watch
  for (const still of stills) {
    const first = newest === null
    newest = newer(newest, still)
    report({
      key: watch.key,
      severity: 'error',
      said: sentence(watch, newest, ''),
      subject: still.event,
      events: first ? [...watch.removal.events, still.event] : [still.event],
      at: still.at,
      again: true,
    })
  }
  return { ...watch, held: [], newest }
}

const begin = (removal: Removal): Watch | null =>
  removal.strength === 'logout' && removal.byPage === 'logout' && removal.cid !== null
    ? { key: `${removal.uid ?? ''} ${removal.first}`, cid: removal.cid, removal, held: [], newest: null, gone: false }
    : null

/** A removal came: another part of the same one, or the next. */
const onRemoval = (watch: Watch | null, removal: Removal, turn: Turn, report: Report): Watch | null => {
  const same = watch !== null && watch.removal.first === removal.first
  if (watch && !same && watch.newest && strengthOf(removal.strength) > 0 && removal.byPage === removal.strength)
    report({
      key: watch.key,
      severity: 'error',
      said: sentence(
        watch,
        watch.newest,
        said('logout-keeps-cid.end', { removal: removal.strength, span: { span: turn.entry.at - watch.removal.last } }),
      ),
      subject: turn.entry.id,
      events: [turn.entry.id],
      at: turn.entry.at,
      again: false,
    })
  // Removed by the panel: that is no merit of the site, so what was seen until then stays.
  if (watch && same && removal.strength !== removal.byPage) tell(watch, watch.held, report)
  return begin(removal)
}

const carriesIt = (watch: Watch, seen: Seen): boolean => seen.cid === watch.cid && !seen.inFlight && seen.by === 'page'

export const logoutKeepsCid = rule<Watch | null>({
  id: 'logout-keeps-cid',
  severity: { web: 'error', app: 'error' },
  reads: ['dims', 'cvar', 'extra', 'body'],
  start: null,
  step(watch, turn, report) {
    const { seen, before, after, entry, expected } = turn
    if (expected.removal === 'none') return watch
    if (after.removal && after.removal !== before.removal) return onRemoval(watch, after.removal, turn, report)
    if (!watch || !seen?.entry.facts.carries || isRemoval(seen)) return watch
    if (seen.bare && seen.entry.facts.uid === watch.removal.uid) return watch.gone ? watch : { ...watch, gone: true }
    if (seen.cid === null) return watch
    const ends = isLogin(seen) || (isIdentify(seen) && (seen.cid !== watch.cid || watch.gone))
    if (ends) {
      tell(watch, watch.held, report)
      return null
    }
    if (!carriesIt(watch, seen)) return watch
    const still: Still = { event: entry.id, at: entry.at, lost: lost(seen.entry.outcome) }
    if (watch.newest) return tell(watch, [still], report)
    return { ...watch, held: [...watch.held, still] }
  },
  due(watch, late, report) {
    return watch && watch.held.length > 0 && late(watch.removal.last + CHAIN) ? tell(watch, watch.held, report) : watch
  },
})
