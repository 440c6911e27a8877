/** What a part of the log says of identity: all of it, or what one tab or one source told. */
import { type EventEntry, holderKey, type LogEntry } from '../utils/identity/entry'
import { type Expectations, NO_EXPECTATIONS } from '../utils/identity/expectations'
import { EMPTY, type LogState, Reduction } from '../utils/identity/reduce'

export const keyOf = ({ place, facts }: EventEntry): string => holderKey(place.partition, place.site, facts.portal)

export class LogPart {
  reduction: Reduction
  /** holder → UID → times of its events, ascending. */
  private readonly times = new Map<string, Map<string, number[]>>()

  constructor(
    private readonly fits: (entry: LogEntry) => boolean,
    expected = NO_EXPECTATIONS,
    /** What a checkpoint took; entries that it holds are of no use here any more. */
    base: LogState = EMPTY,
  ) {
    this.reduction = new Reduction(base, expected)
  }

  /** The rules go by this from now on. */
  expect(expected: Expectations): void {
    const before = this.reduction
    this.reduction = new Reduction(EMPTY, expected)
    this.reduction.apply(before.all())
  }

  /** Takes entries in, new or rewritten. */
  apply(entries: readonly LogEntry[]): void {
    this.reduction.apply(entries.filter(entry => entry.kind === 'void' || this.fits(entry)))
  }

  /** An event is listed; each version of it once, after `forget` of the one before. */
  note(event: EventEntry): void {
    const { uid } = event.facts
    if (uid === null || !this.fits(event)) return
    const holder = keyOf(event)
    let uids = this.times.get(holder)
    if (!uids) this.times.set(holder, (uids = new Map()))
    const times = uids.get(uid)
    if (!times) uids.set(uid, [event.at])
    else {
      let index = times.length
      while (index > 0 && (times[index - 1] ?? 0) > event.at) index -= 1
      times.splice(index, 0, event.at)
    }
  }

  forget(event: EventEntry): void {
    if (!this.fits(event)) return
    const times = this.times.get(keyOf(event))?.get(event.facts.uid ?? '')
    const index = times?.lastIndexOf(event.at) ?? -1
    if (index >= 0) times?.splice(index, 1)
  }

  /** Times of a UID's events, ascending. */
  timesOf(holder: string, uid: string): readonly number[] {
    return this.times.get(holder)?.get(uid) ?? []
  }
}
