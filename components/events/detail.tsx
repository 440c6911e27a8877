/** One event: what it says, as it was sent, how it came to be. The payload is read when this is opened. */
import { useMemo, useState } from 'preact/hooks'
import { type EventEntry, isNoTab, type Payload } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import { callText } from '../../utils/sdk/calls'
import { fieldsOf } from '../../utils/sdk/fields'
import { bytes, sizeOf, span } from '../format'
import { Icon } from '../icons'
import { IssueRow } from '../identity/issues'
import { Badge, Boundary, Copy, EventLink, Known, rove } from '../parts'
import { issuesAt, outcomeText, recipeText } from '../select'
import { type DetailTab, select, setDetail, sourceOpener, usePanel } from '../store'
import { type PlainKey, rich, t, told } from '../text'
import { Time } from '../time'
import { Chain } from './chain'
import { Compare } from './compare'
import { Badges } from './line'
import { EventMenu } from './menu'
import { eventName } from './name'
import { decode, usePayload } from './payload'
import { Pop } from './pop'
import { eventRow, momentsOf } from './row'
import { containerOf, framesOf, type StackFrame } from './stack'
import { Steps } from './steps'
import { Tree } from './tree'

/** Whose code made the call, when it was a tag manager's, and what set that off as a rule: the last event in its `dataLayer`. */
function Cause({ call }: { call: Payload['call'] }) {
  const container = call ? containerOf(call.stack) : null
  if (!container) return null
  // The hook knows no other.
  const event = container.layer === 'dataLayer' ? call?.dataLayer : undefined
  return (
    <>
      <span>{t('sum.run-by')}</span>
      <span data-field="cause">
        {t('cause.container')} <span class="m">{container.id}</span>,{' '}
        {event
          ? rich('cause.event', { event: <span class="m">{event}</span> })
          : rich('cause.unseen', { unknown: <Known letter="?" /> })}
      </span>
    </>
  )
}

/** A place in the page's code: opened where the browser can, else copied. */
function Place({ place: { url, line, column } }: { place: NonNullable<StackFrame['place']> }) {
  const open = sourceOpener()
  const text = `${url}:${line}:${column}`
  return open && !url.startsWith('blob:') ? (
    <button type="button" class="link m brk" data-action="open-source" onClick={() => open(url, line, column)}>
      {text}
    </button>
  ) : (
    <>
      {text} <Copy text={text} label={t('copy.value', { what: text })} />
    </>
  )
}

/** What the event did to identity, and what says so. */
function Summary({ event, made }: { event: EventEntry; made: Payload['call'] }) {
  const { log, now } = usePanel(state => state)
  const holder = log.holderOf(event)
  const { facts, call, request } = event
  const outcome = outcomeAt(event, now)
  const moments = holder ? momentsOf(holder.moments, event) : []
  const change = moments.findLast(({ kind }) => kind === 'identified' || kind === 'anonymous' || kind === 'fell-back')
  const visitor = facts.uid === null ? undefined : holder?.visitors.get(facts.uid)
  const recipe = holder && facts.cid ? recipeText(holder, facts.cid) : null
  const others = facts.cids.filter(([path, value]) => path !== facts.cidPath && value === facts.cid).length
  const differing = facts.cids.filter(([, value]) => value !== facts.cid)
  return (
    <div class="sum kv">
      {change && (
        <>
          <span>{t('sum.became')}</span>
          {change.kind === 'identified' ? (
            <span class="c-ident el">
              <Icon name="identified" small /> <b>{t('state.identified')}</b>{' '}
              <span class="m" style={{ color: 'var(--tx)' }}>
                {change.cid}
              </span>
            </span>
          ) : (
            <span class="c-anon">
              <Icon name="anonymous" small />{' '}
              <b>{t(change.kind === 'anonymous' ? 'state.anonymous' : 'sum.fell-back')}</b>
            </span>
          )}
        </>
      )}
      {facts.uid && (
        <>
          <span>{t('sum.on')}</span>
          <span class="el">
            UID <span class="m">{facts.uid}</span>
            {visitor?.madeBy && <>, {rich('sum.made-by', { link: <EventLink id={visitor.madeBy.event} /> })}</>}
          </span>
        </>
      )}
      {facts.cid && facts.cidPath && (
        <>
          <span>{t('sum.because')}</span>
          <span>
            <span class="m">{facts.cidPath}</span>
            {recipe?.made && <> = {recipe.made}</>}
            {recipe?.fault && <span class="c-warn"> {recipe.fault}</span>}
            {others > 0 && `, ${t('sum.agree', { n: others })}`}
            {differing.map(([path, value]) => (
              <span key={path} class="c-err">
                , {t('sum.differ', { path })} <span class="m">{value}</span>
              </span>
            ))}
          </span>
        </>
      )}
      {!facts.carries && (
        <>
          <span>{t('sum.identity')}</span>
          <span class="t2">{t('sum.none', { why: told(facts.whyNot ?? '') })}</span>
        </>
      )}
      <span>{t('column.chain')}</span>
      <span class="el">
        <Chain event={event} outcome={outcome} /> {call?.caller}
        {request && ` → ${request.transport}, ${sizeOf(request)}`} → {outcomeText(outcome)}
      </span>
      <Cause call={made} />
    </div>
  )
}

function Decoded({ event, payload }: { event: EventEntry; payload: Payload }) {
  const decoded = useMemo(() => decode(event, payload), [event.facts, payload])
  const roots = useMemo(() => (decoded ? fieldsOf(decoded) : []), [decoded])
  const marks = useMemo(() => new Map(event.facts.cids.map(([path]) => [path, 'CID'])), [event.facts])
  if (!decoded) return <p class="pad t2">{t('detail.not-decoded')}</p>
  return (
    <>
      {decoded.facts.problems.map(problem => (
        <div key={problem.field + problem.code} class="banner">
          <Icon name="warning" small />
          <span class="brk">{told(problem.message)}</span>
        </div>
      ))}
      <Tree roots={roots} marks={marks} event={event} />
    </>
  )
}

/** Text of any length: the beginning at once, the rest when asked for. */
function Long({ text }: { text: string }) {
  const [all, setAll] = useState(false)
  const shown = all ? text : text.slice(0, 20_000)
  return (
    <>
      <pre>{shown}</pre>
      {shown.length < text.length && (
        <button type="button" class="link" onClick={() => setAll(true)}>
          {t('more.text', { n: bytes(text.length) })}
        </button>
      )}
    </>
  )
}

function Raw({ payload: { request, call, notes } }: { payload: Payload }) {
  return (
    <div class="raw" tabIndex={0}>
      {request && (
        <>
          <div class="lab">
            {t('raw.request')} <Copy text={request.url} label={t('copy.value', { what: 'URL' })} />
          </div>
          <Long text={`${request.method} ${request.url}`} />
          {request.body.state !== 'none' && (
            <>
              <div class="lab">
                {t('raw.body')}
                {request.body.state === 'cut' &&
                  ` · ${t(request.body.least ? 'raw.cut.least' : 'raw.cut', { n: request.body.bytes.toLocaleString('en') })}`}
                {request.body.state !== 'unreadable' && (
                  <Copy text={request.body.text} label={t('copy.value', { what: t('raw.body') })} />
                )}
              </div>
              {request.body.state === 'unreadable' ? (
                <p class="t2">{told(request.body.why)}</p>
              ) : (
                <Long text={request.body.text} />
              )}
            </>
          )}
        </>
      )}
      {call && (
        <>
          <div class="lab">
            {t('raw.call')} <Copy text={callText(call)} label={t('copy.value', { what: t('raw.call') })} />
          </div>
          <Long text={callText(call)} />
        </>
      )}
      {notes && notes.length > 0 && (
        <>
          <div class="lab">{t('raw.notes')}</div>
          <Long text={notes.join('\n')} />
        </>
      )}
    </div>
  )
}

const TABS: readonly [DetailTab, PlainKey][] = [
  ['decoded', 'detail.decoded'],
  ['raw', 'detail.raw'],
  ['chain', 'detail.chain'],
  ['stack', 'detail.stack'],
  ['compare', 'detail.compare'],
]

export function Detail({ event }: { event: EventEntry }) {
  const state = usePanel(all => all)
  const { log, now, detail: tab } = state
  const elsewhere = !state.colleague && event.place.tab !== state.hello?.tab && !isNoTab(event.place.tab)
  const read = usePayload(event)
  const outcome = outcomeAt(event, now)
  const made = read.state === 'read' ? read.payload.call : undefined
  const frames = framesOf(made?.stack ?? '')
  const issues = issuesAt(state, event.id)
  const { badges } = eventRow(event, now, false)
  const count: Partial<Record<DetailTab, string>> = {
    chain: 'ms' in outcome ? span(outcome.ms) : '',
    stack: frames.length > 0 ? String(frames.length) : '',
  }
  const json = () => {
    const decoded = read.state === 'read' ? decode(event, read.payload) : null
    return JSON.stringify(decoded ? Object.fromEntries(fieldsOf(decoded)) : event, null, 2)
  }
  return (
    <>
      <div class="ph tall">
        <b>{eventName(event)}</b>
        <span class="t3 num el">
          #{event.id} · <Time of={event} />
        </span>
        <Badges badges={badges} />
        {elsewhere && <Badge title={t('detail.elsewhere.title')}>{t('detail.elsewhere')}</Badge>}
        <span class="sp" />
        <Copy text={json} label={t('copy.json')} />
        <Pop label={t('menu', { id: event.id })} text="⋮" action="event-menu" end>
          {close => <EventMenu event={event} read={read} close={close} />}
        </Pop>
        <button type="button" class="ib" aria-label={t('close')} title={t('close')} onClick={() => select(null)}>
          <Icon name="x" />
        </button>
      </div>
      <div
        class="tabs"
        role="tablist"
        aria-label={t('detail', { id: event.id })}
        style={{ background: 'var(--bg)' }}
        onKeyDown={key => rove(key, '[role=tab]', { next: 'ArrowRight', previous: 'ArrowLeft' })?.click()}
      >
        {TABS.map(([id, text]) => (
          <button
            key={id}
            type="button"
            class="tab"
            role="tab"
            data-detail={id}
            aria-selected={tab === id}
            tabIndex={tab === id ? 0 : -1}
            onClick={() => setDetail(id)}
          >
            {t(text)} {count[id] && <span class="n">{count[id]}</span>}
          </button>
        ))}
      </div>
      {tab === 'decoded' && (
        <>
          <Summary event={event} made={made} />
          {issues.length > 0 && (
            <div class="ev-issues" role="group" aria-label={t('issues')}>
              {issues.map(issue => (
                <IssueRow key={`${issue.rule} ${issue.events[0]}`} issue={issue} log={log} about={null} />
              ))}
            </div>
          )}
        </>
      )}
      <Boundary
        key={tab}
        what={t(TABS.find(([id]) => id === tab)?.[1] ?? 'detail.raw')}
        raw={() => JSON.stringify(read, null, 2)}
      >
        {tab === 'chain' ? (
          <Steps event={event} now={now} whole />
        ) : read.state === 'read' ? (
          tab === 'decoded' ? (
            <Decoded event={event} payload={read.payload} />
          ) : tab === 'compare' ? (
            <Compare event={event} read={read} />
          ) : tab === 'raw' ? (
            <Raw payload={read.payload} />
          ) : (
            <div class="raw" tabIndex={0}>
              {frames.length === 0 ? (
                <p class="t2">{t(event.call ? 'detail.no-stack' : 'chain.no-call.why')}</p>
              ) : (
                frames.map(({ before, place, after }, index) => (
                  <div key={index} class="m brk">
                    {before}
                    {place && <Place place={place} />}
                    {after}
                  </div>
                ))
              )}
            </div>
          )
        ) : (
          <p class="pad t2">
            {read.state === 'fault' ? t('detail.fault', { why: read.why }) : t(`detail.${read.state}`)}
          </p>
        )}
      </Boundary>
    </>
  )
}
