import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type ClearEntry,
  type EventEntry,
  type GapEntry,
  isCleared,
  type LogEntry,
  type StoredEntry,
} from '../identity/entry'
import { type OpenLog, openLog } from '../log/dexie'
import type { Batch, LogWriter } from '../log/source'
import type { Unrecognised, WorkerDown } from '../messages'
import { DEFAULTS, type Settings } from '../settings'
import { eventUrl, lineOf, T0 } from './fixtures/lanes'
import type { Speaker } from './join'
import type { Details } from './network'
import type { HookRecord, RelayRecord } from './record'
import { Recorder, type StoredFact } from './recorder'

const VIEW = eventUrl('pageview', 'view')
const SPEAKER: Speaker = {
  tab: 1,
  frame: 0,
  documentId: 'A'.repeat(32),
  url: 'https://www.shop.vn/',
  site: 'shop.vn',
  partition: 'normal',
  store: null,
  prerender: false,
}

let databases = 0
let name = ''
let log: OpenLog
let seen: Record<string, string> = {}
let unrecognised: Unrecognised[] = []
let timesKept = 0
let cookies: Omit<StoredFact, 'place'>[] = []
let now = T0
/** Stands between recorder and log: counts, delays, fails. */
let gate: { batches: Batch[]; before: (() => Promise<void>) | null }

beforeEach(async () => {
  name = `recorder-${++databases}`
  log = await openLog({ name, now: () => now })
  seen = {}
  unrecognised = []
  cookies = []
  askedPages = []
  now = T0
  gate = { batches: [], before: null }
  timers = []
  long = LONG
})
afterEach(() => log.close())

/** ms that no test waits for. */
const LONG = 60_000
/** ms that this test doesn't wait for. */
let long = LONG
/** Tabs whose pages were asked to tell again; null: all. */
let askedPages: (number | null)[] = []
/** What is to run after so long. */
let timers: (() => void)[] = []

/** A batch that is soon full. */
const SMALL = { entries: 50, weight: 20_000 }

/** A worker that wakes up. */
async function wake(
  settings: Partial<Settings> = {},
  { begin = true, batch = undefined as typeof SMALL | undefined } = {},
) {
  // What a worker of an earlier test still keeps is no business of this one.
  const own = name
  const recorder = new Recorder({
    incognito: false,
    ...(batch && { batch }),
    now: () => now,
    after: (ms, run) => {
      if (ms < long) setTimeout(run, ms)
      else timers.push(run)
    },
    siteOfTab: async tab => (tab === 5 ? 'shop.vn' : ''),
    askPages: tab => askedPages.push(tab),
    cookies: async (_, place) => cookies.map(cookie => ({ ...cookie, place })),
    keepSeen: values => {
      if (own === name) seen = values
    },
    keepUnrecognised: lines => {
      if (own === name) unrecognised = lines
      timesKept++
    },
  })
  const writer: LogWriter = {
    append: async build => {
      await gate.before?.()
      return log.writer.append(chunk => {
        const batch = build(chunk)
        gate.batches.push(batch)
        return batch
      })
    },
    clear: (tab, upTo) => log.writer.clear(tab, upTo),
    deleteEverything: () => log.writer.deleteEverything(),
  }
  const start = async () =>
    recorder.begin({
      session: 's',
      settings: { ...DEFAULTS, ...settings },
      writer,
      resume: await log.resume(),
      newest: await log.source.newest({}, 300),
      seen,
      unrecognised,
    })
  if (begin) await start()
  return { recorder, start }
}

/** A relay that keeps what is not acknowledged. */
class Page {
  readonly told: WorkerDown[] = []
  records: string[] = []
  constructor(
    private readonly doc = 'n1',
    private readonly speaker = SPEAKER,
  ) {}
  #heard: (message: unknown) => void = () => {}
  connect(recorder: Recorder) {
    this.#heard = recorder.connect(this.speaker, message => this.told.push(message)).heard
    return this
  }
  /** Sends records from number `from` on (default: the newest). */
  say(...records: (HookRecord | RelayRecord | string)[]) {
    const from = this.records.length + 1
    for (const record of records) this.records.push(typeof record === 'string' ? record : lineOf(record))
    this.resend(from)
  }
  resend(from: number) {
    this.#heard({ kind: 'records', doc: this.doc, from, records: this.records.slice(from - 1) })
  }
  get acknowledged() {
    return this.told.flatMap(message => (message.kind === 'ack' ? [message.n] : [])).at(-1) ?? 0
  }
}

const entries = async (): Promise<LogEntry[]> => log.source.range({}, 0, Number.MAX_SAFE_INTEGER)
const events = async () => (await entries()).filter((entry): entry is EventEntry => entry.kind === 'event')

/** Without what is cleared. */
async function shown(): Promise<EventEntry[]> {
  const all = await entries()
  const clears = all.filter((entry): entry is ClearEntry => entry.kind === 'clear' && entry.state !== 'undone')
  return (await events()).filter(entry => !clears.some(clear => isCleared(entry, clear)))
}

let ids = 0
const call = (ea: string, more = {}): HookRecord => ({
  k: 'call',
  id: ++ids,
  at: now,
  api: 'web_event.track',
  args: JSON.stringify(['e', ea, {}]),
  stack: '',
  queued: false,
  inside: 0,
  layer: '',
  by: '',
  ...more,
})
const ask = (url = VIEW): HookRecord => ({
  k: 'request',
  id: ++ids,
  at: now,
  call: 0,
  via: 'script',
  url,
  base: '',
  method: 'GET',
  state: 'none',
  text: '',
  bytes: 0,
})
const details = (more: Partial<Details> = {}): Details => ({
  requestId: '1',
  url: VIEW,
  method: 'GET',
  type: 'script',
  tabId: 1,
  frameId: 0,
  documentId: 'A'.repeat(32),
  initiator: 'https://www.shop.vn',
  timeStamp: now,
  ...more,
})

describe('from the page to the log', () => {
  test('records are acknowledged after they are in the log, not before', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    let acknowledged = -1
    gate.before = async () => {
      acknowledged = page.acknowledged
    }
    page.say(call('1'), call('2'))
    await recorder.settled()
    expect(acknowledged).toBe(0)
    expect(page.acknowledged).toBe(2)
    expect((await events()).map(({ facts }) => facts.ea)).toEqual(['1', '2'])
  })

  test('what came while the log was opened is not lost', async () => {
    const { recorder, start } = await wake({}, { begin: false })
    const page = new Page().connect(recorder)
    page.say(ask())
    recorder.network('start', details())
    recorder.network('end', details({ statusCode: 200 }))
    await start()
    await recorder.settled()
    expect(await events()).toMatchObject([{ request: { lanes: 'both' }, outcome: { state: 'done' } }])
  })

  test('while a batch is being written, what comes gathers for the next', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    gate.before = async () => {
      gate.before = null
      for (let i = 0; i < 500; i++) page.say(call(`later ${i}`))
    }
    page.say(call('first'))
    await recorder.settled()
    expect(gate.batches.map(({ entries }) => entries.length)).toEqual([1, 500])
  })

  test('what comes alone is written at once, and waits for no timer; what comes right after a batch gathers', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    await recorder.settled()
    long = 0
    page.say(call('1'), call('2'))
    await expect.poll(() => page.acknowledged).toBe(2)
    page.say(call('3'))
    page.say(call('4'))
    expect([gate.batches.length, timers.length]).toEqual([1, 1])
    timers.pop()?.()
    await expect.poll(() => page.acknowledged).toBe(4)
    now += 1_000
    page.say(call('5'))
    await expect.poll(() => page.acknowledged).toBe(5)
    expect(timers).toEqual([])
    expect(gate.batches.map(({ entries }) => entries.length)).toEqual([2, 2, 1])
  })

  test('a log that fails is tried again, and nothing is acknowledged meanwhile', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    let failures = 0
    gate.before = async () => {
      if (failures++ < 2) throw new Error('no')
      gate.before = null
    }
    page.say(ask())
    await recorder.settled()
    expect(failures).toBe(3)
    expect(page.acknowledged).toBe(1)
    const [event] = await events()
    expect(await log.source.payload(event?.payload ?? [])).toMatchObject({ request: { url: VIEW } })
  })
})

test('a private page of which there is nothing to log leaves no mark in a batch of others', async () => {
  const { recorder } = await wake()
  const open = new Page().connect(recorder)
  const secret = new Page('secret', { ...SPEAKER, documentId: 'B'.repeat(32), partition: 'private' }).connect(recorder)
  secret.say('no record')
  open.say(call('1'))
  await recorder.settled()
  secret.say(call('2'))
  await recorder.settled()
  expect([open.acknowledged, secret.acknowledged]).toEqual([1, 2])
  expect(gate.batches.map(({ marks }) => marks)).toEqual([{ n1: 1 }, { secret: 2 }])
})

describe('more comes than a batch holds', () => {
  /** Characters of arguments of which a batch holds about 10. */
  const LARGE = SMALL.weight / 10
  const large = (ea: string): HookRecord => call(ea, { args: JSON.stringify(['e', ea, { text: 'x'.repeat(LARGE) }]) })
  const namesOf = ({ entries }: Batch): string[] =>
    entries.flatMap(entry => (entry.kind === 'event' ? [entry.facts.ea] : []))
  const weightOf = ({ payloads }: Batch): number => JSON.stringify(payloads).length
  const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n))

  test('it is written in batches of that size, in order, and acknowledged batch by batch', async () => {
    const { recorder } = await wake({}, { batch: SMALL })
    const page = new Page().connect(recorder)
    const acknowledged: number[] = []
    gate.before = async () => {
      acknowledged.push(page.acknowledged)
    }
    const full = SMALL.entries
    page.say(...numbers(3 * full + 7).map(n => call(n)))
    await recorder.settled()
    expect(gate.batches.map(batch => namesOf(batch).length)).toEqual([full, full, full, 7])
    expect(acknowledged).toEqual([0, full, 2 * full, 3 * full])
    expect(gate.batches.flatMap(namesOf)).toEqual(numbers(3 * full + 7))
    expect(page.acknowledged).toBe(3 * full + 7)
  })

  test('large ones in smaller batches', async () => {
    const { recorder } = await wake({}, { batch: SMALL })
    new Page().connect(recorder).say(...numbers(38).map(large))
    await recorder.settled()
    expect(gate.batches.flatMap(namesOf)).toEqual(numbers(38))
    expect(gate.batches.length).toBeGreaterThan(3)
    for (const batch of gate.batches) expect(weightOf(batch)).toBeLessThan(SMALL.weight + 2 * LARGE)
  })

  test('many requests that only the network saw become entries at once: in batches, too', async () => {
    const { recorder } = await wake({}, { batch: SMALL })
    for (const n of numbers(180)) {
      const url = eventUrl('e', n)
      recorder.network('start', details({ requestId: n, url }))
      recorder.network('end', details({ requestId: n, url, statusCode: 200 }))
    }
    now += 200
    await expect.poll(async () => (await events()).length, { timeout: 30_000 }).toBe(180)
    for (const { entries } of gate.batches) expect(entries.length).toBeLessThanOrEqual(SMALL.entries)
  })

  test('a request whose halves come with a batch between them is one entry', async () => {
    const { recorder } = await wake({}, { batch: SMALL })
    const page = new Page().connect(recorder)
    const urls = numbers(120).map(n => eventUrl('e', n))
    for (const url of urls) recorder.network('start', details({ requestId: url, url }))
    // Written slowly: by the clock all of them have waited long enough.
    gate.before = async () => {
      now += 300
    }
    page.say(...urls.map(ask))
    for (const url of urls) recorder.network('end', details({ requestId: url, url, statusCode: 200 }))
    await recorder.settled()
    expect(await entries()).toHaveLength(urls.length)
    expect(new Set((await events()).map(({ request, outcome }) => `${request?.lanes} ${outcome.state}`))).toEqual(
      new Set(['both done']),
    )
  })

  test('what is cleared is what came before it, also what still waited', async () => {
    const { recorder } = await wake({}, { batch: SMALL })
    const page = new Page().connect(recorder)
    page.say(...numbers(180).map(n => call(n)))
    const cleared = recorder.clear(await recorder.tabKey(1), 'normal')
    page.say(call('after'))
    await cleared
    await recorder.settled()
    expect((await shown()).map(({ facts }) => facts.ea)).toEqual(['after'])
    expect(page.acknowledged).toBe(181)
  })

  test('whenever the worker dies, and however often the log fails: each is there once, none is acknowledged before', async () => {
    const step = fc.oneof(
      fc.record({ say: fc.integer({ min: 1, max: 40 }) }),
      fc.constant({ say: 0, fail: true }),
      fc.record({ say: fc.constant(0), dieAfter: fc.integer({ min: 0, max: 4 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async steps => {
        log.close()
        name = `recorder-${++databases}`
        log = await openLog({ name, now: () => now })
        const page = new Page()
        let { recorder } = await wake({}, { batch: SMALL })
        page.connect(recorder)
        let sent = 0
        const stored = async () => (await events()).map(({ facts }) => facts.ea)
        for (const { say, ...how } of steps) {
          if (say > 0)
            page.say(
              ...numbers(sent + say)
                .slice(sent)
                .map(large),
            )
          sent += say
          if ('fail' in how)
            gate.before = async () => {
              gate.before = null
              throw new Error('no')
            }
          if (!('dieAfter' in how)) continue
          let batches = 0
          await new Promise<void>(resolve => {
            gate.before = () => {
              if (batches++ < how.dieAfter) return Promise.resolve()
              resolve()
              return new Promise(() => {})
            }
            page.say(large(String(sent++)))
            recorder.settled().then(resolve)
          })
          const inLog = await stored()
          expect(inLog.slice(0, page.acknowledged)).toEqual(numbers(page.acknowledged))
          gate.before = null
          recorder = (await wake({}, { batch: SMALL })).recorder
          page.connect(recorder)
          page.resend(page.acknowledged + 1)
        }
        await recorder.settled()
        expect(await stored()).toEqual(numbers(sent))
        expect(page.acknowledged).toBe(sent)
      }),
      { numRuns: 20 },
    )
  }, 60_000)
})

describe('a worker dies', () => {
  test('what it had not acknowledged comes again, and is there once', async () => {
    const first = await wake()
    const page = new Page().connect(first.recorder)
    page.say(call('1'), call('2'))
    await first.recorder.settled()

    const second = await wake()
    page.connect(second.recorder)
    page.say(call('3'))
    page.resend(2)
    await second.recorder.settled()
    expect((await events()).map(({ facts }) => facts.ea)).toEqual(['1', '2', '3'])
    expect(page.acknowledged).toBe(3)
  })

  test('ids go on, and never come again', async () => {
    for (let i = 0; i < 3; i++) {
      const { recorder } = await wake()
      new Page(`n${i}`).connect(recorder).say(call(String(i)))
      await recorder.settled()
    }
    const all = await entries()
    expect(new Set(all.map(({ id }) => id)).size).toBe(3)
  })

  test('at any point: each event of the hook is there once, with its outcome or without, never two', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('send', 'network', 'die', 'settle'), { maxLength: 14 }),
        async steps => {
          log.close()
          name = `recorder-${++databases}`
          log = await openLog({ name, now: () => now })
          const page = new Page()
          let { recorder } = await wake()
          page.connect(recorder)
          const urls: string[] = []
          let listed = 0
          for (const step of steps) {
            now += 10
            if (step === 'send') {
              urls.push(eventUrl('e', String(urls.length)))
              page.say(ask(urls.at(-1)))
            }
            if (step === 'network' && listed < urls.length) {
              const url = urls[listed++] as string
              recorder.network('start', details({ requestId: url, url }))
              recorder.network('end', details({ requestId: url, url, statusCode: 200 }))
            }
            if (step === 'settle') await recorder.settled()
            if (step === 'die') {
              // Nothing of the old worker is written any more.
              gate.before = () => new Promise(() => {})
              await new Promise(resolve => setTimeout(resolve, 6))
              gate.before = null
              const next = await wake()
              recorder = next.recorder
              page.connect(recorder)
              page.resend(page.acknowledged + 1)
            }
          }
          await recorder.settled()
          const names = (await events()).map(({ facts }) => facts.ea)
          expect([...names].sort()).toEqual(urls.map((_, i) => String(i)).sort())
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('the page claims, the browser says', () => {
  test('what is no record is no entry, and is acknowledged', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    page.say(
      'h',
      'hnull',
      'h{"k":"call"}',
      'x{"k":"hide","at":1}',
      'h{"k":"gap","at":1,"until":2,"count":3}',
      'h[',
      call('1'),
    )
    await recorder.settled()
    expect(await entries()).toMatchObject([{ kind: 'event' }])
    expect(page.acknowledged).toBe(7)
  })

  test.each([undefined, null, 'x', { kind: 'records' }, { kind: 'records', doc: 'd', from: 1, records: [1] }])(
    'a message %j is none',
    async message => {
      const { recorder } = await wake()
      recorder.connect(SPEAKER, () => {}).heard(message)
      await recorder.settled()
      expect(await entries()).toEqual([])
    },
  )

  test('tab, frame, document and site are the browser’s word', async () => {
    const { recorder } = await wake()
    new Page().connect(recorder).say(`${lineOf(call('1')).slice(0, -1)},{"tab":"s:9","site":"bank.vn"}]`)
    await recorder.settled()
    expect((await events())[0]?.place).toEqual({
      tab: 's:1',
      frame: 0,
      doc: 'A'.repeat(32),
      site: 'shop.vn',
      partition: 'normal',
      url: 'https://www.shop.vn/',
    })
  })

  test.each([Number.MAX_VALUE, 0, -5, T0 + 3_600_000])('a time of %d is not believed', async at => {
    const { recorder } = await wake()
    new Page().connect(recorder).say(call('1', { at }))
    await recorder.settled()
    expect((await events())[0]?.at).toBe(T0)
  })

  test('long values are cut', async () => {
    const { recorder } = await wake()
    new Page()
      .connect(recorder)
      .say(call('1', { stack: 'x'.repeat(100_000), args: `["e","${'y'.repeat(1_000_000)}"]` }))
    await recorder.settled()
    const [event] = await events()
    const payload = await log.source.payload(event?.payload ?? [])
    expect([payload?.call?.stack.length, payload?.call?.args.length]).toEqual([8_192, 524_288])
  })
})

describe('recording is switched off', () => {
  const gaps = async () => (await entries()).filter((entry): entry is GapEntry => entry.kind === 'gap')

  test('altogether: nothing is recorded, and the log says so', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    recorder.configure({ ...DEFAULTS, recording: false })
    page.say(call('1'))
    recorder.network('start', details())
    recorder.network('end', details({ statusCode: 200 }))
    await recorder.settled()
    expect(await events()).toEqual([])
    expect(page.acknowledged).toBe(1)
    expect(page.told.filter(({ kind }) => kind === 'config')).toMatchObject([{ recording: true }, { recording: false }])
    expect(await gaps()).toMatchObject([{ cause: 'paused', at: T0, until: null, place: { site: '' } }])

    now += 1_000
    recorder.configure(DEFAULTS)
    page.say(call('2'))
    await recorder.settled()
    expect(await gaps()).toMatchObject([{ until: T0 + 1_000 }])
    expect(await events()).toMatchObject([{ facts: { ea: '2' } }])
    // Those whose connection went with the worker don't hear it otherwise.
    expect(askedPages).toEqual([null])
  })

  test('for one site: others go on', async () => {
    const { recorder } = await wake({ pausedSites: ['shop.vn'] })
    new Page().connect(recorder).say(call('1'))
    new Page('n2', { ...SPEAKER, documentId: 'B'.repeat(32), site: 'other.vn' }).connect(recorder).say(call('2'))
    await recorder.settled()
    expect(await events()).toMatchObject([{ facts: { ea: '2' } }])
    expect(await gaps()).toMatchObject([{ place: { site: 'shop.vn' } }])
  })

  describe('for the site of a sandboxed frame, which is known only when its tab was asked', () => {
    const opaque = { ...SPEAKER, tab: 5, documentId: 'C'.repeat(32), url: 'about:srcdoc', site: '' }
    const network = { tabId: 5, documentId: opaque.documentId, initiator: 'null' }
    const texts = async () => {
      const all = await entries()
      return JSON.stringify([
        all,
        await Promise.all(all.map(e => ('payload' in e ? log.source.payload(e.payload) : 0))),
      ])
    }
    /** In each lane and kind; each request waits for its other half beyond a batch. */
    const live = async (recorder: Recorder, page: Page, mark: string) => {
      const url = eventUrl('e', mark)
      page.say({ k: 'page', at: now, how: 'load', late: false, url: '' }, call(mark))
      page.say({ k: 'sdk', at: now, state: 'live', queue: 0, api: 'web_event', portal: mark, prop: '' })
      recorder.network('start', details({ ...network, requestId: mark, url }))
      recorder.network('start', details({ ...network, requestId: `${mark} image`, type: 'image', url }))
      await recorder.settled()
      now += 200
      page.say(ask(url))
      recorder.network('end', details({ ...network, requestId: mark, url, statusCode: 200 }))
      recorder.network('end', details({ ...network, requestId: `${mark} image`, type: 'image', url, statusCode: 200 }))
      await recorder.settled()
      now += 200
      page.say(call(mark))
      await recorder.settled()
    }

    test('nothing of it is written, and all is again when it goes on', async () => {
      const { recorder } = await wake({ pausedSites: ['shop.vn'] })
      const page = new Page('n1', opaque).connect(recorder)
      await live(recorder, page, 'silent')
      expect(await texts()).not.toContain('silent')
      expect((await entries()).map(({ kind }) => kind)).toEqual(['gap'])
      expect(page.acknowledged).toBe(page.records.length)
      recorder.configure(DEFAULTS)
      await live(recorder, page, 'loud')
      expect(new Set((await entries()).map(({ kind }) => kind))).toEqual(new Set(['gap', 'page', 'event', 'sdk']))
      expect((await events()).map(({ facts, place }) => `${facts.ea} ${place.site}`)).toEqual(
        Array(3).fill('loud shop.vn'),
      )
    })

    test('that its tab was cleared is', async () => {
      const { recorder } = await wake({ pausedSites: ['shop.vn'] })
      await recorder.clear('s:5', 'normal')
      expect((await entries()).map(({ kind }) => kind)).toEqual(['gap', 'clear'])
    })
  })

  test('a pause outlives the worker, and ends once', async () => {
    const first = await wake({ recording: false })
    await first.recorder.settled()
    now += 5_000
    const second = await wake({ recording: false })
    await second.recorder.settled()
    now += 5_000
    const third = await wake()
    await third.recorder.settled()
    expect(await gaps()).toMatchObject([{ at: T0, until: T0 + 10_000 }])
  })
})

describe('the network', () => {
  test('an event is there, with its answer', async () => {
    const { recorder } = await wake()
    recorder.network('start', details())
    recorder.network('headers', details({ statusCode: 200 }))
    recorder.network('error', details({ error: 'net::ERR_BLOCKED_BY_ORB' }))
    await recorder.settled()
    now += 200
    await expect
      .poll(events)
      .toMatchObject([{ outcome: { state: 'hidden', status: 200 }, request: { lanes: 'network' } }])
  })

  test.each<[string, Partial<Details>]>([
    ['another vendor’s event', { url: 'https://t.example.com/event?a=88271&v=5.16.1' }],
    ['a preflight', { method: 'OPTIONS' }],
    ['the SDK’s other traffic', { url: 'https://a.cdp.asia/get_data?x=1' }],
    ['a bare event path without a body', { url: 'https://shop.vn/event' }],
  ])('%s is none of ours', async (_, more) => {
    const { recorder } = await wake()
    recorder.network('start', details(more))
    recorder.network('headers', details({ ...more, statusCode: 200 }))
    recorder.network('end', details({ ...more, statusCode: 200 }))
    await recorder.settled()
    now += 200
    await recorder.settled()
    expect(await entries()).toEqual([])
  })

  test('a host that the user added', async () => {
    const { recorder } = await wake({ hosts: ['collect.shop.vn'] })
    const more = { url: 'https://collect.shop.vn/event?ec=a&ea=b', type: 'sub_frame' }
    recorder.network('start', details(more))
    recorder.network('end', details({ ...more, statusCode: 200 }))
    await recorder.settled()
    expect(await events()).toMatchObject([{ facts: { ec: 'a' } }])
  })

  test('a host that the user adds while it runs, and takes away again', async () => {
    const { recorder } = await wake()
    const send = async (requestId: string) => {
      const more = { requestId, url: 'https://collect.shop.vn/event?a=1', type: 'sub_frame' }
      recorder.network('start', details(more))
      recorder.network('end', details({ ...more, statusCode: 200 }))
      await recorder.settled()
    }
    await send('1')
    recorder.configure({ ...DEFAULTS, hosts: ['collect.shop.vn'] })
    await send('2')
    recorder.configure(DEFAULTS)
    await send('3')
    expect(await events()).toMatchObject([{ facts: { wire: 'unrecognised' }, request: { host: 'collect.shop.vn' } }])
    expect(recorder.unrecognised(1, '')).toMatchObject([{ host: 'collect.shop.vn', count: 2 }])
  })

  test('a redirect to a URL that is nothing to the SDK still tells the end', async () => {
    const { recorder } = await wake()
    const to = 'https://shop.vn/thanks/event?x=1'
    recorder.network('start', details({ type: 'main_frame' }))
    recorder.network('redirect', details({ type: 'main_frame', statusCode: 302, redirectUrl: to }))
    recorder.network('start', details({ type: 'main_frame', url: to }))
    recorder.network('end', details({ type: 'main_frame', url: to, statusCode: 503 }))
    await recorder.settled()
    expect(await events()).toMatchObject([{ outcome: { state: 'failed', status: 503 } }])
  })

  test('a frame without an address belongs to the site of its tab', async () => {
    const { recorder } = await wake()
    recorder.network('start', details({ tabId: 5, initiator: 'null', type: 'sub_frame' }))
    await recorder.settled()
    expect((await events())[0]?.place.site).toBe('shop.vn')
  })

  test('a service worker’s request has no tab, and its initiator’s site', async () => {
    const { recorder } = await wake()
    const more = { tabId: -1, frameId: -1, documentId: undefined, type: 'other', initiator: 'https://m.shop.vn' }
    recorder.network('start', details(more))
    await recorder.settled()
    expect((await events())[0]?.place).toMatchObject({ tab: 's:-1', site: 'shop.vn' })
  })
})

describe('what looks like the SDK’s and is not recognised', () => {
  const SHAPED = '{"portal_id":1,"prop_id":2,"ec":"user","ea":"x"}'
  const bytes = (text: string) => ({ raw: [{ bytes: new TextEncoder().encode(text).buffer }] })
  let requests = 0
  const send = async (recorder: Recorder, more: Partial<Details>) => {
    const each = { requestId: `u${++requests}`, type: 'ping', method: 'POST', ...more }
    recorder.network('start', details(each))
    recorder.network('end', details({ ...each, statusCode: 204 }))
    await recorder.settled()
    // As long as a request waits for the page's half of it.
    now += 200
  }

  test('is counted by host and path, with what it lacks, and is no event', async () => {
    const { recorder } = await wake()
    const url = 'https://t.shop.vn/u/8812/event?phone=0900000000&portal_id=1'
    await send(recorder, { url, method: 'GET', type: 'image' })
    await send(recorder, { url: 'https://t.shop.vn/u/9913/event?portal_id=2', method: 'GET', type: 'image' })
    await send(recorder, { url: 'https://m.example/event?a=88271&v=5.16.1', requestBody: bytes('{"x":1}') })
    await send(recorder, { url: 'https://m.example/event', requestBody: { raw: [{ file: 'blob' }] } })
    await send(recorder, { url: 'https://delivery.cdp.asia/interaction/x', method: 'GET' })
    await send(recorder, { url: 'https://m.example/events', method: 'GET' })
    await expect
      .poll(() =>
        recorder.unrecognised(1, '').map(({ host, path, count, why, lacks }) => [host, path, count, why, lacks]),
      )
      .toEqual([
        ['t.shop.vn', '/u/…/event', 2, 'shape', ['prop_id', 'ec', 'ea']],
        ['m.example', '/event', 2, 'unreadable', ['portal_id', 'prop_id', 'ec', 'ea']],
        ['delivery.cdp.asia', '/interaction/x', 1, 'own', []],
      ])
    expect(await events()).toEqual([])
    expect(JSON.stringify(recorder.unrecognised(1, ''))).not.toContain('0900')
    expect(recorder.unrecognised(2, '')).toEqual([])
  })

  test('is an event after all when its body alone says so', async () => {
    const { recorder } = await wake()
    await send(recorder, { url: 'https://t.shop.vn/event?x=1', requestBody: bytes(SHAPED) })
    await expect.poll(events).toMatchObject([{ facts: { ec: 'user', ea: 'x' }, outcome: { state: 'done' } }])
    expect(recorder.unrecognised(1, '')).toEqual([])
  })

  test('a flood of it writes nothing to the log, and next to nothing else', async () => {
    const { recorder } = await wake()
    const before = timesKept
    for (let i = 0; i < 5_000; i++) {
      const each = { requestId: `f${i}`, type: 'ping', method: 'POST', url: `https://h${i % 500}.example/event?n=${i}` }
      recorder.network('start', details({ ...each, requestBody: bytes('{"x":1}') }))
      recorder.network('end', details({ ...each, statusCode: 204 }))
    }
    await recorder.settled()
    now += 1_000
    await expect.poll(() => unrecognised.length).toBe(60)
    expect(await events()).toEqual([])
    expect(gate.batches.flatMap(({ entries }) => entries)).toEqual([])
    // Twice a second, however many they are.
    expect(timesKept - before).toBeLessThan(100)
  })

  test('any path of a host that the user named counts by its shape; its other traffic is not even listed', async () => {
    const { recorder } = await wake({ hosts: ['t.shop.vn'] })
    await send(recorder, { url: 'https://t.shop.vn/collect', requestBody: bytes(SHAPED) })
    await send(recorder, { url: 'https://t.shop.vn/api', requestBody: bytes('{}') })
    await expect.poll(events).toMatchObject([{ facts: { ec: 'user' }, request: { path: '/collect' } }])
    expect(recorder.unrecognised(1, '')).toEqual([])
  })

  test('outlives the worker; goes with what is cleared; nothing of a paused site', async () => {
    const first = await wake()
    await send(first.recorder, { url: 'https://t.shop.vn/event?x=1', method: 'GET' })
    await expect.poll(() => unrecognised).toMatchObject([{ host: 't.shop.vn', count: 1 }])
    const { recorder } = await wake()
    await send(recorder, { url: 'https://t.shop.vn/event?x=1', method: 'GET', tabId: -1, documentId: undefined })
    expect(recorder.unrecognised(1, 'normal|shop.vn')).toHaveLength(2)
    await recorder.clear(await recorder.tabKey(1), 'normal')
    expect(recorder.unrecognised(1, 'normal|shop.vn')).toMatchObject([{ tab: 's:-1' }])
    await recorder.deleteEverything()
    expect(unrecognised).toEqual([])
    recorder.configure({ ...DEFAULTS, pausedSites: ['shop.vn'] })
    await send(recorder, { url: 'https://t.shop.vn/event?x=1', method: 'GET' })
    expect(recorder.unrecognised(1, '')).toEqual([])
  })
})

describe('what the SDK stores', () => {
  const stored = async () =>
    (await entries())
      .filter((entry): entry is StoredEntry => entry.kind === 'stored')
      .map(({ where, name, value, cause, place }) => [where, name, value, cause, place.site].join(' '))
  const cookie = { at: T0, where: 'cookie', owner: '.shop.vn', name: '_asm_uid', value: '786', cause: 'seen' } as const
  const load: RelayRecord = { k: 'page', at: T0, how: 'load', late: false, url: 'https://www.shop.vn/' }

  test('cookies are read when a page begins, and told once', async () => {
    cookies = [cookie]
    const first = await wake()
    new Page('n1').connect(first.recorder).say(load)
    await expect.poll(stored).toEqual(['cookie _asm_uid 786 seen shop.vn'])
    await first.recorder.settled()
    const second = await wake()
    new Page('n2', { ...SPEAKER, documentId: 'B'.repeat(32) }).connect(second.recorder).say(load, call('1'))
    await second.recorder.settled()
    expect(await stored()).toHaveLength(1)
  })

  test('of two cookies of one name for different paths the first counts: no load changes anything', async () => {
    cookies = [cookie, { ...cookie, value: '1' }, { ...cookie, owner: 'www.shop.vn', value: '2' }]
    const { recorder } = await wake()
    const expected = ['2', '786'].map(value => `cookie _asm_uid ${value} seen shop.vn`)
    for (const n of ['n1', 'n2']) {
      new Page(n, { ...SPEAKER, documentId: null }).connect(recorder).say(load)
      await expect.poll(async () => (await stored()).sort()).toEqual(expected)
      await recorder.settled()
    }
    expect((await stored()).sort()).toEqual(expected)
  })

  test('changes are told as they come', async () => {
    const { recorder } = await wake()
    const change = (value: string | null, cause: 'set' | 'removed') =>
      recorder.cookie({ at: now, owner: '.shop.vn', name: '_asm_uid', value, cause }, 'https://shop.vn/', 'normal')
    change('1', 'set')
    change('1', 'set')
    change('2', 'set')
    change(null, 'removed')
    change(null, 'removed')
    await recorder.settled()
    expect(await stored()).toEqual([
      'cookie _asm_uid 1 set shop.vn',
      'cookie _asm_uid 2 set shop.vn',
      'cookie _asm_uid  removed shop.vn',
    ])
  })

  test('localStorage as the relay tells it', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    page.say({ k: 'stored', at: T0, name: '_asm_uid', value: '7', first: true })
    page.say({ k: 'stored', at: T0, name: '_asm_uid', value: '8', first: false })
    await recorder.settled()
    expect(await stored()).toEqual(['localStorage _asm_uid 7 seen shop.vn', 'localStorage _asm_uid 8 set shop.vn'])
  })

  test('nothing of a paused site', async () => {
    cookies = [cookie]
    const { recorder } = await wake({ pausedSites: ['shop.vn'] })
    new Page().connect(recorder).say(load)
    recorder.cookie(
      { at: now, owner: '.shop.vn', name: '_asm_uid', value: '1', cause: 'set' },
      'https://shop.vn/',
      'normal',
    )
    await recorder.settled()
    expect(await stored()).toEqual([])
  })
})

describe('the panel’s wishes', () => {
  describe('a tab is cleared', () => {
    const names = async () => (await shown()).map(({ facts }) => facts.ea)
    const stored = async () => (await events()).map(({ facts }) => facts.ea)
    const UNTIL = 300_000
    async function cleared() {
      const { recorder } = await wake()
      const page = new Page().connect(recorder)
      page.say(call('1'), call('2'))
      await recorder.settled()
      await recorder.clear('s:1', 'normal')
      page.say(call('3'))
      await recorder.settled()
      return { recorder, page }
    }
    const over = async (recorder: Recorder) => {
      now += UNTIL
      for (const run of timers.splice(0)) run()
      await recorder.settled()
      await expect.poll(stored).not.toContain('1')
    }

    test('it is gone from view at once, and for good when the time to undo it is over', async () => {
      const { recorder } = await cleared()
      expect(await names()).toEqual(['3'])
      expect(await stored()).toEqual(['1', '2', '3'])
      await over(recorder)
      expect(await stored()).toEqual(['3'])
      await recorder.undoClear('s:1')
      expect(await names()).toEqual(['3'])
    })

    test('undone, all is there again, and stays', async () => {
      const { recorder, page } = await cleared()
      await recorder.undoClear('s:1')
      expect(await names()).toEqual(['1', '2', '3'])
      now += UNTIL
      for (const run of timers.splice(0)) run()
      page.say(call('4'))
      await recorder.settled()
      expect(await stored()).toEqual(['1', '2', '3', '4'])
    })

    test('cleared again, the first one can’t be undone any more', async () => {
      const { recorder } = await cleared()
      await recorder.clear('s:1', 'normal')
      expect(await stored()).toEqual(['3'])
      expect(await names()).toEqual([])
      await recorder.undoClear('s:1')
      expect(await names()).toEqual(['3'])
    })

    test('the next worker knows of it: it can be undone there, and is over in time there', async () => {
      await cleared()
      timers.length = 0
      const second = await wake()
      await second.recorder.settled()
      expect(await names()).toEqual(['3'])
      await second.recorder.undoClear('s:1')
      expect(await names()).toEqual(['1', '2', '3'])
      await second.recorder.clear('s:1', 'normal')
      now += UNTIL
      timers.length = 0
      const third = await wake()
      await over(third.recorder)
      expect(await stored()).toEqual([])
    })
  })

  test('what was under way in a cleared tab does not come back', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    const other = new Page('n2', { ...SPEAKER, tab: 2, documentId: 'B'.repeat(32) }).connect(recorder)
    page.say(ask())
    other.say(call('kept'))
    recorder.network('start', details())
    await recorder.settled()
    await recorder.clear(await recorder.tabKey(1), 'normal')
    recorder.network('end', details({ statusCode: 200 }))
    page.say(call('new'))
    await recorder.settled()
    expect((await shown()).map(({ facts }) => facts.ea)).toEqual(['kept', 'new'])
    expect(askedPages).toEqual([1])
  })

  test('everything is deleted, and recording goes on', async () => {
    const { recorder } = await wake()
    const page = new Page().connect(recorder)
    page.say(call('1'))
    recorder.cookie(
      { at: now, owner: '.shop.vn', name: '_asm_uid', value: '1', cause: 'set' },
      'https://shop.vn/',
      'normal',
    )
    await recorder.settled()
    await recorder.deleteEverything()
    expect(await entries()).toEqual([])
    expect(seen).toEqual({})
    expect(askedPages).toEqual([null])
    page.say(call('2'))
    await recorder.settled()
    expect(await events()).toMatchObject([{ facts: { ea: '2' } }])
  })
})

describe('a frame without hook', () => {
  const frame = { frame: 3, url: 'https://shop.vn/chat?a=1', site: 'shop.vn', partition: 'normal' }
  const gaps = async (): Promise<LogEntry[]> =>
    (await log.source.range({}, 0, 1e9)).filter(({ kind }) => kind === 'gap')
  const look = async (recorder: Recorder, frames = [frame]) => {
    recorder.deaf('s:1', frames)
    await recorder.settled()
    now += 1_000
  }

  test('is logged when it still has none, once', async () => {
    const { recorder } = await wake()
    await look(recorder)
    expect(await gaps()).toEqual([])
    await look(recorder)
    await look(recorder)
    expect(await gaps()).toMatchObject([
      {
        cause: 'hook',
        at: T0 + 1_000,
        until: T0 + 1_000,
        place: { tab: 's:1', frame: 3, site: 'shop.vn', url: frame.url },
      },
    ])
  })

  test('not when it got one meanwhile, nor when it shows another page by now, nor where nothing is recorded', async () => {
    const { recorder } = await wake({ pausedSites: ['paused.vn'] })
    const paused = { ...frame, site: 'paused.vn' }
    for (const frames of [[frame], [], [frame], [{ ...frame, url: 'https://shop.vn/other' }], [paused], [paused]])
      await look(recorder, frames)
    expect((await gaps()).filter(gap => gap.kind === 'gap' && gap.cause === 'hook')).toEqual([])
  })
})

describe('what a tester says', () => {
  const said = { site: 'shop.vn', partition: 'normal', what: 'login', who: 'An' } as const
  const marks = async (): Promise<LogEntry[]> =>
    (await log.source.range({}, 0, 1e9)).filter(({ kind }) => kind === 'mark')

  test('is in the log when the answer comes, and whoever wakes next goes on after it', async () => {
    const first = await wake()
    await first.recorder.mark(said, 's:1', 'shop.vn')
    const { id } = (await marks())[0] ?? { id: -1 }
    now += 1_000
    const second = await wake()
    await second.recorder.mark({ ...said, what: 'logout', who: null }, 's:1', 'login.other.vn')
    expect(await marks()).toMatchObject([
      { id, at: T0, what: 'login', who: 'An', away: false, place: { tab: 's:1', site: 'shop.vn', doc: '' } },
      { at: T0 + 1_000, what: 'logout', who: null, away: true },
    ])
    expect((await marks())[1]?.id).toBeGreaterThan(id)
  })

  test('waits behind what came before it, and is of the moment in which he said it', async () => {
    const { recorder } = await wake({}, { batch: SMALL })
    new Page().connect(recorder).say(...Array.from({ length: 3 * SMALL.entries }, (_, n) => call(String(n))))
    const said1 = recorder.mark(said, 's:1', 'shop.vn')
    now += 5_000
    await said1
    const all = await log.source.range({}, 0, 1e9)
    expect(all.findIndex(({ kind }) => kind === 'mark')).toBe(3 * SMALL.entries)
    expect(all.at(-1)).toMatchObject({ kind: 'mark', at: T0 })
  })

  test('counts while recording is paused, and before the log is open', async () => {
    const { recorder } = await wake({ recording: false })
    await recorder.mark({ ...said, what: 'start', who: null }, 's:1', '')
    expect(await marks()).toMatchObject([{ what: 'start', away: false }])
  })
})
