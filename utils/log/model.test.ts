/**
 * Whatever happens to the log, in whatever order: it says the same as a plain map that was told the same. Entries come new, late
 * and again; segments and checkpoints are made, tabs are cleared, the oldest is taken, the worker is stopped and starts again.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byTime, type LogEntry } from '../identity/entry'
import { DatabaseSource } from './database-source'
import { DONE, event, gap, PENDING, page, SESSION } from './fixtures/entries'
import { Lab, LIST, newDisk, Reader, SMALL, stamp } from './fixtures/lab'
import { awaitsMore } from './records'
import { LogDatabase } from './schema'
import type { Checkpoint, Scope } from './source'

const TABS = [1, 2, -1]
const SITES = ['shop.vn', 'other.vn']
const SCOPES: Scope[] = [
  {},
  { tab: `${SESSION}:1` },
  { site: 'normal|shop.vn' },
  { tab: `${SESSION}:2`, site: 'normal|other.vn' },
]

const tabs = fc.constantFrom(...TABS)
const written = fc.record({
  /** Which entry: a new one, one whose id was given out before but never written, or an earlier one (counted from the newest). */
  which: fc.oneof(
    { weight: 6, arbitrary: fc.constant('new' as const) },
    { weight: 1, arbitrary: fc.constant('skip' as const) },
    { weight: 3, arbitrary: fc.nat(40) },
  ),
  tab: tabs,
  site: fc.constantFrom(...SITES),
  what: fc.constantFrom('event', 'event', 'event', 'pending', 'page', 'void', 'gap'),
  /** Seconds by which its time differs from the log's. */
  lag: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 1, -2) },
    { weight: 1, arbitrary: fc.integer({ min: -900, max: 0 }) },
  ),
})
const deed = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      entries: fc.array(written, { minLength: 1, maxLength: 9 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('upkeep' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(5, 70, 700) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), tab: tabs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retain' as const), events: fc.integer({ min: 3, max: 60 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
)

/** The same log, as simply as can be. */
class Model {
  readonly entries = new Map<number, LogEntry>()
  readonly cleared = new Map<string, number>()
  oldest = 0
  /** For those who give ids out; the log knows of an id when it is written. */
  nextId = 1
  known = 1
  limit = 1_000

  put(entry: LogEntry): void {
    this.nextId = Math.max(this.nextId, entry.id + 1)
    this.known = Math.max(this.known, entry.id + 1)
    if (entry.id >= this.oldest && entry.id >= (this.cleared.get(entry.place.tab) ?? 0))
      this.entries.set(entry.id, entry)
  }
  all(): LogEntry[] {
    return [...this.entries.values()].sort((a, b) => a.id - b.id)
  }
  of({ tab, site }: Scope): LogEntry[] {
    return this.all().filter(
      ({ kind, place }) =>
        kind !== 'void' &&
        ((tab === undefined && site === undefined) || place.tab === tab || `${place.partition}|${place.site}` === site),
    )
  }
  events(): LogEntry[] {
    return this.all().filter(({ kind }) => kind === 'event')
  }
  clear(tab: string): number {
    const gone = this.all().filter(({ place }) => place.tab === tab)
    for (const { id } of gone) this.entries.delete(id)
    this.cleared.set(tab, this.known)
    return gone.length
  }
  deleteEverything(): void {
    this.entries.clear()
    this.oldest = this.known
  }
  retain(): void {
    const events = this.events()
    const last = events[events.length - this.limit - 1]
    if (!last) return
    this.oldest = Math.max(this.oldest, last.id + 1)
    for (const id of this.entries.keys()) if (id < this.oldest) this.entries.delete(id)
  }
}

const tabOf = (tab: number): string => `${SESSION}:${tab}`

test('the log says the same as a plain map, whatever was done to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40 }), async deeds => {
      newDisk()
      const lab = await Lab.open({ retention: { events: 1_000, days: 300 } })
      const model = new Model()
      const database = new LogDatabase()
      const source = new DatabaseSource()
      const readers = SCOPES.map(scope => new Reader(source, scope, { tab: tabOf(1) }))
      const reducer = new Reader(source, {}, { checkpoint: () => true })
      const skipped: number[] = []
      /** Open entries while there were more than are waited for: they may have been settled as they were. */
      const crowded = new Set<number>()
      let version = 0

      const make = (each: typeof written extends fc.Arbitrary<infer T> ? T : never): LogEntry | null => {
        const earlier = typeof each.which === 'number' ? model.all().at(-1 - each.which) : undefined
        if (typeof each.which === 'number' && !earlier) return null
        let id = earlier?.id
        if (each.which === 'skip') {
          // An id may be given out and written only after later ones.
          id = skipped.shift()
          if (id === undefined) {
            skipped.push(model.nextId)
            model.nextId += 1
            return null
          }
        }
        id ??= model.nextId
        const tab = earlier ? Number(earlier.place.tab.split(':')[1]) : each.tab
        const where = { tab, site: earlier?.place.site ?? each.site, at: lab.now + each.lag * 1_000 }
        version += 1
        const fresh = event(id, where)
        const facts = { ...fresh.facts, content: `v${version}` }
        if (each.what === 'page') return page(id, where)
        if (each.what === 'gap') return gap(id, { ...where, until: version % 2 ? null : lab.now })
        if (each.what === 'void') return { id, at: where.at, place: fresh.place, kind: 'void', into: 1 }
        return { ...fresh, facts, outcome: each.what === 'pending' ? PENDING : DONE }
      }

      const look = async (): Promise<void> => {
        for (const scope of SCOPES) {
          const wanted = model.of(scope)
          expect(await source.newest(scope, 7)).toEqual(wanted.slice(-7))
          expect(await source.newest(scope, 1_000)).toEqual(wanted)
          const before = wanted[Math.floor(wanted.length / 2)]?.id ?? 5
          expect(await source.newest(scope, 4, before)).toEqual(wanted.filter(({ id }) => id < before).slice(-4))
          const [from = 0, to = 0] = [wanted[2]?.id, wanted.at(-3)?.id]
          expect(await source.range(scope, from, to)).toEqual(wanted.filter(({ id }) => id >= from && id <= to))
        }
        for (const [index, reader] of readers.entries()) {
          const scope = SCOPES[index] ?? {}
          await expect.poll(() => reader.stamps(), { interval: 5, timeout: 20_000 }).toEqual(model.of(scope).map(stamp))
          const events = model.events()
          const whole = index === 0
          await expect
            .poll(() => reader.last?.counts, { interval: 5, timeout: 20_000 })
            .toEqual({
              log: whole ? events.length : null,
              tab: index < 2 ? events.filter(({ place }) => place.tab === tabOf(1)).length : null,
            })
          expect(reader.faults).toEqual([])
        }
        // One that begins now, from a checkpoint, and one that began so long ago.
        const newcomer = new Reader(source, {}, { checkpoint: () => true })
        await expect.poll(() => newcomer.told.length, { interval: 5 }).toBe(1)
        newcomer.stop()
        for (const reader of [newcomer, reducer])
          await expect.poll(() => knows(reader, model), { interval: 5, timeout: 20_000 }).toBe('all')
        const { nextId, open } = await lab.log.resume()
        expect(nextId).toBeGreaterThanOrEqual(Math.max(0, ...model.entries.keys()) + 1)
        const awaited = model.all().filter(entry => awaitsMore(entry, lab.now))
        expect(awaited.map(stamp)).toEqual(expect.arrayContaining(open.map(stamp)))
        const firm = awaited.filter(({ id }) => !crowded.has(id))
        expect(open.map(stamp)).toEqual(expect.arrayContaining(firm.map(stamp)))
      }

      try {
        for (const each of deeds) {
          if (each.do === 'append') {
            const entries: LogEntry[] = []
            for (const one of each.entries) {
              const entry = make(one)
              if (!entry) continue
              entries.push(entry)
              model.put(entry)
            }
            if (entries.length > 0) await lab.write(entries)
          } else if (each.do === 'upkeep') {
            const awaited = model.all().filter(entry => awaitsMore(entry, lab.now))
            if (awaited.length > SMALL.open) for (const { id } of awaited) crowded.add(id)
            await lab.log.upkeep()
            model.retain()
          } else if (each.do === 'wait') lab.now += each.seconds * 1_000
          else if (each.do === 'clear') {
            expect(await lab.log.writer.clear(tabOf(each.tab))).toBe(model.clear(tabOf(each.tab)))
          } else if (each.do === 'delete') {
            await lab.log.writer.deleteEverything()
            model.deleteEverything()
          } else if (each.do === 'restart') {
            lab.stop()
            await lab.start()
            lab.log.retain({ events: model.limit, days: 300 })
          } else if (each.do === 'retain') {
            model.limit = each.events
            lab.log.retain({ events: each.events, days: 300 })
          } else await look()
        }
        await look()
      } finally {
        for (const reader of [...readers, reducer]) reader.stop()
        lab.stop()
        database.close()
      }
    }),
    { numRuns: 30, endOnFailure: true },
  )
}, 240_000)

/** Is the checkpoint that a reader began with, and what came after it, the whole log? What retention took may still be known. */
function knows(reader: Reader, model: Model): string {
  const began = reader.told.findLast(({ reset }) => reset)
  const checkpoint: Checkpoint | null = began?.checkpoint ?? null
  const reduced = checkpoint ? (LIST.deserialise(checkpoint.reduced) ?? []) : []
  const { at, id } = checkpoint?.through ?? { at: Number.NEGATIVE_INFINITY, id: 0 }
  const inside = (entry: LogEntry): boolean => entry.at < at || (entry.at === at && entry.id <= id)
  const wanted = model.all().toSorted(byTime)
  const kept = reduced.filter(text => Number(text.split(' ')[1]) >= model.oldest)
  const expected = wanted.filter(inside).map(stamp)
  if (kept.join() !== expected.join()) return `checkpoint has ${kept.join()} instead of ${expected.join()}`
  const rest = wanted.filter(entry => !inside(entry) && entry.kind !== 'void').map(stamp)
  const known = [...reader.entries.values()].toSorted(byTime).map(stamp)
  return known.join() === rest.join() ? 'all' : `after it ${known.join()} instead of ${rest.join()}`
}
