/** What stands where there is nothing to show yet: what stops events, as Diagnostics have it, and what to do about it. */
import type { IconName } from '../icons'
import { Empty } from '../parts'
import { showView, usePanel } from '../store'
import { t } from '../text'
import { factsOf, type Verdict } from './facts'
import { REMEDIES, useDiagnosis } from './remedies'

const ICONS: Partial<Record<Verdict, IconName>> = {
  closed: 'page',
  foreign: 'page',
  permission: 'warning',
  off: 'pause',
  paused: 'pause',
  busy: 'clock',
  blocked: 'error',
  absent: 'anonymous',
  waits: 'clock',
}

export function WhyNothing() {
  const state = usePanel(all => all)
  useDiagnosis()
  const { events } = state.log
  const { verdict, n } = factsOf(state, { all: events, shown: events })
  if (verdict === null || verdict === 'no-tab') return <Empty icon="wait" title={t('diag.asking')} />
  // The notice above offers it already.
  const offered = state.attached === 'none' || state.hello?.permitted === false
  const url = state.diagnosis?.tab.url ?? ''
  const site = URL.canParse(url) ? new URL(url).hostname : '—'
  return (
    <Empty icon={ICONS[verdict] ?? 'wait'} title={t(`diag.verdict.${verdict}`, { n })}>
      <p data-field="nothing" data-verdict={verdict}>
        {t(`nothing.${verdict}`, { site })}
      </p>
      {!offered && REMEDIES[verdict]?.()}
      <button type="button" class="link" data-action="diagnose" onClick={() => showView('diagnostics')}>
        {t('diag.show')}
      </button>
    </Empty>
  )
}
