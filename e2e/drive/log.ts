/** The extension's log, read straight from its database: what a test believes is what lies on the disk, not what a view shows. */
import type { EventEntry, LogEntry, PageEntry } from '../../utils/identity/entry'
import { COMMITS } from '../../utils/log/tables'

/** A page of the extension, in whatever driver. */
export interface Asker {
  evaluate<T>(expression: string): Promise<T>
}

/** Runs in a page of the extension. Settled entries lie in `rows`, the newest versions in `batches`. */
const read = (fits: string, shape = 'entry => entry'): string => `new Promise((resolve, reject) => {
  const opening = indexedDB.open('identity-lens')
  // Who only looks must not be the one who makes it, empty and of a version that nobody knows.
  let isThere = true
  opening.onupgradeneeded = () => {
    isThere = false
    opening.transaction.abort()
  }
  opening.onerror = () => (isThere ? reject(opening.error) : resolve('[]'))
  opening.onsuccess = () => {
    const reading = opening.result.transaction(['rows', 'batches'])
    const all = name => new Promise((done, refused) => {
      const request = reading.objectStore(name).getAll()
      request.onsuccess = () => done(request.result)
      request.onerror = () => refused(request.error)
    })
    // As long as this transaction lasts, the worker can't write: what is made of it comes after.
    const over = new Promise(done => { reading.oncomplete = done })
    Promise.all([all('rows'), all('batches'), over]).then(([rows, batches]) => {
      opening.result.close()
      const entries = new Map()
      for (const record of [...rows, ...batches]) for (const entry of record.entries) entries.set(entry.id, entry)
      resolve(JSON.stringify([...entries.values()].filter(${fits}).sort((a, b) => a.id - b.id).map(${shape})))
    }, reject)
  }
})`

/** The latest version of every entry, by id. */
export const readLog = async (asker: Asker): Promise<LogEntry[]> =>
  JSON.parse(await asker.evaluate<string>(read('() => true')))

/** Test for the events of a category; null: of all. */
const eventsOf = (ec: string | null): string =>
  `entry => entry.kind === 'event'${ec === null ? '' : ` && entry.facts.ec === ${JSON.stringify(ec)}`}`

/** ms after which it is looked again, whatever was heard. */
const SURE_MS = 1_000

/**
 * The same reading again costs the browser nothing while the worker tells of no commit: who waits for something asks many times, and a log of
 * thousands keeps worker and page busy each time. Runs in a page of the extension.
 */
const unlessSame = (reading: string): string => `(async () => {
  const heard = (globalThis.heard ??= (() => {
    const heard = { commits: 0, last: null }
    new BroadcastChannel(${JSON.stringify(COMMITS)}).onmessage = () => { heard.commits++ }
    return heard
  })())
  const { commits, last } = heard
  const of = ${JSON.stringify(reading)}
  if (last?.of === of && last.commits === commits && performance.now() - last.at < ${SURE_MS}) return last.text
  const text = await (${reading})
  heard.last = { of, commits, text, at: performance.now() }
  return text
})()`

/** Of the events of one category, or of all. */
export const readEvents = async (asker: Asker, ec: string | null = null): Promise<EventEntry[]> =>
  JSON.parse(await asker.evaluate<string>(unlessSame(read(eventsOf(ec)))))

/** Of a log that was read, the events of one category, or of all. */
export const eventsIn = (entries: readonly LogEntry[], ec: string | null = null): EventEntry[] =>
  entries.filter((entry): entry is EventEntry => entry.kind === 'event' && (ec === null || entry.facts.ec === ec))

/** What is known of documents. */
export const readPages = async (asker: Asker): Promise<PageEntry[]> =>
  JSON.parse(await asker.evaluate<string>(read(`({ kind }) => kind === 'page'`)))

/** Name and outcome of every event of a category (null: of all), by id. Of a large log much sooner read than the events. */
export const readNames = async (
  asker: Asker,
  ec: string | null,
): Promise<[ea: string, state: string, ec: string][]> => {
  const shape = 'entry => [entry.facts.ea, entry.outcome.state, entry.facts.ec]'
  return JSON.parse(await asker.evaluate<string>(read(eventsOf(ec), shape)))
}

/** Names that come a second time. */
export const doubledIn = (names: readonly string[]): string[] => {
  const seen = new Set<string>()
  return names.filter(name => seen.size === seen.add(name).size)
}

/** What Firefox's one background keeps of private windows: never on the disk. */
const READ_SESSION = `browser.storage.session.get(null).then(items => {
  const entries = new Map()
  for (const [key, batch] of Object.entries(items))
    if (key.startsWith('log.batch.')) for (const entry of batch.entries) entries.set(entry.id, entry)
  return JSON.stringify([...entries.values()].sort((a, b) => a.id - b.id))
})`

/** The same for the private windows of Firefox, from the memory that their log lies in. */
export const readPrivateLog = async (asker: Asker): Promise<LogEntry[]> =>
  JSON.parse(await asker.evaluate<string>(READ_SESSION))
