/** How fast the worker writes, and whether a burst is in the log whole. */
import type { DemoServer } from '../demo/server'
import { doubledIn, readNames } from '../e2e/drive/log'
import { expression } from '../e2e/drive/panel'
import { inside } from './inside'
import { readerOf } from './reader'
import { asMany, type Measure, measure } from './result'
import { median } from './stats'
import { ourSubject, start } from './subjects'
import { CATEGORY, trackedUrl } from './tracked'

const PATIENCE_MS = 240_000
const QUIET_MS = 40_000
/** Events/s: what the worker is to write, on a machine where two plain records per event make `USUAL` at most. */
const WANTED = 4_000
const USUAL = 2_800

/** In the page: so many events by each way, all that it can at once. */
async function burst(before: string, after: string, each: number): Promise<void> {
  const url = (name: string) => before + name + after
  for (let n = 0; n < each; n++) {
    const script = document.createElement('script')
    script.src = url(`script-${n}`)
    script.onload = script.onerror = () => script.remove()
    document.head.append(script)
  }
  // A browser keeps no more than 64 kB of unanswered beacons, and refuses the rest: the page waits as any page must.
  for (let n = 0; n < each; n++)
    while (!navigator.sendBeacon(url(`beacon-${n}`))) await new Promise(done => setTimeout(done, 5))
  const answers: Promise<unknown>[] = []
  for (let n = 0; n < each; n++) answers.push(fetch(url(`fetch-${n}`), { mode: 'no-cors' }).catch(() => {}))
  await Promise.all(answers)
}

export async function workerCost(
  server: DemoServer,
  { events, rounds, sent }: { events: number; rounds: number; sent: number },
): Promise<Measure[]> {
  const chromium = await start(ourSubject(), server)
  try {
    const reader = await readerOf(chromium)
    const page = await chromium.context.newPage()
    await page.goto('http://shop.test/plain')
    const [before = '', after = ''] = trackedUrl('NAME').split('NAME')
    const each = Math.ceil(sent / 3)
    await page.evaluate(expression(burst, [before, after, each]))
    const until = Date.now() + PATIENCE_MS
    let names: string[] = []
    let heard = Date.now()
    // Until all are there, or nothing more has come for so long that nothing will: a busy machine pauses for seconds.
    while (names.length < 3 * each && Date.now() - heard < QUIET_MS && Date.now() < until) {
      const before = names.length
      names = (await readNames(reader, CATEGORY)).map(([ea]) => ea)
      if (names.length !== before) heard = Date.now()
      await new Promise(done => setTimeout(done, 1_000))
    }
    const lost = 3 * each - new Set(names).size
    const measures = [
      measure({
        name: `burst of ${(3 * each).toLocaleString('en')}: lost`,
        unit: 'count',
        about: 'by script, beacon and fetch, in one go',
        values: [lost],
        limit: { most: 0 },
      }),
      measure({
        name: `burst of ${(3 * each).toLocaleString('en')}: doubled`,
        unit: 'count',
        about: 'in the log a second time',
        values: [doubledIn(names).length],
        limit: { most: 0 },
      }),
    ]

    await page.goto('about:blank')
    const worker = await chromium.worker()
    const heap = async () => {
      // What a step of upkeep has in its hands stays nowhere.
      await inside(worker, 'rest')
      await worker.send('HeapProfiler.collectGarbage')
      return (await worker.send<{ usedSize: number }>('Runtime.getHeapUsage')).usedSize / 1_000_000
    }
    // Until the burst's page is forgotten and all visitors were there: neither is what these events leave behind.
    await inside<number>(worker, 'record', events)
    await inside(worker, 'rest')
    await inside<number>(worker, 'record', events)
    const first = await heap()
    const speeds: number[] = []
    const plain: number[] = []
    for (let round = 0; round < rounds; round++) {
      speeds.push(events / ((await inside<number>(worker, 'record', events)) / 1_000))
      plain.push(events / ((await inside<number>(worker, 'plain', events)) / 1_000))
    }
    const grown = (await heap()) - first
    measures.push(
      measure({
        name: 'worker: events written',
        unit: 'events/s',
        about: `${events.toLocaleString('en')} requests with their ends through recorder, join and log, in the worker; beside two plain records per event; 4,000, or as many as that was where the plain ones made 2,800`,
        values: speeds,
        baseline: plain,
        limit: asMany(WANTED, median(plain), USUAL),
      }),
      measure({
        name: 'worker: events written as two plain records',
        unit: 'events/s',
        about: 'the least log: request and end as they are, by tab and by time, 500 events a transaction',
        values: plain,
      }),
      measure({
        name: `worker: heap after ${(events * rounds).toLocaleString('en')} more events`,
        unit: 'MB',
        about: 'growth, after a garbage collection: flat is what collections differ by',
        values: [grown],
        // After one round the worker is still getting warm.
        limit: rounds > 1 ? { most: 2 } : null,
      }),
    )
    return measures
  } finally {
    await chromium.close()
  }
}
