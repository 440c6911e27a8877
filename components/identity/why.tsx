/** The evidence of the present state: which call, which request, which end. */
import type { HolderState } from '../../utils/identity/state'
import { Steps } from '../events/steps'
import { clockMs } from '../format'
import type { LogView } from '../log-view'
import { ByPanel, EventLink } from '../parts'
import { openEvent, setDetail } from '../store'
import { t } from '../text'

export function Why({ holder, log, now }: { holder: HolderState; log: LogView; now: number }) {
  const { state, event: id, what, since, by } = holder.now
  const event = log.event(id)
  return (
    <section aria-label={t(`why.${state}`)}>
      <div class="ph">
        <h2>{t(`why.${state}`)}</h2>
        {by === 'panel' && <ByPanel />}
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
      {event ? (
        <Steps event={event} now={now} />
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
