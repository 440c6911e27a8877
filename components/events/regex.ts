/**
 * Regular expressions of the filter, looked for in a worker. Rows are asked about one by one and answered from what is known; what
 * is not known yet is looked for, and `onFound` says when there is more. One that takes too long is ended and left alone.
 */
import type { EventEntry } from '../../utils/identity/entry'
import type { RegexTerm } from './query'
import type { RegexAnswer, RegexAsk } from './regex-hits'

/** What a Worker is to this. */
export interface Thread {
  onmessage: ((event: { data: RegexAnswer | 'ready' }) => void) | null
  onerror: ((event: unknown) => void) | null
  postMessage(ask: RegexAsk): void
  terminate(): void
}

/** ms for one batch. A batch that takes longer is tried again in smaller ones; only a single text that does is the expression's fault. */
const TIME = 1000
const BATCH = 1_500
/** ms after which a thread that says nothing will not come. */
const START = 10_000

interface Pattern {
  term: RegexTerm
  hits: WeakMap<EventEntry, readonly string[] | null>
  waiting: Set<EventEntry>
  slow: boolean
}

const keyOf = ({ source, flags }: RegexTerm): string => `/${source}/${flags}`

export class RegexSearch {
  private patterns = new Map<string, Pattern>()
  private thread: Thread | null = null
  private ready = false
  private asked: { pattern: Pattern; entries: EventEntry[]; timer: ReturnType<typeof setTimeout> | null } | null = null
  private size = BATCH
  /** No thread could be started: then nothing is looked for. */
  fault = false

  constructor(
    private readonly begin: () => Thread,
    private readonly textOf: (entry: EventEntry) => string,
    private readonly onFound: () => void,
  ) {}

  /** Only these are looked for from now on; what is known of them stays. */
  use(terms: readonly RegexTerm[]): void {
    const before = this.patterns
    // Another expression is another try.
    if (terms.some(term => !before.has(keyOf(term)))) this.fault = false
    this.patterns = new Map(
      terms.map(term => {
        const key = keyOf(term)
        return [key, before.get(key) ?? { term, hits: new WeakMap(), waiting: new Set(), slow: false }]
      }),
    )
    const asked = this.asked?.pattern
    if (asked && this.patterns.get(keyOf(asked.term)) !== asked) this.stop()
    if (terms.length === 0) this.stop()
  }

  /** What was found in an event; null: nothing, undefined: not known yet. One that is too slow finds nothing anywhere. */
  hits(term: RegexTerm, entry: EventEntry): readonly string[] | null | undefined {
    const pattern = this.patterns.get(keyOf(term))
    if (!pattern || pattern.slow || this.fault) return null
    const found = pattern.hits.get(entry)
    if (found !== undefined || pattern.hits.has(entry)) return found
    pattern.waiting.add(entry)
    if (!this.asked) queueMicrotask(() => this.next())
    return undefined
  }

  isSlow(term: RegexTerm): boolean {
    return this.fault || (this.patterns.get(keyOf(term))?.slow ?? false)
  }
  /** Something is being looked for. */
  get busy(): boolean {
    return !this.fault && [...this.patterns.values()].some(({ waiting, slow }) => !slow && waiting.size > 0)
  }

  private stop(): void {
    if (this.asked?.timer) clearTimeout(this.asked.timer)
    this.asked = null
    this.thread?.terminate()
    this.thread = null
    this.ready = false
  }

  private next(): void {
    if (this.asked || this.fault) return
    const pattern = [...this.patterns.values()].find(({ waiting, slow }) => !slow && waiting.size > 0)
    if (!pattern) return
    const entries: EventEntry[] = []
    for (const entry of pattern.waiting) if (entries.push(entry) >= this.size) break
    this.asked = { pattern, entries, timer: null }
    if (!this.thread) {
      let thread: Thread
      try {
        thread = this.begin()
      } catch {
        return this.lose()
      }
      this.thread = thread
      const late = setTimeout(() => this.thread === thread && this.lose(), START)
      thread.onmessage = ({ data }) => {
        if (this.thread !== thread) return
        if (data !== 'ready') return this.take(data)
        clearTimeout(late)
        this.ready = true
        this.post()
      }
      thread.onerror = () => this.thread === thread && (this.ready ? this.end() : this.lose())
    } else if (this.ready) this.post()
  }

  /** Its time begins when the thread runs, not while it is being made. */
  private post(): void {
    if (!this.asked) return
    const { pattern, entries } = this.asked
    this.asked.timer = setTimeout(() => this.late(), TIME)
    this.thread?.postMessage({ ...pattern.term, texts: entries.map(this.textOf) })
  }

  private late(): void {
    if (this.size === 1) return this.end()
    this.size = Math.max(1, Math.floor(this.size / 25))
    this.stop()
    this.next()
  }

  private lose(): void {
    this.fault = true
    for (const { waiting } of this.patterns.values()) waiting.clear()
    this.stop()
    this.onFound()
  }

  private end(): void {
    if (this.asked) {
      this.asked.pattern.slow = true
      this.asked.pattern.waiting.clear()
    }
    this.size = BATCH
    this.stop()
    this.onFound()
  }

  private take(answer: RegexAnswer): void {
    if (!this.asked) return
    const { pattern, entries, timer } = this.asked
    if (timer) clearTimeout(timer)
    this.asked = null
    entries.forEach((entry, index) => {
      pattern.hits.set(entry, answer[index] ?? null)
      pattern.waiting.delete(entry)
    })
    this.size = Math.min(BATCH, this.size * 2)
    this.next()
    this.onFound()
  }
}
