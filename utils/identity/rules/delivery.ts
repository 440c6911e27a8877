/** Requests that did not arrive. */
import type { Outcome } from '../entry'
import { isGrave } from '../holder'
import type { Severity } from '../state'
import { perEvent, type Weights } from './rule'

/** A rule about how requests end, of whatever kind they are. */
const onOutcome = <State extends Outcome['state']>(
  id: string,
  weights: Weights,
  state: State,
  look: (
    outcome: Extract<Outcome, { state: State }>,
    grave: boolean,
  ) => { severity: Severity; reason: string; tell: string },
) =>
  perEvent(
    id,
    weights,
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

export const blocked = onOutcome('blocked', ['error', null], 'blocked', ({ by, error }) => ({
  severity: by === 'csp' ? 'error' : 'warning',
  reason: by,
  tell: `was blocked by ${BLOCKED_BY[by]}: ${error}`,
}))

export const failed = onOutcome('failed', ['error', 'error'], 'failed', ({ status, error }, grave) => ({
  severity: grave ? 'error' : 'warning',
  reason: String(status ?? error),
  tell: `failed: ${status ?? error ?? 'no answer'}`,
}))
