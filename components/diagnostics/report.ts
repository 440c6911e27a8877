/**
 * The text of "Copy diagnostics": made of counts, states and names of the product's own, never by leaving something out of
 * what the panel shows. So it holds no UID, CID or value, no address of a page and no query.
 */
import { span } from '../format'
import type { PanelState } from '../store'
import { t } from '../text'
import { type Facts, tally } from './facts'

const yes = (is: boolean | null | undefined): string => (is ? t('report.yes') : is === false ? t('report.no') : '—')

/** A host whose labels could number somebody: `u88123.shop.example` → `….shop.example`. */
const plainHost = (host: string): string =>
  host
    .split('.')
    .map(label => (label.length > 24 || /\d.*\d.*\d/.test(label) ? '…' : label))
    .join('.')

const counts = (of: ReadonlyMap<string, number>): string => [...of].map(([name, n]) => `${n} ${name}`).join(', ') || '—'

const sum = <T>(of: readonly T[], n: (each: T) => number | boolean): number =>
  of.reduce((total, each) => total + Number(n(each)), 0)

export function reportOf(facts: Facts, state: PanelState, agent: string): string {
  const { diagnosis, hello, settings, now, log } = state
  const { frames, sdk, rows, foreign, last } = facts
  const { outcomes, lanes } = tally(log, now)
  const outcome = sdk?.script?.outcome
  const { worker, permissions } = diagnosis ?? {}
  return t('report', {
    version: diagnosis?.version ?? '—',
    browser: /(Firefox|Edg|Chrom\w*)\/\d+/.exec(agent)?.[0] ?? '—',
    window: hello?.partition ?? '—',
    store: hello?.store ?? '—',
    verdict: facts.verdict ? t(`diag.verdict.${facts.verdict}`, { n: facts.n }) : '—',
    state: facts.state ?? '—',
    script: outcome ? ('status' in outcome ? `${outcome.state} ${outcome.status}` : outcome.state) : '—',
    stub: facts.frame?.stub ?? '—',
    queue: facts.queue,
    old: facts.old.length,
    answered: frames.length,
    count: facts.count ?? '—',
    hooks: sum(frames, ({ hook }) => hook),
    late: sum(frames, ({ late }) => late),
    waiting: sum(frames, ({ waiting }) => waiting),
    page: yes(permissions?.page),
    sdk: yes(permissions?.sdk),
    all: yes(permissions?.all),
    recording: yes(settings.recording),
    paused: yes(facts.paused),
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
    hidden: rows.all - rows.shown,
    lines: foreign
      .map(
        ({ host, path, count, lacks, why }) =>
          `\n           ${count} × ${plainHost(host)}/…/${path.split('/').at(-1)} (${why === 'unreadable' ? why : lacks})`,
      )
      .join(''),
  })
}
