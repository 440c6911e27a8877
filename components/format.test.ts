import { describe, expect, onTestFinished, test } from 'vitest'
import type { Language } from '../utils/settings'
import {
  bytes,
  clockMs,
  day,
  inline,
  laneUid,
  namedDay,
  pathOf,
  rowCid,
  rowUid,
  shortCid,
  span,
  tone,
  when,
} from './format'
import { speak, type Words } from './words'
import { WORDS } from './words.en'
import { WORDS_VI } from './words.vi'

const at = new Date(2026, 5, 7, 9, 5, 3, 7).getTime()

test('times are local, to the millisecond, and name the day only when it is another one', () => {
  expect(clockMs(at)).toBe('09:05:03.007')
  expect(when(at, at + 1000)).toBe('09:05:03')
  expect(when(at, at + 86_400_000)).toBe('7 Jun 09:05:03')
})

test.each<[Language, Words, string, 'short' | 'narrow', 'short' | 'numeric']>([
  ['en', WORDS, 'en-GB', 'short', 'short'],
  ['vi', WORDS_VI, 'vi', 'narrow', 'numeric'],
])('days of a year read in %s as its speakers write them', (language, words, locale, weekday, month) => {
  speak(words, language)
  onTestFinished(() => speak(WORDS, 'en'))
  const short = new Intl.DateTimeFormat(locale, { day: 'numeric', month })
  const named = new Intl.DateTimeFormat(locale, { weekday, day: 'numeric', month })
  for (let n = 0; n < 365; n++) {
    const date = new Date(2026, 0, 1 + n, 12).getTime()
    expect(day(date)).toBe(short.format(date))
    expect(namedDay(date)).toBe(named.format(date).replace(',', ''))
  }
})

test.each([
  [41, '41 ms'],
  [999.6, '1000 ms'],
  [1_240, '1.2 s'],
  [31_000, '31 s'],
  [240_000, '4 min'],
  [7_200_000, '2 h'],
  [345_600_000, '4 d'],
])('%d ms is %s', (ms, text) => expect(span(ms)).toBe(text))

test.each([
  [820, '820 B'],
  [1_234, '1.2 kB'],
  [8_000_000, '8.0 MB'],
])('%d bytes are %s', (n, text) => expect(bytes(n)).toBe(text))

describe('ids are cut where they tell apart, short ones never', () => {
  test.each([
    [shortCid, '8e30bbc8961e056622c6231742c03ae9', '8e30…3ae9'],
    [shortCid, 'an@example.com', 'an@example.com'],
    [rowCid, '8e30bbc8961e056622c6231742c03ae9', '8e30…'],
    [rowCid, 'c-1', 'c-1'],
    [rowUid, '7865000000000000385', '…0385'],
    [rowUid, 'u1', 'u1'],
    [laneUid, '7865000000000000385', '7865…0000000385'],
    [shortCid, '🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂', '🙂🙂🙂🙂…🙂🙂🙂🙂'],
  ])('%p of %s is %s', (cut, id, text) => expect(cut(id)).toBe(text))
})

describe('a value stands bare unless it could be taken for another type', () => {
  test.each([
    ['Nguyễn Thị An', 'Nguyễn Thị An'],
    ['0900000000', '0900000000'],
    ['185.0000', '"185.0000"'],
    ['185', '"185"'],
    ['true', '"true"'],
    ['', '""'],
    [' x', '" x"'],
    [185, '185'],
    [null, 'null'],
    [['a', 1], '["a",1]'],
    ['<b>x</b>', '<b>x</b>'],
  ])('%j as %s', (value, text) => expect(inline(value)).toBe(text))
  test('colours by type', () => expect(['x', 1, true, null].map(tone)).toEqual(['str', 'nu', 'bo', 'bo']))
})

test.each([
  ['https://shop.example/t%C3%A0i-kho%E1%BA%A3n?a=1', '/tài-khoản?a=1'],
  ['https://shop.example/%', 'https://shop.example/%'],
  ['about:blank', 'about:blank'],
  ['', ''],
])('the path of %j is %s', (url, path) => expect(pathOf(url)).toBe(path))
