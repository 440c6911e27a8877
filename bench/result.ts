/** What the bench measured, and what of it must hold. */
import { median, ratioOf } from './stats'

/** One line of `bench/results.json`. */
export interface Measure {
  name: string
  /** `µs`, `ms`, `kB`, `MB`, `events/s`, `%`, `ratio`, `count`. */
  unit: string
  /** Of ours; what is compared is said in `name`. */
  value: number
  /** The same without the extension, or with the floor; null where there is nothing to compare with. */
  baseline: number | null
  /** value / baseline. */
  ratio: number | null
  rounds: number
  /** Text, as `at most 60`; null: shown, not limited. */
  budget: string | null
  ok: boolean
  /** What the figure means, one sentence. */
  about: string
}

/** How one measure grows with the log. */
export interface Growth {
  name: string
  unit: string
  /** By number of events in the log. */
  values: Record<number, number>
  /** Slope of log(value) over log(events), by least squares: 0 = independent of the log, 1 = linear. */
  exponent: number
}

export interface Results {
  measures: Measure[]
  growth: Growth[]
  browser: string
  machine: string
  commit: string
  /** When the run ended, ISO. */
  at: string
  /** `--quick`: fewer rounds and smaller logs. */
  quick: boolean
}

export type Limit = { most: number } | { least: number } | null

export interface Made {
  name: string
  unit: string
  about: string
  /** One value per round, or the only one. */
  values: readonly number[]
  baseline?: readonly number[]
  limit?: Limit
  /** What is limited: the value itself (default), the ratio to the baseline, or the median of what each round added to its baseline. */
  of?: 'value' | 'ratio' | 'added'
}

/**
 * What is wanted, or a fifth more than the least that does it takes here. `usual`: what that takes on this machine when nothing is in its way,
 * which is what the figure is wanted of: in a slow stretch it grows with the least, measured by turns.
 */
export const within = (wanted: number, least: number, usual = Number.POSITIVE_INFINITY): { most: number } => ({
  most: Number(Math.max(wanted, 1.2 * least, (wanted * least) / usual).toFixed(1)),
})

/** What is wanted where the least makes its `usual`, and as much less as that makes less here. */
export const asMany = (wanted: number, least: number, usual: number): { least: number } => ({
  least: Math.round(Math.min(wanted, (wanted * least) / usual)),
})

const holds = (limit: Limit, value: number): boolean =>
  limit === null || ('most' in limit ? value <= limit.most : value >= limit.least)

/** Medians over rounds; what is added is the median of the differences, round by round, so that a slow stretch of the machine is in both. */
export function measure({ name, unit, about, values, baseline, limit = null, of = 'value' }: Made): Measure {
  const value = median(values)
  const base = baseline && baseline.length > 0 ? median(baseline) : null
  const ratios = (beside: readonly number[]): number =>
    of === 'ratio' ? ratioOf(values, beside).ratio : median(values.map((one, i) => one / (beside[i] ?? median(beside))))
  const ratio = baseline && base ? ratios(baseline) : null
  const limited =
    of === 'ratio' ? (ratio ?? 0) : of === 'added' ? median(values.map((one, i) => one - (baseline?.[i] ?? 0))) : value
  const word = limit && ('most' in limit ? `at most ${limit.most}` : `at least ${limit.least}`)
  const budget = word && (of === 'ratio' ? `ratio ${word}` : of === 'added' ? `added ${word}` : word)
  return {
    name,
    unit,
    value: round(of === 'added' ? limited : value),
    baseline: base === null ? null : round(base),
    ratio: ratio === null ? null : round(ratio),
    rounds: values.length,
    budget,
    ok: holds(limit, limited),
    about,
  }
}

const round = (value: number): number => Number(value.toPrecision(4))

const grouped = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 3 : 1 })

/** A line of a Markdown table. */
export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** `docs/performance.md`. `notes`: what stands below the tables, kept from run to run. */
export function toMarkdown({ measures, growth, browser, machine, commit, at, quick }: Results, notes: string): string {
  const lines = [
    '# Performance',
    '',
    `Written by \`npm run bench\`${quick ? ' -- --quick' : ''} on ${at.slice(0, 10)}, commit ${commit}: ${browser}, ${machine}. Compared is within one run, in turns; medians.`,
    '"Added" is what a page pays over the same page without any extension; "floor" is an empty extension with the same listeners and matches.',
    '',
    row(['measure', 'value', 'compared with', 'ratio', 'budget', '', 'what it means']),
    row(['---', '---:', '---:', '---:', '---', '---', '---']),
    ...measures.map(({ name, unit, value, baseline, ratio, budget, ok, about }) =>
      row([
        name,
        `${grouped(value)} ${unit}`,
        baseline === null ? '' : `${grouped(baseline)} ${unit}`,
        ratio === null ? '' : ratio.toFixed(3),
        budget ?? '',
        budget === null ? '' : ok ? 'holds' : '**over**',
        about,
      ]),
    ),
  ]
  const sizes = [...new Set(growth.flatMap(({ values }) => Object.keys(values).map(Number)))].sort((a, b) => a - b)
  if (sizes.length > 1)
    lines.push(
      '',
      '## As the log grows',
      '',
      'The exponent is the slope of log(value) over log(events): 0 = the log’s length doesn’t matter, 1 = linear.',
      '',
      row(['measure', ...sizes.map(size => size.toLocaleString('en')), 'exponent']),
      row(['---', ...sizes.map(() => '---:'), '---:']),
      ...growth.map(({ name, unit, values, exponent }) =>
        row([
          `${name}, ${unit}`,
          ...sizes.map(size => (values[size] === undefined ? '' : grouped(values[size]))),
          exponent.toFixed(2),
        ]),
      ),
    )
  return `${lines.join('\n')}\n${notes}`
}
