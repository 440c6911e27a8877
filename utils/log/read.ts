/** What every reader of a file gives. */
import type { LogEntry, Payload } from '../identity/entry'

export interface Rejected {
  /** Position in the file's list of entries, from 0. */
  entry: number
  reason: string
}

export interface ReadLog {
  /** In the order of the log, with ids that grow by one. */
  entries: LogEntry[]
  /** Entries refer to them as `[chunk, index]`. */
  payloads: Payload[]
  rejected: Rejected[]
  /** How many entries the file has, of whatever kind. */
  requests: number
}

export interface Failure {
  ok: false
  /** One sentence for the user. */
  reason: string
}
