/** The capture matrix in a real Firefox. */
import { afterAll, beforeAll } from 'vitest'
import { builtExtension } from '../demo/build'
import { startServer } from '../demo/server'
import { type Firefox, launchFirefox } from './drive/firefox'
import { readEvents, readPages } from './drive/log'
import { runMatrix, type Subject } from './matrix/run'

let firefox: Firefox
let subject: Subject
beforeAll(async () => {
  const server = await startServer()
  firefox = await launchFirefox({
    server,
    extension: builtExtension('firefox'),
    // Not led to the demo server: what is asked of it meets the machine's own network, where it isn't known.
    prefs: { 'network.proxy.no_proxies_on': 'nowhere.invalid' },
  })
  /** A page of the extension, to read the log from. */
  const reader = await firefox.openOwn('manifest.json')
  const asker = { evaluate: <T>(expression: string) => reader.evaluate(expression) as Promise<T> }
  subject = {
    name: 'Firefox',
    server,
    async open() {
      const page = await firefox.browser.newPage()
      return {
        goto: url => page.goto(url),
        evaluate: <T>(expression: string) => page.evaluate(expression) as Promise<T>,
        close: () => page.close(),
      }
    },
    events: ec => readEvents(asker, ec),
    pages: () => readPages(asker),
    stopWorker: () => firefox.stopWorker(),
  }
})
afterAll(async () => {
  await firefox?.close()
  await subject?.server.close()
})

runMatrix('Firefox', () => subject)
