/**
 * The log in the worker's memory, read by a panel through a port: for as long as the database takes nothing. Messages carry
 * numbers so that answers find their questions; a worker that went away took its log along, and the next one begins afresh.
 */
import type { LogEntry, Payload, PayloadRef } from '../identity/entry'
import type { Change, EventSource, Scope, WatchOptions } from './source'

/** The part of `browser.runtime.Port` that is used. */
export interface Port {
  postMessage(message: unknown): void
  disconnect(): void
  onMessage: { addListener(on: (message: unknown) => void): void }
  onDisconnect: { addListener(on: () => void): void }
}

type Ask =
  | { kind: 'newest'; n: number; scope: Scope; count: number; before: number | null }
  | { kind: 'range'; n: number; scope: Scope; from: number; to: number }
  | { kind: 'payload'; n: number; refs: PayloadRef[] }
  | { kind: 'watch'; n: number; scope: Scope; tab: string | null }
  | { kind: 'stop'; n: number }
type Answer = { n: number; value: unknown } | { n: number; change: Change }

/** A port that loses nothing of what is said before anybody listens: a browser drops that, and who asked would wait for ever. */
export function patient(port: Port): Port {
  const early: unknown[] = []
  let listener: ((message: unknown) => void) | null = null
  port.onMessage.addListener(message => {
    if (listener) listener(message)
    else early.push(message)
  })
  return {
    postMessage: message => port.postMessage(message),
    disconnect: () => port.disconnect(),
    onDisconnect: port.onDisconnect,
    onMessage: {
      addListener: on => {
        listener = on
        for (const message of early.splice(0)) on(message)
      },
    },
  }
}

/** Answers what comes through a port; only pages of the extension may be at its other end. */
export function serveLog(port: Port, source: EventSource): void {
  const watches = new Map<number, AbortController>()
  const answer = (message: Answer): void => {
    try {
      port.postMessage(message)
    } catch {
      // The panel has gone.
    }
  }
  const tell = async (n: number, value: Promise<unknown>): Promise<void> => answer({ n, value: await value })
  port.onDisconnect.addListener(() => {
    for (const watch of watches.values()) watch.abort()
  })
  port.onMessage.addListener(message => {
    const ask = message as Ask
    switch (ask.kind) {
      case 'newest':
        void tell(ask.n, source.newest(ask.scope, ask.count, ask.before ?? undefined))
        break
      case 'range':
        void tell(ask.n, source.range(ask.scope, ask.from, ask.to))
        break
      case 'payload':
        void tell(ask.n, source.payload(ask.refs))
        break
      case 'watch': {
        const watch = new AbortController()
        watches.set(ask.n, watch)
        const options: WatchOptions = ask.tab === null ? {} : { tab: ask.tab }
        source.watch(
          ask.scope,
          change => answer({ n: ask.n, change }),
          () => {},
          watch.signal,
          options,
        )
        break
      }
      case 'stop':
        watches.get(ask.n)?.abort()
        watches.delete(ask.n)
        break
    }
  })
}

/** ms until the next try to reach a worker that doesn't answer. */
const FIRST_WAIT = 200
const LONGEST_WAIT = 5_000

export class PortSource implements EventSource {
  readonly store = 'memory'
  private port: Port | null = null
  private count = 0
  private wait = FIRST_WAIT
  private questions = new Map<number, { resolve: (value: unknown) => void; none: unknown }>()
  private watches = new Map<number, { ask: Ask; on: (change: Change) => void }>()

  constructor(private readonly connect: () => Port) {}

  /** Without a worker there is no log in its memory: then the answer is `none`. */
  private async ask<T>(none: T, question: (n: number) => Ask): Promise<T> {
    const n = ++this.count
    const value = await new Promise<unknown>(resolve => {
      this.questions.set(n, { resolve, none })
      this.post(question(n))
    })
    // Both ends are ours, of one build.
    return value as T
  }

  private post(ask: Ask): void {
    try {
      this.port ??= this.open()
      this.port.postMessage(ask)
    } catch {
      this.lose()
    }
  }

  private open(): Port {
    const port = this.connect()
    port.onMessage.addListener(message => {
      const answer = message as Answer
      this.wait = FIRST_WAIT
      if ('change' in answer) this.watches.get(answer.n)?.on(answer.change)
      else {
        this.questions.get(answer.n)?.resolve(answer.value)
        this.questions.delete(answer.n)
      }
    })
    port.onDisconnect.addListener(() => {
      if (this.port === port) this.lose()
    })
    return port
  }

  /** The worker went away: questions are answered with nothing, watches are taken up again with the next one. */
  private lose(): void {
    this.port = null
    for (const { resolve, none } of this.questions.values()) resolve(none)
    this.questions.clear()
    if (this.watches.size === 0) return
    setTimeout(() => {
      if (this.port) return
      for (const { ask } of this.watches.values()) this.post(ask)
    }, this.wait)
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT)
  }

  newest(scope: Scope, count: number, before?: number): Promise<LogEntry[]> {
    return this.ask<LogEntry[]>([], n => ({ kind: 'newest', n, scope, count, before: before ?? null }))
  }

  range(scope: Scope, from: number, to: number): Promise<LogEntry[]> {
    return this.ask<LogEntry[]>([], n => ({ kind: 'range', n, scope, from, to }))
  }

  payload(refs: PayloadRef[]): Promise<Payload | null> {
    return this.ask<Payload | null>(null, n => ({ kind: 'payload', n, refs }))
  }

  watch(
    scope: Scope,
    on: (change: Change) => void,
    _fail: (message: string) => void,
    signal: AbortSignal,
    options: WatchOptions = {},
  ): void {
    if (signal.aborted) return
    const n = ++this.count
    const ask: Ask = { kind: 'watch', n, scope, tab: options.tab ?? scope.tab ?? null }
    this.watches.set(n, {
      ask,
      on: change => on(options.checkpoint && change.reset ? { ...change, checkpoint: null } : change),
    })
    this.post(ask)
    signal.addEventListener(
      'abort',
      () => {
        this.watches.delete(n)
        if (this.watches.size > 0) return this.post({ kind: 'stop', n })
        this.port?.disconnect()
        this.port = null
      },
      { once: true },
    )
  }
}
