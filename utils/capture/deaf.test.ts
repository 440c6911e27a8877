import { expect, test } from 'vitest'
import type { FrameState } from '../messages'
import { framesWithoutHook } from './deaf'

const TAB = { open: true, url: 'https://www.shop.vn/cart' }
const frame = (number: number, url: string, hook: boolean): FrameState => ({
  kind: 'frame',
  ask: 'a',
  frame: number,
  url,
  top: number === 0,
  below: 0,
  hook,
  state: '',
  queue: 0,
  api: '',
  stub: 'none',
  records: 0,
  waiting: 0,
  late: false,
  last: 0,
})

test.each<[string, Parameters<typeof framesWithoutHook>[0], [frame: number, site: string][]]>([
  ['all have one', { frames: [frame(0, TAB.url, true)], reached: true, tab: TAB, partition: 'normal' }, []],
  [
    'one lacks it: of its own site, or without address of the page’s',
    {
      frames: [frame(0, TAB.url, true), frame(2, 'https://pay.example/x', false), frame(3, 'about:srcdoc', false)],
      reached: true,
      tab: TAB,
      partition: 'normal',
    },
    [
      [2, 'pay.example'],
      [3, 'shop.vn'],
    ],
  ],
  ['the page has no relay at all', { frames: [], reached: false, tab: TAB, partition: 'normal' }, [[0, 'shop.vn']]],
  [
    'the page is on its way, and its relay with it',
    { frames: [], reached: false, tab: { ...TAB, loading: true }, partition: 'normal' },
    [],
  ],
  [
    'a page of the browser has no site, and nothing to see',
    { frames: [], reached: false, tab: { open: true, url: 'chrome://version' }, partition: 'normal' },
    [],
  ],
  ['nobody answered in time: they may be busy', { frames: [], reached: true, tab: TAB, partition: 'normal' }, []],
])('%s', (_, state, wanted) => {
  expect(framesWithoutHook(state).map(({ frame: number, site }) => [number, site])).toEqual(wanted)
})
