/** What a request's body says, without consuming it. Runs inside the page: captured natives only. */
import { bare, defineProperty, getter, isPrototypeOf, isView, slice, uncurry } from './natives'
import { type FlatBody, TEXT_CAP } from './record'

const BLOB = Blob.prototype
const FORM = FormData.prototype
const PARAMS = URLSearchParams.prototype
const Answer = Response
const sizeOf = getter<number>(BLOB, 'size')
const cutBlob = uncurry(BLOB.slice)
const hasField = uncurry(FORM.has)
const hasParameter = uncurry(PARAMS.has)
const sizeOfBuffer = getter<number>(ArrayBuffer.prototype, 'byteLength')
const answerText = uncurry(Answer.prototype.text)
const requestText = uncurry(Request.prototype.text)
const then = uncurry(Promise.prototype.then<unknown, unknown>)

export const bodyOf = (state: FlatBody['state'], text = '', bytes = 0): FlatBody => ({ state, text, bytes })

/** A body that only reads later: a copy of it, taken before the request went off. `bytes`: its whole size; 0 = not known. */
export interface Copy {
  of: Response | Request
  bytes: number
}

export const NOT_READ = bodyOf('unreadable', 'the page was gone before it could be read')

/** What a native says of an object that is really of its kind, in whatever frame it was made; else null. Runs no code of the page. */
const asked = <T>(native: (body: unknown) => T, body: unknown): T | null => {
  try {
    return native(body)
  } catch {
    return null
  }
}

/**
 * The body as far as it can be read at once, or a copy to be read later by `readCopy`. Never of a stream: to make a copy of it
 * would consume it. Nor of what only looks like a body: the page's own code would be asked for its text.
 */
export function readBody(body: unknown): FlatBody | Copy {
  if (body === null || body === undefined) return bodyOf('none')
  // `bytes` of a text: about, since most of it is ASCII.
  if (typeof body === 'string')
    return body.length > TEXT_CAP ? bodyOf('cut', slice(body, 0, TEXT_CAP), body.length) : bodyOf('text', body)
  const size = asked(sizeOf, body)
  if (size !== null)
    return { of: new Answer(size > TEXT_CAP ? cutBlob(body as Blob, 0, TEXT_CAP) : (body as Blob)), bytes: size }
  const bytes = asked(sizeOfBuffer, body)
  return bytes !== null ||
    isView(body) ||
    asked(it => hasParameter(it as URLSearchParams, ''), body) !== null ||
    asked(it => hasField(it as FormData, ''), body) !== null
    ? { of: new Answer(body as BodyInit), bytes: bytes ?? 0 }
    : bodyOf('unreadable', 'stream or other object, not readable')
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
      if (bytes <= TEXT_CAP && text.length <= TEXT_CAP) return done(bodyOf('text', text))
      const part = slice(text, 0, TEXT_CAP)
      done(bodyOf('cut', slice(part, -1) === '\ufffd' ? slice(part, 0, -1) : part, bytes || text.length))
    },
    () => done(bodyOf('unreadable', 'not readable')),
  )
}
