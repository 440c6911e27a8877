/**
 * Values of the page as JSON text, without running any code of the page: own data properties are read by descriptor, getters
 * and `toJSON` are never called. Runs inside the page, so it uses captured natives only.
 */
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isArray,
  isPrototypeOf,
  isView,
  ownKeys,
  quote,
  slice,
  textOf,
  uncurry,
  valueOf,
} from './natives'
import { TEXT_CAP } from './record'

/** What stands for what JSON can't hold, as JSON. */
const word = (text: unknown): string => quote(`[${text}]`)
const CUT = word('cut')
const BIG = 2n ** 128n

const DATE = Date.prototype
const isoDate = uncurry(DATE.toISOString)
const TEXT = String.prototype
const stringOf = uncurry(TEXT.toString)
const NODE = Node.prototype

/** The objects that hold the one being written, innermost first. */
type Holder = readonly [object: object, outer: Holder | null]

/** `"[Map]"`, `"[HTMLFormElement]"`: the name of the class, read by descriptors. */
const nameOf = (object: object): string =>
  word(textOf(valueOf(valueOf(getPrototypeOf(object), 'constructor'), 'name')) || 'object')

/**
 * JSON array of the arguments. What JSON can't hold is written as a string: `"[function]"`, `"[HTMLInputElement]"`, `"[cycle]"`,
 * `"[getter]"`, `"[NaN]"`, `"[unreadable]"`; what goes beyond the caps as `"[cut]"`. Absent values are left out of objects and
 * are `null` in arrays, as JSON does it. Numbers keep all digits that the page's number had.
 * @param list array or `arguments` of the page
 * @param cap characters of text, about
 */
export function serialise(list: object, cap = TEXT_CAP): string {
  let left = cap

  const fit = (text: string): string => {
    const room = left > 0 ? left : 0
    left -= text.length
    return quote(text.length <= room ? text : `${slice(text, 0, room)}… [cut]`)
  }

  const objectText = (object: object, outer: Holder | null): string => {
    const holder: Holder = [object, outer]
    // The arguments are a list, whatever they are to the language.
    const keys = !outer || isArray(object) ? null : ownKeys(object)
    // Written at once: a copy that natives may read has no prototype, and that is dear.
    let text = ''
    const length = keys ? keys.length : valueOf(object, 'length')
    let empty = keys
    // The page can set `length`, and make an array of four billion holes for nothing.
    for (let i = 0; typeof length === 'number' && i < length; i++) {
      const key = keys ? (keys[i] as PropertyKey) : i
      const descriptor = getOwnPropertyDescriptor(object, key)
      if (keys && (typeof key === 'symbol' || !descriptor?.enumerable)) continue
      if (left <= 0) {
        text += `,${CUT}${keys ? ':true' : ''}`
        break
      }
      const value = !descriptor || hasOwn(descriptor, 'value') ? valueText(descriptor?.value, holder) : word('getter')
      if (!keys) text += `,${value || null}`
      else if (value) {
        text += `,${fit(key as string)}:${value}`
        empty = null
      }
    }
    text = slice(text, 1)
    // A class with private state, an error, a collection: its name says more than {}.
    const prototype = empty && getPrototypeOf(object)
    return prototype && getPrototypeOf(prototype) ? nameOf(object) : keys ? `{${text}}` : `[${text}]`
  }

  /** '' of what is absent. */
  const valueText = (value: unknown, outer: Holder): string => {
    const type = typeof value
    left -= 4
    if (type === 'string') return fit(value as string)
    if (type === 'bigint')
      // To write a long one takes the browser seconds.
      return (value as bigint) < BIG && (value as bigint) > -BIG ? word(`bigint ${value}`) : word(type)
    if (type === 'undefined') return ''
    if (type === 'function' || type === 'symbol') return word(type)
    // Of what is left only a number may be no JSON.
    if (type !== 'object' || !value) return (value as number) - (value as number) === 0 ? `${value}` : word(value)
    const object = value as object
    let depth = 0
    for (let holder: Holder | null = outer; holder; holder = holder[1]) {
      if (holder[0] === object) return word('cycle')
      if (++depth > 24) return CUT
    }
    try {
      if (isPrototypeOf(DATE, object)) return fit(isoDate(object as Date))
      // Each of its letters would be a key.
      if (isPrototypeOf(TEXT, object)) return fit(stringOf(object as unknown as string))
      return isPrototypeOf(NODE, object) || object === globalThis || isView(object)
        ? nameOf(object)
        : objectText(object, outer)
    } catch {
      // An invalid date, a window of another origin, a revoked proxy.
      return word('unreadable')
    }
  }

  return objectText(list, null)
}
