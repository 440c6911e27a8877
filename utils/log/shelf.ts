/** A small log in memory: what the database can't take, and what must never get to it. Both ends of such a log hold one. */
import { type ClearEntry, isCleared, type LogEntry, type Payload, type PayloadRef } from '../identity/entry'
import { byId, inScope, mergePayload, type PartialBatch, weigh } from './records'
import type { Change, EventSource, Scope, WatchOptions } from './source'

export interface ShelfCap {
  /** Versions of entries. */
  entries: number
  /** Characters of payloads, roughly. */
  payloads: number
}

/** Besides its batches. */
export interface ShelfState {
  epoch: number
  cleared: Record<string, number>
  floor: number
}

export class Shelf implements EventSource {
  /** By chunk id, in the order in which they came. */
  private batches = new Map<number, PartialBatch>()
  /** Latest version of each entry, and the batch that it stands in. */
  private latest = new Map<number, { entry: LogEntry; chunk: number }>()
  private versions = 0
  private weight = 0
  private oldest = 0
  private cleared = new Map<string, number>()
  /** What was deleted with everything else has ids below. */
  private floor = 0
  private watchers = new Set<(entries: LogEntry[] | null) => void>()
  /** Entries with lower ids stand in the database too, in an earlier version: they are not counted here. */
  countFrom = 0

  constructor(
    readonly store: 'session' | 'memory',
    private readonly cap: ShelfCap,
    /** A number that no earlier shelf had. */
    private epoch: number,
  ) {}

  get size(): number {
    return this.batches.size
  }
  get nextId(): number {
    return Math.max(0, ...this.latest.keys()) + 1
  }
  get nextChunk(): number {
    return Math.max(0, ...this.batches.keys()) + 1
  }
  /** The batch that came first. */
  first(): [chunk: number, batch: PartialBatch] | undefined {
    return this.batches.entries().next().value
  }
  marks(): Record<string, number> {
    return Object.assign({}, ...[...this.batches.values()].map(({ marks }) => marks))
  }
  entries(): LogEntry[] {
    return [...this.latest.values()].map(({ entry }) => entry).sort(byId)
  }

  /** @returns the chunks that had to go to make room, oldest first. */
  put(chunk: number, batch: PartialBatch): number[] {
    const entries = batch.entries.filter(entry => !this.isGone(entry))
    this.batches.set(chunk, { ...batch, entries })
    this.versions += entries.length
    this.weight += weightOf(batch)
    for (const entry of entries) this.latest.set(entry.id, { entry, chunk })
    const gone: number[] = []
    for (const [old] of this.batches) {
      if (this.batches.size === 1 || (this.versions <= this.cap.entries && this.weight <= this.cap.payloads)) break
      this.drop(old)
      gone.push(old)
    }
    for (const watcher of this.watchers) watcher(entries)
    return gone
  }

  /** Takes a batch away, without an end for those who watch: what it held is elsewhere now, or too old. */
  drop(chunk: number): void {
    const batch = this.batches.get(chunk)
    if (!batch) return
    this.batches.delete(chunk)
    this.versions -= batch.entries.length
    this.weight -= weightOf(batch)
    for (const { id } of batch.entries) if (this.latest.get(id)?.chunk === chunk) this.latest.delete(id)
    if (this.latest.size > 0) this.oldest = Math.min(...this.latest.keys())
  }

  /**
   * Takes away all of a tab, or what `upTo` clears; what comes later of entries below `before` is left out.
   * @returns how many entries that were, and the batches that changed (null: nothing is left of it)
   */
  clear(
    tab: string,
    before: number,
    upTo?: ClearEntry,
  ): { removed: number; changed: Map<number, PartialBatch | null> } {
    const removed = new Set<number>()
    const changed = new Map<number, PartialBatch | null>()
    this.cleared.set(tab, upTo?.id ?? before)
    const goes = (entry: LogEntry) => entry.place.tab === tab && (!upTo || isCleared(entry, upTo))
    for (const [chunk, { entries, payloads, marks }] of this.batches) {
      const left = entries.filter(entry => !goes(entry))
      if (left.length === entries.length) continue
      const wanted = new Set<number>()
      for (const entry of this.entries())
        if (!goes(entry) && entry.kind === 'event')
          for (const [of, index] of entry.payload) if (of === chunk) wanted.add(index)
      for (const entry of entries) if (goes(entry)) removed.add(entry.id)
      const batch = { entries: left, payloads: payloads.map((part, n) => (wanted.has(n) ? part : null)), marks }
      changed.set(chunk, left.length > 0 || wanted.size > 0 ? batch : null)
    }
    for (const id of removed) this.latest.delete(id)
    for (const [chunk, batch] of changed) this.replace(chunk, batch)
    this.restart()
    return { removed: removed.size, changed }
  }

  private replace(chunk: number, batch: PartialBatch | null): void {
    const old = this.batches.get(chunk)
    if (!old) return
    this.versions += (batch?.entries.length ?? 0) - old.entries.length
    this.weight += (batch ? weightOf(batch) : 0) - weightOf(old)
    if (batch) this.batches.set(chunk, batch)
    else this.batches.delete(chunk)
  }

  /** Nothing stays; what comes later of entries below `before` is left out. */
  empty(before: number): void {
    this.batches.clear()
    this.latest.clear()
    this.versions = this.weight = 0
    this.oldest = Math.max(this.oldest, before)
    this.floor = before
    this.restart()
  }

  /** Begins afresh with what another holder of the same log has. */
  refill(batches: Map<number, PartialBatch>, { epoch, cleared, floor }: ShelfState): void {
    this.batches.clear()
    this.latest.clear()
    this.versions = this.weight = 0
    this.cleared = new Map(Object.entries(cleared))
    this.floor = floor
    this.epoch = epoch
    const watchers = this.watchers
    this.watchers = new Set()
    for (const [chunk, batch] of [...batches].sort(([a], [b]) => a - b)) this.put(chunk, batch)
    this.watchers = watchers
    for (const watcher of watchers) watcher(null)
  }

  /** What must be kept beside the batches. */
  state(): ShelfState {
    return { epoch: this.epoch, cleared: Object.fromEntries(this.cleared), floor: this.floor }
  }

  private isGone({ id, place }: LogEntry): boolean {
    return id < this.floor || id < (this.cleared.get(place.tab) ?? 0)
  }

  private restart(): void {
    this.epoch += 1
    for (const watcher of this.watchers) watcher(null)
  }

  private shown(scope: Scope): LogEntry[] {
    return this.entries().filter(entry => entry.kind !== 'void' && inScope(entry, scope))
  }

  async newest(scope: Scope, count: number, before = Number.POSITIVE_INFINITY): Promise<LogEntry[]> {
    return count > 0
      ? this.shown(scope)
          .filter(({ id }) => id < before)
          .slice(-count)
      : []
  }

  async range(scope: Scope, from: number, to: number): Promise<LogEntry[]> {
    return this.shown(scope).filter(({ id }) => id >= from && id <= to)
  }

  async payload(refs: PayloadRef[]): Promise<Payload | null> {
    return mergePayload(refs.map(([chunk, index]) => this.batches.get(chunk)?.payloads[index]))
  }

  watch(
    scope: Scope,
    on: (change: Change) => void,
    _fail: (message: string) => void,
    signal: AbortSignal,
    options: WatchOptions = {},
  ): void {
    if (signal.aborted) return
    const tab = options.tab ?? scope.tab
    const change = (newer: LogEntry[] | null): void => {
      const counts = { log: 0, tab: 0 }
      for (const { entry } of this.latest.values())
        if (entry.kind === 'event' && entry.id >= this.countFrom) {
          counts.log += 1
          if (entry.place.tab === tab) counts.tab += 1
        }
      on({
        epoch: this.epoch,
        reset: newer === null,
        entries: (newer ?? this.entries()).filter(entry => inScope(entry, scope)).sort(byId),
        oldest: this.oldest,
        counts: { log: counts.log, tab: tab === undefined ? null : counts.tab },
        ...(options.checkpoint && newer === null ? { checkpoint: null } : {}),
      })
    }
    this.watchers.add(change)
    signal.addEventListener('abort', () => this.watchers.delete(change), { once: true })
    change(null)
  }
}

const weightOf = ({ payloads }: { payloads: (Payload | null)[] }): number =>
  payloads.reduce((sum, payload) => sum + (payload ? weigh(payload) : 0), 0)
