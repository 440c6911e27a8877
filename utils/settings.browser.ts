/** The settings where the browser keeps them: `storage.local`. */
import { browser } from 'wxt/browser'
import { DEFAULTS, type Problem, parseSettings, SETTINGS_KEY, type Settings } from './settings'

/** The stored settings; `problems` says what of them had to fall back. Never rejects: without them nothing would begin. */
export async function readSettings(): Promise<{ settings: Settings; problems: Problem[] }> {
  try {
    const stored = await browser.storage.local.get(SETTINGS_KEY)
    return parseSettings(stored[SETTINGS_KEY])
  } catch (error) {
    return { settings: DEFAULTS, problems: [{ setting: '', is: String(error), fault: null, limit: '', instead: null }] }
  }
}

export const saveSettings = (settings: Settings): Promise<void> =>
  browser.storage.local.set({ [SETTINGS_KEY]: settings })

/** Calls back with every change, from whatever context; ends with the signal. */
export function watchSettings(
  on: (settings: Settings, problems: Problem[]) => void,
  signal: AbortSignal = new AbortController().signal,
): void {
  const listen = (changes: Record<string, { newValue?: unknown }>): void => {
    const change = changes[SETTINGS_KEY]
    if (!change) return
    const { settings, problems } = parseSettings(change.newValue)
    on(settings, problems)
  }
  browser.storage.local.onChanged.addListener(listen)
  signal.addEventListener('abort', () => browser.storage.local.onChanged.removeListener(listen), { once: true })
}
