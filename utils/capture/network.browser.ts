/** The network lane: hands on what webRequest reports of URLs that may concern the SDK. */
import { browser } from 'wxt/browser'
import { eventPath } from '../sdk/match'
import { hostPattern, isKnownHost, REQUEST_PATTERNS } from '../sdk/names'
import type { Details } from './network'
import type { Recorder } from './recorder'

/**
 * Listens to URLs by pattern; gives the way to stop. Without `extraHeaders` Chromium doesn't report the headers of answers that ORB,
 * CORP or CORS hide from the page, and they look like failures; Firefox reports them anyway and refuses the option.
 * @param wanted leaves out what another listener hears
 */
function listen(recorder: Recorder, urls: string[], wanted: (url: string) => boolean): () => void {
  const { webRequest } = browser
  const filter = { urls }
  const hand =
    (phase: Parameters<Recorder['network']>[0]) =>
    (details: unknown): undefined => {
      if (wanted((details as Details).url)) recorder.network(phase, details as Details)
    }
  const start = hand('start')
  const redirect = hand('redirect')
  const headers = hand('headers')
  const end = hand('end')
  const error = hand('error')
  const { EXTRA_HEADERS } = (webRequest as { OnHeadersReceivedOptions?: { EXTRA_HEADERS?: 'extraHeaders' } })
    .OnHeadersReceivedOptions ?? { EXTRA_HEADERS: undefined }
  type Options = Parameters<typeof webRequest.onHeadersReceived.addListener>[2]
  // In the order of a request's life: what woke the worker, Firefox hands out listener by listener.
  webRequest.onBeforeRequest.addListener(start, filter, ['requestBody'])
  webRequest.onBeforeRedirect.addListener(redirect, filter)
  webRequest.onHeadersReceived.addListener(headers, filter, (EXTRA_HEADERS ? [EXTRA_HEADERS] : []) as Options)
  webRequest.onCompleted.addListener(end, filter)
  webRequest.onErrorOccurred.addListener(error, filter)
  return () => {
    webRequest.onBeforeRequest.removeListener(start)
    webRequest.onBeforeRedirect.removeListener(redirect)
    webRequest.onCompleted.removeListener(end)
    webRequest.onErrorOccurred.removeListener(error)
    webRequest.onHeadersReceived.removeListener(headers)
  }
}

/** Listens for the SDK; to be called at top level, synchronously, so that a request wakes the worker. */
export function watchNetwork(recorder: Recorder): void {
  listen(recorder, [...REQUEST_PATTERNS], () => true)
}

/**
 * Tells when a frame is told to go elsewhere (see `Join.leave`). Not to be called at top level: a listener that is added later wakes no
 * worker, and what was under way has woken it.
 * https://developer.mozilla.org/en-US/docs/Mozilla/Add-ons/WebExtensions/Background_scripts
 */
export function watchNavigations(recorder: Recorder): void {
  browser.webRequest.onBeforeRequest.addListener(
    ({ tabId, frameId, timeStamp }): undefined => {
      recorder.leave(tabId, frameId, timeStamp)
    },
    { urls: ['<all_urls>'], types: ['main_frame', 'sub_frame'] },
  )
}

/**
 * Gives a function that listens to all of the hosts that the user names, and no longer to those that he no longer names. They are
 * known only once the settings are read: a request with a path of its own that wakes the worker can come before that and is
 * missed; one below an event's path is heard at once, by `watchNetwork`.
 */
export function watchHosts(recorder: Recorder): (hosts: readonly string[]) => void {
  const stops = new Map<string, () => void>()
  return hosts => {
    for (const [host, stop] of stops)
      if (!hosts.includes(host)) {
        stop()
        stops.delete(host)
      }
    for (const host of hosts) {
      if (stops.has(host) || isKnownHost(host)) continue
      try {
        stops.set(
          host,
          listen(recorder, [hostPattern(host)], url => eventPath(url) === null),
        )
      } catch {
        // A host that this browser takes for no pattern (Firefox, IPv6): its event paths are heard all the same.
      }
    }
  }
}
