import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { tell } from '../utils/identity/story'
import { type Entry, entry, eventUrl, har, headers, pageEntry } from '../utils/log/fixtures/har'
import { writeLogFile } from '../utils/log/fixtures/write'
import { AUDIT_FLAGS, bundle } from './bundle.mjs'
import { ROOT } from './run-steps'

const AN = '8e30bbc8961e056622c6231742c03ae9'
const RECORDED = fileURLToPath(new URL('../utils/log/fixtures/playwright.har', import.meta.url))

// Each run starts a Node of its own.
vi.setConfig({ testTimeout: 60_000 })

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

interface Run {
  code: number | null
  out: string
  err: string
}

const run = (command: string[]): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, INIT_CWD: folder } })
    const told: Run = { code: null, out: '', err: '' }
    child.stdout.on('data', data => {
      told.out += data
    })
    child.stderr.on('data', data => {
      told.err += data
    })
    child.on('error', reject)
    child.on('close', code => resolve({ ...told, code }))
  })

/** The program itself, as npm runs it. */
const audit = (...args: string[]): Promise<Run> => run([join(ROOT, 'scripts', 'audit.mjs'), ...args])

const LONG_HEADERS = headers({ referer: 'https://shop.example.com/', cookie: 'c='.padEnd(200, 'x') })
const shop = 'https://shop.example.com/'
const clean = (): string =>
  har([
    pageEntry(0, shop, { pageref: 'page_1' }),
    entry(50, eventUrl({ page: shop }), { top: { pageref: 'page_1' } }),
    null,
    entry(900, eventUrl({ page: shop, ec: 'user', ea: 'sign_in', cid: AN }), { top: { pageref: 'page_1' } }),
    entry(990, eventUrl({ page: shop, ec: 'product', ea: 'view', cid: AN }), { top: { pageref: 'page_1' } }),
    entry(1000, eventUrl({ page: 'https://other.example.org/', uid: '42' })),
  ])

describe('lists longer than a call takes arguments', () => {
  const many = <T>(make: (n: number) => T): T[] => Array.from({ length: 150_000 }, (_, n) => make(n))
  const place = { tab: 's:1', frame: 0, doc: 'd', site: 'example.com', partition: 'normal', url: '' }
  const own = () => many(n => ({ kind: 'page', id: n + 1, at: n, place, how: 'route', late: false }))
  const text = () => many(n => `a${n}=1`).join('&')
  test.each<[what: string, source: () => string, events: number]>([
    [
      'entries of our own in a HAR file',
      () => har([], { _identityLens: { version: 1, entries: [{ entries: own() }] } }),
      0,
    ],
    ['pages', () => har(many(n => pageEntry(n, shop))), 0],
    [
      'fields of a form',
      () => har([entry(0, eventUrl(), { request: { method: 'POST', postData: { text: text() } } })]),
      1,
    ],
  ])('%s', async (_, source, events) => {
    const { code, out, err } = await audit(file('long.har', source()), '--json')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect((JSON.parse(out) as { events: unknown[] }).events).toHaveLength(events)
  })
})

describe('exit codes and streams', () => {
  test('clean: 0, one JSON object on stdout and nothing else anywhere', async () => {
    const { code, out, err } = await audit(file('clean.har', clean()), '--json')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const report = JSON.parse(out)
    expect(Object.keys(report)).toEqual(['version', 'source', 'events', 'identities', 'issues', 'rejected'])
    expect(report).toMatchObject({
      version: 1,
      source: { file: 'clean.har', format: 'har', entries: 6 },
      issues: [{ rule: 'required-missing', severity: 'info', message: 'user/sign_in lacks `customer_name`' }],
      rejected: [{ entry: 2, reason: 'the entry is no object' }],
    })
    expect(report.events[1]).toEqual({
      id: 3,
      at: '2026-06-07T10:00:00.900Z',
      ec: 'user',
      ea: 'sign_in',
      uid: '7865000000000000385',
      aid: null,
      cid: AN,
      portal: '561234567',
      prop: '565000001',
      transport: 'script',
      status: 200,
      outcome: 'done',
      url: eventUrl({ page: shop, ec: 'user', ea: 'sign_in', cid: AN }),
      dims: { customers: { customer_id: AN } },
      items: null,
      attributes: {},
      problems: [],
    })
    expect(report.identities).toMatchObject([
      {
        site: 'example.com',
        portal: '561234567',
        mode: 'web',
        state: 'identified',
        uid: '7865000000000000385',
        cid: AN,
      },
      { site: 'example.org', portal: '561234567', state: 'anonymous', uid: '42', cid: null, merge: null },
    ])
    expect(report.identities[0]).toMatchObject({
      since: '2026-06-07T10:00:00.900Z',
      visitors: [
        {
          uid: '7865000000000000385',
          attributes: {},
          firstSeen: '2026-06-07T10:00:00.050Z',
          lastSeen: '2026-06-07T10:00:00.990Z',
          events: 3,
          sessions: 1,
        },
      ],
      customers: [{ cid: AN, uids: ['7865000000000000385'], attributes: {} }],
      merge: {
        cid: AN,
        policy: 'customer',
        uids: ['7865000000000000385'],
        candidates: [],
        excluded: [],
        attributes: [],
        conflicts: 0,
      },
    })
    expect(report.identities[0].timeline.map(({ kind }: { kind: string }) => kind)).toEqual([
      'page',
      'uid',
      'login',
      'identified',
    ])
  })

  test('issues of severity error: 1', async () => {
    const twoPeople = har([
      pageEntry(0, shop),
      entry(50, eventUrl({ page: shop, ec: 'user', ea: 'sign_in', cid: AN })),
      entry(9000, eventUrl({ page: shop, ec: 'user', ea: 'sign_in', cid: '5f1d7a84db00d2fce00b31a7fc73224f' })),
    ])
    const { code, out } = await audit(file('two.har', twoPeople), '--json')
    expect(code).toBe(1)
    const { issues } = JSON.parse(out)
    expect(issues[0]).toMatchObject({
      rule: 'cid-changed',
      severity: 'error',
      events: [2, 3],
      count: 1,
      site: 'example.com',
    })
    expect(typeof issues[0].message).toBe('string')
  })

  test.each<[string, string | Buffer | null, string]>([
    ['absent.har', null, "can't be read"],
    ['empty.har', '', 'The file is empty.'],
    ['text.har', 'no JSON', 'The file is not JSON'],
    ['other.json', '{"a":1}', 'neither a HAR file (it has no log.entries) nor a log of Identity Lens'],
  ])('%s can’t be read: 2, one sentence on stderr, nothing on stdout', async (name, content, sentence) => {
    const path = content === null ? join(folder, name) : file(name, content)
    const { code, out, err } = await audit(path, '--json')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(name)
    expect(err).toContain(sentence)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  test.each([[[]], [['--help-me', 'a.har']]])('%j is no way to call it: 2', async args => {
    const { code, out, err } = await audit(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('Usage: npm run -s audit -- FILE [--json]')
  })
})

describe('what it reads', () => {
  test('a recorded visit, as text; a path relative to where npm was called', async () => {
    writeFileSync(join(folder, 'bom.har'), Buffer.from(`\uFEFF${clean()}`, 'utf16le'))
    const [recorded, relative] = await Promise.all([audit(RECORDED), audit('bom.har')])
    expect(relative).toMatchObject({ code: 0, err: '' })
    expect(relative.out).toContain('bom.har: 4 events of the SDK in 6 requests, 1 issue')
    expect(relative.out).toContain('entry 2: the entry is no object')
    expect(recorded.code).toBe(0)
    expect(recorded.out).toContain('shop.test · portal 561234567 · web')
    expect(recorded.out).toContain('Identified since')
    expect(recorded.out).toMatch(/certain {4}2107936463295316718 .*: sent this CID #/)
    expect(recorded.out).toMatch(/certain {4}1425798029563928265 .*: sent this CID #/)
    expect(recorded.out).toMatch(/candidate {2}2989496133263147088 .*: same aid #/)
    expect(recorded.out).toContain('assuming that the customer’s value wins (?)')
    expect(recorded.out).not.toContain('undefined')
  })

  test('a log export, calls that never left included', async () => {
    const { entries } = tell(`
      uid A: page load /
             pageview aid one
             call purchase order 7
      +30s   pageview
    `)
    const payload = {
      call: {
        api: 'web_event.track',
        args: '["product","purchase",{"extra":{"order_id":"7","gift":true}}]',
        stack: '',
      },
    }
    const text = writeLogFile(entries, each => (each.request ? null : payload))
    const { code, out, err } = await audit(file('log.json', text), '--json')
    expect(err).toBe('')
    const report = JSON.parse(out)
    expect(report.source).toEqual({ file: 'log.json', format: 'log', entries: 4 })
    expect(report.events[1]).toMatchObject({
      ec: 'product',
      transport: null,
      status: null,
      outcome: 'pending',
      url: null,
      attributes: { gift: true },
    })
    expect(report.issues.map(({ rule }: { rule: string }) => rule)).toEqual(['not-sent'])
    expect(code).toBe(1)
  })
})

describe('the login and logout check', () => {
  const visit = (logout: string): string =>
    writeLogFile(
      tell(`
        uid A: page load /
        mark start
        pageview
        +5s page load /account
        pageview
        login cid ${AN} customers {phone: "0900000000"}
        +1s mark login An
        +5s page load /b
        pageview cid ${AN}
        product/view cid ${AN}
        product/click cid ${AN}
        +5s logout
        ${logout}
        +5s page load /c
        pageview
        product/view`).entries,
      () => null,
    )

  test('a failed step: exit 1; reports in every format; open steps count only when it is strict', async () => {
    const good = file('good.json', visit('reset to B'))
    const bad = file('bad.json', visit(`product/view cid ${AN}`))
    const expected = file(
      'expected.json',
      JSON.stringify({ removal: 'required', recipe: { hash: 'md5', of: 'phone' } }),
    )
    const first = await audit(good, '--check', '--expected', expected, '--report', 'good-run.json')
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' })
    expect(first.out).toContain('md5(phone)')
    expect((await audit(good, '--check', '--strict')).code).toBe(1)
    const second = await audit(
      ...[bad, '--check', '--expected', expected, '--baseline', 'good-run.json', '--person', 'An=0900 000 000'],
      ...['--report', 'out.html', '--report', 'out.xml', '--report', 'out.md'],
    )
    expect(second.code).toBe(1)
    expect(second.out).toMatch(/Fails at step 10, 12/)
    expect(second.out).toContain('step 10 Customer removed in time: was passed, is failed')
    for (const name of ['out.html', 'out.xml', 'out.md'])
      expect(readFileSync(join(folder, name), 'utf8')).toContain('Fails at step 10, 12')
  })

  test('what an event must have is found in whatever way it came: lists of objects, and extra by its name in a query', async () => {
    const wanted = [
      'dims.store.code',
      'dims.1.store.code',
      'extra.customer_id',
      'cvar.list',
      'extra.list',
      'items.0.id',
    ]
    const lacks = async (name: string, one: Entry): Promise<string | undefined> => {
      const expected = file('must.json', JSON.stringify({ required: { 'product/view': [...wanted, 'extra.none'] } }))
      const { out } = await audit(file(name, har([one])), '--check', '--expected', expected)
      return /(\d+) open: required-missing/.exec(out)?.[1]
    }
    const dims = [{ customers: { customer_id: AN } }, { store: { code: 7 } }]
    const extra = { customer_id: AN, list: 'Home' }
    const items = [{ type: 'product', id: '1', name: 'Áo' }]
    const body = { uid: 'u', ec: 'product', ea: 'view', dims, items, extra, context: {} }
    const ids = 'portal_id=561234567&prop_id=565000001'
    const postData = { mimeType: 'application/json', text: JSON.stringify(body) }
    const query = new URLSearchParams({
      ...{ ec: 'product', ea: 'view', uid: 'u', dims: JSON.stringify(dims) },
      ...{ items: JSON.stringify(items), cvar: JSON.stringify(extra) },
    })
    const host = 'https://a.cdp.asia/event'
    expect(await lacks('app.har', entry(0, `${host}?${ids}`, { request: { method: 'POST', postData } }))).toBe('1')
    expect(await lacks('web.har', entry(0, `${host}?${ids}&${query}`))).toBe('1')
  })

  test('several sites in one file: one is chosen; another channel’s file tells whether the CID is the same there', async () => {
    const two = (cid: string): string =>
      har([
        pageEntry(0, shop, { pageref: 'page_1' }),
        entry(50, eventUrl({ page: shop }), { top: { pageref: 'page_1' } }),
        entry(900, eventUrl({ page: shop, ec: 'user', ea: 'sign_in', cid }), { top: { pageref: 'page_1' } }),
        entry(1000, eventUrl({ page: 'https://other.example.org/', uid: '42' })),
      ])
    const path = file('sites.har', two(AN))
    const [plain, chosen, wrong] = await Promise.all([
      audit(path, '--check', '--other', file('app.har', two(AN.toUpperCase()))),
      audit(path, '--check', '--site', 'https://other.example.org/x', '--other', file('same.har', two(AN))),
      audit(path, '--check', '--site', 'nowhere.test'),
    ])
    expect(plain.err).toContain('several sites (example.com, example.org); this is the check of example.com')
    expect(plain.out).toContain('Compared with: app.har')
    expect(plain.out).toMatch(/\| ✗ \| 16 .*app\.har has 8E30…/)
    expect(chosen.err).toBe('')
    expect(chosen.out).toContain('Site: example.org')
    expect(wrong).toMatchObject({ code: 2, out: '' })
    expect(wrong.err).toContain('has no event of it. Sites in it: example.com, example.org.')
  })

  test('what is wrong with the arguments is said in one sentence', async () => {
    const good = file('good.json', visit('reset to B'))
    const wrong = file('wrong.json', '{"removal": "maybe"}')
    const said = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await audit(good, ...args)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      return err
    }
    expect(await said('--check', '--expected', wrong)).toContain(
      'wrong.json: `removal` in the expectations is "maybe", but must be any, required or none.',
    )
    expect(await said('--check', '--report', 'out.pdf')).toContain(
      '--report out.pdf must end in .html, .md, .xml, .json.',
    )
    expect(await said('--check', '--person', 'An')).toContain('must be LABEL=E-MAIL, PHONE OR CID.')
    expect(await said('--strict')).toContain('--strict belongs to --check.')
  })
})

test('judged as web or as app: what the events look like, or what one says', async () => {
  const path = file('split.har', har(['1', '2', '1'].map((uid, n) => entry(n * 9_000, eventUrl({ page: shop, uid })))))
  const rules = async (...args: string[]) =>
    JSON.parse((await audit(path, '--json', ...args)).out).issues.map(({ rule }: { rule: string }) => rule)
  expect(await rules()).toEqual(['uid-split'])
  expect(await rules('--mode', 'app')).toEqual(['uid-changed', 'uid-changed'])
  expect((await audit(path, '--mode', 'tv')).err).toBe('--mode tv must be web or app.\n')
})

test('a long file streams: 30,000 events, 35 MB, in 96 MB of heap', async () => {
  const path = join(folder, 'long.har')
  writeFileSync(path, '{"log":{"entries":[')
  for (let visit = 0; visit < 150; visit++) {
    const events = Array.from({ length: 200 }, (_, n) => {
      const url = eventUrl({
        ...(n % 5 === 0 ? {} : { ec: 'product', ea: 'view' }),
        uid: String(7865000000000000000n + BigInt(visit)),
        page: `https://shop.example.com/p/${n}?visit=${visit}&campaign=${'x'.repeat(400)}`,
      })
      return JSON.stringify(entry((visit * 200 + n) * 2_000, url, { request: { headers: LONG_HEADERS } }))
    })
    appendFileSync(path, (visit > 0 ? ',' : '') + events.join(','))
  }
  appendFileSync(path, ']}}')
  const { code, out, err } = await run(['--max-old-space-size=96', ...AUDIT_FLAGS, bundle('scripts/audit.ts'), path])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('30000 events of the SDK in 30000 requests')
})
