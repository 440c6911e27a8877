/** What must be over after a logout, and what must not end without one. */
import type { Attributes, EventFacts, Json } from '../../sdk/event'
import { UID_COOKIE } from '../../sdk/names'
import { ASSIGN, CHAIN, GRACE, SWITCH } from '../constants'
import { isIdentify, isLogin, isRemoval, type Removal, type Seen, strengthOf } from '../holder'
import { Dict } from '../persistent'
import { normaliseEmail, normalisePhone } from '../recipe'
import { said, saidPlace, saidUid } from '../said'
import type { Severity } from '../state'
import { about, CID_FIELDS, type EventTurn, onEvent, rule, type Turn, VALUE_FIELDS } from './rule'
import { EMAIL, mask, PHONE, shortCid } from './text'

const keyOf = ({ uid, first }: Removal): string => `${uid ?? ''} ${first}`

/** The removal that came with this entry, or grew by it. */
const removalBy = ({ before, after }: Turn): Removal | null => (after.removal !== before.removal ? after.removal : null)

// ── identify-after-logout

interface Return {
  key: string
  event: number
  at: number
  /** When the removal was over. */
  since: number
  removal: readonly number[]
  cid: string
  caller: string | null
  severity: Severity
}

interface Returns {
  /** Time of the newest login. */
  login: number
  open: readonly Return[]
}

/** A page that a login elsewhere sends people back to. */
const isCallback = ({ place, facts }: Seen['entry']): boolean => {
  const referrer = facts.system.find(([key]) => key === 'referrer_url')?.[1]
  const host = typeof referrer === 'string' ? /^https?:\/\/([^/?#:]+)/i.exec(referrer)?.[1] : undefined
  const elsewhere = host !== undefined && place.site !== '' && host !== place.site && !host.endsWith(`.${place.site}`)
  return elsewhere || /[?#&](?:code|state|token|id_token)=/.test(`${place.url} ${facts.page ?? ''}`)
}

export const identifyAfterLogout = rule<Returns>({
  ...about('identify-after-logout', ['warning', 'error'], CID_FIELDS),
  start: { login: Number.NEGATIVE_INFINITY, open: [] },
  step(memory, { seen, before }) {
    if (!seen?.entry.facts.carries || seen.by === 'panel') return memory
    const { id, at, call, facts } = seen.entry
    if (isLogin(seen)) return { login: at, open: memory.open.filter(each => at - each.at > ASSIGN) }
    const { removal } = before
    if (!isIdentify(seen) || seen.effect === 'void' || !removal?.byPage) return memory
    if (seen.cid === null || seen.cid !== removal.cid || at <= removal.last + GRACE) return memory
    const excused = memory.login >= removal.last || at - memory.login <= ASSIGN || isCallback(seen.entry)
    if (at > removal.last + SWITCH || excused) return memory
    const found: Return = {
      key: keyOf(removal),
      event: id,
      at,
      since: removal.last,
      removal: removal.events,
      cid: seen.cid,
      caller: call?.caller ?? null,
      severity: facts.channel === 'app' ? 'error' : 'warning',
    }
    return { ...memory, open: [...memory.open, found] }
  },
  due(memory, late, report) {
    if (memory.open.length === 0) return memory
    const open = memory.open.filter(each => !late(each.at + ASSIGN))
    if (open.length === memory.open.length) return memory
    for (const { key, event, at, since, removal, cid, caller, severity } of memory.open.filter(
      each => !open.includes(each),
    ))
      report({
        key,
        severity,
        said: said('identify-after-logout', {
          cid: shortCid(cid),
          span: { span: at - since },
          at: caller ? said('identify-after-logout.at', { place: caller }) : '',
        }),
        subject: event,
        events: [...removal, event],
        at,
        again: true,
      })
    return { ...memory, open }
  },
})

// ── logout-without-remove

interface Logout {
  key: string
  event: number
  at: number
  severity: Severity
  caller: string | null
}

export const logoutWithoutRemove = rule<Logout | null>({
  ...about('logout-without-remove', [null, 'warning']),
  start: null,
  step(open, turn) {
    const removal = removalBy(turn)
    if (!removal) return open
    const { seen, expected } = turn
    const byPage = removal.byPage
    if (byPage && strengthOf(byPage) > 0) return null
    const app = seen?.entry.facts.channel === 'app'
    const off = expected.removal === 'none' || (!app && expected.removal !== 'required')
    if (off || !seen || seen.by === 'panel' || removal.cid === null || seen.entry.facts.kind !== 'logout') return open
    const { id, at, call } = seen.entry
    return { key: keyOf(removal), event: id, at, severity: 'warning', caller: call?.caller ?? null }
  },
  due(open, late, report) {
    if (!open || !late(open.at + CHAIN)) return open
    const { key, event, at, severity, caller } = open
    report({
      key,
      severity,
      said: said('logout-without-remove', { at: saidPlace(caller) }),
      subject: event,
      events: [event],
      at,
      again: true,
    })
    return null
  },
})

// ── stale-customer

interface Past {
  key: string
  cid: string
  /** What began the end of this customer. */
  events: readonly number[]
}

interface People {
  /** What tells a person, normalised, by CID. */
  values: Dict<readonly string[]>
  past: Past | null
}

const TELLING = /e_?mail|phone|mobile|(?:^|[_.])(?:tel|sdt|name)$|_name$/
const MOST_VALUES = 12

/** An e-mail address, a phone number or a name, so that two ways of writing it are equal; null: too short, or none of these. */
const telling = (code: string, value: Json): string | null => {
  if ((typeof value !== 'string' && typeof value !== 'number') || !TELLING.test(code.toLowerCase())) return null
  const text = String(value).trim()
  if (EMAIL.test(text)) return normaliseEmail(text)
  const digits = normalisePhone(text)
  if (digits.length >= 9 && /^[\d\s+().-]+$/.test(text)) return digits
  return text.length >= 5 ? text.normalize('NFC').toLowerCase() : null
}

type Told = [path: string, value: string]

const addTelling = (found: Told[], attributes: Attributes | null, path: string): void => {
  for (const [code, value] of attributes ?? []) {
    const text = telling(code, value)
    if (text !== null) found.push([`${path}${code}`, text])
  }
}

/** Values of an event that tell a person: where they stand, and the value normalised. */
export const tellingValues = ({ customers, users, inferred, remarks }: EventFacts): Told[] => {
  const found: Told[] = []
  addTelling(found, customers, 'dims.customers.')
  addTelling(found, users, 'dims.users.')
  addTelling(found, inferred, 'extra.')
  for (const { code, path, text } of remarks ?? []) if (code === 'person') addTelling(found, [[path, text]], '')
  return found
}

/** Who came after whom: a removal, or a login of somebody else. */
const pastAfter = (past: Past | null, turn: EventTurn): Past | null => {
  const { seen, before } = turn
  const removal = removalBy(turn)
  if (removal?.cid && removal.byPage && strengthOf(removal.byPage) > 0)
    return { key: keyOf(removal), cid: removal.cid, events: removal.events }
  if (seen.cid === null || seen.effect === 'void' || !(isLogin(seen) || isIdentify(seen))) return past
  if (past?.cid === seen.cid) return null
  const held = before.base.cid
  return isLogin(seen) && held !== null && held !== seen.cid
    ? { key: `${seen.uid ?? ''} ${seen.entry.id}`, cid: held, events: [seen.entry.id] }
    : past
}

const shown = (value: string): string => (EMAIL.test(value) || PHONE.test(value) ? mask(value) : `${value.charAt(0)}…`)

export const staleCustomer = onEvent<People>(
  'stale-customer',
  ['error', 'error'],
  VALUE_FIELDS,
  { values: Dict.EMPTY, past: null },
  (memory, turn, hit) => {
    const { seen, before } = turn
    const past = pastAfter(memory.past, turn)
    const { facts } = seen.entry
    const asserts = isLogin(seen) || isIdentify(seen)
    let { values } = memory
    const found = tellingValues(facts)
    const judged = past !== null && past === memory.past && !seen.inFlight && !isRemoval(seen) && !asserts
    if (judged && seen.cid === past.cid)
      hit(past.key, said('stale-customer', { event: seen.name, cid: shortCid(past.cid) }), { also: past.events })
    else if (judged && found.length > 0) {
      const earlier = values.get(past.cid) ?? []
      const present = values.get(seen.cid ?? before.shown.now.cid ?? '') ?? []
      const stale = found.find(([, value]) => earlier.includes(value) && !present.includes(value))
      if (stale)
        hit(
          past.key,
          said('stale-customer.value', {
            event: seen.name,
            value: shown(stale[1]),
            cid: shortCid(past.cid),
            path: stale[0],
          }),
          { also: past.events },
        )
    }
    const owner = seen.cid
    // While somebody's leftovers may come along, only login and identify tell what is the present customer's own.
    if (owner !== null && found.length > 0 && (asserts || past === null)) {
      const known = values.get(owner) ?? []
      const fresh = found.map(([, value]) => value).filter(value => !known.includes(value))
      if (fresh.length > 0) values = values.with(owner, [...known, ...fresh].slice(-MOST_VALUES))
    }
    return values === memory.values && past === memory.past ? memory : { values, past }
  },
)

// ── cid-lost

interface Missing {
  /** Newest event before the first that lacked the CID; null: none lacks it. */
  last: number | null
  /** The SDK's cookies went: consent was withdrawn. */
  gone: boolean
  /** Where the CID was carried last; null: nowhere yet. */
  tab: string | null
}

const NOTHING: Missing = { last: null, gone: false, tab: null }

export const cidLost = rule<Missing>({
  ...about('cid-lost', ['warning', 'warning'], CID_FIELDS),
  start: NOTHING,
  step(memory, { entry, seen, before, after }, report) {
    if (entry.kind === 'stored')
      return entry.name === UID_COOKIE && entry.value === null && !memory.gone ? { ...memory, gone: true } : memory
    if (!seen?.entry.facts.carries) return memory
    const { tab } = entry.place
    if (seen.cid !== null && seen.cid === after.base.cid)
      return memory.last === null && !memory.gone && memory.tab === tab ? memory : { ...NOTHING, tab }
    const latest = before.shown.visitors.get(before.base.uid ?? '')?.lastEvent ?? null
    if (after.silent.length > before.silent.length && memory.last === null) return { ...memory, last: latest }
    const lost = before.base.cid !== null && after.base.cid === null && before.base.uid === after.base.uid
    if (!lost) return memory
    const unaware = tab !== memory.tab && entry.at - before.lastCarried <= GRACE
    const excused = isRemoval(seen) || before.loggedOut || memory.gone || unaware
    const last = memory.last ?? latest
    if (!excused)
      report({
        key: before.base.uid ?? '',
        severity: 'warning',
        said: said('cid-lost', {
          cid: shortCid(before.base.cid ?? ''),
          uid: saidUid(before.base.uid),
          event: seen.name,
        }),
        subject: entry.id,
        events: [...(last === null ? [] : [last]), entry.id],
        at: entry.at,
        again: true,
      })
    return NOTHING
  },
})
