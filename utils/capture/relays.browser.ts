/** The worker's end of all relays, and the way from the panel to the page. */
import { type Browser, browser } from 'wxt/browser'
import { siteOf } from '../log/site'
import { PRIVATE_RELAY_PORT, RELAY_PORT, type RunCommand, type RunReply } from '../messages'
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

/** What both browsers say when a message finds nobody; that nobody replied to it is no such error. */
export const isNobody = (error: unknown): boolean => /receiving end/i.test(String(error))

/** ms after which a tab that is still loading is asked again. */
const AGAIN = 300

/**
 * What an attempt to reach a tab's relay gives; null: it found nobody. As long as the tab loads it is tried again: a relay listens when
 * its page is shown, or a moment after the page began.
 */
export async function reach<T>(tab: number, attempt: () => Promise<T | null>): Promise<T | null> {
  for (;;) {
    const shown = await browser.tabs.get(tab).catch(() => null)
    const found = await attempt()
    if (found !== null || shown?.status !== 'loading') return found
    await new Promise(done => setTimeout(done, AGAIN))
  }
}

const NOT_THERE: RunReply = {
  ok: false,
  error: 'Identity Lens is not in this page: it was open before the extension was. Reload the page.',
}

/** Makes calls on the page's API, in one frame of a tab. */
export async function runOnPage(tab: number, frame: number, command: string, calls: PageCall[]): Promise<RunReply> {
  const run: RunCommand = { kind: 'run', command, calls }
  const reply = await reach(tab, async () => {
    try {
      return await browser.tabs.sendMessage<unknown, RunReply>(tab, run, { frameId: frame })
    } catch (error) {
      // A page that went away may have made the calls: the next one must not make them again.
      return isNobody(error) ? null : NOT_THERE
    }
  })
  return reply ?? NOT_THERE
}
