import { describe, expect, test } from 'vitest'
import type { RelayRecords, WorkerDown } from '../messages'
import type { RelayRecord } from './record'
import { Relay } from './relay'

const KEYS = ['uid']

/** A relay with a browser made by hand: time stands until it is moved, and the worker does what the test says. */
function setUp({ stays = false } = {}) {
  const world = {
    now: 1000,
    alive: true,
    /** What `connect` throws. */
    refuse: null as Error | null,
    postThrows: false,
    stored: {} as Record<string, string>,
    storageThrows: false,
    connections: 0,
    /** The port takes what it is given, and nobody ever gets it. */
    cut: false,
    closed: 0,
    got: [] as RelayRecords[],
    config: [] as (readonly string[])[],
    silenced: 0,
    begun: 0,
    spoken: 0,
    resumed: [] as boolean[],
  }
  let heard: (message: WorkerDown) => void = () => {}
  let closed: (() => void) | null = null
  const timers: { at: number; run: () => void }[] = []
  const tasks: (() => void)[] = []
  const relay = new Relay(
    'doc',
    KEYS,
    {
      connect(hear, close) {
        if (world.refuse) throw world.refuse
        world.connections++
        heard = hear
        closed = close
        return {
          post(message) {
            if (world.postThrows) throw new Error('port closed')
            if (!world.cut) world.got.push(message)
          },
          close: () => world.closed++,
        }
      },
      alive: () => world.alive,
      now: () => world.now,
      after: (ms, run) => timers.push({ at: world.now + ms, run }),
      soon: run => tasks.push(run),
      begun: () => world.begun++,
      spoken: () => world.spoken++,
      resumed: first => world.resumed.push(first),
      stays,
      stored(name) {
        if (world.storageThrows) throw new Error('SecurityError')
        return world.stored[name] ?? null
      },
    },
    hosts => world.config.push(hosts),
    () => world.silenced++,
  )
  /** The task of the page ends. */
  const endTask = () => {
    for (const run of tasks.splice(0)) run()
  }
  return {
    world,
    relay,
    endTask,
    timers,
    wait(ms: number) {
      world.now += ms
      for (const timer of timers.splice(0)) {
        if (timer.at <= world.now) timer.run()
        else timers.push(timer)
      }
      endTask()
    },
    say: (message: WorkerDown) => heard(message),
    ack: (n: number) => heard({ kind: 'ack', doc: 'doc', n }),
    stopWorker() {
      const close = closed
      closed = null
      close?.()
    },
    /** Numbers and texts of what the worker got since the last look. */
    taken() {
      const lines = world.got.flatMap(({ from, records }) => records.map((line, i) => [from + i, line] as const))
      world.got = []
      return lines
    },
  }
}

const load: RelayRecord = { k: 'page', at: 1, how: 'load', late: false, url: 'https://shop.vn/' }
const numbers = (lines: (readonly [number, string])[]) => lines.map(([n]) => n)

describe('a page without the SDK', () => {
  test('never wakes the worker', () => {
    const { world, relay, wait } = setUp()
    relay.page(load)
    relay.look()
    relay.page({ k: 'hide', at: 2 })
    relay.flush()
    wait(60_000)
    expect(world.connections).toBe(0)
  })

  test.each([
    ['with the SDK’s values in localStorage tells them', true],
    ['where nothing was found before it was made, what is there later is new', false],
  ])('%s', (_, first) => {
    const { world, relay, taken } = setUp()
    if (!first) relay.foundNothing()
    relay.page(load)
    world.stored.uid = '78'
    relay.look()
    expect(taken().map(([, line]) => JSON.parse(line.slice(1)))).toMatchObject([
      { k: 'page', how: 'load' },
      { k: 'stored', name: 'uid', value: '78', first },
    ])
  })
})

describe('a page with the SDK', () => {
  test('its load and its stored values come before its first record', () => {
    const { world, relay, taken } = setUp()
    world.stored.uid = '78'
    relay.page(load)
    relay.hook('{"k":"sdk"}')
    expect(taken()).toEqual([
      [1, `r${JSON.stringify(load)}`],
      [2, 'r{"k":"stored","at":1000,"name":"uid","value":"78","first":true}'],
      [3, 'h{"k":"sdk"}'],
    ])
  })

  test('the first record of a task goes at once, the others together when it ends', () => {
    const { world, relay, endTask } = setUp()
    for (let i = 0; i < 1000; i++) relay.hook(`{"i":${i}}`)
    expect(world.got.map(({ records }) => records.length)).toEqual([1])
    endTask()
    expect(world.got.map(({ records }) => records.length)).toEqual([1, 500, 499])
  })

  test('a document that stays is not made to wait: all goes when the task ends, or when the page goes', () => {
    const { world, relay, endTask } = setUp({ stays: true })
    for (let i = 0; i < 3; i++) relay.hook(`{"i":${i}}`)
    expect(world.connections).toBe(0)
    endTask()
    expect(world.got.map(({ records }) => records.length)).toEqual([3])
    relay.hook('{"i":3}')
    relay.page({ k: 'hide', at: 2 })
    relay.flush()
    expect(world.got.map(({ records }) => records.length)).toEqual([3, 2])
    endTask()
    expect(world.got).toHaveLength(2)
  })

  test('records made in one call come as lines, and each gets its number', () => {
    const { relay, taken } = setUp()
    relay.hook('{"k":"call"}\n{"k":"request"}\n')
    expect(taken()).toEqual([
      [1, 'h{"k":"call"}'],
      [2, 'h{"k":"request"}'],
    ])
  })

  test('a value that changes after a record is told', () => {
    const { world, relay, wait, taken, endTask } = setUp()
    relay.hook('{}')
    taken()
    world.stored.uid = '79'
    endTask()
    wait(1)
    expect(taken().map(([, line]) => JSON.parse(line.slice(1)))).toMatchObject([
      { name: 'uid', value: '79', first: false },
    ])
    delete world.stored.uid
    relay.hook('{}')
    endTask()
    wait(1)
    expect(taken().map(([, line]) => JSON.parse(line.slice(1)))).toMatchObject([{}, { name: 'uid', value: null }])
  })

  test('no timer is begun while the page waits; after each task in which the hook spoke the document is looked at once', () => {
    const { world, relay, wait, endTask, timers } = setUp()
    relay.hook('{}')
    relay.hook('{}')
    expect(timers).toEqual([])
    endTask()
    expect(timers).toHaveLength(1)
    expect(world.spoken).toBe(0)
    wait(0)
    expect(world.spoken).toBe(1)
    // A mark of the page alone is no reason.
    relay.page(load)
    endTask()
    wait(0)
    expect(world.spoken).toBe(1)
    relay.hook('{}')
    endTask()
    wait(0)
    expect(world.spoken).toBe(2)
  })

  test('when the extension is gone nothing is done to the document any more', () => {
    const { world, relay, wait, endTask, stopWorker } = setUp({ stays: true })
    relay.hook('{}')
    world.alive = false
    endTask()
    stopWorker()
    wait(0)
    expect(world.silenced).toBe(1)
    expect(world.spoken).toBe(0)
  })

  test('that a page has to do with the SDK is told once, by the first thing that is the SDK’s', () => {
    const { world, relay, taken } = setUp()
    relay.page(load)
    relay.look()
    expect(world.begun).toBe(0)
    world.stored.uid = '7'
    relay.look()
    expect([world.begun, taken().length]).toEqual([1, 2])
    relay.hook('{}')
    relay.blocked('//a', 'img-src')
    expect(world.begun).toBe(1)
  })

  test('a sandboxed frame has no storage, and still tells the rest', () => {
    const { world, relay, taken } = setUp()
    world.storageThrows = true
    relay.hook('{"k":"sdk"}')
    expect(taken()).toEqual([[1, 'h{"k":"sdk"}']])
  })
})

describe('the worker stops', () => {
  test('what it has not acknowledged comes again, what it has does not', () => {
    const { relay, endTask, ack, stopWorker, wait, taken } = setUp()
    for (let i = 0; i < 4; i++) relay.hook(`{"i":${i}}`)
    endTask()
    ack(2)
    taken()
    stopWorker()
    expect(taken()).toEqual([])
    wait(50)
    expect(numbers(taken())).toEqual([3, 4])
  })

  test('with nothing left to tell, the next record opens a new connection, at once', () => {
    const { world, relay, ack, stopWorker, wait, taken } = setUp()
    relay.hook('{}')
    ack(1)
    stopWorker()
    wait(600_000)
    expect(world.connections).toBe(1)
    taken()
    relay.hook('{}')
    expect(numbers(taken())).toEqual([2])
    expect(world.connections).toBe(2)
  })

  test('an acknowledgement of a connection that is gone changes nothing', () => {
    const { relay, say, stopWorker, wait, taken } = setUp()
    relay.hook('{}')
    stopWorker()
    say({ kind: 'ack', doc: 'doc', n: 1 })
    taken()
    wait(50)
    expect(numbers(taken())).toEqual([1])
  })

  test('it dies again and again: the pauses grow, up to a cap, and begin anew after success', () => {
    const { world, relay, stopWorker, wait, ack } = setUp()
    relay.hook('{}')
    const pauses: number[] = []
    for (let i = 0; i < 12; i++) {
      stopWorker()
      const before = world.connections
      let waited = 0
      while (world.connections === before) {
        wait(50)
        waited += 50
      }
      pauses.push(waited)
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
    ack(1)
    relay.hook('{}')
    stopWorker()
    const before = world.connections
    wait(50)
    expect(world.connections).toBe(before + 1)
  })

  test('a worker that answers, and dies before it has written anything, is tried again each second', () => {
    const { world, relay, wait, say, stopWorker } = setUp()
    relay.hook('a')
    for (let n = 0; n < 12; n++) {
      say({ kind: 'config', recording: true, hosts: [] })
      stopWorker()
      wait(1_000)
      expect(world.connections).toBe(n + 2)
    }
  })

  test('a port that throws loses nothing', () => {
    const { world, relay, endTask, wait, taken } = setUp()
    relay.hook('{}')
    taken()
    world.postThrows = true
    relay.hook('{}')
    endTask()
    world.postThrows = false
    wait(50)
    expect(numbers(taken())).toEqual([1, 2])
  })

  test('before it goes into hiding the page tries once more', () => {
    const { world, relay, stopWorker, taken } = setUp()
    relay.hook('{}')
    stopWorker()
    taken()
    relay.flush()
    expect(numbers(taken())).toEqual([1])
    expect(world.connections).toBe(2)
  })
})

describe('the back-forward cache', () => {
  const restored: RelayRecord = { ...load, how: 'restored' }

  test('on its return the page tells that, and what was not acknowledged, through a new connection', () => {
    const { world, relay, ack, taken, endTask } = setUp()
    relay.hook('{"i":1}')
    ack(1)
    relay.page({ k: 'hide', at: 2 })
    endTask()
    taken()
    // Chromium closes the port of a page in the cache and tells the page nothing.
    world.cut = true
    relay.hook('{"i":3}')
    world.cut = false
    relay.shown(restored)
    expect([world.connections, world.closed]).toEqual([2, 1])
    expect(taken()).toEqual([
      [2, 'r{"k":"hide","at":2}'],
      [3, 'h{"i":3}'],
      [4, `r${JSON.stringify(restored)}`],
    ])
    relay.hook('{"i":5}')
    endTask()
    expect(numbers(taken())).toEqual([5])
  })

  test('a page without the SDK still wakes nobody', () => {
    const { world, relay } = setUp()
    relay.page(load)
    relay.shown(restored)
    expect(world.connections).toBe(0)
  })
})

test('more than can be kept: the oldest go, counted, and numbers have no holes', () => {
  const { world, relay, endTask, wait, ack, taken } = setUp()
  world.refuse = new Error('worker is not there')
  for (let i = 1; i <= 50_000; i++) relay.hook(`{"i":${i}}`)
  endTask()
  world.refuse = null
  wait(60_000)
  const lines = [...taken()]
  // As much as may be on its way; the rest when that has arrived.
  expect(lines).toHaveLength(20_000)
  ack(lines.at(-1)?.[0] ?? 0)
  lines.push(...taken())
  expect(lines.length).toBeLessThanOrEqual(40_000)
  const gap = JSON.parse(lines[0]?.[1].slice(1) ?? '') as { count: number }
  expect(lines[0]?.[1]).toMatch(/^r\{"k":"gap"/)
  expect(gap.count + lines.length - 1).toBe(50_000)
  expect(numbers(lines)).toEqual(lines.map((_, i) => 50_000 - lines.length + 1 + i))
})

describe('a page that says more than the worker writes', () => {
  const flood = (relay: Relay, endTask: () => void, tasks: number, each: number, length = 0) => {
    for (let task = 0; task < tasks; task++) {
      for (let i = 0; i < each; i++) relay.hook(`{"i":"${'x'.repeat(length)}"}`)
      endTask()
    }
  }
  const countOf = (line: string) =>
    line.startsWith('r{"k":"gap"') ? (JSON.parse(line.slice(1)) as { count: number }).count : 0
  /** Every record is there once, or counted in a gap; none comes twice or out of turn. */
  const expectAll = (lines: (readonly [number, string])[], count: number) => {
    expect(lines.reduce((sum, [, line]) => sum + (countOf(line) || 1), 0)).toBe(count)
    for (let i = 1; i < lines.length; i++) {
      const [[before = 0] = [], [n = 0, line = ''] = []] = [lines[i - 1], lines[i]]
      // A gap takes the number of the last that it stands for.
      expect(n - before).toBe(countOf(line) || 1)
    }
  }

  test('never has more on its way than it may, however long the worker is silent', () => {
    const { relay, endTask, taken } = setUp()
    flood(relay, endTask, 30, 10_000)
    expect(taken()).toHaveLength(20_000)
    expect(relay.count.waiting).toBeLessThanOrEqual(40_001)
  })

  test('nor more letters', () => {
    const { relay, endTask, taken } = setUp()
    flood(relay, endTask, 10, 100, 100_000)
    const letters = taken().reduce((sum, [, { length }]) => sum + length, 0)
    expect(letters).toBeGreaterThan(31_000_000)
    expect(letters).toBeLessThan(33_100_000)
  })

  test('as it takes in, the rest follows; what was dropped meanwhile is counted where it was', () => {
    const { relay, endTask, taken, ack } = setUp()
    flood(relay, endTask, 30, 10_000)
    const lines: (readonly [number, string])[] = []
    for (let now = taken(); now.length > 0; now = taken()) {
      lines.push(...now)
      // A part at a time, as batches go.
      for (const [n] of now.filter((_, i) => i % 2_500 === 0)) ack(n)
      ack(now.at(-1)?.[0] ?? 0)
      if (lines.length < 30_000) flood(relay, endTask, 1, 5_000)
    }
    expect(lines.filter(([, line]) => countOf(line) > 0).length).toBeGreaterThan(0)
    expectAll(lines, relay.count.records)
    expect(relay.count.waiting).toBe(0)
  })

  test('and when it dies amid that, it gets again what it had not written, gaps and all', () => {
    const { world, relay, endTask, taken, ack, wait, stopWorker } = setUp()
    flood(relay, endTask, 8, 10_000)
    const first = taken()
    ack(7_000)
    const more = taken()
    stopWorker()
    flood(relay, endTask, 3, 10_000)
    wait(60_000)
    const lines = [...first.slice(0, 7_000)]
    for (let now = taken(); now.length > 0; now = taken()) {
      lines.push(...now)
      ack(now.at(-1)?.[0] ?? 0)
    }
    expect(more.length).toBeGreaterThan(0)
    expectAll(lines, relay.count.records)
    expect(world.connections).toBe(2)
  })

  test('what a page says in its last task all goes off', () => {
    const { relay, taken, endTask } = setUp()
    flood(relay, endTask, 1, 20_000)
    expect(taken()).toHaveLength(20_000)
  })
})

describe('a page that says too much', () => {
  test('one record that no message can hold is counted as lost, and what follows it goes on', () => {
    const { relay, taken } = setUp()
    relay.hook(`{"k":"call"}\n${'x'.repeat(2_000_001)}\n{"k":"request"}`)
    expect(taken()).toEqual([
      [1, 'h{"k":"call"}'],
      [2, 'r{"k":"gap","at":1000,"until":1000,"count":1}'],
      [3, 'h{"k":"request"}'],
    ])
  })

  test('of the ways through a page without the SDK the first and the last are kept', () => {
    const { relay, taken } = setUp()
    relay.page(load)
    for (let at = 2; at <= 10_000; at++) relay.page({ ...load, how: 'route', at })
    relay.hook('{}')
    const marks = taken().flatMap(([, line]) => (line[0] === 'r' ? [JSON.parse(line.slice(1)) as { at: number }] : []))
    expect(marks.map(({ at }) => at)).toEqual([1, ...Array.from({ length: 99 }, (_, i) => 9_902 + i)])
  })

  test('of a value in localStorage a part is enough', () => {
    const { world, relay, taken } = setUp()
    world.stored.uid = '7'.repeat(5_000_000)
    relay.hook('{}')
    expect(taken()[0]?.[1].length).toBeLessThan(10_000)
  })
})

describe('the extension is updated or removed', () => {
  test('the relay falls silent for ever, once', () => {
    const { world, relay, stopWorker, wait } = setUp()
    relay.hook('{}')
    world.alive = false
    stopWorker()
    expect(world.silenced).toBe(1)
    for (let i = 0; i < 5; i++) relay.hook('{}')
    relay.look()
    relay.page(load)
    relay.flush()
    wait(60_000)
    expect([world.silenced, world.connections]).toEqual([1, 1])
  })

  test('also when it is noticed only by a connection that throws', () => {
    const { world, relay } = setUp()
    world.refuse = new Error('Extension context invalidated.')
    world.alive = false
    relay.hook('{}')
    expect(world.silenced).toBe(1)
  })
})

describe('what the worker says', () => {
  test('hosts of the user are handed on', () => {
    const { world, relay, say } = setUp()
    relay.hook('{}')
    say({ kind: 'config', recording: true, hosts: ['collect.shop.vn'] })
    expect(world.config).toEqual([['collect.shop.vn']])
  })

  test('while recording is off nothing is sent, and nothing kept', () => {
    const { relay, endTask, say, ack, taken } = setUp()
    relay.hook('{}')
    ack(1)
    say({ kind: 'config', recording: false, hosts: [] })
    taken()
    relay.hook('{"off":1}')
    endTask()
    expect(taken()).toEqual([])
    say({ kind: 'config', recording: true, hosts: [] })
    relay.hook('{"on":1}')
    endTask()
    expect(taken()).toEqual([[2, 'h{"on":1}']])
  })

  test.each([
    ['it was off when the page came', [false, true], [true]],
    ['it was switched off later', [true, false, true], [false]],
    ['it was on all the time', [true, true], []],
  ])('the page is told when recording goes on: %s', (_, configs, said) => {
    const { world, relay, endTask, say } = setUp()
    relay.hook('{}')
    endTask()
    for (const recording of configs) say({ kind: 'config', recording, hosts: [] })
    expect(world.resumed).toEqual(said)
  })

  test.each<[string, string | null, RegExp]>([
    ['stayed', 'A', /"k":"stored".*"uid".*"A".*"first":true/],
    ['changed', 'B', /"k":"stored".*"uid".*"B".*"first":true/],
    ['went', null, /"k":"stored".*"uid".*null.*"first":true/],
  ])('what is in localStorage is told again then, as of a first look: what %s', (_, value, line) => {
    const { world, relay, endTask, say, ack, taken } = setUp()
    world.stored.uid = 'A'
    relay.hook('{}')
    endTask()
    say({ kind: 'config', recording: false, hosts: [] })
    ack(99)
    taken()
    if (value === null) delete world.stored.uid
    else world.stored.uid = value
    say({ kind: 'config', recording: true, hosts: [] })
    endTask()
    expect(taken().map(([, each]) => each)).toEqual([expect.stringMatching(line)])
  })
})
