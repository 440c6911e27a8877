/** The network lane: hands on what webRequest reports of URLs that may concern the SDK. */
import { browser } from 'wxt/browser'
import { REQUEST_PATTERNS } from '../sdk/names'
import type { Details } from './network'
import type { Recorder } from './recorder'

/**
 * Listens; to be called at top level, synchronously, so that a request wakes the worker. Without `extraHeaders` Chromium doesn't
 * report the headers of answers that ORB, CORP or CORS hide from the page, and they look like failures; Firefox reports
 * them anyway and refuses the option.
 */
export function watchNetwork(recorder: Recorder): void {
  const { webRequest } = browser
  const filter = { urls: [...REQUEST_PATTERNS] }
  const hand =
    (phase: Parameters<Recorder['network']>[0]) =>
    (details: unknown): undefined => {
      recorder.network(phase, details as Details)
    }
  webRequest.onBeforeRequest.addListener(hand('start'), filter, ['requestBody'])
  webRequest.onBeforeRedirect.addListener(hand('redirect'), filter)
  webRequest.onCompleted.addListener(hand('end'), filter)
  webRequest.onErrorOccurred.addListener(hand('error'), filter)
  const headers = hand('headers')
  const { EXTRA_HEADERS } = (webRequest as { OnHeadersReceivedOptions?: { EXTRA_HEADERS?: 'extraHeaders' } })
    .OnHeadersReceivedOptions ?? { EXTRA_HEADERS: undefined }
  type Options = Parameters<typeof webRequest.onHeadersReceived.addListener>[2]
  webRequest.onHeadersReceived.addListener(headers, filter, (EXTRA_HEADERS ? [EXTRA_HEADERS] : []) as Options)
}
