/** Which frames of a tab have no hook, so that what they call can't be seen. */
import type { Place } from '../identity/entry'
import { siteOf } from '../log/site'
import type { Diagnosis } from '../messages'

/**
 * Frames whose relay found no hook; and the page itself, when it is loaded and has no relay at all: it was open before the extension was. A
 * frame that did not answer in time is none of them, since it may only be busy; on a busy machine a page takes seconds to get its relay.
 */
export function framesWithoutHook({
  frames,
  reached,
  tab,
  partition,
}: Pick<Diagnosis, 'frames' | 'reached' | 'tab' | 'partition'>): Pick<Place, 'frame' | 'url' | 'site' | 'partition'>[] {
  const page = siteOf(tab.url)
  const itself = tab.loading ? [] : [{ frame: 0, url: tab.url.slice(0, 2048) }]
  const deaf = reached ? frames.filter(({ hook }) => !hook) : itself
  // What has no address of its own (srcdoc) belongs to the page.
  return deaf.flatMap(({ frame, url }) => {
    const site = siteOf(url) || page
    return site === '' ? [] : [{ frame, url, site, partition }]
  })
}
