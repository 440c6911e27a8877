/** Export and import are inverse, for each format; and other programs read what we write. */
import { createRequire } from 'node:module'
import Ajv from 'ajv'
import addFormats from 'ajv-formats'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { story } from '../../components/fixtures/story'
import type { EventEntry, LogEntry, Payload } from '../identity/entry'
import { CsvSplitter, csvCell, plainCell } from './csv'
import { log } from './fixtures/arbitrary'
import { writeCsv, writeHar, writeLogFile } from './fixtures/write'
import { LogReader, type Opened, readAnyLog } from './open'
import { siteOf } from './site'

const WRITERS = { log: writeLogFile, har: writeHar, csv: writeCsv }

const read = (source: string): Extract<Opened, { ok: true }> => {
  const result = readAnyLog(source, { siteOf })
  if (!result.ok) throw new Error(result.reason)
  return result
}

/** Entries with what they refer to in place of the references, which are another file's affair. */
const whole = (entries: readonly LogEntry[], payloadOf: (entry: EventEntry) => Payload | null) =>
  entries.map(entry => (entry.kind === 'event' ? { ...entry, payload: payloadOf(entry) } : entry))
const held =
  (payloads: readonly Payload[]) =>
  ({ payload: [ref] }: EventEntry): Payload | null =>
    payloads[ref?.[1] ?? -1] ?? null

describe.each(['log', 'har', 'csv'] as const)('%s', format => {
  const write = WRITERS[format]

  test('any log comes back as it was', () => {
    fc.assert(
      fc.property(log, pairs => {
        const payloads = new Map(pairs.map(([{ id }, payload]) => [id, payload]))
        const payloadOf = ({ id }: EventEntry) => payloads.get(id) ?? null
        const entries = pairs.map(([entry]) => entry)
        const back = read(write(entries, payloadOf))
        expect(back.format).toBe(format)
        expect(back.rejected).toEqual([])
        expect(whole(back.entries, held(back.payloads))).toEqual(whole(entries, payloadOf))
      }),
      { numRuns: 60 },
    )
  })

  test('a visit comes back as it was, in pieces too, and events of one request still share its payload', () => {
    const { entries, payloads } = story()
    const sorted = [...entries].sort((a, b) => a.at - b.at || a.id - b.id)
    const [first] = sorted.filter(each => each.kind === 'event')
    if (!first) throw new Error('the story has no event')
    const twin: EventEntry = { ...first, id: 5_000, facts: { ...first.facts, part: [2, 2] } }
    sorted.splice(sorted.indexOf(first) + 1, 0, twin)
    const source = write(sorted, held(payloads))
    const reader = new LogReader({ siteOf })
    for (let at = 0; at < source.length; at += 4_001) reader.write(source.slice(at, at + 4_001))
    const back = reader.end()
    if (!back.ok) throw new Error(back.reason)
    expect(back.rejected).toEqual([])
    expect(whole(back.entries, held(back.payloads))).toEqual(whole(sorted, held(payloads)))
    const refs = back.entries.flatMap(each =>
      each.kind === 'event' && [first.id, twin.id].includes(each.id) ? [each.payload] : [],
    )
    expect(refs[0]).toEqual(refs[1])
    expect(back.payloads).toHaveLength(payloads.length)
  })
})

describe('HAR for others', () => {
  const { entries, payloads } = story()
  const file = JSON.parse(writeHar(entries, held(payloads))) as { log: { entries: { _identityLens?: unknown }[] } }

  test('fits the schema of HAR 1.2', () => {
    const ajv = new Ajv({ strict: false })
    addFormats(ajv)
    const load = createRequire(import.meta.url)
    // Draft 6 says the same as draft 7 in all that it uses.
    const { har, ...others } = load('har-schema') as Record<string, object>
    for (const schema of Object.values(others)) ajv.addSchema({ ...schema, $schema: undefined })
    const fits = ajv.compile({ ...har, $schema: undefined })
    expect(fits(file), JSON.stringify(fits.errors)).toBe(true)
    expect(file.log.entries.length).toBeGreaterThan(300)
  })

  test('without our own fields it says the same of each request', () => {
    const bare = structuredClone(file) as { log: { entries: { _identityLens?: unknown }[]; _identityLens?: unknown } }
    delete bare.log._identityLens
    for (const each of bare.log.entries) delete each._identityLens
    const back = read(JSON.stringify(bare))
    const told = (each: LogEntry) =>
      each.kind === 'event' && each.request ? [[each.facts, each.request.transport, each.outcome.state]] : []
    expect(back.entries.flatMap(told)).toEqual(entries.flatMap(told))
  })

  test('entries of another recording beside ours are read too', () => {
    const other = { startedDateTime: new Date(0).toISOString(), request: { url: payloads[0]?.request?.url } }
    const back = read(JSON.stringify({ log: { ...file.log, entries: [...file.log.entries, other, { request: {} }] } }))
    expect(back.entries).toHaveLength(entries.length + 1)
    const [first] = back.entries
    expect(first).toMatchObject({ at: 0, kind: 'event' })
    expect(new Set(back.entries.map(({ id }) => id)).size).toBe(entries.length + 1)
    expect(first?.kind === 'event' && held(back.payloads)(first)?.request?.url).toBe(other.request.url)
    expect(back.rejected).toEqual([{ entry: file.log.entries.length + 1, reason: 'the request has no URL' }])
  })
})

describe('CSV for others', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '=', "'", '-', '@', ' ', 'ệ', '\t'), maxLength: 6 }),
  )
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  const textOf = (rows: string[][]): string => rows.map(cells => `${cells.map(csvCell).join(',')}\r\n`).join('')

  test('a well-kept parser reads every cell, and so do we, however the text is cut', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 9 }), (rows, size) => {
        const text = textOf(rows)
        const theirs = parse(text, { relax_column_count: true, record_delimiter: '\r\n' }) as string[][]
        expect(theirs.map(cells => cells.map(plainCell))).toEqual(rows)
        const ours: string[][] = []
        const splitter = new CsvSplitter(cells => ours.push(cells.map(plainCell)))
        for (let at = 0; at < text.length; at += size) splitter.write(text.slice(at, at + size))
        expect(splitter.end()).toBe(true)
        expect(ours).toEqual(rows)
      }),
      { numRuns: 300 },
    )
  })

  test('no cell is a formula', () => {
    fc.assert(
      fc.property(table, rows => {
        const theirs = parse(textOf(rows), { relax_column_count: true, record_delimiter: '\r\n' }) as string[][]
        for (const each of theirs.flat()) expect(each).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
      }),
    )
  })

  test('what people read of an event', () => {
    const { entries, payloads } = story()
    const rows = parse(writeCsv(entries, held(payloads)), { bom: true, columns: true }) as Record<string, string>[]
    expect(rows).toHaveLength(entries.length)
    const login = rows.find(({ id }) => id === '294')
    expect(login).toMatchObject({
      kind: 'event',
      name: 'user/sign_in',
      cid: '8e30bbc8961e056622c6231742c03ae9',
      uid: '7865000000000000385',
      portal: '561234567',
      outcome: 'done',
      status: '200',
      caller: 'login.js:42',
      customer: '{"name":"Nguyễn Thị An","phone":"0900000000","email":"an@example.com"}',
    })
  })
})

describe('a broken file of our own', () => {
  const { entries, payloads } = story()
  test('CSV: rows that are broken cost themselves only', () => {
    const lines = writeCsv(entries.slice(0, 4), held(payloads)).split('\r\n')
    lines[2] = 'x,y'
    const log = read(lines.join('\r\n'))
    expect(log.entries).toHaveLength(3)
    expect(log.rejected).toEqual([{ entry: 1, reason: expect.stringContaining('is not JSON') as string }])
  })
  test('CSV: cut inside of a cell', () => {
    const log = read(writeCsv(entries.filter(({ kind }) => kind === 'event').slice(0, 4), held(payloads)).slice(0, -40))
    expect(log.entries).toHaveLength(3)
    expect(log.rejected.at(-1)).toMatchObject({ reason: 'the file ends inside of a quoted cell' })
  })
  test('HAR: an entry of ours that does not fit', () => {
    const file = JSON.parse(writeHar(entries.filter(({ kind }) => kind === 'event').slice(0, 4), held(payloads))) as {
      log: {
        _identityLens: { version: number; entries: unknown[] }
        entries: { _identityLens: { entries: { at: unknown }[] } }[]
      }
    }
    const [first] = file.log.entries[0]?._identityLens.entries ?? []
    if (first) first.at = null
    file.log._identityLens.entries.push({}, { entries: 3 })
    const log = read(JSON.stringify(file))
    expect(log.entries).toHaveLength(3)
    expect(log.rejected.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([expect.stringContaining('at: '), 'it holds no entries']) as string[],
    )
    file.log._identityLens.version = 2
    expect(readAnyLog(JSON.stringify(file), { siteOf })).toEqual({
      ok: false,
      reason: 'This HAR file holds a log of version 2; this program reads version 1.',
    })
  })
})
