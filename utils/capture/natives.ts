/**
 * The page's natives as they were before any of its code ran. Inside the page nothing may be looked up later: pages override
 * `JSON`, `Array.prototype` and `Object.prototype`, by mistake or on purpose. So the code of the hook calls no method of a
 * string, array, map or promise: it calls what is captured here.
 */

import { indexOf, lower, slice, uncurry } from '../sdk/match'

export { indexOf, lower, slice, uncurry }

export const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect
export const { isArray } = Array
export const { isView } = ArrayBuffer
export const parse = JSON.parse
/** For strings, and for flat lists and objects without a prototype: then neither getters nor `toJSON` of the page are asked. */
export const quote: (value: unknown) => string = JSON.stringify

const { setPrototypeOf } = Object

/** An object that nobody can add to from outside: what natives read from it is what was written here. */
export const bare = <T extends object>(object: T): T => setPrototypeOf(object, null)

export const hasOwn = uncurry(Object.prototype.hasOwnProperty)
/** false of what is no object. */
export const isPrototypeOf = uncurry(Object.prototype.isPrototypeOf as (this: object, value: unknown) => boolean)
export const mapGet = uncurry(WeakMap.prototype.get)
export const mapSet = uncurry(WeakMap.prototype.set)
export const listen = uncurry(EventTarget.prototype.addEventListener)

/** The value of an own data property; never runs a getter. Of what is no object: undefined. */
export const valueOf = (object: unknown, key: PropertyKey): unknown => {
  const descriptor = isObject(object) && getOwnPropertyDescriptor(object, key)
  return descriptor && hasOwn(descriptor, 'value') ? descriptor.value : undefined
}

/** An argument that was given; what `Array.prototype` may hold under its number is not asked. */
export const at = (args: readonly unknown[], index: number): unknown => (index < args.length ? args[index] : undefined)

/** A native getter as a function of its object. */
export const getter = <T>(prototype: object, key: PropertyKey): ((self: unknown) => T) =>
  uncurry(getOwnPropertyDescriptor(prototype, key)?.get as (this: unknown) => T)

export const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** The beginning of a text; '' of what is none. */
export const textOf = (value: unknown, cap = 200): string => (typeof value === 'string' ? slice(value, 0, cap) : '')

/** What a native says of an object that is really of its kind, in whatever frame it was made; else null. Runs no code of the page. */
export const asked = <T>(native: (object: never) => T, object: unknown): T | null => {
  try {
    return native(object as never)
  } catch {
    return null
  }
}
