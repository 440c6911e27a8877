/** The parts of an event that hold JSON: `items`, `dims`, `cvar` or `extra`, `context`. What can't be read of them is a Problem beside the event. */
import type { Json, Problem } from './event'
import { type FieldMap, PARTS } from './field-map'
import { isObject, parseJson, type Tree, valueOf } from './json'
import { decodePercent, excerpt } from './query'

/** The parsed parts, and what of them is an object. */
export interface Parts {
  items: Json | undefined
  dims: Json | undefined
  /** `cvar`, `extra`, or both together. */
  extra: Json | undefined
  extraName: 'cvar' | 'extra'
  context: Json | undefined
  /** Slots of the fields that were parsed. */
  parsed: readonly number[]
  things: readonly Tree[]
  dimsTree: Tree | null
  customers: Tree | null
  users: Tree | null
  purchase: Tree | null
  extraTree: Tree | null
  contextTree: Tree | null
}

export const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

/** An object, or the objects of a list as one (iOS sends `dims` as a list, S); null for anything else. */
export const treeOf = (value: Json | undefined): Tree | null => {
  if (isObject(value)) return value
  if (!Array.isArray(value)) return null
  const trees = value.filter(isObject)
  return trees.length > 1 ? Object.fromEntries(trees.flatMap(tree => Object.entries(tree))) : (trees[0] ?? null)
}

/** JSON text of a field: as it is, else percent-decoded once more, else JSON inside a JSON string. */
export const readText = (field: string, text: string, problems: Problem[]): Json | undefined => {
  const first = parseJson(text)
  const parsed = first.fault && text.includes('%') ? parseJson(decodePercent(text)) : first
  if (parsed.fault) {
    const { at, what } = first.fault ?? parsed.fault
    const message = `${field} is not JSON: ${what} at character ${at + 1} of ${excerpt(text)}`
    problems.push({ field, code: 'not-json', message })
    return undefined
  }
  const { value } = parsed
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  const inner = parseJson(value)
  return inner.fault ? value : inner.value
}

/** A field that holds JSON, parsed; undefined when it is absent, empty or broken. */
const readPart = (
  field: string,
  slot: number,
  fields: FieldMap,
  parsed: number[],
  problems: Problem[],
): Json | undefined => {
  const given = fields.at(slot)
  const value = typeof given !== 'string' ? given : given.trim() === '' ? undefined : readText(field, given, problems)
  if (value === undefined) return undefined
  parsed.push(slot)
  if (value === null) return null
  const list = Array.isArray(value)
  const fits = field === 'items' ? list : isObject(value) || (field === 'dims' && list)
  if (!fits) {
    const is = list ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
    const message = `${field} is ${is}, not ${field === 'items' ? 'a list' : 'an object'}`
    problems.push({ field, code: 'not-object', message })
  }
  return value
}

const thingsOf = (items: Json | undefined): Tree[] =>
  Array.isArray(items) ? items.filter(isObject) : isObject(items) ? [items] : []

export const partsOf = (fields: FieldMap, problems: Problem[]): Parts => {
  const parsed: number[] = []
  // In a loop: written out, all that reads JSON is compiled into this function five times.
  const [items, dims, cvar, given, context] = PARTS.map((field, slot) =>
    readPart(field, slot, fields, parsed, problems),
  )
  const extra = isObject(cvar) && isObject(given) ? { ...given, ...cvar } : (cvar ?? given)
  const dimsTree = treeOf(dims)
  return {
    items,
    dims,
    extra,
    extraName: fields.has('cvar') ? 'cvar' : 'extra',
    context,
    parsed,
    things: thingsOf(items),
    dimsTree,
    customers: treeOf(valueOf(dimsTree, 'customers')),
    users: treeOf(valueOf(dimsTree, 'users')),
    purchase: treeOf(valueOf(dimsTree, 'purchase')),
    extraTree: treeOf(extra),
    contextTree: treeOf(context),
  }
}
