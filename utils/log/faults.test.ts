import { Dexie } from 'dexie'
import { expect, test } from 'vitest'
import { diagnose, inWords } from './faults'

const withInner = (name: string, inner: unknown): Error => Object.assign(new Error('x'), { name, inner })

test.each<[string, unknown, ReturnType<typeof diagnose>]>([
  ['the plain one', new DOMException('', 'QuotaExceededError'), 'full'],
  ['an abort with the reason inside', withInner('AbortError', new DOMException('', 'QuotaExceededError')), 'full'],
  ['two deep', withInner('AbortError', withInner('AbortError', { name: 'QuotaExceededError' })), 'full'],
  ["Dexie's own", new Dexie.QuotaExceededError('x'), 'full'],
  ['as a cause', new Error('x', { cause: new DOMException('', 'QuotaExceededError') }), 'full'],
  ['storage.session', new Error('QUOTA_BYTES quota exceeded'), 'full'],
  ['a value nobody can store', new DOMException('', 'DataCloneError'), 'value'],
  ['Dexie says so', new Dexie.DataCloneError('x'), 'value'],
  ['an abort without a reason', new DOMException('', 'AbortError'), 'closed'],
  ['a closed database', new Dexie.DatabaseClosedError('Database has been closed'), 'closed'],
  ['a broken store', new DOMException('Internal error', 'UnknownError'), 'closed'],
  ['no error at all', 'boo', 'closed'],
  ['nothing', null, 'closed'],
])('%s', (_name, error, fault) => {
  expect(diagnose(error)).toBe(fault)
})

test('an error that holds itself ends', () => {
  const error = new Error('round')
  Object.assign(error, { inner: error })
  expect(diagnose(error)).toBe('closed')
})

test('in words: one line', () => {
  expect(inWords(new DOMException('first\n second', 'UnknownError'))).toBe('UnknownError: first')
  expect(inWords('boo')).toBe('boo')
})
