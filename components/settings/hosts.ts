import { parseSettings } from '../../utils/settings'

/** Hosts as a user types them, a line each: bare names, or URLs that they were copied from. Pure. */
export function parseHosts(text: string): { valid: string[]; faults: string[] } {
  const valid = new Set<string>()
  const faults: string[] = []
  for (const line of text.split(/[\s,]+/).filter(Boolean)) {
    const address = /^https?:\/\//i.test(line) ? line : `https://${line}`
    const url = URL.canParse(address) ? new URL(address) : null
    const [host] = url && url.username === '' ? parseSettings({ hosts: [url.hostname] }).settings.hosts : []
    if (host) valid.add(host)
    else faults.push(line)
  }
  return { valid: [...valid], faults }
}
