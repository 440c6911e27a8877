import type { Attributes, EventFacts } from '../../sdk/event'
import { Dict } from '../persistent'
import { knownBad, normaliseEmail } from '../recipe'
import { said } from '../said'
import { phonesOf } from './cid-raw'
import { rule } from './rule'
import { EMAIL, mask, shortCid } from './text'

/** Both ways to reach a person, as one event set them. */
interface Person {
  phone: string
  email: string
  event: number
}

export const emailOf = (attributes: Attributes | null): string | null => {
  for (const [code, value] of attributes ?? [])
    if (/e_?mail/.test(code.toLowerCase()) && typeof value === 'string' && EMAIL.test(value.trim()))
      return normaliseEmail(value)
  return null
}

const personOf = ({ customers, inferred }: EventFacts, event: number): Person | null => {
  const phone = phonesOf(customers)[0] ?? phonesOf(inferred)[0]
  const email = emailOf(customers) ?? emailOf(inferred)
  return phone && email ? { phone, email, event } : null
}

/** A profile edit changes one of the two at a time; a CID on which both change at once belongs to several people. */
export const cidShared = rule<Dict<Person>>({
  id: 'cid-shared',
  severity: { web: 'error', app: 'error' },
  reads: ['dims', 'cvar', 'extra', 'body'],
  start: Dict.EMPTY,
  step(people, { seen }, report) {
    if (!seen?.entry.facts.carries) return people
    const { id, at, facts } = seen.entry
    const { cid } = facts
    if (cid === null) return people
    const bad = knownBad(cid)
    if (bad)
      report({
        key: cid,
        severity: 'error',
        said: said('cid-shared.nobody', { cid: shortCid(cid), what: bad }),
        subject: id,
        events: [id],
        at,
        again: true,
      })
    const person = seen.cid === null ? null : personOf(facts, id)
    if (!person) return people
    const last = people.get(cid)
    if (last && last.phone !== person.phone && last.email !== person.email)
      report({
        key: cid,
        severity: 'warning',
        said: said('cid-shared', {
          cid: shortCid(cid),
          email: mask(last.email),
          phone: mask(last.phone),
          email2: mask(person.email),
          phone2: mask(person.phone),
        }),
        subject: id,
        events: [last.event, id],
        at,
        again: true,
      })
    return people.with(cid, person)
  },
})
