/** How capture fares in a tab: asked of the browser and of the tab's relays, each time anew. */
import { type Browser, browser } from 'wxt/browser'
import { siteKey } from '../identity/documents'
import { siteOf } from '../log/site'
import { canBeWatched } from '../log/watchable'
import { type Attachment, type Diagnosis, type FrameState, isFrameReport } from '../messages'
import { SDK_ORIGINS } from '../sdk/names'
import { partitionOf } from './network'
import type { Recorder } from './recorder'
import { isNobody, toRelays } from './relays.browser'

/** ms that frames have to answer; a page that is busy for longer is reported as silent. */
const PATIENCE = 600

async function permitted(origin: string, more: { permissions?: ['cookies'] } = {}): Promise<boolean> {
  try {
    return await browser.permissions.contains({ origins: [origin], ...more })
  } catch {
    // A host that this browser takes for no pattern (Firefox, IPv6).
    return false
  }
}

/** What the extension may see of a page ('' for one that it can't see), as the browser says just now. */
export async function permissionsFor(url: string): Promise<Diagnosis['permissions']> {
  const isWeb = /^https?:/.test(url)
  const [all, page, sdk, cookies] = await Promise.all([
    permitted('<all_urls>'),
    isWeb ? permitted(`${new URL(url).protocol}//${new URL(url).hostname}/*`) : null,
    permitted(SDK_ORIGINS),
    // The SDK's cookies are the whole site's: who may see one host of it may not read them.
    isWeb ? permitted(`*://${siteOf(url) || new URL(url).hostname}/*`, { permissions: ['cookies'] }) : null,
  ])
  return { all, page, sdk, cookies }
}

/** Asks every relay of a tab, or that of its page alone; resolves when all of them have answered, or when patience ends. */
type Ask = (tab: number, alone?: boolean) => Promise<Pick<Diagnosis, 'frames' | 'reached' | 'count'>>

function listenToFrames(): Ask {
  const asks = new Map<string, (state: FrameState) => void>()
  browser.runtime.onMessage.addListener((message: unknown, sender: Browser.runtime.MessageSender) => {
    if (!isFrameReport(message)) return
    const { frameId = 0, url = '' } = sender
    asks.get(message.ask)?.({ ...message, frame: frameId, url: url.slice(0, 2048) })
  })
  return (tab, alone = false) =>
    new Promise(resolve => {
      const ask = crypto.randomUUID()
      const frames = new Map<number, FrameState>()
      let count: number | null = null
      let reached = true
      const end = () => {
        if (!asks.delete(ask)) return
        clearTimeout(timer)
        resolve({ frames: [...frames.values()].sort((a, b) => a.frame - b.frame), reached, count })
      }
      asks.set(ask, state => {
        frames.set(state.frame, state)
        if (state.top) count = state.below + 1
        if (alone || (count !== null && frames.size >= count)) end()
      })
      const timer = setTimeout(end, PATIENCE)
      toRelays(tab, { kind: 'look', ask }, alone ? 0 : undefined).catch(error => {
        // One of before an update is deaf, and Chromium puts none into tabs that are open.
        if (!isNobody(error)) return
        reached = false
        end()
      })
    })
}

/**
 * Gives the answers to a panel's `diagnose` and `attached`. Listens; to be called at top level, synchronously.
 * @param worker since when it is awake, and how often it woke in this session of the browser
 */
export function answerDiagnosis(
  recorder: Recorder,
  worker: { since: number; wakes: number },
): { diagnose(tab: number): Promise<Diagnosis>; attached(tab: number): Promise<Attachment | null> } {
  const askFrames = listenToFrames()
  const attached = async (tab: number): Promise<Attachment | null> => {
    const shown = await browser.tabs.get(tab).catch(() => null)
    if (!canBeWatched(shown?.url ?? '')) return null
    const { frames, reached } = await askFrames(tab, true)
    if (!reached) return 'none'
    const [page] = frames
    return page ? (page.late ? 'late' : 'whole') : null
  }
  const diagnose = async (tab: number): Promise<Diagnosis> => {
    const [shown, frames] = await Promise.all([browser.tabs.get(tab).catch(() => null), askFrames(tab)])
    const url = shown?.url ?? ''
    const { cookieStoreId } = (shown ?? {}) as { cookieStoreId?: string }
    const partition = partitionOf(cookieStoreId, shown?.incognito)
    return {
      at: Date.now(),
      version: browser.runtime.getManifest().version,
      worker: { ...worker, begun: recorder.begun },
      tab: { open: shown !== null, url, loading: shown?.status === 'loading' },
      partition,
      permissions: await permissionsFor(url),
      ...frames,
      unrecognised: recorder.unrecognised(tab, siteKey({ partition, site: siteOf(url) })),
    }
  }
  return { diagnose, attached }
}
