/** Files of browsers and proxies; `fixtures/README.md` says where they are from and what is peculiar about each. */
import { readFileSync } from 'node:fs'
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Reduction } from '../identity/reduce'
import { readText } from './bytes'
import { LogReader, type Opened } from './open'
import { siteOf } from './site'

const bytesOf = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url))

async function read(bytes: Uint8Array): Promise<Extract<Opened, { ok: true }>> {
  const reader = new LogReader({ siteOf })
  await readText(new Blob([Uint8Array.from(bytes)]).stream(), piece => reader.write(piece))
  const log = reader.end()
  if (!log.ok) throw new Error(log.reason)
  return log
}

/** What a tester would look for: what happened where, who it was, how it left and ended. */
const tell = ({ entries }: Extract<Opened, { ok: true }>): string[] =>
  entries.map(entry => {
    const page = entry.place.url.replace(/^https?:\/\/[^/]*/, '')
    if (entry.kind !== 'event') return `${entry.kind} ${page}`
    const { facts, request, outcome } = entry
    const status = 'status' in outcome && outcome.status ? ` ${outcome.status}` : ''
    return `${facts.ec}/${facts.ea} ${page} ${facts.cid ? 'CID' : '–'} ${request?.transport} ${outcome.state}${status}`
  })

const HAND = ['safari', 'mitmproxy', 'charles'] as const

describe.each(HAND)('%s', name => {
  const bytes = bytesOf(`dialects/${name}.har`)

  test('the visit reads alike, whoever wrote it', async () => {
    const log = await read(bytes)
    expect(log.rejected).toEqual([])
    expect(tell(log)).toEqual([
      'page /dang-nhap',
      'pageview/view /dang-nhap – script done 200',
      'user/sign_in /dang-nhap CID script done 200',
      `product/view /dang-nhap CID ${name === 'mitmproxy' ? 'beacon' : 'other'} done 200`,
      // What became of it, the type would have come with the answer.
      `product/add_to_cart /dang-nhap CID ${name === 'mitmproxy' ? 'image' : 'other'} failed`,
    ])
    const reduction = new Reduction()
    reduction.apply(log.entries)
    expect(reduction.holders()).toMatchObject([
      {
        site: 'shop.example',
        now: { uid: '7865000000000000385', cid: '8e30bbc8961e056622c6231742c03ae9', state: 'identified' },
      },
    ])
    expect(log.payloads.map(({ request }) => request?.body.state)).toEqual(['none', 'none', 'text', 'none'])
  })

  test.each([
    ['with a byte order mark', (all: Buffer) => Buffer.concat([Buffer.from('\uFEFF'), all])],
    ['in gzip', (all: Buffer) => gzipSync(all)],
    ['in zlib', (all: Buffer) => deflateSync(all)],
    ['in UTF-16', (all: Buffer) => Buffer.from(`\uFEFF${all.toString('utf8')}`, 'utf16le')],
  ])('%s it is the same', async (_, pack) => {
    expect(tell(await read(pack(bytes)))).toEqual(tell(await read(bytes)))
  })
})

test('Firefox, recorded: the navigations of one page, in, through the login and out again', async () => {
  const log = await read(bytesOf('dialects/firefox.har'))
  expect(log.rejected).toEqual([])
  expect(tell(log).filter(line => !line.startsWith('sdk'))).toEqual([
    'page /',
    'pageview/view / – script done 200',
    'page /login',
    'pageview/view /login – script done 200',
    'page /account',
    'pageview/view /account – script done 200',
    'user/sign_in /account CID script done 200',
    'user/identify /account CID script done 200',
    'page /account',
    'pageview/view /account CID script done 200',
    'page /logged-out',
    'user/sign_out /logged-out CID script done 200',
    'user/reset_anonymous_id /logged-out – script done 200',
    'pageview/view /logged-out – script done 200',
  ])
})
