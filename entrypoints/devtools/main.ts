/** Adds the panel to DevTools. It asks nothing of the inspected page, so that it works in the middle of a navigation too. */
import type { Browser } from 'wxt/browser'

// By the name that both browsers have: DevTools load this for every tab, and an import would bring the panel's whole code with it.
declare const chrome: typeof Browser

chrome.devtools.panels.create('Identity Lens', 'icon/32.png', 'panel.html')
