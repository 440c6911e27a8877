import { describe, expect, test } from 'vitest'
import { containerOf, framesOf } from './stack'

const CHROME = `Error
    at HTMLButtonElement.<anonymous> (https://shop.example/login.js?v=2:42:7)
    at https://www.googletagmanager.com/gtm.js?id=GTM-AB12CD3&l=dataLayer:7:100
    at <anonymous>`
const FIREFOX = `track@https://t.shop.example/x.js?id=GTM-ZZ99:3:4
onclick@https://shop.example/:1:1`

describe('a stack', () => {
  test('names places that can be opened, and shows the rest as it is', () => {
    expect(framesOf(CHROME).map(({ place }) => place && [place.url, place.line, place.column])).toEqual([
      null,
      ['https://shop.example/login.js?v=2', 42, 7],
      ['https://www.googletagmanager.com/gtm.js?id=GTM-AB12CD3&l=dataLayer', 7, 100],
      null,
    ])
    for (const stack of [CHROME, FIREFOX])
      expect(
        framesOf(stack).map(({ before, place, after }) =>
          place ? `${before}${place.url}:${place.line}:${place.column}${after}` : before,
        ),
      ).toEqual(stack.split('\n').map(line => line.trim()))
  })
  test.each([
    [CHROME, 'GTM-AB12CD3'],
    [FIREFOX, 'GTM-ZZ99'],
    ['at https://www.googletagmanager.com/gtag/js?l=x&id=G-12345:1:1', 'G-12345'],
    ['at https://shop.example/product?id=GTM-like:1:1', undefined],
    ['at https://shop.example/login.js:1:1', undefined],
    ['', undefined],
  ])('%j was run by %s', (stack, id) => expect(containerOf(stack)?.id).toBe(id))

  test.each([
    [CHROME, 'dataLayer'],
    [FIREFOX, 'dataLayer'],
    ['at https://www.googletagmanager.com/gtag/js?l=shopLayer&id=G-12345:1:1', 'shopLayer'],
  ])('%j reads %s', (stack, layer) => expect(containerOf(stack)?.layer).toBe(layer))
})
