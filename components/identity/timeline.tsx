/** The identity timeline as a picture: draws what layout.ts has placed, and lets mouse and keyboard walk it. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { outcomeAt } from '../../utils/identity/outcome'
import type { HolderState, Issue } from '../../utils/identity/state'
import { Chain } from '../events/chain'
import { clock, clockMinute, clockMs, day, dayNumber, laneUid, namedDay, shortCid, span } from '../format'
import { drawing, Icon, type IconName } from '../icons'
import type { LogView } from '../log-view'
import { ByPanel, EventLink, useNarrow } from '../parts'
import { outcomeText, standings } from '../select'
import { openEvent } from '../store'
import { type PlainKey, t } from '../text'
import { type Layout, layOut, type Marker, type MarkerKind } from './layout'

const GUTTER = 173

const LOOK: Record<MarkerKind, { icon: IconName; name: PlainKey; quiet?: true }> = {
  uid: { icon: 'anonymous', name: 'marker.uid', quiet: true },
  'uid-lost': { icon: 'unlink', name: 'marker.uid-lost', quiet: true },
  login: { icon: 'login', name: 'marker.login' },
  'sign-up': { icon: 'signup', name: 'marker.sign-up' },
  identify: { icon: 'idcard', name: 'marker.identify' },
  known: { icon: 'known', name: 'marker.known' },
  logout: { icon: 'logout', name: 'marker.logout', quiet: true },
  remove: { icon: 'remove', name: 'marker.remove', quiet: true },
  reset: { icon: 'remove', name: 'marker.reset', quiet: true },
  'cid-lost': { icon: 'minus', name: 'marker.cid-lost', quiet: true },
}

const ZIG = 8
/** A zigzag line of some height at x. */
const zigzag = (x: number, height: number) =>
  `M${x} 0${Array.from({ length: Math.ceil(height / ZIG) }, (_, n) => `l${n % 2 ? -4 : 4} ${ZIG}`).join('')}`

/** Lanes in order of first sight; the UID in use has one even before its first event. */
function lanesOf(holder: HolderState, log: LogView) {
  const uids = new Set(holder.visitors.keys())
  for (const moment of holder.moments) {
    if (moment.uid !== null) uids.add(moment.uid)
    if (moment.other) uids.add(moment.other)
  }
  if (holder.now.uid !== null) uids.add(holder.now.uid)
  return [...uids].map(uid => ({ uid, times: log.timesOf(holder.key, uid) }))
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

const TipHead = ({ marker }: { marker: Marker }) => {
  const { moment, kind } = marker
  return (
    <>
      <span class={LOOK[kind].quiet ? 'c-anon' : 'c-ident'}>
        <Icon name={LOOK[kind].icon} small />
      </span>
      <b>{t(LOOK[kind].name)}</b>
      <span class="m">{moment.what}</span>
      {moment.by === 'panel' && <ByPanel />}
      <span class="t3 num">
        #{moment.event} · {clockMs(moment.at)}
      </span>
      <span class="sp" />
      <EventLink id={moment.event}>{t('tip.open')}</EventLink>
    </>
  )
}

/** Folds, bands, lines, ticks: what can't be pressed. */
function Ground({
  layout,
  lane: height,
  middle,
  pole,
}: {
  layout: Layout
  lane: number
  middle: number
  pole: number
}) {
  const mid = (lane: number) => lane * height + middle
  const half = pole === 20 ? 11.5 : 10.5
  const curve = ({ from, x0, to, x1 }: Layout['links'][number]) => {
    const [y0, y1] = [mid(from) + (to > from ? 10 : -10), mid(to)]
    return `M${x0} ${y0}C${x0} ${(y0 + y1) / 2} ${Math.max(x0, x1 - 24)} ${y1 - 4} ${x1 - 4} ${y1}`
  }
  return (
    <>
      {Array.from({ length: layout.height / height - 1 }, (_, n) => (
        <path key={n} class="soft" d={`M0 ${(n + 1) * height - 0.5}h${layout.width}`} />
      ))}
      {layout.folds
        .filter(fold => fold.kind === 'day')
        .map(fold => (
          <g key={fold.x}>
            <rect class="fold" x={fold.x} y="0" width={fold.width} height={layout.height} />
            <path class="zig" d={zigzag(fold.x + 1, layout.height) + zigzag(fold.x + fold.width - 5, layout.height)} />
            {fold.width > 24 && layout.height > 100 && (
              <g
                transform={`translate(${fold.x + fold.width / 2 + 4} ${Math.min(layout.height, 120) / 2}) rotate(-90)`}
              >
                <text class="lt" text-anchor="middle">
                  {t('fold.days', { n: fold.days })}
                </text>
              </g>
            )}
          </g>
        ))}
      <path class="cand" d={layout.links.map(curve).join('')} />
      <path class="an" d={layout.lines.map(line => `M${line.x0} ${mid(line.lane)}H${line.x1}`).join('')} />
      {layout.bands.map(band => {
        const [x, y, width] = [
          Math.round(band.x0) + 0.5,
          mid(band.lane) - half,
          Math.max(1, Math.round(band.x1 - band.x0)),
        ]
        const key = `${band.lane} ${band.x0}`
        if (band.kind !== 'kept')
          return (
            <rect
              key={key}
              class={band.kind === 'open' ? 'band open' : 'band'}
              x={x}
              y={y}
              width={width}
              height={2 * half}
              rx="3"
            >
              <title>{band.cid}</title>
            </rect>
          )
        const strokes = Array.from(
          { length: Math.ceil((width + 16) / 8) },
          (_, n) => `M${x - 8 + n * 8} ${y + 2 * half}l16-${2 * half}`,
        )
        return (
          <g key={key}>
            <clipPath id={`kept-${Math.round(x)}`}>
              <rect x={x} y={y} width={width} height={2 * half} />
            </clipPath>
            <rect class="bad" x={x} y={y} width={width} height={2 * half}>
              <title>{t('timeline.kept')}</title>
            </rect>
            <path class="hat" clip-path={`url(#kept-${Math.round(x)})`} d={strokes.join('')} />
          </g>
        )
      })}
      {layout.folds
        .filter(fold => fold.kind === 'silence')
        .map(fold =>
          [...layout.lines, ...layout.bands]
            .filter(line => line.x0 < fold.x + fold.width && line.x1 > fold.x)
            .map(({ lane }, index) => {
              const [x, y] = [fold.x, mid(lane) - 8]
              return (
                <g key={`${fold.x} ${lane} ${index}`}>
                  <rect class="cut" x={x} y={y - 5} width={fold.width} height="26" />
                  <path class="zig" d={`M${x + 1} ${y}l4 4-4 4 4 4-4 4M${x + fold.width - 5} ${y}l4 4-4 4 4 4-4 4`} />
                  {fold.width > 30 && (
                    <text class="lt" x={x + fold.width / 2} y={y + 12} text-anchor="middle">
                      {span(fold.span)}
                    </text>
                  )}
                </g>
              )
            }),
        )}
      {layout.ticks.map((xs, lane) => (
        <path key={lane} class="tick" d={xs.map(x => `M${Math.round(x) + 0.5} ${mid(lane) + pole - 5}v5`).join('')} />
      ))}
      <path
        class="load"
        d={layout.flags.map(({ x, lane }) => `M${Math.round(x) + 0.5} ${mid(lane) - pole}v${2 * pole}`).join('')}
      />
      <path
        class="load"
        d={layout.flags.map(({ x, lane }) => `M${Math.round(x) + 0.5} ${mid(lane) - pole}h7l-2 3 2 3h-7z`).join('')}
      />
      {layout.pauses.map(({ x, lane, from, to }) => (
        <g key={from} class="t3" style={{ color: 'var(--tx-3)' }}>
          <title>{t('timeline.pause', { from: clock(from), to: clock(to) })}</title>
          <use href={drawing('pause')} class="i" x={x - 5.5} y={mid(lane) + pole - 1} width="11" height="11" />
        </g>
      ))}
      {layout.issues.map(({ x, lane, severity }, index) => (
        <g key={index} class={`i ${severity === 'error' ? 'c-err' : severity === 'warning' ? 'i-warning' : 'c-anon'}`}>
          <use href={drawing(severity)} x={x - 6} y={mid(lane) + pole + 1} width="11" height="11" />
        </g>
      ))}
    </>
  )
}

/** Words beside markers, where there is room for them. */
function labelsOf(
  layout: Layout,
  height: number,
  middle: number,
  holder: HolderState,
): { x: number; y: number; text: string; tone: string; end?: boolean; mono?: boolean }[] {
  const labels: ReturnType<typeof labelsOf> = []
  const taken: { lane: number; x0: number; x1: number }[] = layout.markers.map(({ lane, x }) => ({
    lane,
    x0: x - 10,
    x1: x + 10,
  }))
  // At the height of the line a flag is only its pole.
  taken.push(...layout.flags.map(({ lane, x }) => ({ lane, x0: x - 2, x1: x + 3 })))
  const free = (lane: number, x0: number, x1: number) =>
    x0 > 0 && x1 < layout.width && taken.every(each => each.lane !== lane || each.x1 <= x0 || each.x0 >= x1)
  const mid = (lane: number) => lane * height + middle + 4
  for (const band of layout.bands) {
    if (band.kind !== 'identified') continue
    // The first free place of the band that can hold the CID, after its markers.
    for (const [cid, width] of [
      [shortCid(band.cid), 66],
      [`${[...band.cid].slice(0, 4).join('')}…`, 34],
    ] as const) {
      const starts = [
        band.x0 + 4,
        ...layout.markers.filter(each => each.lane === band.lane).map(each => each.x + 14),
        ...layout.flags.filter(each => each.lane === band.lane).map(each => each.x + 6),
      ].sort((a, b) => a - b)
      const x = starts.find(
        start => start > band.x0 && start + width < band.x1 && free(band.lane, start, start + width),
      )
      if (x === undefined) continue
      labels.push({ x, y: mid(band.lane), text: cid, tone: 'bt', mono: true })
      taken.push({ lane: band.lane, x0: x, x1: x + width })
      break
    }
  }
  for (const { kind, moment, lane, x } of layout.markers) {
    if (moment.by === 'panel' && free(lane, x + 12, x + 62)) {
      labels.push({ x: x + 13, y: mid(lane), text: t('timeline.by-panel'), tone: LOOK[kind].quiet ? 'lt' : 'bt' })
      taken.push({ lane, x0: x + 12, x1: x + 62 })
    }
    if (kind !== 'uid' || height < 60) continue
    const byReset = holder.visitors.get(moment.uid ?? '')?.madeBy
    if (byReset && free(lane, x - 110, x - 11))
      labels.push({ x: x - 14, y: mid(lane), text: t('timeline.uid-by-reset'), tone: 'lt', end: true })
    else if (moment.other)
      labels.push({
        x: Math.min(x + 12, layout.width - 110),
        y: mid(lane) - 29,
        text: t(
          moment.sameAid ? 'timeline.uid-same-aid' : moment.sameAid === false ? 'timeline.uid-new-aid' : 'timeline.uid',
        ),
        tone: 'lt',
      })
  }
  return labels
}

export function Timeline({
  holder,
  log,
  issues,
  now,
  version,
}: {
  holder: HolderState
  log: LogView
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
  const lanes = useMemo(() => lanesOf(holder, log), [holder, log, version])
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
          return event ? [{ at: event.at, uid: event.facts.uid, severity: issue.severity }] : []
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
            height={layout.height}
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
            <TipHead marker={marker} />
          </div>
          <Tip marker={marker} uid={lanes[marker.lane]?.uid ?? ''} log={log} now={now} />
        </div>
      )}
      {narrow && marker && (
        <>
          <div class="ph">
            <TipHead marker={marker} />
          </div>
          <div class="pad">
            <Tip marker={marker} uid={lanes[marker.lane]?.uid ?? ''} log={log} now={now} />
          </div>
        </>
      )}
    </section>
  )
}
