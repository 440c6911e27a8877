/** The user's settings, in `storage.local` under `settings`. Validated where they enter; a bad value falls back to its default. */
export interface Settings {
  recording: boolean
  /** Registrable domains on which nothing is recorded. */
  pausedSites: string[]
  /** Hosts that are collectors besides the known ones, lower case, no scheme. */
  hosts: string[]
  retention: { events: number; days: number }
  theme: 'auto' | 'light' | 'dark'
}

export const DEFAULTS: Settings = {
  recording: true,
  pausedSites: [],
  hosts: [],
  retention: { events: 50_000, days: 14 },
  theme: 'auto',
}
