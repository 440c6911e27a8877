import { render } from 'preact'
import { browser } from 'wxt/browser'
import { followLanguage, speakFor } from '../../components/language'
import { prefetch } from '../../components/lazy'
import { Panel } from '../../components/panel'
import { panel, showView, start, VIEWS } from '../../components/store'
import { followTheme } from '../../components/theme'
import { openSource, watchHealth } from '../../utils/log/source.browser'
import { readSettings, saveSettings, watchSettings } from '../../utils/settings.browser'

/** What the two browsers' DevTools offer beyond the common API: the theme as it changes. */
interface ThemedPanels {
  themeName?: string
  setThemeChangeHandler?: (on: (themeName: string) => void) => void
  onThemeChanged?: { addListener: (on: (themeName: string) => void) => void }
}

// Outside of DevTools there is no `devtools`: then the page is a tab, and its address names the one to look at.
const devtools: typeof browser.devtools | undefined = browser.devtools
const address = new URLSearchParams(location.search)
const tab = devtools?.inspectedWindow?.tabId ?? Number(address.get('tab') ?? -1)
const panels = devtools?.panels as ThemedPanels | undefined
// Firefox gives a panel in DevTools no more than devtools, runtime, storage and i18n.
const { tabs, permissions } = browser as Partial<typeof browser>
const { signal } = new AbortController()

const spoken = browser.i18n.getUILanguage()
// Read once, for the words and for the panel.
const stored = readSettings()
const reading = stored.then(({ settings }) => speakFor(settings.language, spoken))
followLanguage(spoken)
followTheme(panels?.themeName ?? null, on => {
  panels?.setThemeChangeHandler?.(on)
  panels?.onThemeChanged?.addListener(on)
})
start(
  {
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
    reload: () => (tabs ? tabs.reload(tab) : browser.devtools.inspectedWindow.reload()),
    // Where DevTools may not ask, the same page in a tab may.
    permit: async () =>
      permissions ? permissions.request({ origins: ['<all_urls>'] }) : open(`/panel.html?tab=${tab}`) !== null && false,
    settings: {
      read: () => stored,
      write: saveSettings,
      watch: watchSettings,
    },
  },
  signal,
)
// Beside the pages of a window it looks at the tab in front. Another tab has another log: all begins anew, but for the view.
const beside = Number(address.get('window') ?? -1)
if (tabs && beside >= 0) {
  const view = VIEWS.find(each => `#${each}` === location.hash)
  if (view) showView(view)
  tabs.onActivated.addListener(({ tabId, windowId }) => {
    if (windowId === beside && tabId !== tab)
      location.replace(`/panel.html?tab=${tabId}&window=${beside}#${panel.getState().view}`)
  })
}
// The worker is asked meanwhile. Without a word there is nothing worth drawing.
void reading.then(() => {
  render(<Panel />, document.getElementById('panel') ?? document.body)
  // The rest of the code comes while nobody waits for it.
  requestIdleCallback(prefetch)
})
