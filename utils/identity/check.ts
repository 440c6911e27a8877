/**
 * The login and logout check: what a run comes to, step by step, from the log alone. Pure: the same entries give the same
 * verdicts, however and in whatever order they came; `now` is +∞ for a file.
 */
import { type Expected } from './check-expected'
import type { OtherRun } from './check-other'
import { isOpen, lookAtSteps, personOf, type StepResult, type Verdict } from './check-steps'
import { type Gap, type Person, type Trail, trailOf, type Visit } from './check-trail'
import { MARK } from './constants'
import type { LogEntry, MarkEntry } from './entry'
import type { HolderState, Issue } from './state'

export interface CheckInput {
  /** All entries, in the order of (at, id). */
  entries: readonly LogEntry[]
  holder: HolderState
  /** Of the holder, as of `now`, reduced with the same expectations. */
  issues: readonly Issue[]
  expected: Expected
  people: readonly Person[]
  /** Recordings of other channels, in which the first person may be too. */
  others?: readonly OtherRun[]
  now: number
}

/** A time in which somebody, or nobody, was there. */
export interface Spell {
  /** Label; null: not known by name. */
  who: string | null
  /** null: nobody. */
  cid: string | null
  uid: string | null
  from: number
  /** null: still. */
  until: number | null
  /** The same CID was there before in this run. */
  again: boolean
}

export interface CheckResult {
  overall: 'pass' | 'fail' | 'incomplete'
  steps: StepResult[]
  /** Numbers of steps by verdict. */
  by: Record<Verdict, number[]>
  /** ms since the epoch, of the run; null: it has seen nothing yet. */
  from: number | null
  to: number | null
  mode: 'web' | 'app'
  spells: Spell[]
  marks: MarkEntry[]
  gaps: Gap[]
  /** Events whose bodies nobody could read. */
  unread: number[]
  muted: { rule: string; note: string; count: number }[]
  people: readonly Person[]
  others: readonly OtherRun[]
  trail: Trail
}

/** Somebody was there without a customer in this time. */
const alone = ({ beats }: Trail, from: number, to: number): boolean =>
  beats.some(({ says, at }) => says === 'none' && at >= from && at < to)

/** When the customer of a visit was gone: a logout event alone removes nobody, the first event without the CID shows it. */
const goneFrom = ({ removal, logoutMark, beats, end }: Visit): number | null => {
  if (removal && removal.strength !== 'logout') return removal.last
  const last = removal?.beats.at(-1)
  if (last) return beats.slice(beats.indexOf(last) + 1).find(({ says }) => says === 'none')?.at ?? end
  if (!logoutMark) return end
  return beats.find(({ at, says }) => says === 'none' && at > logoutMark.at - MARK)?.at ?? end
}

const spellsOf = (trail: Trail, people: readonly Person[]): Spell[] => {
  const spells: Spell[] = []
  const seen = new Set<string>()
  let free = trail.beats[0]?.at ?? null
  for (const visit of trail.visits) {
    const { first, cid } = visit
    if (!first || cid === null) continue
    if (free !== null && alone(trail, free, first.at))
      spells.push({ who: null, cid: null, uid: null, from: free, until: first.at, again: false })
    const gone = goneFrom(visit)
    const who = personOf(visit, people)?.label ?? visit.loginMark?.entry.who ?? null
    spells.push({ who, cid, uid: first.uid, from: first.at, until: gone, again: seen.has(cid) })
    seen.add(cid)
    free = gone
  }
  const last = trail.beats.at(-1)
  if (free !== null && last && free < last.at && !(spells.at(-1)?.cid && spells.at(-1)?.until === null))
    spells.push({ who: null, cid: null, uid: last.uid, from: free, until: trail.stop, again: false })
  return spells
}

/** What the newest run on a holder's site comes to. */
export function check({ entries, holder, issues, expected, people, others = [], now }: CheckInput): CheckResult {
  const trail = trailOf(entries, holder, expected, now)
  const { start, stop, beats } = trail
  const end = stop ?? Number.POSITIVE_INFINITY
  const until = beats.at(-1)?.at ?? now
  const inRun = issues.filter(({ severity, last, first }) => severity === 'error' && last >= start && first <= end)
  const muteOf = ({ rule }: Issue) => expected.mute.find(mute => mute.rule === rule && (mute.until ?? end) >= until)
  const scene = {
    trail,
    expected,
    people,
    others,
    issues: inRun.filter(issue => !muteOf(issue)),
    muted: inRun.flatMap(issue => {
      const mute = muteOf(issue)
      return mute ? [{ issue, note: mute.note }] : []
    }),
  }
  const steps = lookAtSteps(scene)
  const by: CheckResult['by'] = { pass: [], fail: [], waiting: [], 'cant-tell': [], 'not-applicable': [] }
  for (const { verdict, step } of steps) by[verdict].push(step)
  return {
    overall: by.fail.length > 0 ? 'fail' : steps.some(isOpen) ? 'incomplete' : 'pass',
    steps,
    by,
    from: Number.isFinite(start) ? start : (beats[0]?.at ?? null),
    to: stop ?? beats.at(-1)?.at ?? null,
    mode: trail.mode,
    spells: spellsOf(trail, people),
    marks: trail.marks,
    gaps: trail.gaps,
    unread: beats.filter(({ says }) => says === 'unread').map(({ event }) => event),
    muted: scene.muted.map(({ issue, note }) => ({ rule: issue.rule, note, count: issue.count })),
    people,
    others,
    trail,
  }
}
