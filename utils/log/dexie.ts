/**
 * The log as the recorder has it: opens the database, writes to it, keeps it in shape, and goes on in memory when the browser
 * won't store. Whatever happens to the disk, the view of what happens now goes on, and a sentence says what is wrong.
 */
import { Dexie } from 'dexie'
import { type ClearEntry, isPrivate, type LogEntry } from '../identity/entry'
import { DatabaseSource } from './database-source'
import { appendBatch, clearTab, deleteAll, readResume, whyRefused } from './dexie-writer'
import { BlockedError, diagnose, type Fault, inWords } from './faults'
import { tellHealth, WELL } from './health'
import { isSpilling, Overlay } from './overlay'
import { type Port, serveLog } from './port'
import { awaitsMore, latest, lostEntry, type PartialBatch, partOf } from './records'
import { LogDatabase } from './schema'
import { type Area, SessionLog, SPILL } from './session'
import { Shelf } from './shelf'
import type { Batch, EventSource, Fold, Health, LogWriter, Resume } from './source'
import { VIEW } from './tables'
import { type Retention, SIZES, type Sizes, Upkeep } from './upkeep'

export interface OpenLog {
  writer: LogWriter
  source: EventSource
  /** `memory`: the database takes nothing just now. */
  store(): 'dexie' | 'memory'
  resume(): Promise<Resume>
  /** Answers a panel that reads what is in memory. The port must come from a page of the extension. */
  serve(port: Port): void
  /** Calls back with how the log fares, and with every change. */
  watchHealth(on: (health: Health) => void, signal: AbortSignal): void
  /** The user's limits; they hold from the next upkeep on. */
  retain(retention: Retention): void
  /** Brings segments, checkpoints and retention up to date. Happens by itself when the log is idle. */
  upkeep(): Promise<void>
  close(): void
}

export interface OpenOptions<S> {
  /** Without it there are no checkpoints. */
  fold?: Fold<S>
  retention?: Retention
  /** `browser.storage.session`: where the log says how it fares. */
  area?: Area
  /** Entries of private windows go to `area` and nowhere else (Firefox: one background for all windows). */
  keepPrivate?: boolean
  name?: string
  now?: () => number
  /** Runs something later; gives back what calls it off. */
  later?: Later
  sizes?: Sizes
}

/** How long the worker waits for the database before it begins in memory (an upgrade that another window blocks). */
const PATIENCE = 3_000
/** Between two tries to store what is in memory. */
const RETRY = 10_000
/** Upkeep begins when nothing was appended for so long (ms). */
const IDLE = 1_500
/** Retention by days needs a look even when little happens. */
const HOUR = 3_600_000
/** Of all events, when the disk is full: first so much, then more. Browsers say so falsely, too: no more than that is given up. */
const SHARES = [0.1, 0.2]

const DEFAULT_RETENTION: Retention = { events: 50_000, days: 14 }

export async function openLog<S>(options: OpenOptions<S> = {}): Promise<OpenLog> {
  const { area, keepPrivate } = options
  const session = keepPrivate && area ? await SessionLog.open(area) : null
  // Without it, what the database doesn't take lasts as long as the worker.
  const spill = area ? await SessionLog.open(area, SPILL).catch(() => null) : null
  const keeper = new Keeper(options, session, spill)
  await keeper.open()
  return keeper
}

class Keeper<S> implements OpenLog, LogWriter {
  readonly writer: LogWriter = this
  readonly source: EventSource
  private readonly db: LogDatabase
  private readonly care: Upkeep<S>
  private readonly memory: Shelf
  private readonly now: () => number
  private readonly later: Later
  private readonly sizes: Sizes
  private retention: Retention
  /** One thing after the other. */
  private turn: Promise<unknown> = Promise.resolve()
  private opened = false
  private closed = false
  private nextChunk = 0
  /** One more than the highest id that was ever given to us. */
  private nextId = 0
  private nextTry = 0
  private nextUpkeep = 0
  /** Versions since the last upkeep. */
  private appended = 0
  private callOff: (() => void) | null = null
  private health: Health = WELL
  private listeners = new Set<(health: Health) => void>()

  constructor(
    private readonly options: OpenOptions<S>,
    private readonly session: SessionLog | null,
    private readonly spill: SessionLog | null,
  ) {
    this.now = options.now ?? Date.now
    this.later = options.later ?? byTimer
    this.sizes = options.sizes ?? SIZES
    this.retention = options.retention ?? DEFAULT_RETENTION
    this.db = new LogDatabase(options.name)
    this.care = new Upkeep(this.db, options.fold ?? null, this.sizes)
    this.memory = spill?.shelf ?? new Shelf('memory', SPILL.cap, this.now())
    this.source = new Overlay(new DatabaseSource(options.name), this.memory, (on, signal) =>
      this.watchHealth(health => on(health.state), signal),
    )
  }

  async open(): Promise<void> {
    this.say('ok', null)
    this.nextChunk = Math.max(this.session?.shelf.nextChunk ?? 1, this.memory.nextChunk)
    this.nextId = this.memory.nextId
    try {
      const head = await this.attempt(() => this.db.head())
      this.nextChunk = Math.max(this.nextChunk, head.nextBatch)
      this.nextId = Math.max(this.nextId, head.nextId)
      this.memory.countFrom = head.nextId
      return await this.goOn()
    } catch (error) {
      if (diagnose(error) !== 'blocked') this.shut(error)
    }
    // What will be stored later must not meet the ids of a log that can't be read: time is ahead of any counter.
    this.nextChunk = Math.max(this.nextChunk, this.now())
    this.nextId = Math.max(this.nextId, this.now())
  }

  /** Opens the database if it isn't; in time, or it is said, and goes on in the background. */
  private async ready(): Promise<void> {
    if (this.db.isOpen()) return
    const opening = Promise.resolve(this.db.open())
    if (await this.inTime(opening)) {
      this.opened = true
      return
    }
    this.opened = false
    this.say(
      'blocked',
      'Another window of this extension holds an older log open. Close its panels; until then events are kept in memory.',
    )
    opening.then(
      () => {
        this.opened = true
        this.plan(0)
      },
      // Once its turn came it may still fail.
      error => this.shut(error),
    )
    throw new BlockedError(this.health.message ?? '')
  }

  /** The database is open. What an earlier worker could not store may be stored now. */
  private async goOn(): Promise<void> {
    this.plan(IDLE)
    if (this.memory.size === 0) return
    this.say('memory', 'What could not be stored before is kept in memory; it is tried again.')
    await this.flush()
  }

  /** The database can't be opened: in memory until it can. */
  private shut(error: unknown): void {
    const fault = diagnose(error)
    if (fault === 'full') this.full(error)
    else
      this.say(
        'memory',
        fault === 'newer'
          ? 'This log was written by a newer version of Identity Lens and is left as it is. Update the extension, or delete everything in Settings; until then events are kept in memory.'
          : `The log can't be opened (${inWords(error)}). Events are kept in memory until it can.`,
      )
    this.plan(RETRY)
  }

  /** false: it takes too long, and goes on. */
  private async inTime(work: Promise<unknown>): Promise<boolean> {
    let callOff = (): void => {}
    const late = new Promise<boolean>(resolve => {
      callOff = this.later(PATIENCE, () => resolve(false))
    })
    try {
      return await Promise.race([work.then(() => true), late])
    } finally {
      callOff()
    }
  }

  store(): 'dexie' | 'memory' {
    return isSpilling(this.health.state) ? 'memory' : 'dexie'
  }

  serve(port: Port): void {
    serveLog(port, this.memory)
  }

  watchHealth(on: (health: Health) => void, signal: AbortSignal): void {
    if (signal.aborted) return
    this.listeners.add(on)
    signal.addEventListener('abort', () => this.listeners.delete(on), { once: true })
    on(this.health)
  }

  private say(state: Health['state'], message: string | null): void {
    this.health = { state, message, since: this.now() }
    for (const listener of this.listeners) listener(this.health)
    if (this.options.area) tellHealth(this.options.area, this.health).catch(() => {})
  }

  retain(retention: Retention): void {
    this.retention = retention
    this.nextUpkeep = 0
    this.plan(IDLE)
  }

  close(): void {
    this.closed = true
    this.callOff?.()
    this.db.close()
  }

  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work)
    this.turn = done.catch(() => {})
    return done
  }

  /** A database that was closed under us ("Database has been closed", random closes) is opened again once. */
  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.ready()
      return await work()
    } catch (error) {
      if (diagnose(error) !== 'closed' || this.closed) throw error
      await this.reopen()
      return work()
    }
  }

  private async reopen(): Promise<void> {
    this.db.close({ disableAutoOpen: false })
    await this.ready()
  }

  async resume(): Promise<Resume> {
    const { memory, session } = this
    const shelves = session ? [memory, session.shelf] : [memory]
    const known = await this.enqueue(() => this.stored())
    const marks = { ...known.marks }
    for (const shelf of shelves)
      for (const [doc, n] of Object.entries(shelf.marks())) marks[doc] = Math.max(marks[doc] ?? 0, n)
    return {
      nextId: Math.max(known.nextId, this.nextId, ...shelves.map(({ nextId }) => nextId)),
      marks,
      open: latest(
        known.open,
        shelves.flatMap(shelf => shelf.entries()).filter(entry => awaitsMore(entry, this.now())),
      ),
    }
  }

  /** What the database knows of it; nothing, if it can't be read. */
  private async stored(): Promise<Resume> {
    if (this.opened)
      try {
        return await this.attempt(() => readResume(this.db, this.now()))
      } catch (error) {
        if (diagnose(error) !== 'blocked') this.shut(error)
        this.nextId = Math.max(this.nextId, this.now())
      }
    return { nextId: this.nextId, marks: {}, open: [] }
  }

  append(build: (chunk: number) => Batch): Promise<void> {
    return this.enqueue(async () => {
      const chunk = this.nextChunk++
      const batch = build(chunk)
      for (const { id } of batch.entries) this.nextId = Math.max(this.nextId, id + 1)
      const { session } = this
      if (session && batch.entries.some(isKeptApart)) {
        const rest = partOf(chunk, batch, entry => !isKeptApart(entry))
        await this.keepPrivate(session, chunk, partOf(chunk, batch, isKeptApart))
        // The marks would say on disk that there was a private page: they stay with it.
        if (rest.entries.length > 0) await this.keep(chunk, { ...rest, marks: {} })
      } else await this.keep(chunk, batch)
      this.appended += batch.entries.length
      if (this.appended >= this.sizes.urgent) this.startUpkeep(true)
      else this.plan(IDLE)
    })
  }

  private async keepPrivate(session: SessionLog, chunk: number, batch: PartialBatch): Promise<void> {
    try {
      await session.append(chunk, batch)
    } catch (error) {
      this.say('trimmed', `Events of a private window could not be kept (${inWords(error)}).`)
    }
  }

  /** In the database; else in memory. */
  private async keep(chunk: number, batch: PartialBatch): Promise<void> {
    if (!isSpilling(this.health.state) || (await this.flush())) {
      const error = await this.write(chunk, batch)
      if (error === null) return
      this.nextTry = this.now() + RETRY
      if (diagnose(error) !== 'blocked') this.full(error)
    }
    if (!this.spill) this.memory.put(chunk, batch)
    // Memory has it in any case; what the session can't hold goes with the worker.
    else await this.spill.append(chunk, batch).catch(() => {})
  }

  /** Nothing more can be stored just now. */
  private full(error: unknown): void {
    const why =
      diagnose(error) === 'full'
        ? 'The browser says that it has no room for more events'
        : `The browser can't store events (${inWords(error)})`
    this.say(
      'memory',
      `${why}. The newest ${SPILL.cap.entries.toLocaleString('en')} are kept in memory and shown, but lost when the browser stops.`,
    )
  }

  /** @returns null when it is stored; else what stands in the way after all remedies. */
  private async write(chunk: number, given: PartialBatch, shares = SHARES): Promise<unknown> {
    let batch = given
    const sound = (reason: (value: unknown) => Promise<string | null>) => async (): Promise<boolean> => {
      const before = batch
      batch = await soundOf(batch, reason)
      return batch !== before
    }
    const remedies: Record<Fault, (() => Promise<boolean>)[]> = {
      full: shares.map(share => () => this.makeRoom(share)),
      closed: [() => this.reopen().then(() => true), sound(value => whyRefused(this.db, value))],
      value: [sound(async value => whyUncloneable(value)), sound(value => whyRefused(this.db, value))],
      newer: [],
      blocked: [],
    }
    for (;;) {
      try {
        await this.ready()
        const next = await appendBatch(this.db, chunk, batch)
        this.nextChunk = Math.max(this.nextChunk, next)
        for (const { id } of batch.entries) this.memory.countFrom = Math.max(this.memory.countFrom, id + 1)
        return null
      } catch (error) {
        const remedy = remedies[diagnose(error)].shift()
        const helped = await remedy?.().catch(() => false)
        if (!helped) return error
      }
    }
  }

  private async makeRoom(share: number): Promise<boolean> {
    const taken = await this.care.makeRoom(share)
    if (taken > 0)
      this.say('trimmed', `The browser had no room left: the oldest ${taken} events were deleted to go on.`)
    return taken > 0
  }

  /** Stores what is in memory, when it is time to try again. @returns whether nothing is left there. */
  private async flush(): Promise<boolean> {
    if (this.now() < this.nextTry || (this.health.state === 'blocked' && !this.opened)) return false
    this.nextTry = this.now() + RETRY
    for (let first = this.memory.first(); first; first = this.memory.first()) {
      const [chunk, batch] = first
      if ((await this.write(chunk, batch, [])) !== null) return false
      if (!this.spill) this.memory.drop(chunk)
      // One that stays there is written once more by the next worker, which changes nothing.
      else await this.spill.drop(chunk).catch(() => {})
    }
    try {
      await this.attempt(() => this.db.head())
    } catch {
      return false
    }
    this.opened = true
    this.say('ok', null)
    return true
  }

  clear(tab: string, upTo?: ClearEntry): Promise<number> {
    return this.enqueue(async () => {
      const inMemory = this.spill
        ? await this.spill.clear(tab, this.nextId, upTo)
        : this.memory.clear(tab, this.nextId, upTo).removed
      const inSession = (await this.session?.clear(tab, this.nextId, upTo)) ?? 0
      this.refuseIfBlocked()
      return inMemory + inSession + (await this.attempt(() => clearTab(this.db, tab, this.nextId, upTo)))
    })
  }

  deleteEverything(): Promise<void> {
    return this.enqueue(async () => {
      if (this.spill) await this.spill.deleteEverything(this.nextId)
      else this.memory.empty(this.nextId)
      await this.session?.deleteEverything(this.nextId)
      this.refuseIfBlocked()
      try {
        await this.attempt(() => deleteAll(this.db, this.nextId))
      } catch {
        // It can't even be emptied: away with the whole of it.
        this.db.close({ disableAutoOpen: false })
        await Dexie.delete(this.db.name)
        await this.db.meta.put({ ...VIEW, epoch: this.now(), oldest: this.nextId })
        this.nextTry = 0
        await this.flush()
      }
    })
  }

  /** Waiting for a blocked database would hold up everything after it. */
  private refuseIfBlocked(): void {
    if (this.health.state === 'blocked' && !this.opened) throw new Error(this.health.message ?? '')
  }

  private plan(ms: number): void {
    this.callOff?.()
    if (this.closed) return
    this.callOff = this.later(ms, () => {
      this.callOff = null
      // An entry is written twice: when it begins, and with its end.
      if (isSpilling(this.health.state) || this.appended >= 2 * this.sizes.calm.fold || this.now() >= this.nextUpkeep)
        this.startUpkeep(false)
    })
  }

  private startUpkeep(streaming: boolean): void {
    this.runUpkeep(streaming).catch((error: unknown) => {
      if (!this.closed) console.warn('Identity Lens: the log could not be tidied up.', error)
    })
  }

  upkeep(): Promise<void> {
    return this.runUpkeep(false)
  }

  /** Step by step, so that what is to be written comes in between. While it comes in a stream, one step has to do. */
  private async runUpkeep(streaming: boolean): Promise<void> {
    this.appended = 0
    if (!streaming) this.nextUpkeep = this.now() + HOUR
    const step = async (): Promise<boolean> => {
      if (isSpilling(this.health.state) && !(await this.flush())) {
        this.plan(RETRY)
        return false
      }
      return this.attempt(() => this.care.step(this.now(), this.retention, streaming))
    }
    while (!this.closed && (await this.enqueue(step)) && !streaming);
    if (streaming) this.plan(IDLE)
  }
}

type Later = (ms: number, run: () => void) => () => void

const byTimer: Later = (ms, run) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

const isKeptApart = ({ place }: LogEntry): boolean => isPrivate(place.partition)

/** The value itself is at fault: it can't be copied. */
function whyUncloneable(value: unknown): string | null {
  try {
    structuredClone(value)
    return null
  } catch (error) {
    return inWords(error)
  }
}

/** The same batch without what can't be stored: an entry says that it was lost, a payload why it is missing. */
async function soundOf(batch: PartialBatch, reason: (value: unknown) => Promise<string | null>): Promise<PartialBatch> {
  let changed = false
  const each = async <T>(values: T[], instead: (value: T, why: string) => T): Promise<T[]> => {
    const sound: T[] = []
    for (const value of values) {
      const why = await reason(value)
      changed ||= why !== null
      sound.push(why === null ? value : instead(value, why))
    }
    return sound
  }
  const entries = await each(batch.entries, lostEntry)
  const payloads = await each(batch.payloads, (_, why) => ({ notes: [`could not be stored: ${why}`] }))
  return changed ? { ...batch, entries, payloads } : batch
}
