/** What each profile holds, as far as this log has seen it being set. */
import { useMemo, useState } from 'preact/hooks'
import type { HolderState, Setting } from '../../utils/identity/state'
import { inline, shortCid, when } from '../format'
import { drawing, Icon } from '../icons'
import type { LogView } from '../log-view'
import { Badge, ByPanel, Copy, EventLink, Known, Name, SearchField, Value } from '../parts'
import { recipeOf, standings } from '../select'
import { t } from '../text'
import { type AttributeGroup, type AttributeRow, groupsOf } from './attributes-of'

/** More rows of one profile than this are shown on demand. */
const FIRST = 200

function GroupTitle({ group, holder, now }: { group: AttributeGroup; holder: HolderState; now: number }) {
  const { kind, id, visitor, member, senders, rows } = group
  const count = t('attributes.count', { n: rows.length })
  if (kind === 'system')
    return (
      <>
        <Icon name="gear" small /> <b>{t('attributes.system')}</b> · {t('attributes.system.about', { n: rows.length })}{' '}
        {rows
          .slice(0, 3)
          .map(row => row.code)
          .join(', ')}
        …
      </>
    )
  if (kind === 'unowned')
    return (
      <>
        <Icon name="anonymous" small /> <b>{t('attributes.unowned')}</b> · {count} · {t('attributes.unowned.about')}
      </>
    )
  if (kind === 'customer')
    return (
      <>
        <span class="c-ident">
          <Icon name="identified" small />
        </span>{' '}
        <b>{t('customer')}</b> <Name cid={id ?? ''} />{' '}
        <span class="m" title={id ?? ''}>
          {shortCid(id ?? '')}
        </span>{' '}
        · {count} · {t(senders === 0 ? 'attributes.never-sent' : 'attributes.senders', { n: senders })}
      </>
    )
  return (
    <>
      <span class="c-anon">
        <Icon name="anonymous" small />
      </span>{' '}
      <b>{t('visitor')}</b> <span class="m">{id}</span> · {count}
      {visitor?.madeBy && ` · ${t('attributes.made-by', { time: when(visitor.madeBy.at, now) })}`}
      {' · '}
      {id === holder.now.uid ? t('lane.now') : t('attributes.last-seen', { time: when(visitor?.lastSeen ?? 0, now) })}
      {member?.standing === 'candidate' && (
        <>
          {' '}
          <Badge dash>{t('merge.candidate')}</Badge>
        </>
      )}
    </>
  )
}

function Previous({ row, now }: { row: AttributeRow; now: number }) {
  const { same, previous } = row
  const link = (setting: Setting) => <EventLink id={setting.event} />
  if (same)
    return (
      <>
        {t('attributes.same')} {link(same)} {when(same.at, now)}
      </>
    )
  if (!previous) return <>—</>
  return (
    <>
      <span class="m">{inline(previous.value)}</span>
      {row.typeChanged && ` ${previous.type}`}, {link(previous)}
    </>
  )
}

function Row({
  row,
  group,
  now,
  recipe,
}: {
  row: AttributeRow
  group: AttributeGroup
  now: number
  recipe: string | null
}) {
  const { code, setting, asked, earlier } = row
  const dropped = setting.value === null
  return (
    <tr class={asked ? 'asked' : ''} data-attribute={code} data-owner={`${group.kind} ${group.id ?? ''}`.trim()}>
      <td class="m key" title={code}>
        {code}
      </td>
      <td>
        <span class={asked ? 'v' : ''}>
          <Value value={setting.value} />
        </span>{' '}
        {asked && <Badge dash>{dropped ? t('attributes.dropped') : t('attributes.asked')}</Badge>}
        {dropped && <Known letter="C" />}
        {recipe && !asked && (
          <span class="wide">
            <Badge>{t('attributes.recipe', { recipe })}</Badge>
          </span>
        )}
        <span class="row-act">
          <Copy text={inline(setting.value)} label={t('copy.value', { what: code })} />
        </span>
      </td>
      <td class="t2 wide">
        {row.typeChanged && (
          <span title={t('attributes.type-changed')}>
            <Icon name="info" small label={t('attributes.type-changed')} />{' '}
          </span>
        )}
        {setting.type}
      </td>
      <td>
        <EventLink id={setting.event} name={setting.what} /> {setting.by === 'panel' && <ByPanel />}
        {setting.inferred && <Badge title={t('attributes.inferred.title')}>{t('attributes.inferred')}</Badge>}
        {earlier > 0 && (
          <span class="narrow-only">
            {' '}
            <Badge>{t('attributes.earlier', { n: earlier })}</Badge>
          </span>
        )}
      </td>
      <td class="was wide">
        <Previous row={row} now={now} />
      </td>
    </tr>
  )
}

export function Attributes({ holder, log, now }: { holder: HolderState; log: LogView; now: number }) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set())
  const [search, setSearch] = useState('')
  const flip = (set: ReadonlySet<string>, key: string) => {
    const next = new Set(set)
    if (!next.delete(key)) next.add(key)
    return next
  }
  const members = standings(holder, holder.now.cid)
  const groups = useMemo(() => groupsOf(holder, members, toggled, search), [holder, members, toggled, search, log])
  return (
    <section class="pane grow" aria-label={t('attributes')}>
      <div class="ph">
        <h2>{t('attributes')}</h2>
        <span class="t3 el">{t('attributes.about')}</span>
        <span class="sp" />
        <SearchField small value={search} label={t('attributes.search')} onInput={setSearch} />
      </div>
      <div class="scroll" tabIndex={-1}>
        <table class="attrs">
          <colgroup>
            <col />
            <col />
            <col class="wide" />
            <col />
            <col class="wide" />
          </colgroup>
          <thead class="wide">
            <tr>
              <th>{t('column.attribute')}</th>
              <th>{t('column.value')}</th>
              <th>{t('column.type')}</th>
              <th>{t('column.set-by')}</th>
              <th>{t('column.previous')}</th>
            </tr>
          </thead>
          {groups.map(group => {
            const recipe = group.kind === 'customer' && group.id !== null ? recipeOf(holder, group.id) : null
            const rows = whole.has(group.key) ? group.rows : group.rows.slice(0, FIRST)
            return (
              <tbody key={group.key}>
                <tr class="grp">
                  <th colSpan={5} scope="rowgroup">
                    <button
                      type="button"
                      aria-expanded={group.open}
                      onClick={() => setToggled(flip(toggled, group.key))}
                    >
                      <svg class="i tw" aria-hidden="true">
                        <use href={drawing(group.open ? 'open' : 'closed')} />
                      </svg>{' '}
                      <GroupTitle group={group} holder={holder} now={now} />
                    </button>
                  </th>
                </tr>
                {group.open &&
                  rows.map(row => (
                    <Row
                      key={`${row.code} ${row.asked}`}
                      row={row}
                      group={group}
                      now={now}
                      recipe={recipe && recipe.of === row.code ? recipe.hash : null}
                    />
                  ))}
                {group.open && rows.length < group.rows.length && (
                  <tr>
                    <td colSpan={5}>
                      <button type="button" class="link" onClick={() => setWhole(flip(whole, group.key))}>
                        {t('more', { n: group.rows.length - rows.length })}
                      </button>
                    </td>
                  </tr>
                )}
              </tbody>
            )
          })}
        </table>
        {groups.length === 0 && <p class="pad t2">{t(search ? 'attributes.no-match' : 'attributes.none')}</p>}
      </div>
    </section>
  )
}
