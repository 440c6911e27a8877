/** The evidence of the present state: which call, which request, which end. */

import { outcomeAt } from '../../utils/identity/outcome'
import type { HolderState } from '../../utils/identity/state'
import { Steps } from '../events/steps'
import { clockMs, shortCid, when } from '../format'
import type { LogView } from '../log-view'
import { ByPanel, EventLink } from '../parts'
import { outcomeText } from '../select'
import { openEvent, setDetail } from '../store'
import { rich, t } from '../text'

/** The state in one sentence, with all that it rests on: since when, by which event, read from where in it, how that ended. */
function Sentence({ holder, log, now }: { holder: HolderState; log: LogView; now: number }) {
  const { state, cid, since, event: id, what, path } = holder.now
  if (state === 'unknown' || since === null || id === null) return null
  const event = log.event(id)
  const values = {
    state: <b>{t(`state.${state}`)}</b>,
    time: <span class="num">{when(since, now)}</span>,
    link: <EventLink id={id}>{what || `#${id}`}</EventLink>,
    outcome: event ? `, ${outcomeText(outcomeAt(event, now))}` : '',
  }
  return (
    <p class="say" data-field="evidence">
      {cid === null
        ? rich('evidence.other', values)
        : rich('evidence.identified', {
            ...values,
            cid: (
              <span class="m nw" title={cid}>
                {shortCid(cid)}
              </span>
            ),
            path: path ? (
              <>
                {' '}
                (<code>{path}</code>)
              </>
            ) : (
              ''
            ),
          })}
    </p>
  )
}

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
      <Sentence holder={holder} log={log} now={now} />
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
