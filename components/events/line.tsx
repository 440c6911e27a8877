/**
 * A row of the list. There are some fifty, and all that a user waits for there is that they are written: scrolling writes eight in each frame, a
 * key of the filter all of them. Most of what a row says is plain text: that goes straight into the page, and only what is more is described for
 * Preact, and only when it is not what stands there already: a frame of scrolling takes two thirds of the script's time and leaves 66 kB behind
 * instead of 110 (measured).
 */
import { Component, createRef, render, type VNode } from 'preact'
import type { EventEntry, Outcome } from '../../utils/identity/entry'
import type { HolderState } from '../../utils/identity/state'
import { whyOf } from '../../utils/why'
import { pathOf, rowCid, rowUid, sizeOf, span } from '../format'
import { Icon, type IconName } from '../icons'
import { Badge, Broken, Name, SEVERITIES } from '../parts'
import { type IssueMark, outcomeText } from '../select'
import { nameOf, select } from '../store'
import { type PlainKey, t } from '../text'
import { clockParts, timeTitle } from '../time'
import { Chain, chainText } from './chain'
import type { Column, ColumnId } from './columns'
import { marked } from './filter'
import type { OpenMenu } from './list'
import { type EventRow, eventRow, type IdentityCell, identityCell, isBad } from './row'
import { signOf } from './sign'

/** px */
export const ROW = 22

const Marked = ({ parts }: { parts: readonly string[] }) => (
  <>{parts.map((part, index) => (index % 2 ? <mark key={index}>{part}</mark> : part))}</>
)

const Cid = ({ cid }: { cid: string }) => (
  <Name cid={cid}>
    <span class="m">{rowCid(cid)}</span>
  </Name>
)

/** UID and CID of a row, where they changed: each change has a shape and a word of its own. */
function Change({ cell }: { cell: Exclude<IdentityCell, { kind: 'plain' | 'none' }> }) {
  switch (cell.kind) {
    case 'got':
      return (
        <span class="chg got" title={cell.cid}>
          <Icon name="plus" small />
          CID <Cid cid={cell.cid} />
        </span>
      )
    case 'asked':
      return (
        <span class="chg gone" title={t('row.asked', { cid: cell.cid })}>
          <Icon name="wait" small />
          CID <Cid cid={cell.cid} />
        </span>
      )
    case 'kept':
      return (
        <span class="chg kept" title={cell.cid}>
          <Icon name="error" small />
          {t('row.still')} <Cid cid={cell.cid} />
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
  /** When it was, as the user likes to read it. */
  time: string
  words: readonly string[]
  mark: IssueMark | null
  cell: IdentityCell
}

/** `wide`: what follows where there is room. `of`: from it all follows that is drawn; where that is the same, it stands there already. */
type Says = { title?: string; class?: string | undefined } & (
  | { text: string; wide?: string }
  | { of: string; draw: () => VNode }
)

/** A cell that only a wide pane has room for. */
const plain = (text: string): Says => ({ text, title: text, class: 't2 wide' })

/** A text with what was searched for marked in it. */
const marking = (text: string, words: readonly string[]): Says => {
  const parts = marked(text, words)
  return parts.length === 1 ? { text } : { of: JSON.stringify(parts), draw: () => <Marked parts={parts} /> }
}

const CELLS: Record<ColumnId, (props: CellProps) => Says> = {
  time: ({ entry, time }) => {
    const [text, wide] = clockParts(time)
    return { text, wide, title: timeTitle(entry.at) }
  },
  id: ({ entry }) => plain(`#${entry.id}`),
  event: ({ row: { name, bad, about, badges }, words }) => {
    if (!bad && badges.length === 0) return { ...marking(name, words), title: name }
    const parts = marked(name, words)
    return {
      of: JSON.stringify([parts, bad && about, badges]),
      draw: () => (
        <>
          <Marked parts={parts} />
          {bad && <span class="narrow-only"> · {about}</span>}
          <span class="narrow-only">
            {' '}
            {badges.map(badge => (
              <Badge key={badge.kind} title={badge.title}>
                {badge.text}
              </Badge>
            ))}
          </span>
        </>
      ),
      title: name,
    }
  },
  transport: ({ row: { transport, badges } }) =>
    badges.length === 0
      ? { text: transport, class: 't2 wide' }
      : {
          of: JSON.stringify([transport, badges]),
          draw: () => (
            <>
              {transport} <Badges badges={badges} />
            </>
          ),
          class: 't2 wide',
        },
  lane: ({ entry }) => {
    const lane = laneOf(entry)
    return lane ? { ...plain(t(LANES[lane])), title: t(`lanes.${lane}`) } : { text: '—', class: 't2 wide' }
  },
  status: ({ row }) => plain(outcomeText(row.outcome)),
  chain: ({ entry, row: { outcome } }) => ({
    of: `${signOf(outcome)} ${!entry.call} ${!entry.request} ${chainText(entry, outcome)}`,
    draw: () => <Chain event={entry} outcome={outcome} />,
  }),
  size: ({ entry }) => plain(entry.request ? sizeOf(entry.request) : '—'),
  took: ({ row }) => plain('ms' in row.outcome ? span(row.outcome.ms) : '—'),
  host: ({ entry }) => plain(entry.request?.host ?? '—'),
  page: ({ entry }) => plain(pathOf(entry.facts.page ?? entry.place.url)),
  identity: ({ cell }) => {
    if (cell.kind === 'none') return { text: '—', title: cell.why, class: 't3' }
    if (cell.kind !== 'plain') return { of: JSON.stringify(cell), draw: () => <Change cell={cell} /> }
    const { text, full } = cell
    const said =
      nameOf(full) === null ? { text } : { of: JSON.stringify(cell), draw: () => <Name cid={full}>{text}</Name> }
    return { ...said, title: full, class: 'm t3' }
  },
  about: ({ row: { about }, words }) => ({ ...marking(about, words), title: about, class: 't2 wide' }),
  issues: ({ mark }) => {
    const severity = mark && SEVERITIES[mark.worst]
    if (!severity) return { text: '' }
    return {
      of: `${mark.worst} ${mark.count}`,
      draw: () => (
        <>
          <Icon name={severity.icon} small label={t(severity.one, { n: mark.count })} />
          <span class="wide"> {mark.count}</span>
        </>
      ),
      class: severity.class,
    }
  },
}

/** One cell in the page; it knows what stands in it. */
class Cell {
  readonly element = document.createElement('span')
  private title: string | undefined
  private class: string | undefined
  private readonly texts: { node: Text; data: string }[] = []
  /** Of what Preact drew in it; null: it holds plain text. */
  private drawn: string | null = null

  constructor() {
    this.element.setAttribute('role', 'gridcell')
  }

  write(says: Says): void {
    const { element } = this
    if (says.title !== this.title) {
      this.title = says.title
      if (says.title === undefined) element.removeAttribute('title')
      else element.title = says.title
    }
    if (says.class !== this.class) {
      this.class = says.class
      element.className = says.class ?? ''
    }
    if ('of' in says) {
      if (says.of === this.drawn) return
      if (this.drawn === null) this.empty()
      this.drawn = says.of
      render(says.draw(), element)
      return
    }
    if (this.drawn !== null) this.empty()
    this.put(0, says.text)
    if (says.wide || this.texts.length > 1) this.put(1, says.wide ?? '')
  }

  private put(index: 0 | 1, data: string): void {
    const text = this.texts[index]
    if (!text) {
      const node = document.createTextNode(data)
      this.texts[index] = { node, data }
      if (index === 0) return this.element.append(node)
      const part = document.createElement('span')
      part.className = 'wide'
      part.append(node)
      this.element.append(part)
    } else if (text.data !== data) {
      text.node.data = data
      text.data = data
    }
  }

  /** What Preact drew listens to the panel until it is taken away. */
  empty(): void {
    if (this.drawn !== null) render(null, this.element)
    this.drawn = null
    this.texts.length = 0
    this.element.replaceChildren()
  }
}

/** What identity and the rules say of an event: it may be the same though both have moved on. */
interface Said {
  cell: IdentityCell
  mark: IssueMark | null
}
const saidOf = ({ entry, holder, markOf }: LineProps): Said => {
  const mark = markOf(entry.id)
  return { cell: identityCell(entry, holder, mark?.kept ?? false), mark }
}

interface LineProps {
  entry: EventEntry
  /** Of all rows; null: it is pinned above them. */
  index: number | null
  selected: boolean
  holder: HolderState | null
  /** What time has made of its outcome. */
  state: Outcome['state']
  now: number
  time: string
  /** Others in another language. */
  columns: readonly Column[]
  markOf: (id: number) => IssueMark | null
  /** Changes when `markOf` may say something else. */
  marks: unknown
  wordsOf: (entry: EventEntry) => readonly string[]
  /** Changes when `wordsOf` may. */
  searched: number
  /** Changes when a CID may have another name. */
  people: unknown
  onMenu: OpenMenu
}

/** Written again when it says something else: not because the list was scrolled, the clock ticks or another event came. */
export class EventLine extends Component<LineProps> {
  private readonly box = createRef<HTMLDivElement>()
  private said: Said | null = null
  private cells: Cell[] = []
  private columns: readonly Column[] | null = null
  /** In its place stands why it can't be written. */
  private broken = false

  override shouldComponentUpdate(next: LineProps) {
    const { props, said } = this
    if (
      next.entry !== props.entry ||
      next.index !== props.index ||
      next.selected !== props.selected ||
      next.state !== props.state ||
      next.time !== props.time ||
      next.columns !== props.columns ||
      next.wordsOf !== props.wordsOf ||
      next.searched !== props.searched ||
      next.people !== props.people
    )
      return true
    if (next.holder === props.holder && next.marks === props.marks) return false
    return !said || JSON.stringify(said) !== JSON.stringify(saidOf(next))
  }
  override componentDidMount() {
    this.write()
  }
  override componentDidUpdate() {
    this.write()
  }
  override componentWillUnmount() {
    this.empty()
  }

  private readonly select = () => select(this.props.entry.id)
  private readonly menu = (event: MouseEvent) => {
    event.preventDefault()
    event.stopPropagation()
    this.select()
    this.props.onMenu(event)
  }

  /** A row that can't be written says so; the others stand, and so does the next event in its place. */
  private write(): void {
    const box = this.box.current
    if (!box) return
    const { entry, now, time, columns, wordsOf } = this.props
    try {
      const said = saidOf(this.props)
      this.said = said
      const { cell, mark } = said
      const props = { entry, row: eventRow(entry, now, mark?.twice ?? false), time, words: wordsOf(entry), mark, cell }
      if (this.columns !== columns) {
        this.empty()
        this.cells = columns.map(() => new Cell())
        box.replaceChildren(...this.cells.map(({ element }) => element))
        this.columns = columns
      }
      for (const [index, { id }] of columns.entries()) this.cells[index]?.write(CELLS[id](props))
    } catch (error) {
      this.empty()
      box.replaceChildren()
      this.broken = true
      render(<Broken what={`#${entry.id}`} why={whyOf(error)} />, box)
    }
  }

  private empty(): void {
    for (const cell of this.cells) cell.empty()
    if (this.broken && this.box.current) render(null, this.box.current)
    this.broken = false
    this.cells = []
    this.columns = null
  }

  override render() {
    const { entry, index, selected, state } = this.props
    const place =
      index === null
        ? { 'data-pinned': entry.id }
        : {
            id: `row-${entry.id}`,
            'aria-rowindex': index + 2,
            style: { top: `${index * ROW}px` },
            'data-event': entry.id,
          }
    return (
      <div
        ref={this.box}
        class={isBad(state) ? 'gr bad' : 'gr'}
        role="row"
        aria-selected={selected}
        {...place}
        onClick={this.select}
        onContextMenu={this.menu}
      />
    )
  }
}
