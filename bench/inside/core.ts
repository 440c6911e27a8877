/** Runs in a Node of its own, bundled: `ROUNDS SIZE,SIZE,…` → what `CoreSpeeds` says, as JSON. From the project's root. */
import { readFileSync } from 'node:fs'
import type { LogEntry } from '../../utils/identity/entry'
import { EMPTY, type LogState, step } from '../../utils/identity/reduce'
import { decodeRequest } from '../../utils/sdk/decode'
import type { RawRequest } from '../../utils/sdk/event'
import { median } from '../stats'
import { entryOf } from './events'

export interface CoreSpeeds {
  /** Events per second, of the median vector. */
  decode: number
  /** How many vectors. */
  vectors: number
  /** By the size of the log that it comes onto: µs of one more event. */
  reduce: Record<number, number>
}

/** Recorded requests, ids replaced. */
function recorded(): RawRequest[] {
  const vectors = JSON.parse(readFileSync('utils/sdk/vectors.json', 'utf8')) as {
    url: string
    method?: string
    body?: string | object | null
  }[]
  return vectors.map(({ url, method = 'GET', body }) => ({
    url,
    method,
    body: body ? { state: 'text', text: typeof body === 'string' ? body : JSON.stringify(body) } : { state: 'none' },
    transport: 'script',
  }))
}

function decodeSpeed(vectors: readonly RawRequest[], rounds: number): number {
  const speeds = vectors.map(raw => {
    const times: number[] = []
    for (let round = 0; round < rounds + 2; round++) {
      const begun = performance.now()
      for (let n = 0; n < 500; n++) decodeRequest(raw)
      if (round > 1) times.push(performance.now() - begun)
    }
    return 500_000 / median(times)
  })
  return median(speeds)
}

const entry = (n: number, of: number): LogEntry =>
  ({ ...entryOf(n, of, 'bench:1', Date.UTC(2026, 10, 25)).entry, id: n + 1 }) as LogEntry

function reduceSpeed(sizes: readonly number[]): Record<number, number> {
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
  return values
}

const [rounds, sizes = ''] = process.argv.slice(2)
const vectors = recorded()
const told: CoreSpeeds = {
  decode: decodeSpeed(vectors, Number(rounds)),
  vectors: vectors.length,
  reduce: reduceSpeed(sizes.split(',').map(Number)),
}
console.log(JSON.stringify(told))
