/** Reads a file in a thread of its own, for whoever wants a log from one; and shows it as the log of this panel, in memory alone. */
import { inSlices } from '../../utils/breath'
import type { LogEntry, Payload } from '../../utils/identity/entry'
import { mergePayload } from '../../utils/log/records'
import { whyOf } from '../../utils/why'
import { LogView } from '../log-view'
import { panel, showImported } from '../store'
import { t, told } from '../text'
import { beginThread } from './begin'
import type { FileFacts } from './thread'

/** A log as it was read from a file. */
interface FileLog extends FileFacts {
  entries: LogEntry[]
  payloads: Payload[]
}

/** Ends when a file is no longer waited for. */
let reading = new AbortController()

/** Reads no further; what was shown before stays. */
export function cancelReading(): void {
  reading.abort()
  panel.setState({ importing: null })
}

/** Leaves what is being read for another file. */
function begin(): AbortSignal {
  cancelReading()
  reading = new AbortController()
  return reading.signal
}

const say = ({ name }: File, share: number) => panel.setState({ importing: { name, share, fault: null } })

/** How the time of reading is shared out: the text, what was read coming over, what it means. */
const TEXT = 0.6
const OVER = 0.7

/** Entries that are taken at once. */
const STEP = 20

function* taken(view: LogView, entries: readonly LogEntry[], on: (share: number) => void): Generator<void> {
  for (let at = 0; at < entries.length; at += STEP) {
    view.take({ epoch: 0, reset: false, entries: entries.slice(at, at + STEP) })
    on(at / entries.length)
    yield
  }
}

/** What is in a file; a sentence, if it can't be read; null, if nobody waits for it any more. */
function logIn(file: File, payloads: boolean, signal: AbortSignal): Promise<FileLog | string | null> {
  const thread = beginThread()
  const log: Pick<FileLog, 'entries' | 'payloads'> = { entries: [], payloads: [] }
  say(file, 0)
  return new Promise(resolve => {
    const end = (read: FileLog | string | null) => {
      thread.terminate()
      resolve(read)
    }
    signal.addEventListener('abort', () => end(null), { once: true })
    thread.onmessage = ({ data }) => {
      if (signal.aborted) return
      switch (data.kind) {
        case 'progress':
          return say(file, data.share * TEXT)
        case 'part':
          log.entries.push(...data.entries)
          log.payloads.push(...data.payloads)
          return say(file, TEXT + data.share * (OVER - TEXT))
        case 'failed':
          return end(data.why)
        case 'read': {
          const { format, requests, rejected } = data
          return end({ ...log, format, requests, rejected })
        }
      }
    }
    thread.onerror = event => end(event instanceof ErrorEvent ? event.message : String(event))
    thread.postMessage({ kind: 'read', file, hosts: panel.getState().settings.hosts, payloads })
  })
}

/**
 * The entries of a file that something is asked of and that isn't shown, with the progress in the panel's state meanwhile; a sentence, if it
 * can't be read; null, if nobody waits for it any more.
 */
export async function entriesIn(file: File): Promise<LogEntry[] | string | null> {
  const signal = begin()
  const log = await logIn(file, false, signal)
  if (!signal.aborted) cancelReading()
  return typeof log === 'string' ? log : (log?.entries ?? null)
}

/** What the entries mean, worked out bit by bit. null: nobody waits for it any more. */
async function viewOf(
  entries: readonly LogEntry[],
  signal: AbortSignal,
  on: (share: number) => void,
): Promise<LogView | null> {
  const view = new LogView(null)
  let share = 0
  const steps = taken(view, entries, now => {
    share = now
  })
  const goOn = () => {
    on(share)
    return !signal.aborted
  }
  return (await inSlices(steps, goOn)) ? view : null
}

/** Opens a file as the log that the panel shows. What is wrong with it becomes a sentence, and what was shown before stays. */
export async function openFile(file: File): Promise<void> {
  const signal = begin()
  const { name } = file
  const fail = (why: string) => {
    cancelReading()
    panel.setState({ importing: { name, share: 0, fault: t('import.fault', { name, why: told(why) }) } })
  }
  const log = await logIn(file, true, signal)
  if (log === null) return
  if (typeof log === 'string') return fail(log)
  const { entries, payloads, format, requests, rejected } = log
  try {
    const view = await viewOf(entries, signal, share => say(file, OVER + share * (1 - OVER)))
    if (!view) return
    cancelReading()
    const payload = async (refs: [chunk: number, index: number][]) =>
      mergePayload(refs.map(([, index]) => payloads[index]))
    showImported({ payload }, view, { name, format, requests, rejected })
  } catch (error) {
    if (!signal.aborted) fail(whyOf(error))
  }
}
