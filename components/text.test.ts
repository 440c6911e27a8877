import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readExpected } from '../utils/identity/check-file'
import CHECK from '../utils/identity/check-words.en.json'
import CHECK_VI from '../utils/identity/check-words.vi.json'
import SAY from '../utils/identity/rules/say.en.json'
import SAY_VI from '../utils/identity/rules/say.vi.json'
import RULES from '../utils/identity/rules/words.en.json'
import RULES_VI from '../utils/identity/rules/words.vi.json'
import { phrase, said } from '../utils/identity/said'
import { readAnyLog } from '../utils/log/open'
import TOLD from '../utils/log/told.en.json'
import TOLD_VI from '../utils/log/told.vi.json'
import { decodeCall, decodeRequest } from '../utils/sdk/decode'
import type { Body, DecodedEvent } from '../utils/sdk/event'
import { GLOSSARY } from '../utils/sdk/glossary.en'
import { GLOSSARY_VI } from '../utils/sdk/glossary.vi'
import { rich, say, t, told } from './text'
import { EN } from './text.en'
import { VI } from './text.vi'
import { speak } from './words'
import { WORDS } from './words.en'
import { WORDS_VI } from './words.vi'

test('values go into their places, in any order', () => {
  expect(t('status.counts', { events: 1, requests: 2 })).toBe('1 event · 2 requests')
  expect(t('page.load')).toBe('Page load')
})

test('a value that looks like a place is only text', () => {
  expect(t('copy.value', { what: '{what} {n|a|b}' })).toBe('Copy {what} {n|a|b}')
})

test('elements stand in the text where their names do', () => {
  expect(rich('state.since', { time: '10:51:20', link: 'user/sign_in' })).toEqual([
    'since ',
    '10:51:20',
    ' · by ',
    'user/sign_in',
    '',
  ])
})

/** All sources of the panel but the catalogue, tests and fixtures. */
const sources = (folder: string): string =>
  readdirSync(folder, { withFileTypes: true })
    .map(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === 'fixtures' ? '' : sources(path)
      return /\.tsx?$/.test(entry.name) && !/\.test\.|text\.(en|vi)/.test(entry.name) ? readFileSync(path, 'utf8') : ''
    })
    .join('\n')

/** Which of these keys no code names; `calls` finds those that are put together. */
const unusedOf = (keys: string[], code: string, calls: RegExp): string[] => {
  const patterns = [...code.matchAll(calls)].map(
    ([, text = '']) =>
      new RegExp(
        `^${text
          .split(/\$\{[^}]*\}/)
          .map(part => part.replace(/[.?]/g, '\\$&'))
          .join('.+')}$`,
      ),
  )
  return keys.filter(
    key => !code.includes(`'${key}'`) && !code.includes(`"${key}"`) && !patterns.some(pattern => pattern.test(key)),
  )
}

test('every text is used', () => {
  expect(unusedOf(Object.keys(EN), sources(__dirname), /\b(?:t|rich)\(\s*`([^`]+)`/g)).toEqual([])
})

test('every sentence of the core is used', () => {
  const code = sources(join(__dirname, '../utils'))
  expect(unusedOf(Object.keys(SAY), code, /\b(?:said\(|say: )\s*`([^`]+)`/g)).toEqual([])
})

test('a finding is said in the language of the panel, its parts too', () => {
  const kept = said('logout-keeps-cid', {
    span: { span: 3 * 3_600_000 },
    end: said('logout-keeps-cid.end', { removal: 'reset', span: { span: 31_000 } }),
  })
  expect(phrase(kept, WORDS.say)).toBe('Still identified 3 h after logout; reset came after 31 s')
  const { say, check } = WORDS_VI
  expect(phrase(kept, say, check.units)).toBe('Vẫn còn được nhận diện 3 giờ sau khi đăng xuất; reset đến sau 31 giây')
})

/** All texts below a part of a catalogue, by path. */
const texts = (tree: object, path = ''): [path: string, text: string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as [string, string]] : texts(value as object, `${path}${key} › `),
  )

const GLOSSARY_TEXTS = Object.fromEntries(Object.entries(GLOSSARY).map(([name, [, text]]) => [name, text]))

test('where a rule is known from bears the same letters in Vietnamese', () => {
  const letters = (source: string) => source.match(/(?<![\p{L}\d])(?:[DCSI?]|OJ)(?![\p{L}\d])/gu)
  expect(Object.entries(RULES_VI).map(([id, { source }]) => [id, letters(source)])).toEqual(
    Object.entries(RULES).map(([id, { source }]) => [id, letters(source)]),
  )
})

/** Names of the values that a text must show, and of all that it knows. */
const slots = (text: string) => ({
  shown: new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)),
  known: new Set([...text.matchAll(/\{(\w+)[|}]/g)].map(([, name]) => name)),
})

test.each([
  ['the panel (components/text.vi.ts)', EN, VI],
  ['the rules (utils/identity/rules/words.vi.json)', RULES, RULES_VI],
  ['the sentences of findings (utils/identity/rules/say.vi.json)', SAY, SAY_VI],
  ['the sentences of logs (utils/log/told.vi.json)', TOLD, TOLD_VI],
  ['the check (utils/identity/check-words.vi.json)', CHECK, CHECK_VI],
  ['the glossary (utils/sdk/glossary.vi.ts)', GLOSSARY_TEXTS, GLOSSARY_VI],
])('every text of %s is there in Vietnamese', (_, en, vi) => {
  const there = new Set(texts(vi).map(([path]) => path))
  expect(texts(en).flatMap(([path]) => (there.has(path) ? [] : [path]))).toEqual([])
})

test.each([
  ['the panel', EN, VI],
  ['the rules', RULES, RULES_VI],
  ['the sentences of findings', SAY, SAY_VI],
  ['the sentences of logs', TOLD, TOLD_VI],
  ['the check', CHECK, CHECK_VI],
  ['the glossary', GLOSSARY_TEXTS, GLOSSARY_VI],
])('the Vietnamese words of %s have a text of that name in English, and the same values in it', (_, en, vi) => {
  const english = new Map(texts(en))
  const faults = texts(vi).flatMap(([path, text]) => {
    const original = english.get(path)
    if (original === undefined) return [`${path}: no such text in English`]
    const [mine, its] = [slots(text), slots(original)]
    return [
      ...[...its.shown].filter(name => !mine.shown.has(name)).map(name => `${path}: lacks {${name}}`),
      ...[...mine.known].filter(name => !its.known.has(name)).map(name => `${path}: {${name}} is not given`),
    ]
  })
  expect(faults).toEqual([])
})

test('Vietnamese has all that English has, and nothing empty', () => {
  const { told: _, ...vietnamese } = WORDS_VI
  const { told: nothing, ...english } = WORDS
  expect(texts(vietnamese).map(([path]) => path)).toEqual(texts(english).map(([path]) => path))
  expect(nothing).toEqual({})
  expect(texts(WORDS_VI).filter(([, text]) => text.trim() === '' && text !== '')).toEqual([])
})

/** Of a template, what it says between its values; the code puts some of it together. */
const partsOf = (text: string): string[] =>
  text
    .split(/\{\w+\}|[.:;,()]| at least|\bnot (?=an? )/)
    .map(part => part.trim())
    .filter(part => part.length > 3 && !/^a (?:string|number|boolean)$/.test(part))

test('every sentence of a log is said somewhere', () => {
  const code = sources(join(__dirname, '../utils')) + sources(join(__dirname, '../entrypoints'))
  expect(
    Object.values(TOLD)
      .flatMap(partsOf)
      .filter(part => !code.includes(part)),
  ).toEqual([])
})

describe('what a log says in English is said in Vietnamese', () => {
  beforeEach(() => speak(WORDS_VI, 'vi'))
  afterEach(() => speak(WORDS, 'en'))

  const IDS = 'portal_id=1&prop_id=2&uid=3'
  const request = (query: string, body: Body = { state: 'none' }): DecodedEvent[] =>
    decodeRequest({ method: 'POST', url: `https://a.cdp.asia/event?${query}`, body })
  const posted = (text: string): DecodedEvent[] => request(IDS, { state: 'text', text })
  const call = (api: string, args: string): DecodedEvent[] => [decodeCall({ api, args }) ?? []].flat()

  test.each([
    ['repeated, the same', request(`ec=a&ea=b&${IDS}&ec=a`), ['ec có hai lần, cùng một giá trị']],
    ['repeated', request(`ec=a&ea=b&${IDS}&ec=c`), ['ec có hai lần: “a” và “c”; giá trị đầu được đọc']],
    [
      'in the body too',
      posted('{"ec":"a","uid":"4"}'),
      ['uid là “3” ở ngoài và “4” trong body; giá trị trong body được đọc'],
    ],
    [
      'unreadable',
      request(IDS, { state: 'unreadable', why: 'Blob or stream, not readable' }),
      ['không đọc được body: là Blob hoặc stream, không đọc được'],
    ],
    [
      'cut',
      request(IDS, { state: 'cut', text: '{"ec":"a"', bytes: 900, least: true }),
      ['body có ít nhất 900 byte, chỉ giữ lại 9 ký tự đầu'],
    ],
    [
      'a number as UID',
      request('portal_id=1&prop_id=2', { state: 'text', text: '{"ec":"a","uid":4}' }),
      ['uid là số, 4; nó nên là chuỗi, vì số vượt quá 2^53 bị mất chữ số'],
    ],
    ['no object', posted('42'), ['body là JSON nhưng không phải đối tượng: “42”']],
    [
      'not JSON',
      request(`ec=a&ea=b&${IDS}&dims=${encodeURIComponent("{'a':1}")}`),
      ["dims không phải JSON: gặp “'” ngoài dự kiến ở ký tự thứ 2 của “{'a':1}”"],
    ],
    [
      'ends early',
      request(`ec=a&ea=b&${IDS}&dims=${encodeURIComponent('{"a":1')}`),
      ['dims không phải JSON: nó kết thúc quá sớm ở ký tự thứ 7 của “{"a":1”'],
    ],
    ['a list', request(`ec=a&ea=b&${IDS}&cvar=[1]`), ['cvar là danh sách, không phải đối tượng']],
    ['no list', request(`ec=a&ea=b&${IDS}&items={}`), ['items là đối tượng, không phải danh sách']],
    ['%', request(`ec=a&ea=b&${IDS}&x=1%zz`), ['x có dấu % không mã hóa gì, ở ký tự thứ 2: “%zz”']],
    ['an argument', call('App.setCustomerProps', '[5]'), ['đối số của setCustomerProps không phải đối tượng: “5”']],
    [
      'arguments that were cut',
      call('web_event.track', '["a","b"'),
      ['các đối số không phải JSON: nó kết thúc quá sớm ở ký tự thứ 9 của “["a","b"”'],
    ],
  ])('%s', (_, events, vietnamese) => {
    expect(events.flatMap(({ facts }) => facts.problems.map(({ message }) => told(message)))).toEqual(vietnamese)
  })

  test('of files that can’t be read, and of entries in them', () => {
    const har = (entry: unknown) => JSON.stringify({ log: { entries: [entry] } })
    const texts = ['', '{}', 'a;b', '{"a"', '{"format":"identity-lens-log","version":9,"entries":[],"payloads":[]}']
    const wrong = texts.map(text => readAnyLog(text, { siteOf: () => '' }))
    for (const read of wrong) expect(read).toMatchObject({ ok: false })
    const rejected = [1, {}, { request: {} }, { request: { url: 'http://a.cdp.asia/event' } }].flatMap(entry => {
      const read = readAnyLog(har(entry), { siteOf: () => '' })
      return read.ok ? read.rejected : []
    })
    const said = [...wrong.map(read => (read.ok ? '' : read.reason)), ...rejected.map(({ reason }) => reason)]
    expect(said.filter(sentence => told(sentence) === sentence)).toEqual([])
  })

  test('why nobody knows how a request ended, and why a body can’t be read', () => {
    const code = sources(join(__dirname, '../utils'))
    // What stories say for brevity no browser's log does.
    const whys = [
      ...code.matchAll(
        /(?<!unknown: \{ )state: 'un(?:known|readable)', why: (?:'([^']+)'|`([^`$]*)\$\{\w+\}([^`$]*)`)/g,
      ),
    ].map(([, plain, before, after]) => plain ?? `${before}5${after}`)
    const rest = [
      'no request was seen',
      'the recorder slept when it ended',
      'the page asked for it, the browser never listed it',
    ]
    const aborted = ['the page went away', 'the page was led to another address'].map(
      what => `${what} before the answer came (net::ERR_ABORTED)`,
    )
    expect(whys.length).toBeGreaterThan(5)
    expect([...whys, ...rest, ...aborted].filter(why => told(why) === why)).toEqual([])
  })

  test('what is wrong with expectations', () => {
    const files = [
      '',
      '[]',
      '{"a":1}',
      '{"mode":"x"}',
      '{"attributes":5}',
      '{"loginEvents":[""]}',
      '{"mute":[{}]}',
      '{"mute":[{"rule":"x"}]}',
    ]
    const reasons = files.map(file => readExpected(file, []))
    const said = reasons.map(read => (read.ok ? 'fine' : told(read.reason)))
    expect(
      said.filter(sentence => sentence === 'fine' || /\b(?:must|missing|known|but|expectations)\b/.test(sentence)),
    ).toEqual([])
    // What somebody else said stays as it was.
    expect(told("The page's SDK threw: must be called first")).toBe('SDK của trang báo lỗi: must be called first')
  })

  test('why an event carries no identity', () => {
    const events = [
      ...request(`ec=advertising&ea=view&${IDS}`),
      ...request(`ec=a&ea=b&resp_type=redirect&${IDS}`),
      ...request(IDS, { state: 'text', text: '{"ec":"a","ea":"b"}' }),
    ]
    expect(events.map(({ facts }) => told(facts.whyNot ?? ''))).toEqual([
      'quảng cáo',
      'liên kết của nội dung được phân phối',
      'POST của máy chủ',
    ])
  })

  test('of the database, and in a finding', () => {
    expect(
      told("The log can't be opened (UnknownError: Internal error). Events are kept in memory until it can."),
    ).toBe('Không mở được nhật ký (UnknownError: Internal error). Sự kiện được giữ trong bộ nhớ cho đến khi mở được.')
    const broken = said('json-broken', { event: 'a/b', problem: { told: 'cvar is a list, not an object' } })
    expect(say(broken)).toBe('a/b: cvar là danh sách, không phải đối tượng')
  })

  test('what nobody knows stays as it is', () => {
    expect(told('Something else (a list).')).toBe('Something else (a list).')
  })
})
