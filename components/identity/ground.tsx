/** What of the timeline can't be pressed: folds, bands, lines, ticks, and the words beside the markers. */
import type { HolderState } from '../../utils/identity/state'
import { clock, shortCid, span } from '../format'
import { drawing, type IconName } from '../icons'
import { nameOf } from '../store'
import { type PlainKey, t } from '../text'
import type { Band, Layout, MarkerKind } from './layout'

/** How a marker looks, and what it is called. */
export const LOOK: Record<MarkerKind, { icon: IconName; name: PlainKey; quiet?: true }> = {
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

/** The state that a band stands for, with its evidence. */
const bandTitle = ({ cid, by }: Band): string =>
  by === null
    ? cid
    : t('timeline.band', { cid, time: clock(by.at), what: by.what, path: by.path === null ? '' : ` (${by.path})` })

const ZIG = 8
/** A zigzag line of some height at x. */
const zigzag = (x: number, height: number) =>
  `M${x} 0${Array.from({ length: Math.ceil(height / ZIG) }, (_, n) => `l${n % 2 ? -4 : 4} ${ZIG}`).join('')}`

export function Ground({
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
              <title>{bandTitle(band)}</title>
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
      {layout.flags.map(({ x, lane, at, what }) => (
        <g key={`${lane} ${at}`} class="load">
          <title>
            {t('legend.page')} {what} {clock(at)}
          </title>
          <path d={`M${Math.round(x) + 0.5} ${mid(lane) - pole}v${2 * pole}`} />
          <path d={`M${Math.round(x) + 0.5} ${mid(lane) - pole}h7l-2 3 2 3h-7z`} />
          <path class="hit" d={`M${Math.round(x) + 0.5} ${mid(lane) - pole}v${2 * pole}`} />
        </g>
      ))}
      {layout.pauses.map(({ x, lane, from, to }) => (
        <g key={from} class="t3" style={{ color: 'var(--tx-3)' }}>
          <title>{t('timeline.pause', { from: clock(from), to: clock(to) })}</title>
          <use href={drawing('pause')} class="i" x={x - 5.5} y={mid(lane) + pole - 1} width="11" height="11" />
        </g>
      ))}
      {layout.issues.map(({ x, lane, severity, text }, index) => (
        <g key={index} class={`i ${severity === 'error' ? 'c-err' : severity === 'warning' ? 'i-warning' : 'c-anon'}`}>
          <title>{text}</title>
          <use href={drawing(severity)} x={x - 6} y={mid(lane) + pole + 1} width="11" height="11" />
        </g>
      ))}
    </>
  )
}

/** Words beside markers, where there is room for them. */
export function labelsOf(
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
    const name = nameOf(band.cid)
    for (const [cid, width] of [
      ...(name === null ? [] : [[name, 8 + 7 * name.length] as const]),
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
