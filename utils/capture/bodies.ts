/** What a request's body says, without consuming it, and never more of it than is kept. Runs inside the page: captured natives only. */
import { bare, defineProperty, getPrototypeOf, getter, isPrototypeOf, slice, uncurry } from './natives'
import { type FlatBody, TEXT_CAP } from './record'

const BLOB = Blob.prototype
const FORM = FormData.prototype
const PARAMS = URLSearchParams.prototype
const BUFFER = ArrayBuffer.prototype
const Answer = Response
const Form = FormData
const Bytes = Uint8Array
const sizeOf = getter<number>(BLOB, 'size')
const cutBlob = uncurry(BLOB.slice)
const eachField = uncurry(FORM.forEach)
const appendField = uncurry(FORM.append as (name: string, value: string) => void)
const hasParameter = uncurry(PARAMS.has)
const answerText = uncurry(Answer.prototype.text)
const requestText = uncurry(Request.prototype.text)
const then = uncurry(Promise.prototype.then<unknown, unknown>)

export const bodyOf = (state: FlatBody['state'], text = '', bytes = 0): FlatBody => ({ state, text, bytes })

/** A body that only reads later: a copy of it, taken before the request went off. `bytes`: its whole size as in `FlatBody`; 0 = not known. */
export interface Copy {
  of: Response | Request
  bytes: number
}

export const NOT_READ = bodyOf('unreadable', 'gone')

/** What a native says of an object that is really of its kind, in whatever frame it was made; else null. Runs no code of the page. */
const asked = <T>(native: (body: unknown) => T, body: unknown): T | null => {
  try {
    return native(body)
  } catch {
    return null
  }
}

/** Of a buffer, or of one kind of view (which have the same natives, of their own each): its beginning, the only part that is copied. */
const bytesIn = (kind: object) => {
  const sizeOf = getter<number>(kind, 'byteLength')
  const from = getter<number>(kind, 'byteOffset')
  const bufferOf = getter<ArrayBuffer>(kind, 'buffer')
  return (body: unknown): Copy => {
    const bytes = sizeOf(body)
    const size = bytes > TEXT_CAP ? TEXT_CAP : bytes
    return {
      of: new Answer(
        kind === BUFFER ? new Bytes(body as ArrayBuffer, 0, size) : new Bytes(bufferOf(body), from(body), size),
      ),
      bytes,
    }
  }
}
const inBuffer = bytesIn(BUFFER)
const inTyped = bytesIn(getPrototypeOf(Bytes.prototype) as object)
const inView = bytesIn(DataView.prototype)

/** A form's texts up to the cap. A file stands there as `[file]`: it is not read, however small. */
const inForm = (body: unknown): Copy => {
  const form = new Form()
  let left = TEXT_CAP
  let bytes = 0
  let whole = true
  const take = (value: unknown, name: string) => {
    const text = typeof value === 'string' ? value : '[file]'
    whole &&= text === value
    bytes += name.length + (text === value ? text.length : sizeOf(value))
    if (left > 0) appendField(form, slice(name, 0, left), slice(text, 0, left))
    left -= name.length + text.length
  }
  eachField(body as FormData, take as never)
  return { of: new Answer(form), bytes: whole && left > 0 ? 0 : -bytes }
}

const inParams = (body: unknown): Copy => {
  hasParameter(body as URLSearchParams, '')
  return { of: new Answer(body as BodyInit), bytes: 0 }
}

/**
 * The body as far as it can be read at once, or a copy to be read later by `readCopy`. Never of a stream: to make a copy of it
 * would consume it. Nor of what only looks like a body: the page's own code would be asked for its text.
 */
export function readBody(body: unknown): FlatBody | Copy {
  if (body === null || body === undefined) return bodyOf('none')
  // How many bytes the rest has, only the browser knows without reading it.
  if (typeof body === 'string')
    return body.length > TEXT_CAP ? bodyOf('cut', slice(body, 0, TEXT_CAP), -body.length) : bodyOf('text', body)
  const size = asked(sizeOf, body)
  if (size !== null)
    return { of: new Answer(size > TEXT_CAP ? cutBlob(body as Blob, 0, TEXT_CAP) : (body as Blob)), bytes: size }
  return (
    asked(inBuffer, body) ??
    asked(inTyped, body) ??
    asked(inView, body) ??
    asked(inParams, body) ??
    asked(inForm, body) ??
    bodyOf('unreadable', 'object')
  )
}

/** Reads a copy up to the cap; a letter that the cap cuts in two is left away. `done` must not throw. */
export function readCopy({ of, bytes }: Copy, done: (body: FlatBody) => void): void {
  // As text: of an object the browser would ask whether it has a `then`, which `Object.prototype` may answer.
  const promise = isPrototypeOf(Answer.prototype, of) ? answerText(of as Response) : requestText(of as Request)
  // `then` looks at it, and the page may have put something of its own there.
  defineProperty(promise, 'constructor', bare({ value: undefined }))
  then(
    promise,
    whole => {
      const text = whole as string
      if (bytes >= 0 && bytes <= TEXT_CAP && text.length <= TEXT_CAP) return done(bodyOf('text', text))
      const part = slice(text, 0, TEXT_CAP)
      done(bodyOf('cut', slice(part, -1) === '\ufffd' ? slice(part, 0, -1) : part, bytes || -text.length))
    },
    () => done(bodyOf('unreadable')),
  )
}
