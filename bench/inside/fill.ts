/**
 * Runs in a page of the extension, or in its worker: a log of any length, written by the extension's own writer, and the recorder at full speed. Bundled by
 * `inside.ts`; what stands on `globalThis` is called over the debugging protocol.
 */

import { Recorder } from '../../utils/capture/recorder'
import type { LogEntry, Payload } from '../../utils/identity/entry'
import { deserialise, EMPTY, serialise, step } from '../../utils/identity/reduce'
import { openLog } from '../../utils/log/dexie'
import { SIZES } from '../../utils/log/upkeep'
import { DEFAULTS } from '../../utils/settings'
import { entryOf, requestOf } from './events'

const fold = { empty: EMPTY, step, serialise, deserialise }
const retention = { events: 1_000_000, days: 365 }

/** Events that are not in segments yet, at most: those of the last minutes. */
const NEWEST = 750

/**
 * Appends events to the real log, oldest first, ending just before `until`. The worker must be stopped meanwhile: it counts ids by itself.
 * @param tab `<session>:<tab>`
 */
async function fill(count: number, tab: string, until: number): Promise<void> {
  // A log of many days was reduced in passing, thousand by thousand; here all of it is due at once.
  const log = await openLog({ fold, retention, sizes: { ...SIZES, fold: 25_000 } })
  const { nextId } = await log.resume()
  let n = 0
  while (n < count) {
    // The newest stand as a page's events come, a few at a time; what is older nobody can tell by how it came.
    const from = n
    n = Math.min(count, from + (from < count - NEWEST ? 500 : 2))
    await log.writer.append(chunk => {
      const entries: LogEntry[] = []
      const payloads: Payload[] = []
      for (let i = from; i < n; i++) {
        const { entry, payload } = entryOf(i, count, tab, until)
        const ref: [number, number][] = payload ? [[chunk, payloads.length]] : []
        if (payload) payloads.push(payload)
        entries.push({ ...entry, id: nextId + i, ...(entry.kind === 'event' && { payload: ref }) } as LogEntry)
      }
      return { entries, payloads, marks: {} }
    })
  }
  await log.upkeep()
  log.close()
  // It ends as a log does that was reduced all the time.
  const usual = await openLog({ fold, retention })
  await usual.upkeep()
  usual.close()
}

interface Running {
  recorder: Recorder
  next: number
  rest(): Promise<void>
}
let running: Promise<Running> | null = null

async function begin(): Promise<Running> {
  let ahead = 0
  const log = await openLog({ fold, retention, name: 'identity-lens-bench', now: () => Date.now() + ahead })
  const recorder = new Recorder({
    incognito: false,
    now: () => Date.now(),
    after: (ms, run) => void setTimeout(run, ms),
    siteOfTab: async () => 'shop.test',
    cookies: async () => [],
    askPages: () => {},
    keepSeen: () => {},
    keepUnrecognised: () => {},
  })
  const resume = await log.resume()
  recorder.begin({
    session: 'bench',
    settings: DEFAULTS,
    writer: log.writer,
    resume,
    newest: [],
    seen: {},
    unrecognised: [],
  })
  // As long afterwards as everything takes to be old: else what was reduced, and is kept, depends on how fast the machine was.
  const rest = async (): Promise<void> => {
    ahead = LATER
    await log.upkeep()
    ahead = 0
  }
  return { recorder, next: resume.nextId, rest }
}

/** Events until the same visitors come again: what is known of more and more of them isn't what the worker leaves behind. */
const VISITS = 20_000

/** More than what is young (ms): upkeep leaves that alone. */
const LATER = 300_000

/** The recorder with a log of its own, the same one at each call: so many more events through it, as fast as it takes them; gives ms. */
async function record(count: number): Promise<number> {
  running ??= begin()
  const run = await running
  const { recorder } = run
  // What the events are is no work of the recorder's.
  const urls = Array.from({ length: count }, (_, n) => requestOf((run.next + n) % VISITS).url)
  const begun = performance.now()
  for (let n = 0; n < count; n += 500) {
    for (const url of urls.slice(n, n + 500)) {
      const details = {
        requestId: `${run.next++}`,
        url,
        method: 'GET',
        type: 'script',
        tabId: 1,
        frameId: 0,
        documentId: '0123456789ABCDEF0123456789ABCDEF',
        initiator: 'http://shop.test',
        timeStamp: Date.now(),
      }
      recorder.network('start', details as never)
      recorder.network('end', { ...details, statusCode: 200 } as never)
    }
    // As the browser hands them out: task by task.
    await new Promise(done => setTimeout(done))
  }
  await recorder.settled()
  return performance.now() - begun
}

/** Does what the log has left to do, however young it is. */
const rest = async (): Promise<void> => (await running)?.rest()

/** What a log takes at least, by who makes nothing of it: two plain records per event, found by tab and by time; gives ms. */
async function plain(count: number): Promise<number> {
  const name = 'identity-lens-bench-plain'
  const database = await new Promise<IDBDatabase>((done, fail) => {
    const opening = indexedDB.open(name, 1)
    opening.onupgradeneeded = () => {
      const table = opening.result.createObjectStore('records', { autoIncrement: true })
      for (const by of ['tabId', 'at']) table.createIndex(by, by)
    }
    opening.onsuccess = () => done(opening.result)
    opening.onerror = () => fail(opening.error)
  })
  const urls = Array.from({ length: count }, (_, n) => requestOf(n).url)
  const begun = performance.now()
  for (let n = 0; n < count; n += 500) {
    const transaction = database.transaction('records', 'readwrite', { durability: 'relaxed' })
    const table = transaction.objectStore('records')
    for (const [i, url] of urls.slice(n, n + 500).entries()) {
      const request = { id: n + i, tabId: 1, at: Date.now() }
      table.add({ ...request, url, method: 'GET', type: 'script', frameId: 0, initiator: 'http://shop.test' })
      table.add({ ...request, status: 200 })
    }
    await new Promise((done, fail) => {
      transaction.oncomplete = done
      transaction.onerror = fail
    })
  }
  const took = performance.now() - begun
  database.close()
  indexedDB.deleteDatabase(name)
  return took
}

Object.assign(globalThis, { bench: { fill, record, rest, plain } })
