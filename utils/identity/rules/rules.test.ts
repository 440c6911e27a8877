import { describe, expect, test } from 'vitest'
import { tell } from '../story'
import { found, issuesOf, suite } from './suite'
import { RULES, SUPERSEDES } from './table'
import WORDS from './words.en.json'

const RESET_LOGIN = 'uid A: login cid X\nlogout\n+1s reset to B\n'

suite(
  'cid-changed',
  [
    ['a second customer on one UID', 'uid A: login cid X\n+5min identify cid Y', ['cid-changed error']],
    ['a logout lies between', 'uid A: login cid X\nlogout\n+1min login cid Y', ['cid-changed error']],
    [
      'a logout and an event without CID lie between',
      'uid A: login cid X\nlogout\npageview\n+1min login cid Y',
      ['cid-changed warning'],
    ],
    ['in an app with nothing between', 'app, uid A: login cid X\n+1min identify cid Y', ['cid-changed error']],
    [
      'in an app whose customer was removed',
      'app\nuid A: call setCustomerProps {customer_id: "X"}\nproduct/view cid X\nlogout cid X\ncall removeCustomer\n+1min login\n+1s call setCustomerProps {customer_id: "Y"}\nproduct/view cid Y',
      ['cid-changed info'],
    ],
    [
      'a reset that kept the UID',
      'uid A: login cid X\nlogout\nreset\nuid A: login cid Y',
      ['cid-changed error', 'reset-kept-uid warning'],
    ],
    [
      'by the panel: true, but not the fault of the site',
      'uid A: login cid X\nidentify cid Y [panel]',
      ['cid-changed info'],
    ],
    [
      'there and back: two changes',
      'uid A: login cid X\nidentify cid Y\nidentify cid X',
      ['cid-changed error', 'cid-changed error'],
    ],
    [
      'the same change again is one issue',
      'uid A: login cid X\nidentify cid Y\nidentify cid X\nidentify cid Y',
      ['cid-changed error 2×', 'cid-changed error'],
    ],
    [
      'asked for, though it was blocked; the visitor stays who he was',
      'uid A: login cid X\nidentify cid Y -> blocked\nidentify cid X',
      ['cid-changed error', 'blocked warning'],
    ],
  ],
  [
    ['reset, new UID', `${RESET_LOGIN}login cid Y`],
    ['another UID', 'uid A: login cid X\nuid B: login cid Y'],
    ['another holder', 'uid A: login cid X\nprivate, uid A: login cid Y'],
    [
      'the buyer of a purchase',
      'uid A: login cid X\npurchase cid X dims {purchase: {customer_id: "Y"}, customers: {customer_id: "X"}}',
      ['cid-disagrees warning'],
    ],
    ['a server', 'uid A: login cid X\nserver user/identify cid Y'],
    [
      'one event that holds both',
      'uid A: login cid X\nidentify cid Y extra {customer_id: "X"}',
      ['cid-disagrees error'],
    ],
    [
      'only the case differs',
      'uid A: login cid 8E30BBC8961E056622C6231742C03AE9\nidentify cid 8e30bbc8961e056622c6231742c03ae9',
    ],
    [
      'only the padding differs',
      'uid A: login cid 8e30bbc8961e056622c6231742c03ae9\nidentify cid 8e30bbc8961e56622c6231742c03ae9',
      ['cid-unpadded error'],
    ],
    [
      'in flight from another tab, after the next person logged in',
      'uid A: page load /\ntab 2: page load /b\nlogin cid X\nlogout\nreset to B\n+500ms uid B: login cid Y\n+500ms tab 2, uid A: pageview cid X',
    ],
  ],
)

suite(
  'cid-raw',
  [
    ['an e-mail address', 'uid A: login cid an@example.com', ['cid-raw warning']],
    ['a phone number', 'uid A: login cid 0912345678', ['cid-raw warning']],
    ['with country code', 'uid A: login cid +84912345678', ['cid-raw warning']],
    ['in an app', 'app, uid A: identify cid 84912345678', ['cid-raw warning']],
    [
      'a number that the log knows as a phone',
      'uid A: login cid 0281234567 customers {phone: "+84281234567"}',
      ['cid-raw warning'],
    ],
    [
      'known only later',
      'uid A: login cid 0281234567\nidentify cid 0281234567 customers {phone: "028 123 4567"}',
      ['cid-raw warning 2×'],
    ],
    [
      'many events are one issue, per shape',
      'uid A: login cid an@example.com\npageview cid an@example.com\nuid B: login cid 0912345678',
      ['cid-raw warning 2×', 'cid-raw warning'],
    ],
  ],
  [
    ['a hash', 'uid A: login cid md5:0912345678 customers {phone: "0912345678"}'],
    ['a UUID', 'uid A: login cid 0a91b2c3-1234-4567-89ab-0912345678ff'],
    ['an internal id', 'uid A: login cid 10023'],
    ['a loyalty number of another shape', 'uid A: login cid 7700912345678'],
    [
      'a guest who gives his phone in the purchase only',
      'uid A: purchase dims {purchase: {phone: "0912345678", id: "1"}}',
    ],
  ],
)

suite(
  'cid-shared',
  [
    ['md5 of nothing', 'uid A: login cid md5:""', ['cid-shared error']],
    ['sha256 of undefined', 'uid A: login cid sha256:undefined', ['cid-shared error']],
    ['a placeholder itself', 'uid A: identify cid null', ['cid-shared error']],
    ['a phone of one digit is that, and not a raw phone besides', 'uid A: login cid 0000000000', ['cid-shared error']],
    [
      'several people',
      'uid A: login cid X customers {phone: "0912345678", email: "an@example.com"}\nuid B: login cid X customers {phone: "0987654321", email: "binh@example.com"}',
      ['cid-shared warning'],
    ],
    [
      'each such event is counted',
      'uid A: login cid md5:0\npageview cid md5:0\n+3s pageview cid md5:0',
      ['cid-shared error 3×'],
    ],
  ],
  [
    [
      'a profile edit',
      'uid A: login cid X customers {phone: "0912345678", email: "an@example.com"}\n+1min identify cid X customers {phone: "0987654321", email: "an@example.com"}',
    ],
    [
      'one edit after the other',
      'uid A: login cid X customers {phone: "0912345678", email: "a@b.vn"}\n+1min identify cid X customers {phone: "0987654321", email: "a@b.vn"}\n+1min identify cid X customers {phone: "0987654321", email: "c@b.vn"}',
    ],
    [
      'the same, written otherwise',
      'uid A: login cid X customers {phone: "0912345678", email: "an@example.com"}\n+1min identify cid X customers {phone: "+84912345678", email: "AN@example.com "}',
    ],
    [
      'an event that lacks one',
      'uid A: login cid X customers {phone: "0912345678", email: "an@example.com"}\n+1min identify cid X customers {phone: "0987654321"}',
    ],
    [
      'two customers',
      'uid A: login cid X customers {phone: "0912345678", email: "an@example.com"}\nuid B: login cid Y customers {phone: "0987654321", email: "b@example.com"}',
    ],
  ],
)

suite(
  'identify-without-cid',
  [
    ['a login', 'uid A: pageview\nlogin customers {name: "An"}', ['identify-without-cid error']],
    ['an identify', 'uid A: pageview\nidentify customers {email: "a@b.vn"}', ['identify-without-cid error']],
    ['a sign-up whose CID comes too late', 'uid A: sign-up\n+11s identify cid X', ['identify-without-cid error']],
    [
      'an app that names nobody',
      'app, uid A: product/view\napp: call setCustomerProps {name: "An"}',
      ['identify-without-cid error'],
    ],
    [
      'the panel identified meanwhile: no merit of the site',
      'uid A: pageview\nlogin\n+2s identify cid X [panel]',
      ['identify-without-cid error'],
    ],
    ['again and again is one issue', 'uid A: login\n+1min login\n+1min login', ['identify-without-cid error 3×']],
  ],
  [
    ['then identify, 300 ms later', 'uid A: login customers {name: "An"}\n+300ms identify cid X'],
    ['identify just before', 'uid A: identify cid X\n+300ms login'],
    [
      'called before anybody knew the UID',
      'uid none: page load /\ncall login customers {name: "An"} [not live]\n+2s uid A: identify cid X',
    ],
    ['somebody is identified already', 'uid A: login cid X\n+1min identify customers {size: "S"}'],
    [
      'an app sends its login first',
      'app\nuid A: login\n+1s call setCustomerProps {customer_id: "X"}\nproduct/view cid X',
    ],
    ['a newsletter lead', 'uid A: lead_form/submit customers {email: "a@b.vn"}'],
    ['attributes on another event', 'uid A: product/view customers {email: "a@b.vn"}'],
    ['the dims could not be read', 'uid A: login customers {name: "An"} broken dims', ['json-broken error']],
    ['a server', 'uid A: server user/sign_in'],
  ],
)

suite(
  'logout-keeps-cid',
  [
    [
      'the next page view carries it',
      'uid A: login cid X\nlogout\n+10s page load /\npageview cid X',
      ['logout-keeps-cid error'],
    ],
    [
      'in an app',
      'app, uid A: product/view cid X\napp: logout cid X\n+10s app: product/view cid X',
      ['logout-keeps-cid error'],
    ],
    [
      'even if nobody got it',
      'uid A: login cid X\nlogout\n+10s pageview cid X -> blocked',
      ['logout-keeps-cid error', 'blocked warning'],
    ],
    [
      'reset, but too late',
      'uid A: login cid X\nlogout\n+10s pageview cid X\n+10s reset to B\npageview',
      ['logout-keeps-cid error'],
    ],
    [
      'an identify from a stale tag hides nothing',
      'uid A: login cid X\nlogout\n+30s identify cid X\npageview cid X',
      ['logout-keeps-cid error 2×', 'identify-after-logout warning'],
    ],
    [
      'in a new page at once',
      'uid A: page load /\nlogin cid X\nlogout\n+500ms page load /bye\npageview cid X\n+10s pageview cid X title B',
      ['logout-keeps-cid error 2×'],
    ],
    ['seen first at the logout', 'uid A: logout cid X\n+10s pageview cid X', ['logout-keeps-cid error']],
    [
      'logged in as another within the time for something stronger',
      'uid A: login cid X\nlogout\npageview cid X\nuid B: login cid Y',
      ['logout-keeps-cid error'],
    ],
    [
      'each logout is a fault of its own',
      'uid A: login cid X\nlogout\n+10s pageview cid X\n+1min logout\n+10s pageview cid X',
      ['logout-keeps-cid error', 'logout-keeps-cid error'],
    ],
    [
      'gone, and back without anybody identifying',
      'uid A: login cid X\nlogout\n+10s pageview\n+10s pageview cid X',
      ['logout-keeps-cid error'],
    ],
    [
      "the panel's reset is no merit of the site",
      'uid A: login cid X\nlogout\n+1s pageview cid X\n+1s reset to B [panel]',
      ['logout-keeps-cid error'],
    ],
  ],
  [
    [
      'a page view between sign_out and reset',
      'uid A: page load /\nlogin cid X\nlogout\n+500ms page load /bye\npageview cid X\n+3s reset to B',
    ],
    ['a reset that carries the CID itself', 'uid A: login cid X\nlogout cid X\n+1s reset to B cid X\nuid B: pageview'],
    ['removed', 'app, uid A: product/view cid X\napp: logout\n+1s call removeCustomer\nproduct/view'],
    ['the CID went', 'uid A: login cid X\nlogout\npageview\n+3s pageview'],
    [
      'in flight from tab 2',
      'uid A: page load /\ntab 2: page load /b\nlogin cid X\nlogout\n+1500ms tab 2: product/view cid X\n+5s pageview',
    ],
    ['logged in again', 'uid A: login cid X\nlogout\n+10s login cid X\npageview cid X'],
    [
      'gone, and identified again',
      'uid A: login cid X\nlogout\n+10s pageview\n+1min identify cid X\npageview cid X',
      ['identify-after-logout warning'],
    ],
    [
      'campaigns and servers',
      'uid A: login cid X\nlogout\n+10s stream advertising/click cid X\nserver product/purchase cid X',
    ],
    ['the panel logged out', 'uid A: login cid X\nlogout [panel]\n+10s pageview cid X'],
    ['nobody was identified', 'uid A: pageview\nlogout\n+10s pageview'],
  ],
)

suite(
  'event-twice',
  [
    [
      'the same twice',
      'uid A: product/view items [{type: "product", id: "1", name: "Áo"}]\n+38ms product/view items [{type: "product", id: "1", name: "Áo"}]',
      ['event-twice warning'],
    ],
    [
      'automatic and manual page view',
      'uid A: page load /\npageview title Home\n+1500ms pageview extra {page_type: "home"}',
      ['event-twice warning'],
    ],
    [
      'page views on many pages are one fault',
      'uid A: page load /\npageview\n+1s pageview\npage load /b\npageview\n+1s pageview',
      ['event-twice warning 2×'],
    ],
    [
      'one order, days apart is another, an hour apart is the same',
      'uid A: purchase order 1001\n+1h purchase order 1001 extra {revenue: 5}',
      ['event-twice warning'],
    ],
    ['one tap sent twice', 'uid A: product/add_to_cart\n+20ms product/add_to_cart', ['event-twice warning']],
    ['three times', 'uid A: product/view\n+100ms product/view\n+100ms product/view', ['event-twice warning 2×']],
    [
      'two calls in the queue, called at once',
      'uid A: product/view requested +3s\n+1ms product/view requested +3s',
      ['event-twice warning'],
    ],
    ['in an app', 'app, uid A: product/view\n+10ms app: product/view', ['event-twice warning']],
  ],
  [
    ['later', 'uid A: product/view\n+600ms product/view'],
    [
      'another product',
      'uid A: product/view items [{type: "product", id: "1", name: "Áo"}]\n+38ms product/view items [{type: "product", id: "2", name: "Áo"}]',
    ],
    ['the first came to nothing', 'uid A: product/view -> failed\n+100ms product/view', ['failed warning']],
    ['the second came to nothing', 'uid A: product/view\n+100ms product/view -> blocked', ['blocked warning']],
    ['a double tap', 'uid A: product/add_to_cart\n+120ms product/add_to_cart'],
    ['another route', 'uid A: page load /\npageview\n+300ms page route /b\n+1ms pageview'],
    ['another document', 'uid A: page load /\npageview\n+100ms page load /\n+1ms pageview'],
    ['prerendered, then shown', 'uid A: page prerender /b\npageview [prerender]\n+1s page shown /b\n+100ms pageview'],
    ['two sources of one portal', 'uid A: product/view\n+10ms source 565000002: product/view'],
    ['an order of another day', 'uid A: purchase order 1001\n+25h purchase order 1001'],
    ['an order that failed first', 'uid A: purchase order 1001 -> 500\n+1min purchase order 1001', ['failed error']],
    ['advertising', 'uid A: advertising/impression\n+10ms advertising/impression'],
    ['another visitor', 'uid A: product/view\n+10ms uid B: product/view'],
    ['a call that sends nothing of its own', 'uid A: product/view\n+10ms call product/view -> queued'],
  ],
)

suite(
  'not-sent',
  [
    ['a login', 'uid A: pageview\ncall login cid X', ['login-not-identified error', 'not-sent error']],
    ['something of less weight', 'uid A: pageview\ncall product/view\n+1min pageview', ['not-sent warning']],
    ['the recorder says so', 'uid A: pageview\nproduct/view -> not sent', ['not-sent warning']],
    ['an order', 'uid A: pageview\ncall purchase order 7', ['not-sent error']],
    ['in an app', 'app, uid A: product/view\napp: call logout', ['not-sent error']],
    [
      'one issue per event',
      'uid A: pageview\ncall product/view\n+1min call product/view\ncall product/click',
      ['not-sent warning 2×', 'not-sent warning'],
    ],
    [
      'another request does not answer it',
      'uid A: pageview\ncall product/view\n+1s product/click [uncalled]',
      ['not-sent warning'],
    ],
  ],
  [
    ['it waits in the queue', 'uid A: pageview\ncall product/view -> queued'],
    ['its document ended', 'uid A: page load /\npageview\ncall product/view\n+1s page load /b\n+1min pageview'],
    [
      'its document ended, and the next is of another site',
      'uid A: page load /\npageview\ncall product/view\n+1s site b.example: page load /b\n+1min tab 2: pageview',
    ],
    ['nobody saw the end', 'uid A: pageview\ncall product/view -> unknown'],
    ['the recorder was paused', 'uid A: pageview\ncall product/view\n+2s gap paused 10s\n+1min pageview'],
    ['the recorder lost its page before', 'uid A: pageview\ngap lost 10s\n+1s call product/view\n+1min pageview'],
    [
      'all recording was paused',
      'uid A: pageview\nworker, site none: gap paused 3s\n+1s call product/view\n+1min pageview',
    ],
    ['the SDK was not there', 'uid A: pageview\ncall product/view [not live]'],
    ['a call that only sets something', 'app\nuid A: product/view cid X\ncall removeCustomer\n+1min product/view'],
    [
      'the request was seen, but not joined',
      'uid A: pageview\ncall product/view\n+1s product/view [uncalled]\n+1min pageview',
    ],
    [
      'the SDK holds back what it sent a while ago',
      'uid A: cookie _cdp_view_tracking seen 1\nproduct/view\n+1h call product/view\n+1min pageview',
    ],
    ['the panel called', 'uid A: pageview\ncall identify cid X [panel]\n+1min pageview'],
  ],
)

describe('time', () => {
  const story = 'day 1 10:00 uid A: pageview\n+1s identify customers {name: "An"}'
  test('an absence rule says nothing while its window is open', () => {
    const start = tell(story).entries[1]?.at ?? 0
    expect(issuesOf(story, start + 9_999)).toEqual([])
    expect(issuesOf(story, start + 10_000).map(({ rule }) => rule)).toEqual(['identify-without-cid'])
  })
  test('CID exactly at the end of the window still counts', () => {
    expect(found('uid A: login\n+10s identify cid X')).toEqual([])
  })
})

describe('what a tester reads', () => {
  const messages = (text: string): string[] =>
    issuesOf(text)
      .filter(({ rule }) => rule !== 'required-missing' && rule !== 'blocked')
      .map(({ message }) => message)
  test.each([
    [
      'uid A: login cid X\nlogout\n+13s pageview cid X\n+7s product/view cid X -> blocked\n+11s reset to B',
      'Still identified 13 s after logout; reset came after 31 s',
    ],
    [
      'uid A: product/view items [{type: "product", id: "1", name: "Áo thun nữ"}]\n+38ms product/view items [{type: "product", id: "1", name: "Áo thun nữ"}]',
      'product/view “Áo thun nữ” was sent twice, 38 ms apart',
    ],
    ['uid A: purchase order 1001\n+3h purchase order 1001', 'Order 1001 was sent twice, 3 h apart'],
    ['uid A: login cid an.nguyen@example.com', 'The CID is a raw e-mail address: a…@e….com'],
    ['uid A: login cid 0912345678', 'The CID is a raw phone number: 09…78'],
    ['uid A: login cid md5:""', 'CID d41d… is md5 of the empty text: everybody without a value becomes this customer'],
    ['uid 7865000000000000385: login', 'user/sign_in came without a CID: visitor …0385 stays anonymous'],
    ['uid A: login cid X\nlogout\nlogin cid Y', 'Y came on visitor A, who is X already; a logout lies between'],
    [
      'uid A: login cid md5:0912345678 customers {phone: "0912345678", name: "An"}\nlogout\nreset to B\n+1min login cid sha256:0987654321 customers {phone: "0987654321", name: "Bình"}',
      'CID 0c93… is md5(phone), 1775… is sha256(phone)',
    ],
    ['uid A: pageview\ncall logout', 'user/sign_out was called at app.js:1 and never sent'],
  ])('%#', (story, message) => {
    expect(messages(story)).toEqual([message])
  })

  test('the evidence, oldest first', () => {
    const [issue] = issuesOf('uid A: login cid X\nlogout\n+13s pageview cid X\n+7s product/view cid X\n+11s reset to B')
    expect([issue?.events, issue?.count]).toEqual([[2, 3, 4, 5], 2])
  })

  test('personal values are masked in every sentence', () => {
    const [issue] = issuesOf(
      'uid A: login cid X customers {phone: "0912345678", email: "an@example.com"}\nuid B: login cid X customers {phone: "0987654321", email: "binh@example.com"}',
    )
    expect(issue?.message).toBe('CID X stands for a…@e….com, 09…78 and for b…@e….com, 09…21')
  })
})

describe('what the list of silent sessions says must stay silent', () => {
  test.each([
    [
      'identify on every page load from a tag manager',
      'uid A: login cid X\npage load /a\npageview cid X\nidentify cid X\npage load /b\npageview cid X\nidentify cid X',
    ],
    [
      'sign_in without CID, then identify 300 ms later',
      'uid A: pageview\nlogin customers {name: "An"}\n+300ms identify cid X customers {name: "An"}',
    ],
    ['identify, then sign_in', 'uid A: pageview\nidentify cid X\n+200ms login cid X'],
    ['reset that carries the old CID itself', 'uid A: login cid X\n+1min reset to B cid X\npageview'],
    [
      'page view between sign_out and reset',
      'uid A: page load /\nlogin cid X\n+1min logout\n+1s page load /bye\n+300ms pageview cid X\n+2s reset to B\npageview',
    ],
    [
      'tab 2 sends one event 1.5 s after the logout of tab 1',
      'uid A: page load /\ntab 2: page load /b\nlogin cid X\npageview cid X\n+1min logout\n+1500ms tab 2: product/view cid X\n+1s reset to B\npageview',
    ],
    ['stream_event without customer between', 'uid A: login cid X\nstream advertising/viewable\npageview cid X'],
    [
      'guest checkout with phone in the purchase only',
      'uid A: pageview\nproduct/checkout\npurchase order 1 dims {purchase: {id: "1", phone: "0912345678"}}',
    ],
    ['answers hidden by ORB', 'uid A: pageview -> hidden\nlogin cid X -> hidden\nproduct/view cid X -> hidden'],
    [
      'the SDK held back until consent',
      'uid none: page load /\ncall pageview -> queued\n+40s sdk live\nuid A: pageview requested +1s',
    ],
    [
      'a third-party frame with its own portal',
      'uid A: pageview\nframe 5, site widget.example, portal 99, uid Q: pageview\npageview title B',
    ],
    [
      'profile edit',
      'uid A: login cid X customers {phone: "0912345678", email: "a@b.vn"}\n+1min identify cid X customers {phone: "0987654321", email: "a@b.vn"}',
    ],
    ['two sources, one portal', 'uid A: page load /\npageview\nsource 2: pageview\nlogin cid X\nsource 2: login cid X'],
    ['account switch with reset', `${RESET_LOGIN}+1min login cid Y\npageview cid Y`],
    [
      'launch of an app with a remembered person',
      'app\nuid A: call setCustomerProps {customer_id: "X"}\n+1min product/view cid X',
    ],
  ])('%s', (_, story) => {
    expect(found(story)).toEqual([])
  })
})

test('every rule says what it is', () => {
  expect(RULES.map(({ id }) => id)).toEqual([...new Set(RULES.map(({ id }) => id))])
  expect(Object.keys(WORDS).sort()).toEqual(RULES.map(({ id }) => id).sort())
  for (const [id, { what, why, fix, source }] of Object.entries(WORDS)) {
    expect(
      [what, why, fix, source].filter(text => text.trim() === ''),
      id,
    ).toEqual([])
    expect(/[.]$/.test(why) && /[.]$/.test(fix), id).toBe(true)
  }
  const ids = RULES.map(({ id }) => id)
  for (const [over, under] of SUPERSEDES) for (const id of [over, under]) expect(ids).toContain(id)
})
