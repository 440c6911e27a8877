/**
 * Values of the page as JSON text, without running any code of the page: own data properties are read by descriptor, getters
 * and `toJSON` are never called. Runs inside the page, so it uses captured natives only.
 */
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isArray,
  isObject,
  isPrototypeOf,
  isView,
  ownKeys,
  quote,
  slice,
  uncurry,
  valueOf,
} from './natives'
import { TEXT_CAP } from './record'

const DEPTH_CAP = 24
const BIG = 2n ** 128n

const isoDate = uncurry(Date.prototype.toISOString)
const DATE = Date.prototype
const TEXT = String.prototype
const textOf = uncurry(TEXT.toString)
const NODE = typeof Node === 'function' ? Node.prototype : null

/** The objects that hold the one being written, innermost first. */
interface Holder {
  object: object
  outer: Holder | null
}

/** `[Map]`, `[HTMLFormElement]`: the name of the class, read by descriptors. */
const nameOf = (object: object): string => {
  const prototype = getPrototypeOf(object)
  const constructor = prototype && valueOf(prototype, 'constructor')
  const name = isObject(constructor) && valueOf(constructor, 'name')
  return quote(`[${typeof name === 'string' && name ? slice(name, 0, 60) : 'object'}]`)
}

/**
 * JSON array of the arguments. What JSON can't hold is written as a string: `"[function]"`, `"[HTMLInputElement]"`, `"[cycle]"`,
 * `"[getter]"`, `"[NaN]"`, `"[unreadable]"`; what goes beyond the caps as `"[cut]"`. Absent values are left out of objects and
 * are `null` in arrays, as JSON does it. Numbers keep all digits that the page's number had.
 * @param list array or `arguments` of the page
 * @param cap characters of text, about
 */
export function serialise(list: object, cap = TEXT_CAP): string {
  let left = cap

  const writeText = (text: string): string => {
    const room = left > 0 ? left : 0
    left -= text.length
    return quote(text.length <= room ? text : `${slice(text, 0, room)}… [cut]`)
  }

  const writeList = (array: object, holder: Holder): string => {
    const length = valueOf(array, 'length')
    let out = '['
    for (let i = 0; i < (typeof length === 'number' ? length : 0); i++) {
      if (i) out += ','
      if (left <= 0) {
        out += '"[cut]"'
        break
      }
      const descriptor = getOwnPropertyDescriptor(array, i)
      if (descriptor) out += writeSlot(descriptor, holder) || 'null'
      else {
        // A page can make an array of four billion holes for nothing.
        left -= 4
        out += 'null'
      }
    }
    return `${out}]`
  }

  const writeMap = (object: object, holder: Holder): string => {
    const keys = ownKeys(object)
    const { length } = keys
    let out = ''
    for (let i = 0; i < length; i++) {
      const key = keys[i]
      if (typeof key !== 'string') continue
      const descriptor = getOwnPropertyDescriptor(object, key)
      if (!descriptor?.enumerable) continue
      if (left <= 0) {
        out += `${out && ','}"[cut]":true`
        break
      }
      const text = writeSlot(descriptor, holder)
      if (text) out += `${out && ','}${writeText(key)}:${text}`
    }
    // A class with private state, an error, a collection: its name says more than {}.
    const prototype = out ? null : getPrototypeOf(object)
    return prototype && getPrototypeOf(prototype) ? nameOf(object) : `{${out}}`
  }

  const writeSlot = (descriptor: PropertyDescriptor, holder: Holder): string =>
    hasOwn(descriptor, 'value') ? write(descriptor.value, holder) : '"[getter]"'

  /** '' for undefined. */
  const write = (value: unknown, outer: Holder): string => {
    left -= 4
    switch (typeof value) {
      case 'string':
        return writeText(value)
      case 'number':
        return value - value === 0 ? `${value}` : `"[${value}]"`
      case 'boolean':
        return `${value}`
      case 'bigint':
        // To write a long one takes the browser seconds.
        return value < BIG && value > -BIG ? `"[bigint ${value}]"` : '"[bigint]"'
      case 'undefined':
        return ''
      case 'object':
        break
      default:
        return `"[${typeof value}]"`
    }
    if (value === null) return 'null'
    let depth = 0
    for (let holder: Holder | null = outer; holder; holder = holder.outer) {
      if (holder.object === value) return '"[cycle]"'
      depth++
    }
    if (depth > DEPTH_CAP) return '"[cut]"'
    try {
      if (isPrototypeOf(DATE, value)) return quote(isoDate(value as Date))
      // Each of its letters would be a key.
      if (isPrototypeOf(TEXT, value)) return writeText(textOf(value as unknown as string))
      if ((NODE && isPrototypeOf(NODE, value)) || value === globalThis || isView(value)) return nameOf(value)
      const holder: Holder = { object: value, outer }
      return isArray(value) ? writeList(value, holder) : writeMap(value, holder)
    } catch {
      // An invalid date, a window of another origin, a revoked proxy.
      return '"[unreadable]"'
    }
  }

  return writeList(list, { object: list, outer: null })
}
