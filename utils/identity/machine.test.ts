import { describe, expect, test } from 'vitest'
import { Reduction } from './reduce'
import type { HolderState } from './state'
import { tell } from './story'

const reduced = (text: string): { holders: HolderState[]; label: (name: string) => number } => {
  const { entries, labels } = tell(text)
  const reduction = new Reduction()
  reduction.apply(entries)
  return { holders: reduction.holders(), label: name => labels.get(name) ?? -1 }
}

const only = (text: string): HolderState => {
  const { holders } = reduced(text)
  expect(holders.length, 'holders').toBe(1)
  return holders[0] as HolderState
}

/** `identified B X user/sign_in`: kind, UID, CID after it, evidence. */
const moments = (text: string): string[] =>
  only(text)
    .moments.filter(({ kind }) => kind !== 'page')
    .map(({ kind, uid, cid, what }) => `${kind} ${uid ?? '–'} ${cid ?? '–'} ${what}`)

/** `A X identified`. */
const now = (text: string): string => {
  const { uid, cid, state } = only(text).now
  return `${uid ?? '–'} ${cid ?? '–'} ${state}`
}

describe("the vendor's documented example: day 1, 3, 7", () => {
  const story = `
    day 1 20:10  uid A: page load /   # first contact
                 pageview aid 9 session 1 users {city: "Hà Nội"}
    +1min        product/view
    day 3 12:31  uid B: page load /   # cookies are gone: a new UID
                 pageview session 2
    day 7 10:42  page load /tai-khoan
                 pageview session 3
    +5s          sign-up cid X customers {name: "An"}   @signup
    +1s          page load /
                 pageview cid X                         @browsing
    +4min        logout                                 @logout
    +1s          reset to C                             @reset
    +5s          page load /
                 pageview                               @fresh
    +4min        login cid X
    +2min        logout
    +1s          call removeCustomer`

  test('timeline', () => {
    expect(moments(story)).toEqual([
      'uid A – pageview/view',
      'uid-lost B – pageview/view',
      'uid B – pageview/view',
      'sign-up B X user/sign_up',
      'identified B X user/sign_up',
      'logout B X user/sign_out',
      'reset C – user/reset_anonymous_id',
      'anonymous C – user/reset_anonymous_id',
      'uid C – pageview/view',
      'login C X user/sign_in',
      'identified C X user/sign_in',
      'logout C X user/sign_out',
      'remove C – removeCustomer',
      'anonymous C – removeCustomer',
    ])
  })

  test('visitors, customer, and where the third UID came from', () => {
    const { holders, label } = reduced(story)
    const [state] = holders
    const visitors = [...(state?.visitors.values() ?? [])]
    expect(
      visitors.map(({ uid, events, sessions, cids }) => [uid, events, sessions, cids.map(each => each.cid)]),
    ).toEqual([
      ['A', 2, ['1'], []],
      ['B', 6, ['2', '3'], ['X']],
      ['C', 4, ['3'], ['X']],
    ])
    expect(visitors.map(({ madeBy }) => madeBy?.event ?? null)).toEqual([null, null, label('reset')])
    expect(visitors[2]?.madeBy?.from).toBe('B')
    expect([...(state?.customers.values() ?? [])].map(({ cid, uids }) => [cid, uids])).toEqual([['X', ['B', 'C']]])
    const lost = state?.moments.find(({ kind }) => kind === 'uid-lost')
    expect([lost?.other, lost?.sameAid]).toEqual(['A', true])
  })

  test('the state after any entry', () => {
    const { entries, labels } = tell(story)
    const reduction = new Reduction()
    reduction.apply(entries)
    const key = reduction.holders()[0]?.key ?? ''
    const after = (name: string): string => {
      const state = reduction.stateAfter(key, labels.get(name) ?? -1)
      return `${state?.now.uid} ${state?.now.cid} ${state?.now.state} ${state?.events}`
    }
    expect(['signup', 'browsing', 'logout', 'reset', 'fresh'].map(after)).toEqual([
      'B X identified 5',
      'B X identified 6',
      'B X identified 7',
      'C null anonymous 8',
      'C null anonymous 9',
    ])
    expect(reduction.stateAfter(key, 999)).toBeNull()
  })
})

describe('a CID is set', () => {
  test.each([
    ['by any event that carries it', 'uid A: pageview cid X', 'A X identified'],
    ['by extra as well', 'uid A: pageview extra {customer_id: "X"}', 'A X identified'],
    [
      'by an app that names the customer',
      'app, uid A: product/view\ncall setCustomerProps {customer_id: "X"}',
      'A X identified',
    ],
    ['and kept while it is carried', 'uid A: login cid X\npageview cid X', 'A X identified'],
    ['and stays through a login with a new UID', 'uid A: login cid X\nuid B: pageview cid X', 'B X identified'],
  ])('%s', (_, story, state) => {
    expect(now(story)).toBe(state)
  })

  test('by an event that the browser blocked, since the SDK put the CID on it', () => {
    expect(now('uid A: pageview cid X -> blocked')).toBe('A X identified')
  })

  test('names the evidence and where the CID was read', () => {
    const { now: state } = only('uid A: pageview\nlogin cid X')
    expect([state.event, state.what, state.path, state.by]).toEqual([
      2,
      'user/sign_in',
      'dims.customers.customer_id',
      'page',
    ])
  })

  test('by the panel, and says so', () => {
    expect(only('uid A: identify cid X [panel]').now.by).toBe('panel')
  })

  test.each([
    ['the buyer of a purchase', 'purchase cid Y in purchase'],
    ['a server', 'server user/identify cid Y'],
    ['a campaign', 'stream advertising/viewable cid Y'],
    ['advertising', 'advertising/impression cid Y'],
  ])('never by what names %s', (_, line) => {
    expect(now(`uid A: login cid X\nuid A: ${line}`)).toBe('A X identified')
    expect(now(`uid A: pageview\n${line}`)).toBe('A – anonymous')
  })

  test('since when it was first set, not when it was last carried', () => {
    expect(only('uid A: login cid X\n+1h pageview cid X').now.event).toBe(1)
  })
})

describe('a CID that was only called is pending', () => {
  test.each([
    ['waiting in the queue', 'call identify cid X -> queued'],
    ['under way', 'identify cid X -> pending'],
    ['called, its document gone before anything was sent', 'call login cid X -> unknown'],
  ])('%s', (_, line) => {
    expect(now(`uid A: pageview\n${line}`)).toBe('A X pending')
  })

  test.each(['blocked', 'csp', 'failed', '500', 'not sent'])('and falls back when it ends %s', ending => {
    expect(now(`uid A: pageview\nlogin cid X -> ${ending}`)).toBe('A – anonymous')
    expect(now(`uid A: login cid X\nidentify cid Y -> ${ending}`)).toBe('A X identified')
    expect(moments(`uid A: pageview\nlogin cid X -> ${ending}`)).toContain('fell-back A – user/sign_in')
  })

  test('silence for SENT is an answer too, but not before', () => {
    const { entries } = tell('day 1 10:00 uid A: pageview\n+1s call login cid X')
    const reduction = new Reduction()
    reduction.apply(entries)
    const called = entries[1]?.at ?? 0
    const key = reduction.holders()[0]?.key ?? ''
    const stateAt = (time: number) => reduction.holder(key, time)?.now.state
    expect([called, called + 4_999, called + 5_000, called + 1].map(stateAt)).toEqual([
      'pending',
      'pending',
      'anonymous',
      'pending',
    ])
  })

  test('an event that carries it settles it; one without it, sent meanwhile, does not', () => {
    expect(now('uid A: pageview\nidentify cid X -> pending\npageview cid X')).toBe('A X identified')
    expect(now('uid A: pageview\nidentify cid X -> pending\npageview')).toBe('A X pending')
  })

  test('a removal that ran ends it', () => {
    expect(now('uid A: pageview\ncall identify cid X -> queued\nreset to B')).toBe('B – anonymous')
  })
})

describe('a CID is cleared', () => {
  test('by REMOVE and RESET at once', () => {
    expect(now('uid A: login cid X\ncall removeCustomer')).toBe('A – anonymous')
    expect(now('uid A: login cid X\nreset')).toBe('– – anonymous')
    expect(now('uid A: login cid X\nreset to B')).toBe('B – anonymous')
  })

  test('by a RESET whose request was blocked too, but not by one that still waits in the queue', () => {
    expect(now('uid A: login cid X\nreset to B -> blocked')).toBe('B – anonymous')
    expect(now('uid A: login cid X\ncall reset -> queued')).toBe('A X identified')
  })

  test('not by LOGOUT, but by the first later event of the UID without CID', () => {
    expect(now('uid A: login cid X\nlogout')).toBe('A X identified')
    expect(now('uid A: login cid X\nlogout\npageview cid X')).toBe('A X identified')
    const { now: state } = only('uid A: login cid X\nlogout\npageview')
    expect([state.state, state.event]).toEqual(['anonymous', 3])
  })

  test('without logout only by two such events in a row in one document', () => {
    expect(now('uid A: page load /\nlogin cid X\nproduct/view')).toBe('A X identified')
    expect(now('uid A: page load /\nlogin cid X\nproduct/view\nproduct/view cid X\nproduct/view')).toBe(
      'A X identified',
    )
    expect(now('uid A: page load /\nlogin cid X\nproduct/view\nproduct/click')).toBe('A – anonymous')
  })

  test('two documents with one such event each are not two in a row', () => {
    expect(now('uid A: page load /\ntab 2: page load /b\nlogin cid X\nproduct/view\ntab 2: product/view')).toBe(
      'A X identified',
    )
  })

  test('what was counted ahead of a loss is forgotten with it', () => {
    const lost = 'uid A: page load /\ntab 2: page load /b\nlogin cid X\nproduct/view\nproduct/click\n'
    expect(now(`${lost}tab 2: identify cid X\nproduct/view`)).toBe('A X identified')
  })

  test('or by one after a page load', () => {
    expect(now('uid A: page load /\nlogin cid X\npage load /b\npageview')).toBe('A – anonymous')
    expect(now('uid A: page load /\nlogin cid X\npage route /b\npageview')).toBe('A X identified')
  })

  test.each([
    ['a call, since the SDK adds the CID when it sends', 'call product/view -> pending'],
    ['an event whose dims could not be read', 'product/view broken dims'],
    ['an event of nobody knows which UID', 'uid none: product/view'],
    ['an event that names the buyer only', 'purchase cid Y in purchase'],
    ['what carries no identity', 'stream advertising/click'],
  ])('never by %s', (_, line) => {
    expect(now(`uid A: login cid X\n${line}\n${line}\n${line}`)).toBe('A X identified')
  })

  test('a LOGIN takes back the logout', () => {
    expect(now('uid A: page load /\nlogin cid X\nlogout\nlogin cid X\nproduct/view')).toBe('A X identified')
  })
})

describe('UID', () => {
  test('a new UID without CID is anonymous', () => {
    expect(now('uid A: login cid X\nuid B: pageview')).toBe('B – anonymous')
    expect(moments('uid A: login cid X\nuid B: pageview').slice(-3)).toEqual([
      'uid-lost B – pageview/view',
      'uid B – pageview/view',
      'anonymous B – pageview/view',
    ])
  })

  test('back to one that was there', () => {
    expect(moments('uid A: pageview\nuid B: pageview\nuid A: pageview').slice(-2)).toEqual([
      'uid-lost A – pageview/view',
      'uid-again A – pageview/view',
    ])
  })

  test("a call that names none has the UID in use, and the customer's id given before any UID stays", () => {
    const state = only('app\nuid none: call setCustomerProps {customer_id: "X"}\nuid A: product/view cid X')
    expect([state.now.uid, state.now.cid, state.now.event]).toEqual(['A', 'X', 1])
  })

  test('is known from the cookie before the first event, and the first event agrees', () => {
    expect(now('cookie uid seen A')).toBe('A – anonymous')
    expect(moments('cookie uid seen A\nuid A: pageview')).toEqual(['uid A – cookie _asm_uid'])
    expect(now('cookie uid seen Z\nuid A: pageview\ncookie uid set Q')).toBe('A – anonymous')
    expect(now('storage uid seen A')).toBe('A – anonymous')
  })

  test('a reset that is sent under the UID that it makes', () => {
    const story = 'uid A: pageview\nuid B: user/reset_anonymous_id extra {reset_uid: "A", generate_uid: "B"}\npageview'
    expect(moments(story)).toEqual([
      'uid A – pageview/view',
      'reset B – user/reset_anonymous_id',
      'uid B – user/reset_anonymous_id',
    ])
  })

  test('an unnamed reset: the next new UID is its', () => {
    const state = only('uid A: login cid X\nreset\ncookie uid set B\nuid B: pageview')
    expect(state.visitors.get('B')?.madeBy).toMatchObject({ event: 2, from: 'A' })
    expect(state.now.uid).toBe('B')
  })
})

describe('reset, seen in cookies', () => {
  const before = 'cookie uid seen A\ncookie aid seen 1\nuid A: login cid X\n'
  test.each([
    ['both gone', 'cookie uid removed\ncookie aid removed', '– – anonymous'],
    ['both changed', 'cookie uid set B\ncookie aid set 2', 'B – anonymous'],
    ['gone, then new', 'cookie aid removed\ncookie uid removed\ncookie uid set B\ncookie aid set 2', 'B – anonymous'],
  ])('%s', (_, cookies, state) => {
    expect(now(before + cookies)).toBe(state)
    expect(moments(before + cookies).filter(each => each.startsWith('reset'))).toHaveLength(1)
  })

  test.each([
    ['only one of them', 'cookie uid removed'],
    ['far apart', 'cookie uid set B\n+1min cookie aid set 2'],
    ['expired', 'cookie uid expired\ncookie aid expired'],
    ['seen for the first time', 'cookie other seen 1'],
  ])('not: %s', (_, cookies) => {
    expect(now(before + cookies)).toBe('A X identified')
  })

  test('not a second one when the event was heard of', () => {
    const story = `${before}reset to B\n+50ms cookie uid set B\ncookie aid set 2`
    expect(moments(story).filter(each => each.startsWith('reset'))).toEqual(['reset B – user/reset_anonymous_id'])
    expect(now(`${before}reset\n+50ms uid B: pageview\n+50ms cookie uid removed\ncookie aid removed`)).toBe(
      'B – anonymous',
    )
    const late = `${before}cookie uid set B\n+50ms cookie aid set 2\n+50ms uid A: reset to B\nuid B: pageview`
    expect(now(late)).toBe('B – anonymous')
    expect(now(`${before}cookie uid set B\n+50ms cookie aid set 2\n+50ms uid A: reset`)).toBe('B – anonymous')
    expect(moments(late).filter(each => /^uid-(again|lost)/.test(each))).toEqual([])
  })
})

describe('in flight', () => {
  test('another tab may still send the removed CID, and the old UID, for GRACE', () => {
    const story = (after: string) =>
      `uid A: page load /\ntab 2: page load /b\nlogin cid X\ncall removeCustomer\n${after} tab 2: pageview cid X`
    expect(now(story('+1500ms'))).toBe('A – anonymous')
    expect(now(story('+2500ms'))).toBe('A X identified')
    expect(now('uid A: page load /\ntab 2: page load /b\nreset to B\n+1s tab 2, uid A: pageview')).toBe('B – anonymous')
    expect(now('uid A: page load /\ntab 2: page load /b\nreset to B\n+3s tab 2, uid A: pageview')).toBe('A – anonymous')
  })

  test('in the same document only what was called before', () => {
    expect(now('uid A: page load /\nlogin cid X\ncall removeCustomer\n+500ms pageview cid X')).toBe('A X identified')
    expect(now('uid A: login cid X\npageview cid X requested +9s\ncall removeCustomer')).toBe('A – anonymous')
  })

  test('it still counts as an event of its visitor', () => {
    const state = only(
      'uid A: page load /\ntab 2: page load /b\nlogin cid X\nreset to B\n+1s tab 2, uid A: pageview cid X',
    )
    expect(state.visitors.get('A')?.events).toBe(3)
  })
})

describe('holders', () => {
  const keys = (text: string): string[] => reduced(text).holders.map(({ key, events }) => `${key} ${events}`)

  test('one per partition, site and portal', () => {
    expect(
      keys('uid A: pageview\npageview\nprivate: pageview\nsite other.example: pageview\nportal 77: pageview'),
    ).toEqual([
      'normal|shop.example|561234567 2',
      'private|shop.example|561234567 1',
      'normal|other.example|561234567 1',
      'normal|shop.example|77 1',
    ])
  })

  test("a call without portal belongs to its document's, else the site's only one", () => {
    expect(keys('sdk live\nuid A: call product/view\npageview')).toEqual(['normal|shop.example|561234567 2'])
    expect(keys('uid A: pageview\ntab 2: call product/view')).toEqual(['normal|shop.example|561234567 2'])
    expect(keys('uid A: pageview\ntab 3: page load /\ntab 3, portal 77: pageview\ntab 3: call product/view')).toEqual([
      'normal|shop.example|77 2',
      'normal|shop.example|561234567 1',
    ])
  })

  test('what came before the portal was known is not lost: the first portal takes it over', () => {
    const story = 'cookie uid seen A\ncall product/view -> queued\nsdk live\nuid A: pageview'
    expect(keys(story)).toEqual(['normal|shop.example|561234567 2'])
    expect(moments(story)).toEqual(['uid A – cookie _asm_uid'])
    const reduction = new Reduction()
    reduction.apply(tell(story).entries)
    expect(reduction.stateAfter('normal|shop.example|561234567', 2)?.events).toBe(1)
  })

  test('a page load is told to the site that it is on, once', () => {
    const { holders } = reduced('page load /\nuid A: pageview\nsite b.example: page load /x\nsite b.example: pageview')
    expect(
      holders.map(({ moments: all }) => all.filter(({ kind }) => kind === 'page').map(({ what }) => what)),
    ).toEqual([['/'], ['/x']])
  })
})

describe('attributes (merge.md §1, §2)', () => {
  const values = (map: HolderState['unowned'] | undefined): Record<string, unknown> =>
    Object.fromEntries([...(map ?? [])].map(([code, { now: setting }]) => [code, setting?.value]))

  test('belong to the customer of the event, else to the one who is identified, else to nobody', () => {
    const state = only(`
      uid A: page load /
      product/view customers {size: "S"}
      login cid X customers {name: "An"}
      product/view customers {city: "Huế"}
      product/view cid X customers {age: 30}`)
    expect(values(state.unowned)).toEqual({ size: 'S' })
    expect(values(state.customers.get('X')?.attributes)).toEqual({ name: 'An', city: 'Huế', age: 30 })
  })

  test("of users stay the visitor's, also after identification", () => {
    const state = only('uid A: login cid X\npageview cid X users {theme: "dark"}')
    expect(values(state.visitors.get('A')?.attributes)).toEqual({ theme: 'dark' })
    expect(values(state.customers.get('X')?.attributes)).toEqual({})
  })

  test('found in cvar alone are marked inferred; dims.customers says it better', () => {
    const [state] = reduced(
      'uid A: login cid X in cvar extra {name: "An", phone: null}\nidentify cid X customers {email: "a@b.vn"} extra {email: "other@b.vn"}',
    ).holders
    const map = state?.customers.get('X')?.attributes
    expect([map?.get('name')?.now?.inferred, map?.get('name')?.now?.value]).toEqual([true, 'An'])
    expect([map?.get('email')?.now?.inferred, map?.get('email')?.now?.value]).toEqual([false, 'a@b.vn'])
  })

  test('null keeps the earlier value and is an attempt; absent is nothing; "" is a value', () => {
    const map = only(
      'uid A: login cid X customers {name: "An", phone: "0900000000"}\nidentify cid X customers {name: null, phone: ""}\nidentify cid X',
    ).customers.get('X')?.attributes
    const name = map?.get('name')
    expect([name?.now?.value, name?.attempts.map(({ value, type }) => [value, type])]).toEqual(['An', [[null, 'Null']]])
    expect([map?.get('phone')?.now?.value, map?.get('phone')?.earlier.map(({ value }) => value)]).toEqual([
      '',
      ['0900000000'],
    ])
  })

  test.each(['blocked', 'failed', 'not sent', '500'])('of an event that ended %s are asked, never counted', ending => {
    const state = only(
      `uid A: login cid X customers {name: "An"}\nidentify cid X customers {name: "Bình"} -> ${ending}`,
    )
    const name = state.customers.get('X')?.attributes.get('name')
    expect([name?.now?.value, name?.attempts.map(({ value, asked }) => [value, asked])]).toEqual([
      'An',
      [['Bình', true]],
    ])
  })

  test('a value that is sent again keeps the event that first set it', () => {
    const name = only(
      'uid A: login cid X customers {name: "An"}\nidentify cid X customers {name: "An"}\nidentify cid X customers {name: "An"}',
    )
      .customers.get('X')
      ?.attributes.get('name')
    expect([name?.now?.event, name?.earlier.map(({ event }) => event)]).toEqual([3, [1]])
  })

  test('types', () => {
    const map = only(
      'uid A: pageview users {n: 1, s: "1", b: true, d: "1994-03-08 00:00:00", e: "1994-03-08", x: "1994-13-08", a: [1], o: {k: 1}, t: "2026-06-01T10:00:00Z"}',
    ).visitors.get('A')?.attributes
    expect(Object.fromEntries([...(map ?? [])].map(([code, { now: setting }]) => [code, setting?.type]))).toEqual({
      n: 'Number',
      s: 'String',
      b: 'Boolean',
      d: 'Datetime',
      e: 'Datetime',
      x: 'String',
      a: 'Array',
      o: 'Object',
      t: 'Datetime',
    })
  })

  test('earlier values and attempts are capped', () => {
    const lines = Array.from({ length: 80 }, (_, n) => `identify cid X customers {n: ${n}, z: null}`).join('\n')
    const map = only(`uid A: login cid X\n${lines}`).customers.get('X')?.attributes
    expect([map?.get('n')?.earlier.length, map?.get('n')?.now?.value, map?.get('z')?.attempts.length]).toEqual([
      50, 79, 20,
    ])
  })
})
