/** While a file is read: how far it is, and a way to leave it; afterwards, what was wrong with it. */
import { Dialog } from '../dialog'
import { Icon } from '../icons'
import { usePanel } from '../store'
import { t } from '../text'
import { cancelReading } from './read'

export function Importing() {
  const importing = usePanel(state => state.importing)
  if (!importing) return null
  const { name, share, fault } = importing
  if (fault !== null)
    return (
      <Dialog label={t('import')} onClose={cancelReading}>
        <p role="alert" data-field="import-fault">
          <span class="c-err">
            <Icon name="error" small />
          </span>{' '}
          {fault}
        </p>
        <p class="t2">{t('import.fault.lost')}</p>
      </Dialog>
    )
  return (
    <div class="float" role="status" aria-label={t('import.reading', { name })}>
      <span class="el">{t('import.reading', { name })}</span>
      <progress data-field="import-progress" max={100} value={Math.round(share * 100)} />
      <span class="num">{Math.round(share * 100)} %</span>
      <button type="button" class="btn" data-action="cancel-import" onClick={cancelReading}>
        {t('cancel')}
      </button>
    </div>
  )
}
