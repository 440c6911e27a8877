/** What stands where nothing can be shown yet. Why that is, takes what Diagnostics take, and comes with them. */
import { isTabId } from '../utils/messages'
import { later, lazy } from './lazy'
import { Empty } from './parts'
import { usePanel } from './store'
import { t } from './text'

const WhyNothing = lazy(async () => (await later()).WhyNothing)

export function WaitingForSdk() {
  const { tab, ready, imported } = usePanel(state => state)
  if (imported) return <Empty icon={ready ? 'page' : 'wait'} title={t(ready ? 'log.empty' : 'empty.opening')} />
  if (!isTabId(tab)) return <Empty icon="page" title={t('empty.tab')} />
  return ready ? <WhyNothing /> : <Empty icon="wait" title={t('empty.opening')} />
}
