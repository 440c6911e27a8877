/** When are a call and an event the same thing, and what are they together? */
import type { DecodedEvent, EventFacts, Json } from '../sdk/event'

/**
 * Are these the same event by name? `inside`: the second was made synchronously inside the first, so that a method without a name
 * of its own (an app bridge's setter) is the cause of whatever goes out, and a method that means something is the cause of an
 * event that means the same.
 */
export function sameEvent(call: EventFacts, event: EventFacts, inside: boolean): boolean {
  const named = call.ec !== '' || call.ea !== ''
  if (named && call.ec === event.ec && call.ea === event.ea) return true
  return inside && ((!named && call.en === '') || (call.kind !== 'other' && call.kind === event.kind))
}

const empty = (value: Json | undefined) => value === undefined || value === null || value === ''

/** Is everything that the call gave in what was sent? The SDK adds much, and may turn numbers into strings. */
const holds = (sent: Json | undefined, given: Json | undefined): boolean => {
  if (empty(given)) return true
  if (typeof given !== 'object' || given === null) return String(given) === String(sent)
  if (Array.isArray(given))
    return given.length === 0 || (Array.isArray(sent) && given.every((value, i) => holds(sent[i], value)))
  return (
    typeof sent === 'object' &&
    sent !== null &&
    !Array.isArray(sent) &&
    Object.entries(given).every(([key, value]) => holds(sent[key], value))
  )
}

/** What a call or request asked for, as far as likeness needs it. */
export type Likeness = Pick<DecodedEvent, 'facts' | 'items' | 'dims' | 'extra'>

/** Are the properties of this call in that event? */
export const within = (call: Likeness, event: Likeness): boolean =>
  holds(event.items, call.items) && holds(event.dims, call.dims) && holds(event.extra, call.extra)

/** The facts of an event whose request and call are both known: what was sent, and from the call what the request doesn't say. */
export function joinFacts(request: EventFacts, call: EventFacts): EventFacts {
  const kind = call.kind === 'remove' || request.kind === 'other' ? call.kind : request.kind
  return {
    ...request,
    kind: kind === 'other' ? request.kind : kind,
    channel: call.channel === 'app' ? 'app' : request.channel,
    ...(request.cid === null ? { cid: call.cid, cidPath: call.cidPath, cids: call.cids } : {}),
    customers: request.customers ?? call.customers,
    users: request.users ?? call.users,
    inferred: request.inferred ?? call.inferred,
    reset: request.reset ?? call.reset,
    about: request.about || call.about,
  }
}
