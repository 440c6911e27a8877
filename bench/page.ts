/** What a page pays: for what it asks of the browser, for loading, in memory. */
import type { Page } from 'playwright-core'
import type { DemoServer } from '../demo/server'
import type { Chromium } from '../e2e/drive/chromium'
import { expression } from '../e2e/drive/panel'
import { type Measure, measure } from './result'
import { median } from './stats'
import { inTurns } from './subjects'

/** Only so is the page's clock good to 5 µs: https://developer.mozilla.org/docs/Web/API/Performance/now#security_requirements */
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'credentialless' }

const WAYS = ['fetch', 'sendBeacon', 'XHR', 'image', 'script'] as const

/** In the page: µs per call of each way, by blocks of ten calls; the median block. */
async function unrelatedCalls(calls: number): Promise<Record<string, number>> {
  const url = (n: number) => `/nothing/assets/2026/11/main-menu.js?build=2481&n=${n}`
  const ways: Record<string, (n: number) => unknown> = {
    fetch: n => fetch(url(n)).then(answer => answer.text()),
    sendBeacon: n => navigator.sendBeacon(url(n), ''),
    XHR: n =>
      new Promise(done => {
        const request = new XMLHttpRequest()
        request.open('GET', url(n))
        request.onloadend = done
        request.send()
      }),
    image: n =>
      new Promise(done => {
        const image = new Image()
        image.onload = image.onerror = done
        image.src = url(n)
      }),
    script: n =>
      new Promise(done => {
        const script = document.createElement('script')
        script.onload = script.onerror = () => done(script.remove())
        script.src = url(n)
        document.head.append(script)
      }),
  }
  const cost: Record<string, number> = {}
  for (const [name, way] of Object.entries(ways)) {
    const blocks: number[] = []
    for (let n = 0; n < calls; ) {
      const under: unknown[] = []
      const begun = performance.now()
      for (const end = n + 10; n < end; n++) under.push(way(n))
      blocks.push(((performance.now() - begun) / 10) * 1_000)
      await Promise.all(under)
    }
    blocks.sort((a, b) => a - b)
    cost[name] = blocks[blocks.length >> 1] ?? Number.NaN
  }
  return cost
}

/** In the page: µs of the sender's side per tracked call, by blocks of five. */
async function trackedCalls(calls: number): Promise<number> {
  const { web_event: api } = window as unknown as { web_event: { track(...args: unknown[]): unknown } }
  const blocks: number[] = []
  for (let n = 0; n < calls; ) {
    const begun = performance.now()
    for (const end = n + 5; n < end; n++)
      api.track('product', 'view', {
        items: [{ id: `AT-${n}`, name: 'Áo thun cổ tròn', price: 165_000 }],
        extra: { list: 'bench' },
      })
    blocks.push(((performance.now() - begun) / 5) * 1_000)
    await new Promise(done => setTimeout(done, 20))
  }
  blocks.sort((a, b) => a - b)
  return blocks[blocks.length >> 1] ?? Number.NaN
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
  page(
    '/tracking',
    `<!doctype html><title>bench</title><link rel="icon" href="data:,"><body><script>
    window._portalId = '561234567'; window._propId = '565000001'; window._cdp365Analytics = { default_event: 0 }
    window.web_event = function () { window.web_event.queue.push(arguments) }; web_event.queue = []; web_event.track = web_event
    </script><script src="http://st-a.cdp.asia/insight.js"></script>`,
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
  /** Calls of each way in a round. */
  calls: number
  rounds: number
  loads: number
}

/** All that a page pays; browsers: none, floor, the one that is measured. */
export async function pageCost(
  server: DemoServer,
  browsers: readonly [none: Chromium, floor: Chromium, ours: Chromium],
  { calls, rounds, loads }: PageRounds,
): Promise<Measure[]> {
  const local = `http://localhost:${server.port}`
  const measures: Measure[] = []

  const unrelated = await inTurns(browsers, rounds, async page => {
    await page.goto(`${local}/isolated`)
    return page.evaluate<Record<string, number>>(expression(unrelatedCalls, [calls]))
  })
  for (const way of WAYS) {
    const [base = [], , values = []] = unrelated.map(list => list.map(cost => cost[way] ?? Number.NaN))
    measures.push(
      measure({
        name: `added to an unrelated ${way}`,
        unit: 'µs',
        about: `per call of ${calls}, by the page’s own clock, over none`,
        values,
        baseline: base,
        of: 'added',
        limit: { most: 1 },
      }),
    )
  }

  const tracked = await inTurns(browsers, rounds, async page => {
    await page.goto(`${local}/tracking`)
    return page.evaluate<number>(expression(trackedCalls, [Math.min(calls, 200)]))
  })
  measures.push(
    measure({
      name: 'added to a tracked call, sender’s side',
      unit: 'µs',
      about: 'what the page waits for in `web_event.track`, over none',
      values: tracked[2] ?? [],
      baseline: tracked[0] ?? [],
      of: 'added',
      limit: { most: 60 },
    }),
  )

  for (const path of ['plain', 'heavy']) {
    const times = await inTurns(browsers, loads, async page => {
      const five: number[] = []
      for (let n = 0; n < 5; n++) {
        await page.goto(`http://shop.test/${path}`)
        five.push(await page.evaluate<number>(expression(loadTime, [])))
      }
      return median(five)
    })
    measures.push(
      measure({
        name: `load of a ${path} page`,
        unit: 'ms',
        about: path === 'heavy' ? '2,000 nodes, 100 scripts; over the floor' : 'over the floor',
        values: times[2] ?? [],
        baseline: times[1] ?? [],
        of: 'ratio',
        limit: { most: 1.02 },
      }),
    )
  }

  const settled = await inTurns(browsers, loads, async page => {
    await page.goto('http://shop.test/plain')
    return page.evaluate(async () => {
      const begun = performance.now()
      await Promise.all(
        Array.from({ length: 1_000 }, (_, n) =>
          fetch(`/nothing/assets/2026/11/main-menu.js?n=${n}`).then(one => one.text()),
        ),
      )
      return performance.now() - begun
    })
  })
  measures.push(
    measure({
      name: '1,000 unrelated fetches until all settled',
      unit: 'ms',
      about: 'over the floor; the floor itself costs what webRequest costs',
      values: settled[2] ?? [],
      baseline: settled[1] ?? [],
      of: 'ratio',
      limit: { most: 1.02 },
    }),
  )

  const heaps = await inTurns(browsers, Math.max(3, rounds >> 1), async page => {
    await page.goto('http://shop.test/plain')
    return heapOf(page)
  })
  measures.push(
    measure({
      name: 'heap added to a page by hook and relay',
      unit: 'kB',
      about: 'of a plain page, after a garbage collection, over none',
      values: heaps[2] ?? [],
      baseline: heaps[0] ?? [],
      of: 'added',
      limit: { most: 300 },
    }),
  )
  return measures
}
