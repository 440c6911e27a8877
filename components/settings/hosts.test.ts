import { expect, test } from 'vitest'
import { parseHosts } from './hosts'

test.each([
  ['', [], []],
  ['t.shop.example\n\nT.Shop.example', ['t.shop.example'], []],
  ['https://t.shop.example/event?a=1, 127.0.0.1:8080', ['t.shop.example', '127.0.0.1'], []],
  ['host/path other', ['host', 'other'], []],
  ['exa mple..', ['exa'], ['mple..']],
  ['ok.example user@x.example http://', ['ok.example'], ['user@x.example', 'http://']],
])('%j', (text, valid, faults) => expect(parseHosts(text)).toEqual({ valid, faults }))
