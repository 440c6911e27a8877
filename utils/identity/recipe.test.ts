import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  badHashes,
  explain,
  faultOf,
  formatRecipe,
  knownBad,
  knownValues,
  makeCid,
  normaliseEmail,
  normalisePhone,
  recipes,
} from './recipe'
import { Reduction } from './reduce'
import SAY from './rules/say.en.json'
import { phrase } from './said'
import { tell } from './story'

/** The other implementation: Node's own. */
const hash = (name: string, text: string): string => createHash(name).update(text).digest('hex')
const perByte = (digest: string): string => digest.replace(/../g, byte => byte.replace(/^0/, ''))

const phone = { code: 'phone', value: '0900000000' }
const email = { code: 'email', value: ' An@Example.com' }
const formula = (cid: string, ...known: { code: string; value: string | number }[]): string | null => {
  const recipe = explain(cid, known)
  return recipe && formatRecipe(recipe)
}

describe('explain', () => {
  test.each([
    [hash('md5', '0900000000'), 'md5(phone)'],
    [hash('sha1', '0900000000'), 'sha1(phone)'],
    [hash('sha256', '0900000000'), 'sha256(phone)'],
    [hash('sha256', '+84900000000'), 'sha256(0to+84(phone))'],
    [hash('md5', '84900000000'), 'md5(0to84(phone))'],
    [hash('md5', '0900000000').toUpperCase(), 'upper(md5(phone))'],
    [hash('sha256', '0900000000').slice(0, 32), 'first-32(sha256(phone))'],
    [hash('md5', '0900000000').slice(0, 16), 'first-16(md5(phone))'],
    ['0900000000', 'phone'],
    ['+84900000000', '0to+84(phone)'],
    [hash('md5', ' An@Example.com'), 'md5(email)'],
    [hash('md5', 'An@Example.com'), 'md5(trim(email))'],
    [hash('md5', ' an@example.com'), 'md5(lower(email))'],
    [hash('md5', 'an@example.com'), 'md5(lower(trim(email)))'],
    ['an@example.com', 'lower(trim(email))'],
    [hash('md5', 'bình@example.com'), null],
    ['KH-000123', null],
    ['', null],
  ])('%s is %s', (cid, expected) => {
    expect(formula(cid, phone, email)).toBe(expected)
  })

  test('the vendor’s own trap: bytes printed without their zeros, an inner one too', () => {
    const recipe = explain('8e30bbc8961e56622c6231742c03ae9', [phone])
    expect(recipe).toMatchObject({ hash: 'md5', padding: 'per-byte', padded: '8e30bbc8961e056622c6231742c03ae9' })
    expect(recipe && formatRecipe(recipe)).toBe('unpadded(md5(phone))')
  })

  test('a hash whose leading zeros were cut', () => {
    let text = ''
    let digest = ''
    for (let i = 0; !digest.startsWith('0') || perByte(digest) === digest.replace(/^0+/, ''); i++) {
      text = `0900${String(i).padStart(6, '0')}`
      digest = hash('md5', text)
    }
    const recipe = explain(digest.replace(/^0+/, ''), [{ code: 'phone', value: text }])
    expect(recipe).toMatchObject({ padding: 'leading', padded: digest })
  })

  test.each([
    ['+84 900-000.000', '0900000000', 'md5(84to0(phone))'],
    ['+84 900-000.000', '+84900000000', 'md5(compact(phone))'],
    ['090 000 0000', '84900000000', 'md5(0to84(phone))'],
    ['84900000000', '0900000000', 'md5(84to0(phone))'],
  ])('phone %s, hashed as %s', (value, hashed, expected) => {
    expect(formula(hash('md5', hashed), { code: 'phone', value })).toBe(expected)
  })

  test('composed and decomposed letters', () => {
    const decomposed = 'Thị@example.com'.normalize('NFD')
    expect(formula(hash('sha256', 'thị@example.com'), { code: 'mail', value: decomposed })).toBe(
      'sha256(nfc(lower(mail)))',
    )
  })

  test('any attribute may be the source; values too short to mean anything may not', () => {
    expect(formula(hash('md5', 'KH-123'), { code: 'member_no', value: 'KH-123' })).toBe('md5(member_no)')
    expect(formula(hash('md5', '1234'), { code: 'member_no', value: 1234 })).toBe('md5(member_no)')
    expect(formula('3', { code: 'visits', value: 3 })).toBeNull()
  })

  test('all recipes of a value in its final form are given, so that two CIDs can be compared', () => {
    const asIs = recipes(hash('md5', '0900000000'), [phone]).map(formatRecipe)
    const foreign = recipes(hash('md5', '0911111111'), [{ code: 'phone', value: '+84911111111' }]).map(formatRecipe)
    expect(foreign).toEqual(['md5(84to0(phone))'])
    expect(asIs).toContain('md5(84to0(phone))')
  })

  test('it is the simplest of all recipes, though not all hashes are made', () => {
    const digests = fc
      .tuple(fc.constantFrom('md5', 'sha1', 'sha256'), fc.constantFrom('0900000000', '84900000000', 'an@example.com'))
      .map(([name, text]) => hash(name, text))
    const written = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.toUpperCase(),
      (text: string) => text.slice(0, 32),
      (text: string) => text.slice(0, 40),
      perByte,
    )
    const cids = fc.oneof(
      fc.tuple(digests, written).map(([digest, write]) => write(digest)),
      fc.constant('0900000000'),
    )
    fc.assert(
      fc.property(cids, fc.shuffledSubarray([phone, email, { code: 'other', value: '0900000000' }]), (cid, known) => {
        expect(explain(cid, known)).toEqual(recipes(cid, known)[0] ?? null)
      }),
    )
  })

  test('whatever makeCid made is explained', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('md5' as const, 'sha1' as const, 'sha256' as const, 'none' as const),
        fc.oneof(
          fc.tuple(
            fc.constant('phone'),
            fc.stringMatching(/^0[35789]\d{8}$/),
            fc.constantFrom('compact', '84to0', '0to84', '0to+84'),
          ),
          fc.tuple(fc.constant('email'), fc.emailAddress(), fc.constantFrom('trim', 'lower')),
        ),
        (name, [code, value, step]) => {
          const cid = makeCid(value, { hash: name, normalise: [step as 'trim'] })
          expect(explain(cid, [{ code, value }])).toMatchObject({ hash: name, of: code, padded: null })
          expect(explain(cid, [])).toBeNull()
        },
      ),
    )
  })
})

describe('makeCid', () => {
  test('hashes what it normalised, and never nothing', () => {
    expect(makeCid('+84 900 000 000', { hash: 'md5', normalise: ['84to0'] })).toBe('8e30bbc8961e056622c6231742c03ae9')
    expect(makeCid('  ', { hash: 'md5', normalise: ['trim'] })).toBe('')
    expect(makeCid(' KH 1 ', { hash: 'none', normalise: ['trim'] })).toBe('KH 1')
  })
})

test.each([
  ['+84 900 000 000', '0900000000'],
  ['0084900000000', '0900000000'],
  ['84900000000', '0900000000'],
  ['+84 (0) 900 000 000', '0900000000'],
  ['0900.000.000', '0900000000'],
  ['842', '842'],
  ['+1 415 555 0100', '14155550100'],
  ['none', ''],
])('normalisePhone %s', (text, expected) => expect(normalisePhone(text)).toBe(expected))

test('normaliseEmail', () => expect(normaliseEmail(' An@Example.COM ')).toBe('an@example.com'))

describe('knownBad', () => {
  test('every printing of every such hash, and its beginnings, are looked for', () => {
    const hashes = [...badHashes()]
    expect(hashes.length).toBeGreaterThan(200)
    for (const hash of hashes) expect([hash, knownBad(hash)]).not.toEqual([hash, null])
    for (const hash of hashes.filter(({ length }) => [32, 40, 64].includes(length)))
      expect([hash, knownBad(hash.slice(0, 14))]).not.toEqual([hash, null])
  })

  test.each([
    ['d41d8cd98f00b204e9800998ecf8427e', 'md5 of the empty text'],
    ['D41D8CD98F00B204E9800998ECF8427E', 'md5 of the empty text'],
    [hash('sha256', ''), 'sha256 of the empty text'],
    [hash('md5', '0'), 'md5 of the text "0"'],
    [hash('sha1', 'undefined'), 'sha1 of the text "undefined"'],
    [hash('sha256', 'NULL'), 'sha256 of the text "NULL"'],
    [hash('md5', '[object Object]'), 'md5 of the text "[object Object]"'],
    [hash('md5', 'NaN'), 'md5 of the text "NaN"'],
    [perByte(hash('md5', '')), 'md5 of the empty text, printed without its zeros'],
    [hash('md5', '0000000000'), 'md5 of the phone number 0000000000'],
    [hash('md5', '').slice(0, 16), 'the first 16 digits of md5 of the empty text'],
    [hash('sha256', 'undefined').slice(0, 32), 'the first 32 digits of sha256 of the text "undefined"'],
    ['{{customer_id}}', 'a variable that nobody filled in'],
    ['anonymous', 'the text "anonymous" itself'],
    ['null', 'the text "null" itself'],
    ['0', 'the text "0" itself'],
    ['Guest', 'the text "Guest" itself'],
    ['9999999999', 'the phone number 9999999999 itself'],
  ])('%s: %s', (cid, expected) => {
    const bad = knownBad(cid)
    expect(bad && phrase(bad, SAY)).toBe(expected)
  })

  test.each(['8e30bbc8961e056622c6231742c03ae9', 'KH-000123', '0900000000', 'an@example.com', ''])(
    'says nothing of %s',
    cid => expect(knownBad(cid)).toBeNull(),
  )
})

test('values that may explain a CID: its customer’s, nobody’s, and those of the visitors that sent it', () => {
  const reduction = new Reduction()
  reduction.apply(
    tell(
      'uid A: product/view users {phone: "0912345678"}\nlogin cid md5:0912345678\nuid B: product/view users {phone: "0987654321"}',
    ).entries,
  )
  const [holder] = reduction.holders(Number.POSITIVE_INFINITY)
  const cid = hash('md5', '0912345678')
  expect(holder && knownValues(holder, cid)).toEqual([{ code: 'phone', value: '0912345678' }])
  expect(holder && formula(cid, ...(knownValues(holder, cid) as { code: string; value: string }[]))).toBe('md5(phone)')
})

describe('faultOf', () => {
  const fault = (cid: string, ...known: { code: string; value: string | number }[]) => faultOf(cid, explain(cid, known))
  test.each([
    [hash('md5', '0900000000'), null],
    [hash('md5', '0900000000').slice(0, 16), 'truncated'],
    [perByte(hash('md5', '0900000000')), 'unpadded'],
    ['0900000000', 'raw-phone'],
    ['0281234567', null],
    ['an@example.com', 'raw-email'],
    ['KH-000123', null],
    ['10023', null],
  ])('%s: %s', (cid, expected) => expect(fault(cid, phone)).toBe(expected))
  test('a number that the log knows as a phone', () =>
    expect(fault('0281234567', { code: 'phone', value: '028 123 4567' })).toBe('raw-phone'))
})

describe('every hash of every way to write a value, in every printing', () => {
  const ways: [code: string, value: string, written: string[]][] = [
    ['phone', '+84 900-000.025 ', ['+84 900-000.025 ', '+84 900-000.025', '+84900000025', '84900000025', '0900000025']],
    [
      'email',
      ' An.Thị@Example.com'.normalize('NFD'),
      [' An.Thị@Example.com', 'An.Thị@Example.com', ' an.thị@example.com', 'an.thị@example.com'].flatMap(text => [
        text.normalize('NFD'),
        text.normalize('NFC'),
      ]),
    ],
  ]
  const printings: [padding: string, print: (digest: string) => string][] = [
    ['full', digest => digest],
    ['per-byte', perByte],
    ['leading', digest => digest.replace(/^0+/, '')],
  ]
  const cases = ways.flatMap(([code, value, texts]) =>
    texts.flatMap(text =>
      ['md5', 'sha1', 'sha256'].flatMap(name =>
        printings.map(([padding, print]) => {
          const digest = hash(name, text)
          return { code, value, text, name, padding: print(digest) === digest ? 'full' : padding, cid: print(digest) }
        }),
      ),
    ),
  )
  test.each(cases)('$name of $text, $padding', ({ code, value, name, padding, cid }) => {
    const recipe = explain(cid, [{ code, value }])
    expect(recipe).toMatchObject({ hash: name, of: code })
    // A digest that begins with its only zero looks the same without leading zeros as byte by byte.
    if (padding !== 'leading') expect(recipe?.padding).toBe(padding)
    else expect(['leading', 'per-byte']).toContain(recipe?.padding)
  })
})

test('another CID, another keystroke: nothing is hashed again', () => {
  const known = Array.from({ length: 20 }, (_, n) => ({ code: 'phone', value: `0988${String(n).padStart(6, '0')}` }))
  const encode = vi.spyOn(TextEncoder.prototype, 'encode')
  explain(hash('md5', 'one'), known)
  const hashed = encode.mock.calls.length
  // Three ways to write each number, three hashes of which 32 digits may be a part.
  expect(hashed).toBe(20 * 3 * 3)
  for (let n = 0; n < 10; n++) expect(explain(hash('md5', `other ${n}`), known)).toBeNull()
  expect(encode.mock.calls.length).toBe(hashed)
  encode.mockRestore()
})
