/** The world around a page of the extension that shows a tab: the browser, the worker, the log. */
import { browser } from 'wxt/browser'
import { openSource, prepareSource, watchHealth } from '../utils/log/source.browser'
import { readSettings, saveSettings, watchSettings } from '../utils/settings.browser'
import type { World } from './store'

/** Chromium's DevTools open a place in Sources; Firefox's don't, and outside of DevTools there are none. */
function sourceOf(): Pick<World, 'source'> {
  const panels = (browser.devtools as typeof browser.devtools | undefined)?.panels as
    | { openResource?: (url: string, line: number, column: number, done: () => void) => void }
    | undefined
  return panels?.openResource
    ? { source: (url, line, column) => panels.openResource?.(url, line - 1, column - 1, () => {}) }
    : {}
}

/** @param stored the settings, when they are being read already */
export function worldOf(tab: number, stored: ReturnType<typeof readSettings> = readSettings()): World {
  prepareSource()
  // Firefox gives a panel in DevTools no more than devtools, runtime, storage and i18n.
  const { tabs, permissions } = browser as Partial<typeof browser>
  return {
    tab,
    ask: message => browser.runtime.sendMessage(message),
    open: async hello => openSource(hello.store),
    watchHealth: (on, until) => watchHealth(({ message }) => on(message), until),
    watchPage: (on, until) => {
      if (!tabs) {
        const { onNavigated } = browser.devtools.network
        onNavigated.addListener(on)
        return until.addEventListener('abort', () => onNavigated.removeListener(on))
      }
      const updated = (id: number, { status }: { status?: string }) => {
        if (id === tab && status === 'complete') on()
      }
      tabs.onUpdated.addListener(updated)
      until.addEventListener('abort', () => tabs.onUpdated.removeListener(updated))
    },
    ...sourceOf(),
    reload: () => (tabs ? tabs.reload(tab) : browser.devtools.inspectedWindow.reload()),
    // Where DevTools may not ask, the same page in a tab may.
    permit: async () =>
      permissions ? permissions.request({ origins: ['<all_urls>'] }) : open(`/panel.html?tab=${tab}`) !== null && false,
    settings: { read: () => stored, write: saveSettings, watch: watchSettings },
  }
}
