import { browser } from 'wxt/browser'
import { defineBackground } from 'wxt/utils/define-background'
import { answerDiagnosis } from '../utils/capture/diagnosis.browser'
import { watchHosts, watchNetwork } from '../utils/capture/network.browser'
import { listenToPanels } from '../utils/capture/panels.browser'
import { Recorder } from '../utils/capture/recorder'
import { listenToRelays } from '../utils/capture/relays.browser'
import { readCookies, watchCookies } from '../utils/capture/stored.browser'
import { openLog } from '../utils/log/log.browser'
import { siteOf } from '../utils/log/site'
import type { Unrecognised } from '../utils/messages'
import { readSettings, watchSettings } from '../utils/settings.browser'

/** Every listener is added at once: a worker that wakes for an event gets it only if its listener is there by the end of this turn. */
export default defineBackground(() => {
  const { session } = browser.storage
  /** For the next worker of this browser session. Without room there it begins a little poorer; that is no reason to stop now. */
  const remember = (items: Record<string, unknown>): void => {
    session.set(items).catch(() => {})
  }
  const recorder = new Recorder({
    incognito: browser.extension.inIncognitoContext,
    now: () => Date.now(),
    after: (ms, run) => {
      setTimeout(run, ms)
    },
    siteOfTab: async tab => siteOf((await browser.tabs.get(tab)).url ?? ''),
    cookies: readCookies,
    keepSeen: seen => remember({ seen }),
    keepUnrecognised: unrecognised => remember({ unrecognised }),
  })

  const worker = { since: Date.now(), wakes: 1 }
  watchNetwork(recorder)
  const listenTo = watchHosts(recorder)
  watchCookies(recorder)
  listenToRelays(recorder)
  const log = openLog()
  listenToPanels(recorder, log, answerDiagnosis(recorder, worker))
  watchSettings(settings => {
    recorder.configure(settings)
    listenTo(settings.hosts)
  })
  browser.action.onClicked.addListener(({ id, index }) => {
    browser.tabs.create({ url: `/panel.html?tab=${id}`, index: index + 1, openerTabId: id })
  })

  const begin = async () => {
    const [kept, { settings }] = await Promise.all([
      session.get(['session', 'seen', 'unrecognised', 'wakes']).catch((): Record<string, unknown> => ({})),
      readSettings(),
    ])
    listenTo(settings.hosts)
    worker.wakes = (typeof kept.wakes === 'number' ? kept.wakes : 0) + 1
    // Tab ids come again after a restart of the browser; this id doesn't.
    const id = typeof kept.session === 'string' ? kept.session : crypto.randomUUID().slice(0, 8)
    remember({ wakes: worker.wakes, session: id })
    const opened = await log
    recorder.begin({
      session: id,
      settings,
      writer: opened.writer,
      resume: await opened.resume(),
      // Only to find what began before this worker; whoever reads the log is told when it can't be read.
      newest: await opened.source.newest({}, 300).catch(() => []),
      seen: (kept.seen ?? {}) as Record<string, string>,
      unrecognised: (kept.unrecognised ?? []) as Unrecognised[],
    })
  }
  begin()
})
