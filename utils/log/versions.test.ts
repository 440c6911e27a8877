/**
 * A log that an earlier build wrote opens in this one, with all that is in it; one of a later build is left alone. The fixture of a
 * version is what the first build with that version wrote; when VERSION is raised, the first run of this test writes it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LogEntry, Payload } from '../identity/entry'
import { deserialise, EMPTY, Reduction, serialise, step } from '../identity/reduce'
import { tell } from '../identity/story'
import { DatabaseSource } from './database-source'
import type { OpenOptions } from './dexie'
import { type DatabaseDump, dumpDatabase, fromText, restoreDatabase, toText } from './fixtures/disk'
import { DONE, event, gap, ids, NOW, PENDING, SESSION } from './fixtures/entries'
import { FakeArea, Lab, newDisk, Reader } from './fixtures/lab'
import { latest } from './records'
import type { Checkpoint, Health, Resume } from './source'
import { DATABASE, VERSION } from './tables'

interface Fixture {
  database: DatabaseDump
  /** What the build that wrote it reads in it. */
  entries: LogEntry[]
  payloads: (Payload | null)[]
  resume: Resume
  holders: unknown
}

const FOLDER = fileURLToPath(new URL('fixtures', import.meta.url))
const fileOf = (version: number): string => `${FOLDER}/log-v${version}.json`
const VERSIONS = readdirSync(FOLDER)
  .map(name => Number(/^log-v(\d+)\.json$/.exec(name)?.[1]))
  .filter(version => version > 0)

const FOLD = { empty: EMPTY, step, serialise, deserialise } as unknown as NonNullable<OpenOptions<string[]>['fold']>
const HOUR = 3_600_000

beforeEach(newDisk)
let labs: Lab[] = []
afterEach(() => {
  for (const each of labs) each.stop()
  labs = []
  vi.restoreAllMocks()
})
const lab = async (options: OpenOptions<string[]> = {}): Promise<Lab> => {
  const opened = await Lab.open({ fold: FOLD, ...options })
  labs.push(opened)
  return opened
}

const STORY = `
  day 1 10:00  uid A: page load /
  +1s   sdk live script 200
  +1s   cookie uid seen A
  +1s   pageview
  +5s   product/view
  day 3 11:00  tab 2: page load /login
  +3s   tab 2: login cid md5:0900000000 customers {name: "Ấn", phone: "0900000000"}
  +5s   tab 2: product/view cid md5:0900000000
  +1min tab 2: logout -> blocked
  +1s   gap lost 10s
  day 7 09:00  uid B: page load /
  +2s   pageview
  +2s   call identify cid md5:0900000000 -> not sent
  +4s   purchase cid md5:0900000000 -> failed
  +5s   reset to C
`

/** Writes a log that has something of everything: segments, batches, checkpoints, payloads, late versions, a cleared tab, an open gap. */
async function write(): Promise<void> {
  const worker = await lab()
  const told = tell(STORY).entries.map(entry => ({ ...entry, at: entry.at - 2 * 24 * HOUR }))
  const first = Math.max(...told.map(({ id }) => id)) + 1
  const mine = Array.from({ length: 30 }, (_, n) => event(first + n, { at: NOW - 12 * HOUR + n * 1_000, tab: 4 }))
  const all = [...told, ...mine]
  for (let start = 0; start < all.length; start += 4)
    await worker.log.writer.append(chunk => {
      const some = all.slice(start, start + 4)
      return {
        entries: some.map((entry, n) => (entry.kind === 'event' ? { ...entry, payload: [[chunk, n]] } : entry)),
        payloads: some.map(({ id }) => ({
          request: { url: `https://a.example/event?n=${id}`, method: 'POST', body: { state: 'text', text: `ầ ${id}` } },
        })),
        marks: { 'doc-1': start + 4, 'doc-2': start },
      }
    })
  const next = first + mine.length
  await worker.write([event(next, { tab: 5 }), event(next + 1, { tab: 5 })])
  await worker.log.upkeep()
  await worker.log.writer.clear(`${SESSION}:5`)
  // Late: one that is in a segment learns its end, one becomes a part of another, one is of long ago.
  const at = NOW - 12 * HOUR + 2_000
  await worker.write([
    event(first + 2, { at, tab: 4, outcome: { state: 'failed', status: 503, error: null, ms: 7 } }),
    { ...gap(first + 3), kind: 'void', into: first + 2, place: event(1, { tab: 4 }).place } as LogEntry,
    event(next + 2, { at: NOW - 20 * HOUR, tab: 4 }),
  ])
  // These are in segments, but too young for the checkpoint, so that a late end of one leaves that alone.
  const young = Array.from({ length: 20 }, (_, n) => event(next + 3 + n, { at: NOW - 30_000 + n, tab: 4 }))
  await worker.write(young)
  await worker.log.upkeep()
  await worker.write([event(next + 5, { at: NOW - 30_000 + 2, tab: 4, about: 'late' } as object)])
  await worker.write([event(next + 23, { outcome: PENDING, at: NOW }), gap(next + 24, { at: NOW })], { 'doc-3': 1 })
  worker.stop()
}

const payloadsOf = (source: DatabaseSource, entries: LogEntry[]): Promise<(Payload | null)[]> =>
  Promise.all(entries.map(entry => (entry.kind === 'event' ? source.payload(entry.payload) : null)))

/** What the log means, as far as a later build can't see it otherwise. */
const holdersOf = (entries: LogEntry[]): unknown => {
  const reduction = new Reduction()
  reduction.apply(entries)
  return reduction
    .holders()
    .map(({ key, events, visitors, customers }) => [key, events, [...visitors.keys()], [...customers.keys()]])
}

const all = (source: { newest: DatabaseSource['newest'] }): Promise<LogEntry[]> => source.newest({}, 10_000)

async function read(): Promise<Omit<Fixture, 'database'>> {
  const worker = await lab()
  const entries = await all(worker.log.source)
  const fixture = {
    entries,
    payloads: await payloadsOf(new DatabaseSource(), entries),
    resume: await worker.log.resume(),
    holders: holdersOf(entries),
  }
  worker.stop()
  return fixture
}

if (!existsSync(fileOf(VERSION)))
  test(`the fixture of version ${VERSION} is written: commit it`, async () => {
    await write()
    const database = await dumpDatabase(DATABASE)
    writeFileSync(fileOf(VERSION), `${toText({ database, ...(await read()) })}\n`)
  })

const load = (version: number): Fixture => fromText(readFileSync(fileOf(version), 'utf8'))

test('every version has a fixture', () => {
  expect(VERSIONS.toSorted((a, b) => a - b)).toEqual(Array.from({ length: VERSION }, (_, n) => n + 1))
})

describe.each(VERSIONS)('a log of version %i', version => {
  const fixture = load(version)

  test('holds something in every table, and a late version', () => {
    for (const [name, { records }] of Object.entries(fixture.database.stores))
      expect([name, records.length]).not.toEqual([name, 0])
    expect(toText(fixture.database.stores.batches)).toMatch(/"late":\[\d/)
    expect(fixture.entries.length).toBeGreaterThan(60)
  })

  test('opens, and says what it said: entries, payloads, what the recorder goes on from, what it means', async () => {
    await restoreDatabase(DATABASE, fixture.database)
    const now = await read()
    expect(now.entries).toEqual(fixture.entries)
    expect(now.payloads).toEqual(fixture.payloads)
    expect(now.resume).toEqual(fixture.resume)
    expect(now.holders).toEqual(fixture.holders)
    expect((await dumpDatabase(DATABASE)).version).toBe(VERSION * 10)
  })

  test('goes on: it takes new events, is tidied up, and is watched, from a checkpoint or without', async () => {
    await restoreDatabase(DATABASE, fixture.database)
    const worker = await lab()
    const { nextId } = await worker.log.resume()
    const reader = new Reader(new DatabaseSource())
    await worker.write([event(nextId, { at: NOW + 1, tab: 4 }), event(nextId - 2, { outcome: DONE, at: NOW })], {
      'doc-3': 2,
    })
    await worker.log.upkeep()
    await expect.poll(() => reader.entries.has(nextId)).toBe(true)
    const wanted = latest(fixture.entries, await worker.log.source.range({}, nextId - 2, nextId))
    expect([...reader.entries.values()].sort((a, b) => a.id - b.id)).toEqual(wanted)
    let from: Checkpoint | null = null
    const checkpointed = new Reader(
      new DatabaseSource(),
      {},
      {
        checkpoint: candidate => {
          from = candidate
          return true
        },
      },
    )
    await expect.poll(() => checkpointed.told.length).toBe(1)
    expect(from).not.toBeNull()
    reader.stop()
    checkpointed.stop()
  })
})

describe('a log of a later build', () => {
  const later = (VERSION + 1) * 10
  const fixture = load(VERSION)

  const refused = async () => {
    await restoreDatabase(DATABASE, fixture.database, later)
    const before = toText(await dumpDatabase(DATABASE))
    const area = new FakeArea()
    const worker = await lab({ area })
    const health = (): Health | undefined => area.items.get('log.health') as Health | undefined
    return { before, area, worker, health }
  }

  test('is left as it is; it is said; what comes is kept and shown', async () => {
    const { before, worker, health } = await refused()
    expect(health()).toMatchObject({
      state: 'memory',
      message: expect.stringMatching(/newer version of Identity Lens/),
    })
    const { nextId, open } = await worker.log.resume()
    expect([nextId, open]).toEqual([NOW, []])
    const reader = new Reader(worker.log.source)
    for (let n = 0; n < 3; n++) {
      await worker.write([event(nextId + n, { at: NOW + n })], { doc: n })
      worker.now += 20_000
      await worker.log.upkeep()
    }
    expect([...reader.entries.keys()]).toEqual([nextId, nextId + 1, nextId + 2])
    expect(reader.faults).toEqual([])
    expect(health()?.message).toMatch(/newer version of Identity Lens/)
    expect(toText(await dumpDatabase(DATABASE))).toBe(before)
    // A page of the older build that is still open doesn't read what it doesn't know.
    await expect(new DatabaseSource().newest({}, 9)).rejects.toThrow('a newer version of Identity Lens wrote this log')
    reader.stop()
  })

  test('goes when the user deletes everything, and a new one begins with what came meanwhile left out', async () => {
    const { worker, health } = await refused()
    const { nextId } = await worker.log.resume()
    await worker.write([event(nextId)])
    await worker.log.writer.deleteEverything()
    await worker.write([event(nextId + 1)])
    expect(health()).toMatchObject({ state: 'ok', message: null })
    expect(ids(await all(new DatabaseSource()))).toEqual([nextId + 1])
    expect((await dumpDatabase(DATABASE)).version).toBe(VERSION * 10)
  })

  test('comes back whole when the extension is the later one again, and what was kept meanwhile is added', async () => {
    const { area, worker } = await refused()
    const { nextId } = await worker.log.resume()
    await worker.write([event(nextId)], { doc: 7 })
    worker.stop()
    // As far as this build is concerned: the database is of its own version again, the browser was not closed.
    newDisk()
    await restoreDatabase(DATABASE, fixture.database)
    const again = await lab({ area })
    expect(ids(await all(again.log.source))).toEqual([...ids(fixture.entries), nextId])
    expect((await again.log.resume()).marks).toMatchObject({ doc: 7 })
    expect(again.log.store()).toBe('dexie')
  })
})
