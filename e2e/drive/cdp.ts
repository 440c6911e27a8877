/** As much of the Chrome DevTools Protocol's client as the drivers need: one socket to the browser, a session per target. */
import { WebSocket } from 'ws'

export interface TargetInfo {
  targetId: string
  type: string
  url: string
  title: string
  /** The target that holds it, for frames of another process. */
  parentId?: string
  /** Of a private window it is another one. */
  browserContextId?: string
}

interface Message {
  id?: number
  sessionId?: string
  method?: string
  params?: unknown
  result?: unknown
  error?: { message: string }
}

type Listener = (params: unknown) => void

export class Session {
  readonly #listeners = new Map<string, Set<Listener>>()

  constructor(
    readonly browser: CdpBrowser,
    readonly id: string | undefined,
  ) {}

  send<T = unknown>(method: string, params: object = {}): Promise<T> {
    return this.browser.request<T>(this.id, method, params)
  }

  /** The returned function ends the subscription. */
  on(method: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(method) ?? new Set()
    this.#listeners.set(method, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  emit(method: string, params: unknown): void {
    for (const listener of this.#listeners.get(method) ?? []) listener(params)
  }

  async detach(): Promise<void> {
    await this.browser.root.send('Target.detachFromTarget', { sessionId: this.id })
  }

  /** The value of an expression, promises awaited; an exception in the page rejects with its text. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: T }
      exceptionDetails?: { text: string; exception?: { description?: string } }
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: true })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }
}

export class CdpBrowser {
  readonly #socket: WebSocket
  readonly #calls = new Map<
    number,
    { sessionId: string | undefined; resolve(result: unknown): void; reject(error: Error): void }
  >()
  readonly #sessions = new Map<string, Session>()
  readonly #targets = new Map<string, TargetInfo>()
  readonly #watchers = new Set<() => void>()
  readonly root = new Session(this, undefined)
  #last = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', text => this.#take(JSON.parse(String(text)) as Message))
    socket.on('close', () => {
      for (const { reject } of this.#calls.values()) reject(new Error('the browser closed its debugging socket'))
      this.#calls.clear()
    })
  }

  static async connect(url: string): Promise<CdpBrowser> {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve())
      socket.once('error', reject)
    })
    const browser = new CdpBrowser(socket)
    browser.root.on('Target.targetCreated', params => browser.#note(params))
    browser.root.on('Target.targetInfoChanged', params => browser.#note(params))
    browser.root.on('Target.targetDestroyed', params => {
      browser.#targets.delete((params as { targetId: string }).targetId)
      for (const look of browser.#watchers) look()
    })
    browser.root.on('Target.detachedFromTarget', params => browser.#drop((params as { sessionId: string }).sessionId))
    // An explicit filter: the usual one leaves out what DevTools itself consists of.
    await browser.root.send('Target.setDiscoverTargets', { discover: true, filter: [{}] })
    return browser
  }

  /** A target that goes away answers nothing any more. */
  #drop(session: string): void {
    this.#sessions.delete(session)
    for (const [id, { sessionId, reject }] of this.#calls) {
      if (sessionId !== session) continue
      this.#calls.delete(id)
      reject(new Error('its target went away'))
    }
  }

  #note(params: unknown): void {
    const { targetInfo } = params as { targetInfo: TargetInfo }
    this.#targets.set(targetInfo.targetId, targetInfo)
    for (const look of this.#watchers) look()
  }

  #take({ id, sessionId, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const call = this.#calls.get(id)
      this.#calls.delete(id)
      if (error) call?.reject(new Error(error.message))
      else call?.resolve(result)
    } else if (method) (sessionId === undefined ? this.root : this.#sessions.get(sessionId))?.emit(method, params)
  }

  request<T>(sessionId: string | undefined, method: string, params: object): Promise<T> {
    const id = ++this.#last
    return new Promise<T>((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) return reject(new Error('the browser is closed'))
      this.#calls.set(id, {
        sessionId,
        resolve: result => resolve(result as T),
        reject: error => reject(new Error(`${method}: ${error.message}`)),
      })
      this.#socket.send(JSON.stringify({ id, sessionId, method, params }))
    })
  }

  /** All that the browser has now, kept up by its own events. */
  get targets(): TargetInfo[] {
    return [...this.#targets.values()]
  }

  /** The first target that fits, now or later; rejects after `ms` with what there is instead. */
  async target(fits: (target: TargetInfo) => boolean, what: string, ms: number): Promise<TargetInfo> {
    const found = await this.#changed(() => this.targets.find(fits) ?? null, ms)
    if (found) return found
    throw new Error(`${what} did not appear within ${ms} ms; there: ${this.targets.map(({ url }) => url).join(', ')}`)
  }

  /** Resolves when no target fits any more; rejects after `ms`. */
  async gone(fits: (target: TargetInfo) => boolean, what: string, ms: number): Promise<void> {
    if (await this.#changed(() => !this.targets.some(fits) || null, ms)) return
    throw new Error(`${what} was still there after ${ms} ms`)
  }

  /** Looks at every change of the targets until the look gives something; null after `ms`. */
  #changed<T>(look: () => T | null, ms: number): Promise<T | null> {
    return new Promise(resolve => {
      const end = (value: T | null): void => {
        clearTimeout(timer)
        this.#watchers.delete(again)
        resolve(value)
      }
      const again = (): void => {
        const value = look()
        if (value) end(value)
      }
      const timer = setTimeout(end, ms, null)
      this.#watchers.add(again)
      again()
    })
  }

  async attach(targetId: string): Promise<Session> {
    const { sessionId } = await this.root.send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    })
    const session = new Session(this, sessionId)
    this.#sessions.set(sessionId, session)
    return session
  }

  close(): void {
    this.#socket.close()
  }
}
