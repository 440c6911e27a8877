/**
 * The log as its readers see it: straight from the database that the worker writes to, in whatever context. What changes is
 * learnt by `liveQuery`, which asks only for batches newer than the last one read.
 */
import { liveQuery, type Table } from 'dexie'
import type { LogEntry, Payload, PayloadRef } from '../identity/entry'
import { inWords } from './faults'
import { ALL, inScope, keysAsked, latest, mergePayload, tabKey } from './records'
import { type BatchRecord, byKey, type HeadRecord, type LogDatabase, type ViewRecord } from './schema'
import type { Change, Checkpoint, EventSource, Scope, WatchOptions } from './source'

/** Segments that are read at once: what the reader keeps grows by no more than that between two breaths. */
const PAGE = 5

const isShown = ({ kind }: LogEntry): boolean => kind !== 'void'

/** Records of a scope with an id above `after`, ascending by id. */
async function recordsOf<T extends { id: number }>(table: Table<T, number>, scope: Scope, after = -1): Promise<T[]> {
  const keys = keysAsked(scope)
  if (!keys) return table.where('id').above(after).toArray()
  const lists = await Promise.all(keys.map(key => byKey(table, key, after + 1).toArray()))
  const [first = [], second = []] = lists
  const known = new Set(first.map(({ id }) => id))
  return [...first, ...second.filter(({ id }) => !known.has(id))].sort((a, b) => a.id - b.id)
}

const entriesOf = (batches: BatchRecord[], scope: Scope): LogEntry[] =>
  latest(...batches.map(({ entries }) => entries.filter(entry => inScope(entry, scope))))

export class DexieSource implements EventSource {
  readonly store = 'dexie'

  constructor(private readonly db: LogDatabase) {}

  newest(scope: Scope, count: number, before = Number.POSITIVE_INFINITY): Promise<LogEntry[]> {
    const { db } = this
    return db.transaction('r', [db.batches, db.segments, db.rows], async () => {
      const wanted = (entry: LogEntry): boolean => entry.id < before && inScope(entry, scope)
      let found = entriesOf(await recordsOf(db.batches, scope), scope).filter(wanted)
      const segments = (await recordsOf(db.segments, scope)).filter(({ from }) => from < before).reverse()
      for (const { id } of segments) {
        // Everything in this segment and in those before it has an id up to `id`.
        if (found.filter(entry => isShown(entry) && entry.id > id).length >= count) break
        const rows = (await db.rows.get(id))?.entries ?? []
        found = latest(rows.filter(wanted), found)
      }
      return count > 0 ? found.filter(isShown).slice(-count) : []
    })
  }

  range(scope: Scope, from: number, to: number): Promise<LogEntry[]> {
    const { db } = this
    return db.transaction('r', [db.batches, db.segments, db.rows], async () => {
      const wanted = (entry: LogEntry): boolean => entry.id >= from && entry.id <= to && inScope(entry, scope)
      const segments = (await recordsOf(db.segments, scope, from - 1)).filter(segment => segment.from <= to)
      const rows = await db.rows.bulkGet(segments.map(({ id }) => id))
      return latest(
        rows.flatMap(record => record?.entries.filter(wanted) ?? []),
        entriesOf(await recordsOf(db.batches, scope), scope).filter(wanted),
      ).filter(isShown)
    })
  }

  async payload(refs: PayloadRef[]): Promise<Payload | null> {
    const { payloads } = this.db
    const records = await this.db.transaction('r', payloads, () =>
      Promise.all(
        refs.map(([chunk, index]) =>
          payloads.where('[chunk+first]').between([chunk, 0], [chunk, index], true, true).last(),
        ),
      ),
    )
    return mergePayload(records.map((record, n) => record?.parts[(refs[n]?.[1] ?? 0) - record.first]))
  }

  watch(
    scope: Scope,
    on: (change: Change) => void,
    fail: (message: string) => void,
    signal: AbortSignal,
    options: WatchOptions = {},
  ): void {
    void new Watch(this.db, scope, on, signal, options).run(fail)
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
  private readonly tab: string | undefined

  constructor(
    private readonly db: LogDatabase,
    private readonly scope: Scope,
    private readonly on: (change: Change) => void,
    private readonly signal: AbortSignal,
    private readonly options: WatchOptions,
  ) {
    this.tab = options.tab ?? scope.tab
  }

  /** A database that was closed under us is opened again once; then it is said. */
  async run(fail: (message: string) => void): Promise<void> {
    for (let attempt = 0; !this.signal.aborted; attempt++) {
      const began = this.last
      try {
        await this.db.open()
        if (!this.view) await this.load()
        await this.follow()
        return
      } catch (error) {
        if (this.last > began) attempt = 0
        if (attempt > 0 && !this.signal.aborted) return fail(`The log can't be read: ${inWords(error)}`)
      }
    }
  }

  /** Everything there is, as one change. */
  private async load(): Promise<void> {
    const { db, scope, options } = this
    const start = await db.transaction(
      'r',
      [db.meta, db.batches, db.segments, db.counters, db.checkpoints],
      async () => {
        const head = await db.head()
        const checkpoint = await this.chooseCheckpoint(head)
        const since = checkpoint?.through.at ?? Number.NEGATIVE_INFINITY
        return {
          head,
          checkpoint,
          view: await db.view(),
          batches: await recordsOf(db.batches, scope),
          segments: (await recordsOf(db.segments, scope)).filter(({ until }) => until >= since),
          counters: await db.counters.bulkGet([ALL, tabKey(this.tab ?? '')]),
        }
      },
    )
    const { at, id } = start.checkpoint?.through ?? { at: Number.NEGATIVE_INFINITY, id: 0 }
    const wanted = (entry: LogEntry): boolean =>
      inScope(entry, scope) && (entry.at > at || (entry.at === at && entry.id > id))
    const lists: LogEntry[][] = []
    for (let page = 0; page < start.segments.length && !this.signal.aborted; page += PAGE) {
      const rows = await db.rows.bulkGet(start.segments.slice(page, page + PAGE).map(segment => segment.id))
      for (const record of rows) lists.push(record?.entries.filter(wanted) ?? [])
    }
    this.view = start.view
    this.last = start.head.nextBatch - 1
    this.fromCheckpoint = start.checkpoint !== null
    this.count(start.head, start.batches, start.counters)
    this.tell({
      reset: true,
      entries: latest(...lists, entriesOf(start.batches, scope).filter(wanted)),
      ...(options.checkpoint ? { checkpoint: start.checkpoint } : {}),
    })
  }

  /** The one that reaches furthest and that the reader can use. */
  private async chooseCheckpoint(head: HeadRecord): Promise<Checkpoint | null> {
    if (!this.options.checkpoint) return null
    for (const { id, at, entry } of head.checkpoints.toReversed()) {
      const record = await this.db.checkpoints.get(id)
      const checkpoint = record && { through: { at, id: entry }, reduced: record.reduced }
      if (checkpoint && this.options.checkpoint(checkpoint)) return checkpoint
    }
    return null
  }

  /**
   * Ends with the signal, or with an error. `liveQuery` only wakes us: its results would not come while one change follows
   * the other, since each makes it ask again. So the reading is our own, one at a time, however fast the log grows.
   */
  private follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      let reading = false
      let changed = false
      const read = async (): Promise<void> => {
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
      const wait = () => {
        changed = true
        queueMicrotask(read)
        return this.touch().catch(stop)
      }
      const subscription = liveQuery(wait).subscribe({ error: stop })
      function stop(error?: unknown): void {
        subscription.unsubscribe()
        if (error === undefined) resolve()
        else reject(error)
      }
      if (this.signal.aborted) stop()
      else this.signal.addEventListener('abort', () => stop(), { once: true })
    })
  }

  /** Asks for what `look` will read, in the cheapest way: by this liveQuery knows what we wait for. */
  private touch(): Promise<unknown> {
    const { db, scope, last } = this
    const keys = keysAsked(scope)
    return Promise.all([
      db.meta.get('view'),
      ...(keys
        ? keys.map(key => byKey(db.batches, key, last + 1).primaryKeys())
        : [db.batches.where('id').above(last).primaryKeys()]),
    ])
  }

  private look(): Promise<Look> {
    const { db, scope, last } = this
    return db.transaction('r', db.meta, db.batches, async () => ({
      view: await db.view(),
      batches: await recordsOf(db.batches, scope, last),
    }))
  }

  private async take({ view, batches }: Look): Promise<void> {
    if (this.signal.aborted) return
    const old = this.view
    if (!old || view.epoch !== old.epoch || (this.fromCheckpoint && view.refolds !== old.refolds)) return this.load()
    const newer = batches.filter(({ id }) => id > this.last)
    // Batches that became segments before we saw them: the worker was quick, or this page was asleep.
    const missed = view.moved > this.last ? await this.missedRows() : []
    const entries = latest(...missed, entriesOf(newer, this.scope))
    this.view = view
    this.last = Math.max(this.last, view.moved, newer.at(-1)?.id ?? 0)
    if (entries.length === 0 && view.oldest === old.oldest) return
    const recount = view.oldest !== old.oldest || missed.length > 0 || !this.countNew(entries)
    if (recount) await this.recount()
    this.tell({ reset: false, entries })
  }

  private async missedRows(): Promise<LogEntry[][]> {
    const { db, scope, last } = this
    const ids = await db.segments.where('batch').above(last).primaryKeys()
    const lists: LogEntry[][] = []
    for (let page = 0; page < ids.length; page += PAGE)
      for (const record of await db.rows.bulkGet(ids.slice(page, page + PAGE).sort((a, b) => a - b)))
        lists.push(record?.entries.filter(entry => inScope(entry, scope)) ?? [])
    return lists
  }

  private tell(change: Pick<Change, 'reset' | 'entries' | 'checkpoint'>): void {
    if (this.signal.aborted || !this.view) return
    const { epoch, oldest } = this.view
    const whole = keysAsked(this.scope) === null
    const log = whole ? this.base.log + this.beyond.log : null
    const tab =
      this.tab !== undefined && (whole || this.scope.tab === this.tab) ? this.base.tab + this.beyond.tab : null
    this.on({ epoch, oldest, counts: { log, tab }, ...change })
  }

  private count(head: HeadRecord, batches: BatchRecord[], counters: ({ events: number } | undefined)[]): void {
    this.through = head.through
    this.base = { log: counters[0]?.events ?? 0, tab: counters[1]?.events ?? 0 }
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
    const { db, scope } = this
    const found = await db.transaction('r', db.meta, db.batches, db.counters, async () => ({
      head: await db.head(),
      batches: await recordsOf(db.batches, scope),
      counters: await db.counters.bulkGet([ALL, tabKey(this.tab ?? '')]),
    }))
    this.count(found.head, found.batches, found.counters)
  }
}
