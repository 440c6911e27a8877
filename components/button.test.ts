import { expect, test } from 'vitest'
import type { Sign } from '../utils/identity/sign'
import { buttonLook } from './button'

const CID = '8e30bbc8961e056622c6231742c03ae9'
const sign = (change: Partial<Sign> = {}): Sign => ({
  state: 'identified',
  uid: '7865000000000000385',
  cid: CID,
  issues: { error: 0, warning: 0, info: 0 },
  paused: false,
  ...change,
})

test.each([
  ['identified', sign(), 'ID', 'Identified'],
  ['anonymous', sign({ state: 'anonymous', cid: null }), '?', 'Anonymous'],
  ['pending', sign({ state: 'pending' }), '…', 'Pending'],
  ['unknown', sign({ state: 'unknown', uid: null, cid: null }), '', 'no event or cookie seen yet'],
  ['errors go first', sign({ issues: { error: 2, warning: 5, info: 1 } }), '×2', '2 errors, 5 warnings, 1 note'],
  ['warnings', sign({ issues: { error: 0, warning: 1, info: 1 } }), '!1', '1 warning, 1 note'],
  ['notes alone count for nothing', sign({ issues: { error: 0, warning: 0, info: 3 } }), 'ID', '3 notes'],
  ['a badge has little room', sign({ issues: { error: 1234, warning: 0, info: 0 } }), '×99', '1234 errors'],
  ['paused', sign({ paused: true, issues: { error: 2, warning: 0, info: 0 } }), '‖', 'Nothing is recorded here'],
])('%s', (_, given, text, words) => {
  const look = buttonLook(given)
  expect(look.text).toBe(text)
  expect(look.title).toContain(words)
})

test('the title has the UID whole and the CID as lists have it', () => {
  expect(buttonLook(sign()).title).toBe('Identity Lens\nIdentified\nCID 8e30…3ae9\nUID 7865000000000000385')
  expect(buttonLook(null)).toMatchObject({ text: '', title: 'Identity Lens' })
})

/** Relative luminance of `#rrggbb`. */
const luminance = (colour: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map(at => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

test('white letters can be read on every colour', () => {
  for (const given of [
    sign(),
    sign({ state: 'anonymous' }),
    ...[1, 0].map(error => sign({ issues: { error, warning: 1, info: 0 } })),
  ])
    expect(1.05 / (luminance(buttonLook(given).colour) + 0.05)).toBeGreaterThan(4.5)
})
