/**
 * What a request's body says, without consuming it, and never more of it than is kept. Runs inside the page: captured natives only.
 * What can't be read at once the relay reads (form.ts): it goes there as it is, in an event, since a form is among the few objects that
 * the browser hands from one world to another.
 */
import type { Later } from './channel'
import { asked, bare, getPrototypeOf, getter, slice, uncurry } from './natives'
import { TEXT_CAP, type ToldBody, UNKNOWN, UNREAD } from './record'

const FORM = FormData.prototype
const Form = FormData
const Carrier = FormDataEvent
const Bytes = Uint8Array
const Decoder = TextDecoder
const blobSize = getter<number>(Blob.prototype, 'size')
const textOfParams = uncurry(URLSearchParams.prototype.toString)
const decode = uncurry(Decoder.prototype.decode)
const append = uncurry(FORM.append as (name: string, value: Blob) => void)

/** `later`: the event that brings it to the relay. */
export type ReadBody = readonly [...ToldBody] | readonly [body: number, bytes: undefined, later: FormDataEvent]

/** A text up to the cap. How many bytes the rest of it has, only the browser knows without reading it. */
export const readText = (text: string, bytes = -text.length, length = text.length): ToldBody =>
  length > TEXT_CAP ? [slice(text, 0, TEXT_CAP), bytes] : [text]

/** Of a buffer, or of one kind of view (which have the same natives, of their own each): its beginning, the only part that is looked at. */
const bytesIn = (kind: object) => {
  const sizeOf = getter<number>(kind, 'byteLength')
  // A buffer has neither of these.
  const from = getter<number>(kind, 'byteOffset')
  const bufferOf = getter<ArrayBuffer>(kind, 'buffer')
  return (body: ArrayBuffer) => {
    const size = sizeOf(body)
    const cut = size > TEXT_CAP
    const part = new Bytes(asked(bufferOf, body) ?? body, asked(from, body) ?? 0, cut ? TEXT_CAP : size)
    // A letter that the cap cuts in two is left away.
    return readText(decode(new Decoder(), part, bare({ stream: cut })), size, size)
  }
}
const inBuffer = bytesIn(ArrayBuffer.prototype)
const inTyped = bytesIn(getPrototypeOf(Bytes.prototype) as object)
const inView = bytesIn(DataView.prototype)

const inText = (body: unknown) => readText(typeof body === 'string' ? body : textOfParams(body as URLSearchParams))

/** Throws if that is no form. */
const inForm = (formData: FormData, type: Later = 'form'): ReadBody => [
  UNREAD,
  undefined,
  new Carrier(type, bare({ formData })),
]

const inBlob = (blob: Blob) => {
  blobSize(blob)
  const form = new Form()
  append(form, '', blob)
  return inForm(form, 'blob')
}

/**
 * The body as far as it can be read at once, or how the relay gets it. Never a stream: to make a copy of it would consume it. Nor what
 * only looks like a body: the page's own code would be asked for its text.
 */
export const readBody = (body: unknown): ReadBody =>
  body === null || body === undefined
    ? [null]
    : (asked(inText, body) ??
      asked(inBlob, body) ??
      asked(inForm, body) ??
      asked(inBuffer, body) ??
      asked(inTyped, body) ??
      asked(inView, body) ?? [UNKNOWN])
