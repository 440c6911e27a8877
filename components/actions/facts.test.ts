import { describe, expect, test } from 'vitest'
import { merge } from '../../utils/identity/merge'
import { Reduction } from '../../utils/identity/reduce'
import type { HolderState } from '../../utils/identity/state'
import { CID, june, NOW, story } from '../fixtures/story'
import type { Draft } from './draft'
import { EMPTY_DRAFT } from './draft-begin'
import { factsOf, mergeText, overwrites } from './facts'

const at = (until: number): HolderState => {
  const reduction = new Reduction()
  reduction.apply(story().entries.filter(entry => entry.at <= until))
  const [holder] = reduction.holders(NOW)
  if (!holder) throw new Error('no holder')
  return holder
}
const customer = at(NOW)
const anonymous = at(june(7, '10:51:15.000'))
const draft = (more: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...more })
const texts = (given: Draft, holder: HolderState | null) =>
  factsOf(given, holder).map(({ tone, text }) => `${tone}: ${text}`)

describe('facts about a CID', () => {
  test('none without one', () => expect(texts(draft({}), customer)).toEqual([]))
  test('the customer of now', () => {
    expect(texts(draft({ text: '0900000000' }), customer)).toEqual([
      'ok: 32 hex characters, each byte zero-padded',
      'ok: UID …0712 has this CID and no other',
      'info: This CID was also sent by UID …0385: a certain member of the merge',
    ])
  })
  test('another person on the same UID can’t be', () => {
    expect(texts(draft({ text: '0912345678' }), customer)).toContainEqual(
      expect.stringMatching(/^error: UID …0712 has the CID 8e30…3ae9; a CID can’t be changed/),
    )
    expect(texts(draft({ text: '0912345678' }), customer)).toContainEqual(
      'ok: Same recipe as the site’s other CIDs, md5(phone)',
    )
  })
  test('another recipe would make two customers of one person', () => {
    expect(texts(draft({ of: 'email', text: 'an@example.com' }), anonymous)).toContainEqual(
      expect.stringMatching(/^warning: The site’s other CIDs are md5\(phone\); this one is md5\(email\)/),
    )
  })
  test('unhashed, and a hash of nothing', () => {
    expect(texts(draft({ text: '0900000000', hash: 'none' }), null)).toEqual([
      expect.stringMatching(/^warning: Unhashed/),
    ])
    expect(texts(draft({ of: 'typed', text: 'd41d8cd98f00b204e9800998ecf8427e' }), null)[0]).toMatch(
      /^error: This is md5 of the empty text/,
    )
  })
})

describe('the rule that would speak is named before anything runs', () => {
  const rules = (given: Draft, holder: HolderState | null = anonymous) =>
    factsOf(given, holder).flatMap(({ rule }) => rule ?? [])
  const typed = (text: string, attributes: [code: string, value: string][] = []): Draft =>
    draft({
      of: 'typed',
      text,
      rows: attributes.map(([code, value], key) => ({ key, code, type: 'String', text: value })),
    })
  test.each<[what: string, given: Draft, rule: string[]]>([
    ['the hash of nothing', typed('d41d8cd98f00b204e9800998ecf8427e'), ['cid-shared']],
    ['a raw address', typed('an@example.com'), ['cid-raw']],
    ['a raw number', typed('0912345678'), ['cid-raw']],
    [
      'zeros missing',
      typed('8e30bbc8961e56622c6231742c03ae9', [['phone', '0900000000']]),
      ['cid-unpadded', 'cid-recipe-mixed'],
    ],
    [
      'another recipe, by the attributes typed beside it',
      typed('e64c7d89f26bd1972efa854d13d7dd61', [['email', 'admin@example.com']]),
      ['cid-recipe-mixed'],
    ],
  ])('%s', (_, given, expected) => expect(rules(given)).toEqual(expected))
  test('a part of a hash is no rule, but said', () =>
    expect(texts(typed('8e30bbc8961e0566', [['phone', '0900000000']]), null)[0]).toMatch(/^warning: Only a part/))
  test('another customer on this UID', () =>
    expect(rules(draft({ text: '0912345678' }), customer)).toEqual(['cid-changed']))
  test('another recipe', () =>
    expect(rules(draft({ of: 'email', text: 'an@example.com' }))).toEqual(['cid-recipe-mixed']))
})

describe('what identifying would do, in one line', () => {
  const line = (holder: HolderState, cid: string, attributes: [string, string][] = []) =>
    mergeText(merge(holder, cid, { policy: 'customer', whatIf: { attributes } }), holder, attributes)

  test('nothing new for the customer of now, but values are overwritten', () => {
    expect(line(customer, CID)).toBe('none: …0712 is 8e30…3ae9’s already')
    expect(line(customer, CID, [['city', 'Hà Nội']])).toBe(
      'none: …0712 is 8e30…3ae9’s already; 1 attribute is overwritten: city',
    )
  })
  test('not possible on a UID that has another one', () => expect(line(customer, 'c2')).toMatch(/cannot be changed/))
  test('an anonymous visitor joins the customer', () =>
    expect(line(anonymous, CID)).toMatch(/^\d+ events, \d+ sessions become 8e30…3ae9’s/))
  test('a new customer may be known to the server', () =>
    expect(line(anonymous, 'c2')).toMatch(/new in this log; the server may know it already$/))
  test('only differing values count as overwritten', () => {
    expect(
      overwrites(customer, CID, [
        ['city', 'Đà Nẵng'],
        ['size', 'L'],
        ['new_one', 1],
      ]),
    ).toEqual(['size'])
  })
})
