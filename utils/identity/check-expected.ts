/** What a tester expects of a site, and what of it the rules go by. How it is written in a file: check-file.ts. */
import type { Json } from '../sdk/event'
import { type Expectations, NO_EXPECTATIONS } from './expectations'
import type { Hash, Step } from './recipe'

/** How CIDs are to be made. */
export interface ExpectedRecipe {
  /** `none`: the value itself is the CID. */
  hash: Hash | 'none'
  of: 'phone' | 'email' | 'any'
  normalise: readonly Step[]
}

export interface ExpectedAttribute {
  code: string
  /** Type class as attributes.ts names it; null: any. */
  type: string | null
  /** undefined: any. */
  value: Json | undefined
  required: boolean
}

export interface Mute {
  rule: string
  note: string
  /** ms since the epoch; null: for good. */
  until: number | null
}

export interface Expected {
  /** null: as the events say. */
  mode: 'web' | 'app' | null
  recipe: ExpectedRecipe | null
  order: 'any' | 'login-first' | 'identify-first' | null
  loginEvents: readonly string[]
  attributes: readonly ExpectedAttribute[]
  /** null: any on the web, required in an app. */
  removal: 'any' | 'required' | 'none' | null
  /** null: any on the web, the same in an app. */
  uidAfterLogout: 'any' | 'new' | 'same' | null
  required: Readonly<Record<string, readonly string[]>>
  mute: readonly Mute[]
  /** What could not be told counts as failed. */
  strict: boolean
}

export const NOTHING_EXPECTED: Expected = {
  mode: null,
  recipe: null,
  order: null,
  loginEvents: [],
  attributes: [],
  removal: null,
  uidAfterLogout: null,
  required: {},
  mute: [],
  strict: false,
}

/** As far as the rules go by it. */
export const rulesExpect = ({ mode, loginEvents, order, removal, required }: Expected): Expectations => ({
  ...NO_EXPECTATIONS,
  channel: mode,
  loginEvents,
  order,
  removal: removal ?? 'any',
  required,
})
