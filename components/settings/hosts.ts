/** Hosts as a user types them, a line each: bare names, or URLs that they were copied from. Pure. */
export function parseHosts(text: string): { valid: string[]; faults: string[] } {
  const valid = new Set<string>()
  const faults: string[] = []
  for (const line of text.split(/[\s,]+/).filter(Boolean)) {
    try {
      const { hostname, username } = new URL(/^https?:\/\//i.test(line) ? line : `https://${line}`)
      if (username !== '' || !/^[\w.-]+$|^\[[\da-f:.]+\]$/.test(hostname)) throw new Error()
      valid.add(hostname)
    } catch {
      faults.push(line)
    }
  }
  return { valid: [...valid], faults }
}
