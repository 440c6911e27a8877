/**
 * Joins what the two lanes saw into entries of the log: call → request → outcome (pure: no clock, no browser).
 *
 * - A call and a request belong together when the request was made synchronously inside the call; else when they are of the same
 *   document, with the same category, action and properties, first in first out.
 * - The page's asking and the network's request are one when they are of the same document, URL and kind, k-th with k-th. The
 *   network may be heard first: such a request waits a moment for its other half before it becomes an entry.
 * - What turns out to be one after both halves were logged keeps one entry; the other becomes a `void` entry.
 *
 * The hook's claims never set how a request ended. That the page's own security policy stopped it is the relay's word, and
 * counts for requests that the network lane never saw.
 */

import { SENT } from '../identity/constants'
import type {
  CallLink,
  ClearEntry,
  EventEntry,
  GapEntry,
  LogEntry,
  Outcome,
  PageEntry,
  Place,
  SdkEntry,
  SdkState,
} from '../identity/entry'
import { isNoTab, isPrivate } from '../identity/entry'
import { expectsRequest } from '../identity/outcome'
import { isAbort, outcomeOfError } from '../log/net-error'
import { siteOf } from '../log/site'
import { decodeCall, decodeRequest } from '../sdk/decode'
import type { Body, DecodedEvent, RawCall, RawRequest, Transport } from '../sdk/event'
import { classify, type Target } from '../sdk/match'
import { WEB_GLOBAL } from '../sdk/names'
import { isRefused, toBody } from './claims'
import {
  type Call,
  callerOf,
  type Doc,
  type Exchange,
  NOTHING,
  newDoc,
  newExchange,
  PENDING,
  requestLink,
  round,
  topFrame,
} from './exchange'
import { keep } from './keep'
import { joinFacts, sameEvent, within } from './likeness'
import { isOther, kindOf, LISTING, type Meet, Meeting, urlKey } from './meeting'
import type { Asker, NetworkFact, RequestFact } from './network'
import type { HookRecord, RelayRecord } from './record'
import { BATCH, type Ready, type Row, Rows } from './rows'

/** ms that a request which only the network lane saw waits for the page's half of it. */
const HOLD = 120
/** ms after which a recorder that goes on from the log no longer waits for the other half of what is in it. */
const PATIENCE = 60_000
/** ms that may pass between a call, or the SDK's coming to life, and the request of that call. */
const SENDING = 10_000
/** ms around the page's going away, or the navigation that leads away, in which an aborted request says nothing about the server (rules.md, `failed`). */
const LEAVING = 1_000
/** ms in which a worker that woke may not be told everything. */
const WAKING = 2_000
/** ms after waking in which something of before may still be told; and after which nothing more comes of what a page did. */
const FORGETTING = 10 * 60_000
/** ms in which ends are still told after the page went away. */
const FAREWELL = 5_000
const KEPT = { calls: 256, bodies: 12_000, waiting: 20_000, documents: 1_000, requests: 20_000, early: 32 }

/** Who speaks through a relay, by the browser's word. */
export interface Speaker {
  tab: number
  frame: number
  /** null in Firefox. */
  documentId: string | null
  url: string
  site: string
  partition: string
  /** Cookie store of its tab; null = the only one. */
  store: string | null
  prerender: boolean
}

/** An entry that the recorder will write again, and how. */
export interface Standing<E extends LogEntry> {
  entry: E
  change: (change: Partial<E>) => void
}

/** As Chromium writes them, and as Firefox does; a relay's own id, for a Firefox that gives none, looks otherwise. */
const DOCUMENT_ID = /^(?:[0-9A-F]{32}|[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})$/i
const HOOKED: ReadonlySet<string> = new Set<Transport>(['script', 'image', 'fetch', 'xhr', 'beacon'])
/** What brings a document: the page that a clicked link leads to didn't ask for it. */
const LEADING: ReadonlySet<Transport> = new Set<Transport>(['navigation', 'form', 'iframe'])
const BODY_WORTH: Record<Body['state'], number> = { none: 0, unreadable: 1, cut: 2, text: 4 }
/** One that was cut says more when its size is exact. */
const worthOf = (body: Body): number => BODY_WORTH[body.state] + (body.state === 'cut' && !body.least ? 1 : 0)

const TRANSPORT_OF_DIRECTIVE: [RegExp, Transport][] = [
  [/^script/, 'script'],
  [/^img/, 'image'],
  [/^connect/, 'fetch'],
  [/^(frame|child)/, 'iframe'],
  [/^form/, 'form'],
  [/^(style|font)/, 'css'],
]

const answered = (status: number, ms: number): Outcome =>
  status >= 400 ? { state: 'failed', status, error: null, ms } : { state: 'done', status, ms }

const WENT_AWAY = 'the page went away before the answer came'
const LED_AWAY = 'the page was led to another address before the answer came'
const NOBODY_SPOKE = 'the page took it back, or went away before the answer came'
const unseen = (why: string, error: string): Outcome => ({ state: 'unknown', why: `${why} (${error})` })

/** Ad blockers give a page something of their own instead of what it asks for. */
const replaced = (to: string): Outcome => ({
  state: 'blocked',
  by: 'client',
  error: `another extension leads it to ${to.slice(0, 500)}`,
})

/** When something is due; all after the same wait, so that the first is always the oldest. */
type Dues<T> = Map<T, number>

export class Join {
  /** Further collectors, as `classify` wants them. */
  hosts: readonly string[] = []
  /** Told of each request that ended and turned out to hold no event. */
  dismiss: (exchange: Exchange) => void = () => {}
  readonly #rows: Rows
  readonly #session: string
  /** By the relay's id; and by the browser's documentId, else by tab and frame. */
  readonly #byNonce = new Map<string, Doc>()
  readonly #byPlace = new Map<string, Doc>()
  readonly #byRequest = new Map<string, Exchange>()
  /** Requests whose start was not seen; and those that are over. */
  readonly #missed = new Map<string, { exchange: Exchange; at: number }>()
  readonly #over = new Map<string, true>()
  readonly #meeting = new Meeting<Exchange>()
  /** Requests of pages that are under way, for a service worker that passes one on; and those that one did. */
  readonly #passing = new Meeting<Exchange>()
  /** What only the network lane saw of documents that it doesn't name, or that had not said a word; by where it looked for them. */
  readonly #early = new Map<string, Exchange[]>()
  /** Documents that spoke for the first time since time went on, and since when each is in its frame. */
  readonly #fresh = new Map<Doc, number>()
  readonly #passed = new Map<string, true>()
  /** Requests that only the network lane saw, until they become entries; that the page asked for and nobody listed; pages that went. */
  readonly #held: Dues<Exchange> = new Map()
  readonly #unlisted: Dues<Exchange> = new Map()
  readonly #left: Dues<Doc> = new Map()
  /** Requests of before a restart that lack a half or an end. */
  #resumed: Exchange[] = []
  /** When documents are looked through again for what is over long since. */
  #tidyAt = 0
  #wokeAt = Number.NEGATIVE_INFINITY
  #forgetAt = Number.POSITIVE_INFINITY

  /** @param session random id of this browser session */
  constructor(nextId: number, session: string, batch = BATCH) {
    this.#rows = new Rows(nextId, batch)
    this.#session = session
  }

  // ── the page's lane

  /** A checked record of the document that a relay speaks for. Gives the document's place. */
  record(nonce: string, speaker: Speaker, record: HookRecord | RelayRecord): Place {
    const doc = this.#docOfRelay(nonce, speaker, 'at' in record ? record.at : null)
    // A page begins with the navigation that brought it, before the browser tells of its address.
    if ('at' in record && record.k !== 'page') doc.heardAt = Math.min(doc.heardAt, record.at)
    switch (record.k) {
      case 'call':
        this.#call(doc, record)
        break
      case 'request':
        this.#request(doc, record)
        break
      case 'body': {
        const exchange = doc.bodies.get(record.id)
        doc.bodies.delete(record.id)
        if (exchange && this.#takeBody(exchange, toBody(record))) this.#show(exchange)
        break
      }
      case 'note': {
        const exchange = doc.exchanges.get(record.id)
        const row = doc.calls.get(record.id)?.row
        if (exchange) {
          this.#note(exchange, record.text)
          // The next one to this URL would be taken for it.
          if (isRefused(record.text) && exchange.transport === 'beacon' && exchange.started === null)
            this.#meeting.leave(exchange)
        } else if (row) this.#rows.tell(row, { notes: [record.text] })
        break
      }
      case 'sdk': {
        const { state, queue, portal, prop } = record
        const api = record.api === WEB_GLOBAL ? 'web' : record.api || null
        doc.page = { state, queue, api, portal: portal || null, prop: prop || null }
        if (state === 'live') doc.liveAt ??= record.at
        this.#sdk(doc, record.at)
        break
      }
      case 'csp':
        this.#violation(doc, record)
        break
      case 'page':
        this.#page(doc, record, speaker)
        break
      case 'hide':
        this.#hide(doc, record.at)
        break
      case 'gap':
        this.#rows.add<GapEntry>({
          kind: 'gap',
          at: round(record.at),
          place: doc.place,
          cause: 'lost',
          until: round(record.until),
          detail: { records: record.count },
        })
        break
      case 'stored':
        // The recorder knows whether it is new.
        break
    }
    return doc.place
  }

  #call(doc: Doc, { id, at, api, args, stack, queued, by, inside, layer }: Extract<HookRecord, { k: 'call' }>) {
    const raw: RawCall = { api, args }
    const event = decodeCall(raw)
    const same = event && (this.#outer(doc, inside, event) ?? (queued ? null : this.#drained(doc, event, stack)))
    if (same) {
      keep(doc.calls, id, same, KEPT.calls)
      return
    }
    const link: CallLink = {
      at: round(at),
      api,
      by: by ? 'panel' : 'page',
      command: by || null,
      queued,
      caller: callerOf(stack),
    }
    const part = { call: { ...raw, stack, ...(layer && { dataLayer: layer }) } }
    const call: Call = { link, part, event, row: null, drained: false, joined: false }
    keep(doc.calls, id, call, KEPT.calls)
    if (event) {
      call.row = this.#rows.add<EventEntry>({
        kind: 'event',
        at: link.at,
        place: doc.place,
        facts: event.facts,
        call: link,
        request: null,
        outcome: queued ? { state: 'queued' } : PENDING,
        live: !queued,
        payload: [],
      })
      this.#rows.tell(call.row, part)
      this.#mark(doc, call.row)
      doc.waiting.push(call)
      if (doc.waiting.length > KEPT.waiting) doc.waiting.shift()
    }
    if (queued && doc.page.state !== 'live') {
      doc.page = { ...doc.page, state: 'queue', queue: doc.page.queue + 1 }
      this.#sdk(doc, at)
    }
  }

  /** The call that this one is a part of: the SDK calls itself, and the outer call is the page's. */
  #outer(doc: Doc, inside: number, { facts }: DecodedEvent): Call | null {
    const outer = doc.calls.get(inside)
    return outer?.event && !outer.joined && sameEvent(outer.event.facts, facts, true) ? outer : null
  }

  /** The queued call that the SDK's own script makes now. */
  #drained(doc: Doc, { facts }: DecodedEvent, stack: string): Call | null {
    // A page may have switched stacks off: then what is called is all that there is to go by.
    if (stack !== '' && classify(topFrame(stack)?.url ?? '', this.hosts) !== 'script') return null
    const found = doc.waiting.find(
      ({ link, drained, event }) =>
        link.queued &&
        !drained &&
        event &&
        sameEvent(event.facts, facts, false) &&
        event.facts.content === facts.content,
    )
    if (found) found.drained = true
    return found ?? null
  }

  #request(doc: Doc, record: Extract<HookRecord, { k: 'request' }>) {
    const transport = HOOKED.has(record.via) ? (record.via as Transport) : 'other'
    const { base, method } = record
    const url = URL.canParse(record.url, base || undefined) ? new URL(record.url, base || undefined).href : record.url
    const raw: RawRequest = { url, method, body: toBody(record), transport }
    const meet = meetOf(doc, raw, transport)
    let exchange =
      this.#meeting.meet('page', meet, record.at) ?? this.#findResumed(doc, transport, raw, 'page', record.at)
    if (exchange) {
      this.#settleIn(doc, exchange.doc.place)
      const moved = exchange.doc !== doc
      exchange.doc = doc
      exchange.place = doc.place
      exchange.transport = transport
      this.#held.delete(exchange)
      this.#takeBody(exchange, raw.body)
      // It was over before its page had said a word; in Firefox, which names no documents, it looked like one of the page before.
      const { abort } = exchange
      if (abort && (moved || !abort.known)) this.#aborted(exchange, abort.at, abort.error)
    } else {
      exchange = newExchange(doc, raw, transport)
      this.#meeting.wait('page', meet, exchange, record.at)
      // What the network told while the worker was being stopped, or woke, nobody heard.
      if (record.at < this.#wokeAt + WAKING) exchange.resumed = true
      this.#unlisted.set(exchange, Math.max(record.at, this.#wokeAt) + LISTING)
    }
    exchange.asked = record.at
    if (exchange.own < 0) exchange.call = doc.calls.get(record.call) ?? null
    keep(doc.exchanges, record.id, exchange, KEPT.calls)
    if (raw.body.state === 'unreadable') keep(doc.bodies, record.id, exchange, KEPT.bodies)
    this.#show(exchange)
  }

  #violation(doc: Doc, { at, url, directive }: Extract<RelayRecord, { k: 'csp' }>) {
    const outcome: Outcome = { state: 'blocked', by: 'csp', error: `the page's own policy: ${directive}` }
    if (classify(url, this.hosts) === 'script') {
      doc.script = { url, at, outcome }
      return this.#sdk(doc, at)
    }
    const key = urlKey(url)
    for (const exchange of doc.exchanges.values()) {
      if (urlKey(exchange.raw.url) !== key || exchange.outcome.state === 'blocked') continue
      // Else the network lane saw it leave, and tells the end.
      if (exchange.started === null) {
        this.#meeting.leave(exchange)
        this.#end(exchange, outcome)
      }
      return
    }
    const transport = TRANSPORT_OF_DIRECTIVE.find(([pattern]) => pattern.test(directive))?.[1] ?? 'other'
    const method = transport === 'form' ? 'POST' : 'GET'
    const exchange = newExchange(doc, { url, method, body: { state: 'none' }, transport }, transport)
    exchange.asked = at
    exchange.outcome = outcome
    this.#show(exchange)
  }

  #page(doc: Doc, { at, how, late, url }: Extract<RelayRecord, { k: 'page' }>, { frame }: Speaker) {
    if (how === 'here') {
      const { tab, frame: own } = doc.place
      if (doc.hiddenAt !== null || this.#byPlace.get(`${tab}:${own}`) !== doc) how = 'restored'
      else if (url !== '' && url !== doc.place.url) how = 'route'
      else return
    }
    doc.place = { ...doc.place, url: url || doc.place.url }
    if (how === 'restored') {
      doc.hiddenAt = null
      this.#takePlace(doc)
    }
    // However long ago it began: what was asked for in this frame meanwhile is not its own.
    if ((how === 'restored' || how === 'shown') && this.#fresh.has(doc)) this.#fresh.set(doc, at)
    if (how === 'prerender') doc.prerender = true
    if (how === 'shown') {
      doc.prerender = false
      // While nobody sees it, the browser gives it another frame's number.
      doc.place = { ...doc.place, frame }
      this.#takePlace(doc)
      for (const row of doc.unseen)
        if (row.entry.prerender) this.#rows.change(row, { prerender: undefined, place: { ...row.entry.place, frame } })
      doc.unseen = []
      if (doc.sdk) this.#rows.change(doc.sdk, { place: doc.place })
    }
    this.#rows.add<PageEntry>({ kind: 'page', at: round(at), place: doc.place, how, late })
  }

  #hide(doc: Doc, at: number) {
    doc.hiddenAt = at
    this.#excuse(doc, at, WENT_AWAY)
    this.#unanswered(doc, at, 'the page went away before a request was seen')
    doc.aborted = []
    this.#left.set(doc, at + FAREWELL)
    // On a busy machine the next one in its frame may have spoken before: what was asked for since is that one's after all.
    const next = this.#byPlace.get(frameKey(doc.place))
    if (next && next !== doc && next.nonce !== null && !this.#fresh.has(next)) this.#fresh.set(next, at)
  }

  /**
   * A frame was told to go to another address. Firefox then takes back at once what its documents have under way, though they live on
   * until that address answers.
   * @param frame 0: the whole tab
   */
  leave(tab: number, frame: number, at: number): void {
    const key = `${this.#session}:${tab}`
    for (const doc of new Set(this.#byPlace.values())) {
      if (doc.place.tab !== key || (frame !== 0 && doc.place.frame !== frame) || doc.hiddenAt !== null) continue
      // On a busy machine the document that this address brought may have spoken before.
      if (at < doc.heardAt) continue
      doc.ledAwayAt = at
      this.#excuse(doc, at, LED_AWAY)
    }
  }

  /** Nothing of this site is recorded from now on. */
  pause(site: string, at: number): void {
    for (const doc of new Set(this.#byPlace.values()))
      if (site === '' || doc.place.site === site)
        this.#unanswered(doc, at, 'recording was paused before a request was seen')
  }

  /** Of calls that were made just before nobody can say that nothing was sent; a request that is heard of after all says more. */
  #unanswered(doc: Doc, at: number, why: string) {
    for (const { row, link } of doc.waiting) {
      if (!row || link.queued || at - link.at >= SENT) continue
      const { outcome, live, request, facts } = row.entry
      if (live && !request && outcome.state === 'pending' && expectsRequest(facts))
        this.#rows.change(row, { outcome: { state: 'unknown', why } })
    }
  }

  /** What was aborted just before that is not said to have failed. */
  #excuse(doc: Doc, at: number, why: string) {
    doc.aborted = doc.aborted.filter(exchange => {
      const { abort } = exchange
      // It ended otherwise, or turned out to be the next document's.
      if (!abort || exchange.doc !== doc) return false
      const excused = Math.abs(at - abort.at) <= LEAVING
      if (excused) this.#end(exchange, unseen(why, abort.error), abort)
      return !excused
    })
  }

  // ── the network's lane

  /** Something that the browser reported. `target`: what the URL is to the SDK, by `classify`. */
  network(fact: NetworkFact, target: Target): void {
    if (target === 'script') return this.#script(fact)
    if (this.#passed.has(fact.request)) return
    const known = this.#byRequest.get(fact.request)
    if (fact.what === 'start') {
      const early = this.#missed.get(fact.request)
      if (early) this.#startLate(early.exchange, early.at, fact, fact.body)
      // A redirect begins again under the same id.
      else if (!known) this.#start(fact, fact.body)
      return
    }
    // As a worker wakes, the browser may tell of the headers when all is over.
    if (!known && fact.what === 'headers' && this.#over.has(fact.request)) return
    const exchange = known ?? this.#missedStart(fact)
    if (fact.what === 'error') {
      this.#isOver(fact)
      return this.#failed(exchange, fact.at, fact.error)
    }
    // To https by the browser's own rules: nobody was asked yet.
    const inside = fact.what === 'redirect' && urlKey(fact.to) === urlKey(fact.url)
    exchange.status = inside ? 0 : fact.status
    if (fact.what === 'headers' || inside) return
    if (fact.what === 'redirect') {
      if (fact.status === 0) {
        // What comes now is of another request, if it concerns the SDK at all.
        this.#isOver(fact)
        return this.#end(exchange, replaced(fact.to))
      }
      this.#note(exchange, `${fact.status}, redirected to ${fact.to.slice(0, 500)}`)
    } else this.#isOver(fact)
    this.#end(exchange, answered(fact.status, round(fact.at - (exchange.started ?? fact.at))))
  }

  #isOver({ request }: RequestFact) {
    const exchange = this.#byRequest.get(request)
    if (exchange) this.#passing.leave(exchange)
    this.#byRequest.delete(request)
    keep(this.#over, request, true, KEPT.requests)
  }

  /** Is something of this request known? A redirect may lead to a URL that is nothing to the SDK. */
  knows(request: string): boolean {
    return this.#byRequest.has(request)
  }

  /** Where the document is that asks. */
  placeOf(fact: RequestFact): Place {
    return this.#findAsker(fact, true).doc?.place ?? this.#placeOfAsker(fact.asker)
  }

  #start(fact: RequestFact, body: Body): Exchange {
    const doc = this.#docOfAsker(fact, true)
    const { url, method, transport, at } = fact
    const raw: RawRequest = { url, method, body, transport }
    const meet = meetOf(doc, raw, transport)
    const passed = this.#passedOn(fact, meet)
    if (passed) {
      this.#takeBody(passed, body)
      keep(this.#byRequest, fact.request, passed, KEPT.requests)
      return passed
    }
    let exchange = this.#meeting.meet('network', meet, at) ?? this.#findResumed(doc, transport, raw, 'network', at)
    if (exchange) {
      this.#settleIn(exchange.doc, doc.place)
      exchange.started = at
      this.#unlisted.delete(exchange)
      this.#takeBody(exchange, body)
      this.#show(exchange)
    } else {
      exchange = newExchange(doc, raw, transport)
      exchange.started = at
      if (HOOKED.has(transport)) {
        this.#held.set(exchange, at + HOLD)
        this.#meeting.wait('network', meet, exchange, at)
      } else this.#show(exchange)
      const { tab, documentId } = fact.asker
      if (tab >= 0 && (documentId === null ? !LEADING.has(transport) : doc.nonce === null))
        this.#isEarly(exchange, this.#whereIs(fact.asker))
    }
    // What happened while the worker woke may not have been told.
    if (at < this.#wokeAt + WAKING) {
      exchange.resumed = true
      this.#unlisted.set(exchange, Math.max(at, this.#wokeAt) + LISTING)
    }
    keep(this.#byRequest, fact.request, exchange, KEPT.requests)
    exchange.listed = fact.request
    if (fact.asker.tab >= 0) this.#passing.wait('page', passing(meet, method), exchange, at)
    return exchange
  }

  /**
   * Firefox lists what a page asks for and, when the page's service worker passes it on, the worker's fetch; an end is told of that one only.
   * (Chromium lists only that: `Meeting` knows.)
   */
  #passedOn(fact: RequestFact, meet: Meet): Exchange | null {
    const { asker, transport, method, at, request } = fact
    if (asker.tab >= 0 || transport !== 'fetch') return null
    const exchange = this.#passing.meet('network', passing(meet, method), at)
    if (!exchange || at - (exchange.started ?? at) > LISTING) return null
    // What is told of the page's own after all says nothing of how it ended.
    this.#byRequest.delete(exchange.listed)
    keep(this.#passed, exchange.listed, true, KEPT.requests)
    exchange.listed = request
    return exchange
  }

  /** As a worker wakes, the browser may tell a request's end before its start. */
  #startLate(exchange: Exchange, toldAt: number, fact: RequestFact, body: Body) {
    // A redirect begins again.
    if (fact.at > toldAt) return
    const { url, method, transport } = fact
    const raw: RawRequest = { url, method, body, transport }
    if (exchange.shortUrl) {
      if (!this.#isLike(exchange, raw)) return this.#startOther(exchange, fact, body)
      learn(exchange, raw)
    }
    const late = Math.max(0, (exchange.started ?? fact.at) - fact.at)
    exchange.started = fact.at
    this.#takeBody(exchange, body)
    const { outcome } = exchange
    if ('ms' in outcome) exchange.outcome = { ...outcome, ms: round(outcome.ms + late) }
    this.#show(exchange)
  }

  /** What was told of this request was taken for something of another one, of before the restart. */
  #startOther(exchange: Exchange, fact: RequestFact, body: Body) {
    const { outcome, status, abort, doc } = exchange
    this.#missed.delete(fact.request)
    const own = this.#start(fact, body)
    own.status = status
    if (outcome === PENDING) return
    this.#end(exchange, { state: 'unknown', why: 'the recorder slept when it ended' })
    this.#isOver(fact)
    this.#end(own, outcome, abort)
    doc.aborted = doc.aborted.map(one => (one === exchange ? own : one))
  }

  /** The recorder slept when the request began: it is one of before, or it is heard of only now. */
  #missedStart(fact: RequestFact): Exchange {
    const { url, method, transport } = fact
    const body: Body =
      method === 'GET' ? { state: 'none' } : { state: 'unreadable', why: 'the recorder slept when it began' }
    const raw: RawRequest = { url, method, body, transport }
    const resumed = this.#findResumed(this.#docOfAsker(fact), transport, raw, 'end', fact.at)
    if (resumed) keep(this.#byRequest, fact.request, resumed, KEPT.requests)
    const exchange = resumed ?? this.#start(fact, body)
    keep(this.#missed, fact.request, { exchange, at: fact.at }, KEPT.requests)
    return exchange
  }

  #failed(exchange: Exchange, at: number, error: string) {
    const ms = round(at - (exchange.started ?? at))
    const { status } = exchange
    if (status >= 400) return this.#end(exchange, { state: 'failed', status, error, ms })
    if (!isAbort(error)) return this.#end(exchange, outcomeOfError(error, status, ms))
    // The answer had come; the page just didn't wait for all of it.
    if (status >= 200) return this.#end(exchange, answered(status, ms))
    this.#aborted(exchange, at, error)
  }

  /** By the page itself, unless that is about to go: that ends all that it has under way. */
  #aborted(exchange: Exchange, at: number, error: string) {
    const { doc } = exchange
    const abort = { at, error, known: doc.nonce !== null }
    if (doc.hiddenAt !== null && at >= doc.hiddenAt - LEAVING)
      return this.#end(exchange, unseen(WENT_AWAY, error), abort)
    if (!abort.known) return this.#end(exchange, unseen(NOBODY_SPOKE, error), abort)
    if (doc.ledAwayAt !== null && Math.abs(at - doc.ledAwayAt) <= LEAVING)
      return this.#end(exchange, unseen(LED_AWAY, error), abort)
    const ms = round(at - (exchange.started ?? at))
    this.#end(exchange, { state: 'failed', status: null, error, ms }, abort)
    doc.aborted.push(exchange)
    // However many they are: a page that leaves ends all that it has under way at once.
    const still = doc.aborted.findIndex(({ abort }) => abort && at - abort.at <= LEAVING)
    if (still > 0) doc.aborted.splice(0, still)
    if (doc.aborted.length > KEPT.bodies) doc.aborted.shift()
  }

  #script(fact: NetworkFact) {
    const doc = this.#docOfAsker(fact, fact.what === 'start')
    const { at, url } = fact
    if (fact.what === 'start') {
      // Asked for once more: a new entry, since two loaders are a fault of the page.
      const again = doc.script !== null && at > doc.script.at
      doc.script = { url, at, outcome: PENDING }
      return this.#sdk(doc, at, again)
    }
    const isReplaced = fact.what === 'redirect' && fact.status === 0 && urlKey(fact.to) !== urlKey(url)
    if (fact.what !== 'end' && fact.what !== 'error' && !isReplaced) return
    const begun = doc.script?.url === url ? doc.script.at : at
    const ms = round(at - begun)
    const outcome =
      fact.what === 'redirect'
        ? replaced(fact.to)
        : fact.what === 'end'
          ? answered(fact.status, ms)
          : outcomeOfError(fact.error, 0, ms)
    doc.script = { url, at: begun, outcome }
    this.#sdk(doc, at)
  }

  // ── joining

  /** Decodes an exchange, finds the call that it belongs to, and writes or rewrites its entries. */
  #show(exchange: Exchange) {
    if (exchange.cleared || this.#held.has(exchange)) return
    if (exchange.shortUrl) {
      // The log knows what it holds.
      const { lanes } = requestLink(exchange)
      for (const row of known(exchange)) {
        const { request } = row.entry
        this.#rows.change(row, { outcome: exchange.outcome, ...(request && { request: { ...request, lanes } }) })
      }
      return
    }
    exchange.events ??= decodeRequest(exchange.raw, this.hosts)
    if (exchange.own < 0) this.#findCall(exchange, exchange.events)
    const { doc, call, rows, part } = exchange
    // Where the page was then: a single-page site may be elsewhere by now.
    const { url, site } = exchange.place
    const place = { ...doc.place, url, site: site || doc.place.site }
    // Of all its parts at once: for its size the whole body is encoded.
    const request = requestLink(exchange)
    for (const [i, event] of exchange.events.entries()) {
      const own = i === exchange.own ? call : null
      const change = {
        at: own ? own.link.at : round(exchange.asked ?? exchange.started ?? 0),
        place,
        facts: own?.event ? joinFacts(event.facts, own.event.facts) : event.facts,
        request,
        outcome: exchange.outcome,
        ...(call ? { call: call.link } : {}),
      }
      let row = rows[i]
      if (row) this.#rows.change(row, change)
      else {
        const live = call?.row ? call.row.entry.live : doc.page.state === 'live'
        row = this.#rows.add<EventEntry>({ kind: 'event', call: null, live, payload: [], ...change })
        rows[i] = row
        this.#mark(doc, row)
        if (call) this.#rows.tell(row, call.part)
      }
      this.#rows.tell(row, part)
    }
    this.#dismiss(exchange)
  }

  #dismiss(exchange: Exchange) {
    const { events, started, outcome, dismissed } = exchange
    if (dismissed || started === null || outcome === PENDING || events?.length !== 0) return
    exchange.dismissed = true
    this.dismiss(exchange)
  }

  #findCall(exchange: Exchange, events: DecodedEvent[]) {
    const { call, doc } = exchange
    if (call?.event && !call.joined) {
      const { facts } = call.event
      const named = events.findIndex(event => sameEvent(facts, event.facts, false))
      const i = named >= 0 ? named : events.findIndex(event => sameEvent(facts, event.facts, true))
      if (i >= 0) return this.#own(exchange, call, i)
    }
    const at = exchange.asked ?? exchange.started ?? 0
    const inTime = ({ link }: Call) =>
      link.queued ? doc.liveAt === null || at <= doc.liveAt + SENDING : at >= link.at - 50 && at <= link.at + SENDING
    for (const [i, event] of events.entries()) {
      let found: Call | null = null
      for (const waiting of doc.waiting) {
        if (!waiting.event || !sameEvent(waiting.event.facts, event.facts, false) || !inTime(waiting)) continue
        found ??= waiting
        if (!within(waiting.event, event)) continue
        found = waiting
        break
      }
      if (found) return this.#own(exchange, found, i)
    }
  }

  /** This event of the exchange is that call: from now on they are one entry. */
  #own(exchange: Exchange, call: Call, i: number) {
    exchange.call = call
    exchange.own = i
    call.joined = true
    const { doc, rows } = exchange
    const at = doc.waiting.indexOf(call)
    if (at >= 0) doc.waiting.splice(at, 1)
    const row = rows[i]
    if (!call.row || row === call.row) return
    const { live } = call.row.entry
    const kept = row ? this.#rows.unite(row, call.row) : call.row
    rows[i] = kept
    call.row = kept
    this.#rows.change(kept, { live })
  }

  #end(exchange: Exchange, outcome: Outcome, abort: Exchange['abort'] = null) {
    exchange.outcome = outcome
    exchange.abort = abort
    if (exchange.cleared) return
    for (const row of known(exchange)) this.#rows.change(row, { outcome })
    this.#dismiss(exchange)
  }

  #note(exchange: Exchange, text: string) {
    exchange.notes = [...exchange.notes, text]
    if (exchange.cleared) return
    for (const row of known(exchange)) this.#rows.tell(row, { notes: exchange.notes })
  }

  /** Takes a body that says more than the known one; true if it did. */
  #takeBody(exchange: Exchange, body: Body): boolean {
    if (worthOf(body) <= worthOf(exchange.raw.body)) return false
    exchange.raw = { ...exchange.raw, body }
    exchange.part = { request: exchange.raw }
    exchange.events = null
    return true
  }

  /** What the page has of the SDK and what became of its script, as an entry. */
  #sdk(doc: Doc, at: number, fresh = false) {
    const { queue, api, portal, prop } = doc.page
    const ended = doc.script?.outcome.state
    const stopped = ended === 'blocked' || ended === 'failed'
    const state: SdkState = doc.page.state !== 'live' && stopped ? 'blocked' : doc.page.state
    const script = doc.script && { ...doc.script, at: round(doc.script.at) }
    const before = doc.sdk?.entry
    const same =
      before?.state === state && before.api === api && before.portal === portal && before.prop === prop && !fresh
    if (doc.sdk && same) this.#rows.change(doc.sdk, { queue, script })
    else {
      const entry = { at: round(at), place: doc.place, state, queue, api, portal, prop, script }
      doc.sdk = this.#rows.add<SdkEntry>({ kind: 'sdk', ...entry })
    }
  }

  // ── documents

  #docOfRelay(nonce: string, speaker: Speaker, at: number | null): Doc {
    const known = this.#byNonce.get(nonce)
    if (known) {
      if (known.nonce === null && at !== null) this.#fresh.set(known, at)
      known.nonce = nonce
      keep(this.#byNonce, nonce, known, KEPT.documents)
      for (const key of [known.where, frameKey(known.place)])
        if (this.#byPlace.get(key) === known) keep(this.#byPlace, key, known, KEPT.documents)
      return known
    }
    const { tab, frame, documentId, url, site, partition, prerender } = speaker
    const key = `${this.#session}:${tab}`
    const where = documentId ?? (tab < 0 ? nonce : `${key}:${frame}`)
    const place: Place = { tab: key, frame, doc: documentId ?? nonce, site, partition, url: url.slice(0, 2048) }
    let doc = this.#byPlace.get(where)
    if (doc?.nonce) {
      // The next document of this frame.
      if (at !== null && doc.hiddenAt === null) this.#hide(doc, at)
      doc = undefined
    }
    if (doc) doc.place = place
    else doc = newDoc(place, where, prerender)
    doc.nonce = nonce
    keep(this.#byNonce, nonce, doc, KEPT.documents)
    this.#takePlace(doc)
    // Its own beginning, if that is what it says first; in the same breath it may say that it was away meanwhile.
    if (at !== null) this.#fresh.set(doc, at)
    return doc
  }

  #isEarly(exchange: Exchange, where: string) {
    const early = this.#early.get(where) ?? []
    early.push(exchange)
    if (early.length > KEPT.early) early.shift()
    keep(this.#early, where, early, KEPT.early)
  }

  /**
   * What was heard of since this document is in its frame, and no page has said to be its own (a worker's fetch, an image of the markup), is
   * this one's; and it has spoken now, so that what was taken back is judged.
   */
  #takeEarly(doc: Doc, since: number) {
    for (const where of [doc.where, frameKey(doc.place)]) {
      const others = this.#early.get(where)?.filter(exchange => !this.#takeOver(doc, exchange, since)) ?? []
      if (others.length > 0) this.#early.set(where, others)
      else this.#early.delete(where)
    }
  }

  /** False: it is another one's. */
  #takeOver(doc: Doc, exchange: Exchange, since: number): boolean {
    const { started, asked, abort } = exchange
    if (asked !== null || started === null) return true
    if (started < since || isGone(doc, started) || isElsewhere(exchange.place.url, doc.place.url)) return false
    const moved = exchange.doc !== doc
    // The next page is on its way long before the one that is there goes.
    if (moved && exchange.doc.nonce !== null && !isGone(exchange.doc, started)) return false
    exchange.doc = doc
    exchange.place = doc.place
    if (abort && (moved || !abort.known)) this.#aborted(exchange, abort.at, abort.error)
    this.#show(exchange)
    return true
  }

  /** A relay that spoke as its tab closed had no tab by Firefox's word: the request that its page asked for names it. */
  #settleIn(doc: Doc, { tab, frame, partition }: Place) {
    if (!isHomeless(doc.place) || isNoTab(tab)) return
    doc.place = { ...doc.place, tab, frame, partition }
    if (doc.sdk) this.#rows.change(doc.sdk, { place: doc.place })
  }

  /** From now on this is the document in its frame. */
  #takePlace(doc: Doc) {
    const { where, place } = doc
    keep(this.#byPlace, where, doc, KEPT.documents)
    // Firefox names no document for fetches with `keepalive`: they are of the one that is in the frame.
    keep(this.#byPlace, frameKey(place), doc, KEPT.documents)
  }

  /** Where the document is looked for that asks. */
  #whereIs({ tab, frame, documentId, url, partition }: Asker): string {
    const key = `${this.#session}:${tab}`
    // Workers of all sites and windows speak from tab −1.
    const jar = partition === 'normal' ? '' : `${partition} `
    return documentId ?? (tab < 0 ? `${key}:${jar}${url}` : `${key}:${frame}`)
  }

  /**
   * The document that asks, as far as it is known, and under which key. Firefox names only the frame of some: whose frame it was last may
   * be gone, or of another site, and then the request is neither its own nor judged by its pause.
   * @param begins the request starts now; what ends may have been asked for before its document went
   */
  #findAsker({ at, asker }: RequestFact, begins: boolean): { key: string; doc: Doc | undefined } {
    const { tab, documentId, url } = asker
    const key = this.#whereIs(asker)
    const doc = this.#byPlace.get(key)
    if (!doc || documentId !== null || tab < 0) return { key, doc }
    if (isElsewhere(url, doc.place.url)) {
      // Beside it: it may be there still.
      const beside = `${key} ${siteOf(url)}`
      return { key: beside, doc: this.#byPlace.get(beside) }
    }
    return { key, doc: begins && isGone(doc, at) ? undefined : doc }
  }

  #placeOfAsker(asker: Asker): Place {
    const { tab, frame, url, partition } = asker
    return {
      tab: `${this.#session}:${tab}`,
      frame,
      doc: this.#whereIs(asker),
      site: siteOf(url),
      partition,
      url: url.slice(0, 2048),
    }
  }

  #docOfAsker(fact: RequestFact, begins = false): Doc {
    const { at, asker } = fact
    const { key, doc = newDoc(this.#placeOfAsker(asker), this.#whereIs(asker), asker.prerender) } = this.#findAsker(
      fact,
      begins,
    )
    keep(this.#byPlace, key, doc, KEPT.documents)
    doc.heardAt = Math.min(doc.heardAt, at)
    return doc
  }

  #docOfEntry({ place, at }: LogEntry): Doc {
    const known = this.#byNonce.get(place.doc)
    if (known) return known
    const where = DOCUMENT_ID.test(place.doc) ? place.doc : frameKey(place)
    const doc = newDoc(place, where, false)
    doc.heardAt = at
    keep(this.#byNonce, place.doc, doc, KEPT.documents)
    this.#takePlace(doc)
    return doc
  }

  // ── time

  /**
   * Time goes on: requests that waited long enough for their other half become entries without it, and ends that nobody told
   * become "unknown". Gives when to ask again; null = nothing waits. What doesn't fit into the batch is due the next time.
   */
  tick(now: number): number | null {
    for (const [doc, since] of this.#fresh) this.#takeEarly(doc, since)
    this.#fresh.clear()
    const due = <T>(dues: Dues<T>) => takeDue(dues, now, () => this.full)
    for (const exchange of due(this.#held)) this.#show(exchange)
    for (const exchange of due(this.#unlisted)) {
      if (exchange.outcome !== PENDING) continue
      const why = exchange.resumed
        ? 'the recorder slept when it ended'
        : 'the page asked for it, the browser never listed it'
      this.#end(exchange, { state: 'unknown', why })
    }
    for (const doc of due(this.#left)) {
      if (doc.hiddenAt === null) continue
      for (const exchange of this.#byRequest.values())
        if (exchange.doc === doc && exchange.outcome === PENDING)
          this.#end(exchange, { state: 'unknown', why: 'the page went away, and nobody saw the end' })
      letGo(doc, Number.POSITIVE_INFINITY)
    }
    this.#meeting.giveUp(now)
    this.#passing.giveUp(now)
    if (now >= this.#tidyAt) {
      this.#tidyAt = now + FORGETTING
      for (const doc of new Set(this.#byNonce.values())) letGo(doc, now - FORGETTING)
      for (const [where, early] of this.#early)
        if (early.every(({ started }) => (started ?? 0) < now - FORGETTING)) this.#early.delete(where)
    }
    if (now > this.#forgetAt) {
      this.#forgetAt = Number.POSITIVE_INFINITY
      this.#resumed = []
      this.#missed.clear()
    }
    const next = Math.min(firstOf(this.#held), firstOf(this.#unlisted), firstOf(this.#left))
    return Number.isFinite(next) ? next : null
  }

  // ── after a restart

  /**
   * Goes on where the recorder before this one stopped.
   * @param entries newest of the log and what is still open, ascending by id
   */
  resume(entries: readonly LogEntry[], now: number): void {
    this.#wokeAt = now
    this.#forgetAt = now + FORGETTING
    const exchanges: Exchange[] = []
    const severals = new Map<string, Exchange>()
    for (const entry of entries) {
      if (entry.kind === 'sdk') this.#resumeSdk(entry)
      if (entry.kind !== 'event') continue
      const { call, request, outcome, at, place } = entry
      const row = this.#rows.adopt(entry)
      if (entry.prerender) {
        const unseen = this.#docOfEntry(entry)
        unseen.prerender = true
        unseen.unseen.push(row)
      }
      // However late: an end that comes then must find its request.
      if (at < now - PATIENCE && outcome.state !== 'queued' && !(outcome.state === 'pending' && request)) continue
      const doc = this.#docOfEntry(entry)
      const known: Call | null = call && {
        link: call,
        part: {},
        event: { facts: entry.facts, items: undefined, dims: undefined, extra: undefined },
        row,
        drained: false,
        joined: request !== null,
      }
      if (!request) {
        if (known && (outcome.state === 'pending' || outcome.state === 'queued')) doc.waiting.push(known)
        continue
      }
      const [part, of] = entry.facts.part
      // Parts of one request belong together; two equal requests don't.
      const key = `${place.doc} ${request.at} ${request.host}${request.path} ${of}`
      let exchange = of > 1 ? severals.get(key) : undefined
      if (exchange?.rows[part - 1]) exchange = undefined
      if (!exchange) {
        const { method, host, path, transport, lanes } = request
        const raw: RawRequest = { url: `https://${host}${path}`, method, body: { state: 'none' }, transport }
        exchange = newExchange(doc, raw, transport)
        exchange.resumed = true
        exchange.shortUrl = true
        exchange.asked = lanes === 'network' ? null : request.at
        exchange.started = lanes === 'hook' ? null : request.at
        exchange.outcome = outcome.state === 'pending' ? PENDING : outcome
        exchanges.push(exchange)
        severals.set(key, exchange)
        if (outcome.state === 'pending') this.#unlisted.set(exchange, now + LISTING)
      }
      exchange.rows[part - 1] = row
      if (known) {
        exchange.call = known
        exchange.own = part - 1
      }
    }
    this.#resumed = exchanges.filter(
      ({ asked, started, outcome }) =>
        asked === null || started === null || outcome === PENDING || outcome.state === 'unknown',
    )
  }

  #resumeSdk(entry: SdkEntry) {
    const doc = this.#docOfEntry(entry)
    const { state, queue, api, portal, prop, script, at } = entry
    doc.sdk = this.#rows.adopt(entry)
    doc.page = { state: state === 'blocked' ? 'queue' : state, queue, api, portal, prop }
    doc.script = script && { at, ...script }
    if (state === 'live') doc.liveAt = at
  }

  /** The first request of before a restart that fits and lacks just this half, or its end. */
  #findResumed(
    doc: Doc,
    transport: Transport,
    raw: RawRequest,
    lacks: 'page' | 'network' | 'end',
    at: number,
  ): Exchange | null {
    if (this.#resumed.length === 0) return null
    const { site, partition } = doc.place
    const key = urlKey(raw.url)
    const isOf = ({ doc: other, started }: Exchange) => {
      if (other === doc) return true
      if (other.place.site !== site || isPrivate(other.place.partition) !== isPrivate(partition)) return false
      if ([doc, other].some(one => isHomeless(one.place))) return true
      // What a worker fetched by itself is not what a page asks for much later.
      const isRecent = Math.abs(at - (started ?? at)) <= LISTING
      return other.place.partition === partition && (isNobodys(doc.place) || (isNobodys(other.place) && isRecent))
    }
    const isAlike = (exchange: Exchange) =>
      kindOf(exchange.transport) === kindOf(transport) ||
      (isNobodys(doc.place) && transport === 'fetch') ||
      (isNobodys(exchange.doc.place) && exchange.transport === 'fetch')
    const isLacking = ({ asked, started, outcome }: Exchange): boolean =>
      lacks === 'page'
        ? asked === null
        : lacks === 'network'
          ? started === null
          : // Given up as unknown, it may still come.
            started !== null && (outcome === PENDING || outcome.state === 'unknown')
    // After a burst there may be thousands: what costs least is asked first.
    const candidates = this.#resumed.filter(
      exchange =>
        isLacking(exchange) &&
        exchange.raw.method === raw.method &&
        isOf(exchange) &&
        isAlike(exchange) &&
        key.startsWith(urlKey(exchange.raw.url)),
    )
    if (candidates.length === 0) return null
    const found = candidates.find(exchange =>
      exchange.shortUrl
        ? this.#isLike(exchange, raw)
        : key === urlKey(exchange.raw.url) && !isOther(raw.body, exchange.raw.body),
    )
    // Of an end, and of a body that the network lane can't read, there is less to learn than what the log has.
    if (found?.shortUrl && (lacks === 'page' || (lacks === 'network' && raw.body.state !== 'unreadable')))
      learn(found, raw)
    return found ?? null
  }

  /** May it be this request of the log, of which only the event is known? If its names are in a body that nobody read, it may. */
  #isLike({ rows }: Exchange, raw: RawRequest): boolean {
    const facts = known({ rows })[0]?.entry.facts
    const [event] = decodeRequest(raw, this.hosts)
    if (!event || !facts || facts.ec + facts.ea === '' || event.facts.ec + event.facts.ea === '') return true
    return facts.ec === event.facts.ec && facts.ea === event.facts.ea && facts.content === event.facts.content
  }

  // ── entries

  /** Writes an entry of the recorder's own: a stored value, a pause. Gives a way to write it again with changes. */
  add<E extends LogEntry>(entry: Omit<E, 'id'>): (change: Partial<E>) => void {
    const row = this.#rows.add<E>(entry)
    return change => this.#rows.change(row, change)
  }

  /** The same for an entry that is in the log already. */
  adopt<E extends LogEntry>(entry: E): (change: Partial<E>) => void {
    const row = this.#rows.adopt(entry)
    return change => this.#rows.change(row, change)
  }

  /** Notes that what is logged of a tab up to now is cleared, and tells again what its pages have of the SDK. */
  clear(place: Place, now: number): Standing<ClearEntry> {
    const row = this.#rows.add<ClearEntry>({ kind: 'clear', at: round(now), place, state: 'open' })
    for (const doc of new Set(this.#byPlace.values())) if (doc.place.tab === place.tab) this.#retell(doc, now)
    return { entry: row.entry, change: change => this.#rows.change(row, change) }
  }

  #retell(doc: Doc, now: number) {
    // Of before a restart: if it is still there, its relay will speak, since it is asked to.
    if (doc.nonce === null) doc.sdk = null
    else if (doc.hiddenAt === null && (doc.page !== NOTHING || doc.script)) this.#sdk(doc, now, true)
  }

  /** Forgets all that is under way: everything was deleted. What the pages have of the SDK is told again. */
  reset(now: number): void {
    this.#rows.drop()
    this.#resumed = []
    this.#early.clear()
    const docs = new Set(this.#byPlace.values())
    this.#forget(docs, () => true)
    for (const doc of docs) this.#retell(doc, now)
  }

  /** Nothing that these documents have under way is told any more. */
  #forget(docs: Set<Doc>, isTheirs = ({ doc }: Exchange): boolean => docs.has(doc)) {
    const drop = (exchanges: Iterable<Exchange>) => {
      for (const exchange of exchanges) if (isTheirs(exchange)) exchange.cleared = true
    }
    drop(this.#byRequest.values())
    drop(this.#meeting.all())
    for (const doc of docs) {
      drop(doc.exchanges.values())
      drop(doc.bodies.values())
      const { place, where, prerender, heardAt, nonce, hiddenAt, liveAt, page, script } = doc
      Object.assign(doc, newDoc(place, where, prerender), { heardAt, nonce, hiddenAt, liveAt, page, script })
    }
  }

  get pending(): boolean {
    return this.#rows.pending
  }

  /** So much waits to be written that more should be told only after that. */
  get full(): boolean {
    return this.#rows.full
  }

  /** What is to be written, or null. Until `done` or `failed` is called, nothing else may be taken. */
  take(): Ready | null {
    return this.#rows.take()
  }

  /** The site of a tab's page is known now: its documents that have none of their own get it, and are forgotten if it is not `wanted`. */
  settle(tab: string, site: string, wanted: boolean): void {
    const settled = new Set([...this.#byPlace.values()].filter(({ place }) => place.tab === tab && !place.site))
    for (const doc of settled) doc.place = { ...doc.place, site }
    if (!wanted) this.#forget(settled)
  }

  /** Site of a relay's document, as far as it is known. */
  siteOf(nonce: string): string {
    return this.#byNonce.get(nonce)?.place.site ?? ''
  }

  /** Of a prerendered page that nobody looks at yet. */
  #mark(doc: Doc, row: Row<EventEntry>) {
    // What is not remembered would bear the mark for ever.
    if (!doc.prerender || doc.unseen.length >= KEPT.waiting) return
    this.#rows.change(row, { prerender: true })
    doc.unseen.push(row)
  }
}

const frameKey = ({ tab, frame }: Place): string => `${tab}:${frame}`

/** Asked for by a worker, or by a page that is gone: the browser names no tab. */
const isNobodys = ({ frame, tab }: Place): boolean => frame < 0 && isNoTab(tab)

/** By then it had gone, and has not come back. */
const isGone = ({ hiddenAt }: Doc, at: number): boolean => hiddenAt !== null && at > hiddenAt

/** Of two sites; an address that is not known, or has none, says nothing. */
const isElsewhere = (a: string, b: string): boolean => {
  const [one, other] = [siteOf(a), siteOf(b)]
  return one !== '' && other !== '' && one !== other
}

/** A page's document in no tab that the browser names. */
const isHomeless = ({ frame, tab }: Place): boolean => frame >= 0 && isNoTab(tab)

/** What a page's request has in common with the fetch by which its service worker passes it on. */
const passing = (meet: Meet, method: string): Meet => ({
  ...meet,
  where: `${meet.partition} ${meet.site} ${method}`,
  transport: 'fetch',
})

/** Entries of a request. Of one of before a restart some may lie too far back to be read again. */
const known = ({ rows }: Pick<Exchange, 'rows'>): Row<EventEntry>[] => rows.filter(row => row !== undefined)

/** The whole of a request of which only host and path were known. */
const learn = (exchange: Exchange, raw: RawRequest) => {
  exchange.shortUrl = false
  exchange.raw = raw
  exchange.part = { request: raw }
  exchange.events = null
}

/**
 * Lets go of what a document called and asked for before this time, since nobody will ask about it again: a page that is open for days,
 * and a thousand that were left, would hold all that they ever sent. What is in the stub's queue waits on; a page may come back from
 * the back-forward cache.
 */
const letGo = (doc: Doc, before: number) => {
  for (const [id, { link }] of doc.calls) if (link.at < before) doc.calls.delete(id)
  for (const asked of [doc.exchanges, doc.bodies])
    for (const [id, exchange] of asked) if ((exchange.asked ?? 0) < before) asked.delete(id)
  const { liveAt } = doc
  doc.waiting = doc.waiting.filter(({ link }) => (link.queued ? (liveAt ?? before) >= before : link.at >= before))
}

const meetOf = ({ where, place }: Doc, { url, body }: RawRequest, transport: Transport): Meet => ({
  where,
  frame: frameKey(place),
  page: place.url,
  site: place.site,
  partition: place.partition,
  isNobodys: isNobodys(place),
  isHomeless: isHomeless(place),
  transport,
  url,
  body,
})

/** Takes what is due, one by one, for as long as there is room for it. */
function* takeDue<T>(dues: Dues<T>, now: number, full: () => boolean): Generator<T> {
  for (const [one, at] of dues) {
    if (at > now || full()) return
    dues.delete(one)
    yield one
  }
}

const firstOf = (dues: Dues<unknown>): number => {
  for (const at of dues.values()) return at
  return Number.POSITIVE_INFINITY
}
