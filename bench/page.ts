/** What a page pays: for what it asks of the browser, for loading, in memory. */
import type { DemoServer } from '../demo/server'
import type { Session } from '../e2e/drive/cdp'
import { expression } from '../e2e/drive/panel'
import { type Costs, type Pair, type Tracked, trackedCalls, unrelatedCalls, WAYS, type Way } from './calls'
import { type Limit, type Measure, measure, within } from './result'
import { median, ratioOf } from './stats'
import type { Subject } from './subjects'
import { goto, openTab, type Tab } from './tab'

/** Only so is the page's clock good to 5 µs: https://developer.mozilla.org/docs/Web/API/Performance/now#security_requirements */
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'credentialless' }

/** In the page: ms from the navigation's start to the end of its load event. Comes when the page has nothing left to do, which others would pay. */
async function loadTime(): Promise<number> {
  const entry = () => performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming
  while (!entry().loadEventEnd) await new Promise(done => setTimeout(done, 1))
  for (let n = 0; n < 3; n++) await new Promise(done => requestIdleCallback(done))
  return entry().loadEventEnd
}

/** In the page: ms until so many fetches at once have all settled. */
async function settleTime(length: number): Promise<number> {
  const begun = performance.now()
  await Promise.all(
    Array.from({ length }, (_, n) => fetch(`/nothing/assets/2026/11/main-menu.js?n=${n}`).then(one => one.text())),
  )
  return performance.now() - begun
}

/** kB that JavaScript holds in the page, our worlds of it included, after a garbage collection. */
async function heapOf(session: Session): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send<{ usedSize: number }>('Runtime.getHeapUsage')
  return usedSize / 1_000
}

const HEAVY = `<!doctype html><title>heavy</title><link rel="icon" href="data:,">${'<div><p>text</p></div>'.repeat(1_000)}${Array.from(
  { length: 100 },
  (_, n) => `<script src="/part-${n % 10}.js?n=${n}"></script>`,
).join('')}`

export function servePages(server: DemoServer): void {
  const page = (path: string, body: string, headers: Record<string, string> = {}) =>
    server.serve(path, () => ({ headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers }, body }))
  page('/isolated', '<!doctype html><title>bench</title><link rel="icon" href="data:,"><body>', ISOLATED)
  // An SDK that does the least that one can: what a real one does besides is nothing that we add to.
  page(
    '/tracking',
    `<!doctype html><title>bench</title><link rel="icon" href="data:,"><body><script>
    window._portalId = '561234567'; window._propId = '565000001'
    window.makeSdk = setSource => ({ track(ec, ea, props) {
      setSource(document.createElement('script'), 'http://a.cdp.asia/event?portal_id=561234567&prop_id=565000001&uid=7865000000000000385&ec=' + ec + '&ea=' + ea + '&items=' + encodeURIComponent(JSON.stringify(props.items)))
    } })
    window.web_event = makeSdk((script, url) => { script.src = url })
    </script>`,
    ISOLATED,
  )
  page('/plain', '<!doctype html><title>plain</title><link rel="icon" href="data:,"><p>text')
  page('/heavy', HEAVY)
  const script = { 'Content-Type': 'text/javascript' }
  for (let n = 0; n < 10; n++)
    server.serve(`/part-${n}.js`, () => ({ headers: script, body: `window.part${n} = ${n}` }))
  server.serve('/nothing/assets/2026/11/main-menu.js', () => ({ headers: script, body: '' }))
}

export interface PageRounds {
  /** How often all browsers are started. */
  rounds: number
  /** Unrelated calls in a batch, and batches in a round. */
  unrelated: { calls: number; batches: number }
  /** Tracked ones. */
  tracked: { calls: number; batches: number }
  /** How often each browser loads the heavy page in a round; and how often, each time, it loads the plain one around that, and fetches after that. */
  turns: number
  plain: number
  settled: number
  /** And how often each with an extension loads them besides: two loads differ by a tenth, and what is looked for is a fiftieth. */
  more: number
  /** Fetches at once. */
  fetches: number
  /** Loads in the browsers that calls were timed in. At a glance: what a browser did before can be seen in what it does. */
  together: boolean
}

const KINDS = ['plain', 'heavy', 'settled'] as const
type Kind = (typeof KINDS)[number]
/** What is loaded in a turn: two loads of the plain page differ by as much as those of the heavy one, and take a tenth of the time. */
const pathsOf = (plain: number): readonly Exclude<Kind, 'settled'>[] => {
  const half = Array<'plain'>(plain / 2).fill('plain')
  return [...half, 'heavy', ...half]
}
/** Places of the subjects. */
const ALL = [0, 1, 2, 3] as const
const [NOTHING, FLOOR, OURS, LEAST] = ALL
const EXTENSIONS = [FLOOR, OURS, LEAST]

/** ms, by subject and turn. */
type Loads = Record<Kind, number[][]>
const noLoads = (subjects: number): Loads =>
  Object.fromEntries(KINDS.map(kind => [kind, Array.from({ length: subjects }, () => [])])) as unknown as Loads

/** So that each is as often after each other one: a Williams design, and of an odd number its mirror image by turns. */
const inOrder = (subjects: readonly number[], turn: number): number[] => {
  const { length } = subjects
  const order = subjects.map((_, i) => subjects[(turn + (i & 1 ? (i + 1) >> 1 : length - (i >> 1))) % length] as number)
  return Math.floor(turn / length) & 1 ? order.reverse() : order
}

/**
 * One load after the other, each in another browser, in another order each time; the pages of the others do nothing. From page to
 * page of one site, since another site would get a new process, which takes longer than what is looked for.
 */
async function loadInTurns(tabs: readonly Tab[], { turns, plain, settled, more, fetches }: PageRounds): Promise<Loads> {
  const loads = noLoads(tabs.length)
  let orders = 0
  // The first turn warms up.
  for (let turn = -1; turn < turns + more; turn++) {
    const whole = turn < turns
    for (const [at, path] of pathsOf(plain).entries()) {
      // What was taken in one turn stands in one place.
      if (!whole) loads[path][NOTHING]?.push(Number.NaN)
      for (const n of inOrder(whole ? ALL : EXTENSIONS, orders++)) {
        const { session } = tabs[n] as Tab
        const keep = (kind: Kind, value: number) => turn >= 0 && loads[kind][n]?.push(value)
        await goto(session, `http://shop.test/${path}?${orders}`)
        keep(path, await session.evaluate(expression(loadTime, [])))
        if (whole && at < settled) keep('settled', await session.evaluate(expression(settleTime, [fetches])))
      }
    }
  }
  return loads
}

/**
 * All that a page pays. What calls pay is told within one page, what loads pay by turns between browsers that are all open and of which one
 * works at a time, since two cores are shared by all.
 */
export async function pageCost(
  server: DemoServer,
  subjects: readonly [none: Subject, floor: Subject, ours: Subject, least: Subject],
  rounds: PageRounds,
): Promise<Measure[]> {
  const local = `http://localhost:${server.port}`
  const heaps: number[][] = subjects.map(() => [])
  const unrelated = Object.fromEntries(
    WAYS.map(way => [way, { native: [], again: [], empty: [], page: [] }]),
  ) as unknown as Record<Way, Costs>
  const trackedBy = [OURS, LEAST].map(
    (): Tracked => ({
      warm: { native: [], page: [] },
      first: { native: [], page: [] },
      ended: { native: [], page: [] },
    }),
  )
  const loads = noLoads(subjects.length)
  const append = <K extends string>(to: Record<K, number[]>, more: Record<K, number[]>): void => {
    for (const key of Object.keys(to) as K[]) to[key].push(...more[key])
  }
  /** Does something in a tab of each browser, started for that alone: one that did more than the others before keeps something of it. */
  const inTabs = async (work: (tabs: readonly Tab[]) => Promise<void>): Promise<void> => {
    const tabs: Tab[] = []
    try {
      for (const subject of subjects) tabs.push(await openTab(subject, server))
      await work(tabs)
    } finally {
      for (const tab of tabs) await tab.close()
    }
  }
  const takeCalls = async (tabs: readonly Tab[]): Promise<void> => {
    const sessions = tabs.map(({ session }) => session)
    // First, since a page that was somewhere else keeps something of it.
    for (const [n, session] of sessions.entries()) {
      await goto(session, 'http://shop.test/plain')
      heaps[n]?.push(await heapOf(session))
      await goto(session, 'about:blank')
    }
    const costs = await unrelatedCalls(sessions[OURS] as Session, `${local}/isolated`, rounds.unrelated)
    for (const way of WAYS) append(unrelated[way], costs[way])
    for (const [i, n] of [OURS, LEAST].entries()) {
      const session = sessions[n] as Session
      // The least is known to wrap: what was kept before it came is the browser's own, with any other extension too.
      const { warm, first, ended } = await trackedCalls(session, `${local}/tracking`, rounds.tracked, n === LEAST)
      const all = trackedBy[i] as Tracked
      append(all.warm, warm)
      append(all.first, first)
      append(all.ended, ended)
      await goto(session, 'about:blank')
    }
  }
  const takeLoads = async (tabs: readonly Tab[]): Promise<void> => {
    const more = await loadInTurns(tabs, rounds)
    for (const kind of KINDS) for (const [n, list] of more[kind].entries()) loads[kind][n]?.push(...list)
  }
  for (let round = 0; round < rounds.rounds; round++) {
    await inTabs(async tabs => {
      await takeCalls(tabs)
      if (rounds.together) await takeLoads(tabs)
    })
    if (!rounds.together) await inTabs(takeLoads)
  }

  const measures: Measure[] = []
  const added = ({ native, page }: Pair): number => median(page.map((value, i) => value - (native[i] as number)))
  for (const way of WAYS) {
    const { native, again, empty, page } = unrelated[way]
    const beside = { unit: 'µs', baseline: native, of: 'added' } as const
    measures.push(
      measure({
        ...beside,
        name: `added to an unrelated ${way}`,
        about: `per call, in batches of ${rounds.unrelated.calls}, over the browser’s own in the same page, its work cut short; 1 µs, or a fifth more than an empty wrapper. Two that are alike differ by ${added({ native, page: again }).toFixed(2)} µs here`,
        values: page,
        limit: { most: Number(Math.max(1, 1.2 * added({ native, page: empty })).toFixed(1)) },
      }),
      measure({
        ...beside,
        name: `added to an unrelated ${way} by an empty wrapper`,
        about: 'a proxy that only calls what it stands for: the least that whoever wants to see a call adds',
        values: empty,
      }),
    )
  }
  const [ours, least] = trackedBy as [Tracked, Tracked]
  const tracked = (name: string, about: string, { native, page }: Pair, limit: Limit = null): Measure =>
    measure({
      name,
      unit: 'µs',
      about,
      values: page,
      baseline: native,
      of: 'added',
      limit,
    })
  const MEANS = 'a stack, one line of JSON and one event to the other world; nothing else'
  measures.push(
    tracked(
      'added to a tracked call, sender’s side',
      `what the page waits for in \`web_event.track\`, its request included, over the same SDK on the browser’s own functions; in batches of ${rounds.tracked.calls}. 60 µs, or a fifth more than the least that captures it`,
      ours.warm,
      within(60, added(least.warm)),
    ),
    tracked('added to a tracked call by the least that captures it', MEANS, least.warm),
    tracked(
      'added to a tracked call after a pause, sender’s side',
      'the first one for 30 ms, on a core that did something else meanwhile; 60 µs, or a fifth more than the least that captures it',
      ours.first,
      within(60, added(least.first)),
    ),
    tracked('added to a tracked call after a pause by the least that captures it', MEANS, least.first),
    tracked(
      'added to a tracked call after a pause, to the end of its task',
      'with what the page doesn’t wait for but its thread does: telling the other world, and the message to the worker. The least leaves that message for later still, so it isn’t compared',
      ours.ended,
    ),
  )
  const over = (name: string, about: string, values: number[], baseline: number[], most?: number): Measure => {
    const { doubt } = ratioOf(values, baseline)
    return measure({
      name,
      unit: 'ms',
      about: `${about}, ± ${doubt.toFixed(3)}`,
      values,
      baseline,
      of: 'ratio',
      limit: most === undefined ? null : { most },
    })
  }
  const NAMES: Record<Kind, [name: string, about: string]> = {
    plain: ['load of a plain page', ''],
    heavy: ['load of a heavy page', '2,000 nodes, 100 scripts; '],
    settled: [`unrelated fetches, ${rounds.fetches} at once, until all settled`, ''],
  }
  for (const kind of KINDS) {
    const [none, floor, ours, least] = loads[kind] as [number[], number[], number[], number[]]
    const [name, what] = NAMES[kind]
    const beside = (values: readonly number[]): number[] => values.filter((_, i) => !Number.isNaN(none[i]))
    const byLeast = ratioOf(least, floor).ratio
    measures.push(
      over(
        name,
        `${what}over the floor; 1.02, or the least that captures and a fifth. A fifth more than what the least adds to the floor would be ${(1 + 1.2 * (byLeast - 1)).toFixed(3)}`,
        ours,
        floor,
        Number(Math.max(1.02, 1.2 * byLeast).toFixed(3)),
      ),
      over(
        `${name}, with the least that captures`,
        'over the floor; the natives that it must know before the page does, proxies, a way to the other world that the page can’t hear, and what hears the page’s moments; nothing else',
        least,
        floor,
      ),
      over(
        `${name}, the floor`,
        'over none: what the browser charges for its listeners and empty scripts',
        beside(floor),
        beside(none),
      ),
    )
  }
  const [heapNone, heapFloor, heapOurs] = heaps as [number[], number[], number[]]
  measures.push(
    measure({
      name: 'heap added to a page by hook and relay',
      unit: 'kB',
      about: 'of a plain page, after a garbage collection, over an extension whose scripts are empty',
      values: heapOurs,
      baseline: heapFloor,
      of: 'added',
      limit: { most: 300 },
    }),
    measure({
      name: 'heap added to a page by empty scripts',
      unit: 'kB',
      about: 'what the browser charges for a world of their own, over none',
      values: heapFloor,
      baseline: heapNone,
      of: 'added',
    }),
  )
  return measures
}
