/** A decoded event as a tree: typed, foldable, every value to copy, what is known about a parameter told at its row. */
import { useMemo, useRef, useState } from 'preact/hooks'
import type { EventEntry } from '../../utils/identity/entry'
import type { Json } from '../../utils/sdk/event'
import { glossary } from '../../utils/sdk/glossary'
import { tone } from '../format'
import { drawing } from '../icons'
import { Copy, Known, rove, SearchField } from '../parts'
import { panel, setFilter, usePanel } from '../store'
import { rich, t } from '../text'
import { words } from '../words'
import { marked } from './filter'
import { MatchSteps } from './match-steps'
import { andText, fieldText, literals, parseQuery } from './query'
import { CHUNK, type Folding, findRows, type TreeRow, treeRows, unfoldTo } from './tree-of'

/** Longer text is cut until somebody unfolds it. */
const CUT = 300

const inJson = (value: Json): string => (typeof value === 'string' ? JSON.stringify(value) : String(value))

const Marked = ({ text, words }: { text: string; words: readonly string[] }) => (
  <>{marked(text, words).map((part, index) => (index % 2 ? <mark key={index}>{part}</mark> : part))}</>
)

/** `id`: it breaks rather than be cut by the pane's width. */
function Leaf({ row, whole, id, words }: { row: TreeRow; whole: boolean; id: boolean; words: readonly string[] }) {
  const { value, size } = row
  if (value === undefined) return <span class="t3 ui">{t('tree.absent')}</span>
  if (size !== null) return <span class="t3">{Array.isArray(value) ? `[${size}]` : `{${size}}`}</span>
  const text = inJson(value)
  return (
    <span class={`${tone(value)} ${whole || id ? 'brk' : 'el'}`}>
      <Marked text={whole || text.length <= CUT ? text : `${text.slice(0, CUT)}…`} words={words} />
    </span>
  )
}

/** The filter's term for a value of an event; null: the filter doesn't look there. */
function termOf({ facts }: EventEntry, { path, key, value }: TreeRow, isCid: boolean): string | null {
  if (value === undefined || (typeof value === 'object' && value !== null)) return null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (isCid) return fieldText('cid', text)
  if (path === key)
    for (const field of ['ec', 'ea', 'uid', 'aid', 'portal', 'prop'] as const)
      if (facts[field] === text && (key === field || key.startsWith(`${field}_`))) return fieldText(field, text)
  const held = [facts.customers, facts.users, facts.inferred, facts.system].some(each =>
    each?.some(([code]) => code === key),
  )
  return held ? fieldText('attr', text, key) : null
}

export function Tree({
  roots,
  marks,
  event,
}: {
  event: EventEntry
  roots: readonly (readonly [name: string, value: Json | undefined])[]
  /** Path → what it is besides its type: "CID". */
  marks: ReadonlyMap<string, string>
}) {
  const [folding, setFolding] = useState<Folding>({ toggled: new Set(), limits: new Map() })
  const [here, setHere] = useState<string | null>(null)
  const rows = useMemo(() => treeRows(roots, folding), [roots, folding])
  const filter = usePanel(state => state.filter)
  const [searched, setSearched] = useState('')
  const sought = useMemo(
    () => (searched.trim() === '' ? literals(parseQuery(filter).query) : [searched.trim().toLowerCase()]),
    [searched, filter],
  )
  const found = useMemo(() => findRows(roots, sought), [roots, sought])
  const [at, setAt] = useState(-1)
  const box = useRef<HTMLDivElement>(null)
  const step = (by: 1 | -1) => {
    if (found.length === 0) return
    const next = at < 0 && by < 0 ? found.length - 1 : (at + by + found.length) % found.length
    const target = found[next]
    if (!target) return
    setAt(next)
    setFolding(unfoldTo(target, folding))
    setHere(target.path)
    requestAnimationFrame(() =>
      box.current?.querySelector(`[data-path="${CSS.escape(target.path)}"]`)?.scrollIntoView({ block: 'nearest' }),
    )
  }
  const toggle = (path: string) => {
    const toggled = new Set(folding.toggled)
    if (!toggled.delete(path)) toggled.add(path)
    setFolding({ ...folding, toggled })
  }
  const showMore = (row: TreeRow) => {
    const path = row.path.slice(0, -2)
    setFolding({
      ...folding,
      limits: new Map(folding.limits).set(path, (folding.limits.get(path) ?? CHUNK) + 10 * CHUNK),
    })
  }
  const press = (row: TreeRow) => {
    if (row.more) showMore(row)
    else if (row.size || (row.size === null && row.value !== undefined)) toggle(row.path)
  }
  const onKeyDown = (key: KeyboardEvent) => {
    const row = rows.find(each => each.path === (document.activeElement as HTMLElement).dataset.path)
    if (key.key === 'ArrowRight' && row?.size && !row.open) toggle(row.path)
    else if (key.key === 'ArrowLeft' && row?.open) toggle(row.path)
    else if (key.key === 'ArrowLeft' && row) {
      const parent = row.path.slice(0, row.path.lastIndexOf('.'))
      key.currentTarget instanceof HTMLElement &&
        key.currentTarget.querySelector<HTMLElement>(`[data-path="${CSS.escape(parent)}"]`)?.focus()
    } else if (key.key === 'Enter' && row) press(row)
    else {
      rove(key, '[role=treeitem]', { next: 'ArrowDown', previous: 'ArrowUp' })
      return
    }
    key.preventDefault()
  }
  return (
    <div
      class="pane grow"
      ref={box}
      onKeyDown={event => {
        if (event.key !== 'F3' && !(event.key === 'Enter' && event.target instanceof HTMLInputElement)) return
        event.preventDefault()
        event.stopPropagation()
        step(event.shiftKey ? -1 : 1)
      }}
    >
      <div class="tr-find">
        <SearchField
          small
          value={searched}
          label={t('tree.search')}
          onInput={text => {
            setSearched(text)
            setAt(-1)
          }}
        />
        {(found.length > 0 || searched.trim() !== '') && (
          <>
            <span class="t2 num" data-field="tree-found">
              {t('tree.found', { n: at + 1, of: found.length })}
            </span>
            <MatchSteps action="tree" step={step} />
          </>
        )}
      </div>
      <div class="tree m" role="tree" aria-label={t('detail.decoded')} onKeyDown={onKeyDown}>
        {rows.map((row, index) => {
          const { path, key, depth, size, open, more, type } = row
          const whole = size === null && folding.toggled.has(path)
          const note = here === path ? glossary(words.glossary, key) : null
          const mark = marks.get(path)
          const term = termOf(event, row, mark !== undefined)
          return [
            <div
              key={path}
              role="treeitem"
              aria-level={depth + 1}
              aria-expanded={size ? open : undefined}
              tabIndex={here === path || (here === null && index === 0) ? 0 : -1}
              data-path={path}
              class={whole ? 'wrap' : undefined}
              style={{ '--d': depth }}
              onFocus={() => setHere(path)}
              onClick={() => press(row)}
            >
              <span class="tw">
                {size ? (
                  <svg class="i" aria-hidden="true">
                    <use href={drawing(open ? 'open' : 'closed')} />
                  </svg>
                ) : null}
              </span>
              {more ? (
                <span class="link">{t('more', { n: more })}</span>
              ) : (
                <>
                  <span class="key">
                    <Marked text={key} words={sought} />
                  </span>
                  <Leaf row={row} whole={whole} id={mark !== undefined} words={sought} />
                  <span class="acts">
                    {term !== null && (
                      <button
                        type="button"
                        class="ib cp"
                        aria-label={t('tree.filter', { path })}
                        title={t('tree.filter', { path })}
                        data-action="filter-by"
                        onClick={click => {
                          click.stopPropagation()
                          setFilter(andText(panel.getState().filter, term))
                        }}
                      >
                        <svg class="i s" aria-hidden="true">
                          <use href={drawing('search')} />
                        </svg>
                      </button>
                    )}
                    <span class="cp" onClick={click => click.stopPropagation()}>
                      <Copy text={path} label={t('tree.path', { path })} />
                    </span>
                    {row.value !== undefined && (
                      <Copy
                        text={() => (typeof row.value === 'string' ? row.value : JSON.stringify(row.value, null, 2))}
                        label={t('copy.value', { what: path })}
                      />
                    )}
                  </span>
                  <span class="ty">
                    {mark ? (
                      <>
                        <span class="wide">{type} · </span>
                        {mark}
                      </>
                    ) : (
                      type
                    )}
                  </span>
                </>
              )}
            </div>,
            note && (
              <div key={`${path} ?`} class="hint" style={{ '--d': depth }}>
                {rich('tree.glossary', { key: <b>{key}</b>, text: note.text })} <Known letter={note.known} />{' '}
                <span class="t2">{t(`known.${note.known}`)}</span>
              </div>
            ),
          ]
        })}
      </div>
    </div>
  )
}
