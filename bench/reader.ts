import type { Page } from 'playwright-core'
import type { Chromium } from '../e2e/drive/chromium'

/** A page of the extension in which nothing of it runs, but its database can be read. */
export async function readerOf(chromium: Chromium): Promise<Page> {
  const reader = await chromium.context.newPage()
  await reader.goto(`chrome-extension://${chromium.extensionId}/manifest.json`)
  return reader
}
