/** What can be done with one event: copy it as something, filter by it, hide it or its kind, keep it in view, compare it. */
import { useMemo } from 'preact/hooks'
import type { EventEntry } from '../../utils/identity/entry'
import { putOnClipboard, rove } from '../parts'
import { panel, setCompare, setDetail, setFilter, togglePin, usePanel } from '../store'
import { type PlainKey, t } from '../text'
import { copyAs, FORMATS, type Format } from './copy-as'
import { eventName } from './name'
import { decode, type Read } from './payload'
import { andText, fieldText } from './query'

const NAMES: Record<Format, PlainKey> = {
  url: 'copy.as.url',
  curl: 'copy.as.curl',
  fetch: 'copy.as.fetch',
  json: 'copy.as.json',
  call: 'copy.as.call',
  markdown: 'copy.as.markdown',
}

/** An item that does something. */
const USABLE = 'button:not(:disabled)'

const filterBy = (term: string) => setFilter(andText(panel.getState().filter, term))

export function EventMenu({ event, read, close }: { event: EventEntry; read: Read; close: () => void }) {
  const pinned = usePanel(state => state.pinned.has(event.id))
  const { facts } = event
  // All from the start, or the rest would jump away from under the pointer when the payload was read.
  const copies = useMemo(() => {
    const decoded = read.state === 'read' ? decode(event, read.payload) : null
    return FORMATS.map(
      format =>
        [format, read.state === 'read' ? copyAs(format, eventName(event), read.payload, decoded) : null] as const,
    )
  }, [event, read])
  const kind = [facts.ec && fieldText('ec', facts.ec), facts.ea && fieldText('ea', facts.ea)].filter(Boolean).join(' ')
  const items: [action: string, text: string, run: (() => void) | null][] = [
    ...copies.map(([format, text]): [string, string, (() => void) | null] => [
      `copy-${format}`,
      t(NAMES[format]),
      text === null ? null : () => void putOnClipboard(text),
    ]),
    ...(kind
      ? ([
          ['only-kind', t('menu.only-kind', { what: eventName(event) }), () => filterBy(kind)],
          ['hide-kind', t('menu.hide-kind', { what: eventName(event) }), () => filterBy(`-(${kind})`)],
        ] satisfies [string, string, () => void][])
      : []),
    ['hide-one', t('menu.hide-one'), () => filterBy(`-id:${event.id}`)],
    ...(facts.uid
      ? ([['only-uid', t('menu.only', { what: 'UID' }), () => filterBy(fieldText('uid', facts.uid ?? ''))]] satisfies [
          string,
          string,
          () => void,
        ][])
      : []),
    ...(facts.cid
      ? ([['only-cid', t('menu.only', { what: 'CID' }), () => filterBy(fieldText('cid', facts.cid ?? ''))]] satisfies [
          string,
          string,
          () => void,
        ][])
      : []),
    ['pin', t(pinned ? 'menu.unpin' : 'menu.pin'), () => togglePin(event.id)],
    ['compare-before', t('menu.compare-before'), () => (setCompare(null), setDetail('compare'))],
    ['compare-with', t('menu.compare-with', { id: event.id }), () => (setCompare(event.id), setDetail('compare'))],
  ]
  return (
    <div
      class="ev-menu"
      role="menu"
      aria-label={t('menu', { id: event.id })}
      ref={element => {
        if (element && !element.contains(document.activeElement)) element.querySelector<HTMLElement>(USABLE)?.focus()
      }}
      onKeyDown={key => rove(key, USABLE, { next: 'ArrowDown', previous: 'ArrowUp' })}
    >
      {items.map(([action, text, run]) => (
        <button
          key={action}
          type="button"
          role="menuitem"
          data-action={action}
          tabIndex={-1}
          disabled={run === null}
          onClick={() => {
            run?.()
            close()
          }}
        >
          {text}
        </button>
      ))}
    </div>
  )
}
