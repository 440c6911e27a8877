/** The panel beside the pages of a window, for whoever doesn't open DevTools: it begins at the tab that is shown there. */
import { browser } from 'wxt/browser'

void browser.tabs.query({ active: true, currentWindow: true }).then(([shown]) => {
  location.replace(`/panel.html?tab=${shown?.id}&window=${shown?.windowId}`)
})
