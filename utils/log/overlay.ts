/**
 * The database, and over it what the worker holds in memory while the database takes nothing: one log to those who read it.
 */
import type { LogEntry, Payload, PayloadRef } from '../identity/entry'
import { latest, mergePayload } from './records'
import type { Change, EventSource, Health, Scope, WatchOptions } from './source'

/** Says how the log fares now, and whenever that changes. */
export type WatchState = (on: (state: Health['state']) => void, signal: AbortSignal) => void

/** What comes goes to memory, and to the database later. */
export const isSpilling = (state: Health['state']): boolean => state === 'memory' || state === 'blocked'

export class Overlay implements EventSource {
  private state: Health['state'] = 'ok'

  constructor(
    private readonly base: EventSource,
    private readonly memory: EventSource,
    private readonly watchState: WatchState,
  ) {
    watchState(state => {
      this.state = state
    }, new AbortController().signal)
  }

  get store(): EventSource['store'] {
    return isSpilling(this.state) ? 'memory' : this.base.store
  }

  /** From both; while there is something in memory the database may well be closed. */
  private async both<T>(read: (source: EventSource) => Promise<T>, none: T): Promise<[T, T]> {
    if (!isSpilling(this.state)) return [await read(this.base), none]
    // One that is blocked wouldn't even fail, but wait.
    const base = this.state === 'blocked' ? none : read(this.base).catch(() => none)
    return Promise.all([base, read(this.memory)])
  }

  async newest(scope: Scope, count: number, before?: number): Promise<LogEntry[]> {
    const lists = await this.both(source => source.newest(scope, count, before), [])
    return count > 0 ? latest(...lists).slice(-count) : []
  }

  async range(scope: Scope, from: number, to: number): Promise<LogEntry[]> {
    return latest(...(await this.both(source => source.range(scope, from, to), [])))
  }

  async payload(refs: PayloadRef[]): Promise<Payload | null> {
    return mergePayload(await this.both(source => source.payload(refs), null))
  }

  watch(
    scope: Scope,
    on: (change: Change) => void,
    fail: (message: string) => void,
    signal: AbortSignal,
    options: WatchOptions = {},
  ): void {
    let base: Change | null = null
    let failed: string | null = null
    let spill: AbortController | null = null
    /** What memory holds, in its latest versions, and how many events of it the database doesn't know. */
    let held: LogEntry[] = []
    let extra = { log: 0, tab: 0 }

    const tell = (change: Omit<Change, 'counts'>): void => {
      const { log, tab } = base?.counts ?? { log: 0, tab: 0 }
      const counts = { log: log === null ? null : log + extra.log, tab: tab === null ? null : tab + extra.tab }
      on({ ...change, counts })
    }
    const takeMemory = (change: Change): void => {
      held = change.reset ? change.entries : latest(held, change.entries)
      extra = { log: change.counts?.log ?? 0, tab: change.counts?.tab ?? 0 }
      // Without the database, memory is all there is.
      if (!base) tell({ ...change, entries: held, reset: change.reset })
      else tell({ epoch: base.epoch, reset: false, entries: change.entries, oldest: base.oldest ?? 0 })
    }
    this.watchState(state => {
      const spilling = isSpilling(state)
      if (spilling && !spill) {
        spill = new AbortController()
        this.memory.watch(scope, takeMemory, fail, AbortSignal.any([signal, spill.signal]), options)
      } else if (!spilling && spill) {
        // By now all of it is in the database.
        spill.abort()
        spill = null
        held = []
        extra = { log: 0, tab: 0 }
        if (base) tell({ epoch: base.epoch, reset: false, entries: [], oldest: base.oldest ?? 0 })
        if (failed !== null) fail(failed)
      }
    }, signal)
    this.base.watch(
      scope,
      change => {
        base = change
        failed = null
        tell(change.reset && held.length > 0 ? { ...change, entries: latest(change.entries, held) } : change)
      },
      message => {
        failed = message
        if (!spill) fail(message)
      },
      signal,
      options,
    )
  }
}
