/** How the log itself fares: said by the worker in `storage.session`, since it must be heard when the database is not to be had. */
import type { Area, Changes } from './session'
import type { Health } from './source'

const HEALTH = 'log.health'

export const WELL: Health = { state: 'ok', message: null, since: 0 }

export const tellHealth = (area: Area, health: Health): Promise<void> => area.set({ [HEALTH]: health })

/** Calls back with what was said last, and with every change. */
export function watchHealth(area: Area, on: (health: Health) => void, signal: AbortSignal): void {
  const listen = (changes: Changes): void => {
    const health = changes[HEALTH]?.newValue as Health | undefined
    if (health) on(health)
  }
  area.onChanged.addListener(listen)
  signal.addEventListener('abort', () => area.onChanged.removeListener(listen), { once: true })
  area.get(HEALTH).then(
    items => {
      if (!signal.aborted) on((items[HEALTH] as Health | undefined) ?? WELL)
    },
    () => on(WELL),
  )
}
