/** Filling a text of a catalogue: `{name}` is a value; `{n|event|events}` chooses by the number n. */

const SLOT = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/
const plural = new Intl.PluralRules('en')

/** The text in pieces: its own words, and the values where they belong. */
export function fill<V>(text: string, values: Readonly<Record<string, V>>): (string | V)[] {
  const found: (string | V)[] = []
  let rest = text
  for (let slot = SLOT.exec(rest); slot; slot = SLOT.exec(rest)) {
    const [whole, name = '', one, many] = slot
    const value = values[name] as V
    found.push(
      rest.slice(0, slot.index),
      one === undefined ? value : plural.select(Number(value)) === 'one' ? one : (many ?? ''),
    )
    rest = rest.slice(slot.index + whole.length)
  }
  found.push(rest)
  return found
}
