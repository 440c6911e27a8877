import type { Attributes } from '../../sdk/event'
import { Dict } from '../persistent'
import { normalisePhone } from '../recipe'
import { said } from '../said'
import { rule } from './rule'
import { EMAIL, mask, PHONE } from './text'

interface Memory {
  /** Phone numbers seen as attributes, normalised. */
  phones: Dict<true>
  /** CIDs made of digits only that no number has explained yet, by their normalised digits: the first event of each. */
  digits: Dict<{ cid: string; event: number; at: number }>
}

const PHONE_CODE = /phone|mobile|(^|_)(tel|sdt)(_|$)|dien_?thoai/
/** Digits of a phone number with the usual separators; '' for anything else. */
const phoneDigits = (text: string): string => (/^\+?[\d\s().-]{7,20}$/.test(text) ? normalisePhone(text) : '')

/** The phone numbers among an event's attributes, normalised. */
export const phonesOf = (attributes: Attributes | null): readonly string[] => {
  let phones: string[] | null = null
  for (const [code, value] of attributes ?? []) {
    if ((typeof value !== 'string' && typeof value !== 'number') || !PHONE_CODE.test(code.toLowerCase())) continue
    const digits = phoneDigits(String(value))
    if (digits !== '') (phones ??= []).push(digits)
  }
  return phones ?? NONE
}
const NONE: readonly string[] = []

const finding = (shape: 'e-mail address' | 'phone number', cid: string, event: number, also: number[], at: number) => ({
  key: shape,
  severity: 'warning' as const,
  said: said(shape === 'phone number' ? 'cid-raw.phone' : 'cid-raw.email', { cid: mask(cid) }),
  subject: event,
  events: [event, ...also],
  at,
  again: true,
})

export const cidRaw = rule<Memory>({
  id: 'cid-raw',
  severity: { web: 'warning', app: 'warning' },
  reads: ['dims', 'cvar', 'extra', 'body'],
  start: { phones: Dict.EMPTY, digits: Dict.EMPTY },
  step(memory, { seen }, report) {
    if (!seen?.entry.facts.carries) return memory
    const { id, at, facts } = seen.entry
    const { cid } = facts
    let { phones, digits } = memory
    for (const phone of [...phonesOf(facts.customers), ...phonesOf(facts.inferred), ...phonesOf(facts.users)]) {
      phones = phones.with(phone, true)
      const known = digits.get(phone)
      if (!known) continue
      report(finding('phone number', known.cid, known.event, [id], at))
      digits = digits.without(phone)
    }
    if (cid !== null) {
      const number = phoneDigits(cid)
      if (EMAIL.test(cid)) report(finding('e-mail address', cid, id, [], at))
      else if (PHONE.test(cid) || phones.has(number)) report(finding('phone number', cid, id, [], at))
      else if (number !== '' && !digits.has(number)) digits = digits.with(number, { cid, event: id, at })
    }
    return phones === memory.phones && digits === memory.digits ? memory : { phones, digits }
  },
})
