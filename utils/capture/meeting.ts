/**
 * Where the two halves of a request meet: what the page asked for, and what the browser's network reports. Same document, URL and kind,
 * k-th with k-th.
 */
import { isPrivate } from '../identity/entry'
import type { Body, Transport } from '../sdk/event'

export type Half = 'page' | 'network'

/** What the halves of a request have in common. */
export interface Meet {
  /** The document, as both lanes know it. */
  where: string
  /** Tab and frame: all that Firefox's network lane knows of who asks for a fetch with `keepalive`. */
  frame: string
  /** URL of the document: a frame's or popup's first empty one (about:blank) speaks through the page that made it. */
  page: string
  site: string
  partition: string
  /**
   * The network lane names neither tab nor document: what a page asked for and the browser took up only when the page was gone, what
   * a worker asks for in a page's name.
   */
  isNobodys: boolean
  /** The page's lane names no tab: it spoke as its tab closed (Firefox). */
  isHomeless: boolean
  transport: Transport
  url: string
  /** As far as this half knows it. */
  body: Body
}

/** Scheme (a policy may upgrade it) and fragment (never sent) don't tell requests apart. */
export const urlKey = (url: string): string => {
  const fragment = url.indexOf('#')
  return url.slice(url.indexOf(':') + 1, fragment < 0 ? undefined : fragment)
}

/** Nobody but the hook can tell XHR from fetch. */
export const kindOf = (transport: Transport): Transport => (transport === 'xhr' ? 'fetch' : transport)

const exactKey = (half: Half, { where, transport, url }: Pick<Meet, 'where' | 'transport' | 'url'>) =>
  `${half} ${where} ${kindOf(transport)} ${urlKey(url)}`

/** The network lane names the parent or opener of an empty document instead of it, and a closed tab nobody; what is left to both is the site. */
const looseKey = (half: Half, { site, partition, transport, url }: Meet) =>
  `${half} site ${isPrivate(partition)} ${site} ${kindOf(transport)} ${urlKey(url)}`

/** What is left of a page that is gone. */
const nobodysKey = (half: Half, { site, partition, transport, url }: Meet) =>
  `${half} nobody ${partition} ${site} ${kindOf(transport)} ${urlKey(url)}`

/**
 * A service worker that passes on what its page asks for (`respondWith(fetch(event.request))`) fetches it, whatever the page asked for it by: the browser
 * lists that fetch, and nothing of the page's own.
 */
const passedOnKey = (half: Half, meet: Meet) => nobodysKey(half, { ...meet, transport: 'fetch' })

/** As it goes over the wire: half a letter becomes a mark. */
const sent = (text: string): string => new TextDecoder().decode(new TextEncoder().encode(text))

/**
 * Requests of one URL may be told apart by their bodies, where both halves have read them: after a stop of the worker one may lack the
 * half of another. Only JSON: a form the network lane has read already, and writes it in its own way.
 */
export const isOther = (a: Body, b: Body): boolean =>
  a.state === 'text' &&
  b.state === 'text' &&
  a.text !== b.text &&
  /^[[{]/.test(a.text) &&
  /^[[{]/.test(b.text) &&
  sent(a.text) !== sent(b.text)

const isLoose = ({ page, isHomeless }: Meet) => isHomeless || !/^https?:/.test(page)

/** ms by which the network's clock may be behind the page's. */
const SKEW = 2_000
/** ms in which the network lane tells of a request that the page asked for, however busy it is. */
export const LISTING = 10_000
/**
 * ms after which a half that found no partner is given up. A browser under load takes up what a page asked for very late, and a page
 * that is busy, in one task, tells only at its end what it asked for meanwhile.
 */
const PATIENCE = 10 * 60_000
/** Halves of each lane that may wait at once. */
const MOST = 20_000

export class Meeting<T> {
  readonly #lists = new Map<string, T[]>()
  /** By lane; oldest first. */
  readonly #waiting: Record<Half, Map<T, { keys: string[]; at: number; body: Body }>> = {
    page: new Map(),
    network: new Map(),
  }

  /** This half, of this time, waits for the other. */
  wait(half: Half, meet: Meet, one: T, at: number): void {
    const keys = [exactKey(half, meet)]
    if (half === 'page' && meet.where !== meet.frame) keys.push(exactKey(half, { ...meet, where: meet.frame }))
    if (half === 'network' || isLoose(meet)) keys.push(looseKey(half, meet))
    if (half === 'page' || meet.isNobodys) keys.push(nobodysKey(half, meet))
    if (half === 'page' && kindOf(meet.transport) !== 'fetch') keys.push(passedOnKey(half, meet))
    for (const key of keys) {
      const list = this.#lists.get(key)
      if (list) list.push(one)
      else this.#lists.set(key, [one])
    }
    const waiting = this.#waiting[half]
    waiting.set(one, { keys, at, body: meet.body })
    if (waiting.size <= MOST) return
    // A good part of them at once: one at a time, each would be looked for behind all that went before it.
    let over = MOST / 20
    for (const oldest of waiting.keys()) {
      this.leave(oldest)
      if (--over === 0) return
    }
  }

  /** The first that waits for this half, of this time, and can be its other one; it waits no more. null if there is none. */
  meet(half: Half, meet: Meet, at: number): T | null {
    const other: Half = half === 'page' ? 'network' : 'page'
    const found =
      this.#find(other, exactKey(other, meet), meet, at) ??
      (half === 'page' ? this.#find(other, exactKey(other, { ...meet, where: meet.frame }), meet, at) : null) ??
      (half === 'network' || isLoose(meet) ? this.#find(other, looseKey(other, meet), meet, at) : null) ??
      (half === 'page' || meet.isNobodys ? this.#find(other, nobodysKey(other, meet), meet, at) : null) ??
      (half === 'page' ? this.#find(other, passedOnKey(other, meet), meet, at) : null)
    if (found !== null) this.leave(found)
    return found
  }

  #find(other: Half, key: string, { body }: Meet, at: number): T | null {
    const list = this.#lists.get(key)
    if (!list) return null
    const first = (since: number): T | null =>
      list.find(one => {
        const half = this.#waiting[other].get(one)
        return half && half.at >= since && !isOther(half.body, body)
      }) ?? null
    // Nothing goes out before it is asked for.
    if (other === 'network') return first(at - SKEW)
    // What is overdue most likely never goes out: the browser had the answer, or had no room.
    return first(at - LISTING) ?? first(Number.NEGATIVE_INFINITY)
  }

  leave(one: T): void {
    for (const waiting of Object.values(this.#waiting)) {
      for (const key of waiting.get(one)?.keys ?? []) {
        const list = this.#lists.get(key)
        const i = list?.indexOf(one) ?? -1
        if (list && i >= 0) list.splice(i, 1)
        if (list?.length === 0) this.#lists.delete(key)
      }
      waiting.delete(one)
    }
  }

  /** Those that waited too long wait no more. */
  giveUp(now: number): void {
    for (const half of ['page', 'network'] as const)
      for (const [one, { at }] of this.#waiting[half]) {
        if (at >= now - PATIENCE) break
        this.leave(one)
      }
  }

  *all(): Iterable<T> {
    yield* this.#waiting.page.keys()
    yield* this.#waiting.network.keys()
  }
}
