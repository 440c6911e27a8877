/** When the pages were loaded that events belong to, tab by tab. */
import { byTime, type LogEntry, type PageEntry } from '../utils/identity/entry'

/** Index of the first page that came later. */
function after(pages: readonly PageEntry[], at: number, id: number): number {
  let low = 0
  let high = pages.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (byTime(pages[middle] as PageEntry, { at, id }) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

/** What a page says as it is left may come when the next one is there already, and the one after it. */
const BACK = 8

export class Loads {
  /** Of top frames, ascending by time. */
  private readonly tabs = new Map<string, PageEntry[]>()

  note(entry: LogEntry): void {
    if (entry.kind !== 'page' || entry.place.frame !== 0 || entry.how === 'route') return
    const pages = this.tabs.get(entry.place.tab) ?? []
    this.tabs.set(entry.place.tab, pages)
    const index = after(pages, entry.at, entry.id)
    if (pages[index - 1]?.id === entry.id) pages[index - 1] = entry
    else pages.splice(index, 0, entry)
  }

  forget({ at, id, place }: LogEntry): void {
    const pages = this.tabs.get(place.tab)
    const index = pages ? after(pages, at, id) - 1 : -1
    if (pages?.[index]?.id === id) pages.splice(index, 1)
  }

  clear(): void {
    this.tabs.clear()
  }

  /** When the page was loaded that something belongs to; null: nobody saw it, or it is of no page. */
  of({ at, place }: Pick<LogEntry, 'at' | 'place'>): number | null {
    const pages = this.tabs.get(place.tab)
    if (!pages) return null
    const last = after(pages, at, Number.POSITIVE_INFINITY) - 1
    // An inner frame belongs to whatever stood on top; the top frame's document says which page it is.
    if (place.frame !== 0) return pages[last]?.at ?? null
    for (let index = last + 1; index >= Math.max(0, last - BACK); index--)
      if (pages[index]?.place.doc === place.doc) return pages[index]?.at ?? null
    return null
  }
}
