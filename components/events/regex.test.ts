import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EventEntry } from '../../utils/identity/entry'
import { story } from '../fixtures/story'
import { eventName } from './name'
import type { RegexTerm } from './query'
import { RegexSearch, type Thread } from './regex'
import { type RegexAsk, regexHits } from './regex-hits'

const events = story().entries.filter((entry): entry is EventEntry => entry.kind === 'event')
const term = (source: string): RegexTerm => ({ is: 'regex', source, flags: '' })

/** A thread that answers at once, unless it was asked for `never`: then it is busy for good. */
class FakeThread implements Thread {
  static made = 0
  static asks: RegexAsk[] = []
  onmessage: Thread['onmessage'] = null
  onerror: Thread['onerror'] = null
  private over = false
  constructor() {
    FakeThread.made++
    queueMicrotask(() => this.onmessage?.({ data: 'ready' }))
  }
  postMessage(ask: RegexAsk): void {
    FakeThread.asks.push(ask)
    if (ask.source === 'never') return
    queueMicrotask(() => this.over || this.onmessage?.({ data: regexHits(ask) }))
  }
  terminate(): void {
    this.over = true
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  FakeThread.made = 0
  FakeThread.asks = []
})
afterEach(() => {
  vi.useRealTimers()
})

const begin = () => {
  const onFound = vi.fn()
  const search = new RegexSearch(() => new FakeThread(), eventName, onFound)
  const ask = (of: RegexTerm) => events.map(entry => search.hits(of, entry))
  return { search, ask, onFound }
}

describe('a regular expression', () => {
  test('is looked for elsewhere; what it finds is known then, and what to mark', async () => {
    const { search, ask, onFound } = begin()
    const of = term('sign_(in|up)$')
    search.use([of])
    expect(new Set(ask(of))).toEqual(new Set([undefined]))
    expect(search.busy).toBe(true)
    await vi.runAllTimersAsync()
    expect(onFound).toHaveBeenCalled()
    expect(search.busy).toBe(false)
    const found = events.filter((_, index) => ask(of)[index])
    expect(found.map(eventName)).toEqual(['user/sign_in', 'user/sign_in'])
    expect(search.hits(of, found[0] as EventEntry)).toEqual(['sign_in'])
    const asks = FakeThread.asks.length
    await vi.runAllTimersAsync()
    expect(FakeThread.asks.length).toBe(asks)
  })

  test('that takes too long, even for one text, is ended and said to be slow', async () => {
    const { search, ask } = begin()
    const never = term('never')
    const view = term('view')
    search.use([never])
    ask(never)
    await vi.runAllTimersAsync()
    expect(search.isSlow(never)).toBe(true)
    expect(search.busy).toBe(false)
    expect(FakeThread.asks.at(-1)?.texts).toHaveLength(1)
    expect(new Set(ask(never))).toEqual(new Set([null]))
    // The next one has a thread of its own.
    search.use([view])
    ask(view)
    await vi.runAllTimersAsync()
    expect(ask(view).some(hits => hits?.includes('view'))).toBe(true)
  })

  test('that nobody asks for any more is ended', async () => {
    const { search, ask, onFound } = begin()
    search.use([term('never')])
    ask(term('never'))
    await vi.advanceTimersByTimeAsync(10)
    search.use([])
    await vi.runAllTimersAsync()
    expect(onFound).not.toHaveBeenCalled()
  })
})

test.each([
  ['sign_\\w+', ['sign_in', 'sign_out']],
  ['x*', []],
  ['^nothing$', null],
])('%s finds', (source, hits) =>
  expect(regexHits({ source, flags: '', texts: ['user/sign_in user/sign_out user/sign_in'] })).toEqual([hits]),
)

describe('no thread can be started', () => {
  test.each([
    [
      'the browser refuses',
      () => {
        throw new Error('refused')
      },
    ],
    [
      'its code can’t be loaded',
      () => {
        const thread: Thread = { onmessage: null, onerror: null, postMessage() {}, terminate() {} }
        queueMicrotask(() => thread.onerror?.(new Event('error')))
        return thread
      },
    ],
    ['it never says anything', (): Thread => ({ onmessage: null, onerror: null, postMessage() {}, terminate() {} })],
  ])('%s: that is said, nothing is filtered, and another expression is another try', async (_, made) => {
    let works = false
    const onFound = vi.fn()
    const search = new RegexSearch(() => (works ? new FakeThread() : made()), eventName, onFound)
    const of = term('sign_in')
    search.use([of])
    expect(search.hits(of, events[0] as EventEntry)).toBeUndefined()
    await vi.advanceTimersByTimeAsync(20_000)
    expect([search.fault, search.isSlow(of), search.busy]).toEqual([true, true, false])
    expect(onFound).toHaveBeenCalled()
    works = true
    const other = term('sign_out')
    search.use([other])
    for (const entry of events) search.hits(other, entry)
    await vi.runAllTimersAsync()
    expect(search.fault).toBe(false)
    expect(events.filter(entry => search.hits(other, entry)).length).toBeGreaterThan(0)
  })
})
