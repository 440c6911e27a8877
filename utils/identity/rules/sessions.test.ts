/** Whole visits, as testers meet them: clean ones, in which no rule may cry out, and the same ones with one fault. */
import { describe, expect, test } from 'vitest'
import { decodeRequest } from '../../sdk/decode'
import type { Body } from '../../sdk/event'
import vectors from '../../sdk/vectors.json'
import type { EventEntry, LogEntry } from '../entry'
import { Reduction } from '../reduce'
import { tell } from '../story'
import { found, issuesOf } from './suite'

const AN = 'cid md5:0912345678 customers {name: "Nguyễn An", phone: "0912345678", email: "an@example.com"}'
const BINH = 'cid md5:0987654321 customers {name: "Trần Bình", phone: "0987654321", email: "binh@example.com"}'
const AN_IS = 'cid md5:0912345678'
const BINH_IS = 'cid md5:0987654321'
const SHIRT = 'items [{type: "product", id: "AT-101", name: "Áo thun", price: 185000}]'
const APP_AN = 'call setCustomerProps {customer_id: "9f1b7a84db00d2fce00b31a7fc73224f", name: "Nguyễn An"}'
const APP_BINH = 'call setCustomerProps {customer_id: "5f1d7a84db00d2fce00b31a7fc73224f", name: "Trần Bình"}'
const APP_AN_IS = 'cid 9f1b7a84db00d2fce00b31a7fc73224f'
const APP_BINH_IS = 'cid 5f1d7a84db00d2fce00b31a7fc73224f'

/** Every issue, what is merely worth seeing among them: `rule severity`, with the number of times when it is more than one. */
const everything = (story: string): string[] => {
  const { entries } = tell(story)
  const ids = new Set(entries.map(({ id }) => id))
  return issuesOf(story).map(({ rule, severity, count, message, events, first, last }) => {
    // Each one says what it is about, and names the entries that it rests on.
    expect(message.length, rule).toBeGreaterThan(10)
    expect(events.length, rule).toBeGreaterThan(0)
    expect(
      events.filter(id => !ids.has(id)),
      rule,
    ).toEqual([])
    expect(first <= last, rule).toBe(true)
    return `${rule} ${severity}${count === 1 ? '' : ` ${count}×`}`
  })
}

const lines = (...all: string[]): string => all.join('\n')

const VISIT = lines(
  'uid 7865000000000000385: page load / ',
  'sdk live script 200',
  'pageview session 71 title Home',
  '+9s page load /ao-thun',
  'sdk live script 200',
  'pageview title Shirt',
  `product/view ${SHIRT}`,
)
const LOGIN = lines(
  '+20s page load /account',
  'sdk live script 200',
  'pageview title Account',
  `login ${AN}`,
  `+200ms identify ${AN}`,
)
const SHOPPING = lines(
  `+20s page load /tra`,
  'sdk live script 200',
  `pageview ${AN_IS} title Tea`,
  `+3s product/add_to_cart ${AN_IS} ${SHIRT}`,
  `+20s page load /thank-you`,
  'sdk live script 200',
  `pageview ${AN_IS} title Thanks`,
  `purchase order 1001 ${AN_IS} ${SHIRT} dims {purchase: {id: "1001"}}`,
)
const LOGOUT = lines(
  '+1min logout',
  '+200ms reset to 7865000000000000999 session 72',
  '+300ms page load /bye',
  'sdk live script 200',
  'pageview title Bye',
)

describe('clean sessions: no warning, no error', () => {
  test.each([
    ['a visit with login, order and logout', lines(VISIT, LOGIN, SHOPPING, LOGOUT)],
    ['identify, then login', lines(VISIT, `identify ${AN}`, `+300ms login ${AN}`, SHOPPING, LOGOUT)],
    ['login, then identify', lines(VISIT, 'login customers {name: "Nguyễn An"}', `+300ms identify ${AN}`, SHOPPING)],
    ['sign-up, at once followed by a login', lines(VISIT, `sign-up ${AN}`, `+2s login ${AN}`, SHOPPING, LOGOUT)],
    [
      'a single-page application',
      lines(
        'uid A: page load /',
        'sdk live script 200',
        'pageview at /',
        '+5s page route /ao-thun',
        'pageview at /ao-thun',
        `product/view ${SHIRT}`,
        `login ${AN} at /login`,
        '+3s page route /account',
        `pageview ${AN_IS} at /account`,
        `+3s pageview ${AN_IS} at /orders`,
        '+5s logout',
        'reset to B',
        '+1s page route /',
        'pageview at /',
      ),
    ],
    [
      'a guest checks out',
      lines(
        VISIT,
        `product/view_cart ${SHIRT}`,
        `+9s product/checkout ${SHIRT}`,
        `+30s purchase order 1 ${SHIRT} dims {purchase: {id: "1", phone: "0912345678", email: "an@example.com"}}`,
      ),
    ],
    [
      'a guest becomes a customer by buying',
      lines(VISIT, `purchase order 1 ${SHIRT} ${AN}`, '+9s page load /bye', `pageview ${AN_IS}`),
    ],
    [
      'a returning customer',
      lines(
        `uid A: page load /`,
        `pageview ${AN_IS}`,
        `+9s product/view ${AN_IS} ${SHIRT}`,
        '+2days page load /',
        `pageview ${AN_IS}`,
      ),
    ],
    [
      'two tabs',
      lines(
        'uid A: page load /',
        'pageview',
        '+5s tab 2: page load /b',
        'tab 2: pageview',
        `login ${AN}`,
        `+1s tab 2: product/view`,
        `+9s tab 2: page load /c`,
        `tab 2: pageview ${AN_IS}`,
        `product/view ${AN_IS}`,
        '+9s logout',
        'reset to B',
        `+800ms tab 2, uid A: product/click ${AN_IS}`,
        '+9s uid B, tab 2: page load /d',
        'tab 2: pageview',
        'pageview',
      ),
    ],
    [
      'consent comes late',
      lines(
        'uid none: page load /',
        'sdk queue 1 call',
        'call product/view -> queued',
        '+40s sdk live script 200',
        'uid A: pageview',
        `product/view ${SHIRT}`,
      ),
    ],
    [
      'account switch with removal',
      lines(
        VISIT,
        LOGIN,
        LOGOUT,
        `+1min login ${BINH}`,
        `pageview ${BINH_IS} title B`,
        `product/view ${BINH_IS} ${SHIRT}`,
      ),
    ],
    [
      'a shared device, app: each removed before the next',
      lines(
        'app',
        'uid A: product/view',
        'login',
        `+1s ${APP_AN}`,
        `product/view ${APP_AN_IS}`,
        `+1min logout ${APP_AN_IS}`,
        '+200ms call removeCustomer',
        '+5s product/view',
        '+1min login',
        `+1s ${APP_BINH}`,
        `product/view ${APP_BINH_IS}`,
        `+9s product/click ${APP_BINH_IS}`,
      ),
    ],
    [
      'days 1, 3 and 7',
      lines(
        'day 1 10:00 uid A: page load /',
        'pageview aid 9',
        'day 3 10:00 uid B: page load /',
        'pageview',
        'day 7 10:00 page load /sign-up',
        'pageview',
        `sign-up ${AN}`,
        `+9s page load /account`,
        `pageview ${AN_IS}`,
      ),
    ],
    [
      'a newsletter lead',
      lines(
        VISIT,
        'lead_form/submit dims {lead_form: {email: "an@example.com"}} customers {email: "an@example.com"}',
        '+9s page load /b',
        'pageview title B',
      ),
    ],
    [
      'a web view inside an app',
      lines(
        'uid A: page load /',
        'pageview extra {page_type: "home", page_category: "Home", is_webview: true}',
        `login ${AN} extra {is_webview: true}`,
        `+5s product/view ${AN_IS} ${SHIRT} extra {is_webview: true}`,
      ),
    ],
    [
      'an app that remembers its customer',
      lines(
        'app',
        `uid A: ${APP_AN}`,
        `product/view ${APP_AN_IS}`,
        '+1days page load /',
        APP_AN,
        `product/view ${APP_AN_IS}`,
      ),
    ],
    ['in a private window', lines('private', VISIT, LOGIN, SHOPPING, LOGOUT)],
    ['answers hidden from the page', VISIT.replaceAll(/^(pageview.*|product.*)$/gm, '$1 -> hidden')],
    ['a region of its own', lines('host ap2-a.cdp.asia', VISIT, LOGIN, SHOPPING, LOGOUT)],
    [
      'campaigns on every page',
      lines(VISIT, LOGIN, 'stream advertising/impression', 'host ap2-a.cdp.asia: stream advertising/click', SHOPPING),
    ],
    [
      'a profile is edited',
      lines(
        VISIT,
        LOGIN,
        `+1min identify ${AN_IS} customers {phone: "0933333333", name: "Nguyễn An", email: "an@example.com"}`,
      ),
    ],
    [
      'prerendered, then shown',
      lines(
        'uid A: page load /',
        'pageview',
        '+3s page prerender /b',
        'pageview [prerender]',
        '+2s page shown /b',
        '+100ms product/view',
      ),
    ],
    ['the recorder slept', lines(VISIT, 'gap lost 20s', '+2s call product/view', LOGIN, SHOPPING)],
    [
      "the panel's own identify and removal",
      lines(
        VISIT,
        `+9s identify ${AN} [panel]`,
        `pageview ${AN_IS} title B`,
        '+9s logout [panel]',
        '+200ms reset to C [panel]',
        '+3s pageview',
      ),
    ],
  ])('%s', (_, story) => {
    expect(found(story)).toEqual([])
  })

  test('an order for somebody else: one warning, and the visitor stays who he is', () => {
    const story = lines(
      VISIT,
      LOGIN,
      `+9s purchase order 7 ${AN_IS} dims {purchase: {id: "7", customer_id: "ffff7a84db00d2fce00b31a7fc73224f"}}`,
      `+9s pageview ${AN_IS} title B`,
    )
    expect(found(story)).toEqual(['cid-disagrees warning'])
  })

  test('nothing is even worth seeing in the plainest of them', () => {
    expect(issuesOf(lines(VISIT, LOGIN, SHOPPING, LOGOUT))).toEqual([])
  })
})

describe('the same visit with one fault: its rule, and no other', () => {
  const APP = lines('app', 'uid A: product/view', 'login', `+1s ${APP_AN}`, `product/view ${APP_AN_IS}`)
  const RESET = '+200ms reset to 7865000000000000999 session 72'
  test.each<[fault: string, story: string, issues: string[]]>([
    [
      'the reset was forgotten',
      lines(VISIT, LOGIN, '+1min logout', `+9s pageview ${AN_IS} title B`),
      ['logout-keeps-cid error'],
    ],
    [
      'the reset came 31 s late',
      lines(VISIT, LOGIN, '+1min logout', `+9s pageview ${AN_IS} title B`, '+22s reset to B', '+1s pageview title C'),
      ['logout-keeps-cid error'],
    ],
    [
      'forgotten, and somebody else logs in',
      lines(VISIT, LOGIN, '+1min logout', `+1min login ${BINH}`),
      ['cid-changed error'],
    ],
    [
      'the next person comes without any logout',
      lines(VISIT, LOGIN, `+1min login ${BINH}`, `+9s pageview ${BINH_IS} title B`),
      ['cid-changed error'],
    ],
    ['a tag identifies again', lines(VISIT, LOGIN, LOGOUT, `+20s identify ${AN}`), ['identify-after-logout warning']],
    [
      'a page keeps the customer',
      lines(VISIT, LOGIN, LOGOUT, `+20s page load /b`, `pageview ${AN_IS}`),
      ['stale-customer error'],
    ],
    [
      "the next one gets the first one's e-mail address",
      lines(
        VISIT,
        LOGIN,
        LOGOUT,
        `+20s login ${BINH}`,
        `+9s pageview ${BINH_IS} title B users {email: "an@example.com"}`,
      ),
      ['stale-customer error'],
    ],
    [
      'the CID is a raw e-mail address',
      lines(VISIT, 'login cid an@example.com customers {name: "Nguyễn An"}'),
      ['cid-raw warning'],
    ],
    [
      'the CID is a raw phone number',
      lines(VISIT, 'login cid 0912345678 customers {name: "Nguyễn An"}'),
      ['cid-raw warning'],
    ],
    [
      'the CID is the hash of nothing',
      lines(VISIT, 'login cid md5:"" customers {name: "Nguyễn An"}'),
      ['cid-shared error'],
    ],
    [
      'the CID is the UID',
      lines(VISIT, 'login cid 7865000000000000385 customers {name: "Nguyễn An"}'),
      ['cid-is-uid error'],
    ],
    [
      'the CID lost its zeros',
      lines(VISIT, 'login cid 8e30bbc8961e56622c6231742c03ae9 customers {name: "An", phone: "0900000000"}'),
      ['cid-unpadded error'],
    ],
    [
      'a second recipe',
      lines(
        VISIT,
        LOGIN,
        LOGOUT,
        '+1min login cid sha256:0987654321 customers {name: "Trần Bình", phone: "0987654321"}',
      ),
      ['cid-recipe-mixed error'],
    ],
    [
      'cvar names somebody else',
      lines(VISIT, `login ${AN} extra {customer_id: "ffff7a84db00d2fce00b31a7fc73224f"}`),
      ['cid-disagrees error'],
    ],
    [
      'a login without CID',
      lines(VISIT, 'login customers {name: "Nguyễn An"}', '+20s pageview title B'),
      ['identify-without-cid error'],
    ],
    ['the CID goes', lines(VISIT, LOGIN, '+20s page load /b', 'pageview'), ['cid-lost warning']],
    [
      'the UID alternates',
      lines(
        VISIT,
        '+9s sub m, uid B: page load /m',
        'sub m: pageview',
        '+9s uid 7865000000000000385: page load /',
        'pageview',
      ),
      ['uid-split warning'],
    ],
    [
      'the reset does nothing',
      lines(VISIT, LOGIN, '+1min logout', '+200ms reset', '+3s pageview title B'),
      ['reset-kept-uid warning'],
    ],
    ['reset on every page', lines(VISIT, '+1min reset to B', '+1min reset to C'), ['reset-too-often warning']],
    ['a UID that many share', VISIT.replaceAll('7865000000000000385', 'undefined'), ['uid-shared error 3×']],
    ['another portal on the page', lines(VISIT, 'portal 99: pageview title B'), ['portal-mixed warning']],
    ['another region on the page', lines(VISIT, 'host ap2-a.cdp.asia: product/click'), ['region-mixed warning']],
    ['the sandbox', lines('host sandbox-a.cdp.asia', VISIT), ['sandbox-on-production warning 3×']],
    [
      'two snippets',
      lines(VISIT, 'portal 99: sdk live script 200', 'portal 99: product/click'),
      ['sdk-twice warning', 'portal-mixed warning'],
    ],
    [
      'an automatic and a manual page view',
      lines(
        VISIT,
        '+9s page load /b',
        'pageview title B',
        '+500ms pageview title B extra {page_type: "b", page_category: "B"}',
      ),
      ['event-twice warning'],
    ],
    [
      'the thank-you page is reloaded',
      lines(
        VISIT,
        LOGIN,
        SHOPPING,
        '+1min page load /thank-you',
        `pageview ${AN_IS}`,
        `purchase order 1001 ${AN_IS} ${SHIRT} dims {purchase: {id: "1001"}}`,
      ),
      ['event-twice warning'],
    ],
    [
      'the script does not come',
      lines('uid none: page load /', 'sdk queue 2 calls script failed'),
      ['queue-stuck error'],
    ],
    ['a call that is never sent', lines(VISIT, 'call product/view', '+9s product/click'), ['not-sent warning']],
    ['the policy of the page', lines(VISIT, 'product/click -> csp', 'product/view -> csp'), ['blocked error 2×']],
    ['the collector fails', lines(VISIT, 'product/click -> 503'), ['failed warning']],
    [
      'an item without name',
      lines(VISIT, 'product/view items [{type: "product", id: "1"}]'),
      ['item-incomplete warning'],
    ],
    ['a search for nothing', lines(VISIT, 'browsing/product_search'), ['required-missing warning']],
    ['a code that is none', lines(VISIT, `login ${AN} users {lastProduct: "Áo"}`), ['attribute-code warning']],
    ['a reserved code', lines(VISIT, 'product/click users {sgmt_a: "1"}'), ['attribute-reserved warning']],
    [
      'a null that should clear',
      lines(VISIT, LOGIN, `+9s identify ${AN_IS} customers {phone: null}`),
      ['attribute-null warning'],
    ],
    [
      'a type that changes',
      lines(VISIT, 'product/click users {size: "M"}', 'product/click users {size: ["M"]}'),
      ['attribute-type-changed warning'],
    ],
    ['dims that are cut', lines(VISIT, 'product/click users {size: "M"} broken dims'), ['json-broken error']],
    [
      'an e-mail address in the URL',
      lines(VISIT, '+9s page load /w?email=an@example.com', 'pageview'),
      ['pii-in-url warning'],
    ],
    ['a password', lines(VISIT, 'form/submit extra {password: "hunter2"}'), ['pii-in-event error']],
    [
      'an app identifies nobody',
      lines('app', 'uid A: product/view', 'login', '+20s product/view'),
      ['login-not-identified error'],
    ],
    [
      'an app identifies first',
      lines('app', 'uid A: product/view', APP_AN, '+2s login', `product/view ${APP_AN_IS}`),
      ['identify-before-login warning'],
    ],
    [
      'an app removes nobody',
      lines(APP, `+1min logout ${APP_AN_IS}`, '+9s product/view'),
      ['logout-without-remove warning'],
    ],
    [
      'an app keeps the customer',
      lines(APP, `+1min logout ${APP_AN_IS}`, `+9s product/view ${APP_AN_IS}`),
      ['logout-keeps-cid error'],
    ],
    [
      'an app sends the UID as a number',
      lines('app, uid 7865000000000000385: product/view [number uid]'),
      ['uid-not-string error'],
    ],
    [
      'a value that no type holds',
      lines(VISIT, `product/click extra {blob: "${'x'.repeat(30_001)}"}`),
      ['attribute-too-long warning'],
    ],
    [
      'a new UID that nothing explains',
      lines(VISIT, '+1min uid 7865000000000000712: page load /b', 'pageview title B'),
      ['uid-changed info'],
    ],
    [
      'the next person goes on in the same session',
      lines(VISIT, LOGIN, '+1min logout', '+200ms reset to 7865000000000000999', `+1min login ${BINH}`),
      ['session-spans-people info'],
    ],
    [
      'one CID for two people',
      lines(VISIT, LOGIN, '+1min logout', RESET, `+1min login ${BINH.replace(BINH_IS, AN_IS)}`),
      ['cid-shared warning'],
    ],
  ])('%s', (_, story, issues) => {
    expect(everything(story)).toEqual(issues)
  })
})

describe('recorded and documented events', () => {
  /** Every vector as an event of one visit, a minute apart. */
  const replay = (wanted: (id: string) => boolean): LogEntry[] => {
    const [sample] = tell('uid A: pageview').entries as [EventEntry]
    return vectors
      .filter(({ id }) => wanted(id))
      .flatMap(({ url, method, body, id }, index) => {
        const sent: Body = body === null ? { state: 'none' } : { state: 'text', text: JSON.stringify(body) }
        const at = sample.at + index * 3_600_000
        return decodeRequest({ url, method, body: sent }).map(
          ({ facts }): EventEntry => ({
            ...sample,
            id: index + 1,
            at,
            place: { ...sample.place, doc: id, url: facts.page ?? '' },
            facts,
            call: null,
            request: sample.request && { ...sample.request, at },
          }),
        )
      })
  }
  const loud = (entries: readonly LogEntry[]): string[] => {
    const reduction = new Reduction()
    reduction.apply(entries)
    return reduction
      .holders(Number.POSITIVE_INFINITY)
      .flatMap(({ key }) => reduction.issues(key, Number.POSITIVE_INFINITY))
      .filter(({ severity }) => severity !== 'info')
      .map(({ rule, severity }) => `${rule} ${severity}`)
  }

  test.each(vectors.filter(({ id }) => id.startsWith('W')).map(({ id }) => [id]))('%s alone', id => {
    expect(loud(replay(each => each === id))).toEqual([])
  })
  test('all of the web, one after the other', () => {
    const web = replay(id => id.startsWith('W'))
    expect(web).toHaveLength(vectors.filter(({ id }) => id.startsWith('W')).length)
    expect(loud(web)).toEqual([])
  })
  test('what the app SDKs of 2020 send: that their UID is shared, and nothing else', () => {
    expect(loud(replay(id => id.startsWith('M')))).toEqual(['uid-shared error', 'uid-shared warning'])
  })
})
