/** What the built extension may weigh, gzip. The page pays for the first two on every load. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT } from './run-steps'

const BUILD = join(ROOT, '.output', 'chrome-mv3')
const kB = 1000

/** Files that `panel.html` loads: its scripts, what they import, and its styles. */
function panelFiles(): string[] {
  const html = readFileSync(join(BUILD, 'panel.html'), 'utf8')
  const found = new Set([...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, path = '']) => path))
  for (const path of found)
    if (path.endsWith('.js'))
      for (const [, chunk = ''] of readFileSync(join(BUILD, path), 'utf8').matchAll(
        /["'`]\.?\/?((?:chunks\/)?[\w.-]+\.js)["'`]/g,
      )) {
        const full = chunk.startsWith('chunks/') ? chunk : `chunks/${chunk}`
        if (readdirSync(join(BUILD, 'chunks')).includes(full.slice('chunks/'.length))) found.add(full)
      }
  return [...found]
}

const weigh = (paths: string[]): number =>
  paths.reduce((sum, path) => sum + gzipSync(readFileSync(join(BUILD, path)), { level: 9 }).length, 0)

/** Prints the sizes and gives those above their limit, a line each. Needs a build. */
export function sizeFaults(): string[] {
  const parts: [name: string, paths: string[], limit: number][] = [
    ['hook', ['content-scripts/hook.js'], 5 * kB],
    ['relay', ['relay.js'], 6 * kB],
    ['panel', panelFiles(), 90 * kB],
  ]
  return parts.flatMap(([name, paths, limit]) => {
    const size = weigh(paths)
    console.log(
      `   ${name.padEnd(6)} ${(size / kB).toFixed(1).padStart(6)} kB of ${limit / kB} kB  (${paths.join(', ')})`,
    )
    return size > limit ? [`${name}: ${size} bytes gzip, allowed ${limit}`] : []
  })
}
