/** What the page has set for the SDK: live, route by route, with what looks left over from the one before. */
import { useEffect } from 'preact/hooks'
import type { OnPage } from '../../utils/messages'
import type { Json } from '../../utils/sdk/event'
import { comparePage, PAGE_GLOBALS, type PageSide, type Part, readPageSide } from '../../utils/sdk/on-page'
import { KeptList } from '../actions/kept'
import { lookOnPage } from '../deeds'
import { clockMs, inline, pathOf, shortCid } from '../format'
import { Icon } from '../icons'
import { Known } from '../parts'
import { holderOf } from '../select'
import { type PanelState, panel, usePanel } from '../store'
import { rich, t } from '../text'

/** The page as it was looked at on one route. */
export interface Look extends Pick<OnPage, 'at' | 'url' | 'kept'> {
  /** Another document has other globals, set by itself. */
  doc: string
  /** null: it could not be asked. */
  side: PageSide | null
}

const LOOKS_KEPT = 12

/** One look more: it takes the place of the last one on the same route. */
export function addLook(looks: readonly Look[], look: Look): readonly Look[] {
  const last = looks.at(-1)
  const again = last && last.doc === look.doc && last.url === look.url
  return [...(again ? looks.slice(0, -1) : looks), look].slice(-LOOKS_KEPT)
}

/** The last look at the route before this one, in the same document. */
export const lookBefore = (looks: readonly Look[]): Look | null => {
  const [before, now] = looks.slice(-2)
  return before && now && before.doc === now.doc && before.side ? before : null
}

async function look(): Promise<void> {
  const told = await lookOnPage()
  if (!told) return
  const { at, url, kept, claim } = told
  const doc = panel.getState().log.page?.place.doc ?? ''
  panel.setState(({ looks }) => ({ looks: addLook(looks, { at, url, doc, kept, side: readPageSide(claim) }) }))
}

/** ms after a route's change at which its page has set what it sets, or is late; and between two looks while events come. */
const AFTER_ROUTE: readonly number[] = [250, 1_500]
const PACE = 1_000

let watching = false
/** Looks whenever the route changes, and with every event while Diagnostics are shown. Goes on as long as the panel is open. */
function watch(): void {
  if (watching) return
  watching = true
  let page = panel.getState().log.page?.id
  let events = panel.getState().log.events
  let due = false
  const lookSoon = (ms: number): void => {
    if (due) return
    due = true
    setTimeout(() => {
      due = false
      // Nobody sees a hidden panel.
      if (!document.hidden) void look()
    }, ms)
  }
  panel.subscribe(({ log, view }) => {
    const moved = log.page?.id !== page
    page = log.page?.id
    if (moved) for (const ms of AFTER_ROUTE) setTimeout(() => lookSoon(0), ms)
    if (view === 'diagnostics' && log.events !== events) lookSoon(PACE)
    events = log.events
  })
}

const LONGEST = 2_000
const text = (value: Json): string => {
  const line = inline(value)
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

function StaleNote({ part, before, now }: { part: Part; before: Look | null; now: string | null }) {
  const { stale, cid } = part
  if (!stale) return null
  const short = (id: string | null) => <code class="nw">{shortCid(id ?? '')}</code>
  const whose = { cid: short(cid) }
  return (
    <p class="c-warn" data-stale={stale}>
      <Icon name="warning" small />{' '}
      {stale === 'route'
        ? t('page-side.stale.route', { url: pathOf(before?.url ?? '') })
        : stale === 'nobody'
          ? rich('page-side.stale.nobody', whose)
          : rich('page-side.stale.other', { ...whose, now: short(now) })}{' '}
      <Known letter="I" />
    </p>
  )
}

const identifiedOf = (state: PanelState): string | null | undefined => {
  const now = holderOf(state)?.now
  return now?.state === 'identified' ? now.cid : now?.state === 'anonymous' ? null : undefined
}

export function OnPageSection() {
  const state = usePanel(all => all)
  useEffect(() => {
    watch()
    void look()
  }, [])
  const { looks } = state
  const last = looks.at(-1)
  if (!last) return <p class="pad t2">{t('diag.asking')}</p>
  const { side, kept, url, at } = last
  const before = lookBefore(looks)
  const identified = identifiedOf(state)
  const parts = side ? comparePage(side.settings, before?.side ?? undefined, identified) : []
  const [portal = '', prop = '', settings = ''] = PAGE_GLOBALS
  const row = (name: string, value: Json | undefined) => (
    <>
      <dt class="m">{name}</dt>
      <dd>{value === undefined ? <span class="t3">—</span> : <span class="m brk">{text(value)}</span>}</dd>
    </>
  )
  return (
    <>
      <p class="pad t2 num" data-field="page-side" data-at={at}>
        {t('page-side.at', { url: pathOf(url), time: clockMs(at) })}{' '}
        {side && (before ? t('page-side.before', { url: pathOf(before.url) }) : t('page-side.first'))}
      </p>
      {!side ? (
        <p class="pad t2">{t('page-side.silent')}</p>
      ) : (
        <dl class="kept">
          {row(portal, side.portal)}
          {row(prop, side.prop)}
          {side.queue !== null && row(t('diag.queue'), side.queue)}
          {parts.length === 0 && row(settings, undefined)}
          {parts.map(part => (
            <>
              <dt key={part.path} data-part={part.path} data-change={part.change ?? ''}>
                <span class="m">{part.path ? `${settings}.${part.path}` : settings}</span>{' '}
                {part.change && <span class="t3">{t(`page-side.${part.change}`)}</span>}
              </dt>
              <dd key={`${part.path} value`}>
                {part.value !== undefined && <span class="m brk">{text(part.value)}</span>}
                <StaleNote part={part} before={before} now={identified ?? null} />
              </dd>
            </>
          ))}
        </dl>
      )}
      <h3 class="pad">{t('page-side.kept')}</h3>
      {kept.length > 0 ? <KeptList kept={kept} /> : <p class="pad t2">{t('page-side.kept.none')}</p>}
    </>
  )
}
