/** What can be done with one event: copy it as something, filter by it, hide it or its kind, keep it in view, compare it. */
import { useMemo } from 'preact/hooks'
import type { EventEntry } from '../../utils/identity/entry'
import { putOnClipboard, rove } from '../parts'
import { panel, setCompare, setDetail, setFilter, togglePin, usePanel } from '../store'
import { type PlainKey, t } from '../text'
import { copyAs, FORMATS, type Format } from './copy-as'
import { decode, type Read } from './payload'
import { andText, fieldText } from './query'
import { eventName } from './row'

const NAMES: Record<Format, PlainKey> = {
  url: 'copy.as.url',
  curl: 'copy.as.curl',
  fetch: 'copy.as.fetch',
  json: 'copy.as.json',
  call: 'copy.as.call',
  markdown: 'copy.as.markdown',
}

const filterBy = (term: string) => setFilter(andText(panel.getState().filter, term))

export function EventMenu({ event, read, close }: { event: EventEntry; read: Read; close: () => void }) {
  const pinned = usePanel(state => state.pinned.has(event.id))
  const { facts } = event
  const copies = useMemo(() => {
    if (read.state !== 'read') return []
    const decoded = decode(event, read.payload)
    return FORMATS.map(format => [format, copyAs(format, eventName(event), read.payload, decoded)] as const)
  }, [event, read])
  const kind = [facts.ec && fieldText('ec', facts.ec), facts.ea && fieldText('ea', facts.ea)].filter(Boolean).join(' ')
  const items: [action: string, text: string, run: () => void][] = [
    ...copies.flatMap(([format, text]): [string, string, () => void][] =>
      text === null ? [] : [[`copy-${format}`, t(NAMES[format]), () => void putOnClipboard(text)]],
    ),
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
        if (element && !element.contains(document.activeElement)) element.querySelector('button')?.focus()
      }}
      onKeyDown={key => rove(key, 'button', { next: 'ArrowDown', previous: 'ArrowUp' })}
    >
      {items.map(([action, text, run]) => (
        <button
          key={action}
          type="button"
          role="menuitem"
          data-action={action}
          tabIndex={-1}
          onClick={() => {
            run()
            close()
          }}
        >
          {text}
        </button>
      ))}
    </div>
  )
}
