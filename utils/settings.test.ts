import fc from 'fast-check'
import { expect, test } from 'vitest'
import { problemText } from '../components/settings/problems'
import { DEFAULTS, expectedOn, parseSettings } from './settings'

test('nothing stored: the defaults, and nothing to say', () => {
  expect(parseSettings(undefined)).toEqual({ settings: DEFAULTS, problems: [] })
})

test('good settings pass unchanged', () => {
  const settings = {
    recording: false,
    pausedSites: ['shop.vn', '127.0.0.1', '[::1]', 'localhost'],
    hosts: ['events.shop.vn'],
    ignored: ['metrics.shop.vn/event'],
    retention: { events: 300_000, days: 30 },
    theme: 'dark' as const,
    time: 'relative' as const,
    language: 'vi' as const,
    masking: false,
    keepLog: false,
    singleKeys: false,
    mutes: [{ site: 'shop.vn', rule: 'uid-changed', note: 'known, see ticket 12' }],
    people: [{ label: 'An, test 1', cid: '8e30bbc8961e056622c6231742c03ae9' }],
    channels: { 'shop.vn': 'app' as const },
    filters: [{ name: 'logins', query: 'ec:user ea:sign_*' }],
    expected: { 'shop.vn': '{"removal": "required"}' },
  }
  expect(parseSettings(settings)).toEqual({ settings, problems: [] })
})

test.each<[unknown, string]>([
  [
    { filters: [{ name: 'x', query: '' }] },
    'Setting filters[0] is {"name":"x","query":""}, but must not be empty; it is left out.',
  ],
  [7, 'The stored settings are 7 instead of an object; the defaults are used.'],
  [{ recording: 'yes' }, 'Setting recording is "yes", but must be true or false; true is used.'],
  [{ retention: 3 }, 'Setting retention is 3, but must be an object; {"events":50000,"days":14} is used.'],
  [{ retention: { events: 0 } }, 'Setting retention.events is 0, but must be at least 1,000; 50000 is used.'],
  [
    { retention: { events: 1e9 } },
    'Setting retention.events is 1000000000, but must be at most 1,000,000; 50000 is used.',
  ],
  [{ retention: { days: 2.5 } }, 'Setting retention.days is 2.5, but must be a whole number; 14 is used.'],
  [{ retention: { days: null } }, 'Setting retention.days is null, but must be a number; 14 is used.'],
  [
    { people: [{ label: ' ', cid: 'x' }] },
    'Setting people[0] is {"label":" ","cid":"x"}, but must not be empty; it is left out.',
  ],
  [{ expected: [] }, 'Setting expected is [], but must be an object; {} is used.'],
  [{ expected: { 'shop.vn': 1 } }, 'Setting expected.shop.vn is 1, but must be text; it is left out.'],
  [{ time: 'utc' }, 'Setting time is "utc", but must be one of clock, relative, navigation; "clock" is used.'],
  [{ theme: 'pink' }, 'Setting theme is "pink", but must be one of auto, light, dark; "auto" is used.'],
  [{ language: 'fr' }, 'Setting language is "fr", but must be one of auto, en, vi; "auto" is used.'],
  [{ masking: 'no' }, 'Setting masking is "no", but must be true or false; true is used.'],
  [{ ignored: [7] }, 'Setting ignored[0] is 7, but must be text; it is left out.'],
  [{ hosts: 'a.vn' }, 'Setting hosts is "a.vn", but must be a list; [] is used.'],
  [
    { hosts: ['https://a.vn/'] },
    'Setting hosts[0] is "https://a.vn/", but must be a host name in lower case, without scheme, port or path; it is left out.',
  ],
  [
    { mutes: ['uid-changed'] },
    'Setting mutes[0] is "uid-changed", but must be an object with site, rule and note; it is left out.',
  ],
  [
    { mutes: [{ site: 'a.vn', rule: 'x', note: 7 }] },
    'Setting mutes[0] is {"site":"a.vn","rule":"x","note":7}, but must have a note; it is left out.',
  ],
])('%j falls back and says so', (stored, problem) => {
  const { settings, problems } = parseSettings(stored)
  expect([settings, problems.map(problemText)]).toEqual([DEFAULTS, [problem]])
})

test('one bad value costs no other', () => {
  const { settings, problems } = parseSettings({
    theme: 'light',
    hosts: ['a.vn', 'B.vn', 'a.vn', 'c.vn'],
    recording: 1,
  })
  expect(settings).toEqual({ ...DEFAULTS, theme: 'light', hosts: ['a.vn', 'c.vn'] })
  expect(problems.length).toBe(2)
})

test('whatever was stored, settings come out, and they pass a second time', () => {
  fc.assert(
    fc.property(fc.anything(), stored => {
      const { settings } = parseSettings(stored)
      expect(parseSettings(settings)).toEqual({ settings, problems: [] })
    }),
  )
})

test.each(['constructor', 'toString', '__proto__', 'shop.vn'])(
  'of a site called %s nothing is expected until it is written',
  site => {
    expect(expectedOn(DEFAULTS, site)).toEqual({ text: '', channel: null })
    const written = JSON.parse(`{"expected": {"${site}": "{}"}, "channels": {"${site}": "app"}}`)
    expect(expectedOn({ ...DEFAULTS, ...written }, site)).toEqual({ text: '{}', channel: 'app' })
  },
)
