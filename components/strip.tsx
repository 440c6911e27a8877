/** The identity strip: who the SDK believes the visitor is. Fixed order; what is not known stands as "—" in its place. */
import type { ComponentChildren } from 'preact'
import type { HolderState } from '../utils/identity/state'
import { rowUid, when } from './format'
import { Icon, type IconName } from './icons'
import { ByPanel, Copy, EventLink, Name, SeverityCounts } from './parts'
import { countIssues, holderOf, issuesOf, recipeText, sdkOf } from './select'
import { showView, usePanel } from './store'
import { rich, t } from './text'

const LOOK: Record<HolderState['now']['state'], IconName> = {
  identified: 'identified',
  anonymous: 'anonymous',
  pending: 'clock',
  unknown: 'wait',
}

function Who({ holder, ready, now }: { holder: HolderState | null; ready: boolean; now: number }) {
  const held = holder?.now ?? { state: 'unknown' as const, since: null, event: null, what: null, by: 'page' as const }
  const { state, since, event, what, by } = held
  return (
    <div class={`who ${state}`} data-state={state}>
      <Icon name={LOOK[state]} />
      <div class="el">
        <b data-field="identity-state">{state === 'unknown' ? '—' : t(`state.${state}`)}</b>
        <small class="num" data-field="identity-since">
          {since === null || event === null ? (
            t(ready ? 'state.nothing' : 'reading')
          ) : (
            <>
              {rich('state.since', {
                time: when(since, now),
                link: <EventLink id={event}>{what || `#${event}`}</EventLink>,
              })}{' '}
              {by === 'panel' && <ByPanel />}
            </>
          )}
        </small>
      </div>
    </div>
  )
}

const Cell = ({ name, label, children }: { name?: string; label: ComponentChildren; children: ComponentChildren }) => (
  <dl class={name}>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </dl>
)

const Id = ({ field, value, label }: { field: string; value: string | null; label: string }) => (
  <>
    <span class="m id" data-field={field} title={value ?? undefined}>
      {value ?? '—'}
    </span>
    {value !== null && <Copy text={value} label={t('copy.value', { what: label })} />}
  </>
)

const SDK: Record<ReturnType<typeof sdkOf>['state'], { icon: IconName; tint: string }> = {
  absent: { icon: 'wait', tint: 't3' },
  reading: { icon: 'wait', tint: 't3' },
  queue: { icon: 'clock', tint: 'c-warn' },
  live: { icon: 'ok', tint: 'c-ident' },
  blocked: { icon: 'error', tint: 'c-err' },
}

export function Strip() {
  const all = usePanel(state => state)
  const holder = holderOf(all)
  const sdk = sdkOf(all)
  const counts = countIssues(issuesOf(all).issues)
  const { icon, tint } = SDK[sdk.state]
  const { cid, uid, aid } = holder?.now ?? { cid: null, uid: null, aid: null }
  const recipe = holder && cid !== null ? recipeText(holder, cid) : null
  return (
    <header class="strip" aria-label={t('strip')}>
      <h1 class="sr">Identity Lens</h1>
      <Who holder={holder} ready={all.ready} now={all.now} />
      <Cell
        name="uid"
        label={
          <>
            UID
            <span class="lbl">
              {' '}
              · aid{' '}
              <span aria-hidden="true" title={aid ?? undefined}>
                {aid === null ? '—' : rowUid(aid)}
              </span>
            </span>
            <span class="sr" data-field="aid">
              {aid ?? '—'}
            </span>
          </>
        }
      >
        <Id field="uid" value={uid} label="UID" />
      </Cell>
      <Cell
        name="cid"
        label={
          <>
            CID
            <span class="lbl">
              {' '}
              · <Name cid={cid ?? ''}>{t('customer').toLowerCase()}</Name>
            </span>
          </>
        }
      >
        <Id field="cid" value={cid} label="CID" />
        <span
          class={recipe?.made ? 'recipe m' : recipe?.fault ? '' : 't3'}
          data-field="cid-recipe"
          title={t('recipe.title')}
        >
          {recipe?.made ? `= ${recipe.made}` : recipe?.fault || cid === null ? '' : t('recipe.none')}
          {recipe?.fault && (
            <span class="c-warn" data-field="cid-fault">
              {' '}
              <Icon name="warning" small /> {recipe.fault}
            </span>
          )}
        </span>
      </Cell>
      <div class="trio">
        <Cell label={t('portal')}>
          <span class="m" data-field="portal">
            {holder?.portal ?? '—'}
          </span>
        </Cell>
        <Cell label={t('source')}>
          <span class="m" data-field="prop">
            {sdk.prop ?? holder?.props[holder.props.length - 1] ?? '—'}
          </span>
        </Cell>
        <Cell label={<span class="lbl">SDK</span>}>
          <span class={tint}>
            <Icon name={icon} small />
          </span>
          <button
            type="button"
            class="link"
            data-field="sdk-state"
            data-state={sdk.state}
            title={[sdk.script, t('diag.show')].filter(Boolean).join(' · ')}
            onClick={() => showView('diagnostics')}
          >
            {sdk.state === 'reading' ? t('reading') : t(`sdk.${sdk.state}`, { n: sdk.queue })}
          </button>
        </Cell>
      </div>
      <dl class="last">
        <dt>{t('issues')}</dt>
        <dd>
          <button
            type="button"
            class="link"
            data-field="issue-count"
            title={t('issues.show')}
            onClick={() => showView('identity')}
          >
            <SeverityCounts counts={counts} />
          </button>
        </dd>
      </dl>
    </header>
  )
}
