/** A log from a file without the page that it was recorded on. */
import { Empty } from '../parts'
import { panel, usePanel } from '../store'
import { t, told } from '../text'
import { ImportButton } from './bar'

/** Makes the panel one that shows files. `log`: the word by which a file may be asked for; '' for none. */
export async function showFiles(log: string): Promise<void> {
  panel.setState({ colleague: true, ready: true })
  if (log === '') return
  const [{ askFor }, { openFile }] = await Promise.all([import('./hand-over'), import('./read')])
  askFor(log, openFile)
}

/** What stands in the place of a view while there is no file, or where a view needs a page. */
export function NoPage({ why }: { why: 'file' | 'page' }) {
  const importing = usePanel(state => state.importing)
  if (why === 'page') return <Empty icon="page" title={t('log.no-page')} />
  if (importing && importing.fault === null)
    return <Empty icon="wait" title={t('import.reading', { name: importing.name })} />
  return (
    <Empty icon="import" title={t('log.open')}>
      <p class="t2">{t('log.open.about')}</p>
      <ImportButton />
    </Empty>
  )
}

/** What file is looked at, and what of it could not be read. */
export function FileBanner() {
  const imported = usePanel(state => state.imported)
  if (!imported) return null
  const { name, rejected, requests } = imported
  return (
    <div class="banner calm" role="status" data-field="imported">
      <span>{t('log.is', { name })}</span>
      {rejected.length > 0 && (
        <details data-field="rejected">
          <summary>{t('import.rejected', { n: rejected.length, of: requests })}</summary>
          <ul>
            {rejected.slice(0, 200).map(({ entry, reason }) => (
              <li key={`${entry} ${reason}`}>
                <span class="num">{t('import.entry', { n: entry + 1 })}</span> {told(reason)}
              </li>
            ))}
          </ul>
          {rejected.length > 200 && <p>{t('more', { n: rejected.length - 200 })}</p>}
        </details>
      )}
    </div>
  )
}
