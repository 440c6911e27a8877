/** The notice above a view: what keeps the whole panel from its work, the worst first. */
import { isTabId } from '../utils/messages'
import { Icon } from './icons'
import { later, lazy } from './lazy'
import { permit, reload, usePanel } from './store'
import { t, told } from './text'
import { wordsFault } from './words'

const FileBanner = lazy(async () => (await later()).FileBanner)

const Reload = ({ why }: { why: 'page.unheard' | 'page.late.title' }) => (
  <div class="banner" role="status" data-field="notice">
    <Icon name="info" small />
    <span>{t(why)}</span>
    <button type="button" class="btn" data-action="reload" onClick={reload}>
      {t('reload')}
    </button>
  </div>
)

export function Banner() {
  const { tab, ready, fault, health, hello, attached, view, colleague } = usePanel(state => state)
  const sentence =
    wordsFault ?? (ready && !isTabId(tab) && !colleague ? t('fault.no-tab') : told(fault ?? health ?? ''))
  if (hello && !hello.permitted)
    return (
      <div class="banner" role="status">
        <Icon name="warning" small />
        <span>{t('fault.permission')}</span>
        <button type="button" class="btn" data-action="permit" onClick={permit}>
          {t('allow')}
        </button>
      </div>
    )
  if (sentence)
    return (
      <div class="banner" role="status" data-field="fault">
        <Icon name="warning" small />
        <span>{sentence}</span>
      </div>
    )
  if (colleague) return <FileBanner />
  // Diagnostics says it itself.
  if (attached === 'none') return view === 'diagnostics' ? null : <Reload why="page.unheard" />
  if (hello && hello.store !== 'dexie')
    return (
      <div class="banner" role="status">
        <Icon name="info" small />
        <span>{t(`fault.store.${hello.store}`)}</span>
      </div>
    )
  return attached === 'late' ? <Reload why="page.late.title" /> : null
}
