import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rich, t } from './text'
import { EN } from './text.en'

test('values go into their places, in any order', () => {
  expect(t('status.counts', { events: 1, requests: 2 })).toBe('1 event · 2 requests')
  expect(t('page.load')).toBe('Page load')
})

test('a value that looks like a place is only text', () => {
  expect(t('copy.value', { what: '{what} {n|a|b}' })).toBe('Copy {what} {n|a|b}')
})

test('elements stand in the text where their names do', () => {
  expect(rich('state.since', { time: '10:51:20', link: 'user/sign_in' })).toEqual([
    'since ',
    '10:51:20',
    ' · by ',
    'user/sign_in',
    '',
  ])
})

/** All sources of the panel but the catalogue, tests and fixtures. */
const sources = (folder: string): string =>
  readdirSync(folder, { withFileTypes: true })
    .map(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === 'fixtures' ? '' : sources(path)
      return /\.tsx?$/.test(entry.name) && !/\.test\.|text\.en/.test(entry.name) ? readFileSync(path, 'utf8') : ''
    })
    .join('\n')

test('every text is used', () => {
  const code = sources(__dirname)
  const patterns = [...code.matchAll(/\b(?:t|rich)\(\s*`([^`]+)`/g)].map(
    ([, text = '']) =>
      new RegExp(
        `^${text
          .split(/\$\{[^}]*\}/)
          .map(part => part.replace(/[.?]/g, '\\$&'))
          .join('.+')}$`,
      ),
  )
  const unused = Object.keys(EN).filter(
    key => !code.includes(`'${key}'`) && !code.includes(`"${key}"`) && !patterns.some(pattern => pattern.test(key)),
  )
  expect(unused).toEqual([])
})
