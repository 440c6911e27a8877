/** The thread's work, without the thread: reads a file, or takes a log in and writes it. */
import type { EventEntry, LogEntry, Payload } from '../../utils/identity/entry'
import { readText } from '../../utils/log/bytes'
import { csvPieces } from '../../utils/log/csv'
import { harPieces } from '../../utils/log/har-write'
import { logPieces } from '../../utils/log/json'
import { Mask, type Masked, type MaskKind } from '../../utils/log/mask'
import { LogReader } from '../../utils/log/open'
import { siteOf } from '../../utils/log/site'
import { whyOf } from '../../utils/why'
import type { Answer, Ask, Format } from './thread'

/** Entries of one message: the panel takes each in at once, and stays free for clicks between two. */
const PART = 200
/** Pseudonyms that are listed; the others are counted. */
const LISTED = 300

const PIECES = { har: harPieces, json: logPieces, csv: csvPieces }
const TYPES: Record<Format, string> = { har: 'application/json', json: 'application/json', csv: 'text/csv' }

export class Work {
  private readonly entries: LogEntry[] = []
  private readonly payloads: Payload[] = []
  private readonly payloadIn = new Map<LogEntry, number>()

  constructor(private readonly answer: (answer: Answer) => void) {}

  async take(ask: Ask): Promise<void> {
    try {
      switch (ask.kind) {
        case 'read':
          return await this.read(ask)
        case 'take':
          for (const [index, entry] of ask.entries.entries()) {
            this.entries.push(entry)
            const ref = ask.refs[index]
            if (ref !== null && ref !== undefined) this.payloadIn.set(entry, ref)
          }
          this.payloads.push(...ask.payloads)
          return
        case 'preview':
          return this.preview()
        case 'write':
          return this.write(ask.format, ask.mask)
      }
    } catch (error) {
      this.answer({ kind: 'failed', why: whyOf(error) })
    }
  }

  private async read({ file, hosts, payloads: keeps }: Extract<Ask, { kind: 'read' }>): Promise<void> {
    const reader = new LogReader({ siteOf, hosts, payloads: keeps })
    let told = 0
    await readText(
      file.stream(),
      piece => reader.write(piece),
      bytes => {
        const share = file.size > 0 ? bytes / file.size : 1
        if (share - told < 0.01) return
        told = share
        this.answer({ kind: 'progress', share })
      },
    )
    const log = reader.end()
    if (!log.ok) return this.answer({ kind: 'failed', why: log.reason })
    const { entries, payloads, format, requests, rejected } = log
    for (let at = 0; at < Math.max(entries.length, payloads.length); at += PART)
      this.answer({
        kind: 'part',
        entries: entries.slice(at, at + PART),
        payloads: payloads.slice(at, at + PART),
        share: Math.min(1, (at + PART) / entries.length),
      })
    this.answer({ kind: 'read', format, requests, rejected })
  }

  private readonly payloadOf = (entry: EventEntry): Payload | null =>
    this.payloads[this.payloadIn.get(entry) ?? -1] ?? null

  private looked(kinds?: readonly MaskKind[]): Mask {
    const mask = new Mask(kinds && new Set(kinds))
    for (const entry of this.entries) mask.look(entry, entry.kind === 'event' ? this.payloadOf(entry) : null)
    return mask
  }

  private preview(): void {
    const found: Masked[] = this.looked().found()
    const counts: Partial<Record<MaskKind, number>> = {}
    for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1
    this.answer({ kind: 'preview', found: found.slice(0, LISTED), more: Math.max(0, found.length - LISTED), counts })
  }

  private write(format: Format, kinds: readonly MaskKind[] | null): void {
    const plain = { entries: this.entries, payloadOf: this.payloadOf }
    const { entries, payloadOf } = kinds ? this.masked(kinds) : plain
    const pieces: Blob[] = []
    let text = ''
    for (const piece of PIECES[format](entries, payloadOf)) {
      text += piece
      if (text.length < 1_000_000) continue
      pieces.push(new Blob([text]))
      text = ''
    }
    this.answer({ kind: 'written', file: new Blob([...pieces, text], { type: TYPES[format] }) })
  }

  private masked(kinds: readonly MaskKind[]) {
    const mask = this.looked(kinds)
    const payloads = this.payloads.map(payload => mask.payload(payload))
    const payloadIn = new Map<LogEntry, Payload>()
    const entries = this.entries.map(entry => {
      const masked = mask.entry(entry)
      const payload = payloads[this.payloadIn.get(entry) ?? -1]
      if (payload) payloadIn.set(masked, payload)
      return masked
    })
    return { entries, payloadOf: (entry: EventEntry): Payload | null => payloadIn.get(entry) ?? null }
  }
}
