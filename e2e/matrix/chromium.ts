/** Chromium as a subject of the capture matrix; with browsers of their own for the cells that would disturb the others. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { builtExtension } from '../../demo/build'
import type { DemoServer } from '../../demo/server'
import { writeBlocker } from '../drive/blocker'
import type { CdpBrowser, Session, TargetInfo } from '../drive/cdp'
import { type Chromium, launch, launchUnwatched } from '../drive/chromium'
import { holds } from '../drive/disk'
import { type Asker, readEvents, readPages } from '../drive/log'
import { Others, WatchedTab } from './others'
import type { Apart, Subject, Tab } from './run'

const PATIENCE_MS = 60_000
const isPage = ({ type }: TargetInfo): boolean => type === 'page'

/**
 * Resolves when the extension's worker is there and its log is open: it hears of requests only once it ran for the first time.
 * @param asker a page of the extension, which may be still on its way
 */
async function greet(asker: Asker): Promise<void> {
  const until = Date.now() + PATIENCE_MS
  const ask = `chrome.tabs.getCurrent().then(({ id }) => chrome.runtime.sendMessage({ kind: 'hello', tab: id })).then(Boolean)`
  while (!(await asker.evaluate<boolean>(ask).catch(() => false))) {
    if (Date.now() > until) throw new Error(`the worker said nothing within ${PATIENCE_MS} ms`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** A new tab as Playwright has it. */
async function newTab(context: BrowserContext): Promise<WatchedTab<Page>> {
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', message => said.push(message.text()))
  page.on('pageerror', error => said.push(String(error)))
  return new WatchedTab(page, said)
}

/** A tab of which the driver knows only what CDP says. */
class CdpTab implements Tab {
  constructor(
    private readonly cdp: CdpBrowser,
    private readonly targetId: string,
    private readonly session: Session,
  ) {}

  async goto(url: string): Promise<void> {
    await this.session.send('Page.enable')
    const loaded = new Promise<void>(resolve => {
      const stop = this.session.on('Page.loadEventFired', () => {
        stop()
        resolve()
      })
    })
    await this.session.send('Page.navigate', { url })
    await loaded
  }

  evaluate<T>(expression: string): Promise<T> {
    return this.session.evaluate<T>(expression)
  }

  async close(): Promise<void> {
    await this.cdp.root.send('Target.closeTarget', { targetId: this.targetId })
  }
}

/** What is read from the log of a browser, through a page of the extension that is opened when there is none. */
const readings = (reader: () => Promise<Asker>): Pick<Subject, 'events' | 'pages'> => ({
  events: async ec => readEvents(await reader(), ec),
  pages: async () => readPages(await reader()),
})

/** A page of the extension in which the log can be read, made anew when the extension was away. */
class Reader {
  #page: Page | null = null

  constructor(
    private readonly context: BrowserContext,
    private readonly own: string,
  ) {}

  async get(): Promise<Page> {
    if (this.#page) return this.#page
    const page = await this.context.newPage()
    await page.goto(`${this.own}/manifest.json`)
    await greet(page)
    this.#page = page
    return page
  }

  /** Before the extension goes, and takes its pages away. */
  async close(): Promise<void> {
    await this.#page?.close()
    this.#page = null
  }
}

/** A browser whose extension can be taken away, updated, and let into private windows; beside it an ad blocker. */
async function guestOf(server: DemoServer): Promise<{ guest: Subject; inPrivate: Subject; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'identity-lens-guest-'))
  const [extension, blocker] = [join(folder, 'extension'), join(folder, 'blocker')]
  cpSync(builtExtension('chrome'), extension, { recursive: true })
  writeBlocker(blocker, 'chrome')
  const chromium = await launch({ server, extension, others: [blocker] })
  const { context, cdp, extensionId: id, profile } = chromium
  const own = `chrome-extension://${id}`
  const reader = new Reader(context, own)
  const settings = await context.newPage()
  await settings.goto('chrome://extensions')
  const set = (what: string) => settings.evaluate(`chrome.developerPrivate.${what}`)
  await set('updateProfileConfiguration({ inDeveloperMode: true })')
  await set(`updateExtensionConfiguration({ extensionId: '${id}', incognitoAccess: true })`)

  const enable = (is: boolean) => settings.evaluate(`chrome.management.setEnabled('${id}', ${is})`)
  let version = 0
  const guest: Subject = {
    name: 'Chromium',
    server,
    async open() {
      await reader.get()
      return newTab(context)
    },
    ...readings(() => reader.get()),
    stopWorker: () => chromium.stopWorker(),
    async offline(tab) {
      if (!(tab instanceof WatchedTab)) throw new Error('not a tab of this browser')
      // Of this tab alone: for the whole browser each open page would have to answer.
      const session = await context.newCDPSession(tab.page)
      await session.send('Network.enable')
      const none = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
      await session.send('Network.emulateNetworkConditions', { offline: true, ...none })
      return () => session.detach()
    },
    async without(run) {
      await reader.close()
      await enable(false)
      await run()
      await enable(true)
      await reader.get()
    },
    async update() {
      const file = join(extension, 'manifest.json')
      const manifest = JSON.parse(readFileSync(file, 'utf8'))
      writeFileSync(file, JSON.stringify({ ...manifest, version: `9.${++version}` }))
      await reader.close()
      await set(`reload('${id}')`)
      await reader.get()
    },
    panel(tab) {
      if (!(tab instanceof WatchedTab)) throw new Error('not a tab of this browser')
      return chromium.openPanelTab(tab.page)
    },
    onDisk: text => Promise.resolve(holds(profile, text)),
  }

  let windows = 0
  const openPrivate = async (url: string, fits: (target: TargetInfo) => boolean): Promise<[string, Session]> => {
    const page = await reader.get()
    await page.evaluate(`chrome.windows.create({ incognito: true, url: '${url}' })`)
    const { targetId } = await cdp.target(target => isPage(target) && fits(target), url, PATIENCE_MS)
    return [targetId, await cdp.attach(targetId)]
  }
  const contextOf = (targetId: string) => cdp.targets.find(target => target.targetId === targetId)?.browserContextId
  let privateReader: Promise<Session> | null = null
  const inPrivate: Subject = {
    name: 'Chromium',
    server,
    async open() {
      const url = `http://shop.test/private-window-${++windows}`
      server.serve(`/private-window-${windows}`, '<!doctype html><link rel="icon" href="data:,">')
      const [targetId, session] = await openPrivate(url, target => target.url === url)
      privateReader ??= openPrivate(
        `${own}/manifest.json`,
        target => target.url === `${own}/manifest.json` && target.browserContextId === contextOf(targetId),
      ).then(async ([, session]) => {
        await greet(session)
        return session
      })
      await privateReader
      return new CdpTab(cdp, targetId, session)
    },
    ...readings(() => privateReader ?? Promise.reject(new Error('no private window was opened'))),
    stopWorker: () => Promise.reject(new Error('not tried in a private window')),
    onDisk: guest.onDisk,
    outside: guest,
  }
  return {
    guest,
    inPrivate,
    async close() {
      await chromium.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A browser that the driver only opens tabs in. */
async function unwatchedOf(server: DemoServer): Promise<{ subject: Subject; close(): Promise<void> }> {
  const browser = await launchUnwatched({ server, extension: builtExtension('chrome') })
  const { cdp, extensionId } = browser
  const closeTarget = (targetId: string) => cdp.root.send('Target.closeTarget', { targetId })
  const openReader = async (): Promise<[string, Session]> => {
    // A page that isn't shown would not take over the prerendered one.
    const targetId = await browser.open(`chrome-extension://${extensionId}/manifest.json`, true)
    const session = await cdp.attach(targetId)
    await greet(session)
    return [targetId, session]
  }
  // Only until the worker has begun.
  const [first] = await openReader()
  await closeTarget(first)
  let reader: Promise<[string, Session]> | null = null
  const subject: Subject = {
    name: 'Chromium',
    server,
    async open() {
      let targetId: string | null = null
      return {
        async goto(url) {
          if (targetId) await closeTarget(targetId)
          targetId = await browser.open(url)
        },
        evaluate: () => Promise.reject(new Error('nobody is there to ask this tab')),
        close: async () => {},
      }
    },
    ...readings(async () => {
      reader ??= openReader()
      return (await reader)[1]
    }),
    stopWorker: () => Promise.reject(new Error('it stops by itself')),
    idle: () => browser.workerStopped(120_000),
  }
  return { subject, close: () => browser.close() }
}

/** The browser of all cells, and the others when they are asked for; `close` ends them all. */
export async function chromiumOf(server: DemoServer): Promise<{ subject: Subject; close(): Promise<void> }> {
  const chromium: Chromium = await launch({
    server,
    extension: builtExtension('chrome'),
    without: ['--disable-back-forward-cache'],
  })
  const reader = new Reader(chromium.context, `chrome-extension://${chromium.extensionId}`)
  let guests: ReturnType<typeof guestOf> | null = null
  const others = new Others()
  const apart = async (kind: Apart): Promise<Subject> => {
    if (kind === 'unwatched') return (await others.keep(unwatchedOf(server))).subject
    guests ??= others.keep(guestOf(server))
    const { guest, inPrivate } = await guests
    return kind === 'guest' ? guest : inPrivate
  }
  return {
    subject: {
      name: 'Chromium',
      server,
      async open() {
        await reader.get()
        return newTab(chromium.context)
      },
      ...readings(() => reader.get()),
      stopWorker: () => chromium.stopWorker(),
      apart,
    },
    async close() {
      await others.close()
      await chromium.close()
    },
  }
}
