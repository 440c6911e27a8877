/** A decoded value as rows of a tree: only what is unfolded is walked, so that deep and long payloads cost what is seen of them. */
import { typeOf } from '../../utils/identity/attributes'
import type { Json } from '../../utils/sdk/event'

export interface TreeRow {
  path: string
  key: string
  depth: number
  value: Json | undefined
  /** String, Number, …; '' for the row that tells of more. */
  type: string
  /** Number of members; null for what has none to unfold. */
  size: number | null
  open: boolean
  /** This row stands for so many members that are not drawn yet. */
  more: number
}

/** Members of one object or array that are drawn at first, and with each "more". */
export const CHUNK = 100

export interface Folding {
  /** Paths whose state is not the default one. */
  toggled: ReadonlySet<string>
  /** Path → members to draw, when more than CHUNK were asked for. */
  limits: ReadonlyMap<string, number>
}

const isUrl = (value: Json): boolean => typeof value === 'string' && /^https?:\/\/\S+$/i.test(value)

const isOpen = (size: number, depth: number, flipped: boolean): boolean => (depth < 2 && size <= 40) !== flipped

const membersOf = (value: Json | undefined): [string, Json][] | null =>
  value === null || typeof value !== 'object'
    ? null
    : Array.isArray(value)
      ? value.map((each, n) => [String(n), each])
      : Object.entries(value)

/** What has to be open for a row to be seen: its parents, outermost first. */
export interface Found {
  path: string
  parents: { path: string; depth: number; size: number; index: number }[]
}

/** Rows whose key or value has one of the words (lower case) in it, folded or not, in the order of the tree. */
export function findRows(
  roots: readonly (readonly [name: string, value: Json | undefined])[],
  words: readonly string[],
): Found[] {
  const found: Found[] = []
  if (words.length === 0) return found
  const has = (text: string) => {
    const lower = text.toLowerCase()
    return words.some(word => lower.includes(word))
  }
  const look = (key: string, value: Json | undefined, path: string, parents: Found['parents']) => {
    const members = membersOf(value)
    if (has(key) || (!members && value !== undefined && has(String(value)))) found.push({ path, parents })
    members?.forEach(([name, each], index) =>
      look(name, each, `${path}.${name}`, [...parents, { path, depth: parents.length, size: members.length, index }]),
    )
  }
  for (const [name, value] of roots) look(name, value, name, [])
  return found
}

/** The folding in which a row is seen. */
export function unfoldTo({ parents }: Found, { toggled, limits }: Folding): Folding {
  const flipped = new Set(toggled)
  const drawn = new Map(limits)
  for (const { path, depth, size, index } of parents) {
    if (!isOpen(size, depth, flipped.has(path)) && !flipped.delete(path)) flipped.add(path)
    if (index >= (drawn.get(path) ?? CHUNK)) drawn.set(path, index + CHUNK)
  }
  return { toggled: flipped, limits: drawn }
}

/** Objects are open down to the second level; `__proto__` and its like are keys as any other. */
export function treeRows(
  roots: readonly (readonly [name: string, value: Json | undefined])[],
  { toggled, limits }: Folding,
): TreeRow[] {
  const rows: TreeRow[] = []
  const add = (key: string, value: Json | undefined, path: string, depth: number) => {
    const members = membersOf(value)
    const size = members?.length ?? null
    const open = size !== null && size > 0 && isOpen(size, depth, toggled.has(path))
    const type = value === undefined ? '' : isUrl(value) ? 'URL' : typeOf(value)
    rows.push({ path, key, depth, value, type, size, open, more: 0 })
    if (!open || !members) return
    const limit = limits.get(path) ?? CHUNK
    for (const [name, each] of members.slice(0, limit)) add(name, each, `${path}.${name}`, depth + 1)
    if (members.length > limit)
      rows.push({
        path: `${path} …`,
        key: '',
        depth: depth + 1,
        value: undefined,
        type: '',
        size: null,
        open: false,
        more: members.length - limit,
      })
  }
  for (const [name, value] of roots) add(name, value, name, 0)
  return rows
}
