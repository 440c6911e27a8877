/** More events than the log may keep: none is lost or doubled while the oldest are evicted. `npm run soak` does the same with 200,000. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtExtension } from '../demo/build'
import { type DemoServer, startServer } from '../demo/server'
import { type Chromium, launch } from './drive/chromium'
import { readLog } from './drive/log'
import { soak } from './soak/run'

let server: DemoServer
let chromium: Chromium
beforeAll(async () => {
  server = await startServer()
  chromium = await launch({ server, extension: builtExtension('chrome') })
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})

test('five thousand events where a thousand are kept', async () => {
  const panel = await chromium.openPanelTab()
  await panel.show('settings')
  await panel.fill('input[name="retention-events"]', '1000')
  await panel.press('Enter')
  const kept = () =>
    panel.evaluate(async () => {
      type Settings = { settings?: { retention: { events: number } } }
      type Storage = { storage: { local: { get(name: string): Promise<Settings> } } }
      return (await (globalThis as unknown as { chrome: Storage }).chrome.storage.local.get('settings')).settings
        ?.retention
    })
  await expect.poll(kept, { timeout: 30_000 }).toMatchObject({ events: 1_000 })
  const result = await soak({ server, chromium, events: 5_000, step: 1_000, perPage: 250, retention: 1_000 })
  console.log(result.steps.map(({ events, heap, kept }) => `${events}: ${heap.toFixed(2)} MB, ${kept} kept`).join('; '))
  expect(result).toMatchObject({ lost: [], doubled: [], unfinished: [] })

  // What they said of them went with the evicted, and only with them.
  const reader = await chromium.context.newPage()
  await reader.goto(`chrome-extension://${chromium.extensionId}/manifest.json`)
  const chunks = (await readLog(reader)).flatMap(entry =>
    entry.kind === 'event' ? entry.payload.map(([chunk]) => chunk) : [],
  )
  const stored = await reader.evaluate(
    () =>
      new Promise<number[]>((resolve, reject) => {
        const opening = indexedDB.open('identity-lens')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const reading = opening.result.transaction('payloads').objectStore('payloads').getAllKeys()
          reading.onsuccess = () => {
            opening.result.close()
            resolve((reading.result as [chunk: number, first: number][]).map(([chunk]) => chunk))
          }
        }
      }),
  )
  expect(Math.min(...stored)).toBe(Math.min(...chunks))
  expect(chunks.filter(chunk => !stored.includes(chunk))).toEqual([])
})
