import { expect, test } from 'vitest'
import { isAbort, outcomeOfError } from './net-error'

test.each([
  ['net::ERR_BLOCKED_BY_CSP', 0, { state: 'blocked', by: 'csp' }],
  ['NS_ERROR_CSP_FORM_ACTION_VIOLATION', 0, { state: 'blocked', by: 'csp' }],
  ['net::ERR_BLOCKED_BY_ADMINISTRATOR', 0, { state: 'blocked', by: 'administrator' }],
  ['NS_ERROR_BLOCKED_BY_POLICY', 0, { state: 'blocked', by: 'administrator' }],
  ['net::ERR_BLOCKED_BY_CLIENT', 0, { state: 'blocked', by: 'client' }],
  ['NS_ERROR_ABORT', 0, { state: 'blocked', by: 'client' }],
  ['NS_ERROR_TRACKING_URI', 0, { state: 'blocked', by: 'client' }],
  ['NS_ERROR_EMAILTRACKING_URI', 0, { state: 'blocked', by: 'client' }],
  ['NS_ERROR_MALFORMED_URI', 0, { state: 'failed' }],
  ['NS_ERROR_DOM_BAD_URI', 0, { state: 'failed' }],
  ['NS_ERROR_DOM_CORP_FAILED', 0, { state: 'hidden' }],
  // Another extension, or a policy, came only when the answer was there.
  ['NS_ERROR_ABORT', 200, { state: 'hidden', status: 200 }],
  ['net::ERR_BLOCKED_BY_CLIENT', 204, { state: 'hidden', status: 204 }],
  ['NS_ERROR_CSP_FRAME_ANCESTOR_VIOLATION', 200, { state: 'hidden', status: 200 }],
  ['NS_ERROR_CORRUPTED_CONTENT', 200, { state: 'hidden', status: 200 }],
  ['NS_BINDING_ABORTED', 0, { state: 'unknown' }],
  ['NS_BINDING_CANCELLED_OLD_LOAD', 0, { state: 'unknown' }],
  ['net::ERR_FAILED', 0, { state: 'unknown' }],
  ['NS_ERROR_NET_RESET', 0, { state: 'failed', error: 'NS_ERROR_NET_RESET' }],
  ['NS_ERROR_OFFLINE', 0, { state: 'failed' }],
] as const)('%s after status %i', (error, status, outcome) => {
  expect(outcomeOfError(error, status, 1)).toMatchObject(outcome)
})

test('only the page’s own going back on it is an abort', () => {
  expect(['net::ERR_ABORTED', 'NS_BINDING_ABORTED', 'NS_ERROR_ABORT'].map(isAbort)).toEqual([true, true, false])
})
