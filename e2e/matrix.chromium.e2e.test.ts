/** The capture matrix in real Chromium. */
import { afterAll, beforeAll } from 'vitest'
import { startServer } from '../demo/server'
import { chromiumOf } from './matrix/chromium'
import { runMatrix } from './matrix/run'

let made: Awaited<ReturnType<typeof chromiumOf>>
beforeAll(async () => {
  made = await chromiumOf(await startServer())
})
afterAll(async () => {
  await made?.close()
  await made?.subject.server.close()
})

runMatrix('Chromium', () => made.subject)
