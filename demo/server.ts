/**
 * One local server that is everything the demo's browser talks to: the shop, and, told apart by the Host header, the
 * SDK vendor's hosts with the stand-in script and a collector that remembers what arrived. It also understands
 * requests in proxy form (`GET http://a.cdp.asia/event HTTP/1.1`), since Firefox reaches it as its proxy.
 *
 *     npx tsx demo/server.ts [PORT]
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { html } from './markup'
import { PORTAL, Shop, SOURCE } from './shop'

/** One request that reached the SDK vendor's hosts, or that looks like an event on any other host. */
export interface Arrival {
  /** ms since the epoch, when the whole request had been read. */
  at: number
  method: string
  /** Absolute, as the browser meant it: `http://a.cdp.asia/event?ec=…`. */
  url: string
  host: string
  path: string
  /** What it is for the SDK: an event, its script, or anything else of its traffic. */
  what: 'event' | 'stream_event' | 'script' | 'other'
  headers: Record<string, string>
  /** As UTF-8; '' when there was none. */
  body: string
  bytes: number
  /** Category and action, from the query or a JSON body; '' when neither has them. */
  ec: string
  ea: string
  /** Status of the answer; null when the connection was cut or the answer is still held back. */
  status: number | null
}

/** How to answer some requests otherwise than with 200 and an empty script. */
export interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: string | Buffer
  /**
   * Answer so that the browser keeps the answer from the page although the server has the event: `orb` (JSON that may not be
   * sniffed, for scripts and images), `corp` (same-origin resource policy), `cors` (no CORS header; a preflight is refused too).
   */
  hide?: 'orb' | 'corp' | 'cors'
  /** Cut the connection instead of answering. */
  abort?: true
  /** Answer 302 to this URL. */
  redirect?: string
  /** Hold the answer back: milliseconds, or until the promise settles. */
  after?: number | Promise<unknown>
}

/** A page of a test, served on any host that is not the vendor's. */
export type Fixture = (request: { url: URL; method: string; body: string }) => Answer

export interface DemoServer {
  readonly port: number
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string
  /** What arrived, oldest first; only what fits, when a test is given. */
  received(fits?: (arrival: Arrival) => boolean): Arrival[]
  /** The first arrival that fits, now or later; rejects after `ms` (30 s) with what did arrive. */
  arrival(fits: (arrival: Arrival) => boolean, ms?: number): Promise<Arrival>
  forget(): void
  /** Answers what fits in this way, from now on until the returned function is called; the latest rule wins. */
  answer(fits: (arrival: Arrival) => boolean, answer: Answer): () => void
  /** Serves a page under an exact path; the returned function takes it away. */
  serve(path: string, fixture: Fixture | string): () => void
  close(): Promise<void>
}

/** The hosts of the vendor that this server plays. */
export const VENDOR_HOSTS: readonly string[] = [
  'st-a.cdp.asia',
  'a.cdp.asia',
  'ap2-a.cdp.asia',
  'ap2-st-a.cdp.asia',
  'sandbox-st-a.cdp.asia',
  'sandbox-a.cdp.asia',
  'sandbox-delivery.cdp.asia',
  'delivery.cdp.asia',
  'delivery-cloud.cdp.asia',
  'st-e.cdp.asia',
  'push.antsomi.com',
]

const JAVASCRIPT = 'text/javascript; charset=utf-8'
const source = (name: string): string => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')
/** Read at each request, so that a change shows at the next reload. */
const FILES: Record<string, { type: string; text(): string }> = {
  '/shop.css': { type: 'text/css; charset=utf-8', text: () => source('shop.css') },
  '/buttons.js': { type: JAVASCRIPT, text: () => source('buttons.js') },
  '/tracking.js': { type: JAVASCRIPT, text: () => source('tracking.js') },
  '/bridge.js': { type: JAVASCRIPT, text: () => source('bridge.js') },
}
/** The two files share one scope, so that `md5` doesn't become a global of the page. */
const standIn = (): string => `(() => {\n${source('md5.js')}\n${source('stand-in.js')}\n})()\n`

/** What the delivery host sends: a banner for the shop's home page, and the events of its campaign. */
const delivered = (): string => `(() => {
  const place = document.getElementById('banner')
  if (!place || !window.web_event?.trackEventWithUri) return
  const uid = /(?:^|; )_asm_uid=(\\d+)/.exec(document.cookie)?.[1] ?? ''
  const dims = encodeURIComponent('{"campaign":{"id":"6640d6ad5898"}}')
  const uri = action => \`ec=advertising&ea=\${action}&en=\${action}_advertising&dims=\${dims}&portal_id=${PORTAL}&prop_id=${SOURCE}&uid=\${uid}&cid=&delivery_src=web\`
  const link = document.createElement('a')
  link.href = '/product/CP-011'
  link.textContent = 'Cà phê mới rang tuần này · Fresh roast this week'
  link.onclick = () => window.web_event.trackEventWithUri(uri('click'), link.href, '_self', { trackingOnly: true })
  place.replaceChildren(link)
  window.web_event.trackEventWithUri(uri('impression'))
})()
`

/**
 * Opened in a browser that doesn't lead the vendor's hosts here, the shop would load the real script and send its play to a real
 * portal. So the bare address shows this page instead.
 */
const WRONG_BROWSER = html`<!doctype html><meta charset="utf-8"><title>Demo shop</title><link rel="icon" href="data:,">
<body style="font:16px/1.5 system-ui;max-width:40em;margin:3em auto;padding:0 1em"><h1>The shop is at www.shop.test</h1>
<p>It works in the browser that <code>npm run demo</code> opens, where the SDK vendor’s hosts lead to this machine:
<a href="http://www.shop.test/">www.shop.test</a>. In any other browser its pages would talk to the real vendor.</p>`
  .text

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const cookies = (header = ''): Map<string, string> => {
  const pairs = header.split(';').map(pair => pair.trim().split('='))
  return new Map(pairs.map(([name = '', ...value]) => [name, decodeURIComponent(value.join('='))]))
}

const whatIs = (host: string, path: string): Arrival['what'] | null => {
  const last = path.slice(path.lastIndexOf('/') + 1)
  if (last === 'event' || last === 'stream_event') return last
  if (!VENDOR_HOSTS.includes(host)) return null
  return last === 'insight.js' ? 'script' : 'other'
}

/** Category and action: of the query, else of a JSON body. */
const names = (url: URL, body: string): { ec: string; ea: string } => {
  const [ec, ea] = [url.searchParams.get('ec'), url.searchParams.get('ea')]
  if (ec !== null || ea !== null || !body.startsWith('{')) return { ec: ec ?? '', ea: ea ?? '' }
  try {
    const parsed = JSON.parse(body) as { ec?: unknown; ea?: unknown }
    return { ec: String(parsed.ec ?? ''), ea: String(parsed.ea ?? '') }
  } catch {
    return { ec: '', ea: '' }
  }
}

const PIXEL = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64')

/** The vendor's own answer to one of its requests. */
const vendorAnswer = ({ what, path, url, headers }: Arrival): Answer => {
  const javascript = { 'Content-Type': JAVASCRIPT }
  if (what === 'script') return { headers: javascript, body: standIn() }
  if (what === 'other') {
    if (path === `/delivery/${PORTAL}.js`) return { headers: javascript, body: delivered() }
    return { headers: { 'Content-Type': 'application/json' }, body: '{"code":200,"data":{}}' }
  }
  const query = new URL(url).searchParams
  const target = query.get('redirect_url')
  if (query.get('resp_type') === 'redirect' && target) return { redirect: target }
  if (query.get('resp_type') === 'json')
    return { headers: { 'Content-Type': 'application/json' }, body: '{"code":200,"message":"OK"}' }
  if (headers.accept?.startsWith('image/')) return { headers: { 'Content-Type': 'image/gif' }, body: PIXEL }
  return { headers: javascript, body: '' }
}

/** What an ordered answer changes of the usual one: one that only delays or hides keeps the usual content. */
const changed = (usual: Answer, ordered: Answer = {}): Answer => {
  const { hide } = ordered
  const hiding: Record<string, string> =
    hide === 'orb'
      ? { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' }
      : hide === 'corp'
        ? { 'Cross-Origin-Resource-Policy': 'same-origin' }
        : {}
  return {
    ...usual,
    ...(hide === 'orb' && { body: '{"code":200}' }),
    ...ordered,
    headers: { ...usual.headers, ...hiding, ...ordered.headers },
  }
}

const corsHeaders = (request: IncomingMessage): Record<string, string> => {
  const { origin } = request.headers
  if (!origin) return {}
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Headers': request.headers['access-control-request-headers'] ?? 'Content-Type',
    'Access-Control-Allow-Methods': 'GET, POST',
  }
}

const settled = async (after: Answer['after']): Promise<void> => {
  if (typeof after === 'number') await new Promise(resolve => setTimeout(resolve, after))
  else
    await after?.then(
      () => {},
      () => {},
    )
}

/** Writes an answer; gives its status, or null when the connection was cut. */
const reply = async (
  answer: Answer,
  response: ServerResponse,
  extra: Record<string, string>,
): Promise<number | null> => {
  await settled(answer.after)
  if (answer.abort || response.destroyed) {
    response.destroy()
    return null
  }
  const { hide, redirect } = answer
  const status = answer.status ?? (redirect ? 302 : 200)
  const headers = { ...(hide === 'cors' ? {} : extra), ...answer.headers, ...(redirect && { Location: redirect }) }
  response.writeHead(status, headers)
  response.end(answer.body ?? '')
  return status
}

/** Starts shop and collector on 127.0.0.1, on a free port unless one is given. */
export async function startServer(port = 0): Promise<DemoServer> {
  const shop = new Shop()
  const arrivals: Arrival[] = []
  const rules: { fits(arrival: Arrival): boolean; answer: Answer }[] = []
  const fixtures = new Map<string, Fixture>()
  const waiting = new Set<(arrival: Arrival) => void>()

  const collect = async (request: IncomingMessage, response: ServerResponse, arrival: Arrival): Promise<void> => {
    const rule = rules.find(({ fits }) => fits(arrival))
    const cors = corsHeaders(request)
    if (request.method === 'OPTIONS') {
      await reply({ status: 204, ...(rule?.answer.hide === 'cors' && { hide: 'cors' }) }, response, cors)
      return
    }
    arrivals.push(arrival)
    for (const look of waiting) look(arrival)
    arrival.status = await reply(changed(vendorAnswer(arrival), rule?.answer), response, cors)
  }

  const show = async (request: IncomingMessage, response: ServerResponse, url: URL, body: string): Promise<void> => {
    const method = request.method ?? 'GET'
    const fixture = fixtures.get(url.pathname)
    if (fixture) {
      const answer = fixture({ url, method, body })
      const type = { 'Content-Type': 'text/html; charset=utf-8' }
      await reply(changed({ headers: type }, answer), response, corsHeaders(request))
      return
    }
    const file = FILES[url.pathname]
    if (file) {
      response.writeHead(200, { 'Content-Type': file.type, 'Cache-Control': 'no-store' }).end(file.text())
      return
    }
    if (['127.0.0.1', 'localhost'].includes(url.hostname)) {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(WRONG_BROWSER)
      return
    }
    const form = new URLSearchParams(body)
    const {
      status,
      headers,
      body: text,
    } = shop.respond({ method, url, cookies: cookies(request.headers.cookie), form })
    response.writeHead(status, headers).end(text)
  }

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { host: authority = '127.0.0.1' } = request.headers
    const url = new URL(request.url ?? '/', `http://${authority}`)
    const bytes = await readBody(request)
    const body = bytes.toString('utf8')
    const what = whatIs(url.hostname, url.pathname)
    if (what === null) return show(request, response, url, body)
    await collect(request, response, {
      at: Date.now(),
      method: request.method ?? 'GET',
      url: url.href,
      host: url.hostname,
      path: url.pathname,
      what,
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body,
      bytes: bytes.length,
      ...names(url, body),
      status: null,
    })
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      // The page went away in the middle of its request: nobody is left to be told.
      if (!request.complete || response.headersSent) return response.destroy()
      response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end(String(error))
    })
  })
  // As a proxy it is asked for tunnels to https hosts; there is nothing behind it.
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const bound = (server.address() as AddressInfo).port

  return {
    port: bound,
    origin: `http://127.0.0.1:${bound}`,
    received: fits => (fits ? arrivals.filter(fits) : [...arrivals]),
    arrival: (fits, ms = 30_000) =>
      new Promise((resolve, reject) => {
        const already = arrivals.find(fits)
        if (already) return resolve(already)
        const look = (arrival: Arrival): void => {
          if (!fits(arrival)) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(arrival)
        }
        const timer = setTimeout(() => {
          waiting.delete(look)
          const seen = arrivals.map(({ what, ec, ea, host, path }) => (ec ? `${ec}/${ea}` : `${what} ${host}${path}`))
          reject(new Error(`nothing that fits arrived within ${ms} ms; arrived: ${seen.join(', ') || 'nothing'}`))
        }, ms)
        waiting.add(look)
      }),
    forget: () => {
      arrivals.length = 0
    },
    answer: (fits, answer) => {
      const rule = { fits, answer }
      rules.unshift(rule)
      return () => {
        if (rules.includes(rule)) rules.splice(rules.indexOf(rule), 1)
      }
    },
    serve: (path, fixture) => {
      fixtures.set(path, typeof fixture === 'string' ? () => ({ body: fixture }) : fixture)
      return () => {
        fixtures.delete(path)
      }
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { origin } = await startServer(Number(process.argv[2] ?? 0))
  console.log(`demo shop and collector: ${origin}`)
}
