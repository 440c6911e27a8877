/** What the worker writes to the database: batches, clears, and what it reads when it wakes up. One writer at a time. */
import { byTime, type ClearEntry, isCleared, type LogEntry, type Payload } from '../identity/entry'
import { inWords } from './faults'
import {
  awaitsMore,
  countEvents,
  fitEntry,
  fitPayload,
  isStanding,
  keysOfAll,
  latest,
  lowestChunk,
  type PartialBatch,
  partOf,
  rechunk,
  tabKey,
  weigh,
} from './records'
import { type Addition, byKey, type LogDatabase, segmentOf } from './schema'
import type { Resume } from './source'
import {
  type BatchRecord,
  type CheckpointHead,
  type ChunkRecord,
  HEAD,
  type HeadRecord,
  isGone,
  type KeptRecord,
  type ViewRecord,
} from './tables'

/** Payloads of a batch lie together up to this many characters: opening one event reads no more than that. */
const CHUNK = 262_144
/** Documents whose marks are kept; those of older ones are no use, their pages are gone. */
const MARKS = 2_000
/** Cleared tabs that are remembered. */
const CLEARED = 200

function chunksOf(chunk: number, payloads: (Payload | null)[]): ChunkRecord[] {
  const records: ChunkRecord[] = []
  let room = 0
  payloads.forEach((payload, index) => {
    const weight = payload ? weigh(payload) : 0
    const open = records.at(-1)
    if (open && weight <= room) {
      open.parts.push(payload)
      room -= weight
    } else {
      records.push({ chunk, first: index, parts: [payload] })
      room = CHUNK - weight
    }
  })
  return records
}

/** What a batch counts for in `HeadRecord.tail`: one that brings only marks is a record too. */
const weightOf = ({ entries }: Pick<BatchRecord, 'entries'>): number => Math.max(1, entries.length)

const recordOf = (id: number, entries: LogEntry[], late: number[], marks: Record<string, number>): BatchRecord => ({
  id,
  keys: [...keysOfAll(entries)].map(key => [key, id]),
  entries,
  late,
  marks,
})

/** Writes a segment anew; `entries` ascending by id. */
export async function putSegment(db: LogDatabase, id: number, entries: LogEntry[], batch: number): Promise<void> {
  let since = Number.POSITIVE_INFINITY
  let until = 0
  for (const { at } of entries) {
    since = Math.min(since, at)
    until = Math.max(until, at)
  }
  await db.rows.put({ id, entries })
  await db.segments.put({
    id,
    from: entries[0]?.id ?? id,
    since,
    until,
    batch,
    chunk: lowestChunk(entries),
    keys: [...keysOfAll(entries)].map(key => [key, id]),
    events: [...countEvents(entries)],
  })
}

export async function addToCounters(db: LogDatabase, more: Map<string, number>): Promise<void> {
  const changed = [...more].filter(([, count]) => count !== 0)
  const old = await db.counters.bulkGet(changed.map(([key]) => key))
  const counters = changed.map(([key, count], index) => ({ key, events: (old[index]?.events ?? 0) + count }))
  await db.counters.bulkPut(counters.filter(({ events }) => events > 0))
  await db.counters.bulkDelete(counters.filter(({ events }) => events <= 0).map(({ key }) => key))
}

/** Marks of batches that go away, kept for the next start; `batches` in the order in which they were written. */
export function keepMarks(kept: KeptRecord, batches: Pick<BatchRecord, 'marks'>[]): KeptRecord {
  const marks = new Map(Object.entries(kept.marks))
  for (const batch of batches)
    for (const [doc, n] of Object.entries(batch.marks)) {
      const before = marks.get(doc) ?? 0
      marks.delete(doc)
      marks.set(doc, Math.max(before, n))
    }
  return { ...kept, marks: Object.fromEntries([...marks].slice(-MARKS)) }
}

/**
 * Leaves out of the batches all that `keep` doesn't take; a batch with nothing left goes away.
 * @returns the batches as they were, of those that changed, and how many versions were left out
 */
export async function sift(
  db: LogDatabase,
  batches: BatchRecord[],
  keep: (entry: LogEntry, batch: BatchRecord) => boolean,
): Promise<{ changed: BatchRecord[]; removed: number }> {
  const changed: BatchRecord[] = []
  let removed = 0
  const put: BatchRecord[] = []
  const gone: number[] = []
  for (const batch of batches) {
    const entries = batch.entries.filter(entry => keep(entry, batch))
    if (entries.length === batch.entries.length && entries.length > 0) continue
    changed.push(batch)
    removed += weightOf(batch) - entries.length
    if (entries.length === 0) gone.push(batch.id)
    else {
      const ids = new Set(entries.map(({ id }) => id))
      const late = batch.late.filter(id => ids.has(id))
      put.push(recordOf(batch.id, entries, late, batch.marks))
    }
  }
  await db.batches.bulkPut(put)
  await db.batches.bulkDelete(gone)
  return { changed, removed }
}

const isAfter = ({ at, entry }: CheckpointHead, other: { at: number; id: number }): boolean =>
  at > other.at || (at === other.at && entry >= other.id)

/** Does it contain this entry, or should it? An earlier version may have been of another time. */
const concerns = (checkpoint: CheckpointHead, entry: LogEntry): boolean =>
  isAfter(checkpoint, entry) || entry.id <= (checkpoint.top ?? 0)

/** Forgets the checkpoints that contain, or should contain, one of these entries. */
async function forgetFrom(db: LogDatabase, head: HeadRecord, entries: LogEntry[]): Promise<HeadRecord> {
  const wrong = head.checkpoints.filter(checkpoint => entries.some(entry => concerns(checkpoint, entry)))
  await db.checkpoints.bulkDelete(wrong.map(({ id }) => id))
  return { ...head, checkpoints: head.checkpoints.filter(checkpoint => !wrong.includes(checkpoint)) }
}

/**
 * New versions of entries that are in segments already take their place there at once.
 * @returns the old versions
 */
async function rewriteLate(db: LogDatabase, batch: number, entries: LogEntry[]): Promise<LogEntry[]> {
  const bySegment = new Map<number, LogEntry[]>()
  for (const entry of entries) {
    const segment = await segmentOf(db, entry.id)
    if (segment) bySegment.set(segment.id, [...(bySegment.get(segment.id) ?? []), entry])
  }
  const replaced: LogEntry[] = []
  for (const [id, candidates] of bySegment) {
    const rows = (await db.rows.get(id))?.entries ?? []
    const there = new Map(rows.map(entry => [entry.id, entry]))
    const newer = candidates.filter(entry => there.has(entry.id))
    if (newer.length === 0) continue
    const older = newer.flatMap(entry => there.get(entry.id) ?? [])
    await addToCounters(db, countEvents(newer, countEvents(older, new Map(), -1)))
    await putSegment(db, id, latest(rows, newer), batch)
    const kept = await db.kept()
    const gaps = kept.gaps.filter(gap => !newer.some(entry => entry.id === gap))
    await db.meta.put({ ...kept, gaps: [...gaps, ...newer.filter(isStanding).map(entry => entry.id)] })
    replaced.push(...older)
  }
  return replaced
}

/**
 * Commits a batch whose entries refer to the chunk `chunk`, in one transaction. If that id is taken, the batch gets the next one.
 * @returns the next free id of a batch
 */
export async function appendBatch(db: LogDatabase, chunk: number, given: PartialBatch): Promise<number> {
  const fitted = {
    ...given,
    entries: latest(given.entries.map(fitEntry)),
    payloads: given.payloads.map(payload => payload && fitPayload(payload)),
  }
  const plan = (head: HeadRecord, view: ViewRecord) => {
    const id = Math.max(chunk, head.nextBatch)
    const batch = id === chunk ? fitted : rechunk(fitted, chunk, id)
    const part = partOf(id, batch, entry => !isGone(view, entry))
    const late = part.entries.filter(entry => entry.id <= head.through)
    const early = part.entries.filter(entry => head.checkpoints.some(checkpoint => concerns(checkpoint, entry)))
    return { id, part, late, early }
  }
  const additionOf = (head: HeadRecord, id: number, part: PartialBatch, late: number[]): Addition => {
    const nextId = fitted.entries.reduce((next, entry) => Math.max(next, entry.id + 1), head.nextId)
    return {
      batch: recordOf(id, part.entries, late, part.marks),
      payloads: chunksOf(id, part.payloads),
      head: { ...head, nextId, nextBatch: id + 1, tail: head.tail + weightOf(part) },
    }
  }
  const added = await db.add((head, view) => {
    const { id, part, late, early } = plan(head, view)
    return late.length + early.length > 0 ? null : additionOf(head, id, part, [])
  })
  if (added) return added.head.nextBatch
  // Seldom: something that was settled turned out otherwise. Readers of segments wait for this one, so it is not the usual way.
  return db.transaction('rw', db.tables, async () => {
    const head = await db.head()
    const view = await db.view()
    const { id, part, late, early } = plan(head, view)
    const replaced = await rewriteLate(db, id, late)
    const after = await forgetFrom(db, head, [...early, ...replaced])
    if (after.checkpoints.length < head.checkpoints.length) await db.meta.put({ ...view, refolds: view.refolds + 1 })
    const addition = additionOf(
      after,
      id,
      part,
      replaced.map(entry => entry.id),
    )
    await db.batches.add(addition.batch)
    await db.payloads.bulkAdd(addition.payloads)
    await db.meta.put(addition.head)
    return addition.head.nextBatch
  })
}

/**
 * Why the database refuses this one value, although it takes others; null when it doesn't. Tried and taken back.
 * Rejects when it takes nothing at all: then the value is not at fault.
 */
export async function whyRefused(db: LogDatabase, value: unknown): Promise<string | null> {
  const tried = new Error('tried')
  const attempt = (parts: unknown[]): Promise<unknown> =>
    db
      .transaction('rw', db.batches, async () => {
        await db.batches.add({ id: -1, keys: [], entries: parts as LogEntry[], late: [], marks: {} })
        throw tried
      })
      .catch(error => (error === tried ? null : error))
  const refused = await attempt([value])
  if (refused === null) return null
  const none = await attempt([])
  if (none !== null) throw none
  return inWords(refused)
}

/** Takes the payloads of these entries away, wherever they lie. */
async function dropPayloads(db: LogDatabase, entries: LogEntry[]): Promise<void> {
  const byChunk = new Map<number, Set<number>>()
  for (const entry of entries)
    for (const [chunk, index] of entry.kind === 'event' ? entry.payload : []) {
      const positions = byChunk.get(chunk)
      if (positions) positions.add(index)
      else byChunk.set(chunk, new Set([index]))
    }
  for (const [chunk, positions] of byChunk) {
    const records = await db.payloads
      .where('[chunk+first]')
      .between([chunk, 0], [chunk, Number.POSITIVE_INFINITY])
      .toArray()
    for (const { first, parts } of records) {
      const left = parts.map((part, index) => (positions.has(first + index) ? null : part))
      if (left.some(part => part !== null)) await db.payloads.put({ chunk, first, parts: left })
      else await db.payloads.delete([chunk, first])
    }
  }
}

/**
 * Takes away all of a tab, or what `upTo` clears, and what will come of it with an id below `before`.
 * @returns how many entries that were
 */
export const clearTab = (db: LogDatabase, tab: string, before: number, upTo?: ClearEntry): Promise<number> =>
  db.transaction('rw', db.tables, async () => {
    const head = await db.head()
    const view = await db.view()
    const key = tabKey(tab)
    const removed: LogEntry[] = []
    const keep = (entry: LogEntry): boolean => {
      if (entry.place.tab !== tab || (upTo && !isCleared(entry, upTo))) return true
      removed.push(entry)
      return false
    }
    for (const segment of await byKey(db.segments, key).toArray()) {
      const before = removed.length
      const entries = ((await db.rows.get(segment.id))?.entries ?? []).filter(entry => keep(entry))
      if (removed.length === before) continue
      await addToCounters(db, countEvents(removed.slice(before), new Map(), -1))
      await putSegment(db, segment.id, entries, segment.batch)
    }
    const sifted = await sift(db, await byKey(db.batches, key).toArray(), entry => keep(entry))
    const kept = keepMarks(await db.kept(), sifted.changed)
    const gaps = new Set(removed.map(({ id }) => id))
    await db.meta.put({ ...kept, gaps: kept.gaps.filter(id => !gaps.has(id)) })
    await dropPayloads(db, removed)
    await db.checkpoints.clear()
    await db.meta.put({ ...head, checkpoints: [], forgotten: 0, tail: head.tail - sifted.removed })
    const cleared = Object.entries(view.cleared).filter(([other]) => other !== tab)
    await db.meta.put({
      ...view,
      epoch: view.epoch + 1,
      cleared: Object.fromEntries([...cleared.slice(-CLEARED), [tab, upTo?.id ?? Math.max(before, head.nextId)]]),
    })
    return latest(removed).length
  })

/** Nothing stays, and nothing will come with an id below `before`; only the counters of ids go on, since ids never come again. */
export const deleteAll = (db: LogDatabase, before: number): Promise<void> =>
  db.transaction('rw', db.tables, async () => {
    const { nextBatch, ...head } = await db.head()
    const nextId = Math.max(before, head.nextId)
    const view = await db.view()
    const kept = keepMarks(await db.kept(), await db.batches.orderBy('id').toArray())
    for (const table of [db.batches, db.payloads, db.segments, db.rows, db.checkpoints, db.counters])
      await table.clear()
    await db.meta.bulkPut([
      { ...HEAD, nextId, nextBatch, through: nextId - 1 },
      { ...view, epoch: view.epoch + 1, oldest: nextId, cleared: {}, moved: nextBatch - 1 },
      { ...kept, gaps: [] },
    ])
  })

/** What the recorder must know to go on. */
export const readResume = (db: LogDatabase, now: number): Promise<Resume> =>
  db.transaction('r', [db.meta, db.batches, db.segments, db.rows], async () => {
    const { nextId } = await db.head()
    const kept = await db.kept()
    const batches = await db.batches.orderBy('id').toArray()
    const tail = latest(...batches.map(({ entries }) => entries))
    const gaps: LogEntry[] = []
    for (const id of kept.gaps) {
      const segment = await segmentOf(db, id)
      const rows = segment ? await db.rows.get(segment.id) : undefined
      gaps.push(...(rows?.entries.filter(entry => entry.id === id) ?? []))
    }
    return {
      nextId,
      marks: keepMarks(kept, batches).marks,
      open: latest(gaps, tail).filter(entry => awaitsMore(entry, now)),
    }
  })
