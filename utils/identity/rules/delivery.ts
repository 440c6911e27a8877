/** Requests that did not arrive. */
import type { Outcome } from '../entry'
import { isGrave } from '../holder'
import type { Severity } from '../state'
import { perEvent, type Weights, type Words } from './rule'

/** A rule about how requests end, of whatever kind they are. */
const onOutcome = <State extends Outcome['state']>(
  id: string,
  weights: Weights,
  words: Words,
  state: State,
  look: (
    outcome: Extract<Outcome, { state: State }>,
    grave: boolean,
  ) => { severity: Severity; reason: string; tell: string },
) =>
  perEvent(
    id,
    weights,
    words,
    [],
    ({ seen }, hit) => {
      const { outcome, facts, request } = seen.entry
      const { severity, reason, tell } = look(outcome as Extract<Outcome, { state: State }>, isGrave(facts))
      const host = request?.host ?? ''
      hit(`${reason} ${host}`, `${seen.name} ${tell}${host && ` (${host})`}`, { severity })
    },
    ({ entry }) => entry.outcome.state === state,
  )

const BLOCKED_BY = {
  csp: "the page's own policy",
  client: 'an extension of this browser',
  administrator: 'an administrator',
}

export const blocked = onOutcome(
  'blocked',
  ['error', null],
  [
    'Requests of the SDK are blocked',
    'The server never hears of these events.',
    "Allow the SDK's hosts in the page's policy (CSP); turn off the browser's blocker for the test.",
    'C + OJ',
  ],
  'blocked',
  ({ by, error }) => ({
    severity: by === 'csp' ? 'error' : 'warning',
    reason: by,
    tell: `was blocked by ${BLOCKED_BY[by]}: ${error}`,
  }),
)

export const failed = onOutcome(
  'failed',
  ['error', 'error'],
  [
    'Requests of the SDK failed',
    'The server has not got these events.',
    'Look at the status or the error of the request.',
    'C',
  ],
  'failed',
  ({ status, error }, grave) => ({
    severity: grave ? 'error' : 'warning',
    reason: String(status ?? error),
    tell: `failed: ${status ?? error ?? 'no answer'}`,
  }),
)
