import { mergeConfig } from 'vitest/config'
import e2e from './vitest.e2e.config'

/** What is run by name: capture's older stories, in real Chromium. */
const config = mergeConfig(e2e, {})
config.test = { ...config.test, include: ['e2e/capture.e2e.test.ts'], exclude: [] }
export default config
