/** Login and identify must come together, in apps in this order. */
import { ASSIGN } from '../constants'
import { isOwnLogin } from '../expectations'
import { isIdentify, isLogin, type Seen } from '../holder'
import { lost } from '../outcome'
import { Dict } from '../persistent'
import { said, saidUid } from '../said'
import type { Severity } from '../state'
import { about, CID_FIELDS, onEvent, type Report, rule } from './rule'

// ── login-not-identified

interface Login {
  uid: string
  name: string
  event: number
  at: number
  severity: Severity
  /** Events that stayed anonymous since: how many, and the newest. */
  missed: number
}

interface Logins {
  /** When each UID last sent a CID. */
  carried: Dict<number>
  open: readonly Login[]
}

const NOBODY: readonly Login[] = []

/** A call names no UID, and before the first event nobody knows it. */
export const isSame = (one: string, other: string): boolean => one === other || one === '' || other === ''

/** On the web the login itself carries the CID, and another rule speaks when it doesn't. */
const needsIdentify = (seen: Seen): boolean => {
  const { facts, outcome } = seen.entry
  return isLogin(seen) && (facts.channel === 'app' || isOwnLogin(facts) || lost(outcome))
}

/** What a tester's own blocker does must not make the release red. */
const severityOf = ({ entry: { outcome } }: Seen): Severity =>
  outcome.state === 'blocked' && outcome.by !== 'csp' ? 'warning' : 'error'

const tellNever = ({ uid, name, event, at, missed, severity }: Login, report: Report): void =>
  report({
    key: uid,
    severity,
    said: said('login-not-identified', {
      event: name,
      uid: saidUid(uid),
      missed: missed > 0 ? said('login-not-identified.missed', { n: missed }) : '',
    }),
    subject: event,
    events: [event],
    at,
    again: true,
  })

export const loginNotIdentified = rule<Logins>({
  ...about('login-not-identified', ['error', 'error'], CID_FIELDS),
  start: { carried: Dict.EMPTY, open: NOBODY },
  step(memory, { seen, before, after }, report) {
    if (!seen?.entry.facts.carries || seen.by === 'panel') return memory
    const { entry } = seen
    const { at } = entry
    const uid = seen.uid ?? ''
    let { open, carried } = memory
    if (open.length > 0 && after.removal !== before.removal) {
      for (const login of open) if (isSame(login.uid, uid) && at > login.at + ASSIGN) tellNever(login, report)
      open = open.filter(login => !isSame(login.uid, uid))
    }
    if (seen.cid !== null && seen.effect !== 'void') {
      for (const login of open)
        if (isSame(login.uid, uid) && at > login.at + ASSIGN)
          report({
            key: uid,
            severity: 'warning',
            said: said('login-not-identified.late', {
              event: login.name,
              span: { span: at - login.at },
              uid: saidUid(uid),
              n: login.missed,
            }),
            subject: login.event,
            events: [login.event, entry.id],
            at,
            again: true,
          })
      open = open.filter(login => !isSame(login.uid, uid))
      carried = carried.with(uid, at)
    } else if (open.length > 0)
      open = open.map(login => (isSame(login.uid, uid) ? { ...login, missed: login.missed + 1 } : login))
    const identified =
      before.shown.now.cid !== null || at - (carried.get(uid) ?? carried.get('') ?? Number.NEGATIVE_INFINITY) <= ASSIGN
    if (needsIdentify(seen) && !identified && (seen.cid === null || seen.effect === 'void'))
      open = [...open, { uid, name: seen.name, event: entry.id, at, missed: 0, severity: severityOf(seen) }]
    return open === memory.open && carried === memory.carried ? memory : { open, carried }
  },
  stands(memory, late, report) {
    for (const login of memory.open) if (late(login.at + ASSIGN)) tellNever(login, report)
  },
})

// ── identify-before-login

export const identifyBeforeLogin = onEvent<Dict<{ event: number; at: number }>>(
  'identify-before-login',
  [null, 'warning'],
  CID_FIELDS,
  Dict.EMPTY,
  (identified, { seen, before, expected }, hit) => {
    const uid = seen.uid ?? ''
    const { id, at } = seen.entry
    if (isIdentify(seen) && seen.cid !== null && before.shown.now.cid === null && seen.by === 'page')
      return identified.with(uid, { event: id, at })
    const strict = expected.order === null || expected.order === 'login-first'
    const first = isLogin(seen) && strict ? (identified.get(uid) ?? identified.get('')) : undefined
    if (!first) return identified
    if (at > first.at && at - first.at <= ASSIGN)
      hit(`${uid} ${id}`, said('identify-before-login', { span: { span: at - first.at }, event: seen.name }), {
        also: [first.event],
      })
    return identified.without(uid).without('')
  },
)
