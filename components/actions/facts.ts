/** What is known about a CID before it is sent, and what sending it would do: sentences for the forms. Pure. */
import { canonical } from '../../utils/identity/attributes'
import { explain, formatRecipe, knownBad, knownValues } from '../../utils/identity/recipe'
import type { HolderState, Merge } from '../../utils/identity/state'
import type { Attributes } from '../../utils/sdk/event'
import { rowUid, shortCid } from '../format'
import type { Letter } from '../parts'
import { t } from '../text'
import { cidOf, type Draft } from './draft'

export interface Fact {
  tone: 'ok' | 'info' | 'warning' | 'error'
  text: string
  letter?: Letter
}

/** Is it made as the site makes its other CIDs? */
function recipeFact(holder: HolderState, draft: Draft, cid: string): Fact | null {
  if (draft.of === 'typed') return null
  const mine = explain(cid, [{ code: draft.of, value: draft.text.trim() }])
  const others = [...holder.customers.keys()]
    .filter(other => other !== cid)
    .flatMap(other => explain(other, knownValues(holder, other)) ?? [])
  const [other] = others
  if (!mine || !other) return null
  const recipe = formatRecipe(other)
  return others.some(each => each.hash === mine.hash && each.kind === mine.kind && each.padding === mine.padding)
    ? { tone: 'ok', text: t('fact.same-recipe', { recipe }) }
    : { tone: 'warning', text: t('fact.other-recipe', { recipe, mine: formatRecipe(mine) }) }
}

/** Everything that can be said of the draft's CID on this holder, the most telling first. */
export function factsOf(draft: Draft, holder: HolderState | null): Fact[] {
  const cid = cidOf(draft)
  if (cid === '') return []
  const facts: Fact[] = []
  const bad = knownBad(cid)
  if (bad) facts.push({ tone: 'error', text: t('fact.bad', { what: bad }) })
  if (draft.hash === 'none' && draft.of !== 'typed') facts.push({ tone: 'warning', text: t('fact.raw'), letter: 'D' })
  else if (/^[\da-f]{32,64}$/.test(cid)) facts.push({ tone: 'ok', text: t('fact.hex', { n: cid.length }) })
  if (!holder) return facts
  const recipe = recipeFact(holder, draft, cid)
  if (recipe) facts.push(recipe)
  const visitor = holder.now.uid === null ? undefined : holder.visitors.get(holder.now.uid)
  const uid = rowUid(holder.now.uid ?? '')
  const first = visitor?.cids[0]?.cid
  if (first === cid) facts.push({ tone: 'ok', text: t('fact.has-cid', { uid }) })
  else if (first !== undefined)
    facts.push({ tone: 'error', text: t('fact.other-cid', { uid, cid: shortCid(first) }), letter: 'D' })
  else if (holder.now.uid !== null) facts.push({ tone: 'ok', text: t('fact.no-cid', { uid }) })
  const others = (holder.customers.get(cid)?.uids ?? []).filter(each => each !== holder.now.uid)
  if (others.length > 0)
    facts.push({ tone: 'info', text: t('fact.also-on', { uids: others.map(rowUid).join(', '), n: others.length }) })
  return facts
}

/** Attributes that the customer holds otherwise in this log: they would be overwritten by the identify itself. */
export const overwrites = (holder: HolderState, cid: string, attributes: Attributes): string[] =>
  attributes.flatMap(([code, value]) => {
    const held = holder.customers.get(cid)?.attributes.get(code)?.now
    return held && canonical(held.value) !== canonical(value) ? [code] : []
  })

/** In one line, what identifying would do to this log's profiles. */
export function mergeText(preview: Merge, holder: HolderState, attributes: Attributes): string {
  const cid = shortCid(preview.cid)
  const uid = rowUid(holder.now.uid ?? '')
  if (preview.blockedBy !== null) return t('merge.blocked', { uid, cid: shortCid(preview.blockedBy) })
  const lost = overwrites(holder, preview.cid, attributes)
  const also = lost.length > 0 ? `; ${t('merge.overwrites', { n: lost.length, codes: lost.join(', ') })}` : ''
  const { events, sessions } = preview.moves
  if (holder.now.cid === preview.cid) return t('merge.none', { uid, cid }) + also
  const added = preview.rows.filter(row => row.kind === 'added').length
  const text = t('merge.would', { events, sessions, cid, added, conflicts: preview.conflicts })
  return text + also + (preview.unknownHere ? `; ${t('merge.unknown')}` : '')
}
