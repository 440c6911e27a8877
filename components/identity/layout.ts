/**
 * The timeline as geometry: moments, events and pauses of one holder in, positions in pixels out. Pure.
 *
 * The axis is scaled by activity, not by the clock: between two things to show there is as much room as they need to be told
 * apart, then more the longer and the busier the time between them was. Silence longer than FOLD is folded, and so are days.
 */
import type { Moment, MomentKind, Severity } from '../../utils/identity/state'

/** Silence within a day that is longer than this is folded (ms). */
const FOLD = 180_000
const DAY_FOLD = 36
const SILENCE_FOLD = 40
/** Empty room at both ends of a stretch of time. */
const PAD = 14
/** Older stretches are left out rather than making the picture wider than so many times the pane. */
const WIDEST = 4
/** More markers than this nobody reads; the older ones are in the list of events. */
const MOST_MARKERS = 150

export interface Lane {
  uid: string
  /** Times of its events, ascending. */
  times: readonly number[]
}

export interface TimelineInput {
  /** Room for the picture, without the gutter (px). */
  width: number
  laneHeight: number
  /** Where a lane's line lies within it (px). */
  middle: number
  /** Radius of a marker (px). */
  radius: number
  /** Docked at the side: folds and pads are half as wide. */
  narrow: boolean
  now: number
  lanes: readonly Lane[]
  /** In order of time. */
  moments: readonly Moment[]
  pauses: readonly { from: number; to: number }[]
  issues: readonly { at: number; uid: string | null; severity: Severity; text: string }[]
  /** Entries of logouts after which the CID was still sent. */
  kept: ReadonlySet<number>
  /** Equal numbers are the same calendar day. */
  dayOf: (at: number) => number
}

export type MarkerKind =
  | 'uid'
  | 'uid-lost'
  | 'login'
  | 'sign-up'
  | 'identify'
  | 'known'
  | 'logout'
  | 'remove'
  | 'reset'
  | 'cid-lost'

export interface Marker {
  x: number
  y: number
  lane: number
  kind: MarkerKind
  /** What it stands for; of several by one event the one that says most. */
  moment: Moment
  /** It changed UID or CID. */
  changed: boolean
}

export interface Band {
  lane: number
  x0: number
  x1: number
  cid: string
  /** What brought this CID. */
  by: Moment | null
  /** `kept`: the CID was still sent after the logout. `open`: nobody knows yet what the logout did. */
  kind: 'identified' | 'kept' | 'open'
}

export interface Layout {
  width: number
  height: number
  /** `n`: 1 is the day of the first moment. */
  days: { x0: number; x1: number; at: number; n: number }[]
  folds: { x: number; width: number; kind: 'day' | 'silence'; span: number; days: number }[]
  lines: { lane: number; x0: number; x1: number }[]
  bands: Band[]
  markers: Marker[]
  flags: { x: number; lane: number; at: number; what: string }[]
  /** By lane: where it had events, at most one per 2 px. */
  ticks: number[][]
  /** From the end of one UID to the beginning of the next. */
  links: { from: number; x0: number; to: number; x1: number }[]
  /** Times worth a label: those of the changes of identity, as far as there is room. */
  axis: { x: number; at: number }[]
  pauses: { x: number; lane: number; from: number; to: number }[]
  issues: { x: number; lane: number; severity: Severity; text: string }[]
  now: number
}

/** Something that needs room on its lane. */
interface Item {
  at: number
  lane: number
  half: number
  x: number
}
interface Drawn extends Item {
  kind: MarkerKind
  moment: Moment
  changed: boolean
}
interface Segment {
  lane: number
  from: number
  to: number
  cid: string | null
  by: Moment | null
  kind: Band['kind']
}
interface Stretch {
  from: number
  to: number
  day: number
}

const MARKERS: Partial<Record<MomentKind, MarkerKind>> = {
  uid: 'uid',
  'uid-again': 'uid',
  'uid-lost': 'uid-lost',
  login: 'login',
  'sign-up': 'sign-up',
  identify: 'identify',
  logout: 'logout',
  remove: 'remove',
  reset: 'reset',
}
const NEW_UID = new Set<MomentKind>(['uid', 'uid-again', 'uid-lost'])
const ASSIGNING = new Set<MomentKind>(['login', 'sign-up', 'identify'])

/** Index of the first element that is not before `at`. */
function lower(times: readonly number[], at: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low
}

/** Entries of one millisecond that are told apart; a power of two, so that the parts of it are exact. */
const WITHIN_MS = 1024

/**
 * The moments' times (ms), those of different entries apart: what happened in one millisecond happened one after the other too, and what
 * one entry ended isn't to go on until the next one.
 */
function apart(moments: readonly Moment[]): number[] {
  let rank = 0
  return moments.map(({ at, event }, index) => {
    const before = moments[index - 1]
    if (before?.at !== at) rank = 0
    else if (before.event !== event) rank = Math.min(rank + 1, WITHIN_MS - 1)
    return at + rank / WITHIN_MS
  })
}

/** Walks the moments once: who was there when, and what is worth a marker. `ats`: their times, as `apart` gives them. */
function walk(
  { moments, now, kept, lanes, radius }: TimelineInput,
  ats: readonly number[],
  laneOf: ReadonlyMap<string, number>,
) {
  const drawn: Drawn[] = []
  const segments: Segment[] = []
  const links: { from: number; at: number; to: number; until: number }[] = []
  let uid: string | null = null
  let cid: string | null = null
  let by: Moment | null = null
  let kind: Band['kind'] = 'identified'
  let since = 0
  const laneFor = (name: string | null) => laneOf.get(name ?? '') ?? -1
  const close = (at: number) => {
    const lane = laneFor(uid)
    if (lane >= 0 && at >= since) segments.push({ lane, from: since, to: at, cid, by, kind })
    since = at
  }
  const draw = (mark: MarkerKind, lane: number, moment: Moment, changed: boolean, at: number) => {
    if (lane >= 0) drawn.push({ kind: mark, lane, moment, changed, at, half: radius + 1.5, x: 0 })
  }
  /** The marker that the same event has got already: one event is one marker on a lane. */
  const sibling = (event: number, lane: number) => {
    const last = drawn[drawn.length - 1]
    return last?.moment.event === event && last.lane === lane ? last : undefined
  }
  /** A reset whose new UID has not been seen yet. */
  let made: { lane: number; at: number } | null = null
  for (const [index, moment] of moments.entries()) {
    const { event } = moment
    const at = ats[index] ?? moment.at
    const other = laneFor(moment.other ?? null)
    if (moment.kind === 'uid-lost') {
      const times = lanes[other]?.times ?? []
      draw('uid-lost', other, moment, true, times[lower(times, at) - 1] ?? at)
      continue
    }
    const reset = moment.kind === 'reset'
    const next: string | null = reset ? moment.uid : (moment.uid ?? uid)
    const lane = reset && other >= 0 ? other : laneFor(reset ? uid : next)
    const mark = MARKERS[moment.kind]
    const same = sibling(event, lane)
    if (mark) {
      if (!same) draw(mark, lane, moment, !ASSIGNING.has(moment.kind), at)
      else if (same.kind === 'uid') Object.assign(same, { kind: mark, moment, changed: true })
    } else if (same && moment.kind !== 'page') {
      same.changed = true
      if (moment.kind === 'identified') same.moment = { ...moment, kind: same.moment.kind }
    } else if (moment.kind === 'identified') draw('known', lane, moment, true, at)
    else if (moment.kind === 'anonymous' && drawn[drawn.length - 1]?.moment.event !== event)
      draw('cid-lost', lane, moment, true, at)

    if (next !== uid) {
      const times = lanes[laneFor(uid)]?.times ?? []
      const end = reset ? at : Math.max(since, times[lower(times, at) - 1] ?? at)
      close(end)
      if (reset) made = { lane, at }
      else if (laneFor(uid) >= 0) links.push({ from: laneFor(uid), at: end, to: laneFor(next), until: at })
      uid = next
      if (moment.cid !== cid) by = moment
      cid = moment.cid
      kind = 'identified'
      since = at
    } else if (moment.cid !== cid || (moment.kind === 'logout' && cid !== null)) {
      close(at)
      if (moment.cid !== cid) by = moment
      cid = moment.cid
      kind = moment.kind === 'logout' ? (kept.has(event) ? 'kept' : 'open') : 'identified'
    } else if (kind !== 'identified' && ASSIGNING.has(moment.kind)) {
      close(at)
      kind = 'identified'
    }
    if (made && moment.kind === 'uid') {
      links.push({ from: made.lane, at: made.at, to: lane, until: at })
      made = null
      since = at
    }
  }
  if (made && uid !== null) links.push({ from: made.lane, at: made.at, to: laneFor(uid), until: made.at })
  close(now)
  const shown = drawn.slice(-MOST_MARKERS)
  // Where markers are left out, all that is older is.
  const from = shown.length < drawn.length ? Math.min(...shown.map(each => each.at)) : Number.NEGATIVE_INFINITY
  return { drawn: shown, segments, links, from }
}

/** The times in which something happened, split at silences and at midnight, oldest first. */
function stretchesOf({ lanes, now, dayOf }: TimelineInput, ats: readonly number[]): Stretch[] {
  const spans: [from: number, to: number][] = [[now, now]]
  const collect = (times: readonly number[]) => {
    let from = times[0]
    times.forEach((at, index) => {
      const next = times[index + 1]
      if (from === undefined || (next !== undefined && next - at <= FOLD)) return
      spans.push([from, at])
      from = next
    })
  }
  collect(ats)
  for (const lane of lanes) collect(lane.times)
  spans.sort((a, b) => a[0] - b[0])
  const joined: [from: number, to: number][] = []
  for (const [from, to] of spans) {
    const last = joined[joined.length - 1]
    if (last && from - last[1] <= FOLD) last[1] = Math.max(last[1], to)
    else joined.push([from, to])
  }
  return joined.flatMap(([from, to]) => {
    const parts: Stretch[] = []
    let begin = from
    while (dayOf(begin) !== dayOf(to)) {
      // Midnight, by bisection: the calendar's oddities are dayOf's affair.
      let [before, after] = [begin, to]
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2)
        if (dayOf(middle) === dayOf(begin)) before = middle
        else after = middle
      }
      parts.push({ from: begin, to: before, day: dayOf(begin) })
      begin = after
    }
    return [...parts, { from: begin, to, day: dayOf(begin) }]
  })
}

/** Advance before each thing to show within a stretch: the least that keeps things apart, and what the time between deserves. */
interface Step {
  at: number
  item: Item | null
  least: number
  wish: number
}
function spread(part: Stretch, items: readonly Item[], lanes: readonly Lane[], weight: number): Step[] {
  const inside = items.filter(item => item.at >= part.from && item.at <= part.to)
  const points = [
    { at: part.from, item: null },
    ...inside.map(item => ({ at: item.at, item })),
    { at: part.to, item: null },
  ]
  const taken = new Map<number, number>()
  let x = 0
  let widest = 0
  return points.map(({ at, item }, index): Step => {
    const before = points[index - 1]
    if (!before) return { at, item, least: 0, wish: 0 }
    const free = item ? (taken.get(item.lane) ?? -4) + item.half : index === points.length - 1 ? widest : x
    const least = Math.max(at > before.at ? 4 : 0, free - x)
    x += least
    if (item) {
      taken.set(item.lane, x + item.half)
      widest = Math.max(widest, x + item.half - 4)
    }
    const events = lanes.reduce((sum, lane) => sum + lower(lane.times, at) - lower(lane.times, before.at), 0)
    const deserved = Math.max(9 * Math.log2(1 + (at - before.at) / 1500), Math.min(140, 2.4 * events))
    return { at, item, least, wish: Math.max(least, weight * deserved) }
  })
}

/** Everything's place. Never throws; an empty log gives an empty picture of the given width. */
export function layOut(input: TimelineInput): Layout {
  const { lanes, moments, now, width, laneHeight, middle, narrow, dayOf } = input
  const laneOf = new Map(lanes.map((lane, index) => [lane.uid, index]))
  const ats = apart(moments)
  const { drawn, segments, links, from: oldest } = walk(input, ats, laneOf)
  const pages = moments
    .flatMap((moment, index): (Item & { what: string })[] => {
      if (moment.kind !== 'page') return []
      // The page on which a new UID appears is the new one's, though the old one was still known when it loaded.
      const next = moments.slice(index + 1, index + 4).find(each => each.kind !== 'page')
      const comes = next && NEW_UID.has(next.kind) && next.at - moment.at <= FOLD
      return [
        {
          at: ats[index] ?? moment.at,
          lane: laneOf.get((comes ? next.uid : moment.uid) ?? '') ?? -1,
          half: narrow ? 3.5 : 5,
          x: 0,
          what: moment.what,
        },
      ]
    })
    .filter(page => page.lane >= 0 && page.at >= oldest)
  const items = [...drawn, ...pages].sort((a, b) => a.at - b.at)

  const scale = narrow ? 0.5 : 1
  const pad = narrow ? 4 : PAD
  let parts = stretchesOf(input, ats)
    .filter(part => part.to >= oldest)
    .map(part => ({ ...part, from: Math.max(part.from, oldest) }))
  const today = parts[parts.length - 1]?.day
  let plans = parts.map(part => spread(part, items, lanes, part.day === today ? 1 : 0.35))
  const foldBefore = (index: number): number => {
    const [before, part] = [parts[index - 1], parts[index]]
    if (!before || !part) return 0
    if (before.day !== part.day) return part.from - before.to > FOLD ? scale * DAY_FOLD : 0
    return narrow && part.day !== today ? SILENCE_FOLD / 4 : scale * SILENCE_FOLD
  }
  const sum = (of: 'least' | 'wish') => plans.reduce((all, plan) => plan.reduce((n, step) => n + step[of], all), 0)
  const fixed = () => parts.reduce((all, _, index) => all + foldBefore(index) + 2 * pad, 0)
  while (parts.length > 1 && fixed() + sum('least') > width * WIDEST) {
    parts = parts.slice(1)
    plans = plans.slice(1)
  }
  const begin = parts[0]?.from ?? now
  const [least, wish] = [sum('least'), sum('wish')]
  const room = width - fixed()
  // Between what is needed and what is deserved all share alike; beyond that, all grow alike.
  const share = wish > least ? Math.min(1, Math.max(0, (room - least) / (wish - least))) : 1
  const grow = room > wish && wish > 0 ? room / wish : 1

  const anchors: { at: number; x: number; lane: number }[] = []
  const boxes: (Stretch & { x0: number; x1: number })[] = []
  const folds: Layout['folds'] = []
  let x = 0
  plans.forEach((plan, index) => {
    const [before, part] = [parts[index - 1], parts[index]]
    if (!part) return
    const fold = foldBefore(index)
    if (before && fold > 0)
      folds.push({
        x,
        width: fold,
        kind: before.day === part.day ? 'silence' : 'day',
        span: part.from - before.to,
        days: part.day - before.day,
      })
    const x0 = x + fold
    x = x0 + pad
    for (const step of plan) {
      x += (step.least + share * (step.wish - step.least)) * grow
      if (step.item) step.item.x = x
      anchors.push({ at: step.at, x, lane: step.item?.lane ?? -1 })
    }
    x += pad
    boxes.push({ ...part, x0, x1: x })
  })
  // Nothing but one instant: now stands at the right edge all the same.
  const end = anchors[anchors.length - 1]
  const box = boxes[boxes.length - 1]
  if (end && box && x < width) {
    end.x += width - x
    box.x1 = width
  }

  const times = anchors.map(anchor => anchor.at)
  const xOf = (at: number): number => {
    const index = lower(times, at)
    const after = anchors[index] ?? end
    const before = anchors[index - 1]
    if (!after) return width
    if (!before || at >= after.at) return after.x
    return before.x + ((after.x - before.x) * (at - before.at)) / (after.at - before.at)
  }
  /** Where an event of a lane lies, told to the millisecond: of all that happened in it, at the last that the lane shows. */
  const eventX = (at: number, lane: number): number => {
    let own: number | null = null
    for (let index = lower(times, at); (times[index] ?? Number.POSITIVE_INFINITY) < at + 1; index++)
      if (anchors[index]?.lane === lane) own = anchors[index]?.x ?? null
    return own ?? xOf(at)
  }
  /** The parts of [from, to] in each stretch; what goes on beyond a stretch reaches into the fold. */
  const clip = (from: number, to: number): [x0: number, x1: number][] =>
    boxes.flatMap((part, index): [number, number][] => {
      if (to < part.from || from > part.to) return []
      const reach = (other: Stretch | undefined, fold: number) => (other?.day === part.day ? fold / 2 : -6 * scale)
      const left = from < part.from ? part.x0 - reach(boxes[index - 1], foldBefore(index)) : xOf(from)
      const right = to > part.to ? part.x1 + reach(boxes[index + 1], foldBefore(index + 1)) : xOf(to)
      return right > left ? [[left, right]] : []
    })
  const lines: Layout['lines'] = []
  const bands: Band[] = []
  for (const { lane, from, to, cid, by, kind } of segments)
    for (const [x0, x1] of clip(from, to))
      if (cid === null) lines.push({ lane, x0, x1 })
      // The band holds the marker that began it.
      else bands.push({ lane, x0: kind === 'identified' ? Math.max(0, x0 - input.radius - 2) : x0, x1, cid, by, kind })

  const markers = drawn
    .filter(each => each.at >= begin)
    .map(({ x: at, lane, kind, moment, changed }): Marker => {
      return { x: at, y: lane * laneHeight + middle, lane, kind, moment, changed }
    })
    .sort((a, b) => a.x - b.x)
  const flags: Layout['flags'] = []
  for (const page of pages) {
    const near = flags.findLast(flag => flag.lane === page.lane)
    if (page.at >= begin && (!near || page.x - near.x >= 8))
      flags.push({ x: page.x, lane: page.lane, at: page.at, what: page.what })
  }
  const ticks = lanes.map((lane, row) => {
    const found: number[] = []
    for (let index = lower(lane.times, begin); index < lane.times.length; ) {
      const at = eventX(lane.times[index] ?? 0, row)
      found.push(at)
      // The first event that falls 2 px further on, by bisection: a lane may hold a hundred thousand.
      let [low, high] = [index + 1, lane.times.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if (eventX(lane.times[middle] ?? 0, row) < at + 2) low = middle + 1
        else high = middle
      }
      index = low
    }
    return found
  })
  const days: Layout['days'] = []
  const firstDay = dayOf(moments[0]?.at ?? now)
  for (const { x0, x1, from, day } of boxes) {
    const n = day - firstDay + 1
    const same = days[days.length - 1]
    if (same?.n === n) same.x1 = x1
    else days.push({ x0, x1, at: from, n })
  }
  const axis: Layout['axis'] = []
  const named = (from: number) => days.some(({ x0 }) => from < x0 + 48 && from > x0 - 52)
  for (const marker of [...markers].reverse())
    if (
      marker.changed &&
      marker.kind !== 'uid-lost' &&
      !named(marker.x - 26) &&
      axis.every(label => Math.abs(label.x - marker.x) > 60)
    )
      axis.push({ x: marker.x, at: marker.moment.at })
  const laneAt = (at: number): number => segments.findLast(each => each.from <= at && at <= each.to)?.lane ?? -1
  const shown = <T extends { lane: number }>(at: number, thing: T): T[] => (thing.lane < 0 || at < begin ? [] : [thing])
  const issues: Layout['issues'] = []
  // They come worst first; of those that would lie on each other the worst is drawn.
  for (const { at, uid, severity, text } of input.issues) {
    const lane = laneOf.get(uid ?? '') ?? laneAt(at)
    for (const mark of shown(at, { x: eventX(at, lane), lane, severity, text }))
      if (!issues.some(each => each.lane === mark.lane && Math.abs(each.x - mark.x) < 12)) issues.push(mark)
  }
  return {
    width: Math.max(width, x),
    height: lanes.length * laneHeight,
    days,
    folds,
    lines,
    bands,
    markers,
    flags,
    ticks,
    links: links.flatMap(({ from, at, to, until }) => (at < begin ? [] : [{ from, x0: xOf(at), to, x1: xOf(until) }])),
    axis,
    pauses: input.pauses.flatMap(({ from, to }) => shown(from, { x: xOf(from), lane: laneAt(from), from, to })),
    issues,
    now: end ? end.x : width,
  }
}
