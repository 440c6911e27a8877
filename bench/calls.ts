/**
 * What a page waits in a call that an extension looks at, beside the same call of the browser's own function: both in the same page, in turns
 * by the batch, since two pages differ by more than what is looked for. A script of the debugger runs before those of extensions, and keeps
 * what they will wrap.
 */
import type { Session } from '../e2e/drive/cdp'
import { expression } from '../e2e/drive/panel'
import { goto } from './tab'

export const WAYS = ['fetch', 'sendBeacon', 'XHR', 'image', 'script'] as const
export type Way = (typeof WAYS)[number]

/**
 * Whose function is called: the browser's own; the same once more, which tells how far two equal things differ here; one in a proxy that only
 * calls it; what the page has.
 */
const SIDES = ['native', 'again', 'empty', 'page'] as const
type Side = (typeof SIDES)[number]
/** µs per call, one value per batch. */
export type Costs = Record<Side, number[]>
export type Pair = Pick<Costs, 'native' | 'page'>
/** Of tracked calls: in a batch, the first one after a pause, and this with what was left for the end of its task. */
export type Tracked = Record<'warm' | 'first' | 'ended', Pair>

/** In the page. */
type Functions = Record<'fetch' | 'sendBeacon' | 'open' | 'send' | 'image' | 'script', (...args: never[]) => unknown>
interface Bench {
  natives: Functions
  present: Functions
  /** Calls a way once with each URL. */
  callers: Record<Side, Record<Way, (urls: readonly string[]) => void>>
}

/** In the page, before and after any extension was there: what is in place of the browser's functions. */
function functions(): Functions {
  const own = (holder: object, key: string, slot: 'value' | 'set' = 'value') =>
    (Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor)[slot] as Functions['fetch']
  return {
    fetch: own(window, 'fetch'),
    sendBeacon: own(Navigator.prototype, 'sendBeacon'),
    open: own(XMLHttpRequest.prototype, 'open'),
    send: own(XMLHttpRequest.prototype, 'send'),
    image: own(HTMLImageElement.prototype, 'src', 'set'),
    script: own(HTMLScriptElement.prototype, 'src', 'set'),
  }
}
const KEEP = `window.bench = { natives: ${expression(functions, [])}, callers: {} }`
const LOOK = `bench.present = ${expression(functions, [])}; Object.keys(bench.natives).some(key => bench.natives[key] !== bench.present[key])`

/**
 * In the page: the code that calls one side, as a page writes it. Each side has code of its own, and knows only what it calls itself: so
 * the browser optimises all alike. Its own work is cut short (an aborted signal, a beacon that is too large, an element that stands
 * nowhere, an XHR that isn't open), since it takes a hundred times what is looked for: what is wrapped around it stays whole.
 */
function makeCallers(side: Side): void {
  const { bench } = window as unknown as { bench: Bench }
  const wrap = <F extends Functions['fetch']>(native: F): F =>
    new Proxy(native, { apply: (target, self, args) => Reflect.apply(target, self, args) })
  const { natives } = bench
  const called =
    side === 'page'
      ? bench.present
      : side === 'empty'
        ? (Object.fromEntries(Object.entries(natives).map(([key, native]) => [key, wrap(native)])) as Functions)
        : natives
  const { fetch, sendBeacon } = called as unknown as { fetch: typeof window.fetch; sendBeacon: Navigator['sendBeacon'] }
  /** The same object with methods and setters of its own, which its prototype holds, as usual. */
  const heir = <T extends object>(object: T, properties: PropertyDescriptorMap): T =>
    Object.setPrototypeOf(object, Object.create(Object.getPrototypeOf(object), properties))
  const method = (value: unknown) => ({ value, writable: true, enumerable: true, configurable: true })
  const setter = (set: Functions['image']) => ({ set, enumerable: true, configurable: true }) as PropertyDescriptor
  const xhrs = { open: method(called.open), send: method(called.send) }
  const [xhr, unopened] = [heir(new XMLHttpRequest(), xhrs), heir(new XMLHttpRequest(), xhrs)]
  const image = heir(new Image(), { src: setter(called.image) })
  const script = heir(document.createElement('script'), { src: setter(called.script) })
  const init = { signal: AbortSignal.abort() }
  const ignore = () => {}
  const large = new Blob([new Uint8Array(70_000)])
  bench.callers[side] = {
    fetch(urls) {
      for (const url of urls) fetch(url, init).catch(ignore)
    },
    sendBeacon(urls) {
      for (const url of urls) sendBeacon.call(navigator, url, large)
    },
    XHR(urls) {
      for (const url of urls) {
        xhr.open('GET', url)
        try {
          unopened.send()
        } catch {}
      }
    },
    image(urls) {
      for (const url of urls) image.src = url
    },
    script(urls) {
      for (const url of urls) script.src = url
    },
  }
}

/** In the page: all ways and sides, in turns. */
async function timeCallers(calls: number, batches: number, sides: Side[], ways: Way[]): Promise<Record<Way, Costs>> {
  const { callers } = (window as unknown as { bench: Bench }).bench
  // What is thrown would hold a longer stack where more stands around it.
  Error.stackTraceLimit = 0
  const urls = Array.from({ length: calls }, (_, n) => `/nothing/assets/2026/11/main-menu.js?build=2481&n=${n}`)
  const costs = Object.fromEntries(
    ways.map(way => [way, Object.fromEntries(sides.map(side => [side, [] as number[]]))]),
  ) as Record<Way, Costs>
  // What is first run is compiled first: that is not what a call costs.
  for (let batch = -(batches >> 2); batch < batches; batch++)
    for (const way of ways) {
      for (let i = 0; i < sides.length; i++) {
        // Each is as often first, and follows each other one: forwards and backwards, beginning with another one.
        const turn = batch & 1 ? sides.length - 1 - i : i
        const side = sides[(turn + (batch >> 1) + batches) % sides.length] as Side
        const call = callers[side][way]
        const begun = performance.now()
        call(urls)
        const cost = ((performance.now() - begun) / calls) * 1_000
        if (batch >= 0) costs[way][side].push(cost)
      }
      await new Promise(done => setTimeout(done))
    }
  return costs
}

/**
 * In `/tracking`: what it waits in a tracked call, µs, by the batch; and in the first call of a batch, after a pause. The other side is the same
 * SDK on the browser's functions.
 */
async function timeTracked(calls: number, batches: number): Promise<Tracked> {
  type Sdk = { track(...args: unknown[]): unknown }
  const { bench, web_event, makeSdk } = window as unknown as {
    bench: Bench
    web_event: Sdk
    makeSdk(setSource: (script: HTMLScriptElement, url: string) => void): Sdk
  }
  const setSource = bench.natives.script as (this: HTMLScriptElement, url: string) => void
  const sdks = { native: makeSdk((script, url) => setSource.call(script, url)), page: web_event }
  const none = (): Pair => ({ native: [], page: [] })
  const costs: Tracked = { warm: none(), first: none(), ended: none() }
  const call = (sdk: Sdk, from: number, count: number): number => {
    const begun = performance.now()
    for (let n = from; n < from + count; n++)
      sdk.track('product', 'view', {
        items: [{ id: `AT-${n}`, name: 'Áo thun cổ tròn', price: 165_000 }],
        extra: { list: 'bench' },
      })
    return ((performance.now() - begun) * 1_000) / count
  }
  for (let batch = -(batches >> 2); batch < batches; batch++) {
    for (const side of ['native', 'page'] as const) {
      // Until what was said before is written: the page would wait for a core, not for the call.
      const pause = () => new Promise(done => setTimeout(done, 30))
      await pause()
      const first = call(sdks[side], batch * calls, 1)
      const warm = call(sdks[side], batch * calls, calls)
      await pause()
      const begun = performance.now()
      call(sdks[side], batch * calls, 1)
      // One after the other: what was left for the end may leave something for it too.
      for (let n = 0; n < 4; n++) await null
      const ended = (performance.now() - begun) * 1_000
      if (batch < 0) continue
      costs.first[side].push(first)
      costs.ended[side].push(ended)
      costs.warm[side].push(warm)
    }
  }
  return costs
}

/** Opens a page in which the browser's own functions are kept. Throws if something must be `wrapped` there and isn't. */
async function openKept(session: Session, url: string, wrapped: boolean): Promise<void> {
  const { identifier } = await session.send<{ identifier: string }>('Page.addScriptToEvaluateOnNewDocument', {
    source: KEEP,
  })
  await goto(session, url)
  await session.send('Page.removeScriptToEvaluateOnNewDocument', { identifier })
  // Kept too late it would be the extension's already.
  if (!(await session.evaluate<boolean>(LOOK)) && wrapped) throw new Error(`nothing is wrapped in ${url}`)
}

export async function unrelatedCalls(
  session: Session,
  url: string,
  { calls, batches }: { calls: number; batches: number },
): Promise<Record<Way, Costs>> {
  await openKept(session, url, false)
  for (const side of SIDES) await session.evaluate(expression(makeCallers, [side]))
  return session.evaluate(expression(timeCallers, [calls, batches, [...SIDES], [...WAYS]]))
}

/** @param wrapped the extension is known to wrap something: what was kept is tried by that */
export async function trackedCalls(
  session: Session,
  url: string,
  { calls, batches }: { calls: number; batches: number },
  wrapped: boolean,
): Promise<Tracked> {
  await openKept(session, url, wrapped)
  return session.evaluate(expression(timeTracked, [calls, batches]))
}
