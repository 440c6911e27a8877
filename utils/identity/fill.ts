/** Filling a text of a catalogue: `{name}` is a value; `{n|event|events}` chooses by the number n. */

const SLOT = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g

interface Slot {
  name: string
  /** What stands there for one, and for any other number; absent: the value itself. */
  one?: string | undefined
  many: string
}

/** Of each text that was filled once: a list asks for the same ones in every row. */
const read = new Map<string, readonly (string | Slot)[]>()

function partsOf(text: string): readonly (string | Slot)[] {
  const known = read.get(text)
  if (known) return known
  const parts: (string | Slot)[] = []
  let end = 0
  for (const { 0: whole, 1: name = '', 2: one, 3: many = '', index } of text.matchAll(SLOT)) {
    parts.push(text.slice(end, index), { name, one, many })
    end = index + whole.length
  }
  parts.push(text.slice(end))
  read.set(text, parts)
  return parts
}

/** The text in pieces: its own words, and the values where they belong. Plurals are those of English, which alone has any here. */
export const fill = <V>(text: string, values: Readonly<Record<string, V>>): (string | V)[] =>
  partsOf(text).map(part => {
    if (typeof part === 'string') return part
    const value = values[part.name] as V
    return part.one === undefined ? value : Math.abs(Number(value)) === 1 ? part.one : part.many
  })
