/**
 * Events of one visit say the same again and again: who, from where, under which conditions. In a long file each says it with
 * strings of its own, and small ones, cut out of a URL, would keep the whole URL alive. Here equal things become one thing.
 */
import type { EventEntry, LogEntry, Outcome, Place, RequestLink } from '../identity/entry'
import type { Attributes, EventFacts, Json, Remark } from '../sdk/event'

/** A code with more values than these is another on every event (the page's URL, a time): not worth remembering. */
const MOST_VALUES = 512
/** Texts remembered at most; then it begins afresh. */
const MOST_TEXTS = 20_000
/** Longer ones hardly ever come twice. */
const LONGEST = 200

/** Lists of attributes that begin alike and are remembered. */
const LISTS = 4
/** Documents that are remembered: those of a page and its frames. */
const PLACES = 8

const EMPTY: Attributes = []
const WHOLE: EventFacts['part'] = [1, 1]

type Pair = Attributes[number]

/** A copy of its own, not a window into the text that it was cut out of. */
const own = (text: string): string => JSON.parse(JSON.stringify(text)) as string

export class Shared {
  private readonly texts = new Map<string, string>()
  private readonly pairs = new Map<string, Map<Json, Pair> | null>()
  private readonly cids = new Map<string, EventFacts['cids']>()
  /** By their first pair. */
  private readonly lists = new WeakMap<Pair, Attributes[]>()
  private readonly said = new Map<string, Remark[]>()
  private readonly outcomes = new Map<string, Outcome>()
  /** The newest ones: entries of one document stand together, mostly. */
  private places: Place[] = []

  /** Equal texts come back as one. */
  text<T extends string | null>(value: T): T {
    if (value === null || value.length > LONGEST) return value
    const known = this.texts.get(value)
    if (known !== undefined) return known as T
    if (this.texts.size >= MOST_TEXTS) this.texts.clear()
    const kept = own(value)
    this.texts.set(kept, kept)
    return kept as T
  }

  /** An entry that says the same as `entry`, sharing what earlier ones said. */
  entry(entry: LogEntry): LogEntry {
    const place = this.place(entry.place)
    if (entry.kind !== 'event') return { ...entry, place }
    const { call, payload, prerender } = entry
    // Written out key by key: what is copied, or comes out of the database, keeps most of its values in a second object.
    const shared: EventEntry = {
      kind: this.text(entry.kind),
      id: entry.id,
      at: entry.at,
      place,
      facts: this.facts(entry.facts),
      call: call && { ...call, api: this.text(call.api), by: this.text(call.by), caller: this.text(call.caller) },
      request: entry.request && this.request(entry.request),
      outcome: this.outcome(entry.outcome),
      live: entry.live,
      payload: payload.length === 0 ? NO_PAYLOAD : payload,
    }
    if (prerender) shared.prerender = prerender
    return shared
  }

  private request({ at, transport, method, host, path, bytes, least, lanes }: RequestLink): RequestLink {
    const shared: RequestLink = {
      at,
      transport: this.text(transport),
      method: this.text(method),
      host: this.text(host),
      path: this.text(path),
      bytes,
      lanes: this.text(lanes),
    }
    if (least) shared.least = least
    return shared
  }

  private place(place: Place): Place {
    const known = this.places.find(
      ({ doc, tab, frame, url, site, partition }) =>
        doc === place.doc &&
        tab === place.tab &&
        frame === place.frame &&
        url === place.url &&
        site === place.site &&
        partition === place.partition,
    )
    if (known) return known
    const { tab, site, partition, url } = place
    const kept = {
      ...place,
      tab: this.text(tab),
      site: this.text(site),
      partition: this.text(partition),
      url: this.text(url),
    }
    this.places = [kept, ...this.places.slice(0, PLACES - 1)]
    return kept
  }

  /** Most ended as many others did, to the millisecond. */
  private outcome(outcome: Outcome): Outcome {
    if (outcome.state !== 'done') return outcome
    const key = `${outcome.status} ${outcome.ms}`
    const known = this.outcomes.get(key)
    if (known) return known
    if (this.outcomes.size >= MOST_TEXTS) this.outcomes.clear()
    this.outcomes.set(key, outcome)
    return outcome
  }

  /** Facts that say the same as `facts`, sharing what earlier ones said. */
  facts(facts: EventFacts): EventFacts {
    const { cids, cidPath, problems, part } = facts
    const same = this.sameCids(cids)
    const shared: EventFacts = {
      ec: this.text(facts.ec),
      ea: this.text(facts.ea),
      en: this.text(facts.en),
      kind: this.text(facts.kind),
      wire: this.text(facts.wire),
      channel: this.text(facts.channel),
      uid: this.text(facts.uid),
      aid: this.text(facts.aid),
      portal: this.text(facts.portal),
      prop: this.text(facts.prop),
      cid: same[0] && facts.cid === same[0][1] ? same[0][1] : this.text(facts.cid),
      cidPath: this.text(cidPath),
      cids: same,
      carries: facts.carries,
      whyNot: this.text(facts.whyNot),
      customers: facts.customers && this.attributes(facts.customers),
      users: facts.users && this.attributes(facts.users),
      inferred: facts.inferred && this.attributes(facts.inferred),
      system: this.attributes(facts.system),
      session: this.text(facts.session),
      page: this.text(facts.page),
      identifyType: this.text(facts.identifyType),
      reset: facts.reset,
      content: facts.content,
      order: facts.order,
      about: this.text(facts.about),
      problems: problems.length === 0 ? NO_PROBLEMS : problems,
      part: part[0] === 1 && part[1] === 1 ? WHOLE : part,
    }
    if (facts.remarks) shared.remarks = this.remarks(facts.remarks)
    return shared
  }

  /** A site makes the same mistake in each event. */
  private remarks(remarks: Remark[]): Remark[] {
    let key = ''
    for (const { code, path, text } of remarks) key += `${code} ${path.length} ${path}${text.length} ${text}`
    if (key.length > LONGEST) return remarks
    const known = this.said.get(key)
    if (known) return known
    if (this.said.size >= MOST_TEXTS) this.said.clear()
    this.said.set(key, remarks)
    return remarks
  }

  private attributes(attributes: Attributes): Attributes {
    if (attributes.length === 0) return EMPTY
    const pairs = attributes.map(pair => this.pair(pair))
    const [first] = pairs as [Pair]
    const known = this.lists.get(first)
    const same = known?.find(list => list.length === pairs.length && list.every((pair, n) => pair === pairs[n]))
    if (same) return same
    if (!known) this.lists.set(first, [pairs])
    else if (known.length < LISTS) known.push(pairs)
    return pairs
  }

  private pair(pair: Pair): Pair {
    const [code, value] = pair
    if ((typeof value === 'object' && value !== null) || (typeof value === 'string' && value.length > LONGEST))
      return pair
    let values = this.pairs.get(code)
    if (values === null) return pair
    if (!values) {
      if (this.pairs.size >= MOST_TEXTS) this.pairs.clear()
      this.pairs.set(code, (values = new Map()))
    }
    const known = values.get(value)
    if (known) return known
    // What it holds already stays shared by those who have it.
    if (values.size >= MOST_VALUES) this.pairs.set(code, null)
    else values.set(value, pair)
    return pair
  }

  private sameCids(cids: EventFacts['cids']): EventFacts['cids'] {
    const key = cids.map(pair => pair.join('\n')).join('\n\n')
    const known = this.cids.get(key)
    if (known) return known
    if (this.cids.size >= MOST_TEXTS) this.cids.clear()
    const kept = cids.map(([path, cid]): [string, string] => [this.text(path), this.text(cid)])
    this.cids.set(key, kept)
    return kept
  }
}

const NO_PROBLEMS: EventFacts['problems'] = []
const NO_PAYLOAD: EventEntry['payload'] = []
