/** Attribute maps (merge.md §1, §2): which value counts, which came before, which was only attempted. */
import type { Attributes, Json } from '../sdk/event'
import type { SystemValues } from './holder'
import { before as comesBefore, type Point } from './members'
import type { Dict } from './persistent'
import type { AttributeState, Setting } from './state'

const EARLIER = 50
const ATTEMPTS = 20

/** JSON with sorted keys: equal text = equal value. `1` and `"1"` differ. */
export const canonical = (value: Json): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join()}}`
}

const same = (a: Json, b: Json): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && canonical(a) === canonical(b))

const DATE =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/** Type class of an attribute's value, in the platform's words (D: protocol.md §5). Text and String can't be told apart. */
export const typeOf = (value: Json): string => {
  if (value === null) return 'Null'
  if (Array.isArray(value)) return 'Array'
  if (typeof value === 'object') return 'Object'
  if (typeof value === 'number') return 'Number'
  if (typeof value === 'boolean') return 'Boolean'
  return DATE.test(value) ? 'Datetime' : 'String'
}

/** A list with one more at its end, and at most so many. In one copy: a value may come with every event. */
const bounded = <T>(list: readonly T[], item: T, most: number): T[] => {
  const from = Math.max(0, list.length + 1 - most)
  const next = new Array<T>(list.length - from + 1)
  for (let at = from; at < list.length; at++) next[at - from] = list[at] as T
  next[list.length - from] = item
  return next
}

const lastOf = (earlier: readonly Setting[]): Setting | undefined => earlier[earlier.length - 1]

const put = (
  old: AttributeState | undefined,
  code: string,
  setting: Setting,
  merged: Point | undefined,
): AttributeState => {
  const state = old ?? { code, now: null, earlier: [], attempts: [] }
  if (setting.asked || setting.value === null) return { ...state, attempts: bounded(state.attempts, setting, ATTEMPTS) }
  const before = state.now
  if (!before) return { ...state, now: setting }
  const last = lastOf(state.earlier)
  // A merge dates the value by when it was sent last before it.
  const counted = merged !== undefined && comesBefore(before, merged) <= 0
  const firstKept =
    !counted && same(before.value, setting.value) && last !== undefined && same(last.value, setting.value)
  return {
    code,
    now: setting,
    earlier: firstKept ? state.earlier : bounded(state.earlier, before, EARLIER),
    attempts: state.attempts,
  }
}

/** What all attributes of one event have in common. */
export type Source = Pick<Setting, 'at' | 'event' | 'what' | 'by' | 'inferred' | 'asked'>

/** @param merged the newest moment that a merge of the owner is dated by */
export const setAll = (
  map: Dict<AttributeState>,
  attributes: Attributes,
  { at, event, what, by, inferred, asked }: Source,
  merged?: Point,
): Dict<AttributeState> => {
  let next = map
  for (const [code, value] of attributes)
    next = next.with(
      code,
      put(next.get(code), code, { at, event, what, by, inferred, asked, value, type: typeOf(value) }, merged),
    )
  return next
}

/** Further sets of system values are dropped: a site that invents names for each event must not make the state grow. */
const SETS = 32

const sameCodes = (a: Attributes, b: Attributes): boolean =>
  a === b || (a.length === b.length && a.every(([code], index) => b[index]?.[0] === code))

/**
 * The SDK's own values: many, on each event, mostly of the same names. Kept as they came, the newest of each set of names,
 * so that an event costs one object; `systemMap` sorts them out for whoever looks.
 */
export const withSystem = (
  sets: readonly SystemValues[],
  attributes: Attributes,
  source: Source,
): readonly SystemValues[] =>
  attributes.length === 0
    ? sets
    : bounded(
        sets.filter(each => !sameCodes(each.attributes, attributes)),
        { attributes, source },
        SETS,
      )

export const systemMap = (sets: readonly SystemValues[]): Map<string, AttributeState> => {
  const map = new Map<string, AttributeState>()
  for (const { attributes, source } of sets)
    for (const [code, value] of attributes)
      if (value !== null)
        map.set(code, { code, now: { ...source, value, type: typeOf(value) }, earlier: [], attempts: [] })
  return map
}
