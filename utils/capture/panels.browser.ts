/** The worker's answers to panels. Data never travels here: panel and worker meet in the log. */
import { browser } from 'wxt/browser'
import { isPrivate } from '../identity/entry'
import type { OpenLog } from '../log/dexie'
import { siteOf } from '../log/site'
import { type Diagnosis, type Hello, isPanelAsk, isPermitted, type PanelAsk } from '../messages'
import { framesWithoutHook } from './deaf'
import { type answerDiagnosis, permissionsFor } from './diagnosis.browser'
import { lookOnPage, makeFresh, readKept } from './kept.browser'
import { partitionOf } from './network'
import type { Recorder } from './recorder'
import { runOnPage } from './relays.browser'

/** Listens; to be called at top level, synchronously. */
export function listenToPanels(
  recorder: Recorder,
  log: Promise<OpenLog>,
  { diagnose, attached }: ReturnType<typeof answerDiagnosis>,
): void {
  const hello = async (tab: number): Promise<Hello> => {
    const lookAt = async () => {
      // A tab that was closed meanwhile.
      const shown = await browser.tabs.get(tab).catch(() => null)
      const url = shown?.url ?? ''
      return { shown, url, permitted: isPermitted(await permissionsFor(url)) }
    }
    // Beside the log's opening: a panel that opens waits for this.
    const [opened, { shown, url, permitted }, key] = await Promise.all([log, lookAt(), recorder.tabKey(tab)])
    const { cookieStoreId } = (shown ?? {}) as { cookieStoreId?: string }
    const partition = partitionOf(cookieStoreId, shown?.incognito)
    // Firefox keeps what it sees of private windows off the disk.
    const store = import.meta.env.FIREFOX && isPrivate(partition) ? 'session' : opened.store()
    return { tab: key, partition, site: siteOf(url), url, store, permitted }
  }

  const answer = async (ask: PanelAsk): Promise<unknown> => {
    switch (ask.kind) {
      case 'hello':
        return hello(ask.tab)
      case 'attached':
        return attached(ask.tab)
      case 'run':
        return runOnPage(ask.tab, ask.frame, ask.command, ask.calls)
      case 'mark': {
        const [key, shown] = await Promise.all([recorder.tabKey(ask.tab), browser.tabs.get(ask.tab).catch(() => null)])
        return recorder.mark(ask, key, siteOf(shown?.url ?? ''))
      }
      case 'diagnose': {
        // First: only a worker that has begun knows how often it woke.
        const key = await recorder.tabKey(ask.tab)
        const found = await diagnose(ask.tab)
        recorder.deaf(key, framesWithoutHook(found))
        return found
      }
      case 'on-page':
        return lookOnPage(ask.tab)
      case 'kept':
        return readKept(ask.tab)
      case 'fresh':
        return makeFresh(ask.tab, ask.site)
      case 'clear':
        return recorder.clear(await recorder.tabKey(ask.tab), ask.partition)
      case 'undo-clear':
        return recorder.undoClear(await recorder.tabKey(ask.tab))
      case 'open-log':
        await browser.tabs.create({ url: `/panel.html?log=${ask.log}` })
        return true
      case 'delete-everything':
        return recorder.deleteEverything()
    }
  }

  browser.runtime.onMessage.addListener((message: unknown, sender: { url?: string }) => {
    // A content script could be a page's puppet; only pages of this extension may ask.
    if (isPanelAsk(message) && sender.url?.startsWith(browser.runtime.getURL('/'))) return answer(message)
  })
}
