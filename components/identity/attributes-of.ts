/** The rows of the attribute table: whose, which value, set by what, and what was before. */
import { canonical } from '../../utils/identity/attributes'
import type { AttributeState, HolderState, MergeMember, Setting, Visitor } from '../../utils/identity/state'
import { inline } from '../format'

export interface AttributeRow {
  code: string
  setting: Setting
  /** Asked for and not sent, or dropped by the server because it was null. */
  asked: boolean
  /** The same value was first set by this. */
  same: Setting | null
  /** The last value that differed. */
  previous: Setting | null
  /** How many earlier values there are. */
  earlier: number
  /** The type class changed from the previous value to this. */
  typeChanged: boolean
}

export interface AttributeGroup {
  key: string
  kind: 'customer' | 'visitor' | 'unowned' | 'system'
  /** CID or UID. */
  id: string | null
  visitor: Visitor | null
  member: MergeMember | null
  /** UIDs that sent this CID. */
  senders: number
  rows: AttributeRow[]
  open: boolean
}

/** One row for what counts, and one more for a later attempt that came to nothing. */
export function rowsOf(attributes: ReadonlyMap<string, AttributeState>): AttributeRow[] {
  return [...attributes.values()].flatMap(({ code, now, earlier, attempts }) => {
    const rows: AttributeRow[] = []
    if (now) {
      const value = canonical(now.value)
      const previous = earlier.findLast(each => canonical(each.value) !== value) ?? null
      const same = earlier.findLast(each => canonical(each.value) === value) ?? null
      rows.push({
        code,
        setting: now,
        asked: false,
        same: same && (!previous || previous.at <= same.at) ? same : null,
        previous,
        earlier: earlier.length,
        typeChanged: previous !== null && previous.type !== now.type,
      })
    }
    const attempt = attempts[attempts.length - 1]
    if (attempt && (!now || attempt.at > now.at || (attempt.at === now.at && attempt.event > now.event)))
      rows.push({ code, setting: attempt, asked: true, same: null, previous: null, earlier: 0, typeChanged: false })
    return rows
  })
}

const matches = ({ code, setting }: AttributeRow, words: string): boolean =>
  code.toLowerCase().includes(words) || inline(setting.value).toLowerCase().includes(words)

/**
 * The groups in the order in which a tester asks: the customer of now, the visitor of now, then the others, newest first, then what
 * has no owner and what the SDK adds itself. A search shows the matching rows alone and opens their groups.
 */
export function groupsOf(
  holder: HolderState,
  members: ReadonlyMap<string, MergeMember>,
  toggled: ReadonlySet<string>,
  search: string,
): AttributeGroup[] {
  const { now } = holder
  const words = search.trim().toLowerCase()
  const make = (
    kind: AttributeGroup['kind'],
    id: string | null,
    attributes: ReadonlyMap<string, AttributeState>,
    openByDefault: boolean,
    more: Partial<AttributeGroup> = {},
  ): AttributeGroup => {
    const all = rowsOf(attributes)
    const rows = words === '' ? all : all.filter(row => matches(row, words))
    const key = `${kind} ${id ?? ''}`
    const open = words !== '' ? rows.length > 0 : openByDefault !== toggled.has(key)
    return { key, kind, id, visitor: null, member: null, senders: 0, rows, open, ...more }
  }
  const customers = [...holder.customers.values()].sort(
    (a, b) => Number(b.cid === now.cid) - Number(a.cid === now.cid) || b.lastAt - a.lastAt,
  )
  const visitors = [...holder.visitors.values()].sort(
    (a, b) => Number(b.uid === now.uid) - Number(a.uid === now.uid) || b.lastSeen - a.lastSeen,
  )
  const groups = [
    ...customers.map(({ cid, attributes, uids }, index) =>
      make('customer', cid, attributes, cid === now.cid || (now.cid === null && index === 0), { senders: uids.length }),
    ),
    ...visitors.map(visitor =>
      make('visitor', visitor.uid, visitor.attributes, visitor.uid === now.uid, {
        visitor,
        member: members.get(visitor.uid) ?? null,
      }),
    ),
    ...(holder.unowned.size > 0 ? [make('unowned', null, holder.unowned, true)] : []),
    ...(holder.system.size > 0 ? [make('system', null, holder.system, false)] : []),
  ]
  return words === '' ? groups : groups.filter(group => group.rows.length > 0)
}
