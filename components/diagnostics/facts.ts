/** What stops events, and the facts that say so: functions of what the log holds and of what worker and page answered. */
import type { EventEntry, Outcome, RequestLink, SdkEntry, SdkState } from '../../utils/identity/entry'
import { outcomeAt } from '../../utils/identity/outcome'
import { canBeWatched } from '../../utils/log/watchable'
import { type FrameState, isTabId, type Unrecognised } from '../../utils/messages'
import { WEB_GLOBAL } from '../../utils/sdk/names'
import type { LogView, Row } from '../log-view'
import { framesOf, siteOf } from '../page'
import type { PanelState } from '../store'

export type Verdict =
  | 'no-tab'
  | 'worker'
  | 'closed'
  | 'foreign'
  | 'permission'
  | 'off'
  | 'paused'
  | 'reload'
  | 'busy'
  | 'hook'
  | 'sdk-permission'
  | 'blocked'
  | 'absent'
  | 'waits'
  | 'old-queue'
  | 'hidden'
  | 'late'
  | 'quiet'
  | 'fine'

export type Tone = 'ok' | 'info' | 'warning' | 'error'

const STOPS: readonly Verdict[] = [
  'no-tab',
  'worker',
  'permission',
  'reload',
  'hook',
  'sdk-permission',
  'blocked',
  'old-queue',
]
const HINDERS: readonly Verdict[] = ['off', 'paused', 'busy', 'waits', 'hidden', 'late']
const FINE: readonly Verdict[] = ['quiet', 'fine']
const toneOf = (verdict: Verdict): Tone =>
  STOPS.includes(verdict) ? 'error' : HINDERS.includes(verdict) ? 'warning' : FINE.includes(verdict) ? 'ok' : 'info'

export interface Facts {
  /** null: nobody has answered yet. */
  verdict: Verdict | null
  tone: Tone
  /** What the verdict counts. */
  n: number
  /** The frame that has the SDK, else the top one; null: neither answered. */
  frame: FrameState | null
  /** What the log has of the SDK in that frame. */
  sdk: SdkEntry | null
  /** The page's own word if it answered, else the log's; null: nobody knows. */
  state: SdkState | null
  /** The SDK is an app's, without a script. */
  app: string | null
  queue: number
  /** Calls of that document that queued first, and were taken up when the SDK came. */
  drained: number
  /** ms from the page's beginning to the SDK's; null: it is not live, or nobody saw it come. */
  after: number | null
  /** Calls of the present page that wait although the SDK is live, oldest first. */
  old: readonly EventEntry[]
  /** Calls that returned and were followed by no request. */
  notSent: number
  /** The user paused recording on this site. */
  paused: boolean
  /** How often it was paused while the list was filled, and for how long, ms. */
  pauses: { count: number; ms: number }
  frames: readonly FrameState[]
  /** Frames of the page, as far as their number is known. */
  count: number | null
  /** Frames without relay or without hook. */
  unseen: number
  /** Records that were dropped before the worker could take them. */
  lost: number
  last: EventEntry | null
  /** Rows of events in the list, and those that the filter leaves. */
  rows: { all: number; shown: number }
  /** Not recognised: neither the SDK's own traffic, nor of a host that was added since, nor set aside. */
  foreign: readonly Unrecognised[]
  /** Set aside by the user. */
  ignored: readonly Unrecognised[]
}

/** What a line of "Not recognised" is called in the settings. */
export const lineOf = ({ host, path }: Unrecognised): string => host + path

const stopped = ({ script }: SdkEntry): boolean =>
  script?.outcome.state === 'blocked' || script?.outcome.state === 'failed'

const isEvent = (row: Row): row is EventEntry => row.kind === 'event'

const lostRecords = ({ gaps }: LogView): number =>
  gaps.reduce((sum, { cause, detail }) => {
    const { records } = (detail ?? {}) as { records?: unknown }
    return cause === 'lost' ? sum + (Number(records) || 0) : sum
  }, 0)

/** Pauses of everything or of this site that are over, since the oldest row. */
const pausesOf = ({ gaps, rows }: LogView, site: string): Facts['pauses'] => {
  const since = rows[0]?.at ?? Number.POSITIVE_INFINITY
  const over = gaps.flatMap(({ cause, place, at, until }) =>
    cause === 'paused' && until !== null && until >= since && (place.site === '' || place.site === site)
      ? [until - at]
      : [],
  )
  return { count: over.length, ms: over.reduce((sum, ms) => sum + ms, 0) }
}

type Given = Pick<
  PanelState,
  'tab' | 'diagnosis' | 'silent' | 'ready' | 'log' | 'settings' | 'hello' | 'helloAt' | 'now'
>

/** @param rows how many events the list has, and how many the filter leaves */
export function factsOf(state: Given, rows: Facts['rows']): Facts {
  const { diagnosis, log, now } = state
  const frames = diagnosis?.frames ?? []
  const words = framesOf(state)
  const top = frames.find(({ frame }) => frame === 0) ?? null
  const has = (each: { state: string }): boolean => each.state !== 'absent' && each.state !== ''
  const frame = frames.find(has) ?? top
  const sdk =
    words.find(({ place }) => place.frame === frame?.frame) ??
    words.find(has) ??
    words.find(stopped) ??
    words[0] ??
    null
  const live = frame && frame.state !== '' ? frame.state : null
  const known: SdkState | null = live ?? sdk?.state ?? null
  const api = frame?.api || (sdk?.api === 'web' ? WEB_GLOBAL : sdk?.api) || ''
  const { notSent } = log.waiting(now)
  const doc = sdk?.place.doc
  const site = siteOf(state)
  const unknown = (diagnosis?.unrecognised ?? []).filter(
    ({ why, host }) => why !== 'own' && !state.settings.hosts.includes(host),
  )
  const isIgnored = (line: Unrecognised) => state.settings.ignored.includes(lineOf(line))
  const queue = live ? (frame?.queue ?? 0) : (sdk?.queue ?? 0)
  const facts: Facts = {
    verdict: null,
    tone: 'info',
    n: 0,
    frame,
    sdk,
    state: known !== 'live' && sdk && stopped(sdk) ? 'blocked' : known,
    app: api !== '' && api !== WEB_GLOBAL ? api : null,
    queue,
    drained: log.rows.filter(
      row => isEvent(row) && row.place.doc === doc && row.call?.queued && row.outcome.state !== 'queued',
    ).length,
    after: sdk?.state === 'live' && log.page && sdk.at >= log.page.at ? sdk.at - log.page.at : null,
    old: known === 'live' && sdk ? log.queuedIn(sdk.place.doc) : [],
    notSent,
    paused: state.settings.pausedSites.includes(site),
    pauses: pausesOf(log, site),
    frames,
    count: diagnosis?.count ?? null,
    unseen: Math.max(0, (diagnosis?.count ?? frames.length) - frames.filter(({ hook }) => hook).length),
    lost: lostRecords(log),
    last: log.rows.findLast(isEvent) ?? null,
    rows,
    foreign: unknown.filter(line => !isIgnored(line)),
    ignored: unknown.filter(isIgnored),
  }
  const verdict = verdictOf(state, facts, top)
  const n = verdict === 'waits' ? queue : verdict === 'old-queue' ? facts.old.length : rows.all
  return { ...facts, verdict, tone: verdict ? toneOf(verdict) : 'info', n }
}

/** The first thing that stops events, in the order in which they would have to be put right. */
function verdictOf(
  { tab: id, diagnosis, silent, ready, settings }: Given,
  { state, paused, old, rows }: Facts,
  top: FrameState | null,
): Verdict | null {
  if (!isTabId(id)) return 'no-tab'
  if (silent) return 'worker'
  if (!diagnosis || !ready) return null
  const { tab, permissions } = diagnosis
  if (!tab.open) return 'closed'
  if (!top && tab.url === '' && !permissions.all) return 'permission'
  if (!top && !canBeWatched(tab.url)) return 'foreign'
  if (permissions.page === false) return 'permission'
  if (!settings.recording) return 'off'
  if (paused) return 'paused'
  if (!top) return diagnosis.reached && diagnosis.frames.length === 0 ? 'busy' : 'reload'
  if (!top.hook) return 'hook'
  if (!permissions.sdk) return 'sdk-permission'
  if (state === 'blocked') return 'blocked'
  if (state === 'absent') return 'absent'
  if (state === 'queue') return 'waits'
  if (old.length > 0) return 'old-queue'
  if (rows.all > 0 && rows.shown === 0) return 'hidden'
  if (top.late) return 'late'
  return rows.all === 0 ? 'quiet' : 'fine'
}

/** How this tab's events ended, and which lanes saw them. */
export function tally({ rows }: LogView, now: number) {
  const outcomes = new Map<Outcome['state'], number>()
  const lanes = new Map<RequestLink['lanes'] | 'call', number>()
  const more = <K>(map: Map<K, number>, key: K) => map.set(key, (map.get(key) ?? 0) + 1)
  for (const row of rows) {
    if (!isEvent(row)) continue
    more(outcomes, outcomeAt(row, now).state)
    more(lanes, row.request?.lanes ?? 'call')
  }
  return { outcomes, lanes }
}
