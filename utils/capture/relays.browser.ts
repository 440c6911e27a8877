/** The worker's end of all relays, and the way from the panel to the page. */
import { type Browser, browser } from 'wxt/browser'
import { siteOf } from '../log/site'
import { PRIVATE_RELAY_PORT, RELAY_PORT, type RunReply } from '../messages'
import type { PageCall } from '../sdk/event'
import type { Speaker } from './join'
import { partitionOf } from './network'
import type { Recorder } from './recorder'

type Sender = Browser.runtime.MessageSender & { documentId?: string; documentLifecycle?: string; origin?: string }
type Tab = Browser.tabs.Tab & { cookieStoreId?: string }

const isWeb = (url: string | undefined): url is string => url !== undefined && /^https?:/.test(url)

/**
 * Who speaks, by the browser's word. A frame without an address of its own (srcdoc, about:blank, sandboxed) belongs to its
 * origin's site, or to the page's.
 * @param isPrivate what the content script says of its window; counts where the browser names no tab
 */
function speakerOf(sender: Sender, isPrivate: boolean): Speaker {
  const tab: Tab | undefined = sender.tab
  const { url = '', origin } = sender
  const owner = [url, origin, tab?.url].find(isWeb) ?? ''
  return {
    tab: tab?.id ?? -1,
    frame: sender.frameId ?? 0,
    documentId: sender.documentId ?? null,
    url,
    site: siteOf(owner),
    partition: partitionOf(tab?.cookieStoreId, tab?.incognito ?? isPrivate),
    store: tab?.cookieStoreId ?? null,
    prerender: sender.documentLifecycle === 'prerender',
  }
}

/** Listens; to be called at top level, synchronously. */
export function listenToRelays(recorder: Recorder): void {
  browser.runtime.onConnect.addListener(port => {
    const isPrivate = port.name === PRIVATE_RELAY_PORT
    if ((!isPrivate && port.name !== RELAY_PORT) || !port.sender) return
    const relay = recorder.connect(speakerOf(port.sender, isPrivate), message => {
      try {
        port.postMessage(message)
      } catch {
        // Closed meanwhile; the relay comes again.
      }
    })
    port.onMessage.addListener(relay.heard)
    port.onDisconnect.addListener(() => {
      // Read, or the browser reports it as unchecked (a page that goes into the back-forward cache).
      void browser.runtime.lastError
      relay.closed()
    })
  })
}

/** Makes calls on the page's API, in one frame of a tab. */
export async function runOnPage(tab: number, frame: number, command: string, calls: PageCall[]): Promise<RunReply> {
  try {
    return await browser.tabs.sendMessage<unknown, RunReply>(tab, { kind: 'run', command, calls }, { frameId: frame })
  } catch {
    return {
      ok: false,
      error: 'Identity Lens is not in this page: it was open before the extension was. Reload the page.',
    }
  }
}
