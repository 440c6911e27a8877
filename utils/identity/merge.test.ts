import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../sdk/event'
import { typeOf } from './attributes'
import { holderKey, readHolderKey } from './entry'
import { assignments } from './members'
import { type MergeOptions, merge } from './merge'
import { Reduction } from './reduce'
import { isSharedUid } from './shared-uid'
import type { AttributeState, Customer, HolderState, Merge, Moment, Setting, Visitor } from './state'
import { tell as tellStory } from './story'

/** `[value, event]`; an event's time is its number in seconds. */
type Given = Record<string, [value: Json, event: number] | [value: Json, event: number][]>

const at = (event: number): number => event * 1000
const setting = (value: Json, event: number): Setting => ({
  value,
  type: typeOf(value),
  at: at(event),
  event,
  what: 'pageview/view',
  by: 'page',
  inferred: false,
  asked: false,
})

const attributes = (given: Given): Map<string, AttributeState> =>
  new Map(
    Object.entries(given).map(([code, values]) => {
      const settings = (Array.isArray(values[0]) ? (values as [Json, number][]) : [values as [Json, number]]).map(
        ([value, event]) => setting(value, event),
      )
      return [code, { code, now: settings.at(-1) ?? null, earlier: settings.slice(0, -1), attempts: [] }]
    }),
  )

const visitor = (
  uid: string,
  seen: [first: number, last: number],
  more: {
    aid?: string
    sent?: [cid: string, event: number][]
    users?: Given
    madeBy?: [from: string | null, event: number]
  } = {},
): Visitor => ({
  uid,
  aids: more.aid ? [more.aid] : [],
  firstSeen: at(seen[0]),
  lastSeen: at(seen[1]),
  firstEvent: seen[0],
  lastEvent: seen[1],
  events: seen[1] - seen[0] + 1,
  sessions: [`session of ${uid}`],
  cids: (more.sent ?? []).map(([cid, event]) => ({ cid, event, at: at(event), what: 'user/sign_in' })),
  attributes: attributes(more.users ?? {}),
  madeBy: more.madeBy ? { from: more.madeBy[0], event: more.madeBy[1], at: at(more.madeBy[1]) } : null,
})

const customer = (cid: string, uids: string[], given: Given = {}): Customer => ({
  cid,
  uids,
  firstEvent: 1,
  firstAt: at(1),
  lastAt: at(1),
  attributes: attributes(given),
})

const moment = (event: number, kind: Moment['kind'], uid: string | null, cid: string | null): Moment => ({
  at: at(event),
  kind,
  uid,
  cid,
  event,
  what: kind,
  path: null,
  by: 'page',
})

const holder = (
  visitors: Visitor[],
  more: { using?: string; customers?: Customer[]; moments?: Moment[]; key?: string } = {},
): HolderState => {
  const { partition, site, portal } = readHolderKey(more.key ?? 'normal|shop.example|561234567')
  const using = visitors.find(each => each.uid === more.using)
  const last = using?.cids.at(-1)
  return {
    key: `${partition}|${site}|${portal}`,
    partition,
    site,
    portal,
    mode: 'web',
    now: {
      uid: more.using ?? null,
      aid: null,
      cid: last?.cid ?? null,
      state: last ? 'identified' : 'anonymous',
      since: null,
      event: null,
      what: null,
      path: null,
      by: 'page',
    },
    props: [],
    visitors: new Map(visitors.map(each => [each.uid, each])),
    customers: new Map((more.customers ?? []).map(each => [each.cid, each])),
    unowned: new Map(),
    system: new Map(),
    moments: more.moments ?? [],
    events: 0,
    requests: 0,
    calls: 0,
    firstSeen: null,
    lastSeen: Math.max(0, ...visitors.map(each => each.lastSeen)),
  }
}

/** A merge as a few lines that can be read. */
const tell = ({ members, rows }: Merge): { members: string[]; rows: string[] } => ({
  members: members.map(
    ({ uid, standing, reason, evidence, chosen }) =>
      `${uid} ${standing}: ${reason}${evidence === null ? '' : ` #${evidence}`}${standing === 'candidate' && chosen ? ', chosen' : ''}`,
  ),
  rows: rows.map(
    ({ code, kind, conflict, policyDecides, winner, losers, equalButForType }) =>
      `${code} ${kind} ${JSON.stringify(winner.setting.value)} of ${winner.from} #${winner.setting.event}${
        losers.length > 0
          ? `, not ${losers.map(each => `${JSON.stringify(each.setting.value)} of ${each.from} #${each.setting.event}`).join(', ')}`
          : ''
      }${conflict ? ' conflict' : ''}${policyDecides ? ' policy' : ''}${equalButForType ? ' type' : ''}`,
  ),
})

const AN = '8e30bbc8961e056622c6231742c03ae9'
const BINH = '5f1d7a84db00d2fce00b31a7fc73224f'
const byCustomer: MergeOptions = { policy: 'customer' }
const byLatest: MergeOptions = { policy: 'latest' }

/** The vendor's own example: day 1 a UID, day 3 another one, day 7 an account is created. */
const days = (): HolderState =>
  holder(
    [
      visitor('day1', [1, 38], { aid: 'one', users: { interest: ['shirts', 5], city: ['Hà Nội', 6] } }),
      visitor('day3', [39, 90], { users: { interest: ['tea', 50] } }),
      visitor('day7', [91, 100], { aid: 'one', sent: [[AN, 100]], users: { size: ['M', 95] } }),
    ],
    { using: 'day7', customers: [customer(AN, ['day7'], { name: ['An', 100] })] },
  )

describe('the vendor’s day 1 / 3 / 7 example', () => {
  test('the UID that signed up is certain; the earlier two are candidates, off until ticked', () => {
    const preview = merge(days(), AN, { ...byCustomer, asOf: { event: 100, at: at(100), present: days() } })
    expect(tell(preview)).toEqual({
      members: ['day7 certain: sent #100', 'day1 candidate: same-aid #1', 'day3 candidate: same-browser'],
      rows: ['size added "M" of day7 #95', 'name kept "An" of customer #100'],
    })
    expect(preview.moves).toEqual({ events: 10, sessions: 1, since: at(91) })
  })

  test('ticked in, both profiles move; the later visitor wins where the customer has nothing', () => {
    const preview = merge(days(), AN, { ...byCustomer, chosen: new Set(['day1', 'day3']) })
    expect(tell(preview).rows).toEqual([
      'interest added "tea" of day3 #50, not "shirts" of day1 #5 conflict',
      'city added "Hà Nội" of day1 #6',
      'size added "M" of day7 #95',
      'name kept "An" of customer #100',
    ])
    expect(preview).toMatchObject({
      moves: { events: 100, sessions: 3, since: at(1) },
      conflicts: 1,
      policyRows: 0,
      unknownHere: false,
      blockedBy: null,
    })
  })
})

/** One customer, logged in on two UIDs with a removal between; an earlier visitor. */
const twice = (): HolderState =>
  holder(
    [
      visitor('a', [1, 38], { aid: 'one' }),
      visitor('b', [39, 306], {
        aid: 'one',
        sent: [[AN, 294]],
        users: {
          city: ['Hà Nội', 285],
          size: ['M', 290],
          last_product: ['Áo thun nữ', 288],
          visits: [
            [2, 200],
            [3, 285],
            [4, 300],
          ],
        },
      }),
      visitor('c', [307, 318], {
        aid: 'two',
        sent: [[AN, 318]],
        users: { last_product: ['Dép', 307], city: ['Hà Nội', 308] },
        madeBy: ['b', 306],
      }),
    ],
    {
      using: 'c',
      customers: [
        customer(AN, ['b', 'c'], {
          city: ['Đà Nẵng', 295],
          size: ['S', 295],
          points: ['185.0000', 299],
          name: ['An', 318],
        }),
      ],
      moments: [
        moment(294, 'identified', 'b', AN),
        moment(301, 'logout', 'b', AN),
        moment(306, 'reset', null, null),
        moment(318, 'identified', 'c', AN),
      ],
    },
  )

describe('a customer on two UIDs', () => {
  test('both are certain; conflicts stand beside the kind, in every policy', () => {
    const asOf = { event: 318, at: at(318), present: twice() }
    const preview = merge(twice(), AN, { ...byCustomer, asOf })
    expect(tell(preview)).toEqual({
      members: ['b certain: sent #294', 'c certain: sent #318', 'a candidate: same-aid #1'],
      rows: [
        'city kept "Đà Nẵng" of customer #295, not "Hà Nội" of c #308, "Hà Nội" of b #285 conflict policy',
        'last_product added "Dép" of c #307, not "Áo thun nữ" of b #288 conflict',
        'size kept "S" of customer #295, not "M" of b #290 conflict',
        'visits added 3 of b #285',
        'name kept "An" of customer #318',
        'points kept "185.0000" of customer #299',
      ],
    })
    const latest = merge(twice(), AN, { ...byLatest, asOf })
    expect(tell(latest).rows.slice(0, 2)).toEqual([
      'city overwritten "Hà Nội" of c #308, not "Đà Nẵng" of customer #295 conflict policy',
      'last_product added "Dép" of c #307, not "Áo thun nữ" of b #288 conflict',
    ])
    expect([preview.conflicts, latest.conflicts, preview.policyRows, latest.policyRows]).toEqual([3, 3, 1, 1])
  })

  test('what a visitor set after its own identification is an update, and overwrites nothing', () => {
    const preview = merge(twice(), AN, { ...byLatest, asOf: { event: 318, at: at(318), present: twice() } })
    expect(preview.rows.find(({ code }) => code === 'visits')?.winner.setting.value).toBe(3)
    expect(preview.updates.map(({ from, code, setting: { value } }) => [from, code, value])).toEqual([
      ['b', 'visits', 4],
    ])
  })

  test('what came after the moment is listed as an update, with its owner', () => {
    const state = twice()
    const present = holder(
      [
        ...[...state.visitors.values()].filter(({ uid }) => uid !== 'c'),
        visitor('c', [307, 400], { sent: [[AN, 318]], users: { size: ['L', 321], city: ['Hà Nội', 330] } }),
      ],
      { customers: [customer(AN, ['b', 'c'], { name: ['An', 340], email: ['an@example.com', 319] })] },
    )
    const preview = merge(state, AN, { ...byCustomer, asOf: { event: 318, at: at(318), present } })
    expect(preview.asOf).toEqual({ event: 318, at: at(318) })
    expect(preview.updates.map(({ from, code, setting: { event } }) => `${from} ${code} #${event}`)).toEqual([
      'b visits #300',
      'customer email #319',
      'c size #321',
    ])
  })

  test('its moments of assignment, oldest first', () => {
    expect(assignments(twice(), AN).map(({ uid, event }) => `${uid} #${event}`)).toEqual(['b #294', 'c #318'])
    expect(assignments(twice(), BINH)).toEqual([])
  })
})

describe('who is no candidate, and why', () => {
  test('another customer’s UID; one made by a reset after this customer’s logout; an id that many devices share', () => {
    const state = holder(
      [
        visitor('b', [1, 10], { sent: [[AN, 5]] }),
        visitor('next', [21, 30], { madeBy: ['b', 20] }),
        visitor('after', [31, 40], { madeBy: ['next', 31] }),
        visitor('bình', [41, 50], { sent: [[BINH, 45]] }),
        visitor('opt-out1', [51, 52]),
        visitor('late', [60, 61]),
      ],
      { using: 'late', moments: [moment(5, 'identified', 'b', AN), moment(20, 'reset', null, null)] },
    )
    const preview = merge(state, AN, {
      ...byCustomer,
      chosen: new Set(['next', 'bình']),
      asOf: { event: 5, at: at(5), present: state },
    })
    expect(tell(preview).members).toEqual([
      'b certain: sent #5',
      'late candidate: same-browser',
      'bình excluded: other-cid #45',
      'next excluded: reset-after-logout #20',
      'after excluded: reset-after-logout #31',
      'opt-out1 excluded: uid-shared #51',
    ])
    expect(preview.members.filter(({ chosen }) => chosen).map(({ uid }) => uid)).toEqual(['b'])
  })

  test('a UID that a reset gave up before the identification is the strongest candidate', () => {
    const state = holder(
      [
        visitor('first', [1, 10], { aid: 'x' }),
        visitor('second', [11, 20], { madeBy: ['first', 10] }),
        visitor('third', [21, 30], { madeBy: ['second', 20], sent: [[AN, 25]], aid: 'x' }),
      ],
      { using: 'third', moments: [moment(10, 'reset', null, null), moment(25, 'identified', 'third', AN)] },
    )
    expect(tell(merge(state, AN, byCustomer)).members).toEqual([
      'third certain: sent #25',
      'first candidate: reset-before #10',
      'second candidate: reset-before #20',
    ])
  })

  test.each(['first', 'last'])(
    'a UID that two resets gave up is known by the earlier one, also when that came %s',
    place => {
      const certain = [
        visitor('early', [11, 12], { madeBy: ['given up', 10], sent: [[AN, 12]] }),
        visitor('late', [21, 22], { madeBy: ['given up', 20], sent: [[AN, 22]] }),
      ]
      if (place === 'last') certain.reverse()
      const state = holder([visitor('given up', [1, 20]), ...certain], { using: 'late' })
      expect(tell(merge(state, AN, byCustomer)).members).toEqual([
        'early certain: sent #12',
        'late certain: sent #22',
        'given up candidate: reset-before #10',
      ])
    },
  )

  test('private windows and other sites are named and left out, unless they sent this CID too', () => {
    const others = [
      holder([visitor('hidden', [1, 2])], { key: 'private|shop.example|561234567' }),
      holder([visitor('outlet', [3, 4])], { key: 'normal|outlet.example|561234567' }),
      holder([visitor('app', [5, 6], { sent: [[AN, 5]], users: { os: ['iOS', 4] } })], {
        key: 'normal|app.example|561234567',
        customers: [customer(AN, ['app'], { name: ['Nguyễn An', 200], tier: ['gold', 5] })],
      }),
      holder([visitor('stranger', [7, 8])], { key: 'normal|shop.example|999' }),
    ]
    const preview = merge(days(), AN, { ...byCustomer, others })
    expect(tell(preview).members).toEqual([
      'app certain: sent #5',
      'day7 certain: sent #100',
      'day1 candidate: same-aid #1',
      'day3 candidate: same-browser',
      'hidden excluded: private #1',
      'outlet excluded: other-site #3',
    ])
    expect(tell(preview).rows).toEqual([
      'os added "iOS" of app #4',
      'size added "M" of day7 #95',
      'name kept "Nguyễn An" of customer #200',
      'tier kept "gold" of customer #5',
    ])
  })

  test.each([
    'opt-out1',
    'opt-out',
    'identifierForAdvertising',
    '9774d56d682e549c',
    '9774d56d682e549c_1',
    '0',
    'null',
    '00000000-0000-0000-0000-000000000000',
  ])('%s tells no devices apart', uid => expect(isSharedUid(uid)).toBe(true))
  test.each(['7865000000000000385', '864115_1', '10', 'a0'])('%s does', uid => expect(isSharedUid(uid)).toBe(false))
})

describe('what if', () => {
  const anonymous = (): HolderState =>
    holder([visitor('u', [1, 9], { users: { city: ['Hà Nội', 3], visits: [3, 4] } })], { using: 'u' })

  test('an anonymous visitor would join; a CID that the log doesn’t know is new here', () => {
    const preview = merge(anonymous(), BINH, {
      ...byCustomer,
      whatIf: {
        attributes: [
          ['name', 'Bình'],
          ['phone', null],
          ['visits', '3'],
        ],
      },
    })
    expect(tell(preview)).toEqual({
      members: ['u certain: sent'],
      rows: [
        'visits kept "3" of customer #9007199254740991, not 3 of u #4 conflict type',
        'city added "Hà Nội" of u #3',
        'name kept "Bình" of customer #9007199254740991',
      ],
    })
    expect(preview).toMatchObject({ unknownHere: true, blockedBy: null, asOf: null, updates: [] })
  })

  test('the identifying event sets the customer’s values before the merge, so it is the latest under every policy', () => {
    const whatIf = { attributes: [['city', 'Huế'] as [string, Json]] }
    for (const policy of ['customer', 'latest'] as const)
      expect(tell(merge(anonymous(), BINH, { policy, whatIf })).rows[0]).toContain('city kept "Huế" of customer')
  })

  test('a UID that has another CID cannot be changed', () => {
    const preview = merge(days(), BINH, { policy: 'customer', whatIf: { attributes: [] } })
    expect(preview.blockedBy).toBe(AN)
    expect(tell(preview)).toEqual({
      members: ['day1 candidate: same-browser', 'day3 candidate: same-browser', 'day7 excluded: other-cid #100'],
      rows: [],
    })
  })

  test('a CID that other UIDs sent brings them along', () => {
    const state = holder([...twice().visitors.values(), visitor('new', [400, 401])], {
      using: 'new',
      customers: [...twice().customers.values()],
    })
    const whatIf = { attributes: [] }
    expect(tell(merge(state, AN, { policy: 'customer', whatIf })).members.slice(0, 3)).toEqual([
      'b certain: sent #294',
      'c certain: sent #318',
      'new certain: sent',
    ])
    // As the log stands, nobody has joined yet.
    expect(tell(merge(state, AN, byCustomer)).members).toContain('new candidate: same-browser')
  })

  test('a CID that was only asked for is not known', () => {
    const state = holder([visitor('u', [1, 2])], { using: 'u', customers: [customer(AN, [])] })
    expect(merge(state, AN, byCustomer).unknownHere).toBe(true)
  })
})

describe('values', () => {
  const pair = (own: Json, other: Json): Merge =>
    merge(
      holder([visitor('u', [1, 9], { sent: [[AN, 9]], users: { x: [other, 5] } })], {
        customers: [customer(AN, ['u'], { x: [own, 3] })],
      }),
      AN,
      byLatest,
    )

  test.each<[Json, Json, string]>([
    ['a', 'a', 'kept'],
    ['a', 'b', 'overwritten conflict'],
    [1, '1', 'overwritten conflict type'],
    [185, '185.0000', 'overwritten conflict type'],
    [true, 'true', 'overwritten conflict type'],
    ['', 'a', 'overwritten conflict'],
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, 'kept'],
    ['7865000000000000385', '7865000000000000384', 'overwritten conflict'],
  ])('%j of the customer, later %j of the visitor: %s', (own, other, expected) => {
    const [row] = pair(own, other).rows
    const said = [row?.kind, row?.conflict && 'conflict', row?.equalButForType && 'type'].filter(Boolean).join(' ')
    expect(said).toBe(expected)
    if (row?.kind === 'kept') expect(row.winner.from).toBe('customer')
  })

  test('what was only asked for counts nowhere', () => {
    const state = days()
    const asked = attributes({ size: ['XL', 99] })
    const size = asked.get('size')
    if (size?.now) size.now.asked = true
    const u = { ...visitor('day7', [91, 100], { sent: [[AN, 100]] }), attributes: asked }
    const preview = merge({ ...state, visitors: new Map([['day7', u]]) }, AN, byCustomer)
    expect(preview.rows.map(({ code }) => code)).toEqual(['name'])
  })
})

describe('as the log tells it', () => {
  const key = holderKey('normal', 'shop.example', '561234567')
  const story = tellStory(`
    day 1 20:14  uid day1: page load /
                 pageview users {interest: "shirts", city: "Hà Nội"} aid one session s1
                 product/view
    day 3 12:31  uid day3: page load /
                 pageview users {interest: "tea"} session s2
                 product/add_to_cart users {size: "M"}
    day 7 10:40  page load /sign-up
                 pageview session s3
    +20s         sign-up cid md5:0900000000 customers {name: "An", city: "Đà Nẵng"}   @signed-up
    +1s          identify cid md5:0900000000 customers {email: "an@example.com"}
    +9s          product/view cid md5:0900000000 users {size: "L"}
    +30s         logout cid md5:0900000000                                             @out
    +1s          reset to next
    +1s          page load /
                 pageview users {interest: "coffee"} session s4
  `)
  const identified = story.labels.get('signed-up') ?? 0

  const preview = (
    entries: readonly (typeof story.entries)[number][][],
    options: Partial<MergeOptions> = {},
  ): Merge => {
    const reduction = new Reduction()
    for (const batch of entries) reduction.apply(batch)
    const present = reduction.holder(key, Number.POSITIVE_INFINITY)
    const [first] = present ? assignments(present, AN) : []
    const state = first ? reduction.stateAfter(key, first.event) : null
    if (!present || !first || !state) throw new Error('nobody was identified')
    return merge(state, AN, { policy: 'customer', asOf: { ...first, present }, ...options })
  }

  test('day 1 / 3 / 7: two anonymous profiles, then an account', () => {
    const result = preview([story.entries], { chosen: new Set(['day1']) })
    expect(result.asOf?.event).toBe(identified)
    expect(tell(result)).toEqual({
      members: [`day3 certain: sent #${identified}`, 'day1 candidate: same-aid #2, chosen'],
      rows: [
        'interest added "tea" of day3 #5, not "shirts" of day1 #2 conflict',
        'city kept "Đà Nẵng" of customer #9, not "Hà Nội" of day1 #2 conflict',
        'size added "M" of day3 #6',
        'name kept "An" of customer #9',
      ],
    })
    expect(result.moves).toMatchObject({ events: 6, sessions: 3 })
    expect(result.updates.map(({ from, code, setting: { value } }) => [from, code, value])).toEqual([
      ['customer', 'email', 'an@example.com'],
      ['day3', 'size', 'L'],
    ])
  })

  test('the UID of whoever comes next is none of the customer’s', () => {
    const reduction = new Reduction()
    reduction.apply(story.entries)
    const present = reduction.holder(key, Number.POSITIVE_INFINITY)
    if (!present) throw new Error('no holder')
    const asOf = { event: story.labels.get('out') ?? 0, at: present.lastSeen ?? 0, present }
    expect(merge(present, AN, { policy: 'customer', asOf }).members).toContainEqual(
      expect.objectContaining({ uid: 'next', standing: 'excluded', reason: 'reset-after-logout', chosen: false }),
    )
  })

  test('what a visitor sends again later is an update: the merge stays as it was', () => {
    const before = `
      uid one: login cid ${AN}
      uid two: pageview users {city: "Huế"}
      uid one: identify cid ${AN} customers {city: "Hà Nội"}
      uid two: pageview users {city: "Huế"}
               login cid ${AN}`
    const rows = (text: string): string[] => {
      const reduction = new Reduction()
      reduction.apply(tellStory(text).entries)
      const state = reduction.holder(key, Number.POSITIVE_INFINITY)
      return state ? tell(merge(state, AN, byLatest)).rows : []
    }
    expect(rows(before)).toEqual(['city overwritten "Huế" of two #4, not "Hà Nội" of customer #3 conflict policy'])
    for (let n = 1; n < 5; n++)
      expect(rows(`${before}${'\npageview users {city: "Huế"}\nidentify cid Y'.repeat(n)}`)).toEqual(rows(before))
  })

  test('is the same for any order of arrival of the same events', () => {
    const whole = preview([story.entries])
    fc.assert(
      fc.property(
        fc.shuffledSubarray(story.entries, { minLength: story.entries.length }),
        fc.nat(10),
        (entries, cut) => {
          expect(preview([entries.slice(0, cut), entries.slice(cut)])).toEqual(whole)
        },
      ),
    )
  })
})

describe('properties', () => {
  const value = fc.oneof(fc.constantFrom<Json>('a', 'b', '1', 1, true, ''), fc.integer({ min: 0, max: 3 }))
  const given = fc.dictionary(
    fc.constantFrom('city', 'size', 'visits', 'name'),
    fc.tuple(value, fc.integer({ min: 1, max: 60 })),
  )
  const anyVisitor = fc
    .record({
      uid: fc.constantFrom('u1', 'u2', 'u3', 'u4', 'u5'),
      first: fc.integer({ min: 1, max: 30 }),
      length: fc.integer({ min: 0, max: 30 }),
      aid: fc.constantFrom('x', 'y', undefined),
      sent: fc.option(fc.tuple(fc.constantFrom(AN, BINH), fc.integer({ min: 1, max: 60 })), { nil: undefined }),
      users: given,
      from: fc.option(fc.constantFrom('u1', 'u2', 'u3'), { nil: undefined }),
    })
    .map(({ uid, first, length, aid, sent, users, from }) =>
      visitor(uid, [first, first + length], {
        ...(aid ? { aid } : {}),
        ...(sent ? { sent: [sent] } : {}),
        users,
        ...(from && from !== uid ? { madeBy: [from, first] as [string, number] } : {}),
      }),
    )
  const anyState = fc
    .record({
      visitors: fc.uniqueArray(anyVisitor, { selector: each => each.uid, maxLength: 5 }),
      own: fc.option(given, { nil: undefined }),
      using: fc.constantFrom('u1', 'u2', undefined),
    })
    .map(({ visitors, own, using }) => {
      const uids = visitors.filter(({ cids }) => cids[0]?.cid === AN).map(({ uid }) => uid)
      const customers = own || uids.length > 0 ? [customer(AN, uids, own ?? {})] : []
      return holder(visitors, { customers, ...(visitors.some(each => each.uid === using) ? { using } : {}) })
    })
  const anyPolicy = fc.constantFrom('customer' as const, 'latest' as const)
  const anyChoice = fc.subarray(['u1', 'u2', 'u3', 'u4', 'u5']).map(uids => new Set(uids))

  test('the order in which profiles came makes no difference', () => {
    fc.assert(
      fc.property(anyState, anyPolicy, anyChoice, fc.infiniteStream(fc.nat()), (state, policy, chosen, order) => {
        const shuffled = [...state.visitors]
          .map(pair => ({ pair, key: order.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ pair }) => pair)
        for (const options of [
          { policy, chosen },
          { policy, chosen, whatIf: { attributes: [] } },
        ])
          expect(merge({ ...state, visitors: new Map(shuffled) }, AN, options)).toEqual(merge(state, AN, options))
      }),
    )
  })

  test('rows without a conflict are the same under every policy, and the marks always are', () => {
    fc.assert(
      fc.property(anyState, anyChoice, (state, chosen) => {
        const a = merge(state, AN, { policy: 'customer', chosen })
        const b = merge(state, AN, { policy: 'latest', chosen })
        const marks = (each: Merge) =>
          each.rows.map(({ code, conflict, policyDecides }) => [code, conflict, policyDecides])
        expect(marks(a)).toEqual(marks(b))
        const settled = (each: Merge) =>
          each.rows
            .filter(({ policyDecides }) => !policyDecides)
            .map(({ code, winner }) => [code, winner.setting.value])
        expect(settled(a)).toEqual(settled(b))
        const free = (each: Merge) => each.rows.filter(({ conflict }) => !conflict)
        expect(free(a)).toEqual(free(b))
        for (const row of a.rows) if (row.policyDecides) expect(row.conflict).toBe(true)
      }),
    )
  })

  test('merging twice is merging once', () => {
    fc.assert(
      fc.property(anyState, anyPolicy, anyChoice, (state, policy, chosen) => {
        const once = merge(state, AN, { policy, chosen })
        const merged: Customer = {
          ...customer(AN, ['u']),
          attributes: new Map(
            once.rows.map(({ code, winner }) => [code, { code, now: winner.setting, earlier: [], attempts: [] }]),
          ),
        }
        const again = merge({ ...state, customers: new Map([[AN, merged]]) }, AN, { policy, chosen })
        const values = (each: Merge) => new Map(each.rows.map(({ code, winner }) => [code, winner.setting.value]))
        expect(values(again)).toEqual(values(once))
        expect(again.rows.every(({ kind }) => kind === 'kept')).toBe(true)
      }),
    )
  })

  test('every UID that sent the CID is a chosen member, every other visitor is listed once, and nothing is changed', () => {
    fc.assert(
      fc.property(anyState, anyPolicy, anyChoice, (state, policy, chosen) => {
        const copy = structuredClone(state)
        const { members, rows } = merge(state, AN, { policy, chosen })
        const sent = [...state.visitors.values()].filter(({ cids }) => cids.some(({ cid }) => cid === AN))
        for (const { uid } of sent)
          expect(members).toContainEqual(expect.objectContaining({ uid, standing: 'certain', chosen: true }))
        expect(members.map(({ uid }) => uid).sort()).toEqual([...state.visitors.keys()].sort())
        for (const member of members)
          expect(member.chosen).toBe(
            member.standing === 'certain' || (member.standing === 'candidate' && chosen.has(member.uid)),
          )
        expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length)
        expect(state).toEqual(copy)
      }),
    )
  })
})
