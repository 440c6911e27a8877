/**
 * What the browser's network layer reports, in words of ours. Pure: `network.browser.ts` listens and hands on.
 * Chromium and Firefox differ in names (types, errors, who says which document); after this file nobody knows.
 */
import type { Body, Transport } from '../sdk/event'
import { TEXT_CAP } from './record'

/** What both browsers' `webRequest` details hold, as far as it is used. */
export interface Details {
  requestId: string
  url: string
  method: string
  type: string
  tabId: number
  frameId: number
  /** ms since the epoch, with fractions. */
  timeStamp: number
  /** Chromium: the document that asked; absent for navigations of frames, which have the parent's. */
  documentId?: string
  parentDocumentId?: string
  documentLifecycle?: string
  /** Chromium: origin that asked; `null` for opaque ones. */
  initiator?: string
  /** Firefox: URL of the document that asked. */
  documentUrl?: string
  originUrl?: string
  incognito?: boolean
  cookieStoreId?: string
  statusCode?: number
  statusLine?: string
  redirectUrl?: string
  error?: string
  requestBody?: {
    raw?: { bytes?: ArrayBuffer; file?: string }[]
    formData?: Record<string, unknown[]>
    error?: string
  } | null
}

/** Who asked for a request. */
export interface Asker {
  tab: number
  frame: number
  /** null in Firefox, and for requests that no document made. */
  documentId: string | null
  /** The document's URL, or only its origin; '' if the browser doesn't say. */
  url: string
  partition: string
  prerender: boolean
}

/** Which of the browser's separate cookie jars: `normal`, `private`, or a container of Firefox. */
export const partitionOf = (store: string | undefined, incognito: boolean | undefined): string =>
  incognito || store === 'firefox-private' ? 'private' : store?.startsWith('firefox-container') ? store : 'normal'

export interface RequestFact {
  request: string
  at: number
  url: string
  method: string
  transport: Transport
  asker: Asker
}

export type NetworkFact = RequestFact &
  (
    | { what: 'start'; body: Body }
    /** `status` 0: no server told it, but the browser or another extension. */
    | { what: 'redirect'; status: number; to: string }
    | { what: 'headers'; status: number }
    | { what: 'end'; status: number }
    | { what: 'error'; error: string }
  )

const TRANSPORTS: Record<string, Transport> = {
  script: 'script',
  image: 'image',
  imageset: 'image',
  // Nobody but the hook can tell fetch from XHR.
  xmlhttprequest: 'fetch',
  ping: 'beacon',
  beacon: 'beacon',
  sub_frame: 'iframe',
  main_frame: 'navigation',
  stylesheet: 'css',
  font: 'css',
}

const transportOf = ({ type, method }: Details): Transport =>
  method === 'POST' && (type === 'main_frame' || type === 'sub_frame') ? 'form' : (TRANSPORTS[type] ?? 'other')

const webUrl = (url: string | undefined) => (url && /^https?:/.test(url) ? url : '')

/** @param incognito the worker itself lives in a private window (Chromium's `split`) */
export function requestFact(details: Details, incognito: boolean): RequestFact {
  const frameLoad = details.type === 'sub_frame' || details.type === 'main_frame'
  return {
    request: details.requestId,
    at: details.timeStamp,
    url: details.url,
    method: details.method,
    transport: transportOf(details),
    asker: {
      tab: details.tabId,
      frame: details.frameId,
      documentId: (frameLoad ? details.parentDocumentId : details.documentId) ?? null,
      url: webUrl(details.documentUrl) || webUrl(details.originUrl) || webUrl(details.initiator),
      partition: partitionOf(details.cookieStoreId, details.incognito ?? incognito),
      prerender: details.documentLifecycle === 'prerender',
    },
  }
}

/**
 * Status of the answer that leads elsewhere; 0 if there was none, since the browser or another extension leads there. Chromium says that
 * in words; Firefox gives it a status that leads nowhere (both measured).
 */
export const redirectStatus = ({ statusCode = 0, statusLine = '' }: Details): number =>
  statusCode < 300 || statusLine.includes('Internal Redirect') ? 0 : statusCode

/** So many bytes are surely more letters than are kept: none of UTF-8's takes more than three for one letter of a string. */
const DECODED = 3 * TEXT_CAP + 3
const utf8 = new TextEncoder()

/** The body as the browser hands it out, up to the cap, and how long it is. Chunks are decoded as one text: a letter may span two. */
export function readRequestBody(body: Details['requestBody']): Body {
  if (!body) return { state: 'none' }
  if (body.formData) {
    const fields = new URLSearchParams()
    // The browser has taken it apart: how it was put together, and what was in files, is not to be seen.
    let least = 0
    for (const [name, values] of Object.entries(body.formData))
      for (const value of values) {
        const text = typeof value === 'string' ? value : '[file]'
        fields.append(name, text)
        least += utf8.encode(name).length + utf8.encode(text).length
      }
    return cut(fields.toString(), least, true)
  }
  if (body.raw?.length) {
    if (body.raw.some(part => !part.bytes)) return { state: 'unreadable', why: 'a file, not readable' }
    const decoder = new TextDecoder()
    let text = ''
    let bytes = 0
    for (const { bytes: part } of body.raw) {
      if (!part) continue
      bytes += part.byteLength
      const room = new Uint8Array(part, 0, Math.min(part.byteLength, DECODED))
      if (text.length <= TEXT_CAP) text += decoder.decode(room, { stream: true })
    }
    return cut(text, bytes, false)
  }
  return { state: 'unreadable', why: body.error ? `the browser says: ${body.error}` : 'Blob or stream, not readable' }
}

const cut = (text: string, bytes: number, least: boolean): Body =>
  text.length > TEXT_CAP
    ? { state: 'cut', text: text.slice(0, TEXT_CAP), bytes, ...(least && { least }) }
    : { state: 'text', text }
