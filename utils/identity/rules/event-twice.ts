import { DAY, DUP, PAGEDUP } from '../constants'
import type { EventEntry, Outcome } from '../entry'
import { Dict } from '../persistent'
import { said } from '../said'
import { type Report, rule } from './rule'

/** An event that a later one may repeat. */
interface First {
  event: number
  /** Time of the call; null: no call was seen. */
  called: number | null
  /** Start of the request. */
  started: number
  outcome: Outcome['state']
  prerender: boolean
  panel: boolean
  /** Place among the events of its request. */
  part: number
}

interface Memory {
  /** Events of the last seconds by what makes them equal; two generations, so that forgetting costs nothing. */
  recent: Dict<First>
  older: Dict<First>
  /** When `recent` was begun. */
  since: number
  /** Purchases by order. */
  orders: Dict<First>
}

/** People tap these twice; one tap that is sent twice is sent at once. */
const TAPPED = new Set(['add_to_cart', 'remove_cart'])
const TAP = 50

const firstOf = (entry: EventEntry, started: number): First => ({
  event: entry.id,
  called: entry.call?.at ?? null,
  started,
  outcome: entry.outcome.state,
  prerender: entry.prerender === true,
  panel: entry.call?.by === 'panel',
  part: entry.facts.part[0],
})

/** Time between two events: of their calls, if both were seen, since a queue is sent all at once. */
const apart = (a: First, b: First): number =>
  a.called !== null && b.called !== null ? b.called - a.called : Math.abs(b.started - a.started)

/** Only what the server has, or is about to get, counts double. */
const arrived = ({ outcome }: First): boolean => outcome === 'done' || outcome === 'hidden' || outcome === 'pending'

/** Two events, or one that was tried again, that was prerendered and then shown, or that one request lists twice. */
const isRepeat = (a: First, b: First): boolean =>
  arrived(a) &&
  arrived(b) &&
  !a.panel &&
  !b.panel &&
  a.prerender === b.prerender &&
  !(a.started === b.started && a.part !== b.part)

const withoutHash = (url: string): string => url.split('#', 1)[0] ?? ''

/** `product/view “Áo thun nữ”`: the first thing that the event is about, if it is short; never `key: value`, which may be personal. */
const named = ({ facts }: EventEntry, name: string): string => {
  const [about = ''] = facts.about.split(' · ')
  const isThing = facts.kind === 'other' && /^[^:/]{1,40}$/.test(about)
  return isThing ? `${name} “${about}”` : name
}

const tell = (
  entry: EventEntry,
  a: First,
  b: First,
  key: string,
  of: { event: string } | { order: string },
  report: Report,
): void =>
  report({
    key,
    severity: 'warning',
    said: said('order' in of ? 'event-twice.order' : 'event-twice', { ...of, span: { span: apart(a, b) } }),
    subject: entry.id,
    events: [a.event, b.event],
    at: entry.at,
    again: true,
  })

export const eventTwice = rule<Memory>({
  id: 'event-twice',
  severity: { web: 'warning', app: 'warning' },
  reads: ['items', 'dims', 'cvar', 'extra', 'body'],
  start: { recent: Dict.EMPTY, older: Dict.EMPTY, since: Number.NEGATIVE_INFINITY, orders: Dict.EMPTY },
  step(memory, { seen }, report) {
    const entry = seen?.entry
    if (!seen || !entry?.facts.carries || !entry.request) return memory
    const { facts, place } = entry
    const now = firstOf(entry, entry.request.at)
    const name = `${facts.ec}/${facts.ea}`

    if (facts.kind === 'purchase' && facts.order !== null) {
      const first = memory.orders.get(facts.order)
      const within = first !== undefined && Math.abs(now.started - first.started) <= DAY
      if (within && isRepeat(first, now))
        tell(entry, first, now, `${name} order ${facts.order}`, { order: facts.order }, report)
      // An attempt that came to nothing must not hide the first purchase behind it.
      return within && arrived(first) ? memory : { ...memory, orders: memory.orders.with(facts.order, now) }
    }

    const onPage = facts.kind === 'page-view' && facts.page !== null
    const content = onPage ? `${place.doc} ${withoutHash(facts.page ?? '')}` : facts.content
    const same = `${seen.uid} ${facts.portal} ${facts.prop} ${name} ${content}`
    const aged = entry.at - memory.since > PAGEDUP
    const { older, since } = aged ? { older: memory.recent, since: entry.at } : memory
    const recent: Dict<First> = aged ? Dict.EMPTY : memory.recent
    const first = recent.get(same) ?? older.get(same)
    const window = onPage ? PAGEDUP : TAPPED.has(facts.ea) ? TAP : DUP
    if (first && apart(first, now) <= window && isRepeat(first, now))
      tell(
        entry,
        first,
        now,
        onPage ? `${name} page` : `${name} ${facts.content}`,
        { event: named(entry, name) },
        report,
      )
    return { recent: recent.with(same, now), older, since, orders: memory.orders }
  },
})
