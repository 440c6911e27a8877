import type { Outcome } from '../identity/entry'

type Meaning = 'csp' | 'administrator' | 'client' | 'hidden' | 'aborted' | 'silent'

/**
 * Firefox's words for what is no plain failure. That it has these names is asked of a running one (`ChromeUtils.getXPCOMErrorName`) by
 * `e2e/capture.firefox.e2e.test.ts`; what they mean is measured there, or stands in xpcom/base/ErrorList.py.
 */
export const FIREFOX_ERRORS: Readonly<Record<string, Meaning>> = {
  NS_ERROR_CSP_FORM_ACTION_VIOLATION: 'csp',
  NS_ERROR_CSP_FRAME_ANCESTOR_VIOLATION: 'csp',
  NS_ERROR_BLOCKED_BY_POLICY: 'administrator',
  // What its modules for webRequest and declarativeNetRequest end a request with that another extension blocks; what a page takes back, in whatever way, is NS_BINDING_ABORTED.
  NS_ERROR_ABORT: 'client',
  NS_ERROR_CONTENT_BLOCKED: 'client',
  // The lists of its own protection.
  NS_ERROR_TRACKING_URI: 'client',
  NS_ERROR_SOCIALTRACKING_URI: 'client',
  NS_ERROR_EMAILTRACKING_URI: 'client',
  NS_ERROR_FINGERPRINTING_URI: 'client',
  NS_ERROR_CRYPTOMINING_URI: 'client',
  NS_ERROR_MALWARE_URI: 'client',
  NS_ERROR_PHISHING_URI: 'client',
  NS_ERROR_UNWANTED_URI: 'client',
  NS_ERROR_HARMFUL_URI: 'client',
  NS_ERROR_HARMFULADDON_URI: 'client',
  NS_ERROR_BLOCKED_URI: 'client',
  NS_ERROR_DOM_CORP_FAILED: 'hidden',
  NS_ERROR_DOM_COEP_FAILED: 'hidden',
  NS_BINDING_ABORTED: 'aborted',
  NS_BINDING_CANCELLED_OLD_LOAD: 'aborted',
  NS_BINDING_FAILED: 'silent',
  NS_BINDING_REDIRECTED: 'silent',
  NS_BINDING_RETARGETED: 'silent',
}

/**
 * Chromium's words (net/base/net_error_list.h), and the bare reasons that test drivers write into HAR files. Hidden: the server has the
 * request and answered, the browser keeps the answer from the page (measured). Aborted: the page, or its going away, took it back.
 * Silent: the browser doesn't tell, of the server neither.
 */
const OTHERS: readonly [RegExp, Meaning][] = [
  [/BLOCKED_BY_CSP|^csp$/i, 'csp'],
  [/BLOCKED_BY_ADMINISTRATOR/i, 'administrator'],
  [/BLOCKED_BY_CLIENT|^inspector$|^subresource-filter$/i, 'client'],
  [/BLOCKED_BY_ORB|BLOCKED_BY_RESPONSE|\bC?ORB\b|^cor[bp]\b|^corp-/i, 'hidden'],
  [/ERR_ABORTED/i, 'aborted'],
  [/^net::ERR_FAILED$|^canceled$/i, 'silent'],
]

/** null: it failed. */
const meaningOf = (error: string): Meaning | null =>
  Object.hasOwn(FIREFOX_ERRORS, error)
    ? (FIREFOX_ERRORS[error] ?? null)
    : (OTHERS.find(([pattern]) => pattern.test(error))?.[1] ?? null)

export const isAbort = (error: string): boolean => meaningOf(error) === 'aborted'

/**
 * What a browser's error text says of how a request ended. `status`: of the answer's headers, when there were any (0: none);
 * with headers below 400 the server has the event, whatever came after.
 */
export const outcomeOfError = (error: string, status: number, ms: number): Outcome => {
  const meaning = meaningOf(error)
  if (meaning === 'hidden' || (status >= 200 && status < 400)) return { state: 'hidden', status, error, ms }
  if (meaning === 'aborted' || meaning === 'silent') return { state: 'unknown', why: `the request ended as ${error}` }
  return meaning ? { state: 'blocked', by: meaning, error } : { state: 'failed', status: null, error, ms }
}
