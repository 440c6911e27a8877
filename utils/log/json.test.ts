import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventEntry, LogEntry, Outcome, Payload } from '../identity/entry'
import type { Body, EventFacts, Json } from '../sdk/event'
import { isLogFile, writeLogFile } from './json'
import { readAnyLog } from './open'

const text = fc.string({ maxLength: 12, unit: 'binary' })
const nullable = fc.option(text, { nil: null })
const count = fc.nat()
const at = fc.integer({ min: 0, max: 4e12 })
const json = fc.jsonValue({ maxDepth: 2 }).map(value => JSON.parse(JSON.stringify(value)) as Json)
const attributes = fc.array(fc.tuple(fc.oneof(text, fc.constant('__proto__')), json), { maxLength: 3 })

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ state: fc.constant('queued' as const) }),
  fc.record({ state: fc.constant('pending' as const) }),
  fc.record({ state: fc.constant('done' as const), status: count, ms: count }),
  fc.record({ state: fc.constant('hidden' as const), status: count, error: text, ms: count }),
  fc.record({
    state: fc.constant('failed' as const),
    status: fc.option(count, { nil: null }),
    error: nullable,
    ms: count,
  }),
  fc.record({
    state: fc.constant('blocked' as const),
    by: fc.constantFrom('csp' as const, 'client' as const),
    error: text,
  }),
  fc.record({ state: fc.constant('not-sent' as const) }),
  fc.record({ state: fc.constant('unknown' as const), why: text }),
)

const facts: fc.Arbitrary<EventFacts> = fc.record({
  ec: text,
  ea: text,
  en: text,
  kind: fc.constantFrom('login', 'identify', 'reset', 'other'),
  wire: fc.constantFrom('event', 'stream_event', 'call', 'unrecognised'),
  channel: fc.constantFrom('web', 'app'),
  uid: nullable,
  aid: nullable,
  portal: nullable,
  prop: nullable,
  cid: nullable,
  cidPath: nullable,
  cids: fc.array(fc.tuple(text, text), { maxLength: 2 }),
  carries: fc.boolean(),
  whyNot: nullable,
  customers: fc.option(attributes, { nil: null }),
  users: fc.option(attributes, { nil: null }),
  inferred: fc.option(attributes, { nil: null }),
  system: attributes,
  session: nullable,
  page: nullable,
  identifyType: nullable,
  reset: fc.option(fc.record({ from: nullable, to: nullable }), { nil: null }),
  content: text,
  order: nullable,
  about: text,
  problems: fc.array(fc.record({ field: text, code: fc.constant('not-json' as const), message: text }), {
    maxLength: 1,
  }),
  part: fc.tuple(count, count),
})

const place = fc.record({ tab: text, frame: fc.integer(), doc: text, site: text, partition: text, url: text })

const event: fc.Arbitrary<EventEntry> = fc
  .record({
    kind: fc.constant('event' as const),
    id: count,
    at,
    place,
    facts,
    call: fc.option(
      fc.record({
        at,
        api: text,
        by: fc.constantFrom('page', 'panel'),
        command: nullable,
        queued: fc.boolean(),
        caller: nullable,
      }),
      { nil: null },
    ),
    request: fc.option(
      fc.record({
        at,
        transport: fc.constantFrom('script', 'beacon', 'other'),
        method: text,
        host: text,
        path: text,
        bytes: count,
        lanes: fc.constantFrom('hook', 'network', 'both'),
      }),
      { nil: null },
    ),
    outcome,
    live: fc.boolean(),
    payload: fc.constant([[7, 3]] as [number, number][]),
    prerender: fc.constantFrom(true as const, undefined),
  })
  .map(({ prerender, ...rest }): EventEntry => (prerender ? { ...rest, prerender } : rest) as EventEntry)

const logEntry: fc.Arbitrary<LogEntry> = fc.oneof(
  event,
  fc.record({
    kind: fc.constant('page' as const),
    id: count,
    at,
    place,
    how: fc.constantFrom('load', 'route'),
    late: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('sdk' as const),
    id: count,
    at,
    place,
    state: fc.constantFrom('absent', 'live'),
    queue: count,
    api: nullable,
    portal: nullable,
    prop: nullable,
    script: fc.option(fc.record({ url: text, outcome }), { nil: null }),
  }),
  fc.record({
    kind: fc.constant('stored' as const),
    id: count,
    at,
    place,
    where: fc.constantFrom('cookie', 'localStorage'),
    name: text,
    value: nullable,
    cause: fc.constantFrom('seen', 'expired'),
  }),
  fc.record({
    kind: fc.constant('gap' as const),
    id: count,
    at,
    place,
    cause: fc.constantFrom('paused', 'lost'),
    until: fc.option(at, { nil: null }),
    detail: json,
  }),
  fc.record({ kind: fc.constant('void' as const), id: count, at, place, into: count }),
) as fc.Arbitrary<LogEntry>

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.record({ state: fc.constant('none' as const) }),
  fc.record({ state: fc.constant('text' as const), text }),
  fc.record(
    { state: fc.constant('cut' as const), text, bytes: count, least: fc.constant(true as const) },
    { requiredKeys: ['state', 'text', 'bytes'] },
  ),
  fc.record({ state: fc.constant('unreadable' as const), why: text }),
)
const payload: fc.Arbitrary<Payload> = fc.record(
  {
    request: fc.record({ url: text, method: text, body }),
    call: fc.record({ api: text, args: text, stack: text }),
    notes: fc.array(text, { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

const log = fc
  .uniqueArray(fc.tuple(logEntry, fc.option(payload, { nil: null })), { selector: ([{ id }]) => id, maxLength: 8 })
  .map(pairs => pairs.sort(([a], [b]) => a.at - b.at || a.id - b.id))

const open = (value: unknown) => readAnyLog(JSON.stringify(value), { siteOf: () => '' })
const read = (value: unknown) => {
  const result = open(value)
  if (!result.ok) throw new Error(result.reason)
  return result
}

describe('the log’s own file format', () => {
  test('what is written is read again without loss', () => {
    fc.assert(
      fc.property(log, pairs => {
        const payloads = new Map(pairs.map(([{ id }, held]) => [id, held]))
        const written = JSON.parse(
          writeLogFile(
            pairs.map(([each]) => each),
            ({ id }) => payloads.get(id) ?? null,
          ),
        ) as unknown
        expect(isLogFile(written)).toBe(true)
        const back = read(written)
        expect(back.rejected).toEqual([])
        expect(back.requests).toBe(pairs.length)
        const without = (each: LogEntry) => (each.kind === 'event' ? { ...each, payload: [] } : each)
        expect(back.entries.map(without)).toEqual(pairs.map(([each]) => without(each)))
        for (const each of back.entries)
          if (each.kind === 'event') {
            const [reference] = each.payload
            expect(reference ? back.payloads[reference[1]] : null).toEqual(payloads.get(each.id) ?? null)
          }
      }),
      { numRuns: 60 },
    )
  })

  test('events of one request share their payload', () => {
    const [one] = fc.sample(event, { numRuns: 1, seed: 1 })
    if (!one) throw new Error('no sample')
    const held: Payload = { notes: ['a'] }
    const written = JSON.parse(writeLogFile([one, { ...one, id: one.id + 1 }], () => held)) as { payloads: unknown[] }
    expect(written.payloads).toEqual([held])
  })

  const [sample] = fc.sample(
    event.map(each => ({ ...each, id: 1, payload: [[0, 0]] as [number, number][] })),
    { numRuns: 1, seed: 2 },
  )
  const file = (...entries: unknown[]) => ({ format: 'identity-lens-log', version: 1, entries, payloads: [{}] })

  test('an entry that doesn’t fit is rejected with the place of its fault; the rest is read', () => {
    const back = read(
      file(
        { ...sample, facts: { ...sample?.facts, uid: 7865000000000000385 } },
        { ...sample, id: 0.5 },
        { kind: 'dream', id: 3 },
        null,
        { ...sample, id: 4 },
      ),
    )
    expect(back.entries.map(({ id }) => id)).toEqual([4])
    expect(back.rejected.map(({ entry, reason }) => [entry, reason.split(':')[0]])).toEqual([
      [0, 'facts.uid'],
      [1, 'id'],
      [2, 'kind'],
      [3, expect.stringContaining('Invalid type')],
    ])
  })

  test('an event whose payload is missing is read without it, and that is said', () => {
    const back = read(file({ ...sample, payload: [[0, 5]] }))
    expect(back.entries).toMatchObject([{ id: 1, payload: [] }])
    expect(back.rejected).toEqual([{ entry: 0, reason: expect.stringContaining('payload 5') }])
  })

  test.each<[unknown, string]>([
    [
      { format: 'identity-lens-log', version: 2, entries: [], payloads: [] },
      'This log file has version 2; this program reads version 1.',
    ],
    [{ format: 'identity-lens-log', version: 1, payloads: [] }, 'broken at entries'],
    [{ format: 'identity-lens-log', entries: [], payloads: [] }, 'broken at version'],
  ])('%j: one sentence', (value, reason) => {
    expect(open(value)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) as string })
  })

  test.each([null, [], 'x', {}, { format: 'other' }])('%j is no such file', value =>
    expect(isLogFile(value)).toBe(false),
  )
})
