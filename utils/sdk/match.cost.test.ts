/** What the hook asks of every URL of every page must cost a search of its text: nothing is made, nothing else is called. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

// Each of the natives that the property itself uses is a spy: slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

type Holder = Record<string, (...args: unknown[]) => unknown>
/** Calls of what makes a new string, array or object, or looks further than a search does. */
const calls: string[] = []
const searches: string[] = []
const restore: (() => void)[] = []
let counting = false
let mayConcern: (url: string) => boolean

const spy = (name: string, holder: object, key: string, into: string[]) => {
  const original = (holder as Holder)[key]
  if (!original) throw new Error(`there is no ${name}.${key}`)
  const stand = function (this: unknown, ...args: unknown[]) {
    if (counting) into.push(`${name}.${key}`)
    return Reflect.apply(original, this, args)
  }
  Object.assign(holder, { [key]: stand })
  restore.push(() => Object.assign(holder, { [key]: original }))
}

beforeAll(async () => {
  const { prototype } = String
  for (const key of ['indexOf', 'startsWith']) spy('String', prototype, key, searches)
  const making = [
    'slice',
    'substring',
    'split',
    'match',
    'matchAll',
    'replace',
    'concat',
    'trim',
    'toLowerCase',
    'toUpperCase',
  ]
  for (const key of [...making, 'normalize', 'padEnd', 'repeat', 'charAt', 'includes', 'search'])
    spy('String', prototype, key, calls)
  for (const key of ['exec', 'test']) spy('RegExp', RegExp.prototype, key, calls)
  for (const key of ['slice', 'map', 'filter', 'concat', 'join', 'some', 'find'])
    spy('Array', Array.prototype, key, calls)
  for (const key of ['URL', 'URLSearchParams', 'RegExp']) {
    const original = Reflect.get(globalThis, key) as new (...args: unknown[]) => object
    const construct = (target: typeof original, args: unknown[]) => {
      if (counting) calls.push(`new ${key}`)
      return Reflect.construct(target, args)
    }
    Reflect.set(globalThis, key, new Proxy(original, { construct }))
    restore.push(() => void Reflect.set(globalThis, key, original))
  }
  // Only now: the module captures natives when it is loaded.
  ;({ mayConcern } = await import('./match'))
})
afterAll(() => {
  for (const undo of restore) undo()
})

const costOf = (url: string) => {
  calls.length = 0
  searches.length = 0
  counting = true
  const matched = mayConcern(url)
  counting = false
  return { matched, calls: [...calls], searches: searches.length }
}

test('a URL that is none of the SDK’s is searched three times, or six when it holds “event”, and nothing is made of it', () => {
  const urls = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string({ maxLength: 300 }),
    fc.constantFrom(
      '/',
      '',
      '?',
      '#',
      'event',
      'https://shop.vn/events',
      '//a.cdp.asi/x',
      'data:,x',
      'blob:https://shop.vn/1',
    ),
  )
  fc.assert(
    fc.property(urls, url => {
      const cost = costOf(url)
      fc.pre(!cost.matched)
      expect(cost.calls).toEqual([])
      expect(cost.searches).toBe(url.split('event').length > 1 ? 6 : 3)
    }),
  )
})

test('a long picture in the address is not even searched', () => {
  expect(costOf(`data:image/png;base64,${'event?cdp.asia'.padEnd(3_000_000, 'A')}`)).toEqual({
    matched: false,
    calls: [],
    searches: 0,
  })
})

test('the instruments work', () => {
  costOf('//a.cdp.asia/event')
  expect(searches.length).toBeGreaterThan(0)
  counting = true
  'a b'.split(' ')
  counting = false
  expect(calls).toContain('String.split')
})
