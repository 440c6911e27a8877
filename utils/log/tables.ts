/** What lies in the log's database: the records of each table. Both who writes and who reads it know them. */
import type { DBSchema } from 'idb'
import type { LogEntry, Payload } from '../identity/entry'
import type { Reduced } from './source'

export const DATABASE = 'identity-lens'

/** The newest version of the tables that this build knows. IndexedDB counts in tenths of it, since Dexie does. */
export const VERSION = 1

/** Refused: the database was written by a later build, and must not be touched by one that doesn't know how. */
export class NewerLogError extends Error {
  override readonly name = 'NewerLogError'
  constructor() {
    super('a newer version of Identity Lens wrote this log')
  }
}

/** A key of `records.ts` and the id of the record that it stands in, so that an index gives "of this tab, newer than n". */
export type KeyAt = [key: string, id: number]

/** What one append wrote, as long as it is not compacted. Later batches hold later versions. */
export interface BatchRecord {
  id: number
  keys: KeyAt[]
  entries: LogEntry[]
  /** Of these entries a segment has the same version already: they are here only for those who watch. */
  late: number[]
  marks: Record<string, number>
}

/** Payloads `first`, `first + 1`, … of a batch. Large ones lie in records of their own. */
export interface ChunkRecord {
  chunk: number
  first: number
  parts: (Payload | null)[]
}

/** Some 500 to 1,000 settled entries with following ids. Segments never overlap: this one has all from the one before up to `id`. */
export interface SegmentRecord {
  id: number
  /** Its lowest id; equal to `id` when it is empty. */
  from: number
  /** Earliest and latest time of its entries. */
  since: number
  until: number
  /** The newest batch that something in it came from. */
  batch: number
  /** The lowest payload chunk that it refers to. */
  chunk: number
  keys: KeyAt[]
  /** Events by key. */
  events: [key: string, count: number][]
}

/** The entries of a segment, ascending by id. Apart, so that looking for segments doesn't read them. */
export interface RowsRecord {
  id: number
  entries: LogEntry[]
}

/** A reduced state; where it stands says the head. */
export interface CheckpointRecord {
  id: number
  reduced: Reduced
}

/** A checkpoint: the exact reduction of all entries up to (at, entry). */
export interface CheckpointHead {
  id: number
  at: number
  entry: number
  /** How many entries it has taken, and the time of the earliest. */
  count: number
  since: number
  /** Raised when reducing begins afresh: the newest line knows the least of what retention took. */
  line: number
  /** Highest id that was taken while it stood in a batch: an entry up to it that is written again may be in the checkpoint. */
  top?: number
}

/** Events in segments, by key. */
export interface CounterRecord {
  key: string
  events: number
}

/** Changes with each append. */
export interface HeadRecord {
  id: 'head'
  nextId: number
  nextBatch: number
  /** Every entry up to here is in a segment, except the ones that were open. */
  through: number
  /** Versions of entries in `batches`. */
  tail: number
  /** Ascending in the order (at, id). */
  checkpoints: CheckpointHead[]
  /** Events that retention took since the newest line of checkpoints began. */
  forgotten: number
}

/** What those who watch must know besides new batches; changes seldom. */
export interface ViewRecord {
  id: 'view'
  epoch: number
  /** Retention took every entry below. */
  oldest: number
  /** Of a cleared tab every entry below is gone. */
  cleared: Record<string, number>
  /** Raised when checkpoints turned out wrong, because an entry came late. */
  refolds: number
  /** Newest batch of which something was moved into segments. */
  moved: number
}

/** Needed when the worker wakes up. */
export interface KeptRecord {
  id: 'kept'
  marks: Record<string, number>
  /** Ids of open gaps and clears in segments. */
  gaps: number[]
}

export const HEAD: HeadRecord = {
  id: 'head',
  nextId: 1,
  nextBatch: 1,
  through: 0,
  tail: 0,
  checkpoints: [],
  forgotten: 0,
}
export const VIEW: ViewRecord = { id: 'view', epoch: 0, oldest: 0, cleared: {}, refolds: 0, moved: 0 }
export const KEPT: KeptRecord = { id: 'kept', marks: {}, gaps: [] }

/** The tables as IndexedDB has them, for those who only read. */
export interface LogTables extends DBSchema {
  meta: { key: string; value: HeadRecord | ViewRecord | KeptRecord }
  batches: { key: number; value: BatchRecord; indexes: { keys: KeyAt } }
  payloads: { key: [number, number]; value: ChunkRecord }
  segments: { key: number; value: SegmentRecord; indexes: { until: number; batch: number; keys: KeyAt } }
  rows: { key: number; value: RowsRecord }
  checkpoints: { key: number; value: CheckpointRecord }
  counters: { key: string; value: CounterRecord }
}

/** On this channel the writer says that something was committed, so that those who read look again. */
export const COMMITS = 'identity-lens-log'

/** Retention or a clear took it; what is written again later must not bring it back. */
export const isGone = ({ oldest, cleared }: ViewRecord, { id, place }: LogEntry): boolean =>
  id < oldest || id < (cleared[place.tab] ?? 0)
