/** Pages of the web that browsers keep extensions out of. */
const STORES =
  /^https:\/\/(chromewebstore\.google\.com|chrome\.google\.com\/webstore|microsoftedge\.microsoft\.com|addons\.mozilla\.org)\b/

/** Is this a page that extensions may look into? */
export const canBeWatched = (url: string): boolean => /^https?:/.test(url) && !STORES.test(url)
