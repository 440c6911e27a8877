import { expect, test } from 'vitest'
import { tell } from '../../utils/identity/story'
import { LogView } from '../log-view'
import { chooseHolder, panel, setFrame } from '../store'
import { frameOf, holderIn, runnable, whyNotHere, whyNotIdentify } from './form'

const SHOP = 'normal|shop.example|561234567'
const PARTNER = 'normal|partner.example|77'
/** A page whose customer is logged in, with a frame of a partner who has the SDK too and knows nobody. */
const STORY = tell(`
  tab 7
  uid A: page load /
  sdk live
  login cid c1
  +1s frame 3 site partner.example portal 77 uid P: page load /chat
  frame 3 site partner.example portal 77: sdk live
  frame 3 site partner.example portal 77 uid P: pageview
`)

/** The panel on that page, with `c2` typed. */
const open = () => {
  const log = new LogView('s:7')
  log.take({ epoch: 0, reset: true, entries: STORY.entries })
  const draft = { ...panel.getInitialState().draft, of: 'typed' as const, text: 'c2' }
  panel.setState({ ...panel.getInitialState(), log, draft, version: 1 }, true)
}
/** Frame, holder, and why it can't be identified. */
const acting = () => {
  const state = panel.getState()
  const frame = frameOf(state)
  const holder = holderIn(state, frame)
  return [frame?.place.frame, holder?.key, whyNotIdentify(state, frame, holder)]
}
const BLOCKED = 'This UID has another CID, and it can’t be changed.'

test('both frames can be acted in', () => {
  open()
  expect(runnable(panel.getState()).map(({ place }) => place.frame)).toEqual([0, 3])
})

test('what is judged is the holder that the call speaks of: the page’s, the chosen holder’s, the chosen frame’s', () => {
  open()
  expect(acting()).toEqual([0, SHOP, BLOCKED])
  chooseHolder(PARTNER)
  expect(acting()).toEqual([3, PARTNER, null])
  setFrame(0)
  expect(acting()).toEqual([0, SHOP, BLOCKED])
  // Another holder was chosen: it is about that one again.
  chooseHolder(PARTNER)
  expect(acting()).toEqual([3, PARTNER, null])
})

test('where the shown holder’s own is wanted, no other frame will do', () => {
  open()
  const state = panel.getState()
  const [top = null, inner = null] = runnable(state)
  const holder = state.log.reduction.holder(PARTNER)
  expect([top, inner, null].map(frame => whyNotHere(frame, holder))).toEqual([
    'No page of partner.example with the SDK is open in this tab.',
    null,
    'No frame of this page has the SDK, so there is nothing to call.',
  ])
  expect(whyNotIdentify(state, top, holder)).toBe('No page of partner.example with the SDK is open in this tab.')
})
