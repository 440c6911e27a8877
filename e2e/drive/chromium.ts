/**
 * Starts a real Chromium with the extension, leads the SDK vendor's hosts and the shop's to the demo server, and opens the panel in
 * the real DevTools. Everything that it started ends with `close()`. Ports are the browser's choice, so runs can be side by side.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { findBrowser } from '../../scripts/find-browser.mjs'
import { CdpBrowser, type Session, type TargetInfo } from './cdp'
import { PAINTED, Panel, type Surface } from './panel'

export interface LaunchOptions {
  /** Where the hosts below lead. */
  server: { port: number }
  /** Folder of an unpacked extension; none: a plain browser. */
  extension?: string
  /** Folders of further unpacked extensions. */
  others?: readonly string[]
  /** Default true. */
  headless?: boolean
  /** DevTools open with every tab; else with those whose panel is asked for. Default false. */
  devtools?: boolean
  /** More hosts that lead to the server. */
  hosts?: readonly string[]
  /** Default false: no host but those of the server can be reached, so that a test never leaves the machine. */
  online?: boolean
  /** Write a HAR of all requests, without the answers' bodies, to this file at `close()`. */
  har?: string
  args?: readonly string[]
  /** Arguments of the driver's own to leave out. */
  without?: readonly string[]
}

/** Lead to the demo server always. */
const SERVED = ['*.cdp.asia', '*.antsomi.com', '*.test']
/** A machine that does other things too may need many times the usual 3 s to open DevTools. */
const PATIENCE_MS = 60_000
const WINDOW = { width: 1280, height: 800 }
const LEGACY = 'devtools://devtools/bundled/ui/legacy/legacy.js'

const isRunning = (pid: number): boolean => {
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * An unpacked extension's id: the SHA-256 of its key, or else of its path, with the digits 0–f written as a–p.
 * https://developer.chrome.com/docs/extensions/reference/manifest/key
 */
const extensionId = (folder: string): string => {
  const { key } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { key?: string }
  const path = Buffer.from(folder, process.platform === 'win32' ? 'utf16le' : 'utf8')
  const digest = createHash('sha256')
    .update(key ? Buffer.from(key, 'base64') : path)
    .digest('hex')
  return digest.slice(0, 32).replace(/./g, digit => String.fromCharCode(97 + Number.parseInt(digit, 16)))
}

const KEYS: Record<string, { code: string; number: number; text?: string }> = {
  Enter: { code: 'Enter', number: 13, text: '\r' },
  Escape: { code: 'Escape', number: 27 },
  Tab: { code: 'Tab', number: 9 },
  Backspace: { code: 'Backspace', number: 8 },
  Delete: { code: 'Delete', number: 46 },
  Home: { code: 'Home', number: 36 },
  End: { code: 'End', number: 35 },
  ArrowLeft: { code: 'ArrowLeft', number: 37 },
  ArrowUp: { code: 'ArrowUp', number: 38 },
  ArrowRight: { code: 'ArrowRight', number: 39 },
  ArrowDown: { code: 'ArrowDown', number: 40 },
  PageUp: { code: 'PageUp', number: 33 },
  PageDown: { code: 'PageDown', number: 34 },
  F3: { code: 'F3', number: 114 },
  ' ': { code: 'Space', number: 32, text: ' ' },
}
const MODIFIERS: Record<string, number> = { Alt: 1, Control: 2, Meta: 4, Shift: 8 }

/** The panel's page over CDP. `frontend`: DevTools' own page around a real panel; null for the panel as a tab. */
class CdpSurface implements Surface {
  readonly #page: Session
  readonly #frontend: Session | null
  /** What its page believes of the user's system. */
  readonly #media = new Map<string, string>()

  constructor(page: Session, frontend: Session | null) {
    this.#page = page
    this.#frontend = frontend
  }

  evaluate<T>(expression: string): Promise<T> {
    return this.#page.evaluate<T>(expression)
  }

  async click(x: number, y: number, button: 'left' | 'right'): Promise<void> {
    const click = { x, y, button, clickCount: 1 }
    await this.#page.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...click })
    await this.#page.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...click })
  }

  async hover(x: number, y: number): Promise<void> {
    await this.#page.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y })
  }

  async type(text: string): Promise<void> {
    await this.#page.send('Input.insertText', { text })
  }

  async press(key: string, names: readonly string[]): Promise<void> {
    const modifiers = names.reduce((sum, name) => sum | (MODIFIERS[name] ?? 0), 0)
    const letter = { code: `Key${key.toUpperCase()}`, number: key.toUpperCase().charCodeAt(0), text: key }
    const digit = { ...letter, code: `Digit${key}` }
    const { code, number, text } = KEYS[key] ?? (/[a-z]/i.test(key) ? letter : digit)
    const event = { key, code, windowsVirtualKeyCode: number, modifiers }
    // With a modifier other than Shift a key writes nothing.
    const written = modifiers & ~8 ? undefined : text
    await this.#page.send('Input.dispatchKeyEvent', {
      type: written ? 'keyDown' : 'rawKeyDown',
      ...event,
      text: written,
    })
    await this.#page.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
  }

  async #emulate(name: string, value: string): Promise<void> {
    this.#media.set(name, value)
    const features = [...this.#media].map(([name, value]) => ({ name, value }))
    await this.#page.send('Emulation.setEmulatedMedia', { features })
  }

  reduceMotion(): Promise<void> {
    return this.#emulate('prefers-reduced-motion', 'reduce')
  }

  async theme(theme: 'light' | 'dark'): Promise<void> {
    if (!this.#frontend) await this.#emulate('prefers-color-scheme', theme)
    else
      await this.#frontend.evaluate(`import('devtools://devtools/bundled/core/common/common.js').then(({ Settings }) =>
        Settings.Settings.instance().moduleSetting('ui-theme').set('${theme === 'dark' ? 'dark' : 'default'}'))`)
  }

  async resize(width: number, height: number): Promise<void> {
    const size = { width, height, deviceScaleFactor: 1, mobile: false }
    await (this.#frontend ?? this.#page).send('Emulation.setDeviceMetricsOverride', size)
  }

  async screenshot(): Promise<Uint8Array> {
    // A tab in the background paints nothing.
    if (!this.#frontend) await this.#page.send('Page.bringToFront')
    await this.evaluate(PAINTED)
    const { data } = await (this.#frontend ?? this.#page).send<{ data: string }>('Page.captureScreenshot')
    return Buffer.from(data, 'base64')
  }
}

export class Chromium {
  readonly context: BrowserContext
  readonly cdp: CdpBrowser
  /** '' without an extension. */
  readonly extensionId: string
  /** Folder of all that it keeps. */
  readonly profile: string
  readonly #pid: number
  readonly #removeProfile: () => void

  constructor(context: BrowserContext, cdp: CdpBrowser, pid: number, extension: string, profile: string) {
    this.context = context
    this.cdp = cdp
    this.extensionId = extension
    this.#pid = pid
    this.profile = profile
    this.#removeProfile = () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    // When the process dies of an error, Playwright ends the browser; the profile would stay.
    process.on('exit', this.#removeProfile)
  }

  /** The tab that the browser began with. */
  get page(): Page {
    const [first] = this.context.pages()
    if (!first) throw new Error('the browser has no tab')
    return first
  }

  async #targetOf(page: Page): Promise<string> {
    const session = await this.context.newCDPSession(page)
    const { targetInfo } = await session.send('Target.getTargetInfo')
    await session.detach()
    return targetInfo.targetId
  }

  /** DevTools' own page for a tab, ready to take orders; opened, unless they are. */
  async #frontend(page: Page): Promise<Session> {
    const wanted = { targetId: await this.#targetOf(page) }
    const { targetId } = await this.cdp.root.send<{ targetId: string }>('Target.openDevTools', wanted)
    const session = await this.cdp.attach(targetId)
    const until = Date.now() + PATIENCE_MS
    while (Date.now() < until) {
      // What is asked of a page that is still on its way goes with its document. The first tries throw: DevTools has neither its locale nor its target yet.
      const isReady = await session
        .evaluate<boolean>(
          `import('devtools://devtools/bundled/core/sdk/sdk.js').then(({ TargetManager }) =>
            Boolean(TargetManager.TargetManager.instance().primaryPageTarget()?.targetInfo()?.targetId))`,
        )
        .catch(() => false)
      if (isReady) return session
      await new Promise(resolve => setTimeout(resolve, 30))
    }
    throw new Error(`DevTools of ${page.url()} did not open within ${PATIENCE_MS} ms`)
  }

  /**
   * Selects the extension's panel in the real DevTools of a tab and gives it. `dock`: where DevTools sit;
   * in a window of their own (the default) all of it is in a screenshot.
   */
  async openPanel(page: Page = this.page, dock: 'undocked' | 'bottom' | 'right' = 'undocked'): Promise<Panel> {
    const frontend = await this.#frontend(page)
    if (dock === 'undocked')
      await frontend.send('Emulation.setDeviceMetricsOverride', { ...WINDOW, deviceScaleFactor: 1, mobile: false })
    const own = `chrome-extension://${this.extensionId}`
    const shown = await frontend.evaluate<boolean>(`(async () => {
      const until = Date.now() + ${PATIENCE_MS}
      while (Date.now() < until) {
        try {
          const { InspectorView, DockController } = await import('${LEGACY}')
          const view = InspectorView.InspectorView.instance()
          const { tabIds } = view.tabbedPane
          const id = (typeof tabIds === 'function' ? view.tabbedPane.tabIds() : tabIds).find(id => id.startsWith('${own}'))
          if (id) {
            const docking = DockController.DockController.instance()
            if (docking.dockSide() !== '${dock}') docking.setDockSide('${dock}')
            await view.showPanel(id)
            return true
          }
        } catch {}
        await new Promise(resolve => setTimeout(resolve, 30))
      }
      return false
    })()`)
    if (!shown) throw new Error(`DevTools got no panel of ${own} within ${PATIENCE_MS} ms`)
    const within = await frontend.send<{ targetInfo: TargetInfo }>('Target.getTargetInfo')
    const isPanel = ({ url, parentId }: TargetInfo): boolean =>
      url.startsWith(`${own}/panel.html`) && parentId === within.targetInfo.targetId
    const { targetId } = await this.cdp.target(isPanel, 'the panel', PATIENCE_MS)
    return this.#ready(new Panel(new CdpSurface(await this.cdp.attach(targetId), frontend)))
  }

  /** Closes the DevTools of a tab, with all panels in them. */
  async closeDevTools(page: Page = this.page): Promise<void> {
    const wanted = { targetId: await this.#targetOf(page) }
    const { targetId } = await this.cdp.root.send<{ targetId: string }>('Target.openDevTools', wanted)
    await this.cdp.root.send('Target.closeTarget', { targetId })
  }

  /** The tool that the DevTools of a tab show, by their own name for it, and the file that Sources have open. */
  async toolOf(page: Page = this.page): Promise<{ tool: string; source: string | null }> {
    const frontend = await this.#frontend(page)
    return frontend.evaluate(`(async () => {
      const { InspectorView, Context } = await import('${LEGACY}')
      const { UISourceCode } = await import('devtools://devtools/bundled/models/workspace/workspace.js')
      return {
        tool: InspectorView.InspectorView.instance().tabbedPane.selectedTabId,
        source: Context.Context.instance().flavor(UISourceCode.UISourceCode)?.url() ?? null,
      }
    })()`)
  }

  /** What opens under the toolbar button, as when a user clicks it; a page of the extension asks for it. */
  async openPopup(asker: Page): Promise<Panel> {
    const own = `chrome-extension://${this.extensionId}`
    await asker.evaluate(async () => {
      type Chrome = {
        tabs: { getCurrent(): Promise<{ windowId: number }> }
        action: { openPopup(where: { windowId: number }): Promise<void> }
      }
      const { tabs, action } = (globalThis as unknown as { chrome: Chrome }).chrome
      // DevTools in a window of their own may be the window that was used last.
      const { windowId } = await tabs.getCurrent()
      await action.openPopup({ windowId })
    })
    const { targetId } = await this.cdp.target(({ url }) => url === `${own}/popup.html`, 'the popup', PATIENCE_MS)
    return this.#ready(new Panel(new CdpSurface(await this.cdp.attach(targetId), null)))
  }

  /** The browser's id of a tab, as extensions know it. */
  async tabId(page: Page, asker: Page): Promise<number> {
    await page.bringToFront()
    const [tab] = await asker.evaluate(async () => {
      type Tabs = { tabs: { query(what: object): Promise<{ id: number }[]> } }
      return (globalThis as unknown as { chrome: Tabs }).chrome.tabs.query({ active: true, currentWindow: true })
    })
    if (!tab) throw new Error('the browser names no active tab')
    return tab.id
  }

  /** The panel's page for a tab, as an ordinary tab of its own. */
  async openPanelTab(page: Page = this.page): Promise<Panel> {
    const own = `chrome-extension://${this.extensionId}`
    const tab = await this.context.newPage()
    await tab.goto(`${own}/manifest.json`)
    const id = await this.tabId(page, tab)
    await tab.goto(`${own}/panel.html?tab=${id}`)
    return this.#ready(new Panel(new CdpSurface(await this.cdp.attach(await this.#targetOf(tab)), null)))
  }

  /** The panel beside a tab, in the browser's own side panel. */
  async openSidePanel(page: Page = this.page): Promise<Panel> {
    const own = `chrome-extension://${this.extensionId}`
    const tab = await this.context.newPage()
    await tab.goto(`${own}/manifest.json`)
    const id = await this.tabId(page, tab)
    const asker = await this.cdp.attach(await this.#targetOf(tab))
    // What a user does by the browser's own menu.
    await asker.evaluate(
      `chrome.tabs.get(${id}).then(({ windowId }) => chrome.sidePanel.open({ windowId })).then(() => true)`,
    )
    const isSide = ({ url }: TargetInfo): boolean => url.startsWith(`${own}/panel.html`) && url.includes('&window=')
    const { targetId } = await this.cdp.target(isSide, 'the side panel', PATIENCE_MS)
    await tab.close()
    // It may still be on its way to the tab in front.
    return new Panel(new CdpSurface(await this.cdp.attach(targetId), null))
  }

  async #ready(panel: Panel): Promise<Panel> {
    await panel.waitFor(() => document.readyState === 'complete')
    return panel
  }

  /** The extension's worker, once it runs. As long as a session is attached to it, the browser doesn't stop it for being idle. */
  async worker(): Promise<Session> {
    const own = `chrome-extension://${this.extensionId}/`
    const isWorker = ({ type, url }: TargetInfo): boolean => type === 'service_worker' && url.startsWith(own)
    const { targetId } = await this.cdp.target(isWorker, 'the worker', PATIENCE_MS)
    return this.cdp.attach(targetId)
  }

  /**
   * What the worker, and each that comes after it, throws and nobody catches, or writes to its console as an error: a list that grows.
   * From then on the browser doesn't stop a worker for being idle.
   */
  workerFaults(): string[] {
    const faults: string[] = []
    const own = `chrome-extension://${this.extensionId}/`
    const watched = new Set<string>()
    const watch = async ({ type, url, targetId }: TargetInfo): Promise<void> => {
      if (type !== 'service_worker' || !url.startsWith(own) || watched.has(targetId)) return
      watched.add(targetId)
      const session = await this.cdp.attach(targetId)
      session.on('Runtime.exceptionThrown', params => {
        const { exceptionDetails: thrown } = params as {
          exceptionDetails: { text: string; exception?: { description?: string } }
        }
        faults.push(`worker: ${thrown.text} ${thrown.exception?.description ?? ''}`)
      })
      session.on('Runtime.consoleAPICalled', params => {
        const { type, args } = params as { type: string; args: { value?: unknown; description?: string }[] }
        if (type === 'error' || type === 'assert')
          faults.push(`worker: ${args.map(({ value, description }) => description ?? value).join(' ')}`)
      })
      // What was said before is told now.
      await session.send('Runtime.enable')
    }
    // One that is gone before it can be asked had nothing to say.
    const look = (target: TargetInfo): void => void watch(target).catch(() => {})
    for (const event of ['Target.targetCreated', 'Target.targetInfoChanged'])
      this.cdp.root.on(event, params => look((params as { targetInfo: TargetInfo }).targetInfo))
    this.cdp.targets.forEach(look)
    return faults
  }

  /** Stops the extension's worker, as the browser does after 30 idle seconds; resolves when the browser says that it stopped. */
  async stopWorker(): Promise<void> {
    interface Version {
      scriptURL: string
      runningStatus: string
    }
    const session = await this.cdp.attach(await this.#targetOf(this.page))
    const stopped = new Promise<boolean>(resolve => {
      const timer = setTimeout(resolve, PATIENCE_MS, false)
      session.on('ServiceWorker.workerVersionUpdated', params => {
        const { versions } = params as { versions: Version[] }
        const own = versions.filter(({ scriptURL }) => scriptURL.startsWith(`chrome-extension://${this.extensionId}/`))
        // One that was just starting isn't stopped by that; asked again, it is.
        if (own.some(({ runningStatus }) => runningStatus === 'running'))
          session.send('ServiceWorker.stopAllWorkers').catch(() => {})
        if (!own.some(({ runningStatus }) => runningStatus === 'stopped')) return
        clearTimeout(timer)
        resolve(true)
      })
    })
    await session.send('ServiceWorker.enable')
    await session.send('ServiceWorker.stopAllWorkers')
    const done = await stopped
    await session.detach()
    if (!done) throw new Error(`the worker did not stop within ${PATIENCE_MS} ms`)
  }

  /** Resolves when the browser has ended, whoever ended it. */
  async closed(): Promise<void> {
    await new Promise(resolve => this.context.once('close', resolve))
    await this.close()
  }

  /** Ends the browser and takes away what it left on the disk; harmless the second time. */
  async close(): Promise<void> {
    await this.context.close()
    this.cdp.close()
    // A browser that its user closed goes on writing for a while.
    const until = Date.now() + PATIENCE_MS
    while (isRunning(this.#pid) && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 50))
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 })
    process.off('exit', this.#removeProfile)
  }
}

/** How the browser is started; `folder`: of the extension, as the browser will know it. */
function commandLine(options: LaunchOptions): { folder: string | null; args: string[] } {
  const { server, headless = true, devtools = false, online = false } = options
  const folder = options.extension === undefined ? null : realpathSync(options.extension)
  const folders = [...(folder ? [folder] : []), ...(options.others ?? [])].join()
  const served = [...SERVED, ...(options.hosts ?? [])].map(host => `MAP ${host} 127.0.0.1:${server.port}`)
  const rules = online ? served : [...served, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1', 'EXCLUDE localhost']
  const args = [
    ...(headless ? ['--headless=new', '--disable-gpu'] : ['--window-size=1440,1000']),
    // Chromium's sandbox refuses to start for root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--remote-debugging-port=0',
    `--host-resolver-rules=${rules.join(', ')}`,
    ...(devtools ? ['--auto-open-devtools-for-tabs'] : []),
    ...(folders ? [`--disable-extensions-except=${folders}`, `--load-extension=${folders}`] : []),
    ...(options.args ?? []),
  ]
  return { folder, args }
}

/** A browser or one sentence. */
const executable = (): string => {
  const { path, advice } = findBrowser('chromium')
  if (path === null) throw new Error(advice)
  return path
}

const addressIn = (profile: string): string => {
  const [port = '', address = ''] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').trim().split('\n')
  return `ws://127.0.0.1:${port}${address}`
}

/** Starts the browser; with an empty first tab. Rejects with one sentence when no browser is there. */
export async function launch(options: LaunchOptions): Promise<Chromium> {
  const executablePath = executable()
  const { folder, args } = commandLine(options)
  const profile = mkdtempSync(join(tmpdir(), 'identity-lens-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    // Playwright's own headless knows neither extensions nor DevTools; Chromium's new one does.
    headless: false,
    viewport: (options.headless ?? true) ? WINDOW : null,
    ignoreDefaultArgs: ['--enable-automation', ...(options.without ?? [])],
    recordHar: options.har ? { path: options.har, content: 'omit' } : undefined,
    args,
  })
  const cdp = await CdpBrowser.connect(addressIn(profile))
  const { processInfo } = await cdp.root.send<{ processInfo: { type: string; id: number }[] }>(
    'SystemInfo.getProcessInfo',
  )
  const pid = processInfo.find(({ type }) => type === 'browser')?.id
  if (pid === undefined) throw new Error('the browser does not name its process')
  return new Chromium(context, cdp, pid, folder ? extensionId(folder) : '', profile)
}

/**
 * A browser that is started by hand, with the driver attached to nothing but the tabs that it is asked for: Playwright attaches to
 * all there is, and a worker that is watched never stops by itself, a page that is watched is never prerendered.
 */
export class Unwatched {
  readonly cdp: CdpBrowser
  /** '' without an extension. */
  readonly extensionId: string
  readonly #process: ChildProcess
  readonly #profile: string
  readonly #end: () => void

  constructor(cdp: CdpBrowser, started: ChildProcess, extension: string, profile: string, end: () => void) {
    this.cdp = cdp
    this.extensionId = extension
    this.#process = started
    this.#profile = profile
    this.#end = end
  }

  /** A new tab; gives its target's id. `behind`: the one that is shown stays so. */
  async open(url: string, behind = false): Promise<string> {
    const wanted = { url, background: behind }
    return (await this.cdp.root.send<{ targetId: string }>('Target.createTarget', wanted)).targetId
  }

  /** Resolves when the extension's worker has stopped, by the browser's word; rejects after `ms`. */
  async workerStopped(ms: number): Promise<void> {
    const own = `chrome-extension://${this.extensionId}/`
    await this.cdp.gone(
      ({ type, url }) => type === 'service_worker' && url.startsWith(own),
      'the extension’s worker',
      ms,
    )
  }

  async close(): Promise<void> {
    const ended = new Promise(resolve => this.#process.once('exit', resolve))
    if (this.#process.exitCode === null) {
      // Its answer may be lost with the socket.
      this.cdp.root.send('Browser.close').catch(() => this.#process.kill())
      await ended
    }
    this.cdp.close()
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    process.off('exit', this.#end)
  }
}

/** Starts a browser that nothing watches. */
export async function launchUnwatched(options: LaunchOptions): Promise<Unwatched> {
  const path = executable()
  const { folder, args } = commandLine(options)
  const profile = mkdtempSync(join(tmpdir(), 'identity-lens-'))
  const started = spawn(path, [`--user-data-dir=${profile}`, ...args, 'about:blank'], { stdio: 'ignore' })
  const end = (): void => {
    started.kill()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  // When the process dies of an error, the browser would go on.
  process.on('exit', end)
  const file = join(profile, 'DevToolsActivePort')
  const until = Date.now() + PATIENCE_MS
  // Written in one go, when the browser listens.
  while (!existsSync(file) || readFileSync(file, 'utf8').split('\n').length < 2) {
    if (started.exitCode !== null || Date.now() > until) throw new Error('the browser did not start')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const cdp = await CdpBrowser.connect(addressIn(profile))
  return new Unwatched(cdp, started, folder ? extensionId(folder) : '', profile, end)
}
