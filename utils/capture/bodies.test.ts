/** What the hook says of a body: the text up to the cap, how long it was, and that it never touches more than the cap. */
import { describe, expect, test } from 'vitest'
import type { Body } from '../sdk/event'
import type { Later } from './channel'
import { flatBody, toBody } from './claims'
import { type FlatBody, TEXT_CAP } from './record'

/** What was handed to a `Response` to be read, in bytes or letters; a form by all of its texts. Set up before the hook's natives are captured. */
const handed: number[] = []
const read: string[] = []
const Native = Response
class Counted extends Native {
  constructor(body?: BodyInit | null) {
    super(body)
    if (body instanceof Blob) handed.push(body.size)
    else if (ArrayBuffer.isView(body)) handed.push(body.byteLength)
    else if (body instanceof FormData) {
      let letters = 0
      for (const [name, value] of body) letters += name.length + (typeof value === 'string' ? value.length : value.size)
      handed.push(letters)
    } else handed.push(String(body).length)
  }
}
globalThis.Response = Counted as typeof Response
for (const key of ['text', 'arrayBuffer', 'stream'] as const) {
  const native = Blob.prototype[key]
  Blob.prototype[key] = function (this: Blob) {
    read.push(`${key} of ${this.size}`)
    return Reflect.apply(native, this, [])
  } as never
}
/** Bytes that the hook decodes. */
let inHook = false
const { decode } = TextDecoder.prototype
TextDecoder.prototype.decode = function (bytes, options) {
  if (inHook && ArrayBuffer.isView(bytes)) handed.push(bytes.byteLength)
  return Reflect.apply(decode, this, [bytes, options])
}
/** As the browser has it: it takes nothing but a form. */
globalThis.FormDataEvent = class extends Event {
  readonly formData: FormData
  constructor(type: string, { formData }: { formData: FormData }) {
    super(type)
    FormData.prototype.has.call(formData, '')
    this.formData = formData
  }
} as typeof FormDataEvent
const { readBody, readText } = await import('./bodies')
const { readForm } = await import('./form')

async function bodyOf(given: unknown): Promise<Body> {
  handed.length = 0
  read.length = 0
  inHook = true
  const [body, bytes, later] = readBody(given)
  inHook = false
  const flat = flatBody(later ? await readForm(later.formData, later.type as Later) : [body, bytes])
  return toBody(flat as FlatBody)
}
/** The same without its text: how long that is, and with which letters it is filled. */
const brief = (body: Body) =>
  'text' in body ? { ...body, text: `${body.text.length} × ${[...new Set(body.text)].join('').slice(0, 3)}` } : body

const MB = 1_048_576
const bytes = (size: number) => new Uint8Array(size).fill(120)
const x = (size: number) => 'x'.repeat(size)

const SIZES = [1, 1_000, TEXT_CAP, TEXT_CAP + 1, MB, 8 * MB]
/** Bytes of a body → what is said of it, when its size can be had for nothing. */
const exact = (size: number) =>
  size <= TEXT_CAP ? { state: 'text', text: `${size} × x` } : { state: 'cut', text: `${TEXT_CAP} × x`, bytes: size }
/** The same when only its letters can be counted. */
const bound = (size: number) => ({ ...exact(size), ...(size > TEXT_CAP && { least: true }) })

describe.each(SIZES)('%d bytes', size => {
  const large = new ArrayBuffer(size + 20)
  new Uint8Array(large).fill(120)
  test.each<[string, unknown, object]>([
    ['text', x(size), bound(size)],
    ['Blob', new Blob([bytes(size)]), exact(size)],
    ['Blob with a type, in two parts', new Blob([bytes(size - 1), 'x'], { type: 'application/json' }), exact(size)],
    ['ArrayBuffer', bytes(size).buffer, exact(size)],
    ['Uint8Array', bytes(size), exact(size)],
    [
      'Uint16Array in the middle of a buffer',
      new Uint16Array(large, 2, Math.ceil(size / 2)),
      exact(2 * Math.ceil(size / 2)),
    ],
    ['DataView in the middle of a buffer', new DataView(large, 3, size), exact(size)],
  ])('%s', async (_, body, wanted) => {
    expect(brief(await bodyOf(body))).toEqual(wanted)
    for (const part of handed) expect(part).toBeLessThanOrEqual(TEXT_CAP)
  })

  test('the text of a Request', () => {
    expect(brief(toBody(flatBody(readText(x(size))) as FlatBody))).toEqual(bound(size))
  })

  test('URLSearchParams', async () => {
    const said = await bodyOf(new URLSearchParams({ x: x(size) }))
    expect(said).toMatchObject(
      size + 2 <= TEXT_CAP ? { state: 'text' } : { state: 'cut', bytes: size + 2, least: true },
    )
  })
  test('FormData', async () => {
    const form = new FormData()
    form.append('y', x(size))
    const said = await bodyOf(form)
    expect(said).toMatchObject(size < TEXT_CAP - 1 ? { state: 'text' } : { state: 'cut', bytes: size + 1, least: true })
    expect('text' in said && said.text).toContain('name="y"\r\n\r\nx')
    for (const part of handed) expect(part).toBeLessThanOrEqual(TEXT_CAP + 1)
  })
})

describe('letters of more than one byte', () => {
  const json = `{"name":"${'ữ'.repeat(TEXT_CAP)}"}`
  test('of a text are not counted: its letters are a bound', async () => {
    expect(await bodyOf(json)).toMatchObject({ state: 'cut', bytes: json.length, least: true })
  })
  test('a letter that the cap cuts in two is left away, and the size is exact', async () => {
    const said = await bodyOf(new Blob([json]))
    expect(said).toMatchObject({ state: 'cut', bytes: 3 * TEXT_CAP + 11 })
    expect('text' in said && said.text).toBe(`{"name":"${'ữ'.repeat((TEXT_CAP - 9 - ((TEXT_CAP - 9) % 3)) / 3)}`)
    expect(await bodyOf(new TextEncoder().encode(json))).toEqual(said)
  })
})

describe('a form with files', () => {
  test('is not read beyond its texts: no file is touched, however large', async () => {
    const form = new FormData()
    const file = new File([bytes(8 * MB)], 'contract.pdf')
    form.append('dims', '{"customers":{"customer_id":"c1"}}')
    form.append('scan', file)
    form.append('small', new File(['x'], 'x.txt'))
    const said = await bodyOf(form)
    expect(read).toEqual([])
    expect(Math.max(...handed)).toBeLessThan(200)
    const size = 'dims{"customers":{"customer_id":"c1"}}scansmall'.length + 8 * MB + 1
    expect(said).toMatchObject({ state: 'cut', bytes: size, least: true })
    expect('text' in said && said.text).toMatch(/name="dims"\r\n\r\n\{"customers".*name="scan"\r\n\r\n\[file\]/s)
    // It is still the page's, whole.
    expect(form.get('scan')).toBe(file)
  })

  test('texts beyond the cap are not copied', async () => {
    const form = new FormData()
    for (let i = 0; i < 40; i++) form.append(`part${i}`, x(MB))
    const said = await bodyOf(form)
    expect(handed[0]).toBeLessThan(TEXT_CAP + 100)
    expect(said).toMatchObject({ state: 'cut', bytes: 40 * MB + 230, least: true })
  })
})

describe('what is no body', () => {
  test.each<[string, unknown, Body]>([
    ['none', undefined, { state: 'none' }],
    ['null', null, { state: 'none' }],
    ['a stream', new ReadableStream(), { state: 'unreadable', why: 'stream or other object, not readable' }],
    ['an object', { size: 3 }, { state: 'unreadable', why: 'stream or other object, not readable' }],
    [
      'a look-alike',
      Object.create(FormData.prototype),
      { state: 'unreadable', why: 'stream or other object, not readable' },
    ],
    [
      'a view that looks like one',
      Object.create(Uint8Array.prototype),
      { state: 'unreadable', why: 'stream or other object, not readable' },
    ],
  ])('%s', async (_, given, wanted) => {
    expect(await bodyOf(given)).toEqual(wanted)
  })
  test('a stream stays the page’s', async () => {
    const stream = new ReadableStream()
    await bodyOf(stream)
    expect([stream.locked, stream instanceof ReadableStream]).toEqual([false, true])
  })
})
