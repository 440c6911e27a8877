/** The way through what was found: back and on, as F3 does with the keyboard. */
import { t } from '../text'

/** @param action begins the names of the two buttons, which end in `-previous` and `-next` */
export const MatchSteps = ({ action, step }: { action: string; step: (by: 1 | -1) => void }) => (
  <>
    <button
      type="button"
      class="ib"
      aria-label={t('query.previous')}
      title={`${t('query.previous')} (Shift+F3)`}
      data-action={`${action}-previous`}
      onClick={() => step(-1)}
    >
      ↑
    </button>
    <button
      type="button"
      class="ib"
      aria-label={t('query.next')}
      title={`${t('query.next')} (F3)`}
      data-action={`${action}-next`}
      onClick={() => step(1)}
    >
      ↓
    </button>
  </>
)
