/** A small window under a button: opens by click or key, closes by Escape, by a click elsewhere, and when its work is done. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** What it hangs from: the button, or the point of a click that was made in its name, as by a right click on a row. */
function boxOf(button: HTMLElement, { detail, clientX: x, clientY: y }: MouseEvent): DOMRect {
  const box = button.getBoundingClientRect()
  const within = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom
  // Clicks by the keyboard have no point.
  return detail === 0 || within ? box : new DOMRect(x, y)
}

/** Where it hangs in the window, on the side that has more room: panes clip what they hold, so it can't hang in its pane. */
function placeAt({ left, right, top, bottom, width }: DOMRect, toLeft: boolean | undefined) {
  const below = innerHeight - bottom
  const end = width > 0 ? toLeft : left > innerWidth / 2
  const side = end ? { right: `${Math.max(4, innerWidth - right)}px` } : { left: `${left}px` }
  const room = (px: number) => `${px - 11}px`
  return below >= 320 || below >= top
    ? { top: `${bottom + 3}px`, maxHeight: room(below), ...side }
    : { bottom: `${innerHeight - top + 3}px`, maxHeight: room(top), ...side }
}

/** As wide as its words are, it may reach out of a narrow window. */
function keepIn(pop: HTMLElement | null): void {
  if (!pop) return
  pop.style.translate = ''
  const { left, right } = pop.getBoundingClientRect()
  const by = left < 4 ? 4 - left : Math.min(0, innerWidth - 4 - right)
  if (by !== 0) pop.style.translate = `${by}px`
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
  const [at, setAt] = useState<DOMRect | null>(null)
  const open = at !== null
  const box = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!open) return
    const out = (event: Event) => box.current?.contains(event.target as Node) || setAt(null)
    document.addEventListener('pointerdown', out, true)
    return () => document.removeEventListener('pointerdown', out, true)
  }, [open])
  const close = () => {
    setAt(null)
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
        onClick={event => setAt(open ? null : boxOf(event.currentTarget, event))}
      >
        {text}
      </button>
      {at && (
        <div ref={keepIn} class="pop" style={placeAt(at, end)} role="dialog" aria-label={label}>
          {children(close)}
        </div>
      )}
    </span>
  )
}
