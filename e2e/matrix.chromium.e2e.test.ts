/** The capture matrix in real Chromium. */
import { afterAll, beforeAll } from 'vitest'
import { builtExtension } from '../demo/build'
import { startServer } from '../demo/server'
import { type Chromium, launch } from './drive/chromium'
import { readEvents, readPages } from './drive/log'
import { runMatrix, type Subject } from './matrix/run'

let chromium: Chromium
let subject: Subject
beforeAll(async () => {
  const server = await startServer()
  chromium = await launch({
    server,
    extension: builtExtension('chrome'),
    devtools: false,
    without: ['--disable-back-forward-cache'],
  })
  /** A page of the extension, to read the log from. */
  const reader = await chromium.context.newPage()
  await reader.goto(`chrome-extension://${chromium.extensionId}/manifest.json`)
  subject = {
    name: 'Chromium',
    server,
    open: () => chromium.context.newPage(),
    events: ec => readEvents(reader, ec),
    pages: () => readPages(reader),
    stopWorker: () => chromium.stopWorker(),
  }
})
afterAll(async () => {
  await chromium?.close()
  await subject?.server.close()
})

runMatrix('Chromium', () => subject)
