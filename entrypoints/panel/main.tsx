import { render } from 'preact'
import { browser } from 'wxt/browser'
import { followLanguage, speakFor } from '../../components/language'
import { later, prefetch } from '../../components/lazy'
import { Panel } from '../../components/panel'
import { openEvent, panel, showView, start, VIEWS } from '../../components/store'
import { followTheme } from '../../components/theme'
import { worldOf } from '../../components/world.browser'
import { readSettings } from '../../utils/settings.browser'

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
// A panel in Firefox's DevTools has none.
const { tabs } = browser as Partial<typeof browser>
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
start(worldOf(tab, stored), signal)
// The rest of the code comes while worker, words and log are waited for.
void prefetch()
// Whoever leads here says to what: a view, and an event.
const [name, event = ''] = location.hash.slice(1).split('/')
const view = VIEWS.find(each => each === name)
if (/^\d+$/.test(event)) openEvent(Number(event))
else if (view) showView(view)
// Without a page, for a log from a file: `log` names the page that has the file, if there is one.
const log = address.get('log')
// Beside the pages of a window it looks at the tab in front. Another tab has another log: all begins anew, but for the view.
const beside = Number(address.get('window') ?? -1)
if (tabs && beside >= 0) {
  const go = (front: number | undefined) => {
    if (front !== undefined && front !== tab)
      location.replace(`/panel.html?tab=${front}&window=${beside}#${panel.getState().view}`)
  }
  tabs.onActivated.addListener(({ tabId, windowId }) => {
    if (windowId === beside) go(tabId)
  })
  // Another may have come to the front while this page was on its way.
  void tabs.query({ active: true, windowId: beside }).then(([shown]) => go(shown?.id))
}
// The worker is asked meanwhile. Without a word there is nothing worth drawing.
void reading.then(async () => {
  if (log !== null) await (await later()).showFiles(log)
  render(<Panel />, document.getElementById('panel') ?? document.body)
})
