import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Longest first: one that begins last would run alone at the end. Those that aren't named come after these. */
const LONGEST = ['matrix.chromium', 'panel', 'matrix.firefox', 'hostile', 'around']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex(name => moduleId.endsWith(`/${name}.e2e.test.ts`))
      return at < 0 ? LONGEST.length : at
    }
    return files.sort((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1))
  }
}

/**
 * End to end in real browsers. Two files at a time: most of what they do is waiting, and none may depend on how fast anything is. The
 * time limits only bound it.
 */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.test.ts'],
    // Minutes long, and run by name, `npx vitest run --config vitest.long.config.ts`: what the log survives, and the soak.
    exclude: ['e2e/survival.e2e.test.ts', 'e2e/soak.e2e.test.ts'],
    environment: 'node',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
