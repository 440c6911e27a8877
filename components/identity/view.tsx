/** Identity: who is it now, since which call, what does each profile hold, what is wrong. */
import { Icon } from '../icons'
import { Boundary, useSplit } from '../parts'
import { holderOf, issuesOf } from '../select'
import { usePanel, wantAction } from '../store'
import { t } from '../text'
import { WaitingForSdk } from '../waiting'
import { Attributes } from './attributes'
import { Issues } from './issues'
import { Timeline } from './timeline'
import { Why } from './why'

const Legend = () => (
  <span class="legend wide" aria-hidden="true">
    <span>
      <svg width="22" height="10" class="pic">
        <path class="an" d="M0 5h22" />
      </svg>
      {t('legend.anonymous')}
    </span>
    <span>
      <svg width="22" height="12" class="pic">
        <rect class="band" x=".5" y=".5" width="21" height="11" rx="2" />
      </svg>
      {t('legend.identified')}
    </span>
    {(
      [
        ['login', 'legend.login'],
        ['signup', 'legend.sign-up'],
        ['idcard', 'legend.identify'],
        ['known', 'legend.known'],
        ['logout', 'legend.logout'],
        ['remove', 'legend.remove'],
        ['anonymous', 'legend.uid'],
      ] as const
    ).map(([icon, text]) => (
      <span key={icon}>
        <Icon name={icon} small />
        {t(text)}
      </span>
    ))}
    <span>
      <svg width="9" height="12" class="pic">
        <path class="load" d="M.5 0v12" fill="none" />
        <path class="load" d="M.5 0h7l-2 3 2 3h-7z" />
      </svg>
      {t('legend.page')}
    </span>
  </span>
)

/** Opens Actions at Identify or Remove; what it does and that it can't be undone stands there. */
export const ActionButtons = () => (
  <>
    <button type="button" class="btn" data-action="identify" onClick={() => wantAction('identify')}>
      <Icon name="idcard" small />
      {t('identify…')}
    </button>
    <button type="button" class="btn dng" data-action="remove-customer" onClick={() => wantAction('remove')}>
      <Icon name="remove" small />
      <span class="wide">{t('remove…')}</span>
      <span class="narrow-only">{t('remove-short…')}</span>
    </button>
  </>
)

export function IdentityView() {
  const state = usePanel(all => all)
  const holder = holderOf(state)
  const issues = issuesOf(state)
  const { bar, style } = useSplit('identity', 474)
  const { log, now, version } = state
  return (
    <>
      <div class="bar" role="toolbar" aria-label={t('timeline')} style={{ gap: '6px', padding: '0 8px 0 10px' }}>
        <h2 class="wide">{t('timeline')}</h2>
        <span class="sep wide" />
        <Legend />
        <span class="sp" />
        <span class="t2">{t('timeline.scope')}</span>
        <span class="sep" />
        <ActionButtons />
      </div>
      {!holder ? (
        <WaitingForSdk />
      ) : (
        <>
          <Boundary what={t('timeline')}>
            <Timeline holder={holder} log={log} issues={issues} now={now} version={version} />
          </Boundary>
          <div class="work flow">
            <Boundary what={t('attributes')}>
              <Attributes holder={holder} log={log} now={now} />
            </Boundary>
            {bar}
            <section class="pane" style={style} aria-label={t('evidence')}>
              <Boundary what={t('evidence')}>
                <Why holder={holder} log={log} now={now} />
                <Issues issues={issues} log={log} />
              </Boundary>
            </section>
          </div>
        </>
      )}
    </>
  )
}
