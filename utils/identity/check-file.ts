/** Reads what a tester expects of a site from a small JSON file (`expected.json`), and says what is wrong with it. */
import * as v from 'valibot'
import type { Json } from '../sdk/event'
import { type Expected, NOTHING_EXPECTED } from './check-expected'
import type { Step } from './recipe'

const TYPES = {
  string: 'String',
  number: 'Number',
  boolean: 'Boolean',
  datetime: 'Datetime',
  array: 'Array',
  object: 'Object',
} as const
const STEPS = ['trim', 'lower', 'nfc', 'compact', '84to0', '0to84', '0to+84'] as const satisfies readonly Step[]

const text = v.pipe(v.string('must be text'), v.nonEmpty('must not be empty'))
const flag = v.boolean('must be true or false')
const listed = (of: readonly string[]): string => `${of.slice(0, -1).join(', ')} or ${of.at(-1)}`
const one = <const T extends readonly string[]>(of: T) => v.picklist(of, `must be ${listed(of)}`)
const type = one(Object.keys(TYPES) as (keyof typeof TYPES)[])
const names = v.array(text, 'must be a list of texts')
/** `strictObject` says the key that nobody knows by its issue's path. */
const object = <T extends v.ObjectEntries>(entries: T) =>
  v.strictObject(entries, issue =>
    issue.expected === 'never'
      ? `is no key of this file; known here: ${Object.keys(entries).join(', ')}`
      : 'must be an object',
  )
const DAY = /^\d{4}-\d\d-\d\d$/

const FILE = object({
  mode: v.optional(one(['web', 'app'])),
  recipe: v.optional(
    object({
      hash: one(['md5', 'sha1', 'sha256', 'none']),
      of: v.optional(one(['phone', 'email', 'any']), 'any'),
      normalise: v.optional(v.array(one(STEPS), 'must be a list of steps'), []),
    }),
  ),
  order: v.optional(one(['any', 'login-first', 'identify-first'])),
  loginEvents: v.optional(names, []),
  attributes: v.optional(
    v.record(
      v.string(),
      v.union(
        [type, v.strictObject({ type: v.optional(type), value: v.optional(v.any()), required: v.optional(flag) })],
        `must be ${listed(Object.keys(TYPES))}, or an object with some of type, value and required`,
      ),
      'must be an object of attribute codes',
    ),
    {},
  ),
  removal: v.optional(one(['any', 'required', 'none'])),
  uidAfterLogout: v.optional(one(['any', 'new', 'same'])),
  required: v.optional(v.record(v.string(), names, 'must be an object of event names'), {}),
  mute: v.optional(
    v.array(
      object({
        rule: text,
        note: v.optional(v.string('must be text'), ''),
        until: v.optional(
          v.pipe(
            v.string('must be a day'),
            v.check(day => DAY.test(day) && !Number.isNaN(Date.parse(day)), 'must be a day, written like 2027-01-31'),
          ),
        ),
      }),
      'must be a list',
    ),
    [],
  ),
  strict: v.optional(flag, false),
})

const shown = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'absent'
  return json.length > 60 ? `${json.slice(0, 60)}…` : json
}

type Reading = { ok: true; expected: Expected } | { ok: false; reason: string }

/**
 * Reads the text of an expected.json. What is wrong is said in one sentence that names where it stands and what stands there.
 * @param rules ids that may be muted
 */
export function readExpected(file: string, rules: readonly string[]): Reading {
  let parsed: unknown
  try {
    parsed = JSON.parse(file.replace(/^\uFEFF/, ''))
  } catch (error) {
    return { ok: false, reason: `The expectations are not JSON: ${(error as Error).message}.` }
  }
  if (Array.isArray(parsed))
    return { ok: false, reason: `The file of expectations is ${shown(parsed)}, but must be an object.` }
  const read = v.safeParse(FILE, parsed)
  if (!read.success) {
    const [issue] = read.issues
    const path = v.getDotPath(issue)
    const missing = issue.received === 'undefined'
    const what = issue.message.startsWith('is no key')
      ? issue.message
      : issue.message.startsWith('must')
        ? `${missing ? 'is missing and' : `is ${shown(issue.input)}, but`} ${issue.message}`
        : issue.received === '"undefined"' || missing
          ? 'is missing'
          : `is ${shown(issue.input)}: ${issue.message}`
    return { ok: false, reason: `${path ? `\`${path}\` in the expectations` : 'The file of expectations'} ${what}.` }
  }
  const { mode, recipe, order, loginEvents, attributes, removal, uidAfterLogout, required, mute, strict } = read.output
  const unknown = mute.findIndex(({ rule }) => !rules.includes(rule))
  if (unknown >= 0)
    return {
      ok: false,
      reason: `\`mute.${unknown}.rule\` in the expectations is ${shown(mute[unknown]?.rule)}, but no rule has this id.`,
    }
  return {
    ok: true,
    expected: {
      mode: mode ?? null,
      recipe: recipe ?? null,
      order: order ?? null,
      loginEvents,
      attributes: Object.entries(attributes).map(([code, wanted]) => {
        const { type: of, value, required: must = true } = typeof wanted === 'string' ? { type: wanted } : wanted
        return { code, type: of ? TYPES[of] : null, value: value as Json | undefined, required: must }
      }),
      removal: removal ?? null,
      uidAfterLogout: uidAfterLogout ?? null,
      required,
      mute: mute.map(({ rule, note, until }) => ({
        rule,
        note,
        until: until === undefined ? null : Date.parse(until),
      })),
      strict,
    },
  }
}

/**
 * What is expected of a site: what its file says, which is nothing when it doesn't fit (an older build may have written it), and what it
 * is to be judged as, which the user switches by hand and which goes before; null: not said.
 */
export function expectedOf(file: string, mode: Expected['mode'], rules: readonly string[]): Expected {
  const reading = file === '' ? null : readExpected(file, rules)
  const expected = reading?.ok ? reading.expected : NOTHING_EXPECTED
  return mode === null ? expected : { ...expected, mode }
}
