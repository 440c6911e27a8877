import { expect, test } from 'vitest'
import { tell } from '../../utils/identity/story'
import { LogView } from '../log-view'
import { chooseHolder, panel, setFrame } from '../store'
import { frameFor, frameOf, holderIn, runnable, whyNotHere, whyNotIdentify } from './where'

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
  setFrame(0)
  const { log } = panel.getState()
  const partner = log.reduction.holder(PARTNER)
  expect(frameFor(panel.getState(), partner)?.place.frame).toBe(3)
  expect(whyNotHere(panel.getState(), partner)).toBeNull()
  const other = log.reduction.holder(SHOP)
  const stranger = other && { ...other, key: 'normal|shop.example|9', portal: '9' }
  expect(frameFor(panel.getState(), stranger)).toBeNull()
  const sentence = 'No SDK in this tab speaks of shop.example, portal 9.'
  expect(whyNotHere(panel.getState(), stranger)).toBe(sentence)
  expect(whyNotIdentify(panel.getState(), null, stranger)).toBe(sentence)
})

test('without an SDK nothing can be called, whoever is meant', () => {
  open()
  panel.setState({ log: new LogView('s:7') })
  expect(whyNotHere(panel.getState(), null)).toBe('No frame of this page has the SDK, so there is nothing to call.')
  expect(whyNotIdentify(panel.getState(), null, null)).toBe('No SDK on this page')
})
