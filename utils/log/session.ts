/**
 * The log of private windows in Firefox, where one background serves all windows: in `storage.session`, which never touches
 * the disk and is gone with the browser. Capped: there is little room (10 MB for everything).
 */
import type { LogEntry, Payload, PayloadRef } from '../identity/entry'
import { diagnose } from './faults'
import { fitPayload, type PartialBatch } from './records'
import { Shelf, type ShelfState } from './shelf'
import type { EventSource, Health, Scope } from './source'

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
type Changes = Record<string, { newValue?: unknown }>

const STATE = 'log.state'
const BATCH = 'log.batch.'
const HEALTH = 'log.health'
const CAP = { entries: 3_000, payloads: 3_000_000 }
const PAYLOAD = 32_768

const keyOf = (chunk: number): string => `${BATCH}${chunk}`

/** The chunk that a key names; null for other keys. */
const chunkIn = (key: string): number | null => (key.startsWith(BATCH) ? Number(key.slice(BATCH.length)) : null)

const NEW: ShelfState = { epoch: 0, cleared: {}, floor: 0 }

async function fill(shelf: Shelf, area: Area): Promise<void> {
  const items = await area.get(null)
  const batches = new Map<number, PartialBatch>()
  for (const [key, value] of Object.entries(items)) {
    const chunk = chunkIn(key)
    if (chunk !== null) batches.set(chunk, value as PartialBatch)
  }
  shelf.refill(batches, (items[STATE] as ShelfState | undefined) ?? NEW)
}

/** The worker's end. */
export class SessionLog {
  readonly shelf = new Shelf('session', CAP, 0)

  private constructor(private readonly area: Area) {}

  static async open(area: Area): Promise<SessionLog> {
    const log = new SessionLog(area)
    await fill(log.shelf, area)
    return log
  }

  async append(chunk: number, batch: PartialBatch): Promise<void> {
    const fitted = { ...batch, payloads: batch.payloads.map(payload => payload && fitPayload(payload, PAYLOAD)) }
    const gone = this.shelf.put(chunk, fitted)
    if (gone.length > 0) await this.area.remove(gone.map(keyOf))
    for (;;) {
      try {
        return await this.area.set({ [keyOf(chunk)]: fitted })
      } catch (error) {
        const oldest = this.shelf.first()?.[0]
        if (diagnose(error) !== 'full' || oldest === undefined || oldest === chunk) throw error
        this.shelf.drop(oldest)
        await this.area.remove([keyOf(oldest)])
      }
    }
  }

  /** @returns how many entries that were. */
  async clear(tab: string, before: number): Promise<number> {
    const { removed, changed } = this.shelf.clear(tab, before)
    for (const [chunk, batch] of changed)
      await (batch ? this.area.set({ [keyOf(chunk)]: batch }) : this.area.remove([keyOf(chunk)]))
    await this.area.set({ [STATE]: this.shelf.state() })
    return removed
  }

  async deleteEverything(before: number): Promise<void> {
    this.shelf.empty(before)
    const keys = Object.keys(await this.area.get(null))
    await this.area.remove(keys.filter(key => chunkIn(key) !== null))
    await this.area.set({ [STATE]: this.shelf.state() })
  }
}

/** The panel's end. */
export function sessionSource(area: Area): EventSource {
  const shelf = new Shelf('session', CAP, 0)
  area.onChanged.addListener(changes => {
    if (STATE in changes) {
      void fill(shelf, area)
      return
    }
    for (const [key, { newValue }] of Object.entries(changes)) {
      const chunk = chunkIn(key)
      if (chunk === null) continue
      if (newValue === undefined) shelf.drop(chunk)
      else shelf.put(chunk, newValue as PartialBatch)
    }
  })
  const filled = fill(shelf, area)
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

export const WELL: Health = { state: 'ok', message: null, since: 0 }

/** How the log fares is said here by the worker, since it must be heard when the database is not to be had. */
export const tellHealth = (area: Area, health: Health): Promise<void> => area.set({ [HEALTH]: health })

/** Calls back with what was said last, and with every change. */
export function watchHealth(area: Area, on: (health: Health) => void, signal: AbortSignal): void {
  const listen = (changes: Changes): void => {
    const health = changes[HEALTH]?.newValue as Health | undefined
    if (health) on(health)
  }
  area.onChanged.addListener(listen)
  signal.addEventListener('abort', () => area.onChanged.removeListener(listen), { once: true })
  area.get(HEALTH).then(
    items => {
      if (!signal.aborted) on((items[HEALTH] as Health | undefined) ?? WELL)
    },
    () => on(WELL),
  )
}
