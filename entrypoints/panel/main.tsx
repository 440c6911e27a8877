import { render } from 'preact'
import { browser } from 'wxt/browser'
import { followLanguage, speakFor } from '../../components/language'
import { later, prefetch } from '../../components/lazy'
import { EventsView, Panel } from '../../components/panel'
import { firstRows, openEvent, panel, showView, start, VIEWS, whenReady } from '../../components/store'
import { followTheme } from '../../components/theme'
import { prepareWords } from '../../components/words'
import { worldOf } from '../../components/world.browser'
import { languageOf } from '../../utils/settings'
import { readSettings } from '../../utils/settings.browser'

/** What the two browsers' DevTools offer beyond the common API: the theme as it changes. */
interface ThemedPanels {
  themeName?: string
  setThemeChangeHandler?: (on: (themeName: string) => void) => void
  onThemeChanged?: { addListener: (on: (themeName: string) => void) => void }
}

/** Draws the panel of a tab and keeps it going. */
function begin(): void {
  // Outside of DevTools there is no `devtools`: then the page is a tab, and its address names the one to look at.
  const devtools: typeof browser.devtools | undefined = browser.devtools
  const address = new URLSearchParams(location.search)
  const tab = devtools?.inspectedWindow?.tabId ?? Number(address.get('tab') ?? -1)
  const panels = devtools?.panels as ThemedPanels | undefined
  // A panel in Firefox's DevTools has none.
  const { tabs } = browser as Partial<typeof browser>
  const { signal } = new AbortController()

  const spoken = browser.i18n.getUILanguage()
  // Most often these are the ones: they are on their way before the settings say so.
  prepareWords(languageOf('auto', spoken))
  // Read once, for the words and for the panel.
  const stored = readSettings()
  const reading = stored.then(({ settings }) => speakFor(settings.language, spoken))
  followLanguage(spoken)
  followTheme(panels?.themeName ?? null, on => {
    panels?.setThemeChangeHandler?.(on)
    panels?.onThemeChanged?.addListener(on)
  })
  // Whoever leads here says to what: a view, and an event.
  const [name, event = ''] = location.hash.slice(1).split('/')
  const view = VIEWS.find(each => each === name)
  // Without a page, for a log from a file: `log` names the page that has the file, if there is one.
  const log = address.get('log')
  const code = view === 'events' ? EventsView.fetchPart() : null
  // Without a word there is nothing worth drawing.
  const standing = reading.then(async () => {
    if (log !== null) await (await later()).showFiles(log)
    // Rows that are nearly there come with the first drawing: one that shows none of them would only hold them up.
    if (code) await firstRows(code)
    render(<Panel />, document.getElementById('panel') ?? document.body)
    await code
  })
  void start({ ...worldOf(tab, stored), standing }, signal)
  if (/^\d+$/.test(event)) openEvent(Number(event))
  else if (view) showView(view)
  // The rest of the code would hold up the rows, and then identity: it comes after both, or when somebody asks for it.
  void standing
    .catch(() => {})
    .then(() => whenReady(signal))
    .then(prefetch)
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
}

// The popup shares this file (`files` in wxt.config.ts), and begins by itself.
if (location.pathname === '/panel.html') begin()
