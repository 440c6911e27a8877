/**
 * `npm run -s audit -- FILE [--json] [--mode web|app]`: what the panel would say of a HAR file or a log export. Exit 0: clean; 1: issues of
 * severity error; 2: the input can't be read, said in one sentence on stderr.
 *
 * With `--check` the login and logout check instead, of the newest run in the file (from the tester's `start` mark on, else all of
 * it). Exit 1: a step failed; with `--strict`, or `"strict": true` in the expectations, also when one is open.
 */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type CheckResult, check } from '../utils/identity/check'
import { type Expected, NOTHING_EXPECTED, rulesExpect } from '../utils/identity/check-expected'
import { readExpected } from '../utils/identity/check-file'
import { type OtherRun, otherRun } from '../utils/identity/check-other'
import {
  isBroken,
  type ReportContext,
  readSummary,
  type Summary,
  summaryOf,
  toHtml,
  toJUnit,
  toMarkdown,
} from '../utils/identity/check-report'
import { cidOfPerson, type Person } from '../utils/identity/check-trail'
import CHECK_WORDS from '../utils/identity/check-words.en.json'
import type { EventEntry, Payload } from '../utils/identity/entry'
import { type Expectations, NO_EXPECTATIONS } from '../utils/identity/expectations'
import { EMPTY, Reduction } from '../utils/identity/reduce'
import { makeReport, type Recorded, reportJson, reportText } from '../utils/identity/report'
import SAY from '../utils/identity/rules/say.en.json'
import { RULES } from '../utils/identity/rules/table'
import type { HolderState } from '../utils/identity/state'
import { readText } from '../utils/log/bytes'
import { LogReader } from '../utils/log/open'
import { siteOf } from '../utils/log/site'
import { decodeCall, decodeRequest } from '../utils/sdk/decode'
import type { Json } from '../utils/sdk/event'
import type { Tree } from '../utils/sdk/json'
import { treeOf } from '../utils/sdk/parts'

const USAGE = `Usage: npm run -s audit -- FILE [--json] [--mode web|app]
       npm run -s audit -- FILE --check [--json] [--report OUT.html|.md|.xml|.json]... [--expected FILE] [--baseline FILE]
                                [--site SITE] [--other FILE]... [--person "LABEL=E-MAIL, PHONE, CID OR cid:ANYTHING"]...
                                [--tester NAME] [--strict] [--unmasked]`
const EXIT = { clean: 0, errors: 1, unreadable: 2 }

/** Its message is a sentence for the user. */
class Unreadable extends Error {}

/** Bytes that are read at once. Of larger pieces each byte costs several times as much to decode. */
const PIECE = 65_536
/** After so many of them the engine gets its turn for what it has put off, such as collecting. */
const PIECES = 16

/** The bytes of a file, read at once when they are asked for: nobody else has to be served meanwhile. */
const bytesOf = (path: string): ReadableStream<Uint8Array> => {
  const file = openSync(path, 'r')
  let pieces = 0
  return new ReadableStream<Uint8Array>({
    pull: async controller => {
      if (++pieces % PIECES === 0) await setImmediate()
      const bytes = new Uint8Array(PIECE)
      const count = readSync(file, bytes, 0, PIECE, null)
      if (count > 0) return controller.enqueue(bytes.subarray(0, count))
      closeSync(file)
      controller.close()
    },
    cancel: () => closeSync(file),
  })
}

/** A file read piece by piece. A relative path is meant from where npm was called. */
async function read(path: string, payloads: boolean): Promise<ReturnType<LogReader['end']>> {
  const reader = new LogReader({ siteOf, payloads })
  try {
    await readText(bytesOf(resolve(process.env.INIT_CWD ?? '.', path)), piece => reader.write(piece))
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
function* recorded(events: readonly EventEntry[], payloads: readonly Payload[]): Generator<Recorded> {
  for (const entry of events) yield decode(entry, payloads[entry.payload[0]?.[1] ?? -1] ?? {})
}

/** Prints the report of one file and gives the exit code. */
async function audit(path: string, asJson: boolean, channel: Expectations['channel']): Promise<number> {
  // Only the events' own JSON shows what they hold; verdicts rest on the facts.
  const log = await readLog(path, asJson)
  const reduction = new Reduction(EMPTY, { ...NO_EXPECTATIONS, channel })
  reduction.apply(log.entries)
  const events = log.entries.filter(entry => entry.kind === 'event')
  const report = makeReport({
    source: { file: basename(path), format: log.format, entries: log.requests },
    reduction,
    events: recorded(events, log.payloads),
    rejected: log.rejected,
    now: Number.POSITIVE_INFINITY,
    policy: 'customer',
  })
  await pipeline(Readable.from(asJson ? reportJson(report) : [reportText(report, events.length)]), process.stdout, {
    end: false,
  })
  return report.issues.some(({ severity }) => severity === 'error') ? EXIT.errors : EXIT.clean
}

type File = Extract<Awaited<ReturnType<typeof read>>, { ok: true }>

async function readLog(path: string, payloads = true): Promise<File> {
  const log = await read(path, payloads)
  if (!log.ok) throw new Unreadable(`${path}: ${log.reason}`)
  return log
}

const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(resolve(process.env.INIT_CWD ?? '.', path), 'utf8')
  } catch (error) {
    throw new Unreadable(`${path} can't be read: ${(error as Error).message}.`)
  }
}

async function expectations(path: string | undefined): Promise<Expected> {
  if (path === undefined) return NOTHING_EXPECTED
  const ids = RULES.map(({ id }) => id)
  const reading = readExpected(await textOf(path), ids)
  if (!reading.ok) throw new Unreadable(`${path}: ${reading.reason}`)
  return reading.expected
}

/** Looks into the payloads for what an event must hold. */
const holds =
  ({ payloads }: File): NonNullable<Expectations['holds']> =>
  (entry, path) => {
    const { decoded } = decode(entry, payloads[entry.payload[0]?.[1] ?? -1] ?? {})
    if (!decoded) return null
    const { dims, items, extra, context } = decoded
    // The same values are `cvar` in a query and `extra` in a body.
    const parts = { dims, items, cvar: extra, extra, context } as Tree
    const value = path.split('.').reduce<Json | undefined>((at, key) => {
      const tree = Array.isArray(at) && /^\d+$/.test(key) ? at : treeOf(at)
      return tree && Object.hasOwn(tree, key) ? (tree as Tree)[key] : undefined
    }, parts)
    return value !== undefined && value !== null && value !== ''
  }

interface CheckOptions {
  expected: Expected
  people: Person[]
  /** null: the one that the tester checked, else the one with most events. */
  site: string | null
  /** Files of other channels. */
  others: string[]
}

/** The site to check; says on stderr when it had to choose, since a report of the wrong site looks like one of the right. */
function checkedHolder(path: string, log: File, holders: readonly HolderState[], site: string | null): HolderState {
  const named = [...new Set(holders.map(holder => holder.site || '—'))].join(', ')
  const wanted =
    site && (holders.find(holder => holder.site === site) ?? holders.find(fits => fits.site === siteOf(site)))
  if (site !== null) {
    if (!wanted) throw new Unreadable(`--site ${site}: ${path} has no event of it. Sites in it: ${named || 'none'}.`)
    return wanted
  }
  const start = log.entries.findLast(entry => entry.kind === 'mark' && entry.what === 'start')
  const marked = start && holders.find(holder => holder.site === start.place.site)
  const [most, ...more] = holders
  if (!most) throw new Unreadable(`${path} has no event of the SDK, so there is nothing to check.`)
  if (!marked && more.some(holder => holder.site !== most.site))
    console.error(
      `${path} has several sites (${named}); this is the check of ${most.site || '—'}, which has most events. --site chooses another.`,
    )
  return marked ?? most
}

async function checkFile(
  path: string,
  log: File,
  { expected, people, site, others }: CheckOptions,
): Promise<CheckResult> {
  const now = Number.POSITIVE_INFINITY
  const reduction = new Reduction(EMPTY, { ...rulesExpect(expected), holds: holds(log) })
  reduction.apply(log.entries)
  const holder = checkedHolder(path, log, reduction.holders(now), site)
  const brought: OtherRun[] = []
  for (const other of others) {
    const reduced = new Reduction()
    reduced.apply((await readLog(other)).entries)
    brought.push(otherRun(basename(other), reduced.holders(now), holder.portal))
  }
  const issues = reduction.issues(holder.key, now)
  return check({ entries: log.entries, holder, issues, expected, people, others: brought, now })
}

const context = (recorded: string, more: Partial<ReportContext> = {}): ReportContext => ({
  words: CHECK_WORDS,
  say: SAY,
  recorded,
  browser: null,
  version: null,
  tester: null,
  masked: true,
  strict: false,
  baseline: null,
  ...more,
})

/** An earlier run: its summary as `--report x.json` wrote it, or the log or HAR that it was recorded in. */
async function baselineOf(path: string | undefined, options: CheckOptions): Promise<Summary | null> {
  if (path === undefined) return null
  if (extname(path).toLowerCase() === '.json')
    try {
      const summary = readSummary(JSON.parse(await textOf(path)))
      if (summary) return summary
    } catch (error) {
      if (error instanceof Unreadable) throw error
    }
  return summaryOf(await checkFile(path, await readLog(path), { ...options, others: [] }), context(basename(path)))
}

const FORMATS: Record<string, (result: CheckResult, context: ReportContext) => string> = {
  '.html': toHtml,
  '.md': toMarkdown,
  '.xml': toJUnit,
  '.json': (result, about) => `${JSON.stringify(summaryOf(result, about), null, 2)}\n`,
}

const personOf = (text: string, { recipe }: Expected): Person => {
  const at = text.indexOf('=')
  const [label, typed] = [text.slice(0, at).trim(), text.slice(at + 1)]
  if (at < 0 || label === '' || typed.trim() === '')
    throw new Unreadable(`--person ${JSON.stringify(text)} must be LABEL=E-MAIL, PHONE OR CID.`)
  return { label, cid: cidOfPerson(typed, recipe) }
}

async function auditCheck(path: string, values: ReturnType<typeof readArgs>['values']): Promise<number> {
  const outs = values.report ?? []
  const odd = outs.find(out => !FORMATS[extname(out).toLowerCase()])
  if (odd !== undefined) throw new Unreadable(`--report ${odd} must end in ${Object.keys(FORMATS).join(', ')}.`)
  const written = await expectations(values.expected)
  const expected = { ...written, mode: modeOf(values.mode) ?? written.mode }
  const options = {
    expected,
    people: (values.person ?? []).map(person => personOf(person, expected)),
    site: values.site ?? null,
    others: values.other ?? [],
  }
  const result = await checkFile(path, await readLog(path), options)
  const about = context(basename(path), {
    tester: values.tester ?? null,
    masked: !values.unmasked,
    strict: values.strict === true || expected.strict,
    baseline: await baselineOf(values.baseline, options),
  })
  for (const out of outs) {
    const format = FORMATS[extname(out).toLowerCase()]
    try {
      if (format) writeFileSync(resolve(process.env.INIT_CWD ?? '.', out), format(result, about))
    } catch (error) {
      throw new Unreadable(`${out} can't be written: ${(error as Error).message}.`)
    }
  }
  const text = values.json ? `${JSON.stringify(summaryOf(result, about))}\n` : toMarkdown(result, about)
  await pipeline(Readable.from([text]), process.stdout, { end: false })
  return isBroken(result, about.strict) ? EXIT.errors : EXIT.clean
}

/** Is the file to be judged as of a web site or of an app? null: as its events look. */
function modeOf(text: string | undefined): Expectations['channel'] {
  if (text === undefined || text === 'web' || text === 'app') return text ?? null
  throw new Unreadable(`--mode ${text} must be web or app.`)
}

const OPTIONS = {
  json: { type: 'boolean' },
  mode: { type: 'string' },
  check: { type: 'boolean' },
  report: { type: 'string', multiple: true },
  expected: { type: 'string' },
  baseline: { type: 'string' },
  site: { type: 'string' },
  other: { type: 'string', multiple: true },
  person: { type: 'string', multiple: true },
  tester: { type: 'string' },
  strict: { type: 'boolean' },
  unmasked: { type: 'boolean' },
} as const

function readArgs(): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  const args = process.argv.slice(2)
  const unknown = args.find(arg => arg.startsWith('-') && !Object.keys(OPTIONS).includes(arg.replace(/^--|=.*/g, '')))
  if (unknown) throw new Unreadable(`${unknown} is no option of audit. ${USAGE}`)
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new Unreadable(`${(error as Error).message}. ${USAGE}`)
  }
}

try {
  const { values, positionals } = readArgs()
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new Unreadable(`audit takes one file. ${USAGE}`)
  const { json, check: checks, mode, ...rest } = values
  const [stray] = Object.keys(rest)
  if (!checks && stray) throw new Unreadable(`--${stray} belongs to --check. ${USAGE}`)
  process.exitCode = checks ? await auditCheck(file, values) : await audit(file, json === true, modeOf(mode))
} catch (error) {
  // A reader such as `head` may close the pipe when it has seen enough.
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') {
    console.error(error instanceof Unreadable ? error.message : error)
    process.exitCode = EXIT.unreadable
  }
}
