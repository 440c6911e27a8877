/** What a click can do about a verdict, and how worker and page are asked while somebody looks. */
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { diagnose, permit, reload, resume, showAll } from '../store'
import { t } from '../text'
import type { Verdict } from './facts'

/** ms between two questions to worker and page. */
const PACE = 2_000

/** Asks worker and page how they fare, again and again, as long as the component stands. */
export function useDiagnosis(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null | undefined
    const ask = async () => {
      await diagnose()
      if (timer !== null) timer = setTimeout(ask, PACE)
    }
    void ask()
    return () => {
      clearTimeout(timer ?? undefined)
      timer = null
    }
  }, [])
}

export const press = (action: string, text: string, onClick: () => void) => (
  <button type="button" class="btn" data-action={action} onClick={onClick}>
    {text}
  </button>
)
export const allow = () => press('permit', t('allow'), permit)
const again = () => press('reload', t('reload'), reload)
export const record = () => press('record-now', t('record.start'), resume)
export const all = () => press('show-all', t('filter.reset'), showAll)

export const REMEDIES: Partial<Record<Verdict, () => ComponentChildren>> = {
  permission: allow,
  'sdk-permission': allow,
  reload: again,
  hook: again,
  late: again,
  off: record,
  paused: record,
  hidden: all,
}
