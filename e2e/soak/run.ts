/**
 * Very many events through the real extension in a real Chromium: page after page sends them in every usual way, and after each step the
 * log is looked at, and how much memory the worker holds once its garbage is taken away.
 */
import type { Page } from 'playwright-core'
import type { Arrival, DemoServer } from '../../demo/server'
import type { Session } from '../drive/cdp'
import type { Chromium } from '../drive/chromium'
import { doubledIn, readNames } from '../drive/log'

export interface SoakOptions {
  server: DemoServer
  chromium: Chromium
  /** Sent in all, in steps of `step`, by pages that send `perPage` each. Each divides the one before. */
  events: number
  step: number
  perPage: number
  /** What the log keeps. */
  retention: number
  /** Called after each step. */
  told?: (step: Step) => void
}

export interface Step {
  /** Sent by now. */
  events: number
  /** From the first of this step being sent until the last was in the log with its outcome, ms. */
  ms: number
  /** Of the worker, after a garbage collection, MB: objects of JavaScript, and what they hold outside of the heap. */
  heap: number
  /** What the browser says that the extension takes up on the disk, MB. */
  disk: number
  /** Events in the log. */
  kept: number
}

export interface Soak {
  steps: Step[]
  /** Events of which the log should know in each step and doesn't; and that it has twice. */
  lost: string[]
  doubled: string[]
  /** Events that did not end with the server's answer. */
  unfinished: string[]
}

const MB = 1_048_576
/** How long a step may take into the log after it was sent. */
const PATIENCE_MS = 120_000

const url = (ec: string): string => `//a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=`

/**
 * A page that can send: of sixty events ten in a request each, in every usual way, the others in two requests that carry twenty-five.
 * Each way gives a promise of its end.
 */
const page = (ec: string): string => `<!doctype html><title>${ec}</title><link rel="icon" href="data:,"><body><script>
  const url = location.protocol + '${url(ec)}'
  const [many] = url.split('&ec=')
  const element = (one, src) => new Promise(done => { one.onload = one.onerror = done; one.src = src })
  const script = src => {
    const one = document.createElement('script')
    const loaded = element(one, src)
    document.head.append(one)
    return loaded.then(() => one.remove())
  }
  const beacon = (to, body) => { if (!navigator.sendBeacon(to, body)) throw new Error('no room for a beacon') }
  let tracked = null
  window.web_event = { track(ec, ea, about) { tracked = script(url + ea + '&cvar=' + encodeURIComponent(JSON.stringify(about))) } }
  const ways = [
    ea => beacon(url + ea, ea),
    ea => element(new Image(), url + ea),
    ea => fetch(url + ea, { mode: 'no-cors' }),
    ea => fetch(url + ea, { mode: 'no-cors', method: 'POST', body: JSON.stringify({ cvar: { note: 'about ' + ea } }) }),
    ea => { web_event.track('${ec}', ea, { price: Number(ea), name: 'Cà phê' }); return tracked },
  ]
  const list = (from, to) => JSON.stringify(
    Array.from({ length: to - from }, (_, i) => ({ ec: '${ec}', ea: String(from + i), cvar: { note: 'with others' } })))
  window.send = async (from, to) => {
    const upTo = n => Math.min(n, to)
    for (let n = from; n < to; n += 60) {
      const ends = Array.from({ length: upTo(n + 10) - n }, (_, i) => ways[i % ways.length](String(n + i)))
      if (n + 10 < to) ends.push(fetch(many, { mode: 'no-cors', method: 'POST', body: list(n + 10, upTo(n + 35)) }))
      if (n + 35 < to) ends.push(beacon(many, list(n + 35, upTo(n + 60))))
      await Promise.all(ends)
    }
  }
</script>`

/** The events of one request that arrived. */
const namesIn = ({ ea, body }: Arrival): string[] =>
  body.startsWith('[') ? (JSON.parse(body) as { ea: string }[]).map(event => event.ea) : [ea]

const heapOf = async (worker: Session): Promise<number> => {
  // Twice: what the first frees may have held something outside.
  await worker.send('HeapProfiler.collectGarbage')
  await worker.send('HeapProfiler.collectGarbage')
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await worker.send<{
    usedSize: number
    embedderHeapUsedSize?: number
    backingStorageSize?: number
  }>('Runtime.getHeapUsage')
  return (usedSize + (embedderHeapUsedSize ?? 0) + (backingStorageSize ?? 0)) / MB
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => String(from + n))

/** Polls until it fits, or it is too late: gives the last in any case. */
const until = async <T>(look: () => Promise<T>, fits: (value: T) => boolean): Promise<T> => {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const value = await look()
    if (fits(value) || Date.now() > end) return value
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

export async function soak({ server, chromium, events, step, perPage, retention, told }: SoakOptions): Promise<Soak> {
  const result: Soak = { steps: [], lost: [], doubled: [], unfinished: [] }
  const tab: Page = await chromium.context.newPage()
  const reader = await chromium.context.newPage()
  await reader.goto(`chrome-extension://${chromium.extensionId}/manifest.json`)
  const worker = await chromium.worker()
  await worker.send('HeapProfiler.enable')
  for (let sent = 0; sent < events; sent += step) {
    const ec = `k${sent / step}`
    const begun = Date.now()
    const away = server.serve(`/${ec}`, page(ec))
    for (let from = sent; from < sent + step; from += perPage) {
      await tab.goto(`http://shop.test/${ec}`)
      await tab.evaluate(`send(${from}, ${from + perPage})`)
    }
    away()
    const names = await until(
      () => readNames(reader, ec),
      found => found.length >= Math.min(step, retention) && found.every(([, state]) => state !== 'pending'),
    )
    const ms = Date.now() - begun
    const arrived = new Set(server.received(({ what }) => what === 'event').flatMap(namesIn))
    server.forget()
    const found = names.map(([ea]) => ea)
    const logged = new Set(found)
    // The oldest of a step may be evicted already.
    const due = numbers(Math.max(sent, sent + step - retention), sent + step)
    result.lost.push(...due.filter(ea => !logged.has(ea) || !arrived.has(ea)))
    result.doubled.push(...doubledIn(found))
    result.unfinished.push(
      ...names.filter(([, state]) => !['done', 'hidden'].includes(state)).map(entry => entry.join(' ')),
    )
    const disk = await reader.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0)
    const kept = (await readNames(reader, null)).length
    const one = { events: sent + step, ms, heap: await heapOf(worker), disk: disk / MB, kept }
    result.steps.push(one)
    told?.(one)
  }
  // What the log must still hold at the end: the newest, each once, and nothing older.
  const all = await until(
    () => readNames(reader, null),
    found => found.length <= retention,
  )
  const kept = all.map(([ea]) => ea)
  const newest = numbers(events - Math.min(events, retention), events)
  const there = new Set(kept)
  result.lost.push(...newest.filter(ea => !there.has(ea)))
  result.doubled.push(...doubledIn(kept))
  await worker.detach()
  await tab.close()
  await reader.close()
  return result
}

/** MB per event, by the line that fits the steps best; null of too few. */
export function growth(steps: readonly Step[]): number | null {
  if (steps.length < 3) return null
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const events = mean(steps.map(step => step.events))
  const heap = mean(steps.map(step => step.heap))
  const along = steps.map(step => (step.events - events) * (step.heap - heap))
  const wide = steps.map(step => (step.events - events) ** 2)
  return mean(along) / mean(wide)
}
