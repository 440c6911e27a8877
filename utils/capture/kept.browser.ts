/** What the SDK keeps in the browser for a site: read, and taken away for the next test person. */
import { browser } from 'wxt/browser'
import { siteOf } from '../log/site'
import type { Kept, OnPage } from '../messages'
import { isSdkCookie, STORED_KEYS } from '../sdk/names'

async function cookiesOf(tab: number) {
  const shown = await browser.tabs.get(tab)
  const { url = '', cookieStoreId } = shown as { url?: string; cookieStoreId?: string }
  const domain = siteOf(url)
  if (domain === '') return []
  // The whole site's, whatever host of it set them: the SDK's cookie is seen by all.
  const cookies = await browser.cookies.getAll({ domain, ...(cookieStoreId ? { storeId: cookieStoreId } : {}) })
  return cookies.filter(({ name }) => isSdkCookie(name))
}

/** Values of the page's origin under some names; run in the page, so it knows nothing but its arguments. */
const readStorage = (names: readonly string[]): [origin: string, name: string, value: string][] =>
  names.flatMap(name => {
    const value = localStorage.getItem(name)
    return value === null ? [] : [[location.origin, name, value] as [string, string, string]]
  })
const clearStorage = (names: readonly string[]): void => {
  for (const name of names) localStorage.removeItem(name)
}

async function inPage<T>(tab: number, func: (names: readonly string[]) => T): Promise<T | undefined> {
  try {
    const [frame] = await browser.scripting.executeScript({ target: { tabId: tab }, func, args: [STORED_KEYS] })
    return frame?.result as T | undefined
  } catch {
    // A page that extensions can't enter, or one whose storage is refused, keeps nothing that could be read.
    return undefined
  }
}

/** Cookies of the SDK on the site of a tab's page, and its values in localStorage of the page's origin. Rejects when the tab is gone. */
export async function readKept(tab: number): Promise<Kept[]> {
  const [cookies, stored] = await Promise.all([cookiesOf(tab), inPage(tab, readStorage)])
  return [
    ...cookies.map(({ name, value, domain }): Kept => ({ where: 'cookie', owner: domain, name, value })),
    ...(stored ?? []).map(([owner, name, value]): Kept => ({ where: 'localStorage', owner, name, value })),
  ]
}

/** Takes all of that away and loads the page anew; gives what could not be taken. Rejects when the tab is at another site by now. */
export async function makeFresh(tab: number, site: string): Promise<Kept[]> {
  const { url = '' } = await browser.tabs.get(tab)
  if (siteOf(url) !== site) throw new Error(`the page is of ${siteOf(url) || '—'} now; nothing was cleared`)
  await inPage(tab, clearStorage)
  for (const { name, domain, path, secure, storeId } of await cookiesOf(tab))
    await browser.cookies
      .remove({ url: `${secure ? 'https' : 'http'}://${domain.replace(/^\./, '')}${path}`, name, storeId })
      .catch(() => null)
  const left = await readKept(tab)
  await browser.tabs.reload(tab)
  return left
}

/** What the page of a tab has set for the SDK, in its own words, and what is kept of its site. */
export async function lookOnPage(tab: number): Promise<OnPage> {
  const [shown, kept, claim] = await Promise.all([
    browser.tabs.get(tab),
    readKept(tab),
    browser.scripting.executeScript({ target: { tabId: tab }, files: ['/on-page.js'], world: 'MAIN' }).then(
      ([frame]) => frame?.result ?? null,
      // A page that extensions can't enter.
      () => null,
    ),
  ])
  return { at: Date.now(), url: shown.url ?? '', claim, kept }
}
