/** Runs the rules over one holder, folds what they find, and lists it. */
import type { Finding, Holder, HolderDraft, IssueRecord } from '../holder'
import { unreadable } from '../machine'
import { type Dict, List } from '../persistent'
import { sameSaid } from '../said'
import type { Issue, Severity } from '../state'
import type { AnyRule, Late, Report, Turn } from './rule'
import { RULES, SUPERSEDES } from './table'

export const NO_MEMORIES: readonly unknown[] = RULES.map(each => each.start)

const WEIGHT: Record<Severity, number> = { error: 2, warning: 1, info: 0 }

/** Of further findings of one issue only the number is kept: else the cost of listing would grow with the log. */
const MOST = 1_000
/** Is this finding worse than the newest one? */
const graver = (finding: Finding, { findings }: IssueRecord): boolean =>
  WEIGHT[finding.severity] > WEIGHT[findings.last?.severity ?? 'info']

const fold = (issues: Dict<IssueRecord>, rule: string, finding: Finding): Dict<IssueRecord> => {
  const key = `${rule} ${finding.key}`
  const old = issues.get(key)
  // Most findings of one issue say the same: kept once.
  const newest = old?.findings.last?.said
  const said = newest && sameSaid(newest, finding.said) ? newest : finding.said
  const { length = 0 } = old?.findings ?? {}
  if (old && length >= MOST && !graver(finding, old)) {
    const more = { count: (old.more?.count ?? 0) + Number(finding.again), last: finding.at }
    return issues.with(key, { rule, key: finding.key, findings: old.findings, more })
  }
  const findings = (old?.findings ?? List.EMPTY).push({ ...finding, said })
  return issues.with(key, { rule, key: finding.key, findings, ...(old?.more && { more: old.more }) })
}

/** By their weight. */
const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error']

/** A record as a checkpoint keeps it: of the many findings of a long log, each as a few numbers. */
export interface PackedRecord extends Omit<IssueRecord, 'findings'> {
  said: readonly Finding['said'][]
  /**
   * Of each finding: what it is (`codeOf`), its subject, its time; and, if it doesn't rest on its subject alone, how many entries it
   * rests on, and these.
   */
  numbers: Float64Array
}

/** Sentence × 16 + severity × 4 + again × 2 + whether it rests on its subject alone. */
const codeOf = (sentence: number, { severity, again }: Finding, alone: boolean): number =>
  sentence * 16 + WEIGHT[severity] * 4 + Number(again) * 2 + Number(alone)

export const pack = ({ findings, ...rest }: IssueRecord): PackedRecord => {
  const said = new Map<Finding['said'], number>()
  const numbers: number[] = []
  for (const finding of findings) {
    const { subject, at, events } = finding
    const sentence = said.get(finding.said) ?? said.size
    said.set(finding.said, sentence)
    const alone = events.length === 1 && events[0] === subject
    numbers.push(codeOf(sentence, finding, alone), subject, at)
    if (!alone) numbers.push(events.length, ...events)
  }
  return { ...rest, said: [...said.keys()], numbers: Float64Array.from(numbers) }
}

export const unpack = ({ said, numbers, ...rest }: PackedRecord): IssueRecord => {
  const findings: Finding[] = []
  // Without iterators: there may be a hundred thousand of them, and the panel opens with it.
  for (let at = 0; at < numbers.length; ) {
    const code = numbers[at] as number
    const subject = numbers[at + 1] as number
    const alone = code % 2 === 1
    const events = alone ? [subject] : Array.from(numbers.subarray(at + 4, at + 4 + (numbers[at + 3] as number)))
    findings.push({
      key: rest.key,
      severity: SEVERITIES[(code >> 2) % 4] as Severity,
      said: said[Math.floor(code / 16)] as Finding['said'],
      subject,
      events,
      at: numbers[at + 2] as number,
      again: (code & 2) === 2,
    })
    at += alone ? 3 : 4 + events.length
  }
  return { ...rest, findings: List.of(findings) }
}

/** Can this rule read all it needs? (rules.md: `json-broken` takes the place of every rule that reads the broken field.) */
const blinded = (each: AnyRule, { seen }: Turn): boolean =>
  seen !== null &&
  seen.entry.facts.problems.length > 0 &&
  unreadable(seen.entry.facts).some(field => each.reads.includes(field))

/** Shows one entry to the rules of a holder, and writes into `after` what they remember and find. */
export const judge = (turn: Turn, after: HolderDraft): void => {
  const { entry } = turn
  const late: Late = due => due < entry.at
  const { memories } = after
  let next: unknown[] | null = null
  let id = ''
  const report: Report = finding => {
    after.issues = fold(after.issues, id, finding)
  }
  for (let index = 0; index < RULES.length; index++) {
    const each = RULES[index]
    if (!each) continue
    id = each.id
    const old = memories[index]
    const ripe = each.due ? each.due(old, late, report) : old
    const memory = blinded(each, turn) ? ripe : each.step(ripe, turn, report)
    if (memory === old) continue
    next ??= [...memories]
    next[index] = memory
  }
  if (next) after.memories = next
}

/** What silence has proven by `now`, besides what is found already. */
const ripen = (holder: Holder, now: number): Dict<IssueRecord> => {
  const late: Late = due => due <= now
  let { issues } = holder
  for (const [index, each] of RULES.entries()) {
    if (!each.due && !each.stands) continue
    const report: Report = finding => {
      issues = fold(issues, each.id, finding)
    }
    const memory = holder.memories[index]
    each.stands?.(each.due ? each.due(memory, late, report) : memory, late, report)
    if (!each.stands) each.due?.(memory, late, report)
  }
  return issues
}

/** Evidence of whole issues; kept, since a list is asked for on every tick and few issues change. */
const evidence = new WeakMap<IssueRecord, ReadonlySet<number>>()
const evidenceOf = (record: IssueRecord): ReadonlySet<number> => {
  let events = evidence.get(record)
  if (!events) {
    events = new Set([...record.findings].flatMap(({ subject, events: rests }) => [subject, ...rests]))
    evidence.set(record, events)
  }
  return events
}

/** What a record came to when it was listed last, and what took its place then. */
const summary = new WeakMap<IssueRecord, { taken: readonly ReadonlySet<number>[]; issue: Issue | null }>()

const sumUp = (record: IssueRecord, findings: readonly Finding[]): Issue | null => {
  const [first] = findings
  if (!first) return null
  const worst = findings.reduce((a, b) => (WEIGHT[b.severity] >= WEIGHT[a.severity] ? b : a))
  const events = [...new Set(findings.flatMap(({ events: rests }) => rests))]
  return {
    rule: record.rule,
    key: record.key,
    severity: worst.severity,
    said: worst.said,
    events: events.sort((a, b) => a - b),
    count: findings.filter(({ again }) => again).length + (record.more?.count ?? 0),
    first: first.at,
    last: findings.reduce((latest, { at }) => Math.max(latest, at), record.more?.last ?? first.at),
  }
}

const issueOf = (record: IssueRecord, taken: readonly ReadonlySet<number>[]): Issue | null => {
  const known = summary.get(record)
  if (known && known.taken.length === taken.length && known.taken.every((each, n) => each === taken[n]))
    return known.issue
  const findings = record.findings.toArray()
  const issue = sumUp(
    record,
    taken.length > 0 ? findings.filter(({ subject }) => !taken.some(events => events.has(subject))) : findings,
  )
  summary.set(record, { taken, issue })
  return issue
}

/** The issues of a holder as of `now` (+∞: nothing more will come), worst first, then oldest first. */
export const list = (holder: Holder, now: number): Issue[] => {
  const records = [...ripen(holder, now).values()]
  const taking = SUPERSEDES.map(([over, under, ofKey = '']) => ({
    under,
    ofKey,
    evidence: records.filter(({ rule }) => rule === over).map(evidenceOf),
  }))
  const takenFrom = ({ rule, key }: IssueRecord): ReadonlySet<number>[] =>
    taking.flatMap(({ under, ofKey, evidence }) => (under === rule && key.endsWith(ofKey) ? evidence : []))
  return records
    .flatMap(record => issueOf(record, takenFrom(record)) ?? [])
    .sort((a, b) => WEIGHT[b.severity] - WEIGHT[a.severity] || a.first - b.first)
}
