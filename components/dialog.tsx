/** What stands in front of everything, with the focus in it, until Esc, its button, or a click beside it. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icons'
import { t } from './text'

export function Dialog({
  label,
  onClose,
  children,
}: {
  label: string
  onClose: () => void
  children: ComponentChildren
}) {
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
