/**
 * `npm run bench`: everything that has a budget, measured in a real Chromium with the real build, as ratios within one run. Writes
 * `bench/results.json` and `docs/performance.md`.
 *
 *     npm run bench -- --quick                    fewer rounds, one small log, below two minutes; writes results.json only
 *     npm run bench -- --only page,core           parts: page, panel, worker, core, compare
 *     npm run bench -- --extension DIR --adapter FILE    another extension beside ours on the same work (README.md)
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { startServer } from '../demo/server'
import { weights } from '../scripts/sizes'
import type { Adapter } from './adapter'
import { type Comparison, compare, comparisonTable } from './compare'
import { auditSpeed, coreSpeeds } from './core'
import { leastSubject } from './least'
import { pageCost, servePages } from './page'
import { panelCost } from './panel'
import { type Growth, type Measure, measure, type Results, toMarkdown } from './result'
import { floorSubject, NONE, ourSubject, type Subject, start } from './subjects'
import { workerCost } from './worker'

const PARTS = ['page', 'panel', 'worker', 'core', 'compare'] as const
const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Code and styles, kB gzip: what we want. What must not be passed, `npm test` checks. */
const SIZES: Record<string, number> = { hook: 4, relay: 5, panel: 75 }
const PERFORMANCE = resolve(ROOT, 'docs/performance.md')
/** What is written by hand stands below this line, and stays. */
const NOTES = '\n<!-- notes -->\n'

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    extension: { type: 'string' },
    adapter: { type: 'string' },
  },
})
const quick = given.quick ?? false
// What is in the log doesn't change by the hour: at a glance it is left out.
const parts =
  given.only?.split(',') ?? (given.extension ? ['compare'] : PARTS.filter(part => !quick || part !== 'compare'))
const unknown = parts.filter(part => !PARTS.includes(part as never))
if (unknown.length > 0 || Boolean(given.extension) !== Boolean(given.adapter)) {
  console.error(
    unknown.length > 0
      ? `No such part: ${unknown.join(', ')}. There are ${PARTS.join(', ')}.`
      : '--extension and --adapter go together.',
  )
  process.exit(2)
}
const wants = (part: (typeof PARTS)[number]): boolean => parts.includes(part)

async function other(): Promise<Subject | null> {
  if (!given.extension || !given.adapter) return null
  const from = process.env.INIT_CWD ?? '.'
  const folder = resolve(from, given.extension)
  if (!existsSync(resolve(folder, 'manifest.json'))) throw new Error(`${folder} holds no manifest.json.`)
  const { default: adapter } = (await import(pathToFileURL(resolve(from, given.adapter)).href)) as { default?: Adapter }
  if (!adapter?.request || !adapter.open) throw new Error(`${given.adapter} has no adapter as its default export.`)
  return { adapter, folder }
}

const measures: Measure[] = []
const growth: Growth[] = []
let comparison: Comparison | null = null
const said = (one: Measure): void => {
  const verdict = one.budget === null ? '' : ` (${one.budget}: ${one.ok ? 'holds' : 'OVER'})`
  const beside = one.baseline === null ? '' : `, beside ${one.baseline}, ratio ${one.ratio}`
  console.log(`${one.name}: ${one.value} ${one.unit}${beside}${verdict}`)
}
const take = (more: readonly Measure[]): void => {
  measures.push(...more)
  more.forEach(said)
  // A run that is ended halfway has measured what it has measured.
  write()
}
/** Does a part if it is wanted, and says how long it took. */
async function part(name: (typeof PARTS)[number], run: () => Promise<void>, wanted = wants(name)): Promise<void> {
  if (!wanted) return
  const begun = performance.now()
  await run()
  console.log(`-- ${name}: ${Math.round((performance.now() - begun) / 1_000)} s`)
}
const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT, encoding: 'utf8' }).trim()
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`
let browser = ''
function write(): Results {
  const results: Results = { measures, growth, browser, machine, commit, at: new Date().toISOString(), quick }
  mkdirSync(resolve(ROOT, 'bench'), { recursive: true })
  writeFileSync(resolve(ROOT, 'bench/results.json'), `${JSON.stringify({ ...results, comparison }, null, 2)}\n`)
  return results
}

const third = await other()
const server = await startServer()
servePages(server)
try {
  const none = await start(NONE, server)
  browser = (await none.cdp.root.send<{ product: string }>('Browser.getVersion')).product
  await none.close()
  const costsPage = async (): Promise<void> => {
    const rounds = quick
      ? {
          rounds: 1,
          unrelated: { calls: 100, batches: 20 },
          tracked: { calls: 20, batches: 8 },
          turns: 1,
          plain: 2,
          settled: 1,
          more: 0,
          fetches: 100,
          together: true,
        }
      : {
          rounds: 3,
          unrelated: { calls: 100, batches: 100 },
          tracked: { calls: 20, batches: 50 },
          turns: 7,
          plain: 8,
          settled: 4,
          more: 30,
          fetches: 100,
          together: false,
        }
    take(await pageCost(server, [NONE, floorSubject(), third ?? ourSubject(), leastSubject()], rounds))
  }
  await part('page', costsPage, wants('page') || (third !== null && wants('compare')))
  if (!third) {
    ourSubject()
    take(
      weights().map(({ name, size }) =>
        measure({
          name: `${name}, gzip`,
          unit: 'kB',
          about: 'code and styles of the build',
          values: [size / 1_000],
          limit: SIZES[name] === undefined ? null : { most: SIZES[name] },
        }),
      ),
    )
  }
  await part('worker', async () =>
    take(
      await workerCost(
        server,
        quick ? { events: 3_000, rounds: 1, sent: 300 } : { events: 20_000, rounds: 3, sent: 10_000 },
      ),
    ),
  )
  await part('panel', async () => {
    const sizes = quick ? [10_000] : [10, 1_000, 10_000, 100_000, 300_000]
    const rounds = quick
      ? { tries: 5, opens: 1, scrolls: { rounds: 1, ms: 1_500 } }
      : { tries: 50, opens: 9, scrolls: { rounds: 3, ms: 4_000 } }
    const panel = await panelCost(server, { sizes, ...rounds })
    take(panel.measures)
    if (sizes.length > 1) growth.push(...panel.growth)
  })
  await part('core', async () => {
    const core = coreSpeeds(quick ? 3 : 15, quick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 300_000])
    take(core.measures)
    const audit = await auditSpeed(quick ? [1_000, 10_000] : [1_000, 10_000, 100_000])
    take(audit.measures)
    growth.push(core.growth, audit.growth)
  })
  await part('compare', async () => {
    const subjects = third ? [ourSubject(), third] : [NONE, ourSubject()]
    const work = quick ? { burst: 300, tries: 5 } : { burst: 10_000, tries: 100 }
    comparison = await compare(server, subjects, work, console.log)
    console.log(comparisonTable(comparison))
  })
} finally {
  await server.close()
}

const results = write()
// A part of it, or another extension, is no document of ours.
if (!quick && !third && PARTS.every(wants)) {
  const before = existsSync(PERFORMANCE) ? readFileSync(PERFORMANCE, 'utf8') : ''
  const notes = before.split(NOTES)[1] ?? ''
  const table = comparison ? `\n## What is in the log\n\n${comparisonTable(comparison)}\n` : ''
  writeFileSync(PERFORMANCE, toMarkdown(results, `${table}${NOTES}${notes}`))
}
const over = measures.filter(({ ok }) => !ok)
console.log(
  `${measures.length} measured${quick ? ', at a glance' : ''}, ${over.length} over their budget${over.map(({ name }) => `\n  ${name}`).join('')}`,
)
if (over.length > 0 && !third) process.exitCode = 1
