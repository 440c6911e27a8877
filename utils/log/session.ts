/**
 * The log of private windows in Firefox, where one background serves all windows: in `storage.session`, which never touches
 * the disk and is gone with the browser. Capped: there is little room (10 MB for everything).
 */
import type { ClearEntry, LogEntry, Payload, PayloadRef } from '../identity/entry'
import { diagnose } from './faults'
import { fitPayload, type PartialBatch } from './records'
import { Shelf, type ShelfCap, type ShelfState } from './shelf'
import type { EventSource, Scope } from './source'

/** The part of `browser.storage.session` that is used. Only our own pages and worker can reach it. */
export interface Area {
  get(keys: string | null): Promise<Record<string, unknown>>
  set(items: Record<string, unknown>): Promise<void>
  remove(keys: string[]): Promise<void>
  onChanged: {
    addListener(on: (changes: Changes) => void): void
    removeListener(on: (changes: Changes) => void): void
  }
}
export type Changes = Record<string, { newValue?: unknown }>

/** One of the logs that lie there. */
export interface Bay {
  store: 'session' | 'memory'
  /** Before the names of all that belongs to it. */
  prefix: string
  cap: ShelfCap
  /** Characters of one payload. */
  payload: number
}

/** Private windows, where one background serves all. */
const PRIVATE: Bay = { store: 'session', prefix: 'log.', cap: { entries: 3_000, payloads: 3_000_000 }, payload: 32_768 }

/** What the database doesn't take, so that it outlives the worker: the browser stops that after 30 idle seconds. */
export const SPILL: Bay = {
  store: 'memory',
  prefix: 'spill.',
  cap: { entries: 5_000, payloads: 3_000_000 },
  payload: 262_144,
}

const stateKey = ({ prefix }: Bay): string => `${prefix}state`
const keyOf = ({ prefix }: Bay, chunk: number): string => `${prefix}batch.${chunk}`

/** The chunk that a key names; null for other keys. */
function chunkIn({ prefix }: Bay, key: string): number | null {
  const start = `${prefix}batch.`
  return key.startsWith(start) ? Number(key.slice(start.length)) : null
}

const NEW: ShelfState = { epoch: 0, cleared: {}, floor: 0 }

async function fill(shelf: Shelf, area: Area, bay: Bay): Promise<void> {
  const items = await area.get(null)
  const batches = new Map<number, PartialBatch>()
  for (const [key, value] of Object.entries(items)) {
    const chunk = chunkIn(bay, key)
    if (chunk !== null) batches.set(chunk, value as PartialBatch)
  }
  shelf.refill(batches, (items[stateKey(bay)] as ShelfState | undefined) ?? NEW)
}

/** The worker's end. */
export class SessionLog {
  readonly shelf: Shelf

  private constructor(
    private readonly area: Area,
    private readonly bay: Bay,
  ) {
    this.shelf = new Shelf(bay.store, bay.cap, 0)
  }

  static async open(area: Area, bay: Bay = PRIVATE): Promise<SessionLog> {
    const log = new SessionLog(area, bay)
    await fill(log.shelf, area, bay)
    return log
  }

  async append(chunk: number, batch: PartialBatch): Promise<void> {
    const { area, bay, shelf } = this
    const fitted = { ...batch, payloads: batch.payloads.map(payload => payload && fitPayload(payload, bay.payload)) }
    const gone = shelf.put(chunk, fitted)
    if (gone.length > 0) await area.remove(gone.map(old => keyOf(bay, old)))
    for (;;) {
      try {
        return await area.set({ [keyOf(bay, chunk)]: fitted })
      } catch (error) {
        const oldest = shelf.first()?.[0]
        if (diagnose(error) !== 'full' || oldest === undefined || oldest === chunk) throw error
        await this.drop(oldest)
      }
    }
  }

  /** Takes a batch away: it is elsewhere now, or has to make room. */
  async drop(chunk: number): Promise<void> {
    this.shelf.drop(chunk)
    await this.area.remove([keyOf(this.bay, chunk)])
  }

  /** @returns how many entries that were. */
  async clear(tab: string, before: number, upTo?: ClearEntry): Promise<number> {
    const { area, bay } = this
    const { removed, changed } = this.shelf.clear(tab, before, upTo)
    for (const [chunk, batch] of changed)
      await (batch ? area.set({ [keyOf(bay, chunk)]: batch }) : area.remove([keyOf(bay, chunk)]))
    await area.set({ [stateKey(bay)]: this.shelf.state() })
    return removed
  }

  async deleteEverything(before: number): Promise<void> {
    const { area, bay } = this
    this.shelf.empty(before)
    const keys = Object.keys(await area.get(null))
    await area.remove(keys.filter(key => chunkIn(bay, key) !== null))
    await area.set({ [stateKey(bay)]: this.shelf.state() })
  }
}

/** The panel's end. */
export function sessionSource(area: Area): EventSource {
  const bay = PRIVATE
  const shelf = new Shelf(bay.store, bay.cap, 0)
  area.onChanged.addListener(changes => {
    if (stateKey(bay) in changes) {
      fill(shelf, area, bay).catch(() => {
        // What is shown is older than what there is; the next change tries again.
      })
      return
    }
    for (const [key, { newValue }] of Object.entries(changes)) {
      const chunk = chunkIn(bay, key)
      if (chunk === null) continue
      if (newValue === undefined) shelf.drop(chunk)
      else shelf.put(chunk, newValue as PartialBatch)
    }
  })
  const filled = fill(shelf, area, bay)
  return {
    store: 'session',
    newest: async (scope: Scope, count: number, before?: number): Promise<LogEntry[]> => {
      await filled
      return shelf.newest(scope, count, before)
    },
    range: async (scope: Scope, from: number, to: number): Promise<LogEntry[]> => {
      await filled
      return shelf.range(scope, from, to)
    },
    payload: async (refs: PayloadRef[]): Promise<Payload | null> => {
      await filled
      return shelf.payload(refs)
    },
    watch: (scope, on, fail, signal, options) => {
      filled.then(
        () => shelf.watch(scope, on, fail, signal, options),
        (error: unknown) => fail(`The log of this private window can't be read: ${String(error)}`),
      )
    },
  }
}
