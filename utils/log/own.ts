/** How our own exports hold a log within a format that was not made for it. */
import type { EventEntry, LogEntry, Payload } from '../identity/entry'
import type { Body } from '../sdk/event'

/** The payload of an event, merged; the same object for events of one request. null: it is no longer kept. */
export type PayloadOf = (entry: EventEntry) => Payload | null

/** Entries that share a payload, with what of it the format around doesn't say. */
export interface OwnPart {
  /** Without payload references. */
  entries: LogEntry[]
  payload?: Payload
  /** What HAR can't say of the body: its text stands there. */
  body?: Body
}
