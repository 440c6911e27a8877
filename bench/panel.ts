/** What the panel makes its user wait for, with logs of several lengths; and what it takes up. */
import type { Page } from 'playwright-core'
import type { DemoServer } from '../demo/server'
import type { Session } from '../e2e/drive/cdp'
import type { Chromium } from '../e2e/drive/chromium'
import { expression, type Panel, untilTrue } from '../e2e/drive/panel'
import type { Hello, PanelAsk } from '../utils/messages'
import { SETTINGS_KEY } from '../utils/settings'
import { inside } from './inside'
import { fillLeast, leastSubject } from './least'
import { readerOf } from './reader'
import { type Growth, type Measure, measure, within } from './result'
import { rowShown } from './row'
import { exponent, median, percentile } from './stats'
import { ourSubject, start } from './subjects'
import { trackedUrl } from './tracked'

/** p95 of "request started → row visible" that each length of the log allows, ms. */
const ROW_BUDGET: Record<number, number> = { 10: 40, 10_000: 50, 100_000: 60 }
/**
 * What the least panel, and the least list in the place of ours, take of a quiet machine, ms. A row: of three quiet stretches (19.7 to 20.3); an
 * opening: of one; keys: the most that they took where ours still took less than it may, so that only a slower machine than that gives more.
 */
const USUAL = { row: 20, firstRows: 137, whole: 163, keys: 42 }
const PATIENCE_MS = 120_000

interface Level {
  row: number
  /** The same while older events are being read. */
  early: number
  firstRows: number
  whole: number
  task: number
  result: number
  /** What the least panel took, by turns with ours. */
  least: Record<keyof typeof USUAL, number>
  /** Of the longest logs: as a tab of its own. */
  tab: Marks | null
}

const ask = <T>(page: Page, fn: (...args: never[]) => unknown, ...args: (string | number)[]): Promise<T> =>
  page.evaluate<T>(expression(fn, args))

/** In the page that tracks: sends, and says when. */
function sendNow(url: string): number {
  const at = performance.timeOrigin + performance.now()
  navigator.sendBeacon(url)
  return at
}

/** In a page of the extension: by what key the worker knows a tab. */
async function keyOf(tab: number): Promise<string> {
  const { chrome } = globalThis as unknown as { chrome: { runtime: { sendMessage(ask: PanelAsk): Promise<Hello> } } }
  return (await chrome.runtime.sendMessage({ kind: 'hello', tab })).tab
}

/** Where a request is sent, and where its row is to appear. */
interface Shown {
  panel: Panel
  page: Page
}

/** ms from each of so many requests to its row; of several by turns. */
async function rowTimes(shown: readonly Shown[], tries: number, tag: string): Promise<number[][]> {
  const times = shown.map((): number[] => [])
  for (let n = 0; n < tries; n++)
    for (const [index, { panel, page }] of shown.entries()) {
      const name = `row-${tag}-${n}`
      const row = panel.evaluate(rowShown, name)
      const at = await ask<number>(page, sendNow, trackedUrl(name))
      times[index]?.push((await row) - at)
      // Not in step with anything of ours.
      await new Promise(done => setTimeout(done, 40 + ((n * 37) % 90)))
    }
  return times
}

/** A session with the panel in DevTools. */
async function panelSession(chromium: Chromium): Promise<Session> {
  const isPanel = ({ url, type }: { url: string; type: string }): boolean =>
    url.includes('/panel.html') && type !== 'page'
  const { targetId } = await chromium.cdp.target(isPanel, 'the panel', PATIENCE_MS)
  return chromium.cdp.attach(targetId)
}

/** In the panel: the older events are read too. */
function isReady(): true | null {
  const told = document.querySelector('[data-field="counts"]')?.textContent ?? 'reading'
  return told.includes('reading') ? null : true
}

/** In the panel, from its first line on: when the first row stood there, and when all was counted and the identity known. */
const OPENING = (events: number): string => `(() => {
  const marks = (window.benchMarks = {})
  const look = () => {
    const field = name => document.querySelector('[data-field="' + name + '"]')?.textContent?.trim() ?? ''
    if (!marks.rows && document.querySelectorAll('[data-event]').length >= ${Math.min(20, events)}) requestAnimationFrame(() => { marks.rows ??= performance.now() })
    if (!marks.whole && Number(field('event-count')) >= ${events} && /^\\d+$/.test(field('uid'))) requestAnimationFrame(() => { marks.whole ??= performance.now() })
    if (!marks.rows || !marks.whole) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})()`

/** ms from the navigation on. */
interface Marks {
  rows: number
  whole: number
}

/** In the panel: those marks, once both are there. */
function openingMarks(): Marks | null {
  const { benchMarks } = window as { benchMarks?: Partial<Marks> }
  const { rows, whole } = benchMarks ?? {}
  return rows && whole ? { rows, whole } : null
}

/** What was closed just before is put away first, and the worker has done what was left to do. */
const settled = (): Promise<void> => new Promise(done => setTimeout(done, 1_500))

const marksOf = async (evaluate: (expression: string) => Promise<Marks | null>): Promise<Marks> => {
  const marks = await evaluate(untilTrue(openingMarks, [], PATIENCE_MS))
  if (!marks) throw new Error(`the panel did not open within ${PATIENCE_MS} ms`)
  return marks
}

/** The page of a panel within DevTools, to be loaded there again and again. */
async function opener(chromium: Chromium, events: number): Promise<() => Promise<Marks>> {
  const session = await panelSession(chromium)
  await session.send('Page.enable')
  await session.send('Page.addScriptToEvaluateOnNewDocument', { source: OPENING(events) })
  let loads = 0
  return async () => {
    await settled()
    loads += 1
    const loaded = new Promise<void>((done, failed) => {
      const late = setTimeout(() => failed(new Error(`the panel did not load within ${PATIENCE_MS} ms`)), PATIENCE_MS)
      const end = session.on('Page.loadEventFired', () => {
        clearTimeout(late)
        end()
        done()
      })
    })
    // Another address, or it would only go to that part of the same page.
    await session.evaluate(`location.replace('/panel.html?load=${loads}#events')`)
    await loaded
    return marksOf(expression => session.evaluate(expression))
  }
}

/** The same as a tab of its own, where the browser has a tab and a process to make beside. */
async function tabMarks(chromium: Chromium, address: string, events: number): Promise<Marks> {
  await settled()
  const tab = await chromium.context.newPage()
  await tab.addInitScript(OPENING(events))
  await tab.goto(address)
  const marks = await marksOf(expression => tab.evaluate<Marks | null>(expression))
  await tab.close()
  return marks
}

const medians = (marks: readonly Marks[]): Marks => ({
  rows: median(marks.map(({ rows }) => rows)),
  whole: median(marks.map(({ whole }) => whole)),
})

/** In the panel: writes a filter letter by letter; ms of the longest task, and from the last letter to the list that fits. */
async function typeFilter(text: string): Promise<{ task: number; result: number }> {
  const field = document.querySelector<HTMLInputElement>('#view input[type="search"], #view [role="combobox"]')
  if (!field) throw new Error('no field for the filter')
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
  const tasks: number[] = []
  const observer = new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) tasks.push(duration)
  })
  observer.observe({ type: 'longtask' })
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))
  let at = 0
  let longest = 0
  for (let n = 1; n <= text.length; n++) {
    at = performance.now()
    set?.call(field, text.slice(0, n))
    field.dispatchEvent(new InputEvent('input', { bubbles: true }))
    await frame()
    longest = Math.max(longest, performance.now() - at)
    if (n < text.length) await new Promise(done => setTimeout(done, 80))
  }
  const word = text.split(':').pop() ?? ''
  const fits = () => {
    const rows = [...document.querySelectorAll('[data-event]')]
    return rows.length > 0 && rows.every(row => row.textContent?.includes(word))
  }
  while (!fits()) {
    if (performance.now() - at > 30_000) throw new Error('the list never came to fit the filter')
    await frame()
  }
  const result = performance.now() - at
  await new Promise(done => setTimeout(done, 300))
  observer.disconnect()
  set?.call(field, '')
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
  await frame()
  // The observer knows tasks from 50 ms on; below that the longest is at most what a letter took to its frame.
  return { task: tasks.length > 0 ? Math.max(...tasks) : Math.min(50, longest), result }
}

/** In the panel: goes up through the rows, or the least ones, for so long; ms between its frames. */
async function scrollFrames(ms: number, rows: string): Promise<number[]> {
  let scroller = document.querySelector(rows)?.parentElement ?? null
  while (scroller && getComputedStyle(scroller).overflowY !== 'auto') scroller = scroller.parentElement
  if (!scroller) throw new Error('nothing to scroll')
  const frames: number[] = []
  const top = scroller.scrollTop
  let before = await new Promise<number>(requestAnimationFrame)
  const until = before + ms
  while (before < until) {
    scroller.scrollTop -= 180
    const now = await new Promise<number>(requestAnimationFrame)
    frames.push(now - before)
    before = now
  }
  // What stands still is always smooth, and so is what draws nothing.
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
  const { bottom, height } = scroller.getBoundingClientRect()
  const inView = [...document.querySelectorAll(rows)].filter(row => {
    const box = row.getBoundingClientRect()
    return box.top < bottom && box.bottom > bottom - height
  })
  if (inView.length < Math.floor(height / 22) - 3) throw new Error(`${inView.length} ${rows} in ${height} px`)
  if (Math.abs(top - scroller.scrollTop - 180 * frames.length) > 1)
    throw new Error(`${rows} moved from ${top} to ${scroller.scrollTop}`)
  return frames
}

/**
 * In the panel: puts the least that a list of rows can be over it: as many rows of plain text, moved and written anew as they come into
 * view, and nothing else. What that misses the machine misses.
 */
function showLeastRows(rows: number): void {
  const height = 22
  const frame = document.createElement('div')
  frame.id = 'least-rows'
  frame.style.cssText = 'position:fixed;inset:0;overflow:auto;background:canvas;z-index:9'
  const all = frame.appendChild(document.createElement('div'))
  all.style.cssText = `position:relative;height:${rows * height}px`
  document.body.append(frame)
  const slots = Array.from({ length: Math.ceil(frame.clientHeight / height) + 16 }, () => {
    const row = all.appendChild(document.createElement('div'))
    row.style.cssText =
      'position:absolute;left:0;right:0;display:grid;grid-template-columns:repeat(8,1fr);height:22px;contain:strict'
    for (let n = 0; n < 8; n++) row.append(document.createElement('span'))
    return row
  })
  const draw = () => {
    const first = Math.max(0, Math.floor(frame.scrollTop / height) - 8)
    for (let index = first; index < first + slots.length; index++) {
      const row = slots[index % slots.length] as HTMLElement
      if (row.dataset.index === String(index)) continue
      row.dataset.index = String(index)
      row.style.top = `${index * height}px`
      for (const [n, cell] of [...row.children].entries()) cell.textContent = `${index} in column ${n}`
    }
  }
  frame.addEventListener('scroll', draw)
  frame.scrollTop = rows * height
  draw()
}

/** In the panel, with the least list over it: writes all its rows anew as often as a filter has letters; ms of the longest to its frame. */
async function writeLeastRows(times: number): Promise<number> {
  const list = document.getElementById('least-rows')
  if (!list) throw new Error('no least list')
  let longest = 0
  for (let n = 0; n < times; n++) {
    const at = performance.now()
    list.scrollTop -= list.clientHeight + 20 * 22
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)))
    longest = Math.max(longest, performance.now() - at)
    await new Promise(done => setTimeout(done, 80))
  }
  return longest
}

const hideLeastRows = (panel: Panel): Promise<void> =>
  panel.evaluate(() => document.getElementById('least-rows')?.remove())

/** The least panel, open in DevTools, with a log as long as ours: what it takes, this machine takes for any. */
interface Least {
  chromium: Chromium
  panel: Panel
  open: () => Promise<Marks>
}

async function leastPanel(server: DemoServer, events: number): Promise<Least> {
  const chromium = await start(leastSubject(), server)
  const { page } = chromium
  await page.goto('http://shop.test/plain')
  const reader = await readerOf(chromium)
  await ask(reader, fillLeast, events, trackedUrl('long'))
  await reader.close()
  const panel = await chromium.openPanel(page)
  return { chromium, panel, open: await opener(chromium, events) }
}

export interface PanelRounds {
  /** Lengths of the log, ascending. */
  sizes: readonly number[]
  tries: number
  opens: number
  /** How often the list is scrolled, and for how many ms each time. */
  scrolls: { rounds: number; ms: number }
}

/** What a log of this length costs its user, in a browser of its own: nothing of another length is in its way, and it is in the order of time. */
async function atLength(
  server: DemoServer,
  size: number,
  { tries, opens, scrolls }: Omit<PanelRounds, 'sizes'>,
  isLarge: boolean,
): Promise<{ level: Level; measures: Measure[] }> {
  const chromium = await start(ourSubject(), server)
  try {
    const { page } = chromium
    // What is filled in was before the page, which is told of with its first event only.
    const until = Date.now()
    await page.goto('http://shop.test/plain')
    const reader = await readerOf(chromium)
    await reader.evaluate(
      `chrome.storage.local.set({ ${JSON.stringify(SETTINGS_KEY)}: { retention: { events: 1000000, days: 365 } } })`,
    )
    const tab = await chromium.tabId(page, reader)
    // It must sleep while the log is filled: so it is asked, not sent an event, whose end would wake it.
    const key = await ask<string>(reader, keyOf, tab)
    await chromium.stopWorker()
    await inside(reader, 'fill', size, key, until)
    // It shares the panel's process, with all that filled the log.
    await reader.close()
    const panel = await chromium.openPanel(page)
    await panel.show('events')
    await panel.waitFor(
      least => Number(document.querySelector('[data-field="event-count"]')?.textContent) >= least || null,
      Math.floor(size * 0.9),
    )
    // What comes while the older events are still being read, and what comes to a panel that has them all.
    const [early = []] = await rowTimes([{ panel, page }], Math.ceil(tries / 5), `${size}-early`)
    await panel.waitFor(isReady)
    const least = await leastPanel(server, size)
    try {
      const theirs = { panel: least.panel, page: least.chromium.page }
      const [times = [], leastTimes = []] = await rowTimes([{ panel, page }, theirs], tries, String(size))
      const typed: { task: number; result: number; least: number }[] = []
      const text = 'ea:click_3'
      // In a short log nothing fits.
      for (let n = 0; n < opens && size >= 1_000; n++) {
        const keys = await panel.evaluate(typeFilter, text)
        await panel.evaluate(showLeastRows, 100_000)
        typed.push({ ...keys, least: await panel.evaluate(writeLeastRows, text.length) })
        await hideLeastRows(panel)
      }
      const measures = isLarge ? await scrollingAndMemory(chromium, panel, size, scrolls) : []
      const open = await opener(chromium, Math.floor(size * 0.9))
      const marks: Marks[] = []
      const leastMarks: Marks[] = []
      for (let n = 0; n < opens; n++) {
        marks.push(await open())
        leastMarks.push(await least.open())
      }
      const tabs: Marks[] = []
      if (isLarge) {
        // A user opens one panel: another one would take half of the processor.
        await chromium.closeDevTools(page)
        const address = `chrome-extension://${chromium.extensionId}/panel.html?tab=${tab}#events`
        for (let n = 0; n < opens; n++) tabs.push(await tabMarks(chromium, address, Math.floor(size * 0.9)))
      }
      const [whenOpen, leastOpen] = [medians(marks), medians(leastMarks)]
      const level: Level = {
        row: percentile(times, 0.95),
        early: percentile(early, 0.95),
        firstRows: whenOpen.rows,
        whole: whenOpen.whole,
        task: median(typed.map(({ task }) => task)),
        result: median(typed.map(({ result }) => result)),
        least: {
          row: percentile(leastTimes, 0.95),
          firstRows: leastOpen.rows,
          whole: leastOpen.whole,
          keys: median(typed.map(({ least }) => least)),
        },
        tab: tabs.length > 0 ? medians(tabs) : null,
      }
      return { level, measures }
    } finally {
      await least.chromium.close()
    }
  } finally {
    await chromium.close()
  }
}

export async function panelCost(
  server: DemoServer,
  rounds: PanelRounds,
): Promise<{ measures: Measure[]; growth: Growth[] }> {
  const { sizes, tries } = rounds
  const levels: Record<number, Level> = {}
  const measures: Measure[] = []
  const largest = Math.max(...sizes)
  const big = sizes.includes(100_000) ? 100_000 : largest
  for (const size of sizes) {
    const found = await atLength(server, size, rounds, size === big)
    levels[size] = found.level
    measures.push(...found.measures)
  }
  const at = (size: number): Level => levels[size] as Level
  const plain =
    'plain records as rows of plain text, in an extension that does nothing else: what this machine takes for any'
  for (const [size, most] of Object.entries(ROW_BUDGET)) {
    const level = levels[Number(size)]
    if (!level) continue
    const of = `log of ${Number(size).toLocaleString('en')}`
    measures.push(
      measure({
        name: `request started → row visible, ${of}`,
        unit: 'ms',
        about: `95 % of ${tries} beacons, in the open panel in DevTools, by turns with the least panel`,
        values: [level.row],
        baseline: [level.least.row],
        limit: within(most, level.least.row, USUAL.row),
      }),
    )
  }
  const of = `log of ${big.toLocaleString('en')}`
  const { early, firstRows, whole, task, result, least, tab } = at(big)
  measures.push(
    measure({
      name: `request started → row visible, ${of}, older events still being read`,
      unit: 'ms',
      about: '95 % of the first tries after the panel opened',
      values: [early],
    }),
    measure({
      name: `panel open → first rows, ${of}`,
      unit: 'ms',
      about: `loaded again and again in DevTools, from the navigation on, by turns with the least panel (${plain})`,
      values: [firstRows],
      baseline: [least.firstRows],
      limit: within(250, least.firstRows, USUAL.firstRows),
    }),
    measure({
      name: `panel open → all counted, identity right, ${of}`,
      unit: 'ms',
      about: 'the same',
      values: [whole],
      baseline: [least.whole],
      limit: within(600, least.whole, USUAL.whole),
    }),
    ...(tab
      ? [
          measure({
            name: `a tab of its own → first rows, ${of}`,
            unit: 'ms',
            about: 'the browser has a tab and a process to make beside',
            values: [tab.rows],
          }),
          measure({
            name: `a tab of its own → all counted, ${of}`,
            unit: 'ms',
            about: 'the same',
            values: [tab.whole],
          }),
        ]
      : []),
    measure({
      name: `keystroke in the filter: longest task, ${of}`,
      unit: 'ms',
      about: 'of the panel’s main thread, by turns with as many rows of plain text written anew',
      values: [task],
      baseline: [least.keys],
      limit: within(50, least.keys, USUAL.keys),
    }),
    measure({
      name: `keystroke in the filter: result, ${of}`,
      unit: 'ms',
      about: 'until only fitting rows stand there',
      values: [result],
      limit: { most: 150 },
    }),
  )
  const named: [Exclude<keyof Level, 'least' | 'tab'>, string][] = [
    ['row', 'request started → row visible'],
    ['early', 'request started → row visible, older events still being read'],
    ['firstRows', 'panel open → first rows'],
    ['whole', 'panel open → all counted, identity right'],
    ['task', 'keystroke in the filter: longest task'],
    ['result', 'keystroke in the filter: result'],
  ]
  const growth = named.map(([key, name]): Growth => {
    const values = Object.fromEntries(
      sizes.filter(size => Number.isFinite(at(size)[key])).map(size => [size, at(size)[key]]),
    )
    const points = sizes.filter(size => size >= 1_000).map(size => [size, at(size)[key]] as const)
    return { name, unit: 'ms', values, exponent: points.length > 1 ? exponent(points) : 0 }
  })
  return { measures, growth }
}

/** Scrolling, nodes and memory, with a log of this length. */
async function scrollingAndMemory(
  chromium: Chromium,
  panel: Panel,
  size: number,
  { rounds, ms }: PanelRounds['scrolls'],
): Promise<Measure[]> {
  const of = `${size.toLocaleString('en')} events`
  const session = await panelSession(chromium)
  // First: what loading and searching left is taken away when a panel rests, and isn't what scrolling costs.
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send<{ usedSize: number }>('Runtime.getHeapUsage')
  const nodes = await panel.count('*')
  await session.detach()
  const floors: number[][] = []
  const scrolls: number[][] = []
  for (let round = 0; round < rounds; round++) {
    await panel.evaluate(showLeastRows, 100_000)
    floors.push(await panel.evaluate(scrollFrames, ms, '#least-rows [data-index]'))
    await hideLeastRows(panel)
    scrolls.push(await panel.evaluate(scrollFrames, ms, '[data-event]'))
  }
  const longest = (frames: number[][]): number[] => frames.map(each => Math.max(...each))
  const smooth = (frames: number[][]): number[] =>
    frames.map(each => (each.filter(took => took <= 16.7 + 0.5).length / each.length) * 100)
  return [
    measure({
      name: `scrolling: longest frame, ${of}`,
      unit: 'ms',
      about: `in ${ms / 1_000} s, ${rounds} times by turns with the least list, in a panel at rest; 33 ms, or a fifth more than the least list`,
      values: longest(scrolls),
      limit: within(33.5, median(longest(floors))),
    }),
    measure({
      name: `scrolling: frames within 16.7 ms, ${of}`,
      unit: '%',
      about: 'half a millisecond is the clock’s; 99 %, or a fifth more late ones than in the least list',
      values: smooth(scrolls),
      limit: { least: Number(Math.min(99, 100 - 1.2 * (100 - median(smooth(floors)))).toFixed(1)) },
    }),
    measure({
      name: 'scrolling: longest frame, the least list',
      unit: 'ms',
      about: 'as many rows of plain text in the panel’s place, and no other code',
      values: longest(floors),
    }),
    measure({
      name: 'scrolling: frames within 16.7 ms, the least list',
      unit: '%',
      about: 'what this machine gives to any list',
      values: smooth(floors),
    }),
    measure({
      name: `DOM nodes of the panel, ${of}`,
      unit: 'count',
      about: 'elements',
      values: [nodes],
      limit: { most: 2_500 },
    }),
    measure({
      name: `heap of the panel, ${of}`,
      unit: 'MB',
      about: 'after a garbage collection',
      values: [usedSize / 1_000_000],
      limit: { most: 60 },
    }),
  ]
}
