/** What a tag manager heard of the page last: as a rule that is what set off the tag that runs. Runs inside the page. */
import { isArray, textOf, valueOf } from './natives'

/** Name of the last event in a `dataLayer`, among the newest entries; '' if there is none. Read by descriptors: no getter is asked. */
export const lastEvent = (layer: unknown): string => {
  try {
    if (isArray(layer))
      for (let i = 1; i < 30; i++) {
        const event = textOf(valueOf(valueOf(layer, (valueOf(layer, 'length') as number) - i), 'event'))
        if (event) return event
      }
  } catch {}
  return ''
}
