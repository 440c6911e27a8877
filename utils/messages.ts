/**
 * Every message that crosses a context, in one union, and one guard where each enters.
 *
 *     relay ──port "relay"──▶ worker    RelayUp, WorkerDown
 *     worker ──tabs.sendMessage──▶ relay    RunCommand → RunReply
 *     panel ──runtime.sendMessage──▶ worker    PanelAsk → its reply
 *
 * Data never travels here: panel and worker meet in the log.
 */
import type { PageCall } from './sdk/event'

export const RELAY_PORT = 'relay'
export const MEMORY_PORT = 'memory-log'

/** Hook records of one document, in order; `from` is the number of the first. Strings as the hook wrote them: untrusted. */
export interface RelayRecords {
  kind: 'records'
  doc: string
  from: number
  records: string[]
}
export type RelayUp = RelayRecords

/** Is this what a relay sends? The records themselves are claims of a page: utils/capture/claims.ts reads them. */
export const isRelayUp = (message: unknown): message is RelayUp => {
  const { kind, doc, from, records } = (message ?? {}) as Partial<RelayRecords>
  return (
    kind === 'records' &&
    typeof doc === 'string' &&
    doc.length < 100 &&
    Number.isSafeInteger(from) &&
    Array.isArray(records) &&
    records.every(line => typeof line === 'string')
  )
}

/** `n`: the last record of `doc` that is in the log for good. */
export type WorkerDown =
  | { kind: 'ack'; doc: string; n: number }
  | { kind: 'config'; recording: boolean; hosts: string[] }

export interface RunCommand {
  kind: 'run'
  command: string
  calls: PageCall[]
}
/** `ok` says that the calls returned, nothing about their requests. `error` is a sentence. */
export type RunReply = { ok: true } | { ok: false; error: string }

export type PanelAsk =
  | { kind: 'hello'; tab: number }
  | { kind: 'run'; tab: number; frame: number; command: string; calls: PageCall[] }
  | { kind: 'clear'; tab: number }
  | { kind: 'delete-everything' }

/** Is this the panel's? Only pages of this extension send messages to the worker; the sender is checked where they enter. */
export const isPanelAsk = (message: unknown): message is PanelAsk => {
  const ask = (message ?? {}) as Partial<PanelAsk> & { tab?: unknown }
  return ask.kind === 'delete-everything' || (ask.kind !== undefined && Number.isSafeInteger(ask.tab))
}

/** What a panel must know of the tab that it shows. */
export interface Hello {
  /** Scope key `<session>:<tab>`. */
  tab: string
  partition: string
  /** Of the top page; '' when the browser shows a page that extensions can't see. */
  site: string
  url: string
  store: 'dexie' | 'session' | 'memory'
  /** false: host permission is absent or was revoked (Firefox). */
  permitted: boolean
}
