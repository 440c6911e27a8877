/** How an event ended, and what that lets us believe. */
import type { EventFacts } from '../sdk/event'
import { SENT } from './constants'
import type { EventEntry, Outcome } from './entry'

/** The server has it: it answered 2xx or 3xx, or answered and the browser hid the answer from the page. No proof that it accepted it. */
export const delivered = (outcome: Outcome): boolean =>
  outcome.state === 'hidden' || (outcome.state === 'done' && outcome.status < 400)

/** It ended, and the server has not got it. */
export const lost = (outcome: Outcome): boolean =>
  outcome.state === 'blocked' ||
  outcome.state === 'failed' ||
  outcome.state === 'not-sent' ||
  (outcome.state === 'done' && outcome.status >= 400)

/** Its values count (merge.md §1). What was lost, or still waits in the queue, is shown as "asked, not sent". */
export const counts = (outcome: Outcome): boolean => outcome.state !== 'queued' && !lost(outcome)

/** A call that only sets something in the SDK (an app bridge's `setCustomerProps`, `removeCustomer`) sends nothing by itself. */
export const expectsRequest = (facts: EventFacts): boolean => facts.ec !== '' || facts.ea !== '' || facts.en !== ''

/**
 * The outcome as of `now` (ms since the epoch; +∞ for a file, where nothing more can come): silence becomes an answer
 * when its time is over.
 */
export const outcomeAt = (entry: EventEntry, now: number): Outcome => {
  const { call, request, outcome } = entry
  if (outcome.state !== 'pending') return outcome
  if (!request && call && !call.queued && entry.live && !entry.prerender && expectsRequest(entry.facts))
    return now >= call.at + SENT ? { state: 'not-sent' } : outcome
  if (now < Number.POSITIVE_INFINITY) return outcome
  return { state: 'unknown', why: request ? 'the log ends before the request did' : 'no request was seen' }
}
