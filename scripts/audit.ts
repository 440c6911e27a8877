/**
 * `npm run -s audit -- FILE [--json]`: what the panel would say of a HAR file or a log export. Exit 0: clean; 1: issues of
 * severity error; 2: the input can't be read, said in one sentence on stderr.
 */
import { createReadStream } from 'node:fs'
import { basename, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { EventEntry, LogEntry, Payload } from '../utils/identity/entry'
import { Reduction } from '../utils/identity/reduce'
import { makeReport, type Recorded, reportJson, reportText } from '../utils/identity/report'
import { LogReader } from '../utils/log/open'
import { siteOf } from '../utils/log/site'
import { decodeCall, decodeRequest } from '../utils/sdk/decode'

const USAGE = 'Usage: npm run -s audit -- FILE [--json]'
const EXIT = { clean: 0, errors: 1, unreadable: 2 }

/** Its message is a sentence for the user. */
class Unreadable extends Error {}

/** A file read piece by piece, in UTF-8 or, with its byte order mark, UTF-16. A relative path is meant from where npm was called. */
async function read(path: string): Promise<ReturnType<LogReader['end']>> {
  const reader = new LogReader({ siteOf })
  let decoder: TextDecoder | null = null
  try {
    for await (const chunk of createReadStream(resolve(process.env.INIT_CWD ?? '.', path))) {
      const bytes = chunk as Buffer
      decoder ??= new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8')
      reader.write(decoder.decode(bytes, { stream: true }))
    }
  } catch (error) {
    throw new Unreadable(`${path} can't be read: ${(error as Error).message}.`)
  }
  return reader.end()
}

const decode = (entry: EventEntry, { request, call }: Payload): Recorded => {
  const [n] = entry.facts.part
  const hosts = entry.request ? [entry.request.host] : []
  const decoded = request ? decodeRequest(request, hosts)[n - 1] : call && decodeCall(call)
  return { entry, decoded: decoded ?? null, url: request?.url ?? null }
}

/** Events with their payloads opened, one at a time. */
function* recorded(entries: readonly LogEntry[], payloads: readonly Payload[]): Generator<Recorded> {
  for (const entry of entries)
    if (entry.kind === 'event') yield decode(entry, payloads[entry.payload[0]?.[1] ?? -1] ?? {})
}

/** Prints the report of one file and gives the exit code. */
async function audit(path: string, asJson: boolean): Promise<number> {
  const log = await read(path)
  if (!log.ok) throw new Unreadable(`${path}: ${log.reason}`)
  const reduction = new Reduction()
  reduction.apply(log.entries)
  const report = makeReport({
    source: { file: basename(path), format: log.format, entries: log.requests },
    reduction,
    events: recorded(log.entries, log.payloads),
    rejected: log.rejected,
    now: Number.POSITIVE_INFINITY,
    policy: 'customer',
  })
  await pipeline(Readable.from(asJson ? reportJson(report) : [reportText(report)]), process.stdout, { end: false })
  return report.issues.some(({ severity }) => severity === 'error') ? EXIT.errors : EXIT.clean
}

const args = process.argv.slice(2)
const option = args.find(arg => arg.startsWith('-') && arg !== '--json')
const [file, ...more] = args.filter(arg => !arg.startsWith('-'))
try {
  if (option) throw new Unreadable(`${option} is no option of audit. ${USAGE}`)
  if (file === undefined || more.length > 0) throw new Unreadable(`audit takes one file. ${USAGE}`)
  process.exitCode = await audit(file, args.includes('--json'))
} catch (error) {
  // A reader such as `head` may close the pipe when it has seen enough.
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') {
    console.error(error instanceof Unreadable ? error.message : error)
    process.exitCode = EXIT.unreadable
  }
}
