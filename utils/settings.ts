/** The user's settings, in `storage.local` under `settings`. Validated where they enter; a bad value falls back to its default. */
import * as v from 'valibot'

export interface Settings {
  recording: boolean
  /** Registrable domains on which nothing is recorded. */
  pausedSites: string[]
  /** Hosts that are collectors besides the known ones, lower case, no scheme. */
  hosts: string[]
  /** Lines of "Not recognised" that the user set aside: host and path. */
  ignored: string[]
  retention: { events: number; days: number }
  theme: 'auto' | 'light' | 'dark'
  /** Rules whose findings on a site are set aside. */
  mutes: Mute[]
  /** Names that were given to CIDs. They never leave this machine, and are in no export. */
  people: { label: string; cid: string }[]
  /** Sites (registrable domains) that are judged as web or as app, whatever their events look like. */
  channels: Record<string, 'web' | 'app'>
  /** Text of the expected.json of each site (registrable domain). */
  expected: Record<string, string>
}

export interface Mute {
  /** Registrable domain. */
  site: string
  /** Id of the rule. */
  rule: string
  /** Why; the user's words. */
  note: string
}

export const SETTINGS_KEY = 'settings'

export const DEFAULTS: Settings = {
  recording: true,
  pausedSites: [],
  hosts: [],
  ignored: [],
  retention: { events: 50_000, days: 14 },
  theme: 'auto',
  mutes: [],
  people: [],
  channels: {},
  expected: {},
}

/** What a limit may be: below, the log is of no use; above, nobody has measured it. */
export const LIMITS = { events: [1_000, 1_000_000], days: [1, 365] } as const

export const LONGEST_NOTE = 500

const HOST = /^(\[[0-9a-f:.]+\]|(?=.{1,253}$)[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*)$/

const whole = ([least, most]: readonly [number, number]) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(least, `must be at least ${least.toLocaleString('en')}`),
    v.maxValue(most, `must be at most ${most.toLocaleString('en')}`),
  )
const host = v.pipe(
  v.string('must be text'),
  v.regex(HOST, 'must be a host name in lower case, without scheme, port or path'),
)

/** Field by field, so that one bad value costs no more than itself. */
const FIELDS = {
  recording: v.boolean('must be true or false'),
  pausedSites: host,
  hosts: host,
  ignored: v.pipe(v.string('must be text'), v.maxLength(500, 'must have at most 500 characters')),
  events: whole(LIMITS.events),
  days: whole(LIMITS.days),
  theme: v.picklist(['auto', 'light', 'dark'], 'must be auto, light or dark'),
  mutes: v.object(
    {
      site: v.string('must have a site'),
      rule: v.string('must have a rule'),
      note: v.pipe(
        v.string('must have a note'),
        v.maxLength(LONGEST_NOTE, `must have a note of at most ${LONGEST_NOTE} letters`),
      ),
    },
    'must be an object with site, rule and note',
  ),
  person: v.object(
    {
      label: v.pipe(
        v.string('must be text'),
        v.trim(),
        v.minLength(1, 'must not be empty'),
        v.maxLength(60, 'must have at most 60 characters'),
      ),
      cid: v.pipe(
        v.string('must be text'),
        v.minLength(1, 'must not be empty'),
        v.maxLength(500, 'must have at most 500 characters'),
      ),
    },
    'must have a label and a cid',
  ),
  channels: v.picklist(['web', 'app'], 'must be web or app'),
  expected: v.pipe(v.string('must be text'), v.maxLength(20_000, 'must have at most 20,000 characters')),
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Settings from whatever was stored, and a sentence for each value that had to fall back: which, what, why. */
export function parseSettings(stored: unknown): { settings: Settings; problems: string[] } {
  const problems: string[] = []
  if (stored !== undefined && stored !== null && !isObject(stored))
    problems.push(`The stored settings are ${shown(stored)} instead of an object; the defaults are used.`)
  const given = isObject(stored) ? stored : {}

  const field = <T>(schema: v.GenericSchema<unknown, T>, value: unknown, name: string, fallback: T): T => {
    if (value === undefined) return fallback
    const result = v.safeParse(schema, value)
    if (result.success) return result.output
    problems.push(`Setting ${name} is ${shown(value)}, but ${result.issues[0].message}; ${shown(fallback)} is used.`)
    return fallback
  }
  const item = <T>(schema: v.GenericSchema<unknown, T>, value: unknown, name: string): T[] => {
    const result = v.safeParse(schema, value)
    if (result.success) return [result.output]
    problems.push(`Setting ${name} is ${shown(value)}, but ${result.issues[0].message}; it is left out.`)
    return []
  }
  const list = <T>(schema: v.GenericSchema<unknown, T>, value: unknown, name: string): T[] => {
    if (value === undefined) return []
    if (!Array.isArray(value)) {
      problems.push(`Setting ${name} is ${shown(value)}, but must be a list; an empty one is used.`)
      return []
    }
    return [...new Set(value.flatMap((each, index) => item(schema, each, `${name}[${index}]`)))]
  }

  const bySite = <T>(schema: v.GenericSchema<unknown, T>, value: unknown, name: string): Record<string, T> => {
    if (value === undefined) return {}
    if (!isObject(value)) {
      problems.push(`Setting ${name} is ${shown(value)}, but must be an object; an empty one is used.`)
      return {}
    }
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, each]) => item(schema, each, `${name}.${key}`).map(one => [key, one])),
    )
  }

  const { retention } = given
  if (retention !== undefined && !isObject(retention))
    problems.push(`Setting retention is ${shown(retention)}, but must be an object; the default is used.`)
  const limits = isObject(retention) ? retention : {}
  return {
    settings: {
      recording: field(FIELDS.recording, given.recording, 'recording', DEFAULTS.recording),
      pausedSites: list(FIELDS.pausedSites, given.pausedSites, 'pausedSites'),
      hosts: list(FIELDS.hosts, given.hosts, 'hosts'),
      ignored: list(FIELDS.ignored, given.ignored, 'ignored'),
      retention: {
        events: field(FIELDS.events, limits.events, 'retention.events', DEFAULTS.retention.events),
        days: field(FIELDS.days, limits.days, 'retention.days', DEFAULTS.retention.days),
      },
      theme: field(FIELDS.theme, given.theme, 'theme', DEFAULTS.theme),
      mutes: list(FIELDS.mutes, given.mutes, 'mutes'),
      people: list(FIELDS.person, given.people, 'people'),
      channels: bySite(FIELDS.channels, given.channels, 'channels'),
      expected: bySite(FIELDS.expected, given.expected, 'expected'),
    },
    problems,
  }
}
