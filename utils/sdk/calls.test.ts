import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatCall, identifyCalls, removeCalls } from './calls'
import { decodeCall } from './decode'
import type { Attributes, Json, PageCall } from './event'

const CID = '8e30bbc8961e056622c6231742c03ae9'

/** Runs the code as a console would; the calls that the page would see. */
const run = (code: string): PageCall[] => {
  const calls: PageCall[] = []
  const spy = (path: string): unknown =>
    new Proxy(() => {}, {
      get: (_, name) => spy(path === '' ? String(name) : `${path}.${String(name)}`),
      apply: (_, __, args) => calls.push({ api: path, args: args as Json[] }),
    })
  new Function('window', code)(spy(''))
  return calls
}

test('identify on the web, as the panel shows it', () => {
  const attributes: Attributes = [
    ['name', 'Nguyễn Thị An'],
    ['birthday', '1994-03-08 00:00:00'],
    ['city', 'Hà Nội'],
    ['email_opt_in', true],
  ]
  const [call, ...more] = identifyCalls('web', CID, attributes)
  expect(more).toEqual([])
  expect(call?.known).toBe('D')
  expect(call && formatCall(call)).toBe(
    `window.web_event.track("user", "identify", {
  dims: { customers: { customer_id: "${CID}", name: "Nguyễn Thị An",
    birthday: "1994-03-08 00:00:00", city: "Hà Nội", email_opt_in: true } },
  extra: { identify_event: "identify", identify_id: "${CID}" }
})`,
  )
})

test('removal on the web: sign out, then reset, either alone', () => {
  const codes = (signOut: boolean, reset: boolean) => removeCalls('web_event', { signOut, reset }).map(formatCall)
  const signOut = 'window.web_event.track("user", "sign_out")'
  const reset = 'window.web_event.track("user", "reset_anonymous_id")'
  expect(codes(true, true)).toEqual([signOut, reset])
  expect(codes(true, false)).toEqual([signOut])
  expect(codes(false, true)).toEqual([reset])
  expect(codes(false, false)).toEqual([])
  expect(removeCalls('web', { signOut: true, reset: true }).map(({ known }) => known)).toEqual(['?', 'D'])
})

test('an app bridge has its own calls', () => {
  expect(identifyCalls('AntsomiBridge', '8e30', [['name', 'An']]).map(formatCall)).toEqual([
    'window.AntsomiBridge.setCustomerProps({ customer_id: "8e30", name: "An" })',
  ])
  expect(removeCalls('AntsomiBridge', { signOut: false, reset: false }).map(formatCall)).toEqual([
    'window.AntsomiBridge.removeCustomer()',
  ])
})

test('a customer_id among the attributes gives way', () => {
  for (const api of ['web', 'AntsomiBridge']) {
    const [call] = identifyCalls(api, CID, [
      ['customer_id', 'other'],
      ['a', 1],
    ])
    expect(call && decodeCall({ api: call.api, args: JSON.stringify(call.args) })?.facts).toMatchObject({
      kind: 'identify',
      cid: CID,
      customers: [['a', 1]],
    })
  }
})

test('what is shown is what runs: the code makes exactly the call', { timeout: 60_000 }, () => {
  const value = fc.jsonValue()
  const code = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a-b', 'class', 'tên', '1', ''))
  fc.assert(
    fc.property(
      fc.constantFrom('web', 'AntsomiBridge'),
      fc.string(),
      fc.array(fc.tuple(code, value)),
      (api, cid, attributes) => {
        for (const call of identifyCalls(api, cid, attributes as Attributes)) {
          const [ran, ...more] = run(formatCall(call))
          expect(more).toEqual([])
          expect(ran?.api).toBe(call.api)
          expect(JSON.stringify(ran?.args)).toBe(JSON.stringify(call.args))
        }
      },
    ),
  )
})

test('lines stay within 96 columns where values allow it', () => {
  const many: Attributes = Array.from({ length: 40 }, (_, i) => [`attribute_${i}`, `value ${i}, with a comma`])
  for (const call of [...identifyCalls('web', CID, many), ...identifyCalls('AntsomiBridge', CID, many)])
    for (const line of formatCall(call).split('\n')) expect(line.length).toBeLessThanOrEqual(96)
})
