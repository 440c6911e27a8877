/** Names that every object has: a page or a file may well use them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { check } from '../identity/check'
import { NOTHING_EXPECTED } from '../identity/check-expected'
import type { EventEntry, Payload } from '../identity/entry'
import { Reduction } from '../identity/reduce'
import { makeReport, reportJson, reportText } from '../identity/report'
import { decodeRequest } from '../sdk/decode'
import { entry, har } from './fixtures/har'
import { writeCsv, writeHar, writeLogFile } from './fixtures/write'
import { Mask } from './mask'
import { type Opened, readAnyLog } from './open'
import { siteOf } from './site'

const read = (source: string): Extract<Opened, { ok: true }> => {
  const log = readAnyLog(source, { siteOf })
  if (!log.ok) throw new Error(log.reason)
  return log
}
const NOW = Number.POSITIVE_INFINITY

const name = fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype))
const parts = fc.record({ ec: fc.option(name), ea: fc.option(name), en: fc.option(name), uid: name, cid: name })
const keys = fc.uniqueArray(name, { minLength: 1, maxLength: 3 })

const url = ({ ec, ea, en, uid, cid }: Record<string, string | null>, codes: string[]): string => {
  const own = `{${codes.map(code => `${JSON.stringify(code)}:${JSON.stringify(code)}`)}}`
  const dims = `{"customers":${own},"users":${own},"store":${own},${JSON.stringify(codes[0])}:${own}}`
  const query = new URLSearchParams({ portal_id: '561234567', prop_id: '565000001', uid: uid ?? '', dims })
  query.set('cvar', `${own.slice(0, -1)},"customer_id":${JSON.stringify(cid)},"location_url":"https://shop.example/"}`)
  query.set('items', `[${own}]`)
  for (const [key, value] of Object.entries({ ec, ea, en })) if (value != null) query.set(key, value)
  for (const code of codes) query.set(code, code)
  return `https://a.cdp.asia/event?${query}`
}

test('they are names like any other, from the wire to the reports and exports', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(parts, keys, name), { minLength: 1, maxLength: 4 }), name, (told, login) => {
      const log = read(
        har(
          told.map(([fields, codes, type], n) => entry(n * 100, url(fields, codes), { top: { _resourceType: type } })),
        ),
      )
      expect(log.rejected).toEqual([])
      const events = log.entries.filter(each => each.kind === 'event')
      for (const [n, { facts, request }] of events.entries()) {
        const [fields, codes] = told[n] ?? [{ cid: '' }, []]
        expect(facts).toMatchObject({ cid: fields.cid, kind: 'other', problems: [] })
        expect(facts.customers).toEqual(codes.map(code => [code, code]))
        expect(request?.transport).toBe('script')
      }
      const payloadOf = ({ payload: [ref] }: EventEntry): Payload | null => log.payloads[ref?.[1] ?? -1] ?? null
      const expected = { ...NOTHING_EXPECTED, loginEvents: [login] }
      const reduction = new Reduction()
      reduction.apply(log.entries)
      const [holder] = reduction.holders(NOW)
      if (!holder) throw new Error('no holder')
      const issues = reduction.issues(holder.key, NOW)
      check({ entries: log.entries, holder, issues, expected, people: [], others: [], now: NOW })
      const report = makeReport({
        source: { file: 'x.har', format: 'har', entries: log.requests },
        reduction,
        events: events.map(each => {
          const { request } = payloadOf(each) ?? {}
          return { entry: each, decoded: request ? (decodeRequest(request)[0] ?? null) : null, url: null }
        }),
        rejected: [],
        now: NOW,
        policy: 'latest',
      })
      expect([...reportJson(report)].join('')).toContain(JSON.stringify(told[0]?.[1][0]))
      reportText(report, events.length)
      const mask = new Mask()
      for (const each of events) mask.look(each, payloadOf(each))
      for (const each of events)
        expect(mask.entry(each)).toMatchObject({ facts: { ec: each.facts.ec, ea: each.facts.ea } })
      for (const write of [writeLogFile, writeHar, writeCsv]) {
        const back = read(write(log.entries, payloadOf))
        expect(back.rejected).toEqual([])
        expect(back.entries.map(each => (each.kind === 'event' ? each.facts : each.kind))).toEqual(
          log.entries.map(each => (each.kind === 'event' ? each.facts : each.kind)),
        )
      }
    }),
    { numRuns: 60 },
  )
})
