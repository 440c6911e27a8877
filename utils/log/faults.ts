/** What went wrong in a store, as far as it decides what to do next. */
import { whyOf } from '../why'

export type Fault =
  /** No room, or the browser says so. */
  | 'full'
  /** One of the values can't be stored, whatever the room. */
  | 'value'
  /** A later build's database: not to be touched. */
  | 'newer'
  /** Another connection holds an older database open, or the browser just doesn't answer. */
  | 'blocked'
  /** The connection is gone or never was: open it again. */
  | 'closed'

/** Names of an error and of the ones within it: a transaction that dies of a full disk says AbortError, and the reason inside. */
function namesOf(error: unknown): string[] {
  const names: string[] = []
  for (let each = error; each !== null && typeof each === 'object' && names.length < 8; ) {
    const { name, inner, cause } = each as { name?: unknown; inner?: unknown; cause?: unknown }
    if (typeof name === 'string') names.push(name)
    if (inner === each) break
    each = inner ?? cause
  }
  return names
}

const FULL = new Set([
  'QuotaExceededError',
  'QuotaExceeded',
  'NS_ERROR_DOM_QUOTA_EXCEEDED_ERR',
  'NS_ERROR_FILE_NO_DEVICE_SPACE',
])
const VALUE = new Set(['DataCloneError', 'DataError'])

/** The database did not open in time; it still may. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError'
}

/** Anything unknown counts as a lost connection: opening the database again is the one remedy for all of them. */
export function diagnose(error: unknown): Fault {
  const names = namesOf(error)
  const message = whyOf(error)
  if (names.some(name => FULL.has(name)) || /quota|QUOTA_BYTES/.test(message)) return 'full'
  if (names.some(name => VALUE.has(name))) return 'value'
  if (names.includes('NewerLogError')) return 'newer'
  if (names.includes('BlockedError')) return 'blocked'
  return 'closed'
}

/** An error in one line, without Dexie's stack. */
export const inWords = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0] ?? ''}` : String(error)
