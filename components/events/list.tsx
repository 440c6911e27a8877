/**
 * The list of events. Rows have one height, so which of them are in view is arithmetic: a windowing library would cost the panel
 * 9 kB gzip (measured) for what are twenty lines here.
 */
import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { painted } from '../../utils/breath'
import type { EventEntry, PageEntry } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import { clockMs, pathOf } from '../format'
import { Icon } from '../icons'
import type { Row } from '../log-view'
import { Badge, rove } from '../parts'
import { type IssueMark, issuesByHolder } from '../select'
import { follow, panel, select, setSort, usePanel } from '../store'
import { type PlainKey, t } from '../text'
import { clockParts, timeText } from '../time'
import { type Chosen, type Column, type ColumnId, nextSort, shownColumns, tracks, withWidth } from './columns'
import { EventLine, ROW } from './line'
import { literals, parseQuery, type Query, regexes } from './query'
import { search } from './rows'

const SPARE = 8
/** px that stand around the list in a wide window: until it is measured it is taken to have the rest. */
const AROUND = 148
/** The number of rows is a multiple of this, so that it stays while the window's height changes by little. */
const SLOTS = 8
/** ms without scrolling after which the rows stand in their order in the document, too. */
const RESTING = 150

const PAGE: Record<PageEntry['how'], PlainKey> = {
  load: 'page.load',
  restored: 'page.restored',
  route: 'page.route',
  prerender: 'page.prerender',
  shown: 'page.shown',
}

function PageCells({ entry }: { entry: PageEntry }) {
  const [time, ms] = clockParts(clockMs(entry.at))
  return (
    <>
      <span role="gridcell">
        {time}
        <span class="wide">{ms}</span>
      </span>
      <span role="gridcell">
        <Icon name="page" small /> {t(PAGE[entry.how])} <span class="m">{pathOf(entry.place.url)}</span>
        {entry.late && <Badge title={t('page.late.title')}>{t('page.late')}</Badge>}
      </span>
    </>
  )
}

/** What is marked in a row: what the query names, and what its expressions found in that row. */
const marksFor = (query: Query, words: readonly string[]) => {
  const patterns = regexes(query)
  return patterns.length === 0
    ? () => words
    : (entry: EventEntry) => [...words, ...patterns.flatMap(term => search.hits(term, entry) ?? [])]
}

/** The names of the columns: a click sorts, a line between two sizes; with the keyboard Enter, and Shift with the arrows. */
function Head({
  columns,
  chosen,
  onChange,
}: {
  columns: readonly Column[]
  chosen: Chosen
  onChange: (to: Chosen) => void
}) {
  const sort = usePanel(state => state.sort)
  const drag = useRef<{ id: ColumnId; x: number; px: number } | null>(null)
  const widthOf = (cell: Element | null | undefined) => cell?.getBoundingClientRect().width ?? 0
  const onKeyDown = (event: KeyboardEvent) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>('[data-sort]')
    const by = event.key === 'ArrowLeft' ? -8 : event.key === 'ArrowRight' ? 8 : 0
    if (event.shiftKey && by && button) {
      const id = button.dataset.sort as ColumnId
      onChange(withWidth(chosen, id, widthOf(button.parentElement) + by))
      event.preventDefault()
      event.stopPropagation()
    } else if (rove(event, '[data-sort]', { next: 'ArrowRight', previous: 'ArrowLeft' }) || event.key === 'Enter')
      // Else it would be taken for a key of the rows.
      event.stopPropagation()
  }
  return (
    <div class="gr head" role="row" onKeyDown={onKeyDown}>
      {columns.map(({ id, text, narrow, icon }, index) => {
        const sorted = sort?.by === id ? (sort.down ? 'descending' : 'ascending') : null
        return (
          <span
            key={id}
            role="columnheader"
            class={narrow === undefined ? 'wide' : undefined}
            aria-sort={sorted ?? (id === 'time' && !sort ? 'ascending' : 'none')}
          >
            <button
              type="button"
              class="th"
              data-sort={id}
              tabIndex={index === 0 ? 0 : -1}
              title={t('column.sort', { what: t(text) })}
              onClick={() => setSort(nextSort(panel.getState().sort, id))}
            >
              <span class={icon && 'wide'}>{t(text)}</span>
              {icon && (
                <span class="narrow-only">
                  <Icon name={icon} small />
                </span>
              )}
              {sorted && <span aria-hidden="true">{sorted === 'ascending' ? ' ▲' : ' ▼'}</span>}
            </button>
            <span
              class="grip"
              data-grip={id}
              aria-hidden="true"
              onPointerDown={event => {
                event.preventDefault()
                event.currentTarget.setPointerCapture(event.pointerId)
                drag.current = { id, x: event.clientX, px: widthOf(event.currentTarget.parentElement) }
              }}
              onPointerMove={event => {
                const from = drag.current
                if (from) onChange(withWidth(chosen, from.id, from.px + event.clientX - from.x))
              }}
              onPointerUp={() => {
                drag.current = null
              }}
            />
          </span>
        )
      })}
    </div>
  )
}

/** Where the list was left: it is there again when the view is opened again. */
let left = 0

/** Opens the menu of the selected event, at the pointer when it was that which asked. */
export type OpenMenu = (pointer?: { clientX: number; clientY: number }) => void

export function EventList({
  rows,
  busy,
  markOf,
  onMenu,
  chosen,
  onColumns,
}: {
  rows: readonly Row[]
  /** These are not yet the rows that the filter asks for. */
  busy: boolean
  markOf: (id: number) => IssueMark | null
  chosen: Chosen
  onColumns: (to: Chosen) => void
  onMenu: OpenMenu
}) {
  const state = usePanel(all => all)
  const { log, version, now, filter, selected, following, pinned, sort, settings, searched, language, ready } = state
  const marks = issuesByHolder(state)
  const { time, people } = settings
  // Not of their widths; but others in another language, in which all that stands in them is told anew.
  const columns = useMemo(() => shownColumns(chosen), [chosen.shown, language])
  const head = useMemo(
    () => <Head columns={columns} chosen={chosen} onChange={onColumns} />,
    [columns, chosen, onColumns],
  )
  const { wide, narrow, least } = useMemo(() => tracks(chosen), [chosen])
  const pins = [...pinned].flatMap(id => log.event(id) ?? [])
  const box = useRef<HTMLDivElement>(null)
  // It begins where it will stand: rows at the top would be drawn for nothing.
  const [view, setView] = useState(() => {
    const height = Math.max(ROW, innerHeight - AROUND)
    return { top: following ? Math.max(0, rows.length * ROW - height) : left, height, room: innerHeight }
  })
  // What is marked changes with the rows: else all of them would be drawn for each key, and again when the new ones are found.
  const marking = useRef({ rows, filter })
  if (!busy || marking.current.rows !== rows) marking.current = { rows, filter }
  const asked = marking.current.filter
  const wordsOf = useMemo(() => {
    const { query } = parseQuery(asked)
    return marksFor(query, literals(query))
  }, [asked])
  // When all rows are drawn, as at first, those that are out of view would hold up the others: they come once these are on the screen.
  const [drawnFor, setDrawnFor] = useState<unknown>(null)
  const spare = drawnFor === wordsOf
  useLayoutEffect(() => {
    // Until identity is known all are about to be drawn once more.
    if (!ready) return
    let over = false
    void painted().then(() => {
      if (over) return
      setDrawnFor(() => wordsOf)
      read(true)
    })
    return () => {
      over = true
    }
  }, [wordsOf, ready])

  /** The rows that are drawn; `spare`: also such as are out of view. */
  const shown = useRef({ first: 0, end: 0, of: 0, spare })
  const read = (always = shown.current.spare) => {
    const element = box.current
    if (!element) return
    const { first, end, of } = shown.current
    const { scrollTop: top, clientHeight: height } = element
    const room = innerHeight
    left = top
    // At first its height was guessed. If what is in view stands there, nothing is drawn anew before it is on the screen.
    if (!always && Math.floor(top / ROW) >= first && Math.min(of, Math.ceil((top + height) / ROW)) <= end) return
    setView(old => (old.top === top && old.height === height && old.room === room ? old : { top, height, room }))
  }
  // What moves rows within the document makes all of them anew to the browser: that can wait until nothing scrolls.
  const [scrolling, setScrolling] = useState(false)
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(resting.current), [])
  const onScroll = () => {
    const element = box.current
    if (!element) return
    if (shown.current.spare) setScrolling(true)
    clearTimeout(resting.current)
    resting.current = setTimeout(() => setScrolling(false), RESTING)
    if (!sort) follow(element.scrollTop + element.clientHeight >= element.scrollHeight - ROW)
    read()
  }
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    element.scrollTop = left
    const observer = new ResizeObserver(() => {
      if (panelFollows.current) element.scrollTop = element.scrollHeight
      read()
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const panelFollows = useRef(following)
  panelFollows.current = following

  // New rows: stay at the newest, or stay at the row that was there, whatever came before it.
  const anchor = useRef<{ row: Row | undefined; index: number }>({ row: undefined, index: 0 })
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    if (following) element.scrollTop = element.scrollHeight
    else if (anchor.current.row && rows[anchor.current.index]?.id !== anchor.current.row.id) {
      const { id } = anchor.current.row
      const index = rows.findIndex(row => row.id === id)
      if (index >= 0) element.scrollTop += (index - anchor.current.index) * ROW
    }
    read()
  }, [version, rows, following])

  // The selected row comes into view when it was chosen elsewhere.
  useLayoutEffect(() => {
    const element = box.current
    const index = selected === null ? -1 : rows.findIndex(row => row.id === selected)
    if (!element || index < 0) return
    const top = index * ROW
    // The head covers the height of one row.
    if (top >= element.scrollTop && top + (2 + pins.length) * ROW <= element.scrollTop + element.clientHeight) return
    element.scrollTop = Math.max(0, top - element.clientHeight / 2)
    onScroll()
  }, [selected])

  // Rows that go out of view come in again at the other end, in the same element, with what they say written anew: always as many, whatever
  // part of the window they have, since with another number all would be made anew.
  const slots = SLOTS * Math.ceil((view.room / ROW + 2 * SPARE + 2) / SLOTS)
  const seen = Math.floor(view.top / ROW)
  const first = Math.max(0, spare ? Math.min(seen - SPARE, rows.length - slots) : seen)
  const end = Math.min(rows.length, spare ? first + slots : Math.ceil((view.top + view.height) / ROW))
  const drawn = rows.slice(first, end)
  shown.current = { first, end, of: rows.length, spare }
  const top = Math.min(rows.length - 1, seen)
  anchor.current = { row: rows[top], index: top }

  const eventLine = (entry: EventEntry, index: number | null): VNode => (
    <EventLine
      key={index === null ? entry.id : `event ${index % slots}`}
      entry={entry}
      index={index}
      selected={entry.id === selected}
      holder={log.holderOf(entry)}
      state={outcomeAt(entry, now).state}
      now={now}
      time={timeText(state, entry)}
      columns={columns}
      markOf={markOf}
      marks={marks}
      wordsOf={wordsOf}
      searched={searched}
      people={people}
      onMenu={onMenu}
    />
  )
  const lineOf = (row: Row, index: number): VNode => {
    if (row.kind === 'page')
      return (
        <div
          key={`page ${index % slots}`}
          class="gr load"
          role="row"
          aria-rowindex={index + 2}
          style={{ top: `${index * ROW}px` }}
          data-page={row.id}
        >
          <PageCells entry={row} />
        </div>
      )
    return eventLine(row, index)
  }
  // What only the scrolling has moved is neither described nor compared anew: that would be most of each frame's garbage.
  const about = useMemo(
    () => ({}),
    [log, version, rows, now, time, columns, markOf, marks, wordsOf, searched, people, selected, slots],
  )
  const lines = useRef<{ about: unknown; of: Map<number, VNode> }>({ about: null, of: new Map() })
  const known = lines.current.about === about ? lines.current.of : null
  lines.current = { about, of: new Map() }
  /** The slots in the order in which their rows stand in the document. */
  const order = useRef<readonly number[]>([])
  if (!scrolling || order.current.length !== slots)
    order.current = Array.from({ length: slots }, (_, n) => (first + n) % slots)

  const step = (by: number) => {
    let index = rows.findIndex(row => row.id === selected)
    if (index < 0) index = by > 0 ? top - 1 : end
    for (index += by; rows[index]; index += Math.sign(by)) if (rows[index]?.kind === 'event') return rows[index]?.id
    return undefined
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / ROW) - 1)
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key]
    const edge =
      event.key === 'Home'
        ? rows.find(row => row.kind === 'event')
        : event.key === 'End'
          ? rows.findLast(row => row.kind === 'event')
          : null
    const id = by ? step(by) : edge?.id
    if (by || edge) {
      event.preventDefault()
      if (id !== undefined) select(id)
    } else if (selected !== null && (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))) {
      event.preventDefault()
      onMenu()
    } else if ((event.key === 'Enter' || event.key === 'ArrowRight') && selected !== null) {
      event.preventDefault()
      document.querySelector<HTMLElement>('#detail [tabindex="0"]')?.focus()
    }
  }

  return (
    <div
      class="rows"
      data-time={time}
      ref={box}
      id="rows"
      role="grid"
      tabIndex={0}
      aria-label={t('events')}
      aria-rowcount={rows.length + 1}
      style={{ '--wide': wide, '--narrow': narrow, '--least': `${least}px` }}
      // Only of a row that is there.
      aria-activedescendant={drawn.some(({ id }) => id === selected) ? `row-${selected}` : undefined}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onContextMenu={event => {
        if (selected === null) return
        event.preventDefault()
        onMenu()
      }}
    >
      {head}
      {pins.length > 0 && (
        <div role="rowgroup" class="pins" aria-label={t('pinned')}>
          {pins.map(event => eventLine(event, null))}
        </div>
      )}
      <div role="rowgroup" class="all" style={{ height: `${rows.length * ROW}px` }}>
        {order.current.map(slot => {
          const index = first + ((slot - (first % slots) + slots) % slots)
          const row = index < end ? rows[index] : undefined
          if (!row) return null
          const line = known?.get(index) ?? lineOf(row, index)
          lines.current.of.set(index, line)
          return line
        })}
      </div>
    </div>
  )
}
