/** The log's database: its tables, and every version that it ever had. */
import { Dexie, type Table } from 'dexie'
import type { LogEntry, Payload } from '../identity/entry'
import type { Reduced } from './source'

export const DATABASE = 'identity-lens'

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

/** About 1,000 settled entries with following ids. Segments never overlap: this one has all from the one before up to `id`. */
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
  /** Ids of open gaps in segments. */
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

/**
 * Only indexed fields are named. A version that was released is never edited: what changes becomes a new one below, with an
 * upgrade that reads the old records, and a fixture of the old version that a test opens.
 */
const VERSIONS: { version: number; stores: Record<string, string | null> }[] = [
  {
    version: 1,
    stores: {
      meta: 'id',
      batches: 'id, *keys',
      payloads: '[chunk+first]',
      segments: 'id, until, batch, *keys',
      rows: 'id',
      checkpoints: 'id',
      counters: 'key',
    },
  },
]

export class LogDatabase extends Dexie {
  declare readonly meta: Table<HeadRecord | ViewRecord | KeptRecord, string>
  declare readonly batches: Table<BatchRecord, number>
  declare readonly payloads: Table<ChunkRecord, [number, number]>
  declare readonly segments: Table<SegmentRecord, number>
  declare readonly rows: Table<RowsRecord, number>
  declare readonly checkpoints: Table<CheckpointRecord, number>
  declare readonly counters: Table<CounterRecord, string>

  constructor(name = DATABASE) {
    // Relaxed: a commit survives the end of the worker and of the browser, not a power cut within seconds; waiting for the disk
    // would hold back every acknowledgement. No cache: entries are read once, by whoever needs them.
    super(name, { chromeTransactionDurability: 'relaxed', cache: 'disabled' })
    for (const { version, stores } of VERSIONS) this.version(version).stores(stores)
  }

  async head(): Promise<HeadRecord> {
    return ((await this.meta.get('head')) as HeadRecord | undefined) ?? HEAD
  }
  async view(): Promise<ViewRecord> {
    return ((await this.meta.get('view')) as ViewRecord | undefined) ?? VIEW
  }
  async kept(): Promise<KeptRecord> {
    return ((await this.meta.get('kept')) as KeptRecord | undefined) ?? KEPT
  }
}

/** Retention or a clear took it; what is written again later must not bring it back. */
export const isGone = ({ oldest, cleared }: ViewRecord, { id, place }: LogEntry): boolean =>
  id < oldest || id < (cleared[place.tab] ?? 0)

/** Records that hold something of a key, ascending by id. */
export const byKey = <T>(table: Table<T, number>, key: string, from = 0) =>
  table.where('keys').between([key, from], [key, Number.POSITIVE_INFINITY], true, true)

/** The segment that an id up to `through` belongs to. */
export const segmentOf = (db: LogDatabase, id: number): Promise<SegmentRecord | undefined> =>
  db.segments.where('id').aboveOrEqual(id).first()
