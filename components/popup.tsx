/** What opens under the toolbar button: who it is, what went wrong last, and the ways to all the rest. */
import type { JSX } from 'preact'
import { Banner } from './banner'
import { IssueRow } from './identity/issues'
import { Boundary } from './parts'
import { holderOf, issuesOf } from './select'
import { Status } from './status'
import { showView, usePanel } from './store'
import { Strip } from './strip'
import { t } from './text'
import { WaitingForSdk } from './waiting'

/** The newest issue that isn't muted. */
function LastIssue() {
  const state = usePanel(all => all)
  const [last] = issuesOf(state).issues.toSorted((a, b) => b.last - a.last)
  return (
    <section aria-label={t('button.last')}>
      <div class="ph">
        <h2>{t('button.last')}</h2>
      </div>
      {last ? (
        <IssueRow key={`${last.rule} ${last.key}`} issue={last} log={state.log} about={null} />
      ) : (
        <p class="pad t2">{t('issues.empty')}</p>
      )}
    </section>
  )
}

/** Opens the panel beside the page; `name` as the browser calls that place. */
export interface Beside {
  name: 'button.side' | 'button.sidebar'
  open(): void
}

export function Popup({ beside }: { beside: Beside | null }): JSX.Element {
  const state = usePanel(all => all)
  // Whoever stands below shows words: when they change, all is drawn again.
  usePanel(all => all.language)
  return (
    <>
      <Boundary what={t('strip')}>
        <Strip />
      </Boundary>
      <Banner />
      <main class="pane grow">
        <Boundary what={t('issues')}>{holderOf(state) ? <LastIssue /> : <WaitingForSdk />}</Boundary>
      </main>
      <div class="bar tall">
        <button type="button" class="btn pri" data-action="open-full" onClick={() => showView('identity')}>
          {t('button.open')}
        </button>
        {beside && (
          <button type="button" class="btn" data-action="open-beside" onClick={beside.open}>
            {t(beside.name)}
          </button>
        )}
      </div>
      <Boundary what={t('status')}>
        <Status brief />
      </Boundary>
    </>
  )
}
