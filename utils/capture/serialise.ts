/**
 * Values of the page as JSON text, without running any code of the page: own data properties are read by descriptor, getters
 * and `toJSON` are never called. Runs inside the page, so it uses captured natives only.
 */
import {
  bare,
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

const CUT = '[cut]'
const BIG = 2n ** 128n

const isoDate = uncurry(Date.prototype.toISOString)
const DATE = Date.prototype
const TEXT = String.prototype
const stringOf = uncurry(TEXT.toString)
const NODE = Node.prototype

/** The objects that hold the one being written, innermost first. */
interface Holder {
  object: object
  outer: Holder | null
}

/** `[Map]`, `[HTMLFormElement]`: the name of the class, read by descriptors. */
const nameOf = (object: object): string =>
  `[${textOf(valueOf(valueOf(getPrototypeOf(object), 'constructor'), 'name')) || 'object'}]`

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
    return text.length <= room ? text : `${slice(text, 0, room)}… ${CUT}`
  }

  /** A copy that natives may read. */
  const copyObject = (object: object, outer: Holder | null): unknown => {
    const holder: Holder = { object, outer }
    // The arguments are a list, whatever they are to the language.
    const keys = !outer || isArray(object) ? null : ownKeys(object)
    const copy = bare((keys ? {} : []) as Record<PropertyKey, unknown>)
    const length = valueOf(keys ?? object, 'length')
    let empty = keys
    // The page can set `length`, and make an array of four billion holes for nothing.
    for (let i = 0; typeof length === 'number' && i < length; i++) {
      const key = keys ? (keys[i] as PropertyKey) : i
      const descriptor = getOwnPropertyDescriptor(object, key)
      if (keys && (typeof key === 'symbol' || !descriptor?.enumerable)) continue
      if (left <= 0) {
        copy[keys ? CUT : i] = keys ? true : CUT
        break
      }
      const value = !descriptor || hasOwn(descriptor, 'value') ? copyOf(descriptor?.value, holder) : '[getter]'
      if (!keys || value !== undefined) {
        copy[keys ? fit(key as string) : i] = value
        empty = null
      }
    }
    // A class with private state, an error, a collection: its name says more than {}.
    const prototype = empty && getPrototypeOf(object)
    return prototype && getPrototypeOf(prototype) ? nameOf(object) : copy
  }

  const copyOf = (value: unknown, outer: Holder): unknown => {
    const type = typeof value
    left -= 4
    if (type === 'string') return fit(value as string)
    if (type === 'number') return (value as number) - (value as number) === 0 ? value : `[${value}]`
    if (type === 'bigint')
      // To write a long one takes the browser seconds.
      return (value as bigint) < BIG && (value as bigint) > -BIG ? `[bigint ${value}]` : '[bigint]'
    if (type === 'undefined' || type === 'boolean' || value === null) return value
    if (type !== 'object') return `[${type}]`
    const object = value as object
    let depth = 0
    for (let holder: Holder | null = outer; holder; holder = holder.outer) {
      if (holder.object === object) return '[cycle]'
      if (++depth > 24) return CUT
    }
    try {
      if (isPrototypeOf(DATE, object)) return isoDate(object as Date)
      // Each of its letters would be a key.
      if (isPrototypeOf(TEXT, object)) return fit(stringOf(object as unknown as string))
      return isPrototypeOf(NODE, object) || object === globalThis || isView(object)
        ? nameOf(object)
        : copyObject(object, outer)
    } catch {
      // An invalid date, a window of another origin, a revoked proxy.
      return '[unreadable]'
    }
  }

  return quote(copyObject(list, null))
}
