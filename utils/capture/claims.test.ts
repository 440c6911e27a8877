import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRecord } from './claims'

test('no line makes it throw, and what it gives has a kind', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map(json => `h${json}`),
        fc.json().map(json => `r${json}`),
      ),
      line => {
        const record = readRecord(line)
        expect(record === null || typeof record.k === 'string').toBe(true)
      },
    ),
  )
})

test('a hook can’t speak for the relay', () => {
  const csp = JSON.stringify({ k: 'csp', at: 1, url: 'https://a/', directive: 'img-src' })
  expect(readRecord(`r${csp}`)).toMatchObject({ k: 'csp' })
  expect(readRecord(`h${csp}`)).toBeNull()
})

test('what is not in the schema is left out', () => {
  expect(readRecord('r{"k":"hide","at":5,"outcome":"done","__proto__":{"x":1}}')).toEqual({ k: 'hide', at: 5 })
})

test.each(['{"k":"hide","at":null}', '{"k":"hide","at":"5"}', '{"k":"hide"}', '{"k":"hide","at":1e999}'])(
  '%s is none',
  json => {
    expect(readRecord(`r${json}`)).toBeNull()
  },
)
