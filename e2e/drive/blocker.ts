/** Another extension, which comes between a page and the collector; the same for both browsers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is called `ad-…` goes nowhere, scripts called `led-…` are led to an empty one. */
const EMPTY = 'data:text/javascript,'
const RULES = [
  { id: 1, action: { type: 'block' }, condition: { urlFilter: '&ea=ad-' } },
  {
    id: 2,
    action: { type: 'redirect', redirect: { url: EMPTY } },
    condition: { urlFilter: '&ea=led-', resourceTypes: ['script'] },
  },
]
/** Firefox's rules don't lead to such an address, its listeners do; and they can stop what the server has already, called `answered-…`. */
const LISTENERS = `
  const listen = (event, ea, answer) =>
    browser.webRequest[event].addListener(() => answer, { urls: ['*://*/*&ea=' + ea + '-*'] }, ['blocking'])
  listen('onBeforeRequest', 'led', { redirectUrl: '${EMPTY}' })
  listen('onHeadersReceived', 'answered', { cancel: true })`
const EVERYWHERE = ['<all_urls>']
const BLOCKER = {
  name: 'Blocker',
  version: '1',
  declarative_net_request: { rule_resources: [{ id: 'rules', enabled: true, path: 'rules.json' }] },
}
const MANIFESTS = {
  chrome: { ...BLOCKER, manifest_version: 3, permissions: ['declarativeNetRequest'], host_permissions: EVERYWHERE },
  firefox: {
    ...BLOCKER,
    manifest_version: 2,
    permissions: ['declarativeNetRequest', 'webRequest', 'webRequestBlocking', ...EVERYWHERE],
    background: { scripts: ['listeners.js'] },
    browser_specific_settings: { gecko: { id: 'blocker@identity-lens.test' } },
  },
}

/** Writes it into a folder, ready to be loaded. */
export function writeBlocker(folder: string, browser: keyof typeof MANIFESTS): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(MANIFESTS[browser]))
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(RULES))
  writeFileSync(join(folder, 'listeners.js'), LISTENERS)
}
