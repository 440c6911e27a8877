import { isKnownHost } from '../../utils/sdk/names'
import { parseSettings } from '../../utils/settings'

/** What is wrong with a line that should name a host. */
export interface HostFault {
  line: string
  why: 'scheme' | 'star' | 'user' | 'known' | 'name'
}

const faultOf = (line: string): HostFault['why'] | null => {
  if (/^(?!https?:)[a-z][\w+.-]*:\/\//i.test(line)) return 'scheme'
  const [host = ''] = line.replace(/^\w+:\/\//, '').split(/[/?#]/, 1)
  return host.includes('*') ? 'star' : host.includes('@') ? 'user' : null
}

/** Hosts as a user types them, a line each: bare names, or URLs that they were copied from. Pure. */
export function parseHosts(text: string): { valid: string[]; faults: HostFault[] } {
  const valid = new Set<string>()
  const faults: HostFault[] = []
  for (const line of text.split(/[\s,]+/).filter(Boolean)) {
    const address = /^https?:\/\//i.test(line) ? line : `https://${line}`
    const fault = faultOf(line)
    const url = !fault && URL.canParse(address) ? new URL(address) : null
    const [host] = url ? parseSettings({ hosts: [url.hostname] }).settings.hosts : []
    if (!host) faults.push({ line, why: fault ?? 'name' })
    else if (isKnownHost(host)) faults.push({ line, why: 'known' })
    else valid.add(host)
  }
  return { valid: [...valid], faults }
}
