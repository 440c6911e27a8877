import type { Thread } from './thread'

let begin = (): Thread =>
  new Worker(new URL('./exchange.worker.ts', import.meta.url), { type: 'module' }) as unknown as Thread

/** A thread of its own for one file. */
export const beginThread = (): Thread => begin()
/** For where there are no threads. */
export const threadsFrom = (other: () => Thread): void => {
  begin = other
}
