/** What the built extension may weigh, gzip. The page pays for the first two on every load. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT } from './run-steps'

const BUILD = join(ROOT, '.output', 'chrome-mv3')
const kB = 1000

/** Chunks that a script imports: statically, or later; and the styles that come with the later ones. */
function importsOf(path: string): { now: string[]; later: string[]; styles: string[] } {
  const code = readFileSync(join(BUILD, path), 'utf8')
  const named = (pattern: RegExp, folder = 'chunks'): string[] =>
    [...code.matchAll(pattern)].map(([, name = '']) => `${folder}/${name.replace(/^.*\//, '')}`)
  return {
    styles: named(/["'`]([^"'`]+\.css)["'`]/g, 'assets'),
    now: named(/(?:\bfrom|\bimport)\s*["'`]([^"'`]+\.js)["'`]/g),
    later: named(/\bimport\(\s*["'`]([^"'`]+\.js)["'`]\s*\)/g),
  }
}

/** Everything that follows from some scripts by static imports. */
function closure(paths: string[]): string[] {
  const found = new Set(paths)
  for (const path of found) if (path.endsWith('.js')) for (const next of importsOf(path).now) found.add(next)
  return [...found]
}

/** Code and styles of a page: what it loads before it shows anything, and what comes when nobody waits for it. */
function filesOf(page: string): { open: string[]; later: string[] } {
  const html = readFileSync(join(BUILD, page), 'utf8')
  // What is only preloaded is on its way for a view that some open with: the first one doesn't wait for it.
  const named = [...html.matchAll(/(?:script[^>]* src|rel="stylesheet"[^>]* href)="\/([^"]+\.(?:js|css))"/g)].map(
    ([, path = '']) => path,
  )
  const open = closure(named)
  const lazy = open
    .filter(path => path.endsWith('.js'))
    .flatMap(path => {
      const { later, styles } = importsOf(path)
      return [...later, ...styles]
    })
  return { open, later: closure(lazy).filter(path => !open.includes(path)) }
}

const weigh = (paths: string[]): number =>
  paths.reduce((sum, path) => sum + gzipSync(readFileSync(join(BUILD, path)), { level: 9 }).length, 0)

interface Weight {
  name: 'hook' | 'relay' | 'devtools' | 'panel' | 'panel, later'
  paths: string[]
  /** Bytes, gzip. */
  size: number
  limit: number
}

/** What each part of the build weighs. Needs a build. */
export function weights(): Weight[] {
  const panel = filesOf('panel.html')
  const weight = (name: Weight['name'], paths: string[], limit: number): Weight => ({
    name,
    paths,
    size: weigh(paths),
    limit,
  })
  return [
    weight('hook', ['hook.js'], 4 * kB),
    weight('relay', ['relay.js'], 5 * kB),
    // DevTools load it for every tab, whether the panel is looked at or not.
    weight('devtools', filesOf('devtools.html').open, 1 * kB),
    weight('panel', panel.open, 75 * kB),
    // The other views and the decoder: loaded once the first view stands. Diagnostics is 4.8 kB of it: every state
    // in which nothing shows has a sentence, a mark and a remedy of its own, and the text for copying is built of its own facts.
    // The login and logout check is 22 kB: seventeen steps over thirteen kinds of visit, the reader of expectations, three formats of
    // report, and the run as a picture, all of which run in the panel since nothing leaves the machine.
    // Settings, with their file and the list of keys, are 2.6 kB.
    // Valibot, which reads expectations, stands here too: settings, read before anything shows, do without it.
    // The Events view with its query language, completion and help is 12 kB of it: the panel opens on Identity.
    // The styles of these views are 1.6 kB.
    // What the page has set for the SDK, route by route, and the cookies read are 1.7 kB; columns and sorting of the list 1.5 kB.
    // The decoder is 0.9 kB larger than the shortest one that reads the same, for an eighth more events per second.
    // The list writes its rows itself (0.7 kB): as Preact's they took half as long again, in each frame of scrolling and for each key of the filter.
    // What only these views do (`deeds.ts`) is 0.5 kB of it: the first code had it before.
    weight('panel, later', panel.later, 97 * kB),
  ]
}

/** Prints the sizes and gives those above their limit, a line each. */
export function sizeFaults(): string[] {
  return weights().flatMap(({ name, paths, size, limit }) => {
    console.log(
      `   ${name.padEnd(12)} ${(size / kB).toFixed(1).padStart(6)} kB of ${limit / kB} kB  (${paths.join(', ')})`,
    )
    return size > limit ? [`${name}: ${size} bytes gzip, allowed ${limit}`] : []
  })
}
