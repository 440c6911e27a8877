import '../fixtures/words'
import { expect, test } from 'vitest'
import { DEFAULTS, type Settings } from '../../utils/settings'
import { readSettingsFile, writeSettings } from './file'

const MINE: Settings = {
  ...DEFAULTS,
  hosts: ['t.shop.vn'],
  language: 'vi',
  people: [{ label: 'An', cid: '8e30bbc8961e056622c6231742c03ae9' }],
}

test('what was written is read again; names of CIDs stay here, on both sides', () => {
  const text = writeSettings(MINE)
  expect(text).not.toMatch(/8e30|"An"/)
  const people = [{ label: 'Bình', cid: 'C-2' }]
  expect(readSettingsFile(text, { people })).toEqual({ settings: { ...MINE, people }, problems: [] })
})

test('a bad value in it falls back and is named, the others are taken', () => {
  const text = writeSettings(MINE).replace('"auto"', '"pink"')
  const problem = { setting: 'theme', is: '"pink"', fault: 'one-of', limit: 'auto, light, dark', instead: '"auto"' }
  expect(readSettingsFile(text, MINE)).toEqual({ settings: MINE, problems: [problem] })
})

test.each([
  ['', /JSON/],
  ['{', /JSON/],
  ['null', /no file with settings/],
  ['[]', /no file with settings/],
  ['{"log":{}}', /no file with settings/],
  ['{"format":"identity-lens-settings","version":2}', /version 2/],
])('%s is refused, with the reason', (text, why) => {
  expect(readSettingsFile(text, MINE)).toMatch(why)
})
