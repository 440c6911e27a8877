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

/**
 * In the page's world, on the same ways out of it: one line for a call and its request, sent when the call returns. What any hook must have that the page
 * is not to deceive: all that reads a URL or a body is kept before the page can put its own in its place, what wraps is a proxy, lines go through a
 * target of events that the page can't reach, the moments are heard at which a page has more of the SDK, and where no relay answers the page is left
 * alone. With nothing of it more is done than said.
 */
const HOOK = `{
const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect
const { call } = Function.prototype
const Wrapper = Proxy, Text = CustomEvent, Failure = Error, Carrier = FormDataEvent, page = window
const { now } = Date, { parse, stringify } = JSON
const kept = [
  [Request, 'url', 'method', 'clone', 'text'], [URL, 'href'], [Node, 'baseURI'], [Event, 'target'], [CustomEvent, 'detail'], [Promise, 'then'],
  [FormData, 'append'], [Blob, 'size'], [URLSearchParams, 'toString'], [TextDecoder, 'decode'], [ArrayBuffer, 'byteLength'],
  [Object.getPrototypeOf(Uint8Array), 'byteLength', 'byteOffset', 'buffer'], [DataView, 'byteLength', 'byteOffset', 'buffer'],
  [String, 'indexOf', 'slice', 'toLowerCase'], [WeakMap, 'get', 'set'], [Object, 'hasOwnProperty', 'isPrototypeOf'],
].map(([{ prototype }, ...keys]) => keys.map(key => getOwnPropertyDescriptor(prototype, key)))
const listen = call.bind(EventTarget.prototype.addEventListener)
const dispatch = call.bind(EventTarget.prototype.dispatchEvent)
const includes = call.bind(String.prototype.includes)
const push = call.bind(Array.prototype.push)
const secret = new EventTarget()
let lines = []
const watch = (holder, key, index = 0, slot = 'value') => {
  const descriptor = getOwnPropertyDescriptor(holder, key)
  descriptor[slot] = new Wrapper(descriptor[slot], { apply(native, self, args) {
    const url = args[index]
    if (typeof url === 'string' && includes(url, 'cdp.asia')) push(lines, ['request', now(), url])
    return apply(native, self, args)
  } })
  defineProperty(holder, key, descriptor)
}
let wrapped = null
const look = ({ isTrusted }) => {
  const api = isTrusted && getOwnPropertyDescriptor(page, 'web_event')?.value
  if (!api?.track || api === wrapped) return
  wrapped = api
  api.track = new Wrapper(api.track, { apply(track, self, args) {
    push(lines, ['call', now(), args, new Failure().stack])
    const result = apply(track, self, args)
    const detail = stringify(lines)
    lines = []
    dispatch(secret, new Text('least', { detail }))
    return result
  } })
}
listen(secret, 'here', () => {
  watch(Function.prototype, 'toString')
  watch(page, 'fetch')
  watch(Navigator.prototype, 'sendBeacon')
  watch(XMLHttpRequest.prototype, 'open', 1)
  watch(XMLHttpRequest.prototype, 'send')
  watch(HTMLScriptElement.prototype, 'src', 0, 'set')
  watch(HTMLImageElement.prototype, 'src', 0, 'set')
  watch(Element.prototype, 'setAttribute', 1)
  for (const type of ['load', 'error', 'DOMContentLoaded']) listen(document, type, look, true)
  for (const type of ['load', 'pageshow']) listen(page, type, look)
})
dispatch(page, new FocusEvent('least', { relatedTarget: secret }))
}`

/** The worker hears of it when the page's task is done: a message takes longer than all the rest. And what becomes of the page is heard. */
const RELAY = `{
let port
addEventListener('least', event => {
  event.stopImmediatePropagation()
  const { relatedTarget: secret } = event
  secret.addEventListener('least', ({ detail }) => setTimeout(() => (port ??= chrome.runtime.connect()).postMessage(detail)))
  secret.dispatchEvent(new Event('here'))
}, { capture: true, once: true })
const moment = ({ isTrusted }) => {}
addEventListener('pageshow', moment)
addEventListener('securitypolicyviolation', moment, true)
navigation.addEventListener('currententrychange', moment)
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
