/**
 * The relay: takes what the hook of one document says and brings it to the recorder, losing nothing when the worker sleeps,
 * dies or restarts. A record is kept until the recorder acknowledges that it is in the log; the port is opened at the first
 * record, so a page without the SDK never wakes the worker.
 */
import type { RelayUp, WorkerDown } from '../messages'
import { HOOK, RELAY, type RelayRecord } from './record'

/** What a relay needs of the browser. `connect` and `post` throw when the extension is gone or the port is closed. */
export interface RelayHost {
  /** A connection to the worker; `closed` is told at most once. */
  connect(heard: (message: WorkerDown) => void, closed: () => void): Connection
  /** false: this extension was updated or removed; nothing will ever answer again. */
  alive(): boolean
  now(): number
  after(ms: number, run: () => void): void
  /** When the page's present task is done. */
  soon(run: () => void): void
  /** The page has to do with the SDK; told once, before its first record is kept. */
  begun(): void
  /** A task in which the hook spoke is over. */
  spoken(): void
  /**
   * Recording goes on: what the page came to meanwhile nobody wrote down.
   * @param first nothing of this document was ever recorded
   */
  resumed(first: boolean): void
  /** Nobody can take this document away in the middle of a task, as a frame can be: what is due then will be done. */
  stays: boolean
  /** A value of the page's localStorage; null if absent. Throws where there is none. */
  stored(name: string): string | null
}

export interface Connection {
  post(message: RelayUp): void
  /** Harmless when it is closed already; may throw when the extension is gone. */
  close(): void
}

interface Kept {
  n: number
  line: string
  /** It stands for what had to be dropped. */
  lost?: { since: number; count: number }
}

const RETRY_FIRST = 50
const RETRY_LAST = 30_000
/** While the worker answers, and yet dies before it has written anything: that is no reason to be silent for long. */
const RETRY_ALIVE = 1_000
/** Marks of a page that has nothing to do with the SDK yet. */
const MARKS = 100
/** Of a value in localStorage; the SDK's own are ids. */
const VALUE_CHARS = 8_192
const MESSAGE_RECORDS = 500
const MESSAGE_CHARS = 1_000_000
/**
 * What may be on its way unacknowledged: as much as a page may say in its last task. A page that says more than the recorder writes
 * is not to fill the worker's memory.
 */
const WINDOW_RECORDS = 20_000
const WINDOW_CHARS = 32_000_000
/** What is kept while the recorder doesn't answer; beyond it the oldest that are not on their way go, counted. */
const KEEP_RECORDS = 40_000
const KEEP_CHARS = 48_000_000

export class Relay {
  #connection: Connection | null = null
  /** Not acknowledged yet, oldest first. Their numbers have a hole only before a gap that stands for what was dropped. */
  #kept: Kept[] = []
  #keptAt = 0
  #chars = 0
  /** Number of the last record handed to the present connection. */
  #sent = 0
  #last = 0
  #retry = RETRY_FIRST
  #waiting = false
  #active = false
  #gone = false
  #recording = true
  /** The recorder never wanted to hear anything of this document. */
  #unheard = true
  /** Marks of the page that wait for the first thing that concerns the SDK. */
  #marks: RelayRecord[] = []
  #values = new Map<string, string | null>()
  #looked = false
  #lookDue = false
  /** The hook spoke in this task. */
  #spoke = false
  /** The first record of a task went off at once, if the document may be taken away; the rest goes when the task is done. */
  #busy = false

  /**
   * @param doc id of this document, never used before
   * @param storedNames localStorage keys of the SDK
   * @param config what the worker says, for the hook
   * @param silenced told once when the extension is gone
   */
  constructor(
    private readonly doc: string,
    private readonly storedNames: readonly string[],
    private readonly host: RelayHost,
    private readonly config: (hosts: readonly string[]) => void,
    private readonly silenced: () => void,
  ) {}

  /**
   * Records of the hook, a line each; one that is empty is none.
   * @param by name of the panel's action that runs
   */
  hook(text: string, by = ''): void {
    if (this.#gone) return
    if (!this.#active) {
      this.#begin()
      // Before the SDK's script can have changed anything.
      this.#read()
    }
    for (const line of text.split('\n')) {
      if (!line) continue
      if (line.length <= MESSAGE_CHARS * 2) this.#keep(HOOK + by + line)
      // No message of the browser's could hold it, and all that follows would wait for it.
      else this.#tell({ k: 'gap', at: this.host.now(), until: this.host.now(), count: 1 })
    }
    this.#spoke = true
    this.#go()
  }

  /**
   * The page is shown, having been prerendered or in the back-forward cache: it needs a new port. In the cache the browser closed the
   * old one and doesn't tell it (Chromium: not even by an exception); and of a prerendered page it names a frame that is no longer so.
   * https://developer.chrome.com/blog/bfcache-extension-messaging-changes
   */
  shown(mark: RelayRecord): void {
    const before = this.#connection
    this.#connection = null
    try {
      before?.close()
    } catch {
      // The extension was updated meanwhile.
    }
    this.page(mark)
    this.flush()
  }

  /** Something happened to the page. Told only when the page has to do with the SDK, then or later. */
  page(mark: RelayRecord): void {
    if (this.#gone) return
    if (this.#active) {
      this.#tell(mark)
      this.#go()
    } else if (mark.k === 'page') {
      // The first tells how the page began; of a long way since then the last part matters.
      if (this.#marks.push(mark) > MARKS) this.#marks.splice(1, 1)
    }
  }

  /** The page's security policy stopped a request of the SDK. */
  blocked(url: string, directive: string): void {
    if (this.#gone) return
    this.#begin()
    this.#tell({ k: 'csp', at: this.host.now(), url, directive })
    this.#go()
  }

  /** They were looked for before it was made, and none was there: what is there later has come since. */
  foundNothing(): void {
    this.#looked = true
  }

  /** Reads the SDK's values in localStorage and tells what changed. */
  look(): void {
    if (this.#gone || !this.#read()) return
    this.#go()
  }

  #read(): boolean {
    const first = !this.#looked
    this.#looked = true
    let changed = false
    try {
      for (const name of this.storedNames) {
        const value = this.host.stored(name)?.slice(0, VALUE_CHARS) ?? null
        if (value === (this.#values.get(name) ?? null)) continue
        this.#values.set(name, value)
        this.#begin()
        this.#tell({ k: 'stored', at: this.host.now(), name, value, first })
        changed = true
      }
    } catch {
      // A sandboxed frame has no localStorage.
    }
    return changed
  }

  /** How many records there were so far, how many of them the worker has not confirmed yet, and when the last one came; 0 = none. */
  get count(): { records: number; waiting: number; last: number } {
    return { records: this.#last, waiting: this.#kept.length, last: this.#keptAt }
  }

  /** The page goes into hiding or comes back: what is kept must be on its way. */
  flush(): void {
    if (this.#connection) this.#post()
    else if (this.#kept.length > 0) this.#connect()
  }

  /** From the first record on the page has to do with the SDK. */
  #begin() {
    if (this.#active) return
    this.#active = true
    this.host.begun()
    for (const mark of this.#marks) this.#tell(mark)
    this.#marks = []
  }

  #tell(record: RelayRecord) {
    this.#keep(RELAY + JSON.stringify(record))
  }

  /** Not begun while the page waits for its call: a timer costs it as much as all that the hook had to say. */
  #lookSoon() {
    if (!this.#spoke || this.#lookDue) return
    this.#spoke = false
    this.#lookDue = true
    this.host.after(0, () => {
      this.#lookDue = false
      if (this.#gone) return
      this.look()
      this.host.spoken()
    })
  }

  #keep(line: string) {
    if (!this.#recording && this.#connection) return
    this.#kept.push({ n: ++this.#last, line })
    this.#keptAt = this.host.now()
    this.#chars += line.length
    if (this.#kept.length > KEEP_RECORDS || this.#chars > KEEP_CHARS) this.#dropOldest()
  }

  /**
   * A page that floods is not made to wait for a message per record, nor one that calls once for the browser's taking it; one that goes away in this
   * very task loses nothing.
   */
  #go() {
    if (this.#busy) return
    this.#busy = true
    this.host.soon(() => {
      this.#busy = false
      this.#send()
      this.#lookSoon()
    })
    if (!this.host.stays) this.#send()
  }

  #send() {
    if (this.#connection) this.#post()
    else if (!this.#waiting && this.#kept.length > 0) this.#connect()
  }

  #dropOldest() {
    const unsent = this.#unsent()
    const waiting = this.#kept.length - unsent
    const from = waiting > 1 ? unsent : 0
    const dropped = this.#kept.splice(from, Math.min(Math.max(2, this.#kept.length >> 3), this.#kept.length - from))
    const n = dropped.at(-1)?.n ?? 0
    const until = this.host.now()
    // An earlier gap that is dropped with them goes on in the new one.
    const since = dropped.find(({ lost }) => lost)?.lost?.since ?? until
    const count = dropped.reduce((sum, { lost }) => sum + (lost?.count ?? 1), 0)
    const gap: RelayRecord = { k: 'gap', at: since, until, count }
    this.#kept.splice(from, 0, { n, line: RELAY + JSON.stringify(gap), lost: { since, count } })
    this.#chars = this.#kept.reduce((sum, kept) => sum + kept.line.length, 0)
  }

  /** Where those begin that the present connection was not given. */
  #unsent(): number {
    let i = this.#kept.length
    while (i > 0 && (this.#kept[i - 1] as Kept).n > this.#sent) i--
    return i
  }

  #connect() {
    if (this.#gone) return
    if (!this.host.alive()) return this.#silence()
    try {
      let connection: Connection | null = null
      connection = this.host.connect(
        message => connection === this.#connection && this.#hear(message),
        () => connection === this.#connection && this.#lose(),
      )
      this.#connection = connection
      this.#sent = 0
      this.#post()
    } catch {
      this.#lose()
    }
  }

  #post() {
    let i = this.#unsent()
    if (i === this.#kept.length || !this.#connection) return
    let under = 0
    for (let j = 0; j < i; j++) under += (this.#kept[j] as Kept).line.length
    const end = Math.min(this.#kept.length, WINDOW_RECORDS)
    try {
      while (i < end && under < WINDOW_CHARS) {
        const from = (this.#kept[i] as Kept).n
        const records: string[] = []
        for (let chars = 0; i < end && records.length < MESSAGE_RECORDS && chars < MESSAGE_CHARS; i++) {
          const { n, line } = this.#kept[i] as Kept
          if (n !== from + records.length) break
          chars += line.length
          under += line.length
          records.push(line)
        }
        this.#connection.post({ kind: 'records', doc: this.doc, from, records })
        this.#sent = from + records.length - 1
      }
    } catch {
      this.#lose()
    }
  }

  #hear(message: WorkerDown) {
    if (message.kind === 'config') {
      this.#retry = Math.min(this.#retry, RETRY_ALIVE)
      const { recording } = message
      const resumed = recording && !this.#recording
      this.#recording = recording
      this.config(message.hosts)
      if (resumed) {
        this.host.resumed(this.#unheard)
        // Also what is gone.
        for (const name of this.#values.keys()) this.#values.set(name, '')
        this.#looked = false
        this.look()
      }
      if (recording) this.#unheard = false
    } else if (message.doc === this.doc) {
      this.#retry = RETRY_FIRST
      const count = this.#kept.findIndex(kept => kept.n > message.n)
      for (const { line } of this.#kept.splice(0, count < 0 ? this.#kept.length : count)) this.#chars -= line.length
      // There is room for more on the way.
      this.#post()
    }
  }

  /** The connection broke. What isn't acknowledged goes again; else the next record opens a new one. */
  #lose() {
    this.#connection = null
    if (!this.host.alive()) return this.#silence()
    if (this.#kept.length === 0 || this.#waiting) return
    this.#waiting = true
    this.host.after(this.#retry, () => {
      this.#waiting = false
      if (!this.#connection && this.#kept.length > 0) this.#connect()
    })
    this.#retry = Math.min(this.#retry * 2, RETRY_LAST)
  }

  #silence() {
    if (this.#gone) return
    this.#gone = true
    this.#kept = []
    this.#connection = null
    this.silenced()
  }
}
