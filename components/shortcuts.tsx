/** The keys of the panel, as a list: under `?`, and in Settings. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icons'
import { setHelp, usePanel, VIEWS } from './store'
import { type PlainKey, t } from './text'

/** What answers to which keys, in the order in which one meets them. Several ways stand side by side. */
const KEYS: readonly [what: PlainKey, ...keys: string[]][] = [
  ['keys.views', `Ctrl+1…${VIEWS.length}`],
  ['keys.parts', 'Tab', 'Shift+Tab'],
  ['keys.filter', 'Ctrl+F'],
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

/** In front of everything, with the focus in it, until Esc or a click beside it. */
function Dialog({ label, onClose, children }: { label: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    dialog.current?.showModal()
    return () => before?.focus()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      onClose={onClose}
      // Of what is clicked, the backdrop alone counts as the dialog itself.
      onClick={event => event.target === dialog.current && onClose()}
      onKeyDown={event => event.stopPropagation()}
    >
      <div class="ph">
        <h2>{label}</h2>
        <span class="sp" />
        <button type="button" class="ib" aria-label={t('close')} title={`${t('close')} (Esc)`} onClick={onClose}>
          <Icon name="x" small />
        </button>
      </div>
      <div class="pad">{children}</div>
    </dialog>
  )
}

export const Shortcuts = () => (
  <Dialog label={t('shortcuts')} onClose={() => setHelp(false)}>
    <ShortcutList />
  </Dialog>
)
