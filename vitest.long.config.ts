import { mergeConfig } from 'vitest/config'
import e2e from './vitest.e2e.config'

/** What takes minutes, in real Chromium: what the log survives, and the soak. */
const config = mergeConfig(e2e, {})
config.test = { ...config.test, include: config.test?.exclude, exclude: [] }
export default config
