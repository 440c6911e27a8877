import { beforeEach, describe, expect, test } from 'vitest'
import type { Settings } from '../utils/settings'
import { DEFAULTS } from '../utils/settings'
import { june, story, TAB } from './fixtures/story'
import { LogView } from './log-view'
import { ago, offset, timeText } from './time'
import { speak } from './words'
import { WORDS as EN } from './words.en'
import { WORDS_VI } from './words.vi'

beforeEach(() => speak(EN, 'en'))

test.each([
  [-400, 'just now'],
  [0, 'just now'],
  [999, 'just now'],
  [1_000, '1 s ago'],
  [9_999, '9 s ago'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [119_999, '1 min ago'],
  [3_599_999, '59 min ago'],
  [3_600_000, '1 h ago'],
  [86_400_000, '24 h ago'],
  [172_799_999, '47 h ago'],
  [200_000_000, '2 d ago'],
])('%i ms ago is written %s', (ms, text) => {
  expect(ago(ms)).toBe(text)
})

test.each([
  [0, '+0 ms'],
  [-3, '−3 ms'],
  [812, '+812 ms'],
  [1_000, '+1.00 s'],
  [12_344, '+12.34 s'],
  [59_994, '+59.99 s'],
  [59_996, '+1:00.0'],
  [605_200, '+10:05.2'],
  [3_599_900, '+59:59.9'],
  [3_600_000, '+1:00:00'],
  [3_725_000, '+1:02:05'],
])('%i ms after the page was loaded is written %s', (ms, text) => {
  expect(offset(ms)).toBe(text)
})

test('in Vietnamese', () => {
  speak(WORDS_VI, 'vi')
  expect([ago(12_000), ago(0), offset(12_344)]).toEqual(['12 giây trước', 'vừa xong', '+12.34 giây'])
})

describe('an event’s time', () => {
  const log = new LogView(TAB)
  log.take({ epoch: 0, reset: false, entries: story().entries })
  const now = june(7, '10:58:00')
  const text = (time: Settings['time'], of: Parameters<typeof timeText>[1]) =>
    timeText({ log, now, settings: { ...DEFAULTS, time } }, of)
  const event = log.event(318)
  if (!event) throw new Error('no event')

  test.each([
    ['clock', '10:51:20.118'],
    ['relative', '6 min ago'],
    ['navigation', '+7.64 s'],
  ] as const)('%s: %s', (time, expected) => {
    expect(text(time, event)).toBe(expected)
  })
  test('of a page that nobody saw, it is the clock’s', () => {
    expect(text('navigation', { at: event.at, place: { ...event.place, doc: 'unseen' } })).toBe('10:51:20.118')
  })
})
