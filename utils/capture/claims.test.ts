import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRecord } from './claims'

test('no line makes it throw, and what it gives has a kind', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map(json => `h${json}`),
        fc.json().map(json => `r${json}`),
      ),
      line => {
        const record = readRecord(line)
        expect(record === null || typeof record.k === 'string').toBe(true)
      },
    ),
  )
})

test('a hook can’t speak for the relay', () => {
  const csp = JSON.stringify({ k: 'csp', at: 1, url: 'https://a/', directive: 'img-src' })
  expect(readRecord(`r${csp}`)).toMatchObject({ k: 'csp' })
  expect(readRecord(`h${csp}`)).toBeNull()
  expect(readRecord('h["csp",1,"https://a/","img-src"]')).toBeNull()
})

describe('a call', () => {
  const call = (stack: string, layer = '') =>
    readRecord(`h${JSON.stringify(['call', 1, 2, 'web_event.track', '[]', stack, false, 0, layer])}`)

  test.each([
    [
      'Error\n    at pageStack (chrome-extension://abc/hook.js:1:2)\n    at Object.apply (chrome-extension://abc/hook.js:1:9)\n    at f (https://shop.vn/a.js:1:1)',
      '    at f (https://shop.vn/a.js:1:1)',
    ],
    [
      'x@moz-extension://0-1/hook.js:1:2\napply@moz-extension://0-1/hook.js:1:9\nf@https://shop.vn/a.js:1:1',
      'f@https://shop.vn/a.js:1:1',
    ],
    ['Error\n    at x (chrome-extension://abc/hook.js:1:2)', ''],
    // Of somebody else, and further down.
    [
      'Error\n    at x (chrome-extension://abc/hook.js:1:2)\n    at f (chrome-extension://other/hook.js:1:1)\n    at x (chrome-extension://abc/hook.js:1:2)',
      '    at f (chrome-extension://other/hook.js:1:1)\n    at x (chrome-extension://abc/hook.js:1:2)',
    ],
    ['    at f (https://shop.vn/hook.js:1:1)', '    at f (https://shop.vn/hook.js:1:1)'],
    ['', ''],
  ])('%j is shown as %j, without the hook’s frames', (told, stack) => {
    expect(call(told)).toMatchObject({ k: 'call', stack, by: '' })
  })

  test('bears the last event of the dataLayer, and the panel’s action by the relay’s word', () => {
    expect(call('', 'purchase')).toMatchObject({ layer: 'purchase' })
    expect(readRecord('hidentify["call",1,2,"web_event.track","[]","",false,0,""]')).toMatchObject({ by: 'identify' })
  })
})

test.each<[told: string, body: object | null]>([
  ['null', { state: 'none' }],
  ['"x"', { state: 'text', text: 'x' }],
  ['"x",null', { state: 'text', text: 'x', bytes: 0 }],
  ['"x",-9', { state: 'cut', text: 'x', bytes: -9 }],
  ['0', { state: 'unreadable', text: 'gone' }],
  ['1', { state: 'unreadable', text: 'object' }],
  ['2', { state: 'unreadable', text: '' }],
  ['3', null],
  ['{}', null],
  ['true', null],
  ['"x","y"', null],
])('a body that is told as %s', (told, body) => {
  const record = readRecord(`h["body",1,${told}]`)
  if (body) expect(record).toMatchObject({ k: 'body', id: 1, ...body })
  else expect(record).toBeNull()
})

test('what is not in the schema is left out', () => {
  expect(readRecord('r{"k":"hide","at":5,"outcome":"done","__proto__":{"x":1}}')).toEqual({ k: 'hide', at: 5 })
})

test.each(['{"k":"hide","at":null}', '{"k":"hide","at":"5"}', '{"k":"hide"}', '{"k":"hide","at":1e999}'])(
  '%s is none',
  json => {
    expect(readRecord(`r${json}`)).toBeNull()
  },
)
