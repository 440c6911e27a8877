import { expect, test } from 'vitest'
import { parseHosts } from './hosts'

test.each([
  ['', [], []],
  ['t.shop.example\n\nT.Shop.example', ['t.shop.example'], []],
  ['https://t.shop.example/event?a=1, 127.0.0.1:8080', ['t.shop.example', '127.0.0.1'], []],
  ['host/path other', ['host', 'other'], []],
  ['exa mple..', ['exa'], ['mple.. name']],
  ['ok.example user@x.example http://', ['ok.example'], ['user@x.example user', 'http:// name']],
  ['ftp://t.example wss://t.example', [], ['ftp://t.example scheme', 'wss://t.example scheme']],
  ['*.shop.example https://*/event', [], ['*.shop.example star', 'https://*/event star']],
  ['t.example/a*b@c', ['t.example'], []],
  ['A.cdp.asia new-region.cdp.asia', ['new-region.cdp.asia'], ['A.cdp.asia known']],
  ['áo.example [::1]:80', ['xn--o-tfa.example', '[::1]'], []],
  ['a:b -x..y', [], ['a:b name', '-x..y name']],
])('%j', (text, valid, faults) => {
  const parsed = parseHosts(text)
  expect(parsed.valid).toEqual(valid)
  expect(parsed.faults.map(({ line, why }) => `${line} ${why}`)).toEqual(faults)
})
