/** A decoded event as a tree: typed, foldable, every value to copy, what is known about a parameter told at its row. */
import { useMemo, useState } from 'preact/hooks'
import type { Json } from '../../utils/sdk/event'
import { glossary } from '../../utils/sdk/glossary'
import { tone } from '../format'
import { drawing } from '../icons'
import { Copy, Known, rove } from '../parts'
import { rich, t } from '../text'
import { words } from '../words'
import { CHUNK, type Folding, type TreeRow, treeRows } from './tree-of'

/** Longer text is cut until somebody unfolds it. */
const CUT = 300

const inJson = (value: Json): string => (typeof value === 'string' ? JSON.stringify(value) : String(value))

function Leaf({ row, whole }: { row: TreeRow; whole: boolean }) {
  const { value, size } = row
  if (value === undefined) return <span class="t3 ui">{t('tree.absent')}</span>
  if (size !== null) return <span class="t3">{Array.isArray(value) ? `[${size}]` : `{${size}}`}</span>
  const text = inJson(value)
  return (
    <span class={`${tone(value)} ${whole ? 'brk' : 'el'}`}>
      {whole || text.length <= CUT ? text : `${text.slice(0, CUT)}…`}
    </span>
  )
}

export function Tree({
  roots,
  marks,
}: {
  roots: readonly (readonly [name: string, value: Json | undefined])[]
  /** Path → what it is besides its type: "CID". */
  marks: ReadonlyMap<string, string>
}) {
  const [folding, setFolding] = useState<Folding>({ toggled: new Set(), limits: new Map() })
  const [here, setHere] = useState<string | null>(null)
  const rows = useMemo(() => treeRows(roots, folding), [roots, folding])
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
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows.find(each => each.path === (document.activeElement as HTMLElement).dataset.path)
    if (event.key === 'ArrowRight' && row?.size && !row.open) toggle(row.path)
    else if (event.key === 'ArrowLeft' && row?.open) toggle(row.path)
    else if (event.key === 'ArrowLeft' && row) {
      const parent = row.path.slice(0, row.path.lastIndexOf('.'))
      event.currentTarget instanceof HTMLElement &&
        event.currentTarget.querySelector<HTMLElement>(`[data-path="${CSS.escape(parent)}"]`)?.focus()
    } else if (event.key === 'Enter' && row) press(row)
    else {
      rove(event, '[role=treeitem]', { next: 'ArrowDown', previous: 'ArrowUp' })
      return
    }
    event.preventDefault()
  }
  return (
    <div class="tree m" role="tree" aria-label={t('detail.decoded')} onKeyDown={onKeyDown}>
      {rows.map((row, index) => {
        const { path, key, depth, size, open, more, type } = row
        const whole = size === null && folding.toggled.has(path)
        const note = here === path ? glossary(words.glossary, key) : null
        const mark = marks.get(path)
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
                <span class="key">{key}</span>
                <Leaf row={row} whole={whole} />
                {row.value !== undefined && (
                  <Copy
                    text={() => (typeof row.value === 'string' ? row.value : JSON.stringify(row.value, null, 2))}
                    label={t('copy.value', { what: path })}
                  />
                )}
                <span class="ty">
                  {type}
                  {mark && ` · ${mark}`}
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
  )
}
