/** A small window under a button: opens by click or key, closes by Escape, by a click elsewhere, and when its work is done. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** Where it hangs in the window: panes clip what they hold, so it can't hang in its pane. */
function placeUnder(button: HTMLElement, end: boolean | undefined) {
  const { left, right, bottom } = button.getBoundingClientRect()
  const top = bottom + 3
  const side = end ? { right: `${Math.max(4, innerWidth - right)}px` } : { left: `${left}px` }
  return { top: `${top}px`, maxHeight: `calc(100vh - ${top + 8}px)`, ...side }
}

export function Pop({
  label,
  text,
  action,
  end,
  children,
}: {
  label: string
  /** What stands on the button. */
  text: ComponentChildren
  action: string
  /** It hangs from the button's right end. */
  end?: boolean
  children: (close: () => void) => ComponentChildren
}) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!open) return
    const out = (event: Event) => box.current?.contains(event.target as Node) || setOpen(false)
    document.addEventListener('pointerdown', out, true)
    return () => document.removeEventListener('pointerdown', out, true)
  }, [open])
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <span
      class="pop-at"
      ref={box}
      onKeyDown={event => {
        if (event.key !== 'Escape' || !open) return
        event.preventDefault()
        event.stopPropagation()
        close()
      }}
    >
      <button
        ref={button}
        type="button"
        class="btn fl"
        aria-label={label}
        title={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        data-action={action}
        onClick={() => setOpen(!open)}
      >
        {text}
      </button>
      {open && button.current && (
        <div class="pop" style={placeUnder(button.current, end)} role="dialog" aria-label={label}>
          {children(close)}
        </div>
      )}
    </span>
  )
}
