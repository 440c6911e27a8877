/** Firefox as a subject of the capture matrix; with another one for the cells that would disturb the others. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { builtExtension } from '../../demo/build'
import type { DemoServer } from '../../demo/server'
import { writeBlocker } from '../drive/blocker'
import { holds } from '../drive/disk'
import { type Firefox, launchFirefox } from '../drive/firefox'
import { type Asker, eventsIn, readEvents, readPages, readPrivateLog } from '../drive/log'
import { Others, WatchedTab } from './others'
import type { Apart, Subject } from './run'

/** A tab as Puppeteer has it. */
function watched(page: Page): WatchedTab<Page> {
  const said: string[] = []
  page.on('console', message => said.push(message.text()))
  page.on('pageerror', error => said.push(String(error)))
  return new WatchedTab(page, said)
}

/** A page of the extension in which the log can be read, opened anew when the extension was away. */
class Reader implements Asker {
  #page: Page | null = null

  constructor(private readonly firefox: Firefox) {}

  async evaluate<T>(expression: string): Promise<T> {
    this.#page ??= await this.firefox.openOwn('manifest.json')
    return (await this.#page.evaluate(expression)) as T
  }

  /** Before the extension goes, and takes its pages away. */
  async close(): Promise<void> {
    await this.#page?.close()
    this.#page = null
  }
}

const subjectOf = (firefox: Firefox, server: DemoServer, reader: Asker): Subject => ({
  name: 'Firefox',
  server,
  open: async () => watched(await firefox.newTab()),
  events: ec => readEvents(reader, ec),
  pages: () => readPages(reader),
  stopWorker: () => firefox.stopWorker(),
})

/** A browser whose background page is stopped soon when it has nothing to do. */
async function sleeperOf(server: DemoServer): Promise<{ subject: Subject; close(): Promise<void> }> {
  const firefox = await launchFirefox({
    server,
    extension: builtExtension('firefox'),
    prefs: { 'extensions.background.idle.timeout': 2_000 },
  })
  const subject: Subject = {
    ...subjectOf(firefox, server, new Reader(firefox)),
    async idle() {
      const until = Date.now() + 60_000
      while (await firefox.isWorkerRunning()) {
        if (Date.now() > until) throw new Error('the background page never stopped by itself')
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    },
  }
  return { subject, close: () => firefox.close() }
}

/** A browser whose extension comes, goes and is updated, beside one that blocks. */
async function guestOf(server: DemoServer): Promise<{ guest: Subject; inPrivate: Subject; close(): Promise<void> }> {
  const extension = builtExtension('firefox')
  const firefox = await launchFirefox({
    server,
    extension,
  })
  const blocker = mkdtempSync(join(tmpdir(), 'identity-lens-blocker-'))
  writeBlocker(blocker, 'firefox')
  await firefox.browser.installExtension(blocker)
  const reader = new Reader(firefox)
  const onDisk = (text: string) => Promise.resolve(holds(firefox.profile, text))
  const guest: Subject = {
    ...subjectOf(firefox, server, reader),
    async offline() {
      await firefox.setOffline(true)
      return () => firefox.setOffline(false)
    },
    async without(run) {
      await reader.close()
      await firefox.enable(false)
      await run()
      await firefox.enable(true)
    },
    async update() {
      await reader.close()
      await firefox.install(extension)
    },
    panel(tab) {
      if (!(tab instanceof WatchedTab)) throw new Error('not a tab of this browser')
      return firefox.openPanelTab(tab.page)
    },
    onDisk,
  }
  let windows = 0
  const inPrivate: Subject = {
    ...guest,
    async open() {
      server.serve(`/private-window-${++windows}`, '<!doctype html><link rel="icon" href="data:,">')
      return watched(await firefox.openPrivate(`http://shop.test/private-window-${windows}`))
    },
    events: async ec => eventsIn(await readPrivateLog(reader), ec),
    outside: guest,
  }
  return {
    guest,
    inPrivate,
    async close() {
      await firefox.close()
      rmSync(blocker, { recursive: true, force: true })
    },
  }
}

/** The browser of all cells, and the others when they are asked for; `close` ends them all. */
export async function firefoxOf(server: DemoServer): Promise<{ subject: Subject; close(): Promise<void> }> {
  const firefox = await launchFirefox({
    server,
    extension: builtExtension('firefox'),
    // Not led to the demo server: what is asked of it meets the machine's own network, where it isn't known.
    // Popups need no click.
    prefs: { 'network.proxy.no_proxies_on': 'nowhere.invalid', 'dom.disable_open_during_load': false },
  })
  const others = new Others()
  let guests: ReturnType<typeof guestOf> | null = null
  const apart = async (kind: Apart): Promise<Subject> => {
    if (kind === 'unwatched') return (await others.keep(sleeperOf(server))).subject
    guests ??= others.keep(guestOf(server))
    const { guest, inPrivate } = await guests
    return kind === 'private' ? inPrivate : guest
  }
  return {
    subject: { ...subjectOf(firefox, server, new Reader(firefox)), apart },
    async close() {
      await others.close()
      await firefox.close()
    },
  }
}
