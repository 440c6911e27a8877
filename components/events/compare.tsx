/** What one event has otherwise than another: by itself than the last one of its kind before it. */
import { useMemo } from 'preact/hooks'
import type { EventEntry } from '../../utils/identity/entry'
import type { Json } from '../../utils/sdk/event'
import { fieldsOf } from '../../utils/sdk/fields'
import { tone } from '../format'
import { Icon, type IconName } from '../icons'
import { Choice, EventLink } from '../parts'
import { setCompare, usePanel } from '../store'
import { type PlainKey, t } from '../text'
import { Time } from '../time'
import { lastOfKind } from './kinds'
import { type Difference, differences } from './leaves'
import { eventName } from './name'
import { decode, type Read, usePayload } from './payload'

const KINDS: Record<Difference['kind'], [IconName, PlainKey]> = {
  added: ['plus', 'compare.added'],
  removed: ['minus', 'compare.removed'],
  changed: ['over', 'compare.changed'],
}

const Side = ({ value }: { value: Json | undefined }) =>
  value === undefined ? <span class="t3">—</span> : <span class={`m brk ${tone(value)}`}>{JSON.stringify(value)}</span>

const rootsOf = (event: EventEntry | null, read: Read) => {
  const decoded = event && read.state === 'read' ? decode(event, read.payload) : null
  return decoded && fieldsOf(decoded)
}

export function Compare({ event, read }: { event: EventEntry; read: Read }) {
  const log = usePanel(state => state.log)
  const base = usePanel(state => state.compare)
  const before = useMemo(() => lastOfKind(log, event), [log, event])
  const chosen = base === null || base === event.id ? null : log.event(base)
  const other = chosen ?? before
  const otherRead = usePayload(other)
  const found = useMemo(() => {
    const from = rootsOf(other, otherRead)
    const to = rootsOf(event, read)
    return from && to && differences(from, to)
  }, [other, otherRead, event, read])
  return (
    <div class="raw" tabIndex={0} data-field="compare">
      <p class="line">
        {base === null || base === event.id ? (
          <span>{t('compare.before')}</span>
        ) : (
          <Choice
            label={t('detail.compare')}
            value={chosen ? 'chosen' : 'before'}
            options={[
              ['chosen', t('compare.chosen', { id: base })],
              ['before', t('compare.before')],
            ]}
            onChange={value => value === 'before' && setCompare(null)}
          />
        )}
        {other && (
          <>
            <EventLink id={other.id} name={eventName(other)} />{' '}
            <span class="t3">
              <Time of={other} />
            </span>
          </>
        )}
      </p>
      {base === event.id && <p class="t2">{t('compare.choose')}</p>}
      {!other ? (
        <p class="t2">{log.reading ? t('reading') : t('compare.first', { what: eventName(event) })}</p>
      ) : found === null ? (
        <p class="t2">{t(otherRead.state === 'reading' ? 'detail.reading' : 'compare.gone')}</p>
      ) : found.length === 0 ? (
        <p>{t('compare.same')}</p>
      ) : (
        <table class="cmp">
          <thead>
            <tr>
              <th>{t('compare.value')}</th>
              <th>#{other.id}</th>
              <th>#{event.id}</th>
            </tr>
          </thead>
          <tbody>
            {found.map(({ path, kind, before, after }) => (
              <tr key={`${kind} ${path}`} data-difference={kind} data-path={path}>
                <th scope="row">
                  <Icon name={KINDS[kind][0]} small label={t(KINDS[kind][1])} /> <span class="m brk">{path}</span>
                </th>
                <td>
                  <Side value={before} />
                </td>
                <td>
                  <Side value={after} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}
