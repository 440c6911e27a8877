import { defineConfig } from 'vitest/config'

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
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
