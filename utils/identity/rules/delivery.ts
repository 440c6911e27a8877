/** Requests that did not arrive. */
import type { Outcome } from '../entry'
import { isGrave } from '../holder'
import { type SaidValue, type SayKey, said } from '../said'
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
  ) => { severity: Severity; reason: string; say: SayKey; why: SaidValue },
) =>
  perEvent(
    id,
    weights,
    [],
    ({ seen }, hit) => {
      const { outcome, facts, request } = seen.entry
      const { severity, reason, say, why } = look(outcome as Extract<Outcome, { state: State }>, isGrave(facts))
      const host = request?.host ?? ''
      hit(`${reason} ${host}`, said(say, { event: seen.name, why, host: host && ` (${host})` }), { severity })
    },
    ({ entry }) => entry.outcome.state === state,
  )

export const blocked = onOutcome('blocked', ['error', null], 'blocked', ({ by, error }) => ({
  severity: by === 'csp' ? 'error' : 'warning',
  reason: by,
  say: `blocked.${by}`,
  why: error,
}))

export const failed = onOutcome('failed', ['error', 'error'], 'failed', ({ status, error }, grave) => ({
  severity: grave ? 'error' : 'warning',
  reason: String(status ?? error),
  say: 'failed',
  why: status ?? error ?? said('failed.no-answer'),
}))
