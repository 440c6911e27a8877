/** The log in the worker: in this browser's database, with this browser's ways of keeping private windows off the disk. */
import { browser } from 'wxt/browser'
import { deserialise, EMPTY, serialise, step } from '../identity/reduce'
import { MEMORY_PORT } from '../messages'
import { readSettings, watchSettings } from '../settings.browser'
import { type OpenLog, openLog as openWith } from './dexie'
import { patient } from './port'

/**
 * Opens the log. To be called at top level, synchronously: panels that read the worker's memory may be what woke it.
 * Where one background serves all windows (Firefox), entries of private windows go to `storage.session` only; Chromium gives
 * private windows a worker and a database of their own, which go away with them.
 */
export function openLog(): Promise<OpenLog> {
  const opening = readSettings().then(({ settings }) =>
    openWith({
      fold: { empty: EMPTY, step, serialise, deserialise },
      retention: settings.retention,
      area: browser.storage.session,
      keepPrivate: import.meta.env.FIREFOX,
    }),
  )
  browser.runtime.onConnect.addListener(port => {
    // A content script could be a page's puppet; only pages of this extension may read.
    if (port.name !== MEMORY_PORT || !port.sender?.url?.startsWith(browser.runtime.getURL('/'))) return
    const held = patient(port)
    port.onDisconnect.addListener(() => void browser.runtime.lastError)
    opening.then(log => log.serve(held))
  })
  watchSettings(settings => {
    opening.then(log => log.retain(settings.retention))
  })
  return opening
}
