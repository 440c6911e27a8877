/**
 * What the worker does with the log when nothing happens: settled entries move from batches into segments, the reduced state
 * of older entries becomes a checkpoint, retention takes the oldest. In steps that keep an append waiting for no longer than
 * a few hundred milliseconds; each step is one transaction, so a stop in between costs nothing but the step.
 */
import { byTime, type LogEntry } from '../identity/entry'
import { outcomeAt } from '../identity/outcome'
import { addToCounters, keepMarks, putSegment, sift } from './dexie-writer'
import { ALL, countEvents, isOpen, isStanding, latest, lowestChunk } from './records'
import { type LogDatabase, segmentOf } from './schema'
import type { Fold } from './source'
import type { BatchRecord, CheckpointHead, CheckpointRecord, SegmentRecord } from './tables'

export interface Sizes {
  /** Newest entries that stay in batches: most of them are written again. */
  tail: number
  /** Entries of a segment. */
  segment: number
  /**
   * The same when nothing comes and no end is awaited: then hardly anything is written again, and a panel that opens has less to work
   * out. `fold`: so many entries are worth a checkpoint then, also of what is still in batches.
   */
  calm: { tail: number; segment: number; fold: number }
  /** Open entries that are waited for; if there are more, the oldest are taken as they are. */
  open: number
  /**
   * Entries that a step reduces at most, roughly. Each step writes a checkpoint, which costs as much as reducing thousands of entries
   * (1.3 MB that the browser copies): in steps of 1,000 it was 40 % of what the worker did in a stream.
   */
  fold: number
  /** Entries younger than this (ms) are not reduced yet: what belongs before them may still come. */
  settle: number
  /** Unless so many wait to be reduced. */
  backlog: number
  /** Versions in a row without a pause that make a stream of events: then upkeep doesn't wait for one. */
  urgent: number
  /** In a stream, reducing waits until it ends, or until so many wait for it. */
  stream: number
}

export const SIZES: Sizes = {
  tail: 1_000,
  segment: 1_000,
  calm: { tail: 250, segment: 500, fold: 50 },
  open: 2_000,
  fold: 5_000,
  settle: 60_000,
  backlog: 10_000,
  urgent: 4_000,
  stream: 50_000,
}

export interface Retention {
  events: number
  days: number
}

const DAY = 86_400_000
/** Times before this are no times: some machine's clock had no battery. */
const SANE = Date.UTC(2020)

export class Upkeep<S> {
  /** The state of the checkpoint that was made last: the next step need not read it again. */
  private last: { id: number; state: S } | null = null

  constructor(
    private readonly db: LogDatabase,
    private readonly fold: Fold<S> | null,
    private readonly sizes: Sizes = SIZES,
  ) {}

  /**
   * One step of everything. Nothing may be appended meanwhile.
   * @param streaming events come in a stream: only what can't wait
   * @returns whether there is more to do at once
   */
  async step(now: number, retention: Retention, streaming: boolean): Promise<boolean> {
    const tail = await this.compact(now, streaming)
    const more = await this.reduce(now, retention, tail, streaming)
    await this.trim(now, retention, tail)
    return more
  }

  /** Moves what is settled into segments. @returns what is in batches after it, and how it went about that. */
  private async compact(now: number, streaming: boolean): Promise<Compacted> {
    const { db, sizes } = this
    const head = await db.head()
    const batches = await db.batches.orderBy('id').toArray()
    const versions = tailOf(batches)
    const lowest = batches.reduce(
      (least, { entries }) => Math.min(least, entries[0]?.id ?? least),
      Number.POSITIVE_INFINITY,
    )
    const settled: LogEntry[] = []
    const open: LogEntry[] = []
    const calm = !streaming && !versions.some(entry => isOpen(entry, now))
    const { tail, segment } = calm ? sizes.calm : sizes
    for (const entry of versions) {
      if (entry.id >= head.nextId - tail) break
      if (isOpen(entry, now)) open.push(entry)
      else settled.push(entry)
    }
    const given = new Set(open.splice(0, Math.max(0, open.length - sizes.open)))
    const ready = given.size > 0 ? latest(settled, given) : settled
    const fresh = ready.filter(({ id }) => id > head.through)
    const groups: LogEntry[][] = []
    for (let start = 0; start + segment <= fresh.length; start += segment)
      groups.push(fresh.slice(start, start + segment))
    const through = groups.at(-1)?.at(-1)?.id ?? head.through
    const returning = ready.filter(({ id }) => id <= head.through)
    const empty = batches.filter(({ entries }) => entries.length === 0)
    if (groups.length === 0 && returning.length + empty.length < segment / 2)
      return { entries: versions, lowest, segment, calm }
    const moving = new Set([...groups.flat(), ...returning].map(({ id }) => id))
    // What a segment has already stays in its batch only while its end is awaited, to be found again after a restart.
    const leaves = (entry: LogEntry, { late }: BatchRecord): boolean =>
      moving.has(entry.id) || (late.includes(entry.id) && !isOpen(entry, now))
    const touched = batches.filter(
      batch => batch.entries.length === 0 || batch.entries.some(entry => leaves(entry, batch)),
    )
    const moved = touched.at(-1)?.id ?? 0
    await db.transaction('rw', [db.meta, db.batches, db.segments, db.rows, db.counters], async () => {
      const counts = countEvents(groups.flat())
      for (const group of groups) await putSegment(db, group.at(-1)?.id ?? 0, group, moved)
      for (const [segment, entries] of await this.bySegment(returning)) {
        const rows = (await db.rows.get(segment))?.entries ?? []
        countEvents(entries, counts)
        await putSegment(db, segment, latest(rows, entries), moved)
      }
      await addToCounters(db, counts)
      const newest = new Map(batches.flatMap(({ entries }) => entries.map(entry => [entry.id, entry])))
      const { changed, removed } = await sift(
        db,
        touched,
        (entry, batch) => !leaves(entry, batch) && newest.get(entry.id) === entry,
      )
      const kept = keepMarks(await db.kept(), changed)
      const gaps = ready.filter(entry => moving.has(entry.id) && isStanding(entry)).map(({ id }) => id)
      await db.meta.put({ ...kept, gaps: [...new Set([...kept.gaps, ...gaps])] })
      await db.meta.put({ ...head, through, tail: head.tail - removed })
      const view = await db.view()
      await db.meta.put({ ...view, moved: Math.max(view.moved, moved) })
    })
    return { entries: versions.filter(({ id }) => !moving.has(id)), lowest, segment, calm }
  }

  /** Takes more of the settled entries onto the newest checkpoint. @returns whether there is more to do at once. */
  private async reduce(
    now: number,
    retention: Retention,
    { entries: tail, segment, calm }: Compacted,
    streaming: boolean,
  ): Promise<boolean> {
    const { db, fold, sizes } = this
    if (!fold) return false
    const head = await db.head()
    let line = head.checkpoints.reduce((newest, each) => Math.max(newest, each.line), 1)
    let base = head.checkpoints.findLast(each => each.line === line)
    // What retention took is still known to the checkpoints that came after it. Reducing what is left costs the length of the log:
    // so not at every trim, but often enough that nothing is known for much longer than it is kept.
    const outlived = head.forgotten > 0 && base !== undefined && base.since < now - (retention.days + 1) * DAY
    if (base && (outlived || head.forgotten > Math.max(retention.events / 2, sizes.segment))) {
      line += 1
      base = undefined
    }
    const state = base ? await this.stateOf(base, fold) : fold.empty
    if (state === null) {
      await this.writeCheckpoints([], null)
      return true
    }
    const from = base ?? { at: Number.NEGATIVE_INFINITY, entry: 0 }
    const segments = (await db.segments.where('until').aboveOrEqual(from.at).toArray()).sort((a, b) => a.id - b.id)
    if (streaming && segments.length * sizes.segment < sizes.stream) return false
    let limit = segments.length * sizes.segment > sizes.backlog ? Number.POSITIVE_INFINITY : now - sizes.settle
    // What a checkpoint may take of the batches is never younger, however much waits.
    const rests = ({ at }: LogEntry): boolean => calm && at < now - sizes.settle
    const resting = tail.filter(rests)
    for (const entry of tail) if (!rests(entry)) limit = Math.min(limit, entry.at)
    // Segments overlap in time, mostly by little: what is reduced must lie before all that is not read in this step.
    let entries: LogEntry[] = []
    let read = Math.max(1, Math.ceil(sizes.fold / segment))
    for (; ; read *= 2) {
      const all = read >= segments.length
      const unread = [...segments.slice(read).map(({ since }) => since), ...(all ? [] : resting.map(({ at }) => at))]
      const before = unread.reduce((earliest, each) => Math.min(earliest, each), limit)
      const rows = await db.rows.bulkGet(segments.slice(0, read).map(({ id }) => id))
      entries = [...rows.flatMap(record => record?.entries ?? []), ...(all ? resting : [])]
        .filter(({ at, id }) => at < before && (at > from.at || (at === from.at && id > from.entry)))
        .sort(byTime)
      if (entries.length > 0 || all) break
    }
    const [first] = entries
    const newest = entries.at(-1)
    const more = read < segments.length
    if (!first || !newest || (!more && entries.length < (calm ? sizes.calm.fold : segment))) return false
    const taken = new Set(entries)
    // Ids ascend.
    const top = Math.max(base?.top ?? 0, resting.findLast(entry => taken.has(entry))?.id ?? 0)
    const reduced = entries.reduce<S>((sum, entry) => fold.step(sum, answered(entry, now)), state)
    const made: CheckpointHead = {
      id: head.checkpoints.reduce((next, each) => Math.max(next, each.id + 1), 1),
      at: newest.at,
      entry: newest.id,
      count: (base?.count ?? 0) + entries.length,
      since: base?.since ?? (entries.find(({ at }) => at > SANE) ?? first).at,
      line,
      ...(top > 0 && { top }),
    }
    this.last = null
    await this.writeCheckpoints(
      worthKeeping([...head.checkpoints, made], made),
      {
        id: made.id,
        reduced: fold.serialise(reduced),
      },
      base ? head.forgotten : 0,
    )
    this.last = { id: made.id, state: reduced }
    return more
  }

  private async stateOf({ id }: CheckpointHead, fold: Fold<S>): Promise<S | null> {
    if (this.last?.id === id) return this.last.state
    const record = await this.db.checkpoints.get(id)
    return record ? fold.deserialise(record.reduced) : null
  }

  private async bySegment(entries: LogEntry[]): Promise<Map<number, LogEntry[]>> {
    const found = new Map<number, LogEntry[]>()
    for (const entry of entries) {
      const segment = await segmentOf(this.db, entry.id)
      if (segment) found.set(segment.id, [...(found.get(segment.id) ?? []), entry])
    }
    return found
  }

  private async writeCheckpoints(kept: CheckpointHead[], made: CheckpointRecord | null, forgotten = 0): Promise<void> {
    const { db } = this
    await db.transaction('rw', db.meta, db.checkpoints, async () => {
      const head = await db.head()
      if (made) await db.checkpoints.put(made)
      const ids = new Set(kept.map(({ id }) => id))
      await db.checkpoints.bulkDelete(head.checkpoints.map(({ id }) => id).filter(id => !ids.has(id)))
      await db.meta.put({ ...head, checkpoints: kept, forgotten })
    })
  }

  /** Takes the oldest until both limits hold. @returns how many events that were. */
  private async trim(now: number, { events, days }: Retention, { entries: tail, lowest }: Tail): Promise<number> {
    const { db } = this
    const total = (await db.counters.get(ALL))?.events ?? 0
    const over = total + tail.filter(({ kind }) => kind === 'event').length - events
    const expired = now - days * DAY
    const old = ({ at }: LogEntry): boolean => at < expired && at > SANE
    const segments = await db.segments.orderBy('id').toArray()
    if (over <= 0 && !tail.some(old) && !segments.some(({ since }) => since < expired)) return 0
    const cut = Math.max(await this.cutByCount(over, segments, tail), await this.cutByAge(old, expired, segments, tail))
    return cut > 0 ? this.dropBelow(cut, { entries: tail, lowest }) : 0
  }

  /** Takes this share of all events away, the oldest: the disk is full. Of a small log nothing: that would not help. @returns how many. */
  async makeRoom(share: number): Promise<number> {
    const { db } = this
    const entries = tailOf(await db.batches.orderBy('id').toArray())
    const total = ((await db.counters.get(ALL))?.events ?? 0) + entries.filter(({ kind }) => kind === 'event').length
    if (total < this.sizes.segment) return 0
    const cut = await this.cutByCount(Math.ceil(total * share), await db.segments.orderBy('id').toArray(), entries)
    return cut > 0 ? this.dropBelow(cut, { entries, lowest: 0 }) : 0
  }

  /** The id below which lie the oldest `over` events. */
  private async cutByCount(over: number, segments: SegmentRecord[], tail: LogEntry[]): Promise<number> {
    if (over <= 0) return 0
    let left = over
    let cut = 0
    let next = 0
    for (const segment of segments) {
      const start = next
      while ((tail[next]?.id ?? Number.POSITIVE_INFINITY) <= segment.id) next += 1
      const carried = tail.slice(start, next)
      const events = (new Map(segment.events).get(ALL) ?? 0) + carried.filter(({ kind }) => kind === 'event').length
      if (events >= left) return cutWithin(latest((await this.db.rows.get(segment.id))?.entries ?? [], carried), left)
      left -= events
      cut = segment.id + 1
    }
    return Math.max(cut, cutWithin(tail.slice(next), left))
  }

  /** The id after the last one that is too old, as far as one piece of the log after the other has such ones. */
  private async cutByAge(
    old: (entry: LogEntry) => boolean,
    expired: number,
    segments: SegmentRecord[],
    tail: LogEntry[],
  ): Promise<number> {
    let cut = 0
    for (const { id, since, until } of segments) {
      if (since >= expired) return cut
      const last = until < expired ? id : (await this.db.rows.get(id))?.entries.findLast(old)?.id
      if (last === undefined) return cut
      cut = last + 1
    }
    return Math.max(cut, (tail.findLast(old)?.id ?? -1) + 1)
  }

  /** Takes away every entry with an id below `cut`, and the payloads that nobody refers to any more. @returns how many events. */
  private async dropBelow(cut: number, tail: Tail): Promise<number> {
    const { db } = this
    return db.transaction('rw', db.tables, async () => {
      const counts = new Map<string, number>()
      const whole = await db.segments.where('id').below(cut).toArray()
      for (const { events } of whole) for (const [key, count] of events) counts.set(key, (counts.get(key) ?? 0) - count)
      await db.segments.where('id').below(cut).delete()
      await db.rows.where('id').below(cut).delete()
      const partly = await segmentOf(db, cut)
      if (partly && partly.from < cut) {
        const rows = (await db.rows.get(partly.id))?.entries ?? []
        countEvents(
          rows.filter(({ id }) => id < cut),
          counts,
          -1,
        )
        await putSegment(
          db,
          partly.id,
          rows.filter(({ id }) => id >= cut),
          partly.batch,
        )
      }
      await addToCounters(db, counts)
      const fromTail = tail.entries.filter(({ id, kind }) => id < cut && kind === 'event').length
      // Mostly none: the oldest are in segments.
      const batches = tail.lowest < cut ? await db.batches.orderBy('id').toArray() : []
      const { changed, removed } = await sift(db, batches, ({ id }) => id >= cut)
      const kept = keepMarks(await db.kept(), changed)
      await db.meta.put({ ...kept, gaps: kept.gaps.filter(id => id >= cut) })
      const lowest = Math.min(
        lowestChunk(tail.entries.filter(({ id }) => id >= cut)),
        ...(await db.segments.toArray()).map(({ chunk }) => chunk),
      )
      const head = await db.head()
      await db.payloads
        .where('[chunk+first]')
        .below([Math.min(lowest, head.nextBatch), 0])
        .delete()
      const taken = fromTail - (counts.get(ALL) ?? 0)
      await db.meta.put({ ...head, tail: head.tail - removed, forgotten: head.forgotten + taken })
      const view = await db.view()
      await db.meta.put({ ...view, oldest: Math.max(view.oldest, cut) })
      return taken
    })
  }
}

interface Compacted extends Tail {
  /** Entries of a segment just now. */
  segment: number
  /** Nothing comes, and no end is awaited. */
  calm: boolean
}

/** What is in batches. */
interface Tail {
  /** Latest versions of the entries that are not in segments, ascending by id. */
  entries: LogEntry[]
  /** No version in any batch has a lower id. */
  lowest: number
}

/** Silence is an answer by now. */
const answered = (entry: LogEntry, now: number): LogEntry =>
  entry.kind === 'event' ? { ...entry, outcome: outcomeAt(entry, now) } : entry

/** Latest versions of the entries that are not in segments, ascending by id. */
function tailOf(batches: BatchRecord[]): LogEntry[] {
  return latest(
    ...batches.map(({ entries, late }) => (late.length > 0 ? entries.filter(({ id }) => !late.includes(id)) : entries)),
  )
}

/** The id after the last of the first `count` events. */
function cutWithin(entries: LogEntry[], count: number): number {
  let left = count
  for (const { id, kind } of entries) {
    if (kind === 'event') left -= 1
    if (left === 0) return id + 1
  }
  return (entries.at(-1)?.id ?? -1) + 1
}

/**
 * Besides the newest checkpoint a few older ones, farther and farther apart, so that an entry that comes late costs a part of the
 * log and not all of it; and an older line only as long as it reaches further than the newest.
 */
function worthKeeping(checkpoints: CheckpointHead[], newest: CheckpointHead): CheckpointHead[] {
  const sorted = checkpoints.toSorted((a, b) => a.at - b.at || a.entry - b.entry)
  const mine = sorted.filter(({ line }) => line === newest.line)
  const further = sorted.at(-1) === newest ? [] : sorted.filter(({ line }) => line !== newest.line).slice(-1)
  const kept = new Set([newest, ...further])
  for (const block of [4_000, 16_000])
    for (const back of [0, 1]) {
      const number = Math.floor(newest.count / block) - back
      const first = mine.find(({ count }) => Math.floor(count / block) === number)
      if (first) kept.add(first)
    }
  return sorted.filter(checkpoint => kept.has(checkpoint))
}
