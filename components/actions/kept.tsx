/** What the SDK keeps in the browser for a site: each value as it reads once its encoding is off, with what it is. */
import type { Kept } from '../../utils/messages'
import { readCookieValue } from '../../utils/sdk/cookie'
import { glossary } from '../../utils/sdk/glossary'
import { inline } from '../format'
import { Known } from '../parts'
import { t } from '../text'
import { words } from '../words'

/** A value on one line: an id stays as it is, whatever it looks like. */
const shown = (text: string): { value: string; how: string } => {
  const { value, encoding } = readCookieValue(text)
  return {
    value: typeof value === 'string' ? value : inline(value),
    how: encoding.map(each => (each === 'percent' ? t('kept.percent') : each)).join(', '),
  }
}

export function KeptList({ kept }: { kept: readonly Kept[] }) {
  return (
    <dl class="kept">
      {kept.map(({ where, owner, name, value: text }) => {
        const about = glossary(words.glossary, name)
        const { value, how } = shown(text)
        return [
          <dt key={`${where} ${owner} ${name}`} data-kept={name}>
            <span class="m">{name}</span> <span class="t3">{`${where} · ${owner}`}</span>
          </dt>,
          <dd key={`${where} ${owner} ${name} value`}>
            <span class="m brk" title={how && text}>
              {value}
            </span>
            {how && <span class="t3"> {t('kept.decoded', { how })}</span>}
            {about && (
              <p class="t2">
                {about.text} <Known letter={about.known} />
              </p>
            )}
          </dd>,
        ]
      })}
    </dl>
  )
}
