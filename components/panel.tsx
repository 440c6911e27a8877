/** The whole panel: strip, tabs, view, status line, and the keys that work everywhere. */
import type { ComponentType } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { readHolderKey } from '../utils/identity/entry'
import { isTabId } from '../utils/messages'
import { Icon } from './icons'
import { IdentityView } from './identity/view'
import { lazy } from './lazy'
import { Ask, Boundary, Choice, isTyping, openFilter, rove } from './parts'
import { selectHolders } from './select'
import {
  ask,
  chooseHolder,
  clear,
  follow,
  goBack,
  panel,
  permit,
  reload,
  select,
  setHelp,
  setRecording,
  showView,
  undoClear,
  usePanel,
  VIEWS,
  type View,
} from './store'
import { Strip } from './strip'
import { t } from './text'
import { wordsFault } from './words'

const COMPONENTS: Record<View, ComponentType> = {
  identity: IdentityView,
  events: lazy(async () => (await import('./later')).EventsView),
  merge: lazy(async () => (await import('./later')).MergeView),
  check: lazy(async () => {
    const { CheckView, watchRun } = await import('./later')
    watchRun()
    return CheckView
  }),
  actions: lazy(async () => (await import('./later')).ActionsView),
  diagnostics: lazy(async () => (await import('./later')).DiagnosticsView),
  settings: lazy(async () => (await import('./later')).SettingsView),
}

const Shortcuts = lazy(async () => (await import('./later')).Shortcuts)

function Holders() {
  const { log, version, now, holder } = usePanel(state => state)
  const { key, keys } = selectHolders(log, version, now, holder)
  const name = (each: string) => {
    const { site, portal } = readHolderKey(each)
    return `${site || '—'} · ${portal ? t('holder.portal', { portal }) : t('holder.no-portal')}`
  }
  if (key === null) return null
  if (keys.length < 2)
    return <span class="mid t2 wide">{t('holder.this', { site: readHolderKey(key).site || '—' })}</span>
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
  const events = usePanel(state => state.log.events + 0 * state.version)
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
          {events}
        </span>
      )}
    </>
  )
}

/** px that the holders' chooser needs to say anything. */
const CHOOSER = 84

/** The views whose tabs fit, in order; the others stand in a menu. The one that is shown always has its tab. */
function fitting(view: View, widths: ReadonlyMap<string, number>, several: boolean): readonly View[] {
  const of = (name: string) => widths.get(name) ?? 0
  const named = VIEWS.filter(id => id !== 'settings')
  const room = of('bar') - of('settings') - (several ? CHOOSER : 0)
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
    </nav>
  )
}

const Reload = ({ why }: { why: 'page.unheard' | 'page.late.title' }) => (
  <div class="banner" role="status" data-field="notice">
    <Icon name="info" small />
    <span>{t(why)}</span>
    <button type="button" class="btn" data-action="reload" onClick={reload}>
      {t('reload')}
    </button>
  </div>
)

function Banner() {
  const { tab, ready, fault, health, hello, log, attached, view } = usePanel(state => state)
  const sentence = wordsFault ?? (ready && !isTabId(tab) ? t('fault.no-tab') : (fault ?? health))
  if (hello && !hello.permitted)
    return (
      <div class="banner" role="status">
        <Icon name="warning" small />
        <span>{t('fault.permission')}</span>
        <button type="button" class="btn" data-action="permit" onClick={permit}>
          {t('allow')}
        </button>
      </div>
    )
  if (sentence !== null)
    return (
      <div class="banner" role="status" data-field="fault">
        <Icon name="warning" small />
        <span>{sentence}</span>
      </div>
    )
  // Diagnostics says it itself.
  if (attached === 'none') return view === 'diagnostics' ? null : <Reload why="page.unheard" />
  if (hello && hello.store !== 'dexie')
    return (
      <div class="banner" role="status">
        <Icon name="info" small />
        <span>{t(`fault.store.${hello.store}`)}</span>
      </div>
    )
  return attached === 'late' ? <Reload why="page.late.title" /> : null
}

function Status() {
  const { log, settings, ready, view, asking, following, eventsSeen, now, hello, filter, category } = usePanel(
    state => state,
  )
  const site = log.page?.place.site ?? hello?.site ?? ''
  const paused = settings.pausedSites.includes(site)
  const recording = settings.recording && !paused
  const { queued, notSent } = log.waiting(now)
  const unseen = log.events - eventsSeen
  const undoable = log.undoable(now)
  const acts = view === 'actions' || view === 'merge'
  return (
    <footer class="foot">
      <button
        type="button"
        class={recording ? 'ib rec' : 'ib'}
        style={{ height: '20px' }}
        data-action="record"
        aria-pressed={settings.recording}
        aria-label={t(settings.recording ? 'record.stop' : 'record.start')}
        title={`${t(settings.recording ? 'record.stop' : 'record.start')} (Ctrl+E)`}
        onClick={() => setRecording(!settings.recording)}
      >
        <Icon name="record" small />
      </button>
      {asking === 'clear' ? (
        <Ask kind="clear" question={t('clear.ask', { n: log.events })} yes={t('clear')} onYes={clear} />
      ) : (
        <>
          <span data-field="recording">
            {!ready
              ? t('status.opening')
              : !settings.recording
                ? t('status.off')
                : paused
                  ? t('status.paused', { site })
                  : view === 'events' && following && filter === '' && category === 'all'
                    ? t('status.newest')
                    : t('status.recording')}
          </span>
          {undoable !== null ? (
            <span class="num" role="status">
              {t('clear.done', { n: undoable })}{' '}
              <button type="button" class="btn" data-action="undo-clear" onClick={undoClear}>
                {t('clear.undo')}
              </button>
            </span>
          ) : (
            <span class="num rest">{t('status.counts', { events: log.events, requests: log.requests })}</span>
          )}
          {queued + notSent > 0 && (
            <span class="num wide">
              {[
                queued > 0 ? t('status.queued', { n: queued }) : '',
                notSent > 0 ? t('status.not-sent', { n: notSent }) : '',
              ]
                .filter(Boolean)
                .join(', ')}
            </span>
          )}
          {view === 'events' && !following && unseen > 0 && (
            <button type="button" class="btn" data-action="newest" onClick={() => follow(true)}>
              {t('status.new', { n: unseen })} ↓
            </button>
          )}
          <span class="sp" />
          <span class="t3">{t(acts ? 'nothing-leaves-until' : 'nothing-leaves')}</span>
          <button
            type="button"
            class="btn"
            data-action="clear"
            title={`${t('clear.title')} (Ctrl+L)`}
            onClick={() => ask('clear')}
          >
            {t('clear')}
          </button>
        </>
      )}
    </footer>
  )
}

/** Keys of the whole panel; the parts have their own first. */
function onKey(event: KeyboardEvent): void {
  const { view, selected } = panel.getState()
  const ctrl = event.ctrlKey || event.metaKey
  const wanted = ctrl && !event.altKey && !event.shiftKey ? VIEWS[Number(event.key) - 1] : undefined
  if (wanted) showView(wanted)
  else if (ctrl && event.key === 'f') openFilter()
  else if (ctrl && event.key === 'e') void setRecording(!panel.getState().settings.recording)
  else if (ctrl && event.key === 'l') ask('clear')
  else if (event.altKey && event.key === 'ArrowLeft') goBack()
  else if (event.key === '?' && !ctrl && panel.getState().settings.singleKeys && !isTyping(event.target)) setHelp(true)
  else if (event.key === 'Escape' && view === 'events' && selected !== null && !event.defaultPrevented) {
    const list = document.querySelector<HTMLElement>('#rows')
    if (document.activeElement === list || document.activeElement === document.body) select(null)
    else list?.focus()
  } else return
  event.preventDefault()
}

export function Panel() {
  const view = usePanel(state => state.view)
  // Whoever stands below shows words: when they change, all is drawn again.
  usePanel(state => state.language)
  const help = usePanel(state => state.help)
  useEffect(() => {
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  const View = COMPONENTS[view]
  return (
    <>
      <Boundary what={t('strip')}>
        <Strip />
      </Boundary>
      <Tabs />
      <Banner />
      <main class="pane grow">
        <div class="pane grow" id="view" role="tabpanel" aria-labelledby={`tab-${view}`}>
          <Boundary key={view} what={t(view)}>
            <View />
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
