// @vitest-environment happy-dom
import { cleanup, configure, waitFor } from '@testing-library/preact'
import { afterEach, expect, test } from 'vitest'
import type { PageEntry } from '../../utils/identity/entry'
import { tell } from '../../utils/identity/story'
import { HELLO } from '../fixtures/memory'
import { openPanel } from '../fixtures/open'
import { panel } from '../store'
import { addLook, type Look, lookBefore } from './on-page'

configure({ asyncUtilTimeout: 20_000 })
afterEach(cleanup)

const look = (doc: string, url: string): Look => ({
  at: 1,
  url,
  doc,
  kept: [],
  side: { portal: undefined, prop: undefined, settings: {}, queue: null },
})

test.each([
  ['another route of the document', [look('d', '/a'), look('d', '/b')], '/a'],
  ['the same route once more', [look('d', '/a'), look('d', '/b'), look('d', '/b')], '/a'],
  ['another document', [look('d', '/a'), look('e', '/b')], undefined],
  ['the first', [look('d', '/a')], undefined],
  ['one that could not be asked', [{ ...look('d', '/a'), side: null }, look('d', '/b')], undefined],
])('compared with the route before: %s', (_, looks, url) => {
  expect(lookBefore(looks.reduce<readonly Look[]>(addLook, []))?.url).toBe(url)
})

const part = (path: string) => document.querySelector<HTMLElement>(`[data-part="${path}"]`)

test('it is looked at when Diagnostics open and when the route changes; what was left is said', async () => {
  const { entries } = tell(
    'site shop.example, tab 1\nuid A: page load /shoes\nsdk live\npageview\n+1s login cid X\nidentify cid X\n+1s logout\n+1s reset to B\n+1s uid B: pageview',
  )
  const { worker, log } = await openPanel(entries, { view: 'diagnostics', hello: { ...HELLO, tab: 's:1' } })
  const claim = (settings: object) => JSON.stringify(['561234567', 7865000000000000, settings, 0])
  const SHOES = { page: { page_type: 'product' }, dims: { customers: { customer_id: 'X' } } }
  worker.onPage = {
    at: 1,
    url: 'https://shop.example/shoes',
    claim: claim(SHOES),
    kept: [
      { where: 'cookie', owner: '.shop.example', name: '_asm_uid', value: '7865000000000000385' },
      { where: 'cookie', owner: '.shop.example', name: '_asm_ss_view', value: '%7B%22sid%22%3A7865000000000000385%7D' },
    ],
  }
  const page = entries.find(entry => entry.kind === 'page') as PageEntry
  const at = Date.now()
  log.append([{ ...page, id: 900, at, how: 'route', place: { ...page.place, url: 'https://shop.example/shoes' } }])
  await waitFor(() => expect(part('page')?.dataset.change).toBe(''))
  expect(document.querySelector('[data-stale]')?.getAttribute('data-stale')).toBe('nobody')
  const kept = document.querySelector('[data-kept="_asm_ss_view"] + dd')?.textContent
  expect(kept).toContain('{"sid":"7865000000000000385"}')
  expect(document.querySelector('[data-kept="_asm_uid"] + dd')?.textContent).toContain('7865000000000000385')

  worker.onPage = {
    ...worker.onPage,
    at: 2,
    url: 'https://shop.example/cart',
    claim: claim({ page: SHOES.page, items: [] }),
  }
  log.append([
    { ...page, id: 901, at: at + 1, how: 'route', place: { ...page.place, url: 'https://shop.example/cart' } },
  ])
  await waitFor(() => expect(part('page')?.dataset.change).toBe('same'))
  expect(document.querySelector('[data-stale]')?.textContent).toContain('Left from /shoes?')
  expect([part('items')?.dataset.change, part('dims.customers')?.dataset.change]).toEqual(['new', 'gone'])
  expect(panel.getState().looks.length).toBe(2)
})
