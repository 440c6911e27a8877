/** An event from its call over its request to its outcome, a line each: what was seen of it, and when. */
import type { ComponentChildren } from 'preact'
import type { EventEntry, RequestLink } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import { clockMs, sizeOf, span } from '../format'
import { Icon, type IconName } from '../icons'
import { ByPanel } from '../parts'
import { outcomeNote, outcomeText } from '../select'
import { type PlainKey, t } from '../text'
import { signOf } from './sign'

const LANES: Record<RequestLink['lanes'], PlainKey> = {
  hook: 'lanes.hook',
  network: 'lanes.network',
  both: 'lanes.both',
}
const SIGNS: Record<ReturnType<typeof signOf>, IconName> = {
  ok: 'check',
  failed: 'x',
  'not-sent': 'x',
  blocked: 'blocked',
  clock: 'clock',
  ask: 'ask',
}

function Step({
  icon,
  name,
  at,
  children,
}: {
  icon: IconName
  name: PlainKey
  at?: string
  children: ComponentChildren
}) {
  return (
    <>
      <Icon name={icon} small />
      <span class="t3">{t(name)}</span>
      <div>{children}</div>
      {at !== undefined && <span class="num t2">{at}</span>}
    </>
  )
}

/** `whole`: with times, and with what each lane saw. */
export function Steps({ event, now, whole }: { event: EventEntry; now: number; whole?: boolean }) {
  const { call, request, facts } = event
  const outcome = outcomeAt(event, now)
  const args = facts.ec || facts.ea ? `${JSON.stringify(facts.ec)}, ${JSON.stringify(facts.ea)}, …` : '…'
  const late = call && request ? ` (+${span(request.at - call.at)})` : ''
  const time = (at: string) => (whole ? { at } : {})
  return (
    <div class={whole ? 'steps whole' : 'steps'} tabIndex={whole ? 0 : undefined}>
      <Step icon="call" name="chain.call.name" {...time(call ? clockMs(call.at) : '—')}>
        {call ? (
          <>
            <span class="m">
              {call.api}({args})
            </span>{' '}
            <span class="t2">{call.caller}</span> {call.by === 'panel' && <ByPanel />}
            {whole && call.queued && <p class="t2">{t('chain.queued')}</p>}
          </>
        ) : (
          <span class="t2">{t('chain.no-call.why')}</span>
        )}
      </Step>
      <Step icon="request" name="chain.request.name" {...time(request ? clockMs(request.at) + late : '—')}>
        {request ? (
          <>
            <span class="m">
              {request.method} {request.host}
              {request.path}
            </span>{' '}
            {t('why.as', { transport: request.transport, size: sizeOf(request) })}
            {whole && <p class="t2">{t(LANES[request.lanes])}</p>}
          </>
        ) : (
          <span class="t2">{t('chain.no-request')}</span>
        )}
      </Step>
      <Step
        icon={SIGNS[signOf(outcome)]}
        name="chain.outcome.name"
        {...time('ms' in outcome ? `+${span(outcome.ms)}` : '')}
      >
        <b>{outcomeText(outcome)}</b>
        {!whole && 'ms' in outcome && ` ${t('in-time', { time: span(outcome.ms) })}`}{' '}
        <span class="t2">· {outcomeNote(outcome)}</span>
      </Step>
    </div>
  )
}
