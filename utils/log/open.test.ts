import { describe, expect, test } from 'vitest'
import { tell } from '../identity/story'
import { entry, eventUrl, har } from './fixtures/har'
import { writeLogFile } from './fixtures/write'
import { readAnyLog } from './open'
import { siteOf } from './site'

const read = (source: string) => readAnyLog(source, { siteOf })

describe('a file of any kind', () => {
  test('HAR', () => expect(read(har([entry(0, eventUrl())]))).toMatchObject({ ok: true, format: 'har', requests: 1 }))

  test('the log’s own format', () => {
    const { entries } = tell('uid A: pageview')
    expect(read(`\uFEFF${writeLogFile(entries, () => null)}`)).toMatchObject({ ok: true, format: 'log', entries })
  })

  test('an entry that is no JSON costs itself only', () => {
    const source = har([entry(0, eventUrl()), 'HERE', entry(9, eventUrl())]).replace('"HERE"', '{"a":oops}')
    const log = read(source)
    expect(log).toMatchObject({ ok: true, requests: 3, rejected: [{ entry: 1 }] })
    if (log.ok) expect(log.entries).toHaveLength(2)
  })

  test.each([
    ['', 'The file is empty.'],
    ['no JSON', 'The file is not JSON'],
    [har([entry(0, eventUrl())]).slice(0, 60), 'The file is not JSON'],
    ['[]', 'neither a HAR file'],
    ['null', 'neither a HAR file'],
    ['{"log":{"entries":{}}}', 'neither a HAR file'],
    ['{"a":1}', 'neither a HAR file (it has no log.entries) nor a log of Identity Lens'],
    ['{"format":"identity-lens-log","version":9,"entries":[],"payloads":[]}', 'has version 9'],
    ['{"format":"identity-lens-log","version":1}', 'broken at entries'],
    ['{"format":"identity-lens-log","version":1,"entries":{},"payloads":[]}', 'broken at entries'],
  ])('%j: one sentence', (source, reason) => {
    const result = read(source)
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining(reason) as string })
    if (!result.ok) expect(result.reason).toMatch(/^[^\n]+\.$/)
  })
})
