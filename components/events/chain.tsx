/** Call – request – outcome as a picture of 52 px: a part that nobody saw is hollow and dashed. */
import type { EventEntry, Outcome } from '../../utils/identity/entry'
import { outcomeText } from '../select'
import { t } from '../text'
import { signOf } from './sign'

const CROSS = { tint: 'no', path: 'M41 3.5l7 7M48 3.5l-7 7' }
const SIGNS: Record<ReturnType<typeof signOf>, { tint: string; path: string }> = {
  ok: { tint: 'ok', path: 'M40 7.5l3 3 6-7' },
  failed: CROSS,
  'not-sent': CROSS,
  blocked: { tint: 'no', path: 'M44.5 2a5 5 0 1 0 .01 0zM41.9 7h5.2' },
  clock: { tint: 'wt', path: 'M44.5 2a5 5 0 1 0 .01 0zM44.5 4.2V7l2 1.4' },
  ask: { tint: '', path: 'M44.5 2l5 5-5 5-5-5zM44.5 5.5v2M44.5 9.2v.1' },
}

/** The chain in words, for those who don't see it and for the title. */
export const chainText = ({ call, request }: Pick<EventEntry, 'call' | 'request'>, outcome: Outcome): string =>
  t('chain.words', {
    call: t(call ? 'chain.call' : 'chain.no-call'),
    request: t(request ? 'chain.request' : 'chain.no-request'),
    outcome: outcomeText(outcome),
  })

export function Chain({ event, outcome }: { event: Pick<EventEntry, 'call' | 'request'>; outcome: Outcome }) {
  const { call, request } = event
  const { tint, path } = SIGNS[signOf(outcome)]
  const words = chainText(event, outcome)
  return (
    <svg class="ch" viewBox="0 0 52 14" role="img" aria-label={words}>
      <title>{words}</title>
      <rect class={call ? 'n' : 'h'} x="1.5" y="3.5" width="7" height="7" rx="1" />
      <path class={call && request ? 'l' : 'ld'} d="M9.5 7h10" />
      <circle class={request ? 'n' : 'h'} cx="24" cy="7" r="3.5" />
      <path class={request ? 'l' : 'ld'} d="M28.5 7h9" />
      <path class={`out ${tint}`} d={path} />
    </svg>
  )
}
