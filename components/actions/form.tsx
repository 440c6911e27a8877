/** The parts that identifying is made of, shared by Actions and by "What if" of the merge preview. */

import type { SdkEntry } from '../../utils/identity/entry'
import type { HolderState } from '../../utils/identity/state'
import { formatCall, identifyCalls, type PlannedCall } from '../../utils/sdk/calls'
import { run } from '../deeds'
import { inline } from '../format'
import { Icon } from '../icons'
import { Choice, Copy, Known, Segments, Tick, Value, Words } from '../parts'
import { setDraft, usePanel } from '../store'
import { t } from '../text'
import { attributesOf, cidOf, type Draft, type DraftRow, TYPES, WAYS, written } from './draft'
import { factsOf } from './facts'
import { whyNotIdentify } from './where'

const KINDS = [
  ['phone', 'cid.phone'],
  ['email', 'cid.email'],
  ['typed', 'cid.typed'],
] as const

/** Phone, e-mail or text → normalised → hashed → the CID. */
export function CidForm({ draft }: { draft: Draft }) {
  const cid = cidOf(draft)
  const kind = KINDS.find(([of]) => of === draft.of)?.[1] ?? 'cid.typed'
  return (
    <div class="form">
      <span class="t2">{t('cid.of')}</span>
      <span>
        <Segments
          label={t('cid.of')}
          value={draft.of}
          options={KINDS.map(([of, text]) => [of, t(text)] as const)}
          onChange={of => setDraft({ of, way: 0, text: '' })}
        />
      </span>
      <label class="t2" for="cid-text">
        {t(kind)}
      </label>
      <input
        id="cid-text"
        name="cid-text"
        class="in m"
        spellcheck={false}
        autocomplete="off"
        value={draft.text}
        onInput={event => setDraft({ text: event.currentTarget.value })}
      />
      {draft.of !== 'typed' && (
        <>
          <span class="t2">{t('cid.normalise')}</span>
          <Choice
            label={t('cid.normalise')}
            value={String(draft.way)}
            options={WAYS[draft.of].map((way, index) => {
              const steps = way.length === 0 ? t('cid.as-is') : way.map(step => t(`step.${step}`)).join(', ')
              const example = draft.text.trim() === '' ? '' : `${written({ ...draft, way: index })} · `
              return [String(index), example + steps] as const
            })}
            onChange={way => setDraft({ way: Number(way) })}
          />
          <span class="t2">{t('cid.hash')}</span>
          <span>
            <Segments
              label={t('cid.hash')}
              value={draft.hash}
              options={[
                ['md5', 'MD5'],
                ['sha256', 'SHA-256'],
                ['sha1', 'SHA-1'],
                ['none', t('cid.no-hash')],
              ]}
              onChange={hash => setDraft({ hash })}
            />
          </span>
        </>
      )}
      <label class="t2" for="cid-made">
        CID
      </label>
      <input id="cid-made" class="in m" readOnly data-field="draft-cid" value={cid} placeholder="—" />
    </div>
  )
}

export function Facts({ draft, holder }: { draft: Draft; holder: HolderState | null }) {
  const tints = { ok: 'c-ident', info: 't2', warning: 'c-warn', error: 'c-err' }
  return (
    <div class="facts">
      {factsOf(draft, holder).map(({ tone, text, letter, rule }) => [
        <span key={text} class={tints[tone]}>
          <Icon name={tone} small label={t(`tone.${tone}`)} />
        </span>,
        <span key={`${text} `}>
          <Words text={text} /> {letter && <Known letter={letter} />} {rule && <span class="m t3">{rule}</span>}
        </span>,
      ])}
    </div>
  )
}

let keys = 0
/** A key for one more row. */
export const nextKey = (): number => ++keys

const addRow = (draft: Draft): void =>
  setDraft({ rows: [...draft.rows, { key: nextKey(), code: '', type: 'String', text: '' }] })

function AttributeFields({
  row,
  error,
  held,
}: {
  row: DraftRow
  error: string | undefined
  held: HolderState['unowned'] | undefined
}) {
  const draft = usePanel(state => state.draft)
  const change = (change: Partial<DraftRow>) =>
    setDraft({ rows: draft.rows.map(each => (each.key === row.key ? { ...each, ...change } : each)) })
  const known = held?.get(row.code.trim())?.now
  const value = error === undefined ? attributesOf({ ...draft, rows: [row] }).attributes[0]?.[1] : undefined
  return (
    <>
      <tr>
        <td>
          <input
            class="flat m key"
            name="code"
            aria-label={t('column.attribute')}
            spellcheck={false}
            value={row.code}
            onInput={event => change({ code: event.currentTarget.value })}
          />
        </td>
        <td>
          <Choice
            flat
            label={t('column.type')}
            value={row.type}
            options={TYPES.map(type => [type, type] as const)}
            onChange={type => change({ type, ...(type === 'Boolean' ? { text: 'true' } : {}) })}
          />
        </td>
        <td>
          {row.type === 'Boolean' ? (
            <Choice
              flat
              label={t('column.value')}
              value={row.text}
              options={[
                ['true', 'true'],
                ['false', 'false'],
              ]}
              onChange={text => change({ text })}
            />
          ) : (
            <input
              class="flat m str"
              name="value"
              aria-label={t('column.value')}
              aria-invalid={error !== undefined}
              spellcheck={false}
              placeholder={
                row.type === 'Datetime'
                  ? 'yyyy-MM-dd HH:mm:ss'
                  : row.type === 'Array'
                    ? '["a", "b"]'
                    : row.type === 'Object'
                      ? '{"key": "value"}'
                      : ''
              }
              value={row.text}
              onInput={event => change({ text: event.currentTarget.value })}
            />
          )}
        </td>
        {held && (
          <td class="wide">
            {known ? (
              value !== undefined && inline(known.value) === inline(value) ? (
                <span class="t3">{t('attributes.same')}</span>
              ) : (
                <Value value={known.value} />
              )
            ) : (
              <span class="t3">—</span>
            )}
          </td>
        )}
        <td>
          <button
            type="button"
            class="ib cp"
            aria-label={t('draft.remove', { code: row.code })}
            onClick={() => setDraft({ rows: draft.rows.filter(each => each.key !== row.key) })}
          >
            <Icon name="x" small />
          </button>
        </td>
      </tr>
      {error && (
        <tr>
          <td colSpan={4} class="bad-in" role="alert">
            {error}
          </td>
        </tr>
      )}
    </>
  )
}

/**
 * The attributes that go along with the CID, a row each. `held`: what this log knows of the customer, shown beside; absent: there is
 * no room for it.
 */
export function AttributeTable({ draft, held }: { draft: Draft; held?: HolderState['unowned'] }) {
  const { errors } = attributesOf(draft)
  return (
    <table class="draft">
      <colgroup>
        <col />
        <col />
        <col />
        {held && <col class="wide" />}
        <col />
      </colgroup>
      <thead>
        <tr>
          <th>{t('column.attribute')}</th>
          <th>{t('column.type')}</th>
          <th>{t('column.value')}</th>
          {held && <th class="wide">{t('column.held')}</th>}
          <th>
            <span class="sr">{t('column.remove')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {draft.rows.map(row => (
          <AttributeFields key={row.key} row={row} error={errors.get(row.key)} held={held} />
        ))}
        <tr>
          <td colSpan={4}>
            <button
              type="button"
              class="btn fl"
              style={{ padding: 0 }}
              data-action="add-attribute"
              onClick={() => addRow(draft)}
            >
              <Icon name="plus" small />
              {t('draft.add')}
            </button>
          </td>
        </tr>
      </tbody>
    </table>
  )
}

/** Code as it will run, with its values coloured by type. */
export function Code({ text }: { text: string }) {
  const parts = text.split(/("(?:[^"\\]|\\.)*")|\b(true|false|null)\b|(-?\b\d+(?:\.\d+)?\b)/)
  return (
    <pre class="call" tabIndex={0}>
      {parts.map((part, index) =>
        part === undefined || index % 4 === 0 ? (
          part
        ) : (
          <span key={index} class={['', 'str', 'bo', 'nu'][index % 4]}>
            {part}
          </span>
        ),
      )}
    </pre>
  )
}

/** The calls that the draft would make in a frame; none without an SDK or a CID. */
export function plannedIdentify(draft: Draft, frame: SdkEntry | null): PlannedCall[] {
  const cid = cidOf(draft)
  return frame?.api && cid !== '' ? identifyCalls(frame.api, cid, attributesOf(draft).attributes) : []
}

export function ExactCall({ calls, empty }: { calls: readonly PlannedCall[]; empty: string }) {
  const text = calls.map(formatCall).join('\n')
  return (
    <div>
      <div class="lab">
        {t('call.exact')} <span class="sp" />
        {calls.length > 0 && (
          <Copy text={text} label={t('copy.value', { what: t('call.exact') })}>
            {t('copy')}
          </Copy>
        )}
      </div>
      {calls.length > 0 ? <Code text={text} /> : <p class="t2">{empty}</p>}
      {calls.map(({ note, known }) => (
        <p key={note} class="t2" data-field="call-note">
          <Known letter={known} /> {t(`call.note.${note}`)}
        </p>
      ))}
    </div>
  )
}

export function Irreversible() {
  return (
    <div class="note" role="note">
      <Icon name="warning" />
      <div>
        <b>{t('undo.title')}</b>
        <p>
          {t('undo.cid')} <Known letter="D" /> {t('undo.merge')} <Known letter="?" />
        </p>
      </div>
    </div>
  )
}

/** The tick and the button; the button says why it can't run. */
export function RunIdentify({ frame, holder }: { frame: SdkEntry | null; holder: HolderState | null }) {
  const state = usePanel(all => all)
  const { draft } = state
  const why = whyNotIdentify(state, frame, holder)
  return (
    <div class="line" style={{ flexWrap: 'wrap' }}>
      <Tick checked={draft.sure} onChange={sure => setDraft({ sure })}>
        {t('undo.sure')}
      </Tick>
      <span class="sp" />
      {why && (
        <span class="t2" data-field="run-why">
          {why}
        </span>
      )}
      <button
        type="button"
        class="btn pri"
        data-action="run-identify"
        disabled={why !== null || !draft.sure}
        title={why ?? (draft.sure ? undefined : t('run.tick'))}
        onClick={() => {
          if (frame) void run('identify', frame.place.frame, plannedIdentify(draft, frame))
        }}
      >
        <Icon name="idcard" small />
        {t('run.identify')}
      </button>
    </div>
  )
}
