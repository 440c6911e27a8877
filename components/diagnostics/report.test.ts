/** What is copied says the same of any visit that went the same way, whoever made it and whatever was sent. */
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { LogEntry, Place } from '../../utils/identity/entry'
import type { Json } from '../../utils/sdk/event'
import { DEFAULTS } from '../../utils/settings'
import { hiddenBy } from '../events/filter'
import { DIAGNOSIS, FRAME, HELLO } from '../fixtures/memory'
import { eventEntry, NOW, story, TAB } from '../fixtures/story'
import { LogView } from '../log-view'
import { type PanelState, panel } from '../store'
import { speak } from '../words'
import { WORDS } from '../words.en'
import { WORDS_VI } from '../words.vi'
import { factsOf } from './facts'
import { reportOf } from './report'

/** Whatever may be somebody's, in every place that the panel's state has for it. */
const personal = fc.record({
  email: fc.emailAddress(),
  phone: fc.stringMatching(/^0\d{9}$/),
  uid: fc.stringMatching(/^[1-9]\d{15,18}$/),
  cid: fc.stringMatching(/^[0-9a-f]{32}$/),
  name: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
  host: fc.domain(),
  word: fc.stringMatching(/^[a-z]{4,12}$/),
})
type Person = typeof personal extends fc.Arbitrary<infer T> ? T : never

const ENTRIES = story().entries

function stateOf(who: Person): PanelState {
  const url = `https://${who.host}/${who.word}/${who.phone}?email=${encodeURIComponent(who.email)}#${who.uid}`
  const placed = (place: Place): Place => ({ ...place, site: who.host, url })
  const extra: Record<string, Json> = { name: who.name, [who.word]: who.email, nested: [{ phone: who.phone }] }
  const sent = eventEntry(
    {
      id: 900,
      at: NOW - 5_000,
      who: 2,
      name: `${who.word}/${who.word}`,
      cid: who.cid,
      customers: extra,
      extra,
      doc: 'd12',
    },
    [],
  )
  const entries = [...ENTRIES, sent].map((entry): LogEntry => {
    const place = placed(entry.place)
    switch (entry.kind) {
      case 'event':
        return {
          ...entry,
          place,
          facts: { ...entry.facts, ec: who.word, ea: who.name, uid: who.uid, cid: who.cid, about: who.email },
          request: entry.request && { ...entry.request, host: who.host, path: `/${who.phone}` },
          call: entry.call && { ...entry.call, caller: `${who.word}.js:${who.phone}`, command: null },
          outcome: 'error' in entry.outcome ? { ...entry.outcome, error: `net::ERR_FAILED ${url}` } : entry.outcome,
        } as LogEntry
      case 'sdk':
        return { ...entry, place, portal: who.phone, prop: who.uid, script: entry.script && { ...entry.script, url } }
      case 'stored':
        return { ...entry, place, name: who.word, value: who.uid }
      case 'gap':
        return { ...entry, place, detail: entry.cause === 'lost' ? { records: 3, first: url } : who.name }
      default:
        return { ...entry, place }
    }
  })
  const log = new LogView(TAB)
  log.take({ epoch: 0, reset: true, entries })
  const lacks = ['portal_id', 'ec']
  const line = { tab: TAB, site: `normal|${who.host}`, count: 3, at: NOW, why: 'shape' as const, lacks }
  return {
    ...panel.getState(),
    tab: 7,
    log,
    ready: true,
    now: NOW,
    hello: { ...HELLO, site: who.host, url },
    diagnosis: {
      ...DIAGNOSIS,
      tab: { open: true, url },
      frames: [{ ...FRAME, url, api: who.name }],
      unrecognised: [
        { ...line, host: who.host, path: `/${who.word}/event` },
        { ...line, host: `${who.uid}.${who.host}`, path: `/${who.email}/event` },
      ],
    },
    settings: {
      ...DEFAULTS,
      hosts: [`t.${who.host}`],
      pausedSites: [who.host],
      ignored: [`${who.uid}.${who.host}/${who.email}/event`],
      mutes: [{ site: who.host, rule: 'uid-changed', note: who.name }],
      people: [{ label: who.name, cid: who.cid }],
      expected: { [who.host]: who.email },
    },
    filter: who.email,
    problems: [{ setting: 'people[0]', is: who.name, fault: 'text', limit: '', instead: null }],
    fault: url,
    health: url,
  }
}

const textOf = (who: Person): string => {
  const state = stateOf(who)
  const term = { kind: 'word' as const, text: who.email, passes: () => false }
  const all = state.log.rows.filter(({ kind }) => kind === 'event').length
  return reportOf(factsOf(state, { all, shown: 0 }), state, hiddenBy(state.log.rows, [term]), 'Mozilla Chrome/156.0.1')
}

const AN: Person = {
  email: 'an@mail.example',
  phone: '0900000000',
  uid: '7865000000000000712',
  cid: '8e30bbc8961e056622c6231742c03ae9',
  name: 'Nguyễn Thị An',
  host: 'shop.example',
  word: 'thun',
}

let text: string
beforeAll(() => {
  text = textOf(AN)
})

test('it says what it has to say', () => {
  for (const part of [
    'SDK',
    'queue',
    'frames',
    'permission',
    'recording',
    'worker',
    'events',
    'lanes',
    'unknown',
    'filter',
  ])
    expect(text).toMatch(new RegExp(`^${part} +\\S`, 'm'))
  expect(text).toContain('1 paths, 3 requests; 1 hosts added, 1 ignored')
  expect(text).toContain('3 × lacks portal_id, ec')
  expect(text).toMatch(/filter {5}(\d+) of \1 hidden: \1 by word 1$/)
})

test('the same for everybody: no e-mail, phone, CID, UID, value, host or word of the filter can be in it', () => {
  fc.assert(
    fc.property(personal, who => {
      expect(textOf(who)).toBe(text)
    }),
    { numRuns: 60 },
  )
})

test('in Vietnamese, its states and counts too', () => {
  speak(WORDS_VI, 'vi')
  const vietnamese = textOf(AN)
  speak(WORDS, 'en')
  expect(vietnamese).toContain('cửa sổ thường')
  expect(vietnamese).toContain('3 × thiếu portal_id, ec')
  expect(vietnamese).toMatch(/: \d+ do từ 1$/)
  expect(
    vietnamese.match(/\b(normal|both|network|done|failed|blocked|queued|live|replaced|waits|lacks|by)\b/g),
  ).toBeNull()
})
