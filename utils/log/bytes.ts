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

/** The same bytes again, with the first ones known: at least two, unless there are no more. */
async function peek(bytes: ReadableStream<Uint8Array>): Promise<[first: Uint8Array, all: ReadableStream<Uint8Array>]> {
  const reader = bytes.getReader()
  let first = new Uint8Array()
  while (first.length < 2) {
    const { done, value } = await reader.read()
    if (done) break
    const joined = new Uint8Array(first.length + value.length)
    joined.set(first)
    joined.set(value, first.length)
    first = joined
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
  let decoder: TextDecoder | null = null
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw compression ? new Error(`its compression (${compression}) is broken: ${String(error)}`) : error
    })
    if (done) break
    decoder ??= new TextDecoder(encodingOf(value))
    take(decoder.decode(value, { stream: true }))
    seen(count)
  }
  if (decoder) take(decoder.decode())
}
