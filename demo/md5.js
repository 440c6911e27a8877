/**
 * MD5 of a text's UTF-8 bytes as 32 hex digits (RFC 1321). The vendor's script brings such a function to the page, so the
 * stand-in is served with this one in front of it.
 */
function md5(text) {
  const bytes = new TextEncoder().encode(text)
  const blocks = ((bytes.length + 8) >> 6) + 1
  const words = new Int32Array(blocks * 16)
  for (let at = 0; at < bytes.length; at++) words[at >> 2] |= bytes[at] << ((at % 4) * 8)
  words[bytes.length >> 2] |= 0x80 << ((bytes.length % 4) * 8)
  words[blocks * 16 - 2] = bytes.length * 8

  const turns = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
  let [a, b, c, d] = [0x67452301, -271733879, -1732584194, 0x10325476]
  for (let block = 0; block < words.length; block += 16) {
    const before = [a, b, c, d]
    for (let step = 0; step < 64; step++) {
      const round = step >> 4
      const [mixed, word] = [
        [(b & c) | (~b & d), step],
        [(d & b) | (~d & c), (5 * step + 1) % 16],
        [b ^ c ^ d, (3 * step + 5) % 16],
        [c ^ (b | ~d), (7 * step) % 16],
      ][round]
      const constant = Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32)
      const sum = (a + mixed + constant + words[block + word]) | 0
      const turn = turns[round * 4 + (step % 4)]
      ;[a, d, c, b] = [d, c, b, (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0]
    }
    ;[a, b, c, d] = [a + before[0], b + before[1], c + before[2], d + before[3]].map(sum => sum | 0)
  }
  return [a, b, c, d]
    .flatMap(word => [0, 8, 16, 24].map(shift => ((word >>> shift) & 0xff).toString(16).padStart(2, '0')))
    .join('')
}
