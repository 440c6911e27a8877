import { type HarOptions, harLog, isHar } from './har'
import { isLogFile, readLogFile } from './json'
import { type Failure, parseJson, type ReadLog } from './read'

/** Reads the text of any file that holds a log: HAR, or the log's own format. */
export function readAnyLog(
  source: string,
  options: HarOptions,
): ({ ok: true; format: 'har' | 'log' } & ReadLog) | Failure {
  const parsed = parseJson(source)
  if (!parsed.ok) return parsed
  const { json } = parsed
  if (isLogFile(json)) {
    const log = readLogFile(json)
    return log.ok ? { ...log, format: 'log' } : log
  }
  if (isHar(json)) return { ok: true, format: 'har', ...harLog(json, options) }
  return {
    ok: false,
    reason: 'The file is JSON, but neither a HAR file (it has no log.entries) nor a log of Identity Lens.',
  }
}
