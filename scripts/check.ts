/** `npm run check`: everything that can be said of the code without running it. */
import { importFaults } from './imports'
import { runSteps, type Step } from './run-steps'

export const CHECKS: Step[] = [
  { name: 'types', run: ['npx', 'tsc', '--noEmit', '-p', '.'] },
  { name: 'lint and format', run: ['npx', 'biome', 'check', '.'] },
  { name: 'dead code', run: ['npx', 'knip'] },
  { name: 'import direction', run: importFaults },
]

if (process.argv[1]?.endsWith('check.ts')) {
  const failed = await runSteps(CHECKS)
  if (failed.length > 0) {
    console.error(`\nfailed: ${failed.join(', ')}`)
    process.exit(1)
  }
}
