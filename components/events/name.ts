/** What an event is called, wherever the panel speaks of it. */
import type { EventEntry } from '../../utils/identity/entry'
import { t } from '../text'

/** `user/sign_in`, else the name, else the call. */
export function eventName({ facts, call }: Pick<EventEntry, 'facts' | 'call'>): string {
  if (facts.ec || facts.ea) return `${facts.ec}/${facts.ea}`
  return facts.en || call?.api.split('.').pop() || t('row.unrecognised')
}
