/** One document, one SDK: of one portal, one region, loaded once, and alive. */
import { isMainScript, isSandbox } from '../../sdk/names'
import { QUEUE, SENT } from '../constants'
import type { Named } from '../documents'
import { said, saidList } from '../said'
import type { Severity } from '../state'
import { about, perEvent, type Report, rule, type Turn, type Weights } from './rule'

/** What is named of a kind besides the first, with the entries that told of it; the newest last. */
const rivals = (all: readonly Named[], kind: Named['kind']): readonly Named[] => {
  const named = all.filter(each => each.kind === kind)
  return named.length > 1 ? named : []
}

export const portalMixed = perEvent('portal-mixed', ['warning', 'warning'], [], ({ seen, named }, hit) => {
  const portals = rivals(named, 'portal')
  const own = portals.findIndex(({ value }) => value === seen.entry.facts.portal)
  // Told by the portal that came second, once for each document.
  if (own < 1 || portals[own]?.event !== seen.entry.id) return
  const names = portals.slice(0, own + 1).map(({ value }) => value)
  hit([...names].sort().join(' '), said('portal-mixed', { portals: saidList(names) }), {
    also: portals.slice(0, own).map(({ event }) => event),
  })
})

export const regionMixed = perEvent('region-mixed', ['warning', null], [], ({ seen, named }, hit) => {
  const regions = rivals(named, 'region')
  if (regions.at(-1)?.event !== seen.entry.id) return
  const names = regions.map(({ value }) => value)
  names.sort()
  hit(names.join(' '), said('region-mixed', { regions: saidList(names) }), {
    also: regions.slice(0, -1).map(({ event }) => event),
  })
})

const TEST_LABEL = /^(?:dev|stg|staging|uat|test|qa|sandbox|preview|demo|beta|local)\d*$/
const PREVIEW =
  /(?:\.(?:local|test|localhost)|^localhost|(?:^|\.)(?:vercel\.app|netlify\.app|ngrok(?:-free)?\.(?:app|dev|io)|pages\.dev))$/

const isTestHost = (host: string): boolean =>
  PREVIEW.test(host) || /^[\d.]+$|^\[/.test(host) || host.split(/[.-]/).some(label => TEST_LABEL.test(label))

export const sandboxOnProduction = perEvent('sandbox-on-production', ['warning', 'info'], [], ({ seen }, hit) => {
  const { request, place, facts } = seen.entry
  if (!request || !isSandbox(request.host)) return
  const host = /^https?:\/\/([^/?#:]+)/i.exec(place.url || (facts.page ?? ''))?.[1]?.toLowerCase() ?? ''
  if (host === '' ? facts.channel === 'app' : !isTestHost(host))
    hit(host, said('sandbox-on-production', { host: host || said('sandbox-on-production.app'), sandbox: request.host }))
})

// ── the script

/**
 * An entry that concerns this holder: the page's SDK may belong to another portal of the same site. An app has no snippet; what a
 * web view in it loads is no fault when the tester says that this is an app.
 */
const concerns = ({ after, document, entry, expected }: Turn): boolean =>
  expected.channel !== 'app' &&
  (entry.kind === 'sdk' || entry.kind === 'event') &&
  (document?.portal ?? null) === after.shown.portal

const TWICE: Weights = ['warning', null]

export const sdkTwice = rule<readonly string[]>({
  ...about('sdk-twice', TWICE),
  start: [],
  step(told, turn, report) {
    const { document, entry } = turn
    if (!document || !concerns(turn)) return told
    const scripts = rivals(document.named, 'script')
    const loaders = rivals(document.named, 'loader')
    const found = loaders.length > 0 ? loaders : scripts
    const now = `${document.doc} ${found.length}`
    if (found.length === 0 || told.includes(now)) return told
    const severity: Severity = loaders.length > 0 ? 'warning' : 'info'
    const ids = saidList(loaders.map(({ value }) => value))
    report({
      key: document.doc,
      severity,
      said: loaders.length > 0 ? said('sdk-twice.ids', { ids }) : said('sdk-twice'),
      subject: found.at(-1)?.event ?? entry.id,
      events: found.map(({ event }) => event),
      at: entry.at,
      again: true,
    })
    return [...told, now].slice(-16)
  },
})

// ── queue-stuck

interface Waiting {
  doc: string
  event: number
  at: number
  /** When it has waited too long. */
  due: number
  calls: number
  /** How the script ended, for the sentence; `absent` while it is under way. */
  script: 'blocked' | 'failed' | 'absent'
  severity: Severity
  /** It was told of this document already: what comes now is only more of the same. */
  told?: boolean
}

const NOTHING: readonly Waiting[] = []
/** What a tab had that was closed is never told to have ended. */
const KEPT = 64

const tellStuck = ({ doc, event, at, calls, script, severity, told }: Waiting, report: Report): void =>
  report({
    key: doc,
    severity,
    said: calls > 0 ? said(`queue-stuck.${script}`, { n: calls }) : said('queue-stuck.old'),
    subject: event,
    events: [event],
    at,
    again: !told,
  })

export const queueStuck = rule<readonly Waiting[]>({
  ...about('queue-stuck', ['error', null]),
  start: NOTHING,
  step(waiting, turn, report) {
    const { entry, ended, document, seen } = turn
    let open = ended.length > 0 ? waiting.filter(({ doc }) => !ended.includes(doc)) : waiting
    if (!document || !concerns(turn)) return open.length === waiting.length ? waiting : open
    const { doc } = entry.place
    if (entry.kind === 'sdk') {
      const told = open.some(each => each.doc === doc && each.told)
      open = open.filter(each => each.doc !== doc)
      const { script, queue, state, id, at } = entry
      if (!script || !isMainScript(script.url) || queue === 0 || (state !== 'queue' && state !== 'blocked')) return open
      const { outcome } = script
      const over = outcome.state === 'blocked' || outcome.state === 'failed'
      const one: Waiting = {
        doc,
        event: id,
        at,
        // Each further call is another entry; the script is waited for since it was asked for.
        due: (script.at ?? at) + QUEUE,
        calls: queue,
        script: outcome.state === 'blocked' || outcome.state === 'failed' ? outcome.state : 'absent',
        // What a tester's own blocker does must not make the release red.
        severity: outcome.state === 'blocked' && outcome.by !== 'csp' ? 'warning' : 'error',
        told,
      }
      if (!over && !told) return [...open, one].slice(-KEPT)
      tellStuck(one, report)
      return [...open, { ...one, told: true }].slice(-KEPT)
    }
    if (seen?.entry.outcome.state === 'queued' && seen.by === 'page' && document.sdk?.state === 'live')
      return [
        ...open,
        { doc, event: entry.id, at: entry.at, due: entry.at + SENT, calls: 0, script: 'absent', severity: 'error' },
      ]
    return open.length === waiting.length ? waiting : open
  },
  due(waiting, late, report) {
    if (waiting.length === 0) return waiting
    const ripe = waiting.filter(each => !each.told && late(each.due))
    if (ripe.length === 0) return waiting
    for (const each of ripe) tellStuck(each, report)
    return waiting.flatMap(each => (!ripe.includes(each) ? each : each.calls > 0 ? { ...each, told: true } : []))
  },
})
