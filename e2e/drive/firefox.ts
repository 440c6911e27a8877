/**
 * Starts a real Firefox with the extension. It has no rules for host names, so the demo server is its proxy and all plain
 * http hosts lead there (but those of `network.proxy.no_proxies_on`). Its DevTools can't be driven; the panel is opened as a tab.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import puppeteer, { type Browser, type KeyInput, type Page } from 'puppeteer-core'
import { findBrowser } from '../../scripts/find-browser.mjs'
import { PAINTED, Panel, type Surface } from './panel'

export interface FirefoxOptions {
  /** The proxy of everything. */
  server: { port: number }
  /** Folder of the built extension; none: a plain browser. */
  extension?: string
  /** Default true. */
  headless?: boolean
  /** Preferences over the driver's own. */
  prefs?: Record<string, string | number | boolean>
}

/** Chosen here, so that the panel's address is known before the extension is installed. */
const UUID = '6f1d1a52-3a51-4b9e-9d5b-0f1c5f3c2b10'
const OWN = `moz-extension://${UUID}`

const PATIENCE_MS = 60_000

class FirefoxSurface implements Surface {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  evaluate<T>(expression: string): Promise<T> {
    return this.#page.evaluate(expression) as Promise<T>
  }

  async click(x: number, y: number, button: 'left' | 'right'): Promise<void> {
    await this.#page.mouse.click(x, y, { button })
  }

  async hover(x: number, y: number): Promise<void> {
    await this.#page.mouse.move(x, y)
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text)
  }

  async press(key: string, modifiers: readonly string[]): Promise<void> {
    const held = modifiers as readonly KeyInput[]
    for (const name of held) await this.#page.keyboard.down(name)
    await this.#page.keyboard.press(key as KeyInput)
    for (const name of held) await this.#page.keyboard.up(name)
  }

  theme(): Promise<void> {
    return Promise.reject(
      new Error('Firefox takes its theme at the start: prefs layout.css.prefers-color-scheme.content-override'),
    )
  }

  reduceMotion(): Promise<void> {
    return Promise.reject(new Error('Firefox takes it at the start: pref ui.prefersReducedMotion'))
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#page.setViewport({ width, height })
  }

  async screenshot(): Promise<Uint8Array> {
    await this.#page.bringToFront()
    await this.evaluate(PAINTED)
    return this.#page.screenshot()
  }
}

/** What of the driver's own connection is used for commands that it has no method for. */
interface Connection {
  send(method: string, params: object): Promise<{ result: unknown }>
}

type Evaluated =
  | { type: 'success'; result: { value: string } }
  | { type: 'exception'; exceptionDetails: { text: string } }

/** What WebDriver BiDi calls a tab. */
const contextOf = (page: Page): string => (page.mainFrame() as unknown as { _id: string })._id

export class Firefox {
  readonly browser: Browser
  /** The tab that the browser began with. */
  readonly page: Page
  /** Folder of all that it keeps. */
  readonly profile: string
  /** Of the extension. */
  #addon = ''

  constructor(browser: Browser, page: Page) {
    this.browser = browser
    this.page = page
    const { spawnargs = [] } = browser.process() ?? {}
    this.profile = spawnargs[spawnargs.indexOf('--profile') + 1] ?? ''
  }

  async #send<T>(method: string, params: object): Promise<T> {
    const { connection } = this.browser as unknown as { connection: Connection }
    return (await connection.send(method, params)).result as T
  }

  /**
   * Tells the browser that nobody listens to its requests: the driver does from the start, and what Firefox then reports of each one
   * keeps it busy for longer than the requests themselves (2,000 beacons: half a minute in which no page answers).
   */
  async ignoreRequests(): Promise<void> {
    await this.#send('session.unsubscribe', { events: ['network'] })
  }

  /** Runs an expression with the browser's own rights, in its window; promises awaited. What it gives must be plain. */
  async privileged<T>(expression: string): Promise<T> {
    const { contexts } = await this.#send<{ contexts: { context: string }[] }>('browsingContext.getTree', {
      'moz:scope': 'chrome',
    })
    const told = await this.#send<Evaluated>('script.evaluate', {
      expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
      target: { context: contexts[0]?.context },
      awaitPromise: true,
    })
    if (told.type === 'exception') throw new Error(told.exceptionDetails.text)
    return JSON.parse(told.result.value) as T
  }

  /** An empty tab in the window that the browser began with; the driver would take the one that was used last, which may be a private one. */
  async newTab(): Promise<Page> {
    const { context } = await this.#send<{ context: string }>('browsingContext.create', {
      type: 'tab',
      referenceContext: contextOf(this.page),
    })
    const tab = (await this.browser.pages()).find(page => contextOf(page) === context)
    if (!tab) throw new Error(`the driver knows nothing of its own new tab ${context}`)
    return tab
  }

  /**
   * Opens a page of the extension in a new tab. Firefox reports no load event there, so the document itself is asked; and when the
   * tab's first empty document comes late, the driver loses sight of what follows it, so that another tab must be taken.
   */
  async openOwn(path: string): Promise<Page> {
    const address = `${OWN}/${path}`
    const until = Date.now() + PATIENCE_MS
    for (;;) {
      const tab = await this.newTab()
      tab.goto(address).catch(() => {
        // Waits for that event until the tab closes.
      })
      try {
        const isThere = (wanted: string) => location.href === wanted && document.readyState === 'complete'
        await tab.waitForFunction(isThere, { timeout: 10_000 }, address)
        return tab
      } catch (error) {
        if (Date.now() > until) throw error
        await tab.close()
      }
    }
  }

  /** Installs the extension, also in private windows, and waits until its pages open. Installed already, it is updated. */
  async install(folder: string): Promise<void> {
    const { extension } = await this.#send<{ extension: string }>('webExtension.install', {
      extensionData: { type: 'path', path: resolve(folder) },
      'moz:allowPrivateBrowsing': true,
    })
    this.#addon = extension
    await this.#opens()
  }

  /** Stops the worker, as the browser does when it was idle. It wakes at the next thing that it listens for. */
  async stopWorker(): Promise<void> {
    await this.privileged(
      `WebExtensionPolicy.getByID('${this.#addon}').extension.terminateBackground({ ignoreDevToolsAttached: true })`,
    )
  }

  /** As the switch in the browser's list of extensions. Resolves when its pages open again, or none of it is left. */
  async enable(is: boolean): Promise<void> {
    await this.privileged(`(async () => {
      const { AddonManager } = ChromeUtils.importESModule('resource://gre/modules/AddonManager.sys.mjs')
      const addon = await AddonManager.getAddonByID('${this.#addon}')
      await addon.${is ? 'enable' : 'disable'}()
    })()`)
    if (is) await this.#opens()
  }

  /** Before its pages open, Firefox doesn't yet put the extension's scripts into pages either. */
  async #opens(): Promise<void> {
    const tab = await this.openOwn('manifest.json')
    await tab.close()
  }

  isWorkerRunning(): Promise<boolean> {
    return this.privileged(`WebExtensionPolicy.getByID('${this.#addon}').extension.backgroundState === 'running'`)
  }

  /** Like the menu's “Work Offline”; without the proxy, since what runs on this machine is reached offline too. */
  async setOffline(offline: boolean): Promise<void> {
    await this.privileged(
      `void (Services.prefs.setIntPref('network.proxy.type', ${offline ? 0 : 1}), (Services.io.offline = ${offline}))`,
    )
  }

  /** A page in a new private window. A page of the extension asks for it, since the window must not begin with another page. */
  async openPrivate(url: string): Promise<Page> {
    const asker = await this.openOwn('manifest.json')
    const opened = this.browser.waitForTarget(target => target.url() === url)
    await asker.evaluate(`browser.windows.create({ incognito: true, url: ${JSON.stringify(url)} }).then(() => {})`)
    const page = await (await opened).page()
    await asker.close()
    if (!page) throw new Error(`nothing shows ${url}`)
    await page.waitForFunction('document.readyState === "complete"')
    return page
  }

  /** The panel's page for a tab, as an ordinary tab of its own. */
  async openPanelTab(page: Page = this.page): Promise<Panel> {
    const asker = await this.openOwn('manifest.json')
    await page.bringToFront()
    const id = await asker.evaluate(async url => {
      type Tabs = { tabs: { query(what: object): Promise<{ id: number; url: string }[]> } }
      const { tabs } = (globalThis as unknown as { browser: Tabs }).browser
      return (await tabs.query({ active: true })).find(tab => tab.url === url)?.id
    }, page.url())
    await asker.close()
    if (id === undefined) throw new Error(`no active tab of the browser shows ${page.url()}`)
    return new Panel(new FirefoxSurface(await this.openOwn(`panel.html?tab=${id}`)))
  }

  /**
   * Opens the extension's panel in the browser's own DevTools of a tab, and runs a script in it: statements that may await, with
   * `document` and `until(get)`, which waits until a function gives something. What it returns must be plain.
   */
  inDevTools<T>(url: string, script: string): Promise<T> {
    const inside = `(async () => {
      const { document } = content
      const until = async get => {
        const end = Date.now() + ${PATIENCE_MS}
        for (let got = get(); ; got = get()) {
          if (got) return got
          if (Date.now() > end) throw new Error('not so: ' + get + ' — the panel shows — ' + document.body.innerText)
          await new Promise(resolve => content.setTimeout(resolve, 50))
        }
      }
      ${script}
    })().then(value => sendAsyncMessage('told', { value }), error => sendAsyncMessage('told', { error: String(error) }))`
    return this.privileged<T>(`(async () => {
      const { require } = ChromeUtils.importESModule('resource://devtools/shared/loader/Loader.sys.mjs')
      const { gDevTools } = require('devtools/client/framework/devtools')
      const window = Services.wm.getMostRecentWindow('navigator:browser')
      const until = async get => {
        for (const end = Date.now() + ${PATIENCE_MS}; Date.now() < end; ) {
          const got = get()
          if (got) return got
          await new Promise(resolve => window.setTimeout(resolve, 50))
        }
        throw new Error('not so: ' + get)
      }
      const tab = [...window.gBrowser.tabs].find(each => each.linkedBrowser.currentURI.spec === ${JSON.stringify(url)})
      window.gBrowser.selectedTab = tab
      const toolbox = await gDevTools.showToolboxForTab(tab, { toolId: 'webconsole' })
      const tool = await until(() => toolbox.getAdditionalTools().find(each => each.id.startsWith('webext-devtools-panel')))
      await toolbox.selectTool(tool.id)
      const own = document =>
        [...document.querySelectorAll('browser, iframe')].flatMap(frame =>
          frame.localName === 'browser' ? [frame] : frame.contentDocument ? own(frame.contentDocument) : [])
      const panel = await until(() =>
        own(toolbox.doc).find(frame => frame.currentURI?.spec.startsWith('${OWN}/panel.html') && frame.messageManager))
      const told = new Promise(done => panel.messageManager.addMessageListener('told', ({ data }) => done(data)))
      panel.messageManager.loadFrameScript('data:,' + encodeURIComponent(${JSON.stringify(inside)}), false)
      const { value, error } = await told
      if (error) throw new Error(error)
      return value
    })()`)
  }

  /** Ends the browser; its profile was a temporary one and goes with it. */
  close(): Promise<void> {
    return this.browser.close()
  }
}

/** The add-on's id, which Firefox wants before it gives a fixed address. */
const addonId = (folder: string): string => {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    browser_specific_settings?: { gecko?: { id?: string } }
  }
  const id = manifest.browser_specific_settings?.gecko?.id
  if (!id) throw new Error(`${folder}/manifest.json names no gecko id`)
  return id
}

/** Starts the browser, with an empty first tab. Rejects with one sentence when no browser is there. */
export async function launchFirefox({ server, extension, headless = true, prefs }: FirefoxOptions): Promise<Firefox> {
  const { path, advice } = findBrowser('firefox')
  if (path === null) throw new Error(advice)
  const folder = extension === undefined ? null : resolve(extension)
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: path,
    headless,
    // Lets the driver open pages of an extension.
    args: ['--remote-allow-system-access'],
    extraPrefsFirefox: {
      ...(folder && { 'extensions.webextensions.uuids': JSON.stringify({ [addonId(folder)]: UUID }) }),
      // The demo server speaks plain http.
      'dom.security.https_first': false,
      'network.proxy.type': 1,
      'network.proxy.http': '127.0.0.1',
      'network.proxy.http_port': server.port,
      ...prefs,
    },
  })
  try {
    const [page = await browser.newPage()] = await browser.pages()
    const firefox = new Firefox(browser, page)
    await firefox.ignoreRequests()
    if (folder) await firefox.install(folder)
    return firefox
  } catch (error) {
    await browser.close()
    throw error
  }
}
