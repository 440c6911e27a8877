/**
 * A log as CSV (RFC 4180): a row for each entry, columns that people read, and at the end two that hold the whole of it, so that the
 * file comes back without loss. With a byte order mark, since spreadsheets take a file without one for another encoding. A cell that a
 * spreadsheet would run as a formula begins with an apostrophe; one that begins with an apostrophe gets a second one, so that the
 * first can be taken away again.
 */
import type { EventEntry, LogEntry, Payload } from '../identity/entry'
import type { PayloadOf } from './own'

/** What spreadsheets take for a formula, in their wide forms too, or skip to find one. */
const FORMULA = /^['=+\-@\t\r\n＝＋－＠]/

/** A cell as it stands in the file. */
export const csvCell = (text: string): string => {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",;\r\n\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
/** What a parsed cell said before it was made safe. */
export const plainCell = (cell: string): string => (cell.startsWith("'") ? cell.slice(1) : cell)

const row = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`

const ENTRY = '_entry'
const PAYLOAD = '_payload'

const pairs = (attributes: EventEntry['facts']['customers']): string =>
  attributes ? JSON.stringify(Object.fromEntries(attributes)) : ''

/** Columns of events, in order. */
const COLUMNS: Record<string, (event: EventEntry, payload: Payload | null) => string | number | null | undefined> = {
  name: ({ facts }) => [facts.ec, facts.ea].filter(Boolean).join('/'),
  about: ({ facts }) => facts.about,
  uid: ({ facts }) => facts.uid,
  aid: ({ facts }) => facts.aid,
  cid: ({ facts }) => facts.cid,
  portal: ({ facts }) => facts.portal,
  source: ({ facts }) => facts.prop,
  session: ({ facts }) => facts.session,
  customer: ({ facts }) => pairs(facts.customers),
  visitor: ({ facts }) => pairs(facts.users),
  problems: ({ facts }) => facts.problems.map(({ message }) => message).join('\n'),
  call: ({ call }) => call?.api,
  caller: ({ call }) => call?.caller,
  transport: ({ request }) => request?.transport,
  method: ({ request }) => request?.method,
  outcome: ({ outcome }) => outcome.state,
  status: ({ outcome }) => ('status' in outcome ? outcome.status : null),
  error: ({ outcome }) => ('error' in outcome ? outcome.error : 'why' in outcome ? outcome.why : null),
  ms: ({ outcome }) => ('ms' in outcome ? outcome.ms : null),
  url: (_, payload) => payload?.request?.url,
}

/** The file in pieces. */
export function* csvPieces(entries: readonly LogEntry[], payloadOf: PayloadOf): Generator<string> {
  yield `\uFEFF${row(['id', 'time', 'kind', ...Object.keys(COLUMNS), 'page', 'site', ENTRY, PAYLOAD])}`
  /** Which entry a payload stands at: events of one request share it. */
  const holders = new Map<Payload, number>()
  for (const entry of entries) {
    const event = entry.kind === 'event' ? entry : null
    const payload = event && payloadOf(event)
    const holder = payload ? holders.get(payload) : undefined
    if (payload && holder === undefined) holders.set(payload, entry.id)
    yield row([
      String(entry.id),
      new Date(entry.at).toISOString(),
      entry.kind,
      ...Object.values(COLUMNS).map(column => String((event && column(event, payload)) ?? '')),
      entry.place.url,
      entry.place.site,
      JSON.stringify(event ? { ...event, payload: [] } : entry),
      payload ? JSON.stringify(holder ?? payload) : '',
    ])
  }
}

/** Cuts a CSV text that comes in pieces into rows. A quote that is never closed takes in all that follows: `end` then says so. */
export class CsvSplitter {
  private cells: string[] = []
  private cell = ''
  private quoted = false
  /** A quote was seen inside of quotes: the next character tells whether it is one of the text. */
  private pending = false
  /** Something of this row was there, an empty cell at least. */
  private begun = false

  constructor(private readonly take: (cells: string[]) => void) {}

  write(piece: string): void {
    const special = /[",\r\n]/g
    let at = 0
    while (at < piece.length) {
      if (this.pending) {
        this.pending = false
        this.quoted = piece[at] === '"'
        if (this.quoted) {
          this.cell += '"'
          at++
          continue
        }
      } else if (this.quoted) {
        const quote = piece.indexOf('"', at)
        this.cell += piece.slice(at, quote < 0 ? piece.length : quote)
        this.pending = quote >= 0
        at = quote < 0 ? piece.length : quote + 1
        continue
      }
      special.lastIndex = at
      const next = special.exec(piece)?.index ?? piece.length
      this.cell += piece.slice(at, next)
      at = next + 1
      const char = piece[next]
      if (char === ',') this.endCell()
      else if (char === '\r' || char === '\n') this.endRow()
      else if (char === '"' && this.cell !== '') this.cell += char
      else if (char === '"') this.quoted = this.begun = true
    }
  }

  /** @returns false: the file ended inside of a quoted cell */
  end(): boolean {
    const whole = !this.quoted || this.pending
    this.quoted = this.pending = false
    this.endRow()
    return whole
  }

  private endCell(): void {
    this.cells.push(this.cell)
    this.cell = ''
    this.begun = true
  }

  /** Blank lines, and the second half of a line's end, are no rows. */
  private endRow(): void {
    if (!this.begun && this.cell === '') return
    this.endCell()
    const { cells } = this
    this.cells = []
    this.begun = false
    this.take(cells)
  }
}

/** Rows of our own file, read back. */
export class CsvRows {
  private columns: { entry: number; payload: number } | null = null
  private first = true

  /** What a row holds (`payload` may be the id of the entry that has the same), or a sentence. null: it was the names, or this is no file of ours. */
  read(cells: readonly string[]): { entry: unknown; payload: unknown } | string | null {
    if (this.first) {
      this.first = false
      const [entry, payload] = [cells.indexOf(ENTRY), cells.indexOf(PAYLOAD)]
      if (entry >= 0 && payload >= 0) this.columns = { entry, payload }
      return null
    }
    if (!this.columns) return null
    const { entry, payload } = this.columns
    try {
      const [ofEntry = '', ofPayload = ''] = [cells[entry], cells[payload]].map(cell => plainCell(cell ?? ''))
      return { entry: JSON.parse(ofEntry), payload: ofPayload === '' ? undefined : JSON.parse(ofPayload) }
    } catch (error) {
      return `the row's ${ENTRY} or ${PAYLOAD} is not JSON: ${(error as Error).message}`
    }
  }

  /** The names of our own columns were there. */
  get isOurs(): boolean {
    return this.columns !== null
  }
}
