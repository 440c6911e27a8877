/** The work per event is the same however long the log is: counted, not timed. */
import { expect, test, vi } from 'vitest'
import type { EventEntry, LogEntry } from './entry'
import { Dict, List } from './persistent'
import { EMPTY, Reduction } from './reduce'
import { makeReport, reportJson, reportText } from './report'
import { tell } from './story'

const END = Number.POSITIVE_INFINITY

/** A visitor who comes, looks around, logs in, buys and leaves; the next one is another, on the same browser. */
const visit = (n: number): string =>
  [
    `uid V${n}: page load /`,
    `pageview session ${n}`,
    `product/view items [{type: "product", id: "${n}", name: "Áo"}] users {last_product: "Áo ${n}"}`,
    'product/view -> blocked',
    `login cid md5:09${String(n).padStart(8, '0')} customers {phone: "09${String(n).padStart(8, '0')}", name: "An ${n}"}`,
    `+2s page load /b`,
    `pageview cid md5:09${String(n).padStart(8, '0')}`,
    `purchase order ${n} cid md5:09${String(n).padStart(8, '0')}`,
    '+1min logout',
    `+200ms reset to V${n + 1}`,
    '+1h pageview title B',
  ].join('\n')
const visits = (n: number): LogEntry[] => tell(Array.from({ length: n }, (_, each) => visit(each)).join('\n')).entries

/** One customer who never leaves, and whose attributes change all the time. */
const stay = (n: number): LogEntry[] =>
  tell(
    [
      'uid A: page load /',
      'login cid X customers {name: "An"}',
      ...Array.from(
        { length: n * 5 },
        (_, each) =>
          `+20s product/view cid X items [{type: "product", id: "${each}"}] users {last_product: "Áo ${each}"} customers {points: ${each}} session ${Math.floor(each / 20)}`,
      ),
    ].join('\n'),
  ).entries

/** Counts how often something is looked at, copied or walked over while `act` runs. */
function work(act: (count: () => void) => void): number {
  let done = 0
  const restore: (() => void)[] = []
  const count = (): void => {
    done++
  }
  const watch = (target: object, name: string | symbol, size: (self: never) => number): void => {
    const own = Object.getOwnPropertyDescriptor(target, name) as PropertyDescriptor
    const method = own.value as (...args: unknown[]) => unknown
    Object.defineProperty(target, name, {
      ...own,
      value(this: never, ...args: unknown[]) {
        done += size(this)
        return Reflect.apply(method, this, args)
      },
    })
    restore.push(() => Object.defineProperty(target, name, own))
  }
  for (const name of ['get', 'has', 'with', 'without']) watch(Dict.prototype, name, () => 1)
  for (const name of ['entries', 'keys', 'values', 'forEach'])
    watch(Dict.prototype, name, ({ size }: { size: number }) => size)
  watch(List.prototype, 'push', () => 1)
  for (const name of ['toArray', Symbol.iterator])
    watch(List.prototype, name, ({ length }: { length: number }) => length)
  for (const name of ['filter', 'map', 'flatMap', 'find', 'some', 'every', 'includes', 'slice', 'concat', 'reduce'])
    watch(Array.prototype, name, ({ length }: { length: number }) => length)
  try {
    act(count)
  } finally {
    for (const undo of restore.reverse()) undo()
  }
  return done
}

/** An entry that tells when it is looked at. */
const watched = (entry: LogEntry, count: () => void): LogEntry =>
  new Proxy(entry, {
    get(target, name) {
      count()
      return Reflect.get(target, name) as unknown
    },
  })

const SMALL = 60
const LARGE = 4 * SMALL

/** Per entry, the work of a log four times as long may be a tenth more: maps are a level deeper. */
const linear = (of: (entries: LogEntry[], count: () => void) => void, tellOf = visits): void => {
  const per = (n: number): number => {
    const entries = tellOf(n)
    return work(count => of(entries, count)) / entries.length
  }
  const [small, large] = [per(SMALL), per(LARGE)]
  expect(small).toBeGreaterThan(10)
  expect(large / small).toBeLessThan(1.1)
}

vi.setConfig({ testTimeout: 120_000 })

test.each([
  ['many visitors', visits],
  ['one who stays', stay],
])('reducing, with all rules: %s', (_, tellOf) => {
  linear((entries, count) => {
    const reduction = new Reduction()
    reduction.apply(entries.map(entry => watched(entry, count)))
    expect(reduction.events()).toBe(entries.filter(({ kind }) => kind === 'event').length)
  }, tellOf)
})

test('one event more, as the panel takes it', () => {
  linear((entries, count) => {
    const reduction = new Reduction()
    for (const entry of entries) reduction.apply([watched(entry, count)])
  })
})

test('the whole report, as text and as JSON', () => {
  linear(entries => {
    const reduction = new Reduction(EMPTY)
    reduction.apply(entries)
    const report = () =>
      makeReport({
        source: { file: 'x.har', format: 'har', entries: entries.length },
        reduction,
        events: entries
          .filter((entry): entry is EventEntry => entry.kind === 'event')
          .map(entry => ({ entry, decoded: null, url: null })),
        rejected: [],
        now: END,
        policy: 'customer',
      })
    expect(reportText(report(), entries.length).length).toBeGreaterThan(1_000)
    for (const piece of reportJson(report())) expect(piece.length).toBeGreaterThan(0)
  })
})
