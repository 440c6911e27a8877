/** What is wrong with stored settings, as a sentence: which, what it is, what it must be, what is used instead. */
import type { Problem } from '../../utils/settings'
import { t } from '../text'

export function problemText({ setting, is, fault, limit, instead }: Problem): string {
  if (fault === null) return t('settings.unread', { why: is })
  if (setting === '') return t('settings.problem.all', { is })
  const must = t(`settings.must.${fault}`, { limit: typeof limit === 'number' ? limit.toLocaleString('en') : limit })
  return instead === null
    ? t('settings.problem.left', { setting, is, must })
    : t('settings.problem.used', { setting, is, must, instead })
}
