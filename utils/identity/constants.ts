/** The windows of rules.md §0, in milliseconds. The one place for them. */

/** A login and the CID that belongs to it are this far apart at most, in either order. */
export const ASSIGN = 10_000
/** Logout, remove and reset this close to each other are one removal. */
export const CHAIN = 5_000
/** What another tab, frame or worker still sends this long after a removal was in flight. */
export const GRACE = 2_000
/** Two equal requests this close are one event sent twice. */
export const DUP = 500
/** The same for page views of one document and URL. */
export const PAGEDUP = 2_000
/** A call of a live SDK whose request didn't start by then was not sent. */
export const SENT = 5_000
/** A call that waits this long for an SDK whose script was asked for is stuck. */
export const QUEUE = 10_000
/** Within this time a visit goes on: UIDs that alternate, resets that follow each other, a customer who comes back. */
export const SWITCH = 30 * 60_000
/** The same order number within this time is one purchase sent twice; a call repeated within it may be throttled by the SDK. */
export const DAY = 24 * 3_600_000

// Of the login and logout check.

/** A tester's mark and the event that it speaks of are this far apart at most. */
export const MARK = 15_000
/** The attributes that a login brings have come by then. */
export const ATTR = 30_000
/** So many events must carry the CID after a login, and so many none after a logout, before that is believed. */
export const MIN_AFTER_LOGIN = 3
export const MIN_AFTER_LOGOUT = 2
/** A request whose end nobody saw is waited for this long. */
export const UNSEEN = 10_000
