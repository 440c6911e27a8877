import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CID, story } from '../../components/fixtures/story'
import type { EventEntry, LogEntry, Payload } from '../identity/entry'
import { explain, formatRecipe, knownValues } from '../identity/recipe'
import { Reduction } from '../identity/reduce'
import { decodeCall, decodeRequest } from '../sdk/decode'
import { writeCsv, writeHar, writeLogFile } from './fixtures/write'
import { Mask, type MaskKind } from './mask'

interface Log {
  entries: LogEntry[]
  payloads: Payload[]
}

const payloadIn =
  (payloads: readonly Payload[]) =>
  ({ payload: [ref] }: EventEntry): Payload | null =>
    payloads[ref?.[1] ?? -1] ?? null

function masked({ entries, payloads }: Log, kinds?: ReadonlySet<MaskKind>): Log & { mask: Mask } {
  const mask = new Mask(kinds)
  for (const entry of entries) mask.look(entry, entry.kind === 'event' ? payloadIn(payloads)(entry) : null)
  return { mask, entries: entries.map(each => mask.entry(each)), payloads: payloads.map(each => mask.payload(each)) }
}

const place = {
  tab: 's:1',
  frame: 0,
  doc: 'd1',
  site: 'shop.example',
  partition: 'normal',
  url: 'https://shop.example/',
}

/** One event as a page would send it, decoded as the product does. */
function sent(
  id: number,
  url: string,
  more: { body?: string; args?: string; page?: string } = {},
): { entry: EventEntry; payload: Payload } {
  const body = more.body === undefined ? ({ state: 'none' } as const) : ({ state: 'text', text: more.body } as const)
  const request = { url, method: more.body === undefined ? 'GET' : 'POST', body }
  const call = { api: 'web_event.track', args: more.args ?? '[]', stack: `at login (${more.page ?? place.url}:1:1)` }
  const decoded = decodeRequest(request)[0] ?? decodeCall(call)
  if (!decoded) throw new Error(`no event: ${url}`)
  const at = Date.UTC(2026, 5, 1) + id
  const entry: EventEntry = {
    kind: 'event',
    id,
    at,
    place: { ...place, url: more.page ?? place.url },
    facts: decoded.facts,
    call: { at, api: call.api, by: 'page', command: null, queued: false, caller: null },
    request: {
      at,
      transport: 'fetch',
      method: request.method,
      host: 'a.cdp.asia',
      path: '/event',
      bytes: 1,
      lanes: 'both',
    },
    outcome: { state: 'done', status: 200, ms: 1 },
    live: true,
    payload: [[0, id - 1]],
  }
  return { entry, payload: { request, call, notes: [] } }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const QUERY = 'portal_id=561234567&prop_id=565000001&uid=7865000000000000385'

describe('a visit', () => {
  const log = story()
  const shared = masked(log)

  test('reads as before: state, UIDs, the CID and how it was made, the same findings', () => {
    const reduced = (entries: LogEntry[]) => {
      const reduction = new Reduction()
      reduction.apply(entries)
      const [holder] = reduction.holders()
      if (!holder) throw new Error('no holder')
      return { holder, issues: reduction.issues(holder.key, Number.POSITIVE_INFINITY) }
    }
    const [before, after] = [reduced(log.entries), reduced(shared.entries)]
    expect(after.holder.moments.map(({ kind, uid, by }) => [kind, uid, by])).toEqual(
      before.holder.moments.map(({ kind, uid, by }) => [kind, uid, by]),
    )
    const { cid } = after.holder.now
    const recipe = explain(cid ?? '', knownValues(after.holder, cid ?? ''))
    expect(recipe && formatRecipe(recipe)).toBe('md5(phone)')
    expect(cid).not.toBe(CID)
    expect(after.issues.map(({ rule, events }) => [rule, events])).toEqual(
      before.issues.map(({ rule, events }) => [rule, events]),
    )
  })

  test('nobody is in it any more, in whatever format', () => {
    for (const write of [writeLogFile, writeHar, writeCsv]) {
      const text = write(shared.entries, payloadIn(shared.payloads))
      for (const value of [
        'Nguyễn Thị An',
        'Nguy%E1%BB%85n',
        '0900000000',
        'an@example.com',
        'an.nguyen@example.com',
        CID,
      ])
        expect(text).not.toContain(value)
    }
  })

  test('what it says of each: one person, one number', () => {
    const told = shared.mask.found().map(({ kind, value, pseudonym }) => [kind, value, pseudonym])
    expect(told).toEqual([
      ['hash', CID, md5('0300000100')],
      ['name', 'Nguyễn Thị An', 'Person-1'],
      ['phone', '0900000000', '0300000100'],
      ['email', 'an@example.com', 'person-1@masked.example'],
      ['email', 'an.nguyen@example.com', 'person-1-2@masked.example'],
    ])
  })

  test('facts and payload still say the same', () => {
    for (const entry of shared.entries) {
      const payload = entry.kind === 'event' && payloadIn(shared.payloads)(entry)
      if (entry.kind !== 'event' || !payload || !payload.request || !entry.request) continue
      const [decoded] = decodeRequest(payload.request)
      expect({ ...decoded?.facts, content: '' }).toEqual({ ...entry.facts, content: '' })
    }
  })

  test('masked once more it stays what it is, but for numbers', () => {
    const again = masked(shared)
    expect(again.entries).toHaveLength(log.entries.length)
    expect(again.mask.found().map(({ kind }) => kind)).toEqual(shared.mask.found().map(({ kind }) => kind))
  })
})

describe('what is masked, and what is not', () => {
  const only = (customers: object, more: { kinds?: MaskKind[]; extra?: object; page?: string } = {}) => {
    const dims = encodeURIComponent(JSON.stringify({ customers }))
    const cvar = encodeURIComponent(JSON.stringify(more.extra ?? {}))
    const { entry, payload } = sent(
      1,
      `https://a.cdp.asia/event?ec=user&ea=sign_in&dims=${dims}&cvar=${cvar}&${QUERY}`,
      more,
    )
    const log = masked({ entries: [entry], payloads: [payload] }, more.kinds && new Set(more.kinds))
    const [first] = log.entries
    if (first?.kind !== 'event') throw new Error('no event')
    return { ...log, facts: first.facts, entry: first, url: log.payloads[0]?.request?.url ?? '' }
  }

  test('a CID that is a raw address, a raw number; one of neither stays', () => {
    expect(only({ customer_id: 'an@example.com' }).facts.cid).toBe('person-1@masked.example')
    expect(only({ customer_id: '+84 900 000 000' }).facts.cid).toBe('+84 300 000 100')
    expect(only({ customer_id: 'KH-1002' }).facts.cid).toBe('KH-1002')
  })

  test('hashes: of every kind and writing; of nothing they stay, since that is the finding; of nobody knows what they become another', () => {
    const sha = createHash('sha256').update('84900000000').digest('hex').toUpperCase()
    expect(only({ customer_id: sha, phone: '0900 000 000' }).facts.cid).toBe(
      createHash('sha256').update('84300000100').digest('hex').toUpperCase(),
    )
    expect(only({ customer_id: md5('') }).facts.cid).toBe(md5(''))
    const unknown = only({ customer_id: md5('somebody') }).facts.cid
    expect(unknown).toMatch(/^[\da-f]{32}$/)
    expect(unknown).not.toBe(md5('somebody'))
  })

  test('a number stays a number, in its own writing', () => {
    const { facts } = only({ customer_id: 'x', phone: 84900000000, mobile: '(+84) 900-000-000' })
    expect(facts.customers).toEqual([
      ['phone', 84300000100],
      ['mobile', '(+84) 300-000-100'],
    ])
  })

  test('products, pages, times, ids, amounts stay', () => {
    const extra = {
      page_title: 'Áo thun',
      revenue: 370000,
      order_id: 'DH-1007',
      session_id: '178080402941200072',
      at: '2026-06-07 10:42:07',
      day: '08-05-2026 12:00:00',
      rate: 0.912345678,
      email_opt_in: true,
    }
    const { entry, url } = only({ customer_id: 'KH-1' }, { extra })
    expect(JSON.parse(new URL(url).searchParams.get('cvar') ?? '')).toEqual(extra)
    expect(entry.facts.session).toBe('178080402941200072')
  })

  test('a UID stays, also one that looks like a card’s number; a card’s number doesn’t', () => {
    const uids = ['4166142506761260736', '4166142506761260744']
    const [from, to] = uids
    const cvar = encodeURIComponent(JSON.stringify({ reset_uid: from, generate_uid: to, note: '4111111111111111' }))
    const one = sent(
      1,
      `https://a.cdp.asia/event?portal_id=1&prop_id=2&uid=${to}&ec=user&ea=reset_anonymous_id&cvar=${cvar}`,
    )
    const { entries } = masked({ entries: [one.entry], payloads: [one.payload] })
    const { facts } = entries[0] as EventEntry
    expect([facts.uid, facts.reset]).toEqual([to, { from, to }])
    expect(JSON.stringify(facts)).not.toContain('4111111111111111')
  })

  test('tokens and addresses of machines; the host of the site is nobody’s', () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123'
    const { mask, url } = only(
      { customer_id: 'x' },
      { extra: { access_token: 's3cret-99', note: `Bearer ${jwt}`, ip: '203.0.113.7', v6: '2001:db8:1:2:3:4:5:6' } },
    )
    const cvar = JSON.parse(new URL(url).searchParams.get('cvar') ?? '') as Record<string, string>
    expect(cvar).toEqual({
      access_token: expect.stringMatching(/^token-\d$/),
      note: expect.stringMatching(/^Bearer token-\d$/),
      ip: '198.51.100.1',
      v6: '2001:db8::2',
    })
    expect(
      mask
        .found()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['ip', 'ip', 'token', 'token'])
  })

  test('only what was asked for', () => {
    const { facts } = only({ customer_id: 'x', email: 'an@example.com', name: 'Nguyễn Thị An' }, { kinds: ['name'] })
    expect(facts.customers).toEqual([
      ['email', 'an@example.com'],
      ['name', 'Person-1'],
    ])
  })

  test('names that are not whole values: accents or not, in other letters; a short one only as it was written', () => {
    const { url, entry } = only(
      { customer_id: 'x', name: 'Nguyễn Thị An', first_name: 'An' },
      {
        extra: { page_title: 'Xin chào NGUYEN THI AN — An ơi, an toàn' },
        page: 'https://shop.example/u/nguyen-thi-an?ref=nguyen_thi_an',
      },
    )
    expect(url).not.toMatch(/nguyen/i)
    expect(entry.place.url).toBe('https://shop.example/u/Person-1?ref=Person-1')
    expect(entry.facts.system.find(([code]) => code === 'page_title')?.[1]).toBe('Xin chào Person-1 — An ơi, an toàn')
  })
})

describe('no original value is left', () => {
  const letters = 'abcdefghikmnopqrstuvxyz'
  const word = (min: number, max: number) =>
    fc.string({ unit: fc.constantFrom(...letters), minLength: min, maxLength: max })
  const cap = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`
  const syllable = fc.constantFrom('Nguyễn', 'Trần', 'Đặng', 'Thị', 'Văn', 'Hữu', 'Bích', 'Ngọc', 'Phượng', 'Quỳnh')
  const person = fc.record({
    name: fc.tuple(syllable, syllable, word(4, 7).map(cap)).map(parts => parts.join(' ')),
    email: fc.tuple(word(3, 8), fc.nat(999), word(4, 8)).map(([a, n, b]) => `${a}.${n}@${b}.vn`),
    phone: fc
      .tuple(fc.constantFrom('09', '03', '+849', '849'), fc.integer({ min: 10_000_000, max: 99_999_999 }))
      .map(parts => parts.join('')),
    token: word(14, 20).map(text => `tk-${text}`),
    ip: fc
      .tuple(
        fc.integer({ min: 11, max: 99 }),
        fc.integer({ min: 100, max: 255 }),
        fc.nat(255),
        fc.integer({ min: 1, max: 254 }),
      )
      .map(parts => parts.join('.')),
  })
  const how = fc.record({
    hash: fc.constantFrom('md5', 'sha1', 'sha256'),
    of: fc.constantFrom('email' as const, 'phone' as const),
    post: fc.boolean(),
    wrap: fc.constantFrom('plain', 'percent', 'twice', 'base64', 'base64url', 'json', 'cut'),
  })

  type Person = { name: string; email: string; phone: string; token: string; ip: string }
  /** What a page might make of a value somewhere. */
  const wraps: Record<string, (text: string) => string> = {
    plain: text => text,
    percent: text => encodeURIComponent(text),
    twice: text => encodeURIComponent(encodeURIComponent(text)),
    base64: text => Buffer.from(text).toString('base64'),
    base64url: text => Buffer.from(text).toString('base64url'),
    json: text => JSON.stringify({ deep: JSON.stringify({ deeper: text }) }),
    cut: text => `{"a":1,"contact":{"b":${JSON.stringify(text)},"c":"bro`,
  }

  test('as text, percent-encoded, in base64, as the hash that a CID was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(person, how), { minLength: 1, maxLength: 4 }), people => {
        const log: Log = { entries: [], payloads: [] }
        const hashes: string[] = []
        people.forEach(([each, { hash, of, post, wrap }], index) => {
          const cid = createHash(hash).update(each[of]).digest('hex')
          hashes.push(cid)
          const wrapped = wraps[wrap] ?? String
          const extra = {
            access_token: each.token,
            client_ip: each.ip,
            identify_id: cid,
            [`blob_${index}`]: wrapped(`${each.name} <${each.email}> ${each.phone} ${each.token} ${each.ip} ${cid}`),
            return_url: `https://shop.example/back?mail=${encodeURIComponent(each.email)}&next=${encodeURIComponent(`/u/${cid}?t=${each.token}`)}`,
          }
          const dims = { customers: { customer_id: cid, name: each.name, email: each.email, phone: each.phone } }
          const page = `https://shop.example/hello/${encodeURIComponent(each.name)}?mail=${each.email}`
          const args = JSON.stringify(['user', 'sign_in', { dims, extra }])
          const url = post
            ? `https://a.cdp.asia/event?resp_type=json&${QUERY}`
            : `https://a.cdp.asia/event?ec=user&ea=sign_in&dims=${encodeURIComponent(JSON.stringify(dims))}&cvar=${encodeURIComponent(JSON.stringify(extra))}&${QUERY}`
          const { entry, payload } = sent(index + 1, url, {
            page,
            args,
            ...(post ? { body: JSON.stringify({ ec: 'user', ea: 'sign_in', uid: '1', dims, extra }) } : {}),
          })
          log.entries.push(entry)
          log.payloads.push(payload)
        })
        log.entries.push({
          kind: 'stored',
          id: 90,
          at: Date.UTC(2026, 5, 2),
          place,
          where: 'cookie',
          name: '_utm_objs',
          value: Buffer.from(JSON.stringify({ m: people[0]?.[0].email })).toString('base64'),
          cause: 'set',
        })
        const shared = masked(log)
        const payloadOf = payloadIn(shared.payloads)
        for (const text of [
          writeLogFile(shared.entries, payloadOf),
          writeHar(shared.entries, payloadOf),
          writeCsv(shared.entries, payloadOf),
        ])
          for (const [at, [each]] of people.entries())
            for (const left of [...Object.values(each), hashes[at] ?? '']) leftNowhere(text, left)
        // Identity still reads: who had one CID has one, and as many people are told apart.
        const cids = (entries: LogEntry[]) =>
          entries.flatMap(entry => (entry.kind === 'event' ? [entry.facts.cid] : []))
        expect(new Set(cids(shared.entries)).size).toBe(new Set(cids(log.entries)).size)
      }),
      { numRuns: 60 },
    )
  })

  /** All that can be unwrapped out of a text, however deep. */
  function unwrapped(text: string, depth = 0): string[] {
    const found = [text]
    if (depth > 5) return found
    if (text.includes('%')) {
      const plain = text.replace(/(?:%[\da-f]{2})+/gi, run => {
        try {
          return decodeURIComponent(run)
        } catch {
          return run
        }
      })
      if (plain !== text) found.push(...unwrapped(plain, depth + 1))
    }
    if (text.includes('\\'))
      found.push(
        ...unwrapped(text.replaceAll('\\"', '"').replaceAll('\\\\', '\\').replace(/""/g, '"'), depth + 1).slice(
          text.includes('\\"') ? 0 : 1,
        ),
      )
    for (const [word] of text.matchAll(/[\w+/-]{12,}={0,2}/g)) {
      const plain = Buffer.from(word, /[-_]/.test(word) ? 'base64url' : 'base64').toString()
      if (!/[\ufffd\0-\x08]/.test(plain) && plain.length > 6) found.push(...unwrapped(plain, depth + 1))
    }
    return found
  }

  const seen = new Map<string, string>()
  function leftNowhere(text: string, value: string): void {
    let all = seen.get(text)
    if (all === undefined) {
      seen.clear()
      seen.set(text, (all = unwrapped(text).join('\n').toLowerCase()))
    }
    for (const form of [
      value,
      encodeURIComponent(value),
      Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -1),
    ])
      if (all.includes(form.toLowerCase()))
        throw new Error(
          `${value} is left as ${form}: …${all.slice(Math.max(0, all.indexOf(form.toLowerCase()) - 120), all.indexOf(form.toLowerCase()) + 80)}`,
        )
  }
})

test('the event that a tag manager heard last is a text of the page too', () => {
  const { entry, payload } = sent(1, `https://a.cdp.asia/event?${QUERY}&ec=user&ea=sign_in`)
  const call = payload.call && { ...payload.call, dataLayer: 'login an@example.com' }
  const log = masked({ entries: [entry], payloads: [{ ...payload, ...(call && { call }) }] })
  expect(log.payloads[0]?.call?.dataLayer).toBe('login person-1@masked.example')
  expect(masked({ entries: [entry], payloads: [payload] }).payloads[0]?.call).not.toHaveProperty('dataLayer')
})
