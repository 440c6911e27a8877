/** How the bench works with an extension: ours, none, or any other unpacked one. See README.md. */
import type { Page } from 'playwright-core'
import type { Chromium } from '../e2e/drive/chromium'

/** One tracked request, as the extension's SDK would send it. */
export interface TrackedRequest {
  url: string
  /** '' for a GET. */
  body: string
}

export interface Adapter {
  name: string
  /** Hosts that must lead to the bench's server, besides the SDK vendor's; `*.` at the front allowed. */
  hosts?: readonly string[]
  /**
   * A request that the extension must take for one event of its SDK, which carries this name. http only: the bench's server answers it.
   * @param name unique, letters, digits, `-`, or any text of a value that goes over the wire (UTF-8 is tried)
   */
  request(name: string): TrackedRequest
  /**
   * Begins to look at what the extension holds of a tab; null: it shows and keeps nothing. Called once per tab, before or after its requests (both are
   * measured).
   */
  open(chromium: Chromium, page: Page): Promise<Counter | null>
}

export interface Counter {
  /** Names of all events that it has now, a name as often as it has it. */
  names(): Promise<string[]>
  /**
   * When a row with this name is first seen by a user of the extension, ms on `performance.timeOrigin + performance.now()`'s clock.
   * To be called before the request is made; null: it has no view.
   */
  shown?(name: string): Promise<number>
  close(): Promise<void>
}
