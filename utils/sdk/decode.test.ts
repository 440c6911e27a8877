import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCall, decodeRequest } from './decode'
import type { Body, DecodedEvent, EventFacts, Json, RawRequest } from './event'
import { fieldsOf } from './fields'
import vectors from './vectors.json'

const HOST = 'https://a.cdp.asia'
const IDS = 'portal_id=561234567&prop_id=565000001&uid=1574000002'
const CID = '8e30bbc8961e056622c6231742c03ae9'

const text = (content: string): Body => ({ state: 'text', text: content })
const get = (query: string, path = '/event'): RawRequest => ({
  url: `${HOST}${path}?${query}`,
  method: 'GET',
  body: { state: 'none' },
})
const post = (
  body: Json | Body,
  url = `${HOST}/event?portal_id=561234567&prop_id=565000001&resp_type=json`,
): RawRequest => ({
  url,
  method: 'POST',
  body: typeof body === 'object' && body !== null && 'state' in body ? (body as Body) : text(JSON.stringify(body)),
})

/** A web event as the SDK encodes it. */
const web = (ec: string, ea: string, parts: { [name: string]: Json }): RawRequest =>
  get(
    `ec=${ec}&ea=${ea}&${IDS}&${Object.entries(parts)
      .map(([name, value]) => `${name}=${encodeURIComponent(JSON.stringify(value))}`)
      .join('&')}`,
  )

const one = (events: DecodedEvent[]): DecodedEvent => {
  expect(events).toHaveLength(1)
  return events[0] as DecodedEvent
}
const facts = (raw: RawRequest): EventFacts => one(decodeRequest(raw)).facts
const called = (api: string, ...args: Json[]): EventFacts | undefined =>
  decodeCall({ api, args: JSON.stringify(args) })?.facts
const codes = ({ problems }: EventFacts): string[] => problems.map(({ field, code }) => `${field} ${code}`)

// ── the recorded and constructed requests

const EXPECTED: Record<string, Partial<EventFacts>> = {
  'W1-pageview-2024': {
    kind: 'page-view',
    en: 'View Page',
    uid: '7865000000000000385',
    aid: '7865000000000000385',
    cid: CID,
    cidPath: 'dims.customers.customer_id',
    identifyType: 'predict',
    customers: [],
    users: [
      ['ga_uid', '656000000.1716300000'],
      ['fb_uid', 'fb.1.1716400000000.266000000000000000'],
    ],
    session: null,
    page: 'https://shop.example.com/',
    about: 'Home Page',
  },
  'W2-pageview-2023': {
    kind: 'page-view',
    uid: '1108000165',
    aid: '1166000578',
    cid: CID,
    session: null,
    about: 'Sub cate page',
  },
  'W3-pageview-anonymous': {
    kind: 'page-view',
    cid: null,
    cids: [],
    aid: null,
    customers: null,
    users: null,
    session: '6164000000000000',
  },
  'W4-identify': {
    kind: 'identify',
    cid: CID,
    identifyType: 'exact',
    customers: [
      ['name', 'Test User'],
      ['gender', 'Female'],
      ['phone', null],
      ['email', 'test@example.com'],
    ],
    cids: [
      ['dims.customers.customer_id', CID],
      ['cvar.customer_id', CID],
    ],
    about: 'exact · name, gender, phone, email',
  },
  'W5-sign_in': { kind: 'login', cid: CID, session: '6164000000000000' },
  'W6-sign_up-2023': { kind: 'sign-up', uid: '1176000141', aid: '1176000170', cid: CID, session: '2565000033' },
  'W7-sign_out': { kind: 'logout', cid: null, customers: null, about: '' },
  'W8-reset_anonymous_id': {
    kind: 'reset',
    uid: '864115',
    reset: { from: '864115', to: '864115_1' },
    about: '864115 → 864115_1',
  },
  'W9-add_to_cart': { kind: 'other', cid: CID, order: null, about: 'Voyage Yoga Bag · 32' },
  'W12-product_search': { kind: 'other', cid: CID, about: '“short” · Erika Running Short, Torque Power Short' },
  'W13-exit_intent': { kind: 'other', cid: CID, about: '/' },
  'W15-ad-click-redirect': {
    kind: 'other',
    en: 'click_tracking',
    uid: '877535',
    carries: false,
    whyNot: 'advertising',
    about: 'Popup: Coupon 20%',
  },
  'M1-ios-screen-2020': {
    kind: 'page-view',
    channel: 'app',
    uid: 'opt-out1',
    aid: 'opt-out',
    session: '2010261554',
    about: 'Home',
    carries: true,
  },
  'M3-android-reset-2020': {
    kind: 'reset',
    channel: 'web',
    uid: '9774d56d682e549c',
    reset: { from: '9774d56d682e549c', to: '9774d56d682e549c_1' },
    carries: true,
  },
}

describe('every vector', () => {
  test('has its expectation', () => {
    expect(Object.keys(EXPECTED)).toEqual(vectors.map(({ id }) => id))
  })

  test.each(vectors.map(vector => [vector.id, vector] as const))('%s', (id, { url, method, body, expect: given }) => {
    const event = one(decodeRequest({ url, method, body: body ? text(JSON.stringify(body)) : { state: 'none' } }))
    expect(event.facts).toMatchObject({
      wire: 'event',
      portal: '561234567',
      prop: '565000001',
      carries: true,
      channel: 'web',
      problems: [],
      part: [1, 1],
      ...EXPECTED[id],
    })
    expect(event.unrecognised).toEqual([])
    // What vectors.json itself states.
    const {
      uid,
      aid,
      cid,
      identify_type,
      item_ids,
      items,
      old_uid,
      new_uid,
      event: name,
    } = given as Record<string, Json>
    if (uid !== undefined) expect(event.facts.uid).toBe(uid)
    if (aid !== undefined) expect(event.facts.aid).toBe(aid)
    if (cid !== undefined) expect(event.facts.cid).toBe(cid)
    if (identify_type !== undefined) expect(event.facts.identifyType).toBe(identify_type)
    if (new_uid !== undefined) expect(event.facts.reset).toEqual({ from: old_uid, to: new_uid })
    else if (name !== undefined) expect(`${event.facts.ea}_${event.facts.ec}`).toBe(name)
    if (item_ids !== undefined) expect((event.items as { id: Json }[]).map(item => item.id)).toEqual(item_ids)
    if (items !== undefined) expect(event.items).toHaveLength(items as number)
  })

  test('parameters in the order of the wire, raw and decoded', () => {
    const { url } = vectors[0] as { url: string }
    const { params } = one(decodeRequest({ url, method: 'GET', body: { state: 'none' } }))
    expect(params.map(({ key, raw }) => `${key}=${raw}`).join('&')).toBe(url.split('?')[1])
    expect(params.map(({ value }) => value)).toEqual([...new URL(url).searchParams.values()])
  })
})

// ── which event, and whether it says anything about identity

describe('kinds', () => {
  test.each<[ec: string, ea: string, en: string, kind: string]>([
    ['user', 'sign_in', '', 'login'],
    ['user', 'sign-in', '', 'login'],
    ['', '', 'sign_in_user', 'login'],
    ['', '', 'sign-in_user', 'login'],
    ['user', 'sign_up', '', 'sign-up'],
    ['x', 'y', 'sign_up_user', 'sign-up'],
    ['user', 'identify', '', 'identify'],
    ['', '', 'identify_user', 'identify'],
    ['user', 'sign_out', '', 'logout'],
    ['', '', 'sign_out_user', 'logout'],
    ['user', 'reset_anonymous_id', '', 'reset'],
    ['', '', 'reset_anonymous_id_user', 'reset'],
    ['product', 'purchase', '', 'purchase'],
    ['', '', 'purchase_product', 'purchase'],
    ['pageview', 'view', '', 'page-view'],
    ['pageview', 'view', 'View Page', 'page-view'],
    ['screenview', 'view', '', 'page-view'],
    ['product', 'view', '', 'other'],
    ['user', 'exit_intent', '', 'other'],
    ['customer', 'sign_in', '', 'other'],
    ['toString', 'constructor', '__proto__', 'other'],
  ])('%s/%s %s is %s', (ec, ea, en, kind) => {
    expect(facts(get(`ec=${ec}&ea=${ea}&en=${encodeURIComponent(en)}&${IDS}`)).kind).toBe(kind)
  })
})

describe('what carries identity', () => {
  const body = { uid: 'u', ec: 'user', ea: 'identify', dims: { customers: { customer_id: CID } } }
  test.each<[what: string, raw: RawRequest, whyNot: string | null]>([
    ['a web event', get(`ec=user&ea=sign_in&${IDS}`), null],
    ['stream_event', get(`ec=product&ea=view&${IDS}`, '/stream_event'), 'stream_event'],
    ['advertising', get(`ec=advertising&ea=click&${IDS}`), 'advertising'],
    [
      'a redirect link',
      get(`ec=product&ea=view&${IDS}&resp_type=redirect&redirect_url=x`),
      'link of delivered content',
    ],
    ['a frame', { ...get(`ec=product&ea=view&${IDS}`), transport: 'iframe' }, 'delivered content'],
    ['a navigation', { ...get(`ec=product&ea=view&${IDS}`), transport: 'navigation' }, 'delivered content'],
    ['a script', { ...get(`ec=product&ea=view&${IDS}`), transport: 'script' }, null],
    ['web push', get(`ec=webpush&ea=subscribe&${IDS}`), 'web push'],
    ['is_server in the query', get(`ec=user&ea=sign_in&${IDS}&is_server=true`), 'sent by a server'],
    ['is_server in the body', post({ ...body, context: {}, is_server: true }), 'sent by a server'],
    ['a server post', post(body), 'server post'],
    ['a server post with extra', post({ ...body, extra: {} }), 'server post'],
    [
      'a body cut before what would tell',
      post({ state: 'cut', text: JSON.stringify(body).slice(0, -9), bytes: 999 }),
      null,
    ],
    ['an app post', post({ ...body, context: {} }), null],
    ['a post with cvar', post({ ...body, cvar: {} }), null],
    ['what is not recognised', get('a=88271&v=5.16.1'), 'not recognised'],
  ])('%s', (_, raw, whyNot) => {
    expect(facts(raw)).toMatchObject({ carries: whyNot === null, whyNot })
  })

  test('`ev=1` means an automatic page view, and nothing of another event', () => {
    const asked = (query: string): string[] =>
      (facts(get(`${query}&${IDS}`)).remarks ?? []).filter(({ code }) => code === 'missing').map(({ path }) => path)
    expect(asked('ec=pageview&ea=view&ev=1')).toEqual([])
    expect(asked('ec=pageview&ea=view&ev=0')).toEqual(['page_type', 'page_category'])
    expect(asked('ec=product&ea=purchase&ev=1')).toEqual(['customer_id'])
    expect(asked('ec=browsing&ea=product_search&ev=1')).toEqual(['src_search_term'])
  })

  test('app and web', () => {
    expect(facts(post({ ...body, context: { app: {} } })).channel).toBe('app')
    expect(facts(post({ ...body, context: { sdk: {} } })).channel).toBe('app')
    expect(facts(post({ ...body, context: { device: {} } })).channel).toBe('web')
    expect(facts(web('user', 'sign_in', { cvar: { is_webview: true }, context: { app: {} } })).channel).toBe('web')
  })
})

// ── who

describe('the CID: first that is not empty, all places kept', () => {
  const purchase = { purchase: { customer_id: 'buyer' } }
  test.each<[parts: { [name: string]: Json }, cid: string | null, path: string | null, count: number]>([
    [
      { dims: { customers: { customer_id: 'a' }, ...purchase }, cvar: { customer_id: 'b', identify_id: 'c' } },
      'a',
      'dims.customers.customer_id',
      4,
    ],
    [
      { dims: { customers: { customer_id: '' } }, cvar: { customer_id: 'b', identify_id: 'c' } },
      'b',
      'cvar.customer_id',
      2,
    ],
    [{ dims: { customers: { customer_id: null } }, cvar: { identify_id: 'c' } }, 'c', 'cvar.identify_id', 1],
    [{ extra: { customer_id: 'b' } }, 'b', 'extra.customer_id', 1],
    [{ dims: purchase, items: [{ type: 'lead', id: 'l' }] }, 'l', 'items[0].id', 2],
    [{ dims: purchase, items: [{ type: 'product', id: 'l' }] }, 'buyer', 'dims.purchase.customer_id', 1],
    [{ dims: { customers: { customer_id: ' a ' } } }, 'a', 'dims.customers.customer_id', 1],
    [{ dims: { customers: { customer_id: 12345 } } }, '12345', 'dims.customers.customer_id', 1],
    [{ dims: { customers: { customer_id: '   ' } } }, null, null, 0],
    [{ dims: { customers: { customer_id: 'null' } } }, 'null', 'dims.customers.customer_id', 1],
    [{ dims: { customers: { customer_id: 0 } } }, '0', 'dims.customers.customer_id', 1],
    [{ dims: { customers: { customer_id: {} } } }, null, null, 0],
    [{ dims: [{ purchase: { id: 'o' } }, { customers: { customer_id: 'a' } }] }, 'a', 'dims.customers.customer_id', 1],
    [{ dims: {} }, null, null, 0],
  ])('%j', (parts, cid, cidPath, count) => {
    const { cids, ...found } = facts(web('user', 'identify', parts))
    expect(found).toMatchObject({ cid, cidPath })
    expect(cids).toHaveLength(count)
  })

  test('a lead is one on user/identify only', () => {
    expect(facts(web('user', 'sign_in', { items: [{ type: 'lead', id: 'l' }] })).cid).toBeNull()
  })

  test('digits beyond 2^53 are kept, wherever they stand', () => {
    const raw = get(
      `ec=user&ea=identify&${IDS}&dims={"customers":{"customer_id":7865000000000000385,"points":9007199254740993}}`,
    )
    expect(facts(raw)).toMatchObject({ cid: '7865000000000000385', customers: [['points', '9007199254740993']] })
  })
})

describe('ids are strings', () => {
  test('a numeric UID in a body is told with its digits', () => {
    const body = '{"uid":7865000000000000385,"aid":786500,"ec":"user","ea":"x","portal_id":1,"prop_id":2,"context":{}}'
    const found = facts(post(text(body), `${HOST}/event`))
    expect(found).toMatchObject({ uid: '7865000000000000385', aid: '786500', portal: '1', prop: '2' })
    expect(codes(found)).toEqual(['uid number-uid'])
    expect(found.problems[0]?.message).toContain('7865000000000000385')
    expect(codes(facts(post({ uid: 12, ec: 'user', ea: 'x' })))).toEqual(['uid number-uid'])
    expect(codes(facts(post({ uid: '7865000000000000385', aid: 1, ec: 'user', ea: 'x' })))).toEqual([])
    expect(codes(facts(get(`ec=a&ea=b&${IDS}`)))).toEqual([])
  })

  test.each<[query: string, aid: string | null]>([
    ['aid=11&client_id=12.1688099767', '11'],
    ['client_id=12.1688099767', '12'],
    ['client_id=0.1688099767', null],
    ['aid=&cvar={"au_id":"13"}', '13'],
    ['', null],
  ])('aid of %j', (query, aid) => {
    expect(facts(get(`ec=a&ea=b&${IDS}&${query}`)).aid).toBe(aid)
  })

  test('empty is absent', () => {
    expect(facts(get('ec=a&ea=b&uid=&aid=%20&portal_id=&prop_id='))).toMatchObject({
      uid: null,
      aid: null,
      portal: null,
      prop: null,
    })
    expect(facts(get('ec=a&ea=b&cvar={"prop_id":565000001,"session_id":0}'))).toMatchObject({
      prop: '565000001',
      session: null,
    })
  })
})

describe('attributes', () => {
  test('keys are no attributes; null, empty and objects are', () => {
    const customers = {
      customer_id: CID,
      identify_id: CID,
      name: '',
      phone: null,
      tags: ['a'],
      address: { city: 'Huế' },
    }
    expect(facts(web('user', 'sign_in', { dims: { customers, users: { ga_uid: 'g' } } }))).toMatchObject({
      customers: [
        ['name', ''],
        ['phone', null],
        ['tags', ['a']],
        ['address', { city: 'Huế' }],
      ],
      users: [['ga_uid', 'g']],
    })
  })

  test('inferred: the customer’s keys in cvar, or all of the site’s when there is no customer', () => {
    const cvar = { name: 'An', plan: 'gold', customer_id: CID, identify_event: 'x', session_id: '1', revenue: 3 }
    const inferred = (ea: string, dims: Json) => facts(web('user', ea, { dims, cvar })).inferred
    expect(inferred('sign_in', { customers: { customer_id: CID, name: 'An' } })).toEqual([['name', 'An']])
    expect(inferred('sign_up', {})).toEqual([
      ['name', 'An'],
      ['plan', 'gold'],
    ])
    expect(inferred('identify', { customers: { customer_id: CID } })).toBeNull()
    expect(inferred('sign_out', {})).toBeNull()
  })

  test('system: the SDK’s own values, an app’s context by path', () => {
    const body = {
      ec: 'screen',
      ea: 'view',
      extra: { screen_title: 'x', page_title: 'T' },
      context: { app: { name: 'Demo' }, locale: 'vi', geo: {} },
    }
    expect(facts(post(body)).system).toEqual([
      ['page_title', 'T'],
      ['context.app.name', 'Demo'],
      ['context.locale', 'vi'],
    ])
  })

  test('order: from the event, else from the purchase', () => {
    expect(facts(web('product', 'purchase', { cvar: { order_id: 1001 }, dims: { purchase: { id: 'P' } } })).order).toBe(
      '1001',
    )
    expect(facts(web('product', 'purchase', { cvar: { order_id: '' }, dims: { purchase: { id: 'P' } } })).order).toBe(
      'P',
    )
  })
})

// ── shapes

describe('one event, however it is sent', () => {
  const dims = { customers: { customer_id: CID, name: 'Nguyễn Thị Ánh + 100% = “é”', points: 7 } }
  const items = [{ type: 'product', id: 'A-1', name: 'Áo thun', price: '185000', currency: 'VND' }]
  const extra = { plan: 'gold', location_url: 'https://shop.example/?a=1&b=%C3%A1' }
  const fields = { ec: 'user', ea: 'sign_in', uid: '7865000000000000385' }
  const form = new URLSearchParams({
    ...fields,
    items: JSON.stringify(items),
    dims: JSON.stringify(dims),
    cvar: JSON.stringify(extra),
  })
  const ids = 'portal_id=561234567&prop_id=565000001'
  const spaced = form.toString()
  const percent = spaced.replaceAll('+', '%20')
  const multipart = [...form]
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')
  const json = { ...fields, items, dims, cvar: extra }

  test.each<[what: string, raw: RawRequest]>([
    ['GET', get(`${ids}&${percent}`)],
    ['GET with + for spaces', get(`${ids}&${spaced}`)],
    ['GET with a fragment', get(`${ids}&${percent}#?ec=other`)],
    ['form', post(text(spaced), `${HOST}/event?${ids}`)],
    ['form with ids', post(text(`${spaced}&${ids}`), `${HOST}/event`)],
    ['multipart', post(text(`${multipart}--b--\r\n`), `${HOST}/event?${ids}`)],
    ['JSON', post(json)],
    ['JSON with BOM and space', post(text(`\uFEFF\n ${JSON.stringify(json, null, 2)}\n`))],
    ['JSON, percent-encoded', post(text(encodeURIComponent(JSON.stringify(json))))],
    ['JSON inside a JSON string', post(text(JSON.stringify(JSON.stringify(json))))],
    [
      'parts as JSON strings',
      post({ ...json, dims: JSON.stringify(dims), items: JSON.stringify(items), cvar: JSON.stringify(extra) }),
    ],
    [
      'encoded twice',
      get(
        `${ids}&${[...form]
          .map(([key, value]) => `${key}=${encodeURIComponent(encodeURIComponent(value))}`)
          .join('&')}`,
      ),
    ],
  ])('%s', (_, raw) => {
    const event = one(decodeRequest(raw))
    expect(event).toMatchObject({ dims, items, extra })
    expect(event.facts).toMatchObject({
      ec: 'user',
      ea: 'sign_in',
      kind: 'login',
      uid: '7865000000000000385',
      portal: '561234567',
      prop: '565000001',
      cid: CID,
      customers: [
        ['name', 'Nguyễn Thị Ánh + 100% = “é”'],
        ['points', 7],
      ],
      page: 'https://shop.example/?a=1&b=%C3%A1',
      carries: true,
      problems: [],
      content: facts(get(`${ids}&${percent}`)).content,
    })
  })

  test('extra and cvar together are one, cvar first', () => {
    expect(
      facts(post({ ...fields, cvar: { customer_id: 'a' }, extra: { customer_id: 'b', identify_type: 'exact' } })),
    ).toMatchObject({
      cid: 'a',
      cidPath: 'cvar.customer_id',
      identifyType: 'exact',
    })
  })
})

describe('several events in one request', () => {
  const events: Json[] = [
    { ec: 'product', ea: 'view', uid: 'u1' },
    { ec: 'user', ea: 'sign_in', dims: { customers: { customer_id: CID } } },
    { ec: 'product', ea: 'purchase', portal_id: '2' },
  ]
  const summary = (raw: RawRequest) =>
    decodeRequest(raw).map(({ facts: { ec, ea, uid, portal, cid, part } }) => [
      `${ec}/${ea}`,
      uid,
      portal,
      cid,
      part.join(' of '),
    ])

  test.each<[what: string, raw: RawRequest]>([
    ['a list as body', post(events)],
    ['a list in a body', post({ events })],
    ['a list in a form', post(text(`batch=${encodeURIComponent(JSON.stringify(events))}`))],
    [
      'a list in the query',
      get(`portal_id=561234567&prop_id=565000001&data=${encodeURIComponent(JSON.stringify(events))}`),
    ],
  ])('%s', (_, raw) => {
    expect(summary(raw)).toEqual([
      ['product/view', 'u1', '561234567', null, '1 of 3'],
      ['user/sign_in', null, '561234567', CID, '2 of 3'],
      ['product/purchase', null, '2', null, '3 of 3'],
    ])
  })

  test('what the list’s owner says holds for each that doesn’t say otherwise', () => {
    expect(summary(post({ uid: 'outer', context: { app: {} }, events })).map(([, uid]) => uid)).toEqual([
      'u1',
      'outer',
      'outer',
    ])
  })

  test('a numeric UID is told of the event that has it', () => {
    const body = '[{"ec":"a","ea":"b","uid":"7865000000000000385"},{"ec":"a","ea":"b","uid":7865000000000000385}]'
    expect(decodeRequest(post(text(body))).map(event => codes(event.facts))).toEqual([[], ['uid number-uid']])
    expect(decodeRequest(post(text(`{"events":${body}}`))).map(event => codes(event.facts))).toEqual([
      [],
      ['uid number-uid'],
    ])
  })

  test.each([
    ['a list as body', (list: string) => post(text(list))],
    ['a list in a form', (list: string) => post(text(`batch=${list}`))],
  ])('of more than anybody sends the first are read, and each says so: %s', (_, of) => {
    const listOf = (n: number) => of(`[${Array(n).fill('{"ec":"a","ea":"b"}').join()}]`)
    const whole = decodeRequest(listOf(500))
    expect([whole.length, whole.flatMap(event => codes(event.facts))]).toEqual([500, []])
    const cut = decodeRequest(listOf(501))
    expect(cut.map(({ facts }) => facts.part.join())).toEqual(Array.from({ length: 500 }, (_, i) => `${i + 1},501`))
    for (const { facts } of cut)
      expect(facts.problems).toEqual([
        { field: 'body', code: 'cut', message: 'the body has 501 parts, of which the first 500 are read' },
      ])
  })

  test('one event in a field of its own', () => {
    const event = '{"ec":"a","ea":"b","uid":7865000000000000385}'
    for (const raw of [
      post(text(`{"event":${event}}`)),
      post(text(`event=${encodeURIComponent(event)}`)),
      post(text(`{"event":${JSON.stringify(event)}}`)),
    ])
      expect([summary(raw), codes(facts(raw))]).toEqual([
        [['a/b', '7865000000000000385', '561234567', null, '1 of 1']],
        ['uid number-uid'],
      ])
  })

  test('what is no event in a list stays, unrecognised', () => {
    const [first, second] = decodeRequest(post([{ ec: 'a', ea: 'b' }, 7]))
    expect(first?.facts.wire).toBe('event')
    expect(second?.facts).toMatchObject({ wire: 'unrecognised', part: [2, 2] })
    expect(second && codes(second.facts)).toEqual(['body not-object'])
  })

  test('a list of product items is no list of events', () => {
    expect(decodeRequest(post({ ec: 'a', ea: 'b', items: [{ ec: 'x' }, { ec: 'y' }] }))).toHaveLength(1)
    expect(decodeRequest(post([]))).toMatchObject([{ facts: { wire: 'unrecognised' } }])
  })
})

describe('what can’t be read becomes a problem beside the event', () => {
  test.each<[what: string, raw: RawRequest, problems: string[]]>([
    ['dims cut', get(`ec=user&ea=sign_in&${IDS}&dims=%7B%22customers%22%3A%7B`), ['dims not-json']],
    ['cvar of another kind', get(`ec=user&ea=sign_in&${IDS}&cvar=%5Bobject%20Object%5D`), ['cvar not-json']],
    ['a list as cvar', get(`ec=user&ea=sign_in&${IDS}&cvar=[]`), ['cvar not-object']],
    ['a number as dims', get(`ec=user&ea=sign_in&${IDS}&dims=5`), ['dims not-object']],
    ['one item', get(`ec=user&ea=sign_in&${IDS}&items={"id":"x"}`), ['items not-object']],
    ['malformed percent', get(`ec=user&ea=sign_in&${IDS}&redirect_url=100%&dims={}`), ['redirect_url bad-percent']],
    ['raw % inside raw JSON', get(`ec=user&ea=sign_in&${IDS}&cvar={"name":"20%"}`), ['cvar bad-percent']],
    ['a key twice', get(`ec=user&ea=sign_in&${IDS}&uid=2`), ['uid repeated-key']],
    ['a key in query and body', post({ portal_id: '9', ec: 'a', ea: 'b' }), ['portal_id repeated-key']],
    ['a key in query and form', post(text('portal_id=9&ec=a&ea=b')), ['portal_id repeated-key']],
    ['the same in query and body', post({ portal_id: 561234567, ec: 'a', ea: 'b' }), []],
    ['a body that is no JSON', post(text('{"ec":"user",')), ['body not-json']],
    ['a body of a bare word', post(text('hello')), ['body not-json']],
    ['a JSON number as body', post(text('5')), ['body not-object']],
    ['a stream', post({ state: 'unreadable', why: 'stream, not readable' }), ['body unreadable']],
    [
      'a body cut short',
      post({ state: 'cut', text: '{"ec":"user","ea":"sign_in","dims":{"a', bytes: 999 }),
      ['body cut'],
    ],
    ['empty parts are absent', get(`ec=user&ea=sign_in&${IDS}&dims=&cvar=&items=`), []],
    ['null parts are fine', get(`ec=user&ea=sign_in&${IDS}&dims=null&cvar=null`), []],
    ['an empty body', post(text('')), []],
  ])('%s', (_, raw, problems) => {
    const found = facts(raw)
    expect(codes(found)).toEqual(problems)
    for (const { message } of found.problems) expect(message).toMatch(/^\S+ .{8,}/)
  })

  test('messages say what and where', () => {
    const found = facts(get(`ec=user&ea=sign_in&${IDS}&dims=${encodeURIComponent("{'customers':1}")}`))
    expect(found.problems[0]?.message).toBe("dims is not JSON: unexpected “'” at character 2 of “{'customers':1}”")
  })

  test('the broken text is still there to be seen', () => {
    const event = one(decodeRequest(get(`ec=user&ea=sign_in&${IDS}&dims=%7Bbroken`)))
    expect(event.dims).toBeUndefined()
    expect(Object.fromEntries(fieldsOf(event))).toMatchObject({ dims: '{broken', uid: '1574000002' })
  })

  test('with no body to read, it is an event all the same, and empty parts are nowhere', () => {
    expect(facts(post({ state: 'unreadable', why: 'stream, not readable' }))).toMatchObject({
      wire: 'event',
      carries: true,
    })
    expect(facts(post(text('{"ec":')))).toMatchObject({ wire: 'event' })
    expect(fieldsOf(one(decodeRequest(get('ec=a&ea=b&dims=&cvar=&items='))))).toEqual([
      ['ec', 'a'],
      ['ea', 'b'],
    ])
  })

  test('the first of a repeated key is read, both are kept', () => {
    const event = one(decodeRequest(get('ec=a&ea=b&uid=1&uid=2')))
    expect(event.facts.uid).toBe('1')
    expect(event.params.filter(({ key }) => key === 'uid').map(({ value }) => value)).toEqual(['1', '2'])
  })

  test('of a body that was cut, what came before the cut counts', () => {
    const whole = JSON.stringify({
      uid: 'u',
      ec: 'user',
      ea: 'identify',
      context: {},
      dims: { customers: { customer_id: CID, bio: 'x'.repeat(99) } },
    })
    const cut = facts(post({ state: 'cut', text: whole.slice(0, 150), bytes: whole.length }))
    expect(cut).toMatchObject({ wire: 'event', ec: 'user', ea: 'identify', uid: 'u', cid: CID, customers: [] })
  })
})

// ── what is not the SDK's

describe('look-alikes', () => {
  const none: Body = { state: 'none' }
  const shape = '{"portal_id":1,"prop_id":2,"ec":"user","ea":"sign_in","context":{}}'
  test.each<[url: string, body: Body, count: number]>([
    ['https://other.example/event?a=88271&v=5.16.1', none, 0],
    ['https://other.example/event?a=88271&v=5.16.1', text('{"x":1}'), 0],
    ['/event?a=88271&v=5.16.1', none, 0],
    ['https://other.example/event', none, 0],
    ['https://other.example/event', text('{"ec":"a","ea":"b","portal_id":"1"}'), 0],
    ['https://other.example/event', text('[{"ec":"a","ea":"b"}]'), 0],
    ['https://other.example/event', { state: 'unreadable', why: 'stream' }, 0],
    ['https://other.example/events', text(shape), 0],
    ['https://a.cdp.asia/get_data', text(shape), 0],
    ['https://st-a.cdp.asia/insight.js', none, 0],
    ['not a url', text(shape), 0],
    ['https://data.shop.example/event', text(shape), 1],
    ['https://data.shop.example/x/stream_event', text(shape), 1],
    ['https://data.shop.example/event?t=1', text(shape), 1],
    ['https://data.shop.example/event?portal_id=1&prop_id=2', text('ec=user&ea=sign_in'), 1],
    ['https://data.shop.example/event?portal_id=1&prop_id=2', text('[{"ec":"a","ea":"b"},{"ec":"a","ea":"b"}]'), 2],
    ['https://data.shop.example/event?portal_id=1&prop_id=2', { state: 'unreadable', why: 'stream' }, 1],
  ])('%s %j: %i', (url, body, count) => {
    expect(decodeRequest({ url, method: body.state === 'none' ? 'GET' : 'POST', body })).toHaveLength(count)
  })

  test('on the SDK’s and the user’s hosts they are unrecognised, never dropped', () => {
    const raw = get('a=88271&v=5.16.1')
    expect(one(decodeRequest(raw))).toMatchObject({
      facts: { wire: 'unrecognised', ec: '', carries: false, about: 'a=88271&v=5.16.1' },
      unrecognised: ['a', 'v'],
    })
    expect(one(decodeRequest({ ...raw, url: 'https://t.shop.example/event?a=1' }, ['t.shop.example'])).facts.wire).toBe(
      'unrecognised',
    )
  })

  test('unknown parameters are named', () => {
    expect(one(decodeRequest(get(`ec=a&ea=b&${IDS}&new_thing=1&toString=2`))).unrecognised).toEqual([
      'new_thing',
      'toString',
    ])
  })
})

// ── calls

describe('calls of the web SDK', () => {
  const props = {
    dims: { customers: { customer_id: CID, name: 'An' } },
    extra: { identify_event: 'sign_in', identify_id: CID },
  }
  test.each<[api: string, args: Json[]]>([
    ['web_event.track', ['user', 'sign_in', props]],
    ['web_event', ['user', 'sign_in', props]],
    ['web_event', ['track', 'user', 'sign_in', props]],
    ['_cdp365Analytics.track', ['user', 'sign_in', props]],
    ['window.web_event.track', ['user', 'sign_in', JSON.stringify(props)]],
  ])('%s', (api, args) => {
    expect(called(api, ...args)).toMatchObject({
      ec: 'user',
      ea: 'sign_in',
      kind: 'login',
      wire: 'call',
      channel: 'web',
      uid: null,
      cid: CID,
      customers: [['name', 'An']],
      cids: [
        ['dims.customers.customer_id', CID],
        ['extra.identify_id', CID],
      ],
      carries: true,
      problems: [],
    })
  })

  test('a category named track', () => {
    expect(called('web_event', 'track', 'play', { extra: {} })).toMatchObject({ ec: 'track', ea: 'play' })
    expect(called('web_event', 'track', 'user', 'sign_out')).toMatchObject({
      ec: 'user',
      ea: 'sign_out',
      kind: 'logout',
    })
  })

  test('reset with its UIDs', () => {
    expect(
      called('web_event.track', 'user', 'reset_anonymous_id', { extra: { reset_uid: 'a', generate_uid: 'b' } })?.reset,
    ).toEqual({ from: 'a', to: 'b' })
    expect(called('web_event.track', 'user', 'reset_anonymous_id')?.reset).toEqual({ from: null, to: null })
  })

  test('only items, dims and extra are read from the properties; the rest stays', () => {
    const event = decodeCall({ api: 'web_event.track', args: '["a","b",{"uid":"x","portal_id":1,"dims":{}},"fourth"]' })
    expect(event?.facts).toMatchObject({ uid: null, portal: null })
    expect(event && fieldsOf(event)).toEqual([
      ['dims', {}],
      ['ec', 'a'],
      ['ea', 'b'],
      ['props.uid', 'x'],
      ['props.portal_id', 1],
      ['argument 4', 'fourth'],
    ])
  })

  test.each<[uri: string, cid: Json, whyNot: string | null]>([
    [`https://a.cdp.asia/stream_event?ec=advertising&ea=click&${IDS}`, null, 'stream_event'],
    [`//a.cdp.asia/event?ec=product&ea=view&${IDS}#x`, null, null],
    [`ec=product&ea=view&${IDS}`, null, 'stream_event'],
    [`?ec=product&ea=view&${IDS}&redirect_url=https%3A%2F%2Fshop.example%2F`, null, 'stream_event'],
  ])('trackEventWithUri %s', (uri, cid, whyNot) => {
    for (const found of [
      called('web_event.trackEventWithUri', uri, 'https://shop.example/'),
      called('web_event', 'trackEventWithUri', uri),
    ])
      expect(found).toMatchObject({
        wire: 'call',
        portal: '561234567',
        prop: '565000001',
        uid: '1574000002',
        cid,
        whyNot,
      })
  })

  test.each<[args: string, codes: string[]]>([
    ['["user"]', []],
    ['[]', []],
    ['["user",', ['args not-json']],
    ['["user","sign_in",5', ['args not-json']],
    ['nonsense', ['args not-json']],
    ['[{"ec":"user"}]', []],
  ])('%s is shown, too', (args, problems) => {
    const found = decodeCall({ api: 'web_event.track', args })?.facts
    expect(found?.wire).toMatch(/call|unrecognised/)
    expect(found && codes(found)).toEqual(problems)
  })
})

describe('calls of an app bridge', () => {
  test.each<[method: string, args: Json[], expected: Partial<EventFacts>]>([
    [
      'setCustomerProps',
      [{ customer_id: CID, name: 'An' }],
      { kind: 'identify', cid: CID, cidPath: 'map.customer_id', customers: [['name', 'An']] },
    ],
    [
      'setCustomerProps',
      [`{"customer_id":"${CID}","name":"An"}`],
      { kind: 'identify', cid: CID, customers: [['name', 'An']] },
    ],
    ['setCustomerProps', [{ name: 'An' }], { kind: 'identify', cid: null, customers: [['name', 'An']] }],
    ['setCustomerProps', [{ customerId: CID }], { kind: 'identify', cid: null, customers: [['customerId', CID]] }],
    [
      'setCustomerProperties',
      [{ customerId: CID, name: 'An' }],
      { kind: 'identify', cid: CID, customers: [['name', 'An']] },
    ],
    [
      'setCustomerProperties',
      [CID, { name: 'An' }],
      { kind: 'identify', cid: CID, cidPath: 'argument', customers: [['name', 'An']] },
    ],
    ['setCustomerId', [CID], { kind: 'identify', cid: CID, cidPath: 'argument', customers: [] }],
    ['setCustomerId', [12], { kind: 'identify', cid: '12' }],
    ['removeCustomer', [], { kind: 'remove', cid: null, carries: true }],
    ['resetCustomer', [], { kind: 'remove', carries: true }],
    ['resetUid', [], { kind: 'reset', reset: { from: null, to: null }, carries: true }],
    ['setUid', ['A-1'], { kind: 'other', uid: 'A-1', carries: false, whyNot: 'names a UID only' }],
    [
      'track',
      [
        {
          en: 'sign_in_user',
          items: [{ id: 1 }],
          objectProps: { store: { id: 's' }, purchase: { customer_id: 'buyer' } },
          customerProps: { customer_id: CID, name: 'An' },
          userProps: { theme: 'dark' },
          eventProps: { method: 'otp' },
        },
      ],
      {
        ec: 'user',
        ea: 'sign_in',
        en: 'sign_in_user',
        kind: 'login',
        cid: CID,
        cidPath: 'dims.customers.customer_id',
        customers: [['name', 'An']],
        users: [['theme', 'dark']],
        cids: [
          ['dims.customers.customer_id', CID],
          ['dims.purchase.customer_id', 'buyer'],
        ],
      },
    ],
    ['track', ['used_promotion_code', { eventProps: { code: 'X' } }], { ec: 'promotion_code', ea: 'used' }],
    ['track', [{ en: 'tapped_big_banner' }], { ec: 'banner', ea: 'tapped_big' }],
  ])('%s(%j)', (method, args, expected) => {
    expect(called(`AntsomiBridge.${method}`, ...args)).toMatchObject({
      wire: 'call',
      channel: 'app',
      problems: [],
      ...expected,
    })
  })

  test('only track has the name of an event, so only it lets a request be expected', () => {
    expect(called('AntsomiBridge.setCustomerProps', { customer_id: CID })).toMatchObject({ ec: '', ea: '', en: '' })
    expect(called('AntsomiBridge.removeCustomer')).toMatchObject({ ec: '', ea: '', en: '' })
  })

  test('what asks for nothing is no event', () => {
    expect(called('AntsomiBridge.getUid')).toBeUndefined()
    expect(called('AntsomiBridge.getCustomerId')).toBeUndefined()
    expect(called('AntsomiBridge.constructor')).toBeUndefined()
  })

  test('a numeric UID or no map is told', () => {
    const uid = decodeCall({ api: 'AntsomiBridge.setUid', args: '[7865000000000000385]' })?.facts
    expect(uid).toMatchObject({ uid: '7865000000000000385', problems: [{ code: 'number-uid' }] })
    expect(decodeCall({ api: 'AntsomiBridge.setUid', args: '["7865000000000000385"]' })?.facts.problems).toEqual([])
    const props = called('AntsomiBridge.setCustomerProps', null)
    expect(props && codes(props)).toEqual(['args not-object'])
  })
})

// ── the list's short text, and the fingerprint

describe('about', () => {
  const about = (ec: string, ea: string, parts: { [name: string]: Json }) => facts(web(ec, ea, parts)).about
  test.each<[ec: string, ea: string, parts: { [name: string]: Json }, text: string]>([
    ['product', 'view', { items: [{ name: 'Áo thun nữ', price: 185000, currency: 'VND' }] }, 'Áo thun nữ · 185.000 ₫'],
    ['product', 'view', { items: [{ name: 'Áo', price: '185.0000' }] }, 'Áo · 185'],
    ['product', 'view', { items: [{ id: 7, price: 1234.5, currency: 'USD' }] }, '7 · 1,234.5 USD'],
    ['product', 'add_to_cart', { items: [{ name: 'Áo', quantity: 2 }], cvar: { revenue: 9 } }, 'Áo × 2'],
    [
      'product',
      'purchase',
      { items: [{ name: 'Áo', quantity: 2, price: 1 }], cvar: { revenue: '370000', currency: 'VND' } },
      'Áo × 2 · 370.000 ₫',
    ],
    ['product', 'view_cart', { items: ['a', 'b', 'c', 'd', 'e'].map(name => ({ name })) }, 'a, b, c +2'],
    ['browsing', 'product_search', { cvar: { src_search_term: 'áo' } }, '“áo”'],
    ['pageview', 'view', { cvar: { page_title: '  Trang\n chủ ' } }, 'Trang chủ'],
    ['pageview', 'view', { cvar: { location_url: 'https://shop.example/gio-hang?x' } }, '/gio-hang?x'],
    [
      'user',
      'sign_in',
      { dims: { customers: { customer_id: 'c' } }, cvar: { identify_type: 'exact' } },
      'exact · dims.customers',
    ],
    ['user', 'identify', { cvar: { customer_id: 'c', name: 'An' } }, 'name'],
    ['article', 'view', { dims: { customers: { name: 'x' }, article: { name: 'Tin' } } }, 'article: Tin'],
    ['game', 'won', { cvar: { level: 3, fair: true, session_id: '1' } }, 'level: 3, fair: true'],
    ['game', 'won', {}, ''],
  ])('%s/%s %j: %s', (ec, ea, parts, expected) => {
    expect(about(ec, ea, parts)).toBe(expected)
  })

  test('one line of at most 120 characters, no letter cut in two', () => {
    for (let pad = 0; pad < 4; pad++) {
      const short = about('pageview', 'view', { cvar: { page_title: 'x'.repeat(pad) + '😀'.repeat(100) } })
      expect(short.length).toBeLessThanOrEqual(120)
      expect(short.isWellFormed?.() ?? !/[\ud800-\udbff](?![\udc00-\udfff])/.test(short)).toBe(true)
      expect(short.endsWith('…')).toBe(true)
    }
  })
})

describe('content', () => {
  const content = (parts: { [name: string]: Json }) => facts(web('product', 'view', parts)).content
  const base = { items: [{ id: 1, name: 'a' }], dims: { customers: { customer_id: 'c' } }, cvar: { a: 1, b: '2' } }

  test('is blind to key order, to what changes from one sending to the next, and to empty parts', () => {
    const same = content(base)
    expect(content({ ...base, cvar: { b: '2', a: 1 } })).toBe(same)
    expect(
      content({
        ...base,
        cvar: { ...base.cvar, ss_time: 5, time_diff: 1, pv_id: 'x', page_view_order: 2, identify_time: 'y' },
      }),
    ).toBe(same)
    expect(content({})).toBe(content({ items: [], dims: {}, cvar: {} }))
  })

  test.each<[what: string, parts: { [name: string]: Json }]>([
    ['a value', { ...base, cvar: { a: 2, b: '2' } }],
    ['a type', { ...base, cvar: { a: '1', b: '2' } }],
    ['swapped values', { ...base, cvar: { a: '2', b: 1 } }],
    ['a key', { ...base, cvar: { a: 1, c: '2' } }],
    ['an item more', { ...base, items: [...base.items, ...base.items] }],
    ['another part', { ...base, dims: {}, extra: base.dims }],
    ['a volatile name deeper down', { ...base, items: [{ id: 1, name: 'a', ss_time: 3 }] }],
  ])('%s makes another one', (_, parts) => {
    expect(content(parts)).not.toBe(content(base))
  })
})

// ── properties

describe('for anything at all', { timeout: 60_000 }, () => {
  const piece = fc.oneof(
    { arbitrary: fc.string(), weight: 2 },
    { arbitrary: fc.string({ unit: 'binary' }), weight: 1 },
    {
      arbitrary: fc.constantFrom(
        'https://a.cdp.asia/event?',
        '/event',
        '?',
        '&',
        '=',
        '#',
        'ec=user',
        'ea=sign_in',
        'uid=',
        'dims=',
        'items=',
        'cvar=',
        '%7B',
        '%',
        '%C3',
        '{',
        '}',
        '[',
        ']',
        '"',
        '"ec":',
        '{"events":[',
        'null',
        '\\',
        '--b\r\n',
        '__proto__',
        '[[',
      ),
      weight: 6,
    },
  )
  const soup = fc.array(piece, { maxLength: 20 }).map(parts => parts.join(''))
  const body: fc.Arbitrary<Body> = fc.oneof(
    fc.constant<Body>({ state: 'none' }),
    soup.map(text),
    fc.jsonValue().map(value => text(JSON.stringify(value))),
    soup.map((cut): Body => ({ state: 'cut', text: cut, bytes: 1e6 })),
    soup.map((why): Body => ({ state: 'unreadable', why })),
  )
  const plain = (events: (DecodedEvent | null)[]) => expect(structuredClone(events)).toEqual(events)

  test('decodeRequest gives plain data and never throws', () => {
    fc.assert(
      fc.property(soup, body, fc.boolean(), (url, body, ours) => {
        const events = decodeRequest({ url: ours ? `https://a.cdp.asia/event?${url}` : url, method: 'POST', body })
        if (ours) expect(events.length).toBeGreaterThan(0)
        events.forEach(({ facts: { part } }, i) => expect(part).toEqual([i + 1, events.length]))
        plain(events)
      }),
      { numRuns: 500 },
    )
  })

  test('decodeCall gives plain data and never throws', () => {
    const api = fc.constantFrom(
      'web_event.track',
      'web_event',
      'web_event.trackEventWithUri',
      'AntsomiBridge.track',
      'AntsomiBridge.setCustomerProps',
      'AntsomiBridge.setCustomerProperties',
      'AntsomiBridge.setCustomerId',
      'AntsomiBridge.setUid',
      'x.constructor',
      '',
    )
    const args = fc.oneof(
      soup,
      fc.jsonValue().map(value => JSON.stringify(value)),
      fc.array(fc.jsonValue()).map(list => JSON.stringify(list)),
    )
    fc.assert(
      fc.property(api, args, (api, args) => {
        plain([decodeCall({ api, args })])
      }),
      { numRuns: 500 },
    )
  })

  test('a vector with a fault in it is still an event', () => {
    fc.assert(
      fc.property(fc.constantFrom(...vectors), fc.nat(), fc.nat(9), piece, (vector, at, cut, insert) => {
        const start = vector.url.indexOf('?') + 1
        const where = start + (at % (vector.url.length - start))
        const url = vector.url.slice(0, where) + insert + vector.url.slice(where + cut)
        const whole = vector.body ? JSON.stringify(vector.body) : null
        const events = decodeRequest({
          url,
          method: vector.method,
          body: whole ? text(whole.slice(0, at % whole.length)) : { state: 'none' },
        })
        expect(events).toHaveLength(1)
      }),
      { numRuns: 500 },
    )
  })

  /** What must come back: the same values, whole numbers beyond 2^53 as their digits. */
  const kept = (value: Json): Json =>
    typeof value === 'number'
      ? /[.e]/.test(`${value}`) || Number.isSafeInteger(value)
        ? value
        : `${value}`
      : Array.isArray(value)
        ? value.map(kept)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, kept(member)]))
          : value
  const json = (value: unknown) => JSON.stringify(value)
  const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'customer_id', 'tên'))
  const objects = fc.dictionary(key, fc.jsonValue(), { noNullPrototype: true }) as fc.Arbitrary<{
    [code: string]: Json
  }>

  test('whatever is encoded comes back, by GET and by POST', () => {
    fc.assert(
      fc.property(objects, fc.array(objects), objects, (customers, items, cvar) => {
        const parts = { dims: { customers }, items, cvar }
        for (const raw of [web('a', 'b', parts), post({ ec: 'a', ea: 'b', ...parts })]) {
          const event = one(decodeRequest(raw))
          expect(event.facts.problems).toEqual([])
          expect(json(event.dims)).toBe(json(kept(JSON.parse(json(parts.dims)))))
          expect(json(event.items)).toBe(json(kept(JSON.parse(json(items)))))
          expect(json(event.extra)).toBe(json(kept(JSON.parse(json(cvar)))))
        }
      }),
    )
  })

  test('no digit is ever lost', () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,39}$/)
    fc.assert(
      fc.property(digits, digits, digits, (uid, cid, points) => {
        const dims = `{"customers":{"customer_id":${cid},"points":[${points}]}}`
        const fields = `"ec":"a","ea":"b","context":{},"uid":${uid},"dims":${dims}`
        for (const raw of [
          get(`ec=a&ea=b&uid=${uid}&dims=${encodeURIComponent(dims)}`),
          post(text(`{${fields}}`)),
          post(text(`[{${fields}}]`)),
        ]) {
          const found = facts(raw)
          expect(found).toMatchObject({ uid, cid })
          expect(`${found.customers?.[0]?.[1]}`).toBe(points)
        }
      }),
    )
  })

  test('keys of prototypes are attributes like any other and touch nothing', () => {
    const evil =
      '{"__proto__":{"customer_id":"evil","polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x"}'
    const query = `__proto__=evil&constructor=x&ec=user&ea=identify&dims={"customers":${evil},"__proto__":{"users":{"a":1}}}&cvar=${evil}`
    const event = one(decodeRequest(get(query)))
    expect(event.facts).toMatchObject({ cid: null, users: null })
    expect(event.facts.customers?.map(([code]) => code)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(event.unrecognised).toEqual(['__proto__', 'constructor'])
    expect(
      one(
        decodeRequest(
          post(
            text(
              `{"ec":"user","ea":"identify","__proto__":{"uid":"evil"},"dims":[{"customers":${evil}},{"__proto__":{"users":{}}}]}`,
            ),
          ),
        ),
      ).facts,
    ).toMatchObject({ cid: null, uid: null, users: null })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
