/** What is compared: no extension, the floor (an empty extension with the same listeners and matches), ours, and any other. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtExtension } from '../demo/build'
import type { DemoServer } from '../demo/server'
import { type Chromium, launch } from '../e2e/drive/chromium'
import { REQUEST_PATTERNS } from '../utils/sdk/names'
import type { Adapter } from './adapter'
import none from './adapters/none'
import ours from './adapters/ours'

export interface Subject {
  adapter: Adapter
  /** Folder of its unpacked extension; null: none. */
  folder: string | null
}

/** A worker's script that listens to the same requests and cookies as ours, and does nothing. */
export const LISTENERS = `const filter = { urls: ${JSON.stringify(REQUEST_PATTERNS)} }, nothing = () => {}
chrome.webRequest.onBeforeRequest.addListener(nothing, filter, ['requestBody'])
chrome.webRequest.onBeforeRedirect.addListener(nothing, filter)
chrome.webRequest.onHeadersReceived.addListener(nothing, filter, ['extraHeaders'])
chrome.webRequest.onCompleted.addListener(nothing, filter)
chrome.webRequest.onErrorOccurred.addListener(nothing, filter)
chrome.cookies.onChanged.addListener(nothing)
`

/**
 * The least that an extension pays which sees the same: our manifest with content scripts that do nothing, and a worker that listens to the same
 * requests and does nothing.
 */
export function floorExtension(): string {
  const { name, version, manifest_version, content_scripts, host_permissions } = JSON.parse(
    readFileSync(join(builtExtension('chrome'), 'manifest.json'), 'utf8'),
  ) as { content_scripts: { js: string[] }[] } & Record<string, unknown>
  const folder = mkdtempSync(join(tmpdir(), 'identity-lens-floor-'))
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)
  const permissions = ['webRequest', 'cookies', 'storage']
  const background = { service_worker: 'background.js' }
  write(
    'manifest.json',
    JSON.stringify({ name, version, manifest_version, content_scripts, host_permissions, permissions, background }),
  )
  for (const { js } of content_scripts) for (const path of js) write(path, '')
  write('background.js', LISTENERS)
  return folder
}

export const NONE: Subject = { adapter: none, folder: null }
export const floorSubject = (): Subject => ({ adapter: { ...none, name: 'floor' }, folder: floorExtension() })
export const ourSubject = (): Subject => ({ adapter: ours, folder: builtExtension('chrome') })

export const start = ({ adapter, folder }: Subject, server: DemoServer, devtools = false): Promise<Chromium> =>
  launch({
    server,
    devtools,
    ...(folder && { extension: folder }),
    ...(adapter.hosts && { hosts: adapter.hosts }),
  })
