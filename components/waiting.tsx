/** What stands where nothing can be shown yet: why, and what to do. */
import { isTabId } from '../utils/messages'
import { Empty } from './parts'
import { sdkOf } from './select'
import { reload, showView, usePanel } from './store'
import { t } from './text'

const Why = () => (
  <button type="button" class="link" data-action="diagnose" onClick={() => showView('diagnostics')}>
    {t('diag.open')}
  </button>
)

export function WaitingForSdk() {
  const { tab, ready, log, hello, settings, attached } = usePanel(state => state)
  const site = log.page?.place.site ?? hello?.site ?? ''
  if (!isTabId(tab)) return <Empty icon="page" title={t('empty.tab')} />
  if (!ready) return <Empty icon="wait" title={t('empty.opening')} />
  if (!settings.recording)
    return (
      <Empty icon="pause" title={t('empty.off')}>
        {t('empty.off.why')}
      </Empty>
    )
  if (site && settings.pausedSites.includes(site))
    return (
      <Empty icon="pause" title={t('empty.paused', { site })}>
        {t('empty.off.why')}
      </Empty>
    )
  if (!log.page)
    return (
      <Empty icon="page" title={t('empty.page')}>
        {/* Else the notice above has said so. */}
        {attached !== 'none' && <p>{t(site === '' ? 'empty.page.foreign' : 'empty.page.reload')}</p>}
        {attached !== 'none' && site !== '' && (
          <button type="button" class="btn" data-action="reload" onClick={reload}>
            {t('reload')}
          </button>
        )}
        <Why />
      </Empty>
    )
  const { state, queue } = sdkOf(log)
  return (
    <Empty icon={state === 'blocked' ? 'error' : 'anonymous'} title={t(`empty.sdk.${state}`, { site, n: queue })}>
      <p>{t(`empty.sdk.${state}.why`)}</p>
      <Why />
    </Empty>
  )
}
