/** The stores beside the database: the session's, and the worker's memory through a port. */
import { describe, expect, test, vi } from 'vitest'
import type { LogEntry, Payload } from '../identity/entry'
import { clear, DONE, event, ids, PENDING, SESSION } from './fixtures/entries'
import { FakeArea, Reader } from './fixtures/lab'
import { tellHealth, watchHealth } from './health'
import { laterSource } from './later'
import { Overlay } from './overlay'
import { type Port, PortSource, serveLog } from './port'
import { SessionLog, sessionSource } from './session'
import { Shelf } from './shelf'
import type { Health } from './source'

const tab = (n: number): string => `${SESSION}:${n}`
const text = (url: string): Payload => ({ request: { url, method: 'GET', body: { state: 'none' } } })
const batch = (entries: LogEntry[], payloads: Payload[] = [], marks: Record<string, number> = {}) => ({
  entries,
  payloads,
  marks,
})

describe('the session store', () => {
  test('a panel sees what the worker writes: new, again, cleared, deleted', async () => {
    const area = new FakeArea()
    const worker = await SessionLog.open(area)
    await worker.append(
      1,
      batch([event(1, { outcome: PENDING, payload: [[1, 0]] }), event(2, { tab: 2 })], [text('a')]),
    )
    const source = sessionSource(area)
    const reader = new Reader(source, {}, { tab: tab(1) })
    await expect.poll(() => reader.last?.counts).toEqual({ log: 2, tab: 1 })
    await worker.append(
      2,
      batch(
        [
          event(1, {
            outcome: DONE,
            payload: [
              [1, 0],
              [2, 0],
            ],
          }),
          event(3),
        ],
        [{ notes: ['sent'] }],
      ),
    )
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1, 2, 3])
    const [first] = await source.newest({ tab: tab(1) }, 9)
    expect(first?.kind === 'event' && first.outcome).toEqual(DONE)
    expect(
      await source.payload([
        [1, 0],
        [2, 0],
      ]),
    ).toEqual({ ...text('a'), notes: ['sent'] })
    expect(ids(await source.range({}, 2, 3))).toEqual([2, 3])
    await worker.clear(tab(1), 4)
    await expect.poll(() => [...reader.entries.keys()]).toEqual([2])
    expect(JSON.stringify([...area.items])).not.toContain('"a"')
    await worker.append(3, batch([event(1, { outcome: DONE }), event(4)]))
    await expect.poll(() => [...reader.entries.keys()]).toEqual([2, 4])
    await worker.deleteEverything(5)
    await expect.poll(() => [...reader.entries.keys()]).toEqual([])
    await worker.append(4, batch([event(4), event(5)]))
    await expect.poll(() => [...reader.entries.keys()]).toEqual([5])
    reader.stop()
  })

  test('what was cleared stays so after the worker was stopped', async () => {
    const area = new FakeArea()
    const worker = await SessionLog.open(area)
    await worker.append(1, batch([event(1)]))
    await worker.clear(tab(1), 2)
    const next = await SessionLog.open(area)
    await next.append(2, batch([event(1), event(2)]))
    expect(ids(next.shelf.entries())).toEqual([2])
  })

  test('a clear takes away what it clears, and no more', async () => {
    const area = new FakeArea()
    const worker = await SessionLog.open(area)
    await worker.append(1, batch([event(1), event(2, { tab: 2 })]))
    const cleared = clear(3)
    await worker.append(2, batch([cleared, event(4), event(5, { at: cleared.at - 1 })]))
    expect(await worker.clear(tab(1), 6, cleared)).toBe(2)
    const next = await SessionLog.open(area)
    await next.append(3, batch([event(1), { ...cleared, state: 'done' }]))
    expect(ids(next.shelf.entries())).toEqual([2, 3, 4])
  })

  test('without room the oldest batches go, the newest stays, and panels see the same', async () => {
    const area = new FakeArea(30_000)
    const worker = await SessionLog.open(area)
    const reader = new Reader(sessionSource(area))
    for (let id = 1; id <= 40; id++) await worker.append(id, batch([event(id)]))
    const kept = ids(worker.shelf.entries())
    expect(kept.at(-1)).toBe(40)
    expect(kept.length).toBeGreaterThan(5)
    expect(kept.length).toBeLessThan(40)
    expect(ids((await SessionLog.open(area)).shelf.entries())).toEqual(kept)
    await expect.poll(() => [...reader.entries.keys()]).toEqual(kept)
    reader.stop()
  })

  test('how the log fares is heard at once and when it changes', async () => {
    const area = new FakeArea()
    await tellHealth(area, { state: 'memory', message: 'No room.', since: 1 })
    const heard: (string | null)[] = []
    const end = new AbortController()
    watchHealth(area, ({ message }) => heard.push(message), end.signal)
    await expect.poll(() => heard).toEqual(['No room.'])
    await tellHealth(area, { state: 'ok', message: null, since: 2 })
    end.abort()
    await tellHealth(area, { state: 'memory', message: 'Again.', since: 3 })
    expect(heard).toEqual(['No room.', null])
  })
})

describe('a store whose code comes later', () => {
  test('answers and is watched as the store itself; while it can’t be had, that is said, and it is tried again', async () => {
    const area = new FakeArea()
    const worker = await SessionLog.open(area)
    await worker.append(1, batch([event(1)], [text('a')]))
    let broken = true
    let loads = 0
    const source = laterSource('session', async () => {
      loads += 1
      if (broken) throw new Error('no such file')
      return sessionSource(area)
    })
    const failed = new Reader(source)
    await expect.poll(() => failed.faults).toEqual(["The log can't be read: no such file"])
    await expect(source.newest({}, 1)).rejects.toThrow('no such file')
    broken = false
    const reader = new Reader(source, {}, { tab: tab(1) })
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1])
    expect(ids(await source.newest({}, 1))).toEqual([1])
    expect(ids(await source.range({}, 1, 1))).toEqual([1])
    expect(await source.payload([[1, 0]])).toEqual(text('a'))
    expect(loads).toBe(3)
    reader.stop()
    failed.stop()
  })
})

/** Two ends of a port; messages arrive as copies, later, as browsers do it. */
function portPair(): [Port, Port] {
  const ends = [0, 1].map(() => ({ message: new Set<(m: unknown) => void>(), gone: new Set<() => void>() }))
  let open = true
  const end = (n: 0 | 1): Port => ({
    postMessage(message) {
      if (!open) throw new Error('Attempting to use a disconnected port object')
      const copy = structuredClone(message)
      queueMicrotask(() => {
        for (const on of ends[1 - n]?.message ?? []) on(copy)
      })
    },
    disconnect() {
      open = false
      for (const on of ends[1 - n]?.gone ?? []) on()
    },
    onMessage: { addListener: on => void ends[n]?.message.add(on) },
    onDisconnect: { addListener: on => void ends[n]?.gone.add(on) },
  })
  return [end(0), end(1)]
}

const newShelf = (epoch = 1) => new Shelf('memory', { entries: 100, payloads: 100_000 }, epoch)

describe('the memory of the worker, through a port', () => {
  test('answers like any store, and tells what changes', async () => {
    const shelf = newShelf()
    const source = new PortSource(() => {
      const [mine, other] = portPair()
      serveLog(other, shelf)
      return mine
    })
    shelf.put(1, batch([event(1), event(2, { tab: 2 })], [text('a')]))
    expect(ids(await source.newest({ tab: tab(2) }, 5))).toEqual([2])
    expect(ids(await source.newest({}, 5, 2))).toEqual([1])
    expect(ids(await source.range({}, 2, 9))).toEqual([2])
    expect(await source.payload([[1, 0]])).toEqual(text('a'))
    const reader = new Reader(source, {}, { tab: tab(1), checkpoint: () => true })
    await expect.poll(() => reader.last).toMatchObject({ reset: true, counts: { log: 2, tab: 1 }, checkpoint: null })
    shelf.put(2, batch([event(3)]))
    await expect.poll(() => [...reader.entries.keys()]).toEqual([1, 2, 3])
    reader.stop()
    shelf.put(3, batch([event(4)]))
    expect(ids(await source.newest({}, 1))).toEqual([4])
    expect(reader.told.length).toBe(2)
  })

  test('a worker that goes away is found again; its memory went with it', async () => {
    vi.useFakeTimers()
    try {
      let shelf = newShelf(1)
      let far: Port | null = null
      let refused = 0
      let there = true
      const source = new PortSource(() => {
        if (!there) {
          refused += 1
          throw new Error('Could not establish connection')
        }
        const [mine, other] = portPair()
        far = other
        serveLog(other, shelf)
        return mine
      })
      shelf.put(1, batch([event(1)]))
      const reader = new Reader(source)
      await vi.advanceTimersByTimeAsync(0)
      expect([...reader.entries.keys()]).toEqual([1])
      there = false
      ;(far as Port | null)?.disconnect()
      expect(await source.newest({}, 5)).toEqual([])
      await vi.advanceTimersByTimeAsync(3_000)
      expect(refused).toBeGreaterThan(2)
      shelf = newShelf(2)
      shelf.put(1, batch([event(7)]))
      there = true
      await vi.advanceTimersByTimeAsync(5_000)
      expect([...reader.entries.keys()]).toEqual([7])
      reader.stop()
    } finally {
      vi.useRealTimers()
    }
  })

  test('keeps the newest within its cap', () => {
    const shelf = new Shelf('memory', { entries: 3, payloads: 1_000 }, 1)
    for (let id = 1; id <= 5; id++) shelf.put(id, batch([event(id)]))
    expect(ids(shelf.entries())).toEqual([3, 4, 5])
    shelf.put(6, batch([event(6)], [text('x'.repeat(700))]))
    expect(ids(shelf.entries())).toEqual([4, 5, 6])
    shelf.put(7, batch([event(7)], [text('x'.repeat(2_000))]))
    expect(ids(shelf.entries())).toEqual([7])
  })
})

describe('memory over a database that does not answer', () => {
  const say = () => {
    const listeners = new Set<(state: Health['state']) => void>()
    return {
      tell: (state: Health['state']) => {
        for (const on of listeners) on(state)
      },
      watch: (on: (state: Health['state']) => void, signal: AbortSignal) => {
        listeners.add(on)
        signal.addEventListener('abort', () => listeners.delete(on))
      },
    }
  }

  test('one that fails at first is read when it is back; until then memory is all there is', async () => {
    const memory = newShelf()
    const database = newShelf()
    let broken = true
    let goOn = (): void => {}
    const base = {
      store: 'dexie' as const,
      newest: (...args: Parameters<Shelf['newest']>) =>
        broken ? Promise.reject(new Error('closed')) : database.newest(...args),
      range: (...args: Parameters<Shelf['range']>) =>
        broken ? Promise.reject(new Error('closed')) : database.range(...args),
      payload: (...args: Parameters<Shelf['payload']>) =>
        broken ? Promise.reject(new Error('closed')) : database.payload(...args),
      watch: (...[scope, on, fail, signal, options]: Parameters<Shelf['watch']>) => {
        const begin = () => database.watch(scope, on, fail, signal, options)
        if (!broken) return begin()
        fail('The log is closed.')
        goOn = begin
      },
    }
    const { tell, watch } = say()
    const source = new Overlay(base, memory, watch)
    tell('memory')
    memory.put(1, batch([event(5)], [text('a')]))
    expect(source.store).toBe('memory')
    expect(ids(await source.newest({}, 9))).toEqual([5])
    expect(ids(await source.range({}, 1, 9))).toEqual([5])
    expect(await source.payload([[1, 0]])).toEqual(text('a'))
    const reader = new Reader(source)
    tell('memory')
    expect([...reader.entries.keys()]).toEqual([5])
    database.put(1, batch([event(1), event(5)]))
    broken = false
    goOn()
    tell('ok')
    expect([...reader.entries.keys()]).toEqual([1, 5])
    expect(reader.faults).toEqual(['The log is closed.'])
    expect([source.store, ids(await source.newest({}, 9)), reader.last?.counts?.log]).toEqual(['dexie', [1, 5], 2])
    reader.stop()
  })

  test('what memory holds survives a clear of the database', async () => {
    const memory = newShelf()
    const database = newShelf()
    database.put(1, batch([event(1, { tab: 1 }), event(2, { tab: 2 })]))
    const { tell, watch } = say()
    const reader = new Reader(new Overlay(database, memory, watch))
    tell('memory')
    memory.countFrom = 3
    memory.put(2, batch([event(2, { tab: 2 }), event(3, { tab: 2 })]))
    expect([[...reader.entries.keys()], reader.last?.counts?.log]).toEqual([[1, 2, 3], 3])
    database.clear(tab(1), 4)
    expect([[...reader.entries.keys()], reader.last?.counts?.log]).toEqual([[2, 3], 2])
    reader.stop()
  })
})
