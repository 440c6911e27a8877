import { expect, test } from 'vitest'
import { issuesOf, suite } from './suite'

const ITEM = '{type: "product", id: "AT-101", name: "Áo thun"}'
const LONG = 'x'.repeat(256)
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r'

suite(
  'item-incomplete',
  [
    ['no name', 'uid A: product/view items [{type: "product", id: "1"}]', ['item-incomplete warning']],
    [
      'one of many',
      `uid A: product/view items [${ITEM}, {type: "product", id: "", name: ""}]`,
      ['item-incomplete warning'],
    ],
    [
      'an issue per keys',
      'uid A: product/view items [{type: "product"}, {id: "1", name: "Áo"}]',
      ['item-incomplete warning', 'item-incomplete warning'],
    ],
  ],
  [
    ['whole', `uid A: product/view items [${ITEM}]`],
    ['zero is an id', 'uid A: product/view items [{type: "product", id: 0, name: "Áo"}]'],
    ['none', 'uid A: product/view items []'],
    ['campaigns', 'uid A: stream advertising/click items [{id: "1"}]'],
    ['a server', 'uid A: server product/view items [{id: "1"}]'],
  ],
)

suite(
  'required-missing',
  [
    ['a search for nothing', 'uid A: browsing/product_search', ['required-missing warning']],
    [
      'a page view of the site, of no type',
      'uid A: pageview extra {page_type: "", page_category: "Home"}',
      ['required-missing info'],
    ],
    [
      'an order of a customer, without him',
      'uid A: login cid X customers {name: "An"}\npurchase order 1',
      ['required-missing warning'],
    ],
    ['a login without name', 'uid A: login cid X', ['required-missing info']],
    [
      'a login without both: only of the CID the other rule tells',
      'uid A: login',
      ['identify-without-cid error', 'required-missing info'],
    ],
  ],
  [
    ["the SDK's own page view", 'uid A: pageview'],
    ['a login by what real sites send', 'uid A: login cid X customers {name: "An"}'],
    ['a guest', 'uid A: product/checkout\npurchase order 1'],
    ['the customer in cvar', 'uid A: login cid X customers {name: "An"}\npurchase order 1 cid X in cvar'],
    ['an app', 'app, uid A: login\napp: call setCustomerProps {customer_id: "X"}'],
    ['only called', 'uid A: page load /\ncall pageview extra {page_type: ""} -> queued'],
    ['no CID: that is told', 'uid A: login customers {name: "An"}', ['identify-without-cid error']],
  ],
)

suite(
  'attribute-code',
  [
    ['of a customer', 'uid A: identify cid X customers {fullName: "An"}', ['attribute-code warning']],
    ['of a visitor', 'uid A: product/view users {last-product: "Áo"}', ['attribute-code warning']],
    ['of the event', 'uid A: product/view extra {ListName: "Home"}', ['attribute-code info']],
    ['of an object', 'uid A: product/view dims {store: {Id: "1"}}', ['attribute-code info']],
  ],
  [
    ['snake_case', 'uid A: identify cid X customers {full_name_2: "An"}'],
    ['items', 'uid A: product/view items [{type: "product", id: "1", name: "Áo", imageUrl: "x"}]'],
  ],
)

suite(
  'attribute-reserved',
  [
    ['of a customer', 'uid A: identify cid X customers {number_of_children: 2}', ['attribute-reserved warning']],
    ['of the event', 'uid A: product/view extra {sgmt_vip: "1"}', ['attribute-reserved warning']],
    ['in an app', 'app\nuid A: call setCustomerProps {customer_id: "X", aud_a: "1"}', ['attribute-reserved warning']],
  ],
  [
    ['below', 'uid A: product/view extra {list: {number_of_children: 2}}'],
    ['elsewhere in the name', 'uid A: product/view extra {the_number_of: 2}'],
  ],
)

suite(
  'attribute-too-long',
  [
    ['perhaps a String', `uid A: identify cid X customers {about: "${LONG}"}`, ['attribute-too-long info']],
    ['longer than a Text', `uid A: product/view extra {blob: "${'x'.repeat(30_001)}"}`, ['attribute-too-long warning']],
  ],
  [
    ['a link', `uid A: identify cid X customers {avatar_url: "https://x/${LONG}"}`],
    ['a description', `uid A: identify cid X customers {short_description: "${LONG}"}`],
    ['of the event', `uid A: product/view extra {about: "${LONG}"}`],
  ],
)

suite(
  'attribute-null',
  [
    ['never set', 'uid A: identify cid X customers {phone: null}', ['attribute-null info']],
    [
      'meant to clear',
      'uid A: login cid X customers {phone: "0912345678"}\nidentify cid X customers {phone: null}',
      ['attribute-null warning'],
    ],
    [
      'of the visitor',
      'uid A: product/view users {city: "Huế"}\nproduct/view users {city: null}',
      ['attribute-null warning'],
    ],
  ],
  [
    ["somebody else's was set", 'uid A: login cid X customers {city: "Huế"}\nuid B: login cid Y customers {city: ""}'],
    [
      'items and cvar',
      'uid A: product/view items [{type: "product", id: "1", name: "Áo", color: null}] extra {phone: null}',
    ],
  ],
)

suite(
  'attribute-type-changed',
  [
    [
      'a text becomes a list',
      'uid A: identify cid X customers {likes: "a"}\nidentify cid X customers {likes: ["a"]}',
      ['attribute-type-changed warning'],
    ],
    [
      'a number becomes its text',
      'uid A: product/view users {age: 30}\nproduct/click users {age: "30"}',
      ['attribute-type-changed info'],
    ],
    [
      'with another customer',
      'uid A: login cid X customers {vip: true}\nuid B: login cid Y customers {vip: "yes"}',
      ['attribute-type-changed warning'],
    ],
  ],
  [
    [
      'null between',
      'uid A: product/view users {age: 30}\nproduct/click users {age: null}\nproduct/click users {age: 31.5}',
      ['attribute-null warning'],
    ],
    [
      'items, cvar, purchase',
      'uid A: product/view extra {a: 1} dims {purchase: {b: 1}}\nproduct/view extra {a: "x"} dims {purchase: {b: "x"}}',
    ],
  ],
)

suite(
  'json-broken',
  [
    ['dims', 'uid A: product/view customers {email: "a@b.vn"} broken dims', ['json-broken error']],
    ['items', `uid A: product/view items [${ITEM}] broken items`, ['json-broken error']],
    ['cvar', 'uid A: pageview broken cvar', ['json-broken error']],
    [
      'an issue per event and part',
      'uid A: pageview broken cvar\n+9s pageview broken cvar\nproduct/view broken cvar',
      ['json-broken error 2×', 'json-broken error'],
    ],
  ],
  [
    ['absent and empty', 'uid A: pageview'],
    ['campaigns', 'uid A: stream advertising/click broken cvar'],
  ],
)

suite(
  'pii-in-url',
  [
    ['an e-mail address', 'uid A: pageview at /welcome?email=an%40example.com', ['pii-in-url warning']],
    ['in the path', 'uid A: pageview at /u/an@example.com', ['pii-in-url warning']],
    ['a phone number', 'uid A: pageview at /welcome?phone=0912345678', ['pii-in-url warning']],
    ['a token', 'uid A: pageview at /reset-password?token=abc', ['pii-in-url warning']],
    ['after the hash', 'uid A: pageview at /cb#id_token=abc', ['pii-in-url warning']],
    [
      'where people came from',
      'uid A: pageview extra {referrer_url: "https://mail.example.org/?to=an@example.com"}',
      ['pii-in-url warning'],
    ],
    [
      'a page is one issue',
      'uid A: pageview at /w?email=a@b.vn\n+9s product/view at /w?email=c@d.vn',
      ['pii-in-url warning 2×'],
    ],
  ],
  [
    ['an order of ten digits', 'uid A: pageview at /order?id=0912345678'],
    ['an empty token', 'uid A: pageview at /x?token='],
    ['a picture', 'uid A: pageview at /logo@2x.png'],
    ['a place', 'uid A: pageview at /maps/@10.77,106.69,15z'],
    ['campaigns', 'uid A: stream advertising/click at /x?email=a@b.vn'],
  ],
)

suite(
  'pii-in-event',
  [
    ['a password', 'uid A: form/submit extra {password: "hunter2"}', ['pii-in-event error']],
    ['a one-time code', 'uid A: form/submit extra {otp: "123456"}', ['pii-in-event error']],
    ['a token', `uid A: form/submit extra {session: "${JWT}"}`, ['pii-in-event error']],
    ['a card', 'uid A: form/submit extra {payment: "4111 1111 1111 1111"}', ['pii-in-event error']],
    ['even of the customer', 'uid A: identify cid X customers {pwd: "hunter2"}', ['pii-in-event error']],
    [
      'an e-mail address in a search',
      'uid A: browsing/product_search extra {src_search_term: "an@example.com"}',
      ['pii-in-event info'],
    ],
    [
      'a phone number in an item',
      'uid A: product/view items [{type: "product", id: "1", name: "0912345678"}]',
      ['pii-in-event info'],
    ],
    ['in another object', 'uid A: product/view dims {store: {manager: "an@example.com"}}', ['pii-in-event info']],
  ],
  [
    [
      'what the platform is for',
      'uid A: identify cid X customers {email: "an@example.com", phone: "0912345678"} extra {email: "an@example.com"}',
    ],
    [
      'a purchase and a lead',
      'uid A: purchase order 1 dims {purchase: {id: "1", phone: "0912345678"}, lead_form: {email: "an@example.com"}}',
    ],
    ['a battery', 'uid A: product/view items [{type: "product", id: "1", name: "Điện thoại", pin: "5000"}]'],
    [
      'ids',
      'uid A: product/view items [{type: "product", id: "0912345678", sku: "4111111111111111", name: "Áo"}] extra {cart_id: "4111111111111111"}',
    ],
    ['a barcode and a time', 'uid A: product/view extra {ean_13: "4006381333931", begun: 1717200000000}'],
    ['no card', 'uid A: form/submit extra {payment: "4111 1111 1111 1112"}'],
    ['stars', 'uid A: form/submit extra {password: "********"}'],
  ],
)

test('no personal value and no secret stands in a sentence', () => {
  const story =
    'uid A: pageview at /u/an@example.com?phone=0912345678&token=s3cret extra {password: "hunter2", payment: "4111111111111111"}'
  const told = issuesOf(story).map(({ message, key }) => `${message} ${key}`)
  expect(told.length).toBeGreaterThan(3)
  expect(told.join('\n')).not.toMatch(/an@example|0912345678|s3cret|hunter2|4111/)
})

test('further findings of one issue are counted, not kept', () => {
  const rows = Array.from({ length: 1_200 }, () => 'product/view items [{type: "product", id: "1"}]')
  const [issue] = issuesOf(`uid A: pageview\n${rows.join('\n')}`)
  expect([issue?.rule, issue?.count, issue?.events.length]).toEqual(['item-incomplete', 1_200, 1_000])
  expect((issue?.last ?? 0) - (issue?.first ?? 0)).toBe(1_199_000)
})
