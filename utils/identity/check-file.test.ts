import { describe, expect, test } from 'vitest'
import { NOTHING_EXPECTED, rulesExpect } from './check-expected'
import { readExpected } from './check-file'
import { cidOfPerson } from './check-trail'
import { NO_EXPECTATIONS } from './expectations'

const RULES = ['pii-in-url', 'event-twice']
const read = (value: unknown) => readExpected(typeof value === 'string' ? value : JSON.stringify(value), RULES)
const reason = (value: unknown): string => {
  const reading = read(value)
  return reading.ok ? 'it was read' : reading.reason
}

describe('a file of expectations', () => {
  test('everything that it may hold', () => {
    const reading = read({
      mode: 'web',
      recipe: { hash: 'md5', of: 'phone', normalise: ['trim', '84to0'] },
      order: 'login-first',
      loginEvents: ['user/otp_ok'],
      attributes: { name: 'string', birthday: { type: 'datetime', required: false }, tier: { value: 'gold' } },
      removal: 'required',
      uidAfterLogout: 'new',
      required: { 'product/purchase': ['dims.purchase.customer_id'] },
      mute: [{ rule: 'pii-in-url', note: 'known', until: '2027-01-01' }, { rule: 'event-twice' }],
      strict: true,
    })
    expect(reading).toEqual({
      ok: true,
      expected: {
        mode: 'web',
        recipe: { hash: 'md5', of: 'phone', normalise: ['trim', '84to0'] },
        order: 'login-first',
        loginEvents: ['user/otp_ok'],
        attributes: [
          { code: 'name', type: 'String', value: undefined, required: true },
          { code: 'birthday', type: 'Datetime', value: undefined, required: false },
          { code: 'tier', type: null, value: 'gold', required: true },
        ],
        removal: 'required',
        uidAfterLogout: 'new',
        required: { 'product/purchase': ['dims.purchase.customer_id'] },
        mute: [
          { rule: 'pii-in-url', note: 'known', until: Date.UTC(2027, 0, 1) },
          { rule: 'event-twice', note: '', until: null },
        ],
        strict: true,
      },
    })
  })

  test('an empty one expects nothing, and changes no rule', () => {
    expect(read({})).toEqual({ ok: true, expected: NOTHING_EXPECTED })
    expect(rulesExpect(NOTHING_EXPECTED)).toEqual(NO_EXPECTATIONS)
  })

  test.each<[string, unknown, string]>([
    ['no JSON', '{"mode": web}', 'The expectations are not JSON: '],
    ['no object', [], 'The file of expectations is [], but must be an object.'],
    [
      'an unknown key',
      { modus: 'web' },
      '`modus` in the expectations is no key of this file; known here: mode, recipe, ',
    ],
    [
      'an unknown key deep inside',
      { recipe: { hash: 'md5', salt: 'x' } },
      '`recipe.salt` in the expectations is no key of this file; known here: hash, of, normalise.',
    ],
    [
      'a wrong word',
      { recipe: { hash: 'md4' } },
      '`recipe.hash` in the expectations is "md4", but must be md5, sha1, sha256 or none.',
    ],
    ['a missing one', { recipe: { of: 'phone' } }, '`recipe.hash` in the expectations is missing'],
    [
      'a list that is none',
      { loginEvents: 'user/x' },
      '`loginEvents` in the expectations is "user/x", but must be a list of texts.',
    ],
    [
      'something wrong in a list',
      { recipe: { hash: 'md5', normalise: ['trim', 'upper'] } },
      '`recipe.normalise.1` in the expectations is "upper", but must be trim, lower',
    ],
    [
      'an attribute’s type',
      { attributes: { name: 'text' } },
      '`attributes.name` in the expectations is "text", but must be string, number',
    ],
    [
      'a day that is none',
      { mute: [{ rule: 'pii-in-url', until: '2027-02-31x' }] },
      '`mute.0.until` in the expectations is "2027-02-31x", but must be a day, written like 2027-01-31.',
    ],
    [
      'a rule that nobody has',
      { mute: [{ rule: 'pii' }] },
      '`mute.0.rule` in the expectations is "pii", but no rule has this id.',
    ],
    ['a flag', { strict: 'yes' }, '`strict` in the expectations is "yes", but must be true or false.'],
  ])('%s', (_, value, sentence) => {
    expect(reason(value)).toContain(sentence)
    expect(reason(value)).toMatch(/\.$/)
  })

  test('a value from outside stands in the sentence cut short', () => {
    expect(reason({ mode: 'x'.repeat(5_000) }).length).toBeLessThan(200)
  })
})

describe('a person’s CID', () => {
  const MD5 = '8e30bbc8961e056622c6231742c03ae9'
  test.each<[string, string, Parameters<typeof cidOfPerson>[1], string | null]>([
    ['a phone number, without a recipe', '+84 900 000 000', null, MD5],
    ['a phone number, by a recipe', '0900000000', { hash: 'md5', of: 'phone', normalise: ['trim'] }, MD5],
    ['a phone number where CIDs are made of e-mail', '0900000000', { hash: 'md5', of: 'email', normalise: [] }, null],
    ['an e-mail address', ' An@Example.com ', null, '44dfb827751d33a707dae597f761f7c7'],
    ['a CID as it is', ` ${MD5} `, null, MD5],
    ['an e-mail address that is the CID itself', 'cid: an@example.com', null, 'an@example.com'],
    ['one where CIDs are addresses', ' An@Example.com ', { hash: 'none', of: 'any', normalise: [] }, 'an@example.com'],
    [
      'a phone number where CIDs are phone numbers',
      '+84 900 000 000',
      { hash: 'none', of: 'any', normalise: [] },
      '0900000000',
    ],
    ['nothing', '  ', null, null],
  ])('%s', (_, typed, recipe, cid) => {
    expect(cidOfPerson(typed, recipe)).toBe(cid)
  })
})
