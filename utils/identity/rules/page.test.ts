import { suite } from './suite'

suite(
  'portal-mixed',
  [
    ['one page, two portals', 'uid A: page load /\npageview\nportal 77, uid Q: pageview', ['portal-mixed warning']],
    [
      'on each page: one issue',
      'uid A: page load /\npageview\nportal 77: pageview\n+1min page load /b\npageview\nportal 77: pageview',
      ['portal-mixed warning 2×'],
    ],
    [
      'without documents: one origin within a visit',
      'worker, uid A: pageview\n+20min worker, uid A: product/view\n+20min worker, portal 77, uid Q: pageview\nworker, portal 77, uid Q: product/view',
      ['portal-mixed warning'],
    ],
  ],
  [
    ['two sources', 'uid A: page load /\npageview\nsource 77: pageview'],
    ["somebody else's frame", 'uid A: page load /\npageview\nframe 5, site widget.example, portal 77, uid Q: pageview'],
    ['two pages', 'uid A: page load /\npageview\npage load /b\nportal 77: pageview'],
    ['without documents: another origin', 'worker, uid A: pageview\nworker, sub m, portal 77, uid Q: pageview'],
    ['without documents: another visit', 'worker, uid A: pageview\n+31min worker, portal 77, uid Q: pageview'],
    ['without documents: campaigns', 'worker, uid A: pageview\nworker, portal 77: stream advertising/click'],
    ['campaigns', 'uid A: page load /\npageview\nportal 77: stream advertising/click'],
    [
      'the sandbox: that is told',
      'uid A: page load /\npageview\nhost sandbox-a.cdp.asia, portal 77: pageview',
      ['sandbox-on-production warning'],
    ],
  ],
)

suite(
  'region-mixed',
  [
    ['two collectors', 'uid A: page load /\npageview\nhost ap2-a.cdp.asia: product/view', ['region-mixed warning']],
    [
      'the other way round',
      'uid A: page load /\nhost ap2-a.cdp.asia: pageview\nproduct/view',
      ['region-mixed warning'],
    ],
  ],
  [
    ['a region of its own', 'host ap2-a.cdp.asia\nuid A: page load /\npageview\nproduct/view'],
    ['campaigns of another', 'uid A: page load /\npageview\nhost ap2-a.cdp.asia: stream advertising/viewable'],
    ['two pages', 'uid A: page load /\npageview\npage load /b\nhost ap2-a.cdp.asia: pageview'],
    ['a first-party host', 'uid A: page load /\npageview\n+3s host t.shop.example: pageview title B'],
  ],
)

suite(
  'sandbox-on-production',
  [
    ['a public page', 'host sandbox-a.cdp.asia, uid A: pageview', ['sandbox-on-production warning']],
    ['an app', 'app, site none, host sandbox-a.cdp.asia, uid A: product/view', ['sandbox-on-production info']],
  ],
  [
    ['a test host', 'sub staging, host sandbox-a.cdp.asia, uid A: pageview'],
    ['with a number', 'sub uat2, host sandbox-a.cdp.asia, uid A: pageview'],
    ['localhost', 'site localhost, sub none, host sandbox-a.cdp.asia, uid A: pageview'],
    ['an address', 'site 10.0.0.7, sub none, host sandbox-a.cdp.asia, uid A: pageview'],
    ['a preview', 'site shop-git-main.vercel.app, sub none, host sandbox-a.cdp.asia, uid A: pageview'],
    ['production', 'uid A: pageview'],
  ],
)

suite(
  'sdk-twice',
  [
    [
      'the script was asked for twice',
      'uid A: page load /\nsdk live script 200\nsdk live script 200\npageview',
      ['sdk-twice info'],
    ],
    [
      'again, after a script that it brings along',
      'uid A: page load /\nsdk live script 200\nsdk live script custom-event.js 200\nsdk live script 200\npageview',
      ['sdk-twice info'],
    ],
    [
      'with ids of two portals',
      'uid A: page load /\nsdk queue script 200\nportal 77: sdk live script 200\nportal 77: pageview',
      ['sdk-twice warning'],
    ],
    [
      'with two sources',
      'uid A: page load /\nsdk queue script 200\nsource 77: sdk queue script 200\npageview',
      ['sdk-twice warning'],
    ],
    [
      'on each page: an issue each',
      'uid A: page load /\nsdk live script 200\nsdk live script 200\npageview\npage load /b\nsdk live script 200\nsdk live script 200\npageview',
      ['sdk-twice info', 'sdk-twice info'],
    ],
  ],
  [
    ['once', 'uid A: page load /\nsdk queue script pending\nsdk live script 200\npageview'],
    [
      'two pages',
      'uid A: page load /\nsdk live script 200\npageview\npage load /b\nsdk live script 200\npageview title B',
    ],
    [
      'a script that it brings along',
      'uid A: page load /\nsdk live script 200\nsdk live script custom-event.js 200\npageview',
    ],
    ['another frame', 'uid A: page load /\nsdk live script 200\nframe 4: sdk live script 200\npageview'],
    ['a script that nobody saw', 'uid A: page load /\nsdk live\nsdk live\npageview'],
  ],
)

suite(
  'queue-stuck',
  [
    ['the script was refused by the page', 'uid A: page load /\nsdk blocked 1 call script csp', ['queue-stuck error']],
    ["by the tester's own blocker", 'uid A: page load /\nsdk blocked 1 call script blocked', ['queue-stuck warning']],
    [
      'it does not come',
      'uid A: page load /\nsdk queue 2 calls script pending\n+30s tab 2, uid A: pageview',
      ['queue-stuck error'],
    ],
    [
      'it came, and the queue is still there',
      'uid A: page load /\nsdk queue 2 calls script 200',
      ['queue-stuck error'],
    ],
    [
      'asked for long ago, and called all the while',
      'uid A: page load /\nsdk queue 1 call script pending asked 0s ago\n+9s sdk queue 2 calls script pending asked 9s ago\n+9s sdk queue 3 calls script pending asked 18s ago\n+1s sdk live script 200 asked 19s ago',
      ['queue-stuck error'],
    ],
    [
      'stuck, and then refused: still one time',
      'uid A: page load /\nsdk queue 1 call script pending asked 0s ago\n+20s sdk blocked 1 call script csp\n+1s sdk blocked 2 calls script csp',
      ['queue-stuck error'],
    ],
    [
      'the page kept the stub',
      'uid A: page load /\nsdk live script 200\npageview\ncall product/view -> queued',
      ['queue-stuck error'],
    ],
  ],
  [
    [
      'it comes in time',
      'uid A: page load /\nsdk queue 2 calls script pending\n+9s sdk live script 200\npageview requested +1s',
    ],
    [
      'not asked for: consent is awaited',
      'uid A: page load /\nsdk queue 2 calls\n+40s sdk live script 200\npageview requested +1s',
    ],
    [
      'not asked for until then: it has its time from there',
      'uid A: page load /\nsdk queue 2 calls\n+40s sdk queue 2 calls script pending asked 0s ago\n+9s sdk live script 200 asked 9s ago\npageview requested +1s',
    ],
    ['nothing waits', 'uid A: page load /\nsdk blocked script csp'],
    [
      'the page went away',
      'uid A: page load /\nsdk queue 2 calls script pending\n+3s page load /b\nsdk live script 200\npageview',
    ],
    [
      'called before it came',
      'uid A: page load /\nsdk queue script pending\ncall product/view -> queued\nsdk live script 200\npageview',
    ],
    ['an app', 'app, uid A: page load /\napp: product/view'],
  ],
)

suite(
  'blocked',
  [
    ['the policy of the page', 'uid A: pageview -> csp', ['blocked error']],
    [
      'an extension: one issue for all',
      'uid A: pageview -> blocked\nproduct/view -> blocked\nstream advertising/click -> blocked',
      ['blocked warning 3×'],
    ],
  ],
  [
    ['hidden answers', 'uid A: pageview -> hidden\nproduct/view -> hidden'],
    ['an app', 'app, uid A: product/view -> blocked'],
    ['the panel', 'uid A: identify cid X -> blocked [panel]'],
  ],
)

suite(
  'failed',
  [
    ['an order', 'uid A: purchase order 1 -> 500', ['failed error']],
    ['a page view', 'uid A: pageview -> failed', ['failed warning']],
    [
      'one issue per status',
      'uid A: pageview -> 500\nproduct/view -> 500\nproduct/click -> 404',
      ['failed warning 2×', 'failed warning'],
    ],
    ['in an app', 'app, uid A: logout -> 503', ['failed error']],
  ],
  [
    ['nobody saw the end', 'uid A: pageview -> unknown'],
    ['a redirect', 'uid A: pageview -> 302'],
    ['hidden answers', 'uid A: pageview -> hidden'],
  ],
)
