/** What may stand at the caret of the filter: fields, and values that this log has. */
import type { EventEntry } from '../../utils/identity/entry'
import { RULE_IDS } from '../store'
import { t } from '../text'
import { FIELDS, type Field, fieldText, HAS, type Spot } from './query'

export interface Option {
  /** What takes the place of what was typed. */
  insert: string
  label: string
  /** What it is, or how often it is there. */
  note: string
}

const MOST = 12
/** Newest rows whose values are offered. */
export const LOOKED_AT = 1500
const OUTCOMES = ['done', 'hidden', 'failed', 'blocked', 'not-sent', 'queued', 'pending', 'unknown']
const FIXED: Partial<Record<string, readonly string[]>> = {
  has: HAS,
  rule: RULE_IDS,
  outcome: OUTCOMES,
  by: ['page', 'panel'],
  lane: ['hook', 'network', 'both'],
  since: ['1m', '10m', '1h', '1d'],
  status: ['>=400', '200', '4*'],
}
const NAMES = (Object.keys(FIELDS) as Field[]).filter(name => name !== 'attr')

function valuesOf(field: string, entry: EventEntry): (string | null | undefined)[] {
  const { facts, request } = entry
  switch (field) {
    case 'ec':
    case 'ea':
    case 'uid':
    case 'aid':
    case 'cid':
    case 'portal':
    case 'prop':
    case 'page':
      return [facts[field]]
    case 'transport':
    case 'host':
      return [request?.[field]]
    case 'id':
      return []
    default: {
      const code = field.slice('attr.'.length)
      return [facts.customers, facts.users, facts.inferred]
        .flatMap(each => each ?? [])
        .filter(([key]) => key.toLowerCase() === code)
        .map(([, value]) => (typeof value === 'string' ? value : JSON.stringify(value)))
    }
  }
}

/** Most frequent first. */
function counted(events: readonly EventEntry[], read: (entry: EventEntry) => (string | null | undefined)[]) {
  const counts = new Map<string, number>()
  for (const entry of events)
    for (const value of read(entry)) if (value && value.length <= 120) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}

/** What fits what was typed, best first. */
export function complete({ field, part }: Spot, events: readonly EventEntry[]): Option[] {
  const typed = part.replace(/^"/, '').toLowerCase()
  const fits = (text: string) => text.toLowerCase().startsWith(typed) && text.toLowerCase() !== typed
  if (field === null) {
    const codes = counted(events, ({ facts }) =>
      [facts.customers, facts.users].flatMap(each => (each ?? []).map(([code]) => code)),
    )
    return [
      ...NAMES.filter(fits).map(name => ({ insert: `${name}:`, label: `${name}:`, note: t(`query.field.${name}`) })),
      ...codes
        .map(([code, n]) => ({ insert: fieldText('attr', '', code).replace(/""$/, ''), label: `attr.${code}:`, n }))
        .filter(({ label }) => fits(label))
        .map(({ insert, label, n }) => ({ insert, label, note: t('query.times', { n }) })),
    ].slice(0, typed === '' ? 30 : MOST)
  }
  const fixed = FIXED[field]
  if (fixed) return fixed.filter(fits).map(value => ({ insert: `${value} `, label: value, note: '' }))
  return counted(events, entry => valuesOf(field, entry))
    .filter(([value]) => fits(value))
    .slice(0, MOST)
    .map(([value, n]) => ({
      insert: `${fieldText('ec', value).slice('ec:'.length)} `,
      label: value,
      note: t('query.times', { n }),
    }))
}
