import { describe, expect, test } from 'vitest'
import { type CheckResult, check } from './check'
import { NOTHING_EXPECTED } from './check-expected'
import {
  isBroken,
  type ReportContext,
  readSummary,
  type Summary,
  summaryOf,
  toHtml,
  toJUnit,
  toMarkdown,
} from './check-report'
import WORDS from './check-words.en.json'
import { EMPTY, Reduction } from './reduce'
import SAY from './rules/say.en.json'
import { tell } from './story'

const AN = '8e30bbc8961e056622c6231742c03ae9'
const EVIL = `<img src=x onerror="alert('1')">]]>&\u0001\ud800`
const STORY = `
  uid A: page load /
  mark start
  pageview
  +5s product/view
  +20s page load /account
  pageview
  login cid ${AN} customers {name: "Nguyen An", phone: "0900000000"}
  +2s mark login An
  +5s page load /b
  pageview cid ${AN}
  product/view
  +5s logout
  reset to B
  +1s mark logout
`
const run = (story: string, label = 'An'): CheckResult => {
  const { entries } = tell(story)
  const reduction = new Reduction(EMPTY)
  reduction.apply(entries)
  const now = Number.POSITIVE_INFINITY
  const [holder] = reduction.holders(now)
  if (!holder) throw new Error('no holder')
  const people = [{ label, cid: AN }]
  return check({ entries, holder, issues: reduction.issues(holder.key, now), expected: NOTHING_EXPECTED, people, now })
}
const CONTEXT: ReportContext = {
  words: WORDS,
  say: SAY,
  recorded: 'visit.json',
  browser: 'Chromium 156',
  version: '0.1.0',
  tester: 'Minh',
  masked: true,
  strict: false,
  baseline: null,
}

describe('every format says the same', () => {
  const result = run(STORY)
  test.each([
    ['Markdown', toMarkdown],
    ['HTML', toHtml],
    ['JUnit', toJUnit],
  ])('%s', (_, format) => {
    const text = format(result, CONTEXT).replaceAll('\\', '')
    for (const part of [
      'Fails at step 8',
      'product/view carries none',
      'shop.example',
      'An: the right CID was checked: 8e30…',
      'HTTP 200 doesn',
      'source 565000001',
      'filter uid A',
    ])
      expect(text).toContain(part)
    expect(text).not.toMatch(/0900000000|Nguyen An|\{\w+\}|undefined|NaN/)
    expect(text).not.toContain(AN)
    expect(format(result, { ...CONTEXT, masked: false })).toContain(AN)
  })

  test('a guessed mark is drawn unlike the tester’s own', () => {
    const html = toHtml(
      run(STORY.replace('page load /account', 'page load /login').replace('+2s mark login An', '')),
      CONTEXT,
    )
    expect(html).toMatch(/stroke-dasharray="2 3"\/><text [^>]*font-style="italic"[^>]*>10:00:2\d guessed: login\?</)
    expect(html).toMatch(/stroke="var\(--tx\)"\/><text [^>]*font-weight="600"[^>]*>\S+ “I have just logged out”</)
    expect(toHtml(result, CONTEXT)).not.toContain('guessed')
  })
  test('a list to paste, and the file’s place', () => {
    expect(toMarkdown(result, CONTEXT)).toContain('A\t2026-06-01 10:00:02.000Z\tpageview/view\n')
  })
})

describe('what a page or a tester wrote is text, and nothing else', () => {
  const result = run(
    STORY.replace('mark login An', 'mark login "<b>An</b>"').replace('pageview\n', `evil/${'<script>x</script>'}\n`),
    EVIL,
  )
  const context = { ...CONTEXT, recorded: EVIL, tester: EVIL }

  test('HTML: no script, no request, nothing but the report’s own elements', () => {
    const html = toHtml(result, context)
    expect(html).not.toMatch(/<script|<img|onerror="|javascript:|<link|@import|url\(|https?:/i)
    expect(html).toContain("default-src 'none'")
    expect(html).toContain('&lt;img src=x')
    const names = new Set([...html.matchAll(/<([a-z][\w-]*)/gi)].map(([, name]) => name))
    expect(
      [...names].filter(
        name =>
          ![
            'html',
            'head',
            'meta',
            'title',
            'style',
            'body',
            'main',
            'div',
            'h1',
            'h2',
            'span',
            'p',
            'dl',
            'dt',
            'dd',
            'svg',
            'rect',
            'text',
            'path',
            'ul',
            'li',
            'table',
            'thead',
            'tbody',
            'tr',
            'th',
            'td',
            'small',
            'pre',
          ].includes(name ?? ''),
      ),
    ).toEqual([])
  })

  test('JUnit: well-formed XML without what XML forbids', () => {
    const xml = toJUnit(result, context)
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/)
    expect(wellFormed(xml)).toBe(true)
  })

  test('Markdown: no element and no link of theirs', () => {
    const text = toMarkdown(result, context).split('```')[0]?.replace(/<br>/g, '') ?? ''
    expect(text).not.toMatch(/(?<!\\)<|(?<!\\)\]\(/)
  })
})

/** Tags are closed in the order in which they were opened, and every `&` begins an entity. */
function wellFormed(xml: string): boolean {
  const open: string[] = []
  for (const [, close, name = '', empty] of xml.matchAll(/<(\/?)([a-z]+)(?:\s+[a-z]+="[^"<]*")*\s*(\/?)>/g))
    if (close) {
      if (open.pop() !== name) return false
    } else if (!empty) open.push(name)
  return open.length === 0 && !/&(?!(?:amp|lt|gt|quot|#39);)/.test(xml) && !/<(?!\/?[a-z]|\?xml)/.test(xml)
}

describe('JUnit', () => {
  const result = run(STORY)
  const count = (xml: string, what: RegExp): number => [...xml.matchAll(what)].length
  test('a failed step is a failure, an open one is skipped; strict fails it, but never an optional one', () => {
    const loose = toJUnit(result, CONTEXT)
    const strict = toJUnit(result, { ...CONTEXT, strict: true })
    expect(count(loose, /<testcase /g)).toBe(17)
    expect([count(loose, /<failure /g), result.by.fail.length]).toEqual([1, 1])
    const open = result.by['cant-tell'].length + result.by.waiting.filter(step => step !== 16).length
    expect(open).toBeGreaterThan(0)
    expect(count(strict, /<failure /g)).toBe(1 + open)
    expect(loose).toContain(`failures="1" errors="0" skipped="${count(loose, /<skipped /g)}"`)
  })
  test('breaks a build: a failure always, an open step when it is strict', () => {
    const open = run('uid A: page load /\npageview')
    expect([isBroken(result, false), isBroken(open, false), isBroken(open, true)]).toEqual([true, false, true])
  })
})

describe('compared with an earlier run', () => {
  const before = summaryOf(
    run(STORY.replace('product/view\n  +5s logout', `product/view cid ${AN}\n  +5s logout`)),
    CONTEXT,
  )
  test('what changed in verdicts and attributes', () => {
    const now = run(STORY.replace('phone: "0900000000"', 'phone: 900000000, city: "Hue"'))
    const text = toMarkdown(now, { ...CONTEXT, baseline: before })
    expect(text).toContain("step 8 Later events carry the CID: was can't tell, is failed")
    expect(text).toContain('attribute city (String) at login 1 is new')
    expect(text).toContain('attribute phone at login 1 was String, is Number')
  })
  test('another value of the same type, masked as the report is', () => {
    const now = run(STORY.replace('0900000000', '0911222333').replaceAll(AN, `${AN.slice(0, -1)}0`))
    const said = (baseline: Summary, masked: boolean) =>
      toMarkdown(now, { ...CONTEXT, masked, baseline }).replaceAll('\\', '')
    const masked = 'attribute phone at login 1 has another value: was 09…00, is 09…33'
    const open = summaryOf(run(STORY), { ...CONTEXT, masked: false })
    expect(said(before, true)).toContain(masked)
    expect(said(open, true)).toContain(masked)
    expect(said(open, false)).toContain('attribute phone at login 1 has another value: was 0900000000, is 0911222333')
    expect(said(before, true)).toContain('attribute customer_id at login 1 has another value: was 8e…e9, is 8e…e0')
    expect(said(before, true)).not.toContain('attribute name')
  })
  test('a run saved without values, as earlier builds did, has none that changed', () => {
    const bare = readSummary({
      ...before,
      attributes: before.attributes.map(({ login, code, type }) => ({ login, code, type })),
    })
    expect(toMarkdown(run(STORY.replace('0900000000', '0911222333')), { ...CONTEXT, baseline: bare })).not.toContain(
      'another value',
    )
  })
  test('nothing', () => {
    expect(toMarkdown(run(STORY), { ...CONTEXT, baseline: summaryOf(run(STORY), CONTEXT) })).toContain(
      'No step and no attribute has changed',
    )
  })
  test('a summary is read again, holds no value of a person, and nothing else is taken for one', () => {
    expect(readSummary(JSON.parse(JSON.stringify(before)))).toEqual(before)
    expect(JSON.stringify(before)).not.toMatch(/0900000000|Nguyen/)
    expect([readSummary({}), readSummary(null), readSummary({ ...before, version: 2 })]).toEqual([null, null, null])
  })
})

test('every sentence of the catalogue is said somewhere', async () => {
  const { readFileSync } = await import('node:fs')
  const source = ['check-steps.ts', 'check-report.ts']
    .map(file => readFileSync(new URL(file, import.meta.url), 'utf8'))
    .join('')
  expect(Object.keys(WORDS.say).filter(key => !source.includes(`'${key}'`))).toEqual([])
})
