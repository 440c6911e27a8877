import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventEntry, LogEntry } from './entry'
import { deserialise, EMPTY, type LogState, Reduction, serialise, step } from './reduce'
import { tell } from './story'

const END = Number.POSITIVE_INFINITY

const when = fc.constantFrom('+0ms', '+20ms', '+400ms', '+1s', '+4s', '+9s', '+40s', '+20min', '+1days')
const where = fc.constantFrom(
  '',
  '',
  '',
  'tab 2',
  'frame 4, site widget.example, portal 99',
  'private',
  'portal 77',
  'worker',
  'app',
)
const ending = fc.constantFrom(
  '',
  '',
  '',
  '',
  '-> blocked',
  '-> failed',
  '-> not sent',
  '-> pending',
  '-> unknown',
  '-> hidden',
)
const cid = fc.constantFrom('', '', 'cid X', 'cid X', 'cid Y', 'cid 0912345678', 'cid md5:""')
const more = fc.constantFrom(
  '',
  '',
  'customers {name: "An", phone: "0912345678"}',
  'customers {name: null}',
  'users {city: "Huế"}',
  'session 7',
  'aid 9',
)
const event = fc
  .tuple(
    fc.constantFrom(
      'pageview',
      'product/view',
      'login',
      'identify',
      'logout',
      'sign-up',
      'stream advertising/click',
      'purchase order 7',
      'server user/identify',
    ),
    cid,
    more,
    ending,
  )
  .map(parts => parts.join(' '))
const other = fc.constantFrom(
  'reset',
  'reset to C',
  'call removeCustomer',
  'call setCustomerProps {customer_id: "X"}',
  'call login cid Y',
  'call product/view -> queued',
  'page load /a',
  'page load /b',
  'page restored',
  'sdk live',
  'cookie uid seen A',
  'cookie uid set C',
  'cookie aid set 2',
  'cookie uid removed',
  'cookie aid removed',
  'gap paused 10s',
)
const uid = fc.constantFrom('', '', '', 'uid A', 'uid B', 'uid none')
const line = fc
  .tuple(when, uid, where, fc.oneof({ weight: 3, arbitrary: event }, { weight: 1, arbitrary: other }))
  .map(([time, who, place, what]) => `${time} ${[who, place].filter(Boolean).join(', ')}: ${what}`)
const log = fc
  .array(line, { minLength: 1, maxLength: 90 })
  .map(lines => tell(`uid A: pageview\n${lines.join('\n')}`).entries)

const shuffled = (entries: readonly LogEntry[], seed: readonly number[]): LogEntry[] =>
  entries
    .map((entry, index) => ({ entry, weight: seed[index % seed.length] ?? 0, index }))
    .sort((a, b) => a.weight - b.weight || a.index - b.index)
    .map(({ entry }) => entry)
const seed = fc.array(fc.nat(1_000), { minLength: 5, maxLength: 60 })

const fold = (entries: readonly LogEntry[], from: LogState = EMPTY): LogState =>
  entries.reduce((log, entry) => step(log, entry), from)

/** All that anybody can see. */
const view = (reduction: Reduction, now = END) => {
  const holders = reduction.holders(now)
  return {
    events: reduction.events(),
    holders: holders.map(({ visitors, customers, unowned, system, ...rest }) => ({
      ...rest,
      visitors: [...visitors.values()].map(each => ({ ...each, attributes: [...each.attributes] })),
      customers: [...customers.values()].map(each => ({ ...each, attributes: [...each.attributes] })),
      unowned: [...unowned],
      system: [...system],
    })),
    issues: holders.map(({ key }) => reduction.issues(key, now)),
  }
}

const reduced = (...batches: (readonly LogEntry[])[]): Reduction => {
  const reduction = new Reduction()
  for (const batch of batches) reduction.apply(batch)
  return reduction
}

const isEvent = (entry: LogEntry): entry is EventEntry => entry.kind === 'event'

describe('step', () => {
  test('never loses an event', () => {
    fc.assert(
      fc.property(log, entries => {
        const state = fold(entries)
        const holders = [...state.holders.values()]
        expect(state.events).toBe(entries.filter(isEvent).length)
        expect(holders.reduce((sum, { shown }) => sum + shown.events, 0)).toBe(state.events)
        for (const { shown, notCarrying, withoutUid } of holders) {
          const ofVisitors = [...shown.visitors.values()].reduce((sum, { events }) => sum + events, 0)
          expect(ofVisitors + notCarrying + withoutUid).toBe(shown.events)
        }
        expect(holders.reduce((sum, { notCarrying }) => sum + notCarrying, 0)).toBe(
          entries.filter(entry => isEvent(entry) && !entry.facts.carries).length,
        )
      }),
    )
  })

  test('leaves the state that it is given as it was', () => {
    fc.assert(
      fc.property(log, fc.nat(), (entries, cut) => {
        const middle = fold(entries.slice(0, cut % entries.length))
        const before = serialise(middle)
        fold(entries, middle)
        expect(serialise(middle)).toEqual(before)
      }),
      { numRuns: 30 },
    )
  })

  test('a checkpoint is the state: written, cloned, read, and gone on with', () => {
    fc.assert(
      fc.property(log, fc.nat(), (entries, cut) => {
        const at = cut % entries.length
        const state = fold(entries.slice(0, at))
        const back = deserialise(structuredClone(serialise(state)))
        expect(back && serialise(back)).toEqual(serialise(state))
        expect(back && serialise(fold(entries.slice(at), back))).toEqual(serialise(fold(entries)))
      }),
      { numRuns: 40 },
    )
    expect(deserialise({ ...serialise(EMPTY), version: 'of another build' })).toBeNull()
  })
})

describe('Reduction', () => {
  test('any split of the log gives the same as the whole', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(), { maxLength: 6 }), (entries, cuts) => {
        const at = [0, ...cuts.map(cut => cut % entries.length).sort((a, b) => a - b), entries.length]
        const batches = at.slice(1).map((end, index) => entries.slice(at[index], end))
        expect(view(reduced(...batches))).toEqual(view(reduced(entries)))
      }),
      { numRuns: 60 },
    )
  })

  test('any order of arrival gives the same', () => {
    fc.assert(
      fc.property(log, seed, (entries, weights) => {
        const arrived = shuffled(entries, weights)
        const half = arrived.length >> 1
        const expected = view(reduced(entries))
        expect(view(reduced(arrived))).toEqual(expected)
        expect(view(reduced(arrived.slice(half), arrived.slice(0, half)))).toEqual(expected)
        expect(view(reduced(...arrived.map(entry => [entry])))).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  /** How an entry may have looked before it learnt more: open, not joined to its call, started later. */
  const earlier = (entry: LogEntry, way: number): LogEntry => {
    if (!isEvent(entry)) return entry
    switch (way % 4) {
      case 0:
        return { ...entry, outcome: { state: 'pending' } }
      case 1:
        return { ...entry, at: entry.at + 3_000, call: null }
      case 2:
        return {
          ...entry,
          request: null,
          outcome: { state: 'pending' },
          facts: { ...entry.facts, portal: null, uid: null },
        }
      default:
        return { id: entry.id, at: entry.at, place: entry.place, kind: 'void', into: 1 }
    }
  }

  test('an entry that was rewritten is as if it had come so at once', () => {
    fc.assert(
      fc.property(log, seed, fc.array(fc.nat(11), { minLength: 1 }), (entries, weights, ways) => {
        const first = entries.map((entry, index) => earlier(entry, ways[index % ways.length] ?? 0))
        const expected = view(reduced(entries))
        expect(view(reduced(first, shuffled(entries, weights)))).toEqual(expected)
        const reduction = new Reduction()
        for (const [index, entry] of entries.entries()) {
          reduction.apply([first[index] ?? entry])
          // Looking must not change what comes out.
          for (const { key } of reduction.holders()) reduction.issues(key, entry.at + 6_000)
          reduction.apply([entry])
        }
        expect(view(reduction)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  test('the state after the last entry is the state', () => {
    fc.assert(
      fc.property(log, entries => {
        const reduction = reduced(entries)
        const last = [...entries].sort((a, b) => a.at - b.at || a.id - b.id).at(-1)
        for (const holder of reduction.holders())
          expect(reduction.stateAfter(holder.key, last?.id ?? -1)).toEqual(holder)
      }),
      { numRuns: 30 },
    )
  })

  /** A long visit: page loads, views, a login and logout now and then. */
  const visit = (rounds: number): LogEntry[] =>
    tell(
      `uid A: page load /\n${Array.from(
        { length: rounds },
        (_, n) =>
          `+5s page load /p${n}\npageview${n % 10 > 4 ? ' cid X' : ''}\n+2s product/view${n % 10 > 4 ? ' cid X' : ''} users {seen: ${n}}\n${
            n % 10 === 4 ? 'login cid X' : n % 10 === 9 ? 'logout' : 'product/click'
          }`,
      ).join('\n')}`,
    ).entries

  test('over many snapshots: late, rewritten and taken back entries', () => {
    const entries = visit(700)
    const expected = view(reduced(entries))
    const reduction = new Reduction()
    const held = new Set([5, 64, 65, 1_023, 1_024, 1_500, 2_047, 2_600])
    reduction.apply(entries.filter(({ id }) => !held.has(id)))
    for (const id of held) reduction.apply(entries.filter(entry => entry.id === id))
    expect(view(reduction)).toEqual(expected)
    const some = entries.filter(({ id }) => id % 400 === 3)
    reduction.apply(some.map(entry => earlier(entry, 0)))
    reduction.apply(some)
    expect(view(reduction)).toEqual(expected)
    const middle = entries[1_700]?.id ?? 0
    const [holder] = reduction.holders()
    const before = reduced(entries.slice(0, 1_701)).holders()[0]
    expect(reduction.stateAfter(holder?.key ?? '', middle)).toEqual(before)
  })

  test('goes on from a checkpoint, and says when an entry is too old for it', () => {
    const entries = visit(100)
    const base = fold(entries.slice(0, 200))
    const reduction = new Reduction(base)
    reduction.apply(entries.slice(200))
    expect(view(reduction)).toEqual(view(reduced(entries)))
    expect(reduction.late).toBe(0)
    reduction.apply(entries.slice(50, 53))
    expect(reduction.late).toBe(3)
    reduction.reset()
    expect([reduction.late, reduction.events()]).toEqual([0, base.events])
  })

  test('letting go of what is settled changes nothing that can be seen, and what changes after all is late', () => {
    fc.assert(
      fc.property(log, fc.nat(20), fc.nat(10), (entries, each, kept) => {
        const reduction = new Reduction()
        for (const [index, entry] of entries.entries()) {
          reduction.apply([entry])
          if (index % (each + 1) === 0) reduction.settle(kept)
        }
        expect(reduction.late).toBe(0)
        expect(view(reduction)).toEqual(view(reduced(entries)))
      }),
      { numRuns: 60 },
    )
    const entries = visit(100)
    const reduction = reduced(entries)
    reduction.settle(50)
    expect(reduction.all().length).toBe(50)
    reduction.apply(entries.slice(-20).map(entry => earlier(entry, 0)))
    reduction.apply(entries.slice(-20))
    expect([reduction.late, view(reduction)]).toEqual([0, view(reduced(entries))])
    reduction.apply(entries.slice(3, 5))
    expect(reduction.late).toBe(2)
  })

  test('what has no end yet is not let go of', () => {
    const { entries } = tell(
      'uid A: pageview\nlogin cid X -> pending @open\n+100ms product/view cid X\n+100ms product/view cid X',
    )
    const reduction = reduced(entries)
    reduction.settle(0)
    expect(reduction.all().length).toBe(3)
    const open = entries[1] as EventEntry
    reduction.apply([{ ...open, outcome: { state: 'done', status: 200, ms: 9 } }])
    expect([reduction.late, reduction.holders()[0]?.now.state]).toEqual([0, 'identified'])
    reduction.settle(0)
    expect(reduction.all().length).toBe(0)
  })

  test('an entry that turned out to be part of another one is gone', () => {
    const { entries } = tell('uid A: pageview\nproduct/view\nproduct/view')
    const [, second] = entries
    const reduction = reduced(entries)
    if (second) reduction.apply([{ id: second.id, at: second.at, place: second.place, kind: 'void', into: 3 }])
    expect([reduction.events(), reduction.holders()[0]?.events]).toEqual([2, 2])
  })
})
