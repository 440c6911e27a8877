/** Each step in each of its states, as a story; and that none passes on silence, or on what the panel itself did. */
import { describe, expect, test } from 'vitest'
import WORDS from './check-words.en.json'
import {
  AN,
  BINH,
  BROWSE_AN,
  BROWSE_NOBODY,
  checked,
  LOGIN_AN,
  LOGOUT,
  PEOPLE,
  SECOND,
  START,
  WEB,
  type Wish,
} from './fixtures/check-run'

/** The story with something in it replaced, which must be there. */
const swap = (from: string | RegExp, to: string, story = WEB): string => {
  const other = story.replace(from, to)
  if (other === story) throw new Error(`nothing to replace: ${from}`)
  return other
}
const IN = START + LOGIN_AN + BROWSE_AN
const OUT = IN + LOGOUT + BROWSE_NOBODY
const AGAIN = `${WEB}
  +9s logout cid ${BINH}
  +50ms reset to C
  +4s page load /a
  pageview
  +4s login cid ${AN}
  +1s mark login An`
/** Nothing but what carries no identity. */
const NOTHING = 'uid A: page load /\nmark start\nstream ads/view'
const LIVE = { live: 1_000 }
const FIRST: Wish = { expected: { order: 'login-first' } }
const CITY: Wish = { expected: { attributes: [{ code: 'city', type: null, value: undefined, required: true }] } }
const PHONE: Wish = { expected: { attributes: [{ code: 'phone', type: 'String', value: undefined, required: true }] } }
const REQUIRED: Wish = { expected: { removal: 'required' } }
const NEW: Wish = { expected: { uidAfterLogout: 'new' } }
const SHA: Wish = { expected: { recipe: { hash: 'sha256', of: 'phone', normalise: [] } } }
const KEPT = swap(/\+100ms reset to B/, 'call product/x')
const GAP = 'gap lost 1s\n  '

type Case = [story: string, wish?: Wish]
/** null: there is no such state, and why. */
const TABLE: Record<number, { pass: Case; fail: Case; unknown: Case | string; waits: Case }> = {
  1: { pass: [WEB], fail: [swap(/uid A/g, 'uid opt-out1')], unknown: [NOTHING], waits: [NOTHING, LIVE] },
  2: {
    pass: [WEB],
    fail: [`uid A: page load /\nmark start\nmark logout\npageview cid ${AN}`],
    unknown: [swap('+5s product/view', '+5s gap paused 3s\n+5s product/view')],
    waits: [NOTHING, LIVE],
  },
  3: {
    pass: [WEB],
    fail: [swap(/(\+200ms login .*)/, '$1 -> blocked')],
    unknown: [swap(/(\+200ms login .*)/, '$1 -> unknown')],
    waits: [START, LIVE],
  },
  4: {
    pass: [WEB],
    fail: [`${START}+5s login\n+20s pageview`],
    unknown: [swap(/phone: "0900000000"/g, 'city: "Hue"'), SHA],
    waits: [`${START}+5s login`, LIVE],
  },
  5: {
    pass: [WEB, FIRST],
    fail: [swap(/(\+200ms login .*)\n(.*identify.*)/, '$2\n$1'), FIRST],
    unknown: [START, FIRST],
    waits: [START, { ...LIVE, ...FIRST }],
  },
  6: {
    pass: [WEB],
    fail: [swap(/\+9s page load \/account\n {2}pageview/, '+9s page load /account\nuid Z:')],
    unknown: [swap(/\+9s page load \/account\n {2}pageview/, `+9s ${GAP}page load /account\nuid Z:`)],
    waits: [START, LIVE],
  },
  7: {
    pass: [WEB, PHONE],
    fail: [WEB, CITY],
    unknown: [swap('+2s mark login', `${GAP}+2s mark login`, IN), CITY],
    waits: [IN, { ...LIVE, ...CITY }],
  },
  8: {
    pass: [WEB],
    fail: [swap(`product/view cid ${AN}`, 'product/view')],
    unknown: [swap(`product/view cid ${AN}`, `${GAP}product/view cid ${AN}`)],
    waits: [START + LOGIN_AN, LIVE],
  },
  9: {
    pass: [WEB],
    fail: [`${IN}+5s mark logout\n+30s pageview cid ${AN}`],
    unknown: [swap(`logout cid ${AN}`, `logout cid ${AN} -> unknown`)],
    waits: [IN, LIVE],
  },
  10: {
    pass: [WEB, REQUIRED],
    fail: [swap(/\+100ms reset to B/, '+31s reset to B'), REQUIRED],
    unknown: [swap(/\+100ms reset to B/, `${GAP}+31s reset to B`), REQUIRED],
    waits: [`${IN}+5s logout cid ${AN}`, { ...LIVE, ...REQUIRED }],
  },
  11: {
    pass: [WEB],
    fail: [swap(`logout cid ${AN}`, `logout cid ${BINH}`)],
    unknown: [IN],
    waits: [IN, LIVE],
  },
  12: {
    pass: [WEB],
    fail: [swap('+4s page load /ao-thun\n  pageview\n', `+4s page load /ao-thun\n  pageview cid ${AN}\n`)],
    unknown: [swap('+4s page load /ao-thun\n  pageview\n', `+4s page load /ao-thun\n  ${GAP}pageview\n`)],
    waits: [IN + LOGOUT, LIVE],
  },
  13: { pass: [WEB, NEW], fail: [KEPT, NEW], unknown: [IN], waits: [IN, LIVE] },
  14: { pass: [WEB], fail: [KEPT], unknown: [OUT], waits: [OUT, LIVE] },
  15: {
    pass: [WEB],
    fail: [swap(`product/view cid ${BINH}`, `product/view cid ${BINH} customers {name: "Nguyen An"}`)],
    unknown: [swap(`product/view cid ${BINH}`, `${GAP}product/view cid ${BINH}`)],
    waits: [OUT, LIVE],
  },
  16: {
    pass: [AGAIN],
    fail: [swap(/login cid \w+\n {2}\+1s mark login An$/, `login cid ${AN.toUpperCase()}\n  +1s mark login An`, AGAIN)],
    unknown: [`${OUT}+9s identify cid ${AN} [panel]\n+1s login cid ${AN}`],
    waits: [WEB],
  },
  17: {
    pass: [WEB],
    fail: [swap('product/view\n', 'product/view extra {password: "geheim1"}\n')],
    unknown: [swap('+5s product/view', `${GAP}+5s product/view`)],
    waits: [NOTHING, LIVE],
  },
}
const STATES = { pass: 'pass', fail: 'fail', unknown: 'cant-tell', waits: 'waiting' } as const

describe('each step in each of its states', () => {
  test('the table has all of them', () => {
    expect(Object.keys(TABLE)).toEqual(Object.keys(WORDS.steps))
  })
  test.each(
    Object.entries(TABLE).flatMap(([step, cases]) =>
      Object.entries(cases).flatMap(([state, one]) =>
        typeof one === 'string' ? [] : [[Number(step), STATES[state as keyof typeof STATES], one] as const],
      ),
    ),
  )('step %i: %s', (step, verdict, [story, wish = {}]) => {
    const found = checked(story, { people: step === 4 || step === 16 ? [] : PEOPLE, ...wish }).steps[step - 1]
    expect(found).toMatchObject({ step, verdict })
    // It says why, and what it rests on.
    expect(Object.keys(WORDS.say)).toContain(found?.came.say)
    if (verdict === 'fail') expect(found?.at).not.toBeNull()
    if (verdict === 'pass') expect(found?.events.length).toBeGreaterThan(step === 17 ? -1 : 0)
  })
})

describe('nothing passes on what the panel itself did', () => {
  const passed = (story: string) => checked(story).by.pass
  test('a login that it ran', () => {
    const story = `${START}+9s identify cid ${AN} customers {phone: "0900000000"} [panel]${BROWSE_AN}`
    for (const step of [3, 4, 6, 7, 8]) expect(passed(story)).not.toContain(step)
  })
  test.each([
    ['a reset', 'reset to B [panel]'],
    ['a logout and a reset', `logout cid ${AN} [panel]\n  reset to B [panel]`],
  ])('%s that it ran', (_, lines) => {
    const story = `${IN}+5s page load /bye\n  ${lines}\n  +50ms pageview\n  +2s mark logout${BROWSE_NOBODY}`
    for (const step of [9, 10, 11, 12, 13, 17]) expect(passed(story)).not.toContain(step)
  })
  test('a second person, and the first one once more', () => {
    const second = `${OUT}+9s identify cid ${BINH} [panel]\n+5s page load /b\npageview cid ${BINH}\nproduct/view cid ${BINH}\npageview cid ${BINH}`
    for (const step of [14, 15]) expect(passed(second)).not.toContain(step)
    const again = `${OUT}+9s identify cid ${AN} [panel]\n+5s page load /b\npageview cid ${AN}\nproduct/view cid ${AN}`
    expect(passed(again)).not.toContain(16)
  })
  test('nor does one fail on it', () => {
    const fails = (story: string) => checked(story, { live: 60_000 }).by.fail
    expect(fails(`${OUT}+9s identify cid ${AN} [panel]\npageview cid ${AN}`)).toEqual([])
    expect(fails(`${START}${LOGIN_AN}+5s reset to B [panel]\n+1s pageview\nproduct/view`)).toEqual([])
  })
})

describe('nothing passes on silence', () => {
  const parts = [START, LOGIN_AN, BROWSE_AN, LOGOUT, BROWSE_NOBODY, SECOND]
  test.each(parts.map((_, n) => [n]))('nobody watched during part %i: what rests on it does not pass', n => {
    const watched = checked(parts.join(''), { people: PEOPLE }).by.pass
    const blinded = checked(
      parts
        .map((part, at) => (at === n ? part.replace(/\n(?=[^\n]*\n\s*$)/, '\n  +0s gap lost 1s\n  ') : part))
        .join(''),
      { people: PEOPLE },
    )
    expect(blinded.overall).not.toBe('pass')
    expect(blinded.by.fail).toEqual([])
    // Whatever still passes has an event of its own to show for it.
    for (const step of blinded.by.pass) {
      expect(watched).toContain(step)
      expect(blinded.steps[step - 1]?.events.length).toBeGreaterThan(0)
    }
  })
  test('a run in which nothing happened passes nothing', () => {
    expect(checked(NOTHING).by.pass).toEqual([])
    expect(checked(NOTHING, LIVE).by.pass).toEqual([])
  })
})

test('step 6 says where the UID of the first event with the CID came from', () => {
  const said = (story: string) => checked(story).steps[5]?.came.say
  expect(said(WEB)).toBe('6.pass')
  expect(said(`${START}+5s reset to B\n+1s login cid ${AN}\n+1s mark login An\n+1s pageview cid ${AN}`)).toBe('6.reset')
})

describe('what has failed stays failed, and nothing fails before its time is over', () => {
  const AFTER = `+5s page load /b\npageview cid ${AN}\n`
  const TYPE: Wish = { expected: { attributes: [{ code: 'age', type: 'Number', value: 7, required: true }] } }
  const login = (age: string): string =>
    `${START}+9s login cid ${AN} customers {age: ${age}}\n+1s mark login An\n+9s identify cid ${AN} customers {age: 7}\n`
  const verdictsOf = (step: number, story: string, wish: Wish): string[] => {
    const lines = story.trim().split('\n')
    const from = lines.findLastIndex(line => line.includes('mark log'))
    return lines
      .slice(from)
      .map((_, n) => checked(lines.slice(0, from + n + 1).join('\n'), wish).steps[step - 1]?.verdict ?? '')
  }

  test.each<[what: string, step: number, story: string, wish: Wish, verdicts: string[]]>([
    [
      'a logout after the time of its mark',
      9,
      `${IN}+5s mark logout\n+16s product/view cid ${AN}\n+1s logout cid ${AN}\n+1s reset to B\npageview`,
      LIVE,
      ['waiting', 'fail', 'fail', 'fail', 'fail'],
    ],
    [
      'a logout within it',
      9,
      `${IN}+5s mark logout\n+9s product/view cid ${AN}\n+1s logout cid ${AN}\n+1s reset to B`,
      LIVE,
      ['waiting', 'waiting', 'pass', 'pass'],
    ],
    ['another type at first', 7, `${login('"7"')}${AFTER}`, { ...TYPE, ...LIVE }, ['waiting', 'pass', 'pass', 'pass']],
    ['another value at first', 7, `${login('6')}${AFTER}`, { ...TYPE, ...LIVE }, ['waiting', 'pass', 'pass', 'pass']],
    [
      'another type for good',
      7,
      `${login('"7"').replace('age: 7', 'size: 7')}+25s pageview cid ${AN}`,
      { ...TYPE, ...LIVE },
      ['waiting', 'waiting', 'fail'],
    ],
  ])('%s', (_, step, story, wish, verdicts) => {
    expect(verdictsOf(step, story, wish)).toEqual(verdicts)
  })
})
