/**
 * The log as its readers see it: straight from the database that the worker writes to, in whatever context. The writer says on
 * a channel that something was committed; then only batches newer than the last one read are asked for. Without Dexie, whose
 * 34 kB gzip every page with a panel would load for a handful of reads.
 */
import { type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from 'idb'
import { breath } from '../breath'
import type { LogEntry, Payload, PayloadRef } from '../identity/entry'
import { inWords } from './faults'
import { ALL, inScope, isStanding, keysAsked, latest, mergePayload, tabKey } from './records'
import type { Change, Checkpoint, EventSource, Scope, WatchOptions } from './source'
import {
  type BatchRecord,
  COMMITS,
  DATABASE,
  HEAD,
  type HeadRecord,
  KEPT,
  type KeptRecord,
  type LogTables,
  NewerLogError,
  type SegmentRecord,
  VERSION,
  VIEW,
  type ViewRecord,
} from './tables'

/** ms until a database that can't be read is looked at again, even if nothing is committed. */
const LOOK_AGAIN = 5_000

/** Segments that are read at once: what the reader keeps grows by no more than that between two breaths. */
const PAGE = 5
/** A log of no more segments than this is read at once. */
const SHORT = 4
/** Segments that are looked through, at most, for what is enough to begin with. */
const FIRST = 48
/** Entries that a reader who begins with the newest sees before anything else: a screen. */
const EARLY = 60
/** Batches that are read for them, at most: those that were cleared leave gaps. */
const EARLY_BATCHES = 2 * EARLY

const isShown = ({ kind }: LogEntry): boolean => kind !== 'void'

type Reading = IDBPTransaction<LogTables, StoreNames<LogTables>[], 'readonly'>

/** What a transaction's end would reject with, its requests or its opening reject with too: nobody listens to it twice. */
const quiet = <T extends { done: Promise<void> }>(transaction: T): T => {
  transaction.done.catch(() => {})
  return transaction
}

/** A connection that is opened when it is needed, and again when it was closed under us. */
class Connection {
  private opened: Promise<IDBPDatabase<LogTables>> | null = null

  constructor(private readonly name: string) {}

  /** A transaction over some tables. Rejects when there is no database yet: the worker makes it. */
  async read(...tables: StoreNames<LogTables>[]): Promise<Reading> {
    this.opened ??= this.open()
    const opened = this.opened
    try {
      return quiet((await opened).transaction(tables))
    } catch (error) {
      // The next read opens it again.
      if (this.opened === opened) this.opened = null
      throw error
    }
  }

  private async open(): Promise<IDBPDatabase<LogTables>> {
    const forget = (): void => {
      this.opened = null
    }
    const database = await openDB<LogTables>(this.name, undefined, {
      // Only the writer knows the tables. What it has not made is not made here.
      upgrade: (_, __, ___, transaction) => quiet(transaction).abort(),
      // A newer version of the extension, or "delete everything", waits for us.
      blocking: (_, __, event) => {
        forget()
        ;(event.target as IDBDatabase).close()
      },
      terminated: forget,
    })
    if (database.version < (VERSION + 1) * 10) return database
    database.close()
    throw new NewerLogError()
  }
}

const recordOf = async <T>(reading: Reading, id: 'head' | 'view' | 'kept', standard: T): Promise<T> =>
  ((await reading.objectStore('meta').get(id)) as T | undefined) ?? standard

const headOf = (reading: Reading): Promise<HeadRecord> => recordOf(reading, 'head', HEAD)
const viewOf = (reading: Reading): Promise<ViewRecord> => recordOf(reading, 'view', VIEW)
const keptOf = (reading: Reading): Promise<KeptRecord> => recordOf(reading, 'kept', KEPT)

/** Records of a scope with an id above `after`, ascending by id. */
async function recordsOf<Name extends 'batches' | 'segments'>(
  reading: Reading,
  name: Name,
  scope: Scope,
  after = -1,
): Promise<LogTables[Name]['value'][]> {
  type Found = LogTables[Name]['value']
  const table = reading.objectStore(name)
  const keys = keysAsked(scope)
  if (!keys) return table.getAll(IDBKeyRange.lowerBound(after, true)) as Promise<Found[]>
  const index = table.index('keys')
  const lists = await Promise.all(
    keys.map(
      key => index.getAll(IDBKeyRange.bound([key, after + 1], [key, Number.POSITIVE_INFINITY])) as Promise<Found[]>,
    ),
  )
  const [first = [], second = []] = lists
  const known = new Set(first.map(({ id }) => id))
  return [...first, ...second.filter(({ id }) => !known.has(id))].sort((a, b) => a.id - b.id)
}

const rowsOf = async (reading: Reading, ids: readonly number[]): Promise<LogEntry[][]> => {
  const records = await Promise.all(ids.map(id => reading.objectStore('rows').get(id)))
  return records.map(record => record?.entries ?? [])
}

/** Events in segments, by key; `keys`: only of these. */
async function countersOf(reading: Reading, keys?: readonly string[]): Promise<Map<string, number>> {
  const table = reading.objectStore('counters')
  const found = keys ? await Promise.all(keys.map(key => table.get(key))) : await table.getAll()
  return new Map(found.flatMap(record => (record ? [[record.key, record.events]] : [])))
}

/** The first that somebody sees of a log. */
interface FirstLook {
  view: ViewRecord
  /** The newest ones, ascending by id, without a gap. */
  entries: LogEntry[]
  /** The log holds more than that. */
  more: boolean
}

/**
 * Only as many batches as it takes: all of them are several hundred, or one of half a megabyte, and reading them takes four times as long
 * (measured; what is larger than 64 kB the browser keeps as a file apart).
 */
async function firstLook(reading: Reading): Promise<FirstLook> {
  const [head, view, newest] = await Promise.all([
    headOf(reading),
    viewOf(reading),
    reading.objectStore('batches').openCursor(null, 'prev'),
  ])
  const lists: LogEntry[][] = []
  const known = new Set<number>()
  let least = head.nextId
  for (let at = newest; at && head.nextId - least < EARLY && lists.length < EARLY_BATCHES; at = await at.continue()) {
    const { entries } = at.value
    lists.unshift(entries)
    for (const { id } of entries) known.add(id)
    while (known.has(least - 1)) least -= 1
  }
  const entries = latest(...lists).filter(({ id }) => id >= least)
  return { view, entries, more: head.nextId - 1 > entries.length }
}

const entriesOf = (batches: BatchRecord[], scope: Scope): LogEntry[] =>
  latest(...batches.map(({ entries }) => entries.filter(entry => inScope(entry, scope))))

export class DatabaseSource implements EventSource {
  readonly store = 'dexie'
  private readonly connection: Connection

  /** Begun before anybody watched, and of use to the first who does. */
  private ahead: Promise<FirstLook | null> | null = null

  constructor(name = DATABASE) {
    this.connection = new Connection(name)
  }

  /** Everything will be watched soon: what is seen first is read already. */
  prepare(): void {
    // What goes wrong now is said if it still does when somebody watches.
    this.ahead = this.connection
      .read('meta', 'batches')
      .then(firstLook)
      .catch(() => null)
  }

  async newest(scope: Scope, count: number, before = Number.POSITIVE_INFINITY): Promise<LogEntry[]> {
    const reading = await this.connection.read('batches', 'segments', 'rows')
    const wanted = (entry: LogEntry): boolean => entry.id < before && inScope(entry, scope)
    let found = entriesOf(await recordsOf(reading, 'batches', scope), scope).filter(wanted)
    const segments = (await recordsOf(reading, 'segments', scope)).filter(({ from }) => from < before).reverse()
    for (const { id } of segments) {
      // Everything in this segment and in those before it has an id up to `id`.
      if (found.filter(entry => isShown(entry) && entry.id > id).length >= count) break
      const [rows = []] = await rowsOf(reading, [id])
      found = latest(rows.filter(wanted), found)
    }
    return count > 0 ? found.filter(isShown).slice(-count) : []
  }

  async range(scope: Scope, from: number, to: number): Promise<LogEntry[]> {
    const reading = await this.connection.read('batches', 'segments', 'rows')
    const wanted = (entry: LogEntry): boolean => entry.id >= from && entry.id <= to && inScope(entry, scope)
    const segments = (await recordsOf(reading, 'segments', scope, from - 1)).filter(segment => segment.from <= to)
    const rows = await rowsOf(
      reading,
      segments.map(({ id }) => id),
    )
    return latest(
      rows.flat().filter(wanted),
      entriesOf(await recordsOf(reading, 'batches', scope), scope).filter(wanted),
    ).filter(isShown)
  }

  async payload(refs: PayloadRef[]): Promise<Payload | null> {
    const payloads = (await this.connection.read('payloads')).objectStore('payloads')
    const parts = await Promise.all(
      refs.map(async ([chunk, index]) => {
        // The last record of the chunk that begins at or before it.
        const cursor = await payloads.openCursor(IDBKeyRange.bound([chunk, 0], [chunk, index]), 'prev')
        return cursor?.value.parts[index - cursor.value.first]
      }),
    )
    return mergePayload(parts)
  }

  watch(
    scope: Scope,
    on: (change: Change) => void,
    fail: (message: string) => void,
    signal: AbortSignal,
    options: WatchOptions = {},
  ): void {
    const { ahead } = this
    this.ahead = null
    void new Watch(this.connection, scope, on, signal, options, ahead).run(fail)
  }
}

/** What one look at the database gives to somebody who watches. */
interface Look {
  view: ViewRecord
  batches: BatchRecord[]
}

class Watch {
  /** The newest batch that was read, or that went into a segment which was read. */
  private last = 0
  private view: ViewRecord | null = null
  private through = 0
  private fromCheckpoint = false
  /** Events in segments, and the tab of each entry beyond (null: it is no event). */
  private base = { log: 0, tab: 0 }
  private seen = new Map<number, string | null>()
  private beyond = { log: 0, tab: 0 }
  /** Segments that are still to be read, ascending; the same list as long as nobody loaded afresh. */
  private left: number[] | null = null
  private readonly tab: string | undefined

  constructor(
    private readonly connection: Connection,
    private readonly scope: Scope,
    private readonly on: (change: Change) => void,
    private readonly signal: AbortSignal,
    private readonly options: WatchOptions,
    private ahead: Promise<FirstLook | null> | null,
  ) {
    this.tab = options.tab ?? scope.tab
  }

  /** A database that was closed under us is opened again once; then it is said, and looked for again when the writer has it. */
  async run(fail: (message: string) => void): Promise<void> {
    let failures = 0
    while (!this.signal.aborted) {
      const began = this.last
      try {
        if (!this.view) await this.load()
        await this.follow()
        return
      } catch (error) {
        failures = this.last > began ? 1 : failures + 1
        if (failures < 2 || this.signal.aborted) continue
        if (failures === 2) fail(`The log can't be read: ${inWords(error)}`)
        await this.nextCommit()
      }
    }
  }

  /** What was committed just before this began to listen is found a little later. */
  private nextCommit(): Promise<void> {
    return new Promise(resolve => {
      const channel = new BroadcastChannel(COMMITS)
      const end = (): void => {
        clearTimeout(timer)
        channel.close()
        resolve()
      }
      const timer = setTimeout(end, LOOK_AGAIN)
      channel.onmessage = end
      this.signal.addEventListener('abort', end, { once: true })
    })
  }

  /** Everything there is, as one change; or, when the reader wants that and there is much, the newest first. */
  private async load(): Promise<void> {
    const { connection, scope, options } = this
    this.left = null
    const whole = options.enough !== undefined
    // A screen or two. All the rest, its reading and what it means are worth waiting for the rows.
    if (whole && !this.view) {
      const { view, entries, more } = (await this.ahead) ?? (await firstLook(await connection.read('meta', 'batches')))
      const early = entries.filter(entry => inScope(entry, scope)).slice(-EARLY)
      if (more && early.length > 0) {
        const counts = { log: null, tab: null }
        this.tell({ reset: true, entries: early, partial: true, early: true, counts }, view)
        await options.looked?.()
      }
    }
    this.ahead = null
    const reading = await connection.read('meta', 'batches', 'segments', 'counters', 'checkpoints')
    // Asked for at once: each question of its own costs a way to the browser's process and back.
    const [head, view, kept, counters, batches, segments] = await Promise.all([
      headOf(reading),
      viewOf(reading),
      keptOf(reading),
      countersOf(reading, this.counted),
      recordsOf(reading, 'batches', scope),
      recordsOf(reading, 'segments', scope),
    ])
    this.count(head, batches, counters)
    const newest = entriesOf(batches, scope)
    // One who wants everything needs it only if he doesn't get that at once.
    const candidate = whole && segments.length <= SHORT ? null : await this.chooseCheckpoint(reading, head)
    const { at, id } = candidate?.through ?? { at: Number.NEGATIVE_INFINITY, id: 0 }
    // The last one that it holds whole ends where it does.
    const fresh = segments.filter(segment => segment.until > at || (segment.until === at && segment.id > id))
    const first = whole && candidate ? await this.begin(segments, fresh, newest, kept) : null
    const lists = first?.lists ?? (await this.rowsIn((whole ? segments : fresh).map(segment => segment.id)))
    const checkpoint = first || !whole ? candidate : null
    const isNew = (entry: LogEntry): boolean => entry.at > at || (entry.at === at && entry.id > id)
    const entries = latest(...lists, newest)
    this.view = view
    this.last = head.nextBatch - 1
    this.fromCheckpoint = checkpoint !== null
    this.tell({
      reset: true,
      entries: whole ? entries : entries.filter(isNew),
      ...(options.checkpoint ? { checkpoint } : {}),
      ...(first ? { partial: true } : {}),
    })
    if (!first) return
    this.left = first.left
    void this.readOlder(first.left)
  }

  /** Entries of these segments that are in scope, segment by segment. */
  private async rowsIn(ids: readonly number[]): Promise<LogEntry[][]> {
    const lists: LogEntry[][] = []
    for (let page = 0; page < ids.length && !this.signal.aborted; page += PAGE)
      for (const rows of await rowsOf(await this.connection.read('rows'), ids.slice(page, page + PAGE)))
        lists.push(rows.filter(entry => inScope(entry, this.scope)))
    return lists
  }

  /**
   * What a reader begins with: all that the checkpoint doesn't hold, and as many of the newest as are enough for him.
   * @returns null when there would be nothing left, or when a clear can still be undone: then counters count what isn't shown
   */
  private async begin(
    segments: readonly SegmentRecord[],
    fresh: readonly SegmentRecord[],
    newest: readonly LogEntry[],
    { gaps }: KeptRecord,
  ): Promise<{ lists: LogEntry[][]; left: number[] } | null> {
    const left = new Set(segments)
    const lists: LogEntry[][] = []
    const read = async (some: readonly SegmentRecord[]): Promise<void> => {
      for (const segment of some) left.delete(segment)
      lists.push(...(await this.rowsIn(some.map(({ id }) => id))))
    }
    const isClear = (entry: LogEntry): boolean => entry.kind === 'clear' && isStanding(entry)
    if (newest.some(isClear)) return null
    const standing = segments.filter(({ from, id }) => gaps.some(gap => gap >= from && gap <= id))
    await read([...new Set([...fresh, ...standing])])
    if (lists.some(list => list.some(isClear))) return null
    const own = tabKey(this.tab ?? '')
    const candidates = segments.filter(({ keys }) => keys.some(([key]) => key === own)).slice(-FIRST)
    while (!this.options.enough?.([...newest, ...lists.flat()])) {
      const next = candidates.pop()
      if (!next) break
      if (left.has(next)) await read([next])
    }
    return left.size > 0 ? { lists, left: [...left].map(({ id }) => id) } : null
  }

  /** Reads on, the newest first, until somebody loads afresh. A read that fails is tried again; what the log says to that, `run` hears. */
  private async readOlder(left: number[]): Promise<void> {
    const { pause = breath } = this.options
    while (left.length > 0) {
      await pause()
      if (this.left !== left || this.signal.aborted) return
      const id = left.at(-1) as number
      try {
        const [rows = []] = await this.rowsIn([id])
        if (this.left !== left || !this.view) return
        left.pop()
        const { oldest } = this.view
        // Who has everything needs no checkpoint any more, and not everything again when one turns out wrong.
        if (left.length === 0) this.fromCheckpoint = false
        const entries = rows.filter(entry => entry.id >= oldest)
        this.tell({ reset: false, entries, older: left.length > 0 ? 'more' : 'last' })
      } catch {
        await this.nextCommit()
      }
    }
  }

  /** The one that reaches furthest and that the reader can use. */
  private async chooseCheckpoint(reading: Reading, head: HeadRecord): Promise<Checkpoint | null> {
    if (!this.options.checkpoint) return null
    for (const { id, at, entry } of head.checkpoints.toReversed()) {
      const record = await reading.objectStore('checkpoints').get(id)
      const checkpoint = record && { through: { at, id: entry }, reduced: record.reduced }
      if (checkpoint && this.options.checkpoint(checkpoint)) return checkpoint
    }
    return null
  }

  /** Ends with the signal, or with an error. Reads one at a time, however fast the log grows. */
  private follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      const channel = new BroadcastChannel(COMMITS)
      const { lag } = this.options
      let timer: ReturnType<typeof setTimeout> | undefined
      let reading = false
      let changed = false
      const stop = (error?: unknown): void => {
        channel.close()
        clearTimeout(timer)
        if (error === undefined) resolve()
        else reject(error)
      }
      const wake = async (): Promise<void> => {
        timer = undefined
        changed = true
        if (reading) return
        reading = true
        try {
          while (changed && !this.signal.aborted) {
            changed = false
            await this.take(await this.look())
          }
        } catch (error) {
          stop(error)
        }
        reading = false
      }
      channel.onmessage = () => {
        if (lag === undefined) void wake()
        else timer ??= setTimeout(() => void wake(), lag)
      }
      if (this.signal.aborted) return stop()
      this.signal.addEventListener('abort', () => stop(), { once: true })
      // What was committed while we loaded.
      void wake()
    })
  }

  private async look(): Promise<Look> {
    const reading = await this.connection.read('meta', 'batches')
    // Asked for at once, see `firstLook`.
    const [view, batches] = await Promise.all([viewOf(reading), recordsOf(reading, 'batches', this.scope, this.last)])
    return { view, batches }
  }

  private async take({ view, batches }: Look): Promise<void> {
    if (this.signal.aborted) return
    const old = this.view
    if (!old || view.epoch !== old.epoch || (this.fromCheckpoint && view.refolds !== old.refolds)) return this.load()
    const newer = batches.filter(({ id }) => id > this.last)
    // Batches that became segments before we saw them: the worker was quick, or this page was asleep.
    const missed = view.moved > this.last ? await this.missedRows() : []
    const entries = latest(...missed, entriesOf(newer, this.scope))
    // What it takes from view was counted, and isn't all there yet.
    if (this.left?.length && entries.some(({ kind }) => kind === 'clear')) return this.load()
    this.view = view
    this.last = Math.max(this.last, view.moved, newer.at(-1)?.id ?? 0)
    if (entries.length === 0 && view.oldest === old.oldest) return
    const recount = view.oldest !== old.oldest || missed.length > 0 || !this.countNew(entries)
    if (recount) await this.recount()
    this.tell({ reset: false, entries })
  }

  private async missedRows(): Promise<LogEntry[][]> {
    const { connection, last } = this
    const segments = (await connection.read('segments')).objectStore('segments').index('batch')
    const ids = await segments.getAllKeys(IDBKeyRange.lowerBound(last, true))
    return this.rowsIn(ids.sort((a, b) => a - b))
  }

  private tell(change: Omit<Change, 'epoch' | 'oldest'>, view = this.view): void {
    if (this.signal.aborted || !view) return
    const { epoch, oldest } = view
    const whole = keysAsked(this.scope) === null
    const log = whole ? this.base.log + this.beyond.log : null
    const tab =
      this.tab !== undefined && (whole || this.scope.tab === this.tab) ? this.base.tab + this.beyond.tab : null
    this.on({ epoch, oldest, counts: { log, tab }, ...change })
  }

  private count(head: HeadRecord, batches: BatchRecord[], counters: ReadonlyMap<string, number>): void {
    this.through = head.through
    this.base = { log: counters.get(ALL) ?? 0, tab: counters.get(tabKey(this.tab ?? '')) ?? 0 }
    this.seen = new Map()
    this.beyond = { log: 0, tab: 0 }
    for (const { entries, late } of batches) for (const entry of entries) if (!late.includes(entry.id)) this.see(entry)
  }

  private see(entry: LogEntry): void {
    if (!inScope(entry, this.scope)) return
    this.add(this.seen.get(entry.id) ?? null, -1)
    const tab = entry.kind === 'event' ? entry.place.tab : null
    this.seen.set(entry.id, tab)
    this.add(tab, 1)
  }

  private add(tab: string | null, by: 1 | -1): void {
    if (tab === null) return
    this.beyond.log += by
    if (tab === this.tab) this.beyond.tab += by
  }

  /** false: one of them may be in a segment already, so that only the database knows. */
  private countNew(entries: LogEntry[]): boolean {
    for (const entry of entries) {
      if (entry.id <= this.through && !this.seen.has(entry.id)) return false
      this.see(entry)
    }
    return this.seen.size < 20_000
  }

  private async recount(): Promise<void> {
    const reading = await this.connection.read('meta', 'batches', 'counters')
    const head = await headOf(reading)
    const batches = await recordsOf(reading, 'batches', this.scope)
    this.count(head, batches, await countersOf(reading, this.counted))
  }

  /** Keys of the counters that are told. */
  private get counted(): string[] {
    return [ALL, tabKey(this.tab ?? '')]
  }
}
