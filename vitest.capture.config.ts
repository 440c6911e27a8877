import { mergeConfig } from 'vitest/config'
import e2e from './vitest.e2e.config'

/** The capture matrix in real Chromium, on its own. */
const config = mergeConfig(e2e, {})
config.test = { ...config.test, include: ['e2e/capture.e2e.test.ts'], exclude: [] }
export default config
