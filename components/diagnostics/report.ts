/**
 * The text of "Copy diagnostics": made of counts, states and names of the product's own, never by leaving something out of
 * what the panel shows. So it holds no UID, CID or value, no host or address of anybody, and no word of the filter: whatever a page
 * sends and a user types, the text is the same as long as the counts are (report.test.ts).
 */
import type { Term } from '../events/filter'
import { span } from '../format'
import type { PanelState } from '../store'
import { type PlainKey, t } from '../text'
import { type Facts, tally } from './facts'

const yes = (is: boolean | null | undefined): string => (is ? t('report.yes') : is === false ? t('report.no') : '—')

type Word = PlainKey extends infer K ? (K extends `report.word.${infer W}` ? W : never) : never
/** A name of the product's own, in the reader's language. */
const word = (name: Word | null | undefined): string => (name ? t(`report.word.${name}`) : '—')

const counts = (of: ReadonlyMap<Word, number>): string =>
  [...of].map(([name, n]) => `${n} ${word(name)}`).join(', ') || '—'

const sum = <T>(of: readonly T[], n: (each: T) => number | boolean): number =>
  of.reduce((total, each) => total + Number(n(each)), 0)

/** @param hidden how many events each term of the filter hides */
export function reportOf(
  facts: Facts,
  state: PanelState,
  hidden: readonly [Pick<Term, 'kind'>, number][],
  agent: string,
): string {
  const { diagnosis, hello, settings, now, log } = state
  const { frames, sdk, rows, foreign, last, old, after, pauses } = facts
  const { outcomes, lanes } = tally(log, now)
  const outcome = sdk?.script?.outcome
  const partition = hello?.partition
  const { worker, permissions } = diagnosis ?? {}
  return t('report', {
    version: diagnosis?.version ?? '—',
    browser: /(Firefox|Edg|Chrom\w*)\/\d+/.exec(agent)?.[0] ?? '—',
    window: partition === 'normal' || partition === 'private' ? word(partition) : (partition ?? '—'),
    store: word(hello?.store),
    verdict: facts.verdict ? t(`diag.verdict.${facts.verdict}`, { n: facts.n }) : '—',
    state: word(facts.state),
    after: after === null ? '' : `, ${t('diag.after', { after: span(after) })}`,
    script: outcome && 'status' in outcome ? `${word(outcome.state)} ${outcome.status}` : word(outcome?.state),
    stub: word(facts.frame?.stub),
    queue: facts.queue,
    old: old.length,
    waits: old[0] ? `, ${span(Math.max(0, now - old[0].at))}` : '',
    drained: facts.drained,
    answered: frames.length,
    count: facts.count ?? '—',
    hooks: sum(frames, ({ hook }) => hook),
    late: sum(frames, ({ late }) => late),
    waiting: sum(frames, ({ waiting }) => waiting),
    page: yes(permissions?.page),
    sdk: yes(permissions?.sdk),
    cookies: yes(permissions?.cookies),
    all: yes(permissions?.all),
    recording: yes(settings.recording),
    paused: yes(facts.paused),
    pauses: pauses.count,
    pausedFor: span(pauses.ms),
    hosts: settings.hosts.length,
    wakes: state.silent ? '—' : (worker?.wakes ?? '—'),
    awake: diagnosis && worker ? span(Math.max(0, diagnosis.at - worker.since)) : '—',
    lost: facts.lost,
    events: rows.all,
    outcomes: counts(outcomes),
    ago: last ? span(Math.max(0, now - last.at)) : '—',
    lanes: counts(lanes),
    unknown: foreign.length,
    requests: sum(foreign, ({ count }) => count),
    ignored: facts.ignored.length,
    hidden: rows.all - rows.shown,
    terms: hidden
      .map(([{ kind }, n], i) => `${i ? ',' : ':'} ${t('report.by', { n, kind: word(kind), place: i + 1 })}`)
      .join(''),
    lines: foreign
      .map(
        ({ count, lacks, why }) =>
          `\n           ${count} × ${why === 'shape' ? t('report.lacks', { lacks: lacks.join(', ') || '—' }) : word(why)}`,
      )
      .join(''),
  })
}
