/** What an event's name means for identity (rules.md §0 "kinds"). */
import type { EventKind } from './event'
import { CATEGORIES } from './names'

const ofPair = (ec: string, ea: string): EventKind => {
  switch (ec) {
    case 'user':
      switch (ea) {
        case 'sign_in':
        case 'sign-in':
          return 'login'
        case 'sign_up':
        case 'sign-up':
          return 'sign-up'
        case 'identify':
          return 'identify'
        case 'sign_out':
        case 'sign-out':
          return 'logout'
        case 'reset_anonymous_id':
        case 'reset-anonymous-id':
          return 'reset'
      }
      return 'other'
    case 'product':
      return ea === 'purchase' ? 'purchase' : 'other'
    case 'pageview':
    case 'screen':
    case 'screenview':
      return ea === 'view' ? 'page-view' : 'other'
  }
  return 'other'
}

/** Takes `<action>_<category>` apart (D, S); categories of the vendor's guide may hold underscores themselves. */
export const splitName = (en: string): { ec: string; ea: string } => {
  const known = CATEGORIES.find(category => en.endsWith(`_${category}`))
  const at = known === undefined ? en.lastIndexOf('_') : en.length - known.length - 1
  return at < 0 ? { ec: '', ea: en } : { ec: en.slice(at + 1), ea: en.slice(0, at) }
}

/** By category and action; when these say nothing, by the event's name. */
export const kindOf = (ec: string, ea: string, en: string): EventKind => {
  const kind = ofPair(ec, ea)
  if (kind !== 'other' || !en.includes('_')) return kind
  const named = splitName(en)
  return ofPair(named.ec, named.ea)
}
