/** Entries in the making: what changed since the last batch, and the batch itself. */
import type { EventEntry, LogEntry, Payload } from '../identity/entry'
import { weigh } from '../log/records'

export interface Row<E extends LogEntry = LogEntry> {
  entry: E
  /** Parts of the payload: all, and those that are not in the log yet. */
  told: Payload[]
  parts: Payload[]
  /** Was part of a batch once, so that its id is taken. */
  handed: boolean
  /** The entry that it turned out to be a part of. */
  into: Row<EventEntry> | null
  /** Never to be written. */
  unwanted: boolean
}

/** Entries that are ready to be written. */
export interface Ready {
  entries: readonly LogEntry[]
  /** As one batch; `chunk` is where its payloads will lie. */
  batch(chunk: number): { entries: LogEntry[]; payloads: Payload[] }
  /** They are in the log. */
  done(): void
  /** They are not: they will be ready again. */
  failed(): void
  /** The site of a tab's page is known now: entries that have none of their own get it, and are dropped if it is not `wanted`. */
  settle(tab: string, site: string, wanted: boolean): void
}

/**
 * What a batch holds, about: beyond it no more is taken in until it is written. One transaction stays short that way, and so does what
 * waits for it: a stop of the worker loses less, and the memory that stands in for a full disk (`SPILL`) takes a batch whole.
 * `weight` in characters of payloads.
 */
export const BATCH = { entries: 2_500, weight: 2_000_000 }

export class Rows {
  #nextId: number
  readonly #dirty = new Set<Row>()
  /** Payloads that wait to be written, each once, and what they weigh. */
  readonly #weighed = new Set<Payload>()
  #weight = 0

  constructor(
    nextId: number,
    private readonly batch = BATCH,
  ) {
    this.#nextId = nextId
  }

  get pending(): boolean {
    return this.#dirty.size > 0
  }

  /** So much waits that it should be written before more is added. */
  get full(): boolean {
    return this.#dirty.size >= this.batch.entries || this.#weight >= this.batch.weight
  }

  add<E extends LogEntry>(entry: Omit<E, 'id'>): Row<E> {
    const row: Row<E> = { ...this.adopt({ ...entry, id: this.#nextId++ } as E), handed: false }
    this.#dirty.add(row)
    return row
  }

  /** An entry that is in the log already. */
  adopt<E extends LogEntry>(entry: E): Row<E> {
    return { entry, told: [], parts: [], handed: true, into: null, unwanted: false }
  }

  change<E extends LogEntry>(row: Row<E>, change: Partial<E>): void {
    row.entry = { ...row.entry, ...change }
    this.#touch(row)
  }

  #touch(row: Row) {
    if (!row.unwanted) this.#dirty.add(row)
  }

  /** Adds a part to the payload, once. */
  tell(row: Row<EventEntry>, part: Payload): void {
    if (row.unwanted || row.told.includes(part)) return
    row.told.push(part)
    row.parts.push(part)
    this.#touch(row)
    this.#weigh(part)
  }

  #weigh(part: Payload) {
    if (this.#weighed.has(part)) return
    this.#weighed.add(part)
    this.#weight += weigh(part)
  }

  /** Two entries are one. Gives the one that stays; the other becomes void, or is as if it had never been. */
  unite(a: Row<EventEntry>, b: Row<EventEntry>): Row<EventEntry> {
    const [kept, gone] = b.handed && !a.handed ? [b, a] : [a, b]
    gone.into = kept
    kept.told.push(...gone.told)
    kept.parts.push(...gone.parts)
    gone.parts = []
    this.change(kept, { payload: [...kept.entry.payload, ...gone.entry.payload] })
    if (gone.handed) {
      const { id, at, place } = gone.entry
      const row: Row = gone
      row.entry = { kind: 'void', id, at, place, into: kept.entry.id }
      this.#touch(row)
    } else this.#dirty.delete(gone)
    return kept
  }

  /** Forgets what waits to be written. */
  drop(): void {
    this.#dirty.clear()
    this.#weighed.clear()
    this.#weight = 0
  }

  /** What is to be written, or null. Until `done` or `failed` is called, nothing else may be taken. */
  take(): Ready | null {
    if (this.#dirty.size === 0) return null
    let taken = [...this.#dirty]
      .sort((a, b) => a.entry.id - b.entry.id)
      .map(row => {
        const { entry, parts } = row
        row.parts = []
        row.handed = true
        return { row, entry, parts, refs: [] as [number, number][] }
      })
    this.drop()
    return {
      get entries() {
        return taken.map(({ entry }) => entry)
      },
      batch: chunk => {
        const payloads: Payload[] = []
        const index = new Map<Payload, number>()
        const entries = taken.map(one => {
          one.refs = one.parts.map(part => {
            const at = index.get(part) ?? payloads.push(part) - 1
            index.set(part, at)
            return [chunk, at]
          })
          return one.entry.kind === 'event' && one.refs.length > 0
            ? { ...one.entry, payload: [...one.entry.payload, ...one.refs] }
            : one.entry
        })
        return { entries, payloads }
      },
      done: () => {
        for (const { row, refs } of taken) {
          const kept = row.into ?? row
          if (refs.length === 0 || kept.entry.kind !== 'event') continue
          kept.entry = { ...kept.entry, payload: [...kept.entry.payload, ...refs] }
          // It became part of another while it was being written.
          if (row.into) this.#touch(row.into)
        }
      },
      failed: () => {
        for (const { row, parts } of taken) {
          const kept = row.into ?? row
          kept.parts.unshift(...parts)
          for (const part of parts) this.#weigh(part)
          this.#touch(kept)
          this.#touch(row)
        }
      },
      settle: (tab, site, wanted) => {
        const isSiteless = ({ place }: LogEntry): boolean => place.tab === tab && !place.site
        const settled = (entry: LogEntry): LogEntry =>
          isSiteless(entry) ? { ...entry, place: { ...entry.place, site } } : entry
        taken = taken.filter(one => {
          const { row, entry } = one
          // What the user himself did is no page's.
          if (!wanted && isSiteless(entry) && entry.kind !== 'clear' && entry.kind !== 'mark') {
            row.unwanted = true
            this.#dirty.delete(row)
            return false
          }
          one.entry = settled(entry)
          row.entry = settled(row.entry)
          return true
        })
      },
    }
  }
}
