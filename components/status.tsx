/** The line at the foot: is it recording, how much is there, and clearing it. */
import { TIMES } from '../utils/settings'
import { Icon } from './icons'
import { later, lazy } from './lazy'
import { siteOf } from './page'
import { Ask } from './parts'
import { ask, clear, follow, saveSettings, setFrozen, setRecording, undoClear, usePanel } from './store'
import { t } from './text'

const ExchangeBar = lazy(async () => (await later()).ExchangeBar)

/** @param brief without what brings a log in and takes it out */
export function Status({ brief }: { brief?: true }) {
  const state = usePanel(all => all)
  const { log, settings, ready, view, asking, following, eventsSeen, frozen, held, now, filter, category, colleague } =
    state
  const site = usePanel(siteOf)
  const paused = settings.pausedSites.includes(site)
  const recording = settings.recording && !paused
  const { queued, notSent } = log.waiting(now)
  const unseen = log.events - eventsSeen
  const undoable = log.undoable(now)
  const next = TIMES[(TIMES.indexOf(settings.time) + 1) % TIMES.length] ?? 'clock'
  const times = t('time.switch', { now: t(`time.${settings.time}`), next: t(`time.${next}`) })
  const switches = t(settings.recording ? 'record.stop' : 'record.start')
  const acts = view === 'actions' || view === 'merge'
  return (
    <footer class="foot">
      <button
        type="button"
        class={recording && !colleague ? 'ib rec' : 'ib'}
        style={{ height: '20px' }}
        data-action="record"
        disabled={colleague}
        aria-pressed={settings.recording}
        aria-label={switches}
        title={`${switches} (Ctrl+E)`}
        onClick={() => setRecording(!settings.recording)}
      >
        <Icon name="record" small />
      </button>
      {asking === 'clear' ? (
        <Ask kind="clear" question={t('clear.ask', { n: log.events })} yes={t('clear')} onYes={clear} />
      ) : (
        <>
          {frozen && (
            <button
              type="button"
              class="btn"
              data-action="unfreeze"
              title={t('freeze.title')}
              onClick={() => setFrozen(false)}
            >
              {t('freeze.held', { n: held })}
            </button>
          )}
          <span data-field="recording">
            {colleague
              ? t('log.read-only')
              : !ready
                ? t('status.opening')
                : !settings.recording
                  ? t('status.off')
                  : paused
                    ? t('status.paused', { site })
                    : view === 'events' && following && !frozen && filter === '' && category === 'all'
                      ? t('status.newest')
                      : t('status.recording')}
          </span>
          {undoable !== null ? (
            <span class="num" role="status">
              {t('clear.done', { n: undoable })}{' '}
              <button type="button" class="btn" data-action="undo-clear" onClick={undoClear}>
                {t('clear.undo')}
              </button>
            </span>
          ) : (
            <span class="num rest" data-field="counts">
              {log.early
                ? '…'
                : log.reading
                  ? t('status.reading', { events: log.events })
                  : t('status.counts', { events: log.events, requests: log.requests })}
            </span>
          )}
          {queued + notSent > 0 && (
            <span class="num wide">
              {[
                queued > 0 ? t('status.queued', { n: queued }) : '',
                notSent > 0 ? t('status.not-sent', { n: notSent }) : '',
              ]
                .filter(Boolean)
                .join(', ')}
            </span>
          )}
          {view === 'events' && !following && unseen > 0 && (
            <button type="button" class="btn" data-action="newest" onClick={() => follow(true)}>
              {t('status.new', { n: unseen })} ↓
            </button>
          )}
          <span class="sp" />
          <button
            type="button"
            class="btn fl"
            data-action="times"
            data-time={settings.time}
            aria-label={times}
            title={times}
            onClick={() => saveSettings({ time: next })}
          >
            <Icon name="clock" small />
            <span class="wide">{t(`time.${settings.time}`)}</span>
          </button>
          <span class="t3">{t(acts ? 'nothing-leaves-until' : 'nothing-leaves')}</span>
          {!brief && <ExchangeBar />}
          <button
            type="button"
            class="btn"
            data-action="clear"
            disabled={colleague}
            title={colleague ? t('log.read-only') : `${t('clear.title')} (Ctrl+L)`}
            onClick={() => ask('clear')}
          >
            {t('clear')}
          </button>
        </>
      )}
    </footer>
  )
}
