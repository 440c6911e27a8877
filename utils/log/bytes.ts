/** From a file's bytes to its text, piece by piece: gzip and zlib undone, UTF-8 or what its byte order mark says. */

/** Compression by the first two bytes: gzip, or zlib as mitmproxy writes `.zhar`. */
const compressionOf = ([first, second]: Uint8Array): 'gzip' | 'deflate' | null =>
  first === 0x1f && second === 0x8b
    ? 'gzip'
    : first === 0x78 && second !== undefined && (first * 256 + second) % 31 === 0
      ? 'deflate'
      : null

const encodingOf = ([first, second]: Uint8Array): string =>
  first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'

const joined = (first: Uint8Array, second: Uint8Array): Uint8Array => {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** Where UTF-8 can be cut: before its last letter, which may go on. What begins a letter ends the one before, however broken that is. */
const cutOf = (bytes: Uint8Array): number => {
  for (let at = bytes.length - 1; at >= 0 && at >= bytes.length - 3; at--) {
    const byte = bytes[at] as number
    if (byte < 0x80) break
    if (byte >= 0xc0) return at
  }
  return bytes.length
}

/** Decodes UTF-8 in pieces of whole letters, since Node takes five times as long for the same ones as pieces of a stream. */
class Utf8 {
  private open: Uint8Array = new Uint8Array()
  private decoder = new TextDecoder()

  decode(bytes: Uint8Array): string {
    const all = this.open.length > 0 ? joined(this.open, bytes) : bytes
    const end = cutOf(all)
    this.open = all.slice(end)
    return this.text(all.subarray(0, end))
  }

  end(): string {
    return this.text(this.open)
  }

  private text(bytes: Uint8Array): string {
    if (bytes.length === 0) return ''
    const text = this.decoder.decode(bytes)
    // Only the very first letter can be a byte order mark.
    if (!this.decoder.ignoreBOM) this.decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    return text
  }
}

/** The same for UTF-16. */
class Utf16 {
  private readonly decoder: TextDecoder

  constructor(encoding: string) {
    this.decoder = new TextDecoder(encoding)
  }

  decode(bytes: Uint8Array): string {
    return this.decoder.decode(bytes, { stream: true })
  }

  end(): string {
    return this.decoder.decode()
  }
}

const decoderOf = (first: Uint8Array): Utf8 | Utf16 => {
  const encoding = encodingOf(first)
  return encoding === 'utf-8' ? new Utf8() : new Utf16(encoding)
}

/** The same bytes again, with the first ones known: at least two, unless there are no more. */
async function peek(bytes: ReadableStream<Uint8Array>): Promise<[first: Uint8Array, all: ReadableStream<Uint8Array>]> {
  const reader = bytes.getReader()
  let first: Uint8Array = new Uint8Array()
  while (first.length < 2) {
    const { done, value } = await reader.read()
    if (done) break
    first = joined(first, value)
  }
  const all = new ReadableStream<Uint8Array>({
    start: controller => {
      if (first.length > 0) controller.enqueue(first)
    },
    pull: async controller => {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: reason => reader.cancel(reason),
  })
  return [first, all]
}

/**
 * Gives the text to `take` in pieces. `seen`: how many bytes of the file were read by then. Throws with a sentence when the
 * compression is broken, and what the stream throws.
 */
export async function readText(
  bytes: ReadableStream<Uint8Array>,
  take: (piece: string) => void,
  seen: (bytes: number) => void = () => {},
): Promise<void> {
  let count = 0
  const counted = bytes.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        count += chunk.length
        controller.enqueue(chunk)
      },
    }),
  )
  const [start, raw] = await peek(counted)
  const compression = compressionOf(start)
  let text = raw
  if (compression) {
    const inflate = new DecompressionStream(compression) as unknown as ReadableWritablePair<Uint8Array, Uint8Array>
    ;[, text] = await peek(raw.pipeThrough(inflate)).catch((error: unknown) => {
      throw new Error(`its compression (${compression}) is broken: ${String(error)}`)
    })
  }
  const reader = text.getReader()
  let decoder: Utf8 | Utf16 | null = null
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw compression ? new Error(`its compression (${compression}) is broken: ${String(error)}`) : error
    })
    if (done) break
    decoder ??= decoderOf(value)
    take(decoder.decode(value))
    seen(count)
  }
  if (decoder) take(decoder.end())
}
