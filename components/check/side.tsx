/** Beside the steps: who logs in, what is expected, what nobody could see, and the report. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { CheckResult } from '../../utils/identity/check'
import { readExpected } from '../../utils/identity/check-file'
import { contactOf } from '../../utils/identity/check-other'
import { eventList, headline, summaryOf, toHtml, toJUnit, toMarkdown } from '../../utils/identity/check-report'
import { placeOf } from '../../utils/identity/check-steps'
import { formatRecipe } from '../../utils/identity/recipe'
import { expectedOn } from '../../utils/settings'
import { namePerson, saveExpected } from '../deeds'
import { FILES } from '../exchange/bar'
import { clock, shortCid, span } from '../format'
import { Icon } from '../icons'
import { Copy, EventLink, Tick } from '../parts'
import { type PanelState, panel, RULE_IDS, saveSettings, setCheck } from '../store'
import { rich, t, told } from '../text'
import { words } from '../words'
import { personCid, recipeHere, reportContext, saveFile } from './run'

/** For a file that the user picks. */
export const pick = (label: string, action: string, accept: string, take: (file: File) => void, title?: string) => (
  <label class="btn" title={title}>
    {label}
    <input
      type="file"
      class="sr"
      data-action={action}
      accept={accept}
      onChange={({ currentTarget: field }) => {
        const [file] = field.files ?? []
        field.value = ''
        if (file) take(file)
      }}
    />
  </label>
)

export function People({ state, result }: { state: PanelState; result: CheckResult | null }) {
  const [label, setLabel] = useState('')
  const [typed, setTyped] = useState('')
  const [asIs, setAsIs] = useState(false)
  const { people } = state.settings
  const cid = typed.trim() === '' ? null : personCid(state, typed, asIs)
  const hash = recipeHere(state)?.hash ?? 'md5'
  const add = async (event: Event) => {
    event.preventDefault()
    if (cid === null || label.trim() === '') return
    await namePerson(label.trim(), cid)
    setCheck({ who: label.trim() })
    setLabel('')
    setTyped('')
    setAsIs(false)
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
        {contactOf(typed) !== null && hash !== 'none' && (
          <Tick checked={asIs} onChange={setAsIs}>
            {t('check.as-is')}
          </Tick>
        )}
        <p class="t3" data-field="person-cid">
          {typed.trim() === ''
            ? hash === 'none'
              ? t('check.typed.raw')
              : t('check.typed.about', { hash })
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
                  {held !== null && (
                    <code class="nw" title={held}>
                      {shortCid(held)}
                    </code>
                  )}{' '}
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
  const { text: stored } = expectedOn(state.settings, site)
  const drafted = state.check.draft
  const draft = drafted?.site === site ? drafted.text : null
  const setDraft = (text: string | null) => setCheck({ draft: text === null ? null : { site, text } })
  const field = useRef<HTMLTextAreaElement>(null)
  const edit = useRef<HTMLButtonElement>(null)
  const open = draft !== null
  const wasOpen = useRef(false)
  useEffect(() => {
    if (open) field.current?.focus()
    // Whoever was in what is gone now would begin at the top again.
    else if (wasOpen.current) edit.current?.focus()
    wasOpen.current = open
  }, [open])
  const begin = stored || EXAMPLE
  const reading = draft === null || draft.trim() === '' ? null : readExpected(draft, RULE_IDS)
  const fault = reading && !reading.ok ? reading.reason : null
  const { mode, recipe, order, attributes, removal, required, uidAfterLogout, mute, strict, loginEvents } =
    state.expected
  const formula =
    recipe &&
    formatRecipe({ ...recipe, of: recipe.of, kind: 'other', padding: 'full', hex: 'lower', cut: null, padded: null })
  const lines: [key: string, label: string, value: string | null][] = [
    ['recipe', t('check.recipe'), formula],
    ['order', t('check.order'), order],
    ['attributes', t('attributes'), attributes.map(({ code }) => code).join(', ') || null],
    ['removal', t('check.removal'), removal],
    ['uid', t('check.uid-after'), uidAfterLogout],
    [
      'required',
      t('check.required'),
      Object.entries(required)
        .map(([event, paths]) => `${event}: ${paths.join(', ')}`)
        .join('; ') || null,
    ],
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
          <button type="button" class="link" data-action="edit-expected" ref={edit} onClick={() => setDraft(begin)}>
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
              onKeyDown={event => event.key === 'Escape' && draft === begin && setDraft(null)}
            />
            {fault !== null && (
              <p class="bad-in" role="alert" data-field="expected-fault">
                {told(fault)}
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
              {pick(t('check.open-file'), 'open-expected', '.json', async file => setDraft(await file.text()))}
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

export function Gaps({ result }: { result: CheckResult }) {
  const { gaps, unread, trail } = result
  const none = gaps.length + unread.length === 0
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
        {gaps.map(({ cause, from, until, event, url }) => (
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
                url: <code>{placeOf(url) || '—'}</code>,
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
      </div>
    </section>
  )
}

export function Report({ state, result }: { state: PanelState; result: CheckResult }) {
  const { baseline } = state.check
  const setBaseline = (to: typeof baseline) => setCheck({ baseline: to })
  const [fault, setFault] = useState<string | null>(null)
  const context = reportContext(state, baseline?.summary ?? null)
  const list = eventList(result)
  const { holder } = result.trail
  const name = `check-${(holder.site || 'site').replace(/[^\w.-]/g, '_')}`
  /** What was read of a file, if it was; what is wrong with it stands below. */
  const readable = <T,>({ name: from }: File, read: T | string | null): T | null => {
    setFault(typeof read === 'string' ? t('check.file.fault', { name: from, why: told(read) }) : null)
    return typeof read === 'string' ? null : read
  }
  const compare = async (from: File) => {
    const { readBaseline } = await import('./file')
    const summary = readable(from, await readBaseline(from, holder, state.expected, context))
    if (summary) setBaseline({ name: from.name, summary })
  }
  const bring = async (from: File) => {
    const { readOther } = await import('./file')
    const read = readable(from, await readOther(from, holder.portal))
    const { others } = panel.getState().check
    if (read) setCheck({ others: [...others.filter(other => other.name !== from.name), read] })
  }
  const brought = (what: string, sentence: ComponentChildren, leave: () => void) => (
    <p class="t2 line" data-file={what}>
      <span class="brk">{sentence}</span>
      <button type="button" class="ib" aria-label={t('check.file.away')} title={t('check.file.away')} onClick={leave}>
        <Icon name="x" small />
      </button>
    </p>
  )
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
          <Tick checked={state.settings.masking} onChange={masking => saveSettings({ masking })}>
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
        {baseline !== null &&
          brought('baseline', t('check.baseline.is', { name: baseline.name }), () => setBaseline(null))}
        {state.check.others.map(({ name: from }) =>
          brought(from, t('check.other.is', { name: from }), () =>
            setCheck({ others: state.check.others.filter(other => other.name !== from) }),
          ),
        )}
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
          {pick(t('check.baseline'), 'check-baseline', FILES, compare, t('check.baseline.title'))}
          {pick(t('check.other'), 'check-other', FILES, bring, t('check.other.title'))}
        </div>
        <p class="t2" data-field="check-list">
          {t('check.list.about', { n: list.length })}
        </p>
        <div class="ck-row">
          <Copy text={() => list.join('\n')} label={t('check.list')} action="check-list">
            {t('check.list')}
          </Copy>
        </div>
      </div>
    </section>
  )
}
