/**
 * `npm run demo`: the demo shop in a real browser, with the extension's panel in DevTools. Without a display, or with
 * `--headless`, it plays a whole visit by itself, checks what the panel shows against what was sent, and tells it.
 *
 *     npm run demo -- [--headless] [--har FILE] [--pictures FOLDER]
 *
 * Exit 0: all as it must be, and the last line is a JSON object with `ok: true`. Exit 1: not.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Chromium, launch } from '../e2e/drive/chromium'
import type { Panel } from '../e2e/drive/panel'
import { Reduction } from '../utils/identity/reduce'
import { type IdentityReport, makeReport, mergeText, timelineText } from '../utils/identity/report'
import { readAnyLog } from '../utils/log/open'
import { siteOf } from '../utils/log/site'
import { builtExtension } from './build'
import { type DemoServer, startServer } from './server'
import { SHOP, Visit } from './visit'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: { headless: { type: 'boolean' }, har: { type: 'string' }, pictures: { type: 'string' } },
})
/** Not `docs/` by default: who tries the demo should not find a changed tree. */
const FOLDER = resolve(values.pictures ?? join(ROOT, '.output', 'demo'))
const PICTURES = { light: join(FOLDER, 'panel-light.png'), dark: join(FOLDER, 'panel-dark.png') }

/** What the panel's header says. */
interface Shown {
  state: string
  uid: string | null
  cid: string | null
}

interface MergeShown {
  uids: string[]
  candidates: string[]
  conflicts: number
}

const isEvent = ({ what }: { what: string }): boolean => what === 'event' || what === 'stream_event'

/** Waits until the panel has every event that arrived, then reads its header. */
async function read(panel: Panel, server: DemoServer): Promise<Shown> {
  await panel.waitForField('event-count', String(server.received(isEvent).length))
  // The request of a login may have arrived before the browser has told how it ended.
  await panel.waitForField('identity-state', /^(?!pending)/i)
  const [state, uid, cid] = await Promise.all(['identity-state', 'uid', 'cid'].map(name => panel.field(name)))
  const known = (text: string | null | undefined): string | null => (text && text !== '—' ? text : null)
  return { state: (state ?? '').toLowerCase(), uid: known(uid), cid: known(cid) }
}

/** What the panel's merge preview says: UIDs by how surely they are the customer's, and how many values disagree. */
async function readMerge(panel: Panel): Promise<MergeShown> {
  await panel.show('merge')
  const conflicts = Number.parseInt(await panel.waitForField('merge-conflicts', /^\d/), 10)
  const uids = (standing: string): Promise<string[]> => panel.marks(`[data-standing="${standing}"]`, 'member')
  const merge = { uids: await uids('certain'), candidates: await uids('candidate'), conflicts }
  await panel.show('identity')
  return merge
}

/** The same visit by its HAR and the pure core. */
function audit(har: string): { identity: IdentityReport | undefined; issues: string[] } {
  const log = readAnyLog(readFileSync(har, 'utf8'), { siteOf })
  if (!log.ok) throw new Error(`the visit's HAR can't be read: ${log.reason}`)
  const reduction = new Reduction()
  reduction.apply(log.entries)
  const source = { file: har, format: log.format, entries: log.requests }
  const { identities, issues } = makeReport({
    source,
    reduction,
    events: [],
    rejected: log.rejected,
    now: Number.POSITIVE_INFINITY,
    policy: 'customer',
  })
  return { identity: identities[0], issues: issues.map(({ rule }) => rule) }
}

/** Plays the visit and tells it; gives what is not as it must be, a sentence each. */
async function play(chromium: Chromium, server: DemoServer, har: string): Promise<string[]> {
  const wrong: string[] = []
  const must = (what: string, is: unknown, be: unknown): void => {
    if (JSON.stringify(is) !== JSON.stringify(be))
      wrong.push(`${what}: ${JSON.stringify(is)}, but must be ${JSON.stringify(be)}`)
  }
  const panel = await chromium.openPanel()
  const visit = new Visit(chromium.page, server)
  const states: string[] = []
  let shown: Shown = { state: '', uid: null, cid: null }
  let merge: MergeShown = { uids: [], candidates: [], conflicts: 0 }
  for (const [n, { title, state, play: act }] of visit.chapters.entries()) {
    console.log(title)
    await act()
    shown = await read(panel, server)
    console.log(`    ${shown.state}, UID ${shown.uid ?? '—'}, CID ${shown.cid ?? '—'}`)
    if (states.at(-1) !== shown.state) states.push(shown.state)
    must(`after “${title}” the panel's state`, shown.state, state)
    must(`after “${title}” the panel's UID`, shown.uid, visit.uids.at(-1))
    must(`after “${title}” the panel's CID`, shown.cid, state === 'identified' ? visit.cid : null)
    // The last time that An is logged in: all of the history is there, and somebody to see.
    if (n !== visit.chapters.length - 2) continue
    for (const theme of ['dark', 'light'] as const) {
      await panel.theme(theme)
      await panel.screenshot(PICTURES[theme])
    }
    merge = await readMerge(panel)
  }
  const events = Number(await panel.field('event-count'))
  const rules = await panel.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[data-rule]')].map(({ dataset }) => dataset.rule ?? ''),
  )
  // Writes the HAR.
  await chromium.close()

  const { identity, issues } = audit(har)
  const [first, second, third, last] = visit.uids
  console.log('\nIdentity timeline')
  for (const line of timelineText(identity?.timeline ?? [])) console.log(line)
  console.log('\nMerge preview')
  for (const line of identity?.merge ? mergeText(identity.merge) : ['  nobody was identified']) console.log(line)
  must('the UID by the HAR', identity?.uid, last)
  must('the CID by the HAR', identity?.cid, null)
  must('certain UIDs of the merge', merge.uids, [second, third])
  must('candidates of the merge', merge.candidates, [first])
  const { uids, candidates, conflicts } = identity?.merge ?? {}
  must('the merge by the HAR', { uids, candidates, conflicts }, merge)
  must('issues in the panel', [...rules].sort(), [...issues].sort())

  console.log(
    `\nPictures of the panel: ${Object.values(PICTURES)
      .map(path => relative(process.cwd(), path))
      .join(', ')}`,
  )
  for (const sentence of wrong) console.error(`not as it must be: ${sentence}`)
  console.log(
    JSON.stringify({
      ok: wrong.length === 0,
      uid: shown.uid,
      cid: shown.cid,
      states,
      events,
      requests: server.received(isEvent).length,
      issues: rules,
      merge,
      screenshot: relative(process.cwd(), PICTURES.light),
    }),
  )
  return wrong
}

mkdirSync(FOLDER, { recursive: true })
const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
const headless = values.headless ?? !hasDisplay
const extension = builtExtension('chrome')
const server = await startServer()
try {
  if (headless) {
    const folder = mkdtempSync(join(tmpdir(), 'identity-lens-har-'))
    // Also when somebody ends it in the middle.
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    const har = values.har ? resolve(values.har) : join(folder, 'visit.har')
    const chromium = await launch({ server, extension, har })
    const wrong = await play(chromium, server, har).finally(() => chromium.close())
    process.exitCode = wrong.length === 0 ? 0 : 1
  } else {
    const chromium = await launch({ server, extension, headless: false, online: true, har: values.har, devtools: true })
    await chromium.page.goto(SHOP)
    await chromium.openPanel(chromium.page, 'bottom')
    console.log(
      'The shop is open, with Identity Lens in its DevTools: look around, sign up, log out; the footer orders mistakes. Close the browser to end.',
    )
    await chromium.closed()
  }
} finally {
  await server.close()
}
