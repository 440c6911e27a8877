import { expect, test } from 'vitest'
import { lastEvent } from './layer'

const loud = (calls: string[]) =>
  new Proxy([] as unknown[], {
    get: () => calls.push('get'),
    getOwnPropertyDescriptor: () => {
      calls.push('looked at')
      throw new Error('no')
    },
  })

test.each<[what: string, layer: unknown, event: string]>([
  ['the last event', [{ event: 'gtm.js' }, { event: 'purchase' }], 'purchase'],
  ['what comes after it is no event', [{ event: 'purchase' }, { currency: 'VND' }, ['set', 'x'], null, 7], 'purchase'],
  ['none', [{ currency: 'VND' }], ''],
  ['empty', [], ''],
  ['no layer', undefined, ''],
  ['no array', { 0: { event: 'x' }, length: 1 }, ''],
  ['an event that is no text', [{ event: 'before' }, { event: { toString: () => 'x' } }], 'before'],
  ['long ago', [{ event: 'old' }, ...Array.from({ length: 40 }, () => ({}))], ''],
  ['a long name', [{ event: 'x'.repeat(9_999) }], 'x'.repeat(200)],
])('%s', (_, layer, event) => {
  expect(lastEvent(layer)).toBe(event)
})

test('a hostile layer says nothing, and none of its getters is asked', () => {
  const calls: string[] = []
  const entry = {
    get event() {
      calls.push('getter')
      return 'x'
    },
  }
  expect(lastEvent([entry])).toBe('')
  expect(calls).toEqual([])
  const holes: unknown[] = []
  holes.length = 2 ** 32 - 1
  expect(lastEvent(holes)).toBe('')
  // A proxy can't be told from an array; what it does when it is looked at is its own affair, and costs it the answer.
  expect(lastEvent(loud(calls))).toBe('')
  expect(calls).toEqual(['looked at'])
})
