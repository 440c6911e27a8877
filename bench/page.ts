/** What a page pays: for what it asks of the browser, for loading, in memory. */
import type { Page } from 'playwright-core'
import type { DemoServer } from '../demo/server'
import { expression } from '../e2e/drive/panel'
import { type Measure, measure } from './result'
import { median } from './stats'
import { inTurns, type Subject } from './subjects'

/** Only so is the page's clock good to 5 µs: https://developer.mozilla.org/docs/Web/API/Performance/now#security_requirements */
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'credentialless' }

const WAYS = ['fetch', 'sendBeacon', 'XHR', 'image', 'script'] as const
type Costs = Record<(typeof WAYS)[number], number>

/**
 * What a page pays, by the speed of the machine at that moment: two browsers run one after the other, and a tenth more speed in one of them
 * is more than all that is looked for.
 */
interface Weighed<T> {
  /** Times `yard`. */
  costs: T
  /** µs to set the address of a link, which nobody wraps. */
  yard: number
}

/**
 * In the page: what the page waits in one call of each way, by batches of calls; the median batch. The browser's own work is cut short
 * (an aborted signal, a scheme that is none, an element that stands nowhere), since it takes a hundred times what is looked for: what is
 * wrapped around it stays whole.
 * @param wrapped each native stands in a proxy that only calls it: what the language charges whoever wants to see a call
 */
async function unrelatedCalls(calls: number, batches: number, wrapped: boolean): Promise<Weighed<Costs>> {
  if (wrapped) {
    const wrap = (holder: object, key: string, slot: 'value' | 'set' = 'value') => {
      const descriptor = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor
      const apply: ProxyHandler<never>['apply'] = (native, self, args) => Reflect.apply(native, self, args)
      Object.defineProperty(holder, key, { ...descriptor, [slot]: new Proxy(descriptor[slot] as never, { apply }) })
    }
    wrap(window, 'fetch')
    wrap(Navigator.prototype, 'sendBeacon')
    wrap(XMLHttpRequest.prototype, 'open')
    wrap(XMLHttpRequest.prototype, 'send')
    wrap(HTMLImageElement.prototype, 'src', 'set')
    wrap(HTMLScriptElement.prototype, 'src', 'set')
  }
  const urls = Array.from({ length: calls }, (_, n) => `/nothing/assets/2026/11/main-menu.js?build=2481&n=${n}`)
  const init = { signal: AbortSignal.abort() }
  const ignore = () => {}
  const [xhr, unopened] = [new XMLHttpRequest(), new XMLHttpRequest()]
  const [image, script] = [new Image(), document.createElement('script')]
  const ways: [keyof Costs, (url: string) => void][] = [
    ['fetch', url => void fetch(url, init).catch(ignore)],
    [
      'sendBeacon',
      url => {
        try {
          navigator.sendBeacon(url)
        } catch {}
      },
    ],
    [
      'XHR',
      url => {
        xhr.open('GET', url)
        try {
          unopened.send()
        } catch {}
      },
    ],
    [
      'image',
      url => {
        image.src = url
      },
    ],
    [
      'script',
      url => {
        script.src = url
      },
    ],
  ]
  const link = document.createElement('a')
  const perCall = (asked: readonly string[], way: (url: string) => void) => {
    const begun = performance.now()
    for (const url of asked) way(url)
    return ((performance.now() - begun) / asked.length) * 1_000
  }
  const setLink = (url: string) => {
    link.href = url
  }
  // Enough of them for a clock of 5 µs.
  const yardUrls = [...urls, ...urls, ...urls, ...urls]
  const costs = Object.fromEntries(ways.map(([name]) => [name, [] as number[]]))
  const yards: number[] = []
  // What is first run is compiled first: that is not what a call costs.
  const cold = batches >> 2
  for (let batch = -cold; batch < batches; batch++)
    for (const [name, way] of ways) {
      const cost = perCall(name === 'sendBeacon' ? urls.map(url => `nothing:${url}`) : urls, way)
      const yard = perCall(yardUrls, setLink)
      if (batch >= 0) {
        costs[name]?.push(cost)
        yards.push(yard)
      }
      await new Promise(done => setTimeout(done))
    }
  const middle = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] as number
  const yard = middle(yards)
  return {
    costs: Object.fromEntries(Object.entries(costs).map(([name, all]) => [name, middle(all) / yard])) as Costs,
    yard,
  }
}

/** In the page: what it waits in one tracked call, each in a task of its own; the mean of the middle half, since the clock ticks in 5 µs. */
async function trackedCalls(calls: number): Promise<Weighed<number>> {
  const { web_event: api } = window as unknown as { web_event: { track(...args: unknown[]): unknown } }
  const { port1, port2 } = new MessageChannel()
  const costs: number[] = []
  const yards: number[] = []
  const link = document.createElement('a')
  for (let n = 0; n < calls; n++) {
    const start = performance.now()
    for (let i = 0; i < 200; i++) link.href = `/nothing/assets/2026/11/main-menu.js?build=2481&n=${i}`
    const begun = performance.now()
    yards.push(((begun - start) / 200) * 1_000)
    api.track('product', 'view', {
      items: [{ id: `AT-${n}`, name: 'Áo thun cổ tròn', price: 165_000 }],
      extra: { list: 'bench' },
    })
    costs.push((performance.now() - begun) * 1_000)
    await new Promise(done => {
      port2.onmessage = done
      port1.postMessage(0)
    })
  }
  const middle = (all: number[]) => {
    const half = all.sort((a, b) => a - b).slice(calls >> 2, (calls * 3) >> 2)
    return half.reduce((sum, each) => sum + each, 0) / half.length
  }
  const yard = middle(yards)
  return { costs: middle(costs) / yard, yard }
}

/** In the page: ms from the navigation's start to the end of its load event. */
async function loadTime(): Promise<number> {
  const entry = () => performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming
  while (!entry().loadEventEnd) await new Promise(done => setTimeout(done, 1))
  return entry().loadEventEnd
}

/** kB that JavaScript holds in the page, our worlds of it included, after a garbage collection. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
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
    window.web_event = { track(ec, ea, props) {
      document.createElement('script').src = 'http://a.cdp.asia/event?portal_id=561234567&prop_id=565000001&uid=7865000000000000385&ec=' + ec + '&ea=' + ea + '&items=' + encodeURIComponent(JSON.stringify(props.items))
    } }
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
  rounds: number
  /** Calls of each way in a batch, and batches in a round. */
  calls: number
  batches: number
  /** Loads of each page in a round. */
  loads: number
  /** Fetches at once. */
  fetches: number
}

/** What one browser pays in one round. */
interface Paid {
  unrelated: Weighed<Costs>
  /** With empty wrappers; only where there is no extension. */
  empty: Weighed<Costs> | null
  tracked: Weighed<number>
  plain: number
  heavy: number
  settled: number
  heap: number
}

/** In `/tracking`: one tracked call. */
async function payTracked(page: Page, local: string): Promise<Weighed<number>> {
  await page.goto(`${local}/tracking`)
  return page.evaluate<Weighed<number>>(expression(trackedCalls, [400]))
}

/** ms to load a page; the median of some loads. */
async function payLoad(page: Page, path: string, loads: number): Promise<number> {
  const times: number[] = []
  // The first load warms up.
  for (let n = -1; n < loads; n++) {
    await page.goto(`http://shop.test/${path}`)
    const time = await page.evaluate<number>(expression(loadTime, []))
    if (n >= 0) times.push(time)
  }
  return median(times)
}
/** The plain page is quick, and much of its time is chance. */
const payPlain = (page: Page, loads: number): Promise<number> => payLoad(page, 'plain', 5 * loads)

async function payIn(
  page: Page,
  local: string,
  bare: boolean,
  { calls, batches, loads, fetches }: PageRounds,
): Promise<Paid> {
  const unrelated = async (wrapped: boolean): Promise<Weighed<Costs>> => {
    await page.goto(`${local}/isolated`)
    return page.evaluate<Weighed<Costs>>(expression(unrelatedCalls, [calls, batches, wrapped]))
  }
  // First, since a page that was somewhere else keeps something of it.
  await page.goto('http://shop.test/plain')
  const paid = {
    heap: await heapOf(page),
    unrelated: await unrelated(false),
    empty: bare ? await unrelated(true) : null,
    tracked: await payTracked(page, local),
    heavy: await payLoad(page, 'heavy', loads),
    plain: await payPlain(page, loads),
  }
  const settled: number[] = []
  for (let n = 0; n < 3; n++)
    settled.push(
      await page.evaluate(async length => {
        const begun = performance.now()
        await Promise.all(
          Array.from({ length }, (_, n) =>
            fetch(`/nothing/assets/2026/11/main-menu.js?n=${n}`).then(one => one.text()),
          ),
        )
        return performance.now() - begun
      }, fetches),
    )
  return { ...paid, settled: median(settled) }
}

/**
 * All that a page pays, by turns: no extension, the floor, the one that is measured; of the least that captures, a call. Only one browser runs at a time,
 * since two cores are shared by all.
 */
export async function pageCost(
  server: DemoServer,
  subjects: readonly [none: Subject, floor: Subject, ours: Subject, least: Subject],
  rounds: PageRounds,
): Promise<Measure[]> {
  const local = `http://localhost:${server.port}`
  const [none, floor, ours, least] = (await inTurns(subjects, server, rounds.rounds, async (page, subject) =>
    subject === subjects[3]
      ? { tracked: await payTracked(page, local), plain: await payPlain(page, rounds.loads) }
      : payIn(page, local, subject === subjects[0], rounds),
  )) as [Paid[], Paid[], Paid[], Pick<Paid, 'tracked' | 'plain'>[]]
  // At the usual speed of this run.
  const yard = median([...none, ...ours].map(({ unrelated }) => unrelated.yard))
  const trackedYard = median([...none, ...ours, ...least].map(({ tracked }) => tracked.yard))
  const trackedOf = (paid: readonly Pick<Paid, 'tracked'>[]): number[] =>
    paid.map(({ tracked }) => tracked.costs * trackedYard)
  const trackedBase = trackedOf(none)
  const leastTracked = median(trackedOf(least).map((cost, round) => cost - (trackedBase[round] ?? 0)))
  const leastPlain = median(least.map(({ plain }, round) => plain / (floor[round]?.plain ?? plain)))
  const measures: Measure[] = []
  for (const way of WAYS) {
    const base = none.map(paid => paid.unrelated.costs[way] * yard)
    const empty = none.map(paid => (paid.empty?.costs[way] ?? Number.NaN) * yard)
    const least = median(empty.map((value, round) => value - (base[round] ?? 0)))
    const beside = { unit: 'µs', baseline: base, of: 'added' } as const
    measures.push(
      measure({
        ...beside,
        name: `added to an unrelated ${way}`,
        about: `per call, in batches of ${rounds.calls}, over none, the browser’s own work cut short; 1 µs, or a fifth more than an empty wrapper`,
        values: ours.map(paid => paid.unrelated.costs[way] * yard),
        limit: { most: Number(Math.max(1, 1.2 * least).toFixed(1)) },
      }),
      measure({
        ...beside,
        name: `added to an unrelated ${way} by an empty wrapper`,
        about: 'a proxy that only calls what it stands for: the least that whoever wants to see a call adds',
        values: empty,
      }),
    )
  }
  const over = (name: string, about: string, of: (paid: Paid) => number, most = 1.02): Measure =>
    measure({
      name,
      unit: 'ms',
      about,
      values: ours.map(of),
      baseline: floor.map(of),
      of: 'ratio',
      limit: { most },
    })
  measures.push(
    measure({
      name: 'added to a tracked call, sender’s side',
      unit: 'µs',
      about:
        'what the page waits for in `web_event.track`, its request included, over none; 60 µs, or a fifth more than the least that captures it',
      values: trackedOf(ours),
      baseline: trackedBase,
      of: 'added',
      limit: { most: Math.round(Math.max(60, 1.2 * leastTracked)) },
    }),
    measure({
      name: 'added to a tracked call by the least that captures it',
      unit: 'µs',
      about: 'a stack, one line of JSON and one event to the other world; nothing else',
      values: trackedOf(least),
      baseline: trackedBase,
      of: 'added',
    }),
    over(
      'load of a plain page',
      'over the floor; 1.02, or a fifth more than the least that captures adds',
      ({ plain }) => plain,
      Number(Math.max(1.02, 1 + 1.2 * (leastPlain - 1)).toFixed(3)),
    ),
    measure({
      name: 'load of a plain page with the least that captures',
      unit: 'ms',
      about: 'twenty lines in the page’s world and one listener in the other',
      values: least.map(({ plain }) => plain),
      baseline: floor.map(({ plain }) => plain),
      of: 'ratio',
    }),
    over('load of a heavy page', '2,000 nodes, 100 scripts; over the floor', ({ heavy }) => heavy),
    over(
      `${rounds.fetches.toLocaleString('en')} unrelated fetches until all settled`,
      'over the floor; the floor itself costs what webRequest costs',
      ({ settled }) => settled,
    ),
    measure({
      name: 'heap added to a page by hook and relay',
      unit: 'kB',
      about: 'of a plain page, after a garbage collection, over an extension whose scripts are empty',
      values: ours.map(({ heap }) => heap),
      baseline: floor.map(({ heap }) => heap),
      of: 'added',
      limit: { most: 300 },
    }),
    measure({
      name: 'heap added to a page by empty scripts',
      unit: 'kB',
      about: 'what the browser charges for a world of their own, over none',
      values: floor.map(({ heap }) => heap),
      baseline: none.map(({ heap }) => heap),
      of: 'added',
    }),
  )
  return measures
}
