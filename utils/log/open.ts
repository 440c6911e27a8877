/** From the text of a file to a log: HAR, or the log's own format. The text may come in pieces. */
import { type HarOptions, HarReader, isHar } from './har'
import { isLogFile, LogFileReader } from './json'
import type { Failure, ReadLog } from './read'
import { JsonSplitter } from './split'

type Opened = ({ ok: true; format: 'har' | 'log' } & ReadLog) | Failure

/** Takes a file piece by piece; costs the memory of what the log keeps, not of the file. */
export class LogReader {
  private readonly har: HarReader
  private readonly log: LogFileReader
  private readonly splitter: JsonSplitter
  private begun = false

  constructor(options: HarOptions) {
    this.har = new HarReader(options)
    this.log = new LogFileReader(options.payloads)
    const takers: Record<string, [take: (item: unknown) => void, reject: (reason: string) => void]> = {
      'log.entries': [item => this.har.entry(item), reason => this.har.reject(reason)],
      'log.pages': [item => this.har.page(item), () => {}],
      entries: [item => this.log.entry(item), reason => this.log.reject(reason)],
      payloads: [item => this.log.payload(item), () => this.log.payload(null)],
    }
    this.splitter = new JsonSplitter(Object.keys(takers), (list, text) => {
      const [take, reject] = takers[list] ?? []
      let item: unknown
      try {
        item = JSON.parse(text)
      } catch (error) {
        reject?.(`the entry is not JSON: ${(error as Error).message}`)
        return
      }
      take?.(item)
    })
  }

  write(piece: string): void {
    this.splitter.write(this.begun ? piece : piece.replace(/^\uFEFF/, ''))
    this.begun ||= piece !== ''
  }

  end(): Opened {
    const rest = this.splitter.end()
    if (rest.trim() === '') return { ok: false, reason: 'The file is empty.' }
    let json: unknown
    try {
      json = JSON.parse(rest)
    } catch (error) {
      return { ok: false, reason: `The file is not JSON: ${(error as Error).message}.` }
    }
    if (isLogFile(json)) {
      const log = this.log.finish(json)
      return log.ok ? { ...log, format: 'log' } : log
    }
    if (isHar(json)) return { ok: true, format: 'har', ...this.har.finish(json) }
    return {
      ok: false,
      reason: 'The file is JSON, but neither a HAR file (it has no log.entries) nor a log of Identity Lens.',
    }
  }
}

/** Reads a file's whole text. */
export function readAnyLog(source: string, options: HarOptions): Opened {
  const reader = new LogReader(options)
  reader.write(source)
  return reader.end()
}
