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

/** A value as it may be, or what it must be. Not valibot: the panel reads its settings before it shows anything. */
type Check<T> = (value: unknown) => { value: T } | { fault: string }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const flag: Check<boolean> = value => (typeof value === 'boolean' ? { value } : { fault: 'must be true or false' })
const whole =
  ([least, most]: readonly [number, number]): Check<number> =>
  value => {
    if (typeof value !== 'number') return { fault: 'must be a number' }
    if (!Number.isInteger(value)) return { fault: 'must be a whole number' }
    if (value < least) return { fault: `must be at least ${least.toLocaleString('en')}` }
    return value > most ? { fault: `must be at most ${most.toLocaleString('en')}` } : { value }
  }
const oneOf =
  <T extends string>(of: readonly T[], fault: string): Check<T> =>
  value => {
    const found = of.find(each => each === value)
    return found === undefined ? { fault } : { value: found }
  }
const text =
  (most: number): Check<string> =>
  value => {
    if (typeof value !== 'string') return { fault: 'must be text' }
    const fault = `must have at most ${most.toLocaleString('en')} characters`
    return value.length > most ? { fault } : { value }
  }
const named =
  (most: number): Check<string> =>
  value =>
    value === '' ? { fault: 'must not be empty' } : text(most)(value)

const host: Check<string> = value =>
  typeof value !== 'string'
    ? { fault: 'must be text' }
    : HOST.test(value)
      ? { value }
      : { fault: 'must be a host name in lower case, without scheme, port or path' }

const mute: Check<Mute> = value => {
  if (!isObject(value)) return { fault: 'must be an object with site, rule and note' }
  const { site, rule, note } = value
  if (typeof site !== 'string') return { fault: 'must have a site' }
  if (typeof rule !== 'string') return { fault: 'must have a rule' }
  if (typeof note !== 'string') return { fault: 'must have a note' }
  const fault = `must have a note of at most ${LONGEST_NOTE} letters`
  return note.length > LONGEST_NOTE ? { fault } : { value: { site, rule, note } }
}

const person: Check<Settings['people'][number]> = value => {
  if (!isObject(value)) return { fault: 'must have a label and a cid' }
  const label = named(60)(typeof value.label === 'string' ? value.label.trim() : value.label)
  const cid = named(500)(value.cid)
  if ('fault' in label) return label
  return 'fault' in cid ? cid : { value: { label: label.value, cid: cid.value } }
}

const filter: Check<Settings['filters'][number]> = value => {
  if (!isObject(value)) return { fault: 'must have a name and a query' }
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
  theme: oneOf(['auto', 'light', 'dark'], 'must be auto, light or dark'),
  time: oneOf(TIMES, 'must be clock, relative or navigation'),
  language: oneOf(['auto', ...LANGUAGES], 'must be auto, en or vi'),
  masking: flag,
  keepLog: flag,
  singleKeys: flag,
  mutes: mute,
  person,
  channels: oneOf(['web', 'app'], 'must be web or app'),
  filter,
  expected: text(20_000),
}

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

  const field = <T>(check: Check<T>, value: unknown, name: string, fallback: T): T => {
    if (value === undefined) return fallback
    const result = check(value)
    if ('value' in result) return result.value
    problems.push(`Setting ${name} is ${shown(value)}, but ${result.fault}; ${shown(fallback)} is used.`)
    return fallback
  }
  const item = <T>(check: Check<T>, value: unknown, name: string): T[] => {
    const result = check(value)
    if ('value' in result) return [result.value]
    problems.push(`Setting ${name} is ${shown(value)}, but ${result.fault}; it is left out.`)
    return []
  }
  const list = <T>(check: Check<T>, value: unknown, name: string): T[] => {
    if (value === undefined) return []
    if (!Array.isArray(value)) {
      problems.push(`Setting ${name} is ${shown(value)}, but must be a list; an empty one is used.`)
      return []
    }
    return [...new Set(value.flatMap((each, index) => item(check, each, `${name}[${index}]`)))]
  }

  const bySite = <T>(check: Check<T>, value: unknown, name: string): Record<string, T> => {
    if (value === undefined) return {}
    if (!isObject(value)) {
      problems.push(`Setting ${name} is ${shown(value)}, but must be an object; an empty one is used.`)
      return {}
    }
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, each]) => item(check, each, `${name}.${key}`).map(one => [key, one])),
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
