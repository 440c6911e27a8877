/** Stores whose code most panels never need. */
import { whyOf } from '../why'
import type { EventSource } from './source'

/** A store that comes when it is first asked for something. While its code can't be had, it holds nothing, and who watches is told why. */
export function laterSource(store: EventSource['store'], load: () => Promise<EventSource>): EventSource {
  let coming: Promise<EventSource> | null = null
  const loaded = (): Promise<EventSource> => {
    coming ??= load().catch(error => {
      coming = null
      throw error
    })
    return coming
  }
  return {
    store,
    newest: async (...asked) => (await loaded()).newest(...asked),
    range: async (...asked) => (await loaded()).range(...asked),
    payload: async refs => (await loaded()).payload(refs),
    watch: (scope, on, fail, signal, options) => {
      loaded().then(
        source => source.watch(scope, on, fail, signal, options),
        (error: unknown) => fail(`The log can't be read: ${whyOf(error)}`),
      )
    },
  }
}
