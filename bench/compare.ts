/** The same work for every extension: what of it each one has, and how soon it shows it. */
import type { Page } from 'playwright-core'
import type { DemoServer } from '../demo/server'
import type { Chromium } from '../e2e/drive/chromium'
import { doubledIn } from '../e2e/drive/log'
import { expression } from '../e2e/drive/panel'
import type { Adapter, Counter, TrackedRequest } from './adapter'
import { row } from './result'
import { median, percentile } from './stats'
import { type Subject, start } from './subjects'

/** What one extension had of one scenario. */
export interface Compared {
  scenario: string
  extension: string
  sent: number
  /** Different events that it had; null: it keeps and shows nothing. */
  had: number | null
  doubled: number | null
}

export interface Comparison {
  rows: Compared[]
  /** ms from a request to its row, by extension: the middle and the 95th of a hundred. */
  toRow: { extension: string; median: number; p95: number }[]
}

type Way = 'script' | 'image' | 'fetch' | 'fetch, POST' | 'XHR' | 'beacon' | 'iframe'
const WAYS: readonly Way[] = ['script', 'image', 'fetch', 'fetch, POST', 'XHR', 'beacon', 'iframe']

/** How long nothing more may come before what is there is what there is, ms. Reading a log of 10,000 that is being written takes up to 7 s. */
const QUIET_MS = 15_000
const PATIENCE_MS = 180_000

/** In the page: sends each request in this way, at once. */
function send(way: string, requests: { url: string; body: string }[]): void {
  for (const { url, body } of requests) {
    const element = (name: 'script' | 'img' | 'iframe') => {
      const one = document.createElement(name)
      one.src = url
      document.body.append(one)
    }
    if (way === 'script' || way === 'iframe') element(way)
    if (way === 'image') element('img')
    if (way === 'fetch') fetch(url, { mode: 'no-cors' }).catch(() => {})
    if (way === 'fetch, POST') fetch(url, { mode: 'no-cors', method: 'POST', body: body || '{}' }).catch(() => {})
    if (way === 'beacon') navigator.sendBeacon(url, body)
    if (way === 'XHR') {
      const request = new XMLHttpRequest()
      request.open('GET', url)
      request.send()
    }
  }
}

interface Scenario {
  name: string
  sent: number
  /** The extension is asked only after it is over. */
  late?: true
  /** Names that go over the wire; default: `<tag>-<n>`. */
  named?: (tag: string, n: number) => string
  run(stage: { page: Page; chromium: Chromium; requests: TrackedRequest[] }): Promise<unknown>
}

const sendAll =
  (way: Way): Scenario['run'] =>
  ({ page, requests }) =>
    page.evaluate(expression(send, [way, requests as never]))

const scenarios = (burst: number): Scenario[] => [
  ...WAYS.map((way): Scenario => ({ name: `by ${way}`, sent: 20, run: sendAll(way) })),
  { name: 'opened afterwards', sent: 20, late: true, run: sendAll('beacon') },
  { name: 'UTF-8', sent: 3, named: (tag, n) => `${tag}-${n} áo thun “Sài Gòn” 😀 ấ`, run: sendAll('fetch') },
  {
    name: 'then another page, in the same task',
    sent: 100,
    run: async ({ page, requests }) => {
      // A page that is closed on its way to another one may never be.
      const next = page.waitForURL('**/plain?next')
      await page.evaluate(
        `${expression(send, ['beacon', requests as never])}; setTimeout(() => { location.href = '/plain?next' }); true`,
      )
      await next
    },
  },
  {
    name: 'in pagehide',
    sent: 20,
    run: async ({ page, requests }) => {
      await page.evaluate(
        `addEventListener('pagehide', () => { ${expression(send, ['beacon', requests as never])} }); true`,
      )
      await page.goto('http://shop.test/plain?after')
    },
  },
  {
    name: 'right after its worker was stopped',
    sent: 20,
    run: async ({ page, chromium, requests }) => {
      await chromium.stopWorker()
      await page.evaluate(expression(send, ['beacon', requests as never]))
    },
  },
  { name: `${burst.toLocaleString('en')} at once`, sent: burst, run: sendAll('image') },
]

/** What it has in the end: until all is there, or nothing came for a while. */
async function settled(counter: Counter, wanted: ReadonlySet<string>): Promise<string[]> {
  const until = Date.now() + PATIENCE_MS
  let quietSince = Date.now()
  let own: string[] = []
  while (Date.now() < until) {
    const names = (await counter.names()).filter(name => wanted.has(name))
    if (new Set(names).size === wanted.size) return names
    if (names.length !== own.length) quietSince = Date.now()
    own = names
    if (Date.now() - quietSince > QUIET_MS) break
    await new Promise(done => setTimeout(done, 250))
  }
  return own
}

async function timesToRow(chromium: Chromium, adapter: Adapter, tries: number): Promise<number[]> {
  const page = await chromium.context.newPage()
  await page.goto('http://shop.test/plain')
  const counter = await adapter.open(chromium, page)
  const times: number[] = []
  try {
    if (!counter?.shown) return times
    for (let n = 0; n < tries; n++) {
      const name = `to-row-${n}`
      const shown = counter.shown(name)
      const { url } = adapter.request(name)
      const at = await page.evaluate<number>(
        `(() => { const at = performance.timeOrigin + performance.now(); navigator.sendBeacon(${JSON.stringify(url)}); return at })()`,
      )
      times.push((await shown) - at)
    }
    return times
  } finally {
    await counter?.close()
    await page.close()
  }
}

/** Runs all scenarios with each subject, one after the other. `told`: a line for each result. */
export async function compare(
  server: DemoServer,
  subjects: readonly Subject[],
  { burst, tries }: { burst: number; tries: number },
  told: (line: string) => void,
): Promise<Comparison> {
  const rows: Compared[] = []
  const toRow: Comparison['toRow'] = []
  for (const subject of subjects) {
    const { adapter } = subject
    const chromium = await start(subject, server, subject.folder !== null)
    try {
      for (const [k, { name, sent, late, named, run }] of scenarios(burst).entries()) {
        if (name.includes('worker') && subject.folder === null) continue
        const page = await chromium.context.newPage()
        await page.goto('http://shop.test/plain')
        const names = Array.from({ length: sent }, (_, n) => named?.(`s${k}`, n) ?? `s${k}-${n}`)
        const requests = names.map(one => adapter.request(one))
        let counter = late ? null : await adapter.open(chromium, page)
        await run({ page, chromium, requests })
        counter ??= await adapter.open(chromium, page)
        const had = counter ? await settled(counter, new Set(names)) : null
        await counter?.close()
        await page.close()
        rows.push({
          scenario: name,
          extension: adapter.name,
          sent,
          had: had && new Set(had).size,
          doubled: had && doubledIn(had).length,
        })
        told(`${adapter.name}: ${name}: ${had ? `${new Set(had).size} of ${sent}` : 'keeps nothing'}`)
      }
      const times = await timesToRow(chromium, adapter, tries)
      if (times.length > 0) toRow.push({ extension: adapter.name, median: median(times), p95: percentile(times, 0.95) })
    } finally {
      await chromium.close()
    }
  }
  return { rows, toRow }
}

export function comparisonTable({ rows, toRow }: Comparison): string {
  const extensions = [...new Set(rows.map(({ extension }) => extension))]
  const names = [...new Set(rows.map(({ scenario }) => scenario))]
  const cell = (scenario: string, extension: string): string => {
    const found = rows.find(one => one.scenario === scenario && one.extension === extension)
    if (!found) return '—'
    if (found.had === null) return 'keeps nothing'
    return `${found.had} of ${found.sent}${found.doubled ? `, ${found.doubled} twice` : ''}`
  }
  const ms = (extension: string): string => {
    const found = toRow.find(one => one.extension === extension)
    return found ? `${found.median.toFixed(0)} ms (95 %: ${found.p95.toFixed(0)} ms)` : '—'
  }
  return [
    row(['events', ...extensions]),
    row(['---', ...extensions.map(() => '---')]),
    ...names.map(name => row([name, ...extensions.map(extension => cell(name, extension))])),
    row(['request → row, median', ...extensions.map(ms)]),
  ].join('\n')
}
