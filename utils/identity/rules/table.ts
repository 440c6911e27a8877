/** All rules, and which takes whose place. Order is no matter of meaning, but memories are kept by it. */
import { cidChanged } from './cid-changed'
import { cidRaw } from './cid-raw'
import { cidShared } from './cid-shared'
import { eventTwice } from './event-twice'
import { identifyWithoutCid } from './identify-without-cid'
import { logoutKeepsCid } from './logout-keeps-cid'
import { notSent } from './not-sent'
import type { AnyRule } from './rule'

export const RULES: readonly AnyRule[] = [
  cidChanged,
  cidRaw,
  cidShared,
  identifyWithoutCid,
  logoutKeepsCid,
  eventTwice,
  notSent,
]

/** If both rest on the same entry, only the one on the left is shown (rules.md "supersedes"). */
export const SUPERSEDES: readonly (readonly [over: string, under: string])[] = [['cid-shared', 'cid-raw']]
