/** What panel and thread say to each other while a log is read from a file or written into one. */
import type { LogEntry, Payload } from '../../utils/identity/entry'
import type { Masked, MaskKind } from '../../utils/log/mask'
import type { Rejected } from '../../utils/log/read'

export type Format = 'har' | 'json' | 'csv'

export type Ask =
  /** `payloads` false: only what the events mean is wanted. */
  | { kind: 'read'; file: Blob; hosts: readonly string[]; payloads: boolean }
  /** More of what is to be written; `payloads[i]` belongs to the entry at i, as a position among all payloads (null: none). */
  | { kind: 'take'; entries: LogEntry[]; refs: (number | null)[]; payloads: Payload[] }
  | { kind: 'preview' }
  /** null: nothing is masked. */
  | { kind: 'write'; format: Format; mask: readonly MaskKind[] | null }

/** About a file that was read. */
export interface FileFacts {
  format: 'har' | 'log' | 'csv'
  /** Entries of the file, of whatever kind. */
  requests: number
  rejected: Rejected[]
}

export type Answer =
  | { kind: 'progress'; share: number }
  /** A part of what was read, in the order of the log; entries name payloads by their position among all. */
  | { kind: 'part'; entries: LogEntry[]; payloads: Payload[]; share: number }
  | ({ kind: 'read' } & FileFacts)
  /** A sentence. */
  | { kind: 'failed'; why: string }
  | { kind: 'preview'; found: Masked[]; more: number; counts: Partial<Record<MaskKind, number>> }
  | { kind: 'written'; file: Blob }

/** What a Worker is to this. */
export interface Thread {
  onmessage: ((event: { data: Answer }) => void) | null
  onerror: ((event: unknown) => void) | null
  postMessage(ask: Ask): void
  terminate(): void
}
