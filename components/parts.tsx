/** Small parts that every view is made of. */
import { Component, type ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Severity } from '../utils/identity/state'
import type { Json } from '../utils/sdk/event'
import { whyOf } from '../utils/why'
import { keepFocus } from './focus'
import { inline, tone } from './format'
import { Icon, type IconName } from './icons'
import { nameOf, openEvent, type PanelState, panel, showView, usePanel } from './store'
import { type PlainKey, t } from './text'

/**
 * Arrow keys among the elements that match `items`, as one tab stop: gives them their tabindex and moves the focus. Returns the
 * element that the key leads to, null if it leads nowhere.
 */
export function rove(
  event: KeyboardEvent,
  items: string,
  keys: { next: string; previous: string },
): HTMLElement | null {
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(items)]
  const at = all.indexOf(document.activeElement as HTMLElement)
  const to =
    event.key === keys.next
      ? Math.min(at + 1, all.length - 1)
      : event.key === keys.previous
        ? Math.max(at - 1, 0)
        : event.key === 'Home'
          ? 0
          : event.key === 'End'
            ? all.length - 1
            : -1
  const target = all[to]
  if (!target) return null
  event.preventDefault()
  for (const each of all) each.tabIndex = each === target ? 0 : -1
  target.focus()
  return target
}

/**
 * Puts text on the clipboard. DevTools panels have no right to the clipboard API; the older way works wherever a key or click is
 * being answered.
 */
export function putOnClipboard(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.style.position = 'fixed'
  field.style.opacity = '0'
  document.body.append(field)
  const focused = document.activeElement as HTMLElement | null
  field.select()
  const done = document.execCommand('copy')
  field.remove()
  focused?.focus()
  return done
}

/** Copies `text`; with children it is a button with words, else a small icon. */
export function Copy({
  text,
  label,
  action,
  children,
}: {
  text: string | (() => string)
  label: string
  action?: string
  children?: ComponentChildren
}) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 1200)
    return () => clearTimeout(timer)
  }, [done])
  const copy = () => {
    const value = typeof text === 'string' ? text : text()
    if (!putOnClipboard(value)) void navigator.clipboard?.writeText(value)
    setDone(true)
  }
  return (
    <button
      type="button"
      class={children ? 'btn fl' : 'ib cp'}
      data-action={action}
      title={label}
      aria-label={label}
      onClick={copy}
    >
      <Icon name={done ? 'check' : 'copy'} small />
      {children}
      <span class="sr" aria-live="polite">
        {done ? t('copied') : ''}
      </span>
    </button>
  )
}

/** `#318`, or `#318 user/sign_in`: leads to the event wherever it is named. */
export function EventLink({ id, name, children }: { id: number; name?: string; children?: ComponentChildren }) {
  return (
    <a
      class="num"
      href={`#${id}`}
      onClick={event => {
        event.preventDefault()
        event.stopPropagation()
        openEvent(id)
      }}
    >
      {children ?? (name ? `#${id} ${name}` : `#${id}`)}
    </a>
  )
}

/** The name that a CID was given; else what stands inside. */
export function Name({ cid, children }: { cid: string; children?: ComponentChildren }) {
  const name = usePanel(() => nameOf(cid))
  return name === null ? <>{children}</> : <b data-name-of={cid}>{name}</b>
}

const LETTERS = { D: 'known.D', C: 'known.C', S: 'known.S', I: 'known.I', '?': 'known.?' } satisfies Record<
  string,
  PlainKey
>
export type Letter = keyof typeof LETTERS

/** How well a claim about the vendor is known. */
export const Known = ({ letter }: { letter: Letter }) => (
  <span class="kn" title={t(LETTERS[letter])} role="img" aria-label={t(LETTERS[letter])}>
    {letter}
  </span>
)

/** What a sentence has in it that is no word: code in backticks, and short forms of ids. */
const WITHIN = /`([^`]*)`|([^\s`]{0,4}…[^\s`]{1,12})/
/** A sentence as it is shown: no line ends within an id, where the browser would take the "…" for the end of a word. */
export const Words = ({ text }: { text: string }) => (
  <span>
    {text.split(WITHIN).map((part, index) =>
      index % 3 === 0 || part === undefined ? (
        part
      ) : index % 3 === 1 ? (
        <code key={index}>{part}</code>
      ) : (
        <span key={index} class="nw">
          {part}
        </span>
      ),
    )}
  </span>
)

export const Badge = ({ children, dash, title }: { children: ComponentChildren; dash?: boolean; title?: string }) => (
  <span class={dash ? 'badge dash' : 'badge'} title={title}>
    {children}
  </span>
)
/** The mark of what the panel itself caused. */
export const ByPanel = () => <Badge title={t('panel.mark')}>{t('panel')}</Badge>

/** One of a few, side by side. */
export function Segments<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: T
  options: readonly (readonly [value: T, label: string])[]
  onChange: (value: T) => void
}) {
  return (
    <span
      class="seg"
      role="radiogroup"
      aria-label={label}
      onKeyDown={event => rove(event, 'button', { next: 'ArrowRight', previous: 'ArrowLeft' })?.click()}
    >
      {options.map(([option, text]) => (
        <button
          key={option}
          type="button"
          role="radio"
          aria-checked={option === value}
          tabIndex={option === value ? 0 : -1}
          onClick={() => option === value || onChange(option)}
        >
          {text}
        </button>
      ))}
    </span>
  )
}

export const Tick = ({
  checked,
  onChange,
  children,
  label,
  disabled,
}: {
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
  children?: ComponentChildren
  label?: string
}) => (
  <label class="ck">
    <input
      type="checkbox"
      checked={checked}
      disabled={disabled}
      aria-label={label}
      onChange={event => onChange(event.currentTarget.checked)}
    />
    {children}
  </label>
)

export function Choice<T extends string>({
  name,
  label,
  value,
  options,
  onChange,
  flat,
}: {
  name?: string
  label: string
  value: T
  options: readonly (readonly [value: T, label: string])[]
  onChange: (value: T) => void
  flat?: boolean
}) {
  return (
    <select
      name={name}
      class={flat ? 'flat' : 'in'}
      aria-label={label}
      value={value}
      onChange={event => onChange(event.currentTarget.value as T)}
    >
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  )
}

export const SearchField = ({
  value,
  label,
  onInput,
  small,
  id,
}: {
  value: string
  label: string
  onInput: (text: string) => void
  small?: boolean
  id?: string
}) => (
  <span class={small ? 'q small' : 'q'}>
    <Icon name="search" small />
    <input
      id={id}
      type="text"
      placeholder={label}
      aria-label={label}
      spellcheck={false}
      value={value}
      onInput={event => onInput(event.currentTarget.value)}
      onKeyDown={event => {
        if (event.key !== 'Escape' || value === '') return
        event.stopPropagation()
        onInput('')
      }}
    />
  </span>
)

/** Opens the list with the focus in its filter. */
export function openFilter(): void {
  showView('events')
  // The view may still be on its way: then the next frame has it, or one of those after it.
  const focus = (frames: number) =>
    requestAnimationFrame(() => {
      const field = document.querySelector<HTMLInputElement>('#filter')
      if (!field && frames > 0) return focus(frames - 1)
      field?.focus()
      field?.select()
    })
  focus(300)
}

/** A value as it was sent, coloured by type; never anything but text. */
export const Value = ({ value }: { value: Json }) => {
  const text = inline(value)
  return (
    <span class={`m ${tone(value)}`} title={text.length > 24 ? text : undefined}>
      {text}
    </span>
  )
}

export const SEVERITIES: Record<
  Severity,
  { icon: IconName; class: string; one: 'issues.errors' | 'issues.warnings' | 'issues.infos' }
> = {
  error: { icon: 'error', class: 'c-err', one: 'issues.errors' },
  warning: { icon: 'warning', class: 'c-warn', one: 'issues.warnings' },
  info: { icon: 'info', class: 't2', one: 'issues.infos' },
}

/** Shape, number and, for who can't see the shape, the word. */
export function SeverityCounts({ counts }: { counts: Record<Severity, number> }) {
  const shown = (['error', 'warning', 'info'] as const).filter(each => counts[each] > 0)
  return (
    <span class="counts">
      {shown.length === 0 && <span class="none t3">{t('issues.none')}</span>}
      {shown.map(severity => {
        const { icon, class: tint, one } = SEVERITIES[severity]
        return (
          <span key={severity} class={tint} title={t(one, { n: counts[severity] })}>
            <Icon name={icon} small />
            {counts[severity]} <span class="sr">{t(one, { n: counts[severity] }).replace(/^\d+ /, '')}</span>
          </span>
        )
      })}
    </span>
  )
}

export const Empty = ({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <Icon name={icon} />
    <h2>{title}</h2>
    {children}
  </div>
)

/** Of what is told from the whole log, while that is still being read. */
export const Reading = () => (
  <Empty icon="wait" title={t('reading')}>
    <p class="t2">{t('reading.about')}</p>
  </Empty>
)

/** In the place of what can't be drawn. */
export const Broken = ({ what, why, raw }: { what: string; why: string; raw?: () => string }) => (
  <div class="broken" role="alert">
    <p>{t('broken', { what, why })}</p>
    {raw && <pre>{raw()}</pre>}
  </div>
)

/**
 * Keeps a fault in one pane or row from blanking the others; what could not be drawn is said, and shown raw if it can be. A fault is of
 * its `what`: what comes to show something else shows it.
 */
export class Boundary extends Component<
  { what: string; raw?: () => string; children: ComponentChildren },
  { fault: { of: string; why: string } | null }
> {
  override state = { fault: null as { of: string; why: string } | null }
  override componentDidCatch(error: unknown) {
    this.setState({ fault: { of: this.props.what, why: whyOf(error) } })
  }
  override render() {
    const { what, raw, children } = this.props
    const { fault } = this.state
    if (fault?.of !== what) return children
    return <Broken what={what} why={fault.why} {...(raw && { raw })} />
  }
}

const MIN = 280
/** Sizes of panes are a habit of the user, not of the log: kept by the browser for this page. */
function remembered(id: string): number | null {
  try {
    return Number(localStorage.getItem(`split ${id}`)) || null
  } catch {
    return null
  }
}
function remember(id: string, size: number): void {
  try {
    localStorage.setItem(`split ${id}`, String(Math.round(size)))
  } catch {
    // Private windows may refuse; the size then holds until the panel is closed.
  }
}

/**
 * The line between two panes, and the width of the pane after it (`side: 'start'`: before it): as drawn by the user, else `usual` px
 * or a `share` of the room in per cent, whichever is less.
 */
export function useSplit(id: string, usual: number, share = 42, side: 'start' | 'end' = 'end') {
  const [size, setSize] = useState(() => remembered(id))
  const from = useRef<{ x: number; size: number } | null>(null)
  const begin = (bar: HTMLElement, x: number) => {
    const pane = side === 'end' ? bar.nextElementSibling : bar.previousElementSibling
    from.current = { x, size: pane?.clientWidth ?? usual }
  }
  const move = (bar: HTMLElement, x: number) => {
    if (!from.current) return
    const room = bar.parentElement?.clientWidth ?? 1280
    const wanted = from.current.size + (side === 'end' ? from.current.x - x : x - from.current.x)
    const next = Math.max(MIN, Math.min(wanted, room - MIN))
    setSize(next)
    remember(id, next)
  }
  const bar = (
    <div
      class="split"
      role="separator"
      aria-orientation="vertical"
      aria-label={t('split')}
      aria-valuenow={Math.round(size ?? usual)}
      aria-valuemin={MIN}
      aria-valuemax={4000}
      tabIndex={0}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId)
        begin(event.currentTarget, event.clientX)
      }}
      onPointerMove={event => move(event.currentTarget, event.clientX)}
      onPointerUp={() => {
        from.current = null
      }}
      onKeyDown={event => {
        const step = event.key === 'ArrowLeft' ? -16 : event.key === 'ArrowRight' ? 16 : 0
        if (!step) return
        begin(event.currentTarget, 0)
        move(event.currentTarget, step)
        from.current = null
      }}
    />
  )
  const width = size === null ? `min(${usual}px, ${share}%)` : `min(${size}px, 100% - ${MIN}px)`
  return { bar, style: { width } }
}

/** Below this width the panel is docked at the side: one column. */
const NARROW = '(max-width: 639px)'
export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches)
  useEffect(() => {
    const query = matchMedia(NARROW)
    const on = () => setNarrow(query.matches)
    query.addEventListener('change', on)
    return () => query.removeEventListener('change', on)
  }, [])
  return narrow
}

/** Is somebody writing, so that a key of one character is a character? */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input:not([type=checkbox], [type=radio]), textarea, select')

/** Asks once, in place, before what can't be taken back. */
export function Ask({
  kind,
  question,
  yes,
  onYes,
}: {
  kind: Exclude<PanelState['asking'], null>
  question: string
  yes: string
  onYes: () => void
}) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    button.current?.focus()
    // It stood in the place of the button that asked, which comes back.
    return () => keepFocus(`[data-action^="${kind}"]`)
  }, [])
  const no = () => panel.setState({ asking: null })
  return (
    <span
      class="line ask-line"
      role="alertdialog"
      aria-label={question}
      onKeyDown={event => {
        if (event.key !== 'Escape') return
        // Else DevTools open or close their drawer too.
        event.preventDefault()
        event.stopPropagation()
        no()
      }}
    >
      <b>{question}</b>
      <button ref={button} type="button" class="btn dng" data-action={`confirm-${kind}`} onClick={onYes}>
        {yes}
      </button>
      <button type="button" class="btn" onClick={no}>
        {t('cancel')}
      </button>
    </span>
  )
}
