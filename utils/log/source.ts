/**
 * The one small interface behind which the log's stores stand: Dexie, `storage.session` (private windows in
 * Firefox), memory through a port (disk full, database won't open).
 */
import type { ClearEntry, LogEntry, Payload, PayloadRef } from '../identity/entry'

/** Which entries: those of a tab (`<session>:<tab>`), those of a site (`<partition>|<site>`), or both together. All, when neither. */
export interface Scope {
  tab?: string
  site?: string
}

export interface Change {
  /** Changes when entries were taken away (clear, delete everything): the reader starts afresh. */
  epoch: number
  /** true on the first call and after a new epoch: `entries` is everything there is; else only new or rewritten ones. */
  reset: boolean
  /** Ascending by id; of one id only the latest version. */
  entries: LogEntry[]
  /** Retention took every entry with a smaller id. Readers may drop them too; no reset comes for that. */
  oldest?: number
  /**
   * Events in the log by now, without reading them: of the whole log (null unless the scope is all) and of the tab named in the
   * options (null if there is none, or if the scope leaves out some of its events). Both null while nobody has counted (`early`).
   */
  counts?: { log: number | null; tab: number | null }
  /**
   * Only with `reset`, only when asked for: then `entries` are only those that come after it in the order (at, id), or, when there are
   * older ones to come (`partial`), at least those.
   */
  checkpoint?: Checkpoint | null
  /** Only with `reset`, only when asked for (`enough`): the older entries are still being read. Changes with `older` bring them. */
  partial?: boolean
  /**
   * Only with `partial`: the very newest entries, to be looked at while all the rest is being read. They come again after it, with
   * `reset`; what they mean for identity, and how many there are, nobody can tell before.
   */
  early?: boolean
  /** Not news, but entries that were there before, the newest of them first; one that the reader has already counts as he has it. */
  older?: 'more' | 'last'
}

/** The reduced state of all entries up to `through` in the order (at, id), of all tabs and sites. */
export interface Checkpoint {
  through: { at: number; id: number }
  /** What the reducer's `serialise` gave: its version and its state. */
  reduced: Reduced
}

export interface Reduced {
  version: string
  state: unknown
}

export interface WatchOptions {
  /**
   * Start from a checkpoint instead of from the first entry: from the newest one that this accepts (its version may be another
   * one than the reader's). Refusing costs no more than reading everything.
   */
  checkpoint?: (candidate: Checkpoint) => boolean
  /**
   * Begin with the newest entries, as soon as these are enough for the reader; the older ones come afterwards, page by page. Asked with
   * what was read so far, in no order; a log that is short comes whole without asking.
   */
  enough?: (newest: readonly LogEntry[]) => boolean
  /** Waited for when the very newest were told (`Change.early`) and before anything else is read: they come into view first. */
  looked?: () => Promise<void>
  /** Waited for before each page of older ones; default: what else waits in the reader's page goes first. */
  pause?: () => Promise<void>
  /**
   * ms after a commit until it is read: whoever is in no hurry keeps out of the way of those who are, and reads several as one. Default: at
   * once.
   */
  lag?: number
  /** Tab to count in `Change.counts` (default: the scope's). */
  tab?: string
}

export interface EventSource {
  readonly store: 'dexie' | 'session' | 'memory'
  /** The newest `count` entries of a scope (of those with an id below `before`), ascending by id. */
  newest(scope: Scope, count: number, before?: number): Promise<LogEntry[]>
  /** Entries with `from` ≤ id ≤ `to`, ascending by id. */
  range(scope: Scope, from: number, to: number): Promise<LogEntry[]>
  /**
   * Calls back once with all there is, then with each change; ends with the signal. When it can't go on, it says so to `fail`, once and
   * as a sentence; when it can again, changes come again.
   */
  watch(
    scope: Scope,
    on: (change: Change) => void,
    fail: (message: string) => void,
    signal: AbortSignal,
    options?: WatchOptions,
  ): void
  /** The merged payload of an entry; null when retention took it. */
  payload(refs: PayloadRef[]): Promise<Payload | null>
}

/** What the recorder commits at once: one record in the database, so that a stop of the worker loses all of it or nothing. */
export interface Batch {
  entries: LogEntry[]
  /** Parts of payloads; entries refer to `[chunk, index]`, where the chunk is the batch's own id given by `append`. */
  payloads: Payload[]
  /** Per document (relay nonce): number of the last hook record that is contained in the log with this batch. */
  marks: Record<string, number>
}

export interface LogWriter {
  /**
   * Commits a batch. `build` is called once with the id that the batch's payload chunk will have and returns the batch.
   * Resolves after the transaction committed, or when the browser can't store it and it is kept in memory instead (see
   * `Health`). Entries that were cleared or that retention took are left out: an end that comes after them doesn't bring them back.
   */
  append(build: (chunk: number) => Batch): Promise<void>
  /** Takes away the entries of a tab, all of them or those that `upTo` clears; returns how many. */
  clear(tab: string, upTo?: ClearEntry): Promise<number>
  deleteEverything(): Promise<void>
}

/** What a recorder that wakes up must know to go on. */
export interface Resume {
  /** The next free entry id. */
  nextId: number
  marks: Record<string, number>
  /**
   * Latest versions of recent entries of which more may come (pending, queued, seen by the network alone, a gap that lasts),
   * ascending by id.
   */
  open: LogEntry[]
}

/** How the log itself fares, for a banner. */
export interface Health {
  /**
   * `trimmed`: the disk was full, the oldest events were deleted. `memory`: the newest events are kept in memory only.
   * `blocked`: another window holds an older database open (events are kept in memory until it closes).
   */
  state: 'ok' | 'trimmed' | 'memory' | 'blocked'
  /** A sentence for the user; null when all is well. */
  message: string | null
  /** ms since the epoch. */
  since: number
}

/** The reducer, as far as the log needs it to make checkpoints. */
export interface Fold<S> {
  empty: S
  /** One more entry, in the order (at, id). */
  step(state: S, entry: LogEntry): S
  /** To something that structured cloning takes. */
  serialise(state: S): Reduced
  /** null: another version made it. */
  deserialise(reduced: Reduced): S | null
}
