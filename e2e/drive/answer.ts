import { onTestFinished } from 'vitest'
import type { DemoServer } from '../../demo/server'

/** `server.answer` until the test is over, however it ends, or until the returned function is called: another test must not meet its rules. */
export function answerInTest(server: DemoServer, ...rule: Parameters<DemoServer['answer']>): () => void {
  const stop = server.answer(...rule)
  onTestFinished(stop)
  return stop
}
