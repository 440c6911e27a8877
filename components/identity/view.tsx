/** Identity: who is it now, since which call, what does each profile hold, what is wrong. */

import type { HolderState } from '../../utils/identity/state'
import { expectedOn } from '../../utils/settings'
import { Icon } from '../icons'
import { lazy } from '../lazy'
import { EVERYTHING, type Scope } from '../log-view'
import { Boundary, Choice, Empty, useSplit } from '../parts'
import { holderOf, scopedOf } from '../select'
import { setScope, usePanel, wantAction } from '../store'
import { t } from '../text'
import { WaitingForSdk } from '../waiting'
import { Attributes } from './attributes'
import { Issues } from './issues'
import { Why } from './why'

// Its code comes while the log is read: before that there is nothing to draw.
const Timeline = lazy(async () => (await import('./timeline')).Timeline)

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

/** Tabs and sources of a site share the picture, or are told apart. */
function Scopes({ holder, scope }: { holder: HolderState | null; scope: Scope }) {
  const imported = usePanel(state => state.imported !== null)
  const props = holder?.props ?? []
  return (
    <>
      {/* A log from a file has no tab that is this one. */}
      {!imported && (
        <Choice
          flat
          label={t('scope.tabs')}
          value={scope.tab ? 'this' : 'all'}
          options={[
            ['all', t('scope.all-tabs')],
            ['this', t('scope.this-tab')],
          ]}
          onChange={tab => setScope({ tab: tab === 'this' })}
        />
      )}
      {props.length > 1 && (
        <Choice
          flat
          label={t('scope.sources')}
          value={scope.prop ?? ''}
          options={[['', t('scope.all-sources')], ...props.map(prop => [prop, t('scope.source', { prop })] as const)]}
          onChange={prop => setScope({ prop: prop || null })}
        />
      )}
    </>
  )
}

export function IdentityView() {
  const state = usePanel(all => all)
  const whole = holderOf(state)
  const shown = scopedOf(state)
  const { bar, style } = useSplit('identity', 474)
  const { log, now, version } = state
  return (
    <>
      <div class="bar" role="toolbar" aria-label={t('timeline')} style={{ gap: '6px', padding: '0 8px 0 10px' }}>
        <h2 class="wide">{t('timeline')}</h2>
        <span class="sep wide" />
        <Legend />
        <span class="sp" />
        <Scopes holder={whole} scope={state.scope} />
        <span class="sep" />
        <ActionButtons />
      </div>
      {!whole ? (
        <WaitingForSdk />
      ) : !shown ? (
        <Empty icon="anonymous" title={t('scope.empty')}>
          <button type="button" class="btn" onClick={() => setScope(EVERYTHING)}>
            {t('scope.everything')}
          </button>
        </Empty>
      ) : (
        <>
          <Boundary what={t('timeline')}>
            <Timeline
              holder={shown.holder}
              log={log}
              timesOf={shown.timesOf}
              issues={shown.list.issues}
              now={now}
              version={version}
            />
          </Boundary>
          <div class="work flow">
            <Boundary what={t('attributes')}>
              <Attributes holder={shown.holder} log={log} now={now} />
            </Boundary>
            {bar}
            <section class="pane" style={style} aria-label={t('evidence')}>
              <Boundary what={t('evidence')}>
                <Why holder={shown.holder} log={log} now={now} />
                <Issues
                  list={shown.list}
                  holder={shown.holder}
                  channel={expectedOn(state.settings, shown.holder.site).channel}
                  log={log}
                />
              </Boundary>
            </section>
          </div>
        </>
      )}
    </>
  )
}
