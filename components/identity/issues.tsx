/** What the rules found. Why it matters and how to fix it are told when somebody asks. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { HolderState, Issue } from '../../utils/identity/state'
import { LONGEST_NOTE } from '../../utils/settings'
import { eventName } from '../events/name'
import { Icon } from '../icons'
import type { LogView } from '../log-view'
import { Choice, EventLink, Known, type Letter, SEVERITIES, SeverityCounts, Words } from '../parts'
import { countIssues, type IssueList } from '../select'
import { muteRule, setChannel } from '../store'
import { say, t } from '../text'
import { Time } from '../time'
import { words } from '../words'

/** Links shown before the rest is only counted. */
const CLOSED = 4
const OPEN = 60

const LETTER = /(?<!\w)([DCSI?]|OJ)(?!\w)/
const isLetter = (part: string): part is Letter => /^[DCSI?]$/.test(part)

/** Where the knowledge behind a rule comes from; each letter says what it means. */
const Source = ({ text }: { text: string }) => (
  <span data-field="rule-source">
    {text
      .split(LETTER)
      .map((part, index) =>
        isLetter(part) ? (
          <Known key={index} letter={part} />
        ) : part === 'OJ' ? (
          t('known.OJ')
        ) : (
          <Words key={index} text={part} />
        ),
      )}
  </span>
)

/** Sets a rule aside on a site; why, is kept with it. */
function Mute({ site, rule }: { site: string; rule: string }) {
  const [note, setNote] = useState<string | null>(null)
  if (note === null)
    return (
      <button type="button" class="link" data-action="mute" onClick={() => setNote('')}>
        {t('issues.mute', { site })}
      </button>
    )
  return (
    <form
      class="line"
      onSubmit={event => {
        event.preventDefault()
        muteRule(site, rule, note.trim())
      }}
    >
      <input
        class="in"
        name="mute-note"
        aria-label={t('issues.mute.note')}
        placeholder={t('issues.mute.note')}
        maxLength={LONGEST_NOTE}
        value={note}
        ref={field => field?.focus()}
        onInput={event => setNote(event.currentTarget.value)}
      />
      <button type="submit" class="btn" data-action="mute-yes">
        {t('issues.mute.yes')}
      </button>
      <button type="button" class="btn fl" onClick={() => setNote(null)}>
        {t('cancel')}
      </button>
    </form>
  )
}

/** Of a rule that is muted: why, and the way back. */
export const Muted = ({ site, rule, note }: { site: string; rule: string; note: string }) => (
  <span class="t2" data-muted={rule}>
    {t('issues.muted.note')}
    {note && `: ${note}`}{' '}
    <button type="button" class="link" data-action="unmute" onClick={() => muteRule(site, rule, null)}>
      {t('issues.unmute')}
    </button>
  </span>
)

export function IssueRow({ issue, log, about }: { issue: Issue; log: LogView; about: ComponentChildren }) {
  const [open, setOpen] = useState(false)
  const { icon, class: tint, one } = SEVERITIES[issue.severity]
  const rule = words.rules[issue.rule]
  const text = say(issue.said)
  const newest = log.event(issue.events.at(-1) ?? null)
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
      <button type="button" aria-expanded={open} title={open ? undefined : text} onClick={() => setOpen(!open)}>
        <Words text={text} />
      </button>
      <div class="ev">
        <span class="m">{issue.rule}</span>
        {newest && <Time of={newest} />}
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
          <Source text={rule.source} />
        </div>
      )}
      {open && <div class="ev">{about}</div>}
    </div>
  )
}

const SEEN = 'seen'
const CHANNELS = ['web', 'app'] as const

/** Some rules weigh otherwise in an app, and some are silent there: which it is, the events say, or the tester. */
function Channel({ holder, channel }: { holder: HolderState; channel: HolderState['mode'] | null }) {
  return (
    <Choice
      flat
      label={t('channel')}
      value={channel ?? SEEN}
      options={[
        [SEEN, channel === null ? t('channel.seen', { mode: t(`channel.${holder.mode}`) }) : t('channel.auto')],
        ...CHANNELS.map(each => [each, t(`channel.${each}`)] as const),
      ]}
      onChange={to => setChannel(holder.site, to === SEEN ? null : (to as HolderState['mode']))}
    />
  )
}

export function Issues({
  list,
  holder,
  channel,
  log,
}: {
  list: IssueList
  holder: HolderState
  /** What the user said that the site is. */
  channel: HolderState['mode'] | null
  log: LogView
}) {
  const [showMuted, setShowMuted] = useState(false)
  const { issues, muted } = list
  const { site } = holder
  return (
    <>
      <div class="ph">
        <h2>{t('issues')}</h2>
        <SeverityCounts counts={countIssues(issues)} />
        {muted.length > 0 && (
          <button
            type="button"
            class="link"
            data-field="muted-count"
            aria-expanded={showMuted}
            onClick={() => setShowMuted(!showMuted)}
          >
            {t('issues.muted', { n: muted.length })}
          </button>
        )}
        <span class="sp" />
        <span class="t3">{t('channel')}</span>
        <Channel holder={holder} channel={channel} />
      </div>
      <div class="scroll" tabIndex={-1}>
        {issues.map(issue => (
          <IssueRow
            key={`${issue.rule} ${issue.key}`}
            issue={issue}
            log={log}
            about={<Mute site={site} rule={issue.rule} />}
          />
        ))}
        {issues.length === 0 && <p class="pad t2">{t('issues.empty')}</p>}
        {showMuted &&
          muted.map(({ issue, mute }) => (
            <IssueRow key={`${issue.rule} ${issue.key}`} issue={issue} log={log} about={<Muted {...mute} />} />
          ))}
      </div>
    </>
  )
}
