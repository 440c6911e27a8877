/** Opens a file as the log that the panel shows. It is in memory, this page's alone, and nothing of it is stored. */

import { inSlices } from '../../utils/breath'
import type { LogEntry, Payload } from '../../utils/identity/entry'
import { mergePayload } from '../../utils/log/records'
import { LogView } from '../log-view'
import { panel, showImported } from '../store'
import { t } from '../text'
import { beginThread } from './begin'
import type { Thread } from './thread'

/** Reads a file in its own thread. */
let reading: Thread | null = null

/** Reads no further; what was shown before stays. */
export function cancelReading(): void {
  reading?.terminate()
  reading = null
  panel.setState({ importing: null })
}

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

/** What the entries mean, worked out bit by bit. null: nobody waits for it any more. */
async function viewOf(
  entries: readonly LogEntry[],
  isWanted: () => boolean,
  on: (share: number) => void,
): Promise<LogView | null> {
  const view = new LogView(null)
  let share = 0
  const steps = taken(view, entries, now => {
    share = now
  })
  const goOn = () => {
    on(share)
    return isWanted()
  }
  return (await inSlices(steps, goOn)) ? view : null
}

/** Reads a file, with its progress in the panel's state, and shows it. What is wrong with it becomes a sentence, and what was shown before stays. */
export function openFile(file: File): void {
  cancelReading()
  const thread = beginThread()
  const { name } = file
  const entries: LogEntry[] = []
  const payloads: Payload[] = []
  const isWanted = () => reading === thread
  const fail = (why: string) => {
    if (!isWanted()) return
    cancelReading()
    panel.setState({ importing: { name, share: 0, fault: t('import.fault', { name, why }) } })
  }
  const say = (share: number) => panel.setState({ importing: { name, share, fault: null } })
  reading = thread
  say(0)
  thread.onmessage = async ({ data }) => {
    if (!isWanted()) return
    switch (data.kind) {
      case 'progress':
        return say(data.share * TEXT)
      case 'part':
        entries.push(...data.entries)
        payloads.push(...data.payloads)
        return say(TEXT + data.share * (OVER - TEXT))
      case 'failed':
        return fail(data.why)
      case 'read': {
        const { format, requests, rejected } = data
        const view = await viewOf(entries, isWanted, share => say(OVER + share * (1 - OVER))).catch(error => {
          fail(error instanceof Error ? error.message : String(error))
          return null
        })
        if (!view) return
        cancelReading()
        const payload = async (refs: [chunk: number, index: number][]) =>
          mergePayload(refs.map(([, index]) => payloads[index]))
        showImported({ payload }, view, { name, format, requests, rejected })
      }
    }
  }
  thread.onerror = event => fail(event instanceof ErrorEvent ? event.message : String(event))
  thread.postMessage({ kind: 'read', file, hosts: panel.getState().settings.hosts })
}
