/** Events: what left, how did it end, where did identity change. */

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { keepFocus } from '../focus'
import { Icon } from '../icons'
import { later, lazy } from '../lazy'
import type { Row } from '../log-view'
import { Boundary, Empty, Tick, useSplit } from '../parts'
import {
  ask,
  type Category,
  panel,
  saveSettings,
  select,
  setCategory,
  setFrozen,
  setRecording,
  showAll,
  usePanel,
} from '../store'
import { type PlainKey, rich, t } from '../text'
import { WaitingForSdk } from '../waiting'
import { type Chosen, COLUMNS, keepColumns, keptColumns, USUAL, withColumn } from './columns'
import { EventList, type OpenMenu } from './list'
import { Pop } from './pop'
import { QueryBar } from './query-bar'
import { useRows } from './rows'

const Detail = lazy(async () => (await later()).Detail)

const CATEGORIES: readonly [Category, PlainKey, wide?: true][] = [
  ['all', 'category.all'],
  ['identity', 'category.identity'],
  ['page', 'category.page', true],
  ['product', 'category.product', true],
  ['ads', 'category.ads', true],
  ['custom', 'category.custom', true],
]

const Category = ({ id, text, wide }: { id: Category; text: PlainKey; wide?: boolean }) => {
  const pressed = usePanel(state => state.category === id)
  return (
    <button
      type="button"
      class={wide ? 'tg wide' : 'tg'}
      aria-pressed={pressed}
      data-category={id}
      onClick={() => setCategory(pressed ? 'all' : id)}
    >
      {id === 'issue' && <Icon name="error" small />} {t(text)}
    </button>
  )
}

/** The next or the previous event of the list, and round again. */
function stepTo(rows: readonly Row[], by: 1 | -1): void {
  const { selected } = panel.getState()
  const at = rows.findIndex(({ id }) => id === selected)
  const from = at < 0 ? (by > 0 ? -1 : rows.length) : at
  for (let n = 1; n <= rows.length; n++) {
    const row = rows[(from + by * n + 2 * rows.length) % rows.length]
    if (row?.kind === 'event') return select(row.id)
  }
}

/** The detail of what was selected comes with the next frame, and its menu with it. */
const openMenu: OpenMenu = async pointer => {
  await later()
  requestAnimationFrame(() => {
    const button = document.querySelector<HTMLElement>('[data-action="event-menu"]')
    if (button?.getAttribute('aria-expanded') !== 'false') return
    const { clientX, clientY } = pointer ?? {}
    button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: pointer ? 1 : 0, clientX, clientY }))
  })
}

const Columns = ({ chosen, onChange }: { chosen: Chosen; onChange: (to: Chosen) => void }) => (
  <>
    {COLUMNS.map(({ id, text, fixed }) => (
      <div key={id} class="line" data-column={id}>
        <Tick
          checked={chosen.shown.includes(id)}
          disabled={fixed}
          onChange={wanted => onChange(withColumn(chosen, id, wanted))}
        >
          {t(text)}
        </Tick>
      </div>
    ))}
    <button type="button" class="btn" data-action="usual-columns" onClick={() => onChange(USUAL)}>
      {t('columns.usual')}
    </button>
    <p class="t2">{rich('columns.keys', { key: <kbd>Shift+← →</kbd> })}</p>
  </>
)

export function EventsView() {
  const state = usePanel(all => all)
  const { log, selected, settings, frozen, held } = state
  const { rows, events, filtered, markOf, faults, busy, slow, lost } = useRows(state)
  const [chosen, setChosen] = useState(keptColumns)
  const onColumns = useCallback((to: Chosen) => {
    setChosen(to)
    keepColumns(to)
  }, [])
  const step = (by: 1 | -1) => stepTo(rows, by)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'F3' || event.defaultPrevented) return
      event.preventDefault()
      stepTo(rows, event.shiftKey ? -1 : 1)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [rows])
  const before = useRef<number | null>(null)
  useEffect(() => {
    // Never as the panel opens.
    if (before.current !== selected) keepFocus('#rows')
    before.current = selected
  }, [selected])
  const { bar, style } = useSplit('events', 496)
  const event = log.event(selected)
  return (
    <>
      <div class="bar ev-bar" role="toolbar" aria-label={t('events')}>
        <button
          type="button"
          class={settings.recording && !state.colleague ? 'ib rec' : 'ib'}
          disabled={state.colleague}
          aria-pressed={settings.recording}
          aria-label={t(settings.recording ? 'record.stop' : 'record.start')}
          title={t(settings.recording ? 'record.stop' : 'record.start')}
          onClick={() => setRecording(!settings.recording)}
        >
          <Icon name="record" />
        </button>
        <button
          type="button"
          class="ib"
          disabled={state.colleague}
          aria-label={t('clear')}
          title={t('clear')}
          onClick={() => ask('clear')}
        >
          <Icon name="clear" />
        </button>
        <button
          type="button"
          class="tg"
          data-action="freeze"
          aria-pressed={frozen}
          title={t('freeze.title')}
          onClick={() => setFrozen(!frozen)}
        >
          {frozen ? t('freeze.held', { n: held }) : t('freeze')}
        </button>
        <Tick checked={settings.keepLog} onChange={keepLog => void saveSettings({ keepLog })}>
          <span title={t('keep-log.title')}>{t('keep-log')}</span>
        </Tick>
        <span class="sep" />
        {CATEGORIES.map(([id, text, wide]) => (
          <Category key={id} id={id} text={text} wide={wide} />
        ))}
        <span class="sep" />
        <Category id="issue" text="category.issue" />
        <Category id="unsent" text="category.unsent" />
        <span class="sp" />
        <Pop label={t('columns')} text={t('columns')} action="columns" end>
          {() => <Columns chosen={chosen} onChange={onColumns} />}
        </Pop>
      </div>
      <QueryBar
        faults={faults}
        slow={slow}
        lost={lost}
        busy={busy}
        count={
          log.early
            ? '…'
            : filtered
              ? t('filter.some', { n: events, of: log.listed })
              : t('filter.all', { n: log.listed })
        }
        step={step}
      />
      {log.rows.length === 0 ? (
        <WaitingForSdk />
      ) : (
        <div class="work">
          <section class="pane grow" aria-label={t('events')}>
            {rows.length === 0 ? (
              <Empty icon="search" title={t('filter.none', { n: log.listed })}>
                <button type="button" class="btn" onClick={showAll}>
                  {t('filter.reset')}
                </button>
              </Empty>
            ) : (
              <EventList
                rows={rows}
                busy={busy}
                markOf={markOf}
                onMenu={openMenu}
                chosen={chosen}
                onColumns={onColumns}
              />
            )}
          </section>
          {event && (
            <>
              {bar}
              <section class="pane sheet" id="detail" style={style} aria-label={t('detail', { id: event.id })}>
                <Boundary key={event.id} what={`#${event.id}`} raw={() => JSON.stringify(event, null, 2)}>
                  <Detail event={event} />
                </Boundary>
              </section>
            </>
          )}
        </div>
      )}
    </>
  )
}
