/** What the toolbar button shows of a tab: two or three letters on a colour, and in its title the same in words. */
import type { Sign } from '../utils/identity/sign'
import { shortCid } from './format'
import { t } from './text'

export interface ButtonLook {
  /** '' = none. */
  text: string
  colour: string
  title: string
}

/** Dark enough for white letters (AA). Each has letters of its own besides. */
const COLOURS = { error: '#b3261e', warning: '#7d4e00', identified: '#0d6832', other: '#565b61' }

const MARKS: Record<Sign['state'], string> = { identified: 'ID', anonymous: '?', pending: '…', unknown: '' }

/** Errors go before warnings, and these before who it is; `×2`, `!1`, `ID`, `?` are told apart without their colour. */
export function buttonLook(sign: Sign | null): ButtonLook {
  const name = 'Identity Lens'
  if (!sign) return { text: '', colour: COLOURS.other, title: name }
  const { state, uid, cid, paused, issues } = sign
  const { error, warning, info } = issues
  const title = [
    name,
    paused ? t('button.paused') : '',
    state === 'unknown' ? t('state.nothing') : t(`state.${state}`),
    cid === null ? '' : `CID ${shortCid(cid)}`,
    uid === null ? '' : `UID ${uid}`,
    [
      error > 0 ? t('issues.errors', { n: error }) : '',
      warning > 0 ? t('issues.warnings', { n: warning }) : '',
      info > 0 ? t('issues.infos', { n: info }) : '',
    ]
      .filter(Boolean)
      .join(', '),
  ]
    .filter(Boolean)
    .join('\n')
  const count = (n: number) => (n > 99 ? '99' : String(n))
  if (paused) return { text: '‖', colour: COLOURS.other, title }
  if (error > 0) return { text: `×${count(error)}`, colour: COLOURS.error, title }
  if (warning > 0) return { text: `!${count(warning)}`, colour: COLOURS.warning, title }
  return { text: MARKS[state], colour: state === 'identified' ? COLOURS.identified : COLOURS.other, title }
}
