import { isThrottleCookie } from '../../sdk/names'
import { DAY, SENT } from '../constants'
import type { EventEntry, GapEntry } from '../entry'
import { type Holder, isGrave } from '../holder'
import { expectsRequest } from '../outcome'
import { Dict } from '../persistent'
import { said, saidPlace } from '../said'
import { rule, type Turn } from './rule'

/** A call of a live SDK that no request has followed yet. */
interface Unanswered {
  event: number
  at: number
  name: string
  cid: string | null
  caller: string | null
  tab: string
  doc: string
  grave: boolean
}

interface Gap {
  from: number
  until: number
  /** null: it concerns the whole site. */
  tab: string | null
}

interface Memory {
  open: readonly Unanswered[]
  /** When an event of this name last had a request. */
  sent: Dict<number>
  /** The SDK has left its marks of events that it holds back (cookies). */
  throttles: boolean
  /** The newest time that the recorder didn't watch. */
  gap: Gap | null
}

const NONE: readonly Unanswered[] = []
/** The SDK's day need not be known to the minute. */
const EXACT = 600_000

const wasExpected = ({ outcome, call, request, live, prerender, facts }: EventEntry): boolean => {
  if (!call || call.by === 'panel' || !live || prerender || !expectsRequest(facts)) return false
  return outcome.state === 'not-sent' || (outcome.state === 'pending' && !request && !call.queued)
}

const unanswered = (entry: EventEntry, name: string): Unanswered => ({
  event: entry.id,
  at: entry.at,
  name,
  cid: entry.facts.cid,
  caller: entry.call?.caller ?? null,
  tab: entry.place.tab,
  doc: entry.place.doc,
  grave: isGrave(entry.facts),
})

/** A pause concerns a site, or all of them (''); records are lost in one document. */
const gapOf = ({ at, until, place }: GapEntry, holder: Holder): Gap | null =>
  place.site === '' || place.site === holder.shown.site
    ? { from: at, until: until ?? Number.POSITIVE_INFINITY, tab: place.doc === '' ? null : place.tab }
    : null

const inGap = ({ at, tab }: Unanswered, gap: Gap | null): boolean =>
  gap !== null && gap.from <= at + SENT && gap.until >= at && (gap.tab === null || gap.tab === tab)

/** Calls whose end nobody could have seen, or whose request came without being joined, are let go. */
const letGo = (memory: Memory, { entry, ended, seen, before }: Turn): readonly Unanswered[] => {
  if (memory.open.length === 0) return memory.open
  let open = memory.open
  if (ended.length > 0) open = open.filter(each => !ended.includes(each.doc))
  const gap = entry.kind === 'gap' ? gapOf(entry, before) : null
  if (gap) open = open.filter(each => !inGap(each, gap))
  if (seen?.entry.request && !seen.entry.call) {
    const { facts, place } = seen.entry
    const answered = open.find(each => each.doc === place.doc && each.name === seen.name && each.cid === facts.cid)
    if (answered) open = open.filter(each => each !== answered)
  }
  return open
}

const throttled = (memory: Memory, { name, at }: Unanswered): boolean => {
  const before = memory.sent.get(name)
  return memory.throttles && before !== undefined && at - before < DAY
}

export const notSent = rule<Memory>({
  id: 'not-sent',
  severity: { web: 'error', app: 'error' },
  reads: [],
  start: { open: NONE, sent: Dict.EMPTY, throttles: false, gap: null },
  step(memory, turn) {
    const { entry, seen } = turn
    let { sent, throttles, gap } = memory
    let open = letGo(memory, turn)
    if (entry.kind === 'gap') gap = gapOf(entry, turn.before) ?? gap
    if (entry.kind === 'stored' && isThrottleCookie(entry.name)) throttles = true
    if (seen?.entry.request && entry.at - (sent.get(seen.name) ?? 0) > EXACT) sent = sent.with(seen.name, entry.at)
    if (seen && wasExpected(seen.entry)) {
      const call = unanswered(seen.entry, seen.name)
      if (!inGap(call, gap) && !throttled(memory, call)) open = [...open, call]
    }
    return open === memory.open && sent === memory.sent && throttles === memory.throttles && gap === memory.gap
      ? memory
      : { open, sent, throttles, gap }
  },
  due(memory, late, report) {
    const [first] = memory.open
    if (!first || !late(first.at + SENT)) return memory
    const open = memory.open.filter(each => !late(each.at + SENT))
    for (const call of memory.open.filter(each => late(each.at + SENT)))
      report({
        key: call.name,
        severity: call.grave ? 'error' : 'warning',
        said: said('not-sent', { event: call.name, at: saidPlace(call.caller) }),
        subject: call.event,
        events: [call.event],
        at: call.at,
        again: true,
      })
    return { ...memory, open: open.length > 0 ? open : NONE }
  },
})
