/** Actions: what exactly will run on the page, what can't be undone, and what became of what ran. */
import { useEffect, useRef } from 'preact/hooks'
import type { SdkEntry } from '../../utils/identity/entry'
import { merge } from '../../utils/identity/merge'
import { outcomeAt } from '../../utils/identity/outcome'
import type { HolderState } from '../../utils/identity/state'
import { formatCall, removeCalls } from '../../utils/sdk/calls'
import type { Attributes } from '../../utils/sdk/event'
import { run } from '../deeds'
import { Chain } from '../events/chain'
import { eventName } from '../events/name'
import { inline, pathOf, rowUid, shortCid, span, when } from '../format'
import { Icon } from '../icons'
import { siteOf } from '../page'
import { Badge, Boundary, ByPanel, Choice, EventLink, Known, Name, Tick, useSplit, Value, Words } from '../parts'
import { outcomeText } from '../select'
import { type PanelState, panel, type Run, setDraft, setFrame, setRemoval, showView, usePanel } from '../store'
import { t, told } from '../text'
import { attributesOf, cidOf, type Draft, type DraftRow, rowFrom, TYPES } from './draft'
import { mergeText } from './facts'
import { AttributeTable, CidForm, ExactCall, Facts, Irreversible, nextKey, plannedIdentify, RunIdentify } from './form'
import { Fresh } from './fresh'
import { frameOf, holderIn, runnable } from './where'

const NOTHING_HELD: HolderState['unowned'] = new Map()

/** The last identify of the log as a draft: the likeliest thing to repeat. */
function fillFrom(attributes: Attributes, cid: string | null): void {
  setDraft({
    rows: attributes.filter(([, value]) => value !== null).map(([code, value]) => rowFrom(nextKey(), code, value)),
    ...(cid ? { of: 'typed' as const, text: cid, way: 0, hash: 'none' as const } : {}),
  })
}

/** Gives the focus to the part that was asked for, once. */
function reach(part: PanelState['wanted'], section: HTMLElement | null): void {
  if (panel.getState().wanted !== part) return
  section?.querySelector('input')?.focus()
  panel.setState({ wanted: null })
}

function Identify({ state, holder, frame }: { state: PanelState; holder: HolderState | null; frame: SdkEntry | null }) {
  const { draft, log, policy, chosen } = state
  const first = useRef<HTMLElement>(null)
  useEffect(() => {
    reach('identify', first.current)
  }, [state.wanted])
  const cid = cidOf(draft)
  const { attributes, errors } = attributesOf(draft)
  const preview =
    holder && cid !== ''
      ? merge(holder, cid, { policy, chosen, others: log.reduction.holders(), whatIf: { attributes } })
      : null
  const last = holder?.moments.findLast(
    ({ kind, by }) => by === 'page' && (kind === 'identify' || kind === 'login' || kind === 'sign-up'),
  )
  const source = log.event(last?.event ?? null)
  return (
    <section class="pane grow" aria-label={t('identify')} ref={first}>
      <div class="ph">
        <span class="c-ident">
          <Icon name="idcard" small />
        </span>
        <h2>{t('identify')}</h2>
        <span class="t3 el">{frame ? `${frame.api} · ${pathOf(frame.place.url)}` : t('run.no-sdk')}</span>
        <span class="sp" />
        {source && (
          <button type="button" class="link" onClick={() => fillFrom(source.facts.customers ?? [], source.facts.cid)}>
            {t('draft.fill', { id: source.id })}
          </button>
        )}
      </div>
      <div class="scroll" tabIndex={-1}>
        <div class="two">
          <CidForm draft={draft} />
          <Facts draft={draft} holder={holder} />
        </div>
        <AttributeTable draft={draft} held={holder?.customers.get(cid)?.attributes ?? NOTHING_HELD} />
        <div class="total">
          <span class="t3">
            <Icon name="merge" small />
          </span>
          <b>{t('merge.would-cause')}</b>
          <span
            class="el"
            data-field="merge-would"
            title={preview && holder ? mergeText(preview, holder, attributes) : undefined}
          >
            <Words text={preview && holder ? mergeText(preview, holder, attributes) : '—'} />
          </span>
          <span class="sp" />
          <button type="button" class="link" onClick={() => showView('merge')}>
            {t('merge.preview')}
          </button>
        </div>
        <div class="pad">
          <ExactCall calls={plannedIdentify(draft, frame)} empty={frame ? t('run.no-cid') : t('run.no-sdk.why')} />
          <Irreversible />
          <RunIdentify frame={frame} holder={holder} />
        </div>
      </div>
    </section>
  )
}

function Remove({ state, holder, frame }: { state: PanelState; holder: HolderState | null; frame: SdkEntry | null }) {
  const { removal, wanted } = state
  const section = useRef<HTMLElement>(null)
  useEffect(() => {
    reach('remove', section.current)
  }, [wanted])
  const all = frame?.api ? removeCalls(frame.api, { signOut: true, reset: true }) : []
  const calls = frame?.api ? (all.length > 1 ? removeCalls(frame.api, removal) : all) : []
  const parts = ['signOut', 'reset'] as const
  return (
    <section aria-label={t('remove')} ref={section}>
      <div class="ph">
        <span class="c-err">
          <Icon name="remove" small />
        </span>
        <h2>{t('remove')}</h2>
        <span class="t3">{frame ? t('remove.calls', { n: all.length }) : t('run.no-sdk')}</span>
      </div>
      {!frame && <p class="pad t2">{t('run.no-sdk.why')}</p>}
      <div class="calls">
        {all.map((call, index) => {
          const part = parts[index] ?? 'reset'
          return [
            all.length > 1 ? (
              <Tick
                key={call.note}
                label={formatCall(call)}
                checked={removal[part]}
                onChange={checked => setRemoval({ [part]: checked })}
              />
            ) : (
              <Icon key={call.note} name="call" small />
            ),
            <span key={`${call.note} call`} class="m brk">
              {formatCall(call)}
            </span>,
            <Known key={`${call.note} known`} letter={call.known} />,
            <p key={`${call.note} note`} class="t2">
              {t(`call.note.${call.note}`)}
            </p>,
          ]
        })}
      </div>
      <div class="pad" style={{ paddingTop: 0 }}>
        <div class="line" style={{ flexWrap: 'wrap' }}>
          <Tick checked={removal.sure} onChange={sure => setRemoval({ sure })}>
            {t('undo.sure')}
          </Tick>
          <span class="sp" />
          <button
            type="button"
            class="btn dng"
            data-action="run-remove"
            disabled={state.colleague || calls.length === 0 || !removal.sure}
            title={
              state.colleague
                ? t('log.no-page')
                : !frame
                  ? t('run.no-sdk')
                  : calls.length === 0
                    ? t('remove.nothing')
                    : removal.sure
                      ? undefined
                      : t('run.tick')
            }
            onClick={() => {
              if (frame) void run('remove', frame.place.frame, calls)
            }}
          >
            <Icon name="remove" small />
            {t(frame ? 'run.remove' : 'run.no-sdk')}
          </button>
        </div>
        {holder?.now.cid && holder.now.uid && (
          <p class="t2">
            <Words text={t('remove.keeps', { uid: rowUid(holder.now.uid), cid: shortCid(holder.now.cid) })} />
          </p>
        )}
      </div>
    </section>
  )
}

/** What the panel ran: what the log tells, and what never got into it. */
export function historyOf({
  log,
  runs,
}: PanelState): { command: string; action: string; at: number; events: number[]; reply: Run['reply'] }[] {
  const isShown = ({ at }: Run) => at >= log.clearedAt
  const commands = new Set([...log.commands.keys(), ...runs.filter(isShown).map(each => each.command)])
  return (
    [...commands]
      .map(command => {
        const own = runs.find(each => each.command === command)
        const events = [...(log.commands.get(command) ?? [])].sort((a, b) => a - b)
        const at = own?.at ?? log.event(events[0] ?? null)?.at ?? 0
        return { command, action: command.split(':')[0] ?? '', at, events, reply: own?.reply ?? null }
      })
      // Retention took what it did.
      .filter(({ events, at }) => events.length > 0 || at > 0)
      .sort((a, b) => b.at - a.at)
  )
}

function History({ state }: { state: PanelState }) {
  const { log, now } = state
  const history = historyOf(state)
  return (
    <section class="pane grow" aria-label={t('history')}>
      <div class="ph">
        <h2>{t('history')}</h2>
        <span class="t3">{t('history.count', { n: history.length })}</span>
        <span class="sp" />
        <span class="t3">{t('history.parts')}</span>
      </div>
      <div class="scroll" tabIndex={-1}>
        {history.map(({ command, action, at, events, reply }) => (
          <div key={command} class="iss" data-command={command}>
            <Icon name={action === 'identify' ? 'idcard' : 'remove'} small />
            <span class="line">
              <span class="num t2">{when(at, now)}</span>
              <b>{t(action === 'identify' ? 'identify' : 'remove')}</b>
              <ByPanel />
              {events.length === 0 && (
                <span class={reply && !reply.ok ? 'c-err' : 't2'} data-field="run-state">
                  {reply === null
                    ? t('run.asked')
                    : reply.ok
                      ? t('run.returned')
                      : t('run.failed', { why: told(reply.error) })}
                </span>
              )}
            </span>
            {events.map(id => {
              const event = log.event(id)
              if (!event) return null
              const outcome = outcomeAt(event, now)
              return (
                <span key={id} class="line" style={{ gridColumn: 2 }}>
                  <EventLink id={id} name={eventName(event)} />
                  <span class="sp" />
                  <Chain event={event} outcome={outcome} />
                  <span class="t2 num" data-field="run-outcome">
                    <b>{outcomeText(outcome)}</b>
                    {'ms' in outcome && ` ${t('in-time', { time: span(outcome.ms) })}`}
                  </span>
                </span>
              )
            })}
          </div>
        ))}
        <p class="pad t3">{t(history.length === 0 ? 'history.none' : 'history.note')}</p>
      </div>
    </section>
  )
}

export function ActionsView() {
  const state = usePanel(all => all)
  const frame = frameOf(state)
  const holder = holderIn(state, frame)
  const frames = runnable(state)
  const { bar, style } = useSplit('actions', 474)
  return (
    <>
      <div class="bar tall" role="toolbar" aria-label={t('actions')}>
        <h2>{t('actions')}</h2>
        <span class="sep" />
        <span class="t2">{t('actions.in')}</span>
        {frames.length > 1 ? (
          <Choice
            flat
            label={t('actions.in')}
            value={String(frame?.place.frame ?? 0)}
            options={frames.map(
              each =>
                [
                  String(each.place.frame),
                  `${each.place.site} · ${each.place.frame === 0 ? t('frame.top') : t('frame.inner')} ${pathOf(each.place.url)}`,
                ] as const,
            )}
            onChange={value => setFrame(Number(value))}
          />
        ) : (
          <b>{frame ? `${frame.place.site} · ${t('frame.top')}` : t('run.no-sdk')}</b>
        )}
        <span class="t2 wide el">{t('actions.about')}</span>
        <span class="wide">
          <Badge>{t('panel')}</Badge>
        </span>
        <span class="sp" />
        {holder?.now.cid && (
          <span class="line nw">
            <span class="t2">{t('actions.now')}</span>
            <span class="c-ident">
              <Icon name="identified" small />
            </span>
            <Name cid={holder.now.cid} /> <span class="m">{shortCid(holder.now.cid)}</span>
            <span class="wide t2">
              {t('actions.on')} <span class="m">{rowUid(holder.now.uid ?? '—')}</span>
            </span>
          </span>
        )}
      </div>
      <div class="work flow">
        <Boundary what={t('identify')}>
          <Identify state={state} holder={holder} frame={frame} />
        </Boundary>
        {bar}
        <div class="pane" style={style}>
          <Boundary what={t('remove')}>
            <Remove state={state} holder={holder} frame={frame} />
            <Fresh site={siteOf(state)} />
            <History state={state} />
          </Boundary>
        </div>
      </div>
    </>
  )
}
