/** What a request's body says, without consuming it. Runs inside the page: captured natives only. */
import { bare, getter, isObject, isPrototypeOf, isView, slice, uncurry } from './natives'
import { type FlatBody, TEXT_CAP } from './record'

const BLOB = Blob.prototype
const Decoder = TextDecoder
const Answer = Response
const sizeOf = getter<number>(BLOB, 'size')
const cutBlob = uncurry(BLOB.slice)
const bytesOf = uncurry(BLOB.arrayBuffer)
const answerBlob = uncurry(Answer.prototype.blob)
const requestBlob = uncurry(Request.prototype.blob)
const decode = uncurry(Decoder.prototype.decode)
const then = uncurry(Promise.prototype.then<unknown, unknown>)

/** Never a stream, not one of another frame either: to make a copy of it would consume it. */
const COPYABLE = [BLOB, URLSearchParams.prototype, FormData.prototype, ArrayBuffer.prototype]

export const bodyOf = (state: FlatBody['state'], text = '', bytes = 0): FlatBody => ({ state, text, bytes })

/** A body that only reads later: a copy of it, taken before the request went off. */
export type Copy = Response | Request

export const NOT_READ = bodyOf('unreadable', 'the page was gone before it could be read')

/** The body as far as it can be read at once, or a copy to be read later by `readCopy`. */
export function readBody(body: unknown): FlatBody | Response {
  if (body === null || body === undefined) return bodyOf('none')
  // `bytes` of a text: about, since most of it is ASCII.
  if (typeof body === 'string')
    return body.length > TEXT_CAP ? bodyOf('cut', slice(body, 0, TEXT_CAP), body.length) : bodyOf('text', body)
  let copyable = isView(body)
  for (let i = 0; i < COPYABLE.length && !copyable && isObject(body); i++)
    copyable = isPrototypeOf(COPYABLE[i] as object, body)
  return copyable ? new Answer(body as BodyInit) : bodyOf('unreadable', 'stream or other object, not readable')
}

/** Reads a copy up to the cap; a letter that the cap cuts in two is left away. */
export function readCopy(copy: Copy, done: (body: FlatBody) => void): void {
  const failed = () => done(bodyOf('unreadable', 'not readable'))
  const read = (whole: unknown) => {
    const bytes = sizeOf(whole)
    const cut = bytes > TEXT_CAP
    then(
      bytesOf(cut ? cutBlob(whole as Blob, 0, TEXT_CAP) : (whole as Blob)),
      buffer => {
        const text = decode(new Decoder(), buffer as ArrayBuffer, bare({ stream: cut }))
        done(cut ? bodyOf('cut', text, bytes) : bodyOf('text', text))
      },
      failed,
    )
  }
  then(
    isPrototypeOf(Answer.prototype, copy) ? answerBlob(copy as Response) : requestBlob(copy as Request),
    read,
    failed,
  )
}
