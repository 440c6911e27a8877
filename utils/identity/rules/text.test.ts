import { expect, test } from 'vitest'
import { duration, mask, shortCid, shortUid } from './text'

test.each([
  [0, '0 ms'],
  [38, '38 ms'],
  [999, '999 ms'],
  [1_400, '1 s'],
  [13_431, '13 s'],
  [90_000, '90 s'],
  [240_000, '4 min'],
  [3 * 3_600_000, '3 h'],
  [49 * 3_600_000, '2 days'],
])('%d is %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('ids are short, addresses and numbers masked', () => {
  expect([mask('an.nguyen@mail.example.com'), mask('0912345678'), mask('12')]).toEqual(['a…@m….com', '09…78', '…'])
  expect(['8e30bbc8961e056622c6231742c03ae9', 'C-10023', 'an@b.vn', '0912 345 678'].map(shortCid)).toEqual([
    '8e30…',
    'C-10023',
    'a…@b….vn',
    '09…78',
  ])
  expect([shortUid('7865000000000000385'), shortUid('A')]).toEqual(['…0385', 'A'])
})
