/** Check: does login make the visitor a customer, and logout nobody again? Seventeen steps that tick themselves. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { CheckResult } from '../../utils/identity/check'
import type { CheckWords } from '../../utils/identity/check-report'
import { headline, outcomeWords } from '../../utils/identity/check-report'
import { isOpen, type Sentence, type StepResult, type Value, type Verdict } from '../../utils/identity/check-steps'
import type { MarkKind } from '../../utils/identity/entry'
import { fill } from '../../utils/identity/fill'
import { mark } from '../deeds'
import { clock, rowUid, shortCid, span } from '../format'
import { Icon, type IconName } from '../icons'
import { Boundary, Empty, EventLink, isTyping, Reading, rove, Segments, useSplit, Words } from '../parts'
import { diagnose, nameOf, openEvent, type PanelState, panel, setChannel, showView, usePanel } from '../store'
import { say as sayCore, t } from '../text'
import { words } from '../words'
import { placeOf, runOf } from './run'
import { Expectations, Gaps, People, Report } from './side'
import { RunPicture } from './timeline'

const LOOK: Record<Verdict, [icon: IconName, tint: string]> = {
  pass: ['ok', 'c-ident'],
  fail: ['error', 'c-err'],
  waiting: ['wait', 't2'],
  'cant-tell': ['ask', 'c-warn'],
  'not-applicable': ['minus', 't3'],
}

const about = (step: number): CheckWords['steps']['1'] => words.check.steps[String(step) as keyof CheckWords['steps']]

/** A sentence of the check, with its values as links and codes. */
function Say({ sentence, state }: { sentence: Sentence; state: PanelState }) {
  const shown = (value: Value): ComponentChildren => {
    if (typeof value !== 'object') return value
    if ('event' in value) {
      // A cookie or a gap is no row of the list.
      const name = `#${value.event} ${value.name}`
      return state.log.event(value.event) ? <EventLink id={value.event} name={value.name} /> : name
    }
    if ('cid' in value)
      return (
        <>
          {!('who' in sentence.values) && nameOf(value.cid)}{' '}
          <code class="nw" title={value.cid}>
            {shortCid(value.cid)}
          </code>
        </>
      )
    if ('uid' in value)
      return (
        <code class="nw" title={value.uid ?? undefined}>
          {value.uid === null ? '—' : rowUid(value.uid)}
        </code>
      )
    if ('span' in value) return span(value.span)
    if ('time' in value) return clock(value.time)
    if ('outcome' in value) return outcomeWords(value.outcome, words.check)
    if ('say' in value) return <Words text={sayCore(value)} />
    return <code>{value.code}</code>
  }
  const values = Object.fromEntries(Object.entries(sentence.values).map(([name, value]) => [name, shown(value)]))
  return (
    <>
      {fill<ComponentChildren>(words.check.say[sentence.say], values).map((piece, index) => (
        <span key={index}>{piece}</span>
      ))}
    </>
  )
}

const Opened = ({ result, run, state }: { result: StepResult; run: CheckResult; state: PanelState }) => {
  const { expected, why, fix } = about(result.step)
  const [first] = result.events
  return (
    <div class="ck-open">
      <div class="kv">
        <span>{t('check.wanted')}</span>
        <span>{expected}</span>
        <span>{t('check.came')}</span>
        <span>
          <Say sentence={result.came} state={state} />
        </span>
        {result.notes.map((note, index) => [
          <span key={index} />,
          <span key={`${note.say}`}>
            <Say sentence={note} state={state} />
          </span>,
        ])}
        <span>{t('issues.why')}</span>
        <span>{why}</span>
        <span>{t('issues.fix')}</span>
        <span>{fix}</span>
        {result.events.length > 0 && [
          <span key="e">{t('check.rests')}</span>,
          <span key="v" class="num">
            {result.events.slice(0, 12).map(id => (
              <span key={id}>
                <EventLink id={id} />{' '}
              </span>
            ))}
          </span>,
        ]}
      </div>
      <div class="ck-scroll" tabIndex={-1}>
        <RunPicture result={run} />
      </div>
      <div class="ck-row">
        {first !== undefined && state.log.event(first) && (
          <button type="button" class="btn" data-action="show-evidence" onClick={() => openEvent(first)}>
            {t('check.show')}
          </button>
        )}
        {result.step === 17 && (
          <button type="button" class="btn" data-action="show-issues" onClick={() => showView('identity')}>
            {t('check.issues')}
          </button>
        )}
      </div>
    </div>
  )
}

const Step = ({
  result,
  run,
  state,
  open,
  first,
  onToggle,
}: {
  result: StepResult
  run: CheckResult
  state: PanelState
  open: boolean
  first: boolean
  onToggle: () => void
}) => {
  const { step, verdict, soFar, at, notes } = result
  const [icon, tint] = LOOK[verdict]
  const warned = notes.some(({ say }) => say === 'note.early' || say === 'note.early-logout' || say === 'note.tab')
  return (
    <li data-step={step} data-verdict={verdict} data-so-far={soFar} class={open ? 'open' : ''}>
      <div class={`step ${verdict}`}>
        <span class={tint}>
          <Icon name={icon} small label={words.check.verdicts[verdict]} />
        </span>
        <span class="t3 num r">{step}</span>
        <button type="button" class="ck-title" aria-expanded={open} tabIndex={first ? 0 : -1} onClick={onToggle}>
          {about(step).title}
          {verdict === 'cant-tell' && <b class="c-warn"> · {words.check.verdicts[verdict]}</b>}
        </button>
        <span class="t2 el ck-came">
          <Say sentence={result.came} state={state} />
          {warned && (
            <span class="c-warn">
              {' '}
              <Icon name="warning" small label={t('tone.warning')} />
            </span>
          )}
          {soFar && verdict === 'pass' && <span class="t3"> · {t('check.so-far')}</span>}
        </span>
        <span class="num t3 r ck-at">{at === null ? '—' : clock(at)}</span>
      </div>
      {open && <Opened result={result} run={run} state={state} />}
    </li>
  )
}

const GROUPS = [
  { key: 'login', from: 1, to: 7 },
  { key: 'in', from: 8, to: 8 },
  { key: 'logout', from: 9, to: 13 },
  { key: 'second', from: 14, to: 16 },
  { key: 'run', from: 17, to: 17 },
] as const

/** When the tester said so, or it looked as if he might have, for the head of a group. */
function marked({ trail }: CheckResult, key: (typeof GROUPS)[number]['key']): { at: number; guessed: boolean } | null {
  const [first, ...more] = trail.visits
  const said =
    key === 'login'
      ? (first?.loginMark ?? trail.loose.find(({ entry }) => entry.what === 'login'))
      : key === 'logout'
        ? first?.logoutMark
        : key === 'second'
          ? (more.find(({ loginMark }) => loginMark !== null)?.loginMark ??
            trail.loose.find(({ entry }) => entry.what === 'other'))
          : null
  if (said) return { at: said.at, guessed: false }
  const guess = trail.guesses.find(
    ({ what, at }) => what === key && at >= (key === 'logout' ? (first?.first?.at ?? Number.POSITIVE_INFINITY) : 0),
  )
  return guess ? { at: guess.at, guessed: true } : null
}

const OVERALL: Record<CheckResult['overall'], Verdict> = { pass: 'pass', fail: 'fail', incomplete: 'waiting' }

function Summary({ result, state }: { result: CheckResult; state: PanelState }) {
  const { by, steps, overall } = result
  const [icon, tint] = LOOK[OVERALL[overall]]
  // What the tester is to do next; a long list of what is open helps nobody.
  const next = overall === 'incomplete' && steps.find(step => step.verdict === 'waiting' && isOpen(step))
  return (
    <div class="ck-sum nw" role="status">
      <span class={tint}>
        <Icon name={icon} />
      </span>
      <b class={`el ${tint}`} data-field="check-verdict" data-overall={overall}>
        {next ? t('check.go-on', { n: next.step }) : headline(result, words.check)}
        {next && (
          <span class="ck-next">
            <Say sentence={next.came} state={state} />
          </span>
        )}
      </b>
      <span class="sp" />
      {(['pass', 'fail', 'cant-tell', 'waiting', 'not-applicable'] as const)
        .filter(verdict => by[verdict].length > 0)
        .map(verdict => (
          <span key={verdict} class={`num wide ${verdict === 'fail' ? 'c-err' : 't2'}`} data-count={verdict}>
            {by[verdict].length} {words.check.verdicts[verdict]}
          </span>
        ))}
      <span class="ck-strip" aria-hidden="true">
        {steps.map(({ step, verdict }) => (
          <i key={step} class={verdict} />
        ))}
      </span>
    </div>
  )
}

const MARKS: readonly [what: Exclude<MarkKind, 'start' | 'stop'>, icon: IconName][] = [
  ['login', 'login'],
  ['logout', 'logout'],
  ['other', 'anonymous'],
  ['expired', 'clock'],
]

const say = (what: MarkKind): void => {
  const place = placeOf(panel.getState())
  if (place) void mark(place, what)
}

/** Digits are marks, wherever nobody is writing. */
function onKey(event: KeyboardEvent): void {
  if (isTyping(event.target) || !panel.getState().settings.singleKeys) return
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const chosen = MARKS[Number(event.key) - 1]
  const run = runOf(panel.getState())
  if (!chosen || !run || run.trail.stop !== null || panel.getState().colleague) return
  event.preventDefault()
  say(chosen[0])
}

export function CheckView() {
  const state = usePanel(all => all)
  const { bar, style } = useSplit('check', 330, 36)
  const [open, setOpen] = useState<number | null>(null)
  const place = placeOf(state)
  const result = runOf(state)
  useEffect(() => {
    document.addEventListener('keydown', onKey)
    // The report names the version, and the gaps the frames without a hook.
    void diagnose()
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  if (state.log.reading) return <Reading />
  const running = result !== null && result.trail.stop === null
  return (
    <>
      <div class="bar tall ck-bar" role="toolbar" aria-label={t('check.title')}>
        <h2>{t('check.title')}</h2>
        <span class="sep" />
        <Segments
          label={t('check.channel')}
          value={result?.mode ?? state.expected.mode ?? 'web'}
          options={[
            ['web', t('check.channel.web')],
            ['app', t('check.channel.app')],
          ]}
          onChange={mode => place && setChannel(place.site, mode)}
        />
        <span class="sep" />
        {MARKS.map(([what, icon], index) => (
          <button
            key={what}
            type="button"
            class="btn"
            data-action={`mark-${what}`}
            disabled={!running || state.colleague}
            title={state.colleague ? t('log.no-page') : undefined}
            onClick={() => say(what)}
          >
            <Icon name={icon} small />
            {t(`check.mark.${what}`)} <kbd>{index + 1}</kbd>
          </button>
        ))}
        <span class="sp" />
        {running && (
          <button
            type="button"
            class="btn"
            data-action="check-stop"
            disabled={state.colleague}
            onClick={() => say('stop')}
          >
            {t('check.stop')}
          </button>
        )}
        <button
          type="button"
          class={result ? 'btn' : 'btn pri'}
          data-action="check-start"
          disabled={!place || state.colleague}
          title={state.colleague ? t('log.no-page') : undefined}
          onClick={() => say('start')}
        >
          {t(result ? 'check.restart' : 'check.start')}
        </button>
      </div>
      <div class="work flow">
        <section class="pane grow" aria-label={t('check.steps')}>
          {result ? (
            <>
              <Summary result={result} state={state} />
              <div
                class="scroll"
                tabIndex={-1}
                onKeyDown={event => rove(event, '.ck-title', { next: 'ArrowDown', previous: 'ArrowUp' })}
              >
                {GROUPS.map(({ key, from, to }) => {
                  const at = marked(result, key)
                  return (
                    <section key={key} aria-label={t(`check.group.${key}`)}>
                      <div class="step g">
                        <b>
                          {t(`check.group.${key}`)}{' '}
                          {at && !at.guessed && (
                            <span class="t3 num">· {t('check.your-mark', { time: clock(at.at) })}</span>
                          )}
                          {at?.guessed && (
                            <span class="t3 num badge dash" title={t('check.guessed.about')}>
                              {t('check.guessed', { time: clock(at.at) })}
                            </span>
                          )}
                        </b>
                      </div>
                      <ol class="ck-list">
                        {result.steps
                          .filter(({ step }) => step >= from && step <= to)
                          .map(step => (
                            <Step
                              key={step.step}
                              result={step}
                              run={result}
                              state={state}
                              open={open === step.step}
                              first={step.step === 1}
                              onToggle={() => setOpen(open === step.step ? null : step.step)}
                            />
                          ))}
                      </ol>
                    </section>
                  )
                })}
              </div>
            </>
          ) : (
            <Empty icon="check" title={t('check.begin')}>
              <p>{t('check.begin.1')}</p>
              <p>{t('check.begin.2')}</p>
              <p>{t('check.begin.3')}</p>
            </Empty>
          )}
        </section>
        {bar}
        <div class="pane" style={style}>
          <div class="scroll" tabIndex={-1}>
            <Boundary what={t('check.people')}>
              <People state={state} result={result} />
            </Boundary>
            <Boundary what={t('check.expected')}>
              <Expectations key={place?.site} state={state} site={place?.site ?? ''} />
            </Boundary>
            {result && (
              <>
                <Boundary what={t('check.gaps')}>
                  <Gaps result={result} />
                </Boundary>
                <Boundary what={t('check.report')}>
                  <Report state={state} result={result} />
                </Boundary>
              </>
            )}
          </div>
        </div>
      </div>
    </>
  )
}
