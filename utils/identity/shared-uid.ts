/**
 * Ids that many devices hold at once: the app SDKs' stand-ins for a withheld advertising id (S), an Android id that a
 * maker shipped in every phone (S), and what code prints for "nothing" (judgement). A `_1` suffix is a reset's.
 */
const SHARED = /^(?:opt-out\d*|identifierForAdvertising|9774d56d682e549c|undefined|null|[0-]+)(?:_\d+)?$/i

/** Is this UID or aid one that cannot tell devices apart? */
export const isSharedUid = (id: string): boolean => SHARED.test(id)
