/** The identity timeline as a picture: draws what layout.ts has placed, and lets mouse and keyboard walk it. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { outcomeAt } from '../../utils/identity/outcome'
import type { HolderState, Issue } from '../../utils/identity/state'
import { Chain } from '../events/chain'
import { clock, clockMinute, clockMs, day, dayNumber, laneUid, namedDay, span } from '../format'
import { drawing, Icon } from '../icons'
import type { LogView } from '../log-view'
import { ByPanel, EventLink, useNarrow } from '../parts'
import { outcomeText, standings } from '../select'
import { openEvent } from '../store'
import { say, t } from '../text'
import { Time } from '../time'
import { Ground, LOOK, labelsOf } from './ground'
import { layOut, type Marker } from './layout'

const GUTTER = 173

/** Lanes in order of first sight; the UID in use has one even before its first event. */
function lanesOf(holder: HolderState, timesOf: (uid: string) => readonly number[]) {
  const uids = new Set(holder.visitors.keys())
  for (const moment of holder.moments) {
    if (moment.uid !== null) uids.add(moment.uid)
    if (moment.other) uids.add(moment.other)
  }
  if (holder.now.uid !== null) uids.add(holder.now.uid)
  return [...uids].map(uid => ({ uid, times: timesOf(uid) }))
}

/** What the gutter says under a UID. */
function laneNote(holder: HolderState, uid: string): string {
  if (uid === holder.now.uid) return t('lane.now')
  if (holder.moments.some(moment => moment.kind === 'reset' && moment.other === uid)) return t('lane.reset')
  const standing = standings(holder, holder.now.cid).get(uid)
  return standing?.standing === 'candidate' ? t('merge.candidate') : t('lane.before')
}

function Tip({ marker, uid, log, now }: { marker: Marker; uid: string; log: LogView; now: number }) {
  const { moment, kind } = marker
  const event = log.event(moment.event)
  const outcome = event && outcomeAt(event, now)
  const quietly = kind === 'uid' || kind === 'uid-lost' || kind === 'reset'
  const other = kind === 'uid' ? moment.other : quietly ? moment.uid : null
  const sameAid = kind === 'uid' ? (moment.sameAid ?? null) : null
  return (
    <div class="kv">
      {moment.cid && !quietly && (
        <>
          <span>{t(kind === 'logout' ? 'tip.cid-held' : 'tip.cid')}</span>
          <span class="m">{moment.cid}</span>
        </>
      )}
      {moment.path && (
        <>
          <span>{t('tip.path')}</span>
          <span class="m">{moment.path}</span>
        </>
      )}
      <span>UID</span>
      <span class="m">{uid}</span>
      {other && (
        <>
          <span>{t(kind === 'uid' ? 'tip.before' : 'tip.next')}</span>
          <span>
            <span class="m">{other}</span>
            {sameAid !== null && <span class="t2">, {t(sameAid ? 'tip.same-aid' : 'tip.new-aid')}</span>}
          </span>
        </>
      )}
      {event && outcome && (
        <>
          <span>{t('tip.ended')}</span>
          <span class="el">
            <Chain event={event} outcome={outcome} /> {event.request?.transport}{' '}
            {event.request && `→ ${event.request.host}${event.request.path} →`} <b>{outcomeText(outcome)}</b>
            {'ms' in outcome && ` ${t('in-time', { time: span(outcome.ms) })}`}
          </span>
        </>
      )}
    </div>
  )
}

const TipHead = ({ marker, log }: { marker: Marker; log: LogView }) => {
  const { moment, kind } = marker
  const entry = log.entry(moment.event)
  return (
    <>
      <span class={LOOK[kind].quiet ? 'c-anon' : 'c-ident'}>
        <Icon name={LOOK[kind].icon} small />
      </span>
      <b>{t(LOOK[kind].name)}</b>
      <span class="m el" title={moment.what}>
        {moment.what}
      </span>
      {moment.by === 'panel' && <ByPanel />}
      <span class="t3 num">
        #{moment.event} · {entry ? <Time of={entry} /> : clockMs(moment.at)}
      </span>
      <span class="sp" />
      <EventLink id={moment.event}>{t('tip.open')}</EventLink>
    </>
  )
}

export function Timeline({
  holder,
  log,
  timesOf,
  issues,
  now,
  version,
}: {
  holder: HolderState
  log: LogView
  /** Times of a UID's events, ascending. */
  timesOf: (uid: string) => readonly number[]
  issues: readonly Issue[]
  now: number
  version: number
}) {
  const narrow = useNarrow()
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [here, setHere] = useState<number | null>(null)
  const [open, setOpen] = useState(false)
  const [scroll, setScroll] = useState({ left: 0, top: 0 })
  const laneHeight = narrow ? 56 : 66
  const middle = narrow ? 37 : 34
  const pole = narrow ? 13 : 20
  const head = narrow ? 22 : 26

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const measure = () => setWidth(element.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const room = width - (narrow ? 0 : GUTTER)
  const lanes = useMemo(() => lanesOf(holder, timesOf), [holder, timesOf, version])
  const layout = useMemo(
    () =>
      layOut({
        width: Math.max(room, 160),
        laneHeight,
        middle,
        radius: narrow ? 8.5 : 9.5,
        narrow,
        now,
        lanes,
        moments: holder.moments,
        pauses: log.gaps.filter(gap => gap.cause === 'paused').map(gap => ({ from: gap.at, to: gap.until ?? now })),
        issues: issues.flatMap(issue => {
          const event = log.event(issue.events[issue.events.length - 1] ?? null)
          return event ? [{ at: event.at, uid: event.facts.uid, severity: issue.severity, text: say(issue.said) }] : []
        }),
        kept: new Set(issues.filter(issue => issue.rule === 'logout-keeps-cid').flatMap(issue => issue.events)),
        dayOf: dayNumber,
      }),
    [holder, lanes, room, narrow, now, issues],
  )
  const labels = useMemo(() => labelsOf(layout, laneHeight, middle, holder), [layout])

  // The newest is in view, until the user has scrolled away.
  const following = useRef(true)
  useEffect(() => {
    const element = box.current
    if (element && following.current) element.scrollTo(layout.width, layout.height)
  }, [layout.width, layout.height])

  const { markers } = layout
  const evidence = markers.findLastIndex(marker => marker.moment.event === holder.now.event)
  const current = Math.min(here ?? (evidence < 0 ? markers.length - 1 : evidence), markers.length - 1)
  const marker = markers[current]
  const go = (index: number) => {
    if (!markers[index]) return
    setHere(index)
    box.current?.querySelectorAll<SVGGElement>('.mk')[index]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const lane = marker?.lane ?? 0
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const up = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (step) go(current + step)
    else if (up) {
      const near = markers
        .map((each, index) => ({ index, lane: each.lane, far: Math.abs(each.x - (marker?.x ?? 0)) }))
        .filter(each => (up < 0 ? each.lane < lane : each.lane > lane))
        .sort((a, b) => Math.abs(a.lane - lane) - Math.abs(b.lane - lane) || a.far - b.far)[0]
      if (near) go(near.index)
    } else if (event.key === 'Home') go(0)
    else if (event.key === 'End') go(markers.length - 1)
    else if (event.key === 'Enter' && marker) openEvent(marker.moment.event)
    else if (event.key === 'Escape' && open) {
      event.stopPropagation()
      setOpen(false)
    } else return
    event.preventDefault()
  }

  const last = layout.days[layout.days.length - 1]
  const below = (marker?.lane ?? 0) === 0 || (marker ? marker.y - scroll.top < 100 : false)
  const tipX = marker ? marker.x + (narrow ? 0 : GUTTER) - scroll.left : 0
  // The tooltip grows away from the nearer edge, so that its width needn't be known.
  const right = tipX > width / 2
  const edge = Math.max(8, (right ? width - tipX : tipX) - 90)
  return (
    <section
      class="tl"
      onMouseLeave={() => setOpen(false)}
      onFocusOut={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node)) setOpen(false)
      }}
    >
      <div
        class="tl-scroll"
        ref={box}
        onScroll={event => {
          const { scrollLeft: left, scrollTop: top, clientWidth, scrollWidth } = event.currentTarget
          following.current = left + clientWidth >= scrollWidth - 4
          setScroll({ left, top })
        }}
      >
        <div class="tl-head" style={{ width: `${layout.width + (narrow ? 0 : GUTTER)}px` }}>
          {!narrow && <div class="tl-gut">UID</div>}
          <svg class="pic" width={layout.width} height={head} aria-hidden="true">
            {layout.days.map(({ x0, x1, at, n }) => {
              const [space, x] = [x1 - x0, x0 + (narrow ? 6 : 10)]
              if (space < 34) return null
              const first = layout.axis.reduce(
                (least, label) => (label.x > x ? Math.min(least, label.x) : least),
                layout.now - 60,
              )
              return (
                <text key={n} x={x} y={head - 9}>
                  <tspan class="d">{t('day', { n })}</tspan>
                  {space > 112 && first - x > 138 && ` · ${narrow ? day(at) : namedDay(at)}`}
                </text>
              )
            })}
            {!narrow &&
              layout.axis
                .filter(label => label.x < layout.now - 100)
                .map(label => (
                  <text key={label.x} class="lt" x={label.x} y="17" text-anchor="middle">
                    {clock(label.at)}
                  </text>
                ))}
            {last && (
              <text class="nowt" x={Math.min(layout.now + 6, layout.width - 4)} y={head - 9} text-anchor="end">
                {t('now', { time: clockMinute(now) })}
              </text>
            )}
          </svg>
        </div>
        <div class="tl-body" style={{ width: `${layout.width + (narrow ? 0 : GUTTER)}px` }}>
          {!narrow && (
            <div class="tl-gut">
              {lanes.map(({ uid }) => (
                <div key={uid} title={uid}>
                  <span class="m">{laneUid(uid)}</span>
                  <small>
                    {t('lane.events', { n: holder.visitors.get(uid)?.events ?? 0 })} · {laneNote(holder, uid)}
                  </small>
                </div>
              ))}
            </div>
          )}
          <svg
            class="pic"
            width={layout.width}
            // Low lanes have no room for the mark of an issue under them.
            height={layout.height + (narrow ? 6 : 0)}
            role="group"
            aria-label={t('timeline.label', { n: lanes.length, markers: markers.length })}
            onKeyDown={onKeyDown}
          >
            <Ground layout={layout} lane={laneHeight} middle={middle} pole={pole} />
            {narrow &&
              lanes.map(({ uid }, lane) => (
                <text key={uid} x={(last?.x0 ?? 0) + 8} y={lane * laneHeight + 16}>
                  <tspan class="m">{laneUid(uid)}</tspan>
                  {`  ${laneNote(holder, uid)}`}
                </text>
              ))}
            {layout.bands
              .filter(band => band.kind === 'kept' && !narrow)
              .slice(-1)
              .map(band => (
                <g key="kept" class="c-err">
                  <use
                    href={drawing('error')}
                    class="i"
                    x={band.x0 - 66}
                    y={band.lane * laneHeight + 1}
                    width="13"
                    height="13"
                  />
                  <text class="et" x={band.x0 - 48} y={band.lane * laneHeight + 12}>
                    {t('timeline.kept')}
                  </text>
                </g>
              ))}
            {labels.map(({ x, y, text, tone, end, mono }) => (
              <text
                key={`${x} ${y}`}
                class={`${mono ? 'm ' : ''}${tone}`}
                x={x}
                y={y}
                text-anchor={end ? 'end' : 'start'}
              >
                {text}
              </text>
            ))}
            {markers.map((each, index) => {
              const { icon, name, quiet } = LOOK[each.kind]
              const radius = narrow ? 8.5 : 9.5
              return (
                <g
                  key={`${each.moment.event} ${each.lane} ${each.kind}`}
                  class={`mk${quiet ? ' a' : ''}${index === current && (open || narrow) ? ' here' : ''}`}
                  role="button"
                  tabindex={index === current ? 0 : -1}
                  aria-label={t('marker.label', {
                    name: t(name),
                    what: each.moment.what,
                    time: `${day(each.moment.at)} ${clock(each.moment.at)}`,
                    uid: each.moment.uid ?? '—',
                  })}
                  onFocus={() => {
                    setHere(index)
                    setOpen(true)
                  }}
                  onMouseEnter={() => {
                    setHere(index)
                    setOpen(true)
                  }}
                  onClick={() => openEvent(each.moment.event)}
                >
                  <circle class="ring" cx={each.x} cy={each.y} r={radius + 3} />
                  <circle cx={each.x} cy={each.y} r={radius} />
                  <use
                    href={drawing(icon)}
                    x={each.x - radius + 3}
                    y={each.y - radius + 3}
                    width={2 * radius - 6}
                    height={2 * radius - 6}
                  />
                </g>
              )
            })}
            <path class="now" d={`M${Math.round(layout.now) + 0.5} 0V${layout.height}`} />
          </svg>
        </div>
      </div>
      {!narrow && open && marker && (
        <div
          class={below ? 'tip under' : 'tip'}
          role="tooltip"
          style={{
            [right ? 'right' : 'left']: `${edge}px`,
            [right ? '--at-right' : '--at']: `${Math.max(6, (right ? width - tipX : tipX) - edge - 5)}px`,
            ...(below
              ? { top: `${head + marker.y - scroll.top + 18}px` }
              : { bottom: `${layout.height - marker.y + scroll.top + 18}px` }),
          }}
        >
          <div class="line">
            <TipHead marker={marker} log={log} />
          </div>
          <Tip marker={marker} uid={lanes[marker.lane]?.uid ?? ''} log={log} now={now} />
        </div>
      )}
      {narrow && marker && (
        <>
          <div class="ph">
            <TipHead marker={marker} log={log} />
          </div>
          <div class="pad">
            <Tip marker={marker} uid={lanes[marker.lane]?.uid ?? ''} log={log} now={now} />
          </div>
        </>
      )}
    </section>
  )
}
