/** Beside the steps: who logs in, what is expected, what nobody could see, and the report. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { CheckResult } from '../../utils/identity/check'
import { readExpected } from '../../utils/identity/check-file'
import {
  headline,
  readSummary,
  type Summary,
  summaryOf,
  toHtml,
  toJUnit,
  toMarkdown,
} from '../../utils/identity/check-report'
import { formatRecipe } from '../../utils/identity/recipe'
import { clock, shortCid, span } from '../format'
import { Icon } from '../icons'
import { Copy, EventLink, Tick } from '../parts'
import { namePerson, type PanelState, RULE_IDS, saveExpected, setCheck } from '../store'
import { rich, t } from '../text'
import { words } from '../words'
import { personCid, reportContext, saveFile } from './run'

/** A file that the user picks, as text. */
const pick = (label: string, action: string, accept: string, take: (text: string) => void) => (
  <label class="btn">
    {label}
    <input
      type="file"
      class="sr"
      data-action={action}
      accept={accept}
      onChange={async event => {
        const field = event.currentTarget
        const text = await field.files?.[0]?.text()
        field.value = ''
        if (text !== undefined) take(text)
      }}
    />
  </label>
)

export function People({ state, result }: { state: PanelState; result: CheckResult | null }) {
  const [label, setLabel] = useState('')
  const [typed, setTyped] = useState('')
  const { people } = state.settings
  const cid = typed.trim() === '' ? null : personCid(state, typed)
  const { recipe } = state.expected
  const add = async (event: Event) => {
    event.preventDefault()
    if (cid === null || label.trim() === '') return
    await namePerson(label.trim(), cid)
    setCheck({ who: label.trim() })
    setLabel('')
    setTyped('')
  }
  return (
    <section aria-label={t('check.people')}>
      <div class="ph">
        <h2>{t('check.people')}</h2>
        <span class="t3 el">{t('check.people.about')}</span>
      </div>
      <div class="pad">
        {people.length > 0 && (
          <div role="radiogroup" aria-label={t('check.next')}>
            {[{ label: '', cid: '' }, ...people].map(person => {
              const none = person.cid === ''
              return (
                <div class="line" key={person.label} data-person={person.label}>
                  <label class="ck">
                    <input
                      type="radio"
                      name="who"
                      checked={(state.check.who ?? '') === person.label}
                      onChange={() => setCheck({ who: none ? null : person.label })}
                    />
                    {none ? t('check.nobody-named') : person.label}
                  </label>
                  {!none && (
                    <>
                      <span class="m t2" title={person.cid}>
                        {shortCid(person.cid)}
                      </span>
                      <span class="sp" />
                      <button
                        type="button"
                        class="ib"
                        aria-label={t('check.forget', { who: person.label })}
                        title={t('check.forget', { who: person.label })}
                        onClick={() => {
                          if (state.check.who === person.label) setCheck({ who: null })
                          void namePerson(person.label, null)
                        }}
                      >
                        <Icon name="x" small />
                      </button>
                    </>
                  )}
                </div>
              )
            })}
          </div>
        )}
        <form class="ck-add" onSubmit={add}>
          <input
            class="in"
            name="label"
            placeholder={t('check.label')}
            aria-label={t('check.label')}
            maxLength={60}
            value={label}
            onInput={event => setLabel(event.currentTarget.value)}
          />
          <input
            class="in m"
            name="typed"
            placeholder={t('check.typed')}
            aria-label={t('check.typed')}
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={event => setTyped(event.currentTarget.value)}
          />
          <button type="submit" class="btn" data-action="add-person" disabled={cid === null || label.trim() === ''}>
            {t('check.add')}
          </button>
        </form>
        <p class="t3" data-field="person-cid">
          {typed.trim() === ''
            ? t('check.typed.about', { hash: recipe?.hash ?? 'md5' })
            : cid === null
              ? t('check.typed.none')
              : rich('check.typed.is', { cid: <code class="brk">{cid}</code> })}
        </p>
        {result && result.spells.length > 0 && (
          <div class="st num">
            {result.spells.map(({ who, cid: held, from, until, again }) => (
              <div class="fact" key={from} data-spell={held ?? 'nobody'}>
                <span class={held ? 'c-ident' : 't2'}>
                  <Icon name={held ? 'identified' : 'anonymous'} small />
                </span>
                <span class="brk">
                  {held === null ? t('check.nobody') : who}{' '}
                  {held !== null && <code title={held}>{shortCid(held)}</code>}{' '}
                  {again && <span class="t2">{t('check.again')}</span>}
                </span>
                <span class="t2">
                  {clock(from)}–{until === null ? t('check.now') : clock(until)}
                </span>
              </div>
            ))}
          </div>
        )}
      </div>
    </section>
  )
}

const EXAMPLE = `{
  "recipe": { "hash": "md5", "of": "phone" },
  "removal": "required",
  "uidAfterLogout": "new",
  "attributes": { "name": "string" }
}`

export function Expectations({ state, site }: { state: PanelState; site: string }) {
  const stored = state.settings.expected[site] ?? ''
  const [draft, setDraft] = useState<string | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const open = draft !== null
  useEffect(() => {
    if (open) field.current?.focus()
  }, [open])
  const reading = draft === null || draft.trim() === '' ? null : readExpected(draft, RULE_IDS)
  const fault = reading && !reading.ok ? reading.reason : null
  const { mode, recipe, order, attributes, removal, uidAfterLogout, mute, strict, loginEvents } = state.expected
  const formula =
    recipe &&
    formatRecipe({ ...recipe, of: recipe.of, kind: 'other', padding: 'full', hex: 'lower', cut: null, padded: null })
  const lines: [key: string, label: string, value: string | null][] = [
    ['recipe', t('check.recipe'), formula],
    ['order', t('check.order'), order],
    ['attributes', t('attributes'), attributes.map(({ code }) => code).join(', ') || null],
    ['removal', t('check.removal'), removal],
    ['uid', t('check.uid-after'), uidAfterLogout],
    ['logins', t('check.login-events'), loginEvents.join(', ') || null],
    ['mode', t('check.mode'), mode],
    ['mute', t('check.muted'), mute.map(({ rule, note }) => (note ? `${rule}: ${note}` : rule)).join('; ') || null],
    ['strict', t('check.strict'), strict ? t('report.yes') : null],
  ]
  const said = lines.filter(([, , value]) => value !== null)
  const save = async (text: string) => {
    await saveExpected(site, text)
    setDraft(null)
  }
  return (
    <section aria-label={t('check.expected')}>
      <div class="ph">
        <h2>{t('check.expected')}</h2>
        <span class="t3 el m">expected.json</span>
        <span class="sp" />
        {!open && (
          <button type="button" class="link" data-action="edit-expected" onClick={() => setDraft(stored || EXAMPLE)}>
            {t('check.edit')}
          </button>
        )}
      </div>
      <div class="pad">
        {open ? (
          <>
            <textarea
              ref={field}
              class="in m ck-json"
              aria-label={t('check.expected')}
              aria-invalid={fault !== null}
              spellcheck={false}
              value={draft}
              onInput={event => setDraft(event.currentTarget.value)}
              onKeyDown={event => event.key === 'Escape' && setDraft(null)}
            />
            {fault !== null && (
              <p class="bad-in" role="alert" data-field="expected-fault">
                {fault}
              </p>
            )}
            <div class="ck-row">
              <button
                type="button"
                class="btn pri"
                data-action="save-expected"
                disabled={fault !== null}
                onClick={() => save(draft.trim())}
              >
                {t('check.keep')}
              </button>
              <button type="button" class="btn" onClick={() => setDraft(null)}>
                {t('cancel')}
              </button>
              {pick(t('check.open-file'), 'open-expected', '.json', setDraft)}
              <button
                type="button"
                class="btn"
                disabled={fault !== null}
                onClick={() => saveFile('expected.json', 'application/json', draft)}
              >
                {t('check.save-file')}
              </button>
            </div>
          </>
        ) : said.length === 0 ? (
          <p class="t2">{t('check.expected.none')}</p>
        ) : (
          <div class="kv">
            {said.map(([key, label, value]) => [
              <span key={key}>{label}</span>,
              <span key={`${key} value`} class="m brk" data-expected={key}>
                {value}
              </span>,
            ])}
          </div>
        )}
      </div>
    </section>
  )
}

export function Gaps({ state, result }: { state: PanelState; result: CheckResult }) {
  const { gaps, unread, trail } = result
  const deaf = state.diagnosis?.frames.filter(({ hook }) => !hook) ?? []
  const none = gaps.length + unread.length + deaf.length === 0
  return (
    <section aria-label={t('check.gaps')}>
      <div class="ph">
        <h2>{t('check.gaps')}</h2>
        <span class="t3 el">{t('check.gaps.about')}</span>
      </div>
      <div class="st num">
        {none && (
          <div class="fact">
            <span class="c-ident">
              <Icon name="check" small />
            </span>
            <span class="brk t2">{t('check.gaps.none')}</span>
          </div>
        )}
        {gaps.map(({ cause, from, until, event }) => (
          <div class="fact" key={`${event} ${from}`} data-gap={cause}>
            <span class="c-warn">
              <Icon name={cause === 'paused' ? 'pause' : 'ask'} small />
            </span>
            <span class="brk">
              {rich(`check.gap.${cause}`, {
                from: clock(from),
                until: clock(Math.min(until, trail.now)),
                span: span(Math.min(until, trail.now) - from),
                link: <EventLink id={event} />,
              })}
            </span>
          </div>
        ))}
        {unread.length > 0 && (
          <div class="fact" data-gap="unread">
            <span class="c-warn">
              <Icon name="ask" small />
            </span>
            <span class="brk">
              {t('check.gap.unread', { n: unread.length })}{' '}
              {unread.slice(0, 8).map(id => (
                <span key={id}>
                  <EventLink id={id} />{' '}
                </span>
              ))}
            </span>
          </div>
        )}
        {deaf.length > 0 && (
          <div class="fact" data-gap="hook">
            <span class="c-warn">
              <Icon name="ask" small />
            </span>
            <span class="brk">{t('check.gap.hook', { n: deaf.length })}</span>
          </div>
        )}
      </div>
    </section>
  )
}

export function Report({ state, result }: { state: PanelState; result: CheckResult }) {
  const [baseline, setBaseline] = useState<Summary | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  const context = reportContext(state, baseline)
  const { holder } = result.trail
  const name = `check-${(holder.site || 'site').replace(/[^\w.-]/g, '_')}`
  const compare = (text: string) => {
    let json: unknown = null
    try {
      json = JSON.parse(text)
    } catch {
      // Said below: no JSON is no summary either.
    }
    const summary = readSummary(json)
    setBaseline(summary)
    setFault(summary ? null : t('check.baseline.fault'))
  }
  const file = (action: string, label: string, ending: string, type: string, text: () => string) => (
    <button type="button" class="btn" data-action={action} onClick={() => saveFile(`${name}.${ending}`, type, text())}>
      {label}
    </button>
  )
  return (
    <section aria-label={t('check.report')}>
      <div class="ph">
        <h2>{t('check.report')}</h2>
      </div>
      <div class="pad">
        <div class="ck-row">
          <Tick checked={state.check.masked} onChange={masked => setCheck({ masked })}>
            {t('check.mask')}
          </Tick>
          <input
            class="in"
            name="tester"
            placeholder={t('check.tester')}
            aria-label={t('check.tester')}
            maxLength={60}
            value={state.check.tester}
            onInput={event => setCheck({ tester: event.currentTarget.value })}
          />
        </div>
        <p class="t2">
          <b data-field="report-headline">{headline(result, words.check)}</b> · {t('check.accept')}
        </p>
        {baseline !== null && <p class="t2">{t('check.baseline.is')}</p>}
        {fault !== null && (
          <p class="bad-in" role="alert">
            {fault}
          </p>
        )}
        <div class="ck-row">
          <Copy text={() => toMarkdown(result, context)} label={t('copy.markdown')} action="check-markdown">
            {t('copy.markdown')}
          </Copy>
          {file('check-html', t('check.html'), 'html', 'text/html', () => toHtml(result, context))}
          {file('check-junit', t('check.junit'), 'xml', 'application/xml', () => toJUnit(result, context))}
          {file('check-json', t('check.json'), 'json', 'application/json', () =>
            JSON.stringify(summaryOf(result, context), null, 2),
          )}
          {pick(t('check.baseline'), 'check-baseline', '.json', compare)}
        </div>
      </div>
    </section>
  )
}
