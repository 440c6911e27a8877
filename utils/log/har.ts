/**
 * HAR 1.2 as browsers, drivers and proxies really write it → log entries. Everything but a URL and a time may be missing
 * or wrong; an entry without those is rejected with its reason and the rest is read.
 *
 * `HarReader` takes pages and entries one by one, so that a file need not be in memory as a whole; `open.ts` feeds it.
 */
import type {
  EventEntry,
  LogEntry,
  Outcome,
  Payload,
  PayloadRef,
  Place,
  RequestLink,
  SdkEntry,
} from '../identity/entry'
import { decodeRequest } from '../sdk/decode'
import { deviceOf } from '../sdk/device'
import type { Body, Transport } from '../sdk/event'
import { classify } from '../sdk/match'
import { SCRIPTS } from '../sdk/names'
import { Browsers } from './browsers'
import { outcomeOfError } from './net-error'
import type { ReadLog, Rejected } from './read'
import { Shared } from './share'

export interface HarOptions {
  /** Registrable domain of a page's URL, '' if it has none. */
  siteOf: (url: string) => string
  /** Collectors besides the known hosts. */
  hosts?: readonly string[]
  /** First half of the tab keys. */
  session?: string
  /** Id of the first entry; the others follow. */
  firstId?: number
  /** Chunk that the payload references name. */
  chunk?: number
  /** false: payloads are not kept, for whoever needs the facts alone. */
  payloads?: boolean
}

type Bag = Record<string, unknown>

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value)
const bag = (value: unknown): Bag => (isBag(value) ? value : {})
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
/** A count or a duration; 0 for what is missing, negative ("not known") or no number. */
const amount = (value: unknown): number => {
  // An object may refuse to become a number.
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : 0
  return Number.isFinite(number) && number > 0 ? number : 0
}

const header = (message: Bag, name: string): string => {
  // By its length first: there are thirty of them, and each is asked for several names.
  for (const each of list(message.headers))
    if (isBag(each) && text(each.name).length === name.length && text(each.name).toLowerCase() === name)
      return text(each.value)
  return ''
}

const fromBase64 = (encoded: string): Body => {
  try {
    const bytes = Uint8Array.from(atob(encoded.replace(/\s/g, '')), letter => letter.charCodeAt(0))
    return { state: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { state: 'unreadable', why: 'its base64 holds no text' }
  }
}

const formOf = (params: unknown[]): string => {
  const pairs = params.map(bag).map(({ name, value }) => [text(name), text(value)] as const)
  // Sent with a form's type, as beacons are by old libraries, JSON is taken apart at its `=` and `&` by Charles.
  if (/^\s*[[{]/.test(pairs[0]?.[0] ?? ''))
    return pairs.map(([name, value]) => (value ? `${name}=${value}` : name)).join('&')
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
}

/** The request's body, from whichever of the places the writer chose. */
const bodyOf = (request: Bag): Body => {
  if (typeof request.postData === 'string') return { state: 'text', text: request.postData }
  const post = bag(request.postData)
  const whole = text(post.text)
  if (whole !== '') return post.encoding === 'base64' ? fromBase64(whole) : { state: 'text', text: whole }
  const params = list(post.params)
  if (params.length > 0) return { state: 'text', text: formOf(params) }
  const elsewhere = text(post._file) || text(post._blob)
  if (elsewhere !== '') return { state: 'unreadable', why: `kept in another file, ${elsewhere}` }
  if (/^(GET|HEAD)$/i.test(text(request.method) || 'GET')) return { state: 'none' }
  const bytes = amount(request.bodySize) || amount(header(request, 'content-length'))
  return bytes > 0
    ? { state: 'unreadable', why: `the file names ${bytes} bytes and holds none of them` }
    : { state: 'none' }
}

/** Of the SDK's scripts the one that is the SDK. */
const [SDK_SCRIPT = ''] = SCRIPTS

/** A map, since the file says by what name it is looked into. */
const TRANSPORTS = new Map<string, Transport>(
  Object.entries({
    script: 'script',
    image: 'image',
    imageset: 'image',
    fetch: 'fetch',
    xhr: 'xhr',
    xmlhttprequest: 'xhr',
    ping: 'beacon',
    beacon: 'beacon',
    document: 'navigation',
    iframe: 'iframe',
    frame: 'iframe',
    style: 'css',
    stylesheet: 'css',
  } satisfies Record<string, Transport>),
)

/** How it left the page: said outright (Chromium, Playwright), or by the headers that browsers add, or by what came back. */
const transportOf = (entry: Bag, request: Bag, response: Bag): Transport => {
  const dest = header(request, 'sec-fetch-dest')
  if (dest === 'iframe' || dest === 'frame') return 'iframe'
  const said = TRANSPORTS.get(text(entry._resourceType).toLowerCase()) ?? TRANSPORTS.get(dest)
  if (said) return said
  if (dest === 'empty') return header(request, 'sec-fetch-mode') === 'no-cors' ? 'beacon' : 'fetch'
  const mime = text(bag(response.content).mimeType)
  return /javascript/.test(mime) ? 'script' : /^image\//.test(mime) ? 'image' : 'other'
}

const outcomeOf = (entry: Bag, response: Bag): Outcome => {
  const status = amount(response.status)
  const ms = amount(entry.time)
  // Charles says no more than that it went wrong.
  const charles = response._charlesStatus === 'EXCEPTION' ? 'Charles: EXCEPTION' : ''
  const error = text(response._error) || text(response._failureText) || text(entry._error) || charles
  if (status >= 400) return { state: 'failed', status, error: null, ms }
  if (error !== '') return outcomeOfError(error, status, ms)
  if (status >= 200) return { state: 'done', status, ms }
  return { state: 'unknown', why: 'the file holds no status' }
}

const without = (url: string, mark: '#' | '?'): string => url.split(mark, 1)[0] ?? ''
const originOf = (url: string): string => /^https?:\/\/[^/?#]*/i.exec(url)?.[0].toLowerCase() ?? ''
const isPage = (url: string): boolean => originOf(url) !== ''

/** The answer became the top document of a tab. */
const isNavigation = (entry: Bag, request: Bag, response: Bag): boolean => {
  const status = amount(response.status)
  if (status < 200 || status === 204 || status === 205 || (status >= 300 && status < 400 && status !== 304))
    return false
  if (/prefetch/.test(header(request, 'sec-purpose') || header(request, 'purpose'))) return false
  const dest = header(request, 'sec-fetch-dest')
  if (dest !== '') return dest === 'document'
  if (entry._resourceType !== undefined) return entry._resourceType === 'document'
  return (
    /^(text\/html|application\/xhtml)/i.test(text(bag(response.content).mimeType)) &&
    /^text\/html/.test(header(request, 'accept'))
  )
}

interface Document {
  /** When it took the tab: its answer had begun. */
  at: number
  doc: string
  url: string
  /** false: it was there when the recording began. */
  seen: boolean
  /** User agent; '' if the file doesn't say. */
  agent: string
}

/** What the file calls a page: one navigation (DevTools), or a whole tab (Playwright). */
interface Page {
  /** Its number in the file, from 1. */
  order: number
  /** When the file says that it began; null if it doesn't. */
  began: number | null
  url: string
  navigations: Document[]
  /** Playwright's name for its top frame: the frame of the first document. */
  frame: string
}

/** An event or the SDK's script, whose document is known only when the file has been read to its end. */
interface Waiting {
  entry: EventEntry | SdkEntry
  /** The file's name for its page; '' when it has none: proxies, workers. */
  ref: string
  referer: string
  worker: boolean
  agent: string
}

/** What of a URL stands with an event's request. */
type Address = Pick<RequestLink, 'host' | 'path'>
/** Addresses remembered at most; then it begins afresh. */
const MOST_ADDRESSES = 200

/** How many documents back an entry without page may belong to: keeps a long file linear. */
const LOOKBACK = 20
const URL_LIMIT = 2_048

/** ms since the epoch; NaN for what is no time, or one that no Date can hold. */
const parseTime = (value: unknown): number =>
  typeof value === 'string' || typeof value === 'number' ? new Date(value).getTime() : Number.NaN

const NO_PAYLOAD: PayloadRef[] = []

export class HarReader {
  private readonly pages = new Map<string, Page>()
  private readonly waiting: Waiting[] = []
  private readonly payloads: Payload[] = []
  private readonly rejected: Rejected[] = []
  private readonly shared = new Shared()
  private readonly browsers = new Browsers()
  /** By a URL without its query and fragment. */
  private readonly addresses = new Map<string, Address | null>()
  private partitionOf: (agent: string) => string = () => 'normal'
  private index = -1
  /** Playwright's pages are tabs; the pages of DevTools are navigations in one. */
  private tabPerPage = false

  constructor(private readonly options: HarOptions) {}

  private pageOf(ref: string): Page {
    let page = this.pages.get(ref)
    if (!page) {
      page = { order: this.pages.size + 1, began: null, url: '', navigations: [], frame: '' }
      this.pages.set(ref, page)
    }
    return page
  }

  /** Takes an item of `log.pages`. Pages and entries may come in any order. */
  page(item: unknown): void {
    const { id, title, startedDateTime } = bag(item)
    const page = this.pageOf(text(id))
    const began = parseTime(startedDateTime)
    page.began = Number.isNaN(began) ? null : began
    // Chromium writes the URL here, others the document's title.
    if (isPage(text(title))) page.url = text(title)
  }

  /** Takes an item of `log.entries`. */
  entry(item: unknown): void {
    this.index++
    const reason = this.take(item)
    if (reason) this.rejected.push({ entry: this.index, reason })
  }

  /** Takes note of an entry that could not even be parsed. */
  reject(reason: string): void {
    this.rejected.push({ entry: ++this.index, reason })
  }

  /** Passes over an entry that another reader takes. */
  pass(): void {
    this.index++
  }

  /** Host and path of a URL; null if it is none. What follows them makes no difference to either, and nearly all events go to one address. */
  private addressOf(url: string): Address | null {
    const end = url.search(/[?#]/)
    // With the mark, since spaces at the very end of a URL don't count.
    const bare = end < 0 ? url : url.slice(0, end + 1)
    const known = this.addresses.get(bare)
    if (known !== undefined) return known
    let address: Address | null = null
    if (URL.canParse(bare)) {
      const { host, pathname } = new URL(bare)
      address = { host: this.shared.text(host), path: this.shared.text(pathname) }
    }
    if (this.addresses.size >= MOST_ADDRESSES) this.addresses.clear()
    this.addresses.set(bare, address)
    return address
  }

  /** Gives why the entry can't be read; null: it was read, or has nothing to do with the SDK. */
  private take(item: unknown): string | null {
    if (!isBag(item)) return 'the entry is no object'
    if (!isBag(item.request)) return 'the entry has no request'
    const { request } = item
    const url = text(request.url)
    if (url === '') return 'the request has no URL'
    const response = bag(item.response)
    const target = classify(url, this.options.hosts)
    // Only a body could make it an event: a page may be called so too.
    const kind = target === 'maybe' && bodyOf(request).state === 'none' ? null : target
    const navigates = kind === null && isNavigation(item, request, response)
    const where = this.addressOf(url)
    if (!where) return `not a URL: ${url.slice(0, 80)}`
    if (kind === 'other' || (kind === null && !navigates)) return null
    const at = parseTime(item.startedDateTime)
    if (Number.isNaN(at)) {
      if (item.startedDateTime === undefined) return 'the entry has no startedDateTime'
      return `startedDateTime is no time: ${JSON.stringify(item.startedDateTime).slice(0, 80)}`
    }
    const ref = text(item.pageref)
    const agent = this.shared.text(header(request, 'user-agent'))
    if (navigates) {
      const receive = amount(bag(item.timings).receive)
      const commit = at + Math.max(0, amount(item.time) - receive)
      const page = this.pageOf(ref)
      const frame = text(item._frameref)
      page.frame ||= frame
      if (frame !== page.frame) return null
      page.navigations.push({ at: commit, doc: `${ref || 'document'}:${this.index}`, url, seen: true, agent })
      return null
    }
    const from = this.shared.text(ref)
    const referer = this.shared.text(header(request, 'referer'))
    const worker = item._serviceWorkerRef !== undefined
    const outcome = outcomeOf(item, response)
    if (kind === 'script') {
      if (!without(without(url, '?'), '#').endsWith(`/${SDK_SCRIPT}`)) return null
      const state = outcome.state === 'done' ? 'live' : outcome.state === 'unknown' ? 'queue' : 'blocked'
      const script = { url, outcome }
      const sdk = { state, queue: 0, api: null, portal: null, prop: null, script } as const
      this.waiting.push({
        entry: { kind: 'sdk', id: 0, at, place: NOWHERE, ...sdk },
        ref: from,
        referer,
        worker,
        agent,
      })
      return null
    }
    const method = (text(request.method) || 'GET').toUpperCase()
    const body = bodyOf(request)
    const transport = transportOf(item, request, response)
    const events = decodeRequest({ url, method, body, transport }, this.options.hosts)
    if (events.length === 0) return null
    const keeps = this.options.payloads !== false
    const index = keeps ? this.payloads.push({ request: { url, method, body } }) - 1 : -1
    const link: RequestLink = {
      at,
      transport,
      method: this.shared.text(method),
      host: where.host,
      path: where.path,
      bytes: url.length + (amount(request.bodySize) || (body.state === 'text' ? body.text.length : 0)),
      lanes: 'network',
    }
    for (const { facts } of events) {
      if (facts.carries) this.browsers.saw(agent, facts.uid)
      const payload: PayloadRef[] = keeps ? [[this.options.chunk ?? 0, index]] : NO_PAYLOAD
      // Written out key by key: what is copied costs several times as much.
      const entry: EventEntry = {
        kind: 'event',
        id: 0,
        at,
        place: NOWHERE,
        facts: this.shared.facts(facts),
        call: null,
        request: link,
        outcome,
        live: true,
        payload,
      }
      this.waiting.push({ entry, ref: from, referer, worker, agent })
    }
    return null
  }

  /** The documents of each tab, in the order in which they took it. */
  private documents(): Map<number, Document[]> {
    const tabs = new Map<number, Document[]>()
    for (const [ref, { began, url, navigations }] of this.pages) {
      const tab = this.tabOf(ref)
      const documents = tabs.get(tab) ?? []
      tabs.set(tab, documents)
      for (const each of navigations) documents.push(each)
      // A file that holds the events alone still says when their pages began.
      if (navigations.length === 0 && began !== null)
        documents.push({ at: began, doc: ref, url, seen: true, agent: '' })
    }
    for (const documents of tabs.values()) documents.sort((a, b) => a.at - b.at)
    return tabs
  }

  private tabOf(ref: string): number {
    return this.tabPerPage && ref !== '' ? this.pageOf(ref).order : 0
  }

  /** The document an entry came from: the one that held its tab at that time; without page, the one whose URL it names. */
  private documentOf({ entry, ref, agent }: Waiting, documents: Document[], from: string): Document | null {
    let low = 0
    for (let high = documents.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((documents[middle]?.at ?? 0) <= entry.at) low = middle + 1
      else high = middle
    }
    if (ref === '') {
      const browser = this.partitionOf(agent)
      const recent = documents
        .slice(Math.max(0, low - LOOKBACK), low)
        .filter(each => each.agent === '' || this.partitionOf(each.agent) === browser)
      return (
        recent.findLast(each => without(each.url, '#') === without(from, '#')) ??
        recent.findLast(each => originOf(each.url) === originOf(from)) ??
        null
      )
    }
    const held = documents[low - 1]
    if (held) {
      held.url ||= from
      return held
    }
    const first: Document = { at: entry.at, doc: ref, url: from, seen: false, agent }
    documents.unshift(first)
    return first
  }

  private placeOf(waiting: Waiting, tabs: Map<number, Document[]>): Place {
    const { siteOf, session = 'har' } = this.options
    const { referer, worker, ref, agent } = waiting
    const facts = waiting.entry.kind === 'event' ? waiting.entry.facts : null
    const location = facts?.page ?? ''
    // A referrer is often cut to its origin; what the SDK says of its page is whole.
    const from = isPage(location) ? location : referer
    const tab = worker ? -1 : this.tabOf(ref)
    const documents = tabs.get(tab) ?? []
    tabs.set(tab, documents)
    const document = worker ? null : this.documentOf(waiting, documents, from)
    // The browser itself says by the referrer which document asked: also when that is a frame of another site.
    const page = siteOf(referer) || siteOf(document?.url ?? '') || siteOf(location)
    const site = page || (facts && deviceOf(facts)) || ''
    const foreign = document !== null && page !== siteOf(document.url)
    return {
      tab: `${session}:${tab}`,
      frame: foreign ? 1 : 0,
      doc: document ? (foreign ? `${document.doc}/${site}` : document.doc) : '',
      site,
      partition: this.partitionOf(agent),
      url: (foreign || !document ? from : document.url).slice(0, URL_LIMIT),
    }
  }

  /**
   * All that was read, in the order of the log, with ids.
   * @param json the file without its pages and entries
   */
  finish(json: unknown): ReadLog {
    this.tabPerPage = text(bag(bag(bag(json).log).creator).name) === 'Playwright'
    const { session = 'har', firstId = 1, siteOf } = this.options
    this.partitionOf = this.browsers.partitions()
    const tabs = this.documents()
    this.waiting.sort((a, b) => a.entry.at - b.entry.at)
    for (const waiting of this.waiting) waiting.entry.place = this.placeOf(waiting, tabs)
    const entries: LogEntry[] = []
    for (const [tab, documents] of tabs)
      for (const { at, doc, url, seen, agent } of documents) {
        const site = siteOf(url)
        if (!seen || site === '') continue
        const place = {
          tab: `${session}:${tab}`,
          frame: 0,
          doc,
          site,
          partition: this.partitionOf(agent),
          url: url.slice(0, URL_LIMIT),
        }
        entries.push({ kind: 'page', id: 0, at, place, how: 'load', late: false })
      }
    // Documents first: the sort is stable, and an event of the same millisecond comes after its page.
    for (const { entry } of this.waiting) entries.push(entry)
    entries.sort((a, b) => a.at - b.at)
    for (const [index, entry] of entries.entries()) entry.id = firstId + index
    return { entries, payloads: this.payloads, rejected: this.rejected, requests: this.index + 1 }
  }
}

const NOWHERE: Place = { tab: '', frame: 0, doc: '', site: '', partition: 'normal', url: '' }

/** Is this parsed JSON a HAR file? */
export const isHar = (json: unknown): boolean => Array.isArray(bag(bag(json).log).entries)
