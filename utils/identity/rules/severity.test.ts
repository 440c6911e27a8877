/** What rules.md says of each rule's weight, on the web and in apps; and that the tester's own word of the channel decides. */
import { describe, expect, test } from 'vitest'
import type { Expectations } from '../expectations'
import { issuesOf } from './suite'
import { RULES } from './table'

/** Usual weight by rule; `–`: the rule is silent there. */
const WEIGHTS = `
cid-changed              error    error
cid-raw                  warning  warning
cid-shared               error    error
cid-unpadded             warning  warning
cid-recipe-mixed         error    error
cid-disagrees            error    error
cid-is-uid               error    error
identify-without-cid     error    error
login-not-identified     error    error
identify-before-login    –        warning
logout-keeps-cid         error    error
identify-after-logout    warning  error
logout-without-remove    –        warning
stale-customer           error    error
cid-lost                 warning  warning
uid-changed              info     info
uid-split                warning  –
reset-kept-uid           warning  –
reset-too-often          warning  warning
uid-shared               error    warning
uid-not-string           error    error
portal-mixed             warning  warning
region-mixed             warning  –
sandbox-on-production    warning  info
sdk-twice                warning  –
event-twice              warning  warning
queue-stuck              error    –
not-sent                 error    error
blocked                  error    –
failed                   error    error
item-incomplete          warning  warning
required-missing         info     info
attribute-code           warning  warning
attribute-reserved       warning  warning
attribute-too-long       info     info
attribute-null           info     info
attribute-type-changed   warning  warning
json-broken              error    error
pii-in-url               warning  warning
pii-in-event             error    error
session-spans-people     info     info
`

test('the weight of each rule, on the web and in apps', () => {
  const lines = RULES.map(({ id, severity: { web, app } }) => `${id} ${web ?? '–'} ${app ?? '–'}`)
  expect(lines).toEqual(
    WEIGHTS.trim()
      .split('\n')
      .map(line => line.replace(/ +/g, ' ')),
  )
})

const told = (story: string, channel: Expectations['channel']): string[] =>
  issuesOf(story, Number.POSITIVE_INFINITY, { channel }).map(({ rule, severity }) => `${rule} ${severity}`)

/** A story per rule whose weight differs, and what is said of it on the web and in an app, whatever its events look like. */
const DIFFERENT: [story: string, web: string[], app: string[]][] = [
  [
    'uid A: identify cid X customers {name: "An"}\n+2s login cid X customers {name: "An"}',
    [],
    ['identify-before-login warning'],
  ],
  [
    'uid A: login cid X customers {name: "An"}\nlogout\n+1s reset to B\n+1min identify cid X',
    ['identify-after-logout warning'],
    ['identify-after-logout error'],
  ],
  [
    'uid A: login cid X customers {name: "An"}\nlogout\n+10s pageview\n+1s product/view',
    [],
    ['logout-without-remove warning'],
  ],
  [
    'uid A: pageview\n+9s uid B: pageview\n+9s uid A: pageview',
    ['uid-split warning'],
    ['uid-changed info', 'uid-changed info'],
  ],
  ['uid A: pageview\nreset\n+3s product/view', ['reset-kept-uid warning'], []],
  ['uid opt-out1: pageview', ['uid-shared error'], ['uid-shared warning']],
  ['uid A: page load /\npageview\nhost ap2-a.cdp.asia: product/view', ['region-mixed warning'], []],
  ['host sandbox-a.cdp.asia, uid A: pageview', ['sandbox-on-production warning'], ['sandbox-on-production info']],
  ['uid A: page load /\nsdk live script 200\nsdk live script 200\npageview', ['sdk-twice info'], []],
  ['uid A: page load /\nsdk blocked 1 call script csp\npageview', ['queue-stuck error'], []],
  ['uid A: page load /\npageview -> csp', ['blocked error'], []],
]

describe('the tester says what it is', () => {
  test.each(DIFFERENT)('%s', (story, web, app) => {
    expect(told(story, 'web')).toEqual(web)
    expect(told(story, 'app')).toEqual(app)
    expect(told(story.replace(/^/, 'web, '), null)).toEqual(web)
  })
  test('of an app that looks like one, too', () => {
    const story = 'app, uid A: product/view\n+9s app, uid B: product/view\n+9s app, uid A: product/view'
    expect(told(story, null)).toEqual(['uid-changed info', 'uid-changed info'])
    expect(told(story, 'web')).toEqual(['uid-split warning'])
  })
})
