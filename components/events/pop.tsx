/** A small window under a button: opens by click or key, closes by Escape, by a click elsewhere, and when its work is done. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** Where it hangs in the window, on the side that has more room: panes clip what they hold, so it can't hang in its pane. */
function placeAt(button: HTMLElement, end: boolean | undefined) {
  const { left, right, top, bottom } = button.getBoundingClientRect()
  const below = innerHeight - bottom
  const side = end ? { right: `${Math.max(4, innerWidth - right)}px` } : { left: `${left}px` }
  const room = (px: number) => `${px - 11}px`
  return below >= 300 || below >= top
    ? { top: `${bottom + 3}px`, maxHeight: room(below), ...side }
    : { bottom: `${innerHeight - top + 3}px`, maxHeight: room(top), ...side }
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
        <div class="pop" style={placeAt(button.current, end)} role="dialog" aria-label={label}>
          {children(close)}
        </div>
      )}
    </span>
  )
}
