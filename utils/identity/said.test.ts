import { expect, test } from 'vitest'
import SAY from './rules/say.en.json'
import { phrase, type Said, said, saidList, saidUid, sameSaid } from './said'

test('a value that looks like a place, or like code, is only text', () => {
  expect(phrase(said('attribute-code', { path: '{path} {n|a|b}' }), SAY)).toBe('`{path} {n|a|b}` is no valid code')
})

test('parts that are not there leave nothing behind', () => {
  expect(phrase(said('not-sent', { event: 'page/view', at: '' }), SAY)).toBe('page/view was called and never sent')
})

test('names in a row, and a UID that nobody knows', () => {
  const mixed = said('portal-mixed', { portals: saidList(['1', '2', '3']) })
  expect(phrase(mixed, SAY)).toBe('One page sends to the portals 1 and 2 and 3')
  const bare = said('identify-without-cid', { event: 'user/identify', uid: saidUid('') })
  expect(phrase(bare, SAY)).toBe('user/identify came without a CID: visitor unknown stays anonymous')
})

const late = (ms: number, end: Said | ''): Said => said('logout-keeps-cid', { span: { span: ms }, end })
const end = (removal: string): Said => said('logout-keeps-cid.end', { removal, span: { span: 1 } })
test.each([
  ['the same', late(1, ''), late(1, ''), true],
  ['another time', late(1, ''), late(2, ''), false],
  ['a part more', late(1, ''), late(1, end('reset')), false],
  ['the same part', late(1, end('reset')), late(1, end('reset')), true],
  ['another part', late(1, end('reset')), late(1, end('remove')), false],
  ['another sentence', said('sdk-twice'), said('queue-stuck.old'), false],
  [
    'another problem',
    said('json-broken', { problem: { told: 'a' } }),
    said('json-broken', { problem: { told: 'b' } }),
    false,
  ],
  ['a value more', said('sdk-twice'), said('sdk-twice', { ids: '' }), false],
])('%s', (_, a, b, same) => {
  expect(sameSaid(a, b)).toBe(same)
  expect(sameSaid(b, a)).toBe(same)
})
