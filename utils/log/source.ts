/**
 * The one small interface behind which the log's stores stand: Dexie, `storage.session` (private windows in
 * Firefox), memory through a port (disk full, database won't open).
 */
import type { LogEntry, Payload, PayloadRef } from '../identity/entry'

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
}

export interface EventSource {
  readonly store: 'dexie' | 'session' | 'memory'
  /** The newest `count` entries of a scope, ascending by id. */
  newest(scope: Scope, count: number): Promise<LogEntry[]>
  /** Entries with `from` ≤ id ≤ `to`, ascending by id. */
  range(scope: Scope, from: number, to: number): Promise<LogEntry[]>
  /** Calls back once with all there is, then with each change; ends with the signal. Errors go to `fail`, once, as a sentence. */
  watch(scope: Scope, on: (change: Change) => void, fail: (message: string) => void, signal: AbortSignal): void
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
   * Commits a batch. `build` is called with the id that the batch's payload chunk will have and returns the batch.
   * Resolves after the transaction committed. Rejects never for quota: then the oldest is trimmed and it is tried again.
   */
  append(build: (chunk: number) => Batch): Promise<void>
  /** Takes away the entries of a tab; returns how many. */
  clear(tab: string): Promise<number>
  deleteEverything(): Promise<void>
}

/** What a recorder that wakes up must know to go on. */
export interface Resume {
  /** The next free entry id. */
  nextId: number
  marks: Record<string, number>
  /** Latest versions of recent entries whose end is still open (pending, queued). */
  open: LogEntry[]
}
