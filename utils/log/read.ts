/** What every reader of a file gives, and the first step that all share. */
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

/** Parses a file's text; a byte order mark is fine. */
export const parseJson = (source: string): { ok: true; json: unknown } | Failure => {
  const text = source.replace(/^\uFEFF/, '')
  if (text.trim() === '') return { ok: false, reason: 'The file is empty.' }
  try {
    return { ok: true, json: JSON.parse(text) }
  } catch (error) {
    return { ok: false, reason: `The file is not JSON: ${(error as Error).message}.` }
  }
}
