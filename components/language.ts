/** The language: what the user chose, else the browser's when it is one of the panel's, else English. */
import { languageOf, type Settings } from '../utils/settings'
import { panel } from './store'
import { fetchWords, language, speakIn } from './words'

/** Speaks the language of these settings. Resolves once its words are there. */
export async function speakFor(chosen: Settings['language'], browser: string, read = fetchWords): Promise<void> {
  if (!(await speakIn(languageOf(chosen, browser), read))) return
  document.documentElement.lang = language
  // Everything is drawn anew: with `version`, what was laid out by the length of its words too.
  panel.setState(({ version }) => ({ language, version: version + 1 }))
}

/** Keeps the panel in the right language as the settings change. */
export function followLanguage(browser: string, read = fetchWords): void {
  panel.subscribe(({ settings }, before) => {
    if (settings.language !== before.settings.language) void speakFor(settings.language, browser, read)
  })
}
