/**
 * A run of the login and logout check as something to hand on: Markdown, one HTML file that needs nothing else, JUnit XML, and a
 * JSON summary that a later run can be compared with.
 */
import * as v from 'valibot'
import { contentHash } from '../sdk/content'
import type { Json } from '../sdk/event'
import { canonical, typeOf } from './attributes'
import type { CheckResult, Spell } from './check'
import { HEIGHT, type Picture, pictureOf, WIDTH } from './check-picture'
import { isOpen, placeOf, type Sentence, type StepResult, type Value, type Verdict } from './check-steps'
import type WORDS from './check-words.en.json'
import type { Outcome } from './entry'
import { fill } from './fill'
import { counts } from './outcome'
import { duration, mask, shortCid } from './rules/text'
import { phrase, type SayWords } from './said'

/** The check's words in one language, as check-words.en.json. */
export type CheckWords = typeof WORDS

export interface ReportContext {
  words: CheckWords
  /** The core's sentences, in the same language. */
  say: SayWords
  /** Where the run was recorded: a file's name, or a tab. */
  recorded: string
  browser: string | null
  version: string | null
  tester: string | null
  /** Values that belong to persons are masked. */
  masked: boolean
  /** A waiting step, or one that nobody can tell of, counts as failed. */
  strict: boolean
  /** An earlier run. */
  baseline: Summary | null
}

const iso = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString().replace('T', ' ') : '—')
const clock = (at: number): string => iso(at).slice(11, 19)

/** How an event ended, in a few words. */
export function outcomeWords(outcome: Outcome, words: CheckWords): string {
  const why = 'error' in outcome && outcome.error ? outcome.error : 'status' in outcome ? String(outcome.status) : ''
  const values = {
    status: 'status' in outcome ? String(outcome.status) : '',
    span: 'ms' in outcome ? duration(outcome.ms, words.units) : '',
    why,
  }
  return fill<string>(words.outcomes[outcome.state], values).join('')
}

type Say = (sentence: Sentence) => string
const sayer =
  ({ words, say: sentences, masked }: ReportContext): Say =>
  ({ say, values }) => {
    const shown = (value: Value): string | number => {
      if (typeof value !== 'object') return value
      if ('event' in value) return `#${value.event}${value.name ? ` ${value.name}` : ''}`
      if ('cid' in value) return masked ? shortCid(value.cid) : value.cid
      if ('uid' in value) return value.uid ?? '—'
      if ('span' in value) return duration(value.span, words.units)
      if ('time' in value) return clock(value.time)
      if ('outcome' in value) return outcomeWords(value.outcome, words)
      if ('say' in value) return phrase(value, sentences, words.units)
      return value.code
    }
    const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(value)]))
    return fill<string | number>(words.say[say], texts).join('')
  }

interface Line {
  step: number
  title: string
  verdict: Verdict
  came: string
  at: string
  expected: string
  why: string
  fix: string
  notes: string[]
  events: string
}

/** All that a report says, once: each format only lays it out. */
interface Model {
  title: string
  overall: CheckResult['overall']
  verdict: string
  counts: string
  facts: [label: string, value: string][]
  people: string[]
  lines: Line[]
  gaps: string[]
  muted: string[]
  accept: string
  list: string[]
  compared: string[] | null
  masked: string
}

const words = (
  result: CheckResult,
  key: keyof CheckWords['report'],
  { words: all }: ReportContext,
  values: Record<string, string | number> = {},
) => fill<string | number>(all.report[key], { ...values, mode: result.mode }).join('')

const spell = (result: CheckResult, context: ReportContext, { who, cid, from, until, again }: Spell): string => {
  const at = words(result, 'since', context, {
    from: clock(from),
    until: until === null ? words(result, 'now', context) : clock(until),
  })
  if (cid === null) return `${at}: ${words(result, 'nobody', context)}`
  const shown = context.masked ? shortCid(cid) : cid
  return `${at}: ${who ? `${who}, ` : ''}${shown}${again ? `, ${words(result, 'again', context)}` : ''}`
}

/** What the check comes to, in a few words. */
export function headline(result: CheckResult, { report }: CheckWords): string {
  const text = { pass: report.passes, fail: report.fails, incomplete: report.incomplete }[result.overall]
  const steps = result.overall === 'fail' ? result.by.fail : result.steps.filter(isOpen).map(({ step }) => step)
  return fill<string>(text, { steps: steps.join(', ') }).join('')
}

const gapsOf = (result: CheckResult, context: ReportContext): string[] => {
  const found = result.gaps.map(({ cause, from, until, event, url }) =>
    words(result, cause, context, {
      from: clock(from),
      until: clock(until),
      event: `#${event}`,
      url: placeOf(url) || '—',
    }),
  )
  if (result.unread.length > 0)
    found.push(
      words(result, 'unread', context, {
        events: result.unread
          .slice(0, 20)
          .map(id => `#${id}`)
          .join(' '),
      }),
    )
  return found.length > 0 ? found : [words(result, 'no-gaps', context)]
}

const lineOf = (
  { step, verdict, came, at, notes, events }: StepResult,
  { words: all }: ReportContext,
  say: Say,
): Line => {
  const about = all.steps[String(step) as keyof CheckWords['steps']]
  return {
    step,
    title: about.title,
    verdict,
    came: say(came),
    at: at === null ? '—' : clock(at),
    expected: about.expected,
    why: about.why,
    fix: about.fix,
    notes: notes.filter(note => note.say !== 'note.accepted').map(say),
    events: events
      .slice(0, 12)
      .map(id => `#${id}`)
      .join(' '),
  }
}

/** For the platform's own log of events: a line of UID, time and event for each that left. */
export const eventList = ({ trail }: CheckResult): string[] =>
  trail.beats
    .filter(({ entry }) => entry.request !== null)
    .map(({ uid, at, name }) => `${uid ?? '—'}\t${iso(at)}\t${name}`)

function modelOf(result: CheckResult, context: ReportContext): Model {
  const say = sayer(context)
  const { holder, beats } = result.trail
  const w = (key: keyof CheckWords['report'], values?: Record<string, string | number>) =>
    words(result, key, context, values)
  const { pass, fail, waiting, 'cant-tell': unknown, 'not-applicable': na } = result.by
  const uids = [...new Set(beats.flatMap(({ uid }) => uid ?? []))]
  const facts: [string, string | null][] = [
    [w('site'), holder.site || '—'],
    [w('portal'), holder.portal ?? '—'],
    [w('source'), holder.props.join(', ') || '—'],
    [w('channel'), result.mode],
    [w('sdk'), result.trail.sdk],
    [w('recorded'), context.recorded],
    [w('browser'), context.browser],
    [w('version'), context.version],
    [w('time'), `${result.from === null ? '—' : iso(result.from)} – ${result.to === null ? '—' : iso(result.to)}`],
    [w('tester'), context.tester],
    [w('others'), result.others.map(({ name }) => name).join(', ') || null],
  ]
  const named = result.people.map(
    ({ label, cid }) =>
      `${label}: ${cid === null ? w('unchecked') : w('checked', { cid: context.masked ? shortCid(cid) : cid })}`,
  )
  return {
    title: w('title'),
    overall: result.overall,
    verdict: headline(result, context.words),
    counts: w('counts', {
      pass: pass.length,
      fail: fail.length,
      unknown: unknown.length,
      waiting: waiting.length,
      na: na.length,
    }),
    facts: facts.flatMap(([label, value]) => (value === null ? [] : [[label, value] as [string, string]])),
    people: [...(named.length > 0 ? named : [w('anyone')]), ...result.spells.map(each => spell(result, context, each))],
    lines: result.steps.map(step => lineOf(step, context, say)),
    gaps: gapsOf(result, context),
    muted: result.muted.map(({ rule, note, count }) => w('mute', { rule, note: note || '—', n: count })),
    accept: w('accept', { prop: holder.props.join(', ') || '—', uids: uids.join(', ') || '—' }),
    list: eventList(result),
    compared: context.baseline && changes(summaryOf(result, context), context.baseline, context),
    masked: w(context.masked ? 'masked' : 'unmasked'),
  }
}

// ── compared with an earlier run

const SUMMARY = 'identity-lens-check'
const summary = v.object({
  format: v.literal(SUMMARY),
  version: v.literal(1),
  overall: v.picklist(['pass', 'fail', 'incomplete']),
  site: v.string(),
  portal: v.nullable(v.string()),
  masked: v.optional(v.boolean(), true),
  steps: v.array(
    v.object({
      step: v.number(),
      verdict: v.picklist(['pass', 'fail', 'waiting', 'cant-tell', 'not-applicable']),
      came: v.string(),
      events: v.array(v.number()),
    }),
  ),
  attributes: v.array(
    v.object({
      login: v.number(),
      code: v.string(),
      type: v.string(),
      value: v.optional(v.string()),
      print: v.optional(v.string()),
    }),
  ),
})
/**
 * What is kept of a run: verdicts, and which attributes each login brought. Of values what the reader may see, masked as a rule, and
 * a print so short that it tells two values apart but not what they are.
 */
export type Summary = v.InferOutput<typeof summary>

/** Reads a summary; null: this is none. */
export const readSummary = (json: unknown): Summary | null => {
  const read = v.safeParse(summary, json)
  return read.success ? read.output : null
}

export function summaryOf(result: CheckResult, context: ReportContext): Summary {
  const say = sayer({ ...context, masked: true })
  const attributes = result.trail.visits.flatMap(({ beats, begin, cid }, index) => {
    const found = new Map<string, Json>()
    for (const { entry } of beats.slice(begin))
      if (counts(entry.outcome))
        for (const [code, value] of [...(entry.facts.inferred ?? []), ...(entry.facts.customers ?? [])])
          if (value !== null) found.set(code, value)
    if (cid !== null) found.set('customer_id', cid)
    return [...found.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, value]) => {
        const text = typeof value === 'string' ? value : canonical(value)
        const seen = context.masked && typeof value !== 'boolean' ? mask(text) : text
        return { login: index + 1, code, type: typeOf(value), value: seen, print: contentHash(value).slice(-3) }
      })
  })
  return {
    format: SUMMARY,
    version: 1,
    overall: result.overall,
    site: result.trail.holder.site,
    portal: result.trail.holder.portal,
    masked: context.masked,
    steps: result.steps.map(({ step, verdict, came, events }) => ({ step, verdict, came: say(came), events })),
    attributes,
  }
}

function changes(now: Summary, then: Summary, { words: all, masked }: ReportContext): string[] {
  const w = (key: keyof CheckWords['report'], values: Record<string, string | number>) =>
    fill<string | number>(all.report[key], values).join('')
  const found = now.steps.flatMap(({ step, verdict }) => {
    const old = then.steps.find(each => each.step === step)?.verdict
    if (old === undefined || old === verdict) return []
    const { title } = all.steps[String(step) as keyof CheckWords['steps']]
    return [w('change', { n: step, title, before: all.verdicts[old], after: all.verdicts[verdict] })]
  })
  const attributeIn = (of: Summary, login: number, code: string) =>
    of.attributes.find(each => each.login === login && each.code === code)
  for (const { login: n, code, type, value = '…', print } of now.attributes) {
    const before = attributeIn(then, n, code)
    if (!before) found.push(w('attribute.new', { n, code, type }))
    else if (before.type !== type) found.push(w('attribute.type', { n, code, before: before.type, after: type }))
    else if (before.print !== undefined && before.print !== print) {
      const old = before.value ?? '…'
      const shown = masked && !then.masked ? mask(old) : old
      found.push(w('attribute.value', { n, code, before: shown, after: value }))
    }
  }
  for (const { login: n, code, type } of then.attributes)
    if (!attributeIn(now, n, code)) found.push(w('attribute.gone', { n, code, type }))
  return found.length > 0 ? found : [all.report['no-change']]
}

// ── Markdown

/** Text that Markdown takes for nothing but text. */
const md = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&').replace(/\s+/g, ' ')
const MARKS: Record<Verdict, string> = { pass: '✓', fail: '✗', waiting: '…', 'cant-tell': '?', 'not-applicable': '–' }

export function toMarkdown(result: CheckResult, context: ReportContext): string {
  const model = modelOf(result, context)
  const { report, verdicts } = context.words
  const points = (title: string, lines: readonly string[]): string[] =>
    lines.length > 0 ? ['', `## ${title}`, '', ...lines.map(line => `- ${md(line)}`)] : []
  return [
    `# ${md(model.title)}: ${md(model.verdict)}`,
    '',
    md(model.counts),
    '',
    ...model.facts.map(([label, value]) => `- ${label}: ${md(value)}`),
    ...points(report.people, model.people),
    '',
    `## ${report.steps}`,
    '',
    `| | ${report.step} | ${report.verdict} | ${report.came} |`,
    '|---|---|---|---|',
    ...model.lines.map(({ step, title, verdict, came, expected, fix, notes }) => {
      const more = verdict === 'fail' ? [`${report.expected}: ${expected}`, `${report.fix}: ${fix}`, ...notes] : notes
      return `| ${MARKS[verdict]} | ${step} ${md(title)} | ${verdicts[verdict]} | ${[came, ...more].map(md).join('<br>')} |`
    }),
    ...points(report.gaps, model.gaps),
    ...points(report.muted, model.muted),
    ...points(report.compared, model.compared ?? []),
    '',
    md(model.accept),
    '',
    `${report.list}:`,
    '',
    '```',
    ...model.list.map(line => line.replaceAll('```', '`\u200b``')),
    '```',
    '',
    model.masked,
    '',
  ].join('\n')
}

// ── HTML

// Characters that XML forbids altogether, and those that mean something in it.
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** Text as content or attribute of HTML and XML. */
const escape = (text: string): string =>
  text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, char => ENTITIES[char] ?? char)

const STYLE = `:root{color-scheme:light dark;--bg:light-dark(#fff,#282828);--tx:light-dark(#1f1f1f,#e5e6e8);--t2:light-dark(#474b50,#c4c7cb);--line:light-dark(#cfdcf1,#4c4e51);--ok:light-dark(#0d6832,#7fd99c);--err:light-dark(#b3261e,#f6a49d);--warn:light-dark(#7d4e00,#f2c14e);--soft:light-dark(#f3f6fc,#313234)}
body{margin:24px auto;max-width:1040px;padding:0 16px;background:var(--bg);color:var(--tx);font:14px/20px system-ui,sans-serif}
h1{font-size:20px;line-height:28px;margin:0}h2{font-size:15px;margin:24px 0 6px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0}dt{color:var(--t2)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{padding:4px 8px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}th{color:var(--t2);font-weight:400}
td:first-child,td:nth-child(2),td:last-child{white-space:nowrap;overflow-wrap:normal}.pic{overflow-x:auto}.pass{color:var(--ok)}.fail{color:var(--err);font-weight:600}.cant-tell{color:var(--warn)}.waiting,.not-applicable,small{color:var(--t2)}small{display:block}
pre{background:var(--soft);padding:8px;overflow-x:auto;font:12px/16px ui-monospace,monospace}ul{margin:0;padding-left:20px}svg text{paint-order:stroke;stroke:var(--bg);stroke-width:3px}svg{display:block;width:100%;min-width:760px;height:auto;font:11px system-ui,sans-serif}
@media(max-width:640px){dl{grid-template-columns:1fr}dd{margin-bottom:4px}thead{display:none}tr{display:block;padding:6px 0;border-bottom:1px solid var(--line)}td{display:inline;border:0;padding:0 6px 0 0}td:nth-child(4),td:nth-child(5){display:block}}`

/** What stands at a mark. */
export const markWords = ({ what, who, guessed }: Picture['marks'][number], { report }: CheckWords): string => {
  const said = what === 'start' || what === 'stop' ? what : report[`mark.${what}`]
  return guessed
    ? fill<string>(report.guessed, { what: report[what === 'logout' ? 'guess.logout' : 'guess.login'] }).join('')
    : `${said}${who ? ` ${who}` : ''}`
}

function picture(result: CheckResult, { words }: ReportContext): string {
  const placed = pictureOf(result)
  if (!placed) return ''
  const bands = placed.bands.map(({ x, width, spell: { who, cid } }) => {
    const name = cid === null ? '' : `${who ? `${who} ` : ''}${shortCid(cid)}`
    const look =
      cid === null ? 'fill="none" stroke="var(--t2)" stroke-dasharray="4 3"' : 'fill="var(--soft)" stroke="var(--ok)"'
    return `<rect x="${x}" y="42" width="${width}" height="20" rx="3" ${look}/><text x="${x + 6}" y="56" fill="var(--ok)">${escape(name)}</text>`
  })
  const ticks = placed.ticks.map(({ x, y, at, end, name, step }) => {
    const tint = step === null ? 'var(--tx)' : 'var(--err)'
    const label = `${clock(at)} ${name}${step === null ? '' : ` ✗ ${step}`}`
    return `<path d="M${x} 38V${y - 11}" stroke="${tint}"/><text x="${x}" y="${y}" fill="${tint}" text-anchor="${end ? 'end' : 'start'}">${escape(label)}</text>`
  })
  const marks = placed.marks.map(mark => {
    const { x, y, at, end, guessed } = mark
    const look = guessed ? 'stroke="var(--t2)" stroke-dasharray="2 3"' : 'stroke="var(--tx)"'
    const text = guessed ? 'fill="var(--t2)" font-style="italic"' : 'fill="var(--tx)" font-weight="600"'
    return `<path d="M${x} ${y + 2}V42" ${look}/><text x="${x}" y="${y}" ${text} text-anchor="${end ? 'end' : 'start'}">${escape(`${clock(at)} ${markWords(mark, words)}`)}</text>`
  })
  return `<div class="pic"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(words.report.timeline)}">${bands.join('')}${ticks.join('')}${marks.join('')}</svg></div>`
}

export function toHtml(result: CheckResult, context: ReportContext): string {
  const model = modelOf(result, context)
  const { report, verdicts } = context.words
  const points = (title: string, lines: readonly string[]): string =>
    lines.length === 0
      ? ''
      : `<h2>${escape(title)}</h2><ul>${lines.map(line => `<li>${escape(line)}</li>`).join('')}</ul>`
  const rows = model.lines.map(({ step, title, verdict, came, at, expected, why, fix, notes, events }) => {
    const more =
      verdict === 'fail' ? [`${report.expected}: ${expected}`, `${report.why}: ${why}`, `${report.fix}: ${fix}`] : []
    const small = [...more, ...notes].map(line => `<small>${escape(line)}</small>`).join('')
    return `<tr><td class="${verdict}">${MARKS[verdict]} ${escape(verdicts[verdict])}</td><td>${step}</td><td>${escape(title)}</td><td>${escape(came)}${small}</td><td><small>${escape(events)}</small></td><td>${at}</td></tr>`
  })
  const overall = { pass: 'pass', fail: 'fail', incomplete: 'waiting' }[model.overall]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(`${model.title}: ${model.verdict}`)}</title><style>${STYLE}</style></head><body><main>
<h1>${escape(model.title)}: <span class="${overall}">${escape(model.verdict)}</span></h1>
<p>${escape(model.counts)}</p>
<dl>${model.facts.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`).join('')}</dl>
<h2>${escape(report.timeline)}</h2>${picture(result, context)}
${points(report.people, model.people)}
<h2>${escape(report.steps)}</h2>
<table><thead><tr><th>${escape(report.verdict)}</th><th>${escape(report.number)}</th><th>${escape(report.step)}</th><th>${escape(report.came)}</th><th>${escape(report.events)}</th><th>${escape(report.at)}</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
${points(report.gaps, model.gaps)}${points(report.muted, model.muted)}${points(report.compared, model.compared ?? [])}
<p>${escape(model.accept)}</p>
<h2>${escape(report.list)}</h2><pre>${escape(model.list.join('\n'))}</pre>
<p><small>${escape(model.masked)}</small></p>
</main></body></html>
`
}

// ── JUnit

/** Does this verdict fail the build? */
const breaks = (step: Pick<StepResult, 'verdict' | 'step'>, strict: boolean): boolean =>
  step.verdict === 'fail' || (strict && isOpen(step))

/** Does the run fail the build? */
export const isBroken = ({ steps }: CheckResult, strict: boolean): boolean => steps.some(step => breaks(step, strict))

export function toJUnit(result: CheckResult, context: ReportContext): string {
  const model = modelOf(result, context)
  const { strict } = context
  const cases = model.lines.map(line => {
    const { step, title, verdict, came, expected, why, fix, notes } = line
    const message = escape(came)
    const detail = escape([`Expected: ${expected}`, `Came: ${came}`, why, fix].join('\n'))
    const inner = breaks({ verdict, step }, strict)
      ? `<failure message="${message}" type="${verdict}">${detail}</failure>`
      : verdict === 'pass'
        ? ''
        : `<skipped message="${message}"/>`
    const out = [verdict === 'pass' ? came : '', ...notes].filter(Boolean).join('\n')
    const info = out ? `<system-out>${escape(out)}</system-out>` : ''
    return `    <testcase classname="${escape(`${result.trail.holder.site}.check`)}" name="${escape(`${step} ${title}`)}" time="0">${inner}${info}</testcase>`
  })
  const failures = model.lines.filter(line => breaks(line, strict)).length
  const skipped = model.lines.filter(line => line.verdict !== 'pass' && !breaks(line, strict)).length
  const head = `name="${escape(model.title)}" tests="${model.lines.length}" failures="${failures}" errors="0" skipped="${skipped}" time="0"`
  const stamp = result.from === null ? '' : ` timestamp="${new Date(result.from).toISOString().slice(0, 19)}"`
  const out = escape(
    [model.verdict, model.counts, ...model.people, ...model.gaps, model.accept, ...(model.compared ?? [])].join('\n'),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${head}>
  <testsuite ${head}${stamp}>
${cases.join('\n')}
    <system-out>${out}</system-out>
  </testsuite>
</testsuites>
`
}
