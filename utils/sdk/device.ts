import type { EventFacts } from './event'

/** Id of the device that an app's event came from, as its SDK gives it (S); null when it gives none. An app's identity belongs to its device. */
export const deviceOf = ({ channel, system }: EventFacts): string | null => {
  if (channel !== 'app') return null
  const id = system.find(([path]) => path === 'context.device.id')?.[1]
  return typeof id === 'string' || typeof id === 'number' ? String(id) || null : null
}
