/** Long work in steps. */

interface Scheduler {
  postTask?(task: () => void): Promise<void>
}

/**
 * Resolves in a task of its own, after keys, frames and messages that wait. At the usual priority: at the lowest a browser may leave it for
 * ever, on a busy machine or in a tab that nobody sees, and timers are held back there.
 */
export const breath = (): Promise<void> =>
  new Promise(resolve => {
    const { scheduler } = globalThis as { scheduler?: Scheduler }
    if (scheduler?.postTask) void scheduler.postTask(resolve)
    else setTimeout(resolve)
  })

/** ms of work between two breaths. */
const SLICE = 12

/**
 * Does work bit by bit, so that the page can draw and answer in between.
 * @param steps each `next` does a little: well below a millisecond at best
 * @param goOn asked after each breath; false: nobody waits for it any more
 * @returns whether it was done to its end
 */
export async function inSlices(steps: Iterator<unknown>, goOn: () => boolean = () => true): Promise<boolean> {
  for (;;) {
    const until = performance.now() + SLICE
    while (performance.now() < until) if (steps.next().done) return true
    await breath()
    if (!goOn()) return false
  }
}
