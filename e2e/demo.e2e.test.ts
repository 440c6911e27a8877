/** `npm run demo -- --headless` as a newcomer runs it: the whole visit, and the one line of JSON at its end. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface Told {
  ok: boolean
  uid: string
  cid: string | null
  states: string[]
  events: number
  requests: number
  issues: string[]
  merge: { uids: string[]; candidates: string[]; conflicts: number }
  screenshot: string
}

let folder: string
let played: { status: number | null; stdout: string; stderr: string }
const run = (script: string, ...args: string[]) =>
  spawnSync('npx', ['tsx', script, ...args], { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'identity-lens-demo-'))
  played = run('demo/play.ts', '--headless', '--har', join(folder, 'visit.har'))
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const told = (): Told => JSON.parse(played.stdout.trim().split('\n').at(-1) ?? '') as Told

describe('the demo that plays by itself', () => {
  test('ends with all as it must be', () => {
    expect(played.stderr).toBe('')
    expect(told()).toMatchObject({
      ok: true,
      cid: null,
      states: ['anonymous', 'identified', 'anonymous', 'identified', 'anonymous'],
      merge: { uids: [expect.any(String), expect.any(String)], candidates: [expect.any(String)], conflicts: 3 },
    })
    expect(told().events).toBe(told().requests)
    expect(existsSync(join(ROOT, told().screenshot))).toBe(true)
    expect(played.status).toBe(0)
  })

  test('audit of its HAR tells the same identities and merge', () => {
    const { stdout, status } = run('scripts/audit.mjs', join(folder, 'visit.har'), '--json')
    const { events, identities, issues } = JSON.parse(stdout)
    expect(status).toBe(0)
    expect(events).toHaveLength(told().events)
    expect(identities[0]).toMatchObject({ uid: told().uid, cid: null, state: 'anonymous', site: 'shop.test' })
    expect(identities[0].merge).toMatchObject(told().merge)
    expect(issues.map(({ rule }: { rule: string }) => rule)).toEqual(told().issues)
  })
})
