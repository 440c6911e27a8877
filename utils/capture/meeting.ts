/**
 * Where the two halves of a request meet: what the page asked for, and what the browser's network reports. Same document, URL and kind,
 * k-th with k-th.
 */
import type { Transport } from '../sdk/event'

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
  transport: Transport
  url: string
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

/** The network lane names the parent or opener of an empty document instead of it; what is left to both is the site. */
const looseKey = (half: Half, { site, transport, url }: Meet) =>
  `${half} site ${site} ${kindOf(transport)} ${urlKey(url)}`

const isEmpty = ({ page }: Meet) => !/^https?:/.test(page)

export class Meeting<T> {
  readonly #lists = new Map<string, T[]>()
  readonly #waiting = new Map<T, { keys: string[]; at: number }>()

  /** This half waits for the other. */
  wait(half: Half, meet: Meet, one: T, at: number): void {
    const keys = [exactKey(half, meet)]
    if (half === 'network' || isEmpty(meet)) keys.push(looseKey(half, meet))
    for (const key of keys) {
      const list = this.#lists.get(key)
      if (list) list.push(one)
      else this.#lists.set(key, [one])
    }
    this.#waiting.set(one, { keys, at })
  }

  /** The first that waits for this half, which waits no more; null if there is none. */
  meet(half: Half, meet: Meet): T | null {
    const other: Half = half === 'page' ? 'network' : 'page'
    const found =
      this.#lists.get(exactKey(other, meet))?.[0] ??
      (half === 'page' ? this.#lists.get(exactKey(other, { ...meet, where: meet.frame }))?.[0] : undefined) ??
      (half === 'network' || isEmpty(meet) ? this.#lists.get(looseKey(other, meet))?.[0] : undefined)
    if (found === undefined) return null
    this.leave(found)
    return found
  }

  leave(one: T): void {
    for (const key of this.#waiting.get(one)?.keys ?? []) {
      const list = this.#lists.get(key)
      const i = list?.indexOf(one) ?? -1
      if (list && i >= 0) list.splice(i, 1)
      if (list?.length === 0) this.#lists.delete(key)
    }
    this.#waiting.delete(one)
  }

  /** Those that began to wait before this time wait no more. */
  giveUp(before: number): void {
    for (const [one, { at }] of this.#waiting) {
      if (at >= before) return
      this.leave(one)
    }
  }

  all(): Iterable<T> {
    return this.#waiting.keys()
  }
}
