import './fixtures/dom'
import { expect, test } from 'vitest'
import { readPageSide } from '../sdk/on-page'
import { lookAtPage } from './on-page'

test('globals as they are, without running anything of the page', () => {
  let ran = 0
  const page = {
    _portalId: 561234567,
    get _propId() {
      ran++
      return 1
    },
    _cdp365Analytics: {
      default_event: 0,
      toJSON: () => ran++,
      dims: {
        get customers() {
          return ran++
        },
      },
      uid: 7865000000000000385n,
    },
    web_event: Object.assign(() => {}, { queue: [1, 2] }),
  }
  const side = readPageSide(lookAtPage(page))
  expect(ran).toBe(0)
  expect(side).toEqual({
    portal: 561234567,
    prop: undefined,
    settings: {
      default_event: 0,
      toJSON: '[function]',
      dims: { customers: '[getter]' },
      uid: '[bigint 7865000000000000385]',
    },
    queue: 2,
  })
})

test('a page without the SDK, and one whose settings go on for ever', () => {
  expect(readPageSide(lookAtPage({}))).toEqual({ portal: undefined, prop: undefined, settings: undefined, queue: null })
  const long = { _cdp365Analytics: { text: 'x'.repeat(1_000_000), more: Array.from({ length: 100_000 }, () => 'y') } }
  const claim = lookAtPage(long)
  expect(claim.length).toBeLessThan(100_000)
  expect(readPageSide(claim)?.settings).toBeDefined()
})
