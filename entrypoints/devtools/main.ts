/** Adds the panel to DevTools. It asks nothing of the inspected page, so that it works in the middle of a navigation too. */
import { browser } from 'wxt/browser'

browser.devtools.panels.create('Identity Lens', 'icon/32.png', 'panel.html')
