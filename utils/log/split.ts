/**
 * Cuts a JSON text that comes in pieces into the items of its long lists, so that a file of hundreds of megabytes is never in
 * memory as a whole. Only strings and brackets are looked at; the items, and what is left around them, go through JSON.parse.
 */

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** Of the backslashes that end a text at `end`, not looking before `start`: is there an odd number? */
const isEscaped = (text: string, start: number, end: number): boolean => {
  let at = end
  while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at--
  return (end - at) % 2 === 1
}

export class JsonSplitter {
  /** Names of the open objects' current members, by depth; undefined inside a list. */
  private readonly keys: (string | undefined)[] = []
  private inString = false
  private escaped = false
  /** The newest string outside of the lists: a member's name, if a colon follows. */
  private word = ''
  /** The list that is being cut, and the depth of its items. */
  private list: string | null = null
  private level = 0
  /** What belongs to the item, or to the rest of the text, from earlier pieces. */
  private parts: string[] = []
  private readonly rest: string[] = []

  /**
   * @param lists paths of the lists, as `log.entries`
   * @param take gets the text of each item in turn
   */
  constructor(
    private readonly lists: readonly string[],
    private readonly take: (list: string, item: string) => void,
  ) {}

  write(piece: string): void {
    let from = 0
    let at = 0
    while (at < piece.length) {
      if (this.inString) {
        at = this.throughString(piece, at)
        continue
      }
      const code = piece.charCodeAt(at)
      if (code === QUOTE) {
        this.inString = true
        this.word = ''
      } else if (code === COLON) {
        if (this.list === null) this.keys[this.keys.length - 1] = this.word
      } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
        this.keys.push(undefined)
        if (this.list === null && code === OPEN_LIST && this.begins()) {
          this.rest.push(piece.slice(from, at + 1))
          from = at + 1
        }
      } else if (this.list !== null && this.keys.length === this.level && (code === COMMA || code === CLOSE_LIST)) {
        this.give(piece.slice(from, at), code === COMMA)
        from = code === COMMA ? at + 1 : at
        if (code === CLOSE_LIST) this.close()
      } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) this.close()
      at++
    }
    const tail = piece.slice(from)
    if (this.list === null) this.rest.push(tail)
    else this.parts.push(tail)
  }

  /** What is left when the items are taken out of their lists, as JSON text; as broken as the whole was. */
  end(): string {
    return [...this.rest, ...this.parts].join('')
  }

  /** Goes on inside a string; gives where it ends, or the end of the piece. */
  private throughString(piece: string, start: number): number {
    let from = this.escaped ? start + 1 : start
    this.escaped = false
    for (;;) {
      const quote = piece.indexOf('"', from)
      const end = quote < 0 ? piece.length : quote
      if (this.list === null && this.word.length < 100) this.word += piece.slice(from, end)
      const escaped = isEscaped(piece, from, end)
      if (quote < 0) {
        this.escaped = escaped
        return end
      }
      from = quote + 1
      if (!escaped) {
        this.inString = false
        return from
      }
    }
  }

  /** A list opens: is it one to cut? */
  private begins(): boolean {
    const path = this.keys.slice(0, -1).join('.')
    if (!this.lists.includes(path)) return false
    this.list = path
    this.level = this.keys.length
    return true
  }

  private give(text: string, more: boolean): void {
    const item = this.parts.length > 0 ? [...this.parts, text].join('') : text
    this.parts = []
    if (this.list !== null && (more || item.trim() !== '')) this.take(this.list, item)
  }

  private close(): void {
    this.keys.pop()
    if (this.list === null || this.keys.length >= this.level) return
    this.list = null
    // Only if another bracket than the list's own closed it.
    for (const part of this.parts) this.rest.push(part)
    this.parts = []
  }
}
