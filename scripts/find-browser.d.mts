/** See find-browser.mjs. */
export function findBrowser(name: string): { path: string; advice: null } | { path: null; advice: string }
