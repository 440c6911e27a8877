/** The theme: what the user chose, else what DevTools says, else what the browser says (a media query, in the style sheet). */
import { panel } from './store'

/**
 * Keeps the document in the right theme. `themeName` is DevTools' own: `dark`, or `default` and `light`; null outside of
 * DevTools, where the media query is right. `onChange` is given what to call when it changes.
 */
export function followTheme(themeName: string | null, onChange: (on: (themeName: string) => void) => void): void {
  let named = themeName
  const apply = () => {
    const { theme } = panel.getState().settings
    const devtools = named === null ? null : named === 'dark' ? 'dark' : 'light'
    const chosen = theme === 'auto' ? devtools : theme
    if (chosen) document.documentElement.dataset.theme = chosen
    else delete document.documentElement.dataset.theme
  }
  onChange(name => {
    named = name
    apply()
  })
  panel.subscribe(({ settings }, before) => {
    if (settings.theme !== before.settings.theme) apply()
  })
  apply()
}
