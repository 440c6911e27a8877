/** Opens a file as the log that the panel shows. */
import type { LogEntry, Payload } from '../../utils/identity/entry'
import { panel, showImported } from '../store'
import { t } from '../text'
import { beginThread } from './begin'
import { FileLog } from './file-log'
import type { Thread } from './thread'

/** Reads a file in its own thread. */
let reading: Thread | null = null
/** Ends the log that is shown. It stays until another file was read to its end. */
let shown: AbortController | null = null

/** Reads no further; what was shown before stays. */
export function cancelReading(): void {
  reading?.terminate()
  reading = null
  panel.setState({ importing: null })
}

/** Reads a file, with its progress in the panel's state, and shows it. What is wrong with it becomes a sentence, and what was shown before stays. */
export function openFile(file: File): void {
  cancelReading()
  const thread = beginThread()
  const { name } = file
  const entries: LogEntry[] = []
  const payloads: Payload[] = []
  const fail = (why: string) => {
    if (reading !== thread) return
    cancelReading()
    panel.setState({ importing: { name, share: 0, fault: t('import.fault', { name, why }) } })
  }
  /** The text is most of the work; what was read comes over in parts. */
  const say = (share: number) => panel.setState({ importing: { name, share, fault: null } })
  reading = thread
  say(0)
  thread.onmessage = ({ data }) => {
    if (reading !== thread) return
    switch (data.kind) {
      case 'progress':
        return say(data.share * 0.8)
      case 'part':
        entries.push(...data.entries)
        payloads.push(...data.payloads)
        return say(0.8 + data.share * 0.2)
      case 'failed':
        return fail(data.why)
      case 'read': {
        const { format, requests, rejected } = data
        cancelReading()
        shown?.abort()
        shown = new AbortController()
        showImported(new FileLog(entries, payloads), { name, format, requests, rejected }, shown.signal)
      }
    }
  }
  thread.onerror = event => fail(event instanceof ErrorEvent ? event.message : String(event))
  thread.postMessage({ kind: 'read', file, hosts: panel.getState().settings.hosts })
}
