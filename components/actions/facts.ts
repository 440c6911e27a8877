/** What is known about a CID before it is sent, and what sending it would do: sentences for the forms. Pure. */
import { canonical } from '../../utils/identity/attributes'
import {
  type CidFault,
  explain,
  faultOf,
  formatRecipe,
  type KnownValue,
  knownBad,
  knownValues,
  type Recipe,
} from '../../utils/identity/recipe'
import type { HolderState, Merge } from '../../utils/identity/state'
import type { Attributes } from '../../utils/sdk/event'
import { rowUid, shortCid } from '../format'
import type { Letter } from '../parts'
import { say, t } from '../text'
import { attributesOf, cidOf, type Draft } from './draft'

export interface Fact {
  tone: 'ok' | 'info' | 'warning' | 'error'
  text: string
  letter?: Letter
  /** The rule that would speak, once this were sent. */
  rule?: string
}

/** What the CID may have been made of: what was typed to make it, else the attributes beside it and what the log knows of its owner. */
const sourcesOf = (draft: Draft, cid: string, holder: HolderState | null): KnownValue[] =>
  draft.of === 'typed'
    ? [
        ...attributesOf(draft).attributes.map(([code, value]) => ({ code, value })),
        ...(holder ? knownValues(holder, cid) : []),
      ]
    : [{ code: draft.of, value: draft.text.trim() }]

const FAULTS: Record<CidFault, (recipe: Recipe | null) => Fact> = {
  'raw-email': () => ({ tone: 'warning', text: t('fact.raw'), letter: 'D', rule: 'cid-raw' }),
  'raw-phone': () => ({ tone: 'warning', text: t('fact.raw'), letter: 'D', rule: 'cid-raw' }),
  truncated: () => ({ tone: 'warning', text: t('fact.truncated') }),
  unpadded: recipe => ({
    tone: 'error',
    text: t('fact.unpadded', { cid: shortCid(recipe?.padded ?? '') }),
    rule: 'cid-unpadded',
  }),
}

/** Is it made as the site makes its other CIDs? */
function recipeFact(holder: HolderState, mine: Recipe | null, cid: string): Fact | null {
  const others = [...holder.customers.keys()]
    .filter(other => other !== cid)
    .flatMap(other => explain(other, knownValues(holder, other)) ?? [])
  const [other] = others
  if (!mine || !other) return null
  const recipe = formatRecipe(other)
  return others.some(each => each.hash === mine.hash && each.kind === mine.kind && each.padding === mine.padding)
    ? { tone: 'ok', text: t('fact.same-recipe', { recipe }) }
    : {
        tone: 'warning',
        text: t('fact.other-recipe', { recipe, mine: formatRecipe(mine) }),
        rule: 'cid-recipe-mixed',
      }
}

/** Everything that can be said of the draft's CID on this holder, the most telling first. */
export function factsOf(draft: Draft, holder: HolderState | null): Fact[] {
  const cid = cidOf(draft)
  if (cid === '') return []
  const facts: Fact[] = []
  const bad = knownBad(cid)
  const mine = explain(cid, sourcesOf(draft, cid, holder))
  const fault = bad === null ? faultOf(cid, mine) : null
  if (bad) facts.push({ tone: 'error', text: t('fact.bad', { what: say(bad) }), rule: 'cid-shared' })
  else if (fault) facts.push(FAULTS[fault](mine))
  else if (/^[\da-f]{32,64}$/.test(cid)) facts.push({ tone: 'ok', text: t('fact.hex', { n: cid.length }) })
  if (!holder) return facts
  const recipe = recipeFact(holder, mine, cid)
  if (recipe) facts.push(recipe)
  const visitor = holder.now.uid === null ? undefined : holder.visitors.get(holder.now.uid)
  const uid = rowUid(holder.now.uid ?? '')
  const first = visitor?.cids[0]?.cid
  if (first === cid) facts.push({ tone: 'ok', text: t('fact.has-cid', { uid }) })
  else if (first !== undefined)
    facts.push({
      tone: 'error',
      text: t('fact.other-cid', { uid, cid: shortCid(first) }),
      letter: 'D',
      rule: 'cid-changed',
    })
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
