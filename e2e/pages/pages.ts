/** The hostile and clumsy pages, how they are served, and what each of them sends. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { DemoServer } from '../../demo/server'
import type { EventEntry } from '../../utils/identity/entry'

/** One event by each way out of the page, and one by the SDK. */
const ROUND = ['fetch', 'request', 'xhr', 'beacon', 'image', 'script', 'called']
const rounds = (...names: string[]): string[] => names.flatMap(name => ROUND.map(way => way + name))

export interface Mischief {
  page: string
  about: string
  /** Names of all events that leave, each once. */
  sent: string[]
  /** Of those, what is no text nor URL when it is given, so that only the network sees it. */
  network?: string[]
  /** What is asked for, and throws. */
  thrown?: string[]
  /** Calls of the SDK that send nothing. */
  calls?: string[]
  /** Calls that can't be seen, since the SDK can't be touched. */
  unseen?: string[]
}

export const PAGES: readonly Mischief[] = [
  { page: 'plain', about: 'nothing special', sent: ROUND },
  { page: 'dom', about: 'overrides what puts elements into the page, and every kind of event', sent: ROUND },
  { page: 'natives', about: 'overrides what a tool could use of the language', sent: ROUND },
  { page: 'prototypes', about: 'adds to Object.prototype and Array.prototype', sent: ROUND },
  { page: 'promise', about: 'a Promise of its own, and traps in the browser’s', sent: ['own', ...ROUND] },
  {
    page: 'arguments',
    about: 'arguments that throw, fool, or never end',
    sent: [
      ...ROUND,
      ...['as-text', 'boxed', 'inherited', 'link', 'proxied', 'odd', 'foreign', 'mad', 'endless'],
      ...['fake-Blob', 'fake-URLSearchParams', 'fake-FormData', 'fake-ArrayBuffer'],
    ],
    network: ['as-text', 'boxed', 'link'],
    thrown: ['throwing-init', 'throwing-body'],
  },
  { page: 'frozen', about: 'natives and an SDK that can’t be changed', sent: ROUND, unseen: ['called'] },
  {
    page: 'exotic',
    about: 'an SDK behind an accessor, a class, private state',
    sent: [
      ...ROUND,
      'look-1',
      'look-2',
      'look-3',
      'look-4',
      'class',
      'instance',
      'decorated',
      'turn-0',
      'turn-1',
      'turn-2',
      'turn-3',
      'turn-4',
    ],
    calls: ['x', 'throws', 'promises'],
    unseen: ['called'],
  },
  {
    page: 'xhr',
    about: 'XMLHttpRequest subclassed, wrapped, proxied',
    sent: [...ROUND, 'subclass', 'wrapped', 'delegated', 'second', 'sync', 'aborted'],
  },
  { page: 'zone-before', about: 'zone.js comes first', sent: [...ROUND, 'zone-fetch', 'zone-xhr', 'zone-script'] },
  { page: 'zone-after', about: 'zone.js comes later', sent: [...rounds('-1', '-2'), 'zone'] },
  { page: 'errors', about: 'takes stacks and errors into its own hands', sent: ROUND },
  { page: 'errors-none', about: 'switches stacks off', sent: ROUND },
  { page: 'clobber', about: 'elements with the names of everything', sent: ['first', ...ROUND] },
  { page: 'moments', about: 'dispatches every moment of a page’s life', sent: rounds('', '-2') },
  { page: 'eavesdropper', about: 'listens for, forges and floods all that it can see', sent: rounds('', '-2') },
]

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const ZONE = createRequire(import.meta.url).resolve('zone.js')

export function servePages(server: DemoServer): void {
  const file = (path: string, from: string) => {
    const type = from.endsWith('.js') ? 'text/javascript' : 'text/html'
    const body = readFileSync(from, 'utf8')
    server.serve(path, () => ({ headers: { 'Content-Type': `${type}; charset=utf-8` }, body }))
  }
  for (const name of readdirSync(FOLDER)) if (/\.(html|js)$/.test(name)) file(`/pages/${name}`, FOLDER + name)
  file('/zone.js', ZONE)
}

/** What the log should say of a page's events: name → transport, lanes, call, end. */
export const expected = ({
  sent,
  network = [],
  thrown = [],
  calls = [],
  unseen = [],
}: Mischief): Record<string, string> =>
  Object.fromEntries([
    ...sent.map(name => {
      const way =
        ['xhr', 'beacon', 'image', 'script'].find(way => name.includes(way)) ??
        OTHERS[name.replace(/-\d$/, '')] ??
        'fetch'
      const isCall = (name.startsWith('called') || CALLED.includes(name)) && !unseen.includes(name)
      return [name, `${way} ${network.includes(name) ? 'network' : 'both'} ${isCall ? 'web_event.track ' : ''}done 200`]
    }),
    ...thrown.map(name => [name, `${name.includes('body') ? 'beacon' : 'fetch'} hook open`]),
    ...calls.map(name => [name, `no request ${name === 'x' ? 'web_event' : 'web_event.track'}`]),
  ])

const CALLED = ['odd', 'class', 'instance', 'decorated']
const OTHERS: Record<string, string> = {
  called: 'script',
  odd: 'script',
  class: 'script',
  instance: 'script',
  decorated: 'script',
  subclass: 'xhr',
  wrapped: 'xhr',
  second: 'xhr',
  sync: 'xhr',
  delegated: 'xhr',
  aborted: 'xhr',
  mad: 'beacon',
  'fake-Blob': 'beacon',
  'fake-URLSearchParams': 'beacon',
  'fake-FormData': 'beacon',
  'fake-ArrayBuffer': 'beacon',
}

/** The same of what the log says; a name that is there twice says so. */
export function summary(events: EventEntry[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { facts, request, call, outcome } of events) {
    const how = request ? `${request.transport} ${request.lanes}` : 'no request'
    // Nobody will see an end; it takes the recorder ten seconds to say so.
    const isOpen = request?.lanes === 'hook' && ['pending', 'unknown'].includes(outcome.state)
    const end = isOpen
      ? ' open'
      : request
        ? ` ${outcome.state} ${'status' in outcome ? outcome.status : ''}`.trimEnd()
        : ''
    const text = `${how}${call ? ` ${call.api}` : ''}${end}`
    found[facts.ea] = facts.ea in found ? `twice: ${found[facts.ea]}; ${text}` : text
  }
  return found
}

/** What the collector got of one visit, in words that two browsers' visits can be compared by. */
export const arrived = (server: DemoServer, category: string): string[] =>
  server
    .received(arrival => arrival.url.includes(`ec=${category}&`))
    .map(({ ea, method, body, status }) => `${ea} ${method} ${body} ${status}`)
    .sort()
