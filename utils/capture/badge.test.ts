import { expect, test } from 'vitest'
import type { LogEntry } from '../identity/entry'
import { type Expectations, NO_EXPECTATIONS } from '../identity/expectations'
import { EMPTY, serialise, step } from '../identity/reduce'
import type { Sign } from '../identity/sign'
import { DAY_ONE, tell } from '../identity/story'
import type { Change, Checkpoint, EventSource, WatchOptions } from '../log/source'
import { DEFAULTS, type Settings } from '../settings'
import { Badge } from './badge'

/** A log that tells those who watch it. */
class Log implements EventSource {
  readonly store = 'dexie'
  readonly entries: LogEntry[] = []
  checkpoint: Checkpoint | null = null
  /** How often it was read from the beginning, and from a checkpoint. */
  reads = { all: 0, checkpoint: 0 }
  readonly #watching = new Set<(change: Change) => void>()
  newest = async () => []
  range = async () => []
  payload = async () => null

  watch(_: object, on: (change: Change) => void, __: unknown, signal: AbortSignal, options: WatchOptions = {}): void {
    const { checkpoint } = this
    const usable = checkpoint !== null && options.checkpoint?.(checkpoint) === true
    this.reads[usable ? 'checkpoint' : 'all']++
    this.#watching.add(on)
    signal.addEventListener('abort', () => this.#watching.delete(on))
    const through = usable ? checkpoint.through : { at: Number.NEGATIVE_INFINITY, id: 0 }
    const entries = this.entries.filter(({ at, id }) => at > through.at || (at === through.at && id > through.id))
    on({ epoch: 1, reset: true, entries, ...(usable && { checkpoint }) })
  }

  append(entries: readonly LogEntry[]): void {
    this.entries.push(...entries)
    for (const on of [...this.#watching]) on({ epoch: 1, reset: false, entries: [...entries] })
  }

  /** All that there is, reduced. */
  foldUp(): void {
    const last = this.entries.at(-1)
    if (last)
      this.checkpoint = {
        through: { at: last.at, id: last.id },
        reduced: structuredClone(
          serialise(this.entries.reduce((state, entry) => step(state, entry), EMPTY)),
        ) as Checkpoint['reduced'],
      }
  }
}

/** A worker's button over a log; `pass` lets time go on, in which all that is due happens. */
function button(log: Log, settings: Partial<Settings> = {}, expected = new Map<string, Expectations>()) {
  const said: [tab: number, sign: Sign | null][] = []
  const sites = new Map<number, string>()
  let now = log.entries.at(-1)?.at ?? DAY_ONE
  const due: { at: number; run: () => void }[] = []
  const badge = new Badge(
    {
      now: () => now,
      after: (ms, run) => void due.push({ at: now + ms, run }),
      siteOfTab: async tab => {
        const site = sites.get(tab) ?? 'shop.example'
        if (site === 'closed') throw new Error('No tab with this id')
        return site
      },
      show: (tab, sign) => void said.push([tab, sign]),
    },
    log,
    's',
    { ...DEFAULTS, ...settings },
    expected,
  )
  const pass = async (ms: number): Promise<typeof said> => {
    const until = Math.max(now, log.entries.at(-1)?.at ?? 0) + ms
    for (;;) {
      due.sort((a, b) => a.at - b.at)
      const [next] = due
      if (!next || next.at > until) break
      due.shift()
      now = next.at
      next.run()
    }
    now = until
    await new Promise(resolve => setTimeout(resolve))
    return said.splice(0)
  }
  return { badge, sites, pass }
}

const NOTHING = { error: 0, warning: 0, info: 0 }
const login = 'uid A: page load /\n+1s pageview\n+1s login cid md5:0900000000\n+1s identify cid md5:0900000000'
const stateOf = ([, sign]: [number, Sign | null]) => sign?.state

test('it says who it is as the log grows, and nothing twice', async () => {
  const log = new Log()
  const { badge, pass } = button(log)
  const { entries } = tell(login)
  log.append(entries.slice(0, 2))
  badge.wake()
  expect(await pass(300)).toEqual([[1, { state: 'anonymous', uid: 'A', cid: null, issues: NOTHING, paused: false }]])
  log.append(entries.slice(2))
  expect((await pass(300)).map(stateOf)).toEqual(['identified'])
  log.append(
    tell('day 1 10:00 uid A: page load /\n+20s product/view cid md5:0900000000')
      .entries.slice(1)
      .map(entry => ({ ...entry, id: 90 })),
  )
  expect(await pass(300)).toEqual([])
})

test('a new page is said anew: the browser has taken back what was said of the one before', async () => {
  const log = new Log()
  const { badge, pass } = button(log)
  const { entries } = tell(`${login}\n+5s page load /b`)
  log.append(entries.slice(0, -1))
  badge.wake()
  expect((await pass(300)).length).toBe(1)
  log.append(entries.slice(-1))
  expect((await pass(300)).map(stateOf)).toEqual(['identified'])
})

test('all tabs of the site hear it; one that shows another site by now, or is gone, does not', async () => {
  const log = new Log()
  const { badge, sites, pass } = button(log)
  const { entries } = tell(
    `uid A: page load /\npageview\n${[2, 3, 4].map(n => `+1s tab ${n}: page load /\ntab ${n}: pageview`).join('\n')}\ntab 1: login cid X\nidentify cid X`,
  )
  sites.set(3, 'elsewhere.example').set(4, 'closed')
  log.append(entries)
  badge.wake()
  const said = await pass(300)
  expect(said.map(([tab]) => tab)).toEqual([1, 2])
  expect(said.map(stateOf)).toEqual(['identified', 'identified'])
})

test('another browser session’s tabs are not spoken of', async () => {
  const log = new Log()
  const { badge, pass } = button(log)
  log.append(tell(login).entries.map(entry => ({ ...entry, place: { ...entry.place, tab: 'old:1' } })))
  badge.wake()
  expect(await pass(300)).toEqual([])
})

test('issues are counted as the panel counts them: muted ones not, with what silence proves', async () => {
  const log = new Log()
  const { entries } = tell('uid A: page load /\npageview\n+1s login cid md5:""\n+1s identify cid md5:""')
  log.append(entries)
  const { badge, pass } = button(log)
  badge.wake()
  const [[, sign] = []] = await pass(300)
  expect(sign?.issues.error).toBeGreaterThan(0)
  badge.configure({ ...DEFAULTS, mutes: [{ site: 'shop.example', rule: 'cid-shared', note: '' }] }, new Map())
  const [[, muted] = []] = await pass(300)
  expect(muted?.issues.error).toBe((sign?.issues.error ?? 0) - 1)

  const late = new Log()
  late.append(tell('uid A: page load /\nsdk live\npageview\n+1s call product/view -> pending').entries)
  const silent = button(late)
  silent.badge.wake()
  expect((await silent.pass(300)).map(([, each]) => each?.issues.warning)).toEqual([0])
  expect((await silent.pass(7_000)).flatMap(([, each]) => Object.values(each?.issues ?? {})).some(n => n > 0)).toBe(
    true,
  )
})

test('paused, it says so', async () => {
  const log = new Log()
  log.append(tell(login).entries)
  const { badge, pass } = button(log, { pausedSites: ['shop.example'] })
  badge.wake()
  expect((await pass(300)).map(([, sign]) => sign?.paused)).toEqual([true])
  badge.configure({ ...DEFAULTS, recording: false }, new Map())
  expect((await pass(300)).map(([, sign]) => sign?.paused)).toEqual([true])
  badge.configure(DEFAULTS, new Map())
  expect((await pass(300)).map(([, sign]) => sign?.paused)).toEqual([false])
})

test('a worker that comes after goes on from the checkpoint, and says the same', async () => {
  const log = new Log()
  const { entries } = tell(`${login}\n+1s purchase cid md5:0900000000 order 7\n+2s logout\n+1s product/view`)
  const whole = button(log)
  log.append(entries)
  whole.badge.wake()
  const [expected] = await whole.pass(300)
  const halved = new Log()
  halved.append(entries.slice(0, 4))
  halved.foldUp()
  halved.append(entries.slice(4))
  const next = button(halved)
  next.badge.wake()
  expect(await next.pass(300)).toEqual([expected])
  expect(halved.reads).toEqual({ all: 0, checkpoint: 1 })
})

test('of a site of which something is expected it counts by that', async () => {
  const log = new Log()
  log.append(tell('uid A: page load /\npageview\n+1s club/enter cid X\n+1s identify cid X').entries)
  const expected = new Map([
    ['shop.example', { ...NO_EXPECTATIONS, required: { 'club/enter': ['dims.card'] }, holds: () => false }],
  ])
  const plain = button(log)
  plain.badge.wake()
  const strict = button(log, {}, expected)
  strict.badge.wake()
  const [[, usual] = []] = await plain.pass(20_000)
  const [[, other] = []] = await strict.pass(20_000)
  expect(usual?.state).toBe(other?.state)
  expect(log.reads.all).toBe(3)
})

test('days of events don’t fill the worker: old ones are let go of, and one that changes after all is read again', async () => {
  const log = new Log()
  const { badge, pass } = button(log)
  badge.wake()
  const { entries } = tell(
    `uid A: page load /\n${Array.from({ length: 3_000 }, () => '+1s product/view').join('\n')}\nlogin cid X\nidentify cid X`,
  )
  for (let from = 0; from < entries.length; from += 500) log.append(entries.slice(from, from + 500))
  expect((await pass(300)).map(stateOf)).toEqual(['identified'])
  expect(log.reads.all).toBe(1)
  const [early] = entries.slice(10, 11)
  if (early) log.append([early])
  expect(await pass(1_500)).toEqual([])
  expect(log.reads.all).toBe(2)

  // In a stream of such ends the log is read once, when the stream is over.
  for (let n = 0; n < 20; n++) {
    if (early) log.append([early])
    await pass(100)
  }
  expect(log.reads.all).toBe(2)
  await pass(1_500)
  expect(log.reads.all).toBe(3)
})

test('what was cleared no longer counts, and counts again when that is undone', async () => {
  const log = new Log()
  const { badge, pass } = button(log)
  const { entries } = tell(login)
  log.append(entries)
  log.foldUp()
  badge.wake()
  expect((await pass(300)).map(stateOf)).toEqual(['identified'])
  const last = entries.at(-1) as LogEntry
  const clear = { kind: 'clear', id: last.id + 1, at: last.at + 10, place: last.place, state: 'open' } as const
  log.append([clear])
  expect(await pass(600)).toEqual([[1, null]])
  log.append(
    tell('uid A: page load /\n+20s product/view').entries.map((entry, n) => ({
      ...entry,
      id: clear.id + 1 + n,
      at: clear.at + 1 + n,
    })),
  )
  expect((await pass(600)).map(stateOf)).toEqual(['anonymous'])
  log.append([{ ...clear, state: 'undone' }])
  expect((await pass(600)).map(stateOf)).toEqual(['identified'])
})
