import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readText } from './bytes'

const stream = (bytes: Uint8Array, size: number): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: controller => {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
      controller.close()
    },
  })

const read = async (bytes: Uint8Array, size = 3): Promise<string> => {
  let text = ''
  await readText(stream(bytes, size), piece => {
    text += piece
  })
  return text
}

test('any text, however it is cut and packed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', maxLength: 40 }).map(text => `{"a":"${text.replace(/^\uFEFF/, '')}`),
      fc.integer({ min: 1, max: 7 }),
      async (text, size) => {
        const bytes = new TextEncoder().encode(text)
        for (const packed of [bytes, gzipSync(bytes), deflateSync(bytes)]) expect(await read(packed, size)).toBe(text)
      },
    ),
    { numRuns: 30 },
  )
})

test.each(['utf16le', 'utf-16be', 'utf8'])('a byte order mark: %s', async encoding => {
  const text = '\uFEFF{"tên":"Áo"}'
  const bytes = encoding === 'utf-16be' ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, encoding as 'utf8')
  expect(await read(bytes)).toBe(text.slice(1))
  expect(await read(gzipSync(bytes))).toBe(text.slice(1))
})

test('broken UTF-8, and marks that are not the first letter, say the same however they are cut', async () => {
  const byte = fc.constantFrom(0x7b, 0x80, 0xbf, 0xc3, 0xa1, 0xe1, 0xbb, 0xef, 0xf0, 0x9f, 0x98, 0xed, 0xa0, 0xff)
  const part = fc.oneof(fc.array(byte, { maxLength: 5 }), fc.constant([0xef, 0xbb, 0xbf]))
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.integer({ min: 1, max: 7 }), async (parts, size) => {
      const bytes = Uint8Array.from([0x7b, ...parts.flat()])
      expect(await read(bytes, size)).toBe(new TextDecoder().decode(bytes))
    }),
    { numRuns: 200 },
  )
})

test('no bytes, one byte', async () => {
  expect(await read(new Uint8Array())).toBe('')
  expect(await read(new Uint8Array([123]))).toBe('{')
})

test('says how much of the file was read, of what is packed too', async () => {
  const packed = gzipSync(Buffer.from('a'.repeat(100_000)))
  const counts: number[] = []
  await readText(
    stream(packed, 50),
    () => {},
    count => counts.push(count),
  )
  expect(counts.at(-1)).toBe(packed.length)
})

test.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['garbled', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 12), Buffer.alloc(60, 7)])],
])('%s: one sentence', async (_, harm) => {
  const bytes = gzipSync(Buffer.from(JSON.stringify(Array.from({ length: 3_000 }, (_each, n) => n * n))))
  await expect(read(harm(bytes), 4_096)).rejects.toThrow(/^its compression \(gzip\) is broken: /)
})
