import { getDomain } from 'tldts'

const CACHE = 500
const known = new Map<string, string>()

/**
 * The site that holds identity for a page: its registrable domain by the public suffix list (private suffixes such as
 * `github.io` included, since no cookie crosses them either). IPs, `localhost` and single names are their own, without
 * port. '' for what has no such site: `about:`, `data:`, `file:`, what is no URL.
 */
export function siteOf(url: string): string {
  const origin = /^https?:\/\/[^/?#\\]*/i.exec(url)?.[0]
  if (origin === undefined) return ''
  const before = known.get(origin)
  if (before !== undefined) return before
  let site = ''
  try {
    const host = new URL(origin).hostname.replace(/\.$/, '')
    site = getDomain(host, { allowPrivateDomains: true }) ?? host
  } catch {}
  if (known.size >= CACHE) known.clear()
  known.set(origin, site)
  return site
}
