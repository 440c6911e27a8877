/**
 * The hook: runs in the page's own world, before the page's code, and tells the relay what the page asks of the SDK and which
 * requests that concern the SDK it asks of the browser. It must never harm the page: natives are captured first, wrappers are
 * proxies that know only `apply` (name, length and own properties stay), results and errors pass unchanged, objects of the page
 * are read by descriptor, and a fault of ours ends in an empty `catch`. What doesn't concern the SDK costs a string test.
 */
import { mayConcern, namesPortal, type Target } from '../sdk/match'
import { PORTAL_GLOBAL, PROP_GLOBAL, WEB_GLOBAL } from '../sdk/names'
import { readBody, readText } from './bodies'
import type { Up } from './channel'
import { openInPage } from './channel-page'
import { lastEvent } from './layer'
import {
  apply,
  asked,
  at,
  bare,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  getter,
  hasOwn,
  indexOf,
  isArray,
  isObject,
  isPrototypeOf,
  listen,
  lower,
  mapGet,
  mapSet,
  parse,
  quote,
  slice,
  textOf,
  uncurry,
  valueOf,
} from './natives'
import { FAILED, type FIELDS, PATH_SAYS, REFUSED, TEXT_CAP, type ToldBody, UNREAD } from './record'
import { serialise } from './serialise'

type Trap = (target: AnyFunction, self: unknown, args: unknown[]) => unknown
type AnyFunction = (...args: never[]) => unknown

const page = globalThis as typeof globalThis & Window
const document = page.document
const Wrapper = Proxy
const PageError = Error
/** Not in every Firefox. */
const captureStackTrace = (PageError as { captureStackTrace?: (into: object, above: AnyFunction) => void })
  .captureStackTrace
const REQUEST = Request.prototype
const URLS = URL.prototype
const SCRIPT = HTMLScriptElement.prototype
const IMAGE = HTMLImageElement.prototype
const OBJECT = Object.prototype
const FUNCTION = Function.prototype

const baseOf = getter<string>(Node.prototype, 'baseURI')
const elementOf = getter<unknown>(Event.prototype, 'target')
const hrefOf = getter<string>(URLS, 'href')
const scriptSrc = getter<string>(SCRIPT, 'src')
const requestUrl = getter<string>(REQUEST, 'url')
const requestMethod = getter<string>(REQUEST, 'method')
const cloneRequest = uncurry(REQUEST.clone)
const requestText = uncurry(REQUEST.text)
const then = uncurry(Promise.prototype.then<unknown, unknown>)
const textOfFunction = uncurry(FUNCTION.toString)
/** The clock that the network lane goes by too; the page's fine one stands still while the machine sleeps. */
const now = Date.now

// ── telling the relay

let send: (what: string | FormDataEvent, type?: Up) => void
/** Calls and requests of this document, counted together. */
let ids = 0
/** The SDK call that runs now; 0 = none. */
let current = 0

/** A frame can be taken away in the middle of a task. */
const inFrame = page.top !== page
/** Those of the SDK that run now. */
let calls = 0
/** Records that were not told yet, each with a line break after it. */
let lines = ''

const tell = () => {
  const text = lines
  lines = ''
  if (text) send(text)
}

/** When the page's task ends: nothing of the page's is asked for it, and of the browser's nothing but the engine itself. */
const tellLater = async () => {
  await 0
  tell()
}

/**
 * The page doesn't wait for its records to be told. Those of a frame go when a call of the SDK returns, since each way through the channel
 * costs; and what is more than is good for one text goes at once.
 */
const tellDue = () => {
  if ((inFrame && !calls) || lines.length > 1e6) tell()
}

/** As `FIELDS` in record.ts names them. */
const emit = (...record: [k: keyof typeof FIELDS, ...values: (string | number | boolean | null | undefined)[]]) => {
  if (!lines) tellLater()
  lines += quote(bare(record)) + '\n'
  tellDue()
}

const describe = (error: unknown): string => textOf(valueOf(error, 'message')) || typeof error

/** That a call or request threw, which goes on to the page unchanged; or that it was refused. */
const note = (id: number, text: string, error?: unknown) => {
  try {
    if (id) emit('note', id, text || `threw: ${describe(error)}`)
  } catch {}
}

/**
 * The stack above one of our functions; '' when the page has switched stacks off, or would be asked how to write one. Not that of an
 * error: its first line holds what the page's `Error.prototype` says.
 */
const pageStack = (above: AnyFunction): string => {
  if (!captureStackTrace || 'prepareStackTrace' in PageError) return ''
  const traced = {} as { stack: unknown }
  captureStackTrace(traced, above)
  return textOf(traced.stack, 4_500)
}

// ── wrapping

/** Wrapper → what it wraps, and back. */
const originals = new WeakMap<object, AnyFunction>()
const wrappers = new WeakMap<object, AnyFunction>()
/** How often something of an object was replaced: another hook may take ours for the page's own, and so on by turns. */
const turns = new WeakMap<object, number>()

const wrapperOf = (original: AnyFunction, trap: Trap): AnyFunction => {
  let wrapper = mapGet(wrappers, original) as AnyFunction | undefined
  if (!wrapper) {
    wrapper = new Wrapper(original, bare({ apply: trap }))
    mapSet(wrappers, original, wrapper)
    mapSet(originals, wrapper, original)
  }
  return wrapper
}

const unwrap = <T>(value: T): T => (mapGet(originals, value as object) as T | undefined) ?? value

/** Puts a wrapper in place of a method or setter, its descriptor kept; what can't be replaced is left alone. */
const replace = (holder: object, key: PropertyKey, trap: Trap, slot: 'value' | 'set' = 'value') => {
  const descriptor = getOwnPropertyDescriptor(holder, key)
  if (!descriptor) return
  bare(descriptor)
  const original: unknown = descriptor[slot]
  if (typeof original !== 'function' || mapGet(originals, original)) return
  const turn = (mapGet(turns, holder) as number | undefined) ?? 0
  if (turn > 16) return
  mapSet(turns, holder, turn + 1)
  descriptor[slot] = wrapperOf(original as AnyFunction, trap) as never
  defineProperty(holder, key, descriptor)
}

// ── what the page has of the SDK

/** Names of the SDK's globals, the web SDK's first, each with those of its methods; from the relay, since every page carries this code. */
let apis: [name: string, ...methods: string[]][]
const seenEntries = new WeakMap<object, true>()
/** How far the queue was read, and up to which entry: at that place of another queue there is another one. */
let entriesSeen = 0
let entrySeen: unknown
/** The stub: the one that was there when the SDK's script was asked for, or that looks like it. */
let stub: unknown = null
let scriptRan = false
/** What was told last of what the page has. */
let stateSeen = 'absent|0|||'

const webApi = () => unwrap(valueOf(page, WEB_GLOBAL))
const queueOf = (api: unknown): object | null => {
  const queue = valueOf(api, 'queue')
  return isArray(queue) && !hasOwn(queue, 'push') ? queue : null
}
const lengthOf = (queue: object | null) => (valueOf(queue, 'length') as number | undefined) ?? 0

/** The documented stub is its own `track`. A real SDK may carry a queue too. */
const isStub = (api: unknown): boolean => {
  const queue = queueOf(api)
  return (
    !!queue && (api === stub || unwrap(valueOf(api, 'track')) === api || (!stub && !scriptRan && lengthOf(queue) > 0))
  )
}

/** Reads what is new in an API's queue. `told`: the call under way told of the first new entry already. */
const readQueue = (api: unknown, told = false) => {
  const queue = queueOf(api)
  const length = lengthOf(queue)
  // More than a page can fill: `length` was set.
  if (!queue || length > 1e5) return
  if (valueOf(queue, entriesSeen - 1) !== entrySeen) entriesSeen = 0
  for (; entriesSeen < length; entriesSeen++) {
    const entry = valueOf(queue, entriesSeen)
    entrySeen = entry
    if (!isObject(entry) || mapGet(seenEntries, entry)) continue
    mapSet(seenEntries, entry, true)
    if (!told) tellCall(WEB_GLOBAL, entry, '', true)
    told = false
  }
}

const tellCall = (api: string, args: object, stack: string, queued: boolean): number => {
  const id = ++ids
  emit(
    'call',
    id,
    now(),
    api,
    serialise(args),
    stack,
    queued,
    current,
    indexOf(stack, 'id=G') > 0 ? lastEvent(valueOf(page, 'dataLayer')) : '',
  )
  return id
}

/** @param owner the object that the function is a method of; when it is that object itself (the stub), `self` says how it was called */
const onCall = (owner: object, name: string, method = ''): Trap =>
  function trap(target, self, args) {
    const outer = current
    let id = 0
    let queued = false
    calls++
    try {
      queued = isStub(owner)
      id = tellCall(
        !method || ((target as unknown) === owner && !isObject(self)) ? name : `${name}.${method}`,
        args,
        pageStack(trap),
        queued,
      )
      current = id
    } catch {}
    try {
      // A proxy as `this` would break private fields.
      return apply(target, unwrap(self), args)
    } catch (error) {
      note(id, '', error)
      throw error
    } finally {
      current = outer
      calls--
      try {
        if (queued) readQueue(owner, true)
        tellDue()
      } catch {}
    }
  }

/** Gives the name of what the page has; '' if it hasn't. */
const attach = (methods: (typeof apis)[number]): string => {
  const name = methods[0]
  const api = unwrap(valueOf(page, name))
  if (!isObject(api)) return ''
  // The first is the name.
  for (let i = methods.length; --i; ) {
    const method = methods[i] as string
    for (
      let holder: object | null = api;
      holder && holder !== OBJECT && holder !== FUNCTION;
      holder = getPrototypeOf(holder)
    )
      if (hasOwn(holder, method)) {
        replace(holder, method, onCall(api, name, method))
        break
      }
  }
  // A class can't be called, and its static methods may have private fields.
  if (typeof api === 'function' && slice(textOfFunction(api), 0, 5) !== 'class') replace(page, name, onCall(api, name))
  return name
}

const idOf = (value: unknown) => textOf(typeof value === 'number' ? `${value}` : value)

/** What the page had as the web SDK when it was looked at last. */
let webSeen: unknown

/**
 * Looks at what the page has of the SDK now, wraps what is new, and tells what changed. Called at moments when it may have changed.
 * @param often each script of the page is such a moment: where there is no SDK they all would wait for what is told with it
 */
let look = (often?: boolean) => {
  try {
    let api = ''
    // The first counts.
    for (let i = apis.length; i--; ) api = attach(apis[i] as (typeof apis)[number]) || api
    if (often && !api) return
    webSeen = valueOf(page, WEB_GLOBAL)
    const web = unwrap(webSeen)
    if (!stub && isStub(web)) stub = web
    readQueue(web)
    // A page that kept the stub goes on filling its queue.
    readQueue(stub)
    const state = !api ? 'absent' : isStub(web) ? 'queue' : 'live'
    const queue = lengthOf(queueOf(web))
    const portal = idOf(valueOf(page, PORTAL_GLOBAL))
    const prop = idOf(valueOf(page, PROP_GLOBAL)) || idOf(valueOf(web, 'propId'))
    const seen = `${state}|${queue}|${api}|${portal}|${prop}`
    if (seen !== stateSeen) emit('sdk', now(), state, queue, api, portal, prop)
    stateSeen = seen
  } catch {}
}

/** The same for the many moments in which mostly nothing changed. */
const glance = () => {
  try {
    const web = valueOf(page, WEB_GLOBAL)
    if (web === webSeen && isObject(web) && !queueOf(unwrap(web))) return
  } catch {}
  look()
}

// ── requests

/** What a page gives as a URL, as text; '' if that would run its code. */
const urlText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : isPrototypeOf(URLS, value)
      ? hrefOf(value)
      : isPrototypeOf(REQUEST, value)
        ? requestUrl(value)
        : ''

let answer = ''
/** The path that was asked for last, if it says all, as on the SDK's hosts; and what it is. */
let pathKnown = ''
let targetKnown: Target | '' = ''

/** What a URL is to the SDK; '' = nothing. The relay knows; nearly all URLs fail the test before that. */
const targetOf = (url: string): Target | '' => {
  if (!mayConcern(url)) return ''
  const query = indexOf(url, '?')
  const path = query < 0 ? url : slice(url, 0, query)
  if (path !== pathKnown) {
    answer = ''
    send(url, 'url')
    if (slice(answer, 0, 1) !== PATH_SAYS) return answer as Target | ''
    pathKnown = path
    targetKnown = slice(answer, 1) as Target
  }
  return targetKnown
}

/** The URL that was looked at last could be anybody's: the body decides. */
let doubtful = false

/** Is it an event? What else concerns the SDK only says that the page may have more of it now. */
const matches = (url: string): boolean => {
  const target = targetOf(url)
  doubtful = target === 'maybe'
  if (target === 'script') expectScript()
  if (target === 'script' || target === 'other') look()
  else return !!target
  return false
}

const expectScript = () => {
  const api = webApi()
  stub ||= queueOf(api) && api
  watch()
}

/** Reads the body of a copy of a request. */
const readCopy = (id: number, copy: Request) => {
  // As text: of an object the browser would ask whether it has a `then`, which `Object.prototype` may answer.
  const promise = requestText(copy)
  // `then` looks at it, and the page may have put something of its own there.
  defineProperty(promise, 'constructor', bare({}))
  const tellBody = (body: ToldBody) => emit('body', id, body[0], at(body, 1) as number)
  then(
    promise,
    text => tellBody(readText(text as string)),
    () => tellBody([FAILED]),
  )
}

/** Tells of a request that is about to be made; gives its id, 0 if it turns out to be somebody else's. `copy`: what has its body. */
const ask = (via: string, url: string, method?: unknown, body?: unknown, copy?: Request | null | false): number => {
  const read = copy ? ([UNREAD] as const) : readBody(body)
  // Nothing in the request is the SDK's; of a body that only reads later one can't know.
  if (doubtful && read[0] !== UNREAD && !namesPortal(url) && !namesPortal(`${read[0]}`)) return 0
  glance()
  emit(
    'request',
    ++ids,
    now(),
    current,
    via,
    slice(url, 0, TEXT_CAP),
    slice(baseOf(document), 0, TEXT_CAP),
    textOf(method) || 'GET',
    read[0],
    at(read, 1) as number,
  )
  const later = at(read, 2)
  if (later) {
    send(`${ids}`, 'id')
    send(later as FormDataEvent)
  }
  if (copy) readCopy(ids, copy)
  return ids
}

/** Gives the id of the request that is about to be made, if it concerns the SDK. */
type See = (self: unknown, args: unknown[]) => number | false | undefined

const seeFetch: See = (_, args) => {
  const input = at(args, 0)
  const url = urlText(input)
  if (!matches(url)) return
  const init = at(args, 1)
  const body = valueOf(init, 'body')
  const method = isPrototypeOf(REQUEST, input) && requestMethod(input)
  // One that was used already can't be copied, and goes nowhere.
  return ask(
    'fetch',
    url,
    valueOf(init, 'method') ?? method,
    body,
    !body && method && method !== 'GET' ? asked(cloneRequest, input) : null,
  )
}

/** XHRs that are to be seen when they are sent; null: opened again for something else. */
const opened = new WeakMap<object, [url: string, method: unknown, doubtful: boolean] | null>()

const onOpen: Trap = (target, self, args) => {
  // When it throws, the request is still what it was.
  const result = apply(target, self, args)
  try {
    const url = urlText(at(args, 1))
    if (matches(url)) mapSet(opened, self as object, [url, at(args, 0), doubtful])
    else if (mapGet(opened, self as object)) mapSet(opened, self as object, null)
  } catch {}
  return result
}

const seeSend: See = (self, args) => {
  const request = mapGet(opened, self as object)
  if (!request) return
  doubtful = request[2]
  return ask('xhr', request[0], request[1], at(args, 0))
}

const seeBeacon: See = (_, args) => {
  const url = urlText(at(args, 0))
  return matches(url) && ask('beacon', url, 'POST', at(args, 1))
}

const seeSrc = (self: unknown, args: unknown[], index = 0) => {
  const url = urlText(at(args, index))
  if (!matches(url)) return
  const via = isPrototypeOf(SCRIPT, self) ? 'script' : isPrototypeOf(IMAGE, self) && 'image'
  return via && ask(via, url)
}

const seeAttribute: See = (self, args) => {
  const name = at(args, 0)
  return typeof name === 'string' && name.length === 3 && lower(name) === 'src' && seeSrc(self, args, 1)
}

/** One way out of the page. */
const watchWay = (holder: object, key: string, see: See, slot?: 'set') =>
  replace(
    holder,
    key,
    (target, self, args) => {
      let id: ReturnType<See>
      try {
        id = see(self, args)
      } catch {}
      if (!id) return apply(target, self, args)
      try {
        const result = apply(target, self, args)
        // Only of a beacon.
        if (result === false) note(id, REFUSED)
        return result
      } catch (error) {
        note(id, '', error)
        throw error
      }
    },
    slot,
  )

// ── moments

const onScript = (event: Event, ran = true) => {
  try {
    const script = event.isTrusted && elementOf(event)
    if (!isPrototypeOf(SCRIPT, script)) return
    if (targetOf(scriptSrc(script)) === 'script') {
      expectScript()
      scriptRan ||= ran
    }
    look(true)
  } catch {}
}
const onFailed = (event: Event) => onScript(event, false)

/** `isTrusted` can't be overridden; what a page dispatches by itself is no moment. */
const onMoment = (event: Event) => {
  if (event.isTrusted) look()
}

/** `document.open()` takes listeners away; adding them again is harmless. */
const watch = () => {
  listen(document, 'load', onScript, true)
  listen(document, 'error', onFailed, true)
  listen(document, 'DOMContentLoaded', onMoment)
  listen(page, 'load', onMoment)
  listen(page, 'pageshow', onMoment)
}

// ── commands of the panel

/** Makes one call on the page's API with objects of the page's own world; gives '', `?` if there is none, or `!` and what it threw. */
const run = (name: string, method: string, args: unknown[]): string => {
  type Holder = Record<string, unknown> | undefined
  const owner = unwrap((page as unknown as Record<string, Holder>)[name])
  const found = method ? owner?.[method] : owner
  if (typeof found !== 'function') return '?'
  try {
    onCall(owner as object, name, method)(unwrap(found) as AnyFunction, method ? owner : undefined, args)
    return ''
  } catch (error) {
    return `!${describe(error)}`
  }
}

/** From the relay: nothing more is wanted (`!`), what the page has of the SDK (`?`), a call to make (a list), an answer to `targetOf`, or all that waits (''). */
const received = (text: string) => {
  try {
    if (!text) tell()
    else if (text === '!') {
      look = send = () => {}
    } else if (text === '?') {
      look()
      send(`${stateSeen}|${stub && stub === webApi()}`, 'reply')
    } else if (text[0] === '[') {
      look()
      const call = parse(text)
      send(run(call[0], call[1], call[2]), 'reply')
    } else answer = text
  } catch {}
}

/** Waits for a relay, then installs itself, once. */
export function installHook(): void {
  try {
    openInPage(
      page,
      (way, greeting) => {
        try {
          apis = parse(greeting)
          send = way
          replace(FUNCTION, 'toString', (target, self, args) => apply(target, unwrap(self), args))
          watchWay(page, 'fetch', seeFetch)
          replace(XMLHttpRequest.prototype, 'open', onOpen)
          watchWay(XMLHttpRequest.prototype, 'send', seeSend)
          watchWay(Navigator.prototype, 'sendBeacon', seeBeacon)
          watchWay(SCRIPT, 'src', seeSrc, 'set')
          watchWay(IMAGE, 'src', seeSrc, 'set')
          watchWay(Element.prototype, 'setAttribute', seeAttribute)
          watch()
          look()
        } catch {}
      },
      received,
    )
  } catch {}
}
