/** The evidence of the present state: which call, which request, which end. */

import { outcomeAt } from '../../utils/identity/outcome'
import type { HolderState } from '../../utils/identity/state'
import { bytes, clockMs, span } from '../format'
import { Icon } from '../icons'
import type { LogView } from '../log-view'
import { ByPanel, EventLink } from '../parts'
import { outcomeNote, outcomeText } from '../select'
import { openEvent, setDetail } from '../store'
import { t } from '../text'

/** A call as the page wrote it, as far as the row knows: the arguments are in the event's detail. */
function callText(api: string, ec: string, ea: string): string {
  return ec || ea ? `${api}(${JSON.stringify(ec)}, ${JSON.stringify(ea)}, …)` : `${api}(…)`
}

export function Why({ holder, log, now }: { holder: HolderState; log: LogView; now: number }) {
  const { state, event: id, what, since } = holder.now
  const event = log.event(id)
  const outcome = event && outcomeAt(event, now)
  return (
    <section aria-label={t(`why.${state}`)}>
      <div class="ph">
        <h2>{t(`why.${state}`)}</h2>
        {holder.now.by === 'panel' && <ByPanel />}
        <span class="sp" />
        {event && (
          <button
            type="button"
            class="link"
            onClick={() => {
              openEvent(event.id)
              setDetail('chain')
            }}
          >
            {t('why.open')}
          </button>
        )}
      </div>
      {event && outcome ? (
        <div class="why">
          <Icon name="call" small />
          <span class="t3">{t('chain.call.name')}</span>
          <span class="el">
            {event.call ? (
              <>
                <span class="m">{callText(event.call.api, event.facts.ec, event.facts.ea)}</span>{' '}
                <span class="t2">{event.call.caller}</span>
              </>
            ) : (
              <span class="t3">{t('chain.no-call')}</span>
            )}
          </span>
          <Icon name="request" small />
          <span class="t3">{t('chain.request.name')}</span>
          <span class="el">
            {event.request ? (
              <>
                <span class="m">
                  {event.request.method} {event.request.host}
                  {event.request.path}
                </span>{' '}
                {t('why.as', { transport: event.request.transport, size: bytes(event.request.bytes) })}
              </>
            ) : (
              <span class="t3">{t('chain.no-request')}</span>
            )}
          </span>
          <Icon name={outcome.state === 'done' && outcome.status < 400 ? 'check' : 'clock'} small />
          <span class="t3">{t('chain.outcome.name')}</span>
          <span class="el" title={outcomeNote(outcome)}>
            <b>{outcomeText(outcome)}</b>
            {'ms' in outcome && ` ${t('in-time', { time: span(outcome.ms) })}`}{' '}
            <span class="t2">· {outcomeNote(outcome)}</span>
          </span>
        </div>
      ) : (
        <p class="pad t2">
          {id !== null && what ? (
            <span>
              {t('why.seen', { what, time: since === null ? '—' : clockMs(since) })} <EventLink id={id} />
            </span>
          ) : (
            t(`why.none.${state === 'unknown' ? 'unknown' : 'anonymous'}`)
          )}
        </p>
      )}
    </section>
  )
}
