/** Diagnostics: what stops events, and how each part on their way fares. */
import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Diagnosis, FrameState, Unrecognised } from '../../utils/messages'
import { WEB_GLOBAL } from '../../utils/sdk/names'
import { heedLines, ignoreLine, setHost } from '../deeds'
import { hiddenBy, type Term } from '../events/filter'
import { eventName } from '../events/name'
import { useRows } from '../events/rows'
import { clock, clockMs, span, when } from '../format'
import { Icon, type IconName } from '../icons'
import type { Row } from '../log-view'
import { pageOf, siteOf } from '../page'
import { Copy, EventLink, openFilter, useSplit } from '../parts'
import { outcomeText } from '../select'
import { type Category, type PanelState, usePanel } from '../store'
import { rich, type TextKey, t, type Values } from '../text'
import { type Facts, factsOf, lineOf, type Tone } from './facts'
import { OnPageSection } from './on-page'
import { all, allow, press, REMEDIES, record, useDiagnosis } from './remedies'
import { reportOf } from './report'

const LOOK: Record<Tone | 'wait', [icon: IconName, tint: string]> = {
  ok: ['ok', 'c-ident'],
  info: ['info', 't2'],
  wait: ['wait', 't3'],
  warning: ['warning', 'c-warn'],
  error: ['error', 'c-err'],
}
const mark = (tone: Tone | 'wait') => (
  <span class={LOOK[tone][1]}>
    <Icon name={LOOK[tone][0]} small />
  </span>
)

type FactKey<K = TextKey> = K extends `diag.${infer F}-${infer W}.${infer V}` ? `${F}-${W}.${V}` : never
/**
 * One fact: its mark, what it says, and beside it a time or a way to put it right.
 * @param key the fact's name, and which of its texts
 */
function fact<K extends FactKey & string>(
  key: K,
  tone: Tone | 'wait',
  side?: ComponentChildren,
  ...values: Values<`diag.${K}` & TextKey, ComponentChildren>
) {
  return (
    <div class="fact">
      {mark(tone)}
      <span class="brk" data-field={key.split('.')[0]} data-tone={tone}>
        {rich(`diag.${key}` as `diag.${K}` & TextKey, ...values)}
      </span>
      {side && <span class="t2">{side}</span>}
    </div>
  )
}

const section = (title: string, about: string, children: ComponentChildren) => (
  <section aria-label={title}>
    <div class="ph">
      <h2>{title}</h2>
      <span class="t3 el">{about}</span>
    </div>
    {children}
  </section>
)

/** Host and path of an address, without what a query may hold. */
function addressOf(url: string): string {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return url.slice(0, 60) || '—'
  const { host, pathname } = new URL(url)
  return host + pathname
}
const code = (text: string) => <code>{text}</code>

function script({ sdk, state, app, frame, after: ms }: Facts) {
  if (app) return fact('script-requested.app', 'ok', '', { api: code(app) })
  const asked = sdk?.script
  const outcome = asked?.outcome
  const live = state === 'live'
  const api = { api: code(WEB_GLOBAL) }
  const after = ms !== null && <span class="t2">{t('diag.after', { after: span(ms) })}</span>
  const time = ms !== null && sdk && clockMs(sdk.at)
  const { portal, prop } = sdk ?? {}
  return (
    <>
      {asked
        ? fact('script-requested.yes', 'ok', asked.at && clockMs(asked.at), { url: code(addressOf(asked.url)) })
        : live
          ? fact('script-requested.unseen', 'info')
          : fact('script-requested.none', 'wait')}
      {outcome &&
        (outcome.state === 'done'
          ? fact('script-loaded.yes', 'ok', asked.at && clockMs(asked.at + outcome.ms), {
              outcome: outcome.status,
              span: span(outcome.ms),
            })
          : outcome.state === 'pending'
            ? fact('script-loaded.pending', 'wait')
            : fact('script-loaded.stopped', 'error', '', { outcome: outcomeText(outcome) }))}
      {!state
        ? fact('sdk-replaced.unknown', 'wait', '')
        : state === 'absent'
          ? fact('sdk-replaced.none', 'wait', '', api)
          : !live
            ? fact('sdk-replaced.no', 'warning', '', api)
            : fact(frame?.stub === 'none' && frame.hook ? 'sdk-replaced.own' : 'sdk-replaced.yes', 'ok', time, {
                ...api,
                after,
              })}
      {(portal || prop) && fact('sdk-source.yes', 'info', '', { portal: code(portal || '—'), prop: code(prop || '—') })}
    </>
  )
}

const queue = ({ queue, old: { length: n, 0: first }, drained, notSent }: Facts, now: number) => (
  <>
    {drained > 0 && fact('queue-drained.some', 'ok', '', { n: drained })}
    {queue > 0 ? fact('queue-length.some', 'warning', '', { n: queue }) : fact('queue-length.none', 'ok')}
    {first &&
      fact('queue-old.some', 'error', span(Math.max(0, now - first.at)), {
        n,
        link: <EventLink id={first.id} name={eventName(first)} />,
        caller: first.call?.caller && <span class="t2">{first.call.caller}</span>,
      })}
    {notSent > 0 && fact('calls-not-sent.some', 'warning', '', { n: notSent })}
  </>
)

const alive = (is: boolean) => (
  <td data-alive={is} class={is ? '' : 'c-warn'}>
    <span class={is ? 'c-ident' : ''}>
      <Icon name={is ? 'ok' : 'ask'} small />
    </span>{' '}
    {t(is ? 'diag.alive' : 'diag.silent')}
  </td>
)

const frameTable = (frames: readonly FrameState[]) => (
  <table class="num frames">
    <thead>
      <tr>
        <th>{t('column.frame')}</th>
        <th>{t('column.hook')}</th>
        <th>{t('column.relay')}</th>
        <th class="wide">{t('column.records')}</th>
        <th class="wide">{t('diag.frame.last')}</th>
        <th>SDK</th>
      </tr>
    </thead>
    <tbody>
      {frames.map(({ frame, url, top, hook, records, waiting, last, state, queue }) => (
        <tr key={frame} data-frame={frame}>
          <td title={addressOf(url)}>
            <span class="t3">{top ? <Icon name="page" small /> : '└'}</span> <span class="m">{addressOf(url)}</span>
          </td>
          {alive(hook)}
          {alive(true)}
          <td class="wide">
            {records}
            {waiting > 0 && `, ${t('diag.unconfirmed', { n: waiting })}`}
          </td>
          <td class="wide" data-last={last}>
            {last > 0 ? clockMs(last) : '—'}
          </td>
          <td>{state === 'live' ? t('sdk.live') : state === 'queue' ? t('diag.frame.queue', { n: queue }) : '—'}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

function permissions({ tab, permissions: { page, sdk, cookies, all } }: Diagnosis, site: string) {
  const host = { host: code(addressOf(tab.url).split('/')[0] ?? '') }
  return (
    <>
      {page
        ? fact('permission-page.yes', 'ok', '', host)
        : page === null
          ? fact('permission-page.unknown', 'info', all || allow())
          : fact('permission-page.no', 'error', allow(), host)}
      {sdk ? fact('permission-sdk.yes', 'ok') : fact('permission-sdk.no', 'error', allow())}
      {page &&
        cookies !== null &&
        fact(
          cookies ? 'permission-cookies.yes' : 'permission-cookies.no',
          cookies ? 'ok' : 'warning',
          !cookies && allow(),
          { site: code(site) },
        )}
      {!all && page && sdk && fact('permission-all.no', 'warning', allow())}
    </>
  )
}

function worker(
  { lost, last, paused, pauses: { count, ms } }: Facts,
  { diagnosis, silent, log, hello, now, settings }: PanelState,
) {
  const awake = silent ? null : diagnosis?.worker
  const store = hello?.store === 'dexie' && hello.partition === 'private' ? 'private' : (hello?.store ?? 'dexie')
  return (
    <>
      {!awake
        ? fact('worker-wake.silent', silent ? 'error' : 'wait')
        : awake.begun
          ? fact('worker-wake.yes', 'ok', '', { n: awake.wakes, time: when(awake.since, now) })
          : fact('worker-wake.opening', 'warning')}
      {lost > 0 ? fact('records-lost.some', 'error', '', { n: lost }) : fact('records-lost.none', 'ok')}
      {last
        ? fact('last-event.yes', 'ok', clockMs(last.at), { link: <EventLink id={last.id} name={eventName(last)} /> })
        : fact('last-event.none', 'wait')}
      {!settings.recording
        ? fact('recording-state.off', 'warning', record())
        : paused
          ? fact('recording-state.paused', 'warning', record())
          : count > 0
            ? fact('recording-state.been', 'ok', '', { n: count, span: span(ms) })
            : fact('recording-state.yes', 'ok')}
      {fact('log-state.yes', 'info', '', { n: log.events, where: t(`diag.log.${store}`) })}
    </>
  )
}

const reason = ({ why, lacks }: Unrecognised): string =>
  why !== 'shape'
    ? t(`diag.unknown.${why}`)
    : lacks.length === 0
      ? t('diag.unknown.whole')
      : t(lacks.length === 4 ? 'diag.unknown.all' : 'diag.unknown.some', { lacks: lacks.join(', ') })

const unknown = (lines: readonly Unrecognised[], hosts: readonly string[], ignored: readonly Unrecognised[]) => (
  <div class="unk num" data-field="unrecognised">
    {lines.length === 0 && <div class="t2">{t('diag.unknown.none')}</div>}
    {lines.map(line => {
      if (ignored.includes(line)) return null
      const { tab, host, path, count, why } = line
      const added = hosts.includes(host)
      return (
        <div key={`${tab} ${host} ${path}`} data-host={host}>
          <span class="brk">
            <code>
              {host}
              {path}
            </code>{' '}
            <b title={t('column.seen')}>{count}×</b>
          </span>
          <span class="t2">
            {reason(line)}
            {added && ` · ${t('diag.unknown.added')}`}
          </span>
          {why === 'own' ? (
            <span class="t2">{t('diag.unknown.known')}</span>
          ) : (
            <span class="acts">
              {press(added ? 'remove-host' : 'add-host', t(added ? 'diag.unknown.remove' : 'diag.unknown.add'), () =>
                setHost(host, !added),
              )}
              {!added && (
                <button type="button" class="link" data-action="ignore-line" onClick={() => ignoreLine(lineOf(line))}>
                  {t('diag.unknown.ignore')}
                </button>
              )}
            </span>
          )}
        </div>
      )
    })}
    {ignored.length > 0 && (
      <div class="t2">
        <span data-field="lines-ignored">{t('diag.unknown.ignored', { n: ignored.length })}</span>
        <button type="button" class="link" data-action="heed-lines" onClick={() => heedLines(ignored.map(lineOf))}>
          {t('diag.unknown.heed')}
        </button>
      </div>
    )}
  </div>
)

const termText = ({ kind, text }: Term) =>
  kind === 'page'
    ? t('keep-log.off')
    : kind === 'category'
      ? t('diag.hidden.category', { category: t(`category.${text as Category}`) })
      : rich('diag.hidden.word', { word: code(text) })

const hiddenRows = (
  { all: of, shown }: Facts['rows'],
  terms: readonly [Term, number][],
  { filter, category }: PanelState,
) => (
  <div class="pad">
    <div class="num" data-field="rows-hidden" data-hidden={of - shown}>
      {of === shown ? t('diag.hidden.none', { n: of }) : t('diag.hidden.some', { n: of - shown, of, shown })}
    </div>
    {of > shown && (
      <>
        {(category !== 'all' || filter !== '') && (
          <div class="asked" data-field="filter-asked">
            {category !== 'all' && <b>{t(`category.${category}`)}</b>} {code(filter)}
          </div>
        )}
        <div class="terms t2 num">
          {terms.map(([term, n]) => (
            <>
              <span data-hides={n}>{n}</span>
              <span class="brk">{termText(term)}</span>
            </>
          ))}
        </div>
        <div class="acts">
          {all()}
          {press('open-filter', t('filter.open'), openFilter)}
        </div>
      </>
    )}
  </div>
)

const countEvents = (rows: readonly Row[]): number => rows.reduce((n, { kind }) => n + (kind === 'event' ? 1 : 0), 0)

export function DiagnosticsView() {
  const state = usePanel(all => all)
  const { log, version, diagnosis, now, settings } = state
  const { rows, terms } = useRows(state)
  const { bar, style } = useSplit('diagnostics', 496)
  useDiagnosis()
  const counted = useMemo(() => countEvents(log.rows), [log, version])
  const shown = useMemo(() => countEvents(rows), [rows, version])
  const hidden = useMemo(() => hiddenBy(log.rows, terms), [log, version, terms])
  const facts = factsOf(state, { all: counted, shown })
  const { verdict, n, unseen, foreign, ignored, count, frames } = facts
  const missing = (count ?? 0) - frames.length
  const also = [
    unseen > 0 && t('diag.also.frames', { n: unseen }),
    foreign.length > 0 && t('diag.also.hosts', { n: new Set(foreign.map(({ host }) => host)).size }),
    counted > shown && t('diag.also.hidden', { n: counted - shown }),
  ].filter(Boolean)
  const report = reportOf(facts, state, hidden, navigator.userAgent)
  const site = siteOf(state) || '—'
  const page = pageOf(state)
  return (
    <>
      <div class="bar tall dg-bar">
        {mark(verdict ? facts.tone : 'wait')}
        <div class="brk" role="status">
          <h2 data-field="verdict" data-verdict={verdict ?? 'asking'}>
            {verdict ? t(`diag.verdict.${verdict}`, { n }) : t('diag.asking')}
          </h2>
          <span class="t2" data-field="verdict-also">
            {also.join(', ')}
          </span>
        </div>
        {verdict && REMEDIES[verdict]?.()}
        <span class="sp" />
        <Copy text={report} label={t('diag.copy')} action="copy-diagnostics">
          {t('diag.copy')}
        </Copy>
      </div>
      <div class="work flow">
        <div class="pane grow">
          <div class="scroll" tabIndex={-1}>
            {section(
              t('diag.script'),
              page ? t('diag.script.since', { time: clock(page.at) }) : '',
              <div class="st num">{script(facts)}</div>,
            )}
            {section(t('diag.queue'), '', <div class="st num">{queue(facts, now)}</div>)}
            {section(
              t('diag.frames'),
              count === null ? t('diag.frames.unknown') : t('diag.frames.count', { n: count }),
              <>
                {frames.length > 0 && frameTable(frames)}
                {(missing > 0 || frames.length === 0) && (
                  <div class="st">
                    {missing > 0
                      ? fact('frames-silent.some', 'warning', '', { n: missing })
                      : fact('frames-silent.none', 'warning')}
                  </div>
                )}
              </>,
            )}
            {section(t('diag.permission'), '', <div class="st">{diagnosis && permissions(diagnosis, site)}</div>)}
            {section(t('diag.worker'), '', <div class="st num">{worker(facts, state)}</div>)}
            {section(t('page-side'), t('page-side.about'), <OnPageSection />)}
          </div>
        </div>
        {bar}
        <div class="pane" style={style}>
          <div class="scroll" tabIndex={-1}>
            {section(
              t('diag.unknown'),
              t('diag.unknown.about'),
              unknown(diagnosis?.unrecognised ?? [], settings.hosts, ignored),
            )}
            {section(t('diag.hidden'), '', hiddenRows(facts.rows, hidden, state))}
            {section(
              t('diag.text'),
              t('diag.text.about'),
              <div class="pad">
                <pre data-field="diagnostics-text">{report}</pre>
              </div>,
            )}
          </div>
        </div>
      </div>
    </>
  )
}
