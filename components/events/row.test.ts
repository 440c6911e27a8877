import { describe, expect, test } from 'vitest'
import { Reduction } from '../../utils/identity/reduce'
import { CID, NOW, story, UIDS } from '../fixtures/story'
import { chainText } from './chain'
import { eventName } from './name'
import { eventRow, identityCell } from './row'

const { entries } = story()
const reduction = new Reduction()
reduction.apply(entries)
const holder = reduction.holders(NOW)[0] ?? null
const event = (id: number) => {
  const found = entries.find(entry => entry.id === id)
  if (found?.kind !== 'event') throw new Error(`no event ${id}`)
  return found
}

describe('what an event did to identity', () => {
  test.each([
    [39, { kind: 'new', uid: UIDS[1] }],
    [40, { kind: 'plain', text: '…0385', full: UIDS[1] }],
    [294, { kind: 'got', cid: CID }],
    [295, { kind: 'plain', text: '8e30…', full: CID }],
    [301, { kind: 'plain', text: '8e30…', full: CID }],
    [303, { kind: 'kept', cid: CID }],
    [305, { kind: 'kept', cid: CID }],
    [306, { kind: 'gone', uid: true }],
    [307, { kind: 'new', uid: UIDS[2] }],
    [318, { kind: 'got', cid: CID }],
    [377, { kind: 'plain', text: '8e30…', full: CID }],
  ])('#%i', (id, cell) => expect(identityCell(event(id), holder, id === 303 || id === 305)).toEqual(cell))

  test('a campaign event says nothing, and why', () => {
    expect(identityCell(event(300), holder, false)).toMatchObject({ kind: 'none', why: expect.stringMatching(/./) })
  })
  test('without a holder a row still shows what the event carries', () => {
    expect(identityCell(event(295), null, false)).toMatchObject({ kind: 'plain', full: CID })
  })
})

describe('a row', () => {
  test('of a service worker is labelled', () => {
    expect(eventRow(event(300), NOW, false).badges.map(({ kind }) => kind)).toEqual(['lane', 'worker'])
  })
  test('of a page whose tab was closing is of no tab in Firefox, and of no worker', () => {
    const sent = event(295)
    const closing = { ...sent, place: { ...sent.place, tab: 's:-1', frame: 0 } }
    expect(eventRow(closing, NOW, false).badges).toEqual([])
  })
  test('of the panel carries its mark', () => {
    expect(eventRow(event(377), NOW, false).badges.map(({ kind }) => kind)).toEqual(['panel'])
  })
  test('that was sent twice says so', () => {
    expect(eventRow(event(324), NOW, true).badges.map(({ kind }) => kind)).toEqual(['twice'])
  })
  test('that was blocked says by whom', () => {
    expect(eventRow(event(305), NOW, false)).toMatchObject({ bad: true, about: 'blocked by an extension' })
  })
  test('whose request never came is under way first, then not sent', () => {
    const call = event(412)
    expect(eventRow(call, call.at + 1000, false)).toMatchObject({ bad: false, outcome: { state: 'pending' } })
    expect(eventRow(call, NOW, false)).toMatchObject({ bad: true, outcome: { state: 'not-sent' } })
  })
  test('names events by category and action, calls by their own name', () => {
    expect(eventName(event(318))).toBe('user/sign_in')
    const call = { ...event(318), facts: { ...event(318).facts, ec: '', ea: '', en: '' } }
    expect(eventName({ ...call, call: { ...call.call!, api: 'Bridge.removeCustomer' } })).toBe('removeCustomer')
    expect(eventName({ ...call, call: null })).toBe('unrecognised')
  })
})

test('the chain in words', () => {
  expect(chainText(event(318), event(318).outcome)).toBe('call seen, request left, 200')
  expect(chainText(event(300), event(300).outcome)).toBe('no call seen, request left, 200')
  expect(chainText(event(412), { state: 'not-sent' })).toBe('call seen, no request seen, not sent')
})
