import { expect, test } from 'vitest'
import type { Place } from '../identity/entry'
import { plainPath, UnrecognisedRequests } from './unrecognised'

test.each([
  ['/event', '/event'],
  ['/api/v1/stream_event', '/api/v1/stream_event'],
  ['/users/8801/event', '/users/…/event'],
  ['/u/7865000000000000712/event', '/u/…/event'],
  ['/u/an@shop.example/event', '/u/…/event'],
  ['/u/%C3%A1o/event', '/u/…/event'],
  ['/u/deadbeef-cafe/event', '/u/…/event'],
  ['/u/a1b2c3/event', '/u/…/event'],
  ['/u/a-segment-that-nobody-would-call-a-name/event', '/u/…/event'],
  ['/a/b/c/d/e/f/g/event', '/a/…/g/event'],
])('%s → %s', (path, plain) => {
  expect(plainPath(path)).toBe(plain)
})

test('service workers are told apart by their sites, though all of them are of one tab, which is none', () => {
  const requests = new UnrecognisedRequests()
  const worker = (site: string): Place => ({ tab: 's:-1', frame: -1, doc: '', site, partition: 'normal', url: '' })
  for (const site of ['shop.vn', 'other.vn', 'shop.vn'])
    requests.note(worker(site), 'https://collect.example/event', { state: 'none' }, false, 1)
  expect(requests.of('s:1', 'normal|shop.vn').map(({ count }) => count)).toEqual([2])
  expect(requests.of('s:1', 'normal|other.vn').map(({ count }) => count)).toEqual([1])
})

test('the quietest goes when there are too many', () => {
  const requests = new UnrecognisedRequests()
  const place: Place = { tab: 's:1', frame: 0, doc: 'd', site: 'shop.vn', partition: 'normal', url: '' }
  for (let i = 0; i < 61; i++) {
    requests.note(place, `https://h${i}.example/event`, { state: 'none' }, false, i)
    requests.note(place, 'https://h0.example/event', { state: 'none' }, false, i)
  }
  const hosts = requests.all.map(({ host }) => host)
  expect(hosts).toHaveLength(60)
  expect(hosts).toContain('h0.example')
  expect(hosts).not.toContain('h1.example')
  requests.note(place, 'no url', { state: 'none' }, false, 1)
  expect(requests.all).toHaveLength(60)
})
