/**
 * `npm run soak`: 200,000 events through the real extension, with its retention as it comes. Prints a line per step; a whole run writes
 * `docs/soak.md`. `-- --events 20000` sends fewer and writes nothing.
 */
import { writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import { builtExtension } from '../../demo/build'
import { startServer } from '../../demo/server'
import { DEFAULTS } from '../../utils/settings'
import { launch } from '../drive/chromium'
import { growth, type Soak, type Step, soak } from './run'

const WHOLE = 200_000
const STEP = 10_000
/** MB that the heap may grow in 100,000 events once retention holds: what garbage collections differ by. */
const FLAT = 1
const at = process.argv.indexOf('--events')
const events = at < 0 ? WHOLE : Number(process.argv[at + 1])
const step = Math.min(STEP, events)
if (!Number.isInteger(events / step) || !(events >= 1_000)) {
  console.error(`--events must be a multiple of ${STEP}, or a number from 1000 to ${STEP}.`)
  process.exit(2)
}

const HEAD = ['events', 'events/s', 'heap, MB', 'disk, MB', 'in the log']
const lineOf = ({ events, ms, heap, disk, kept }: Step): string[] => [
  events.toLocaleString('en'),
  ((step / ms) * 1_000).toFixed(0),
  heap.toFixed(2),
  disk.toFixed(1),
  kept.toLocaleString('en'),
]
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const document = (browser: string, { steps }: Soak, verdict: string): string => `# Soak

${WHOLE.toLocaleString('en')} events through the real extension in a real ${browser}, with its retention as it comes (${DEFAULTS.retention.events.toLocaleString('en')} events), so that the oldest are
evicted most of the time. Written by \`npm run soak\`; a small one, with retention lowered by hand in Settings, is
\`e2e/soak.e2e.test.ts\`, which \`vitest.long.config.ts\` runs. Pages come and go, ${(step / 10).toLocaleString('en')} events each: beacons, images, fetches with and without a body, SDK calls that send a
script, and requests that carry 25 events. After each step every event of it is looked for in the log (once, with the server's
answer) and the worker's memory is measured after a garbage collection, over the debugging protocol: what JavaScript holds in its heap
and outside of it. At the end the log holds the newest ${DEFAULTS.retention.events.toLocaleString('en')}, each once, and nothing older.

**${verdict}**

"events/s" is what page, browser, collector and worker do together on this machine (${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}),
and the log being read meanwhile; how fast the worker alone writes is another measure.

${[HEAD, HEAD.map(() => '---:'), ...steps.map(lineOf)].map(row).join('\n')}
`

const server = await startServer()
const chromium = await launch({ server, extension: builtExtension('chrome') })
try {
  const { product } = await chromium.cdp.root.send<{ product: string }>('Browser.getVersion')
  console.log(HEAD.join('\t'))
  const told = (one: Step): void => console.log(lineOf(one).join('\t'))
  const retention = DEFAULTS.retention.events
  const result = await soak({ server, chromium, events, step, perPage: step / 10, retention, told })
  const { steps, lost, doubled, unfinished } = result
  const slope = growth(steps.filter(one => one.events > retention))
  const grown =
    slope === null ? 'growth of the heap not measured' : `heap ${(slope * 1_024_000).toFixed(1)} kB per 1,000 events`
  const verdict = `${events.toLocaleString('en')} events: ${lost.length} lost, ${doubled.length} doubled, ${unfinished.length} without the server's answer; ${grown}.`
  console.log(verdict)
  for (const [what, names] of Object.entries({ lost, doubled, unfinished }))
    if (names.length > 0) console.log(what, names.slice(0, 20).join(', '))
  const fine = lost.length + doubled.length + unfinished.length === 0 && (slope === null || slope * 100_000 < FLAT)
  if (!fine) process.exitCode = 1
  if (events === WHOLE)
    writeFileSync(fileURLToPath(new URL('../../docs/soak.md', import.meta.url)), document(product, result, verdict))
} finally {
  await chromium.close()
  await server.close()
}
