/**
 * The browser's side of a relay. The content script speaks to the native API by itself: the polyfill would be the larger part of
 * what every page loads.
 */
import {
  type FrameReport,
  PRIVATE_RELAY_PORT,
  RELAY_PORT,
  type RelayCommand,
  type RelayUp,
  type RunCommand,
  type RunReply,
  type WorkerDown,
} from '../messages'
import type { RelayHost } from './relay'

interface Listeners<F> {
  addListener(listener: F): void
}
interface Port {
  postMessage(message: RelayUp): void
  disconnect(): void
  onMessage: Listeners<(message: WorkerDown) => void>
  onDisconnect: Listeners<() => void>
}
interface Api {
  extension: { inIncognitoContext: boolean }
  runtime: {
    id?: string
    lastError?: unknown
    connect(options: { name: string }): Port
    sendMessage(message: FrameReport): Promise<unknown>
    onMessage: Listeners<(message: unknown, sender: unknown, respond: (reply: RunReply) => void) => void>
  }
}

const { browser, chrome } = globalThis as { browser?: Api; chrome?: Api }
const api = (browser ?? chrome) as Api
const { runtime } = api

export const relayHost: Omit<RelayHost, 'spoken'> = {
  connect(heard, closed) {
    // Each part of the API is made when it is asked for: of a page without the SDK only what hears commands.
    const port = runtime.connect({ name: api.extension.inIncognitoContext ? PRIVATE_RELAY_PORT : RELAY_PORT })
    port.onMessage.addListener(heard)
    port.onDisconnect.addListener(() => {
      // Read, or the browser writes it into the page's console.
      void runtime.lastError
      closed()
    })
    return { post: message => port.postMessage(message), close: () => port.disconnect() }
  },
  alive: () => runtime.id !== undefined,
  now: () => Date.now(),
  after: (ms, run) => {
    setTimeout(run, ms)
  },
  soon: run => queueMicrotask(run),
  stays: window.top === window.self,
  stored: name => localStorage.getItem(name),
}

/**
 * Calls of the panel's actions, to be answered at once; and the question how this frame fares. To that one all frames of a tab
 * answer, so it goes as a message of its own: of replies only the first would arrive.
 */
export function onCommand(run: (command: RunCommand) => RunReply, look: (ask: string) => FrameReport): void {
  runtime.onMessage.addListener((message, _, respond) => {
    const command = (message ?? {}) as Partial<RelayCommand>
    if (command.kind === 'run') respond(run(command as RunCommand))
    if (command.kind === 'look')
      runtime.sendMessage(look(String(command.ask))).catch(() => {
        // The worker that asked is gone.
      })
  })
}
