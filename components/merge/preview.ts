/** Which merge the view shows, and what else it could be. Pure, over the state and the log. */

import { canonical } from '../../utils/identity/attributes'
import { type Assignment, assignments } from '../../utils/identity/members'
import { type MergeOptions, merge } from '../../utils/identity/merge'
import type { AttributeState, HolderState, Merge, MergeMember, MergeSource } from '../../utils/identity/state'
import { attributesOf, cidOf } from '../actions/draft'
import { inline, rowUid } from '../format'
import { holderOf } from '../select'
import type { PanelState } from '../store'
import { t } from '../text'

/** In `PanelState.asOf`: not as of an event, but "if identified now". */
export const NOW = 0

export interface Preview {
  cid: string
  merge: Merge
  options: MergeOptions
  /** The holder at the stated moment, and as it is by now. */
  then: HolderState
  present: HolderState
  /** Moments that it can be previewed as of, oldest first. */
  moments: Assignment[]
  /** Would an identify be needed, or has it happened? */
  assigned: boolean
}

/** The CID to preview: the typed one, else the one in use, else the last one known. */
export function cidToPreview({ draft }: Pick<PanelState, 'draft'>, holder: HolderState): string | null {
  const latest = [...holder.customers.values()].sort((a, b) => b.lastAt - a.lastAt)[0]?.cid ?? null
  return cidOf(draft) || (holder.now.cid ?? latest)
}

export function previewOf(state: PanelState): Preview | null {
  const present = holderOf(state)
  const cid = present && cidToPreview(state, present)
  if (!present || cid === null) return null
  const { log, policy, chosen, draft } = state
  const moments = assignments(present, cid)
  // The default is the first assignment on the UID in use; nobody has it there: what would happen now.
  const own = moments.find(({ uid }) => uid === present.now.uid)
  const moment = state.asOf === NOW ? undefined : (moments.find(({ event }) => event === state.asOf) ?? own)
  const then = moment ? log.reduction.stateAfter(present.key, moment.event) : null
  const options: MergeOptions =
    moment && then
      ? {
          policy,
          chosen,
          others: log.reduction.holdersAfter(moment.event),
          asOf: { at: moment.at, event: moment.event, present },
        }
      : {
          policy,
          chosen,
          others: log.reduction.holders(),
          whatIf: { attributes: attributesOf(draft).attributes },
        }
  return {
    cid,
    options,
    present,
    moments,
    then: then ?? present,
    assigned: own !== undefined,
    merge: merge(then ?? present, cid, options),
  }
}

/** What a visitor held when it was identified itself: later values are updates, not part of the merge. */
export function heldBy(
  { then, present, options }: Preview,
  member: MergeMember,
  state: PanelState,
): ReadonlyMap<string, AttributeState> {
  const own =
    member.standing === 'certain' && member.evidence !== null
      ? state.log.reduction.stateAfter(member.holder === then.key ? present.key : member.holder, member.evidence)
      : null
  const held = own ?? [then, ...(options.others ?? [])].find(({ key }) => key === member.holder)
  return held?.visitors.get(member.uid)?.attributes ?? new Map()
}

/** A value of the form, which no event has set yet: `merge` puts it after all events. */
export const isTyped = ({ setting }: MergeSource): boolean => setting.event === Number.MAX_SAFE_INTEGER

/** Values that lost, one line per value with all who held it. */
export function losersOf(losers: readonly MergeSource[]): MergeSource[][] {
  const lines = new Map<string, MergeSource[]>()
  for (const loser of losers) {
    const key = canonical(loser.setting.value)
    lines.set(key, [...(lines.get(key) ?? []), loser])
  }
  return [...lines.values()]
}

export interface Alternative {
  kind: 'policy' | 'candidate'
  /** UID of a candidate. */
  uid: string | null
  text: string
}

/** What another policy or another tick would change, in a line each. */
export function alternativesOf({ then, cid, options, merge: shown }: Preview): Alternative[] {
  const other = merge(then, cid, { ...options, policy: options.policy === 'customer' ? 'latest' : 'customer' })
  const changed = other.rows.filter(row => {
    const now = shown.rows.find(each => each.code === row.code)
    return now && canonical(now.winner.setting.value) !== canonical(row.winner.setting.value)
  })
  const found: Alternative[] = [
    {
      kind: 'policy',
      uid: null,
      text:
        changed.length === 0
          ? t('what-if.same')
          : changed.map(row => `${row.code} ${inline(row.winner.setting.value)}`).join(', '),
    },
  ]
  for (const { uid, chosen, standing } of shown.members) {
    if (standing !== 'candidate' || found.length > 4) continue
    const set = new Set(options.chosen)
    if (!set.delete(uid)) set.add(uid)
    const with_ = merge(then, cid, { ...options, chosen: set })
    found.push({
      kind: 'candidate',
      uid,
      text: t(chosen ? 'what-if.without' : 'what-if.with', {
        events: Math.abs(with_.moves.events - shown.moves.events),
        rows: Math.abs(with_.rows.length - shown.rows.length),
        conflicts: with_.conflicts,
      }),
    })
  }
  return found
}

const cell = (text: string): string => text.replace(/[\\|`*_<[\]]/g, '\\$&').replace(/\s+/g, ' ')
const source = (each: MergeSource): string =>
  `${each.from === 'customer' ? t('customer') : rowUid(each.from)} ${isTyped(each) ? t('merge.typed') : `#${each.setting.event}`}`

/** The preview as Markdown, with its assumption: to be pasted into an issue. */
export function toMarkdown({ merge: shown, cid }: Preview): string {
  const { members, rows, moves, policy, asOf } = shown
  const list = (standing: MergeMember['standing']) =>
    members
      .filter(member => member.standing === standing)
      .map(
        member =>
          `- \`${member.uid}\` ${t(`merge.${standing}`)}, ${t(`reason.${member.reason}`)}: ${t('merge.counts', { events: member.events, sessions: member.sessions })}${member.chosen ? '' : ` (${t('merge.not-ticked')})`}`,
      )
  return [
    `## ${t('merge.title')}: ${cell(cid)}`,
    '',
    `${asOf ? t('merge.as-of', { id: asOf.event }) : t('merge.if-now')} · ${t(`policy.${policy}`)} (${t('merge.assumption')}) · ${t('merge.depend', { n: shown.policyRows, of: rows.length })}`,
    '',
    t('merge.moves', {
      events: moves.events,
      sessions: moves.sessions,
      n: members.filter(member => member.chosen).length,
      cid: cell(cid),
    }),
    '',
    ...list('certain'),
    ...list('candidate'),
    ...list('excluded'),
    '',
    `| ${[t('column.attribute'), t('column.after'), t('column.change'), t('column.from'), t('column.lost')].join(' | ')} |`,
    '|---|---|---|---|---|',
    ...rows.map(
      row =>
        `| ${[
          cell(row.code),
          cell(inline(row.winner.setting.value)),
          t(`kind.${row.kind}`) + (row.conflict ? `, ${t('kind.conflict')}` : ''),
          cell(source(row.winner)),
          cell(row.losers.map(loser => `${inline(loser.setting.value)} (${source(loser)})`).join('; ') || '—'),
        ].join(' | ')} |`,
    ),
    '',
  ].join('\n')
}
