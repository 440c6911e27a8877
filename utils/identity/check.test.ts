import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CheckResult, check } from './check'
import { type Expected, NOTHING_EXPECTED, rulesExpect } from './check-expected'
import { type OtherRun, otherRun } from './check-other'
import { type Person, recipeInUse } from './check-trail'
import { byTime, type LogEntry } from './entry'
import {
  AN,
  BINH,
  BROWSE_AN,
  BROWSE_NOBODY,
  checked,
  LOGIN_AN,
  LOGOUT,
  PEOPLE,
  result,
  row,
  SECOND,
  START,
  said,
  verdicts,
  WEB,
  type Wish,
} from './fixtures/check-run'
import { EMPTY, Reduction } from './reduce'
import { tell } from './story'

describe('clean runs', () => {
  test('the whole check on the web: everything passes but what is not applicable or optional', () => {
    const all = checked(WEB, { people: PEOPLE })
    expect(row(all)).toBe('++++-+- + +++++ ++. +')
    expect(all.overall).toBe('pass')
    expect(all.spells.map(({ who, again }) => [who, again])).toEqual([
      [null, false],
      ['An', false],
      [null, false],
      ['Bình', false],
    ])
  })

  test('the first person once more', () => {
    const story = `${WEB}
      +9s logout cid ${BINH}
      +50ms reset to C
      +4s page load /a
      pageview
      product/view
      +4s page load /account
      pageview
      login cid ${AN}
      +1s mark login An`
    expect(verdicts(story, { people: PEOPLE })).toBe('++++-+- + +++++ +++ +')
  })

  test('step by step, as it happens', () => {
    const now = { live: 1_000 }
    const parts = [START, LOGIN_AN, BROWSE_AN, LOGOUT, BROWSE_NOBODY, SECOND]
    expect(parts.map((_, n) => verdicts(parts.slice(0, n + 1).join(''), now))).toEqual([
      '++..-.- . ..... ... +',
      '++++-+- . ..... ... +',
      '++++-+- + ..... ... +',
      '++++-+- + ++++. ... +'.replace('++++.', '+++.+'),
      '++++-+- + +++++ ... +',
      '++++-+- + +++++ ++. +',
    ])
  })

  test('a page does several things within one millisecond: their order counts, not their times', () => {
    const story = WEB.replace('+100ms identify', '+0ms identify')
      .replace('+100ms reset', '+0ms reset')
      .replace('+50ms pageview', '+0ms pageview')
    const found = checked(story, { people: PEOPLE, expected: { removal: 'required', uidAfterLogout: 'new' } })
    expect(row(found)).toBe('++++-+- + +++++ ++. +')
    expect(found.steps[12]?.came.say).toBe('13.generated')
  })

  test('no marks at all: steps tick themselves', () => {
    expect(verdicts(WEB.replace(/.*mark (login|logout|other).*/g, ''))).toBe('++++-+- + +++++ ++. +')
  })

  test('a page of one document', () => {
    const story = `
      uid A: page load /
      mark start
      pageview at /
      login cid ${AN} at /login
      +2s mark login
      +3s page route /account
      pageview cid ${AN} at /account
      +3s pageview cid ${AN} at /orders
      product/view cid ${AN} at /orders
      +5s logout at /orders
      reset to B
      +1s mark logout
      +1s page route /
      pageview at /
      product/view at /ao`
    expect(verdicts(story, { live: 0 })).toBe('++++-+- + +++++ ... +')
  })

  test('an app: login, then its own identify; removeCustomer keeps the UID', () => {
    const story = `
      app uid A: page load /
      mark start
      screenview/view
      product/view
      login
      +100ms call setCustomerProps {customer_id: "${AN}"}
      +1s mark login
      +5s page load /b
      product/view cid ${AN}
      screenview/view cid ${AN}
      product/click cid ${AN}
      +5s logout
      +100ms call removeCustomer
      +1s mark logout
      +5s page load /c
      screenview/view
      product/view
      +5s login
      +100ms call setCustomerProps {customer_id: "${BINH}"}
      +1s mark other
      +5s page load /d
      screenview/view cid ${BINH}
      product/view cid ${BINH}
      product/click cid ${BINH}`
    expect(verdicts(story)).toBe('++++++- + +++++ ++. +')
  })

  test('two tabs: the other one may be a page behind', () => {
    const story = `
      uid A: page load /
      mark start
      pageview
      +5s tab 2: page load /b
      tab 2: pageview
      login cid ${AN}
      +1s tab 2: product/view
      +9s tab 2: page load /c
      tab 2: pageview cid ${AN}
      product/view cid ${AN}
      page load /d
      pageview cid ${AN}
      +9s logout
      reset to B
      +800ms tab 2, uid A: product/click cid ${AN}
      +9s uid B, tab 2: page load /d
      tab 2: pageview
      pageview`
    expect(verdicts(story, { live: 0 })).toBe('++++-+- + +++++ ... +')
  })
})

describe('a step fails on its own', () => {
  const swap = (from: string | RegExp, to: string): string => {
    const story = WEB.replace(from, to)
    if (story === WEB) throw new Error(`nothing to replace: ${from}`)
    return story
  }
  const fails = (story: string, wish: Wish = {}): number[] =>
    checked(story, { people: PEOPLE, ...wish }).by.fail.filter(step => step !== 17)

  test.each<[string, string, number[], Wish?]>([
    ['1: a UID that many devices share', WEB.replace(/uid A/g, 'uid opt-out1'), [1]],
    [
      '3: login event that never left',
      swap(/login cid (\w+) customers (\{.*?\})/, 'login cid $1 customers $2 -> blocked'),
      [3],
    ],
    ['3: login event missing', swap(/\+200ms login .*/, ''), [3]],
    ['4: no CID', swap(/\+200ms login[^]*?identify.*/, '+200ms login').replace('+5s page load', '+9s page load'), [4]],
    ['4: another person’s CID', WEB.replaceAll(AN, 'ffff'), [4], {}],
    ['4: MD5 of nothing', WEB.replaceAll(AN, 'd41d8cd98f00b204e9800998ecf8427e'), [4], { people: [] }],
    [
      '4: another recipe than expected',
      WEB,
      [4],
      { people: [], expected: { recipe: { hash: 'sha256', of: 'phone', normalise: [] } } },
    ],
    [
      '5: identify first',
      swap(/(\+200ms login .*)\n(.*identify.*)/, '$2\n$1'),
      [5],
      { expected: { order: 'login-first' } },
    ],
    [
      '6: another UID at login',
      swap(/\+9s page load \/account/, '+9s uid Z: page load /account').replace(
        /uid Z: page load \/account\n {2}pageview/,
        'page load /account\nuid Z:',
      ),
      [6],
    ],
    [
      '7: an attribute that never comes',
      WEB,
      [7],
      { expected: { attributes: [{ code: 'city', type: 'String', value: undefined, required: true }] } },
    ],
    [
      '7: an attribute of another type',
      WEB,
      [7],
      { expected: { attributes: [{ code: 'phone', type: 'Number', value: undefined, required: true }] } },
    ],
    ['8: an event without the CID', swap(`product/view cid ${AN}`, 'product/view'), [8]],
    ['8: an event with another CID', swap(`product/view cid ${AN}`, 'product/view cid zzz'), [8]],
    ['9: logout event that failed', swap(`logout cid ${AN}`, `logout cid ${AN} -> failed`), [9]],
    [
      '9: logout event missing',
      swap(/\+100ms logout .*\n.*reset.*/, '').replace('mark logout', 'mark logout\n  uid B:'),
      [9],
    ],
    ['10: removal required, and none', swap(/\+100ms reset to B/, ''), [10, 14], { expected: { removal: 'required' } }],
    [
      '10: removal 31 s late',
      swap(/\+100ms reset to B/, '+31s reset to B'),
      [10],
      { expected: { removal: 'required' } },
    ],
    ['11: the logout of somebody else', swap(`logout cid ${AN}`, `logout cid ${BINH}`), [11]],
    [
      '12: the CID stays',
      swap(
        /reset to B\n.*\n.*mark logout[^]*?product\/view/,
        `reset to B\n+2s mark logout\n+4s page load /a\npageview cid ${AN}\nproduct/view`,
      ),
      [12],
    ],
    [
      '13: a new UID is expected',
      swap(/reset to B/, 'call product/x'),
      [13, 14],
      { expected: { uidAfterLogout: 'new' } },
    ],
    ['14: the same UID for another person', swap(/reset to B/, 'call product/x'), [14]],
    ['14: the same CID for somebody else', WEB.replaceAll(BINH, AN), [14], { people: [] }],
    [
      '15: the first one’s name in the second one’s event',
      swap(`product/view cid ${BINH}`, `product/view cid ${BINH} customers {name: "Nguyen An"}`),
      [15],
    ],
  ])('%s', (_, story, steps, wish) => {
    expect(fails(story, wish)).toEqual(steps)
  })

  test('2: somebody is there, though the tester is logged out', () => {
    expect(
      checked(`uid A: page load /\nmark start\nmark logout\npageview cid ${AN}\nproduct/view cid ${AN}`).by.fail,
    ).toEqual([2])
  })
  test('16: the same person with another CID', () => {
    const story = `${START}${LOGIN_AN}${BROWSE_AN}${LOGOUT}${BROWSE_NOBODY}
      +9s page load /account
      pageview
      login cid ${AN.toUpperCase()} customers {phone: "0900000000"}
      +1s mark login An`
    expect(fails(story, { people: [] })).toEqual([16])
  })
  test('17: an error that a rule found; muted it is only noted', () => {
    const story = WEB.replace('product/view\n', 'product/view extra {password: "geheim1"}\n')
    expect(checked(story).by.fail).toEqual([17])
    const muted = checked(story, { expected: { mute: [{ rule: 'pii-in-event', note: 'known, JIRA-7', until: null }] } })
    expect(muted.by.fail).toEqual([])
    expect(muted.muted).toEqual([{ rule: 'pii-in-event', note: 'known, JIRA-7', count: 1 }])
  })
  test('a failed step stays failed, however well it goes on', () => {
    const story = WEB.replace(`product/view cid ${AN}`, 'product/view')
    expect(verdicts(story).charAt(8)).toBe('X')
    expect(verdicts(`${story}\n+2min product/view cid ${BINH}`).charAt(8)).toBe('X')
  })
  test('a later login that goes wrong fails the step too', () => {
    const found = checked(
      WEB.replace(`login cid ${BINH}`, `login cid ${BINH} -> blocked`.replace(' -> blocked', '')).replace(
        '"0911111111"}',
        '"0911111111"} -> failed',
      ),
    )
    expect(found.by.fail).toContain(3)
    expect(found.steps[2]?.notes.map(({ say }) => say)).toContain('note.visit')
  })
})

describe('nothing passes, and nothing fails, on silence that nobody watched', () => {
  test.each<[string, string, number]>([
    ['paused while logged in', WEB.replace(`  pageview cid ${AN}`, `  gap paused 41s\n  +41s pageview cid ${AN}`), 8],
    [
      'lost records after the logout',
      WEB.replace('  pageview\n  product/view\n\n', '  gap lost 1s\n  pageview\n  product/view\n\n'),
      12,
    ],
    ['paused when the login must have come', START + '+20s gap paused 20s\n+10s mark login\n+20s pageview', 3],
  ])('%s', (_, story, step) => {
    const found = checked(story)
    expect(found.steps[step - 1]?.verdict).toBe('cant-tell')
    expect(found.by.fail).toEqual([])
    expect(found.overall).toBe('incomplete')
  })
  test('what the panel itself did is no merit of the site', () => {
    const story = WEB.replace('reset to B', 'reset to B [panel]')
    expect(checked(story).steps[11]?.verdict).toBe('cant-tell')
    expect(checked(START + `+9s identify cid ${AN} [panel]\npageview cid ${AN}`).steps[3]?.verdict).not.toBe('pass')
  })
  test('a body that nobody could read', () => {
    expect(said(WEB.replace(`product/view cid ${AN}`, 'product/view broken dims'), 8)).toBe('gap.unread')
  })
  test('a request whose end nobody saw', () => {
    const story = WEB.replace('"0900000000"}\n', '"0900000000"} -> unknown\n')
    expect(said(story, 3)).toBe('gap.unseen')
  })
  test('an absence is no failure before its time is over', () => {
    const story = `${START}+5s mark login`
    expect([said(story, 3, { live: 14_000 }), said(story, 3, { live: 16_000 })]).toEqual(['wait.login-mark', '3.none'])
  })
  test('an open, empty run waits', () => {
    expect(verdicts('uid A: page load /\npageview\nmark start', { live: 0 })).toBe('+...-.- . ..... ... .')
  })
})

describe('a frame without hook', () => {
  const deaf = (where: string) => WEB.replace('  product/view\n\n', `  product/view\n  ${where}gap hook\n\n`)
  test('what it calls nobody could see: for as long as its page was shown no step passes on silence', () => {
    const found = checked(deaf('frame 3: '))
    expect(found.by['cant-tell']).toEqual([12, 17])
    expect(found.steps[11]?.came.say).toBe('gap.hook')
    expect(found.by.fail).toEqual([])
    expect(found.overall).toBe('incomplete')
    // From the load of its page to the next.
    const [gap] = found.gaps
    const times = found.trail.beats.map(({ at }) => at)
    expect(found.gaps).toHaveLength(1)
    expect(times.filter(at => at > (gap?.from ?? 0) && at < (gap?.until ?? 0))).toHaveLength(2)
  })
  test('nor does one fail', () => {
    const story = `${START}+5s gap hook\n+5s mark login\n+20s pageview`
    expect(said(story, 3)).toBe('gap.hook')
    expect(said(story.replace('gap hook', 'pageview'), 3)).toBe('3.none')
  })
  test('of another site it is another’s identity: named, and no step goes by it', () => {
    const found = checked(deaf('frame 3, site pay.example: '), { people: PEOPLE })
    expect(found.gaps.map(({ cause, url }) => [cause, url])).toEqual([['elsewhere', 'https://www.pay.example/']])
    expect(found.overall).toBe('pass')
  })
  test('in a tab that never showed the site, it is nobody’s', () => {
    expect(checked(deaf('tab 9, site pay.example: ')).gaps).toEqual([])
  })
  test('of a page that was left before the run began, it is none of the run', () => {
    const frames = ['frame 3: ', 'frame 3, site pay.example: ', 'frame 0, site pay.example: ']
    const told = (after: string) =>
      frames.map(where => checked(`page load /\n${where}gap hook\n${after}${START}pageview`).gaps.length)
    expect(told('')).toEqual([0, 0, 0])
    expect(told('site pay.example: page load /\n')).toEqual([0, 0, 0])
    // The page that is still there when the run begins is of it.
    const still = (where: string) => `${START.replace('mark start', `${where}gap hook\nmark start`)}pageview`
    expect(frames.slice(0, 2).map(where => checked(still(where)).gaps.map(({ cause }) => cause))).toEqual([
      ['hook'],
      ['elsewhere'],
    ])
  })
  test('of another site’s page, which came in the same tab, it is nobody’s', () => {
    const page = 'site pay.example: page load /\n'
    const frame = 'frame 3, site ads.example: gap hook\n'
    expect(checked(`${START}${page}${frame}page load /`).gaps).toEqual([])
    const [gap, ...others] = checked(`${START}page load /a\n${frame}${page}+60s page load /b`).gaps
    expect([gap && gap.until - gap.from, others]).toEqual([2000, []])
  })
})

describe('guessed marks', () => {
  const guesses = (story: string) => {
    const { trail } = checked(story, { live: 60_000 })
    return trail.guesses.map(({ what, event }) => `${what} #${event}`)
  }
  test('a page whose address looks like it, and the page to which it leads', () => {
    expect(guesses(`${START}+1s page load /dang-nhap\n+1s page load /account\n+1s page load /b`)).toEqual([
      'login #5',
      'login #6',
    ])
    expect(guesses(`${START}+1s page route /login\n+1s page route /account\n+1s page load /logout`)).toEqual([
      'login #5',
      'logout #7',
    ])
  })
  test('where no page is in the log, the address that events tell', () => {
    expect(
      guesses(`mark start\nuid A: pageview at /\npageview at /sign-in\nproduct/view at /sign-in\npageview at /b`),
    ).toEqual(['login #3'])
  })
  test('what came before the run, and what frames show, is no guess', () => {
    expect(guesses(`uid A: page load /login\nmark start\npageview at /a\nframe 2: page load /otp`)).toEqual([])
  })
  test('makes a step wait, and never fail, however long it lasts', () => {
    const story = `${START}+1s page load /login\n+1s page load /account\n+10min pageview`
    expect(said(story, 3, { live: 0 })).toBe('wait.login-guess')
    expect(said(story, 3)).toBe('gap.nothing')
    const out = `${START}${LOGIN_AN}${BROWSE_AN}+1s page load /thoat\n+10min pageview cid ${AN}`
    expect(said(out, 9, { live: 0 })).toBe('wait.logout-guess')
    expect(checked(out, { live: 0 }).by.fail).toEqual([])
  })
})

describe('another channel’s recording', () => {
  const other = (story: string): OtherRun => {
    const { entries } = tell(story)
    const reduction = new Reduction(EMPTY)
    reduction.apply(entries)
    return otherRun('app.har', reduction.holders(Number.POSITIVE_INFINITY), '561234567')
  }
  const app = (cid: string, phone: string, more = '') =>
    other(
      `${more}app uid X: login\ncall setCustomerProps {customer_id: "${cid}"}\nscreenview/view cid ${cid} customers {phone: "${phone}"}`,
    )
  const of = (...others: OtherRun[]) => {
    const { verdict, came } = checked(WEB, { people: PEOPLE, others }).steps[15] ?? {}
    return [verdict, came?.say]
  }
  test('the same person has the same CID there', () => {
    expect(of(app(AN, '+84900000000'))).toEqual(['pass', '16.other'])
  })
  test('the same phone number with another CID: two customers', () => {
    expect(of(app('ffff', '+84 900 000 000'))).toEqual(['fail', '16.other-fail'])
    expect(of(app(AN, '0900000000'), app('ffff', '0900000000'))).toEqual(['fail', '16.other-fail'])
  })
  test('only the case or the zeros differ', () => {
    expect(of(app(AN.toUpperCase(), '0911222333'))).toEqual(['fail', '16.other-fail'])
  })
  test('nobody there is known to be the first person: it stays open, and is optional', () => {
    expect(of(app('ffff', '0911222333'))).toEqual(['waiting', 'wait.other'])
    expect(checked(WEB, { people: PEOPLE, others: [app('ffff', '0911222333')] }).overall).toBe('pass')
  })
  test('customers of another portal are other people', () => {
    expect(of(app('ffff', '0900000000', 'portal 77\n'))).toEqual(['waiting', 'wait.other'])
  })
})

describe('how a site makes its CIDs, as the log shows it', () => {
  const inUse = (story: string) => {
    const { entries } = tell(story)
    const reduction = new Reduction(EMPTY)
    reduction.apply(entries)
    const [holder] = reduction.holders(Number.POSITIVE_INFINITY)
    return holder && recipeInUse(holder)?.hash
  }
  test.each<[string, string | undefined]>([
    [`login cid ${AN} customers {phone: "0900000000"}`, 'md5'],
    ['login cid sha256:an@example.com customers {email: "an@example.com"}', 'sha256'],
    ['login cid an@example.com', 'none'],
    ['login cid 0900000000', 'none'],
    ['login cid 7781', undefined],
  ])('%s', (line, hash) => {
    expect(inUse(`uid A: ${line}`)).toBe(hash)
  })
  test('CIDs that are addresses can be expected, and a person’s own', () => {
    const story = WEB.replaceAll(AN, 'an@example.com').replaceAll('phone: "0900000000"', 'email: "an@example.com"')
    const recipe = { hash: 'none', of: 'email', normalise: [] } as const
    expect(said(story, 4, { expected: { recipe } })).toBe('4.recipe')
    expect(said(story, 4, { people: [{ label: 'An', cid: 'an@example.com' }] })).toBe('4.right')
    expect(said(WEB, 4, { expected: { recipe } })).toBe('4.other-recipe')
  })
})

describe('flows', () => {
  test('account switch without logout: fails at 14 on one UID, 9 to 12 are not applicable', () => {
    const story = `${START}${LOGIN_AN}${BROWSE_AN}
      +9s login cid ${BINH}
      +1s mark other`
    const found = checked(story, { live: 0 })
    expect(row(found)).toMatch(/^\+\+\+\+-\+- \+ ----. X/)
  })
  test('guest checkout: nobody is identified, and nothing fails', () => {
    const story = `${START}+9s product/checkout\n+30s purchase order 1 dims {purchase: {id: "1", phone: "0912345678"}}`
    expect(checked(story, { live: 0 }).by.fail).toEqual([])
    expect(said(story, 4, { live: 0 })).toBe('wait.step')
  })
  test('a purchase that identifies stands for the login', () => {
    const story = `${START}+9s purchase order 1 cid ${AN}\n+5s page load /bye\npageview cid ${AN}\nproduct/view cid ${AN}\nproduct/click cid ${AN}`
    expect(verdicts(story, { live: 0 })).toBe('++-+-+- + ..... ... +')
  })
  test('returning: begins at 8, and is compared with what the log knew', () => {
    const story = `uid A: page load /\npageview cid ${AN}\n+1h page load /\nmark start\npageview cid ${AN}\nproduct/view cid ${AN}\n+9s page load /b\npageview cid ${AN}`
    expect(verdicts(story, { live: 0 })).toBe('------- + ..... ... +')
    expect(checked(story, { live: 0 }).steps[1]?.notes.map(({ say }) => say)).toEqual(['note.remembered'])
    const typed = checked(
      `${story.replace('mark start\npageview', 'mark start\npageview extra {identify_type: "customer"}')}`,
      { live: 0 },
    )
    expect(typed.steps[1]?.notes.at(-1)).toMatchObject({
      say: 'note.identify-type',
      values: { type: { code: 'customer' } },
    })
  })
  test('returning, then out and in again: the login that follows is checked', () => {
    const story = `uid A: page load /\nmark start\npageview cid ${AN}\nproduct/view cid ${AN}\n+9s page load /b\npageview cid ${AN}${LOGOUT}${BROWSE_NOBODY}${LOGIN_AN}`
    expect(verdicts(story, { live: 0 })).toBe('--++-+- + +++++ ..+ +')
  })
  test('sign-up, and a sign-in that follows it, are one login; two CIDs between them are a fault', () => {
    const story = (cid: string) => `${START}+9s sign-up cid ${AN}\n+2s login cid ${cid}\n+3s product/view cid ${AN}`
    expect(verdicts(story(AN), { live: 0 })).toMatch(/^\+\+\+\+/)
    expect(said(story(BINH), 4, { live: 0 })).toBe('4.two')
  })
  test('a code by SMS: a login event long before the mark is a remark, no failure', () => {
    const found = checked(`${START}+9s login cid ${AN}\n+40s mark login`, { live: 20_000 })
    expect(found.steps[2]).toMatchObject({ verdict: 'pass' })
    expect(found.steps[2]?.notes.map(({ say }) => say)).toContain('note.early')
  })
  test('a redirect to somebody else’s login page: the mark counts from the return', () => {
    const story = `${START}+9s mark login away\n+60s page load /callback\npageview\n+2s login cid ${AN}`
    expect(verdicts(story, { live: 0 })).toMatch(/^\+\+\+\+/)
    expect(said(`${START}+9s mark login away\n+60s page load /callback\npageview\n+20s pageview`, 3, { live: 0 })).toBe(
      '3.none',
    )
  })
  test('a session that ended on the server', () => {
    const story = `${START}${LOGIN_AN}${BROWSE_AN}+5min mark expired\n+1s page load /\npageview\nproduct/view\n+3s page load /b\npageview`
    expect(verdicts(story, { live: 0 })).toBe('++++-+- + -+-++ ... +')
  })
  test('a page view between logout and reset', () => {
    const story = WEB.replace('+100ms reset', `+50ms pageview cid ${AN}\n  +100ms reset`)
    expect(said(story, 10)).toBe('10.between')
    expect(checked(story, { expected: { removal: 'required' } }).by.fail).toEqual([])
  })
  test('an open tab that keeps the customer is a warning until its page is loaded', () => {
    const story = (load: string) =>
      `${START}tab 2: page load /x\ntab 2: pageview${LOGIN_AN}${BROWSE_AN}${LOGOUT}${load}\n+9s tab 2, uid A: product/view cid ${AN}${BROWSE_NOBODY}`
    const kept = checked(story(''), { live: 0 }).steps[11]
    expect(kept).toMatchObject({ verdict: 'pass' })
    expect(kept?.notes.map(({ say }) => say)).toEqual(['note.tab'])
    expect(checked(story('\n+1s tab 2: page load /x'), { live: 0 }).steps[11]).toMatchObject({ verdict: 'fail' })
  })
  test('consent late: the SDK began after the login', () => {
    const found = checked(`uid none: page load /\nmark start\nlogin cid ${AN} uid A`.replace(` uid A`, ''), { live: 0 })
    expect(row(found)).toMatch(/^--/)
  })
  test('account switch in an app: right after a removal, a fault without one', () => {
    const story = (removal: string) => `
      app uid A: page load /
      mark start
      screenview/view
      login
      +100ms call setCustomerProps {customer_id: "${AN}"}
      +5s product/view cid ${AN}
      ${removal}
      +5s login
      +100ms call setCustomerProps {customer_id: "${BINH}"}
      +1s mark other
      +1s product/view cid ${BINH}`
    expect(said(story('+5s call removeCustomer'), 14, { live: 0 })).toBe('14.app')
    expect(said(story(''), 14, { live: 0 })).toBe('14.not-removed')
  })
  test('a purchase that only names a buyer identifies nobody', () => {
    const story = `${START}+9s purchase order 1 cid ${AN} in purchase\n+1s page load /b\npageview`
    expect(said(story, 4, { live: 0 })).toBe('wait.step')
    expect(checked(story, { live: 0 }).spells.map(({ cid }) => cid)).toEqual([null])
  })
  test('a redirect to somebody else’s login page, from which the visitor comes back as another', () => {
    const story = `${START}+9s mark login away\n+60s uid Z: page load /callback\n+2s login cid ${AN}`
    expect(said(story, 6, { live: 0 })).toBe('6.fail')
  })
  test('a login in a popup: the page that opened it carries the CID from its next load on', () => {
    const story = (opener: string) => `${START}
      +9s tab 2: page load /popup
      tab 2: login cid ${AN}
      +1s mark login
      +1s product/view
      ${opener}`
    const loaded = `+9s page load /account\npageview cid ${AN}\nproduct/view cid ${AN}\nproduct/click cid ${AN}`
    expect(verdicts(story(loaded), { live: 0 })).toMatch(/^\+\+\+\+-\+- \+/)
    expect(said(story('+9s page load /account\npageview'), 8, { live: 0 })).toBe('8.none')
  })
  test('two people in two tabs on one UID: in the order of time, and a fault', () => {
    const story = `${START}tab 2: page load /b
      +5s login cid ${AN}
      +3s tab 2: login cid ${BINH}
      +1s product/view cid ${AN}`
    const found = checked(story, { live: 60_000 })
    expect(found.trail.visits.map(({ cid }) => cid).slice(0, 2)).toEqual([AN, BINH])
    expect(found.by.fail).toEqual(expect.arrayContaining([14, 17]))
    expect(found.steps[16]?.came.values).toMatchObject({ rules: { code: expect.stringContaining('cid-changed') } })
  })
  test('an app that remembers its customer at launch: returning, and nobody objects to the order', () => {
    const story = `
      app uid A: page load /
      mark start
      call setCustomerProps {customer_id: "${AN}"}
      +100ms screenview/view cid ${AN}
      +5s page load /b
      product/view cid ${AN}
      product/click cid ${AN}`
    const found = checked(story, { live: 60_000 })
    expect(row(found)).toBe('------- + ..... ... +')
  })
  test('a page inside the app, of another site: with the app’s UID it must carry the same CID', () => {
    const story = (uid: string, cid: string) => `
      app
      uid A: page load /
      mark start
      screenview/view
      +2s login
      +100ms call setCustomerProps {customer_id: "${AN}"}
      +1s screenview/view cid ${AN}
      product/view cid ${AN}
      product/click cid ${AN}
      +5s page load /b
      screenview/view cid ${AN}
      +1s web, site pages.example, tab 7, uid ${uid}: pageview ${cid} extra {is_webview: true}
      uid A: product/view cid ${AN}`
    expect(said(story('A', `cid ${AN}`), 8, { live: 0 })).toBe('8.pass')
    expect(said(story('A', ''), 8, { live: 0 })).toBe('8.none')
    expect(said(story('W', ''), 8, { live: 0 })).toBe('8.pass')
  })
  test('sign-up in an app: its identify comes after it', () => {
    const story = (first: string, second: string) => `
      app uid A: page load /
      mark start
      screenview/view
      ${first}
      +100ms ${second}
      +1s mark login`
    const identify = `call setCustomerProps {customer_id: "${AN}"}`
    expect(verdicts(story('sign-up', identify), { live: 0 })).toMatch(/^\+\+\+\+\+/)
    expect(said(story(identify, 'sign-up'), 5, { live: 0 })).toBe('5.fail')
  })
  test('consent late: what came before the SDK began is not applicable, 8 goes on', () => {
    const story = `uid A: page load /
      mark start
      login cid ${AN}
      +1s page load /b
      pageview cid ${AN}
      product/view cid ${AN}
      product/click cid ${AN}`
    expect(verdicts(story, { live: 0 })).toBe('--++--- + ..... ... +')
  })
  test('only the newest run counts', () => {
    const old = WEB.replaceAll(`product/view cid ${AN}`, 'product/view')
    expect(checked(`${old}\n+1h mark start\npageview`, { live: 0 }).by.fail).toEqual([])
    expect(checked(`${WEB}\n+9s mark stop\n+9s product/view cid ${AN}`, { live: 0 }).by.fail).toEqual([])
  })
})

test('verdicts don’t depend on how entries came', () => {
  const stories = [WEB, WEB.replace('reset to B', 'call product/x'), START + LOGIN_AN + BROWSE_AN].map(
    story => tell(story).entries,
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: stories.length - 1 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      fc.infiniteStream(fc.double({ noNaN: true })),
      fc.boolean(),
      (index, sizes, keys, live) => {
        const entries = stories[index] ?? []
        const wish: Wish = live ? { live: 1_000 } : {}
        const shuffled = entries
          .map(entry => ({ entry, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ entry }) => entry)
        const batches: LogEntry[][] = []
        for (let at = 0; at < shuffled.length; ) {
          const size = sizes.next().value ?? 1
          batches.push(shuffled.slice(at, at + size))
          at += size
        }
        expect(result(shuffled, batches, wish).steps).toEqual(result(entries, [entries], wish).steps)
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)
