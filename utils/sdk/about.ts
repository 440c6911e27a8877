/**
 * One event in a few words for the list: mostly the site's own (a title, product names, attribute codes), so that there is
 * nothing to translate.
 */
import type { EventFacts, Json } from './event'
import { isObject, type Tree, valueOf } from './json'
import { isContextKey, isIdentityKey } from './names'
import type { Parts } from './parts'

const LONGEST = 120
const NAMES = 3
const CODES = 8

const text = (value: Json | undefined): string =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''

const cut = (line: string): string => {
  const flat = line.length > 400 ? line.slice(0, 400) : line
  const clean = /\s\s|[^\S ]/.test(flat) ? flat.replace(/\s+/g, ' ') : flat
  if (clean.length <= LONGEST) return clean
  const end = clean.charCodeAt(LONGEST - 2)
  return `${clean.slice(0, end >= 0xd800 && end < 0xdc00 ? LONGEST - 2 : LONGEST - 1)}…`
}

/** `185.000 ₫`, `32 USD`, `32`; empty for what is no amount above zero. */
const price = (amount: Json | undefined, currency: string): string => {
  const number = typeof amount === 'string' ? Number(amount) : amount
  if (typeof number !== 'number' || !(number > 0 && number < 1e15)) return ''
  const dong = currency === 'VND' || currency === '₫'
  const [whole = '', fraction] = String(Math.round(number * 100) / 100).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, dong ? '.' : ',')
  const digits = fraction === undefined ? grouped : `${grouped}${dong ? ',' : '.'}${fraction}`
  return dong ? `${digits} ₫` : currency ? `${digits} ${currency}` : digits
}

const itemsText = (kind: EventFacts['kind'], items: readonly Tree[], extra: Tree | null): string => {
  const [first] = items
  if (!first) return ''
  const names = items.slice(0, NAMES).map(item => {
    const name = text(valueOf(item, 'name')) || text(valueOf(item, 'id'))
    const quantity = Number(valueOf(item, 'quantity'))
    return quantity > 1 ? `${name} × ${quantity}` : name
  })
  const more = items.length > NAMES ? ` +${items.length - NAMES}` : ''
  const currency = text(valueOf(first, 'currency')) || text(valueOf(extra, 'currency'))
  const total = kind === 'purchase' ? price(valueOf(extra, 'revenue'), currency) : ''
  const cost = total || (items.length === 1 ? price(valueOf(first, 'price'), currency) : '')
  return [names.filter(Boolean).join(', ') + more, cost].filter(Boolean).join(' · ')
}

const codesText = ({ identifyType, cidPath, customers, inferred }: EventFacts): string => {
  const codes = (customers?.length ? customers : (inferred ?? [])).map(([code]) => code)
  const more = codes.length > CODES ? ` +${codes.length - CODES}` : ''
  const what =
    codes.length > 0 ? codes.slice(0, CODES).join(', ') + more : (cidPath?.replace(/\.customer_id$/, '') ?? '')
  return identifyType && what ? `${identifyType} · ${what}` : what
}

const pagePath = (page: string | null): string => page?.replace(/^[a-z]+:\/\/[^/?#]*/i, '') ?? ''

const nameOf = (value: Json | undefined): string =>
  isObject(value) ? text(valueOf(value, 'name')) || text(valueOf(value, 'id')) : ''

/** The first business object that has a name: a campaign, a store, an article. */
const objectText = (dims: Tree | null): string => {
  for (const [key, value] of Object.entries(dims ?? {})) {
    const name = key === 'customers' || key === 'users' ? '' : nameOf(value)
    if (name) return `${key}: ${name}`
  }
  return ''
}

const extraText = (extra: Tree | null): string => {
  const found: string[] = []
  for (const [key, value] of Object.entries(extra ?? {})) {
    if (found.length === NAMES) break
    const shown = typeof value === 'boolean' ? String(value) : text(value)
    if (shown && !isContextKey(key) && !isIdentityKey(key)) found.push(`${key}: ${shown}`)
  }
  return found.join(', ')
}

/** At most 120 characters, one line; empty when the event has nothing to say. */
export const aboutOf = (facts: EventFacts, parts: Parts): string => {
  const { kind, reset, page } = facts
  const { extraTree: extra, contextTree: context } = parts
  switch (kind) {
    case 'page-view':
      return cut(text(valueOf(extra, 'page_title')) || text(valueOf(context, 'navigation')) || pagePath(page))
    case 'login':
    case 'sign-up':
    case 'identify':
      return cut(codesText(facts))
    case 'reset':
      return cut(reset?.from || reset?.to ? `${reset.from ?? '?'} → ${reset.to ?? '?'}` : '')
    case 'logout':
    case 'remove':
      return ''
  }
  const term = text(valueOf(extra, 'src_search_term'))
  const items = itemsText(kind, parts.things, extra)
  if (term) return cut(items ? `“${term}” · ${items}` : `“${term}”`)
  return cut(
    items ||
      nameOf(valueOf(context, 'campaign')) ||
      objectText(parts.dimsTree) ||
      extraText(extra) ||
      text(valueOf(extra, 'page_title')) ||
      text(valueOf(context, 'navigation')) ||
      pagePath(page),
  )
}
