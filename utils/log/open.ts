/** From the text of a file to a log: HAR of whatever writer, the log's own format, or our own CSV. The text may come in pieces. */
import { byTime } from '../identity/entry'
import { CsvRows, CsvSplitter } from './csv'
import { type HarOptions, HarReader, isHar } from './har'
import { isLogFile, LogFileReader } from './json'
import type { OwnPart } from './own'
import type { Failure, ReadLog } from './read'
import { VERSION } from './shape'
import { JsonSplitter } from './split'

export type Opened = ({ ok: true; format: 'har' | 'log' | 'csv' } & ReadLog) | Failure

type Bag = Record<string, unknown>
const bag = (value: unknown): Bag => (typeof value === 'object' && value !== null ? (value as Bag) : {})

/** What a broken file holds is unknown; the sentence names where it breaks. */
const notJson = (error: unknown): Failure => ({
  ok: false,
  reason: `The file is not JSON: ${(error as Error).message}.`,
})

/** Reads what is one JSON text. */
class JsonLogReader {
  private readonly har: HarReader
  private readonly log: LogFileReader
  private readonly splitter: JsonSplitter
  /** Something in the HAR was written by us. */
  private own = false

  constructor(options: HarOptions) {
    this.har = new HarReader(options)
    this.log = new LogFileReader(options.payloads)
    const takers: Record<string, [take: (item: unknown) => void, reject: (reason: string) => void]> = {
      'log.entries': [item => this.entry(item), reason => this.har.reject(reason)],
      'log.pages': [item => this.har.page(item), () => {}],
      'log._identityLens.entries': [
        item => {
          this.own = true
          const { entries, payload } = bag(item) as Partial<OwnPart>
          if (Array.isArray(entries)) this.log.together(entries, payload)
          else this.log.reject('it holds no entries')
        },
        reason => this.log.reject(reason),
      ],
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

  /** An entry of a HAR: with what we wrote of it, or as others write them. */
  private entry(item: unknown): void {
    const { _identityLens: part, request } = bag(item)
    const { entries, payload, body } = bag(part) as Partial<OwnPart>
    if (!Array.isArray(entries)) return this.har.entry(item)
    this.own = true
    this.har.pass()
    const { url, method, postData } = bag(request)
    const text = bag(postData).text
    const whole = body
      ? { ...body, ...(text === undefined ? {} : { text }) }
      : text === undefined
        ? { state: 'none' }
        : { state: 'text', text }
    this.log.together(entries, { request: { url, method, body: whole }, ...payload })
  }

  write(piece: string): void {
    this.splitter.write(piece)
  }

  end(): Opened {
    let json: unknown
    try {
      json = JSON.parse(this.splitter.end())
    } catch (error) {
      return notJson(error)
    }
    if (isLogFile(json)) {
      const log = this.log.finish(json)
      return log.ok ? { ...log, format: 'log' } : log
    }
    if (isHar(json)) return this.harOf(json)
    return {
      ok: false,
      reason: 'The file is JSON, but neither a HAR file (it has no log.entries) nor a log of Identity Lens.',
    }
  }

  private harOf(json: unknown): Opened {
    const others = this.har.finish(json)
    if (!this.own) return { ok: true, format: 'har', ...others }
    const { version } = bag(bag(bag(json).log)._identityLens)
    if (version !== undefined && version !== VERSION)
      return {
        ok: false,
        reason: `This HAR file holds a log of version ${version}; this program reads version ${VERSION}.`,
      }
    const own = this.log.all()
    const { payloads, rejected } = others
    const docs = new Set(own.entries.map(({ place }) => place.doc))
    // What is left besides our pages: somebody has put entries of another recording beside ours.
    const entries = others.entries.filter(({ kind, place }) => kind !== 'page' || !docs.has(place.doc))
    const last = own.entries.reduce((most, { id }) => Math.max(most, id), 0)
    for (const entry of entries) {
      entry.id += last
      if (entry.kind === 'event') entry.payload = entry.payload.map(([chunk, at]) => [chunk, at + own.payloads.length])
    }
    return {
      ok: true,
      format: 'har',
      entries: [...own.entries, ...entries].sort(byTime),
      payloads: [...own.payloads, ...payloads],
      rejected: [...own.rejected, ...rejected],
      requests: Math.max(others.requests, own.requests),
    }
  }
}

/** Reads our own CSV. */
class CsvLogReader {
  private readonly log: LogFileReader
  private readonly rows = new CsvRows()
  private readonly splitter = new CsvSplitter(cells => this.row(cells))

  constructor({ payloads }: HarOptions) {
    this.log = new LogFileReader(payloads)
  }

  private row(cells: string[]): void {
    const read = this.rows.read(cells)
    if (typeof read === 'string') this.log.reject(read)
    else if (read) this.log.together([read.entry], read.payload)
  }

  write(piece: string): void {
    this.splitter.write(piece)
  }

  end(): Opened {
    const whole = this.splitter.end()
    if (!this.rows.isOurs)
      return {
        ok: false,
        reason: 'The file is not JSON (HAR, or a log of Identity Lens), nor a CSV that Identity Lens wrote.',
      }
    const { rejected, ...log } = this.log.all()
    const open = { entry: log.requests - 1, reason: 'the file ends inside of a quoted cell' }
    return { ok: true, format: 'csv', ...log, rejected: whole ? rejected : [...rejected, open] }
  }
}

/** Takes a file piece by piece; costs the memory of what the log keeps, not of the file. */
export class LogReader {
  private reader: JsonLogReader | CsvLogReader | null = null
  private blank = ''

  constructor(private readonly options: HarOptions) {}

  write(piece: string): void {
    if (this.reader) return this.reader.write(piece)
    this.blank = (this.blank + piece).replace(/^\uFEFF/, '').trimStart()
    const { blank } = this
    if (blank === '') return
    // What JSON can begin with, and our names of columns don't.
    this.reader = /^(?:[[{"\d-]|null|true|false)/.test(blank)
      ? new JsonLogReader(this.options)
      : new CsvLogReader(this.options)
    this.reader.write(blank)
    this.blank = ''
  }

  end(): Opened {
    return this.reader?.end() ?? { ok: false, reason: 'The file is empty.' }
  }
}

/** Reads a file's whole text. */
export function readAnyLog(source: string, options: HarOptions): Opened {
  const reader = new LogReader(options)
  reader.write(source)
  return reader.end()
}
