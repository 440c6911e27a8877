import { render } from 'preact'
import { browser } from 'wxt/browser'
import { followLanguage, speakFor } from '../../components/language'
import { type Beside, Popup } from '../../components/popup'
import { start } from '../../components/store'
import { followTheme } from '../../components/theme'
import { worldOf } from '../../components/world.browser'
import { readSettings } from '../../utils/settings.browser'

const spoken = browser.i18n.getUILanguage()
const stored = readSettings()
const reading = stored.then(({ settings }) => speakFor(settings.language, spoken))
followLanguage(spoken)
followTheme(null, () => {})

const { sidePanel, sidebarAction } = browser as Partial<typeof browser> & { sidebarAction?: { open(): Promise<void> } }

/** Must be asked within the click itself. */
const besideOf = (windowId: number): Beside | null =>
  sidePanel
    ? { name: 'button.side', open: () => void sidePanel.open({ windowId }).then(close) }
    : sidebarAction
      ? { name: 'button.sidebar', open: () => void sidebarAction.open().then(close) }
      : null

/** The tab that is shown; a test names one. */
async function tabShown(): Promise<{ id: number; index: number; windowId: number }> {
  const named = new URLSearchParams(location.search).get('tab')
  const [shown] = named
    ? [await browser.tabs.get(Number(named))]
    : await browser.tabs.query({ active: true, currentWindow: true })
  return { id: shown?.id ?? -1, index: shown?.index ?? 0, windowId: shown?.windowId ?? -1 }
}

void tabShown().then(async ({ id, index, windowId }) => {
  const elsewhere = (view: string, event: number | null): void => {
    const url = `/panel.html?tab=${id}#${view}${event === null ? '' : `/${event}`}`
    void browser.tabs.create({ url, index: index + 1, openerTabId: id }).then(close)
  }
  void start({ ...worldOf(id, stored), elsewhere }, new AbortController().signal)
  await reading
  render(<Popup beside={besideOf(windowId)} />, document.getElementById('panel') ?? document.body)
})
