import { describe, expect, test } from 'vitest'
import type { Json } from './event'
import { comparePage, type PageSide, readPageSide } from './on-page'

const side = (settings: Json | undefined): PageSide => ({ portal: '561234567', prop: '565000001', settings, queue: 0 })
const SHOES = {
  page: { page_type: 'product' },
  items: [{ type: 'product', id: 'p1' }],
  dims: { customers: { customer_id: 'X' } },
}

describe('what the page says of itself', () => {
  test('ids keep their digits', () => {
    expect(readPageSide('["561234567",7865000000000000385,{"uid":7865000000000000385},3]')).toEqual({
      portal: '561234567',
      prop: '7865000000000000385',
      settings: { uid: '7865000000000000385' },
      queue: 3,
    })
  })
  test('what is not there is not there', () => {
    expect(readPageSide('[null,null,null,null]')).toEqual({
      portal: undefined,
      prop: undefined,
      settings: undefined,
      queue: null,
    })
  })
  test.each([[undefined], [7], ['{}'], ['[1'], ['x'], ['['.padEnd(300_000, '1,')]])('%s is no claim', claim => {
    expect(readPageSide(claim)).toBeNull()
  })
})

const told = (settings: Json | undefined, before: PageSide | undefined, identified?: string | null) =>
  comparePage(settings, before, identified).map(({ path, change, stale }) => [path, change, stale].join(' '))

describe('what is left over', () => {
  test.each<[string, Json | undefined, PageSide | undefined, string | null | undefined, string[]]>([
    [
      'a page that was just loaded has nothing to compare with',
      SHOES,
      undefined,
      'X',
      ['page  ', 'items  ', 'dims.customers  '],
    ],
    [
      'a route that set nothing anew',
      SHOES,
      side(SHOES),
      'X',
      ['page same route', 'items same route', 'dims.customers same '],
    ],
    [
      'a route that kept the item of the one before',
      { ...SHOES, page: { page_type: 'cart' } },
      side(SHOES),
      'X',
      ['items same route', 'page changed ', 'dims.customers same '],
    ],
    [
      'a customer who has left',
      { page: { page_type: 'home' }, dims: { customers: { customer_id: 'X' } } },
      side(SHOES),
      null,
      ['dims.customers same nobody', 'page changed ', 'items gone '],
    ],
    [
      'a customer on a page that was just loaded, and nobody is identified',
      SHOES,
      undefined,
      null,
      ['dims.customers  nobody', 'page  ', 'items  '],
    ],
    ['another customer', SHOES, undefined, 'Y', ['dims.customers  other', 'page  ', 'items  ']],
    ['who it is is not known', SHOES, undefined, undefined, ['page  ', 'items  ', 'dims.customers  ']],
    [
      'options may stay, and so may what is empty',
      { default_event: 0, items: [], extra: {} },
      side({ default_event: 0, items: [], extra: {} }),
      null,
      ['default_event same ', 'items same ', 'extra same '],
    ],
    [
      'an object of the order',
      { dims: { purchase: { order_id: 7 } } },
      side({ dims: { purchase: { order_id: 7 } } }),
      'X',
      ['dims.purchase same route'],
    ],
    ['something new', { extra: { a: 1 } }, side({}), 'X', ['extra new ']],
    ['no settings', undefined, side(undefined), null, []],
    ['settings that are no object', 'soon', undefined, null, ['  ']],
  ])('%s', (_, settings, before, identified, expected) => {
    expect(told(settings, before, identified)).toEqual(expected)
  })
})
