import { describe, expect, test } from 'vitest'
import { tell } from '../story'
import { found, issuesOf, suite } from './suite'

const IDENTIFY = 'call setCustomerProps {customer_id: "X"}'

suite(
  'login-not-identified',
  [
    ['never', 'app\nuid A: login\n+20s product/view\n+1s product/view', ['login-not-identified error']],
    [
      'too late',
      `app\nuid A: login\n+5s product/view\n+7s ${IDENTIFY}\n+1s product/view cid X`,
      ['login-not-identified warning'],
    ],
    [
      'logged out before',
      'app\nuid A: login\n+20s product/view\n+1s logout\ncall removeCustomer',
      ['login-not-identified error'],
    ],
    [
      'on the web: the login was blocked',
      'uid A: login cid X -> csp\n+20s pageview',
      ['blocked error', 'login-not-identified error'],
    ],
    [
      "… by the tester's own blocker",
      'uid A: login cid X -> blocked\n+20s pageview',
      ['blocked warning', 'login-not-identified warning'],
    ],
    ['… failed', 'uid A: login cid X -> 500\n+20s pageview', ['failed error', 'login-not-identified error']],
    ['the sign-up', 'app\nuid A: sign-up\n+20s product/view', ['login-not-identified error']],
    [
      'every login of a visitor is one issue',
      'app\nuid A: login\n+20s login\n+20s product/view',
      ['login-not-identified error 2×'],
    ],
  ],
  [
    ['in time', `app\nuid A: login\n+1s ${IDENTIFY}\nproduct/view cid X`],
    ['exactly in time', `app\nuid A: login\n+10s ${IDENTIFY}\nproduct/view cid X`],
    [
      'before, which is another fault',
      `app\nuid A: ${IDENTIFY}\n+1s login\nproduct/view cid X`,
      ['identify-before-login warning'],
    ],
    ['the web: its own rule speaks', 'uid A: login\n+20s pageview', ['identify-without-cid error']],
    ['remembered', `app\nuid A: ${IDENTIFY}\n+1min product/view cid X\n+1min login\n+1min product/view cid X`],
    [
      'blocked, and sent again',
      'uid A: login cid X -> blocked\n+2s login cid X\n+20s pageview cid X',
      ['blocked warning'],
    ],
    ['the panel', 'uid A: login cid X -> blocked [panel]\n+20s pageview'],
  ],
)

suite(
  'identify-before-login',
  [
    [
      'identify, then login',
      `app\nuid A: product/view\n${IDENTIFY}\n+2s login\nproduct/view cid X`,
      ['identify-before-login warning'],
    ],
    [
      'identify, then sign-up',
      `app\nuid A: product/view\n${IDENTIFY}\n+2s sign-up\nproduct/view cid X`,
      ['identify-before-login warning'],
    ],
  ],
  [
    ['the web', 'uid A: identify cid X\n+2s login cid X'],
    ['launch with a remembered person', `app\nuid A: ${IDENTIFY}\n+1min product/view cid X`],
    ['long before', `app\nuid A: ${IDENTIFY}\n+11s login\nproduct/view cid X`],
    ['already held', `app\nuid A: ${IDENTIFY}\n+1min ${IDENTIFY}\n+1s login\nproduct/view cid X`],
    ['login first', `app\nuid A: login\n+1s ${IDENTIFY}\nproduct/view cid X`],
  ],
)

describe('what a tester expects', () => {
  test("a site's own login event needs an identify", () => {
    const story = 'uid A: pageview\naccount/welcome\n+20s pageview'
    expect(found(story)).toEqual([])
    expect(found(story, '', { loginEvents: ['account/welcome'] })).toEqual(['login-not-identified error'])
    const timely = 'uid A: pageview\naccount/welcome\n+2s identify cid X\npageview cid X'
    expect(found(timely, '', { loginEvents: ['account/welcome'] })).toEqual([])
  })
  test('either order of login and identify', () => {
    const story = `app\nuid A: ${IDENTIFY}\n+2s sign-up\nproduct/view cid X`
    expect(found(story, '', { order: 'any' })).toEqual([])
    expect(found(story, '', { order: 'login-first' })).toEqual(['identify-before-login warning'])
  })
  test('keys of its own', () => {
    const required = { 'product/purchase': ['dims.purchase.customer_id', 'dims.customers.phone', 'cvar.coupon'] }
    const story = 'uid A: purchase order 1 customers {phone: ""}'
    const missing = issuesOf(story, Number.POSITIVE_INFINITY, { required }).map(
      ({ severity, message }) => `${severity}: ${message}`,
    )
    expect(missing).toEqual([
      'error: product/purchase lacks `dims.purchase.customer_id`, which you require',
      'error: product/purchase lacks `dims.customers.phone`, which you require',
    ])
    const holds = (_: unknown, path: string): boolean => path !== 'cvar.coupon'
    expect(issuesOf(story, Number.POSITIVE_INFINITY, { required, holds })).toHaveLength(3)
    const whole = 'uid A: purchase order 1 cid X in purchase customers {phone: "0912345678"}'
    expect(found(whole, '', { required })).toEqual([])
  })
})

test('a login is told of when its time is over, and no longer when the CID comes', () => {
  const story = 'day 1 10:00 app, uid A: login\n+5s app: product/view'
  const start = tell(story).entries[0]?.at ?? 0
  const rules = (now: number): string[] => issuesOf(story, now).map(({ rule }) => rule)
  expect(rules(start + 9_999)).toEqual([])
  expect(rules(start + 10_000)).toEqual(['login-not-identified'])
  const [issue] = issuesOf(`${story}\n+8s app: ${IDENTIFY}`)
  expect([issue?.severity, issue?.message]).toEqual([
    'warning',
    'After user/sign_in it took 13 s until visitor A was identified; 1 event in between',
  ])
})
