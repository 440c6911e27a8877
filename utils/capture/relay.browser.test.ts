import { afterEach, expect, test, vi } from 'vitest'
import { onCommand, relayHost } from './relay.browser'

afterEach(() => vi.unstubAllGlobals())

/** As Chromium leaves it in a page whose extension was updated: what is asked of it throws, or it isn't there. */
const dead = {
  addListener() {
    throw new Error('Extension context invalidated.')
  },
}
test.each([
  ['it is there', { runtime: { onMessage: dead } }],
  ['it is not', {}],
])('a page that gets its relay when the extension is gone is not thrown at: %s', (_, chrome) => {
  vi.stubGlobal('chrome', chrome)
  expect(() =>
    onCommand(
      () => ({ ok: true }),
      () => {
        throw new Error('nobody asked')
      },
      () => {},
    ),
  ).not.toThrow()
})

test('an element of the page that is called as the API of another browser is not taken for ours', () => {
  vi.stubGlobal('browser', { tagName: 'FORM' })
  vi.stubGlobal('chrome', { runtime: { id: 'ours' } })
  vi.stubGlobal('window', { top: null, self: null })
  expect(relayHost().alive()).toBe(true)
})
