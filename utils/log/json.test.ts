import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogEntry, Payload } from '../identity/entry'
import { event, log } from './fixtures/arbitrary'
import { writeLogFile } from './fixtures/write'
import { isLogFile } from './json'
import { readAnyLog } from './open'

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
