/** For tests of rules: stories, and the issues that they must give. */
import { describe, expect, test } from 'vitest'
import { type Expectations, NO_EXPECTATIONS } from '../expectations'
import { EMPTY, Reduction } from '../reduce'
import { phrase, type Said } from '../said'
import type { Issue } from '../state'
import { tell } from '../story'
import SAY from './say.en.json'

/** Values that a sentence needs and lacks, or is given and doesn't show. */
const mismatched = ({ say, values }: Said): string[] => {
  const shown = [...SAY[say].matchAll(/\{(\w+)[|}]/g)].map(([, name = '']) => name)
  const given = Object.keys(values)
  return [
    ...shown.filter(name => !given.includes(name)).map(name => `${say} lacks ${name}`),
    ...given.filter(name => !shown.includes(name)).map(name => `${say} doesn't show ${name}`),
    ...Object.values(values).flatMap(value => (typeof value === 'object' && 'say' in value ? mismatched(value) : [])),
  ]
}

/** All issues of a story as a file, each with its sentence in English: nothing more can come. */
export const issuesOf = (
  text: string,
  now = Number.POSITIVE_INFINITY,
  expected?: Partial<Expectations>,
): (Issue & { message: string })[] => {
  const reduction = new Reduction(EMPTY, { ...NO_EXPECTATIONS, ...expected })
  reduction.apply(tell(text).entries)
  return reduction.holders(now).flatMap(({ key }) =>
    reduction.issues(key, now).map(issue => {
      const message = phrase(issue.said, SAY)
      expect(mismatched(issue.said), issue.rule).toEqual([])
      return { ...issue, message }
    }),
  )
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
