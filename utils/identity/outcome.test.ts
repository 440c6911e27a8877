import { describe, expect, test } from 'vitest'
import type { EventEntry, Outcome } from './entry'
import { counts, delivered, lost, outcomeAt } from './outcome'
import { tell } from './story'

const END = Number.POSITIVE_INFINITY
const entryOf = (line: string): EventEntry => {
  const entry = tell(line).entries.at(-1)
  if (entry?.kind !== 'event') throw new Error('not an event')
  return entry
}

test.each<[Outcome, delivered: boolean, counts: boolean, lost: boolean]>([
  [{ state: 'done', status: 200, ms: 1 }, true, true, false],
  [{ state: 'done', status: 302, ms: 1 }, true, true, false],
  [{ state: 'done', status: 500, ms: 1 }, false, false, true],
  [{ state: 'hidden', status: 200, error: 'net::ERR_BLOCKED_BY_ORB', ms: 1 }, true, true, false],
  [{ state: 'failed', status: 404, error: null, ms: 1 }, false, false, true],
  [{ state: 'blocked', by: 'csp', error: '' }, false, false, true],
  [{ state: 'not-sent' }, false, false, true],
  [{ state: 'queued' }, false, false, false],
  [{ state: 'pending' }, false, true, false],
  [{ state: 'unknown', why: '' }, false, true, false],
])('%j', (outcome, ...expected) => {
  expect([delivered(outcome), counts(outcome), lost(outcome)]).toEqual(expected)
})

describe('as time passes', () => {
  const at = (line: string, after: number): string => {
    const entry = entryOf(line)
    return outcomeAt(entry, entry.at + after).state
  }

  test('a call of a live SDK is not sent after SENT', () => {
    expect([0, 4_999, 5_000, END].map(after => at('uid A: call product/view', after))).toEqual([
      'pending',
      'pending',
      'not-sent',
      'not-sent',
    ])
  })

  test.each([
    ['what waits in the queue waits', 'call product/view -> queued', 'queued'],
    ['of a call while no SDK was there nobody knows', 'call product/view [not live]', 'unknown'],
    ['a bridge call that only sets something was never to be sent', 'app: call removeCustomer', 'unknown'],
    ['a prerendered page may send later', 'call product/view [prerender]', 'unknown'],
    ['a request whose end nobody saw', 'uid A: product/view -> pending', 'unknown'],
    ['an end stays', 'uid A: product/view -> failed', 'failed'],
  ])('%s', (_, line, state) => {
    expect(at(line, END)).toBe(state)
    expect(at(line, 3_600_000)).toBe(state === 'unknown' ? 'pending' : state)
  })
})
