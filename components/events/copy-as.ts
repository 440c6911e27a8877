/** An event as text for elsewhere: a shell, a console, a ticket. What a page sent stays text in all of them. */
import type { Payload } from '../../utils/identity/entry'
import { callText, trackCall } from '../../utils/sdk/calls'
import type { DecodedEvent } from '../../utils/sdk/event'
import { fieldsOf } from '../../utils/sdk/fields'
import { leaves } from './leaves'

export const FORMATS = ['url', 'curl', 'fetch', 'json', 'call', 'markdown'] as const
export type Format = (typeof FORMATS)[number]

/** One word of a POSIX shell, whatever is in it. A NUL can't be said in a shell; it is left out. */
export const shellWord = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`

const CONTENT = 'content-type: text/plain;charset=UTF-8'

function curl({ url, method, body }: NonNullable<Payload['request']>): string {
  const parts = [`curl --globoff --url ${shellWord(url)}`]
  if (method !== 'GET') parts.push(`--request ${shellWord(method)}`)
  if (body.state === 'text' || body.state === 'cut')
    parts.push(`--header ${shellWord(CONTENT)}`, `--data-raw ${shellWord(body.text)}`)
  return parts.join(' \\\n  ')
}

function fetchText({ url, method, body }: NonNullable<Payload['request']>): string {
  const sent = body.state === 'text' || body.state === 'cut' ? body.text : undefined
  const options = { method, ...(sent === undefined ? {} : { body: sent }), mode: 'no-cors' }
  return `await fetch(${JSON.stringify(url)}, ${JSON.stringify(options, null, 2)})`
}

/** A cell of a Markdown table that shows exactly this text. */
export function markdownCell(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ')
  const ticks = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(ticks + 1)
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : ''
  return `${fence}${pad}${line.replaceAll('|', '\\|')}${pad}${fence}`
}

function markdown(name: string, decoded: DecodedEvent): string {
  const rows = leaves(fieldsOf(decoded)).map(
    ([path, value]) => `| ${markdownCell(path)} | ${markdownCell(JSON.stringify(value))} |`,
  )
  return [`| ${markdownCell(name)} | |`, '| --- | --- |', ...rows].join('\n')
}

/** null: what was seen of the event doesn't give that. `name`: what the list calls it. */
export function copyAs(format: Format, name: string, payload: Payload, decoded: DecodedEvent | null): string | null {
  const { request, call } = payload
  switch (format) {
    case 'url':
      return request?.url ?? null
    case 'curl':
      return request ? curl(request) : null
    case 'fetch':
      return request ? fetchText(request) : null
    case 'json':
      return decoded && JSON.stringify(Object.fromEntries(fieldsOf(decoded)), null, 2)
    case 'call':
      return call ? callText(call) : decoded && trackCall(decoded)
    case 'markdown':
      return decoded && markdown(name, decoded)
  }
}
