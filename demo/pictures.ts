/**
 * `npm run screenshots`: every view of the panel and what opens in it, in both themes and each language, narrow and wide, and what it
 * shows while there is nothing to show; taken in the real DevTools while a visit to the demo shop is looked at.
 *
 *     npm run screenshots -- [--folder FOLDER] [--languages en,vi] [--looks events,…]
 *     npm run screenshots -- --readme      # only those that README.md shows, into docs/
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Chromium, launch } from '../e2e/drive/chromium'
import type { Panel } from '../e2e/drive/panel'
import { LANGUAGES } from '../utils/settings'
import { builtExtension } from './build'
import { LOOKS, type Look } from './looks'
import { type DemoServer, startServer } from './server'
import { SHOP, Shopper, Visit } from './visit'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    languages: { type: 'string' },
    looks: { type: 'string' },
    readme: { type: 'boolean' },
  },
})
type Theme = 'light' | 'dark'
/** The three of README.md: name of the file, what is shown, and how. */
const README: readonly [file: string, look: string, theme: Theme][] = [
  ['identity', 'identity', 'light'],
  ['events', 'events', 'dark'],
  ['merge', 'merge', 'light'],
]
const FOLDER = resolve(values.folder ?? join(ROOT, values.readme ? 'docs' : 'screenshots'))
const SPOKEN = LANGUAGES.filter(each => !values.languages || values.languages.split(',').includes(each))
const WANTED = values.looks?.split(',')
const WIDTHS = [400, 1400] as const
const HEIGHT = 860

/** One picture per language, theme and width. */
async function pictures(panel: Panel, { name, open, close, narrow }: Look): Promise<void> {
  if (WANTED && !WANTED.includes(name)) return
  for (const width of narrow ? [WIDTHS[0]] : WIDTHS) {
    await panel.resize(width, HEIGHT)
    // What is open closes when the panel changes its size or its words.
    for (const language of SPOKEN) {
      await panel.speak(language)
      await open(panel)
      for (const theme of ['light', 'dark'] as const) {
        await panel.theme(theme)
        await panel.screenshot(join(FOLDER, `${name}-${width}-${theme}-${language}.png`))
      }
      await close?.(panel)
    }
  }
}

/** Does the extension have the right to all sites? As a user switches it on the browser's page of extensions. */
async function allow({ context, extensionId }: Chromium, hostAccess: 'ON_CLICK' | 'ON_ALL_SITES'): Promise<void> {
  const page = await context.newPage()
  await page.goto('chrome://extensions')
  await page.evaluate(
    async ([id, access]) => {
      type Extensions = { developerPrivate: Record<string, (wanted: object) => Promise<unknown>> }
      const { developerPrivate } = (globalThis as unknown as { chrome: Extensions }).chrome
      await developerPrivate.updateProfileConfiguration?.({ inDeveloperMode: true })
      await developerPrivate.updateExtensionConfiguration?.({ extensionId: id, hostAccess: access })
    },
    [extensionId, hostAccess] as const,
  )
  await page.close()
}

/** What the panel says while it has nothing to show: by name, how it comes to that, and what Diagnostics call it. */
async function emptyStates(chromium: Chromium, panel: Panel): Promise<void> {
  const { page } = chromium
  const record = () => panel.click('footer [data-action="record"]')
  const states: readonly [
    name: string,
    verdict: string,
    begin: () => Promise<unknown>,
    end?: () => Promise<unknown>,
  ][] = [
    ['empty-foreign', 'foreign', () => page.goto('chrome://version')],
    ['empty-no-sdk', 'absent', () => page.goto('http://bare.test/bare')],
    ['empty-off', 'off', record, record],
    ['empty-paused', 'paused', () => panel.set({ pausedSites: ['bare.test'] }), () => panel.set({ pausedSites: [] })],
    [
      'empty-no-permission',
      'permission',
      async () => {
        await allow(chromium, 'ON_CLICK')
        await page.goto('http://secret.test/bare')
      },
    ],
    ['empty-late', 'reload', () => allow(chromium, 'ON_ALL_SITES')],
  ]
  for (const [name, verdict, begin, end] of states) {
    await begin()
    const says = () =>
      panel.waitFor(wanted => document.querySelector(`[data-field="nothing"][data-verdict="${wanted}"]`), verdict)
    await says()
    await pictures(panel, { name, open: async () => void (await says()) })
    await end?.()
  }
}

const isEvent = ({ what }: { what: string }): boolean => what === 'event' || what === 'stream_event'

/** The visit up to where An is logged in for the last time, so that all of the history is there and somebody to see. */
async function play(panel: Panel, shopper: Shopper, visit: Visit, server: DemoServer): Promise<void> {
  for (const { play: act } of visit.chapters.slice(0, -1)) await act()
  // Somebody ordered a mistake, so that there is something to find.
  await shopper.open('/?mistake=double-pageview')
  await panel.waitForField('event-count', String(server.received(isEvent).length))
  await panel.waitForField('identity-state', 'Identified')
}

mkdirSync(FOLDER, { recursive: true })
const server = await startServer()
// A page of a site that has nothing of the SDK.
server.serve('/bare', '<!doctype html><title>No SDK</title>')
const chromium = await launch({ server, extension: builtExtension('chrome') })
try {
  const panel = await chromium.openPanel()
  // No picture is taken half-way through a change of colours.
  await panel.reduceMotion()
  const shopper = new Shopper(chromium.page, server)
  const visit = new Visit(chromium.page, server)
  if (values.readme) {
    await play(panel, shopper, visit, server)
    await panel.resize(1280, 760)
    for (const [file, name, theme] of README) {
      await LOOKS.find(look => look.name === name)?.open(panel)
      await panel.theme(theme)
      await panel.screenshot(join(FOLDER, `${file}.png`))
    }
  } else {
    // What an earlier run left would look as if it were of this one.
    if (!values.folder && !WANTED) rmSync(FOLDER, { recursive: true })
    mkdirSync(FOLDER, { recursive: true })
    await emptyStates(chromium, panel)
    await panel.speak('en')
    await play(panel, shopper, visit, server)
    for (const look of LOOKS) await pictures(panel, look)
  }
  console.log(`The pictures are in ${relative(process.cwd(), FOLDER) || '.'}, of the shop at ${SHOP}.`)
} finally {
  await chromium.close()
  await server.close()
}
