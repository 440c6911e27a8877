/** What the core costs in Node, on one core: decoding, reducing, and the audit of a whole file. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AUDIT_FLAGS, bundle } from '../scripts/bundle.mjs'
import type { CoreSpeeds } from './inside/core'
import { requestOf } from './inside/events'
import { asMany, type Growth, type Measure, measure, within } from './result'
import { exponent, median } from './stats'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MB = 1_000_000

/** Events/s: what decoding is to make, on a machine where taking their URLs apart makes `USUAL` at least. */
const WANTED = 100_000
const USUAL = 231_000
/** µs that these took for one request of all kinds, and s of a process that only parses the file, where nothing was in their way. */
const USUAL_READ = 4.8
const USUAL_FILE = 1.36

/** Decoding and reducing, in a process of their own, as `audit` runs them. */
export function coreSpeeds(rounds: number, sizes: readonly number[]): { measures: Measure[]; growth: Growth } {
  const told = execFileSync(
    process.execPath,
    [...AUDIT_FLAGS, bundle('bench/inside/core.ts'), String(rounds), sizes.join()],
    { cwd: ROOT, encoding: 'utf8' },
  )
  const { decode, least, vectors, reduce, beside } = JSON.parse(told) as CoreSpeeds
  const points = Object.entries(reduce).map(([size, value]) => [Number(size), value] as const)
  return {
    measures: [
      measure({
        name: 'decode',
        unit: 'events/s',
        about: `recorded requests, each 500 times by turns; the median one of ${vectors}; compared with splitting the URL, decodeURIComponent and JSON.parse alone; 100,000, or as many as that was where these alone made 231,000`,
        values: [decode],
        baseline: [least],
        limit: asMany(WANTED, least, USUAL),
      }),
      measure({
        name: 'reduce one more event',
        unit: 'µs',
        about: `onto the state of ${(100_000).toLocaleString('en')} events, or of the longest log of the run; by turns with splitting the URL, decodeURIComponent and JSON.parse of a recorded request; 20, or as much more as these took longer than ${USUAL_READ}`,
        values: [reduce[100_000] ?? reduce[Math.max(...sizes)] ?? Number.NaN],
        baseline: [beside],
        limit: within(20, beside, USUAL_READ),
      }),
    ],
    growth: { name: 'reduce one more event', unit: 'µs', values: reduce, exponent: exponent(points) },
  }
}

/** A HAR of that many events as browsers write it, some 1.8 kB each. */
async function writeHar(path: string, events: number): Promise<void> {
  const file = createWriteStream(path)
  file.write('{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[],"entries":[')
  const began = Date.UTC(2026, 10, 25)
  const headers = Array.from({ length: 9 }, (_, n) => ({
    name: `x-header-${n}`,
    value: 'text/html,application/xhtml+xml',
  }))
  for (let n = 0; n < events; n++) {
    const { url, method } = requestOf(n)
    const text = JSON.stringify({
      startedDateTime: new Date(began + n * 250).toISOString(),
      time: 12,
      request: { method, url, httpVersion: 'h2', headers, queryString: [], cookies: [], headersSize: -1, bodySize: 0 },
      response: {
        status: 200,
        statusText: '',
        httpVersion: 'h2',
        headers: [],
        cookies: [],
        content: { size: 0, mimeType: 'text/javascript' },
        redirectURL: '',
        headersSize: -1,
        bodySize: 0,
      },
      cache: {},
      timings: { send: 1, wait: 10, receive: 1 },
    })
    if (!file.write(`${n ? ',' : ''}${text}`)) await once(file, 'drain')
  }
  file.end(']}}')
  await once(file, 'close')
}

/** How long a process ran, and the most MB that it held. */
interface Ran {
  seconds: number
  memory: number
}

/** A script as a process of its own. */
async function processOf(args: readonly [script: string, file: string]): Promise<Ran> {
  const tell = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\nmaxRSS="+process.resourceUsage().maxRSS+"\\n"))`
  const begun = performance.now()
  const child = spawn(process.execPath, [...AUDIT_FLAGS, '--import', tell, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', chunk => {
    said += String(chunk)
  })
  await once(child, 'close')
  const kB = Number(/maxRSS=(\d+)/.exec(said)?.[1])
  if (!kB) throw new Error(`the process said nothing of its memory: ${said}`)
  return { seconds: (performance.now() - begun) / 1_000, memory: (kB * 1_024) / MB }
}

export async function auditSpeed(sizes: readonly number[]): Promise<{ measures: Measure[]; growth: Growth }> {
  const folder = mkdtempSync(join(tmpdir(), 'identity-lens-bench-'))
  try {
    const values: Record<number, number> = {}
    const most = Math.max(...sizes)
    const unknown: Ran = { seconds: Number.NaN, memory: Number.NaN }
    let [last, least] = [unknown, unknown]
    for (const size of [...sizes].sort((a, b) => a - b)) {
      const path = join(folder, `${size}.har`)
      await writeHar(path, size)
      const runs: [ours: Ran, least: Ran][] = []
      for (let n = 0; n < (size === most ? 3 : 1); n++)
        runs.push([
          await processOf([bundle('scripts/audit.ts'), path]),
          await processOf([bundle('bench/inside/read.ts'), path]),
        ])
      const middle = (which: 0 | 1): Ran => ({
        seconds: median(runs.map(both => both[which].seconds)),
        memory: Math.max(...runs.map(both => both[which].memory)),
      })
      ;[last, least] = [middle(0), middle(1)]
      values[size] = last.seconds
      rmSync(path)
    }
    const points = Object.entries(values).map(([size, value]) => [Number(size), value] as const)
    const about = `a HAR of ${most.toLocaleString('en')} events, process and all`
    return {
      measures: [
        measure({
          name: 'audit',
          unit: 's',
          about: `${about}; by turns with a process that reads the file and parses each entry, the middle of three; 6, or as much more as that took longer than ${USUAL_FILE}`,
          values: [last.seconds],
          baseline: [least.seconds],
          limit: within(6, least.seconds, USUAL_FILE),
        }),
        measure({
          name: 'audit, memory',
          unit: 'MB',
          about: 'the most that its process held',
          values: [last.memory],
          limit: { most: 600 },
        }),
      ],
      growth: { name: 'audit', unit: 's', values, exponent: exponent(points) },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
