/**
 * The two containers of the reduced state: immutable, and cheap to change by one, because a new version shares all but a
 * few nodes with the old one. A site that loses its cookies makes a new UID on every page: copying a Map of thousands
 * for each event would make the cost grow with the log.
 */

const WIDTH = 32
const BITS = 5
/** A node of a Dict this small is a plain list: most maps here hold a handful of keys. */
const FLAT = 12
/** Beyond this depth all bits of the hash are used up; colliding keys share a list. */
const DEPTH = 6

/** A list that grows at its end. */
export class List<T> implements Iterable<T> {
  static readonly EMPTY: List<never> = new List<never>(0, null, [])

  private constructor(
    readonly length: number,
    /** Full chunks of WIDTH items, in order: itself such a list. */
    private readonly full: List<readonly T[]> | null,
    private readonly tail: readonly T[],
  ) {}

  static of<T>(items: Iterable<T>): List<T> {
    const all = [...items]
    // As pushing one after the other would have it: the tail is full, or not empty.
    const whole = all.length === 0 ? 0 : Math.floor((all.length - 1) / WIDTH) * WIDTH
    const chunks: (readonly T[])[] = []
    for (let at = 0; at < whole; at += WIDTH) chunks.push(all.slice(at, at + WIDTH))
    return new List(all.length, chunks.length > 0 ? List.of(chunks) : null, all.slice(whole))
  }

  push(item: T): List<T> {
    if (this.tail.length < WIDTH) return new List(this.length + 1, this.full, [...this.tail, item])
    const full: List<readonly T[]> = this.full ?? List.EMPTY
    return new List(this.length + 1, full.push(this.tail), [item])
  }

  at(index: number): T | undefined {
    const start = this.length - this.tail.length
    return index >= start ? this.tail[index - start] : this.full?.at(index >> BITS)?.[index & (WIDTH - 1)]
  }

  /** The newest item. */
  get last(): T | undefined {
    return this.tail[this.tail.length - 1]
  }

  *[Symbol.iterator](): Iterator<T> {
    if (this.full) for (const chunk of this.full) yield* chunk
    yield* this.tail
  }

  toArray(): T[] {
    return this.full ? joined(this.full).concat(this.tail) : [...this.tail]
  }
}

/** The chunks of a list in one array; made once, since a list that grows keeps its full chunks for a while. */
const joined = <T>(chunks: List<readonly T[]>): readonly T[] => {
  const known = JOINED.get(chunks)
  if (known) return known as readonly T[]
  const items = chunks.toArray().flat() as T[]
  JOINED.set(chunks, items)
  return items
}
const JOINED = new WeakMap<object, readonly unknown[]>()

interface Slot<V> {
  readonly key: string
  readonly value: V
  /** Grows with each new key: iteration is in this order. */
  readonly order: number
}

type Node<V> =
  | { readonly slots: readonly Slot<V>[]; readonly nodes: null }
  | { readonly slots: null; readonly nodes: readonly (Node<V> | undefined)[] }

/** Of the newest key, which is mostly looked for and then put. */
let hashed: { key: string | null; code: number } = { key: null, code: 0 }

const hash = (key: string): number => {
  if (key === hashed.key) return hashed.code
  let code = 0x811c9dc5
  for (let i = 0; i < key.length; i++) code = Math.imul(code ^ key.charCodeAt(i), 0x01000193)
  code ^= code >>> 15
  hashed = { key, code }
  return code
}

const lane = (code: number, depth: number): number => (code >>> (depth * BITS)) & (WIDTH - 1)

const find = <V>(root: Node<V>, key: string): Slot<V> | undefined => {
  let node: Node<V> | undefined = root
  const code = root.nodes ? hash(key) : 0
  for (let depth = 0; node; depth++) {
    if (node.slots) {
      for (const slot of node.slots) if (slot.key === key) return slot
      return undefined
    }
    node = node.nodes[lane(code, depth)]
  }
  return undefined
}

const put = <V>(node: Node<V> | undefined, slot: Slot<V>, code: number, depth: number): Node<V> => {
  if (!node) return { slots: [slot], nodes: null }
  if (node.nodes) {
    const nodes = node.nodes.slice()
    const at = lane(code, depth)
    nodes[at] = put(nodes[at], slot, code, depth + 1)
    return { slots: null, nodes }
  }
  const slots = node.slots.slice()
  const at = slots.findIndex(other => other.key === slot.key)
  if (at >= 0) slots[at] = slot
  else slots.push(slot)
  if (slots.length <= FLAT || depth > DEPTH) return { slots, nodes: null }
  let split: Node<V> = { slots: null, nodes: new Array(WIDTH).fill(undefined) }
  for (const each of slots) split = put(split, each, hash(each.key), depth)
  return split
}

const drop = <V>(node: Node<V> | undefined, key: string, code: number, depth: number): Node<V> | undefined => {
  if (!node) return node
  if (node.slots) return { slots: node.slots.filter(slot => slot.key !== key), nodes: null }
  const nodes = node.nodes.slice()
  const at = lane(code, depth)
  nodes[at] = drop(nodes[at], key, code, depth + 1)
  return { slots: null, nodes }
}

const collect = <V>(node: Node<V> | undefined, into: Slot<V>[]): Slot<V>[] => {
  if (node?.slots) into.push(...node.slots)
  else if (node) for (const child of node.nodes) collect(child, into)
  return into
}

/** A map with string keys, in order of first appearance. Reads like any read-only map. */
export class Dict<V> implements ReadonlyMap<string, V> {
  static readonly EMPTY: Dict<never> = new Dict<never>(0, 0, { slots: [], nodes: null })
  /** Made when somebody first walks over this version. */
  private walk: readonly Slot<V>[] | null = null

  private constructor(
    readonly size: number,
    private readonly next: number,
    private readonly root: Node<V>,
  ) {}

  static of<V>(entries: Iterable<readonly [string, V]>): Dict<V> {
    const all = [...entries]
    // Few keys are a list: nothing is made in between. Of a key that comes twice the last counts.
    if (all.length <= FLAT && new Set(all.map(([key]) => key)).size === all.length)
      return new Dict(all.length, all.length, {
        slots: all.map(([key, value], order) => ({ key, value, order })),
        nodes: null,
      })
    let dict: Dict<V> = Dict.EMPTY
    for (const [key, value] of all) dict = dict.with(key, value)
    return dict
  }

  get(key: string): V | undefined {
    return find(this.root, key)?.value
  }

  has(key: string): boolean {
    return find(this.root, key) !== undefined
  }

  with(key: string, value: V): Dict<V> {
    const { slots } = this.root
    if (slots) return this.withSlot(slots, key, value)
    const old = find(this.root, key)
    if (old && old.value === value) return this
    const slot = { key, value, order: old?.order ?? this.next }
    const root = put(this.root, slot, hash(key), 0)
    return old ? new Dict(this.size, this.next, root) : new Dict(this.size + 1, this.next + 1, root)
  }

  /** While it is a plain list: the key is looked for once. */
  private withSlot(slots: readonly Slot<V>[], key: string, value: V): Dict<V> {
    let at = 0
    while (at < slots.length && slots[at]?.key !== key) at++
    const old = slots[at]
    if (old && old.value === value) return this
    if (!old && at === FLAT)
      return new Dict(this.size + 1, this.next + 1, put(this.root, { key, value, order: this.next }, 0, 0))
    const next = slots.slice()
    next[at] = { key, value, order: old?.order ?? this.next }
    return new Dict(next.length, old ? this.next : this.next + 1, { slots: next, nodes: null })
  }

  without(key: string): Dict<V> {
    if (!this.has(key)) return this
    return new Dict(this.size - 1, this.next, drop(this.root, key, hash(key), 0) ?? { slots: [], nodes: null })
  }

  private slots(): readonly Slot<V>[] {
    this.walk ??= this.root.slots ?? collect(this.root, []).sort((a, b) => a.order - b.order)
    return this.walk
  }

  *entries(): MapIterator<[string, V]> {
    for (const slot of this.slots()) yield [slot.key, slot.value]
  }

  *keys(): MapIterator<string> {
    for (const slot of this.slots()) yield slot.key
  }

  *values(): MapIterator<V> {
    for (const slot of this.slots()) yield slot.value
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries()
  }

  forEach(each: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const slot of this.slots()) each(slot.value, slot.key, this)
  }
}

/** Plain form of a tree that holds Lists and Dicts: survives `structuredClone` and IndexedDB. */
export type Plain = unknown

const LIST = 0

/** The same list with each item changed; the very same one when none is. */
const mapped = (items: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] => {
  let changed: unknown[] | null = null
  for (let at = 0; at < items.length; at++) {
    const item = items[at]
    const now = change(item)
    if (now !== item) (changed ??= items.slice())[at] = now
  }
  return changed ?? items
}

/** The same object with each member changed; the very same one when none is. */
const membersMapped = (object: object, change: (member: unknown) => unknown): object => {
  let changed: Record<string, unknown> | null = null
  for (const key of Object.keys(object)) {
    const before = (object as Record<string, unknown>)[key]
    const now = change(before)
    if (now !== before) (changed ??= { ...object })[key] = now
  }
  return changed ?? object
}

/**
 * A Dict becomes a Map with string keys, a List a Map with the one key 0; all else stays what it is, where nothing of that is in it.
 * What the page sent (attribute values) is never such a class, so nothing can be mistaken.
 */
export const toPlain = (value: unknown): Plain => {
  if (value instanceof List) return new Map([[LIST, mapped(value.toArray(), toPlain)]])
  if (value instanceof Dict) return new Map([...value].map(([key, each]) => [key, toPlain(each)]))
  if (Array.isArray(value)) return mapped(value, toPlain)
  return value !== null && typeof value === 'object' ? membersMapped(value, toPlain) : value
}

/** The way back. What holds no such class comes back as it is, not as a copy: of a checkpoint that is nearly all. */
export const fromPlain = (value: Plain): unknown => {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Map) {
    const items: unknown = value.get(LIST)
    return Array.isArray(items)
      ? List.of(mapped(items, fromPlain))
      : Dict.of([...value].map(([key, each]) => [String(key), fromPlain(each)] as const))
  }
  if (Array.isArray(value)) return mapped(value, fromPlain)
  return membersMapped(value, fromPlain)
}
