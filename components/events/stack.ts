/** What a call's stack says: its frames with their places, and which tag manager ran it. */

export interface StackFrame {
  /** The line up to the place, and what follows it. */
  before: string
  /** null: the line names no place that could be opened. */
  place: { url: string; line: number; column: number } | null
  after: string
}

const PLACE = /((?:https?|file|webpack|webpack-internal|blob):[^\s()]*?):(\d+):(\d+)/

export const framesOf = (stack: string): StackFrame[] =>
  stack
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .map(line => {
      const found = PLACE.exec(line)
      if (!found) return { before: line, place: null, after: '' }
      const [whole, url = '', row, column] = found
      return {
        before: line.slice(0, found.index),
        place: { url, line: Number(row), column: Number(column) },
        after: line.slice(found.index + whole.length),
      }
    })

/** Google's tag managers load a container by its id, also through a host of the site's own. */
const CONTAINER = /[?&]id=((?:GTM|GT|G|AW|DC)-[A-Z0-9]{4,16})(?=[&#]|$)/

/** It reads the page's `dataLayer`, or what the page calls it. */
const LAYER = /[?&]l=([^&#]+)/

/**
 * The tag manager's container in whose code the call was made: of the nearest frame that names one. null: none is named.
 * `layer`: the global that it reads.
 */
export function containerOf(stack: string): { id: string; url: string; layer: string } | null {
  for (const { place } of framesOf(stack)) {
    const [, id] = CONTAINER.exec(place?.url ?? '') ?? []
    if (place && id) return { id, url: place.url, layer: LAYER.exec(place.url)?.[1] ?? 'dataLayer' }
  }
  return null
}
