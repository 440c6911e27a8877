/** What the rules found. Why it matters and how to fix it are told when somebody asks. */
import { useState } from 'preact/hooks'
import type { Issue } from '../../utils/identity/state'
import { eventName } from '../events/row'
import { Icon } from '../icons'
import type { LogView } from '../log-view'
import { EventLink, SEVERITIES, SeverityCounts } from '../parts'
import { countIssues } from '../select'
import { t } from '../text'
import { words } from '../words'

/** Links shown before the rest is only counted. */
const CLOSED = 4
const OPEN = 60

/** A sentence of a rule: what it names in backticks is code. */
const Words = ({ text }: { text: string }) => (
  <span>{text.split('`').map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}</span>
)

function IssueRow({ issue, log }: { issue: Issue; log: LogView }) {
  const [open, setOpen] = useState(false)
  const { icon, class: tint, one } = SEVERITIES[issue.severity]
  const rule = words.rules[issue.rule]
  const shown = issue.events.slice(0, open ? OPEN : CLOSED)
  const named = (id: number) => {
    const event = log.event(id)
    return event ? eventName(event) : undefined
  }
  return (
    <div class="iss" data-rule={issue.rule} data-open={open || undefined}>
      <span class={tint}>
        <Icon name={icon} small label={t(one, { n: 1 }).replace(/^1 /, '')} />
      </span>
      <button
        type="button"
        aria-expanded={open}
        title={open ? undefined : issue.message}
        onClick={() => setOpen(!open)}
      >
        <Words text={issue.message} />
      </button>
      <div class="ev">
        <span class="m">{issue.rule}</span>
        {issue.count > 1 && <span class="num">{t('issues.times', { n: issue.count })}</span>}
        {shown.map((id, index) => (
          <EventLink key={id} id={id} name={index === 0 || index === shown.length - 1 ? named(id) : undefined} />
        ))}
        {shown.length < issue.events.length && (
          <span>{t('issues.more', { n: issue.events.length - shown.length })}</span>
        )}
      </div>
      {open && rule && (
        <div class="kv">
          <span>{t('issues.why')}</span>
          <Words text={rule.why} />
          <span>{t('issues.fix')}</span>
          <Words text={rule.fix} />
          <span>{t('issues.source')}</span>
          <Words text={rule.source} />
        </div>
      )}
    </div>
  )
}

export function Issues({ issues, log }: { issues: readonly Issue[]; log: LogView }) {
  return (
    <>
      <div class="ph">
        <h2>{t('issues')}</h2>
        <SeverityCounts counts={countIssues(issues)} />
      </div>
      <div class="scroll" tabIndex={-1}>
        {issues.map(issue => (
          <IssueRow key={`${issue.rule} ${issue.key}`} issue={issue} log={log} />
        ))}
        {issues.length === 0 && <p class="pad t2">{t('issues.empty')}</p>}
      </div>
    </>
  )
}
