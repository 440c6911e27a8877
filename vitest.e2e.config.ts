import { defineConfig } from 'vitest/config'

/** End to end in real browsers: one file at a time, so that two browsers never compete for the machine. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.test.ts'],
    // Run by name, `npx vitest run --config vitest.capture.config.ts`: the one is not understood in every cell, the other takes minutes.
    exclude: ['e2e/capture.e2e.test.ts', 'e2e/survival.e2e.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 150_000,
    hookTimeout: 150_000,
  },
})
