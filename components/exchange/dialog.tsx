/** Export: which events, in which format, and what of them is masked before anybody else sees them. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { MASK_KINDS, type MaskKind } from '../../utils/log/mask'
import { saveBlob } from '../check/run'
import { Dialog } from '../dialog'
import { useRows } from '../events/rows'
import { siteOf } from '../page'
import { Choice, Reading, Tick } from '../parts'
import { holderOf } from '../select'
import { saveSettings, setExporting, usePanel } from '../store'
import { t } from '../text'
import { beginThread } from './begin'
import { type ExportScope, entriesOf, give, SCOPES } from './gather'
import type { Answer, Format, Thread } from './thread'

type Preview = Extract<Answer, { kind: 'preview' }>

/** A thread that holds what is to be written; a new one when something else is to be. */
function useWriter(scope: ExportScope) {
  const [share, setShare] = useState(0)
  const [preview, setPreview] = useState<Preview | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  const [writing, setWriting] = useState<Format | null>(null)
  const state = usePanel(all => all)
  const { rows } = useRows(state)
  const thread = useRef<Thread | null>(null)
  const wanted = useRef<(file: Blob) => void>(() => {})
  // As it is when the dialog opens, or another part is chosen: what comes meanwhile is left out.
  const entries = useMemo(() => entriesOf(scope, state, rows), [scope])
  useEffect(() => {
    const end = new AbortController()
    const own = beginThread()
    thread.current = own
    setShare(0)
    setPreview(null)
    setFault(null)
    setWriting(null)
    own.onmessage = ({ data }) => {
      if (data.kind === 'preview') setPreview(data)
      else if (data.kind === 'failed') {
        setFault(data.why)
        setWriting(null)
      } else if (data.kind === 'written') {
        wanted.current(data.file)
        setWriting(null)
      }
    }
    own.onerror = event => setFault(event instanceof ErrorEvent ? event.message : String(event))
    void give(entries, own, end.signal, setShare).then(done => done && own.postMessage({ kind: 'preview' }))
    return () => {
      end.abort()
      own.terminate()
    }
  }, [entries])
  const write = (format: Format, mask: MaskKind[] | null, take: (file: Blob) => void) => {
    wanted.current = take
    setFault(null)
    setWriting(format)
    thread.current?.postMessage({ kind: 'write', format, mask })
  }
  return { entries, share, preview, fault, writing, write }
}

const FORMATS: readonly [Format, ending: string][] = [
  ['har', 'har'],
  ['json', 'json'],
  ['csv', 'csv'],
]

/** `identity-lens shop.example 2026-06-07 10.58.har` */
const fileName = (site: string, now: Date, ending: string): string => {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  return `identity-lens ${site.replace(/[^\w.-]/g, '_') || 'log'} ${day} ${two(now.getHours())}.${two(now.getMinutes())}.${ending}`
}

function Found({ preview, kinds }: { preview: Preview; kinds: ReadonlySet<MaskKind> }) {
  const shown = preview.found.filter(({ kind }) => kinds.has(kind))
  return (
    <div class="masks scroll" tabIndex={0} role="region" aria-label={t('mask.preview')}>
      <table>
        <thead>
          <tr>
            <th>{t('mask.kind')}</th>
            <th>{t('mask.value')}</th>
            <th>{t('mask.becomes')}</th>
            <th class="num">{t('mask.times')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ kind, value, pseudonym, count }) => (
            <tr key={`${kind} ${value}`} data-mask={kind}>
              <td>{t(`mask.${kind}`)}</td>
              <td class="m brk">{value}</td>
              <td class="m brk">{pseudonym}</td>
              <td class="num">{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {preview.more > 0 && <p class="t2">{t('more', { n: preview.more })}</p>}
    </div>
  )
}

/** What is taken out must be all that is there. */
export function ExportDialog() {
  const reading = usePanel(({ log }) => log.reading)
  if (!reading) return <Export />
  return (
    <Dialog label={t('export')} onClose={() => setExporting(false)}>
      <Reading />
    </Dialog>
  )
}

function Export() {
  const state = usePanel(all => all)
  const { settings, selected, pinned } = state
  const { rows, filtered } = useRows(state)
  const [scope, setScope] = useState<ExportScope>('site')
  const [kinds, setKinds] = useState<ReadonlySet<MaskKind>>(new Set(MASK_KINDS))
  const { entries, share, preview, fault, writing, write } = useWriter(scope)
  const { masking } = settings
  const events = entries.filter(({ kind }) => kind === 'event').length
  const site = holderOf(state)?.site || siteOf(state)
  const offered = SCOPES.filter(
    each =>
      each === 'site' ||
      each === 'all' ||
      (each === 'one' ? selected !== null : each === 'pinned' ? pinned.size > 0 : filtered && rows.length > 0),
  )
  const names: Record<ExportScope, string> = {
    one: t('export.one', { id: selected ?? 0 }),
    pinned: t('export.pinned', { n: pinned.size }),
    filtered: t('export.filtered', { n: rows.filter(({ kind }) => kind === 'event').length }),
    site: t('export.site', { site: site || '—' }),
    all: t('export.all'),
  }
  const found = MASK_KINDS.filter(kind => preview?.counts[kind])
  const whole = found.every(kind => kinds.has(kind))
  // Nothing leaves before it was looked through.
  const ready = masking ? preview !== null : share === 1 || entries.length === 0
  return (
    <Dialog label={t('export')} onClose={() => setExporting(false)}>
      <div class="kv exp">
        <span class="t2">{t('export.what')}</span>
        <span>
          <Choice
            name="export-scope"
            label={t('export.what')}
            value={scope}
            options={offered.map(each => [each, names[each]] as const)}
            onChange={setScope}
          />{' '}
          <span class="t2 num" data-field="export-count">
            {t('export.count', { events, entries: entries.length })}
          </span>
        </span>
        <span class="t2">{t('settings.masking')}</span>
        <div>
          <Tick checked={masking} onChange={on => saveSettings({ masking: on })}>
            {t('mask.on')}
          </Tick>
          {!masking && (
            <p class="bad-in" role="status">
              {t('mask.off')}
            </p>
          )}
          {masking && !preview && !fault && (
            <p class="line" role="status">
              <progress max={1} value={share} /> {t('mask.looking')}
            </p>
          )}
          {masking && preview && (
            <>
              <p class="t2" data-field="mask-found">
                {found.length === 0
                  ? t('mask.none')
                  : t('mask.found', { n: found.reduce((n, kind) => n + (preview.counts[kind] ?? 0), 0) })}
              </p>
              <div class="line wrap">
                {found.map(kind => (
                  <Tick
                    key={kind}
                    checked={kinds.has(kind)}
                    onChange={on => setKinds(new Set(on ? [...kinds, kind] : [...kinds].filter(each => each !== kind)))}
                  >
                    {t(`mask.${kind}`)} <span class="t2 num">{preview.counts[kind]}</span>
                  </Tick>
                ))}
              </div>
              {found.length > 0 && <Found preview={preview} kinds={kinds} />}
              {!whole && (
                <p class="bad-in" role="status">
                  {t('mask.some')}
                </p>
              )}
            </>
          )}
        </div>
      </div>
      {fault !== null && (
        <p class="bad-in" role="alert">
          {t('export.fault', { why: fault })}
        </p>
      )}
      <div class="line wrap">
        {FORMATS.map(([format, ending]) => (
          <button
            key={format}
            type="button"
            class={format === 'json' ? 'btn pri' : 'btn'}
            data-action={`export-${format}`}
            disabled={!ready || entries.length === 0}
            // A button that is switched off under the finger loses the focus, and Esc then closes nothing.
            aria-busy={writing === format}
            title={t(`export.${format}.about`)}
            onClick={() =>
              writing === null &&
              write(format, masking ? MASK_KINDS.filter(kind => kinds.has(kind)) : null, file =>
                saveBlob(fileName(site, new Date(), ending), file),
              )
            }
          >
            {writing === format ? t('export.writing') : t(`export.${format}`)}
          </button>
        ))}
      </div>
      <p class="t2">{t('export.about')}</p>
    </Dialog>
  )
}
