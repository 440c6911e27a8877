import type { Outcome } from '../../utils/identity/entry'

/** The chain's last part as a sign. `hidden` is delivered: the server has the event. */
export function signOf(outcome: Outcome): 'ok' | 'blocked' | 'failed' | 'clock' | 'ask' | 'not-sent' {
  switch (outcome.state) {
    case 'done':
      return outcome.status < 400 ? 'ok' : 'failed'
    case 'hidden':
      return 'ok'
    case 'blocked':
    case 'failed':
    case 'not-sent':
      return outcome.state
    case 'unknown':
      return 'ask'
    default:
      return 'clock'
  }
}
