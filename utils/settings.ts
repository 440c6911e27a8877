/** The user's settings, in `storage.local` under `settings`. Validated where they enter; a bad value falls back to its default. */

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
  /** How times are written: by the clock, how long ago, how long after the page was loaded. */
  time: (typeof TIMES)[number]
  /** `auto`: the browser's, when it is one of the panel's. */
  language: 'auto' | Language
  /** Values that belong to persons are masked in what is written for others: the check's report. */
  masking: boolean
  /** The list goes on when a page is left; else it shows what the present one sent. Nothing is deleted by it. */
  keepLog: boolean
  /** Keys of one character do something: the check's marks, and the list of keys. */
  singleKeys: boolean
  /** Rules whose findings on a site are set aside. */
  mutes: Mute[]
  /** Names that were given to CIDs. They never leave this machine, and are in no export. */
  people: { label: string; cid: string }[]
  /** Sites (registrable domains) that are judged as web or as app, whatever their events look like. */
  channels: Record<string, 'web' | 'app'>
  /** Filters of the list, kept by name. */
  filters: { name: string; query: string }[]
  /** Text of the expected.json of each site (registrable domain). */
  expected: Record<string, string>
}

export const TIMES = ['clock', 'relative', 'navigation'] as const
export const LANGUAGES = ['en', 'vi'] as const
export type Language = (typeof LANGUAGES)[number]

/** The language that was chosen, else the browser's when it is one of ours, else English. `browser` is a tag like `vi-VN`. */
export const languageOf = (chosen: Settings['language'], browser: string): Language =>
  chosen === 'auto' ? (LANGUAGES.find(each => each === browser.toLowerCase().split('-')[0]) ?? 'en') : chosen

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
  time: 'clock',
  language: 'auto',
  masking: true,
  keepLog: true,
  singleKeys: true,
  mutes: [],
  people: [],
  channels: {},
  filters: [],
  expected: {},
}

/** What a limit may be: below, the log is of no use; above, nobody has measured it. */
export const LIMITS = { events: [1_000, 1_000_000], days: [1, 365] } as const

export const LONGEST_NOTE = 500

const HOST = /^(\[[0-9a-f:.]+\]|(?=.{1,253}$)[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*)$/

/** What a stored value must be; the panel has words for each. `limit`: of what, how much. */
export type Fault =
  | 'flag'
  | 'number'
  | 'whole'
  | 'least'
  | 'most'
  | 'one-of'
  | 'text'
  | 'long'
  | 'empty'
  | 'host'
  | 'mute'
  | 'mute-site'
  | 'mute-rule'
  | 'mute-note'
  | 'person'
  | 'filter'
  | 'list'
  | 'object'

/** A stored value that had to fall back: which, what it is, what it must be, and what became of it. */
export interface Problem {
  /** Path of the setting: `hosts[1]`; '' all of them. */
  setting: string
  /** Its value as JSON, cut; why nothing could be read. */
  is: string
  /** null: the browser could not read it. */
  fault: Fault | null
  limit: string | number
  /** What is used in its place; null: it is left out. */
  instead: string | null
}

/** A value as it may be, or what it must be. Not valibot: the panel reads its settings before it shows anything. */
type Check<T> = (value: unknown) => { value: T } | { fault: Fault; limit?: string | number }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const flag: Check<boolean> = value => (typeof value === 'boolean' ? { value } : { fault: 'flag' })
const whole =
  ([least, most]: readonly [number, number]): Check<number> =>
  value => {
    if (typeof value !== 'number') return { fault: 'number' }
    if (!Number.isInteger(value)) return { fault: 'whole' }
    if (value < least) return { fault: 'least', limit: least }
    return value > most ? { fault: 'most', limit: most } : { value }
  }
const oneOf =
  <T extends string>(of: readonly T[]): Check<T> =>
  value => {
    const found = of.find(each => each === value)
    return found === undefined ? { fault: 'one-of', limit: of.join(', ') } : { value: found }
  }
const text =
  (most: number): Check<string> =>
  value => {
    if (typeof value !== 'string') return { fault: 'text' }
    return value.length > most ? { fault: 'long', limit: most } : { value }
  }
const named =
  (most: number): Check<string> =>
  value =>
    value === '' ? { fault: 'empty' } : text(most)(value)

const host: Check<string> = value =>
  typeof value !== 'string' ? { fault: 'text' } : HOST.test(value) ? { value } : { fault: 'host' }

const mute: Check<Mute> = value => {
  if (!isObject(value)) return { fault: 'mute' }
  const { site, rule, note } = value
  if (typeof site !== 'string') return { fault: 'mute-site' }
  if (typeof rule !== 'string') return { fault: 'mute-rule' }
  if (typeof note !== 'string') return { fault: 'mute-note' }
  return note.length > LONGEST_NOTE ? { fault: 'long', limit: LONGEST_NOTE } : { value: { site, rule, note } }
}

const person: Check<Settings['people'][number]> = value => {
  if (!isObject(value)) return { fault: 'person' }
  const label = named(60)(typeof value.label === 'string' ? value.label.trim() : value.label)
  const cid = named(500)(value.cid)
  if ('fault' in label) return label
  return 'fault' in cid ? cid : { value: { label: label.value, cid: cid.value } }
}

const filter: Check<Settings['filters'][number]> = value => {
  if (!isObject(value)) return { fault: 'filter' }
  const name = named(60)(value.name)
  const query = named(2000)(value.query)
  if ('fault' in name) return name
  return 'fault' in query ? query : { value: { name: name.value, query: query.value } }
}

/** Field by field, so that one bad value costs no more than itself. */
const FIELDS = {
  recording: flag,
  pausedSites: host,
  hosts: host,
  ignored: text(500),
  events: whole(LIMITS.events),
  days: whole(LIMITS.days),
  theme: oneOf(['auto', 'light', 'dark']),
  time: oneOf(TIMES),
  language: oneOf(['auto', ...LANGUAGES]),
  masking: flag,
  keepLog: flag,
  singleKeys: flag,
  mutes: mute,
  person,
  channels: oneOf(['web', 'app']),
  filter,
  expected: text(20_000),
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Settings from whatever was stored, and each value that had to fall back. */
export function parseSettings(stored: unknown): { settings: Settings; problems: Problem[] } {
  const problems: Problem[] = []
  const fell = (
    setting: string,
    value: unknown,
    fault: Fault,
    instead: string | null,
    limit: string | number = '',
  ): void => {
    problems.push({ setting, is: shown(value), fault, limit, instead })
  }
  if (stored !== undefined && stored !== null && !isObject(stored)) fell('', stored, 'object', '{…}')
  const given = isObject(stored) ? stored : {}

  const field = <T>(check: Check<T>, value: unknown, name: string, fallback: T): T => {
    if (value === undefined) return fallback
    const result = check(value)
    if ('value' in result) return result.value
    fell(name, value, result.fault, shown(fallback), result.limit)
    return fallback
  }
  const item = <T>(check: Check<T>, value: unknown, name: string): T[] => {
    const result = check(value)
    if ('value' in result) return [result.value]
    fell(name, value, result.fault, null, result.limit)
    return []
  }
  const list = <T>(check: Check<T>, value: unknown, name: string): T[] => {
    if (value === undefined) return []
    if (!Array.isArray(value)) {
      fell(name, value, 'list', '[]')
      return []
    }
    return [...new Set(value.flatMap((each, index) => item(check, each, `${name}[${index}]`)))]
  }

  const bySite = <T>(check: Check<T>, value: unknown, name: string): Record<string, T> => {
    if (value === undefined) return {}
    if (!isObject(value)) {
      fell(name, value, 'object', '{}')
      return {}
    }
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, each]) => item(check, each, `${name}.${key}`).map(one => [key, one])),
    )
  }

  const { retention } = given
  if (retention !== undefined && !isObject(retention)) fell('retention', retention, 'object', shown(DEFAULTS.retention))
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
      time: field(FIELDS.time, given.time, 'time', DEFAULTS.time),
      language: field(FIELDS.language, given.language, 'language', DEFAULTS.language),
      masking: field(FIELDS.masking, given.masking, 'masking', DEFAULTS.masking),
      keepLog: field(FIELDS.keepLog, given.keepLog, 'keepLog', DEFAULTS.keepLog),
      singleKeys: field(FIELDS.singleKeys, given.singleKeys, 'singleKeys', DEFAULTS.singleKeys),
      mutes: list(FIELDS.mutes, given.mutes, 'mutes'),
      people: list(FIELDS.person, given.people, 'people'),
      channels: bySite(FIELDS.channels, given.channels, 'channels'),
      filters: list(FIELDS.filter, given.filters, 'filters'),
      expected: bySite(FIELDS.expected, given.expected, 'expected'),
    },
    problems,
  }
}

/** What the tester expects of a site: his text, '' for none, and the channel that it is judged as. A host may have the name of what every object has. */
export const expectedOn = ({ expected, channels }: Settings, site: string) => ({
  text: Object.hasOwn(expected, site) ? (expected[site] ?? '') : '',
  channel: Object.hasOwn(channels, site) ? (channels[site] ?? null) : null,
})
