/** What must go on while no check is shown: the badge of a run that fails, and the search for frames that nobody can see into. */
import { diagnose, panel, setOverall } from '../store'
import { runOf } from './run'

/** ms between two looks at the frames while something comes; and until a frame without hook is looked at again, to be sure of it. */
const EVERY = 3_000
const AGAIN = 1_500

let watching = false
/** Goes on for as long as the panel is open. */
export function watchRun(): void {
  if (watching) return
  watching = true
  let due = false
  let looked = 0
  let seen = -1
  const lookAtFrames = async (): Promise<void> => {
    looked = Date.now()
    await diagnose()
    const { diagnosis } = panel.getState()
    if (diagnosis && (!diagnosis.reached || diagnosis.frames.some(({ hook }) => !hook))) setTimeout(diagnose, AGAIN)
  }
  const look = (): void => {
    due = false
    const state = panel.getState()
    const run = runOf(state)
    setOverall(run?.overall ?? null)
    if (!run || run.trail.stop !== null || state.version === seen || Date.now() - looked < EVERY) return
    seen = state.version
    void lookAtFrames()
  }
  panel.subscribe(() => {
    if (due) return
    due = true
    // Safari and tests have no idle time; a frame's is as good.
    ;(globalThis.requestIdleCallback ?? requestAnimationFrame)(look)
  })
}
