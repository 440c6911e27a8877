/**
 * Logs written as stories that a tester can read. `tell(text)` gives the log entries that the recorder would have written:
 * every event is built as the real request or call and goes through the decoder. For tests.
 *
 *     day 1 10:00  uid A: page load /
 *     +1s          pageview
 *     day 7 10:42  uid B: login cid md5:0900000000 customers {name: "An"}   @login
 *     +5s          tab 2: product/view cid X
 *     +2s          logout -> blocked
 *     +1s          reset to C
 *
 * One line, one thing. `#` begins a comment. A line reads: when, where, colon, what, details, `-> outcome`, [flags], @label.
 *
 * WHEN      `day 3 12:31`, `12:31:05.250` (same day), `+5s`, `+300ms`, `+2min`, `+1h`, `+2days` after the line before;
 *           left out: one second after the line before.
 * WHERE     `uid A` (holds from here on; `uid none`: unknown), `tab 2`, `frame 3`, `worker`, `private`, `site other.example`,
 *           `sub m` (of m.shop.example; else www), `host ap2-a.cdp.asia` (where requests go), `portal 77`, `source 88`, `app`, `web`; `none` for no site or portal. On a line of its own such a word holds from
 *           there on, else for its line. The colon may be left out.
 * WHAT
 *   pageview, login, sign-up, identify, logout, purchase, <category>/<action>      an event, call and request joined
 *   reset, reset to C                                  `user/reset_anonymous_id`; from here on the UID is C
 *   stream <category>/<action>, server <category>/<action>    what carries no identity: `/stream_event`, a server's post
 *   call <any of the above>                            only the call: nothing has left (yet)
 *   call setCustomerProps {customer_id: "X"}, call removeCustomer    a method of the app bridge
 *   page load /cart, page restored, page route /b, page prerender /c, page shown
 *   sdk live, sdk queue, sdk absent, sdk blocked       what the page has of the SDK; `2 calls`: so many wait in the queue;
 *                                                      `script 200`, `script pending`, …: its script was asked for, and its end
 *                                                      (`script custom-event.js 200`: another one that it brings); `asked 9s ago`
 *   cookie uid seen A, cookie aid set 9, cookie uid removed, cookie uid expired, storage uid seen A; any other name as it is
 *   gap paused 10s, gap lost 10s, gap hook             recording was paused; records were lost; this frame has no hook
 *   mark start, mark login, mark login An, mark logout, mark expired, mark other Bình, mark stop; `away`: the tab shows another site
 * DETAILS   `cid X` (in dims.customers), `cid X in cvar`, `cid X in purchase`; `cid md5:0900…`: the hash of what follows
 *           (`md5:""`: of nothing); `customers {…}`, `users {…}`, `dims {…}`, `extra {…}`, `items […]`: JSON, plain keys need
 *           no quotes; `aid Z`, `session S` (both hold from here on), `order 1001`, `at /path#x` (location), `title T`,
 *           `broken dims` (cut in the middle), `requested +3s` (the request started later than the call),
 *           `context {…}` (of an app)
 * OUTCOME   `200` (left out: this one; of a bare call `pending`), any status, `hidden`, `failed`, `blocked`, `csp`, `not sent`,
 *           `pending`, `queued`, `unknown`
 * FLAGS     [panel] the panel made the call · [uncalled] only the network saw it · [not live] the SDK wasn't there
 *           · [prerender] · [number uid] an app's UID is no string; of a bridge's method it is the argument
 */
import { decodeCall, decodeRequest } from '../sdk/decode'
import type { DecodedEvent, Json, RawCall, RawRequest } from '../sdk/event'
import { AID_COOKIE, BRIDGES, SCRIPTS, SDK_DOMAIN, SHAPE, UID_COOKIE, WEB_GLOBAL } from '../sdk/names'
import type {
  EventEntry,
  GapEntry,
  LogEntry,
  MarkEntry,
  MarkKind,
  Outcome,
  PageEntry,
  Place,
  RequestLink,
  SdkEntry,
  StoredEntry,
} from './entry'
import { type Hash, makeCid } from './recipe'

export interface Story {
  entries: LogEntry[]
  /** Entry ids by `@label`. */
  labels: Map<string, number>
}

/** Midnight of day 1. */
export const DAY_ONE = Date.UTC(2026, 5, 1)
const DAY = 86_400_000

const NAMES: Record<string, string> = {
  pageview: 'pageview/view',
  login: 'user/sign_in',
  'sign-up': 'user/sign_up',
  identify: 'user/identify',
  logout: 'user/sign_out',
  reset: 'user/reset_anonymous_id',
  purchase: 'product/purchase',
}

interface Scene {
  uid: string | null
  aid: string | null
  session: string | null
  tab: number
  frame: number
  partition: string
  site: string
  portal: string | null
  source: string
  app: boolean
  /** Of the page's host, before the site. */
  sub: string
  /** Collector. */
  host: string
}

interface Props {
  items?: Json
  dims?: Record<string, Json>
  extra?: Record<string, Json>
}

/** The rest of a line, from which words are taken off the front. */
class Words {
  constructor(
    private rest: string,
    private readonly fail: (what: string) => never,
  ) {
    this.rest = rest.trim()
  }

  get empty(): boolean {
    return this.rest === ''
  }

  get all(): string {
    return this.rest
  }

  /** Takes what the pattern matches at the front. */
  take(pattern: RegExp): RegExpExecArray | null {
    const found = new RegExp(`^(?:${pattern.source})(?=[\\s:,]|$)`, pattern.flags).exec(this.rest)
    if (found) this.rest = this.rest.slice(found[0].length).replace(/^\s*/, '')
    return found
  }

  word(what: string): string {
    const found = /^("(?:[^"\\]|\\.)*"|[^\s]+?)(?=\s|$)/.exec(this.rest)
    if (!found?.[1]) return this.fail(`${what} is missing`)
    this.rest = this.rest.slice(found[0].length).trim()
    return found[1].startsWith('"') ? String(JSON.parse(found[1])) : found[1]
  }

  /** JSON that may leave out the quotes around keys. */
  json(what: string): Json {
    const end = this.jsonEnd()
    if (end < 0) return this.fail(`${what} needs {…} or […]`)
    const text = this.rest.slice(0, end).replace(/([{,]\s*)([\w-]+)(\s*:)/g, '$1"$2"$3')
    this.rest = this.rest.slice(end).trim()
    try {
      return JSON.parse(text) as Json
    } catch {
      return this.fail(`${what} is not JSON: ${text}`)
    }
  }

  private jsonEnd(): number {
    let depth = 0
    let quoted = false
    for (let i = 0; i < this.rest.length; i++) {
      const char = this.rest[i]
      if (quoted) {
        if (char === '\\') i++
        else if (char === '"') quoted = false
      } else if (char === '"') quoted = true
      else if (char === '{' || char === '[') depth++
      else if ((char === '}' || char === ']') && --depth === 0) return i + 1
      if (depth === 0 && !quoted) return -1
    }
    return -1
  }
}

const UNIT: Record<string, number> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, day: DAY, days: DAY }
const SPAN = /\+(\d+(?:\.\d+)?)(ms|s|min|h|days?)/
const span = (found: RegExpExecArray): number => Number(found[1]) * (UNIT[found[2] ?? ''] ?? 0)

const isMap = (value: Json): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

const hashed = (text: string): string => {
  const found = /^(md5|sha1|sha256):(.*)$/.exec(text)
  if (!found) return text
  const input = found[2] === '""' ? '' : (found[2] ?? '')
  // Of nothing too: that is the mistake which stories tell of, and which makeCid refuses to make.
  return input === '' ? NOTHING[found[1] as Hash] : makeCid(input, { hash: found[1] as Hash, normalise: [] })
}
const NOTHING: Record<Hash, string> = {
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
  sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
}

const OUTCOMES: Record<string, Outcome> = {
  hidden: { state: 'hidden', status: 200, error: 'net::ERR_BLOCKED_BY_ORB', ms: 40 },
  failed: { state: 'failed', status: null, error: 'net::ERR_CONNECTION_RESET', ms: 40 },
  blocked: { state: 'blocked', by: 'client', error: 'net::ERR_BLOCKED_BY_CLIENT' },
  csp: { state: 'blocked', by: 'csp', error: 'connect-src' },
  'not sent': { state: 'not-sent' },
  pending: { state: 'pending' },
  queued: { state: 'queued' },
  unknown: { state: 'unknown', why: 'the page went away' },
}

const outcomeOf = (text: string | undefined, bare: boolean): Outcome | null => {
  if (text === undefined) return bare ? { state: 'pending' } : { state: 'done', status: 200, ms: 40 }
  if (/^\d{3}$/.test(text)) {
    const status = Number(text)
    return status < 400 ? { state: 'done', status, ms: 40 } : { state: 'failed', status, error: null, ms: 40 }
  }
  return OUTCOMES[text] ?? null
}

const [PORTAL = '', PROP = ''] = SHAPE

/** The request that the SDK (or an app, or a server) sends. */
const requestOf = (
  ec: string,
  ea: string,
  via: 'web' | 'app' | 'server' | 'stream',
  { portal, source, uid, aid, session, host: collector }: Scene,
  { props, broken, numeric, context: more }: Details,
  page: { url: string; title: string | null },
): RawRequest => {
  const json = (field: string, value: Json): string => {
    const text = JSON.stringify(value)
    return field === broken ? text.slice(0, -1) : text
  }
  const host = `https://${collector}`
  const ids = { ...(portal !== null && { [PORTAL]: portal }), [PROP]: source }
  const who = { ...(uid !== null && { uid }), ...(aid !== null && { aid }) }
  if (via === 'app' || via === 'server') {
    const context = { app: { name: 'Demo' }, sdk: { name: 'SDK' }, ...more }
    const body = { ...who, ...(numeric && { uid: 0 }), ec, ea, ...(via === 'app' && { context }), ...props }
    const query = new URLSearchParams({ ...ids, resp_type: 'json' })
    const text = json('body', body).replace('"uid":0', `"uid":${uid}`)
    return { url: `${host}/event?${query}`, method: 'POST', body: { state: 'text', text } }
  }
  const cvar = {
    ...props.extra,
    ...(session !== null && { session_id: session }),
    ...(page.title !== null && { page_title: page.title }),
    location_url: page.url,
  }
  const query = new URLSearchParams({
    ec,
    ea,
    // A page view that says nothing of its page is the SDK's own.
    ...(ec === 'pageview' && props.extra?.page_type === undefined ? { en: 'View Page', ev: '1' } : { en: '', ev: '0' }),
    ...(props.items !== undefined && { items: json('items', props.items) }),
    dims: json('dims', props.dims ?? {}),
    ...ids,
    ...who,
    cvar: json('cvar', cvar),
    ...(via === 'stream' && { cid: '' }),
  })
  return {
    url: `${host}/${via === 'stream' ? 'stream_event' : 'event'}?${query}`,
    method: 'GET',
    body: { state: 'none' },
  }
}

/** The call that the page makes: of the bridge's method, of the bridge's `track`, or of the web SDK's. */
const callOf = (
  ec: string,
  ea: string,
  method: string | null,
  { app, uid }: Scene,
  { props, argument, numeric }: Details,
): RawCall => {
  const bridge = BRIDGES[0] ?? ''
  const args = numeric ? `[${uid}]` : JSON.stringify(argument === undefined ? [] : [argument])
  if (method) return { api: `${bridge}.${method}`, args }
  if (app) return { api: `${bridge}.track`, args: JSON.stringify([{ en: `${ea}_${ec}`, ...props }]) }
  return { api: `${WEB_GLOBAL}.track`, args: JSON.stringify([ec, ea, props]) }
}

const linkOf = (request: RawRequest, at: number, via: string): RequestLink => {
  const { host, pathname: path } = new URL(request.url)
  const transport = via === 'web' ? 'script' : 'fetch'
  return { at, transport, method: request.method, host, path, bytes: request.url.length, lanes: 'both' }
}

const FLAGS = ['panel', 'uncalled', 'not live', 'prerender', 'number uid']
const HOUR = 3_600_000
const TIME = String.raw`(\d+):(\d+)(?::(\d+(?:\.\d+)?))?`
const PLACE = String.raw`(?:uid|tab|frame|site|sub|host|portal|source) [^\s:,]+|worker|private|app|web`
/** A line that only sets the scene takes no time. */
const ONLY_SCENE = new RegExp(`^(?:${PLACE})(?:[\\s,]+(?:${PLACE}))*:?$`)

const timeOfDay = ([hours = '10', minutes = '0', seconds = '0']: (string | undefined)[]): number =>
  Number(hours) * HOUR + Number(minutes) * 60_000 + Number(seconds) * 1_000

interface Doc {
  doc: string
  path: string
}

/** What stands behind the name of an event. */
interface Details {
  props: Props
  /** Argument of a bridge's method. */
  argument: Json | undefined
  broken: string | null
  requested: number
  path: string | null
  title: string | null
  /** Of an app's body. */
  context: Record<string, Json>
  numeric: boolean
}

class Teller {
  readonly entries: LogEntry[] = []
  readonly labels = new Map<string, number>()
  /** What holds from line to line, and for this line. */
  private scene: Scene = {
    uid: null,
    aid: null,
    session: null,
    tab: 1,
    frame: 0,
    partition: 'normal',
    site: 'shop.example',
    portal: '561234567',
    source: '565000001',
    app: false,
    sub: 'www',
    host: `a.${SDK_DOMAIN}`,
  }
  private here: Scene = this.scene
  /** Current document of each tab and frame. */
  private documents = new Map<string, Doc>()
  private docs = 0
  private clock = DAY_ONE + timeOfDay([])
  private begun = false
  private raw = ''
  private number = 0

  private readonly fail = (what: string): never => {
    throw new Error(`Story, line ${this.number}: ${what}: ${this.raw.trim()}`)
  }

  line(raw: string, number: number): void {
    this.raw = raw
    this.number = number
    const line = raw.replace(/(^|\s)#.*$/, '').trim()
    if (line === '') return
    const label = /\s@([\w-]+)$/.exec(line)
    const unlabelled = label ? line.slice(0, label.index) : line
    const flags = new Set([...unlabelled.matchAll(/\[([a-z ]+)\]/g)].map(found => found[1] ?? ''))
    for (const flag of flags) if (!FLAGS.includes(flag)) this.fail(`unknown flag [${flag}]`)
    const [main = '', ending] = unlabelled
      .replace(/\[[a-z ]+\]/g, '')
      .trim()
      .split(/\s->\s/)
    const words = new Words(main, this.fail)
    this.when(words)
    if (!this.where(words)) return
    this.begun = true
    if (label?.[1]) this.labels.set(label[1], this.entries.length + 1)
    const entry = this.page(words) ?? this.sdk(words) ?? this.stored(words) ?? this.gap(words) ?? this.mark(words)
    this.entries.push(entry ?? this.event(words, flags, ending?.trim()))
  }

  private when(words: Words): void {
    const day = words.take(new RegExp(`day (\\d+)(?: ${TIME})?`))
    const time = day ? null : words.take(new RegExp(TIME))
    const after = day || time ? null : words.take(SPAN)
    if (day) this.clock = DAY_ONE + (Number(day[1]) - 1) * DAY + timeOfDay(day.slice(2))
    else if (time) this.clock += timeOfDay(time.slice(1)) - (this.clock % DAY)
    else if (after) this.clock += span(after)
    else if (this.begun && !ONLY_SCENE.test(words.all)) this.clock += 1_000
  }

  /** Reads where; false if the line says nothing else, so that it holds from here on. */
  private where(words: Words): boolean {
    this.here = this.scene
    for (;;) {
      const found = words.take(new RegExp(PLACE))
      if (!found) break
      const [word = '', value = ''] = found[0].split(' ')
      this.here = { ...this.here, ...placed(word, value) }
      if (word === 'uid') this.scene = { ...this.scene, uid: this.here.uid }
      words.take(/,/)
    }
    words.take(/:/)
    if (words.empty) this.scene = this.here
    return !words.empty
  }

  private get slot(): string {
    return `${this.here.partition} ${this.here.tab} ${this.here.frame}`
  }

  private open(path: string): Doc {
    const document = { doc: `d${++this.docs}`, path }
    this.documents.set(this.slot, document)
    return document
  }

  private get current(): Doc {
    return this.documents.get(this.slot) ?? this.open('/')
  }

  private base({ doc, path } = this.current): { id: number; at: number; place: Place } {
    const { partition, tab, frame, site, sub } = this.here
    const place: Place = {
      tab: `${partition === 'private' ? 'p' : 's'}:${tab}`,
      frame,
      doc: tab < 0 ? '' : doc,
      site,
      partition,
      url: `https://${sub && `${sub}.`}${site}${path}`,
    }
    return { id: this.entries.length + 1, at: this.clock, place }
  }

  private page(words: Words): PageEntry | null {
    const how = words.take(/page (load|restored|route|prerender|shown)/)?.[1] as PageEntry['how'] | undefined
    if (!how) return null
    const path = words.empty ? null : words.word('path')
    const fresh = how === 'load' || how === 'prerender'
    const document = fresh ? this.open(path ?? '/') : { ...this.current, ...(path !== null && { path }) }
    this.documents.set(this.slot, document)
    return { ...this.base(document), kind: 'page', how, late: false }
  }

  private sdk(words: Words): SdkEntry | null {
    const state = words.take(/sdk (absent|queue|live|blocked)/)?.[1] as SdkEntry['state'] | undefined
    if (!state) return null
    const { app, portal, source: prop } = this.here
    const api = app ? (BRIDGES[0] ?? null) : WEB_GLOBAL
    const queue = Number(words.take(/(\d+) calls?/)?.[1] ?? 0)
    const [, file = SCRIPTS[0], ending] = words.take(/script (?:(\S+\.js) )?(\w+)/) ?? []
    const outcome = outcomeOf(ending, true) ?? this.fail(`no such outcome: ${ending}`)
    const [, ago, unit = ''] = words.take(/asked (\d+)(ms|s|min|h) ago/) ?? []
    const at = ago === undefined ? {} : { at: this.clock - Number(ago) * (UNIT[unit] ?? 0) }
    const script = ending === undefined ? null : { url: `https://st-a.${SDK_DOMAIN}/${file}`, ...at, outcome }
    return { ...this.base(), kind: 'sdk', state, queue, api, portal, prop, script }
  }

  private stored(words: Words): StoredEntry | null {
    const found = words.take(/(cookie|storage) (\S+) (seen|set|removed|expired)/)
    if (!found) return null
    const [, where, name = ''] = found
    const cause = found[3] as StoredEntry['cause']
    return {
      ...this.base(),
      kind: 'stored',
      where: where === 'cookie' ? 'cookie' : 'localStorage',
      name: name === 'uid' ? UID_COOKIE : name === 'aid' ? AID_COOKIE : name,
      value: cause === 'seen' || cause === 'set' ? words.word('value') : null,
      cause,
    }
  }

  private gap(words: Words): GapEntry | null {
    if (words.take(/gap hook/)) return { ...this.base(), kind: 'gap', cause: 'hook', until: this.clock, detail: null }
    const found = words.take(/gap (paused|lost) (\d+)(ms|s|min|h|days?)/)
    if (!found) return null
    const cause = found[1] === 'lost' ? 'lost' : 'paused'
    const until = this.clock + Number(found[2]) * (UNIT[found[3] ?? ''] ?? 0)
    return { ...this.base(), kind: 'gap', cause, until, detail: null }
  }

  private mark(words: Words): MarkEntry | null {
    const what = words.take(/mark (start|login|logout|expired|other|stop)/)?.[1] as MarkKind | undefined
    if (!what) return null
    const away = words.take(/away/) !== null
    const base = this.base()
    const place: Place = { ...base.place, frame: -1, doc: '', url: '' }
    return { ...base, place, kind: 'mark', what, who: words.empty ? null : words.word('who'), away }
  }

  private event(words: Words, flags: ReadonlySet<string>, ending: string | undefined): EventEntry {
    const bare = words.take(/call/) !== null
    const method = bare ? (words.take(/[a-z]+[A-Z]\w*/)?.[0] ?? null) : null
    const special = words.take(/stream|server/)?.[0]
    const name = method ?? words.word('what happened')
    const [ec = '', ea = ''] = method ? [] : (NAMES[name] ?? name).split('/')
    if (!method && ea === '') this.fail('no such thing can happen')
    const details = this.details(words, method !== null, ea)
    details.numeric = flags.has('number uid')
    const outcome = outcomeOf(ending, bare) ?? this.fail(`no such outcome: ${ending}`)
    const { here, current } = this
    const via = special === 'stream' || special === 'server' ? special : here.app ? 'app' : 'web'
    const call = flags.has('uncalled') || special ? null : callOf(ec, ea, method, here, details)
    const page = {
      url: `https://${here.sub && `${here.sub}.`}${here.site}${details.path ?? current.path}`,
      title: details.title,
    }
    const request = bare ? null : requestOf(ec, ea, via, here, details, page)
    const decoded: DecodedEvent | null | undefined = request ? decodeRequest(request)[0] : call && decodeCall(call)
    if (!decoded) return this.fail('the decoder makes no event of this')
    const queued = outcome.state === 'queued'
    const by = flags.has('panel') ? 'panel' : 'page'
    const command = by === 'panel' ? 'identify' : null
    return {
      ...this.base(current),
      kind: 'event',
      facts: decoded.facts,
      call: call ? { at: this.clock, api: call.api, by, command, queued, caller: 'app.js:1' } : null,
      request: request ? linkOf(request, details.requested, via) : null,
      outcome,
      live: !queued && !flags.has('not live'),
      payload: [],
      ...(flags.has('prerender') && { prerender: true as const }),
    }
  }

  private details(words: Words, isMethod: boolean, ea: string): Details {
    const props: Props = {}
    const details: Details = {
      props,
      argument: undefined,
      broken: null,
      requested: this.clock,
      path: null,
      title: null,
      context: {},
      numeric: false,
    }
    const map = (what: string): Record<string, Json> => {
      const value = words.json(what)
      return isMap(value) ? value : this.fail(`${what} must be {…}`)
    }
    const object = (key: string, more: Record<string, Json>): void => {
      const old = props.dims?.[key]
      props.dims = { ...props.dims, [key]: { ...(old !== undefined && isMap(old) ? old : {}), ...more } }
    }
    const extra = (more: Record<string, Json>): void => {
      props.extra = { ...props.extra, ...more }
    }
    if (isMethod && !words.empty) details.argument = words.json('argument')
    while (!words.empty) {
      if (ea === 'reset_anonymous_id' && words.take(/to/)) {
        const to = words.word('uid')
        extra({ ...(this.here.uid !== null && { reset_uid: this.here.uid }), generate_uid: to })
        this.scene = { ...this.scene, uid: to }
        continue
      }
      const what = words.take(
        /cid|customers|users|dims|extra|context|items|aid|session|order|at|title|broken|requested/,
      )?.[0]
      switch (what) {
        case 'cid': {
          const cid = hashed(words.word('cid'))
          const where = words.take(/in (\S+)/)?.[1] ?? 'customers'
          if (where === 'cvar') extra({ customer_id: cid })
          else object(where, { customer_id: cid })
          break
        }
        case 'customers':
        case 'users':
          object(what, map(what))
          break
        case 'dims':
          props.dims = { ...props.dims, ...map(what) }
          break
        case 'extra':
          extra(map(what))
          break
        case 'context':
          details.context = map(what)
          break
        case 'items':
          props.items = words.json(what)
          break
        case 'aid':
        case 'session': {
          const value = words.word(what)
          this.here = { ...this.here, [what]: value }
          this.scene = { ...this.scene, [what]: value }
          break
        }
        case 'order':
          extra({ order_id: words.word(what) })
          break
        case 'at':
          details.path = words.word(what)
          break
        case 'title':
          details.title = words.word(what)
          break
        case 'broken':
          details.broken = words.word(what)
          break
        case 'requested':
          details.requested += span(words.take(SPAN) ?? this.fail('requested needs a span like +3s'))
          break
        default:
          this.fail(`what is "${words.all}"`)
      }
    }
    return details
  }
}

const placed = (word: string, value: string): Partial<Scene> => {
  const named = value === 'none' ? null : value
  switch (word) {
    case 'uid':
      return { uid: named }
    case 'portal':
      return { portal: named }
    case 'site':
    case 'sub':
      return { [word]: named ?? '' }
    case 'tab':
    case 'frame':
      return { [word]: Number(value) }
    case 'worker':
      return { tab: -1 }
    case 'private':
      return { partition: 'private' }
    case 'app':
    case 'web':
      return { app: word === 'app' }
    default:
      return { [word]: value }
  }
}

/** Reads a story. Throws an Error that names line and fault. */
export function tell(text: string): Story {
  const teller = new Teller()
  for (const [index, line] of text.split('\n').entries()) teller.line(line, index + 1)
  return { entries: teller.entries, labels: teller.labels }
}
