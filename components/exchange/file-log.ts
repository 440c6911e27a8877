/** A log that was read from a file, in memory: it is nobody's but this page's, and nothing of it is stored. */
import type { LogEntry, Payload, PayloadRef } from '../../utils/identity/entry'
import { byId, inScope, mergePayload } from '../../utils/log/records'
import type { Change, EventSource, Scope } from '../../utils/log/source'

/** Entries that are told at once: what they mean is worked out at once, and the page must answer in between. */
const PART = 200

export class FileLog implements EventSource {
  readonly store = 'memory'

  /** @param entries in the order of the log */
  constructor(
    private readonly entries: readonly LogEntry[],
    private readonly payloads: readonly Payload[],
  ) {}

  async newest(scope: Scope, count: number, before = Number.POSITIVE_INFINITY): Promise<LogEntry[]> {
    const found = await this.range(scope, Number.NEGATIVE_INFINITY, before - 1)
    return count > 0 ? found.slice(-count) : []
  }

  async range(scope: Scope, from: number, to: number): Promise<LogEntry[]> {
    return this.entries.filter(entry => inScope(entry, scope) && entry.id >= from && entry.id <= to).sort(byId)
  }

  watch(scope: Scope, on: (change: Change) => void, _fail: (message: string) => void, signal: AbortSignal): void {
    const entries = this.entries.filter(entry => inScope(entry, scope))
    const tell = (at: number): void => {
      if (signal.aborted) return
      on({ epoch: 0, reset: at === 0, entries: entries.slice(at, at + PART) })
      if (at + PART < entries.length) setTimeout(tell, 0, at + PART)
    }
    tell(0)
  }

  async payload(refs: PayloadRef[]): Promise<Payload | null> {
    return mergePayload(refs.map(([, index]) => this.payloads[index]))
  }
}
