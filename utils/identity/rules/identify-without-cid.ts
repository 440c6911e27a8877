import { ASSIGN } from '../constants'
import { isOwnLogin } from '../expectations'
import { isIdentify, isLogin, type Seen } from '../holder'
import { Dict } from '../persistent'
import { said, saidUid } from '../said'
import { isSame } from './login'
import { rule } from './rule'

interface Bare {
  uid: string
  name: string
  event: number
  at: number
}

interface Memory {
  /** When each UID last sent a CID. */
  carried: Dict<number>
  /** Logins and identifies without CID whose time is not over. */
  open: readonly Bare[]
}

const NONE: readonly Bare[] = []

/** Apps are documented to send the login first, without CID; what a site's own login event holds is its own matter. */
const mustCarry = (seen: Seen): boolean =>
  isIdentify(seen) || (isLogin(seen) && seen.entry.facts.channel === 'web' && !isOwnLogin(seen.entry.facts))

export const identifyWithoutCid = rule<Memory>({
  id: 'identify-without-cid',
  severity: { web: 'error', app: 'error' },
  reads: ['dims', 'cvar', 'extra', 'items', 'body', 'args', 'props'],
  start: { carried: Dict.EMPTY, open: NONE },
  step(memory, { seen, before }) {
    if (!seen?.entry.facts.carries || seen.by === 'panel') return memory
    const { entry, cid } = seen
    const uid = seen.uid ?? ''
    if (cid !== null)
      return {
        carried: memory.carried.with(uid, entry.at),
        open: memory.open.length > 0 ? memory.open.filter(each => !isSame(each.uid, uid)) : memory.open,
      }
    if (entry.facts.cid !== null || !mustCarry(seen) || before.shown.now.cid !== null) return memory
    const carried = memory.carried.get(uid) ?? memory.carried.get('') ?? Number.NEGATIVE_INFINITY
    if (entry.at - carried <= ASSIGN) return memory
    return { ...memory, open: [...memory.open, { uid, name: seen.name, event: entry.id, at: entry.at }] }
  },
  due(memory, late, report) {
    if (memory.open.length === 0) return memory
    const open = memory.open.filter(each => !late(each.at + ASSIGN))
    if (open.length === memory.open.length) return memory
    for (const { uid, name, event, at } of memory.open.filter(each => late(each.at + ASSIGN)))
      report({
        key: `${name} ${uid}`,
        severity: 'error',
        said: said('identify-without-cid', { event: name, uid: saidUid(uid) }),
        subject: event,
        events: [event],
        at,
        again: true,
      })
    return { ...memory, open: open.length > 0 ? open : NONE }
  },
})
