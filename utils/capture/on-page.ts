/** Looks at what the page has set for the SDK: runs inside the page when the panel asks, reads own data properties and nothing else. */
import { CLAIM_CAP, PAGE_GLOBALS, QUEUE_GLOBAL } from '../sdk/on-page'
import { isObject, valueOf } from './natives'
import { serialise } from './serialise'

/** JSON array for `readPageSide`. What it says is the page's word: its natives may be its own by now. */
export function lookAtPage(page: object = globalThis): string {
  const api = valueOf(page, QUEUE_GLOBAL)
  const queue = isObject(api) ? valueOf(api, 'queue') : undefined
  const length = isObject(queue) ? valueOf(queue, 'length') : undefined
  return serialise([...PAGE_GLOBALS.map(name => valueOf(page, name)), length], CLAIM_CAP)
}
