/** The worker's end of all relays, and the way from the panel to the page. */
import { type Browser, browser } from 'wxt/browser'
import { siteOf } from '../log/site'
import { PRIVATE_RELAY_PORT, RELAY_PORT, type RelayCommand, type RunReply } from '../messages'
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

/**
 * Relays hear no messages before their page is shown, unless the SDK spoke; in a page that was opened anew by script (`document.open()`), as
 * frames often are, not even then. So who asks wakes them (`main` in entrypoints/relay.ts). Resolves when they are awake, as far as the
 * browser lets us.
 * @param frame that of this frame alone
 */
async function wakeRelays(tab: number, frame?: number): Promise<void> {
  const target = frame === undefined ? { tabId: tab, allFrames: true } : { tabId: tab, frameIds: [frame] }
  const func = () => {
    const { relay } = globalThis as { relay?: () => void }
    // In a page without ours an element may be called so.
    if (typeof relay === 'function') relay()
  }
  // A page of the browser, or one that goes away.
  await browser.scripting.executeScript({ target, injectImmediately: true, func }).catch(() => {})
}

/** What a tab shows; nothing, when it is closed. */
const shownIn = (tab: number): Promise<{ url: string; loading: boolean }> =>
  browser.tabs.get(tab).then(
    ({ url = '', status }) => ({ url, loading: status === 'loading' }),
    () => ({ url: '', loading: false }),
  )

/** ms that waking may take, and after which a page that is still loading is asked again: it may not have its relay yet. */
const AGAIN = 100
/** ms after which it has none, however long it loads. */
const ENOUGH = 2_000
const pause = () => new Promise(done => setTimeout(done, AGAIN))

/**
 * What a message to the relays of a tab's page gives; of several replies the first. Rejects if nobody hears it; the next page is not meant.
 * @param frame to that of this frame alone
 */
export async function toRelays<T>(tab: number, message: RelayCommand, frame?: number): Promise<T> {
  const meant = await shownIn(tab)
  const until = Date.now() + ENOUGH
  for (;;) {
    // A frame that never comes would be waited for.
    await Promise.race([wakeRelays(tab, frame), pause()])
    try {
      const options = frame === undefined ? {} : { frameId: frame }
      return await browser.tabs.sendMessage<RelayCommand, T>(tab, message, options)
    } catch (error) {
      const { url, loading } = await shownIn(tab)
      if (!isNobody(error) || url !== meant.url || !(meant.loading || loading) || Date.now() > until) throw error
      await pause()
    }
  }
}

/** Asks the relays of a tab, of all tabs (null), to tell again what their pages have. Those that never spoke of the SDK sleep on. */
export async function askPages(tab: number | null): Promise<void> {
  const tabs = tab === null ? (await browser.tabs.query({})).flatMap(({ id }) => id ?? []) : [tab]
  const command: RelayCommand = { kind: 'tell' }
  // Most have nobody who hears it.
  for (const id of tabs) browser.tabs.sendMessage(id, command).catch(() => {})
}

/** Makes calls on the page's API, in one frame of a tab. */
export async function runOnPage(tab: number, frame: number, command: string, calls: PageCall[]): Promise<RunReply> {
  try {
    const reply = await toRelays<RunReply | null>(tab, { kind: 'run', command, calls }, frame)
    if (reply) return reply
  } catch {
    // Also when a page went away that may have made the calls: the next one must not make them again.
  }
  return {
    ok: false,
    error: 'Identity Lens is not in this page: it was open before the extension was. Reload the page.',
  }
}
