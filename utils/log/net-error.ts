import type { Outcome } from '../identity/entry'

/** In Chromium's words, or the bare reasons that test drivers write into HAR files. */
const CSP = /BLOCKED_BY_CSP|^csp$/i
const ADMINISTRATOR = /BLOCKED_BY_ADMINISTRATOR/i
const CLIENT = /BLOCKED_BY_CLIENT|^inspector$|^subresource-filter$/i
/** The server has the request and answered; the browser keeps the answer from the page (measured in Chromium). */
const HIDDEN = /BLOCKED_BY_ORB|BLOCKED_BY_RESPONSE|\bC?ORB\b|^cor[bp]\b|^corp-/i
/** Says nothing of the server: the page went away, or the browser doesn't tell. */
const SILENT = /ERR_ABORTED|NS_BINDING_ABORTED|NS_ERROR_ABORT|^net::ERR_FAILED$|^canceled$/i

/**
 * What a browser's error text says of how a request ended. `status`: of the answer's headers, when there were any (0: none);
 * with headers below 400 the server has the event, whatever came after.
 */
export const outcomeOfError = (error: string, status: number, ms: number): Outcome => {
  if (CSP.test(error)) return { state: 'blocked', by: 'csp', error }
  if (ADMINISTRATOR.test(error)) return { state: 'blocked', by: 'administrator', error }
  if (CLIENT.test(error)) return { state: 'blocked', by: 'client', error }
  if (HIDDEN.test(error) || (status >= 200 && status < 400)) return { state: 'hidden', status, error, ms }
  if (SILENT.test(error)) return { state: 'unknown', why: `the request ended as ${error}` }
  return { state: 'failed', status: null, error, ms }
}
