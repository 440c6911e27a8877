import { expect, test } from 'vitest'
import type { EventEntry } from '../../utils/identity/entry'
import { story } from '../fixtures/story'
import { complete } from './complete'
import { spotAt } from './query'

const events = story().entries.filter((entry): entry is EventEntry => entry.kind === 'event')
const labels = (text: string) => complete(spotAt(text, text.length), events).map(({ label }) => label)

test.each([
  ['tr', ['transport:']],
  ['view -a', ['aid:', 'attr.name:']],
  ['ea:sign', ['sign_in', 'sign_out']],
  ['has:is', ['issue']],
  ['rule:logout-k', ['logout-keeps-cid']],
  ['attr.name:', ['Nguyễn Thị An']],
  ['id:', []],
  ['ec:user', []],
])('after %s', (text, wanted) => expect(labels(text)).toEqual(expect.arrayContaining(wanted)))

test('only what fits is offered, most frequent first', () => {
  expect(labels('ec:').slice(0, 2)).toEqual(expect.arrayContaining(['product']))
  expect(labels('zzz')).toEqual([])
  expect(complete(spotAt('ea:sign_i', 9), events)[0]).toMatchObject({ insert: 'sign_in ' })
  expect(complete(spotAt('attr.name:', 10), events)[0]).toMatchObject({ insert: '"Nguyễn Thị An" ' })
})
