/** The built extension, built first when there is none or when a source is newer than it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** What the build reads. */
const SOURCES = ['components', 'entrypoints', 'public', 'utils', 'package-lock.json', 'wxt.config.ts']

/** When the newest file at or below a path was written, ms since the epoch; tests are no part of the build. */
const newest = (path: string): number => {
  const entry = statSync(path)
  if (!entry.isDirectory()) return /\.test\.tsx?$/.test(path) ? 0 : entry.mtimeMs
  return Math.max(0, ...readdirSync(path).map(name => newest(join(path, name))))
}

/** The folder to load as an unpacked extension. Throws with the build's own words when it can't be built. */
export function builtExtension(browser: 'chrome' | 'firefox'): string {
  const folder = join(ROOT, '.output', `${browser}-mv3`)
  const manifest = join(folder, 'manifest.json')
  const fresh =
    existsSync(manifest) && SOURCES.every(source => newest(join(ROOT, source)) <= statSync(manifest).mtimeMs)
  if (fresh) return folder
  const { status, stdout, stderr } = spawnSync('npx', ['wxt', 'build', '-b', browser, '--mv3'], {
    cwd: ROOT,
    encoding: 'utf8',
    // A test runner's own environment would change what is built.
    env: { ...process.env, NODE_ENV: 'production' },
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`the extension can't be built for ${browser}:\n${stdout}${stderr}`)
  return folder
}
