import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface Step {
  name: string
  /** A command line without shell syntax, or a function that returns what is wrong (empty: nothing). */
  run: string[] | (() => string[] | Promise<string[]>)
}

/** Runs a command in the project's root with its output passed on; resolves with whether it exited 0. */
const succeeds = ([command = '', ...args]: string[]): Promise<boolean> =>
  new Promise(resolve => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' })
    child.on('error', error => {
      console.error(error.message)
      resolve(false)
    })
    child.on('exit', code => resolve(code === 0))
  })

/** Runs the steps in order, all of them also after a failure, and gives the names of those that failed. */
export async function runSteps(steps: Step[]): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of steps) {
    console.log(`\n── ${name}`)
    let ok: boolean
    if (Array.isArray(run)) ok = await succeeds(run)
    else {
      const wrong = await run()
      for (const line of wrong) console.error(`  ${line}`)
      ok = wrong.length === 0
    }
    if (!ok) failed.push(name)
    console.log(ok ? `   ${name}: ok` : `   ${name}: FAILED`)
  }
  return failed
}
