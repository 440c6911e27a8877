import type { Outcome } from '../identity/entry'

/*
 * In Chromium's words (net/base/net_error_list.h), in Firefox's (xpcom/base/ErrorList.py; what a running one lists in `Components.results`),
 * or the bare reasons that test drivers write into HAR files.
 */
const CSP = /BLOCKED_BY_CSP|^csp$|^NS_ERROR_CSP_/i
const ADMINISTRATOR = /BLOCKED_BY_ADMINISTRATOR|^NS_ERROR_BLOCKED_BY_POLICY$/i
/** Firefox says NS_ERROR_ABORT when another extension cancels (measured); what a page takes back is NS_BINDING_ABORTED. The lists of its own protection end in `_URI`. */
const CLIENT =
  /BLOCKED_BY_CLIENT|^inspector$|^subresource-filter$|^NS_ERROR_(?:ABORT|CONTENT_BLOCKED|(?:(?:|SOCIAL|EMAIL)TRACKING|FINGERPRINTING|CRYPTOMINING|MALWARE|PHISHING|UNWANTED|HARMFUL|HARMFULADDON|BLOCKED)_URI)$/i
/** The server has the request and answered; the browser keeps the answer from the page (measured in both). */
const HIDDEN = /BLOCKED_BY_ORB|BLOCKED_BY_RESPONSE|\bC?ORB\b|^cor[bp]\b|^corp-|^NS_ERROR_DOM_CO[RE]P_FAILED$/i
/** The page, or its going away, took it back. */
const ABORTED = /ERR_ABORTED|^NS_BINDING_(?:ABORTED|CANCELLED_OLD_LOAD)$/i
/** Says nothing of the server either: the browser doesn't tell. */
const SILENT = /^net::ERR_FAILED$|^canceled$|^NS_BINDING_(?:FAILED|REDIRECTED|RETARGETED)$/i

export const isAbort = (error: string): boolean => ABORTED.test(error)

/**
 * What a browser's error text says of how a request ended. `status`: of the answer's headers, when there were any (0: none);
 * with headers below 400 the server has the event, whatever came after.
 */
export const outcomeOfError = (error: string, status: number, ms: number): Outcome => {
  if (CSP.test(error)) return { state: 'blocked', by: 'csp', error }
  if (ADMINISTRATOR.test(error)) return { state: 'blocked', by: 'administrator', error }
  if (CLIENT.test(error)) return { state: 'blocked', by: 'client', error }
  if (HIDDEN.test(error) || (status >= 200 && status < 400)) return { state: 'hidden', status, error, ms }
  if (ABORTED.test(error) || SILENT.test(error)) return { state: 'unknown', why: `the request ended as ${error}` }
  return { state: 'failed', status: null, error, ms }
}
