// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, screen, waitFor } from '@testing-library/preact'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Language, languageOf } from '../utils/settings'
import { openPanel } from './fixtures/open'
import { story } from './fixtures/story'
import { followLanguage, speakFor } from './language'
import { saveSettings } from './store'
import type { Words } from './words'
import { WORDS } from './words.en'
import { WORDS_VI } from './words.vi'

configure({ asyncUtilTimeout: 20_000 })

test.each([
  ['auto', 'vi', 'vi'],
  ['auto', 'vi-VN', 'vi'],
  ['auto', 'VI', 'vi'],
  ['auto', 'en-GB', 'en'],
  ['auto', 'fr', 'en'],
  ['auto', '', 'en'],
  ['en', 'vi', 'en'],
  ['vi', 'en', 'vi'],
] as const)('chosen %s, browser %s: %s', (chosen, browser, language) => {
  expect(languageOf(chosen, browser)).toBe(language)
})

describe('in the panel', () => {
  /** Languages whose words can't be read just now. */
  const lost = new Set<Language>()
  const read = async (of: Language): Promise<Words> => {
    if (lost.has(of)) throw new Error('status 404')
    return { en: WORDS, vi: WORDS_VI }[of]
  }
  followLanguage('en-GB', read)
  const language = () => screen.getByRole<HTMLSelectElement>('combobox', { name: /^(Language|Ngôn ngữ)$/ })
  const tab = () => document.querySelector('[data-tab="events"]')?.textContent

  beforeEach(async () => {
    lost.clear()
    await speakFor('auto', 'en-GB', read)
    await openPanel(story().entries, { view: 'settings' })
  })
  afterEach(cleanup)

  test('another language is spoken at once, everywhere, and the choice keeps the focus', async () => {
    expect(tab()).toMatch(/^Events/)
    language().focus()
    fireEvent.change(language(), { target: { value: 'vi' } })
    await waitFor(() => expect(tab()).toMatch(/^Sự kiện/))
    expect(document.activeElement).toBe(language())
    expect(document.documentElement.lang).toBe('vi')
    expect(document.querySelector('[data-field="identity-state"]')?.textContent).toBe('Đã nhận diện')
    fireEvent.click(document.querySelector('[data-tab="identity"]') as HTMLElement)
    await waitFor(() => expect(document.body.textContent).toContain('Còn CID sau đăng xuất'))

    await saveSettings({ language: 'auto' })
    await waitFor(() => expect(document.body.textContent).toContain('CID kept after logout'))
    expect(document.documentElement.lang).toBe('en')
  })

  test('words that can’t be read leave those that are there, and say so', async () => {
    lost.add('vi')
    await saveSettings({ language: 'vi' })
    await waitFor(() => expect(document.querySelector('[data-field="fault"]')?.textContent).toContain('status 404'))
    expect(tab()).toMatch(/^Events/)
    // Chosen once more, they may be there.
    lost.clear()
    await saveSettings({ language: 'auto' })
    await saveSettings({ language: 'vi' })
    await waitFor(() => expect(tab()).toMatch(/^Sự kiện/))
    expect(document.querySelector('[data-field="fault"]')).toBeNull()
    await saveSettings({ language: 'auto' })
    await waitFor(() => expect(tab()).toMatch(/^Events/))
  })
})
