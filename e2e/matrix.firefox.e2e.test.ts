/** The capture matrix in a real Firefox. */
import { afterAll, beforeAll } from 'vitest'
import { startServer } from '../demo/server'
import { firefoxOf } from './matrix/firefox'
import { runMatrix } from './matrix/run'

let made: Awaited<ReturnType<typeof firefoxOf>>
beforeAll(async () => {
  made = await firefoxOf(await startServer())
})
afterAll(async () => {
  await made?.close()
  await made?.subject.server.close()
})

runMatrix('Firefox', () => made.subject)
