import './fixtures/dom'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { serialise } from './serialise'

const cycle: Record<string, unknown> = { name: 'a' }
cycle.self = cycle

class Account {
  #secret = 1
  id = 7
  get computed() {
    return this.#secret
  }
}
class Empty {
  #hidden = 1
  reveal() {
    return this.#hidden
  }
}

describe('values of a page become JSON text', () => {
  test.each<[what: string, args: unknown[], text: string]>([
    ['nothing', [], '[]'],
    ['the usual call', ['user', 'identify', { dims: { a: 1 } }], '["user","identify",{"dims":{"a":1}}]'],
    ['letters and quotes', ['áo "thun"\n'], '["áo \\"thun\\"\\n"]'],
    ['a lone surrogate', ['\ud800'], '["\\ud800"]'],
    ['numbers', [0, -0, 1.5, 1e21, 7865000000000000385], '[0,0,1.5,1e+21,7865000000000000000]'],
    ['numbers that JSON lacks', [Number.NaN, Number.POSITIVE_INFINITY], '["[NaN]","[Infinity]"]'],
    ['a bigint', [7865000000000000385n], '["[bigint 7865000000000000385]"]'],
    ['a bigint that takes long to write', [2n ** 200n], '["[bigint]"]'],
    ['a text as an object', [new String('áo')], '["áo"]'],
    ['what only looks like one', [Object.create(String.prototype)], '["[unreadable]"]'],
    ['absent values, as JSON does it', [undefined, { a: undefined, b: null }], '[null,{"b":null}]'],
    ['functions and symbols', [() => 1, Symbol('x'), { f() {} }], '["[function]","[symbol]",{"f":"[function]"}]'],
    ['a date', [new Date(0), new Date(Number.NaN)], '["1970-01-01T00:00:00.000Z","[unreadable]"]'],
    ['a cycle', [cycle], '[{"name":"a","self":"[cycle]"}]'],
    ['the same object twice is no cycle', [[cycle.name, {}, {}]], '[["a",{},{}]]'],
    ['a class with data', [new Account()], '[{"id":7}]'],
    ['what has nothing to show', [new Empty(), new Map([[1, 2]]), new Error('x')], '["[Empty]","[Map]","[Error]"]'],
    ['bytes', [new Uint8Array(3)], '["[Uint8Array]"]'],
    ['holes', [new Array(2)], '[[null,null]]'],
    ['no prototype', [Object.assign(Object.create(null), { a: 1 })], '[{"a":1}]'],
    ['a key named like the prototype', [JSON.parse('{"__proto__":{"x":1}}')], '[{"__proto__":{"x":1}}]'],
  ])('%s', (_, args, text) => {
    expect(serialise(args)).toBe(text)
  })

  test('an arguments object is a list', () => {
    const queue: IArguments[] = []
    function stub() {
      queue.push(arguments)
    }
    ;(stub as (...args: unknown[]) => void)('a', { b: 1 })
    expect(serialise(queue[0] as IArguments)).toBe('["a",{"b":1}]')
  })
})

describe('the page notices nothing', () => {
  test('getters and toJSON are not called', () => {
    const calls: string[] = []
    const value = {
      get price() {
        calls.push('getter')
        return 1
      },
      toJSON() {
        calls.push('toJSON')
        return {}
      },
    }
    expect(serialise([value])).toBe('[{"price":"[getter]","toJSON":"[function]"}]')
    expect(calls).toEqual([])
  })

  test('what Object.prototype gains later is not read', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>
    prototype.toJSON = () => 'caught'
    prototype.value = 'caught'
    const text = serialise([
      {
        a: 1,
        get b() {
          return 2
        },
      },
    ])
    delete prototype.toJSON
    delete prototype.value
    expect(text).toBe('[{"a":1,"b":"[getter]"}]')
  })

  test('an object that throws when it is looked at costs itself only', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no')
        },
      },
    )
    expect(serialise(['a', hostile, 'b'])).toBe('["a","[unreadable]","b"]')
  })
})

describe('caps', () => {
  test('a long text is cut, and says so', () => {
    const [text] = JSON.parse(serialise(['x'.repeat(1000)], 100)) as [string]
    expect(text).toMatch(/^x{96}… \[cut\]$/)
  })

  test('many values are cut, and say so', () => {
    const values = JSON.parse(serialise([Array.from({ length: 1000 }, (_, i) => i)], 200)) as unknown[][]
    expect(values[0]?.at(-1)).toBe('[cut]')
    expect(values[0]?.length).toBeLessThan(60)
  })

  test('holes are cut as values are: a page makes four billion of them for nothing', () => {
    const values = JSON.parse(serialise([new Array(2 ** 32 - 1)], 200)) as unknown[][]
    expect(values[0]?.at(-1)).toBe('[cut]')
    expect(values[0]?.length).toBeLessThan(60)
  })

  test('a deep value is cut', () => {
    let deep: unknown = 'end'
    for (let i = 0; i < 100; i++) deep = { in: deep }
    expect(serialise([deep])).toContain('"[cut]"')
  })

  test('whatever is cut is still JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.integer({ min: 0, max: 400 }), (args, cap) => {
        JSON.parse(serialise(args, cap))
      }),
    )
  })
})

test('what JSON can hold comes back the same', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), args => {
      expect(JSON.parse(serialise(args))).toEqual(JSON.parse(JSON.stringify(args)))
    }),
  )
})

test('nothing makes it throw', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
  })
  fc.assert(
    fc.property(fc.array(anything), args => {
      JSON.parse(serialise(args))
    }),
  )
})
