/** In the status line: a log is brought in, or taken out. */
import { useEffect, useRef } from 'preact/hooks'
import { openLogTab } from '../deeds'
import { Icon } from '../icons'
import { lazy } from '../lazy'
import { panel, setExporting, usePanel } from '../store'
import { t } from '../text'

const ExportDialog = lazy(async () => (await import('./dialog')).ExportDialog)
const Importing = lazy(async () => (await import('./importing')).Importing)

/** Here when there is no page anyway; else in a tab of its own, so that what is recorded goes on to be seen. */
async function bring(file: File): Promise<void> {
  if (panel.getState().colleague) return (await import('./read')).openFile(file)
  const { offer } = await import('./hand-over')
  await openLogTab(offer(file))
}

export const FILES = '.har,.json,.csv,.gz,.zhar,application/json,text/csv'

/** The button that picks a file. */
export function ImportButton() {
  const field = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" class="btn" title={t('import.title')} onClick={() => field.current?.click()}>
        <Icon name="import" small /> <span class="word">{t('import')}</span>
      </button>
      <input
        ref={field}
        type="file"
        class="sr"
        data-action="import"
        aria-label={t('import')}
        tabIndex={-1}
        accept={FILES}
        onChange={event => {
          const input = event.currentTarget
          const [file] = input.files ?? []
          if (file) void bring(file)
          input.value = ''
        }}
      />
    </>
  )
}

/** A file may be dropped anywhere on a panel that shows no page. */
function useDrop(): void {
  const colleague = usePanel(state => state.colleague)
  useEffect(() => {
    if (!colleague) return
    const over = (event: DragEvent) => event.preventDefault()
    const drop = (event: DragEvent) => {
      event.preventDefault()
      const [file] = event.dataTransfer?.files ?? []
      if (file) void bring(file)
    }
    document.addEventListener('dragover', over)
    document.addEventListener('drop', drop)
    return () => {
      document.removeEventListener('dragover', over)
      document.removeEventListener('drop', drop)
    }
  }, [colleague])
}

export function ExchangeBar() {
  const exporting = usePanel(state => state.exporting)
  const importing = usePanel(state => state.importing !== null)
  const empty = usePanel(state => state.log.rows.length + 0 * state.version === 0)
  useDrop()
  return (
    <>
      <ImportButton />
      <button
        type="button"
        class="btn"
        data-action="export"
        disabled={empty}
        title={t(empty ? 'export.nothing' : 'export.title')}
        onClick={() => setExporting(true)}
      >
        <Icon name="export" small /> <span class="word">{t('export')}</span>
      </button>
      {exporting && <ExportDialog />}
      {importing && <Importing />}
    </>
  )
}
