/** Events: what left, how did it end, where did identity change. */
import { Icon } from '../icons'
import { lazy } from '../lazy'
import { Boundary, Empty, SearchField, useSplit } from '../parts'
import { ask, type Category, setCategory, setFilter, setRecording, showAll, usePanel } from '../store'
import { type PlainKey, t } from '../text'
import { WaitingForSdk } from '../waiting'
import { EventList, useRows } from './list'

/** It brings the decoder, which the list doesn't need. */
const Detail = lazy(async () => (await import('../later')).Detail)

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

export function EventsView() {
  const state = usePanel(all => all)
  const { log, selected, filter, settings } = state
  const { rows, events, filtered, markOf } = useRows(state)
  const { bar, style } = useSplit('events', 496)
  const event = log.event(selected)
  return (
    <>
      <div class="bar ev-bar" role="toolbar" aria-label={t('events')}>
        <button
          type="button"
          class={settings.recording ? 'ib rec' : 'ib'}
          aria-pressed={settings.recording}
          aria-label={t(settings.recording ? 'record.stop' : 'record.start')}
          title={t(settings.recording ? 'record.stop' : 'record.start')}
          onClick={() => setRecording(!settings.recording)}
        >
          <Icon name="record" />
        </button>
        <button type="button" class="ib" aria-label={t('clear')} title={t('clear')} onClick={() => ask('clear')}>
          <Icon name="clear" />
        </button>
        <span class="sep" />
        {CATEGORIES.map(([id, text, wide]) => (
          <Category key={id} id={id} text={text} wide={wide} />
        ))}
        <span class="sep" />
        <Category id="issue" text="category.issue" />
        <Category id="unsent" text="category.unsent" />
      </div>
      <div class="bar" style={{ background: 'var(--bg)', gap: '6px', padding: '0 8px' }}>
        <SearchField id="filter" value={filter} label={t('filter')} onInput={setFilter} />
        <span class="t2 num">
          {filtered ? t('filter.some', { n: events, of: log.events }) : t('filter.all', { n: log.events })}
        </span>
      </div>
      {log.rows.length === 0 ? (
        <WaitingForSdk />
      ) : (
        <div class="work">
          <section class="pane grow" aria-label={t('events')}>
            {rows.length === 0 ? (
              <Empty icon="search" title={t('filter.none', { n: log.events })}>
                <button type="button" class="btn" onClick={showAll}>
                  {t('filter.reset')}
                </button>
              </Empty>
            ) : (
              <EventList rows={rows} markOf={markOf} />
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
