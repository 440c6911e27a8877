/** The run as a picture in an opened step: who was there, what changed it, what the tester said and what only looks like it. */
import type { CheckResult } from '../../utils/identity/check'
import { HEIGHT, pictureOf, WIDTH } from '../../utils/identity/check-picture'
import { markWords } from '../../utils/identity/check-report'
import { clock, shortCid } from '../format'
import { openEvent } from '../store'
import { words } from '../words'

export function RunPicture({ result }: { result: CheckResult }) {
  const placed = pictureOf(result)
  if (!placed) return null
  return (
    <svg class="ck-pic" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label={words.check.report.timeline}>
      {placed.bands.map(({ x, width, spell: { who, cid } }) => (
        <g key={`b${x}`} class={cid === null ? 'nobody' : 'held'}>
          <rect x={x} y="42" width={width} height="20" rx="3" />
          {cid !== null && (
            <text x={x + 6} y="56">
              {who} {shortCid(cid)}
            </text>
          )}
        </g>
      ))}
      {placed.ticks.map(({ x, y, at, end, event, name, step }) => (
        <a
          key={event}
          href={`#${event}`}
          class={step === null ? '' : 'c-err'}
          onClick={click => {
            click.preventDefault()
            openEvent(event)
          }}
        >
          <path d={`M${x} 38V${y - 11}`} />
          <text x={x} y={y} text-anchor={end ? 'end' : 'start'}>
            {clock(at)} {name}
            {step !== null && ` ✗ ${step}`}
          </text>
        </a>
      ))}
      {placed.marks.map(mark => (
        <g key={`m${mark.at}${mark.what}`} class={mark.guessed ? 'guess' : 'said'} data-mark={mark.what}>
          <path d={`M${mark.x} ${mark.y + 2}V42`} />
          <text x={mark.x} y={mark.y} text-anchor={mark.end ? 'end' : 'start'}>
            {clock(mark.at)} {markWords(mark, words.check)}
          </text>
        </g>
      ))}
    </svg>
  )
}
