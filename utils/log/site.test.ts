import { expect, test } from 'vitest'
import { siteOf } from './site'

test.each([
  ['https://www.shop.example.com/a?b#c', 'example.com'],
  ['HTTPS://WWW.EXAMPLE.COM./', 'example.com'],
  ['https://user:secret@m.cua-hang.com.vn:8443/x', 'cua-hang.com.vn'],
  ['https://ví-dụ.vn/', 'xn--v-d-rma6749a.vn'],
  ['https://an.github.io/', 'an.github.io'],
  ['https://github.io/', 'github.io'],
  ['http://shop.test/', 'shop.test'],
  ['http://127.0.0.1:8080/', '127.0.0.1'],
  ['http://[::1]:3000/', '[::1]'],
  ['http://localhost:3000/', 'localhost'],
  ['http://intranet/', 'intranet'],
  ['about:blank', ''],
  ['file:///home/an/shop.html', ''],
  ['data:text/html,x', ''],
  ['http://', ''],
  ['not a url', ''],
  ['', ''],
])('%s belongs to %j', (url, site) => expect(siteOf(url)).toBe(site))
