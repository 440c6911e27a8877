/**
 * `npm test`: types, lint, unit, build, sizes, end to end in real browsers. Runs everything, also after a failure,
 * and ends with one line that sums it up.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHECKS } from './check'
import { runSteps, type Step } from './run-steps'
import { sizeFaults } from './sizes'

const out = mkdtempSync(join(tmpdir(), 'identity-lens-test-'))
const suites = ['unit', 'e2e'] as const
const report = (suite: string): string => join(out, `${suite}.json`)
const vitest = (suite: (typeof suites)[number], config: string): Step => ({
  name: suite === 'unit' ? 'unit tests' : 'end to end, in real browsers',
  run: [
    'npx',
    'vitest',
    'run',
    '--config',
    config,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report(suite)}`,
  ],
})

const steps: Step[] = [
  ...CHECKS,
  vitest('unit', 'vitest.config.ts'),
  { name: 'build for Chrome', run: ['npx', 'wxt', 'build', '-b', 'chrome', '--mv3'] },
  { name: 'build for Firefox', run: ['npx', 'wxt', 'build', '-b', 'firefox', '--mv3'] },
  { name: 'sizes', run: sizeFaults },
  vitest('e2e', 'vitest.e2e.config.ts'),
]
const failed = await runSteps(steps)

/** Tests count one by one, other steps as one each. A suite that wrote no report counts as one failure. */
let passed =
  steps.length - suites.length - failed.filter(name => !name.startsWith('unit') && !name.startsWith('end')).length
let broken = steps.length - suites.length - passed
for (const suite of suites) {
  try {
    const { numPassedTests, numFailedTests, success } = JSON.parse(readFileSync(report(suite), 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
      success: boolean
    }
    passed += numPassedTests
    // A file that can't be loaded fails the suite without a failed test.
    broken += success ? 0 : Math.max(1, numFailedTests)
  } catch {
    broken += 1
  }
}
rmSync(out, { recursive: true, force: true })
if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`)
console.log(`\n${passed} passed, ${broken} failed`)
process.exit(failed.length > 0 || broken > 0 ? 1 : 0)
