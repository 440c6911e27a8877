/**
 * The list of events. Rows have one height, so which of them are in view is arithmetic: a windowing library would cost the panel
 * 9 kB gzip (measured) for what are twenty lines here.
 */
import { Component, type JSX, type VNode } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { painted } from '../../utils/breath'
import type { EventEntry, Outcome, PageEntry } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import type { HolderState } from '../../utils/identity/state'
import type { Language } from '../../utils/settings'
import { clock, clockMs, pathOf, rowCid, rowUid, sizeOf, span } from '../format'
import { Icon, type IconName } from '../icons'
import type { Row } from '../log-view'
import { Badge, Boundary, Name, rove, SEVERITIES } from '../parts'
import { type IssueMark, issuesByHolder, outcomeText } from '../select'
import { follow, panel, select, setSort, usePanel } from '../store'
import { type PlainKey, t } from '../text'
import { Time } from '../time'
import { Chain } from './chain'
import { type Chosen, type Column, type ColumnId, nextSort, shownColumns, tracks, withWidth } from './columns'
import { marked } from './filter'
import { literals, parseQuery, type Query, regexes } from './query'
import { type EventRow, eventRow, type IdentityCell, identityCell, isBad } from './row'
import { search } from './rows'

const ROW = 22
const SPARE = 8
/** px that stand around the list in a wide window: until it is measured it is taken to have the rest. */
const AROUND = 148
/** The number of rows is a multiple of this, so that it stays while the window's height changes by little. */
const SLOTS = 8
/** ms without scrolling after which the rows stand in their order in the document, too. */
const RESTING = 150

const Marked = ({ text, words }: { text: string; words: readonly string[] }) => (
  <>{marked(text, words).map((part, index) => (index % 2 ? <mark key={index}>{part}</mark> : part))}</>
)

/** UID and CID of a row: what changed has a shape and a word of its own. */
export function Identity({ cell }: { cell: IdentityCell }) {
  switch (cell.kind) {
    case 'got':
      return (
        <span class="chg got" title={cell.cid}>
          <Icon name="plus" small />
          CID{' '}
          <Name cid={cell.cid}>
            <span class="m">{rowCid(cell.cid)}</span>
          </Name>
        </span>
      )
    case 'asked':
      return (
        <span class="chg gone" title={t('row.asked', { cid: cell.cid })}>
          <Icon name="wait" small />
          CID{' '}
          <Name cid={cell.cid}>
            <span class="m">{rowCid(cell.cid)}</span>
          </Name>
        </span>
      )
    case 'kept':
      return (
        <span class="chg kept" title={cell.cid}>
          <Icon name="error" small />
          {t('row.still')}{' '}
          <Name cid={cell.cid}>
            <span class="m">{rowCid(cell.cid)}</span>
          </Name>
        </span>
      )
    case 'gone':
      return (
        <span class="chg gone">
          <Icon name="minus" small />
          {cell.uid ? 'CID, UID' : 'CID'}
        </span>
      )
    case 'new':
      return (
        <span class="chg new" title={cell.uid}>
          <Icon name="anonymous" small />
          {t('row.new')} <span class="m">{rowUid(cell.uid)}</span>
        </span>
      )
    case 'plain':
      return (
        <span class="m t3" title={cell.full}>
          <Name cid={cell.full}>{cell.text}</Name>
        </span>
      )
    case 'none':
      return (
        <span class="t3" title={cell.why}>
          —
        </span>
      )
  }
}

/** Who saw it; null: nobody knows. */
const laneOf = ({ request, call }: EventEntry) => request?.lanes ?? (call ? 'hook' : null)

const BADGE_ICONS: Partial<Record<string, IconName>> = { worker: 'worker', twice: 'twice' }

export const Badges = ({ badges }: { badges: EventRow['badges'] }) => (
  <>
    {badges.map(({ kind, text, title }) => {
      const icon = BADGE_ICONS[kind]
      return (
        <Badge key={kind} title={title}>
          {icon && <Icon name={icon} small />}
          {text}
        </Badge>
      )
    })}
  </>
)

const LANES = { hook: 'lane.hook', network: 'lane.network', both: 'lane.both' } as const satisfies Record<
  string,
  PlainKey
>

interface CellProps {
  entry: EventEntry
  row: EventRow
  words: readonly string[]
  mark: IssueMark | null
  cell: IdentityCell
}

/** A cell that only a wide pane has room for. */
const plain = (text: string) => (
  <span role="gridcell" class="t2 wide" title={text}>
    {text}
  </span>
)

const CELLS: Record<ColumnId, (props: CellProps) => JSX.Element> = {
  time: ({ entry }) => (
    <span role="gridcell">
      <Time of={entry} tight />
    </span>
  ),
  id: ({ entry }) => plain(`#${entry.id}`),
  event: ({ row, words }) => (
    <span role="gridcell" title={row.name}>
      <Marked text={row.name} words={words} />
      {row.bad && <span class="narrow-only"> · {row.about}</span>}
      <span class="narrow-only">
        {' '}
        {row.badges.map(badge => (
          <Badge key={badge.kind} title={badge.title}>
            {badge.text}
          </Badge>
        ))}
      </span>
    </span>
  ),
  transport: ({ row }) => (
    <span role="gridcell" class="t2 wide">
      {row.transport} <Badges badges={row.badges} />
    </span>
  ),
  lane: ({ entry }) => {
    const lane = laneOf(entry)
    return (
      <span role="gridcell" class="t2 wide" title={lane ? t(`lanes.${lane}`) : undefined}>
        {lane ? t(LANES[lane]) : '—'}
      </span>
    )
  },
  status: ({ row }) => plain(outcomeText(row.outcome)),
  chain: ({ entry, row }) => (
    <span role="gridcell">
      <Chain event={entry} outcome={row.outcome} />
    </span>
  ),
  size: ({ entry }) => plain(entry.request ? sizeOf(entry.request) : '—'),
  took: ({ row }) => plain('ms' in row.outcome ? span(row.outcome.ms) : '—'),
  host: ({ entry }) => plain(entry.request?.host ?? '—'),
  page: ({ entry }) => plain(pathOf(entry.facts.page ?? entry.place.url)),
  identity: ({ cell }) => (
    <span role="gridcell">
      <Identity cell={cell} />
    </span>
  ),
  about: ({ row, words }) => (
    <span role="gridcell" class="t2 wide" title={row.about}>
      <Marked text={row.about} words={words} />
    </span>
  ),
  issues: ({ mark }) => {
    const severity = mark && SEVERITIES[mark.worst]
    return (
      <span role="gridcell" class={severity?.class}>
        {severity && mark && (
          <>
            <Icon name={severity.icon} small label={t(severity.one, { n: mark.count })} />
            <span class="wide"> {mark.count}</span>
          </>
        )}
      </span>
    )
  },
}

/** What identity and the rules say of an event: it may be the same though both have moved on. */
interface Said {
  cell: IdentityCell
  mark: IssueMark | null
}
const saidOf = (entry: EventEntry, holder: HolderState | null, mark: IssueMark | null): Said => ({
  cell: identityCell(entry, holder, mark?.kept ?? false),
  mark,
})
const isSame = (a: Said, b: Said): boolean => JSON.stringify(a) === JSON.stringify(b)

function EventCells({
  entry,
  said,
  now,
  words,
  columns,
}: {
  entry: EventEntry
  said: Said
  now: number
  words: readonly string[]
  columns: readonly Column[]
}) {
  const { cell, mark } = said
  const row = eventRow(entry, now, mark?.twice ?? false)
  return (
    <>
      {/* Called, not mounted: a cell has no state, and there are hundreds of them. */}
      {columns.map(({ id }) => CELLS[id]({ entry, row, words, mark, cell }))}
    </>
  )
}

interface LineProps {
  entry: EventEntry
  index: number
  selected: boolean
  holder: HolderState | null
  /** What time has made of its outcome. */
  state: Outcome['state']
  now: number
  columns: readonly Column[]
  markOf: (id: number) => IssueMark | null
  /** Changes when `markOf` may say something else. */
  marks: unknown
  wordsOf: (entry: EventEntry) => readonly string[]
  /** Changes when `wordsOf` may. */
  searched: number
  language: Language
  onMenu: OpenMenu
}

/** A row is drawn again when it says something else: not because the list was scrolled, the clock ticks or another event came. */
class EventLine extends Component<LineProps> {
  private said: Said | null = null

  override shouldComponentUpdate(next: LineProps) {
    const { props, said } = this
    if (
      next.entry !== props.entry ||
      next.index !== props.index ||
      next.selected !== props.selected ||
      next.state !== props.state ||
      next.columns !== props.columns ||
      next.wordsOf !== props.wordsOf ||
      next.searched !== props.searched ||
      next.language !== props.language
    )
      return true
    if (next.holder === props.holder && next.marks === props.marks) return false
    return !said || !isSame(said, saidOf(next.entry, next.holder, next.markOf(next.entry.id)))
  }
  override render() {
    const { entry, index, selected, holder, state, now, columns, markOf, wordsOf, onMenu } = this.props
    const said = saidOf(entry, holder, markOf(entry.id))
    this.said = said
    return (
      <div
        id={`row-${entry.id}`}
        class={isBad(state) ? 'gr bad' : 'gr'}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={selected}
        style={{ top: `${index * ROW}px` }}
        data-event={entry.id}
        onClick={() => select(entry.id)}
        onContextMenu={event => {
          event.preventDefault()
          event.stopPropagation()
          select(entry.id)
          onMenu(event)
        }}
      >
        <Boundary what={`#${entry.id}`}>
          <EventCells entry={entry} said={said} now={now} words={wordsOf(entry)} columns={columns} />
        </Boundary>
      </div>
    )
  }
}

const PAGE: Record<PageEntry['how'], PlainKey> = {
  load: 'page.load',
  restored: 'page.restored',
  route: 'page.route',
  prerender: 'page.prerender',
  shown: 'page.shown',
}

const PageCells = ({ entry }: { entry: PageEntry }) => (
  <>
    <span role="gridcell">
      {clock(entry.at)}
      <span class="wide">{clockMs(entry.at).slice(8)}</span>
    </span>
    <span role="gridcell">
      <Icon name="page" small /> {t(PAGE[entry.how])} <span class="m">{pathOf(entry.place.url)}</span>
      {entry.late && <Badge title={t('page.late.title')}>{t('page.late')}</Badge>}
    </span>
  </>
)

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
  const { time } = settings
  const columns = useMemo(() => shownColumns(chosen), [chosen])
  const head = useMemo(
    () => <Head columns={columns} chosen={chosen} onChange={onColumns} />,
    [columns, chosen, onColumns, language],
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
    return (
      <EventLine
        key={`event ${index % slots}`}
        entry={row}
        index={index}
        selected={row.id === selected}
        holder={log.holderOf(row)}
        state={outcomeAt(row, now).state}
        now={now}
        columns={columns}
        markOf={markOf}
        marks={marks}
        wordsOf={wordsOf}
        searched={searched}
        language={language}
        onMenu={onMenu}
      />
    )
  }
  // What only the scrolling has moved is neither described nor compared anew: that would be most of each frame's garbage.
  const about = useMemo(
    () => ({}),
    [log, version, rows, now, columns, markOf, marks, wordsOf, searched, language, selected, slots],
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
          {pins.map(event => (
            <div
              key={event.id}
              class="gr"
              role="row"
              aria-selected={event.id === selected}
              data-pinned={event.id}
              onClick={() => select(event.id)}
            >
              <EventCells
                entry={event}
                said={saidOf(event, log.holderOf(event), markOf(event.id))}
                now={now}
                words={wordsOf(event)}
                columns={columns}
              />
            </div>
          ))}
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
