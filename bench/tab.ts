/** A browser of one subject with one tab, which nothing watches: what a driver asks to be told of each request would be in what is measured. */
import type { DemoServer } from '../demo/server'
import type { Session } from '../e2e/drive/cdp'
import { launchUnwatched } from '../e2e/drive/chromium'
import type { Subject } from './subjects'

const PATIENCE_MS = 60_000

export interface Tab {
  session: Session

  close(): Promise<void>
}

export async function openTab({ adapter, folder }: Subject, server: DemoServer): Promise<Tab> {
  const browser = await launchUnwatched({
    server,
    ...(folder && { extension: folder }),
    ...(adapter.hosts && { hosts: adapter.hosts }),
  })
  const { targetId } = await browser.cdp.target(({ type }) => type === 'page', 'a tab', PATIENCE_MS)
  const session = await browser.cdp.attach(targetId)
  await session.send('Page.enable')
  return { session, close: () => browser.close() }
}

/** Resolves when the page has loaded. */
export async function goto(session: Session, url: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const loaded = new Promise<void>((resolve, reject) => {
    const end = session.on('Page.loadEventFired', () => {
      end()
      resolve()
    })
    timer = setTimeout(() => reject(new Error(`${url} did not load within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  try {
    const { errorText } = await session.send<{ errorText?: string }>('Page.navigate', { url })
    if (errorText) throw new Error(`${url}: ${errorText}`)
    await loaded
  } finally {
    clearTimeout(timer)
  }
}
