/**
 * Which room may import which. Imports run one way (ARCHITECTURE.md): sdk ← identity ← log, capture ← components ← entrypoints;
 * the browser's API comes in through entrypoints and `*.browser.ts` only; the SDK's names stay in utils/sdk.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT } from './run-steps'

const ROOMS: Record<string, string[]> = {
  'utils/sdk': [],
  'utils/identity': ['utils/sdk'],
  'utils/log': ['utils/sdk', 'utils/identity', 'utils/'],
  'utils/capture': ['utils/sdk', 'utils/identity', 'utils/log', 'utils/'],
  'utils/': ['utils/sdk', 'utils/identity'],
  components: ['utils/sdk', 'utils/identity', 'utils/log', 'utils/'],
  entrypoints: ['utils/sdk', 'utils/identity', 'utils/log', 'utils/capture', 'utils/', 'components'],
}
const PURE = ['utils/sdk', 'utils/identity']
const SDK_NAMES = /cdp\.asia|portal_id|prop_id|web_event|_asm_uid|identify_id/

const files = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory()
      ? files(`${folder}/${entry.name}`)
      : /\.tsx?$/.test(entry.name)
        ? [`${folder}/${entry.name}`]
        : [],
  )

const roomOf = (path: string): string | undefined =>
  Object.keys(ROOMS)
    .filter(room => path === room || path.startsWith(room.endsWith('/') ? room : `${room}/`))
    .sort((a, b) => b.length - a.length)[0]

/** Everything in the tree that breaks these rules, a line each: `file: what`. */
export function importFaults(): string[] {
  const faults: string[] = []
  for (const file of ['utils', 'components', 'entrypoints'].flatMap(files)) {
    const test = /\.test\.tsx?$|\/fixtures\//.test(file)
    const room = roomOf(file)
    if (!room) continue
    const source = readFileSync(join(ROOT, file), 'utf8')
    const adapter = file.endsWith('.browser.ts') || room === 'entrypoints'
    for (const [, from = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      if (/^wxt\/browser$|webextension-polyfill/.test(from) && !adapter)
        faults.push(`${file}: imports ${from}; only entrypoints and *.browser.ts may`)
      if (!from.startsWith('.')) continue
      const target = relative(ROOT, join(ROOT, file, '..', from)).replaceAll('\\', '/')
      const other = roomOf(target)
      if (other && other !== room && !test && !(ROOMS[room] ?? []).includes(other))
        faults.push(`${file}: imports ${target}; ${room} must not know ${other}`)
      if (PURE.includes(room) && target.endsWith('.browser'))
        faults.push(`${file}: imports ${target}; the core is pure`)
    }
    // Comments may speak of anything.
    const code = source
      .split('\n')
      .filter(line => !/^\s*(\/\/|\/?\*)/.test(line))
      .join('\n')
    if (!test && room !== 'utils/sdk') {
      const name = code.match(SDK_NAMES)
      if (name) faults.push(`${file}: knows the SDK's name ${name[0]}; such names live in utils/sdk`)
    }
    if (
      PURE.includes(room) &&
      !test &&
      /\bDate\.now\(|\bnew Date\(\)|\bdocument\.(body|cookie|querySelector|createElement|addEventListener)\b|\bwindow\.\w|\bglobalThis\./.test(
        code,
      )
    )
      faults.push(`${file}: reads a clock or the DOM; the core is pure`)
  }
  return faults
}
