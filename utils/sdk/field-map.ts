/** The fields of one event by name, in the order in which they came. */
import type { Json } from './event'
import { PARAMETERS } from './names'

type Parameter = (typeof PARAMETERS)[number]

/** Fields that hold JSON; the place of each is its slot. */
export const PARTS: readonly string[] = ['items', 'dims', 'cvar', 'extra', 'context'] satisfies Parameter[]

const NAMES: readonly string[] = [...PARTS, ...PARAMETERS.filter(name => !PARTS.includes(name))]
const SLOTS: ReadonlyMap<string, number> = new Map(NAMES.map((name, slot) => [name, slot]))
const ABSENT: readonly undefined[] = NAMES.map(() => undefined)

/** Where the value of a known parameter stands in every `FieldMap`. */
export const slotOf = (name: Parameter): number => SLOTS.get(name) as number

/** Is it the slot of a known parameter? */
export const isParameter = (slot: number): boolean => slot < NAMES.length
/** Is it the slot of a field that holds JSON? */
export const isPart = (slot: number): boolean => slot < PARTS.length

/**
 * A Map in which known parameters have a slot each. An event has a dozen fields and is asked for thirty: a Map would hash and compare for each,
 * and grow twice until all are in it.
 */
export class FieldMap {
  /** Slots of what is there, in the order in which it came. */
  readonly slots: number[] = []
  /** Values by slot: of the known parameters, then of others as they came. */
  private readonly values: (Json | undefined)[] = ABSENT.slice()
  private others: { names: string[]; slots: Map<string, number> } | null = null

  /** Value in a slot; undefined if there is none. */
  at(slot: number): Json | undefined {
    return this.values[slot]
  }

  nameAt(slot: number): string {
    return (isParameter(slot) ? NAMES[slot] : this.others?.names[slot - NAMES.length]) as string
  }

  get(name: string): Json | undefined {
    const slot = this.find(name)
    return slot === undefined ? undefined : this.values[slot]
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  set(name: string, value: Json): void {
    const slot = this.find(name) ?? this.add(name)
    if (this.values[slot] === undefined) this.slots.push(slot)
    this.values[slot] = value
  }

  entries(): [name: string, value: Json][] {
    return this.slots.map(slot => [this.nameAt(slot), this.values[slot] as Json])
  }

  /** The same fields, to be changed on their own; without that name. */
  copy(without?: string): FieldMap {
    const copied = new FieldMap()
    for (const [name, value] of this.entries()) if (name !== without) copied.set(name, value)
    return copied
  }

  private find(name: string): number | undefined {
    return SLOTS.get(name) ?? this.others?.slots.get(name)
  }

  private add(name: string): number {
    this.others ??= { names: [], slots: new Map() }
    this.others.names.push(name)
    const slot = this.values.push(undefined) - 1
    this.others.slots.set(name, slot)
    return slot
  }
}
