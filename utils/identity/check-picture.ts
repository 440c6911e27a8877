/** A run as a picture: who was there, what changed it, and what the tester said. Only where things are; each format draws them. */
import type { CheckResult, Spell } from './check'
import { isLogin, isRemoval } from './check-trail'
import { MARK } from './constants'

export const WIDTH = 1000
export const HEIGHT = 126
const LEFT = 10
const RIGHT = WIDTH - 10
/** Beyond so many labels nobody reads them. */
const MOST = { ticks: 40, marks: 30 }

interface Placed {
  x: number
  y: number
  at: number
  /** Its label stands before it, since there is no room behind. */
  end: boolean
}
export interface Picture {
  bands: { x: number; width: number; spell: Spell }[]
  /** `step`: which failed by it; null: none. */
  ticks: (Placed & { event: number; name: string; step: number | null })[]
  /** `guessed`: nobody said so, a page only looked like it. */
  marks: (Placed & { what: CheckResult['marks'][number]['what']; who: string | null; guessed: boolean })[]
}

/** Events stand side by side, whatever time lay between. null: nothing was seen. */
export function pictureOf({ trail, spells, steps, marks }: CheckResult): Picture | null {
  const { beats, guesses } = trail
  if (beats.length === 0) return null
  const x = (at: number): number => {
    const index = beats.findIndex(beat => beat.at >= at)
    return Math.round(LEFT + ((RIGHT - LEFT) * (index < 0 ? beats.length : index)) / beats.length)
  }
  const failing = new Map(
    steps
      .filter(({ verdict }) => verdict === 'fail')
      .flatMap(({ events, step }) => events.slice(0, 1).map(id => [id, step] as const)),
  )
  const said = [
    ...marks.map(({ at, what, who }) => ({ at, what, who, guessed: false })),
    // Where the tester said it himself, a guess adds nothing.
    ...guesses
      .filter(({ at, what }) => !marks.some(mark => mark.what === what && Math.abs(mark.at - at) <= MARK))
      .map(({ at, what }) => ({ at, what, who: null, guessed: true })),
  ].sort((a, b) => a.at - b.at)
  return {
    bands: spells.map(spell => {
      const from = x(spell.from)
      return { x: from, width: Math.max(2, (spell.until === null ? RIGHT : x(spell.until)) - from), spell }
    }),
    ticks: beats
      .filter(beat => isLogin(beat) || isRemoval(beat) || beat.kind === 'identify' || failing.has(beat.event))
      .slice(0, MOST.ticks)
      .map(({ at, event, name }, index) => {
        const place = x(at)
        return {
          x: place,
          y: 84 + (index % 3) * 14,
          at,
          end: place > 800,
          event,
          name,
          step: failing.get(event) ?? null,
        }
      }),
    marks: said.slice(0, MOST.marks).map((mark, index) => {
      const place = x(mark.at)
      return { ...mark, x: place, y: 12 + (index % 2) * 13, end: place > 700 }
    }),
  }
}
