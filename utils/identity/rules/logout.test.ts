import { describe, expect, test } from 'vitest'
import { found, issuesOf, suite } from './suite'

suite(
  'identify-after-logout',
  [
    [
      'a tag identifies whom the data layer still has',
      'uid A: login cid X\nlogout\n+1s reset to B\n+1min identify cid X',
      ['identify-after-logout warning'],
    ],
    [
      'in an app',
      'app\nuid A: call setCustomerProps {customer_id: "X"}\nproduct/view cid X\n+1min logout\ncall removeCustomer\n+1min call setCustomerProps {customer_id: "X"}',
      ['identify-after-logout error'],
    ],
    [
      'again and again is one issue',
      'uid A: login cid X\nlogout\nreset to B\n+1min identify cid X\n+1min identify cid X',
      ['identify-after-logout warning 2×'],
    ],
  ],
  [
    ['a login before it', 'uid A: login cid X\nlogout\nreset to B\n+1min login cid X\n+1s identify cid X'],
    ['a login after it', 'uid A: login cid X\nlogout\nreset to B\n+1min identify cid X\n+2s login cid X'],
    ['another day', 'uid A: login cid X\nlogout\nreset to B\n+31min identify cid X'],
    ['at once: on its way', 'uid A: login cid X\nlogout\nreset to B\n+1500ms identify cid X'],
    [
      'back from a login elsewhere',
      'uid A: login cid X\nlogout\nreset to B\n+1min page load /callback?code=77\nidentify cid X',
    ],
    [
      'come from another site',
      'uid A: login cid X\nlogout\nreset to B\n+1min identify cid X extra {referrer_url: "https://idp.example.org/"}',
    ],
    ['somebody else', 'uid A: login cid X\nlogout\nreset to B\n+1min identify cid Y'],
    ['the panel', 'uid A: login cid X\nlogout\nreset to B\n+1min identify cid X [panel]'],
    ['the panel logged out', 'uid A: login cid X\nlogout [panel]\nreset to B [panel]\n+1min identify cid X'],
  ],
)

suite(
  'logout-without-remove',
  [
    [
      'an app',
      'app, uid A: product/view cid X\napp: logout cid X\n+10s app: product/view',
      ['logout-without-remove warning'],
    ],
    [
      'removed too late',
      'app\nuid A: product/view cid X\nlogout cid X\n+6s call removeCustomer\nproduct/view',
      ['logout-without-remove warning'],
    ],
  ],
  [
    ['removed', 'app\nuid A: product/view cid X\nlogout cid X\n+4s call removeCustomer\nproduct/view'],
    ['removed just before', 'app\nuid A: product/view cid X\ncall removeCustomer\n+1s logout\nproduct/view'],
    ['nobody was there', 'app\nuid A: product/view\nlogout\n+10s product/view'],
    ['the web', 'uid A: login cid X\nlogout\n+10s pageview'],
    [
      'the CID stayed: that is told',
      'app\nuid A: product/view cid X\nlogout cid X\n+10s product/view cid X',
      ['logout-keeps-cid error'],
    ],
  ],
)

suite(
  'stale-customer',
  [
    ['the CID, after a reset', 'uid A: login cid X\nlogout\nreset to B\n+10s pageview cid X', ['stale-customer error']],
    [
      'in an app that removed him',
      'app\nuid A: product/view cid X\nlogout cid X\ncall removeCustomer\n+10s product/view cid X',
      ['stale-customer error'],
    ],
    [
      'the e-mail address, on events of nobody',
      'uid A: login cid X customers {email: "an@example.com"}\nlogout\nreset to B\n+10s pageview customers {email: "An@Example.com"}',
      ['stale-customer error'],
    ],
    [
      'the phone, on events of the next one',
      'uid A: login cid X customers {phone: "0912345678"}\nlogout\nreset to B\n+1min login cid Y customers {phone: "0987654321"}\n+1s pageview cid Y customers {phone: "+84912345678"}',
      ['stale-customer error'],
    ],
    [
      'the name, in extra',
      'uid A: login cid X customers {name: "Nguyễn An"}\nlogout\nreset to B\n+10s product/view extra {name: "Nguyễn An"}',
      ['stale-customer error'],
    ],
    [
      'after somebody else logged in',
      'uid A: login cid X customers {email: "an@example.com"}\n+1min uid B: login cid Y\n+1s pageview cid Y users {email: "an@example.com"}',
      ['stale-customer error'],
    ],
    [
      'on many events: one issue',
      'uid A: login cid X\nlogout\nreset to B\n+10s pageview cid X\n+10s pageview cid X title B',
      ['stale-customer error 2×'],
    ],
  ],
  [
    [
      'on its way from another tab',
      'uid A: page load /\ntab 2: page load /b\nlogin cid X\nlogout\nreset to B\n+1s tab 2, uid A: pageview cid X',
    ],
    [
      'also sent by the present customer',
      'uid A: login cid X customers {phone: "0912345678"}\nlogout\nreset to B\n+1min login cid Y customers {phone: "0912345678"}\n+1s pageview cid Y customers {phone: "0912345678"}',
    ],
    [
      'a gift to the one before',
      'uid A: login cid X customers {phone: "0912345678"}\nlogout\nreset to B\n+1min purchase order 1 dims {purchase: {id: "1", phone: "0912345678"}}',
    ],
    [
      'he is back',
      'uid A: login cid X customers {email: "an@example.com"}\nlogout\nreset to B\n+1min login cid X\n+1s pageview cid X customers {email: "an@example.com"}',
    ],
    [
      'short names',
      'uid A: login cid X customers {name: "An"}\nlogout\nreset to B\n+1min pageview customers {name: "An"}',
    ],
    ['the panel removed him', 'uid A: login cid X\nlogout [panel]\nreset to B [panel]\n+10s pageview cid X'],
    ['the reset itself', 'uid A: login cid X\nreset to B cid X\npageview'],
  ],
)

suite(
  'cid-lost',
  [
    ['two events without it', 'uid A: login cid X\n+5s product/view\n+5s product/click', ['cid-lost warning']],
    ['one, after a page load', 'uid A: page load /\nlogin cid X\n+5s page load /b\npageview', ['cid-lost warning']],
    [
      'at once, after a page load',
      'uid A: page load /\nlogin cid X\n+500ms page load /b\n+500ms pageview',
      ['cid-lost warning'],
    ],
    ['two at once', 'uid A: login cid X\n+500ms product/view\n+500ms product/click', ['cid-lost warning']],
    ['in an app', 'app, uid A: product/view cid X\n+1s app: product/view\n+9s app: product/view', ['cid-lost warning']],
  ],
  [
    ['once', 'uid A: login cid X\n+5s product/view\n+5s product/click cid X'],
    ['a logout', 'uid A: login cid X\nlogout\n+5s product/view\n+5s product/click'],
    ['a removal', 'app\nuid A: product/view cid X\ncall removeCustomer\n+5s product/view\n+5s product/click'],
    ['campaigns', 'uid A: login cid X\nstream advertising/click\nstream advertising/click\npageview cid X'],
    ['consent was withdrawn', 'uid A: login cid X\n+1s cookie uid removed\n+5s product/view\n+5s product/click'],
    [
      'another tab that began meanwhile',
      'uid A: page load /\nlogin cid X\n+200ms tab 2: page load /b\n+500ms tab 2: pageview\n+1s pageview cid X',
    ],
    [
      'what could not be read',
      'uid A: login cid X\n+5s product/view broken dims\n+5s product/click broken dims',
      ['json-broken error', 'json-broken error'],
    ],
  ],
)

describe('what a tester expects', () => {
  const kept = 'uid A: login cid X\nlogout\n+10s pageview cid X'
  test('a removal after each logout', () => {
    expect(found('uid A: login cid X\nlogout\n+10s pageview', '', { removal: 'required' })).toEqual([
      'logout-without-remove warning',
    ])
    expect(found('uid A: login cid X\nlogout\n+1s reset to B\npageview', '', { removal: 'required' })).toEqual([])
    expect(found(kept, '', { removal: 'required' })).toEqual(['logout-keeps-cid error'])
  })
  test('none', () => {
    expect(found(kept, '', { removal: 'none' })).toEqual([])
  })
})

test('whose value it is stays masked', () => {
  const story =
    'uid A: login cid X customers {email: "an@example.com", name: "Nguyễn An"}\nlogout\nreset to B\n+10s pageview customers {email: "an@example.com"}\n+10s product/view customers {name: "Nguyễn An"}'
  const [issue] = issuesOf(story).filter(({ rule }) => rule === 'stale-customer')
  expect(issue?.message).toBe('product/view has n… of X, who was removed, in `dims.customers.name`')
})
