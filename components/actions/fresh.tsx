/** A fresh visitor: the SDK forgets who was here, for the next test person. Shows first what goes. */
import { useState } from 'preact/hooks'
import type { Kept } from '../../utils/messages'
import { makeFresh, readKept } from '../deeds'
import { Dialog } from '../dialog'
import { Icon } from '../icons'
import { usePanel } from '../store'
import { t } from '../text'
import { KeptList } from './kept'

export function Fresh({ site }: { site: string }) {
  /** What was read, and of which site: the tab may go elsewhere while the question stands. */
  const [asked, setAsked] = useState<{ site: string; kept: readonly Kept[] } | null>(null)
  const [said, setSaid] = useState('')
  const colleague = usePanel(state => state.colleague)
  const clear = async () => {
    if (!asked) return
    setAsked(null)
    const left = await makeFresh(asked.site)
    // Silence is told in the banner.
    if (left === null) return
    setSaid(
      left.length > 0
        ? t('fresh.left', { names: left.map(({ name }) => name).join(', ') })
        : t('fresh.done', { n: asked.kept.length }),
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
            const kept = await readKept()
            setAsked(kept && { site, kept })
          }}
        >
          {t('fresh…')}
        </button>
      </div>
      <p class="pad t2" role="status" data-field="fresh">
        {said || t('fresh.what', { site: site || '—' })}
      </p>
      {asked && (
        <Dialog label={t('fresh')} onClose={() => setAsked(null)}>
          <p>{t(asked.kept.length > 0 ? 'fresh.ask' : 'fresh.none', { n: asked.kept.length, site: asked.site })}</p>
          <KeptList kept={asked.kept} />
          <p class="t2">{t('fresh.others')}</p>
          <div class="line">
            <button type="button" class="btn dng" data-action="confirm-fresh" onClick={clear}>
              {t('fresh.yes')}
            </button>
            <button type="button" class="btn" onClick={() => setAsked(null)}>
              {t('cancel')}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  )
}
