/** A fresh visitor: the SDK forgets who was here, for the next test person. Shows first what goes. */
import { useState } from 'preact/hooks'
import type { Kept } from '../../utils/messages'
import { Dialog } from '../dialog'
import { Icon } from '../icons'
import { makeFresh, readKept, usePanel } from '../store'
import { t } from '../text'
import { KeptList } from './kept'

export function Fresh({ site }: { site: string }) {
  const [kept, setKept] = useState<readonly Kept[] | null>(null)
  const [said, setSaid] = useState('')
  const colleague = usePanel(state => state.colleague)
  const clear = async () => {
    const had = kept?.length ?? 0
    setKept(null)
    const left = await makeFresh()
    // Silence is told in the banner.
    if (left === null) return
    setSaid(
      left.length > 0
        ? t('fresh.left', { names: left.map(({ name }) => name).join(', ') })
        : t('fresh.done', { n: had }),
    )
  }
  return (
    <section aria-label={t('fresh')}>
      <div class="ph">
        <Icon name="anonymous" small />
        <h2>{t('fresh')}</h2>
        <span class="t3 el" title={t('fresh.about')}>
          {t('fresh.about')}
        </span>
        <span class="sp" />
        <button
          type="button"
          class="btn dng"
          data-action="fresh"
          disabled={site === '' || colleague}
          title={colleague ? t('log.no-page') : undefined}
          onClick={async () => {
            setSaid('')
            setKept(await readKept())
          }}
        >
          {t('fresh…')}
        </button>
      </div>
      <p class="pad t2" role="status" data-field="fresh">
        {said || t('fresh.what', { site: site || '—' })}
      </p>
      {kept && (
        <Dialog label={t('fresh')} onClose={() => setKept(null)}>
          <p>{kept.length > 0 ? t('fresh.ask', { n: kept.length, site }) : t('fresh.none', { site })}</p>
          <KeptList kept={kept} />
          <p class="t2">{t('fresh.others')}</p>
          <div class="line">
            <button type="button" class="btn dng" data-action="confirm-fresh" onClick={clear}>
              {t('fresh.yes')}
            </button>
            <button type="button" class="btn" onClick={() => setKept(null)}>
              {t('cancel')}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  )
}
