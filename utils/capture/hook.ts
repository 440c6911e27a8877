/**
 * The hook: runs in the page's own world, before the page's code, and tells the relay what the page asks of the SDK and which
 * requests that concern the SDK it asks of the browser. It must never harm the page: natives are captured first, wrappers are
 * proxies that know only `apply` (name, length and own properties stay), results and errors pass unchanged, objects of the page
 * are read by descriptor, and a fault of ours ends in an empty `catch`. What doesn't concern the SDK costs a string test.
 */
import { mayConcern, namesPortal, type Target } from '../sdk/match'
import { BRIDGE_METHODS, BRIDGES, PORTAL_GLOBAL, PROP_GLOBAL, WEB_GLOBAL, WEB_METHODS } from '../sdk/names'
import { type Copy, NOT_READ, readBody, readCopy } from './bodies'
import { openInPage, type Up } from './channel'
import {
  apply,
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
  lower,
  mapGet,
  mapSet,
  parse,
  quote,
  slice,
  uncurry,
  valueOf,
} from './natives'
import { type FlatBody, type HookRecord, PATH_SAYS, REFUSED, TEXT_CAP } from './record'
import { serialise } from './serialise'

type Trap = (target: AnyFunction, self: unknown, args: unknown[]) => unknown
type AnyFunction = (...args: never[]) => unknown

const page = globalThis as typeof globalThis & Window
const { document } = page
const { Proxy: Wrapper, URL: Url, Error: PageError } = page
/** Not in every Firefox. */
const { captureStackTrace } = PageError as { captureStackTrace?: (into: object) => void }
const REQUEST = Request.prototype
const URLS = Url.prototype
const SCRIPT = HTMLScriptElement.prototype
const IMAGE = HTMLImageElement.prototype
const { prototype: OBJECT } = Object
const { prototype: FUNCTION } = Function

const baseOf = getter<string>(Node.prototype, 'baseURI')
const elementOf = getter<unknown>(Event.prototype, 'target')
const typeOf = getter<string>(Event.prototype, 'type')
const hrefOf = getter<string>(URLS, 'href')
const scriptSrc = getter<string>(SCRIPT, 'src')
const requestUrl = getter<string>(REQUEST, 'url')
const requestMethod = getter<string>(REQUEST, 'method')
const requestUsed = getter<boolean>(REQUEST, 'bodyUsed')
/** Not in every Firefox. */
const requestBody = 'body' in REQUEST ? getter<unknown>(REQUEST, 'body') : () => true
const cloneRequest = uncurry(REQUEST.clone)
const textOfFunction = uncurry(FUNCTION.toString)
const upper = uncurry(String.prototype.toUpperCase)
const listen = uncurry(EventTarget.prototype.addEventListener)
/** The clock that the network lane goes by too; the page's fine one stands still while the machine sleeps. */
const now = Date.now

// ── telling the relay

let send: (text: string, type?: Up) => void = () => {}
/** Calls and requests of this document, counted together. */
let ids = 0
/** The SDK call that runs now; 0 = none. */
let current = 0
/** The panel's action that runs now; '' = none. */
let command = ''

/** Records made during a call of the SDK go together when it returns: each way through the channel costs. */
let calls = 0
let lines = ''

const emit = (record: HookRecord) => {
  const line = quote(bare(record))
  if (calls) lines += `${lines && '\n'}${line}`
  else send(line)
}

const describe = (error: unknown): string => {
  const message = isObject(error) && valueOf(error, 'message')
  return typeof message === 'string' ? slice(message, 0, 200) : typeof error
}

/** What it threw goes on to the page unchanged. */
const noteThrown = (id: number, error: unknown) => {
  try {
    emit({ k: 'note', id, text: `threw: ${describe(error)}` })
  } catch {}
}

/** Where our own frames in a stack come from: `-extension://<id>`. */
const OWN = (() => {
  const stack = `${new PageError().stack}`
  const from = indexOf(stack, '-extension://')
  return from < 0 ? '-extension://' : slice(stack, from, from + 45)
})()

/**
 * The stack without our own frames; '' when the page has switched stacks off, or would be asked how to write one. Not that of an
 * error: its first line holds what the page's `Error.prototype` says.
 */
const pageStack = (): string => {
  if ('prepareStackTrace' in PageError) return ''
  const traced = bare({ stack: '' })
  captureStackTrace?.(traced)
  const { stack } = traced
  if (typeof stack !== 'string') return ''
  let from = 0
  for (;;) {
    const end = indexOf(stack, '\n', from)
    const line = slice(stack, from, end < 0 ? undefined : end)
    if (line !== 'Error' && indexOf(line, OWN) < 0) return slice(stack, from, from + 4096)
    if (end < 0) return ''
    from = end + 1
  }
}

// ── wrapping

/** Wrapper → what it wraps, and back. */
const originals = new WeakMap<object, AnyFunction>()
const wrappers = new WeakMap<object, AnyFunction>()
/** How often something of an object was replaced: another hook may take ours for the page's own, and so on by turns. */
const turns = new WeakMap<object, number>()
const TURNS = 16

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
const replace = (holder: object, key: PropertyKey, slot: 'value' | 'set', trap: Trap) => {
  const descriptor = getOwnPropertyDescriptor(holder, key)
  if (!descriptor) return
  bare(descriptor)
  const original: unknown = descriptor[slot]
  if (typeof original !== 'function' || mapGet(originals, original)) return
  if (!descriptor.configurable && !(slot === 'value' && descriptor.writable)) return
  const turn = (mapGet(turns, holder) as number | undefined) ?? 0
  if (turn > TURNS) return
  mapSet(turns, holder, turn + 1)
  descriptor[slot] = wrapperOf(original as AnyFunction, trap) as never
  defineProperty(holder, key, descriptor)
}

// ── what the page has of the SDK

const seenEntries = new WeakMap<object, true>()
/** How far the queue was read, and up to which entry. */
let queueSeen: object | null = null
let entriesSeen = 0
let entrySeen: unknown
/** The stub: the one that was there when the SDK's script was asked for, or that looks like it. */
let stub: unknown = null
let scriptRan = false
let stateSeen = 'absent|0|'
let sourceSeen = '|'

const webApi = () => unwrap(valueOf(page, WEB_GLOBAL))
const queueOf = (api: unknown): object | null => {
  const queue = isObject(api) ? valueOf(api, 'queue') : null
  return isArray(queue) && !hasOwn(queue, 'push') ? queue : null
}
const lengthOf = (queue: object | null) => (queue ? (valueOf(queue, 'length') as number) : 0)

/** The documented stub is its own `track`. A real SDK may carry a queue too. */
const isStub = (api: unknown): boolean => {
  const queue = queueOf(api)
  return (
    queue !== null &&
    (api === stub || unwrap(valueOf(api as object, 'track')) === api || (!stub && !scriptRan && lengthOf(queue) > 0))
  )
}

/** Reads what is new in an API's queue. `told`: the call under way told of the first new entry already. */
const readQueue = (api: unknown, told = false) => {
  const queue = queueOf(api)
  const length = lengthOf(queue)
  // More than a page can fill: `length` was set.
  if (!queue || !length || length > 1e5) return
  if (queue !== queueSeen || valueOf(queue, entriesSeen - 1) !== entrySeen) entriesSeen = 0
  queueSeen = queue
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
  emit({ k: 'call', id, at: now(), api, args: serialise(args), stack, queued, by: command, inside: current })
  return id
}

/** @param owner the object that the function is a method of; when it is that object itself (the stub), `self` says how it was called */
const onCall =
  (owner: object, name: string, method: string): Trap =>
  (target, self, args) => {
    const outer = current
    let queued = false
    calls++
    try {
      const whole = (target as unknown) === owner && !isObject(self)
      queued = isStub(owner)
      current = tellCall(whole || !method ? name : `${name}.${method}`, args, pageStack(), queued)
    } catch {}
    const id = current
    try {
      // A proxy as `this` would break private fields.
      return apply(target, unwrap(self), args)
    } catch (error) {
      if (id !== outer) noteThrown(id, error)
      throw error
    } finally {
      current = outer
      try {
        if (queued) readQueue(owner, true)
        if (--calls === 0 && lines) {
          const text = lines
          lines = ''
          send(text)
        }
      } catch {}
    }
  }

const wrapMethod = (owner: object, name: string, method: string) => {
  for (
    let holder: object | null = owner;
    holder && holder !== OBJECT && holder !== FUNCTION;
    holder = getPrototypeOf(holder)
  )
    if (hasOwn(holder, method)) return replace(holder, method, 'value', onCall(owner, name, method))
}

const attach = (name: string, methods: readonly string[]) => {
  const api = unwrap(valueOf(page, name))
  if (!isObject(api)) return
  for (let i = 0; i < methods.length; i++) wrapMethod(api, name, methods[i] as string)
  // A class can't be called, and its static methods may have private fields.
  if (typeof api === 'function' && slice(textOfFunction(api), 0, 5) !== 'class')
    replace(page, name, 'value', onCall(api, name, ''))
}

const textOf = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? slice(`${value}`, 0, 80) : ''

/** What the page had as the web SDK when it was looked at last. */
let webSeen: unknown

/** Looks at what the page has of the SDK now, wraps what is new, and tells what changed. Called at moments when it may have changed. */
let look = () => {
  try {
    attach(WEB_GLOBAL, WEB_METHODS)
    webSeen = valueOf(page, WEB_GLOBAL)
    const web = webApi()
    let api = isObject(web) ? WEB_GLOBAL : ''
    for (let i = 0; i < BRIDGES.length; i++) {
      const name = BRIDGES[i] as string
      attach(name, BRIDGE_METHODS)
      if (!api && isObject(valueOf(page, name))) api = name
    }
    if (!stub && isStub(web)) stub = web
    readQueue(web)
    // A page that kept the stub goes on filling its queue.
    if (stub !== web) readQueue(stub)
    const state = !api ? 'absent' : isStub(web) ? 'queue' : 'live'
    const queue = lengthOf(queueOf(web))
    const portal = textOf(valueOf(page, PORTAL_GLOBAL))
    const prop = textOf(valueOf(page, PROP_GLOBAL)) || textOf(isObject(web) ? valueOf(web, 'propId') : '')
    const text = `${state}|${queue}|${api}`
    const source = `${portal}|${prop}`
    if (text === stateSeen && source === sourceSeen) return
    stateSeen = text
    sourceSeen = source
    emit({ k: 'sdk', at: now(), state, queue, api, portal, prop })
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

interface Asked {
  via: string
  url: string
  base: string
  method: string
  body: FlatBody | Copy
}

/** What a page gives as a URL, as text; '' if that would run its code. */
const urlText = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (!isObject(value)) return ''
  if (isPrototypeOf(URLS, value)) return hrefOf(value)
  return isPrototypeOf(REQUEST, value) ? requestUrl(value) : ''
}

let answer = ''
/** The path that was asked for last, if it says all, as on the SDK's hosts; and what it is. */
let pathKnown = ''
let targetKnown: Target | '' = ''

/** What a URL is to the SDK; '' = nothing. The relay knows; nearly all URLs fail the test before that. */
const targetOf = (url: string): Target | '' => {
  if (!mayConcern(url)) return ''
  const query = indexOf(url, '?')
  const path = query < 0 ? url : slice(url, 0, query)
  if (path === pathKnown) return targetKnown
  answer = ''
  send(url, 'url')
  if (slice(answer, 0, 1) !== PATH_SAYS) return answer as Target | ''
  pathKnown = path
  targetKnown = slice(answer, 1) as Target
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
  else return target !== ''
  return false
}

const expectScript = () => {
  const api = webApi()
  if (!stub && queueOf(api)) stub = api
  watch()
}

const startsHttp = (url: string) => slice(url, 0, 4) === 'http'

const ask = (via: string, url: string, method = 'GET', body: unknown = null): Asked => ({
  via,
  url: slice(url, 0, TEXT_CAP),
  base: startsHttp(url) ? '' : slice(baseOf(document), 0, TEXT_CAP),
  method,
  body: readBody(body),
})

type See = (self: unknown, args: unknown[]) => Asked | false | undefined

const verb = (method: unknown) => (typeof method === 'string' ? upper(method) : 'GET')

const seeFetch: See = (_, args) => {
  const input = at(args, 0)
  const url = urlText(input)
  if (!matches(url)) return
  const request = isObject(input) && isPrototypeOf(REQUEST, input) ? (input as Request) : null
  const given = at(args, 1)
  const init = isObject(given) ? given : null
  const method = (init && valueOf(init, 'method')) ?? (request ? requestMethod(request) : 'GET')
  const asked = ask('fetch', url, verb(method), init && valueOf(init, 'body'))
  if (request && !(init && valueOf(init, 'body')) && !requestUsed(request) && requestBody(request))
    asked.body = { of: cloneRequest(request), bytes: 0 }
  return asked
}

/** XHRs that are to be seen when they are sent; null: opened again for something else. */
const opened = new WeakMap<object, [url: string, method: string, doubtful: boolean] | null>()
let anyOpened = false

const onOpen: Trap = (target, self, args) => {
  // When it throws, the request is still what it was.
  const result = apply(target, self, args)
  try {
    const url = urlText(at(args, 1))
    const match = matches(url)
    if (match || anyOpened) mapSet(opened, self as object, match ? [url, verb(at(args, 0)), doubtful] : null)
    anyOpened ||= match
  } catch {}
  return result
}

const seeSend: See = (self, args) => {
  const request = anyOpened && mapGet(opened, self as object)
  if (!request) return
  doubtful = request[2]
  return ask('xhr', request[0], request[1], at(args, 0))
}

const seeBeacon: See = (_, args) => {
  const url = urlText(at(args, 0))
  return matches(url) && ask('beacon', url, 'POST', at(args, 1))
}

const seeSrc = (via: string, value: unknown) => {
  const url = urlText(value)
  return matches(url) && ask(via, url)
}

const seeAttribute: See = (self, args) => {
  const name = at(args, 0)
  if (typeof name !== 'string' || name.length !== 3 || lower(name) !== 'src' || !isObject(self)) return
  const via = isPrototypeOf(SCRIPT, self) ? 'script' : isPrototypeOf(IMAGE, self) ? 'image' : ''
  return via !== '' && seeSrc(via, at(args, 1))
}

/** The body was read at once, and nothing in the request is the SDK's. */
const isForeign = ({ url, body }: Asked) =>
  hasOwn(body, 'text') && !namesPortal(url) && !namesPortal((body as FlatBody).text)

const onRequest =
  (see: See): Trap =>
  (target, self, args) => {
    let asked: Asked | false | undefined
    try {
      asked = see(self, args)
      if (asked && doubtful && isForeign(asked)) asked = false
    } catch {}
    return asked ? pass(asked, target, self, args) : apply(target, self, args)
  }

const pass = ({ via, url, base, method, body }: Asked, target: AnyFunction, self: unknown, args: unknown[]) => {
  const id = ++ids
  const copy = hasOwn(body, 'of') ? (body as Copy) : null
  glance()
  try {
    const { state, text, bytes } = copy ? NOT_READ : (body as FlatBody)
    emit({ k: 'request', id, at: now(), call: current, via, url, base, method, state, text, bytes })
  } catch {}
  let result: unknown
  try {
    result = apply(target, self, args)
  } catch (error) {
    noteThrown(id, error)
    throw error
  }
  try {
    if (via === 'beacon' && !result) emit({ k: 'note', id, text: REFUSED })
    if (copy) readCopy(copy, ({ state, text, bytes }) => emit({ k: 'body', id, state, text, bytes }))
  } catch {}
  return result
}

/** Every way out of the page that is watched: holder, name, which function of it, and how to read what is asked. */
const TRANSPORTS: [holder: object, key: string, slot: 'value' | 'set', trap: Trap][] = [
  [page, 'fetch', 'value', onRequest(seeFetch)],
  [XMLHttpRequest.prototype, 'open', 'value', onOpen],
  [XMLHttpRequest.prototype, 'send', 'value', onRequest(seeSend)],
  [Navigator.prototype, 'sendBeacon', 'value', onRequest(seeBeacon)],
  [SCRIPT, 'src', 'set', onRequest((_, args) => seeSrc('script', at(args, 0)))],
  [IMAGE, 'src', 'set', onRequest((_, args) => seeSrc('image', at(args, 0)))],
  [Element.prototype, 'setAttribute', 'value', onRequest(seeAttribute)],
]

// ── moments

const onScript = (event: Event) => {
  try {
    const script = event.isTrusted && elementOf(event)
    if (!isObject(script) || !isPrototypeOf(SCRIPT, script)) return
    if (targetOf(scriptSrc(script)) === 'script') {
      expectScript()
      scriptRan ||= typeOf(event) === 'load'
    }
    look()
  } catch {}
}

/** `isTrusted` can't be overridden; what a page dispatches by itself is no moment. */
const onMoment = (event: Event) => {
  if (event.isTrusted) look()
}

/** `document.open()` takes listeners away; adding them again is harmless. */
const watch = () => {
  listen(document, 'load', onScript, true)
  listen(document, 'error', onScript, true)
  listen(document, 'DOMContentLoaded', onMoment)
  listen(page, 'load', onMoment)
  listen(page, 'pageshow', onMoment)
}

// ── commands of the panel

/** Makes one call on the page's API with objects of the page's own world; gives '', `?` if there is none, or `!` and what it threw. */
const run = ({ name, method, args }: { name: string; method: string; args: unknown[] }): string => {
  const owner = unwrap((page as unknown as Record<string, unknown>)[name])
  const found = method && isObject(owner) ? (owner as unknown as Record<string, unknown>)[method] : owner
  if (typeof found !== 'function') return '?'
  try {
    onCall(owner as object, name, method)(unwrap(found) as AnyFunction, method ? owner : undefined, args)
    return ''
  } catch (error) {
    return `!${describe(error)}`
  }
}

/** From the relay: an answer to `targetOf`, or a message: nothing more is wanted, what the page has of the SDK, or a call to make. */
const received = (text: string) => {
  try {
    if (slice(text, 0, 1) !== '{') {
      answer = text
      return
    }
    const message = parse(text)
    if (valueOf(message, 'off')) {
      send = () => {}
      look = send as () => void
    }
    if (valueOf(message, 'look')) {
      look()
      send(`${stateSeen}|${stub ? (stub === webApi() ? 'waits' : 'replaced') : 'none'}`, 'reply')
    }
    if (valueOf(message, 'run')) {
      look()
      command = message.command
      send(run(message.run), 'reply')
      command = ''
    }
  } catch {}
}

/** Waits for a relay, then installs itself, once. */
export function installHook(): void {
  try {
    openInPage(
      page,
      way => {
        send = way
        replace(FUNCTION, 'toString', 'value', (target, self, args) => apply(target, unwrap(self), args))
        for (let i = 0; i < TRANSPORTS.length; i++) {
          const way = TRANSPORTS[i] as (typeof TRANSPORTS)[number]
          replace(way[0], way[1], way[2], way[3])
        }
        watch()
        look()
      },
      received,
    )
  } catch {}
}
