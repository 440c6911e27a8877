import { describe, expect, test } from 'vitest'
import type { EventEntry } from './entry'
import { Reduction } from './reduce'
import { makeReport, type Recorded, type Report, reportJson, reportText } from './report'
import { tell } from './story'

const reportOf = (text: string, decode: (entry: EventEntry) => Partial<Recorded> = () => ({})): Report => {
  const { entries } = tell(text)
  const reduction = new Reduction()
  reduction.apply(entries)
  const events = entries
    .filter(entry => entry.kind === 'event')
    .map((entry): Recorded => ({ entry, decoded: null, url: null, ...decode(entry) }))
  return makeReport({
    source: { file: 'story.har', format: 'har', entries: entries.length },
    reduction,
    events,
    rejected: [],
    now: Number.POSITIVE_INFINITY,
    policy: 'customer',
  })
}

const KEPT = `
  uid 7865000000000000385: page load /
         pageview users {city: "Huế"}
  +20s   login cid md5:0900000000 customers {name: "An"}
  +20s   logout cid md5:0900000000
  +30s   page load /
         pageview cid md5:0900000000
  site other.example
  uid B: pageview
`
const AN = '8e30bbc8961e056622c6231742c03ae9'

describe('the object', () => {
  test('an identity for each site, the one with most events first; ids are strings or null', () => {
    const { identities } = reportOf(KEPT)
    expect(identities.map(({ site, portal, uid, cid, state }) => [site, portal, uid, cid, state])).toEqual([
      ['shop.example', '561234567', '7865000000000000385', AN, 'identified'],
      ['other.example', '561234567', 'B', null, 'anonymous'],
    ])
    expect(identities[1]?.merge).toBeNull()
    expect(identities[0]?.merge).toMatchObject({
      cid: AN,
      asOf: { event: 3 },
      uids: ['7865000000000000385'],
      attributes: [
        { code: 'city', value: 'Huế', kind: 'added', from: '7865000000000000385', event: 2, losers: [] },
        { code: 'name', value: 'An', kind: 'kept', from: 'customer', event: 3, losers: [] },
      ],
    })
  })

  test('issues name the rule, its evidence and the site', () => {
    expect(reportOf(KEPT).issues).toMatchObject([
      {
        rule: 'logout-keeps-cid',
        severity: 'error',
        site: 'shop.example',
        events: expect.arrayContaining([6]) as number[],
      },
    ])
  })

  test('a code named __proto__ is a code like any other', () => {
    const report = reportOf('uid A: pageview users {__proto__: "x"}')
    expect(Object.entries(report.identities[0]?.visitors[0]?.attributes ?? {})).toEqual([['__proto__', 'x']])
  })

  test('a customer who was only asked for: the merge says what would happen', () => {
    const report = reportOf(`
      app uid A: call setCustomerProps {customer_id: "X", name: "An"}
    `)
    const [identity] = report.identities
    expect(identity?.cid).toBe('X')
    expect(identity?.merge).toMatchObject({ cid: 'X', asOf: null })
  })

  test('its text is one JSON object, in pieces', () => {
    const pieces = [...reportJson(reportOf(KEPT))]
    expect(pieces.length).toBe(2 + 5)
    const { events, ...rest } = reportOf(KEPT)
    expect(JSON.parse(pieces.join(''))).toEqual(JSON.parse(JSON.stringify({ ...rest, events: [...events] })))
    expect(JSON.parse([...reportJson(reportOf(''))].join(''))).toMatchObject({ events: [], identities: [], issues: [] })
  })
})

describe('the text', () => {
  test('tells who, when, by what, and with which assumption', () => {
    const lines = reportText(reportOf(KEPT), 5).split('\n')
    const id = '7865000000000000385'
    for (const line of [
      'story.har: 5 events of the SDK in 7 requests, 1 issue',
      'shop.example · portal 561234567 · web',
      `  Identified since 2026-06-01 10:00:21.000Z by user/sign_in #3 (dims.customers.customer_id), 200: UID ${id}, CID ${AN}`,
      `    2026-06-01 10:00:01.000Z  new UID     UID ${id}  CID —  pageview/view #2`,
      `    2026-06-01 10:00:21.000Z  identified  UID ${id}  CID ${AN}  user/sign_in #3`,
      `    ${id}: 4 events, 0 sessions, 2026-06-01 10:00:01.000Z to 2026-06-01 10:01:12.000Z`,
      `    ${AN}: sent by ${id}`,
      '      name = "An"',
      `  Merge of ${AN} as of #3, assuming that the customer’s value wins (?)`,
      `    certain    ${id}  2 events, 0 sessions: sent this CID #3`,
      `      city added "Huế" of ${id} #2`,
      '    0 conflicts',
      'other.example · portal 561234567 · web',
      '           logout-keeps-cid, #4 #6, shop.example; known how: C ?',
    ])
      expect(lines).toContain(line)
    expect(lines.join()).not.toMatch(/undefined|NaN|\[object/)
  })

  test('says so when nothing is wrong, and when nothing could be read', () => {
    const report = { ...reportOf('uid A: pageview'), rejected: [{ entry: 3, reason: 'the entry is no object' }] }
    const text = reportText(report, 1)
    expect(text).toContain('\nNo issues.\n')
    expect(text).toContain('\nNot read\n  entry 3: the entry is no object\n')
  })
})
