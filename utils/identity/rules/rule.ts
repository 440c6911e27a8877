/**
 * What a rule is. A rule looks at each entry of a holder once, keeps a small memory of its own inside the immutable
 * state, and reports findings. It must be able to say the same again from the same entries: no clock, no globals.
 *
 * Four ways of finding, in the order of how often they are needed:
 * - at once: `step` sees the fault complete and reports it;
 * - on silence: `step` remembers when its time is over, `due` reports it then (rules.md "now": while the window is
 *   open, an absence rule says nothing);
 * - as it stands: `stands` reports what holds at the moment of listing and may still come right, or turn out otherwise;
 * - growing: later findings of the same key add evidence, and may put the sentence better (`again: false`: the fault
 *   itself happened no second time).
 */
import type { DocumentMemory, Named } from '../documents'
import type { LogEntry } from '../entry'
import type { Expectations } from '../expectations'
import type { Finding, Holder, Seen } from '../holder'
import type { Said } from '../said'
import type { Severity } from '../state'

/** One entry, before the eyes of one holder's rules. */
export interface Turn {
  entry: LogEntry
  /** The entry, if it is an event of this holder. */
  seen: Seen | null
  before: Holder
  /** After the state machine took the entry. */
  after: Holder
  /** Documents that ended by this entry. */
  ended: readonly string[]
  /** The entry's document, this entry taken in; null if it has none, or none of this holder's site. */
  document: DocumentMemory | null
  /** What the document names; of an event without one, what others of its origin named. */
  named: readonly Named[]
  expected: Expectations
}

export type Report = (finding: Finding) => void
/** Is this time over? */
export type Late = (due: number) => boolean

export interface Rule<Memory> {
  id: string
  /** Usual severity on the web and in apps; null: the rule is silent there. Single findings may say less or more. */
  severity: { web: Severity | null; app: Severity | null }
  /** Fields that it reads: when one of them could not be read on an event, the rule doesn't judge that event. */
  reads: readonly string[]
  start: Memory
  step(memory: Memory, turn: Turn, report: Report): Memory
  /** Reports what silence has proven, and gives the memory without it. */
  due?(memory: Memory, late: Late, report: Report): Memory
  /** Reports what is so at the moment of listing. Nothing of it is kept. */
  stands?(memory: Memory, late: Late, report: Report): void
}

/** A rule's sentences for people. They stand in words.*.json: nothing of them is needed to find an issue. */
export interface RuleWords {
  what: string
  why: string
  fix: string
  /** Where the knowledge behind it comes from: the subject, then the letter of how well it is known (D, C, S, I, ?; `OJ` = our judgement). */
  source: string
}

/** A rule in the table, where each has a memory of another shape. */
export type AnyRule = Rule<unknown>

/** Puts a rule into the table. The engine gives each rule back nothing but its own memory, which is what the cast relies on. */
export const rule = <Memory>(definition: Rule<Memory>): AnyRule => definition as unknown as AnyRule

/** Usual severity on the web and in apps. */
export type Weights = readonly [web: Severity | null, app: Severity | null]

/** What a rule is, but for its memory and its ways of finding; its words stand in words.en.json. */
export const about = (
  id: string,
  [web, app]: Weights,
  reads: readonly string[] = [],
): Pick<Rule<never>, 'id' | 'severity' | 'reads'> => ({
  id,
  severity: { web, app },
  reads,
})

/** Fields that may hold a CID. */
export const CID_FIELDS: readonly string[] = ['dims', 'cvar', 'extra', 'body']
/** Fields that hold the site's values. */
export const VALUE_FIELDS: readonly string[] = [...CID_FIELDS, 'items']

export type EventTurn = Turn & { seen: Seen }
const isEventTurn = (turn: Turn): turn is EventTurn => turn.seen !== null

/**
 * Reports the event that the rule is shown: with the usual severity of its channel, unless another is given, and the earlier
 * entries that it rests on. What the panel did is no fault of the site, and where the rule is off nothing is reported.
 */
export type Hit = (key: string, said: Said, more?: { severity?: Severity; also?: readonly number[] }) => void

/**
 * A rule that looks at some events, and reports the one that it looks at. Its `hit` is made once and not per event, since
 * every rule sees every event.
 */
export const onSome = <Memory>(
  id: string,
  weights: Weights,
  reads: readonly string[],
  start: Memory,
  concerns: (seen: Seen) => boolean,
  look: (memory: Memory, turn: EventTurn, hit: Hit) => Memory,
): AnyRule => {
  let shown: EventTurn | null = null
  let tell: Report
  const hit: Hit = (key, said, { severity, also = [] } = {}) => {
    if (!shown) return
    const { entry, by } = shown.seen
    const usual = weights[entry.facts.channel === 'app' ? 1 : 0]
    if (by === 'panel' || usual === null) return
    const { id: subject, at } = entry
    tell({ key, severity: severity ?? usual, said, subject, events: [...also, subject], at, again: true })
  }
  return rule<Memory>({
    ...about(id, weights, reads),
    start,
    step(memory, turn, report) {
      if (!isEventTurn(turn) || !concerns(turn.seen)) return memory
      shown = turn
      tell = report
      return look(memory, turn, hit)
    },
  })
}

const carries = ({ entry }: Seen): boolean => entry.facts.carries

/** A rule that looks at identity-carrying events alone. */
export const onEvent = <Memory>(
  id: string,
  weights: Weights,
  reads: readonly string[],
  start: Memory,
  look: (memory: Memory, turn: EventTurn, hit: Hit) => Memory,
): AnyRule => onSome(id, weights, reads, start, carries, look)

/** A rule that one event alone trips. */
export const perEvent = (
  id: string,
  weights: Weights,
  reads: readonly string[],
  look: (turn: EventTurn, hit: Hit) => void,
  concerns = carries,
): AnyRule =>
  onSome<null>(id, weights, reads, null, concerns, (_, turn, hit) => {
    look(turn, hit)
    return null
  })
