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

/** ms after which a page that is never idle is made to go on. */
const PATIENCE = 150

/**
 * Resolves when the page has nothing else to do, or after a little while all the same: for work that nobody waits for. A page that
 * nobody sees is hardly ever called idle, and needs no such care.
 */
export const idle = (): Promise<void> => {
  const { document, requestIdleCallback: whenIdle } = globalThis as Partial<typeof globalThis>
  if (!whenIdle || document?.visibilityState === 'hidden') return breath()
  return new Promise(resolve => {
    whenIdle(() => resolve(), { timeout: PATIENCE })
  })
}

/** Resolves when what was drawn last is on the screen; where nothing is drawn, as in a page that nobody sees, after a little while. */
export const painted = (): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, PATIENCE)
    // Of the second frame: the first one draws it.
    globalThis.requestAnimationFrame?.(() => requestAnimationFrame(() => resolve()))
  })

/** ms of work between two breaths. */
const SLICE = 12

/**
 * Does work bit by bit, so that the page can draw and answer in between.
 * @param steps each `next` does a little: well below a millisecond at best
 * @param goOn asked after each breath; false: nobody waits for it any more
 * @param pause waited for between two pieces
 * @returns whether it was done to its end
 */
export async function inSlices(
  steps: Iterator<unknown>,
  goOn: () => boolean = () => true,
  pause: () => Promise<void> = breath,
): Promise<boolean> {
  for (;;) {
    const until = performance.now() + SLICE
    while (performance.now() < until) if (steps.next().done) return true
    await pause()
    if (!goOn()) return false
  }
}
