/** How long a body was that had to be cut: both lanes are asked, and the one that knows exactly is believed. */
import { describe, expect, test } from 'vitest'
import type { Body } from '../sdk/event'
import { eventUrl, Lanes } from './fixtures/lanes'
import type { FlatBody } from './record'

const URL_ = eventUrl('user', 'sign_in')
const TEXT = '{"dims":{"customers":{"customer_id":"c1"}},"extra":{"note":"x'

/** As the hook says it: below 0, at least that many. */
const hook = (bytes: number): FlatBody => ({ state: 'cut', text: TEXT, bytes })
const exact = (bytes: number): Body => ({ state: 'cut', text: TEXT, bytes })
const bound = (bytes: number): Body => ({ state: 'cut', text: TEXT, bytes, least: true })
const unreadable: Body = { state: 'unreadable', why: 'Blob or stream, not readable' }

type Step = (lanes: Lanes) => void
const page =
  (body: FlatBody): Step =>
  lanes =>
    lanes.ask('fetch', URL_, { method: 'POST', body })
const network =
  (body: Body): Step =>
  lanes => {
    lanes.start('fetch', URL_, { method: 'POST', body }).end(200)
  }
/** The page's copy, read later. */
const later =
  (body: FlatBody): Step =>
  lanes =>
    lanes.say({ k: 'body', id: 1, ...body })
const NOT_YET: FlatBody = { state: 'unreadable', text: 'gone', bytes: 0 }

describe('the log says', () => {
  test.each<[string, Step[], Body]>([
    ['a text: the network counts its bytes', [page(hook(-300_000)), network(exact(900_000))], exact(900_000)],
    ['the same, heard the other way round', [network(exact(900_000)), page(hook(-300_000))], exact(900_000)],
    ['a Blob: only the page knows', [page(NOT_YET), network(unreadable), later(hook(8_388_608))], exact(8_388_608)],
    [
      'a form: both know a bound, the first stands',
      [page(NOT_YET), network(bound(500_000)), later(hook(-400_000))],
      bound(500_000),
    ],
    ['stopped by the page’s policy: the page’s bound', [page(hook(-300_000))], bound(300_000)],
    [
      'a stream that the page can’t read, and the network can',
      [page(NOT_YET), network(exact(700_000))],
      exact(700_000),
    ],
    [
      'what is whole stays whole',
      [network({ state: 'text', text: TEXT }), page(hook(-300_000))],
      { state: 'text', text: TEXT },
    ],
  ])('%s', (_, steps, wanted) => {
    const lanes = new Lanes()
    for (const step of steps) step(lanes)
    lanes.settle()
    const [event] = lanes.events
    expect(lanes.events).toHaveLength(1)
    if (!event) return
    expect(lanes.payloadOf(event)).toMatchObject({ request: { body: wanted } })
    const { body } = (lanes.payloadOf(event) as { request: { body: Body } }).request
    expect(body).toEqual(wanted)
    const size = wanted.state === 'cut' ? wanted.bytes : TEXT.length
    expect(event.request).toMatchObject({ bytes: URL_.length + size })
    expect(event.request?.least).toBe(wanted.state === 'cut' ? wanted.least : undefined)
  })
})
