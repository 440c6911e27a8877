/**
 * The least extension that could take the place of ours: it sees the same requests and calls, keeps a plain record of each, and shows them as
 * rows of plain text in a panel in DevTools. No framework, no identity, no rules, nothing that survives anything. What it takes, the browser
 * takes on this machine: the physical limit of whoever does this at all.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import none from './adapters/none'
import { LISTENERS, type Subject } from './subjects'

const STORE = `
const asked = request => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error) })
const opening = indexedDB.open('least', 1)
opening.onupgradeneeded = () => { opening.result.createObjectStore('batches', { autoIncrement: true }); opening.result.createObjectStore('state') }
const opened = asked(opening)
`

/** In the page's world, on the same ways out of it: one line for a call and its request, sent when the call returns. */
const HOOK = `{
let lines = []
const watch = (holder, key, index = 0, slot = 'value') => {
  const { [slot]: native, ...rest } = Object.getOwnPropertyDescriptor(holder, key)
  Object.defineProperty(holder, key, { ...rest, [slot](...args) {
    const url = args[index]
    if (typeof url === 'string' && url.includes('cdp.asia')) lines.push(['request', Date.now(), url])
    return native.apply(this, args)
  } })
}
watch(window, 'fetch')
watch(Navigator.prototype, 'sendBeacon')
watch(XMLHttpRequest.prototype, 'open', 1)
watch(HTMLScriptElement.prototype, 'src', 0, 'set')
watch(HTMLImageElement.prototype, 'src', 0, 'set')
watch(Element.prototype, 'setAttribute', 1)
addEventListener('load', () => {
  const { web_event: api } = window
  const { track } = api ?? {}
  if (track) api.track = function (...args) {
    lines.push(['call', Date.now(), args, new Error().stack])
    const result = track.apply(this, args)
    document.dispatchEvent(new CustomEvent('least', { detail: JSON.stringify(lines) }))
    lines = []
    return result
  }
})
}`

/** The worker hears of it when the page's task is done: a message takes longer than all the rest. */
const RELAY = `{
let port
document.addEventListener('least', ({ detail }) => setTimeout(() => (port ??= chrome.runtime.connect()).postMessage(detail)))
}`

const BACKGROUND = `${LISTENERS}${STORE}
const channel = new BroadcastChannel('least')
const keep = async record => {
  const writing = (await opened).transaction('batches', 'readwrite')
  writing.objectStore('batches').add([record])
  writing.oncomplete = () => channel.postMessage(0)
}
chrome.webRequest.onBeforeRequest.addListener(({ url, timeStamp }) => void keep({ url, at: timeStamp }), filter, ['requestBody'])
chrome.runtime.onConnect.addListener(port => port.onMessage.addListener(() => {}))
`

const PANEL = `${STORE}
const [list, count, uid] = ['list', 'count', 'uid'].map(id => document.getElementById(id))
const draw = ({ url, at }) => {
  const { searchParams: query } = new URL(url)
  const row = document.createElement('div')
  row.dataset.event = ''
  for (const text of [new Date(at).toISOString().slice(11, 23), query.get('ec'), query.get('ea'), query.get('uid')])
    row.appendChild(document.createElement('span')).textContent = text + ' '
  list.append(row)
  list.scrollTop = list.scrollHeight
}
let last = opened.then(async database => {
  const reading = database.transaction(['batches', 'state'])
  const records = []
  let newest = null
  const asking = reading.objectStore('batches').openCursor(null, 'prev')
  for (let at = await asked(asking); at && records.length < 60; at = await asked(asking)) {
    newest ??= at.key
    records.unshift(...at.value)
    at.continue()
  }
  records.slice(-60).forEach(draw)
  const state = await asked(reading.objectStore('state').get('state'))
  if (state) [count.textContent, uid.textContent] = [state.events, state.uid]
  return newest ?? 0
})
new BroadcastChannel('least').onmessage = () => {
  last = last.then(async before => {
    const batches = (await opened).transaction('batches').objectStore('batches')
    const range = IDBKeyRange.lowerBound(before, true)
    const [keys, found] = await Promise.all([asked(batches.getAllKeys(range)), asked(batches.getAll(range))])
    found.flat().forEach(draw)
    return keys.at(-1) ?? before
  })
}
`

const PANEL_HTML = `<!doctype html><meta charset="utf-8"><title>least</title>
<style>body{margin:0;font:12px sans-serif}#list{height:calc(100vh - 20px);overflow:auto}#list>div{display:grid;grid-template-columns:repeat(4,1fr);height:22px}</style>
<b id="count" data-field="event-count"></b> <b id="uid" data-field="uid"></b><div id="list"></div><script type="module" src="panel.js"></script>`

/** As our panel's page is called, so that the same driver opens it. */
export function leastSubject(): Subject {
  const folder = mkdtempSync(join(tmpdir(), 'identity-lens-least-'))
  const everywhere = { matches: ['<all_urls>'], run_at: 'document_start', all_frames: true }
  const files: Record<string, string> = {
    'manifest.json': JSON.stringify({
      name: 'Least',
      version: '1',
      manifest_version: 3,
      permissions: ['webRequest', 'cookies'],
      host_permissions: ['<all_urls>'],
      background: { service_worker: 'background.js' },
      devtools_page: 'devtools.html',
      content_scripts: [
        { js: ['relay.js'], ...everywhere },
        { js: ['hook.js'], world: 'MAIN', ...everywhere },
      ],
    }),
    'background.js': BACKGROUND,
    'devtools.html': '<script src="devtools.js"></script>',
    'devtools.js': `chrome.devtools.panels.create('Least', '', 'panel.html')`,
    'hook.js': HOOK,
    'relay.js': RELAY,
    'panel.html': PANEL_HTML,
    'panel.js': PANEL,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return { adapter: { ...none, name: 'least' }, folder }
}

/** In a page of it: a log of so many records, and what it comes to. */
export async function fillLeast(events: number, url: string): Promise<void> {
  const opening = indexedDB.open('least')
  await new Promise(done => {
    opening.onsuccess = done
  })
  const writing = opening.result.transaction(['batches', 'state'], 'readwrite')
  const at = Date.now()
  for (let n = 0; n < events; n += 250)
    writing.objectStore('batches').add(Array.from({ length: 250 }, (_, i) => ({ url, at: at - events + n + i })))
  writing.objectStore('state').put({ events, uid: '7865000000000000385' }, 'state')
  await new Promise(done => {
    writing.oncomplete = done
  })
}
