/** All rules, and which takes whose place. Order is no matter of meaning, but memories are kept by it. */
import { cidDisagrees, cidIsUid, cidRecipeMixed, cidUnpadded } from './cid'
import { cidChanged } from './cid-changed'
import { cidRaw } from './cid-raw'
import { cidShared } from './cid-shared'
import {
  attributeCode,
  attributeNull,
  attributeReserved,
  attributeTooLong,
  attributeTypeChanged,
  itemIncomplete,
  jsonBroken,
  piiInEvent,
  piiInUrl,
  requiredMissing,
} from './content'
import { blocked, failed } from './delivery'
import { eventTwice } from './event-twice'
import { identifyWithoutCid } from './identify-without-cid'
import { identifyBeforeLogin, loginNotIdentified } from './login'
import { cidLost, identifyAfterLogout, logoutWithoutRemove, staleCustomer } from './logout'
import { logoutKeepsCid } from './logout-keeps-cid'
import { notSent } from './not-sent'
import { portalMixed, queueStuck, regionMixed, sandboxOnProduction, sdkTwice } from './page'
import type { AnyRule } from './rule'
import { resetKeptUid, resetTooOften, sessionSpansPeople, uidChanged, uidNotString, uidShared, uidSplit } from './uid'

export const RULES: readonly AnyRule[] = [
  cidChanged,
  cidRaw,
  cidShared,
  cidUnpadded,
  cidRecipeMixed,
  cidDisagrees,
  cidIsUid,
  identifyWithoutCid,
  loginNotIdentified,
  identifyBeforeLogin,
  logoutKeepsCid,
  identifyAfterLogout,
  logoutWithoutRemove,
  staleCustomer,
  cidLost,
  uidChanged,
  uidSplit,
  resetKeptUid,
  resetTooOften,
  uidShared,
  uidNotString,
  portalMixed,
  regionMixed,
  sandboxOnProduction,
  sdkTwice,
  eventTwice,
  queueStuck,
  notSent,
  blocked,
  failed,
  itemIncomplete,
  requiredMissing,
  attributeCode,
  attributeReserved,
  attributeTooLong,
  attributeNull,
  attributeTypeChanged,
  jsonBroken,
  piiInUrl,
  piiInEvent,
  sessionSpansPeople,
]

/**
 * If both rest on the same entry, only the one on the left is shown (rules.md "supersedes"; the last three by judgement: the
 * same fault told with less). `ofKey`: only issues whose key ends so.
 */
export const SUPERSEDES: readonly (readonly [over: string, under: string, ofKey?: string])[] = [
  ['cid-shared', 'cid-raw'],
  ['cid-shared', 'cid-unpadded'],
  ['identify-without-cid', 'login-not-identified'],
  ['identify-without-cid', 'required-missing', 'customer_id'],
  ['logout-keeps-cid', 'logout-without-remove'],
  ['stale-customer', 'logout-keeps-cid'],
  ['sandbox-on-production', 'portal-mixed'],
  ['cid-changed', 'session-spans-people'],
  ['uid-split', 'uid-changed'],
  ['cid-shared', 'session-spans-people'],
]
