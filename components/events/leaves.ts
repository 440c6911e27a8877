/** An event's values one by one, each by its path: for tables, for comparing, and for finding texts in them. */
import type { Json } from '../../utils/sdk/event'

export type Root = readonly [name: string, value: Json | undefined]

/** In order; empty objects and lists are values. Two keys that make the same path stay two. */
export function leaves(roots: readonly Root[]): [path: string, value: Json][] {
  const found: [string, Json][] = []
  const add = (path: string, value: Json) => {
    const members = typeof value === 'object' && value !== null ? Object.entries(value) : []
    if (members.length === 0) found.push([path, value])
    for (const [key, member] of members) add(`${path}.${key}`, member)
  }
  for (const [name, value] of roots) if (value !== undefined) add(name, value)
  return found
}

export interface Difference {
  path: string
  kind: 'added' | 'removed' | 'changed'
  before: Json | undefined
  after: Json | undefined
}

/** What one event has otherwise than another, in the order of the later one; what is gone stands last. Types count: 1 is not "1". */
export function differences(before: readonly Root[], after: readonly Root[]): Difference[] {
  const old = new Map(leaves(before))
  const now = new Map(leaves(after))
  const found: Difference[] = []
  for (const [path, value] of now) {
    const was = old.get(path)
    if (was === undefined) found.push({ path, kind: 'added', before: undefined, after: value })
    else if (JSON.stringify(was) !== JSON.stringify(value))
      found.push({ path, kind: 'changed', before: was, after: value })
  }
  for (const [path, value] of old)
    if (!now.has(path)) found.push({ path, kind: 'removed', before: value, after: undefined })
  return found
}
