/** Where an action runs, whose identity it speaks of, and why it can't. Pure, over the state. */
import { readHolderKey, type SdkEntry } from '../../utils/identity/entry'
import { merge } from '../../utils/identity/merge'
import type { HolderState } from '../../utils/identity/state'
import { framesOf } from '../page'
import { holderOf } from '../select'
import type { PanelState } from '../store'
import { t } from '../text'
import { attributesOf, cidOf } from './draft'

/** Frames of the page that an action can run in. */
export const runnable = (state: PanelState): SdkEntry[] =>
  framesOf(state).filter(({ api, state }) => api !== null && (state === 'live' || state === 'queue'))

/** Is it that holder's visitor whom calls in this frame speak of? */
export function speaksOf({ place, portal }: SdkEntry, { key }: HolderState): boolean {
  const holder = readHolderKey(key)
  const same = holder.site === place.site && holder.partition === place.partition
  return same && (portal === null || holder.portal === portal)
}

const chosenOf = ({ frame }: PanelState, frames: readonly SdkEntry[]): SdkEntry | undefined =>
  frames.find(each => each.place.frame === frame)

/** Where calls that speak of this holder run: in the frame that the user chose, if it is one of them, else in the first; null: in none. */
export function frameFor(state: PanelState, holder: HolderState | null): SdkEntry | null {
  const frames = runnable(state).filter(each => !holder || speaksOf(each, holder))
  return chosenOf(state, frames) ?? frames[0] ?? null
}

/** Where actions run: in the frame that the user chose, else in one that speaks of the holder that is shown, else in the first. */
export const frameOf = (state: PanelState): SdkEntry | null => {
  const frames = runnable(state)
  return chosenOf(state, frames) ?? frameFor(state, holderOf(state)) ?? frames[0] ?? null
}

/** The holder that calls in this frame speak of; null: nothing is known of it yet. Without a frame: the one that is shown. */
export const holderIn = (state: PanelState, frame: SdkEntry | null): HolderState | null => {
  const shown = holderOf(state)
  if (!frame || (shown && speaksOf(frame, shown))) return shown
  return state.log.reduction.holders(state.now).find(each => speaksOf(frame, each)) ?? null
}

/** Why nothing can run here that speaks of the holder; null: it can. */
export function whyNotHere(state: PanelState, holder: HolderState | null): string | null {
  if (frameFor(state, holder)) return null
  const { site, portal } = holder ?? {}
  return site && runnable(state).length > 0 ? t('run.elsewhere', { site, portal: portal ?? '—' }) : t('run.no-sdk.why')
}

/** Why the holder can't be identified there; null: it can, once the tick is set. */
export function whyNotIdentify(state: PanelState, frame: SdkEntry | null, holder: HolderState | null): string | null {
  const { draft, log, policy } = state
  if (state.colleague) return t('log.no-page')
  if (!frame) return runnable(state).length > 0 ? whyNotHere(state, holder) : t('run.no-sdk')
  const cid = cidOf(draft)
  if (cid === '') return t('run.no-cid')
  if (attributesOf(draft).errors.size > 0) return t('run.errors')
  const blocked = holder && merge(holder, cid, { policy, others: log.reduction.holders() }).blockedBy
  return blocked ? t('run.blocked') : null
}
