/** The matrix as a table: printed, and written into the part of `docs/capture-matrix.md` that is the browser's. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Row {
  axis: string
  cell: string
  sent: number
  logged: number
  /** How it left, in the log's words. */
  cause: string
  /** How it ended, in the log's words. */
  end: string
  /** Of the browser; '' when there is none. */
  limit: string
}

const FILE = fileURLToPath(new URL('../../docs/capture-matrix.md', import.meta.url))
const HEAD = `# Capture matrix

What a page sends in each way, from each place, at each moment, and what the log says of it. Written by the end-to-end run
(\`npm test\`): edit \`e2e/matrix/cells.ts\`, not this file. "Logged" counts events that are in the log exactly once, with their cause
and their end. Where a browser has a limit, it is named, and a test shows it; more of them in [limits.md](limits.md).
`

const cellText = (text: string): string => text.replaceAll('|', '\\|')

const table = (rows: readonly Row[]): string => {
  let axis = ''
  const lines = rows.map(row => {
    const first = row.axis === axis ? '' : row.axis
    axis = row.axis
    const share = row.sent === 0 ? '—' : `${row.logged} of ${row.sent}`
    return `| ${[first, row.cell, share, row.cause, row.end, row.limit].map(cellText).join(' | ')} |`
  })
  return ['| | cell | logged | left as | ended | limit |', '|---|---|---|---|---|---|', ...lines].join('\n')
}

/** Prints the browser's rows, and writes them where they stand in the document. A run of some cells only leaves the document alone. */
export function writeTable(browser: string, rows: readonly Row[], whole: boolean): void {
  const mark = `## ${browser}`
  const sum = (key: 'sent' | 'logged'): number => rows.reduce((total, row) => total + row[key], 0)
  const section = `${mark}\n\n${table(rows)}\n`
  console.log(`${section}\n${browser}: ${sum('logged')} of ${sum('sent')} events in ${rows.length} cells`)
  if (!whole) return
  const [, ...parts] = existsSync(FILE) ? readFileSync(FILE, 'utf8').split(/^(?=## )/m) : []
  const others = parts.filter(part => !part.startsWith(`${mark}\n`)).map(part => part.trim())
  writeFileSync(FILE, `${[HEAD.trim(), ...[...others, section.trim()].sort()].join('\n\n')}\n`)
}
