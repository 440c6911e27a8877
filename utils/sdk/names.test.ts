import { expect, test } from 'vitest'
import { glossary } from './glossary'
import { GLOSSARY } from './glossary.en'
import { CONTEXT_KEYS, COOKIES, isContextKey, isSdkCookie, isThrottleCookie, PARAMETERS, sourceOfCookie } from './names'

test.each<[name: string, isOurs: boolean, source: string | null]>([
  ['_asm_uid', true, null],
  ['au_id', true, null],
  ['_cdp_cfg', true, null],
  ['_cdp_purchase_tracking', true, null],
  ['_pk_id.565000001.7d1e', true, '565000001'],
  // Matomo's, which numbers its sites from 1.
  ['_pk_id.1.7d1e', false, null],
  ['_pk_ses.565000001.7d1e', false, null],
  ['_ga', false, null],
  ['__proto__', false, null],
])('cookie %s', (name, isOurs, source) => {
  expect(isSdkCookie(name)).toBe(isOurs)
  expect(sourceOfCookie(name)).toBe(source)
})

test('throttle cookies', () => {
  expect(isThrottleCookie('_cdp_purchase_tracking')).toBe(true)
  expect(isThrottleCookie('_cdp_cfg')).toBe(false)
})

test('context keys, those of campaigns by their beginning', () => {
  expect(['session_id', 'utm_campaign', 'atm_anything'].every(isContextKey)).toBe(true)
  expect(['name', 'customer_id', 'toString', '__proto__', 'utm'].some(isContextKey)).toBe(false)
})

test('every known name is explained, the site’s own are not', () => {
  for (const name of [...PARAMETERS, ...CONTEXT_KEYS, ...COOKIES])
    expect(glossary(GLOSSARY, name), name).toMatchObject({
      text: expect.stringMatching(/\.$/),
      known: expect.stringMatching(/^[DCSI?]$/),
    })
  expect(glossary(GLOSSARY, 'utm_campaign')?.known).toBe('C')
  expect(glossary(GLOSSARY, '_pk_id.565000001.7d1e')?.text).toContain('565000001')
  for (const name of ['loyalty_points', 'toString', '__proto__', '']) expect(glossary(GLOSSARY, name)).toBeNull()
})
