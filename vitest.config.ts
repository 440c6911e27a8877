import { availableParallelism } from 'node:os'
import preact from '@preact/preset-vite'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [preact()],
  test: {
    include: [
      'utils/**/*.test.{ts,tsx}',
      'components/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    environment: 'node',
    // A process for each file takes half as long again.
    pool: 'threads',
    // Of two cores, too, both.
    maxWorkers: availableParallelism(),
    // The end of a test is what it waits for, never the clock: this only bounds it on a machine that does other things besides.
    testTimeout: 60_000,
    setupFiles: ['components/fixtures/words.ts'],
  },
})
