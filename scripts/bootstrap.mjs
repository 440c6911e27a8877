/**
 * Makes a fresh clone ready, without any dependency of its own: packages, WXT's generated types, browsers.
 * Does nothing that is done already. Speaks on stderr only, so that a script's stdout stays its own.
 *
 *     node scripts/bootstrap.mjs [--browsers chromium,firefox]
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser } from './find-browser.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const say = text => process.stderr.write(`identity-lens: ${text}\n`)
const stop = text => {
  say(text)
  process.exit(1)
}

/** Runs a command with its output on our stderr; a failure ends the bootstrap with one sentence. */
const run = (command, args, env = {}) => {
  const shell = process.platform === 'win32'
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell,
    env: { ...process.env, ...env },
  })
  if (status !== 0) stop(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ` (exit ${status})`}.`)
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19))
  stop(`Node ${process.versions.node} is too old: install Node 20.19 or later.`)

// The lock file's hash says whether the installed packages are the ones that it names.
const stamp = join(root, 'node_modules', '.identity-lens')
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  say('installing packages (once) …')
  run('npm', ['ci', '--no-audit', '--no-fund'])
  writeFileSync(stamp, lock)
}
if (!existsSync(join(root, '.wxt', 'tsconfig.json'))) run('npx', ['wxt', 'prepare'])

const flag = process.argv.indexOf('--browsers')
const wanted = flag < 0 ? [] : (process.argv[flag + 1] ?? '').split(',').filter(Boolean)
const missing = wanted.filter(name => !findBrowser(name).path)
if (missing.length > 0) {
  const debian = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!debian) stop(missing.map(name => findBrowser(name).advice ?? `Install ${name} and try again.`).join(' '))
  const packages = missing.map(name => (name === 'firefox' ? 'firefox-esr' : name))
  say(`installing ${packages.join(' and ')} (once) …`)
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-q'], quiet)
  run('apt-get', ['install', '-y', '-q', ...packages], quiet)
  for (const name of missing) if (!findBrowser(name).path) stop(`${name} was installed, but can't be found.`)
}
