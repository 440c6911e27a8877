import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { callHook, type Later, openInRelay, type Up } from '../utils/capture/channel'
import { readForm } from '../utils/capture/form'
import { PATH_SAYS, type RelayRecord } from '../utils/capture/record'
import { Relay } from '../utils/capture/relay'
import { onCommand, relayHost, stored } from '../utils/capture/relay.browser'
import type { FrameReport, RunReply } from '../utils/messages'
import { classify } from '../utils/sdk/match'
import { BRIDGE_METHODS, BRIDGES, STORED_KEYS, WEB_GLOBAL, WEB_METHODS } from '../utils/sdk/names'

/** Whether the page still has the stub that it had, in the hook's words. */
const STUBS: Record<string, FrameReport['stub']> = { true: 'waits', false: 'replaced' }

/** https://developer.mozilla.org/docs/Web/API/NavigationCurrentEntryChangeEvent; what stands for it elsewhere has no `from`. */
type RouteEvent = Event & { from?: { url: string | null } }

/** What the browser says of the document: elements of a page may bear these names (`<form name="prerendering">`), and Firefox would hand them out. */
const ofDocument = (key: 'readyState' | 'prerendering'): unknown =>
  Object.getOwnPropertyDescriptor(Document.prototype, key)?.get?.call(document)

/** What a page dispatches by itself says nothing of the page. */
const trusted =
  <E extends Event>(run: (event: E) => void) =>
  (event: Event) => {
    if (event.isTrusted) run(event as E)
  }

/**
 * From the first moment on a page has only what must hear the hook, the page's policy and its addresses; all else comes with the first of what concerns the
 * SDK, or when somebody asks (`wakeRelays`). The browser makes the parts of a world (its document, the extension's API)
 * when they are touched first, and a loading page would wait for them.
 * @returns wakes the rest; it stands in the relay's world as the global that this file is named after
 */
function main(): () => void {
  // Asked for first, the document's clock makes a page wait for 50 µs; the event that brings the hook, which comes right after us, has the time.
  let arrived = 0
  // Only Firefox brings us into pages that are open; what it says of them later isn't always to be had.
  const parsed = import.meta.env.FIREFOX ? ofDocument('readyState') !== 'loading' : undefined
  // To ask makes a page wait (35 µs in Chromium), and a route says from where. But not in Firefox; and what a window that another one made begins with has
  // no routes: that one may write a page into it, and then it is at the other's address.
  const url = import.meta.env.FIREFOX || window.top !== window.self || window.opener ? location.href : null
  let down = (_: string) => {}
  let awake: Awake | null = null
  /** The page was shown, and had nothing of the SDK's in localStorage. */
  let empty = false
  const wake = (from?: string | null): Awake =>
    (awake ??= wakeUp({ arrived, parsed, url: url ?? from ?? location.href, empty, down: text => down(text), listen }))

  /** Frames of which it was told that the page's policy stopped them. */
  const stopped = new WeakSet<Element>()
  /** What was stopped last, and by which policy. */
  let last = ''
  let by = ''
  const violated = ({
    isTrusted,
    disposition,
    blockedURI,
    effectiveDirective,
    originalPolicy,
  }: SecurityPolicyViolationEvent) => {
    if (!isTrusted || disposition !== 'enforce') return
    // A page may have several policies, and each of them tells of the same request, one after the other.
    const what = effectiveDirective + blockedURI
    if (what === last && originalPolicy !== by) return
    last = what
    by = originalPolicy
    const hosts = awake?.hosts() ?? []
    const target = classify(blockedURI, hosts)
    if (effectiveDirective === 'frame-src' && (!target || target === 'other')) {
      // Firefox names only the origin of a frame; which one it was, the document knows.
      const frames = Document.prototype.querySelectorAll.call(document, 'iframe') as NodeListOf<HTMLIFrameElement>
      for (const frame of frames) {
        if (stopped.has(frame) || !frame.src.startsWith(`${blockedURI}/`)) continue
        if (!classify(frame.src, hosts)?.endsWith('event')) continue
        stopped.add(frame)
        return wake().relay.blocked(frame.src, effectiveDirective)
      }
    }
    // What could be anybody's is the SDK's only if the hook found so, and told.
    if (target && (target !== 'maybe' || awake?.relay.count.records))
      wake().relay.blocked(blockedURI, effectiveDirective)
  }
  /** What a URL is to the SDK; nearly always the path alone says it. */
  const answerFor = (text: string) => {
    const hosts = awake?.hosts() ?? []
    const target = classify(text, hosts) ?? ''
    const [path = ''] = text.split('?', 1)
    return target !== 'maybe' && target !== 'other' && target === classify(path, hosts) ? PATH_SAYS + target : target
  }

  const isEmpty = () => {
    try {
      return STORED_KEYS.every(name => stored(name) === null)
    } catch {
      // A sandboxed frame has no localStorage.
      return true
    }
  }
  const shown = trusted<PageTransitionEvent>(({ persisted }) => {
    if (persisted) return wake().restored()
    // Not at once: the first touch of localStorage makes a loading page wait.
    // As a method: a content script of Firefox is not the window itself.
    window.requestIdleCallback(() => {
      // Of most pages there is nothing to say, ever.
      empty = !awake && isEmpty()
      if (!empty) wake().relay.look()
    })
  })
  // At once, so that what was said before stands at the address that the page had by then.
  const routed = trusted<RouteEvent>(({ from }) => wake(from?.url).route())
  const { navigation } = window as { navigation?: EventTarget }
  const listen = (how: 'add' | 'remove') => {
    // Not as the target's own method: elements of the page may bear its name (`<form name="addEventListener">`).
    const method = EventTarget.prototype[`${how}EventListener`]
    method.call(window, 'pageshow', shown)
    method.call(window, 'securitypolicyviolation', violated as EventListener, true)
    // Where there is none, an element of a page that was open may be called so.
    if (navigation instanceof EventTarget) method.call(navigation, 'currententrychange', routed)
    else {
      method.call(window, 'popstate', routed)
      method.call(window, 'hashchange', routed)
    }
  }
  listen('add')
  const apis = [[WEB_GLOBAL, ...WEB_METHODS], ...BRIDGES.map(name => [name, ...BRIDGE_METHODS])]
  down = openInRelay(
    window,
    JSON.stringify(apis),
    (text, type) => {
      if (type !== 'url') return wake().heard(text, type)
      const answer = answerFor(text)
      if (answer) down(answer)
    },
    (form, type) => wake().given(form, type),
    at => {
      arrived = at
    },
  )
  // Chromium brings the two in the manifest's order; later, the page would hear it.
  if (import.meta.env.FIREFOX) callHook(window)
  return () => void wake()
}

/** A relay with all its parts. */
interface Awake {
  relay: Relay
  /** What the user says of the SDK's hosts. */
  hosts(): readonly string[]
  heard(text: string, type: Exclude<Up, 'url'>): void
  given(form: FormData, type: Later): void
  /** The page came back from the back-forward cache. */
  restored(): void
  /** The page may be at another address. */
  route(): void
}

/**
 * @param arrived when the document got its relay and hook, ms on its own clock; 0: no hook came
 * @param parsed whether it was parsed by then; undefined: the document's times say it
 * @param url what its address was then
 * @param empty it was shown, and had nothing of the SDK's in localStorage
 * @param listen takes or leaves the listeners that it has from the first moment on
 */
function wakeUp({
  arrived,
  parsed,
  url,
  empty,
  down,
  listen,
}: {
  arrived: number
  parsed: boolean | undefined
  url: string
  empty: boolean
  down(text: string): void
  listen(how: 'add' | 'remove'): void
}): Awake {
  const { document } = window
  const [times] = performance.getEntriesByType('navigation') as (PerformanceNavigationTiming & {
    activationStart?: number
  })[]
  /** It was parsed already when its relay came. */
  const late = parsed ?? (ofDocument('readyState') !== 'loading' && (times?.domInteractive || 0) < arrived)
  const prerendering = ofDocument('prerendering') === true
  let reply: string | null = null
  /** Name of the panel's action that runs now; '' = none. */
  let command = ''
  /** Request that the hook spoke of last. */
  let id = 0
  let hosts: readonly string[] = []
  /** Its address when it got its relay. */
  const began = url
  /** The page has to do with the SDK. */
  let ours = false
  /** What the hook keeps until the page's task ends, at once: it was before what is told now. */
  const pull = () => down('')
  /** What the hook says to a command; null: there is none. */
  const ask = (what: string): string | null => {
    reply = null
    down(what)
    pull()
    return reply
  }

  /** Tells again where the page is, and what it has of the SDK: what is known the recorder leaves as it is. */
  const tell = () => {
    if (relay.count.records) relay.page(markHere('here'))
    const [state, queue, api, portal, prop] = ask('?')?.split('|') ?? []
    if (api) relay.hook(JSON.stringify(['sdk', Date.now(), state, Number(queue), api, portal, prop]))
  }

  const relay = new Relay(
    // `randomUUID` is for secure pages only.
    crypto.getRandomValues(new Uint32Array(3)).join('-'),
    STORED_KEYS,
    {
      ...relayHost(),
      begun: () => {
        ours = true
        listenAll('add')
      },
      // `document.open()` takes listeners away; adding them again is harmless.
      spoken: () => listenAll('add'),
      resumed: first => {
        if (first) tellBeginning()
        tell()
      },
    },
    named => {
      hosts = named
    },
    () => {
      down('!')
      listenAll('remove')
    },
  )

  if (empty) relay.foundNothing()

  type Page = Extract<RelayRecord, { k: 'page' }>
  const mark = (how: Page['how'], at = Date.now(), of = url): Page => ({
    k: 'page',
    at,
    how,
    late,
    url: of.slice(0, 2048),
  })
  const markHere = (how: Page['how']): Page => {
    url = location.href
    return mark(how)
  }
  const restored = () => {
    relay.shown(markHere('restored'))
    relay.look()
  }
  const hidden = trusted(() => {
    pull()
    relay.look()
    relay.page({ k: 'hide', at: Date.now() })
    relay.flush()
  })
  const route = () => {
    if (location.href === url) return
    pull()
    relay.page(markHere('route'))
  }
  const activated = trusted(() => relay.shown(markHere('shown')))

  const listenAll = (how: 'add' | 'remove') => {
    listen(how)
    const method = EventTarget.prototype[`${how}EventListener`]
    // A page that goes is waited for by the next one: one that had nothing to say of the SDK so far is not asked.
    if (ours) method.call(window, 'pagehide', hidden)
    if (prerendering) method.call(document, 'prerenderingchange', activated)
  }

  const tellBeginning = () => {
    // ms on its own clock when it was shown, if it was prerendered before and is no more; the browser may have begun that before the relay came.
    const activation = ofDocument('prerendering') === true ? 0 : (times?.activationStart ?? 0)
    relay.page(mark(prerendering || activation ? 'prerender' : 'load', performance.timeOrigin, began))
    // Not from where its clock began: that stands behind where the machine has slept.
    if (activation) relay.page(mark('shown', Date.now() - performance.now() + activation, began))
  }
  tellBeginning()
  listenAll('add')

  /** Frames below a window: their number is open to everybody, whatever their origin. */
  const framesBelow = (within: Window): number => {
    let count = within.length
    for (let i = 0; i < within.length; i++) count += framesBelow(within[i] as Window)
    return count
  }
  const report = (question: string): FrameReport => {
    const answer = ask('?')
    const said = answer?.split('|') ?? []
    const [state = '', queue = '', api = ''] = said
    return {
      kind: 'frame',
      ask: question,
      top: window.top === window.self,
      below: framesBelow(window),
      hook: answer !== null,
      state: state as FrameReport['state'],
      queue: Number(queue),
      api,
      stub: STUBS[said.at(-1) ?? ''] ?? 'none',
      ...relay.count,
      late,
    }
  }
  onCommand(
    ({ command: by, calls }): RunReply | null => {
      for (const { api, args } of calls) {
        const [name, method = ''] = api.split('.', 2)
        command = by
        const answer = ask(JSON.stringify([name, method, args]))
        command = ''
        if (answer === null) return null
        if (answer === '?') return { ok: false, error: `The page has no ${api}.` }
        if (answer !== '') return { ok: false, error: `The page's SDK threw: ${answer.slice(1)}` }
      }
      return { ok: true }
    },
    report,
    tell,
  )

  return {
    relay,
    hosts: () => hosts,
    heard: (text, type) => {
      if (type === 'reply') reply = text
      else if (type === 'id') id = Number(text)
      else relay.hook(text, command)
    },
    given: (form, type) => {
      const of = id
      readForm(form, type).then(body => relay.hook(JSON.stringify(['body', of, ...body])))
    },
    restored,
    route,
  }
}

/**
 * The relay of a document. Listed in the manifest by wxt.config.ts, not as a WXT content script: WXT's wrapper for those brings
 * its own messages into the page, and the polyfill.
 */
export default defineUnlistedScript({ main })
