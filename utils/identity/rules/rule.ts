/**
 * What a rule is. A rule looks at each entry of a holder once, keeps a small memory of its own inside the immutable
 * state, and reports findings. It must be able to say the same again from the same entries: no clock, no globals.
 *
 * Three ways of finding, in the order of how often they are needed:
 * - at once: `step` sees the fault complete and reports it;
 * - on silence: `step` remembers when its time is over, `due` reports it then (rules.md "now": while the window is
 *   open, an absence rule says nothing);
 * - growing: later findings of the same key add evidence, and may put the sentence better (`again: false`: the fault
 *   itself happened no second time).
 */
import type { LogEntry } from '../entry'
import type { Finding, Holder, Seen } from '../holder'
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
}

export type Report = (finding: Finding) => void
/** Is this time over? */
export type Late = (due: number) => boolean

export interface Rule<Memory> {
  id: string
  /** Usual severity on the web and in apps; null: the rule is silent there. Single findings may say less or more. */
  severity: { web: Severity | null; app: Severity | null }
  /** What is wrong, why it matters, how to fix it: one sentence each, for people. */
  what: string
  why: string
  fix: string
  /** Where the knowledge behind it comes from: section of the wire notes, letter, `OJ` = our judgement. */
  source: string
  /** Fields that it reads: when one of them could not be read on an event, the rule doesn't judge that event. */
  reads: readonly string[]
  start: Memory
  step(memory: Memory, turn: Turn, report: Report): Memory
  /** Reports what silence has proven, and gives the memory without it. */
  due?(memory: Memory, late: Late, report: Report): Memory
}

/** A rule in the table, where each has a memory of another shape. */
export type AnyRule = Rule<unknown>

/** Puts a rule into the table. The engine gives each rule back nothing but its own memory, which is what the casts rely on. */
export const rule = <Memory>(definition: Rule<Memory>): AnyRule => {
  const { due } = definition
  return {
    ...definition,
    step: (memory, turn, report) => definition.step(memory as Memory, turn, report),
    ...(due && { due: (memory: unknown, late: Late, report: Report) => due(memory as Memory, late, report) }),
  }
}
