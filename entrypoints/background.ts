import { browser } from 'wxt/browser'
import { defineBackground } from 'wxt/utils/define-background'
import { buttonLook } from '../components/button'
import { speakIn } from '../components/words'
import { Badge } from '../utils/capture/badge'
import { answerDiagnosis } from '../utils/capture/diagnosis.browser'
import { watchHosts, watchNavigations, watchNetwork } from '../utils/capture/network.browser'
import { listenToPanels } from '../utils/capture/panels.browser'
import { Recorder } from '../utils/capture/recorder'
import { askPages, listenToRelays } from '../utils/capture/relays.browser'
import { readCookies, watchCookies } from '../utils/capture/stored.browser'
import { rulesExpect } from '../utils/identity/check-expected'
import { expectedOf } from '../utils/identity/check-file'
import { RULES } from '../utils/identity/rules/table'
import type { Sign } from '../utils/identity/sign'
import { openLog } from '../utils/log/log.browser'
import { siteOf } from '../utils/log/site'
import type { Unrecognised } from '../utils/messages'
import { expectedOn, languageOf, type Settings } from '../utils/settings'
import { readSettings, watchSettings } from '../utils/settings.browser'

const timing = {
  now: () => Date.now(),
  after: (ms: number, run: () => void) => {
    setTimeout(run, ms)
  },
}
const siteOfTab = async (tab: number): Promise<string> => siteOf((await browser.tabs.get(tab)).url ?? '')

const RULE_IDS = RULES.map(({ id }) => id)
/** What the rules go by, of each site of which something is expected. */
const expectedOfSites = (settings: Settings) =>
  new Map(
    [...new Set([settings.expected, settings.channels].flatMap(Object.keys))].map(site => {
      const { text, channel } = expectedOn(settings, site)
      return [site, rulesExpect(expectedOf(text, channel, RULE_IDS))]
    }),
  )

function showOnButton(tabId: number, sign: Sign | null): void {
  const { action } = browser
  const { text, colour, title } = buttonLook(sign)
  // A tab that was closed meanwhile.
  const quiet = (): void => {}
  action.setBadgeBackgroundColor({ tabId, color: colour }).catch(quiet)
  action.setBadgeTextColor({ tabId, color: '#fff' }).catch(quiet)
  action.setBadgeText({ tabId, text }).catch(quiet)
  action.setTitle({ tabId, title }).catch(quiet)
}

/** Every listener is added at once: a worker that wakes for an event gets it only if its listener is there by the end of this turn. */
export default defineBackground(() => {
  const { session } = browser.storage
  /** For the next worker of this browser session. Without room there it begins a little poorer; that is no reason to stop now. */
  const remember = (items: Record<string, unknown>): void => {
    session.set(items).catch(() => {})
  }
  const recorder = new Recorder({
    incognito: browser.extension.inIncognitoContext,
    ...timing,
    siteOfTab,
    cookies: readCookies,
    askPages,
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
  let badge: Badge | null = null
  /** The button speaks the panel's language. */
  let spoken: Promise<unknown> = Promise.resolve()
  const speak = ({ language }: Settings): void => {
    spoken = speakIn(languageOf(language, browser.i18n.getUILanguage()))
  }
  watchSettings(settings => {
    recorder.configure(settings)
    listenTo(settings.hosts)
    speak(settings)
    badge?.configure(settings, expectedOfSites(settings))
  })

  const begin = async () => {
    const [kept, { settings }] = await Promise.all([
      session.get(['session', 'seen', 'unrecognised', 'wakes']).catch((): Record<string, unknown> => ({})),
      readSettings(),
    ])
    listenTo(settings.hosts)
    // Chromium takes nothing back before the next page is there, and then the page says itself that it goes.
    if (import.meta.env.FIREFOX) watchNavigations(recorder)
    worker.wakes = (typeof kept.wakes === 'number' ? kept.wakes : 0) + 1
    // Tab ids come again after a restart of the browser; this id doesn't.
    const id = typeof kept.session === 'string' ? kept.session : crypto.randomUUID().slice(0, 8)
    remember({ wakes: worker.wakes, session: id })
    const opened = await log
    const { writer } = opened
    speak(settings)
    const show = (tab: number, sign: Sign | null): void => void spoken.then(() => showOnButton(tab, sign))
    const buttons = new Badge({ ...timing, siteOfTab, show }, opened.source, id, settings, expectedOfSites(settings))
    badge = buttons
    recorder.begin({
      session: id,
      settings,
      writer: {
        append: async build => {
          await writer.append(build)
          buttons.wake()
        },
        clear: (...what) => writer.clear(...what),
        deleteEverything: () => writer.deleteEverything(),
      },
      resume: await opened.resume(),
      // Only to find what began before this worker; whoever reads the log is told when it can't be read.
      newest: await opened.source.newest({}, 300).catch(() => []),
      seen: (kept.seen ?? {}) as Record<string, string>,
      unrecognised: (kept.unrecognised ?? []) as Unrecognised[],
    })
  }
  begin()
})
