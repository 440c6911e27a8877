/** What is wrong with a CID as it stands: how it was made, and where in the event. */
import type { Attributes } from '../../sdk/event'
import type { Holder, Seen } from '../holder'
import { Dict } from '../persistent'
import { explain, formatRecipe, type KnownValue, type Recipe, recipes } from '../recipe'
import { type SaidValue, said, saidUid } from '../said'
import { perByte } from './cid-changed'
import { phonesOf } from './cid-raw'
import { emailOf } from './cid-shared'
import { CID_FIELDS, onEvent, perEvent, type Weights } from './rule'
import { shortCid } from './text'

// ── cid-unpadded

interface Twins {
  /** Hashes of full length by what an unpadded printing makes of them. */
  full: Dict<{ cid: string; event: number }>
  /** CIDs that are a little short: the newest event of each. */
  short: Dict<number>
}

const MD5 = /^[\da-f]{32}$/
const SHORT = /^[\da-f]{25,31}$/

const toKnown = (attributes: Attributes | null): KnownValue[] =>
  (attributes ?? []).map(([code, value]) => ({ code, value }))

/** What the log holds of this customer that may explain the CID. */
const knownOf = ({ entry: { facts }, cid }: Seen, { shown }: Holder): KnownValue[] => [
  ...[facts.customers, facts.inferred, facts.users].flatMap(toKnown),
  ...[...(shown.customers.get(cid ?? '')?.attributes.values() ?? []), ...shown.unowned.values()].flatMap(
    ({ code, now }) => (now ? [{ code, value: now.value }] : []),
  ),
]

/** The newest hash that was asked for: it comes with event after event. */
let newest: { cid: string; printings: readonly string[] } = { cid: '', printings: [] }

/** What careless printing makes of a hash: without the zero of each byte, or those in front. */
const unpadded = (cid: string): readonly string[] => {
  if (newest.cid !== cid) newest = { cid, printings: [...new Set([perByte(cid), cid.replace(/^0+/, '')])] }
  return newest.printings
}

export const cidUnpadded = onEvent<Twins>(
  'cid-unpadded',
  ['warning', 'warning'],
  CID_FIELDS,
  { full: Dict.EMPTY, short: Dict.EMPTY },
  (memory, { seen, before }, hit) => {
    const cid = seen.cid?.toLowerCase() ?? ''
    const { id, facts } = seen.entry
    const tell = (short: string, twin: string, how: SaidValue, also: number[]): void =>
      hit(short, said('cid-unpadded', { cid: shortCid(short), how, twin: shortCid(twin) }), { severity: 'error', also })
    if (MD5.test(cid)) {
      let { full } = memory
      for (const printed of unpadded(cid)) {
        if (printed === cid || full.has(printed)) continue
        const short = memory.short.get(printed)
        if (short !== undefined) tell(printed, cid, said('cid-unpadded.hash'), [short])
        full = full.with(printed, { cid, event: id })
      }
      return full === memory.full ? memory : { ...memory, full }
    }
    if (!SHORT.test(cid)) return memory
    const twin = memory.full.get(cid)
    const recipe = twin ? null : explain(cid, knownOf(seen, before))
    if (twin) tell(cid, twin.cid, said('cid-unpadded.hash'), [twin.event])
    else if (recipe?.padded && recipe.cut === null) tell(cid, recipe.padded, formatRecipe(recipe), [])
    else if (facts.channel === 'app' && cid.length >= 29 && /[a-f]/.test(cid))
      hit(cid, said('cid-unpadded.looks', { cid: shortCid(cid), n: cid.length }))
    return { ...memory, short: memory.short.with(cid, id) }
  },
)

// ── cid-recipe-mixed

/** A CID that a value in the log explains. */
interface Explained {
  cid: string
  event: number
  /** Every recipe that makes it, as comparable text, and the simplest one as a formula. */
  ways: readonly string[]
  formula: string
  /** `phone`, `email`: what it was made of. */
  kinds: readonly string[]
  /** The person's normalised phone and e-mail, as far as they were tried. */
  values: readonly string[]
}

/** More people than these on one device say nothing new. */
const PEOPLE = 50

/** A hash none of whose bytes begins with a zero looks the same in every printing. */
const waysOf = (cid: string, { hash, kind, normalise, padding, hex, cut }: Recipe): string[] => {
  const way = [hash, kind, normalise, hex, cut].join(' ')
  const even = hash !== 'none' && padding === 'full' && cid.length % 2 === 0 && !/^(?:..)*0/.test(cid)
  return even ? ['full', 'per-byte', 'leading'].map(each => `${way} ${each}`) : [`${way} ${padding}`]
}

const explained = (cid: string, event: number, known: readonly KnownValue[], values: string[], old?: Explained) => {
  const found = recipes(cid, known)
  const [simplest] = found
  return {
    cid,
    event: old?.event ?? event,
    ways: [...new Set([...(old?.ways ?? []), ...found.flatMap(each => waysOf(cid, each))])],
    formula: old?.formula || (simplest ? formatRecipe(simplest) : ''),
    kinds: [...new Set([...(old?.kinds ?? []), ...found.map(({ kind }) => kind)])],
    values: [...(old?.values ?? []), ...values],
  }
}

const shares = (a: readonly string[], b: readonly string[]): boolean => a.some(each => b.includes(each))

const MIXED: Weights = ['error', 'error']

export const cidRecipeMixed = onEvent<readonly Explained[]>(
  'cid-recipe-mixed',
  MIXED,
  CID_FIELDS,
  [],
  (people, { seen }, hit) => {
    const { cid, entry } = seen
    const { customers, inferred } = entry.facts
    if (cid === null || !(customers?.length || inferred)) return people
    const old = people.find(each => each.cid === cid)
    const fresh = (value: string): boolean => !old?.values.includes(value)
    const values = [
      ...new Set([...phonesOf(customers), ...phonesOf(inferred), emailOf(customers) ?? emailOf(inferred) ?? '']),
    ].filter(value => value !== '' && fresh(value))
    if (values.length === 0 || (!old && people.length >= PEOPLE)) return people
    const known = [...toKnown(customers), ...toKnown(inferred)].filter(
      ({ value }) => phonesOf([['phone', value]]).length > 0 || (typeof value === 'string' && value.includes('@')),
    )
    const now = explained(cid, entry.id, known, values, old)
    const next = old ? people.map(each => (each === old ? now : each)) : [...people, now]
    const all = next.filter(({ ways }) => ways.length > 0)
    if (now.ways.length === 0 || now.ways.some(way => all.every(({ ways }) => ways.includes(way)))) return next
    const others = all.filter(each => each !== now && !shares(each.ways, now.ways))
    const samePerson = others.find(each => shares(each.values, now.values))
    const sameKind = others.find(each => shares(each.kinds, now.kinds))
    const other = samePerson ?? sameKind ?? others[0] ?? all[0]
    if (other)
      hit(
        '',
        said('cid-recipe-mixed', {
          cid: shortCid(other.cid),
          recipe: other.formula,
          cid2: shortCid(cid),
          recipe2: now.formula,
        }),
        { severity: samePerson || sameKind ? 'error' : 'info', also: [other.event] },
      )
    return next
  },
)

// ── one event

export const cidDisagrees = perEvent('cid-disagrees', ['error', 'error'], [...CID_FIELDS, 'items'], ({ seen }, hit) => {
  const { cids } = seen.entry.facts
  if (cids.length < 2) return
  const [first] = cids
  const buyer = 'dims.purchase.customer_id'
  const other =
    cids.find(([path, value]) => value !== first?.[1] && path !== buyer) ??
    cids.find(([, value]) => value !== first?.[1])
  if (!first || !other) return
  const [[path, cid], [otherPath, otherCid]] = [first, other]
  hit(
    `${seen.name} ${path} ${otherPath}`,
    said('cid-disagrees', { event: seen.name, cid: shortCid(cid), path, cid2: shortCid(otherCid), path2: otherPath }),
    { severity: otherPath === buyer ? 'warning' : 'error' },
  )
})

/** Servers do it too, with events that carry no identity for us: worth seeing. */
export const cidIsUid = perEvent(
  'cid-is-uid',
  ['error', 'error'],
  CID_FIELDS,
  ({ seen: { cid, entry } }, hit) => {
    const { uid, carries } = entry.facts
    hit(
      cid ?? '',
      said('cid-is-uid', { cid: saidUid(cid), id: cid === uid ? 'UID' : 'aid' }),
      carries ? {} : { severity: 'info' },
    )
  },
  ({ cid, entry: { facts } }) =>
    cid !== null && (cid === facts.uid || cid === facts.aid) && (facts.carries || facts.whyNot === 'server post'),
)
