/**
 * Another recording brought to a run of the check, as a rule the app's to the web's: whom it knows, and by which contacts, so that the
 * same person's CID can be compared (step 16).
 */
import { normaliseEmail, normalisePhone } from './recipe'
import { EMAIL, PHONE } from './rules/text'
import type { HolderState } from './state'

export interface OtherRun {
  /** Of the file. */
  name: string
  customers: { cid: string; contacts: ReadonlySet<string> }[]
}

/** An e-mail address or phone number in the one way in which they are compared; null: it is neither. */
export function contactOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value).trim()
  if (EMAIL.test(text)) return normaliseEmail(text)
  const digits = normalisePhone(text)
  return /^[\d\s+().-]+$/.test(text) && PHONE.test(digits) ? digits : null
}

/** @param portal of the run that it is brought to; customers of other portals are other people */
export function otherRun(name: string, holders: readonly HolderState[], portal: string | null): OtherRun {
  const found = new Map<string, Set<string>>()
  for (const holder of holders) {
    if (portal !== null && holder.portal !== null && holder.portal !== portal) continue
    for (const { cid, attributes } of holder.customers.values()) {
      const contacts = found.get(cid) ?? new Set()
      found.set(cid, contacts)
      for (const { now, earlier } of attributes.values())
        for (const setting of [now, ...earlier]) {
          const contact = contactOf(setting?.value)
          if (contact !== null) contacts.add(contact)
        }
    }
  }
  return { name, customers: [...found].map(([cid, contacts]) => ({ cid, contacts })) }
}
