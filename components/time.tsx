/** When something was, as the user likes to read it: by the clock, how long ago, or how long after its page was loaded. */
import type { LogEntry } from '../utils/identity/entry'
import type { Settings } from '../utils/settings'
import { clockMs, day, span } from './format'
import { type PanelState, usePanel } from './store'
import { t } from './text'

/** `just now`, `12 s ago`, `4 min ago`: what is whole of its unit, so that it changes no oftener than the panel's clock. */
export function ago(ms: number): string {
  if (ms < 1000) return t('time.just')
  const unit = ms < 60_000 ? 1000 : ms < 3_600_000 ? 60_000 : ms < 172_800_000 ? 3_600_000 : 86_400_000
  return t('time.ago', { span: span(Math.floor(ms / unit) * unit) })
}

/** `+812 ms`, `+12.34 s`, `+10:05.2`, `+1:02:05`: of which two things came first can be told at any length. */
export function offset(ms: number): string {
  const [sign, size] = [ms < 0 ? '−' : '+', Math.abs(ms)]
  if (size < 1000) return `${sign}${t('span.ms', { n: Math.round(size) })}`
  if (size < 59_995) return `${sign}${t('span.s', { n: (size / 1000).toFixed(2) })}`
  const tenths = Math.round(size / 100)
  const two = (n: number) => String(n).padStart(2, '0')
  const [hours, minutes, seconds] = [Math.floor(tenths / 36_000), Math.floor(tenths / 600) % 60, (tenths % 600) / 10]
  return hours > 0
    ? `${sign}${hours}:${two(minutes)}:${two(Math.floor(seconds))}`
    : `${sign}${minutes}:${seconds.toFixed(1).padStart(4, '0')}`
}

type Placed = Pick<LogEntry, 'at' | 'place'>

/** What is of no page that anybody saw has the clock's time in any case. */
export function timeText(
  { log, now, settings }: Pick<PanelState, 'log' | 'now' | 'settings'>,
  of: Placed,
  wanted: Settings['time'] = settings.time,
): string {
  if (wanted === 'relative') return ago(now - of.at)
  const load = wanted === 'navigation' ? log.loads.of(of) : null
  return load === null ? clockMs(of.at) : offset(of.at - load)
}

/** By the clock: what stands behind the dot are ms, for which not every place has room. */
export const clockParts = (text: string): [text: string, ms: string] =>
  /^\d\d:\d\d:\d\d\.\d{3}$/.test(text) ? [text.slice(0, 8), text.slice(8)] : [text, '']

/** What the clock said then, and the day. */
export const timeTitle = (at: number): string => `${day(at)} ${clockMs(at)}`

/** Renders by itself when its text changes, so that nothing around it has to. */
export function Time({ of }: { of: Placed }) {
  const text = usePanel(state => timeText(state, of))
  return (
    <span class="num" title={timeTitle(of.at)}>
      {text}
    </span>
  )
}
