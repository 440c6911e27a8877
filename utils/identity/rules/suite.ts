/** For tests of rules: stories, and the issues that they must give. */
import { describe, expect, test } from 'vitest'
import { type Expectations, NO_EXPECTATIONS } from '../expectations'
import { EMPTY, Reduction } from '../reduce'
import type { Issue } from '../state'
import { tell } from '../story'

/** All issues of a story as a file: nothing more can come. */
export const issuesOf = (text: string, now = Number.POSITIVE_INFINITY, expected?: Partial<Expectations>): Issue[] => {
  const reduction = new Reduction(EMPTY, { ...NO_EXPECTATIONS, ...expected })
  reduction.apply(tell(text).entries)
  return reduction.holders(now).flatMap(({ key }) => reduction.issues(key, now))
}

/** `rule severity`, with the number of times when it is more than one. What is merely worth seeing: of the rule in question only. */
export const found = (text: string, about = '', expected?: Partial<Expectations>): string[] =>
  issuesOf(text, Number.POSITIVE_INFINITY, expected)
    .filter(({ rule, severity }) => severity !== 'info' || rule === about)
    .map(({ rule, severity, count }) => `${rule} ${severity}${count === 1 ? '' : ` ${count}×`}`)

type Cases = [why: string, story: string, issues: string[]][]

/** `others`: what rightly speaks instead. */
type Silent = [why: string, story: string, others?: string[]][]

export const suite = (rule: string, firing: Cases, silent: Silent): void => {
  describe(rule, () => {
    test.each(firing)('%s', (_, story, issues) => {
      expect(found(story, rule)).toEqual(issues)
    })
    test.each(silent)('silent: %s', (_, story, others = []) => {
      expect(found(story, rule)).toEqual(others)
    })
  })
}
