/** The filter: its field with what may stand at the caret, what is wrong in it, the matches to step through, and filters kept by name. */
import { useRef, useState } from 'preact/hooks'
import type { EventEntry } from '../../utils/identity/entry'
import { drawing } from '../icons'
import type { Row } from '../log-view'
import { panel, saveSettings, setFilter, usePanel } from '../store'
import { type PlainKey, rich, t } from '../text'
import { complete, LOOKED_AT, type Option } from './complete'
import { MatchSteps } from './match-steps'
import { Pop } from './pop'
import { type Fault, spotAt } from './query'

const faultText = ({ at, code, text }: Fault): string =>
  t('query.fault', {
    at: at + 1,
    what: code === 'regex' ? text : code === 'field' ? t('query.fault.field', { text }) : t(`query.fault.${code}`),
  })

const EXAMPLES: readonly [query: string, text: PlainKey][] = [
  ['sign_in', 'query.help.word'],
  ['"áo thun"', 'query.help.phrase'],
  ['/sign_(in|out)$/', 'query.help.regex'],
  ['ec:user', 'query.help.field'],
  ['ea:sign_*', 'query.help.star'],
  ['attr.email:', 'query.help.attr'],
  ['status:>=400', 'query.help.status'],
  ['has:issue', 'query.help.has'],
  ['rule:logout-*', 'query.help.rule'],
  ['since:10m', 'query.help.since'],
  ['-transport:image', 'query.help.not'],
  ['(ea:view OR ea:purchase)', 'query.help.or'],
]

function Kept({ filter, close }: { filter: string; close: () => void }) {
  const kept = usePanel(state => state.settings.filters)
  const [name, setName] = useState('')
  const keep = () => {
    if (name.trim() === '' || filter.trim() === '') return
    const others = kept.filter(each => each.name !== name.trim())
    void saveSettings({ filters: [...others, { name: name.trim(), query: filter }] })
    close()
  }
  return (
    <>
      {kept.map(({ name, query }) => (
        <div key={name} class="line">
          <button
            type="button"
            class="btn fl grow"
            data-filter={name}
            title={query}
            onClick={() => {
              setFilter(query)
              close()
            }}
          >
            <b>{name}</b> <span class="m t2 el">{query}</span>
          </button>
          <button
            type="button"
            class="btn"
            aria-label={t('query.forget.name', { name })}
            onClick={() => void saveSettings({ filters: kept.filter(each => each.name !== name) })}
          >
            {t('query.forget')}
          </button>
        </div>
      ))}
      {kept.length === 0 && <p class="t2">{t('query.kept.none')}</p>}
      {filter.trim() !== '' && (
        <div class="line">
          <input
            class="in grow"
            name="filter-name"
            maxLength={60}
            aria-label={t('query.keep.name')}
            placeholder={t('query.keep.name')}
            value={name}
            onInput={event => setName(event.currentTarget.value)}
            onKeyDown={event => event.key === 'Enter' && keep()}
          />
          <button type="button" class="btn" data-action="keep-filter" disabled={name.trim() === ''} onClick={keep}>
            {t('query.keep')}
          </button>
        </div>
      )}
    </>
  )
}

const Help = ({ close }: { close: () => void }) => (
  <>
    <table class="q-help">
      <tbody>
        {EXAMPLES.map(([query, text]) => (
          <tr key={query}>
            <td>
              <button
                type="button"
                class="link m"
                onClick={() => {
                  setFilter(query)
                  close()
                }}
              >
                {query}
              </button>
            </td>
            <td>{t(text)}</td>
          </tr>
        ))}
      </tbody>
    </table>
    <p class="t2">
      {rich('query.help.keys', { key: <kbd>Ctrl+Space</kbd>, next: <kbd>F3</kbd>, previous: <kbd>Shift+F3</kbd> })}
    </p>
  </>
)

/** `slow`: an expression in it was ended. `step` goes to the next or the previous match. */
export function QueryBar({
  faults,
  slow,
  lost,
  busy,
  count,
  step,
}: {
  faults: readonly Fault[]
  slow: boolean
  /** No thread could be started to look for expressions. */
  lost: boolean
  busy: boolean
  count: string
  step: (by: 1 | -1) => void
}) {
  const filter = usePanel(state => state.filter)
  const field = useRef<HTMLInputElement>(null)
  const [options, setOptions] = useState<readonly Option[]>([])
  /** null: nothing is chosen among them, so that Enter is still the filter's own. */
  const [chosen, setChosen] = useState<number | null>(null)
  const shut = () => {
    setOptions([])
    setChosen(null)
  }
  const spot = () => spotAt(filter, Math.min(field.current?.selectionStart ?? filter.length, filter.length))
  const offer = (text: string, caret: number, asked: boolean) => {
    const at = spotAt(text, caret)
    const worth = asked || at.part !== '' || at.field !== null
    const isEvent = (row: Row): row is EventEntry => row.kind === 'event'
    setOptions(worth ? complete(at, panel.getState().log.rows.slice(-LOOKED_AT).filter(isEvent)) : [])
    setChosen(null)
  }
  const take = ({ insert }: Option) => {
    const { from, to } = spot()
    const rest = filter.slice(to)
    const text = filter.slice(0, from) + insert + (insert.endsWith(' ') ? rest.trimStart() : rest)
    const caret = from + insert.length
    setFilter(text)
    const input = field.current
    if (input) {
      input.value = text
      input.focus()
      input.setSelectionRange(caret, caret)
    }
    if (insert.endsWith(':')) offer(text, caret, true)
    else shut()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const open = options.length > 0
    const option = options[chosen ?? 0]
    if (event.key === ' ' && event.ctrlKey) offer(filter, field.current?.selectionStart ?? filter.length, true)
    else if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      const by = event.key === 'ArrowDown' ? 1 : -1
      const at = chosen === null ? (by > 0 ? 0 : options.length - 1) : (chosen + by + options.length) % options.length
      setChosen(at)
      document.getElementById(`option-${at}`)?.scrollIntoView({ block: 'nearest' })
    } else if (open && option && (event.key === 'Tab' || (event.key === 'Enter' && chosen !== null))) take(option)
    else if (event.key === 'Escape' && open) shut()
    else if (event.key === 'Escape' && filter !== '') setFilter('')
    else if (event.key === 'Enter' && filter !== '') {
      shut()
      step(event.shiftKey ? -1 : 1)
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  const [fault] = faults
  const wrong = fault ? faultText(fault) : lost ? t('query.lost') : slow ? t('query.slow') : null
  return (
    <div class="bar q-bar">
      <span class={wrong === null ? 'q' : 'q wrong'}>
        <svg class="i s" aria-hidden="true">
          <use href={drawing('search')} />
        </svg>
        <input
          ref={field}
          id="filter"
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          placeholder={t('filter')}
          aria-label={t('filter')}
          aria-autocomplete="list"
          aria-expanded={options.length > 0}
          aria-controls="filter-options"
          aria-activedescendant={chosen === null ? undefined : `option-${chosen}`}
          aria-invalid={wrong !== null}
          aria-describedby="filter-says"
          value={filter}
          onInput={event => {
            const { value, selectionStart } = event.currentTarget
            setFilter(value)
            offer(value, selectionStart ?? value.length, false)
          }}
          onKeyDown={onKeyDown}
          onBlur={shut}
        />
        <div
          class={options.length > 0 ? 'pop list' : 'pop list shut'}
          id="filter-options"
          role="listbox"
          aria-label={t('query.options')}
        >
          {options.map((option, index) => (
            <div
              key={option.label}
              id={`option-${index}`}
              role="option"
              class="line"
              aria-selected={index === chosen}
              onMouseDown={event => {
                event.preventDefault()
                take(option)
              }}
            >
              <span class="m grow el">{option.label}</span> <span class="t2">{option.note}</span>
            </div>
          ))}
        </div>
      </span>
      <span
        class={wrong === null ? 't2 num q-says' : 'c-err q-says el'}
        id="filter-says"
        aria-live="polite"
        title={wrong ?? undefined}
        data-field="filter-says"
      >
        {wrong ?? (busy ? t('query.busy') : count)}
      </span>
      <MatchSteps action="match" step={step} />
      <Pop
        label={t('query.kept')}
        text={
          <>
            <span class="narrow-only">★</span>
            <span class="wide">{t('query.kept')}</span>
          </>
        }
        action="filters"
        end
      >
        {close => <Kept filter={filter} close={close} />}
      </Pop>
      <Pop label={t('query.help')} text="?" action="filter-help" end>
        {close => <Help close={close} />}
      </Pop>
    </div>
  )
}
