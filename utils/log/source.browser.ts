/** The log in a page of the extension. */
import { browser } from 'wxt/browser'
import { MEMORY_PORT } from '../messages'
import { DatabaseSource } from './database-source'
import { watchHealth as watchHealthIn } from './health'
import { laterSource } from './later'
import { Overlay } from './overlay'
import type { EventSource, Health } from './source'

const database = new DatabaseSource()
/** What is most likely the log is opened while the worker is asked where it writes to. */
export const prepareSource = (): void => database.prepare()

/** Reads from where the worker writes to. `store` is what the worker said; it may change while the page is open, and is followed. */
export function openSource(store: EventSource['store']): EventSource {
  if (store === 'session')
    return laterSource('session', async () => (await import('./session')).sessionSource(browser.storage.session))
  const connect = () => {
    const port = browser.runtime.connect({ name: MEMORY_PORT })
    // Read, or the browser reports it as unchecked when the worker is not to be had.
    port.onDisconnect.addListener(() => void browser.runtime.lastError)
    return port
  }
  return new Overlay(
    database,
    laterSource('memory', async () => new (await import('./port')).PortSource(connect)),
    (on, signal) => {
      if (store === 'memory') on('memory')
      watchHealth(({ state }) => on(state), signal)
    },
  )
}

/** Calls back with how the log fares, and with every change; a sentence for the banner, or none. */
export const watchHealth = (on: (health: Health) => void, signal: AbortSignal): void =>
  watchHealthIn(browser.storage.session, on, signal)
