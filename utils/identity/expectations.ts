/** What a tester expects of a site, as far as it changes what the log means and what the rules say (expected.json). */

import type { EventFacts } from '../sdk/event'
import { kindOf } from '../sdk/kind'
import type { EventEntry } from './entry'

export interface Expectations {
  /** Whose conduct it is to be judged as, whatever the events look like (rules.md "app / web"); null: as each event says. */
  readonly channel: EventFacts['channel'] | null
  /** Further names of login events: `<category>/<action>`, or the event's name. */
  readonly loginEvents: readonly string[]
  /** Order of login and identify; null: not said. */
  readonly order: 'any' | 'login-first' | 'identify-first' | null
  /** What must follow a logout. */
  readonly removal: 'any' | 'required' | 'none'
  /** Keys that an event must have, by its name: `{"product/purchase": ["dims.purchase.customer_id"]}`. */
  readonly required: Readonly<Record<string, readonly string[]>>
  /** Does the event's payload hold a value at this path? null: nobody can tell, as of every event without this function. */
  readonly holds?: (entry: EventEntry, path: string) => boolean | null
}

export const NO_EXPECTATIONS: Expectations = {
  channel: null,
  loginEvents: [],
  order: null,
  removal: 'any',
  required: {},
}

/** The event with the meaning that is expected of its name, in the channel that is expected. */
export const asExpected = (entry: EventEntry, { loginEvents, channel }: Expectations): EventEntry => {
  const { ec, ea, en, kind } = entry.facts
  const named = kind === 'other' && loginEvents.some(name => name === `${ec}/${ea}` || name === en)
  const moved = channel !== null && channel !== entry.facts.channel
  if (!named && !moved) return entry
  return {
    ...entry,
    facts: { ...entry.facts, kind: named ? 'login' : kind, channel: channel ?? entry.facts.channel },
  }
}

/** Is it a login only because its name is expected to be one? Then nothing is documented about what it holds. */
export const isOwnLogin = ({ kind, ec, ea, en }: EventFacts): boolean =>
  kind === 'login' && kindOf(ec, ea, en) !== 'login'
