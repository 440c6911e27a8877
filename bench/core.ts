/** What the core costs in Node, on one core: decoding, reducing, and the audit of a whole file. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LogEntry } from '../utils/identity/entry'
import { EMPTY, type LogState, step } from '../utils/identity/reduce'
import { decodeRequest } from '../utils/sdk/decode'
import type { RawRequest } from '../utils/sdk/event'
import { entryOf, requestOf } from './inside/events'
import { type Growth, type Measure, measure } from './result'
import { exponent, median } from './stats'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MB = 1_000_000

/** Recorded requests, ids replaced. */
function vectors(): RawRequest[] {
  const recorded = JSON.parse(readFileSync(join(ROOT, 'utils/sdk/vectors.json'), 'utf8')) as {
    url: string
    method?: string
    body?: string | object | null
  }[]
  return recorded.map(({ url, method = 'GET', body }) => ({
    url,
    method,
    body: body ? { state: 'text', text: typeof body === 'string' ? body : JSON.stringify(body) } : { state: 'none' },
    transport: 'script',
  }))
}

export function decodeSpeed(rounds: number): Measure {
  const speeds = vectors().map(raw => {
    const times: number[] = []
    for (let round = 0; round < rounds + 2; round++) {
      const begun = performance.now()
      for (let n = 0; n < 500; n++) decodeRequest(raw)
      if (round > 1) times.push(performance.now() - begun)
    }
    return 500_000 / median(times)
  })
  return measure({
    name: 'decode',
    unit: 'events/s',
    about: `recorded requests, each 500 times by turns; the median one of ${speeds.length}`,
    values: [median(speeds)],
    limit: { least: 100_000 },
  })
}

const entry = (n: number, of: number): LogEntry =>
  ({ ...entryOf(n, of, 'bench:1', Date.UTC(2026, 10, 25)).entry, id: n + 1 }) as LogEntry

/** µs for one more event onto the state of a log of each size. */
export function reduceSpeed(sizes: readonly number[]): { measure: Measure; growth: Growth } {
  const most = Math.max(...sizes)
  const values: Record<number, number> = {}
  let state: LogState = EMPTY
  let n = 0
  const more = 2_000
  for (const size of [...sizes].sort((a, b) => a - b)) {
    for (; n < size; n++) state = step(state, entry(n, most + more))
    const next = Array.from({ length: more }, (_, i) => entry(n + i, most + more))
    // The state is not changed by that: each round begins with the same one.
    const rounds = Array.from({ length: 5 }, () => {
      const begun = performance.now()
      let onto = state
      for (const one of next) onto = step(onto, one)
      return ((performance.now() - begun) / more) * 1_000
    })
    values[size] = median(rounds)
  }
  const points = Object.entries(values).map(([size, value]) => [Number(size), value] as const)
  return {
    measure: measure({
      name: 'reduce one more event',
      unit: 'µs',
      about: `onto the state of ${(100_000).toLocaleString('en')} events, or of the longest log of the run`,
      values: [values[100_000] ?? values[most] ?? Number.NaN],
      limit: { most: 20 },
    }),
    growth: { name: 'reduce one more event', unit: 'µs', values, exponent: exponent(points) },
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

/** The audit as a process of its own: s, and the most MB that it held. */
async function auditOnce(path: string): Promise<{ seconds: number; memory: number }> {
  const tell = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\nmaxRSS="+process.resourceUsage().maxRSS+"\\n"))`
  const begun = performance.now()
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', tell, 'scripts/audit.ts', path], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', chunk => {
    said += String(chunk)
  })
  await once(child, 'close')
  const kB = Number(/maxRSS=(\d+)/.exec(said)?.[1])
  if (!kB) throw new Error(`the audit said nothing of its memory: ${said}`)
  return { seconds: (performance.now() - begun) / 1_000, memory: (kB * 1_024) / MB }
}

export async function auditSpeed(sizes: readonly number[]): Promise<{ measures: Measure[]; growth: Growth }> {
  const folder = mkdtempSync(join(tmpdir(), 'identity-lens-bench-'))
  try {
    const values: Record<number, number> = {}
    let last = { seconds: Number.NaN, memory: Number.NaN }
    for (const size of [...sizes].sort((a, b) => a - b)) {
      const path = join(folder, `${size}.har`)
      await writeHar(path, size)
      last = await auditOnce(path)
      values[size] = last.seconds
      rmSync(path)
    }
    const most = Math.max(...sizes)
    const points = Object.entries(values).map(([size, value]) => [Number(size), value] as const)
    const about = `a HAR of ${most.toLocaleString('en')} events, process and all`
    return {
      measures: [
        measure({ name: 'audit', unit: 's', about, values: [last.seconds], limit: { most: 6 } }),
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
