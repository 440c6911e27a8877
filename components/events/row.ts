/** What one row of the list says: a function of the entry and of what identity did at that event. */
import type { EventEntry, Outcome } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import type { HolderState, Moment } from '../../utils/identity/state'
import { rowCid, rowUid } from '../format'
import { isWorker } from '../log-view'
import { outcomeText } from '../select'
import { t, told } from '../text'
import { eventName } from './name'

/** What an event did to UID and CID; the plain ones only carry them. */
export type IdentityCell =
  | { kind: 'got'; cid: string }
  | { kind: 'asked'; cid: string }
  | { kind: 'kept'; cid: string }
  | { kind: 'gone'; uid: boolean }
  | { kind: 'new'; uid: string }
  | { kind: 'plain'; text: string; full: string }
  | { kind: 'none'; why: string }

/** The moments of an event: they stand in order of time, and there may be very many. */
export function momentsOf(moments: readonly Moment[], { at, id }: Pick<EventEntry, 'at' | 'id'>): Moment[] {
  let low = 0
  let high = moments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((moments[middle]?.at ?? 0) < at) low = middle + 1
    else high = middle
  }
  const found: Moment[] = []
  for (let index = low; moments[index]?.at === at; index++) {
    const moment = moments[index]
    if (moment?.event === id) found.push(moment)
  }
  return found
}

/** `kept`: the CID was still there after a logout. */
export function identityCell(entry: EventEntry, holder: HolderState | null, kept: boolean): IdentityCell {
  const { facts, id } = entry
  const moments = holder ? momentsOf(holder.moments, entry) : []
  const has = (kind: Moment['kind']) => moments.find(moment => moment.kind === kind)
  if (has('reset')) return { kind: 'gone', uid: true }
  const got = has('identified')
  if (got?.cid) return { kind: 'got', cid: got.cid }
  if (has('remove') || has('anonymous')) return { kind: 'gone', uid: false }
  if (facts.cid && kept && !has('logout')) return { kind: 'kept', cid: facts.cid }
  if (facts.cid && has('fell-back')) return { kind: 'asked', cid: facts.cid }
  const visitor = facts.uid === null ? undefined : holder?.visitors.get(facts.uid)
  if (visitor?.firstEvent === id && !facts.cid) return { kind: 'new', uid: visitor.uid }
  if (!facts.carries) return { kind: 'none', why: told(facts.whyNot ?? '') }
  const { cid, uid } = facts
  if (cid) return { kind: 'plain', text: rowCid(cid), full: cid }
  return uid ? { kind: 'plain', text: rowUid(uid), full: uid } : { kind: 'none', why: t('row.no-uid') }
}

export interface EventRow {
  name: string
  transport: string
  badges: {
    kind: 'lane' | 'worker' | 'panel' | 'part' | 'twice' | 'prerender' | 'frame'
    text: string
    title: string
  }[]
  about: string
  /** The event did not reach the server. */
  bad: boolean
  outcome: ReturnType<typeof outcomeAt>
}

/** The event did not reach the server. */
export const isBad = (state: Outcome['state']): boolean =>
  state === 'blocked' || state === 'failed' || state === 'not-sent'

export function eventRow(entry: EventEntry, now: number, twice: boolean): EventRow {
  const { facts, call, request, place } = entry
  const outcome = outcomeAt(entry, now)
  const bad = isBad(outcome.state)
  const badges: EventRow['badges'] = []
  // What both saw is the usual case, and goes without saying.
  if (request && request.lanes !== 'both')
    badges.push({ kind: 'lane', text: t(`lane.${request.lanes}`), title: t(`lanes.${request.lanes}`) })
  if (isWorker(place)) badges.push({ kind: 'worker', text: 'SW', title: t('badge.worker') })
  else if (place.frame !== 0) badges.push({ kind: 'frame', text: t('badge.frame'), title: place.url })
  if (call?.by === 'panel') badges.push({ kind: 'panel', text: t('panel'), title: t('panel.mark') })
  if (facts.part[1] > 1)
    badges.push({
      kind: 'part',
      text: t('badge.part', { n: facts.part[0], of: facts.part[1] }),
      title: t('badge.part.title'),
    })
  if (twice) badges.push({ kind: 'twice', text: '2×', title: t('badge.twice') })
  if (entry.prerender) badges.push({ kind: 'prerender', text: t('badge.prerender'), title: t('badge.prerender.title') })
  return {
    name: eventName(entry),
    transport: request?.transport ?? (outcome.state === 'queued' ? t('outcome.queued') : t('row.not-sent')),
    badges,
    about: bad ? outcomeText(outcome) : facts.problems[0] ? told(facts.problems[0].message) : facts.about,
    bad,
    outcome,
  }
}
