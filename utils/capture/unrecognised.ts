/**
 * Requests that look like the SDK's and are not taken for events: counted, a line for each tab, host and path, so that somebody who
 * misses events can see where they go. Nothing of what they carry is kept, and nothing of them that may name a person.
 */
import { siteKey } from '../identity/documents'
import { isNoTab, type Place } from '../identity/entry'
import type { Unrecognised } from '../messages'
import type { Body } from '../sdk/event'
import { lackingShape } from '../sdk/match'
import { keep } from './keep'

/** Lines that are kept; beyond them the one that was quiet longest goes. */
const KEPT = 60
const SEGMENTS = 6

/** A part of a path that could be an id, a name or a number of somebody. */
const isTelling = (segment: string): boolean =>
  segment.length > 24 || /\d.*\d.*\d|[^\w.-]|^[\da-f-]{8,}$/i.test(segment)

/** `/v1/users/8801/event` → `/v1/users/…/event`: a path without what could be an id. */
export function plainPath(path: string): string {
  const segments = path.split('/')
  const kept = segments.map(segment => (isTelling(segment) ? '…' : segment))
  return kept.length <= SEGMENTS ? kept.join('/') : [...kept.slice(0, 2), '…', ...kept.slice(-2)].join('/')
}

/** Service workers of all sites are of one tab, which is none. */
const keyOf = ({ tab, site, host, path }: Pick<Unrecognised, 'tab' | 'site' | 'host' | 'path'>): string =>
  `${isNoTab(tab) ? site : tab} ${host} ${path}`

export class UnrecognisedRequests {
  /** The one seen last comes last. */
  readonly #lines = new Map<string, Unrecognised>()

  constructor(kept: readonly Unrecognised[] = []) {
    for (const line of kept) this.#put(line)
  }

  #put(line: Unrecognised) {
    keep(this.#lines, keyOf(line), line, KEPT)
  }

  /**
   * One more of them.
   * @param own traffic of the SDK that is no event
   */
  note({ tab, site, partition }: Place, url: string, body: Body, own: boolean, at: number): void {
    if (!URL.canParse(url)) return
    const { hostname: host, pathname, search } = new URL(url)
    const path = plainPath(pathname)
    const text = 'text' in body ? body.text : null
    const line = { tab, site: siteKey({ partition, site }), host, path }
    const before = this.#lines.get(keyOf(line))
    this.#put({
      ...line,
      count: (before?.count ?? 0) + 1,
      at,
      why: own ? 'own' : body.state === 'unreadable' ? 'unreadable' : 'shape',
      lacks: own ? [] : lackingShape(search, text),
    })
  }

  /** Those of a tab, and of the service workers of its site (`<partition>|<site>`); the most frequent first. */
  of(tab: string, site: string): Unrecognised[] {
    return this.all
      .filter(line => line.tab === tab || (isNoTab(line.tab) && line.site === site))
      .sort((a, b) => b.count - a.count)
  }

  get all(): Unrecognised[] {
    return [...this.#lines.values()]
  }

  /** Forgets those of a tab; of all: null. */
  clear(tab: string | null): void {
    for (const [key, line] of this.#lines) if (tab === null || line.tab === tab) this.#lines.delete(key)
  }
}
