/**
 * Every message that crosses a context, in one union, and one guard where each enters.
 *
 *     relay ──port "relay"──▶ worker    RelayUp, WorkerDown
 *     worker ──tabs.sendMessage──▶ relay    RelayCommand: RunCommand → RunReply, LookCommand → a FrameReport by itself, TellCommand → records
 *     relay ──runtime.sendMessage──▶ worker    FrameReport
 *     panel ──runtime.sendMessage──▶ worker    PanelAsk → its reply
 *
 * Data never travels here: panel and worker meet in the log.
 */
import type { MarkKind } from './identity/entry'
import type { PageCall } from './sdk/event'

export const RELAY_PORT = 'relay'
/** The same of a private window: Firefox doesn't name the tab of a relay that speaks as its tab closes, and so not whether it is private. */
export const PRIVATE_RELAY_PORT = 'relay-private'
export const MEMORY_PORT = 'memory-log'

/** Hook records of one document, in order; `from` is the number of the first. Strings as the hook wrote them: untrusted. */
export interface RelayRecords {
  kind: 'records'
  doc: string
  from: number
  records: string[]
}
export type RelayUp = RelayRecords

/** Is this what a relay sends? The records themselves are claims of a page: utils/capture/claims.ts reads them. */
export const isRelayUp = (message: unknown): message is RelayUp => {
  const { kind, doc, from, records } = (message ?? {}) as Partial<RelayRecords>
  return (
    kind === 'records' &&
    typeof doc === 'string' &&
    doc.length < 100 &&
    Number.isSafeInteger(from) &&
    Array.isArray(records) &&
    records.every(line => typeof line === 'string')
  )
}

/** `n`: the last record of `doc` that is in the log for good. */
export type WorkerDown =
  | { kind: 'ack'; doc: string; n: number }
  | { kind: 'config'; recording: boolean; hosts: string[] }

export interface RunCommand {
  kind: 'run'
  command: string
  calls: PageCall[]
}
/** `ok` says that the calls returned, nothing about their requests. `error` is a sentence. */
export type RunReply = { ok: true } | { ok: false; error: string }

/** To every relay of a tab: is the frame's hook alive, and what does it see? Each answers with a `FrameReport` that names `ask`. */
export interface LookCommand {
  kind: 'look'
  ask: string
}
/** To every relay that is awake: what it has told is not in the log any more, or never came to be. It says again where its page is, and what of the SDK is there. */
export interface TellCommand {
  kind: 'tell'
}
export type RelayCommand = RunCommand | LookCommand | TellCommand

/** What a frame's relay says of itself. Hook and page are claims of the page. */
export interface FrameReport {
  kind: 'frame'
  ask: string
  top: boolean
  /** Frames below it, of whatever depth. */
  below: number
  /** The hook answered. */
  hook: boolean
  /** What the page has of the SDK; '' when nobody answered. */
  state: '' | 'absent' | 'queue' | 'live'
  queue: number
  /** Global of the API; '' = none. */
  api: string
  /** Of the snippet's stub: none was seen, it still stands there, the SDK has taken its place. */
  stub: 'none' | 'waits' | 'replaced'
  /** Hook records so far; those the worker has not confirmed yet. */
  records: number
  waiting: number
  /** When the last record came, ms since the epoch; 0 = none yet. */
  last: number
  /** It came after code of the page had run. */
  late: boolean
}

const isOneOf = <T extends string>(value: unknown, of: readonly T[]): value is T =>
  (of as readonly unknown[]).includes(value)
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Is this a relay's answer to a `LookCommand`? */
export const isFrameReport = (message: unknown): message is FrameReport => {
  const report = (message ?? {}) as Partial<FrameReport>
  const { kind, ask, top, below, hook, state, queue, api, stub, records, waiting, last, late } = report
  return (
    kind === 'frame' &&
    [ask, api].every(text => typeof text === 'string' && text.length < 100) &&
    [top, hook, late].every(flag => typeof flag === 'boolean') &&
    [below, queue, records, waiting, last].every(isCount) &&
    isOneOf(state, ['', 'absent', 'queue', 'live']) &&
    isOneOf(stub, ['none', 'waits', 'replaced'])
  )
}

/** A tester's word about the site that he checks; it goes into the log. */
export interface MarkAsk {
  kind: 'mark'
  tab: number
  site: string
  partition: string
  what: MarkKind
  who: string | null
}

/** It came with the page; only after it, and what the page did before was not seen; not at all, or one of before an update. */
export type Attachment = 'whole' | 'late' | 'none'

/** A value that the SDK keeps in the browser for a site. */
export interface Kept {
  where: 'cookie' | 'localStorage'
  /** Cookie domain, or origin. */
  owner: string
  name: string
  value: string
}

/** What a page has set for the SDK, and what the SDK keeps of its site. */
export interface OnPage {
  /** When it was looked at, and where. */
  at: number
  url: string
  /** The page's own word, for `readPageSide`; null: it could not be asked. */
  claim: unknown
  kept: Kept[]
}

export type PanelAsk =
  /** What has the page set, and what is kept of its site? `OnPage`. */
  | { kind: 'on-page'; tab: number }
  /** What the SDK keeps for the page's site: `Kept[]`. */
  | { kind: 'kept'; tab: number }
  /** Takes all of that away and loads the page anew, if that is still of this site; gives what could not be taken: `Kept[]`. */
  | { kind: 'fresh'; tab: number; site: string }
  | { kind: 'diagnose'; tab: number }
  | { kind: 'hello'; tab: number }
  /** How is the extension in the tab's page? Answered by an `Attachment`; null: there it can't be, or the page is too busy to say. */
  | { kind: 'attached'; tab: number }
  | { kind: 'run'; tab: number; frame: number; command: string; calls: PageCall[] }
  /** Clears what is logged of the tab; for a while that can be undone. `partition`: that of the tab. */
  | { kind: 'clear'; tab: number; partition: string }
  | { kind: 'undo-clear'; tab: number }
  | MarkAsk
  | { kind: 'delete-everything' }
  /** Opens a tab without a page, for a log from a file; `log`: a word by which it asks for the file. */
  | { kind: 'open-log'; log: string }

/** Can this be the id of a tab? */
export const isTabId = (tab: unknown): tab is number => Number.isSafeInteger(tab) && (tab as number) > 0

/** Is this the panel's? Only pages of this extension send messages to the worker; the sender is checked where they enter. */
export const isPanelAsk = (message: unknown): message is PanelAsk => {
  const ask = (message ?? {}) as Partial<PanelAsk> & { tab?: unknown; log?: unknown }
  if (ask.kind === 'open-log') return typeof ask.log === 'string' && /^[\w-]{1,64}$/.test(ask.log)
  return ask.kind === 'delete-everything' || (ask.kind !== undefined && isTabId(ask.tab))
}

/** Requests that look like the SDK's and were not taken for events, a line for each tab, host and path. */
export interface Unrecognised {
  /** Scope key `<session>:<tab>`; of service workers, `<session>:-1`. */
  tab: string
  /** `<partition>|<site>` of the page that asked. */
  site: string
  /** Without port. */
  host: string
  /** Without query; what could be an id stands as `…`. */
  path: string
  count: number
  /** When it was seen last. */
  at: number
  /** `own`: traffic of the SDK that is no event. `unreadable`: the body, which decides, can't be read. */
  why: 'shape' | 'unreadable' | 'own'
  /** Parameters of an event that it lacks. */
  lacks: string[]
}

/** A frame that answered, by the browser's word. */
export interface FrameState extends FrameReport {
  frame: number
  url: string
}

/** The worker's answer to `diagnose`: asked of the browser and of the tab's relays just now. */
export interface Diagnosis {
  at: number
  /** Of this extension. */
  version: string
  worker: {
    /** When it woke. */
    since: number
    /** How often in this session of the browser. */
    wakes: number
    /** The log is open: what comes is being recorded. */
    begun: boolean
  }
  /** `url` is '' when extensions may not see it; `loading`: its page is on its way, and its relay may be too. */
  tab: { open: boolean; url: string; loading?: boolean }
  partition: string
  /** For all sites; for the page (null: unknown, its address can't be seen); for the SDK's hosts; for cookies of the page's site. */
  permissions: { all: boolean; page: boolean | null; sdk: boolean; cookies: boolean | null }
  frames: FrameState[]
  /** A relay is there to be asked, whether it answered in time or not. */
  reached: boolean
  /** Frames that the page has by its own count, itself among them; null: its relay didn't answer. */
  count: number | null
  unrecognised: Unrecognised[]
}

/** May what the page sends be recorded? */
export const isPermitted = ({ all, page, sdk }: Diagnosis['permissions']): boolean => all || (page === true && sdk)

/** What a panel must know of the tab that it shows. */
export interface Hello {
  /** Scope key `<session>:<tab>`. */
  tab: string
  partition: string
  /** Of the top page; '' when the browser shows a page that extensions can't see. */
  site: string
  url: string
  store: 'dexie' | 'session' | 'memory'
  /** false: host permission for this page or for the SDK's hosts is absent, or was revoked. */
  permitted: boolean
}
