/** The database goes away under the log, refuses one thing or everything, and comes back; the worker is stopped meanwhile. */
import { Dexie } from 'dexie'
import { forceCloseDatabase } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DatabaseSource } from './database-source'
import type { OpenOptions } from './dexie'
import { DONE, event, gap, ids, NOW, PENDING, page, SESSION } from './fixtures/entries'
import { FakeArea, Lab, newDisk, Reader } from './fixtures/lab'
import { type Port, PortSource, patient, serveLog } from './port'
import { Shelf } from './shelf'
import type { Health } from './source'
import { DATABASE } from './tables'

beforeEach(newDisk)
let labs: Lab[] = []
afterEach(() => {
  for (const each of labs) each.stop()
  labs = []
  vi.restoreAllMocks()
})
const lab = async (options: OpenOptions<string[]> = {}): Promise<Lab> => {
  const opened = await Lab.open(options)
  labs.push(opened)
  return opened
}

const healthIn = (area: FakeArea): Health | undefined => area.items.get('log.health') as Health | undefined
const stored = async (): Promise<number[]> => ids(await new DatabaseSource().newest({}, 999))

/** Lets `add` to the table of batches fail for what `fits`, until it is called. */
const refuse = (make: () => unknown, fits: (record: unknown) => boolean = () => true) => {
  const { add } = IDBObjectStore.prototype
  const spy = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, ...args) {
    if (this.name === 'batches' && fits(args[0])) throw make()
    return add.apply(this, args as [unknown])
  })
  return () => spy.mockRestore()
}
const broken = () => new DOMException('Internal error', 'UnknownError')

describe('the worker is stopped while the disk takes nothing', () => {
  test('the next one has all of it, shows it, goes on from it, and stores it once', async () => {
    const area = new FakeArea()
    const worker = await lab({ area })
    await worker.write([event(1)], { doc: 1 })
    const over = refuse(broken)
    await worker.log.writer.append(chunk => ({
      entries: [event(2, { outcome: PENDING, at: NOW, payload: [[chunk, 0]] }), gap(3)],
      payloads: [{ notes: ['kept'] }],
      marks: { doc: 3, other: 1 },
    }))
    worker.stop()
    await worker.start()
    expect(healthIn(area)?.state).toBe('memory')
    const { nextId, marks, open } = await worker.log.resume()
    expect([nextId, marks, ids(open)]).toEqual([4, { doc: 3, other: 1 }, [2, 3]])
    const reader = new Reader(worker.log.source, {}, { tab: `${SESSION}:1` })
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1, 2, 3])
    await expect.poll(() => reader.last?.counts).toEqual({ log: 2, tab: 2 })
    const payloadOf = (entry: unknown) => (entry as { payload: [number, number][] }).payload
    expect(await worker.log.source.payload(payloadOf(reader.entries.get(2)))).toEqual({ notes: ['kept'] })
    await worker.write([event(2, { outcome: DONE, at: NOW }), event(4)], { doc: 4 })
    worker.stop()
    over()
    await worker.start()
    expect(healthIn(area)).toMatchObject({ state: 'ok', message: null })
    expect(await stored()).toEqual([1, 2, 3, 4])
    const [second] = await new DatabaseSource().range({}, 2, 2)
    expect(second?.kind === 'event' && second.outcome).toEqual(DONE)
    expect([...area.items.keys()].filter(key => key.startsWith('spill.batch'))).toEqual([])
    expect((await worker.log.resume()).marks).toEqual({ doc: 4, other: 1 })
    reader.stop()
  })

  test('what was cleared, or deleted with everything, stays so', async () => {
    const area = new FakeArea()
    const worker = await lab({ area })
    refuse(broken)
    await worker.write([event(1, { tab: 1 }), event(2, { tab: 2 })])
    expect(await worker.log.writer.clear(`${SESSION}:1`)).toBe(1)
    worker.stop()
    await worker.start()
    await worker.write([event(1, { tab: 1 }), event(3, { tab: 2 })])
    expect(ids(await worker.log.source.newest({}, 9))).toEqual([2, 3])
    await worker.log.writer.deleteEverything()
    worker.stop()
    await worker.start()
    await worker.write([event(2, { tab: 2 }), event(4)])
    expect(ids(await worker.log.source.newest({}, 9))).toEqual([4])
  })

  test('a session that takes nothing either costs no more than that', async () => {
    const area = new FakeArea(1_500)
    const worker = await lab({ area })
    refuse(broken)
    for (let id = 1; id <= 5; id++) await worker.write([event(id)])
    expect(ids(await worker.log.source.newest({}, 9)).at(-1)).toBe(5)
    expect(healthIn(area)?.state).toBe('memory')
  })
})

describe('one record that the database refuses', () => {
  const poisoned = (record: unknown) => JSON.stringify(record).includes('poison')

  test('costs only itself, whatever the browser calls it; the rest and what comes after is stored', async () => {
    const area = new FakeArea()
    const worker = await lab({ area })
    const reader = new Reader(new DatabaseSource())
    refuse(broken, poisoned)
    await worker.write([event(1), event(2, { about: 'poison' } as object), page(3), event(4)], { doc: 4 })
    await worker.write([event(5)])
    const entries = await new DatabaseSource().newest({}, 9)
    expect(entries.map(({ kind }) => kind)).toEqual(['event', 'gap', 'page', 'event', 'event'])
    expect(entries[1]).toMatchObject({
      cause: 'lost',
      detail: expect.stringMatching(/^One record could not be stored: UnknownError/),
    })
    expect(healthIn(area)?.state).toBe('ok')
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1, 2, 3, 4, 5])
    expect((await worker.log.resume()).marks).toEqual({ doc: 4 })
    reader.stop()
  })

  test('is not blamed when the database takes nothing at all', async () => {
    const worker = await lab({ area: new FakeArea() })
    const over = refuse(broken)
    await worker.write([event(1), event(2)])
    over()
    worker.now += 10_000
    await worker.write([event(3)])
    expect((await new DatabaseSource().newest({}, 9)).map(({ kind }) => kind)).toEqual(['event', 'event', 'event'])
  })

  test('a false alarm of a full disk, once: nothing is deleted of a small log, and writing goes on by itself', async () => {
    const area = new FakeArea()
    const worker = await lab({ area })
    let times = 0
    refuse(
      () => new DOMException('no room', 'QuotaExceededError'),
      () => ++times === 1,
    )
    const told: (string | null)[] = []
    worker.log.watchHealth(({ state }) => told.push(state), new AbortController().signal)
    await worker.write([event(1)])
    worker.now += 10_000
    worker.fire()
    await expect.poll(stored).toEqual([1])
    expect(told).toEqual(['ok', 'memory', 'ok'])
  })
})

describe('the connection is closed in the middle of something', () => {
  /** Closes the connection once, as soon as a transaction on it is under way. */
  const cut = () => {
    const { objectStore } = IDBTransaction.prototype
    let times = 0
    vi.spyOn(IDBTransaction.prototype, 'objectStore').mockImplementation(function (this: IDBTransaction, ...args) {
      // As browsers do it: what is under way fails, and the connection is gone.
      if (times++ === 0)
        queueMicrotask(() => {
          this.abort()
          forceCloseDatabase(this.db as never)
        })
      return objectStore.apply(this, args)
    })
    return () => times
  }

  test.each<[string, (worker: Lab) => Promise<unknown>, number[]]>([
    ['writing', worker => worker.write([event(3)]), [1, 2, 3]],
    ['clearing a tab', worker => worker.log.writer.clear(`${SESSION}:2`), [1]],
    ['deleting everything', worker => worker.log.writer.deleteEverything(), []],
    ['tidying up', worker => worker.log.upkeep(), [1, 2]],
    ['reading where to go on', async worker => expect((await worker.log.resume()).nextId).toBe(3), [1, 2]],
  ])('%s: it is opened again and done, and nobody is told of a fault', async (_, act, left) => {
    const area = new FakeArea()
    const worker = await lab({ area })
    await worker.write([event(1, { tab: 1 }), event(2, { tab: 2 })])
    const times = cut()
    await act(worker)
    expect(times()).toBeGreaterThan(1)
    vi.restoreAllMocks()
    expect([await stored(), healthIn(area)?.state]).toEqual([left, 'ok'])
  })
})

test('no room even to open it: the banner says that, and what comes is kept and shown, and stored when there is room', async () => {
  const area = new FakeArea()
  vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
    throw new DOMException('no room', 'QuotaExceededError')
  })
  const worker = await lab({ area })
  expect(healthIn(area)).toMatchObject({
    state: 'memory',
    message: expect.stringMatching(/^The browser says that it has no room for more events/),
  })
  const { nextId } = await worker.log.resume()
  await worker.write([event(nextId)])
  expect(ids(await worker.log.source.newest({}, 5))).toEqual([nextId])
  vi.restoreAllMocks()
  worker.now += 10_000
  await worker.write([event(nextId + 1)])
  expect([await stored(), healthIn(area)?.state]).toEqual([[nextId, nextId + 1], 'ok'])
})

describe('the database is taken away', () => {
  test('deleted from outside: those who watch begin afresh, nothing of before comes back, what comes is there', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const worker = await lab({ area: new FakeArea() })
    const reader = new Reader(new DatabaseSource())
    await worker.write([event(1), event(2)])
    await worker.write([event(3)])
    await expect.poll(() => reader.entries.size).toBe(3)
    await Dexie.delete(DATABASE)
    // A worker that knows nothing of it: its counters begin anew, and so do the database's.
    worker.stop()
    await worker.start()
    await worker.write([event(1, { content: 'new' } as object)])
    await expect.poll(() => [reader.entries.size, reader.last?.reset]).toEqual([1, true])
    await worker.write([event(2)])
    await expect.poll(() => reader.entries.size).toBe(2)
    expect(reader.faults).toEqual([])
    reader.stop()
  })

  test('not there when a reader looks: said once, and read when the worker has made it again', async () => {
    const worker = await lab({ area: new FakeArea() })
    await worker.write([event(1)])
    worker.stop()
    newDisk()
    const reader = new Reader(new DatabaseSource())
    await expect.poll(() => reader.faults).toEqual([expect.stringMatching(/^The log can't be read: AbortError/)])
    await worker.start()
    await worker.write([event(2)])
    await expect.poll(() => [...reader.entries.keys()]).toEqual([2])
    expect(reader.faults.length).toBe(1)
    reader.stop()
  })

  test('deleted from outside under a worker that goes on', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const area = new FakeArea()
    const worker = await lab({ area })
    const reader = new Reader(worker.log.source)
    await worker.write([event(1), event(2)])
    await expect.poll(() => reader.entries.size).toBe(2)
    await Dexie.delete(DATABASE)
    await worker.write([event(3)])
    await expect.poll(() => [...reader.entries.keys()]).toEqual([3])
    expect([reader.faults, healthIn(area)?.state]).toEqual([[], 'ok'])
    reader.stop()
  })

  test('an upgrade that was blocked, and then fails: said, in memory, and no end to it is promised', async () => {
    const older = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = Dexie.dependencies.indexedDB.open(DATABASE, 1)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const late = { run: (): void => {} }
    let waits = false
    const area = new FakeArea()
    const opening = lab({
      area,
      later: (ms, run) => {
        if (ms === 3_000) [waits, late.run] = [true, run]
        return () => {}
      },
    })
    await expect.poll(() => waits).toBe(true)
    late.run()
    const worker = await opening
    expect(healthIn(area)?.state).toBe('blocked')
    const { nextId } = await worker.log.resume()
    await worker.write([event(nextId)])
    vi.spyOn(IDBDatabase.prototype, 'createObjectStore').mockImplementation(() => {
      throw broken()
    })
    older.close()
    await expect.poll(() => healthIn(area)?.state).toBe('memory')
    vi.restoreAllMocks()
    worker.now += 10_000
    await worker.log.upkeep()
    expect([healthIn(area)?.state, await stored()]).toEqual(['ok', [nextId]])
  })
})

test('blocked while it runs: said after a while, nothing waits for it, and stored when the way is free', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const area = new FakeArea()
  const late = new Set<() => void>()
  const worker = await lab({
    area,
    later: (ms, run) => {
      if (ms === 3_000) late.add(run)
      return () => late.delete(run)
    },
  })
  const reader = new Reader(worker.log.source)
  await worker.write([event(1)])
  await Dexie.delete(DATABASE)
  const older = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = Dexie.dependencies.indexedDB.open(DATABASE, 1)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const writing = worker.write([event(2)])
  await expect.poll(() => late.size).toBe(1)
  for (const run of late) run()
  await writing
  expect(healthIn(area)).toMatchObject({ state: 'blocked', message: expect.stringMatching(/^Another window/) })
  await worker.write([event(3)])
  await expect.poll(() => [...reader.entries.keys()].slice(-2)).toEqual([2, 3])
  older.close()
  worker.now += 10_000
  await expect
    .poll(async () => {
      await worker.log.upkeep()
      return healthIn(area)?.state
    })
    .toBe('ok')
  expect(await stored()).toEqual([2, 3])
  await expect.poll(() => [...reader.entries.keys()]).toEqual([2, 3])
  reader.stop()
})

test('what is asked of the worker before its log is open is answered then', async () => {
  type On = (message: unknown) => void
  const there: On[] = []
  const here: On[] = []
  const far: Port = {
    postMessage: message => {
      for (const on of here) on(message)
    },
    disconnect: () => {},
    onMessage: { addListener: on => there.push(on) },
    onDisconnect: { addListener: () => {} },
  }
  const held = patient(far)
  const source = new PortSource(() => ({
    ...far,
    postMessage: message => {
      for (const on of there) on(message)
    },
    onMessage: { addListener: on => here.push(on) },
  }))
  const asked = source.newest({}, 5)
  const shelf = new Shelf('memory', { entries: 9, payloads: 9_999 }, 1)
  shelf.put(1, { entries: [event(1)], payloads: [], marks: {} })
  serveLog(held, shelf)
  expect(ids(await asked)).toEqual([1])
  expect(ids(await source.newest({}, 5))).toEqual([1])
})
