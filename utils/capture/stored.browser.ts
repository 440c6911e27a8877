/** The SDK's cookies: all of them when a document begins, and each change. */
import { browser } from 'wxt/browser'
import type { Place } from '../identity/entry'
import { siteOf } from '../log/site'
import { isSdkCookie } from '../sdk/names'
import type { Speaker } from './join'
import { partitionOf } from './network'
import type { Recorder, StoredFact } from './recorder'

const VALUE_CAP = 4_096

/** Cookies of the SDK that a document's requests carry. Rejects without permission for its site. */
export async function readCookies({ url, store }: Speaker, place: Place): Promise<StoredFact[]> {
  const cookies = await browser.cookies.getAll({ url, ...(store ? { storeId: store } : {}) })
  return cookies
    .filter(({ name }) => isSdkCookie(name))
    .map(({ name, value, domain }) => ({
      at: Date.now(),
      place,
      where: 'cookie',
      owner: domain,
      name,
      value: value.slice(0, VALUE_CAP),
      cause: 'seen',
    }))
}

/** A page that has the cookie. */
const urlOf = ({ domain }: { domain: string }): string => `https://${domain.replace(/^\./, '')}/`

/**
 * Set in a frame within another site, and kept for that pair alone: no page of the site itself has it.
 * https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/API/cookies#storage_partitioning
 */
function isOfFrame(cookie: { domain: string }): boolean {
  const { partitionKey } = cookie as { partitionKey?: { topLevelSite?: string } | null }
  const within = partitionKey?.topLevelSite
  return within ? siteOf(within) !== siteOf(urlOf(cookie)) : false
}

/** Listens; to be called at top level, synchronously. */
export function watchCookies(recorder: Recorder): void {
  browser.cookies.onChanged.addListener(({ cookie, removed, cause }) => {
    // `overwrite` is the first half of a change; the second follows at once.
    if (cause === 'overwrite' || !isSdkCookie(cookie.name)) return
    const { domain, name, value, storeId } = cookie
    if (isOfFrame(cookie)) return
    const fact = {
      at: Date.now(),
      owner: domain,
      name,
      value: removed ? null : value.slice(0, VALUE_CAP),
      // A page takes a cookie away by writing it with a date that is over: `expired_overwrite`.
      cause: !removed ? 'set' : cause === 'explicit' || cause === 'expired_overwrite' ? 'removed' : 'expired',
    } as const
    const partition = partitionOf(storeId, browser.extension.inIncognitoContext)
    recorder.cookie(fact, urlOf(cookie), partition)
  })
}
