/**
 * Which browser each request of a file came from. A proxy records several; they share no cookies, so each has an identity of its own.
 * User agents tell them apart, but one browser may change its own (DevTools' device mode): it keeps its UIDs, and is known by them.
 */
export class Browsers {
  /** UIDs by user agent, in the order of first sight. */
  private readonly uids = new Map<string, Set<string>>()

  /** An event that carries identity. */
  saw(agent: string, uid: string | null): void {
    if (agent === '' || uid === null) return
    const known = this.uids.get(agent)
    if (known) known.add(uid)
    else this.uids.set(agent, new Set([uid]))
  }

  /** The browser partition by user agent: `normal` for the first browser, and for whom nothing tells. */
  partitions(): (agent: string) => string {
    let groups: { agents: string[]; uids: Set<string> }[] = []
    for (const [agent, uids] of this.uids) {
      const same = groups.filter(group => [...uids].some(uid => group.uids.has(uid)))
      const [first = { agents: [], uids: new Set<string>() }, ...more] = same
      first.agents.push(agent, ...more.flatMap(({ agents }) => agents))
      for (const uid of [...uids, ...more.flatMap(group => [...group.uids])]) first.uids.add(uid)
      groups = same.length > 0 ? groups.filter(group => !more.includes(group)) : [...groups, first]
    }
    const names = new Map(
      groups.flatMap(({ agents }, index) =>
        agents.map(agent => [agent, index === 0 ? 'normal' : `browser ${index + 1}`] as const),
      ),
    )
    return agent => names.get(agent) ?? 'normal'
  }
}
