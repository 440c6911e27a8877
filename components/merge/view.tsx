/** Merge: whose history moves, which values would be lost, under which assumption. */
import { useMemo } from 'preact/hooks'
import { readHolderKey } from '../../utils/identity/entry'
import type { AttributeState, MergeMember, MergeRow, MergeSource, Policy } from '../../utils/identity/state'
import { AttributeTable, CidForm, ExactCall, Facts, Irreversible, plannedIdentify, RunIdentify } from '../actions/form'
import { frameFor, whyNotHere } from '../actions/where'
import { day, inline, laneUid, rowUid, shortCid, when } from '../format'
import { Icon, type IconName } from '../icons'
import {
  Badge,
  Boundary,
  Choice,
  Copy,
  Empty,
  EventLink,
  Known,
  Name,
  Reading,
  Segments,
  Tick,
  useSplit,
  Value,
  Words,
} from '../parts'
import { holderOf } from '../select'
import { type PanelState, setAsOf, setDraft, setPolicy, toggleCandidate, usePanel } from '../store'
import { rich, t } from '../text'
import { WaitingForSdk } from '../waiting'
import { alternativesOf, heldBy, isTyped, losersOf, NOW, type Preview, previewOf, toMarkdown } from './preview'

const Held = ({ attributes }: { attributes: ReadonlyMap<string, AttributeState> }) => (
  <table>
    <colgroup>
      <col style={{ width: '44%' }} />
      <col />
      <col style={{ width: '52px' }} />
    </colgroup>
    <tbody>
      {[...attributes.values()].map(({ code, now }) =>
        now ? (
          <tr key={code}>
            <td class="m key" title={code}>
              {code}
            </td>
            <td>
              <Value value={now.value} />
            </td>
            <td class="r">
              <EventLink id={now.event} />
            </td>
          </tr>
        ) : null,
      )}
    </tbody>
  </table>
)

function Member({ preview, member, state }: { preview: Preview; member: MergeMember; state: PanelState }) {
  const { uid, standing, reason, evidence, chosen } = member
  const held = heldBy(preview, member, state)
  const certain = standing === 'certain'
  return (
    <div class={certain ? 'card' : 'card dash'} data-member={uid} data-standing={standing}>
      <header>
        <Tick
          label={t('merge.include', { uid })}
          checked={chosen}
          disabled={certain}
          onChange={() => toggleCandidate(uid)}
        />
        <span class="c-anon">
          <Icon name="anonymous" small />
        </span>
        <span class="m" title={uid}>
          {laneUid(uid)}
        </span>
        {!certain && <span class="t3 el">{t('attributes.count', { n: held.size })}</span>}
        <span class="sp" />
        <span class={certain ? 'badge c-ident' : 'badge dash'}>
          {certain && <Icon name="check" small />}
          {t(`merge.${standing}`)}
        </span>
      </header>
      {(certain || chosen) && held.size > 0 && <Held attributes={held} />}
      <footer>
        {t(certain && evidence === null ? 'reason.would-send' : `reason.${reason}`)}
        {evidence !== null && (
          <>
            : <EventLink id={evidence} name={state.log.event(evidence)?.facts.ea} />
          </>
        )}
        {!certain && (
          <>
            . {t('merge.how-joined')} <Known letter="?" />
          </>
        )}
      </footer>
    </div>
  )
}

function Before({ preview, state }: { preview: Preview; state: PanelState }) {
  const { merge, then, cid } = preview
  const customer = then.customers.get(cid)
  const excluded = merge.members.filter(member => member.standing === 'excluded')
  const chosen = merge.members.filter(member => member.chosen).length
  return (
    <>
      <div class="ph">
        <h2>{t('merge.before')}</h2>
        <span class="t3 el">{t('merge.before.about', { n: chosen })}</span>
      </div>
      <div class="scroll inset" tabIndex={-1}>
        <div class="pad">
          {merge.members
            .filter(member => member.standing === 'certain')
            .map(member => (
              <Member key={member.uid} preview={preview} member={member} state={state} />
            ))}
          <div class="card">
            <header>
              <span class="c-ident">
                <Icon name="identified" small />
              </span>
              <b>{t('customer')}</b>
              <Name cid={cid} />
              <span class="m" title={cid}>
                {shortCid(cid)}
              </span>
              <span class="sp" />
              <span class="t3 el">
                {customer && customer.uids.length > 0
                  ? rich('merge.since', { link: <EventLink id={customer.firstEvent} /> })
                  : t('merge.unknown-short')}
              </span>
            </header>
            {customer && customer.attributes.size > 0 && <Held attributes={customer.attributes} />}
            {(!customer || customer.uids.length === 0) && <footer>{t('merge.unknown')}</footer>}
          </div>
          {merge.members
            .filter(member => member.standing === 'candidate')
            .map(member => (
              <Member key={member.uid} preview={preview} member={member} state={state} />
            ))}
          {excluded.length > 0 && (
            <div>
              <div class="lab">{t('merge.excluded')}</div>
              {excluded.map(({ uid, reason, evidence, holder }) => (
                <div key={uid} class="line t2" style={{ fontSize: '11px' }} data-member={uid} data-standing="excluded">
                  <span class="m" title={uid}>
                    {laneUid(uid)}
                  </span>
                  <span class="el">
                    {t(`reason.${reason}`)}
                    {reason === 'other-site' && `, ${readHolderKey(holder).site}`}
                  </span>
                  {evidence !== null && <EventLink id={evidence} />}
                </div>
              ))}
            </div>
          )}
        </div>
      </div>
    </>
  )
}

const KINDS: Record<MergeRow['kind'], IconName> = { added: 'plus', kept: 'equal', overwritten: 'over' }

const Kind = ({ row }: { row: MergeRow }) => (
  <>
    <span class={`kind k-${row.kind}`}>
      <Icon name={KINDS[row.kind]} small />
      {t(`kind.${row.kind}`)}
    </span>
    {row.conflict && (
      <span class="kind k-conf" title={t('kind.conflict')}>
        {' '}
        <Icon name="conflict" small label={t('kind.conflict')} />
      </span>
    )}
  </>
)

const From = ({ source, now }: { source: MergeSource; now: number }) => (
  <>
    {source.from === 'customer' ? t('customer') : <span class="m nw">{rowUid(source.from)}</span>}{' '}
    {isTyped(source) ? (
      <span class="t2">{t('merge.typed')}</span>
    ) : (
      <>
        <EventLink id={source.setting.event} /> <span class="t3">{when(source.setting.at, now)}</span>
      </>
    )}
  </>
)

function Rows({ preview, now }: { preview: Preview; now: number }) {
  return (
    <table class="num">
      <colgroup>
        <col style={{ width: '25%' }} />
        <col style={{ width: '22%' }} />
        <col style={{ width: '106px' }} />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th>{t('column.attribute')}</th>
          <th>{t('column.after')}</th>
          <th>{t('column.change')}</th>
          <th>{t('column.from')}</th>
        </tr>
      </thead>
      {preview.merge.rows.map(row => (
        <tbody key={row.code} data-merge={row.code} data-kind={row.kind} data-conflict={row.conflict}>
          <tr class={row.conflict ? 'conf' : ''}>
            <td class="m key" title={row.code}>
              {row.conflict ? <b>{row.code}</b> : row.code}
            </td>
            <td>
              <Value value={row.winner.setting.value} />
            </td>
            <td>
              <Kind row={row} />
            </td>
            <td class={row.conflict ? '' : 't2'}>
              <From source={row.winner} now={now} />{' '}
              {row.policyDecides && <Badge dash>{t('merge.policy-decides')}</Badge>}
              {row.equalButForType && <Badge>{t('merge.equal-but-type')}</Badge>}
            </td>
          </tr>
          {losersOf(row.losers).map(losers => (
            <tr key={losers[0]?.from}>
              <td />
              <td class="m lose" title={inline(losers[0]?.setting.value ?? '')}>
                <s>{inline(losers[0]?.setting.value ?? '')}</s>
              </td>
              <td class="lose">{t('merge.lost')}</td>
              <td class="lose">
                {losers.map((loser, index) => (
                  <span key={loser.from}>
                    {index > 0 && ', '}
                    <From source={loser} now={now} />
                  </span>
                ))}{' '}
                <Known letter="?" />
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  )
}

function Updates({ preview }: { preview: Preview }) {
  const { updates, asOf } = preview.merge
  if (updates.length === 0) return null
  return (
    <p class="t2">
      <b>{asOf ? t('merge.updates', { id: asOf.event }) : t('merge.updates-since')}</b>{' '}
      {updates.slice(0, 12).map(({ from, code, setting }, index) => (
        <span key={`${from} ${code}`}>
          {index > 0 && ', '}
          {from === 'customer' ? t('customer') : <span class="m nw">{rowUid(from)}</span>} <span class="m">{code}</span>{' '}
          {inline(setting.value)} <EventLink id={setting.event} />
        </span>
      ))}
      {updates.length > 12 && ` ${t('more', { n: updates.length - 12 })}`}. {t('merge.updates.about')}
    </p>
  )
}

function After({ preview, now }: { preview: Preview; now: number }) {
  const { merge, cid } = preview
  const { moves, members, rows } = merge
  const count = (kind: MergeRow['kind']) => rows.filter(row => row.kind === kind).length
  const chosen = members.filter(member => member.chosen).length
  const moving = members.filter(member => member.standing !== 'excluded')
  const both = rows.some(row => row.conflict && [row.winner, ...row.losers].some(({ from }) => from === 'customer'))
  return (
    <section class="pane grow" aria-label={t('merge.after')}>
      <div class="ph">
        <Icon name="merge" small />
        <h2>{t('merge.after')}</h2>
        <span class="c-ident">
          <Icon name="identified" small />
        </span>
        <Name cid={cid} />
        <span class="m el" data-field="merge-cid">
          {cid}
        </span>
      </div>
      <div class="scroll" tabIndex={-1}>
        <p class="num" style={{ padding: '6px 10px 5px' }} data-field="merge-moves">
          {merge.blockedBy !== null && (
            <span data-field="merge-blocked">
              <Words
                text={t('merge.blocked.row', {
                  uid: rowUid(preview.present.now.uid ?? '—'),
                  cid: shortCid(merge.blockedBy),
                })}
              />{' '}
              <Known letter="D" /> {t('merge.blocked.then')} <Known letter="?" />
              {chosen > 0 && <br />}
            </span>
          )}
          {(chosen > 0 || merge.blockedBy === null) && (
            <>
              <b>{t('merge.counts', { events: moves.events, sessions: moves.sessions })}</b>{' '}
              {rich('merge.become', {
                n: chosen,
                since: moves.since === null ? '—' : day(moves.since),
                cid: <span class="nw">{shortCid(cid)}</span>,
              })}{' '}
              <Known letter="D" />
            </>
          )}
        </p>
        <table class="num moves">
          <colgroup>
            <col />
            <col style={{ width: '64px' }} />
            <col style={{ width: '72px' }} />
            <col class="wide" style={{ width: '120px' }} />
            <col style={{ width: '112px' }} />
          </colgroup>
          <thead>
            <tr>
              <th>{t('merge.moves-first')}</th>
              <th class="r">{t('events')}</th>
              <th class="r">{t('column.sessions')}</th>
              <th class="wide">{t('column.first')}</th>
              <th>{t('column.last')}</th>
            </tr>
          </thead>
          <tbody>
            {moving.map(({ uid, events, sessions, firstSeen, lastSeen, chosen }) => (
              <tr key={uid} class={chosen ? '' : 't3'}>
                <td class="m" title={uid}>
                  {laneUid(uid)}
                </td>
                <td class="r">{events}</td>
                <td class="r">{sessions}</td>
                <td class="wide">{when(firstSeen, now)}</td>
                <td>{chosen ? when(lastSeen, now) : t('merge.not-ticked')}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div class="total num">
          <b>{t('merge.attributes', { n: rows.length })}</b>
          <span class="sp" />
          {(['added', 'kept', 'overwritten'] as const).map(kind => (
            <span key={kind} class={`kind k-${kind}`} data-field={`merge-${kind}`}>
              <Icon name={KINDS[kind]} small />
              {count(kind)} {t(`kind.${kind}`)}
            </span>
          ))}
          <span class="kind k-conf" data-field="merge-conflicts">
            <Icon name="conflict" small />
            <b>{t('merge.conflicts', { n: merge.conflicts })}</b>
          </span>
        </div>
        {merge.conflicts > 0 && merge.policyRows === 0 && (
          <p class="t2" style={{ padding: '4px 10px' }} data-field="merge-same">
            {t('merge.no-row.why', { n: merge.conflicts })}
          </p>
        )}
        <Rows preview={preview} now={now} />
        <div class="pad">
          {both && (
            <p class="t2">
              <Known letter="?" /> {t('merge.two-objects')}
            </p>
          )}
          <Updates preview={preview} />
        </div>
      </div>
    </section>
  )
}

function WhatIf({ preview, state }: { preview: Preview | null; state: PanelState }) {
  const holder = holderOf(state)
  const frame = frameFor(state, holder)
  const why = whyNotHere(state, holder)
  return (
    <>
      <div class="ph">
        <h2>{t('what-if')}</h2>
        <span class="t3 el">{t('what-if.about')}</span>
        <span class="sp" />
        {state.draft.text !== '' && (
          <button type="button" class="link" onClick={() => setDraft({ text: '', rows: [] })}>
            {t('what-if.reset')}
          </button>
        )}
      </div>
      <div class="scroll" tabIndex={-1}>
        <div class="pad">
          <CidForm draft={state.draft} />
          <AttributeTable draft={state.draft} />
          <Facts draft={state.draft} holder={holder} />
          {preview && (
            <div>
              <div class="lab">{t('what-if.change')}</div>
              <div class="kv num t2">
                {alternativesOf(preview).map(({ kind, uid, text }) => [
                  <button
                    key={uid ?? kind}
                    type="button"
                    class="link nw"
                    onClick={() =>
                      uid === null
                        ? setPolicy(state.policy === 'customer' ? 'latest' : 'customer')
                        : toggleCandidate(uid)
                    }
                  >
                    {uid === null ? t(`policy.${state.policy === 'customer' ? 'latest' : 'customer'}`) : rowUid(uid)}
                  </button>,
                  <span key={`${uid ?? kind} text`}>{text}</span>,
                ])}
                {preview.assigned && (
                  <>
                    <span>{t('what-if.another')}</span>
                    <span>
                      <Words text={t('what-if.another.no', { uid: rowUid(preview.present.now.uid ?? '—') })} />{' '}
                      <Known letter="D" /> {t('merge.blocked.then')} <Known letter="?" />
                    </span>
                  </>
                )}
              </div>
            </div>
          )}
          <ExactCall calls={plannedIdentify(state.draft, frame)} empty={why ?? t('run.no-cid')} />
          <Irreversible />
          <RunIdentify frame={frame} holder={holder} />
        </div>
      </div>
    </>
  )
}

/** The codes that the policy decides, the first few by name. */
const dependents = ({ merge }: Preview): string => {
  const codes = merge.rows.filter(({ policyDecides }) => policyDecides).map(({ code }) => code)
  return codes.length > 3 ? `${codes.slice(0, 3).join(', ')}, …` : codes.join(', ')
}

const POLICIES: readonly Policy[] = ['customer', 'latest']

export function MergeView() {
  const state = usePanel(all => all)
  const { log, version, policy, chosen, draft, asOf } = state
  const holder = holderOf(state)
  const preview = useMemo(() => previewOf(state), [log, version, holder, policy, chosen, draft, asOf])
  const before = useSplit('merge-before', 336, 27, 'start')
  const whatIf = useSplit('merge-what-if', 388, 31)
  if (log.reading) return <Reading />
  if (!holder) return <WaitingForSdk />
  return (
    <>
      <div class="bar tall" role="toolbar" aria-label={t('merge.title')}>
        <h2>{t('merge.title')}</h2>
        {preview && (
          <>
            <Choice
              flat
              label={t('merge.moment')}
              value={String(preview.merge.asOf?.event ?? NOW)}
              options={[
                ...preview.moments.map(
                  ({ event, at, uid }) =>
                    [
                      String(event),
                      t('merge.as-of-on', { id: event, time: when(at, state.now), uid: rowUid(uid) }),
                    ] as const,
                ),
                [String(NOW), t('merge.if-now')] as const,
              ]}
              onChange={value => setAsOf(Number(value))}
            />
            <span class="sep wide" />
            <span class="t2 wide el">{t('merge.if-differ')}</span>
            <Segments
              label={t('merge.if-differ')}
              value={policy}
              options={POLICIES.map(each => [each, t(`policy.${each}`)] as const)}
              onChange={setPolicy}
            />
            <Badge dash>{t('merge.assumption')}</Badge>
            <span class="el">
              <b>
                {preview.merge.policyRows === 0
                  ? t('merge.no-row')
                  : t('merge.depend', { n: preview.merge.policyRows, of: preview.merge.rows.length })}
              </b>
              {preview.merge.policyRows > 0 && `: ${dependents(preview)}.`}{' '}
              <span class="t2 wide">
                · {t('merge.server-rule')} <Known letter="?" />
              </span>
            </span>
            <span class="sp" />
            <Copy text={() => toMarkdown(preview)} label={t('copy.markdown')}>
              {t('copy.markdown')}
            </Copy>
          </>
        )}
      </div>
      <div class="work flow three">
        {preview ? (
          <>
            <section class="pane" style={before.style} aria-label={t('merge.before')}>
              <Boundary what={t('merge.before')}>
                <Before preview={preview} state={state} />
              </Boundary>
            </section>
            {before.bar}
            <Boundary what={t('merge.after')}>
              <After preview={preview} now={state.now} />
            </Boundary>
          </>
        ) : (
          <section class="pane grow" aria-label={t('merge.after')}>
            <Empty icon="merge" title={t('merge.nobody')}>
              <p>{t('merge.nobody.why')}</p>
            </Empty>
          </section>
        )}
        {whatIf.bar}
        <section class="pane" style={whatIf.style} aria-label={t('what-if')}>
          <Boundary what={t('what-if')}>
            <WhatIf preview={preview} state={state} />
          </Boundary>
        </section>
      </div>
    </>
  )
}
