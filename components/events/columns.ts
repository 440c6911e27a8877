/** The list's columns: which are shown, how wide they are, and what they are sorted by. A habit of the user, kept by the browser for this page. */
import type { EventEntry } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import type { IconName } from '../icons'
import type { IssueMark } from '../select'
import { outcomeText } from '../select'
import type { PlainKey } from '../text'
import { eventName } from './name'
import { eventRow } from './row'

export type ColumnId =
  | 'time'
  | 'id'
  | 'event'
  | 'transport'
  | 'lane'
  | 'status'
  | 'chain'
  | 'size'
  | 'took'
  | 'host'
  | 'page'
  | 'identity'
  | 'about'
  | 'issues'

export interface Column {
  id: ColumnId
  text: PlainKey
  /** px, as long as the user draws it no other way. */
  width: number
  /** The rest of the room goes to these. */
  flex?: true
  /** px in a narrow pane, where the others have no room; 0: what is left. */
  narrow?: number
  /** What its head shows there instead of its word. */
  icon?: IconName
  /** It can't be hidden. */
  fixed?: true
  /** Shown unless the user chooses otherwise. */
  usual?: true
}

/** As much as a time needs; the style sheet knows. */
const TIME = -1

/** In the order in which they stand. */
export const COLUMNS: readonly Column[] = [
  { id: 'time', text: 'column.time', width: 96, narrow: TIME, fixed: true, usual: true },
  { id: 'id', text: 'column.id', width: 60 },
  { id: 'event', text: 'column.event', width: 160, narrow: 0, fixed: true, usual: true },
  { id: 'transport', text: 'column.transport', width: 104, usual: true },
  { id: 'lane', text: 'column.lane', width: 70 },
  { id: 'status', text: 'column.status', width: 80 },
  { id: 'chain', text: 'column.chain', width: 64, narrow: 66, usual: true },
  { id: 'size', text: 'column.size', width: 66 },
  { id: 'took', text: 'column.took', width: 66 },
  { id: 'host', text: 'column.host', width: 120 },
  { id: 'page', text: 'column.page', width: 140 },
  { id: 'identity', text: 'column.identity', width: 102, narrow: 102, usual: true },
  { id: 'about', text: 'column.about', width: 60, flex: true, usual: true },
  { id: 'issues', text: 'issues', width: 62, narrow: 28, icon: 'warning', usual: true },
]

/** Of a row: what it is sorted by. Numbers of what has none stand first. */
export function keyOfColumn(
  by: string,
  entry: EventEntry,
  now: number,
  markOf: (id: number) => IssueMark | null,
): string | number {
  const { facts, request, call, place } = entry
  const outcome = outcomeAt(entry, now)
  switch (by) {
    case 'time':
      return entry.at
    case 'id':
      return entry.id
    case 'event':
      return eventName(entry)
    case 'transport':
      return request?.transport ?? ''
    case 'lane':
      return request?.lanes ?? (call ? 'hook' : '')
    case 'chain':
      return `${outcome.state} ${outcomeText(outcome)}`
    case 'status':
      return outcomeText(outcome)
    case 'size':
      return request?.bytes ?? -1
    case 'took':
      return 'ms' in outcome ? outcome.ms : -1
    case 'host':
      return request?.host ?? ''
    case 'page':
      return facts.page ?? place.url
    case 'identity':
      return facts.carries ? `${facts.cid ?? ''} ${facts.uid ?? ''}` : ''
    case 'issues': {
      const mark = markOf(entry.id)
      return mark ? { error: 3e6, warning: 2e6, info: 1e6 }[mark.worst] + mark.count : 0
    }
    default:
      return eventRow(entry, now, false).about
  }
}

/** What the user chose. */
export interface Chosen {
  shown: readonly ColumnId[]
  /** px. */
  widths: Partial<Record<ColumnId, number>>
}

export const USUAL: Chosen = { shown: COLUMNS.filter(({ usual }) => usual).map(({ id }) => id), widths: {} }
export const LEAST = 28
const MOST = 1_200
const KEPT = 'columns events'

const isColumn = (id: unknown): id is ColumnId => COLUMNS.some(column => column.id === id)

/** What was kept; what of it can't be so is left out. */
export function readColumns(text: string | null): Chosen {
  let kept: unknown
  try {
    kept = JSON.parse(text ?? 'null')
  } catch {
    return USUAL
  }
  const { shown, widths } = (kept ?? {}) as { shown?: unknown; widths?: unknown }
  if (!Array.isArray(shown)) return USUAL
  const wanted = new Set(shown.filter(isColumn))
  const pairs = Object.entries((widths ?? {}) as object).filter(
    ([id, px]) => isColumn(id) && typeof px === 'number' && px >= LEAST && px <= MOST,
  )
  return {
    shown: COLUMNS.filter(({ id, fixed }) => fixed || wanted.has(id)).map(({ id }) => id),
    widths: Object.fromEntries(pairs),
  }
}

export function keptColumns(): Chosen {
  try {
    return readColumns(localStorage.getItem(KEPT))
  } catch {
    return USUAL
  }
}
export function keepColumns(chosen: Chosen): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(chosen))
  } catch {
    // Private windows may refuse; it then holds until the view is closed.
  }
}

export const withColumn = ({ shown, widths }: Chosen, id: ColumnId, wanted: boolean): Chosen => ({
  shown: COLUMNS.filter(each => each.fixed || (each.id === id ? wanted : shown.includes(each.id))).map(each => each.id),
  widths,
})
export const withWidth = ({ shown, widths }: Chosen, id: ColumnId, px: number): Chosen => ({
  shown,
  widths: { ...widths, [id]: Math.round(Math.max(LEAST, Math.min(px, MOST))) },
})

export const shownColumns = ({ shown }: Chosen): Column[] => COLUMNS.filter(({ id }) => shown.includes(id))

/** As lists of tracks: `wide`, and `narrow` where only the most needful have room; and what the wide one needs at least, px. */
export function tracks(chosen: Chosen): { wide: string; narrow: string; least: number } {
  const columns = shownColumns(chosen)
  const flexible = columns.some(({ id, flex }) => flex && chosen.widths[id] === undefined)
  let least = 0
  const wide = columns.map(({ id, width, flex }, index) => {
    const px = chosen.widths[id] ?? width
    least += px
    // Somebody has to take the room that is left: who may, or the last one.
    const takes = chosen.widths[id] === undefined && flex ? true : !flexible && index === columns.length - 1
    return takes ? `minmax(${px}px, 1fr)` : `${px}px`
  })
  const narrow = columns.flatMap(({ narrow: px }) =>
    px === undefined ? [] : [px === 0 ? 'minmax(0, 1fr)' : px === TIME ? 'var(--narrow-time)' : `${px}px`],
  )
  return { wide: wide.join(' '), narrow: narrow.join(' '), least }
}

/** A click on a column's name: up, down, back to the order of time. */
export const nextSort = (
  sort: { by: string; down: boolean } | null,
  by: string,
): { by: string; down: boolean } | null =>
  sort?.by !== by ? { by, down: false } : sort.down ? null : { by, down: true }
