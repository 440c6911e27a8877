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
  /** The same of the least that reads one. */
  least: number
  /** How many vectors. */
  vectors: number
  /** By the size of the log that it comes onto: µs of one more event. */
  reduce: Record<number, number>
  /** µs that the least that reads one took meanwhile. */
  beside: number
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

const isJson = (text: string): boolean => text[0] === '{' || text[0] === '['

/** What nobody can do without: takes the URL apart, decodes each pair, parses what is JSON. Says nothing of what it means. */
function leastDecode({ url, body }: RawRequest): unknown[] {
  const read: unknown[] = []
  for (const pair of url.slice(url.indexOf('?') + 1).split('&')) {
    const value = decodeURIComponent(pair.slice(pair.indexOf('=') + 1).replaceAll('+', ' '))
    read.push(isJson(value) ? JSON.parse(value) : value)
  }
  if (body.state === 'text') read.push(isJson(body.text) ? JSON.parse(body.text) : body.text)
  return read
}

/** Events per second of both, of the median vector each; in turns, so that both see the same machine. */
function decodeSpeeds(vectors: readonly RawRequest[], rounds: number): Pick<CoreSpeeds, 'decode' | 'least'> {
  const timed = (work: () => void): number => {
    const begun = performance.now()
    for (let n = 0; n < 500; n++) work()
    return performance.now() - begun
  }
  const speeds = vectors.map(raw => {
    const times: [ours: number, least: number][] = []
    for (let round = 0; round < rounds + 2; round++) {
      const both: [number, number] = [timed(() => decodeRequest(raw)), timed(() => leastDecode(raw))]
      if (round > 1) times.push(both)
    }
    return [0, 1].map(which => 500_000 / median(times.map(both => both[which] as number)))
  })
  const [decode = Number.NaN, least = Number.NaN] = [0, 1].map(which =>
    median(speeds.map(both => both[which] as number)),
  )
  return { decode, least }
}

const entry = (n: number, of: number): LogEntry =>
  ({ ...entryOf(n, of, 'bench:1', Date.UTC(2026, 10, 25)).entry, id: n + 1 }) as LogEntry

/** By turns with the least that reads an event, so that both see the same machine. */
function reduceSpeed(sizes: readonly number[], vectors: readonly RawRequest[]): Pick<CoreSpeeds, 'reduce' | 'beside'> {
  const most = Math.max(...sizes)
  const reduce: Record<number, number> = {}
  let beside: number[] = []
  let state: LogState = EMPTY
  let n = 0
  const more = 2_000
  for (const size of [...sizes].sort((a, b) => a - b)) {
    for (; n < size; n++) state = step(state, entry(n, most + more))
    const next = Array.from({ length: more }, (_, i) => entry(n + i, most + more))
    const each = (work: (n: number) => void): number => {
      const begun = performance.now()
      for (let i = 0; i < more; i++) work(i)
      return ((performance.now() - begun) / more) * 1_000
    }
    const rounds: number[] = []
    beside = []
    for (let round = 0; round < 15; round++) {
      // The state is not changed by that: each round begins with the same one.
      let onto = state
      rounds.push(
        each(i => {
          onto = step(onto, next[i] as LogEntry)
        }),
      )
      beside.push(each(i => leastDecode(vectors[i % vectors.length] as RawRequest)))
    }
    reduce[size] = median(rounds)
  }
  return { reduce, beside: median(beside) }
}

const [rounds, sizes = ''] = process.argv.slice(2)
const vectors = recorded()
const told: CoreSpeeds = {
  ...decodeSpeeds(vectors, Number(rounds)),
  vectors: vectors.length,
  ...reduceSpeed(sizes.split(',').map(Number), vectors),
}
console.log(JSON.stringify(told))
