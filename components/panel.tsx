/** The whole panel: strip, tabs, view, status line, and the keys that work everywhere. */
import type { ComponentType } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { readHolderKey } from '../utils/identity/entry'
import { Banner } from './banner'
import { Icon } from './icons'
import { IdentityView } from './identity/view'
import { later, lazy } from './lazy'
import { Boundary, Choice, isTyping, openFilter, rove } from './parts'
import { holdersOf } from './select'
import { Status } from './status'
import {
  ask,
  chooseHolder,
  goBack,
  panel,
  select,
  setHelp,
  setRecording,
  showView,
  usePanel,
  VIEWS,
  type View,
} from './store'
import { Strip } from './strip'
import { t } from './text'

/** In a file of its own: less to wait for than all that comes later. */
export const EventsView = lazy(async () => (await import('./events/view')).EventsView)

const COMPONENTS: Record<View, ComponentType> = {
  identity: IdentityView,
  events: EventsView,
  merge: lazy(async () => (await later()).MergeView),
  check: lazy(async () => {
    const { CheckView, watchRun } = await later()
    watchRun()
    return CheckView
  }),
  actions: lazy(async () => (await later()).ActionsView),
  diagnostics: lazy(async () => (await later()).DiagnosticsView),
  settings: lazy(async () => (await later()).SettingsView),
}

const NoPage = lazy(async () => (await later()).NoPage)
const Shortcuts = lazy(async () => (await later()).Shortcuts)

function Holders() {
  const state = usePanel(all => all)
  const { key, keys } = holdersOf(state)
  const name = (each: string) => {
    const { site, portal } = readHolderKey(each)
    return `${site || '—'} · ${portal ? t('holder.portal', { portal }) : t('holder.no-portal')}`
  }
  if (key === null) return null
  if (keys.length < 2)
    return (
      <span class="mid t2 wide">
        {state.imported ? name(key) : t('holder.this', { site: readHolderKey(key).site || '—' })}
      </span>
    )
  return (
    <span class="mid choose">
      <Choice
        flat
        label={t('holder')}
        value={key}
        options={keys.map(each => [each, name(each)] as const)}
        onChange={chooseHolder}
      />
    </span>
  )
}

/** The name that a tab bears, with its marks. */
function TabName({ id }: { id: View }) {
  const events = usePanel(({ log }) => (log.early ? null : log.events))
  const failed = usePanel(state => state.overall === 'fail')
  return (
    <>
      {id === 'settings' ? <Icon name="gear" label={t('settings')} /> : t(id)}
      {id === 'check' && failed && (
        <span class="c-err" data-field="check-failed">
          {' '}
          <Icon name="error" small label={t('check.failed')} />
        </span>
      )}
      {id === 'events' && (
        <span class="n" data-field="event-count">
          {events ?? '…'}
        </span>
      )}
    </>
  )
}

/** px that the holders' chooser needs to say anything. */
const CHOOSER = 84
/** px of the button for help. */
const HELP = 24

/** The views whose tabs fit, in order; the others stand in a menu. The one that is shown always has its tab. */
function fitting(view: View, widths: ReadonlyMap<string, number>, several: boolean): readonly View[] {
  const of = (name: string) => widths.get(name) ?? 0
  const named = VIEWS.filter(id => id !== 'settings')
  const room = of('bar') - of('settings') - HELP - (several ? CHOOSER : 0)
  if (!of('bar') || named.reduce((sum, id) => sum + of(id), 0) <= room) return named
  let left = room - of('more') - (view === 'settings' ? 0 : of(view))
  let full = false
  return named.filter(id => {
    if (id === view) return true
    full ||= of(id) > left
    if (!full) left -= of(id)
    return !full
  })
}

/** The views that the tab bar has no room for. */
function More({ views }: { views: readonly View[] }) {
  const [open, setOpen] = useState(false)
  const failed = usePanel(state => state.overall === 'fail')
  const menu = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (open) menu.current?.querySelector<HTMLElement>('button')?.focus()
  }, [open])
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <div
      class={views.length > 0 ? 'more' : 'more over'}
      data-width="more"
      onKeyDown={event => {
        if (!open || event.key !== 'Escape') return
        event.preventDefault()
        close()
      }}
      onFocusOut={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false)
      }}
    >
      <button
        ref={button}
        type="button"
        class="tab"
        data-action="more-views"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={t('views.more')}
        title={t('views.more')}
        onClick={() => setOpen(!open)}
      >
        <span aria-hidden="true">»</span>
        {failed && views.includes('check') && (
          <span class="c-err">
            <Icon name="error" small label={t('check.failed')} />
          </span>
        )}
      </button>
      {open && (
        <div
          ref={menu}
          class="menu"
          role="menu"
          aria-label={t('views.more')}
          onKeyDown={event => rove(event, 'button', { next: 'ArrowDown', previous: 'ArrowUp' })}
        >
          {views.map((id, index) => (
            <button
              key={id}
              type="button"
              role="menuitem"
              data-view={id}
              tabIndex={index === 0 ? 0 : -1}
              onClick={() => {
                setOpen(false)
                showView(id)
                focusTab()
              }}
            >
              <TabName id={id} />
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

/** The tab of the view that is shown gets the focus, once it is drawn. */
const focusTab = (): number =>
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.tablist > [aria-selected="true"]')?.focus())

function Tabs() {
  const view = usePanel(state => state.view)
  const bar = useRef<HTMLElement>(null)
  const [widths, setWidths] = useState<ReadonlyMap<string, number>>(() => new Map())
  useLayoutEffect(() => {
    const nav = bar.current
    if (!nav) return
    const observer = new ResizeObserver(() => {
      const next = new Map([['bar', nav.clientWidth - 8]])
      for (const each of nav.querySelectorAll<HTMLElement>('[data-width]'))
        next.set(each.dataset.width ?? '', each.offsetWidth)
      setWidths(before => ([...next].every(([name, width]) => before.get(name) === width) ? before : next))
    })
    observer.observe(nav)
    for (const each of nav.querySelectorAll('[data-width]')) observer.observe(each)
    return () => observer.disconnect()
  }, [])
  const several = usePanel(({ log }) => log.holders.size > 1)
  const shown = fitting(view, widths, several)
  return (
    <nav class="tabs" aria-label={t('views')} ref={bar}>
      <div
        class="tablist"
        role="tablist"
        onKeyDown={event => {
          const to = rove(event, '[role=tab]', { next: 'ArrowRight', previous: 'ArrowLeft' })
          if (!to) return
          to.click()
          // Until it is shown a tab that had no room can't take the focus.
          focusTab()
        }}
      >
        {VIEWS.map((id, index) => (
          <button
            key={id}
            type="button"
            class={id === 'settings' ? 'tab gear' : shown.includes(id) ? 'tab' : 'tab over'}
            role="tab"
            id={`tab-${id}`}
            data-tab={id}
            data-width={id}
            aria-selected={view === id}
            aria-controls="view"
            tabIndex={view === id ? 0 : -1}
            title={`${t(id)} (Ctrl+${index + 1})`}
            onClick={() => showView(id)}
          >
            <TabName id={id} />
          </button>
        ))}
      </div>
      <More views={VIEWS.filter(id => id !== 'settings' && !shown.includes(id))} />
      <span class="sp" />
      <Holders />
      <button
        type="button"
        class="tab help"
        data-action="help"
        aria-haspopup="dialog"
        aria-label={t('help')}
        title={`${t('help')} (?)`}
        onClick={() => setHelp(true)}
      >
        ?
      </button>
    </nav>
  )
}

/** Keys of the whole panel; the parts have their own first. What means something here goes no further: DevTools listen on the document. */
function onKey(event: KeyboardEvent): void {
  if (event.key === 'Escape' && event.defaultPrevented) return event.stopPropagation()
  const { view, selected, colleague } = panel.getState()
  const ctrl = event.ctrlKey || event.metaKey
  const wanted = ctrl && !event.altKey && !event.shiftKey ? VIEWS[Number(event.key) - 1] : undefined
  if (wanted) showView(wanted)
  else if (ctrl && event.key === 'f') openFilter()
  else if (ctrl && event.key === 'e' && !colleague) void setRecording(!panel.getState().settings.recording)
  else if (ctrl && event.key === 'l' && !colleague) ask('clear')
  else if (event.altKey && event.key === 'ArrowLeft') goBack()
  else if (event.key === '?' && !ctrl && panel.getState().settings.singleKeys && !isTyping(event.target)) setHelp(true)
  else if (event.key === 'Escape' && view === 'events' && selected !== null && !event.defaultPrevented) {
    const list = document.querySelector<HTMLElement>('#rows')
    if (document.activeElement === list || document.activeElement === document.body) select(null)
    else list?.focus()
  } else return
  event.preventDefault()
  event.stopPropagation()
}

export function Panel() {
  const view = usePanel(state => state.view)
  // Whoever stands below shows words: when they change, all is drawn again.
  usePanel(state => state.language)
  const help = usePanel(state => state.help)
  useEffect(() => {
    document.body.addEventListener('keydown', onKey)
    return () => document.body.removeEventListener('keydown', onKey)
  }, [])
  const colleague = usePanel(state => state.colleague)
  const imported = usePanel(state => state.imported !== null)
  const View = COMPONENTS[view]
  /** Settings need neither page nor log. */
  const lacks = !colleague || view === 'settings' ? null : !imported ? 'file' : view === 'diagnostics' ? 'page' : null
  return (
    <>
      <Boundary what={t('strip')}>
        <Strip />
      </Boundary>
      <Tabs />
      <Banner />
      <main class="pane grow">
        <div class="pane grow" id="view" tabIndex={-1} role="tabpanel" aria-labelledby={`tab-${view}`}>
          <Boundary key={view} what={t(view)}>
            {lacks ? <NoPage why={lacks} /> : <View />}
          </Boundary>
        </div>
      </main>
      <Boundary what={t('status')}>
        <Status />
      </Boundary>
      {help && <Shortcuts />}
    </>
  )
}
