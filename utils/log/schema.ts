/** The log's database as its writer has it: every version that it ever had. */
import { Dexie, type Table } from 'dexie'
import {
  type BatchRecord,
  type CheckpointRecord,
  type ChunkRecord,
  COMMITS,
  type CounterRecord,
  DATABASE,
  HEAD,
  type HeadRecord,
  KEPT,
  type KeptRecord,
  NewerLogError,
  type RowsRecord,
  type SegmentRecord,
  VIEW,
  type ViewRecord,
} from './tables'

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

/**
 * The browser's databases, but none is opened at whatever version it has: that is what Dexie does with one that is newer than
 * what it was told, and then it patches and writes it as if it were of today.
 */
const ofOurVersion = (factory: IDBFactory): IDBFactory => ({
  open: (name, version) => {
    if (version === undefined) throw new NewerLogError()
    return factory.open(name, version)
  },
  deleteDatabase: name => factory.deleteDatabase(name),
  databases: () => factory.databases(),
  cmp: (a, b) => factory.cmp(a, b),
})

let commits: BroadcastChannel | null = null

/** Says on a channel of our own whenever something was committed: readers have no Dexie that could tell them. */
const tellCommits = (): void => {
  if (commits) return
  const channel = new BroadcastChannel(COMMITS)
  // In Node an open channel would keep the process alive.
  ;(channel as { unref?(): void }).unref?.()
  commits = channel
  Dexie.on('storagemutated', () => channel.postMessage(null))
}

/** What is added to the log with one transaction. */
export interface Addition {
  head: HeadRecord
  batch: BatchRecord
  payloads: ChunkRecord[]
}

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
    const indexedDB = ofOurVersion(Dexie.dependencies.indexedDB)
    super(name, { chromeTransactionDurability: 'relaxed', cache: 'disabled', indexedDB })
    for (const { version, stores } of VERSIONS) this.version(version).stores(stores)
    // A database that was deleted from outside and made again is another one to those who watch.
    this.on('populate', () => this.meta.add({ ...VIEW, epoch: Date.now() }))
    tellCommits()
  }

  /**
   * Adds something, and tells it. As the browser has it, since somebody waits to see it: Dexie waits for the answer to each request, and for the
   * browser to find that no more of them come; ways to its process and back, of which here are two.
   * @param make null: there is nothing to be added
   * @returns what was added; nothing of it is when this rejects
   */
  add(make: (head: HeadRecord, view: ViewRecord) => Addition | null): Promise<Addition | null> {
    return new Promise((resolve, reject) => {
      const writing = this.backendDB().transaction(['meta', 'batches', 'payloads'], 'readwrite', {
        durability: 'relaxed',
      })
      const meta = writing.objectStore('meta')
      const headAsked = meta.get('head')
      const viewAsked = meta.get('view')
      let added: Addition | null = null
      let thrown: unknown = null
      // They are answered in the order in which they were asked.
      viewAsked.onsuccess = () => {
        try {
          added = make(headAsked.result ?? HEAD, viewAsked.result ?? VIEW)
          if (!added) return
          writing.objectStore('batches').add(added.batch)
          for (const chunk of added.payloads) writing.objectStore('payloads').add(chunk)
          meta.put(added.head)
          writing.commit()
        } catch (error) {
          thrown = error
          writing.abort()
        }
      }
      writing.onabort = () => reject(thrown ?? writing.error ?? new DOMException('Aborted', 'AbortError'))
      writing.oncomplete = () => {
        if (added) commits?.postMessage(null)
        resolve(added)
      }
    })
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

/** Records that hold something of a key, ascending by id. */
export const byKey = <T>(table: Table<T, number>, key: string, from = 0) =>
  table.where('keys').between([key, from], [key, Number.POSITIVE_INFINITY], true, true)

/** The segment that an id up to `through` belongs to. */
export const segmentOf = (db: LogDatabase, id: number): Promise<SegmentRecord | undefined> =>
  db.segments.where('id').aboveOrEqual(id).first()
