import { suite } from './suite'

suite(
  'uid-changed',
  [
    ['another day, another UID', 'uid A: pageview\n+2days uid B: pageview', ['uid-changed info']],
    ['in an app', 'app, uid A: product/view\n+1min app, uid B: product/view', ['uid-changed info']],
    [
      'each pair once',
      'uid A: pageview\n+2days uid B: pageview\n+2days uid A: pageview\n+2days uid B: pageview',
      ['uid-changed info 2×', 'uid-changed info'],
    ],
  ],
  [
    ['a reset that named it', 'uid A: pageview\nreset to B\n+1min pageview'],
    ['a reset that named none', 'uid A: pageview\nreset\n+1min uid B: pageview'],
    [
      'a reset seen in cookies',
      'uid A: pageview aid 1\ncookie uid seen A\ncookie aid seen 1\ncookie uid set B\ncookie aid set 2\nuid B: pageview aid 2',
    ],
    ['a private window', 'uid A: pageview\n+1min private, uid B: pageview'],
    [
      'on its way when reset',
      'uid A: page load /\ntab 2: page load /b\npageview\nreset to B\n+100ms tab 2, uid A: product/view\nuid B: product/click',
    ],
  ],
)

suite(
  'uid-split',
  [
    ['two hosts', 'uid A: pageview\n+10s sub m, uid B: pageview\n+10s uid A: pageview', ['uid-split warning']],
    [
      'again and again is one issue',
      'uid A: pageview\n+9s uid B: pageview\n+9s uid A: pageview\n+9s uid B: pageview',
      ['uid-split warning 2×'],
    ],
  ],
  [
    ['once', 'uid A: pageview\n+10s uid B: pageview\n+10s uid B: pageview'],
    ['far apart', 'uid A: pageview\n+40min uid B: pageview\n+40min uid A: pageview'],
    [
      'a reset',
      'uid A: page load /\ntab 2: page load /b\npageview\nreset to B\npageview\n+10s tab 2, uid A: product/view\n+1s uid B: product/click',
    ],
    ['an app', 'app, uid A: product/view\n+9s app, uid B: product/view\n+9s app, uid A: product/view'],
    [
      'a frame of another site',
      'uid A: pageview\nframe 3, site widget.example, uid B: pageview\n+3s uid A: pageview title B',
    ],
  ],
)

suite(
  'reset-kept-uid',
  [
    ['the next event has the old one', 'uid A: pageview\nreset\n+3s product/view', ['reset-kept-uid warning']],
    [
      'though another was announced',
      'uid A: pageview\nreset to B\n+3s uid A: product/view',
      ['reset-kept-uid warning'],
    ],
  ],
  [
    ['a new one', 'uid A: pageview\nreset to B\n+3s product/view'],
    [
      'from another tab, at once',
      'uid A: page load /\ntab 2: page load /b\npageview\nreset to B\n+1s tab 2, uid A: product/view\nuid B: product/view',
    ],
    ['another UID was reset', 'uid A: pageview\nreset extra {reset_uid: "Q", generate_uid: "R"}\n+3s product/view'],
    ['an app removed its customer', 'app\nuid A: product/view cid X\ncall removeCustomer\n+3s product/view'],
    ['the panel', 'uid A: pageview\nreset [panel]\n+3s product/view'],
  ],
)

suite(
  'reset-too-often',
  [
    ['on every page', 'uid A: pageview\nreset to B\n+1min pageview\nreset to C', ['reset-too-often warning']],
    ['three times', 'uid A: pageview\nreset to B\n+1min reset to C\n+1min reset to D', ['reset-too-often warning 2×']],
    ['in an app', 'app\nuid A: product/view\nreset to B\n+1min reset to C', ['reset-too-often warning']],
  ],
  [
    ['after a login each', 'uid A: login cid X\nreset to B\n+1min login cid Y\nreset to C'],
    ['another day', 'uid A: login cid X\nreset to B\n+1days reset to C'],
    ['heard of twice', 'uid A: pageview\nreset\n+700ms reset'],
    ['the panel', 'uid A: login cid X\nreset to B [panel]\n+1min reset to C [panel]'],
  ],
)

suite(
  'uid-shared',
  [
    ['tracking was not allowed', 'uid opt-out1: pageview', ['uid-shared error']],
    ['a phone of a certain maker, in an app', 'app, uid 9774d56d682e549c: product/view', ['uid-shared warning']],
    ['what code prints for nothing', 'uid undefined: pageview\n+5s product/view', ['uid-shared error 2×']],
    ['zeros', 'app, uid 00000000-0000-0000-0000-000000000000: product/view', ['uid-shared warning']],
    [
      'two devices',
      'app, uid A: product/view context {device: {id: "one"}}\n+1min app: product/view context {device: {id: "two"}}',
      ['uid-shared warning'],
    ],
    [
      'two platforms',
      'app, uid A: product/view context {os: {name: "iOS"}}\n+1min app: product/view context {os: {name: "Android"}}',
      ['uid-shared warning'],
    ],
  ],
  [
    ['an ordinary one', 'uid 7865000000000000385: pageview'],
    [
      'one device',
      'app, uid A: product/view context {device: {id: "one"}}\n+1min app: product/view context {device: {id: "one"}}',
    ],
  ],
)

suite(
  'uid-not-string',
  [
    ['digits are lost', 'app, uid 7865000000000000385: product/view [number uid]', ['uid-not-string error']],
    ['digits are lost in a call', 'app, uid 7865000000000000385: call setUid [number uid]', ['uid-not-string error']],
    ['a call, no digit is lost yet', 'app, uid 1574000002: call setUid [number uid]', ['uid-not-string info']],
    ['no digit is lost yet', 'app, uid 1574000002: product/view [number uid]', ['uid-not-string info']],
  ],
  [
    ['a string', 'app, uid 7865000000000000385: product/view'],
    ['in a query there is nothing else', 'uid 7865000000000000385: pageview'],
  ],
)

suite(
  'session-spans-people',
  [
    ['two visitors', 'uid A: login cid X session S\n+1min uid B: login cid Y', ['session-spans-people info']],
    ['in an app', 'app, uid A: product/view cid X\n+1min app, uid B: product/view cid Y', []],
  ],
  [
    ['two sessions', 'uid A: login cid X session S\n+1min uid B: login cid Y session T'],
    ['no session', 'uid A: login cid X session 0\n+1min uid B: login cid Y'],
    ['told by cid-changed already', 'uid A: login cid X session S\n+1min login cid Y', ['cid-changed error']],
  ],
)
