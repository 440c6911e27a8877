import { expect, test } from 'vitest'
import type { LogEntry } from '../../utils/identity/entry'
import { tell } from '../../utils/identity/story'
import { EVERYTHING, LogView } from '../log-view'
import { layOut } from './layout'

/** A logout and a reset in one go, the cookies that the SDK changes with it, and the first page after. */
const visit = (logout: string, reset: string) =>
  tell(`uid A: page load /
sdk live
cookie uid seen A
cookie aid seen A
pageview
+1s login cid X
identify cid X
+1s product/view cid X
+5s page load /out
sdk live
${logout}
${reset}
cookie uid removed @c1
cookie aid removed @c2
cookie uid set B @c3
cookie aid set B @c4
uid B: pageview @P
+2s product/view`)

/** All ways to tell cookies, in their order, before, between and after two events. */
const ways = (): number[][] => {
  const found: number[][] = []
  for (let a = 0; a < 3; a++)
    for (let b = a; b < 3; b++) for (let c = b; c < 3; c++) for (let d = c; d < 3; d++) found.push([a, b, c, d])
  return found
}

/** The timeline in words: markers and bands by lane, and where the new UID's curve begins. */
function picture(entries: readonly LogEntry[], now: number): string {
  const log = new LogView('s:1')
  log.take({ epoch: 0, reset: true, entries: [...entries] })
  const [holder] = log.reduction.holders(now)
  if (!holder) throw new Error('no holder')
  const issues = log.reduction.issues(holder.key, now)
  const { markers, bands, links } = layOut({
    width: 1100,
    laneHeight: 66,
    middle: 34,
    radius: 9.5,
    narrow: false,
    now,
    lanes: [...holder.visitors.keys()].map(uid => ({ uid, times: log.part(EVERYTHING).timesOf(holder.key, uid) })),
    moments: holder.moments,
    pauses: [],
    issues: [],
    kept: new Set(issues.filter(({ rule }) => rule === 'logout-keeps-cid').flatMap(({ events }) => events)),
    dayOf: at => Math.floor(at / 86_400_000),
  })
  const at = markers.find(({ kind }) => kind === 'reset')?.x
  return [
    `${holder.now.state} ${holder.now.uid} ${holder.now.cid}`,
    markers.map(({ kind, lane }) => `${kind}@${lane}`).join(' '),
    bands.map(({ kind, lane }) => `${kind}@${lane}`).join(' '),
    links.map(({ from, to, x0 }) => `${from}→${to} ${x0 === at ? 'from the reset' : 'from elsewhere'}`).join(),
    issues.map(({ rule, count }) => `${rule} ${count}`).join(),
  ].join('\n')
}

test.each([
  ['a logout and a reset that names the new UID', 'logout cid X @L', 'reset to B @R'],
  ['a logout without the CID', 'logout @L', 'reset to B @R'],
  ['a reset that names none', 'logout cid X @L', 'reset @R'],
])('%s: the picture doesn’t depend on when the cookies were told', (_, logout, reset) => {
  const { entries, labels } = visit(logout, reset)
  const id = (label: string): number => labels.get(label) ?? -1
  const base = entries.find(entry => entry.id === id('L'))?.at ?? 0
  const pictures = new Map<string, string>()
  for (const slots of ways())
    for (const gap of [1, 3, 400]) {
      const order = ['L', 'R', 'P'].flatMap((event, slot) => [
        ...slots.flatMap((each, n) => (each === slot ? [`c${n + 1}`] : [])),
        event,
      ])
      const times = new Map(order.map((label, n) => [id(label), base + n * gap]))
      const told = entries.map(entry => ({
        ...entry,
        at: times.get(entry.id) ?? entry.at + (entry.id > id('P') ? 9_000 : 0),
      }))
      const seen = picture(told, base + 60_000)
      if (!pictures.has(seen)) pictures.set(seen, `${order.join(' ')}, ${gap} ms apart`)
    }
  expect([...pictures]).toHaveLength(1)
  const [[seen] = ['']] = [...pictures]
  expect(seen).toContain('logout@0 reset@0 uid@1')
  expect(seen).toContain('identified@0 open@0')
  expect(seen).toContain('0→1 from the reset')
})
