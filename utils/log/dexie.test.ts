import 'fake-indexeddb/auto'
import { Dexie } from 'dexie'
import { forceCloseDatabase } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LogEntry, Payload } from '../identity/entry'
import { DatabaseSource } from './database-source'
import { clear, DONE, event, gap, ids, NOW, PENDING, page, SESSION } from './fixtures/entries'
import { FakeArea, Lab, LIST, newDisk, Reader, SMALL, stamp } from './fixtures/lab'
import { LogDatabase } from './schema'
import type { Change, Checkpoint, Health } from './source'
import { DATABASE } from './tables'

const DAY = 86_400_000
const tab = (n: number): string => `${SESSION}:${n}`

beforeEach(newDisk)
afterEach(() => vi.restoreAllMocks())

const lab = async (...args: Parameters<typeof Lab.open>): Promise<Lab> => {
  const opened = await Lab.open(...args)
  open.push(opened)
  return opened
}
const open: Lab[] = []
afterEach(() => {
  for (const each of open.splice(0)) each.stop()
})

/** `count` settled events from `first` on, a second apart. */
const events = (first: number, count: number, more: Parameters<typeof event>[1] = {}): LogEntry[] =>
  Array.from({ length: count }, (_, n) => event(first + n, { at: NOW - DAY + (first + n) * 1_000, ...more }))

const payload = (text: string): Payload => ({ request: { url: text, method: 'GET', body: { state: 'none' } } })

/** All text that is anywhere in the database. */
const allText = async (): Promise<string> => {
  const db = new LogDatabase()
  const tables = await Promise.all(db.tables.map(table => table.toArray()))
  db.close()
  return JSON.stringify(tables)
}

const health = (of: Lab): Health => {
  let found: Health | undefined
  const once = new AbortController()
  of.log.watchHealth(each => {
    found = each
  }, once.signal)
  once.abort()
  if (!found) throw new Error('no health')
  return found
}

describe('what the worker finds when it wakes up', () => {
  test('the next id, the marks of each document, and what is still open', async () => {
    const worker = await lab()
    await worker.write([event(1), event(2, { outcome: PENDING, at: NOW }), gap(3)], { one: 4, two: 1 })
    await worker.write([event(1, { about: 'again' } as object)], { one: 9 })
    worker.stop()
    await worker.start()
    const { nextId, marks, open } = await worker.log.resume()
    expect(nextId).toBe(4)
    expect(marks).toEqual({ one: 9, two: 1 })
    expect(ids(open)).toEqual([2, 3])
  })

  test('marks and an open gap outlive the batches that brought them', async () => {
    const worker = await lab()
    await worker.write([gap(1, { at: NOW - DAY })], { one: 4 })
    for (let n = 0; n < 6; n++) await worker.write(events(2 + n * 5, 5), { two: n })
    await worker.log.upkeep()
    const database = new LogDatabase()
    expect(await database.batches.count()).toBeLessThan(4)
    database.close()
    const { marks, open } = await worker.log.resume()
    expect(marks).toEqual({ one: 4, two: 5 })
    expect(ids(open)).toEqual([1])
    await worker.write([gap(1, { at: NOW - DAY, until: NOW })])
    expect((await worker.log.resume()).open).toEqual([])
  })

  test('ids go on after everything was deleted', async () => {
    const worker = await lab()
    await worker.write(events(1, 5))
    await worker.log.writer.deleteEverything()
    expect((await worker.log.resume()).nextId).toBe(6)
    expect(await worker.log.source.newest({}, 9)).toEqual([])
  })
})

describe('payloads', () => {
  test('parts that were written with different batches are one, the later wins', async () => {
    const worker = await lab()
    let first = 0
    await worker.log.writer.append(chunk => {
      first = chunk
      const call = { api: 'web_event.track', args: '[]', stack: '' }
      return { entries: [event(1, { payload: [[chunk, 0]] })], payloads: [{ call, notes: ['asked'] }], marks: {} }
    })
    await worker.log.writer.append(chunk => ({
      entries: [
        event(1, {
          payload: [
            [first, 0],
            [chunk, 1],
          ],
        }),
      ],
      payloads: [payload('other'), { ...payload('mine'), notes: ['sent'] }],
      marks: {},
    }))
    const [entry] = await worker.log.source.newest({}, 1)
    const found = entry?.kind === 'event' ? await worker.log.source.payload(entry.payload) : null
    expect(found).toEqual({
      call: { api: 'web_event.track', args: '[]', stack: '' },
      request: { url: 'mine', method: 'GET', body: { state: 'none' } },
      notes: ['asked', 'sent'],
    })
  })

  test('a body that is too long is cut and says how long it was; its neighbours lie apart', async () => {
    const worker = await lab()
    const body = { state: 'text' as const, text: 'ầ'.repeat(600_000) }
    let chunk = 0
    await worker.log.writer.append(id => {
      chunk = id
      const long = { request: { url: 'u', method: 'POST', body } }
      return { entries: [event(1, { payload: [[id, 1]] })], payloads: [payload('a'), long, payload('b')], marks: {} }
    })
    const found = await worker.log.source.payload([[chunk, 1]])
    expect(found?.request?.body).toEqual({ state: 'cut', text: 'ầ'.repeat(524_288), bytes: 1_800_000 })
    expect((await worker.log.source.payload([[chunk, 2]]))?.request?.url).toBe('b')
    const database = new LogDatabase()
    expect(await database.payloads.count()).toBe(3)
    database.close()
  })

  test('an entry whose value is huge keeps its beginning and says so', async () => {
    const worker = await lab()
    await worker.write([
      event(1, { call: { at: 1, api: 'a', by: 'page', command: null, queued: false, caller: 'x'.repeat(40_000) } }),
    ])
    const [entry] = await worker.log.source.newest({}, 1)
    expect(entry?.kind === 'event' && entry.call?.caller).toMatch(/^x{32768}… \(truncated, 40000 characters\)$/)
  })

  test('go with the entries that retention takes', async () => {
    const worker = await lab({ retention: { events: 4, days: 300 } })
    for (let id = 1; id <= 12; id++)
      await worker.log.writer.append(chunk => ({
        entries: [event(id, { payload: [[chunk, 0]] })],
        payloads: [payload(`secret-${id}-`)],
        marks: {},
      }))
    await worker.log.upkeep()
    expect(ids(await worker.log.source.newest({}, 99))).toEqual([9, 10, 11, 12])
    const text = await allText()
    for (let id = 1; id <= 12; id++) expect(text.includes(`secret-${id}-`)).toBe(id > 8)
    expect(await worker.log.source.payload([[1, 0]])).toBeNull()
  })
})

describe('taking away', () => {
  test('clearing a tab leaves nothing of it, in batches, segments and payloads, and all of the others', async () => {
    const worker = await lab()
    for (let id = 1; id <= 24; id++)
      await worker.log.writer.append(chunk => ({
        entries: [
          event(id * 2, { tab: 1, payload: [[chunk, 0]], at: NOW - DAY + id }),
          event(id * 2 + 1, { tab: 2, payload: [[chunk, 1]], at: NOW - DAY + id }),
        ],
        payloads: [payload(`gone-${id}`), payload(`kept-${id}-`)],
        marks: {},
      }))
    await worker.log.upkeep()
    expect(await worker.log.writer.clear(tab(1))).toBe(24)
    const text = await allText()
    expect(text).not.toContain('gone-')
    expect(text).not.toContain('t:a8b7c6d5:1"')
    for (let id = 1; id <= 24; id++) expect(text).toContain(`kept-${id}-`)
    expect(ids(await worker.log.source.newest({}, 99))).toEqual(Array.from({ length: 24 }, (_, n) => n * 2 + 3))
  })

  test('an end that comes after the clear does not bring the event back, a new event comes', async () => {
    const worker = await lab()
    await worker.write([event(1, { outcome: PENDING })])
    await worker.log.writer.clear(tab(1))
    await worker.write([event(1, { outcome: DONE }), event(2)])
    expect(ids(await worker.log.source.newest({}, 9))).toEqual([2])
  })

  test('after "delete everything" no text of any event is in the database', async () => {
    const worker = await lab()
    for (let n = 0; n < 8; n++)
      await worker.log.writer.append(chunk => ({
        entries: events(1 + n * 5, 5).map(entry => ({ ...entry, payload: [[chunk, 0]] })) as LogEntry[],
        payloads: [payload('secret')],
        marks: { doc: n },
      }))
    await worker.log.upkeep()
    await worker.log.writer.deleteEverything()
    expect(await allText()).not.toMatch(/secret|shop\.vn|Áo/)
    // A relay that sends again what was recorded must still be told so.
    expect((await worker.log.resume()).marks).toEqual({ doc: 7 })
  })

  test('what a clear cleared is taken away for good, and no more than that; an open clear is known to the next worker', async () => {
    const worker = await lab()
    for (let id = 1; id <= 24; id++)
      await worker.log.writer.append(chunk => ({
        entries: [
          event(id * 2, { tab: 1, payload: [[chunk, 0]], at: NOW - DAY + id }),
          event(id * 2 + 1, { tab: 2, payload: [[chunk, 1]], at: NOW - DAY + id }),
        ],
        payloads: [payload(id < 20 ? `gone-${id}` : `new-${id}-`), payload(`kept-${id}-`)],
        marks: {},
      }))
    const cleared = clear(40, { tab: 1, at: NOW - DAY + 20 })
    await worker.write([cleared])
    await worker.log.upkeep()
    worker.stop()
    await worker.start()
    expect((await worker.log.resume()).open).toContainEqual(cleared)
    // 40 lost its place to the clear; 2 … 38 go.
    expect(await worker.log.writer.clear(tab(1), cleared)).toBe(19)
    await worker.write([{ ...cleared, state: 'done' }, event(2, { outcome: DONE })])
    await worker.log.upkeep()
    const text = await allText()
    expect(text).not.toContain('gone-')
    for (let id = 21; id <= 24; id++) expect(text).toContain(`new-${id}-`)
    expect(ids(await worker.log.source.newest({ tab: tab(1) }, 99))).toEqual([40, 42, 44, 46, 48])
    expect((await worker.log.resume()).open).toEqual([])
  })

  test('retention by days takes what is older, from segments and from batches', async () => {
    const worker = await lab({ retention: { events: 1_000, days: 3 } })
    const day = (n: number, first: number, count: number) =>
      events(first, count, {}).map((entry, index) => ({ ...entry, at: NOW - n * DAY + index }))
    await worker.write(day(5, 1, 8))
    await worker.write(day(4, 9, 8))
    await worker.write(day(2, 17, 8))
    await worker.log.upkeep()
    expect(ids(await worker.log.source.newest({}, 99))).toEqual([17, 18, 19, 20, 21, 22, 23, 24])
    worker.now += 2 * DAY
    await worker.log.upkeep()
    expect(await worker.log.source.newest({}, 99)).toEqual([])
  })

  test('a clock without battery takes nothing away', async () => {
    const worker = await lab({ retention: { events: 1_000, days: 3 } })
    await worker.write([...events(1, 4), event(5, { at: 1_000 }), ...events(6, 4)])
    await worker.log.upkeep()
    expect((await worker.log.source.newest({}, 99)).length).toBe(9)
  })

  test('a limit that the user lowers holds at the next upkeep, which comes by itself', async () => {
    const worker = await lab()
    await worker.write(events(1, 30))
    worker.log.retain({ events: 10, days: 300 })
    worker.fire()
    await expect
      .poll(async () => ids(await worker.log.source.newest({}, 99)))
      .toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30])
  })
})

describe('those who watch', () => {
  test('without hurry read several commits as one, after a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const worker = await lab()
    const reader = new Reader(new DatabaseSource(), {}, { lag: 1_000 })
    await vi.waitFor(() => expect(reader.told.length).toBe(1))
    await worker.write([event(1)])
    await worker.write([event(2)])
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1))
    expect(reader.entries.size).toBe(0)
    vi.advanceTimersByTime(1_000)
    await vi.waitFor(() => expect([...reader.entries.keys()]).toEqual([1, 2]))
    expect(reader.told.length).toBe(2)
    reader.stop()
    vi.useRealTimers()
  })

  test('learn what retention took without another event', async () => {
    const worker = await lab()
    await worker.write(events(1, 30))
    const reader = new Reader(new DatabaseSource(), {}, { tab: tab(1) })
    await expect.poll(() => reader.entries.size).toBe(30)
    worker.log.retain({ events: 10, days: 300 })
    await worker.log.upkeep()
    await expect.poll(() => [...reader.entries.keys()][0]).toBe(21)
    expect(reader.last).toMatchObject({ reset: false, oldest: 21, counts: { log: 10, tab: 10 } })
    reader.stop()
  })

  test('miss nothing while they are asleep, even when all of it has become segments', async () => {
    const worker = await lab()
    const channels: { onmessage: (() => void) | null }[] = []
    vi.stubGlobal(
      'BroadcastChannel',
      class {
        onmessage: (() => void) | null = null
        constructor() {
          channels.push(this)
        }
        close() {}
      },
    )
    const asleep = new Reader(new DatabaseSource(), {}, { tab: tab(1) })
    await expect.poll(() => channels.length).toBe(1)
    vi.unstubAllGlobals()
    await worker.write([...events(1, 3), event(4, { outcome: PENDING, at: NOW })])
    await worker.write(events(5, 20))
    await worker.write([event(4, { outcome: DONE, at: NOW }), ...events(25, 20)])
    await worker.log.upkeep()
    await worker.write([event(2, { about: 'late' } as object), event(45)])
    expect(asleep.entries.size).toBe(0)
    channels[0]?.onmessage?.()
    await expect.poll(() => asleep.entries.size).toBe(45)
    expect(asleep.stamps()).toEqual((await worker.log.source.newest({}, 99)).map(stamp))
    expect(asleep.last).toMatchObject({ reset: false, counts: { log: 45, tab: 45 } })
    asleep.stop()
  })
})

describe('checkpoints', () => {
  const checkpointOf = async (source: DatabaseSource, accept: (candidate: Checkpoint) => boolean = () => true) => {
    const reader = new Reader(source, {}, { checkpoint: accept })
    await expect.poll(() => reader.told.length).toBe(1)
    reader.stop()
    return reader
  }
  const reduced = (reader: Reader): number[] =>
    ((reader.told.find(({ early }) => !early)?.checkpoint?.reduced.state ?? []) as string[]).map(text =>
      Number(text.split(' ')[1]),
    )

  test('hold the settled entries in the order of time, and only the rest is read', async () => {
    const worker = await lab()
    const entries = events(1, 40)
    const swapped = entries.map((entry, n) => (n === 3 ? { ...entry, at: entry.at + 2_500 } : entry))
    await worker.write(swapped)
    await worker.log.upkeep()
    const reader = await checkpointOf(new DatabaseSource())
    const order = reduced(reader)
    expect(order.slice(0, 7)).toEqual([1, 2, 3, 5, 6, 4, 7])
    expect(order.length).toBeGreaterThanOrEqual(20)
    expect([...order, ...reader.entries.keys()].toSorted((a, b) => a - b)).toEqual(ids(entries))
  })

  test('at rest they hold what still stands in batches; written again, even for a later time, it is in none of them', async () => {
    const worker = await lab()
    await worker.write(events(1, 40))
    await worker.log.upkeep()
    const source = new DatabaseSource()
    expect(reduced(await checkpointOf(source))).toEqual(ids(events(1, 40)))
    await worker.write([event(39, { at: NOW })])
    const reader = await checkpointOf(source)
    expect([...reduced(reader), ...reader.entries.keys()].toSorted((a, b) => a - b)).toEqual(ids(events(1, 40)))
    expect(reader.entries.get(39)?.at).toBe(NOW)
  })

  test('a reader that can use none of them reads everything', async () => {
    const worker = await lab()
    await worker.write(events(1, 40))
    await worker.log.upkeep()
    const reader = await checkpointOf(new DatabaseSource(), () => false)
    expect(reader.last?.checkpoint).toBeNull()
    expect(reader.entries.size).toBe(40)
  })

  test('made by an older reducer, they are made anew', async () => {
    const worker = await lab({ fold: { ...LIST, serialise: state => ({ version: 'older', state }) } })
    await worker.write(events(1, 40))
    await worker.log.upkeep()
    worker.stop()
    const next = await lab()
    await next.log.upkeep()
    const reader = await checkpointOf(new DatabaseSource())
    expect(reader.last?.checkpoint?.reduced.version).toBe('list 1')
    expect(reduced(reader).length).toBeGreaterThanOrEqual(20)
  })

  test('an entry that comes late is in the next checkpoint, and nobody begins from one without it', async () => {
    const worker = await lab()
    const source = new DatabaseSource()
    await worker.write(events(1, 40))
    await worker.log.upkeep()
    const before = new Reader(source, {}, { checkpoint: () => true })
    await expect.poll(() => before.told.length).toBe(1)
    await worker.write([event(41, { at: NOW - DAY + 3_500 })])
    const between = await checkpointOf(source)
    expect([...reduced(between), ...between.entries.keys()].toSorted((a, b) => a - b)).toEqual(ids(events(1, 41)))
    expect(reduced(between)).not.toContain(5)
    await expect.poll(() => before.last?.reset && before.told.length).toBe(2)
    before.stop()
    await worker.write(events(42, 40))
    await worker.log.upkeep()
    expect(reduced(await checkpointOf(source)).slice(0, 6)).toEqual([1, 2, 3, 41, 4, 5])
  })

  describe('a reader that begins with the newest', () => {
    const enough = (least: number) => (newest: readonly LogEntry[]) => newest.length >= least
    const seen = (change: Change | undefined) => ids(change?.entries ?? [])

    test('gets a checkpoint, what that does not hold, and then the older ones, the newest of them first', async () => {
      const worker = await lab()
      await worker.write(events(1, 60))
      await worker.log.upkeep()
      const reader = new Reader(new DatabaseSource(), {}, { checkpoint: () => true, enough: enough(12), tab: tab(1) })
      await expect.poll(() => reader.last?.older).toBe('last')
      const [early, first, ...pages] = reader.told
      expect(early).toMatchObject({ reset: true, partial: true, early: true, counts: { log: null, tab: null } })
      expect(seen(early).at(-1)).toBe(60)
      expect(first?.early).toBeUndefined()
      expect(first).toMatchObject({ reset: true, partial: true, counts: { log: 60, tab: 60 } })
      const held = reduced(reader)
      expect([...new Set([...held, ...seen(first)])].toSorted((a, b) => a - b)).toEqual(ids(events(1, 60)))
      expect(seen(first).length).toBeGreaterThanOrEqual(12)
      expect(pages.length).toBeGreaterThan(2)
      expect(pages.slice(0, -1).every(page => page.older === 'more' && !page.reset)).toBe(true)
      expect(pages.map(page => seen(page)[0])).toEqual(pages.map(page => seen(page)[0]).sort((a = 0, b = 0) => b - a))
      expect([...reader.entries.keys()].toSorted((a, b) => a - b)).toEqual(ids(events(1, 60)))
      await worker.write(events(61, 1))
      await expect.poll(() => reader.last?.counts?.tab).toBe(61)
      expect(reader.last?.older).toBeUndefined()
      reader.stop()
    })
    test('sees first a screen of them without a gap, in their newest versions, whatever else the last batches hold', async () => {
      const worker = await lab({ sizes: { ...SMALL, tail: 500, calm: { ...SMALL.calm, tail: 500 } } })
      const others = { place: { ...event(1).place, tab: tab(2) } }
      for (const entry of events(1, 50)) await worker.write([entry])
      await worker.write(events(51, 1, others))
      for (const entry of events(52, 70)) await worker.write([entry])
      // Written again: their ends came late.
      for (const id of [121, 40, 3, 90])
        await worker.write(events(id, 1, { outcome: { state: 'done', status: 200, ms: 77 } }))
      const first = async (): Promise<Change | undefined> => {
        const reader = new Reader(new DatabaseSource(), {}, { enough: enough(12), tab: tab(1) })
        await expect.poll(() => reader.told.length).toBeGreaterThan(0)
        reader.stop()
        return reader.told[0]
      }
      const early = await first()
      expect(early?.early).toBe(true)
      expect(seen(early)).toEqual(ids(events(62, 60)))
      const ended = early?.entries.filter(
        entry => entry.kind === 'event' && 'ms' in entry.outcome && entry.outcome.ms === 77,
      )
      expect(ids(ended ?? [])).toEqual([90, 121])
      // What is before a gap would seem to follow on what comes after it.
      await worker.write(events(122, 30, others))
      await worker.write(events(152, 9))
      await worker.log.writer.clear(tab(2))
      expect(seen(await first())).toEqual(ids(events(152, 9)))
    })
    test('what was looked at before he watched is told first; what came since, and what was taken since, he learns', async () => {
      const worker = await lab()
      await worker.write(events(1, 60))
      await worker.log.upkeep()
      const options = { checkpoint: () => true, enough: enough(12), tab: tab(1) }
      const [kept, moved] = [new DatabaseSource(), new DatabaseSource()]
      kept.prepare()
      await kept.newest({}, 1)
      await worker.write(events(61, 1))
      const reader = new Reader(kept, {}, options)
      await expect.poll(() => reader.last?.counts?.tab).toBe(61)
      expect(seen(reader.told[0]).at(-1)).toBe(60)
      await expect.poll(() => reader.entries.size).toBe(61)
      reader.stop()
      moved.prepare()
      await moved.newest({}, 1)
      await worker.log.writer.clear(tab(1))
      await worker.write(events(70, 2))
      const later = new Reader(moved, {}, options)
      await expect.poll(() => [...later.entries.keys()]).toEqual([70, 71])
      expect(later.last?.counts).toEqual({ log: 2, tab: 2 })
      later.stop()
    })
    test('a database that isn’t there yet when it is looked at ahead costs nothing', async () => {
      const source = new DatabaseSource()
      source.prepare()
      await expect(source.newest({}, 1)).rejects.toThrow()
      const worker = await lab()
      await worker.write(events(1, 3))
      const reader = new Reader(source, {}, { enough: enough(1) })
      await expect.poll(() => reader.entries.size).toBe(3)
      expect(reader.faults).toEqual([])
      reader.stop()
    })
    test('once he has everything, an entry that comes late is news, and not everything again', async () => {
      const worker = await lab()
      await worker.write(events(1, 60))
      await worker.log.upkeep()
      const reader = new Reader(new DatabaseSource(), {}, { checkpoint: () => true, enough: enough(12), tab: tab(1) })
      await expect.poll(() => reader.last?.older).toBe('last')
      await worker.write([event(61, { at: NOW - DAY + 3_500 })])
      await expect.poll(() => reader.last?.counts?.tab).toBe(61)
      expect(seen(reader.last)).toEqual([61])
      expect(reader.told.filter(({ reset, early }) => reset && !early).length).toBe(1)
      reader.stop()
    })
    test('without a checkpoint that he can use, and of a short log, he gets everything', async () => {
      const worker = await lab()
      await worker.write(events(1, 15))
      const tiny = new Reader(new DatabaseSource(), {}, { checkpoint: () => true, enough: enough(1) })
      await expect.poll(() => tiny.entries.size).toBe(15)
      expect(tiny.told.some(({ early }) => early)).toBe(false)
      tiny.stop()
      await worker.log.upkeep()
      const short = new Reader(new DatabaseSource(), {}, { checkpoint: () => true, enough: enough(1) })
      await expect.poll(() => short.entries.size).toBe(15)
      await worker.write(events(16, 45))
      await worker.log.upkeep()
      const strange = new Reader(new DatabaseSource(), {}, { checkpoint: () => false, enough: enough(1) })
      await expect.poll(() => strange.entries.size).toBe(60)
      for (const { told } of [short, strange]) {
        const [first] = told.filter(({ early }) => !early)
        expect(first).toMatchObject({ reset: true, checkpoint: null })
        expect(first?.partial).toBeUndefined()
      }
      // Of what is in segments too he sees the newest first.
      expect(short.told[0]).toMatchObject({ early: true, partial: true })
      short.stop()
      strange.stop()
    })
    test('while a clear can be undone, everything comes at once: what is counted isn’t what is shown', async () => {
      const worker = await lab()
      await worker.write(events(1, 60))
      await worker.write([clear(61)])
      await worker.write(events(62, 20))
      await worker.log.upkeep()
      const reader = new Reader(new DatabaseSource(), {}, { checkpoint: () => true, enough: enough(1) })
      await expect.poll(() => reader.entries.size).toBe(81)
      expect(reader.told.find(({ early }) => !early)?.partial).toBeUndefined()
      reader.stop()
    })
  })

  test('what retention took is forgotten by the checkpoint too, after a while', async () => {
    const worker = await lab({ retention: { events: 20, days: 300 } })
    const source = new DatabaseSource()
    for (let n = 0; n < 10; n++) {
      await worker.write(events(1 + n * 10, 10))
      await worker.log.upkeep()
      const reader = await checkpointOf(source)
      const known = [...reduced(reader), ...reader.entries.keys()]
      expect(known.length).toBeLessThanOrEqual(20 + 20)
      expect(known.toSorted((a, b) => a - b).slice(-20)).toEqual(
        ids(events(Math.max(1, 10 * n - 9), Math.min(20, 10 * n + 10))),
      )
    }
  })

  test('few are kept, however long the log grows', async () => {
    const worker = await lab()
    for (let n = 0; n < 30; n++) {
      await worker.write(events(1 + n * 10, 10))
      await worker.log.upkeep()
    }
    const database = new LogDatabase()
    expect(await database.checkpoints.count()).toBeLessThanOrEqual(6)
    database.close()
  })
})

describe('when storing fails, the view of now goes on', () => {
  test('one record that can not be stored costs only itself', async () => {
    const worker = await lab()
    const bad = { ...event(2), facts: { ...event(2).facts, about: (() => {}) as unknown as string } }
    await worker.log.writer.append(chunk => ({
      entries: [event(1, { payload: [[chunk, 0]] }), bad, page(3)],
      payloads: [payload('fine')],
      marks: { doc: 3 },
    }))
    const [one, two, three] = await worker.log.source.newest({}, 9)
    expect([one?.kind, two?.kind, three?.kind]).toEqual(['event', 'gap', 'page'])
    expect(two?.kind === 'gap' && two.detail).toMatch(/^One record could not be stored: DataCloneError/)
    expect(await worker.log.source.payload(one?.kind === 'event' ? one.payload : [])).toEqual(payload('fine'))
    expect(health(worker).state).toBe('ok')
  })

  test('an append of which one part is refused, at once or only after all were handed over, leaves nothing in the database', async () => {
    const worker = await lab()
    await worker.write([event(1)])
    const db = new LogDatabase()
    const all = () => Promise.all([db.batches, db.payloads, db.meta].map(table => table.orderBy(':id').keys()))
    const append = (id: number) =>
      worker.log.writer.append(chunk => ({
        entries: [event(id, { payload: [[chunk, 0]] })],
        payloads: [payload('part')],
        marks: {},
      }))
    const before = [await all(), await db.head()]
    const { put } = IDBObjectStore.prototype
    const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
      if (this.name === 'meta') throw new DOMException('Internal error', 'UnknownError')
      return put.apply(this, args as [unknown])
    })
    await append(2)
    spy.mockRestore()
    expect([await all(), await db.head()]).toEqual(before)
    expect(worker.log.store()).toBe('memory')

    worker.now += 20_000
    await append(3)
    expect(worker.log.store()).toBe('dexie')
    const { nextBatch } = await db.head()
    // Whatever its payload becomes a part of is taken already.
    await db.payloads.add({ chunk: nextBatch, first: 0, parts: [] })
    const then = [await all(), await db.head()]
    await append(4)
    expect([await all(), await db.head()]).toEqual(then)
    expect(ids(await worker.log.source.newest({}, 9))).toEqual([1, 2, 3, 4])
    db.close()
  })

  test('a database that was closed is opened again', async () => {
    const connections: IDBDatabase[] = []
    const { open } = IDBFactory.prototype
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(function (this: IDBFactory, ...args) {
      const request = open.apply(this, args)
      request.addEventListener('success', () => connections.push(request.result))
      return request
    })
    const worker = await lab()
    const reader = new Reader(new DatabaseSource())
    await worker.write([event(1)])
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1])
    for (const connection of connections) forceCloseDatabase(connection as never)
    await worker.write([event(2)])
    expect(ids(await worker.log.source.newest({}, 9))).toEqual([1, 2])
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1, 2])
    expect([reader.faults, health(worker).state]).toEqual([[], 'ok'])
    reader.stop()
  })

  /** Lets every write of events fail until it is called. */
  const fill = (make: () => unknown, holds: () => boolean = () => true) => {
    const { add } = IDBObjectStore.prototype
    const spy = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, ...args) {
      if (this.name === 'batches' && holds()) throw make()
      return add.apply(this, args as [unknown])
    })
    return () => spy.mockRestore()
  }
  const noRoom = (): DOMException => new DOMException('no room', 'QuotaExceededError')

  test('a full disk: the oldest events make room, and it is said', async () => {
    const worker = await lab()
    await worker.write(events(1, 30))
    await worker.log.upkeep()
    let times = 0
    fill(noRoom, () => ++times < 3)
    await worker.write([event(31)])
    // A tenth of what there is, then a fifth of the rest.
    expect(ids(await worker.log.source.newest({}, 99))).toEqual(Array.from({ length: 22 }, (_, n) => n + 10))
    expect(health(worker)).toMatchObject({
      state: 'trimmed',
      message: 'The browser had no room left: the oldest 6 events were deleted to go on.',
    })
  })

  test('no room, although nothing is left to delete: the newest stay in memory, are seen, and are stored when it is over', async () => {
    const area = new FakeArea()
    const worker = await lab({ area })
    const reader = new Reader(worker.log.source, {}, { tab: tab(1) })
    await worker.write([event(1), event(2, { outcome: PENDING })])
    const empty = fill(noRoom)
    await worker.write([event(2, { outcome: DONE }), event(3)], { doc: 5 })
    await worker.write([event(4)])
    expect(worker.log.store()).toBe('memory')
    expect(health(worker).message).toMatch(/^The browser says that it has no room .* kept in memory/)
    expect(await area.get('log.health')).toMatchObject({ 'log.health': { state: 'memory' } })
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1, 2, 3, 4])
    await expect.poll(() => reader.last?.counts).toEqual({ log: 4, tab: 4 })
    expect(ids(await worker.log.source.newest({}, 3))).toEqual([2, 3, 4])
    empty()
    await worker.write([event(5)])
    expect(worker.log.store()).toBe('memory')
    worker.now += 10_000
    await worker.write([event(6)])
    expect(health(worker)).toMatchObject({ state: 'ok', message: null })
    expect(ids(await new DatabaseSource().newest({}, 9))).toEqual([1, 2, 3, 4, 5, 6])
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1, 2, 3, 4, 5, 6])
    await expect.poll(() => reader.last?.counts).toEqual({ log: 6, tab: 6 })
    expect((await worker.log.resume()).marks).toEqual({ doc: 5 })
    reader.stop()
  })

  test('stored by itself when time has passed, without another event', async () => {
    const worker = await lab()
    const empty = fill(() => new DOMException('Internal error', 'UnknownError'))
    await worker.write([event(1)])
    expect(health(worker).message).toMatch(/^The browser can't store events \(UnknownError: Internal error/)
    empty()
    worker.now += 10_000
    worker.fire()
    await expect.poll(() => health(worker).state).toBe('ok')
    expect(ids(await new DatabaseSource().newest({}, 5))).toEqual([1])
  })

  test('no database at all: ids far from any other, everything in memory', async () => {
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('A mutation operation was attempted', 'InvalidStateError')
    })
    const worker = await lab()
    expect(worker.log.store()).toBe('memory')
    const { nextId } = await worker.log.resume()
    expect(nextId).toBe(NOW)
    await worker.write([event(nextId)])
    expect(ids(await worker.log.source.newest({}, 5))).toEqual([nextId])
    const reader = new Reader(worker.log.source)
    await expect.poll(() => [...reader.entries.keys()]).toEqual([nextId])
    reader.stop()
  })

  test('an upgrade that another window blocks: said after a while, in memory until that window closes', async () => {
    const older = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = Dexie.dependencies.indexedDB.open(DATABASE, 1)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const late = { run: () => {} }
    const opening = lab({
      later: (ms, run) => {
        if (ms === 3_000) late.run = run
        return () => {}
      },
    })
    await expect.poll(() => late.run.toString()).not.toBe('() => {}')
    late.run()
    const worker = await opening
    expect(health(worker)).toMatchObject({ state: 'blocked', message: expect.stringMatching(/^Another window/) })
    const { nextId } = await worker.log.resume()
    await worker.write([event(nextId)])
    expect(ids(await worker.log.source.newest({}, 5))).toEqual([nextId])
    older.close()
    worker.now += 10_000
    await expect
      .poll(async () => {
        await worker.log.upkeep()
        return worker.log.store()
      })
      .toBe('dexie')
    expect(ids(await new DatabaseSource().newest({}, 5))).toEqual([nextId])
  })

  test('a newer version of the extension gets the database at once', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const worker = await lab()
    await worker.write([event(1)])
    const newer = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = Dexie.dependencies.indexedDB.open(DATABASE, 990)
      request.onsuccess = () => resolve(request.result)
      request.onblocked = () => reject(new Error('blocked'))
      request.onerror = () => reject(request.error)
    })
    expect(newer.version).toBe(990)
    newer.close()
  })
})

describe('private windows, where one background serves all', () => {
  test('nothing of them is in the database; they are found again after the worker was stopped', async () => {
    const area = new FakeArea()
    const worker = await lab({ area, keepPrivate: true })
    await worker.log.writer.append(chunk => ({
      entries: [
        event(1, { payload: [[chunk, 0]] }),
        event(2, { site: 'secret.vn', partition: 'private', tab: 9, payload: [[chunk, 1]], outcome: PENDING, at: NOW }),
      ],
      payloads: [payload('open'), payload('https://secret.vn/')],
      marks: { open: 1, secret: 1 },
    }))
    await worker.write([event(3, { site: 'secret.vn', partition: 'private', tab: 9 })], { secret: 2 })
    await worker.write([event(4)], { open: 2 })
    expect(await allText()).not.toContain('secret')
    expect(ids(await worker.log.source.newest({}, 9))).toEqual([1, 4])
    worker.stop()
    await worker.start()
    const { nextId, marks, open } = await worker.log.resume()
    expect([nextId, marks, ids(open)]).toEqual([5, { open: 2, secret: 2 }, [2]])
    await worker.write([event(2, { site: 'secret.vn', partition: 'private', tab: 9 })], {})
    await worker.log.writer.deleteEverything()
    expect(JSON.stringify([...area.items])).not.toContain('secret.vn')
  })
})

test('upkeep comes by itself when enough was written, and keeps batches few', async () => {
  const worker = await lab()
  for (let n = 0; n < 20; n++) {
    await worker.write(events(1 + n * 5, 5))
    worker.fire()
  }
  await worker.log.upkeep()
  const database = new LogDatabase()
  expect(await database.batches.count()).toBeLessThan(5)
  expect(await database.segments.count()).toBeGreaterThan(15)
  database.close()
  expect((await worker.log.source.newest({}, 1_000)).map(stamp)).toEqual(events(1, 100).map(stamp))
})

test('in a stream of events upkeep does not wait for a pause; reducing does, for a while', async () => {
  const worker = await lab({ sizes: { ...SMALL, urgent: 10 }, retention: { events: 40, days: 300 } })
  const database = new LogDatabase()
  const [batches, segments, reduced]: number[][] = [[], [], []]
  for (let n = 0; n < 12; n++) {
    await worker.write(events(1 + n * 5, 5))
    batches?.push(await database.batches.count())
    segments?.push(await database.segments.count())
    reduced?.push((await database.head()).checkpoints.at(-1)?.count ?? 0)
  }
  expect(Math.max(...(batches ?? []))).toBeLessThan(6)
  expect(segments?.at(-1)).toBeGreaterThan(5)
  // Three segments may wait in a stream; the fourth may not.
  expect(reduced?.[3]).toBe(0)
  expect(reduced?.at(-1)).toBeGreaterThan(10)
  expect(ids(await worker.log.source.newest({}, 99)).length).toBeLessThanOrEqual(50)
  database.close()
})
