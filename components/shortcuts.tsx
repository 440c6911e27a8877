/** Help: what each view is for, what the signs mean, and the keys. Under `?`; the keys are in Settings too. */
import { Dialog } from './dialog'
import { Known } from './parts'
import { setHelp, showView, usePanel, VIEWS, type View } from './store'
import { type PlainKey, t } from './text'

/** What answers to which keys, in the order in which one meets them. Several ways stand side by side. */
const KEYS: readonly [what: PlainKey, ...keys: string[]][] = [
  ['keys.views', `Ctrl+1…${VIEWS.length}`],
  ['keys.parts', 'Tab', 'Shift+Tab'],
  ['keys.filter', 'Ctrl+F'],
  ['keys.offer', 'Ctrl+Space', '↓', 'Tab'],
  ['keys.matches', 'F3', 'Shift+F3'],
  ['keys.rows', '↑', '↓', 'Page↑', 'Page↓', 'Home', 'End'],
  ['keys.columns', '←', '→', 'Enter', 'Shift+←', 'Shift+→'],
  ['keys.open', '→', 'Enter'],
  ['keys.menu', 'Shift+F10'],
  ['keys.tree', '←', '→'],
  ['keys.close', 'Esc'],
  ['keys.back', 'Alt+←'],
  ['keys.timeline', '←', '→', '↑', '↓', 'Home', 'End', 'Enter'],
  ['keys.split', '←', '→'],
  ['keys.record', 'Ctrl+E'],
  ['keys.clear', 'Ctrl+L'],
]
/** Those of one character: whoever speaks to his computer may not want them (WCAG 2.1.4), so they can be switched off. */
const SINGLE: typeof KEYS = [
  ['keys.check', '1', '2', '3', '4'],
  ['keys.list', '?'],
]

const RECORDING: readonly PlainKey[] = ['keys.record', 'keys.clear', 'keys.check']

export function ShortcutList() {
  const single = usePanel(state => state.settings.singleKeys)
  // What a colleague sent is looked at: there is nothing to record.
  const colleague = usePanel(state => state.colleague)
  const keys = (single ? [...KEYS, ...SINGLE] : KEYS).filter(([what]) => !colleague || !RECORDING.includes(what))
  return (
    <dl class="keys">
      {keys.map(([what, ...keys]) => [
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

/** What to look for where; in the order of the tabs. */
const PURPOSES = {
  identity: 'help.identity',
  events: 'help.events',
  merge: 'help.merge',
  check: 'help.check',
  actions: 'help.actions',
  diagnostics: 'help.diagnostics',
} as const satisfies Partial<Record<View, PlainKey>>
const LETTERS = ['D', 'C', 'S', 'I', '?'] as const

export const Shortcuts = () => (
  <Dialog label={t('help')} onClose={() => setHelp(false)}>
    <div class="help-in">
      <h3>{t('help.views')}</h3>
      <dl class="kv">
        {(Object.keys(PURPOSES) as (keyof typeof PURPOSES)[]).map(view => [
          <dt key={view}>
            <button
              type="button"
              class="link"
              onClick={() => {
                setHelp(false)
                showView(view)
              }}
            >
              {t(view)}
            </button>
          </dt>,
          <dd key={`${view} what`}>{t(PURPOSES[view])}</dd>,
        ])}
      </dl>
      <h3>{t('help.signs')}</h3>
      <dl class="kv">
        <dt>■–●–✓</dt>
        <dd>{t('help.chain')}</dd>
        {LETTERS.map(letter => [
          <dt key={letter}>
            <Known letter={letter} />
          </dt>,
          <dd key={`${letter} what`}>{t(`known.${letter}`)}</dd>,
        ])}
      </dl>
      <h3>{t('shortcuts')}</h3>
      <ShortcutList />
    </div>
  </Dialog>
)
