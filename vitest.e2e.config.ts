import { defineConfig } from 'vitest/config'

/** End to end in real browsers: one file at a time, so that two browsers never compete for the machine. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 150_000,
    hookTimeout: 150_000,
  },
})
