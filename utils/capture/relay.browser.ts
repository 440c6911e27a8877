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
    onMessage: Listeners<(message: unknown, sender: unknown, respond: (reply: RunReply | null) => void) => void>
  }
}

/** The browser makes each part of it, in each page anew, when it is asked for first; so it is asked for nothing before that is needed. */
const api = (): Api => {
  const { browser, chrome } = globalThis as { browser?: Api; chrome?: Api }
  // Not whichever is there: older Chromium has no `browser`, and finds an element of the page that is called so.
  return (import.meta.env.FIREFOX ? browser : chrome) as Api
}

export const relayHost = (): Omit<RelayHost, 'begun' | 'spoken' | 'resumed'> => ({
  connect(heard, closed) {
    const { extension, runtime } = api()
    const port = runtime.connect({ name: extension.inIncognitoContext ? PRIVATE_RELAY_PORT : RELAY_PORT })
    port.onMessage.addListener(heard)
    port.onDisconnect.addListener(() => {
      // Read, or the browser writes it into the page's console.
      void runtime.lastError
      closed()
    })
    return { post: message => port.postMessage(message), close: () => port.disconnect() }
  },
  alive: () => api().runtime?.id !== undefined,
  now: () => Date.now(),
  after: (ms, run) => {
    setTimeout(run, ms)
  },
  soon: run => queueMicrotask(run),
  stays: window.top === window.self,
  stored,
})

/** A value of the page's localStorage; null: none. Throws where there is no localStorage. */
export const stored = (name: string): string | null => localStorage.getItem(name)

/**
 * Calls of the panel's actions, to be answered at once (null: there is no hook); the wish that all be told again; and the question how this frame fares. To that one all frames of a tab
 * answer, so it goes as a message of its own: of replies only the first would arrive.
 */
export function onCommand(
  run: (command: RunCommand) => RunReply | null,
  look: (ask: string) => FrameReport,
  tell: () => void,
): void {
  const { runtime } = api()
  // The extension was updated or removed before anything was asked of this page.
  if (runtime?.id === undefined) return
  runtime.onMessage.addListener((message, _, respond) => {
    const command = (message ?? {}) as Partial<RelayCommand>
    if (command.kind === 'run') respond(run(command as RunCommand))
    if (command.kind === 'tell') tell()
    if (command.kind === 'look')
      runtime.sendMessage(look(String(command.ask))).catch(() => {
        // The worker that asked is gone.
      })
  })
}
