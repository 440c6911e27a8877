/** How the panel looks and is reached, in the real DevTools: no finding of axe in anything that it shows, and all of it in reach. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { VIEWS } from '../components/store'
import { builtExtension } from '../demo/build'
import { BINH } from '../demo/catalogue'
import { LOOKS } from '../demo/looks'
import { type DemoServer, startServer } from '../demo/server'
import { Shopper } from '../demo/visit'
import { type Chromium, launch } from './drive/chromium'
import type { Panel } from './drive/panel'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const HEIGHT = 860

let server: DemoServer
let chromium: Chromium
let panel: Panel
beforeAll(async () => {
  server = await startServer()
  chromium = await launch({ server, extension: builtExtension('chrome') })
  panel = await chromium.openPanel()
  const shopper = new Shopper(chromium.page, server, 'http://www.looks.test')
  await shopper.open('/?mistake=double-pageview')
  await shopper.logIn(BINH.phone)
  await panel.waitForField('identity-state', 'Identified')
  const arrived = server.received(({ what }) => what === 'event' || what === 'stream_event').length
  await panel.waitForField('event-count', String(arrived))
  await panel.inject(AXE)
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})

/** What axe finds, a line each; what it can't decide by itself isn't counted. `colours`: whether they stand out, and nothing else. */
const findings = (colours: boolean): Promise<string[]> =>
  panel.evaluate(async colours => {
    // Half-way through a change of colours nothing can be said of them.
    document.body.getBoundingClientRect()
    for (const each of document.getAnimations()) each.finish()
    const { axe } = globalThis as unknown as { axe: { run(what: Document, how: RunOptions): Promise<AxeResults> } }
    const only: RunOptions = colours ? { runOnly: ['color-contrast'] } : {}
    const { violations, passes } = await axe.run(document, { resultTypes: ['violations'], ...only })
    if (passes.length === 0) return ['axe looked at nothing']
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, target }) => `${id}: ${target.join(' ')} ${html}`))
  }, colours)

test('asked for less motion, nothing moves: neither when colours change nor under the pointer', async () => {
  const moving = async (): Promise<number> => {
    let most = 0
    for (const theme of ['dark', 'light', 'dark'] as const) {
      await themed(theme)
      most = Math.max(most, await panel.evaluate(() => document.getAnimations().length))
    }
    await panel.hover('[data-action="identify"]')
    return Math.max(most, await panel.evaluate(() => document.getAnimations().length))
  }
  await panel.show('identity')
  await panel.reduceMotion()
  expect(await moving()).toBe(0)
})

async function themed(theme: 'light' | 'dark'): Promise<void> {
  await panel.set({ theme })
  await panel.waitFor(wanted => document.documentElement.dataset.theme === wanted || null, theme)
}

test('axe finds nothing to object to: every view in both themes, and what opens in them in one', async () => {
  const found: string[] = []
  let theme: 'light' | 'dark' = 'dark'
  let width = 1280
  await themed(theme)
  await panel.resize(width, HEIGHT)
  for (const { name, open, close, narrow } of LOOKS) {
    const wanted = narrow ? 360 : 1280
    if (width !== wanted) await panel.resize(wanted, HEIGHT)
    width = wanted
    await open(panel)
    found.push(...(await findings(false)).map(each => `${name}, ${theme}: ${each}`))
    theme = theme === 'dark' ? 'light' : 'dark'
    await themed(theme)
    if ((VIEWS as readonly string[]).includes(name))
      found.push(...(await findings(true)).map(each => `${name}, ${theme}: ${each}`))
    await close?.(panel)
  }
  expect(found).toEqual([])
})

/** Controls of a view that nobody can get at, bars that are longer than the panel is wide, and heads of columns that are cut. */
const outside = (view: string): Promise<string[]> =>
  panel.evaluate(
    wanted =>
      [...document.querySelectorAll<HTMLElement>('button, input, select, textarea, a, .bar, .ph, .foot, .strip')]
        .filter(each => {
          const { left, right, width } = each.getBoundingClientRect()
          // What can be scrolled to, or is there for screen readers alone, is no loss; nor is a link that ends in "…".
          const spared = each.closest('.sr, .over, .scroll, .tl-scroll, .ck-scroll, .el, .steps, svg') !== null
          const cut = each.matches('.bar') && each.scrollWidth > each.clientWidth
          return width > 1 && !spared && (cut || right > innerWidth + 1 || left < -1)
        })
        .concat([...document.querySelectorAll('th')].filter(each => each.scrollWidth > each.clientWidth))
        .map(
          ({ tagName, className, textContent }) => `${wanted}: ${tagName} ${className} ${textContent?.slice(0, 30)}`,
        ),
    view,
  )

test('360 to 1,920 px wide, in both languages: every view has a way to it, and nothing of it is out of reach', async () => {
  const lost: string[] = []
  const widths = { vi: [360, 800, 1000], en: [360, 1000, 1920] }
  for (const language of ['vi', 'en'] as const) {
    await panel.speak(language)
    for (const width of widths[language]) {
      await panel.resize(width, HEIGHT)
      for (const view of VIEWS) {
        await panel.show(view)
        lost.push(...(await outside(`${language} ${width} ${view}`)))
        // Only panes scroll: else a jump within one may take the strip along.
        if (await panel.evaluate(() => (document.scrollingElement?.scrollHeight ?? 0) > innerHeight))
          lost.push(`${language} ${width} ${view}: the document can be scrolled`)
      }
    }
  }
  expect(lost).toEqual([])
})

test('as narrow as Firefox’s sidebar: the strip shows its last cell whole, and the filter what is wrong with it', async () => {
  const cut = (selector: string): Promise<boolean> =>
    panel.evaluate(wanted => {
      const each = document.querySelector<HTMLElement>(wanted)
      return !each || each.scrollWidth > each.clientWidth || each.getBoundingClientRect().right > innerWidth
    }, selector)
  await panel.resize(252, HEIGHT)
  const fault = LOOKS.find(({ name }) => name === 'events-fault')
  await fault?.open(panel)
  expect(await cut('.trio > :last-child')).toBe(false)
  expect(await cut('.q-says')).toBe(false)
  await fault?.close?.(panel)
})
