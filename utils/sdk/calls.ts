/** The calls that this extension can make on a page, through whatever API of the SDK the page really has. */
import type { Attributes, DecodedEvent, Json, PageCall, RawCall } from './event'
import type { Known } from './glossary'
import { WEB_GLOBAL } from './names'

/** A call before it is made, and how well its effect on identity is known. */
export type PlannedCall = PageCall & {
  known: Known
  /** What it does, as far as anybody knows: the panel has a sentence for each. */
  note: 'assign' | 'identify' | 'remove' | 'sign-out' | 'reset'
}

/** `web` or the global's own name: what the log calls the web SDK. */
const isWeb = (api: string): boolean => api === 'web' || api === WEB_GLOBAL

const webTrack = (...args: Json[]): PageCall => ({ api: `${WEB_GLOBAL}.track`, args })

/**
 * Makes the visitor the customer `cid`.
 * @param api `web`, or the name of the app bridge's global
 * @param attributes of the customer; a `customer_id` among them gives way to `cid`
 */
export const identifyCalls = (api: string, cid: string, attributes: Attributes): PlannedCall[] => {
  const customers: Json = Object.fromEntries([
    ['customer_id', cid],
    ...attributes.filter(([code]) => code !== 'customer_id'),
  ])
  if (!isWeb(api))
    return [
      {
        api: `${api}.setCustomerProps`,
        args: [customers],
        known: 'D',
        note: 'assign',
      },
    ]
  const extra = { identify_event: 'identify', identify_id: cid }
  return [
    {
      ...webTrack('user', 'identify', { dims: { customers }, extra }),
      known: 'D',
      note: 'identify',
    },
  ]
}

/**
 * Makes the visitor anonymous again. On the web there are two ways, in this order; an app bridge has one, whatever is chosen.
 * @param api as in `identifyCalls`
 */
export const removeCalls = (api: string, { signOut, reset }: { signOut: boolean; reset: boolean }): PlannedCall[] => {
  if (!isWeb(api))
    return [
      {
        api: `${api}.removeCustomer`,
        args: [],
        known: 'D',
        note: 'remove',
      },
    ]
  const calls: PlannedCall[] = []
  if (signOut)
    calls.push({
      ...webTrack('user', 'sign_out'),
      known: '?',
      note: 'sign-out',
    })
  if (reset)
    calls.push({
      ...webTrack('user', 'reset_anonymous_id'),
      known: 'D',
      note: 'reset',
    })
  return calls
}

// ── as code

const WIDTH = 96
const ROOT = 'window'
const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/

const keyCode = (key: string): string =>
  // Plain `__proto__: …` would set the prototype instead of a key.
  key === '__proto__' ? '["__proto__"]' : PLAIN_KEY.test(key) ? key : JSON.stringify(key)

/** JavaScript for a value, in pieces between which a line may break. */
const pieces = (value: Json): string[] => {
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)]
  const members = Array.isArray(value)
    ? value.map(pieces)
    : Object.entries(value).map(([key, member]) => keyed(key, pieces(member)))
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{ ', ' }']
  if (members.length === 0) return [`${open}${close}`.replace(/ +/, '')]
  const parts = members.flatMap((member, i) =>
    i < members.length - 1 ? [...member.slice(0, -1), `${member.at(-1)},`] : member,
  )
  return [`${open}${parts[0]}`, ...parts.slice(1, -1), ...(parts.length > 1 ? [`${parts.at(-1)}`] : [])].map(
    (part, i, all) => (i === all.length - 1 ? `${part}${close}` : part),
  )
}

const keyed = (key: string, [first = '', ...more]: string[]): string[] => [`${keyCode(key)}: ${first}`, ...more]

/** Fills lines with pieces: the first at `indent`, the others two columns deeper. */
const fill = (parts: string[], indent: string): string => {
  const lines: string[] = []
  let line = indent
  for (const part of parts) {
    const joined = line.trim() === '' ? line + part : `${line} ${part}`
    if (joined.length > WIDTH && line.trim() !== '') {
      lines.push(line)
      line = `${indent}  ${part}`
    } else line = joined
  }
  return [...lines, line].join('\n')
}

/** A call as JavaScript that can be pasted into a console: on one line if it fits, else a line per property of its last argument. */
export const formatCall = ({ api, args }: PageCall): string => {
  const codes = args.map(arg => pieces(arg).join(' '))
  const line = `${ROOT}.${api}(${codes.join(', ')})`
  const last = args.at(-1)
  if (line.length <= WIDTH || typeof last !== 'object' || last === null || Array.isArray(last)) return line
  const properties = Object.entries(last).map(([key, value]) => keyed(key, pieces(value)))
  const body = properties.map((parts, i) => fill(parts, '  ') + (i < properties.length - 1 ? ',' : ''))
  return [`${ROOT}.${api}(${[...codes.slice(0, -1), '{'].join(', ')}`, ...body, '})'].join('\n')
}

/** A call that was seen, as JavaScript: its arguments as the page gave them, digit by digit. */
export const callText = ({ api, args }: RawCall): string => `${ROOT}.${api}(${args.replace(/^\[|\]$/g, '')})`

/** The web SDK's call that makes an event; null for what no call of this API makes. What the SDK adds itself is left out. */
export const trackCall = ({ facts, items, dims, extra }: DecodedEvent): string | null => {
  if (facts.ec === '' && facts.ea === '') return null
  const own = new Set(facts.system.map(([code]) => code))
  const given =
    typeof extra === 'object' && extra !== null && !Array.isArray(extra)
      ? Object.fromEntries(Object.entries(extra).filter(([key]) => !own.has(key)))
      : {}
  const parts: [string, Json | undefined][] = [
    ['items', items],
    ['dims', dims],
    ['extra', Object.keys(given).length > 0 ? given : undefined],
  ]
  const properties = Object.fromEntries(parts.filter((part): part is [string, Json] => part[1] !== undefined))
  return formatCall(webTrack(facts.ec, facts.ea, ...(Object.keys(properties).length > 0 ? [properties] : [])))
}
