/** The keys of the panel, as a list: under `?`, and in Settings. */
import { Dialog } from './dialog'
import { setHelp, usePanel, VIEWS } from './store'
import { type PlainKey, t } from './text'

/** What answers to which keys, in the order in which one meets them. Several ways stand side by side. */
const KEYS: readonly [what: PlainKey, ...keys: string[]][] = [
  ['keys.views', `Ctrl+1…${VIEWS.length}`],
  ['keys.parts', 'Tab', 'Shift+Tab'],
  ['keys.filter', 'Ctrl+F'],
  ['keys.matches', 'F3', 'Shift+F3'],
  ['keys.rows', '↑', '↓', 'Page↑', 'Page↓', 'Home', 'End'],
  ['keys.open', '→', 'Enter'],
  ['keys.tree', '←', '→'],
  ['keys.close', 'Esc'],
  ['keys.back', 'Alt+←'],
  ['keys.timeline', '←', '→', '↑', '↓', 'Enter'],
  ['keys.record', 'Ctrl+E'],
  ['keys.clear', 'Ctrl+L'],
]
/** Those of one character: whoever speaks to his computer may not want them (WCAG 2.1.4), so they can be switched off. */
const SINGLE: typeof KEYS = [
  ['keys.check', '1', '2', '3', '4'],
  ['keys.list', '?'],
]

export function ShortcutList() {
  const single = usePanel(state => state.settings.singleKeys)
  return (
    <dl class="keys">
      {(single ? [...KEYS, ...SINGLE] : KEYS).map(([what, ...keys]) => [
        <dt key={`${what} keys`}>
          {keys.map(key => (
            <kbd key={key}>{key}</kbd>
          ))}
        </dt>,
        <dd key={what}>{t(what)}</dd>,
      ])}
    </dl>
  )
}

export const Shortcuts = () => (
  <Dialog label={t('shortcuts')} onClose={() => setHelp(false)}>
    <ShortcutList />
  </Dialog>
)
